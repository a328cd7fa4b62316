//! What does it take to reach an authorization device, and how does that rest in the store? Sealed: addresses of people
//! and of push subscriptions are nothing that a stolen database should tell.

use crate::keys::{KeyError, KeyRing};
use serde::{Deserialize, Serialize};
use tandem_core::jose::Jwk;
use tandem_core::web_push::Subscription;
use tandem_store::{AuthorizationDevice, DeviceChannel};

const PURPOSE: &str = "authorization device";

/// What it takes to reach a device, by its channel.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "channel", rename_all = "snake_case")]
pub enum Detail {
    /// An app: the key that it signs with, and where it is woken up, if it can be.
    App {
        /// Its public key.
        jwk: Jwk,
        /// Its push subscription.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        push: Option<Subscription>,
    },
    /// A browser.
    WebPush(Subscription),
    /// A browser whose push service no longer knows the subscription.
    WebPushGone,
    /// A mailbox.
    Email {
        /// Its address.
        address: String,
    },
    /// Whatever the operator's webhook reaches.
    Webhook {
        /// The device's address, as the webhook understands it: a phone number, for example.
        to: String,
    },
}

/// The text for [`tandem_store::AuthorizationDevice::detail`].
pub fn seal(keys: &KeyRing, detail: &Detail) -> Result<String, KeyError> {
    let text = serde_json::to_string(detail).map_err(|_| KeyError::CannotSeal)?;
    keys.seal_text(PURPOSE, &text)
}

/// What [`seal`] sealed; `None` if it is anything else.
pub fn open(keys: &KeyRing, sealed: &str) -> Option<Detail> {
    serde_json::from_str(&keys.open_text(PURPOSE, sealed)?).ok()
}

/// Whether nothing can be sent to this device any more, as its push service says.
pub fn is_gone(keys: &KeyRing, device: &AuthorizationDevice) -> bool {
    device.kind == DeviceChannel::WebPush && open(keys, &device.detail) == Some(Detail::WebPushGone)
}

impl std::fmt::Debug for Detail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::App { .. } => "App(..)",
            Self::WebPush(_) => "WebPush(..)",
            Self::WebPushGone => "WebPushGone",
            Self::Email { .. } => "Email(..)",
            Self::Webhook { .. } => "Webhook(..)",
        })
    }
}
