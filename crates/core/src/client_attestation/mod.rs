//! Which instance of a client calls, and who vouches for it? (draft-ietf-oauth-attestation-based-client-auth, draft 11)
//!
//! A client is a product; an instance of it stands in somebody's living room. An attester says of an instance's key that
//! it belongs to a genuine one ([`Attestation`]), and the instance proves the key ([`verify_proof`], or a DPoP proof of
//! the same key). Where devices are registered in advance instead, the instance signs a [`DeviceAssertion`].
//! Replay is the caller's to prevent, by [`SingleUse`].

mod attestation;
mod device_assertion;
mod proof;
mod refusal;

pub use attestation::{Attestation, Attested, Attester};
pub use device_assertion::{DeviceAssertion, RegisteredKey};
pub use proof::verify_proof;
pub use refusal::AttestationRefusal;

use crate::digest::Digest;
use crate::jose::JwsError;
use crate::jose::jws::string;
use crate::time::Timestamp;
use serde_json::{Map, Value};

/// The header of an attestation.
pub const ATTESTATION_HEADER: &str = "oauth-client-attestation";
/// The header of the proof of possession that goes with it.
pub const PROOF_HEADER: &str = "oauth-client-attestation-pop";
/// The form parameter of a device assertion.
pub const DEVICE_ASSERTION: &str = "tandem_device_assertion";

/// The longest attestation, proof or assertion that is read, in bytes.
pub const MAX_LEN: usize = 8 * 1024;
/// The longest `jti`, in characters.
pub const MAX_JTI_CHARS: usize = 256;

/// What must be remembered of something that may be used once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SingleUse {
    /// Names it among everything of the same key.
    pub digest: Digest,
    /// From here on it is refused anyway.
    pub expires_at: Timestamp,
}

/// The `jti` under the key that signed it.
fn jti_digest(key: Digest, claims: &Map<String, Value>) -> Result<Digest, AttestationRefusal> {
    let jti = string(claims, "jti")?.ok_or(JwsError::ClaimMissing("jti"))?;
    if jti.is_empty() || jti.chars().nth(MAX_JTI_CHARS).is_some() {
        return Err(JwsError::ClaimMalformed("jti").into());
    }
    Ok(Digest::of(&[key.as_bytes().as_slice(), jti.as_bytes()].concat()))
}
