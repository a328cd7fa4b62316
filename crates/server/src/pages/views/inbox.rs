//! Which requests wait for a person, and which are over?

use super::{Asker, Page};
use serde::Serialize;
use std::borrow::Cow;

/// `GET /inbox`. Has no form. `inbox.js` listens to `/inbox/events` (event `requests`, data `{"open":N}`) and then
/// fetches `/inbox?part=list`, which is [`InboxList`] of the same facts.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Inbox {
    /// What can be answered now, newest first.
    pub open: Vec<OpenRequest>,
    /// What was answered or ended lately, newest first.
    pub ended: Vec<EndedRequest>,
}

/// `GET /inbox?part=list`: only the list of the inbox, without a page around it.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct InboxList(pub Inbox);

/// A request that waits for an answer.
#[derive(Debug, Clone, Serialize)]
pub struct OpenRequest {
    /// The last part of the address of its page, `/inbox/{id}`.
    pub id: String,
    /// Who asks.
    pub asker: Asker,
    /// What it is about in the operator's words, if that is one thing: "Pay 34.50 € to Cellar?".
    pub headline: Option<String>,
    /// What the asker writes (`binding_message`).
    pub binding_message: Option<String>,
    /// How long ago it came, in seconds.
    pub began_seconds_ago: u64,
    /// Seconds until it ends by itself.
    pub seconds_left: u64,
}

/// A request that is over.
#[derive(Debug, Clone, Serialize)]
pub struct EndedRequest {
    /// The name of who asked.
    pub asker: String,
    /// What became of it.
    pub end: RequestEnd,
    /// How long ago it came, in seconds.
    pub began_seconds_ago: u64,
    /// As long as it waits for a PIN: the last part of the address of the page that shows it, `/inbox/{id}`.
    pub pin: Option<String>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestEnd {
    /// The person allowed it.
    Approved,
    /// The person denied it, or it was stopped for them.
    Denied,
    /// The person said that they did not start it.
    Reported,
    /// Nobody answered in time.
    Expired,
}

impl Page for Inbox {
    const TEMPLATE: &'static str = "inbox.html";

    fn title_key(&self) -> Cow<'static, str> {
        "inbox-title".into()
    }
}

impl Page for InboxList {
    const TEMPLATE: &'static str = "inbox_list.html";
    const LAYOUT: &'static str = "part_layout.html";

    fn title_key(&self) -> Cow<'static, str> {
        "inbox-title".into()
    }
}
