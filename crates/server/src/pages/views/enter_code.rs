//! How does the code get from the device's screen to this server?

use super::Page;
use serde::Serialize;
use std::borrow::Cow;

/// `GET /device` and the answer to a failed `POST /device`. The form posts `user_code` and `csrf`.
#[derive(Debug, Clone, Serialize)]
pub struct EnterCode {
    /// What was typed before, to be corrected; empty at first.
    pub user_code: String,
    /// What was wrong with the last try.
    pub trouble: Option<CodeTrouble>,
}

/// Why a typed code did not lead anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum CodeTrouble {
    /// No request can be answered with this code now; whether it ever existed is not said.
    NotFound,
    /// Too many tries.
    TooManyTries {
        /// Seconds until the next try is heard.
        retry_after: u64,
    },
    /// Characters that no code has, or too few or many.
    WrongShape {
        /// The characters that codes are made of.
        letters: String,
        /// How many of them a code has.
        length: u64,
    },
    /// The person was signed in, but not any more.
    SessionExpired,
    /// The form was too old, or did not come from this page (CSRF).
    FormExpired,
}

impl Page for EnterCode {
    const TEMPLATE: &'static str = "enter_code.html";

    fn title_key(&self) -> Cow<'static, str> {
        "enter-code-title".into()
    }
}
