//! A person answers a backchannel request, in a browser or an app: what becomes of it?

mod allow;
mod answer;
mod trouble;

pub use answer::{Answer, Answering, Settled, Yes};
pub use trouble::{Trouble, over};

use super::ending::{self, along};
use crate::app::App;
use crate::edge::metrics;
use crate::incidents::misuse::{self, Met as By};
use crate::{pin, signals};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{Crossing, CrossingId, Denial, DenialReason, Pin, Request as Asked, Step};
use tandem_core::mitigations::Signal;
use tandem_core::time::Timestamp;
use tandem_store::{Along, ApplyError, Change, Write};

/// How often an answer looks again that meets another one on its way to the disk, and how long it waits each time.
const TURNS: usize = 4;
const WRITTEN_WITHIN: Duration = Duration::from_secs(1);

/// The crossing of this name, if it was sent to this person.
pub fn addressed_to(app: &App, id: CrossingId, sub: &str) -> Option<Crossing> {
    let crossing = app.store.crossing(id)?;
    let theirs = crossing.request()?.addressee().is_some_and(|asked| **asked == *sub);
    theirs.then_some(crossing)
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
        Answer::Allow(yes) => match allow::allow(app, pending, answering, yes, signals) {
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

fn denial(answering: &Answering, reason: DenialReason) -> Denial {
    let sub = Arc::clone(&answering.by.sub);
    Denial { sub, reason, address: answering.address, at: answering.now }
}
