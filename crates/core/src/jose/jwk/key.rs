//! Which numbers make a usable public key of each type?

use super::JwkError;
use crate::jose::Algorithm;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// The y coordinates of the Ed25519 points of order 1, 2, 4 and 8, in every encoding, without the sign bit.
/// For such a "key" some signatures are valid for many messages.
const ED25519_SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    framed(0x01, 0x00, 0x00),
    framed(0xec, 0xff, 0x7f),
    framed(0xed, 0xff, 0x7f),
    framed(0xee, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

const fn framed(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    let [head, .., tail] = &mut bytes;
    *head = first;
    *tail = last;
    bytes
}

/// The largest RSA modulus in bytes.
const RSA_MAX_BYTES: usize = 1024;

/// A public key with its base64url members as they stand in the JWK, which strict decoding makes canonical.
pub enum Key {
    P256 { x: String, y: String, parsed: ParsedPublicKey },
    Ed25519 { x: String, parsed: ParsedPublicKey },
    Rsa { n: String, e: String, pkcs1: ParsedPublicKey, pss: ParsedPublicKey },
}

impl Key {
    pub fn parse(members: &Map<String, Value>) -> Result<Self, JwkError> {
        match (text(members, "kty"), text(members, "crv")) {
            (Some("EC"), Some("P-256")) => Self::p256(members),
            (Some("OKP"), Some("Ed25519")) => Self::ed25519(members),
            (Some("EC" | "OKP"), _) => Err(JwkError::CurveUnsupported),
            (Some("RSA"), _) => Self::rsa(members),
            _ => Err(JwkError::KeyTypeUnsupported),
        }
    }

    fn p256(members: &Map<String, Value>) -> Result<Self, JwkError> {
        let (x, x_bytes) = number(members, "x", 32)?;
        let (y, y_bytes) = number(members, "y", 32)?;
        if x_bytes.len() != 32 {
            return Err(JwkError::Malformed("x"));
        }
        if y_bytes.len() != 32 {
            return Err(JwkError::Malformed("y"));
        }
        let point = [&[0x04], x_bytes.as_slice(), y_bytes.as_slice()].concat();
        // The library refuses points off the curve here (SEC 1 section 3.2.2.1).
        let parsed =
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| JwkError::PointInvalid)?;
        Ok(Self::P256 { x: x.to_owned(), y: y.to_owned(), parsed })
    }

    /// Bytes that decode to no point are not noticed here; no signature is ever valid for them.
    fn ed25519(members: &Map<String, Value>) -> Result<Self, JwkError> {
        let (x, bytes) = number(members, "x", 32)?;
        let mut y: [u8; 32] = bytes.as_slice().try_into().map_err(|_| JwkError::Malformed("x"))?;
        let [.., last] = &mut y;
        *last &= 0x7f;
        if ED25519_SMALL_ORDER.contains(&y) {
            return Err(JwkError::PointInvalid);
        }
        let parsed = ParsedPublicKey::new(&ED25519, bytes).map_err(|_| JwkError::PointInvalid)?;
        Ok(Self::Ed25519 { x: x.to_owned(), parsed })
    }

    fn rsa(members: &Map<String, Value>) -> Result<Self, JwkError> {
        let (n, modulus) = number(members, "n", RSA_MAX_BYTES + 1)?;
        let (e, exponent) = number(members, "e", 16)?;
        // RFC 7518 section 2 (Base64urlUInt): as few octets as will do.
        let bits = match modulus.first() {
            None | Some(0) => return Err(JwkError::Malformed("n")),
            Some(first) => modulus.len() * 8 - first.leading_zeros() as usize,
        };
        if matches!(exponent.first(), None | Some(0)) {
            return Err(JwkError::Malformed("e"));
        }
        if !(2048..=RSA_MAX_BYTES * 8).contains(&bits) {
            return Err(JwkError::RsaSize);
        }
        let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
        if !odd(&modulus) || !odd(&exponent) || exponent == [1] || exponent.len() > 4 {
            return Err(JwkError::RsaNumbers);
        }
        let components = RsaPublicKeyComponents { n: modulus, e: exponent };
        let parsed =
            |parameters| components.to_parsed_public_key(parameters).map_err(|_| JwkError::RsaNumbers);
        let pkcs1 = parsed(&RSA_PKCS1_2048_8192_SHA256)?;
        let pss = parsed(&RSA_PSS_2048_8192_SHA256)?;
        Ok(Self::Rsa { n: n.to_owned(), e: e.to_owned(), pkcs1, pss })
    }

    pub const fn algorithms(&self) -> &'static [Algorithm] {
        match self {
            Self::P256 { .. } => &[Algorithm::ES256],
            Self::Ed25519 { .. } => &[Algorithm::EdDSA],
            Self::Rsa { .. } => &[Algorithm::RS256, Algorithm::PS256],
        }
    }

    pub const fn parsed_for(&self, algorithm: Algorithm) -> Option<&ParsedPublicKey> {
        match (self, algorithm) {
            (Self::P256 { parsed, .. }, Algorithm::ES256)
            | (Self::Ed25519 { parsed, .. }, Algorithm::EdDSA)
            | (Self::Rsa { pkcs1: parsed, .. }, Algorithm::RS256)
            | (Self::Rsa { pss: parsed, .. }, Algorithm::PS256) => Some(parsed),
            _ => None,
        }
    }

    pub fn members(&self) -> Map<String, Value> {
        let members = match self {
            Self::P256 { x, y, .. } => json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y }),
            Self::Ed25519 { x, .. } => json!({ "kty": "OKP", "crv": "Ed25519", "x": x }),
            Self::Rsa { n, e, .. } => json!({ "kty": "RSA", "n": n, "e": e }),
        };
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// The required members in lexicographic order without spaces (RFC 7638 section 3). The values are
    /// base64url, so nothing needs escaping.
    pub fn thumbprint_input(&self) -> String {
        match self {
            Self::P256 { x, y, .. } => format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#),
            Self::Ed25519 { x, .. } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#),
            Self::Rsa { n, e, .. } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
        }
    }
}

fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    members.get(name).and_then(Value::as_str)
}

/// A base64url member of at most `max` bytes, as text and decoded.
fn number<'m>(
    members: &'m Map<String, Value>,
    name: &'static str,
    max: usize,
) -> Result<(&'m str, Vec<u8>), JwkError> {
    let text = text(members, name).ok_or(JwkError::Malformed(name))?;
    if text.len() > max.div_ceil(3) * 4 {
        return Err(JwkError::Malformed(name));
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| JwkError::Malformed(name))?;
    Ok((text, bytes))
}
