//! What must a person know before they answer a device's request?

use super::{BindingQuestion, Confirm, NumberQuestion, Page, Places, RequestTrouble, Whereabouts};
use serde::Serialize;
use std::borrow::Cow;
use tandem_core::oauth::device_description::DeviceKind;

/// `GET /device/decision` of a person who is signed in, and the answer to a `POST` that needs another try: the question
/// (BCP 6.1.14). The form posts `decision` (`deny`, `allow` or `report`), `crossing`, `csrf` and, where they are asked for,
/// `number` and `binding` to `/device/decision`. Deny and report need neither.
#[derive(Debug, Clone, Serialize)]
pub struct Decide {
    /// Who asks.
    pub asker: Asker,
    /// The device, as it describes itself.
    pub device: Device,
    /// Where the device is, seen from the person.
    pub whereabouts: Whereabouts,
    /// How long ago the device began to ask, in seconds.
    pub began_seconds_ago: u64,
    /// What the device will be able to do, if the answer is yes: what policy leaves of what it asked for.
    pub abilities: Abilities,
    /// Whether it asked for more.
    pub less: bool,
    /// Until when.
    pub lasts: Lasts,
    /// The code to compare, as the device shows it.
    pub user_code: String,
    /// Seconds until the request ends by itself.
    pub seconds_left: u64,
    /// What is odd about this request; said before the question.
    pub warnings: Vec<Warning>,
    /// How the number on the other screen is asked for, if it is.
    pub number: Option<NumberQuestion>,
    /// How what was typed on the device is asked for, if it is.
    pub binding: Option<BindingQuestion>,
    /// What has to come before a yes.
    pub confirm: Option<Confirm>,
    /// What was wrong with the last try.
    pub trouble: Option<RequestTrouble>,
    /// The handler's own mark of the request, sent back with the answer.
    pub crossing: String,
}

/// Who asks: the service whose software runs on the device.
#[derive(Debug, Clone, Serialize)]
pub struct Asker {
    /// Its name.
    pub name: String,
    /// Whether the operator of this server checked that the name is true.
    pub verified: bool,
}

/// A device, as it describes itself: claims, not facts.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Device {
    /// What sort of device it says it is.
    pub kind: DeviceKind,
    /// The name that it gives itself.
    pub name: Option<String>,
}

/// Until when the device may do what it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Lasts {
    /// Until the person takes it back.
    UntilTakenBack,
    /// For a time.
    For {
        /// Seconds from now.
        seconds: u64,
    },
    /// For a time, though it asked to be renewed.
    NotRenewed {
        /// Seconds from now.
        seconds: u64,
    },
}

/// Something odd about a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Warning {
    /// The service has no access to the person's account yet.
    FirstUse,
    /// The device is on another network than the person.
    OtherNetwork,
    /// The device seems to be far from the person.
    FarAway {
        /// What both places are called, where that is known.
        places: Option<Places>,
    },
    /// Requests like this one came again and again.
    Repeated {
        /// How many in the last hour.
        count: u64,
    },
    /// Something went wrong with it before.
    Troubled,
    /// It came in the hours in which the person wants to hear nothing.
    QuietHours,
}

/// What a device will be able to do, worst first; what does not fit on the page folds away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Abilities {
    /// At most five, always in sight.
    pub first: Vec<Ability>,
    /// The rest.
    pub more: Vec<Ability>,
}

/// One thing that a device will be able to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Ability {
    /// A scope without any description: its bare name, as a last resort. Worst, because nobody can judge it.
    Unexplained {
        /// The scope.
        name: String,
    },
    /// A scope that the operator described.
    Described {
        /// The operator's words.
        words: String,
    },
    /// `offline_access`.
    OfflineAccess,
    /// `address`.
    Address,
    /// `phone`.
    Phone,
    /// `email`.
    Email,
    /// `profile`.
    Profile,
    /// `openid`.
    Openid,
}

impl Abilities {
    /// Most lines that stand on a page.
    const IN_SIGHT: usize = 5;

    /// The abilities that scopes stand for; each scope comes with the operator's description, if there is one.
    pub fn of<'a>(scopes: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Self {
        let mut first: Vec<Ability> =
            scopes.into_iter().map(|(name, words)| Ability::of(name, words)).collect();
        first.sort();
        first.dedup();
        let more = first.split_off(first.len().min(Self::IN_SIGHT));
        Self { first, more }
    }
}

impl Ability {
    fn of(scope: &str, description: Option<&str>) -> Self {
        match (scope, description) {
            ("offline_access", _) => Self::OfflineAccess,
            (_, Some(words)) => Self::Described { words: words.to_owned() },
            ("address", None) => Self::Address,
            ("phone", None) => Self::Phone,
            ("email", None) => Self::Email,
            ("profile", None) => Self::Profile,
            ("openid", None) => Self::Openid,
            (name, None) => Self::Unexplained { name: name.to_owned() },
        }
    }
}

impl Page for Decide {
    const TEMPLATE: &'static str = "decide.html";

    fn title_key(&self) -> Cow<'static, str> {
        format!("decide-title-{}", self.device.kind.as_str()).into()
    }

    fn asks_location(&self) -> bool {
        self.whereabouts.asks_location()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_comes_first_and_nothing_is_lost() {
        let scopes = ["openid", "email", "files", "offline_access", "pay", "profile", "phone", "openid"];
        let all = Abilities::of(scopes.map(|s| (s, (s == "files").then_some("Read your files"))));
        assert_eq!(all.first[0], Ability::Unexplained { name: "pay".to_owned() });
        assert_eq!(all.first[1], Ability::Described { words: "Read your files".to_owned() });
        assert_eq!(all.first[2], Ability::OfflineAccess);
        assert_eq!((all.first.len(), all.more.len()), (5, 2));
        assert_eq!(all.more[1], Ability::Openid);
    }
}
