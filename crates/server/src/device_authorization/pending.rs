//! Which request is this browser about to answer?
//!
//! Between typing the code, signing in and deciding, the browser carries a sealed cookie with the crossing's name, the
//! code as the person knows it and how far they came, so that no code stands in an address, a title or the history, and
//! nobody has to begin again who signs in once more.

use crate::app::App;
use crate::people::browser::SignedIn;
use crate::people::cookies;
use crate::people::decision_form::{Saw, Shown};
use crate::people::sealed_value::{open, seal};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use std::time::Duration;
use tandem_core::crossing::CrossingId;
use tandem_core::device_authorization::user_code::UserCode;
use tandem_core::digest::Digest;
use tandem_core::mitigations::facts::QrEvidence;
use tandem_core::time::Timestamp;

const LABEL: &str = "tandem pending crossing";
const COOKIE: &str = "crossing";
/// How long after its end a request is still known to the browser, so that who comes late reads that the time is over.
const LATE: Duration = Duration::from_mins(10);

/// What the cookie says.
#[derive(Debug, Clone, Copy)]
pub struct PendingCrossing {
    /// Which crossing.
    pub id: CrossingId,
    /// The code that led to it.
    pub user_code: UserCode,
    /// What the QR code proved by which they brought it.
    pub qr: QrEvidence,
    /// How far the person came since they brought the code, and who they were.
    reached: Option<(Stage, Digest)>,
}

/// How far a person came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// They brought the code.
    Arrived,
    /// They opened the request, which was counted.
    Opened,
    /// They read the warning and want to continue.
    Warned,
}

impl PendingCrossing {
    /// What a browser gets that brings a code.
    pub const fn new(id: CrossingId, user_code: UserCode) -> Self {
        Self { id, user_code, qr: QrEvidence::NotUsed, reached: None }
    }

    /// The same, brought by a QR code that proved so much.
    #[must_use]
    pub const fn scanned(self, qr: QrEvidence) -> Self {
        Self { qr, ..self }
    }

    /// What the form of a page of ours says of the request; only who opened it got one.
    pub fn of_form(shown: &Shown, person: &SignedIn) -> Option<Self> {
        let user_code = UserCode::parse(std::str::from_utf8(&shown.note).ok()?).ok()?;
        let stage = if shown.saw.warned() { Stage::Warned } else { Stage::Opened };
        Some(Self::new(shown.id, user_code).at(stage, person))
    }

    /// The same, at this stage of this person.
    #[must_use]
    pub fn at(self, stage: Stage, person: &SignedIn) -> Self {
        Self { reached: Some((stage, whose(person))), ..self }
    }

    /// How far this person came; another one on the same browser only arrived.
    pub fn stage(&self, person: &SignedIn) -> Stage {
        match self.reached {
            Some((stage, by)) if by == whose(person) => stage,
            _ => Stage::Arrived,
        }
    }

    /// What ties the form of a page about this request to it.
    pub fn form(&self, app: &App, person: &SignedIn, saw: Saw, expires_at: Timestamp) -> String {
        let note = self.user_code.display().into_bytes();
        Shown { id: self.id, saw, note }.sealed(app, person, expires_at.plus(LATE))
    }

    /// Reads the cookie; `None` if there is none, or it is not ours, or too old.
    pub fn read(app: &App, headers: &HeaderMap, now: Timestamp) -> Option<Self> {
        let name = app.people.cookies.named(COOKIE);
        let text = cookies::values(headers, &name).next()?;
        let payload = open(&app.keys.browser, LABEL, text, now)?;
        let (id, rest) = payload.split_first_chunk::<16>()?;
        let (stage, rest) = rest.split_first()?;
        let (qr, rest) = rest.split_first()?;
        let (by, code) = rest.split_first_chunk::<32>()?;
        let stage = match stage {
            0 => None,
            1 => Some(Stage::Opened),
            2 => Some(Stage::Warned),
            _ => return None,
        };
        let user_code = UserCode::parse(std::str::from_utf8(code).ok()?).ok()?;
        let reached = stage.map(|stage| (stage, Digest::from_bytes(*by)));
        Some(Self { id: CrossingId::from_bytes(*id), user_code, qr: proved(*qr), reached })
    }

    /// Gives the browser the cookie, until the crossing ends.
    pub fn remember(&self, app: &App, response: &mut Response, expires_at: Timestamp) {
        let (stage, by) = match self.reached {
            None | Some((Stage::Arrived, _)) => (0, [0; 32]),
            Some((Stage::Opened, by)) => (1, *by.as_bytes()),
            Some((Stage::Warned, by)) => (2, *by.as_bytes()),
        };
        let code = self.user_code.display();
        let payload = [self.id.as_bytes().as_slice(), &[stage, byte(self.qr)], &by, code.as_bytes()].concat();
        set(app, response, &seal(&app.keys.browser, LABEL, &payload, expires_at.plus(LATE)), None);
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

/// Evidence as the cookie carries it.
const fn byte(qr: QrEvidence) -> u8 {
    match qr {
        QrEvidence::NotUsed => 0,
        QrEvidence::Rejected => 4,
        QrEvidence::Holds { signed, living } => signed as u8 + 2 * living as u8,
    }
}

const fn proved(byte: u8) -> QrEvidence {
    match byte {
        0 => QrEvidence::NotUsed,
        1..=3 => QrEvidence::Holds { signed: byte & 1 != 0, living: byte & 2 != 0 },
        _ => QrEvidence::Rejected,
    }
}

fn whose(person: &SignedIn) -> Digest {
    Digest::of(person.user.sub.as_bytes())
}

fn set(app: &App, response: &mut Response, value: &str, max_age: Option<u32>) {
    let cookies = app.people.cookies;
    if let Some(cookie) = cookies.set(&cookies.named(COOKIE), value, max_age) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
