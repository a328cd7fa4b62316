//! A person answers a backchannel request, in a browser or an app: what becomes of it?

use super::ending::{self, along};
use super::look;
use crate::app::App;
use crate::edge::metrics;
use crate::incidents::misuse::{self, Met as By};
use crate::{pin, signals, whereabouts};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{
    Approval, Approve, Crossing, CrossingId, Denial, DenialReason, Pending, Pin, Presenter, Request as Asked,
    Step, TransitionRefusal,
};
use tandem_core::mitigations::establish_proximity::Coordinates;
use tandem_core::mitigations::facts::{ContextShown, Given};
use tandem_core::mitigations::{Ask, Facts, Hindrance, Reason, Signal, assess};
use tandem_core::oauth::token_family::Authentication;
use tandem_core::time::Timestamp;
use tandem_store::{Along, ApplyError, Change, StoreError, Write};

/// How often an answer looks again that meets another one on its way to the disk, and how long it waits each time.
const TURNS: usize = 4;
const WRITTEN_WITHIN: Duration = Duration::from_secs(1);

/// What a person answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Allow(Yes),
    /// No.
    Deny,
    /// "I did not start this."
    Report,
}

/// What comes with a yes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Yes {
    /// The number that the consumption device shows.
    pub number: Option<String>,
    /// What was typed on the consumption device.
    pub binding: Option<String>,
    /// Whether the person read what a scam looks like.
    pub warned: bool,
    /// What their app signed, where there is one.
    pub decision: Option<Box<str>>,
}

impl std::fmt::Debug for Yes {
    /// Without what the person gave, and what repeats it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Yes").field("warned", &self.warned).finish_non_exhaustive()
    }
}

/// Who answers what, and how.
#[derive(Debug, Clone)]
pub struct Answering {
    /// Who, and how and when they proved it.
    pub by: Authentication,
    /// From where.
    pub address: IpAddr,
    /// Where their device says it is.
    pub coordinates: Option<Coordinates>,
    /// When.
    pub now: Timestamp,
    /// What.
    pub answer: Answer,
    /// What they saw before.
    pub context: ContextShown,
}

/// An answer that was taken.
#[derive(Debug)]
pub struct Settled {
    /// What was asked.
    pub asked: Arc<Asked>,
    /// What the person must type on the consumption device before a yes is worth anything (BCP 6.1.16).
    pub pin: Option<Pin>,
}

/// Why a request was not answered.
#[derive(Debug)]
pub enum Trouble {
    /// There is no such request for this person.
    Gone,
    /// Its time is over.
    Expired,
    /// It was answered.
    AlreadyAnswered,
    /// Not a person ended it.
    Ended(DenialReason),
    /// The number was wrong.
    WrongNumber {
        /// How many more may be given; none ends the request.
        tries_left: u8,
    },
    /// The number is missing.
    NumberMissing,
    /// What was typed on the consumption device was something else.
    WrongBinding {
        /// How many more may be given; none ends the request.
        tries_left: u8,
    },
    /// It is missing.
    BindingMissing,
    /// The person has not read what a scam looks like.
    WarningUnread,
    /// A fresh passkey is demanded.
    VerificationMissing,
    /// A mitigation stands in the way.
    Hindered(Hindrance),
    /// The store failed.
    Store(StoreError),
}

impl From<TransitionRefusal> for Trouble {
    fn from(refusal: TransitionRefusal) -> Self {
        match refusal {
            TransitionRefusal::Expired => Self::Expired,
            TransitionRefusal::AlreadyAnswered | TransitionRefusal::BeyondRequest => Self::AlreadyAnswered,
            TransitionRefusal::NotTheAddressee => Self::Gone,
            TransitionRefusal::VerificationMissing => Self::VerificationMissing,
        }
    }
}

impl From<ApplyError> for Trouble {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Unknown => Self::Gone,
            ApplyError::Busy | ApplyError::AlreadyRedeemed | ApplyError::NotDurable => Self::AlreadyAnswered,
            ApplyError::Store(error) => Self::Store(error),
        }
    }
}

/// The crossing of this name, if it was sent to this person.
pub fn addressed_to(app: &App, id: CrossingId, sub: &str) -> Option<Crossing> {
    let crossing = app.store.crossing(id)?;
    let theirs = crossing.request()?.addressee().is_some_and(|asked| **asked == *sub);
    theirs.then_some(crossing)
}

/// What to say of a request that takes no answer any more.
pub fn over(crossing: &Crossing, refusal: TransitionRefusal) -> Trouble {
    match crossing {
        Crossing::Denied(denied) if refusal == TransitionRefusal::AlreadyAnswered => {
            match denied.denial.reason {
                reason @ (DenialReason::Contested | DenialReason::Incident | DenialReason::PinMissed) => {
                    Trouble::Ended(reason)
                }
                _ => refusal.into(),
            }
        }
        _ => refusal.into(),
    }
}

/// The PIN that the person must still type on the consumption device, if they said yes and one is due.
pub fn pin_due(app: &App, crossing: &Crossing, now: Timestamp) -> Option<Pin> {
    match crossing {
        Crossing::Approved(approved) if approved.pin_due() && !approved.request.is_expired(now) => {
            Some(pin::of(app, approved.id))
        }
        _ => None,
    }
}

/// Carries an answer out. It is on disk, together with the callback that it calls for, before this returns.
pub async fn decide(app: &App, id: CrossingId, answering: Answering) -> Result<Settled, Trouble> {
    let (met, now) = (By { sub: &answering.by.sub, address: answering.address }, answering.now);
    let signals = signals::of(app, id);
    let asked = match settle(app, id, &answering, &signals).await? {
        Ok(asked) => asked,
        Err(trouble) => {
            ending::tell(app, id, &trouble, met, now).await;
            return Err(trouble);
        }
    };
    let word = match answering.answer {
        Answer::Allow(_) => "approved",
        Answer::Deny => "denied",
        Answer::Report => "reported",
    };
    metrics::crossing(word);
    if word == "reported" {
        signals::note(app, Signal::Reported, &misuse::raised(app, id, met), now);
    }
    let pin = app.store.crossing(id).and_then(|crossing| pin_due(app, &crossing, now));
    Ok(Settled { asked, pin })
}

type Met = Result<Arc<Asked>, Trouble>;

/// Applies the answer. While another one is being written down nobody knows yet whether this one is too late: it waits,
/// and looks again.
async fn settle(
    app: &App,
    id: CrossingId,
    answering: &Answering,
    signals: &[Signal],
) -> Result<Met, ApplyError> {
    for _ in 0..TURNS {
        let mut written = app.store.crossing_changed(id);
        match app.store.apply(id, |crossing| transition(app, crossing, answering, signals)).await {
            Err(ApplyError::Busy) => {
                // If nothing comes of it, the next look says so.
                let _ = tokio::time::timeout(WRITTEN_WITHIN, written.changed()).await;
            }
            settled => return settled,
        }
    }
    Err(ApplyError::Busy)
}

fn transition(app: &App, crossing: Crossing, answering: &Answering, signals: &[Signal]) -> Change<Met> {
    let unchanged = crossing.clone();
    let refuse = |trouble| Change { next: unchanged.clone(), write: Write::Nothing, answer: Err(trouble) };
    if let Some(asked) = reported_late(app, &crossing, answering) {
        return match crossing.stop(DenialReason::Reported, answering.now) {
            Ok(Step { next, event }) => {
                // The client was told of the yes; when it comes it hears of the end.
                let by = denial(answering, DenialReason::Reported);
                let along = Along { callback: None, ..along(&next, &asked, &by, Some(("reported", None))) };
                Change { next, write: Write::DurableWith(event, Box::new(along)), answer: Ok(asked) }
            }
            Err(refusal) => refuse(refusal.into()),
        };
    }
    let pending = match crossing.into_pending(answering.now) {
        Ok(pending) => pending,
        Err(refusal) => return refuse(over(&unchanged, refusal)),
    };
    // Only requests that were sent to a person are answered here.
    if pending.request.addressee() != Some(&answering.by.sub) {
        return refuse(Trouble::Gone);
    }
    let request = Arc::clone(&pending.request);
    let (outcome, record) = match &answering.answer {
        Answer::Deny => (pending.deny(denial(answering, DenialReason::Declined)), Some(("denied", None))),
        Answer::Report => (pending.deny(denial(answering, DenialReason::Reported)), Some(("reported", None))),
        Answer::Allow(yes) => match allow(app, pending, answering, yes, signals) {
            Ok(step) => (Ok(step), yes.decision.as_deref().map(|signed| ("approved_by_app", Some(signed)))),
            Err(change) => return *change,
        },
    };
    match outcome {
        Err(refusal) => refuse(refusal.into()),
        Ok(Step { next, event }) => {
            let along = along(&next, &request, &denial(answering, DenialReason::Declined), record);
            Change { next, write: Write::DurableWith(event, Box::new(along)), answer: Ok(request) }
        }
    }
}

/// A person says, while their PIN is still to be typed, that they did not start this: nobody collects anything any more.
fn reported_late(app: &App, crossing: &Crossing, answering: &Answering) -> Option<Arc<Asked>> {
    let asked = crossing.request()?;
    let theirs = answering.answer == Answer::Report && asked.addressee() == Some(&answering.by.sub);
    pin_due(app, crossing, answering.now).filter(|_| theirs).map(|_| Arc::clone(asked))
}

const fn unwritten(next: Crossing, trouble: Trouble) -> Change<Met> {
    Change { next, write: Write::Nothing, answer: Err(trouble) }
}

fn denial(answering: &Answering, reason: DenialReason) -> Denial {
    let sub = Arc::clone(&answering.by.sub);
    Denial { sub, reason, address: answering.address, at: answering.now }
}

/// A yes, or what becomes of the request without it.
fn allow(
    app: &App,
    pending: Pending,
    answering: &Answering,
    yes: &Yes,
    signals: &[Signal],
) -> Result<Step, Box<Change<Met>>> {
    let by = Presenter::new(Arc::clone(&answering.by.sub), answering.address, answering.now);
    let facts = Facts {
        context: answering.context,
        number: Given::from(yes.number.as_deref()),
        binding: Given::from(yes.binding.as_deref()),
        warned: yes.warned,
        deciding: whereabouts::deciding(app, answering.address, answering.coordinates),
        ..look::facts(app, &pending, &by, signals)
    };
    let policy = app.policy(pending.request.room, &pending.request.client_id);
    let clearance = match assess::<Approve>(&facts, &policy) {
        Ok(clearance) => clearance,
        Err(Hindrance::Refused(_, Reason::WrongNumber)) => {
            let tries = pending
                .request
                .number()
                .map_or(1, |number| policy.request_initiation_verification.tries(number.answer));
            let missed = (DenialReason::NumberMissed, Signal::NumberMissed, tries);
            return Err(Box::new(miss(pending, answering, missed)));
        }
        Err(Hindrance::Refused(_, Reason::WrongBinding)) => {
            let missed = (DenialReason::BindingMissed, Signal::BindingMissed, policy.request_binding.tries);
            return Err(Box::new(miss(pending, answering, missed)));
        }
        Err(Hindrance::Asked(asked)) => {
            return Err(Box::new(unwritten(pending.into(), missing(asked))));
        }
        Err(hindrance) => return Err(Box::new(ending::stopped(pending, &by, hindrance))),
    };
    let approval = Approval {
        decision: yes.decision.clone(),
        ..Approval::new(answering.by.clone(), pending.request.scope.clone(), answering.address, answering.now)
    };
    let before = Crossing::from(pending.clone());
    pending.approve(approval, &clearance).map_err(|refusal| Box::new(unwritten(before, refusal.into())))
}

/// What of several things that are wanted is asked for first: in the order in which a person meets them.
fn missing(asked: std::collections::BTreeSet<Ask>) -> Trouble {
    let trouble = |ask| match ask {
        Ask::ReadWarning => Trouble::WarningUnread,
        Ask::Number => Trouble::NumberMissing,
        _ => Trouble::BindingMissing,
    };
    let first =
        [Ask::ReadWarning, Ask::Number, Ask::BindingAnswer].into_iter().find(|ask| asked.contains(ask));
    first.map_or(Trouble::Hindered(Hindrance::Asked(asked)), trouble)
}

/// A wrong number, or wrong bound data, is written down before anybody hears of it, so that a crash gives no further try.
fn miss(
    pending: Pending,
    answering: &Answering,
    (reason, signal, tries): (DenialReason, Signal, u8),
) -> Change<Met> {
    let before = Crossing::from(pending.clone());
    let request = Arc::clone(&pending.request);
    let tries_left = tries.saturating_sub(pending.misses.saturating_add(1));
    let by = denial(answering, reason);
    match pending.miss(by.clone(), tries) {
        Err(refusal) => unwritten(before, refusal.into()),
        Ok(Step { next, event }) => {
            let along = along(&next, &request, &by, Some((signal.as_str(), None)));
            let trouble = match reason {
                DenialReason::BindingMissed => Trouble::WrongBinding { tries_left },
                _ => Trouble::WrongNumber { tries_left },
            };
            Change { next, write: Write::DurableWith(event, Box::new(along)), answer: Err(trouble) }
        }
    }
}
