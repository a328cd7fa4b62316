//! How does a request that was sent to somebody end, and who hears of it? The record, the client, other mitigations.

use super::decide::Trouble;
use crate::app::App;
use crate::incidents::misuse::{self, Met};
use crate::signals;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{
    Crossing, CrossingId, DeliveryMode, Denial, Opening, Pending, Presenter, Request as Asked,
};
use tandem_core::mitigations::{Hindrance, Signal};
use tandem_core::time::Timestamp;
use tandem_store::{Along, Callback, CallbackOutcome, Change, SecurityEvent, Write};

/// How long pushed tokens are tried to be delivered; a ping is tried for as long as there is something to collect.
const PUSH_FOR: Duration = Duration::from_mins(10);

/// Policy stands in the way of `pending`. Some reasons end it for everybody, so that nothing waits that cannot be answered.
pub fn stopped<T>(pending: Pending, by: &Presenter, hindrance: Hindrance) -> Change<Result<T, Trouble>> {
    let request = Arc::clone(&pending.request);
    let (next, mut write) = misuse::end(pending.into(), Some(&hindrance), by.into(), by.at);
    if let Write::DurableWith(_, along) = &mut write {
        along.callback = callback(&next, &request, by.at);
    }
    Change { next, write, answer: Err(Trouble::Hindered(hindrance)) }
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

/// The callback that the client's delivery mode calls for, now that there is an answer, or none any more (CIBA Core sections
/// 10 and 12).
pub fn callback(next: &Crossing, asked: &Asked, now: Timestamp) -> Option<Callback> {
    let backchannel = asked.backchannel.as_ref()?;
    let sealed = backchannel.notification.as_deref()?.to_owned();
    let outcome = match next {
        Crossing::Approved(_) => CallbackOutcome::Approved,
        Crossing::Denied(_) => CallbackOutcome::Denied,
        Crossing::Pending(pending) if pending.opening == Opening::Ended => CallbackOutcome::Unanswered,
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
pub async fn tell(app: &App, id: CrossingId, trouble: &Trouble, met: Met<'_>, now: Timestamp) {
    let signal = match trouble {
        Trouble::WrongNumber { tries_left: 0 } => Signal::NumberMissed,
        Trouble::WrongBinding { tries_left: 0 } => Signal::BindingMissed,
        Trouble::Hindered(hindrance) => return misuse::tell(app, id, hindrance, met, now).await,
        _ => return,
    };
    signals::note(app, signal, &misuse::raised(app, id, met), now);
}
