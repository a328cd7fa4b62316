//! How does a client show who it is? By a secret (RFC 6749 section 2.3.1), a signed assertion (RFC 7523), or not at all.

use crate::discovery::{Metadata, SecretTransfer};
use crate::failure::Failure;
use aws_lc_rs::rand::SystemRandom;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::json;
use std::sync::Arc;
use tandem_core::jose::SigningKey;
use tandem_core::time::Timestamp;

/// How long an assertion may be used, in seconds; it is made anew for each request.
const ASSERTION_LIFE: u64 = 60;

/// Who asks, and how it shows that. Holds secrets, so it cannot be printed.
pub struct Client {
    /// The client identifier.
    pub id: String,
    /// What it shows.
    pub credential: Credential,
}

/// What a client shows.
pub enum Credential {
    /// Its name alone: a public client.
    Nothing,
    /// Its secret.
    Secret(String),
    /// An assertion signed with its key (`private_key_jwt`).
    Key(Arc<SigningKey>),
}

impl Client {
    /// Adds to `form` what belongs there, and returns the value of the `Authorization` header if there is one.
    pub fn authenticate(
        &self,
        metadata: &Metadata,
        now: Timestamp,
        unique: &[u8; 32],
        form: &mut Vec<(&'static str, String)>,
    ) -> Result<Option<String>, Failure> {
        match (&self.credential, metadata.secret_transfer) {
            (Credential::Secret(secret), SecretTransfer::Basic) => {
                let encode =
                    |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encode(&self.id), encode(secret));
                return Ok(Some(format!("Basic {}", STANDARD.encode(pair))));
            }
            (Credential::Secret(secret), SecretTransfer::Post) => {
                form.extend([("client_id", self.id.clone()), ("client_secret", secret.clone())]);
            }
            (Credential::Key(key), _) => {
                let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned();
                let assertion = self.assertion(key, &metadata.issuer, now, unique)?;
                form.extend([("client_assertion_type", kind), ("client_assertion", assertion)]);
            }
            (Credential::Nothing, _) => form.push(("client_id", self.id.clone())),
        }
        Ok(None)
    }

    /// For the issuer alone: an assertion that other servers take, too, could be passed on (RFC 7523 section 3, point 3).
    fn assertion(
        &self,
        key: &SigningKey,
        issuer: &str,
        now: Timestamp,
        unique: &[u8; 32],
    ) -> Result<String, Failure> {
        let now = now.as_secs();
        let claims = json!({
            "iss": self.id, "sub": self.id, "aud": issuer, "jti": URL_SAFE_NO_PAD.encode(unique),
            "iat": now, "exp": now + ASSERTION_LIFE,
        });
        let signed = key.sign(&SystemRandom::new(), "JWT", &claims);
        signed.map_err(|_| Failure::Server("the client assertion cannot be signed".to_owned()))
    }
}
