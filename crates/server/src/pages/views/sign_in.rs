//! How does a person say who they are?

use super::Page;
use serde::Serialize;
use std::borrow::Cow;

/// `GET /sign-in` and the answer to a failed `POST /sign-in`. The form posts `username`, `password`, `next`
/// and `csrf`; the passkey button appears where scripts run and talks to `/passkeys/sign-in/*`.
#[derive(Debug, Clone, Serialize)]
pub struct SignIn {
    /// Where to go afterwards: a path on this server (anything else becomes `/`).
    pub next: String,
    /// The name that was typed before, to be kept after a mistake.
    pub username: String,
    /// Whose request waits to be answered, if that is why one signs in.
    pub asked_by: Option<String>,
    /// What was wrong with the last try.
    pub trouble: Option<SignInTrouble>,
}

/// Why the last try to sign in did not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SignInTrouble {
    /// The name or the password is wrong; the page never says which.
    Wrong,
    /// Too many tries.
    Throttled {
        /// Seconds until the next try is heard.
        retry_after: u64,
    },
    /// The person was signed in, but not any more.
    SessionExpired,
    /// The form was too old, or did not come from this page (CSRF).
    FormExpired,
    /// Nothing went wrong: what the person is about to do needs a sign-in of the last minutes.
    Again,
    /// The same for an operator who is about to act.
    AgainToAct,
}

impl Page for SignIn {
    const TEMPLATE: &'static str = "sign_in.html";

    fn title_key(&self) -> Cow<'static, str> {
        "sign-in-title".into()
    }
}
