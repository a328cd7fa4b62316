//! A mitigation sees misuse in a crossing: what becomes of it? (BCP 6.1.3, 6.1.5, 6.1.6)
//!
//! It ends for everybody, with yes or without, in one transaction with the record that says why. Of two answers that come
//! at the same time the store lets one win, and this is an answer like another.

use crate::app::App;
use crate::edge::metrics;
use crate::signals::{self, Raised};
use std::net::IpAddr;
use std::sync::Arc;
use tandem_core::crossing::{Crossing, CrossingId, DenialReason, Presenter, Step};
use tandem_core::mitigations::{Hindrance, Reason, Signal};
use tandem_core::time::Timestamp;
use tandem_store::{Along, SecurityEvent, Write};

/// The record of an end that an earlier sign brought about.
const ENDED: &str = "ended_by_incident";

/// Who met the refusal.
#[derive(Debug, Clone, Copy)]
pub struct Met<'a> {
    /// The person, where one is known.
    pub sub: &'a Arc<str>,
    /// From where.
    pub address: IpAddr,
}

impl<'a> From<&'a Presenter> for Met<'a> {
    fn from(by: &'a Presenter) -> Self {
        Met { sub: &by.sub, address: by.address }
    }
}

/// What a refusal makes of the crossing: its end, if it says that it is misused; else nothing. To be called within the
/// transition.
pub fn end(
    crossing: Crossing,
    hindrance: Option<&Hindrance>,
    met: Met<'_>,
    now: Timestamp,
) -> (Crossing, Write) {
    let Some(Hindrance::Refused(_, reason)) = hindrance else { return (crossing, Write::Nothing) };
    let (denial, kind, detail) = match reason {
        Reason::CodeContested => {
            (DenialReason::Contested, Signal::CodeContested.as_str(), opened_before(&crossing))
        }
        Reason::CodeFiltered => {
            (DenialReason::Incident, ENDED, Some(Signal::CodeFiltered.as_str().to_owned()))
        }
        Reason::Incident(signal) => (DenialReason::Incident, ENDED, Some(signal.as_str().to_owned())),
        _ => return (crossing, Write::Nothing),
    };
    let record = SecurityEvent {
        at: now,
        kind: kind.to_owned(),
        crossing: Some(crossing.id()),
        sub: Some(Arc::clone(met.sub)),
        client_id: Some(Arc::clone(crossing.client_id())),
        address: Some(met.address),
        detail,
    };
    match crossing.clone().stop(denial, now) {
        Ok(Step { next, event }) => {
            let along = Along { security_event: Some(record), ..Along::default() };
            (next, Write::DurableWith(event, Box::new(along)))
        }
        // It is over: nothing is left to end.
        Err(_) => (crossing, Write::Nothing),
    }
}

/// Tells the signs that a refusal is. To be called after the transition.
pub async fn tell(app: &App, id: CrossingId, hindrance: &Hindrance, met: Met<'_>, now: Timestamp) {
    let Hindrance::Refused(_, reason) = hindrance else { return };
    let raised = |detail| Raised { detail, ..raised(app, id, met) };
    match reason {
        // Its record was written along with the end.
        Reason::CodeContested => {
            metrics::crossing("ended");
            signals::note(app, Signal::CodeContested, &raised(None), now);
        }
        Reason::CodeFiltered | Reason::Incident(_) => metrics::crossing("ended"),
        Reason::CodeHeldByAnother => {
            let detail = app.store.crossing(id).and_then(|crossing| opened_before(&crossing));
            signals::raise(app, Signal::CodeContested, &raised(detail), now).await;
        }
        Reason::CodeSpent => signals::raise(app, Signal::CodeSpent, &raised(None), now).await,
        Reason::QrRejected => signals::raise(app, Signal::QrRejected, &raised(None), now).await,
        _ => {}
    }
}

/// Whom a sign of misuse concerns.
pub fn raised(app: &App, id: CrossingId, met: Met<'_>) -> Raised {
    let client_id = app.store.crossing(id).map(|crossing| Arc::clone(crossing.client_id()));
    Raised {
        crossing: Some(id),
        client_id,
        sub: Some(Arc::clone(met.sub)),
        address: Some(met.address),
        detail: None,
    }
}

/// Who had it open, for the record.
fn opened_before(crossing: &Crossing) -> Option<String> {
    match crossing {
        Crossing::Pending(pending) => pending
            .presenter
            .as_ref()
            .map(|first| format!("opened before by {} from {}", first.sub, first.address)),
        _ => None,
    }
}
