//! What do we ask of an authenticator, and is its answer good? (WebAuthn level 2, through `webauthn-rs-core`)
//!
//! Every passkey is discoverable and verifies its user; no attestation is asked for.

use super::ceremonies::{Ceremonies, LIFETIME};
use crate::config::Config;
use serde::Serialize;
use tandem_store::User;
use url::Url;
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{
    AuthenticationState, Credential, CredentialID, PublicKeyCredential, PublicKeyCredentialCreationOptions,
    PublicKeyCredentialRequestOptions, RegisterPublicKeyCredential, RegistrationState,
    UserVerificationPolicy,
};

/// How many passkeys a person may have.
pub const MOST_PASSKEYS: usize = 20;

/// The relying party.
#[derive(Debug)]
pub struct Passkeys {
    webauthn: WebauthnCore,
    /// The ceremonies under way.
    pub ceremonies: Ceremonies,
}

/// What a page's script hands to the browser.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Options<O> {
    /// The options of `navigator.credentials`.
    pub public_key: O,
    /// The ceremony's name, to be sent back.
    pub ceremony: String,
}

impl Passkeys {
    /// The relying party of this issuer; `None` if the issuer has no host.
    pub fn new(config: &Config) -> Option<Self> {
        let origin = Url::parse(config.issuer.as_str()).ok()?;
        let id = origin.host_str()?.to_owned();
        let name = config.pages.operator_name.clone().unwrap_or_else(|| id.clone());
        let webauthn = WebauthnCore::new_unsafe_experts_only(
            &name,
            &id,
            vec![origin],
            LIFETIME,
            Some(false),
            Some(false),
        );
        Some(Self { webauthn, ceremonies: Ceremonies::default() })
    }

    /// Asks for whichever passkey of this server the person chooses.
    pub fn ask_to_sign_in(
        &self,
    ) -> Result<(PublicKeyCredentialRequestOptions, AuthenticationState), WebauthnError> {
        // Some providers begin to synchronise a passkey later: that is no reason to lock its owner out.
        let builder = self
            .webauthn
            .new_challenge_authenticate_builder(Vec::new(), Some(UserVerificationPolicy::Required))?
            .allow_backup_eligible_upgrade(true);
        let (options, state) = self.webauthn.generate_challenge_authenticate(builder)?;
        Ok((options.public_key, state))
    }

    /// Checks an answer made with this passkey. Returns the passkey as it is to be kept from now on: with the counter
    /// that shows a copy of it.
    pub fn signed_in(
        &self,
        state: &AuthenticationState,
        answer: &PublicKeyCredential,
        mut passkey: Credential,
    ) -> Result<Credential, WebauthnError> {
        let result = self.webauthn.authenticate_single_credential(answer, state, &passkey)?;
        if !result.user_verified() {
            return Err(WebauthnError::UserNotVerified);
        }
        passkey.counter = passkey.counter.max(result.counter());
        passkey.backup_state = result.backup_state();
        passkey.backup_eligible = result.backup_eligible();
        Ok(passkey)
    }

    /// Asks for a new passkey of this person, on an authenticator that has none of `existing`.
    pub fn ask_to_register(
        &self,
        user: &User,
        existing: Vec<CredentialID>,
    ) -> Result<(PublicKeyCredentialCreationOptions, RegistrationState), WebauthnError> {
        let shown = user.name.as_deref().unwrap_or(&user.username);
        let builder = self
            .webauthn
            .new_challenge_register_builder(user.sub.as_bytes(), &user.username, shown)?
            .require_resident_key(true)
            .user_verification_policy(UserVerificationPolicy::Required)
            .exclude_credentials(Some(existing));
        let (options, state) = self.webauthn.generate_challenge_register(builder)?;
        Ok((options.public_key, state))
    }

    /// Checks a new passkey.
    pub fn registered(
        &self,
        state: &RegistrationState,
        answer: &RegisterPublicKeyCredential,
    ) -> Result<Credential, WebauthnError> {
        self.webauthn.register_credential(answer, state, None)
    }
}
