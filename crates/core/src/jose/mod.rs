//! How are tokens and proofs signed and checked? JOSE (RFC 7515, 7517, 7518, 7638, 8037), kept narrow.
//!
//! Only compact JWS, only four asymmetric algorithms, only public keys of known kinds. Everything that a JWS
//! can ask of its reader (`crit`, `b64`, `zip`, key locations) is refused; the reader says beforehand which
//! `typ`, algorithms and audience it takes ([`jws::Expected`]), and the signature, which is the dear part, is
//! looked at last.

mod algorithm;
mod at_hash;
mod jwk;
mod jwk_set;
pub mod jws;
pub mod published_keys;
mod signing_key;

pub use algorithm::Algorithm;
pub use at_hash::at_hash;
pub use jwk::{Jwk, JwkError};
pub use jwk_set::JwkSet;
pub use jws::{Jws, JwsError, Unverified};
pub use published_keys::PublishedKeys;
pub use signing_key::SigningKey;
