//! A person answers a device's request: what becomes of it?

use super::presentation::facts;
use super::trouble::{Met, Missed, Trouble};
use crate::app::App;
use crate::incidents::misuse;
use crate::incidents::reporting::{Reporter, report_collected};
use crate::people::decision_form::Saw;
use crate::signals;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{
    Approval, Approve, Crossing, CrossingId, Denial, DenialReason, Pending, Presenter, Request as Asked, Step,
};
use tandem_core::mitigations::establish_proximity::Coordinates;
use tandem_core::mitigations::facts::Given;
use tandem_core::mitigations::{Facts, Hindrance, Reason, Signal, assess};
use tandem_core::oauth::token_family::Authentication;
use tandem_core::time::Timestamp;
use tandem_store::{Along, ApplyError, Change, SecurityEvent, Write};

/// How often an answer looks again that meets another one on its way to the disk, and how long it waits each time.
const TURNS: usize = 4;
const WRITTEN_WITHIN: Duration = Duration::from_secs(1);

/// What a person answers.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// Yes, with what must come with it.
    Allow {
        /// The number that the device shows.
        number: Option<String>,
        /// What was typed on the device.
        binding: Option<String>,
    },
    /// No.
    Deny,
    /// "I did not start this." It can be said after a yes too, also when something was collected.
    Report,
}

impl std::fmt::Debug for Answer {
    /// Without what the person gave.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Allow { .. } => "Allow",
            Self::Deny => "Deny",
            Self::Report => "Report",
        })
    }
}

/// Who answers what, and how.
#[derive(Debug, Clone)]
pub struct Answering {
    /// Who, and how and when they proved it.
    pub by: Authentication,
    /// From where.
    pub address: IpAddr,
    /// Where their browser says that it is.
    pub coordinates: Option<Coordinates>,
    /// When.
    pub now: Timestamp,
    /// What.
    pub answer: Answer,
    /// What they saw before.
    pub saw: Saw,
}

/// Carries an answer out. It is on disk before this returns; so is a wrong try, so that a crash gives no further one.
pub async fn decide(app: &App, id: CrossingId, answering: &Answering) -> Met<Crossing> {
    let settled = match settle(app, id, answering).await? {
        // Told by `reported_late`: a report after all was collected is no answer to the request any more.
        Err(Trouble::AlreadyAnswered) if answering.answer == Answer::Report => {
            return reported_late(app, id, answering).await;
        }
        settled => settled,
    };
    let raised = || misuse::raised(app, id, answering.into());
    match &settled {
        Ok(_) if answering.answer == Answer::Report => {
            signals::note(app, Signal::Reported, &raised(), answering.now);
        }
        Err(Trouble::Missed { what, tries_left: 0 }) => {
            signals::note(app, what.signal(), &raised(), answering.now);
        }
        Err(Trouble::Hindered(hindrance)) => {
            misuse::tell(app, id, hindrance, answering.into(), answering.now).await;
        }
        _ => {}
    }
    settled
}

/// The device collected what this person allowed, and they say now that they did not start it.
async fn reported_late(app: &App, id: CrossingId, answering: &Answering) -> Met<Crossing> {
    let by = Reporter { sub: &answering.by.sub, address: answering.address };
    let reported = report_collected(app, id, by, answering.now).await.map_err(ApplyError::Store)?;
    let collected = reported.and_then(|_| app.store.crossing(id));
    collected.ok_or(Trouble::AlreadyAnswered)
}

/// Applies the answer. While another one is being written down nobody knows yet whether this one is too late: it waits,
/// and looks again.
async fn settle(app: &App, id: CrossingId, answering: &Answering) -> Result<Met<Crossing>, ApplyError> {
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

fn transition(app: &App, crossing: Crossing, answering: &Answering) -> Change<Met<Crossing>> {
    let unchanged = crossing.clone();
    let refuse = |trouble| Change { next: unchanged.clone(), write: Write::Nothing, answer: Err(trouble) };
    if let (Crossing::Approved(approved), Answer::Report) = (&crossing, &answering.answer) {
        if approved.approval.authentication.sub != answering.by.sub {
            return refuse(Trouble::AlreadyAnswered);
        }
        let request = Arc::clone(&approved.request);
        return match crossing.stop(DenialReason::Reported, answering.now) {
            Ok(step) => recorded(step, "reported", &request, answering),
            Err(refusal) => refuse(refusal.into()),
        };
    }
    let pending = match crossing.into_pending(answering.now) {
        Ok(pending) => pending,
        Err(refusal) => return refuse(refusal.into()),
    };
    let request = Arc::clone(&pending.request);
    let (step, kind) = match &answering.answer {
        Answer::Deny => (pending.deny(answering.denial(DenialReason::Declined)), "denied"),
        Answer::Report => (pending.deny(answering.denial(DenialReason::Reported)), "reported"),
        Answer::Allow { number, binding } => {
            return match allow(app, pending, answering, number.as_deref(), binding.as_deref()) {
                Ok(Step { next, event }) => {
                    Change { next: next.clone(), write: Write::Durable(event), answer: Ok(next) }
                }
                Err(NotAllowed::Missed(what, pending)) => miss(app, *pending, what, answering),
                Err(NotAllowed::Else(trouble)) => {
                    let hindrance = trouble.hindrance();
                    let (next, write) = misuse::end(unchanged, hindrance, answering.into(), answering.now);
                    Change { next, write, answer: Err(trouble) }
                }
            };
        }
    };
    match step {
        Ok(step) => recorded(step, kind, &request, answering),
        Err(refusal) => refuse(refusal.into()),
    }
}

/// A no, and the security event that goes with it.
fn recorded(step: Step, kind: &str, asked: &Asked, answering: &Answering) -> Change<Met<Crossing>> {
    let Step { next, event } = step;
    let detail = format!("asked from {}", asked.device.address);
    let along = along(kind, next.id(), asked, answering, detail);
    Change { next: next.clone(), write: Write::DurableWith(event, along), answer: Ok(next) }
}

/// Why a yes did not count.
enum NotAllowed {
    /// Something that came with it is wrong; the request waits.
    Missed(Missed, Box<Pending>),
    /// Something else.
    Else(Trouble),
}

fn allow(
    app: &App,
    pending: Pending,
    answering: &Answering,
    number: Option<&str>,
    binding: Option<&str>,
) -> Result<Step, NotAllowed> {
    let request = Arc::clone(&pending.request);
    let presenter = Presenter::new(Arc::clone(&answering.by.sub), answering.address, answering.now);
    let signals = signals::of(app, pending.id);
    let facts = Facts {
        context: answering.saw.context(),
        warned: answering.saw.warned(),
        number: Given::from(number),
        binding: Given::from(binding),
        ..facts(app, &pending, &presenter, &signals, answering.coordinates, answering.now)
    };
    let assessed = assess::<Approve>(&facts, &app.policy(request.room, &request.client_id));
    let clearance = match assessed {
        Ok(clearance) => clearance,
        Err(Hindrance::Refused(_, Reason::WrongNumber)) => {
            return Err(NotAllowed::Missed(Missed::Number, Box::new(pending)));
        }
        Err(Hindrance::Refused(_, Reason::WrongBinding)) => {
            return Err(NotAllowed::Missed(Missed::Binding, Box::new(pending)));
        }
        Err(hindrance) => return Err(NotAllowed::Else(Trouble::Hindered(hindrance))),
    };
    let approval =
        Approval::new(answering.by.clone(), request.scope.clone(), answering.address, answering.now);
    pending.approve(approval, &clearance).map_err(|refusal| NotAllowed::Else(refusal.into()))
}

fn miss(app: &App, pending: Pending, what: Missed, answering: &Answering) -> Change<Met<Crossing>> {
    let before = Crossing::from(pending.clone());
    let request = Arc::clone(&pending.request);
    let policy = app.policy(request.room, &request.client_id);
    let tries = match (what, request.number()) {
        (Missed::Number, Some(number)) => policy.request_initiation_verification.tries(number.answer),
        (Missed::Number, None) => 1,
        (Missed::Binding, _) => policy.request_binding.tries,
    };
    let tries_left = tries.saturating_sub(pending.misses.saturating_add(1));
    match pending.miss(answering.denial(what.reason()), tries) {
        Err(refusal) => Change { next: before, write: Write::Nothing, answer: Err(refusal.into()) },
        Ok(Step { next, event }) => {
            let detail = format!("{tries_left} tries left");
            let along = along(what.signal().as_str(), next.id(), &request, answering, detail);
            let answer = Err(Trouble::Missed { what, tries_left });
            Change { next, write: Write::DurableWith(event, along), answer }
        }
    }
}

fn along(kind: &str, crossing: CrossingId, asked: &Asked, by: &Answering, detail: String) -> Box<Along> {
    let security_event = SecurityEvent {
        at: by.now,
        kind: kind.to_owned(),
        crossing: Some(crossing),
        sub: Some(Arc::clone(&by.by.sub)),
        client_id: Some(Arc::clone(&asked.client_id)),
        address: Some(by.address),
        detail: Some(detail),
    };
    Box::new(Along { security_event: Some(security_event), ..Along::default() })
}

impl<'a> From<&'a Answering> for misuse::Met<'a> {
    fn from(answering: &'a Answering) -> Self {
        misuse::Met { sub: &answering.by.sub, address: answering.address }
    }
}

impl Answering {
    fn denial(&self, reason: DenialReason) -> Denial {
        Denial { sub: Arc::clone(&self.by.sub), reason, address: self.address, at: self.now }
    }
}

impl Missed {
    /// What the request ends with, if this was one too many.
    const fn reason(self) -> DenialReason {
        match self {
            Self::Number => DenialReason::NumberMissed,
            Self::Binding => DenialReason::BindingMissed,
        }
    }

    const fn signal(self) -> Signal {
        match self {
            Self::Number => Signal::NumberMissed,
            Self::Binding => Signal::BindingMissed,
        }
    }
}
