//! How does the server sign? With a private key that can do nothing else and never leaves this type.

use super::{Algorithm, Jwk, JwsError};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SecureRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;
use zeroize::Zeroizing;

/// A private key for one algorithm, with its public half.
pub struct SigningKey {
    algorithm: Algorithm,
    kid: String,
    private: Private,
    public: Jwk,
}

enum Private {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

#[derive(Serialize)]
struct Header<'a> {
    alg: Algorithm,
    typ: &'a str,
    kid: &'a str,
}

impl SigningKey {
    /// A new private key as PKCS#8 DER; RSA keys have 2048 bits. `rng` says that this draws randomness; the
    /// library takes its own in every case.
    pub fn generate(algorithm: Algorithm, rng: &dyn SecureRandom) -> Result<Zeroizing<Vec<u8>>, JwsError> {
        let unusable = |_| JwsError::SigningKey;
        let pkcs8 = match algorithm {
            Algorithm::ES256 => {
                let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, rng);
                document.map_err(unusable)?.as_ref().to_vec()
            }
            Algorithm::EdDSA => Ed25519KeyPair::generate_pkcs8(rng).map_err(unusable)?.as_ref().to_vec(),
            Algorithm::RS256 | Algorithm::PS256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(unusable)?;
                let document: Pkcs8V1Der<'_> = pair.as_der().map_err(unusable)?;
                document.as_ref().to_vec()
            }
        };
        Ok(Zeroizing::new(pkcs8))
    }

    /// The key in this PKCS#8 DER. Without a `kid` it is named by its thumbprint; an RSA key used for both of
    /// its algorithms needs two names.
    pub fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8], kid: Option<String>) -> Result<Self, JwsError> {
        let unusable = |_| JwsError::SigningKey;
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (private, mut json) = match algorithm {
            Algorithm::ES256 => {
                let pair =
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(unusable)?;
                let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) = point.split_at_checked(32).ok_or(JwsError::SigningKey)?;
                let json = json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) });
                (Private::P256(pair), json)
            }
            Algorithm::EdDSA => {
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(unusable)?;
                let json = json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref()) });
                (Private::Ed25519(pair), json)
            }
            Algorithm::RS256 | Algorithm::PS256 => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(unusable)?;
                let (n, e) = rsa_numbers(pair.public_key().as_ref()).ok_or(JwsError::SigningKey)?;
                let json = json!({ "kty": "RSA", "n": encode(n), "e": encode(e) });
                (Private::Rsa(pair), json)
            }
        };
        let parse = |json: &Value| Jwk::parse(json).map_err(|_| JwsError::SigningKey);
        let kid = match kid {
            Some(kid) => kid,
            None => parse(&json)?.thumbprint().to_string(),
        };
        if let Value::Object(members) = &mut json {
            members.insert("kid".into(), json!(kid));
            members.insert("alg".into(), json!(algorithm));
        }
        Ok(Self { algorithm, kid, private, public: parse(&json)? })
    }

    /// The algorithm that this key signs with.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The name of the key, which goes into every header.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half, with `kid` and `alg`.
    pub const fn public_jwk(&self) -> &Jwk {
        &self.public
    }

    /// The public half as it is published: with `kid`, `use` and `alg`.
    pub fn public_json(&self) -> Value {
        self.public.to_json()
    }

    /// A compact JWS over `claims` with `typ` in its header.
    ///
    /// The header is encoded anew each time: beside the signature that is nothing, and a cache needs a lock.
    pub fn sign(
        &self,
        rng: &dyn SecureRandom,
        typ: &str,
        claims: &impl Serialize,
    ) -> Result<String, JwsError> {
        let header = Header { alg: self.algorithm, typ, kid: &self.kid };
        let header = serde_json::to_vec(&header).map_err(|_| JwsError::HeaderMalformed)?;
        let payload = serde_json::to_vec(claims).map_err(|_| JwsError::PayloadMalformed)?;
        if payload.first() != Some(&b'{') {
            return Err(JwsError::PayloadMalformed);
        }
        let mut jws = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 350);
        URL_SAFE_NO_PAD.encode_string(header, &mut jws);
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut jws);
        let signature = self.sign_bytes(rng, jws.as_bytes())?;
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jws);
        Ok(jws)
    }

    fn sign_bytes(&self, rng: &dyn SecureRandom, message: &[u8]) -> Result<Vec<u8>, JwsError> {
        let unusable = |_| JwsError::SigningKey;
        match &self.private {
            Private::P256(pair) => Ok(pair.sign(rng, message).map_err(unusable)?.as_ref().to_vec()),
            Private::Ed25519(pair) => Ok(pair.try_sign(message).map_err(unusable)?.as_ref().to_vec()),
            Private::Rsa(pair) => {
                let padding =
                    if self.algorithm == Algorithm::PS256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, rng, message, &mut signature).map_err(unusable)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// Modulus and exponent of a PKCS#1 `RSAPublicKey` (RFC 8017 appendix A.1.1) that the library has written.
fn rsa_numbers(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, []) = der_value(0x30, der)? else { return None };
    let (modulus, rest) = der_value(0x02, sequence)?;
    let (exponent, []) = der_value(0x02, rest)? else { return None };
    let positive = |number: &'_ [u8]| number.iter().take_while(|byte| **byte == 0).count();
    Some((modulus.get(positive(modulus)..)?, exponent.get(positive(exponent)..)?))
}

/// The contents of the DER value with this tag that `input` begins with, and what follows it.
fn der_value(tag: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = match input {
        [first, 0x82, high, low, rest @ ..] if *first == tag => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        [first, 0x81, len, rest @ ..] if *first == tag => (usize::from(*len), rest),
        [first, len @ ..=0x7f, rest @ ..] if *first == tag => (usize::from(*len), rest),
        _ => return None,
    };
    rest.split_at_checked(len)
}
