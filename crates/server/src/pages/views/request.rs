//! What must a person know before they answer a request that came to them?

use super::{
    Abilities, Asker, BindingQuestion, Confirm, Device, Lasts, NumberQuestion, Page, RequestTrouble, Warning,
    Whereabouts,
};
use serde::Serialize;
use std::borrow::Cow;

/// `GET /inbox/{id}`, and the answer to a `POST` that needs another try. The form posts `decision` (`deny`, `allow` or
/// `report`), `crossing`, `csrf` and, where they are asked for, `number` (two digits) and `binding` to `/inbox/{id}`. Deny
/// and report need neither.
#[derive(Debug, Clone, Serialize)]
pub struct RequestPage {
    /// The last part of this page's address.
    pub id: String,
    /// Who asks.
    pub asker: Asker,
    /// What exactly is asked for, in the operator's words, one entry a detail. A single short one is the headline.
    pub details: Vec<String>,
    /// What the asker writes (`binding_message`): stands on the other screen too.
    pub binding_message: Option<String>,
    /// The device at the other end, as it describes itself; without a name and of kind `Other` it is left out.
    pub device: Device,
    /// Where the request comes from, seen from the person.
    pub whereabouts: Whereabouts,
    /// How long ago it was started, in seconds.
    pub began_seconds_ago: u64,
    /// How the asker said whom they mean.
    pub named_by: NamedBy,
    /// What the asker will be able to do, if the answer is yes: what policy leaves of what was asked for.
    pub abilities: Abilities,
    /// Whether more was asked for.
    pub less: bool,
    /// Until when.
    pub lasts: Lasts,
    /// Seconds until the request ends by itself.
    pub seconds_left: u64,
    /// What is odd about this request; said before the question.
    pub warnings: Vec<Warning>,
    /// How the number on the other screen is asked for, if it is.
    pub number: Option<NumberQuestion>,
    /// How what was typed on the other device is asked for, if it is.
    pub binding: Option<BindingQuestion>,
    /// What has to come before a yes. While it is there, the page has no Allow and asks for no number.
    pub confirm: Option<Confirm>,
    /// What was wrong with the last try.
    pub trouble: Option<RequestTrouble>,
    /// The handler's own mark of the request, sealed, sent back with the answer.
    pub crossing: String,
}

/// How the asker said whom they mean (CIBA Core section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamedBy {
    /// By user name (`login_hint`).
    LoginHint,
    /// By a statement that somebody trusted signed (`login_hint_token`).
    LoginHintToken,
    /// By an earlier sign-in with them (`id_token_hint`).
    IdTokenHint,
}

impl Page for RequestPage {
    const TEMPLATE: &'static str = "request.html";

    fn title_key(&self) -> Cow<'static, str> {
        if self.details.is_empty() { "request-title" } else { "request-title-agree" }.into()
    }

    fn asks_location(&self) -> bool {
        self.whereabouts.asks_location()
    }
}
