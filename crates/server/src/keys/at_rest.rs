//! How does a key rest on disk? Sealed, and bound to its name and purpose.

use super::KeyError;
use aws_lc_rs::aead::{Aad, RandomizedNonceKey};
use tandem_core::time::Timestamp;
use tandem_store::StoredKey;
use zeroize::Zeroizing;

/// What a sealed key is bound to: it cannot be passed off as another.
fn binding(kid: &str, purpose: &str, alg: &str) -> Vec<u8> {
    format!("{purpose}\n{alg}\n{kid}").into_bytes()
}

/// A key as the store keeps it.
pub(super) fn sealed(
    seal: &RandomizedNonceKey,
    kid: &str,
    purpose: &str,
    alg: &str,
    secret: &[u8],
    now: Timestamp,
) -> Result<StoredKey, KeyError> {
    let mut bytes = secret.to_vec();
    let nonce = seal
        .seal_in_place_append_tag(Aad::from(binding(kid, purpose, alg)), &mut bytes)
        .map_err(|_| KeyError::CannotSeal)?;
    let mut boxed = nonce.as_ref().to_vec();
    boxed.extend_from_slice(&bytes);
    Ok(StoredKey {
        kid: kid.to_owned(),
        purpose: purpose.to_owned(),
        alg: alg.to_owned(),
        sealed: boxed,
        created_at: now,
        retires_at: None,
        deletes_at: None,
    })
}

/// The secret of a stored key.
pub(super) fn open_sealed(
    seal: &RandomizedNonceKey,
    key: &StoredKey,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let cannot = || KeyError::CannotOpen(key.kid.clone());
    let (nonce, bytes) = key.sealed.split_first_chunk::<12>().ok_or_else(cannot)?;
    let mut bytes = Zeroizing::new(bytes.to_vec());
    let aad = Aad::from(binding(&key.kid, &key.purpose, &key.alg));
    let length = seal.open_in_place(nonce.into(), aad, bytes.as_mut_slice()).map_err(|_| cannot())?.len();
    bytes.truncate(length);
    Ok(bytes)
}
