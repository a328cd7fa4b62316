//! Under which name would the key of a certificate stand in a JWK set? Its RFC 7638 thumbprint.

use crate::digest::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// `id-Ed25519`: RFC 8410 section 3.
const ED25519: &str = "1.3.101.112";

/// The named curves of RFC 5480 section 2.1.1.1, with their JWK names and the length of a coordinate.
const CURVES: [(&str, &str, usize); 3] =
    [("1.2.840.10045.3.1.7", "P-256", 32), ("1.3.132.0.34", "P-384", 48), ("1.3.132.0.35", "P-521", 66)];

/// The SHA-256 thumbprint of the key as a JWK; none for a kind of key that has no JWK here.
///
/// Only the thumbprint's input is made (RFC 7638 section 3.2): whoever shows the certificate has used the key, so
/// there is nothing left to check of it.
pub(super) fn thumbprint(info: &SubjectPublicKeyInfo<'_>) -> Option<Digest> {
    let bits = &info.subject_public_key;
    let whole = (bits.unused_bits == 0).then_some(bits.data.as_ref())?;
    let input = match info.parsed().ok()? {
        PublicKey::RSA(key) => {
            let (n, e) = (unsigned(key.modulus)?, unsigned(key.exponent)?);
            format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
        }
        PublicKey::EC(_) => elliptic(info, whole)?,
        PublicKey::Unknown(_) if info.algorithm.algorithm.to_id_string() == ED25519 => {
            let x = (whole.len() == 32).then(|| URL_SAFE_NO_PAD.encode(whole))?;
            format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)
        }
        _ => return None,
    };
    Some(Digest::of(input.as_bytes()))
}

/// An uncompressed point of a named curve.
fn elliptic(info: &SubjectPublicKeyInfo<'_>, point: &[u8]) -> Option<String> {
    let named = info.algorithm.parameters.as_ref()?.as_oid().ok()?.to_id_string();
    let (_, name, length) = CURVES.into_iter().find(|(id, ..)| *id == named)?;
    let coordinates = point.strip_prefix(&[4])?;
    let (x, y) = coordinates.split_at_checked(length)?;
    let (x, y) = (y.len() == length).then(|| (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y)))?;
    Some(format!(r#"{{"crv":"{name}","kty":"EC","x":"{x}","y":"{y}"}}"#))
}

/// A positive number without leading zeros (RFC 7518 section 6.3.1).
fn unsigned(number: &[u8]) -> Option<String> {
    let first = number.iter().position(|byte| *byte != 0)?;
    number.get(first..).map(|digits| URL_SAFE_NO_PAD.encode(digits))
}
