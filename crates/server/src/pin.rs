//! Which PIN does the phone show, and the token endpoint expect? (BCP 6.1.16)

use crate::app::App;
use tandem_core::crossing::{CrossingId, Pin};

/// The PIN of this crossing.
pub fn of(app: &App, id: CrossingId) -> Pin {
    Pin::of(id, &app.keys.user_codes)
}
