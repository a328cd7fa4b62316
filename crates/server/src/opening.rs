//! Somebody came to a request in time: do they have time to sign in? (BCP 6.1.2)
//!
//! Where policy gives a time to decide, coming with the code, or by the link of a notification, wins it. Otherwise a code
//! has one deadline, and there is nothing to note.

use crate::app::App;
use tandem_core::crossing::{Crossing, CrossingId, Opening, Pending, Step};
use tandem_core::time::Timestamp;
use tandem_store::{Change, Write};

/// Notes that somebody came. Not who: nobody may have signed in yet.
pub async fn note(app: &App, id: CrossingId, now: Timestamp) {
    let waits = |pending: &Pending| pending.request.open_for != 0 && pending.opening == Opening::Unopened;
    if !matches!(app.store.crossing(id), Some(Crossing::Pending(pending)) if waits(&pending)) {
        return;
    }
    let opened = app.store.apply(id, |crossing| {
        let unchanged = crossing.clone();
        match crossing.into_pending(now).map(|pending| pending.open(now)) {
            Ok(Step { next, event }) => Change { next, write: Write::Later(event), answer: () },
            Err(_) => Change { next: unchanged, write: Write::Nothing, answer: () },
        }
    });
    if let Err(error) = opened.await {
        tracing::warn!(%error, crossing = %id, "that a request was opened in time could not be noted");
    }
}
