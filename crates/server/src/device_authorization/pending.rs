//! Which request is this browser about to answer?
//!
//! Between typing the code, signing in and deciding, the browser carries a sealed cookie with the crossing's name and
//! the code as the person knows it, so that no code stands in an address, a title or the history.

use crate::app::App;
use crate::people::cookies;
use crate::people::sealed_value::{open, seal};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use tandem_core::crossing::CrossingId;
use tandem_core::device_authorization::user_code::UserCode;
use tandem_core::time::Timestamp;

const LABEL: &str = "tandem pending crossing";
const COOKIE: &str = "crossing";

/// What the cookie says.
#[derive(Debug, Clone, Copy)]
pub struct PendingCrossing {
    /// Which crossing.
    pub id: CrossingId,
    /// The code that led to it.
    pub user_code: UserCode,
}

impl PendingCrossing {
    /// Reads the cookie; `None` if there is none, or it is not ours, or too old.
    pub fn read(app: &App, headers: &HeaderMap, now: Timestamp) -> Option<Self> {
        let name = app.people.cookies.named(COOKIE);
        let text = cookies::values(headers, &name).next()?;
        let payload = open(&app.keys.browser, LABEL, text, now)?;
        let (id, code) = payload.split_first_chunk::<16>()?;
        let user_code = UserCode::parse(std::str::from_utf8(code).ok()?).ok()?;
        Some(Self { id: CrossingId::from_bytes(*id), user_code })
    }

    /// Gives the browser the cookie, until the crossing ends.
    pub fn remember(&self, app: &App, response: &mut Response, expires_at: Timestamp) {
        let mut payload = self.id.as_bytes().to_vec();
        payload.extend_from_slice(self.user_code.display().as_bytes());
        set(app, response, &seal(&app.keys.browser, LABEL, &payload, expires_at), None);
    }

    /// Takes the cookie away.
    pub fn forget(app: &App, response: &mut Response) {
        set(app, response, "", Some(0));
    }
}

/// The name of the client whose request this browser is about to answer, for the sign-in page.
pub fn client_name(app: &App, headers: &HeaderMap, now: Timestamp) -> Option<String> {
    let pending = PendingCrossing::read(app, headers, now)?;
    let crossing = app.store.crossing(pending.id)?;
    app.clients.get(crossing.client_id()).map(|client| client.client_name.clone())
}

fn set(app: &App, response: &mut Response, value: &str, max_age: Option<u32>) {
    let cookies = app.people.cookies;
    if let Some(cookie) = cookies.set(&cookies.named(COOKIE), value, max_age) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
