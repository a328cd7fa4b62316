//! How does a client prove who it is with a key? Assertions (RFC 7523 section 2.2), made ahead of the measurement.

use crate::proof::unix_nanos;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::path::Path;

/// Seconds that an assertion holds: longer than any run, and no longer than servers take.
const HOLDS: u128 = 240;

/// A client's key.
pub struct AssertionKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    client_id: String,
    audience: String,
    /// Tells the assertions of this run from those of others.
    prefix: String,
    count: u64,
}

/// Makes a key pair; the private half goes into a file, and the public one is returned as a set of keys.
pub fn make_key(file: &Path) -> Result<String, String> {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    let document = document.map_err(|error| error.to_string())?;
    std::fs::write(file, document.as_ref()).map_err(|error| format!("{}: {error}", file.display()))?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref());
    let pair = pair.map_err(|error| error.to_string())?;
    // Uncompressed point: 0x04, x, y.
    let point = pair.public_key().as_ref();
    let part = |from: usize| point.get(from..from + 32).map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let (Some(x), Some(y)) = (part(1), part(33)) else {
        return Err("a public key of another form".to_owned());
    };
    Ok(format!(
        "{{\"keys\":[{{\"kty\":\"EC\",\"crv\":\"P-256\",\"alg\":\"ES256\",\"kid\":\"bench\",\"x\":\"{x}\",\"y\":\"{y}\"}}]}}"
    ))
}

impl AssertionKey {
    /// The key of this client, for assertions to this server.
    pub fn read(file: &Path, client_id: &str, audience: &str) -> Result<Self, String> {
        let document = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &document);
        Ok(Self {
            pair: pair.map_err(|error| error.to_string())?,
            random: SystemRandom::new(),
            client_id: client_id.to_owned(),
            audience: audience.to_owned(),
            prefix: format!("{}-{}", std::process::id(), unix_nanos()),
            count: 0,
        })
    }

    fn sign(&mut self) -> Result<String, String> {
        self.count += 1;
        let (client, audience) = (&self.client_id, &self.audience);
        let issued = unix_nanos() / 1_000_000_000;
        let expires = issued + HOLDS;
        let claims = format!(
            "{{\"iss\":\"{client}\",\"sub\":\"{client}\",\"aud\":\"{audience}\",\"jti\":\"{}-{}\",\"iat\":{issued},\"exp\":{expires}}}",
            self.prefix, self.count
        );
        let header = URL_SAFE_NO_PAD.encode("{\"alg\":\"ES256\",\"kid\":\"bench\"}");
        let mut jws = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = self.pair.sign(&self.random, jws.as_bytes()).map_err(|error| error.to_string())?;
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut jws);
        Ok(jws)
    }
}

/// Assertions that lie ready. Each is used once.
#[derive(Default)]
pub struct Assertions {
    key: Option<AssertionKey>,
    ready: Vec<String>,
    late: u64,
}

impl Assertions {
    /// None yet, of this key.
    pub fn of(key: AssertionKey) -> Self {
        Self { key: Some(key), ..Self::default() }
    }

    /// Makes more.
    pub fn make(&mut self, count: usize) -> Result<(), String> {
        let key = self.key.as_mut().ok_or("no key to sign with")?;
        self.ready.reserve(count);
        for _ in 0..count {
            self.ready.push(key.sign()?);
        }
        self.late = 0;
        Ok(())
    }

    /// One that was never used. If none is left it is made now, which is counted.
    pub fn take(&mut self) -> String {
        if let Some(ready) = self.ready.pop() {
            return ready;
        }
        self.late += 1;
        // Without its assertion the request is refused, and the refusal counted.
        self.key.as_mut().and_then(|key| key.sign().ok()).unwrap_or_default()
    }

    /// How many were made while the load ran.
    pub const fn late(&self) -> u64 {
        self.late
    }
}

impl std::fmt::Debug for Assertions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assertions").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    #[test]
    fn assertions_verify_with_the_key_that_was_shown_and_are_never_the_same() {
        let file = std::env::temp_dir().join(format!("bench-client-key-{}", std::process::id()));
        let set: Value = serde_json::from_str(&make_key(&file).unwrap()).unwrap();
        let mut assertions = Assertions::of(AssertionKey::read(&file, "c", "http://h").unwrap());
        std::fs::remove_file(&file).unwrap();
        assertions.make(1).unwrap();
        let both = [assertions.take(), assertions.take()];
        assert_eq!(assertions.late(), 1);
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let half = |name: &str| bytes(set["keys"][0][name].as_str().unwrap());
        let point = [vec![4], half("x"), half("y")].concat();
        let claims = both.map(|assertion| {
            let (input, signature) = assertion.rsplit_once('.').unwrap();
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point);
            key.verify(input.as_bytes(), &bytes(signature)).unwrap();
            serde_json::from_slice::<Value>(&bytes(input.split('.').nth(1).unwrap())).unwrap()
        });
        assert_ne!(claims[0]["jti"], claims[1]["jti"]);
        for claims in claims {
            assert_eq!(
                (&claims["iss"], &claims["sub"], &claims["aud"]),
                (&"c".into(), &"c".into(), &"http://h".into())
            );
            assert!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap() <= 300);
        }
    }
}
