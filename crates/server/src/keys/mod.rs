//! Which keys does the server hold, and how do they rest on disk?
//!
//! One signing key an algorithm is active; older ones stay published until every token they signed is dead. All
//! MAC keys derive from one root. Private keys are sealed with AES-256-GCM under the key-encryption key, which the
//! configuration names and the store never sees.

mod at_rest;
mod signing;

pub use signing::Signing;

use crate::clock::Random;
use at_rest::{open_sealed, sealed};
use aws_lc_rs::aead::{AES_256_GCM, Aad, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use signing::{SIGNING, active_of, make_signing, read_signing};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tandem_core::digest::MacKey;
use tandem_core::jose::{Algorithm, JwsError, SigningKey};
use tandem_core::time::Timestamp;
use tandem_core::web_push::VapidKey;
use tandem_store::{Store, StoreError, StoredKey};
use zeroize::Zeroizing;

const ROOT: &str = "root";
const VAPID: &str = "vapid";

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key-encryption key does not open what is stored.
    #[error(
        "the stored key {0} cannot be opened with this encryption key: set keys.encryption_key_file to the one this \
         data directory was made with"
    )]
    CannotOpen(String),
    /// A key could not be made or read.
    #[error("a key could not be made or read: {0}")]
    Jose(#[from] JwsError),
    /// Sealing failed.
    #[error("a key could not be sealed")]
    CannotSeal,
}

/// The keys in use.
pub struct KeyRing {
    seal: RandomizedNonceKey,
    texts: RandomizedNonceKey,
    signing: RwLock<Arc<Signing>>,
    /// Seals refresh tokens and opaque access tokens.
    pub tokens: MacKey,
    /// Digests user codes.
    pub user_codes: MacKey,
    /// Makes DPoP nonces.
    pub dpop_nonces: MacKey,
    /// Ties forms to sessions, and seals what a browser carries for us.
    pub browser: MacKey,
    /// Names this server to push services. Browsers subscribe for this key, so that it is never rotated, and nobody
    /// verifies tokens with it, so that it is not published.
    pub vapid: Arc<VapidKey>,
}

impl KeyRing {
    /// Opens the stored keys, and makes those that are missing.
    pub async fn open(
        store: &Store,
        encryption_key: &[u8; 32],
        algorithms: &[Algorithm],
        random: Random,
        now: Timestamp,
    ) -> Result<Self, KeyError> {
        let seal = RandomizedNonceKey::new(&AES_256_GCM, encryption_key).map_err(|_| KeyError::CannotSeal)?;
        let stored = store.list_keys().await?;
        let root = match stored.iter().find(|key| key.purpose == ROOT) {
            Some(key) => open_sealed(&seal, key)?,
            None => make_root(store, &seal, random, now).await?,
        };
        let root: Zeroizing<[u8; 32]> =
            Zeroizing::new(root.as_slice().try_into().map_err(|_| KeyError::CannotOpen(ROOT.to_owned()))?);
        let root = MacKey::new(&root);
        let derive = |label: &str| MacKey::new(root.mac("tandem derive", &[label.as_bytes()]).as_bytes());
        let vapid = match stored.iter().find(|key| key.purpose == VAPID) {
            Some(key) => open_sealed(&seal, key)?,
            None => make_vapid(store, &seal, random, now).await?,
        };
        let vapid = VapidKey::from_pkcs8(&vapid).map_err(|_| KeyError::CannotOpen(VAPID.to_owned()))?;
        let texts = Zeroizing::new(*root.mac("tandem derive", &[b"texts"]).as_bytes());
        let texts = RandomizedNonceKey::new(&AES_256_GCM, &*texts).map_err(|_| KeyError::CannotSeal)?;
        let missing = algorithms.iter().filter(|algorithm| active_of(&stored, **algorithm).is_none());
        for algorithm in missing {
            make_signing(store, &seal, *algorithm, now).await?;
        }
        let signing = read_signing(&seal, &store.list_keys().await?, algorithms, now)?;
        Ok(Self {
            signing: RwLock::new(Arc::new(signing)),
            tokens: derive("tokens"),
            user_codes: derive("user codes"),
            dpop_nonces: derive("dpop nonces"),
            browser: derive("browser"),
            vapid: Arc::new(vapid),
            seal,
            texts,
        })
    }

    /// Encrypts a text that the store keeps for us, such as where a person is notified. It opens only under the same
    /// `purpose`, so that one kind of text cannot be passed off as another.
    pub fn seal_text(&self, purpose: &str, text: &str) -> Result<String, KeyError> {
        let mut bytes = text.as_bytes().to_vec();
        let nonce = self
            .texts
            .seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut bytes)
            .map_err(|_| KeyError::CannotSeal)?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.extend_from_slice(&bytes);
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens what [`Self::seal_text`] encrypted for this purpose; `None` if it is anything else.
    pub fn open_text(&self, purpose: &str, sealed: &str) -> Option<Zeroizing<String>> {
        let mut bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(sealed).ok()?);
        let (nonce, bytes) = bytes.split_first_chunk_mut::<12>()?;
        let text = self.texts.open_in_place((&*nonce).into(), Aad::from(purpose.as_bytes()), bytes).ok()?;
        Some(Zeroizing::new(std::str::from_utf8(text).ok()?.to_owned()))
    }

    /// The signing keys of this moment.
    pub fn signing(&self) -> Arc<Signing> {
        Arc::clone(&self.signing.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the stored signing keys again, after somebody rotated them or one outlived its tokens.
    pub async fn reload(
        &self,
        store: &Store,
        algorithms: &[Algorithm],
        now: Timestamp,
    ) -> Result<(), KeyError> {
        let signing = read_signing(&self.seal, &store.list_keys().await?, algorithms, now)?;
        *self.signing.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(signing);
        Ok(())
    }

    /// Makes a new signing key for each algorithm. The old ones sign no more, and stay published for `outlive`: the
    /// longest life of a token that they signed. Returns the new key ids.
    pub async fn rotate(
        &self,
        store: &Store,
        algorithms: &[Algorithm],
        outlive: Duration,
        now: Timestamp,
    ) -> Result<Vec<String>, KeyError> {
        let before = store.list_keys().await?;
        let mut made = Vec::new();
        for algorithm in algorithms {
            made.push(make_signing(store, &self.seal, *algorithm, now).await?);
        }
        for old in before.into_iter().filter(|key| key.purpose == SIGNING && key.retires_at.is_none()) {
            store
                .put_key(StoredKey { retires_at: Some(now), deletes_at: Some(now.plus(outlive)), ..old })
                .await?;
        }
        self.reload(store, algorithms, now).await?;
        Ok(made)
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRing(..)")
    }
}

async fn make_root(
    store: &Store,
    seal: &RandomizedNonceKey,
    random: Random,
    now: Timestamp,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let secret: Zeroizing<[u8; 32]> = Zeroizing::new(random.bytes());
    store.put_key(sealed(seal, ROOT, ROOT, "HS256", secret.as_slice(), now)?).await?;
    Ok(Zeroizing::new(secret.to_vec()))
}

async fn make_vapid(
    store: &Store,
    seal: &RandomizedNonceKey,
    random: Random,
    now: Timestamp,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let pkcs8 = SigningKey::generate(Algorithm::ES256, random.source())?;
    store.put_key(sealed(seal, VAPID, VAPID, "ES256", &pkcs8, now)?).await?;
    Ok(pkcs8)
}
