//! For which precise reasons does an instance count as nobody?

use crate::jose::{JwkError, JwsError};

/// Why an attestation, its proof, or a device assertion was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttestationRefusal {
    /// It is not a well-formed, well-signed, current JWT for us.
    #[error(transparent)]
    Jws(#[from] JwsError),
    /// The key in it is none.
    #[error("the key of the instance is not usable: {0}")]
    Key(#[from] JwkError),
    /// No attester of this client signed it.
    #[error("no attester that is trusted for this client signed it")]
    AttesterUnknown,
    /// It is over, or older than is taken of this attester: the instance should get another.
    #[error("the attestation is not fresh enough")]
    NotFresh,
    /// It is about another client.
    #[error("`sub` is not the client")]
    SubjectMismatch,
    /// It names no key of the instance.
    #[error("`cnf` has no `jwk`")]
    ConfirmationMissing,
    /// The proof is of another key than the attested or registered one.
    #[error("the proof is of another key")]
    KeyMismatch,
    /// Nothing proves the key of the instance.
    #[error("the proof of possession is missing")]
    ProofMissing,
    /// A header stands more than once, or is no text.
    #[error("a header of the attestation stands more than once, or is no text")]
    HeaderMalformed,
    /// It came before.
    #[error("the proof was used before")]
    Replayed,
}
