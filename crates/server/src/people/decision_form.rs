//! What ties an answer to the page that asked for it?
//!
//! The form carries the crossing, sealed for one session: only the decision page makes one, for what it showed.

use super::browser::SignedIn;
use super::sealed_value::{open, seal};
use crate::app::App;
use tandem_core::crossing::CrossingId;
use tandem_core::time::Timestamp;

const LABEL: &str = "tandem decision form";

/// The value for the form of a page that shows this crossing to this person.
pub fn sealed(app: &App, id: CrossingId, person: &SignedIn, expires_at: Timestamp) -> String {
    let payload = [id.as_bytes().as_slice(), person.session.id.as_bytes()].concat();
    seal(&app.keys.browser, LABEL, &payload, expires_at)
}

/// The crossing that this person was shown, if they were.
pub fn shown(app: &App, person: &SignedIn, text: &str, now: Timestamp) -> Option<CrossingId> {
    let payload = open(&app.keys.browser, LABEL, text, now)?;
    let (id, session) = payload.split_first_chunk::<16>()?;
    (session == person.session.id.as_bytes()).then(|| CrossingId::from_bytes(*id))
}
