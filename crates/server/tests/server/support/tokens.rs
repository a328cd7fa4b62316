//! A client's key: proofs and assertions made with a foreign library, so that ours is not checked by itself.

use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tandem_core::digest::Digest;
use tandem_server::clock::Random;

/// An ES256 key of a client.
pub struct Key {
    encoding: EncodingKey,
    public: Vec<u8>,
}

impl Key {
    /// A fresh key.
    pub fn new() -> Self {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
        let rng = aws_lc_rs::rand::SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
        Self {
            encoding: EncodingKey::from_ec_der(pkcs8.as_ref()),
            public: pair.public_key().as_ref().to_vec(),
        }
    }

    /// The public key.
    pub fn jwk(&self) -> Value {
        let (x, y) = (&self.public[1..33], &self.public[33..65]);
        json!({ "kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) })
    }

    /// Its RFC 7638 thumbprint.
    pub fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]);
        Digest::of(text.as_bytes()).to_string()
    }

    /// A JWT with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        encode(&Header::new(Algorithm::ES256), claims, &self.encoding).unwrap()
    }

    /// A DPoP proof with these claims (RFC 9449 section 4.2).
    pub fn proof_of(&self, claims: &Value) -> String {
        self.jws(&json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk() }), claims)
    }

    /// A compact JWS with this header, whatever it says, and these claims.
    pub fn jws(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &self.encoding, Algorithm::ES256).unwrap();
        format!("{message}.{signature}")
    }

    /// A fresh proof for a POST or GET.
    pub fn proof(&self, method: &str, htu: &str, iat: u64, extra: &Value) -> String {
        let mut claims = json!({ "jti": uuid(), "htm": method, "htu": htu, "iat": iat });
        if let (Some(claims), Some(extra)) = (claims.as_object_mut(), extra.as_object()) {
            claims.extend(extra.clone());
        }
        self.proof_of(&claims)
    }
}

/// An RSA key of a client.
pub struct RsaKey(aws_lc_rs::rsa::KeyPair);

impl RsaKey {
    /// A fresh key.
    pub fn new() -> Self {
        Self(aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap())
    }

    /// The public key.
    pub fn jwk(&self) -> Value {
        let numbers = aws_lc_rs::rsa::PublicKeyComponents::<Vec<u8>>::from(self.0.public_key());
        json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode(numbers.n), "e": URL_SAFE_NO_PAD.encode(numbers.e) })
    }

    /// A JWT with these claims, by `RS256` or `PS256`.
    pub fn sign(&self, algorithm: &str, claims: &Value) -> String {
        use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding};
        let encoding: &'static dyn RsaEncoding = match algorithm {
            "RS256" => &RSA_PKCS1_SHA256,
            "PS256" => &RSA_PSS_SHA256,
            other => panic!("{other}"),
        };
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&json!({ "alg": algorithm })), encode(claims));
        let mut signature = vec![0; self.0.public_modulus_len()];
        let rng = aws_lc_rs::rand::SystemRandom::new();
        self.0.sign(encoding, &rng, message.as_bytes(), &mut signature).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A key set of these keys, as a client registers it.
pub fn jwks(keys: &[Value]) -> Option<serde_json::Map<String, Value>> {
    json!({ "keys": keys }).as_object().cloned()
}

/// The claims of an ES256 ID token, verified by a foreign library with the first key of a key set. The moment is for the
/// test to look at: its clock is not the library's.
pub fn verified_claims(id_token: &str, jwks: &Value, issuer: &str, client_id: &str) -> Value {
    let key = serde_json::from_value(jwks["keys"][0].clone()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&key).unwrap();
    let mut validation = jsonwebtoken::Validation::new(Algorithm::ES256);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[client_id]);
    validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
    validation.validate_exp = false;
    jsonwebtoken::decode::<Value>(id_token, &key, &validation).unwrap().claims
}

/// The left half of a SHA-256 (OpenID Connect Core section 3.1.3.6), computed here.
pub fn left_half(text: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}

/// Something that never repeats.
pub fn uuid() -> String {
    URL_SAFE_NO_PAD.encode(Random.bytes::<16>())
}

/// The claims of a JWT, not verified.
pub fn claims_of(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}
