//! How does a connection prove that it holds its key? DPoP proofs (RFC 9449 section 4.2) signed with ES256.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::time::{SystemTime, UNIX_EPOCH};

/// A connection's key.
pub struct ProofKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    header: String,
    /// Tells this key's proof ids from those of other keys and runs.
    prefix: String,
    count: u64,
}

impl ProofKey {
    /// A new key; `name` tells it from the other keys of this process.
    pub fn generate(name: usize) -> Result<Self, String> {
        let pair =
            EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|error| error.to_string())?;
        // Uncompressed point: 0x04, x, y.
        let point = pair.public_key().as_ref();
        let part = |from: usize| point.get(from..from + 32).map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        let (Some(x), Some(y)) = (part(1), part(33)) else {
            return Err("a public key of another form".to_owned());
        };
        let header = format!(
            "{{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":{{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{x}\",\"y\":\"{y}\"}}}}"
        );
        Ok(Self {
            pair,
            random: SystemRandom::new(),
            header: URL_SAFE_NO_PAD.encode(header),
            prefix: format!("{}-{}-{name}", std::process::id(), unix_nanos()),
            count: 0,
        })
    }

    /// A fresh proof for a POST to `uri`, with the server's nonce if it gave one.
    pub fn prove(&mut self, uri: &str, nonce: Option<&str>) -> Result<String, String> {
        self.count += 1;
        let nonce = nonce.map(|nonce| format!(",\"nonce\":\"{nonce}\"")).unwrap_or_default();
        let issued = unix_nanos() / 1_000_000_000;
        let claims = format!(
            "{{\"jti\":\"{}-{}\",\"htm\":\"POST\",\"htu\":\"{uri}\",\"iat\":{issued}{nonce}}}",
            self.prefix, self.count
        );
        let mut jws = format!("{}.{}", self.header, URL_SAFE_NO_PAD.encode(claims));
        let signature = self.pair.sign(&self.random, jws.as_bytes()).map_err(|error| error.to_string())?;
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut jws);
        Ok(jws)
    }
}

/// Nanoseconds since 1970.
pub fn unix_nanos() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    #[test]
    fn a_proof_verifies_and_is_never_the_same() {
        let mut key = ProofKey::generate(1).unwrap();
        let public = key.pair.public_key().as_ref().to_vec();
        let proofs =
            [key.prove("http://h/token", None).unwrap(), key.prove("http://h/token", Some("n")).unwrap()];
        for proof in &proofs {
            let (input, signature) = proof.rsplit_once('.').unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &public)
                .verify(input.as_bytes(), &signature)
                .unwrap();
        }
        let claims = |proof: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(proof.split('.').nth(1).unwrap()).unwrap();
            serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()
        };
        assert_ne!(claims(&proofs[0])["jti"], claims(&proofs[1])["jti"]);
        assert_eq!(claims(&proofs[1])["nonce"], "n");
    }
}
