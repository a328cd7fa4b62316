//! How does a request that was sent to somebody end, and who hears of it? The record, the client, other mitigations.

use super::decide::Trouble;
use crate::app::App;
use crate::signals::{self, Raised};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{
    Crossing, CrossingId, DeliveryMode, Denial, DenialReason, Pending, Presenter, Request as Asked, Step,
};
use tandem_core::mitigations::{Hindrance, Reason, Signal};
use tandem_core::time::Timestamp;
use tandem_store::{Along, Callback, CallbackOutcome, Change, SecurityEvent, Write};

/// How long pushed tokens are tried to be delivered; a ping is tried for as long as there is something to collect.
const PUSH_FOR: Duration = Duration::from_mins(10);

/// Policy stands in the way of `pending`. Some reasons end it for everybody, so that nothing waits that cannot be answered.
pub fn stopped<T>(pending: Pending, by: &Presenter, hindrance: Hindrance) -> Change<Result<T, Trouble>> {
    let ending = match &hindrance {
        Hindrance::Refused(_, reason) => ending(*reason),
        Hindrance::Asked(_) => None,
    };
    let before = Crossing::from(pending.clone());
    let request = Arc::clone(&pending.request);
    let refused = Err(Trouble::Hindered(hindrance));
    let Some((reason, kind)) = ending else {
        return Change { next: before, write: Write::Nothing, answer: refused };
    };
    let denial = Denial { sub: Arc::clone(&by.sub), reason, address: by.address, at: by.at };
    match pending.deny(denial.clone()) {
        Err(refusal) => Change { next: before, write: Write::Nothing, answer: Err(refusal.into()) },
        Ok(Step { next, event }) => {
            let along = along(&next, &request, &denial, Some((kind, None)));
            Change { next, write: Write::DurableWith(event, Box::new(along)), answer: refused }
        }
    }
}

/// What ends a request, and the word for it in the record.
const fn ending(reason: Reason) -> Option<(DenialReason, &'static str)> {
    match reason {
        Reason::CodeContested => Some((DenialReason::Contested, Signal::CodeContested.as_str())),
        Reason::Incident(_) | Reason::CodeFiltered => Some((DenialReason::Incident, "ended_by_incident")),
        _ => None,
    }
}

/// What is written together with an answer: its record, and the callback that it calls for.
pub fn along(next: &Crossing, asked: &Asked, by: &Denial, record: Option<(&str, Option<&str>)>) -> Along {
    Along {
        callback: callback(next, asked, by.at),
        security_event: record.map(|(kind, detail)| self::record(kind, next.id(), asked, by, detail)),
    }
}

fn record(
    kind: &str,
    crossing: CrossingId,
    asked: &Asked,
    by: &Denial,
    detail: Option<&str>,
) -> SecurityEvent {
    let detail = detail.map_or_else(|| format!("asked from {}", asked.device.address), ToOwned::to_owned);
    SecurityEvent {
        at: by.at,
        kind: kind.to_owned(),
        crossing: Some(crossing),
        sub: Some(Arc::clone(&by.sub)),
        client_id: Some(Arc::clone(&asked.client_id)),
        address: Some(by.address),
        detail: Some(detail),
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

/// Tells other mitigations of what went wrong, once it is on disk.
pub fn signal(
    app: &App,
    id: CrossingId,
    trouble: &Trouble,
    (sub, address): (&Arc<str>, IpAddr),
    now: Timestamp,
) {
    let signal = match trouble {
        Trouble::WrongNumber { tries_left: 0 } => Signal::NumberMissed,
        Trouble::WrongBinding { tries_left: 0 } => Signal::BindingMissed,
        Trouble::Hindered(Hindrance::Refused(_, Reason::CodeContested)) => Signal::CodeContested,
        _ => return,
    };
    signals::note(app, signal, &raised(app, id, sub, address), now);
}

/// Whom a sign of misuse concerns.
pub fn raised(app: &App, id: CrossingId, sub: &Arc<str>, address: IpAddr) -> Raised {
    let client_id = app.store.crossing(id).map(|crossing| Arc::clone(crossing.client_id()));
    Raised { crossing: Some(id), client_id, sub: Some(Arc::clone(sub)), address: Some(address), detail: None }
}
