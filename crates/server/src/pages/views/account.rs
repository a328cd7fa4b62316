//! What has access to a person's account, and how do they take it back?

use super::{Abilities, Asker, Device, Page};
use serde::Serialize;
use std::borrow::Cow;

/// `GET /account`. Forms post `family` to `/account/revoke`, `passkey` to `/account/passkeys/remove` and nothing
/// to `/sign-out`, each with `csrf`; adding a passkey talks to `/passkeys/register/*`.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// What has access now, newest first.
    pub access: Vec<Access>,
    /// The person's passkeys.
    pub passkeys: Vec<Passkey>,
    /// What else the person does here.
    pub duties: Duties,
    /// What was just done, said once.
    pub flash: Option<Flash>,
}

/// What a person does here besides using their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duties {
    /// Nothing.
    None,
    /// They look after incidents.
    Operator,
}

/// One device's access: a token family.
#[derive(Debug, Clone, Serialize)]
pub struct Access {
    /// The family's identifier, sent back to revoke it.
    pub family: String,
    /// The service.
    pub asker: Asker,
    /// The device, as it described itself.
    pub device: Device,
    /// How long ago it was allowed, in seconds.
    pub since_seconds_ago: u64,
    /// How long ago it was last used, in seconds; `None` if never.
    pub used_seconds_ago: Option<u64>,
    /// The address from which it asked.
    pub address: Option<String>,
    /// What it may do.
    pub abilities: Abilities,
}

/// One passkey.
#[derive(Debug, Clone, Serialize)]
pub struct Passkey {
    /// Its identifier, sent back to remove it.
    pub id: String,
    /// The name that the person gave it.
    pub name: String,
    /// How long ago it was added, in seconds.
    pub added_seconds_ago: u64,
    /// How long ago it was last used, in seconds; `None` if never.
    pub used_seconds_ago: Option<u64>,
}

/// What was just done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Flash {
    /// Access was taken back.
    Revoked {
        /// The service's name.
        asker: String,
    },
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
}

impl Page for Account {
    const TEMPLATE: &'static str = "account.html";

    fn title_key(&self) -> Cow<'static, str> {
        "account-title".into()
    }
}
