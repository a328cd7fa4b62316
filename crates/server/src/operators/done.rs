//! What did this operator just do? Said once by the page that follows; sealed, so that no link can claim it.

use super::page_of;
use crate::app::App;
use crate::pages::views::IncidentFlash;
use crate::people::browser::SignedIn;
use crate::people::sealed_value::{open, seal};
use std::time::Duration;
use tandem_core::time::Timestamp;

const LABEL: &str = "tandem incident flash";
/// How long the page may be loaded again and still say it.
const LIFETIME: Duration = Duration::from_mins(1);

/// The page that follows.
pub fn after(app: &App, person: &SignedIn, id: i64, flash: IncidentFlash, now: Timestamp) -> String {
    let kind = IncidentFlash::ALL.iter().position(|one| *one == flash).and_then(|at| u8::try_from(at).ok());
    let mut payload = mark(person, id);
    payload.extend(kind);
    format!("{}?done={}", page_of(id), seal(&app.keys.browser, LABEL, &payload, now.plus(LIFETIME)))
}

/// What was done to this incident, if this person just did it.
pub fn said(app: &App, person: &SignedIn, id: i64, text: &str, now: Timestamp) -> Option<IncidentFlash> {
    let payload = open(&app.keys.browser, LABEL, text, now)?;
    match payload.strip_prefix(mark(person, id).as_slice())? {
        [kind] => IncidentFlash::ALL.get(usize::from(*kind)).copied(),
        _ => None,
    }
}

/// For one session, and one incident.
fn mark(person: &SignedIn, id: i64) -> Vec<u8> {
    let session = person.session.id.as_bytes().iter().take(16).copied();
    session.chain(id.to_be_bytes()).collect()
}
