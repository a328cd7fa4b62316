//! For which precise reasons is a JWS refused?

use super::strict_json::Fault;

/// Why a JWS was refused, or could not be made. For logs and tests; what a peer is told is decided elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum JwsError {
    /// Longer than the caller reads.
    #[error("longer than allowed")]
    TooLarge,
    /// Not exactly three parts between dots, none of them empty.
    #[error("not a compact JWS of three parts")]
    NotThreeParts,
    /// A part is not base64url without padding, canonically encoded.
    #[error("not base64url without padding")]
    Encoding,
    /// The protected header is not a JSON object.
    #[error("the header is not a JSON object")]
    HeaderMalformed,
    /// The payload is not a JSON object.
    #[error("the payload is not a JSON object")]
    PayloadMalformed,
    /// A member name occurs twice in one object of the header or the payload.
    #[error("a member name is repeated")]
    DuplicateMember,
    /// Objects or arrays are nested too deep.
    #[error("nested too deep")]
    TooDeep,
    /// A header parameter is present that would change how the JWS is to be read.
    #[error("the header parameter `{0}` is not allowed")]
    HeaderForbidden(&'static str),
    /// A header parameter has the wrong type or is too long.
    #[error("the header parameter `{0}` is malformed")]
    HeaderParameterMalformed(&'static str),
    /// `alg` is missing or none of the four algorithms known here.
    #[error("unsupported algorithm")]
    AlgorithmUnsupported,
    /// `alg` is known but not allowed in this place.
    #[error("algorithm not allowed here")]
    AlgorithmNotAllowed,
    /// `typ` is required and missing.
    #[error("`typ` is missing")]
    TypMissing,
    /// `typ` says that this is something else.
    #[error("`typ` names another kind of token")]
    TypMismatch,
    /// A required claim is missing.
    #[error("the claim `{0}` is missing")]
    ClaimMissing(&'static str),
    /// A claim has the wrong type, or the claims do not fit the type that the caller asked for.
    #[error("the claim `{0}` is malformed")]
    ClaimMalformed(&'static str),
    /// `iss` is not who was expected.
    #[error("another issuer")]
    IssuerMismatch,
    /// `aud` does not name the reader in the required form.
    #[error("another audience")]
    AudienceMismatch,
    /// `exp` has passed.
    #[error("expired")]
    Expired,
    /// `nbf` has not come yet.
    #[error("not valid yet")]
    NotYetValid,
    /// `iat` lies in the future.
    #[error("issued in the future")]
    IssuedInFuture,
    /// `exp` is further away than allowed.
    #[error("valid for longer than allowed")]
    LifetimeTooLong,
    /// `iat` is older than allowed.
    #[error("issued too long ago")]
    TooOld,
    /// No key fits `kid` and `alg`.
    #[error("no key fits")]
    KeyUnknown,
    /// More keys fit than are worth trying; the signer has to send a `kid`.
    #[error("too many keys fit, `kid` is needed")]
    KeyAmbiguous,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    SignatureInvalid,
    /// The private key could not be generated, read or used.
    #[error("the signing key is unusable")]
    SigningKey,
}

impl JwsError {
    pub(super) fn of_header(fault: Fault) -> Self {
        Self::of(fault, Self::HeaderMalformed)
    }

    pub(super) fn of_payload(fault: Fault) -> Self {
        Self::of(fault, Self::PayloadMalformed)
    }

    fn of(fault: Fault, malformed: Self) -> Self {
        match fault {
            Fault::Malformed => malformed,
            Fault::DuplicateMember => Self::DuplicateMember,
            Fault::TooDeep => Self::TooDeep,
        }
    }
}
