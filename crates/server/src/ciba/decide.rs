//! A person answers a backchannel request, in a browser or an app: what becomes of it?

use crate::app::App;
use crate::edge::metrics;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{
    Approval, Approve, Crossing, CrossingId, DeliveryMode, Denial, DenialReason, Pending, Request as Asked,
    Step, TransitionRefusal,
};
use tandem_core::mitigations::facts::{ContextShown, Given};
use tandem_core::mitigations::{Ask, Facts, Hindrance, Reason, assess};
use tandem_core::oauth::token_family::Authentication;
use tandem_core::time::Timestamp;
use tandem_store::{Along, ApplyError, Callback, CallbackOutcome, Change, SecurityEvent, StoreError, Write};

/// How long pushed tokens are tried to be delivered; a ping is tried for as long as there is something to collect.
const PUSH_FOR: Duration = Duration::from_mins(10);

/// How often an answer looks again that meets another one on its way to the disk, and how long it waits each time.
const TURNS: usize = 4;
const WRITTEN_WITHIN: Duration = Duration::from_secs(1);

/// What a person answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Yes, with the number that the consumption device shows, and what their app signed, where there is one.
    Allow {
        /// The number.
        number: Option<String>,
        /// The signed decision.
        decision: Option<Box<str>>,
    },
    /// No.
    Deny,
    /// "I did not start this."
    Report,
}

/// Who answers what, and how.
#[derive(Debug, Clone)]
pub struct Answering {
    /// Who, and how and when they proved it.
    pub by: Authentication,
    /// From where.
    pub address: IpAddr,
    /// When.
    pub now: Timestamp,
    /// What.
    pub answer: Answer,
    /// What they saw before.
    pub context: ContextShown,
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
    /// The number was wrong.
    WrongNumber {
        /// How many more may be given; none ends the request.
        tries_left: u8,
    },
    /// The number is missing.
    NumberMissing,
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

/// Carries an answer out. It is on disk, together with the callback that it calls for, before this returns.
pub async fn decide(app: &App, id: CrossingId, answering: Answering) -> Result<Arc<Asked>, Trouble> {
    let word = match answering.answer {
        Answer::Allow { .. } => "approved",
        Answer::Deny => "denied",
        Answer::Report => "reported",
    };
    let asked = settle(app, id, &answering).await??;
    metrics::crossing(word);
    if word == "reported" {
        tracing::warn!(crossing = %id, client_id = %asked.client_id, device_address = %asked.device.address,
            "a person says that they did not start this request");
    }
    Ok(asked)
}

type Met = Result<Arc<Asked>, Trouble>;

/// Applies the answer. While another one is being written down nobody knows yet whether this one is too late: it waits,
/// and looks again.
async fn settle(app: &App, id: CrossingId, answering: &Answering) -> Result<Met, ApplyError> {
    for _ in 0..TURNS {
        let mut written = app.store.crossing_changed(id);
        match app.store.apply(id, |crossing| transition(app, crossing, answering)).await {
            Err(ApplyError::Busy) => {
                // If nothing comes of it, the next look says so.
                let _ = tokio::time::timeout(WRITTEN_WITHIN, written.changed()).await;
            }
            settled => return settled,
        }
    }
    Err(ApplyError::Busy)
}

fn transition(app: &App, crossing: Crossing, answering: &Answering) -> Change<Met> {
    let unchanged = crossing.clone();
    let refuse = |trouble| Change { next: unchanged.clone(), write: Write::Nothing, answer: Err(trouble) };
    let pending = match crossing.into_pending(answering.now) {
        Ok(pending) => pending,
        Err(refusal) => return refuse(refusal.into()),
    };
    // Only requests that were sent to a person are answered here.
    if pending.request.addressee() != Some(&answering.by.sub) {
        return refuse(Trouble::Gone);
    }
    let request = Arc::clone(&pending.request);
    let denial = |reason| Denial {
        sub: Arc::clone(&answering.by.sub),
        reason,
        address: answering.address,
        at: answering.now,
    };
    let (outcome, kind, detail) = match &answering.answer {
        Answer::Deny => (pending.deny(denial(DenialReason::Declined)), Some("denied"), None),
        Answer::Report => (pending.deny(denial(DenialReason::Reported)), Some("reported"), None),
        Answer::Allow { number, decision } => {
            match allow(app, pending, answering, number.as_deref(), decision.clone()) {
                Ok(step) => (Ok(step), decision.is_some().then_some("approved_by_app"), decision.as_deref()),
                Err(Missed::Number(pending)) => {
                    return miss(app, *pending, denial(DenialReason::NumberMissed));
                }
                Err(Missed::Else(trouble)) => return refuse(trouble),
            }
        }
    };
    match outcome {
        Err(refusal) => refuse(refusal.into()),
        Ok(Step { next, event }) => {
            let along = Along {
                security_event: kind
                    .map(|kind| record(kind, next.id(), &request, denial(DenialReason::Declined), detail)),
                callback: callback(&next, &request, answering.now),
            };
            Change { next, write: Write::DurableWith(event, Box::new(along)), answer: Ok(request) }
        }
    }
}

/// Why a yes did not count.
enum Missed {
    /// The number is wrong; the request waits.
    Number(Box<Pending>),
    /// Something else.
    Else(Trouble),
}

fn allow(
    app: &App,
    pending: Pending,
    answering: &Answering,
    number: Option<&str>,
    decision: Option<Box<str>>,
) -> Result<Step, Missed> {
    let request = Arc::clone(&pending.request);
    let facts = Facts {
        request: Some(&request),
        context: answering.context,
        number: Given::from(number),
        ..Facts::at(answering.now)
    };
    let clearance = match assess::<Approve>(&facts, &app.policy(request.room, &request.client_id)) {
        Ok(clearance) => clearance,
        Err(Hindrance::Refused(_, Reason::WrongNumber)) => return Err(Missed::Number(Box::new(pending))),
        Err(Hindrance::Asked(asked)) if asked.contains(&Ask::Number) => {
            return Err(Missed::Else(Trouble::NumberMissing));
        }
        Err(hindrance) => return Err(Missed::Else(Trouble::Hindered(hindrance))),
    };
    let yes = Approval::new(answering.by.clone(), request.scope.clone(), answering.address, answering.now);
    let approval = Approval { decision, ..yes };
    pending.approve(approval, &clearance).map_err(|refusal| Missed::Else(refusal.into()))
}

/// A wrong number is written down before anybody hears of it, so that a crash gives no further try.
fn miss(app: &App, pending: Pending, by: Denial) -> Change<Met> {
    let before = Crossing::from(pending.clone());
    let request = Arc::clone(&pending.request);
    let Some(number) = request.number() else {
        return Change { next: before, write: Write::Nothing, answer: Err(Trouble::AlreadyAnswered) };
    };
    let tries =
        app.policy(request.room, &request.client_id).request_initiation_verification.tries(number.answer);
    let tries_left = tries.saturating_sub(pending.misses.saturating_add(1));
    match pending.miss(by.clone(), tries) {
        Err(refusal) => Change { next: before, write: Write::Nothing, answer: Err(refusal.into()) },
        Ok(Step { next, event }) => {
            let along = Along {
                callback: callback(&next, &request, by.at),
                security_event: Some(record("number_missed", next.id(), &request, by, None)),
            };
            let answer = Err(Trouble::WrongNumber { tries_left });
            Change { next, write: Write::DurableWith(event, Box::new(along)), answer }
        }
    }
}

fn record(
    kind: &str,
    crossing: CrossingId,
    asked: &Asked,
    by: Denial,
    detail: Option<&str>,
) -> SecurityEvent {
    let Denial { sub, address, at, .. } = by;
    SecurityEvent {
        at,
        kind: kind.to_owned(),
        crossing: Some(crossing),
        sub: Some(sub),
        client_id: Some(Arc::clone(&asked.client_id)),
        address: Some(address),
        detail: Some(
            detail.map_or_else(|| format!("asked from {}", asked.device.address), ToOwned::to_owned),
        ),
    }
}

/// The callback that the client's delivery mode calls for, now that there is an answer (CIBA Core section 10).
fn callback(next: &Crossing, asked: &Asked, now: Timestamp) -> Option<Callback> {
    let backchannel = asked.backchannel.as_ref()?;
    let sealed = backchannel.notification.as_deref()?.to_owned();
    let outcome = match next {
        Crossing::Approved(_) => CallbackOutcome::Approved,
        Crossing::Denied(_) => CallbackOutcome::Denied,
        Crossing::Pending(_) | Crossing::Redeemed(_) => return None,
    };
    let gives_up_at = match backchannel.delivery {
        DeliveryMode::Push => now.plus(PUSH_FOR),
        DeliveryMode::Poll | DeliveryMode::Ping => asked.expires_at,
    };
    Some(Callback {
        crossing: next.id(),
        client_id: Arc::clone(&asked.client_id),
        sealed,
        outcome,
        created_at: now,
        due_at: now,
        attempts: 0,
        gives_up_at,
    })
}
