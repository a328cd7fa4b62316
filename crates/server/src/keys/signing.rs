//! Which keys sign, and which are published because what they signed may still be alive?

use super::KeyError;
use super::at_rest::{open_sealed, sealed};
use aws_lc_rs::aead::RandomizedNonceKey;
use aws_lc_rs::rand::SystemRandom;
use axum::body::Bytes;
use std::sync::Arc;
use tandem_core::jose::{Algorithm, Jwk, JwkSet, SigningKey};
use tandem_core::time::Timestamp;
use tandem_store::{Store, StoredKey};

/// What these keys are for, in the store.
pub(super) const SIGNING: &str = "signing";

/// The signing keys of one moment.
pub struct Signing {
    active: Vec<(Algorithm, Arc<SigningKey>)>,
    published: JwkSet,
    /// The JWK Set document.
    pub document: Bytes,
}

impl Signing {
    /// The active key for an algorithm.
    pub fn key(&self, algorithm: Algorithm) -> Option<&Arc<SigningKey>> {
        self.active.iter().find(|(known, _)| *known == algorithm).map(|(_, key)| key)
    }

    /// Every key whose tokens may still be alive.
    pub const fn published(&self) -> &JwkSet {
        &self.published
    }
}

/// The newest key that signs by this algorithm.
pub(super) fn active_of(stored: &[StoredKey], algorithm: Algorithm) -> Option<&StoredKey> {
    let mut active: Vec<&StoredKey> = stored
        .iter()
        .filter(|key| key.purpose == SIGNING && key.retires_at.is_none() && key.alg == algorithm.to_string())
        .collect();
    active.sort_by_key(|key| key.created_at);
    active.pop()
}

/// Opens every key whose tokens may still be alive.
pub(super) fn read_signing(
    seal: &RandomizedNonceKey,
    stored: &[StoredKey],
    algorithms: &[Algorithm],
    now: Timestamp,
) -> Result<Signing, KeyError> {
    let mut active = Vec::new();
    let mut published: Vec<Jwk> = Vec::new();
    let mut documents = Vec::new();
    for key in stored.iter().filter(|key| key.purpose == SIGNING && key.deletes_at.is_none_or(|at| now < at))
    {
        let Ok(algorithm) = key.alg.parse::<Algorithm>() else { continue };
        let signing = SigningKey::from_pkcs8(algorithm, &open_sealed(seal, key)?, Some(key.kid.clone()))?;
        published.push(signing.public_jwk().clone());
        documents.push(signing.public_json());
        let is_active = active_of(stored, algorithm).is_some_and(|active| active.kid == key.kid);
        if is_active && algorithms.contains(&algorithm) {
            active.push((algorithm, Arc::new(signing)));
        }
    }
    let document = serde_json::json!({ "keys": documents }).to_string().into();
    let published = JwkSet::new(published).map_err(|error| KeyError::CannotOpen(error.to_string()))?;
    Ok(Signing { active, published, document })
}

/// Makes a key that signs from now on, and says how it is called.
pub(super) async fn make_signing(
    store: &Store,
    seal: &RandomizedNonceKey,
    algorithm: Algorithm,
    now: Timestamp,
) -> Result<String, KeyError> {
    // Making an RSA key takes a tenth of a second: not on the reactor.
    let made =
        tokio::task::spawn_blocking(move || SigningKey::generate(algorithm, &SystemRandom::new())).await;
    let pkcs8 = made.map_err(|_| KeyError::CannotSeal)??;
    let kid = SigningKey::from_pkcs8(algorithm, &pkcs8, None)?.kid().to_owned();
    store.put_key(sealed(seal, &kid, SIGNING, &algorithm.to_string(), &pkcs8, now)?).await?;
    Ok(kid)
}
