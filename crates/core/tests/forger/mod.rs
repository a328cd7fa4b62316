//! Who signs what no honest signer would? A key pair that puts its signature under any text.

#![allow(dead_code, reason = "each test uses its part")]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::OnceLock;
use tandem_core::jose::{Algorithm, Jwk, SigningKey};

pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A P-256 key that signs any header and payload text.
pub struct Forger(EcdsaKeyPair);

impl Forger {
    pub fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub fn point(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    pub fn public(&self) -> Value {
        let point = self.point();
        json!({ "kty": "EC", "crv": "P-256", "x": b64(&point[1..33]), "y": b64(&point[33..]) })
    }

    pub fn jwk(&self) -> Jwk {
        Jwk::parse(&self.public()).unwrap()
    }

    pub fn sign_parts(&self, header: &str, payload: &str) -> String {
        let input = format!("{header}.{payload}");
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", b64(signature))
    }

    pub fn sign(&self, header: &str, payload: &str) -> String {
        self.sign_parts(&b64(header), &b64(payload))
    }
}

/// `base` with the members of `change`; `null` takes a member away.
pub fn with(base: &Value, change: Value) -> Value {
    let mut all = base.clone();
    let Value::Object(change) = change else { panic!("an object") };
    for (name, value) in change {
        if value.is_null() {
            all.as_object_mut().unwrap().remove(&name);
        } else {
            all[name] = value;
        }
    }
    all
}

/// The same JWS with a signature that is well-formed and wrong.
pub fn spoil_signature(jws: &str) -> String {
    let (input, signature) = jws.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    signature[20] ^= 1;
    format!("{input}.{}", b64(signature))
}

/// One key an algorithm; making RSA keys is slow, so they are made once.
pub fn signing_key(algorithm: Algorithm) -> &'static SigningKey {
    static KEYS: OnceLock<Vec<(Algorithm, SigningKey)>> = OnceLock::new();
    let keys = KEYS.get_or_init(|| {
        let make = |algorithm| {
            let pkcs8 = SigningKey::generate(algorithm, &SystemRandom::new()).unwrap();
            (algorithm, SigningKey::from_pkcs8(algorithm, &pkcs8, None).unwrap())
        };
        Algorithm::ALL.map(make).into()
    });
    &keys.iter().find(|(of, _)| *of == algorithm).unwrap().1
}
