//! Who are the people, and in front of which browser do they sit? Passwords, passkeys, sessions and their pages.
//!
//! [`browser`] finds out who is there, [`respond`] draws pages for them, [`form`] reads what they send: all pages of
//! the server go through these three. The rest signs people in and out and shows them what they gave access to.

mod account;
pub mod accounts;
mod address_verification;
pub mod browser;
mod ceremonies;
pub mod confirm;
pub mod cookies;
pub mod decision_form;
mod device_channels;
pub(crate) mod device_room;
mod device_settings;
mod devices;
mod devices_page;
pub mod form;
mod json;
mod local_path;
pub mod offer;
mod passkey_registration;
mod passkey_sign_in;
mod passkeys;
pub mod passwords;
pub mod respond;
mod same_origin;
pub mod sealed_value;
mod sign_in;
pub(crate) mod throttle;
pub mod usernames;
pub mod visit;
mod web_push_renewal;
mod web_push_subscription;

pub use local_path::local_path;

use crate::app::App;
use crate::clock::Random;
use crate::config::Config;
use crate::edge::harden::PageHeaders;
use crate::pages::CONTENT_SECURITY_POLICY;
use axum::Router;
use axum::routing::{get, post};
use cookies::Cookies;
use passkeys::Passkeys;
use passwords::Passwords;
use std::sync::Arc;

/// What the server needs in order to know people.
#[derive(Debug)]
pub struct People {
    /// Passwords.
    pub passwords: Passwords,
    /// How cookies are kept.
    pub cookies: Cookies,
    passkeys: Passkeys,
    page_headers: PageHeaders,
}

/// Why people cannot be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeopleError {
    /// Argon2 cannot work with the numbers in `[users]`.
    #[error(
        "users.password_hash_memory and users.password_hash_iterations are not numbers that Argon2id works with"
    )]
    PasswordParameters,
    /// The issuer has no host.
    #[error("the issuer has no host for passkeys to be bound to")]
    Issuer,
}

impl People {
    /// As the configuration wants it.
    pub fn new(config: &Config) -> Result<Self, PeopleError> {
        Ok(Self {
            passwords: Passwords::new(&config.users, Random).ok_or(PeopleError::PasswordParameters)?,
            cookies: Cookies::of(&config.issuer),
            passkeys: Passkeys::new(config).ok_or(PeopleError::Issuer)?,
            page_headers: PageHeaders::new(CONTENT_SECURITY_POLICY, config.issuer.is_https()),
        })
    }
}

/// The pages of people.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/account", get(account::show))
        .route("/account/revoke", post(account::revoke))
        .route("/account/passkeys/remove", post(account::remove_passkey))
        .route("/account/devices", get(devices::show))
        .route("/account/devices/rename", post(devices::rename))
        .route("/account/devices/remove", post(devices::remove))
        .route("/account/devices/app", post(devices::app))
        .route("/account/devices/email", post(devices::email))
        .route("/account/devices/webhook", post(devices::webhook))
        .route("/account/devices/webhook/code", post(devices::webhook_code))
        .route("/account/devices/user-code", post(devices::user_code))
        .route("/account/devices/quiet-hours", post(devices::quiet_hours))
        .route("/account/devices/web-push", post(web_push_subscription::subscribe))
        .route("/account/devices/web-push/remove", post(web_push_subscription::remove))
        .route(
            "/account/devices/web-push/renewal",
            get(web_push_renewal::prepare).post(web_push_renewal::renew),
        )
        .route("/passkeys/sign-in/options", post(passkey_sign_in::options))
        .route("/passkeys/sign-in/finish", post(passkey_sign_in::finish))
        .route("/passkeys/register/options", post(passkey_registration::options))
        .route("/passkeys/register/finish", post(passkey_registration::finish))
}
