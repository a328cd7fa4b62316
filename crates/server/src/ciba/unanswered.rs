//! What becomes of a request that nobody answers, where its client waits for a push? (CIBA Core section 12)
//!
//! Who polls learns of the end by asking, with tokens that are pushed nobody asks. So the end is a transition like an
//! answer: of the two that come at the same moment one wins, and the callback that tells of it is in the same transaction.

use super::ending;
use crate::app::App;
use futures_util::future::join_all;
use tandem_core::crossing::{CrossingId, Step};
use tandem_core::time::Timestamp;
use tandem_store::{Along, ApplyError, Change, Write};

/// How many end together, and share a commit.
const AT_ONCE: usize = 256;

/// Ends these, as far as nobody answered them, and leaves word for their clients. What fails is found by the next sweep.
pub async fn end(app: &App, unanswered: &[CrossingId], now: Timestamp) {
    for slice in unanswered.chunks(AT_ONCE) {
        for (id, ended) in slice.iter().zip(join_all(slice.iter().map(|id| end_one(app, *id, now))).await) {
            if let Err(error) = ended {
                tracing::debug!(crossing = %id, %error, "an end could not be written down; the next sweep tries again");
            }
        }
    }
}

async fn end_one(app: &App, id: CrossingId, now: Timestamp) -> Result<(), ApplyError> {
    app.store
        .apply(id, |crossing| {
            let unchanged = Change { next: crossing.clone(), write: Write::Nothing, answer: () };
            let client = app.clients.get(crossing.client_id());
            let hints = client.map(|client| client.tandem_user_hints).unwrap_or_default();
            match crossing.end_unanswered(hints, now) {
                Some(Step { next, event }) => {
                    let callback = next.request().and_then(|asked| ending::callback(&next, asked, now));
                    let along = Along { callback, ..Along::default() };
                    Change { next, write: Write::DurableWith(event, Box::new(along)), answer: () }
                }
                None => unchanged,
            }
        })
        .await
}
