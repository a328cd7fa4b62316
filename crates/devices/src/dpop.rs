//! How does a device show that the tokens are for its key alone? DPoP proofs (RFC 9449) signed with ES256.

use crate::failure::Failure;
use crate::secret_file;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::path::Path;
use tandem_core::jose::{Algorithm, SigningKey};
use tandem_core::time::Timestamp;
use url::Url;

const PEM_HEAD: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_FOOT: &str = "-----END PRIVATE KEY-----";
/// The longest nonce that is repeated to a server (bytes).
const LONGEST_NONCE: usize = 1024;

/// An ES256 key and the nonce that the server asked for last. Secret, so it cannot be printed.
pub struct Prover {
    key: EcdsaKeyPair,
    nonce: Option<String>,
}

impl Prover {
    /// A prover with a new key.
    pub fn generate() -> Result<Self, Failure> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        Ok(Self { key: key.map_err(|_| Failure::Server("no key could be made".to_owned()))?, nonce: None })
    }

    /// The prover whose key [`Prover::to_pem`] wrote to `path`; PKCS#8 in PEM, as `openssl genpkey` writes it.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let pem = secret_file::read_private(path)?;
        Self::from_pem(&pem).ok_or_else(|| {
            Failure::File(format!("{}: is not a P-256 private key in PKCS#8 PEM", path.display()))
        })
    }

    /// The prover of this key: PKCS#8 in PEM.
    pub fn from_pem(pem: &str) -> Option<Self> {
        let body = pem.trim().strip_prefix(PEM_HEAD)?.strip_suffix(PEM_FOOT)?;
        let der = STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()?;
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).ok()?;
        Some(Self { key, nonce: None })
    }

    /// The private key as PKCS#8 in PEM.
    pub fn to_pem(&self) -> Result<String, Failure> {
        let der =
            self.key.to_pkcs8v1().map_err(|_| Failure::Server("the key cannot be written".to_owned()))?;
        let mut pem = format!("{PEM_HEAD}\n");
        for (at, letter) in STANDARD.encode(der.as_ref()).chars().enumerate() {
            if at > 0 && at % 64 == 0 {
                pem.push('\n');
            }
            pem.push(letter);
        }
        Ok(format!("{pem}\n{PEM_FOOT}\n"))
    }

    /// The same key for other signatures than proofs, named by its thumbprint (RFC 7638).
    pub fn signing_key(&self) -> Result<SigningKey, Failure> {
        let unusable = || Failure::Server("the key cannot be used".to_owned());
        let der = self.key.to_pkcs8v1().map_err(|_| unusable())?;
        SigningKey::from_pkcs8(Algorithm::ES256, der.as_ref(), None).map_err(|_| unusable())
    }

    /// Remembers the nonce of a response; the latest counts (RFC 9449 section 8.2).
    pub fn remember(&mut self, nonce: &str) {
        // RFC 9449 section 8.1: printable ASCII without space, quote and backslash.
        let allowed = |c: u8| c.is_ascii_graphic() && c != b'"' && c != b'\\';
        if !nonce.is_empty() && nonce.len() <= LONGEST_NONCE && nonce.bytes().all(allowed) {
            self.nonce = Some(nonce.to_owned());
        }
    }

    /// A proof for one `method` at `url` (RFC 9449 section 4.2); `unique` becomes its `jti`.
    pub fn prove(
        &self,
        method: &str,
        url: &Url,
        now: Timestamp,
        unique: &[u8; 32],
    ) -> Result<String, Failure> {
        let mut target = url.clone();
        target.set_query(None);
        target.set_fragment(None);
        let mut claims = json!({
            "jti": URL_SAFE_NO_PAD.encode(unique), "htm": method, "htu": target.as_str(), "iat": now.as_secs(),
        });
        if let (Some(nonce), Some(claims)) = (&self.nonce, claims.as_object_mut()) {
            claims.insert("nonce".to_owned(), Value::from(nonce.clone()));
        }
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.public_jwk()});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| Failure::Server("the proof cannot be signed".to_owned()))?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The public key: an uncompressed point is 0x04, x, y.
    fn public_jwk(&self) -> Value {
        let point = self.key.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at_checked(32).unwrap_or_default();
        json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    fn parts(proof: &str) -> (Value, Value) {
        let mut parts = proof.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
        let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
        (next(), next())
    }

    fn proof(prover: &Prover) -> String {
        let url = Url::parse("https://a.example/token?q=1#f").unwrap();
        prover.prove("POST", &url, Timestamp::from_secs(1_700_000_000), &[7; 32]).unwrap()
    }

    #[test]
    fn rfc9449_section_4_2_a_proof_says_what_it_must_and_its_signature_holds() {
        let prover = Prover::generate().unwrap();
        let proof = proof(&prover);
        let (header, claims) = parts(&proof);
        assert_eq!((header["typ"].as_str(), header["alg"].as_str()), (Some("dpop+jwt"), Some("ES256")));
        let mut names: Vec<_> = header["jwk"].as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["crv", "kty", "x", "y"], "never a private member");
        assert_eq!(
            claims,
            json!({"jti": URL_SAFE_NO_PAD.encode([7; 32]), "htm": "POST", "htu": "https://a.example/token", "iat": 1_700_000_000})
        );
        let (signed, signature) = proof.rsplit_once('.').unwrap();
        let point = [
            vec![4],
            URL_SAFE_NO_PAD.decode(header["jwk"]["x"].as_str().unwrap()).unwrap(),
            URL_SAFE_NO_PAD.decode(header["jwk"]["y"].as_str().unwrap()).unwrap(),
        ]
        .concat();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        key.verify(signed.as_bytes(), &signature).unwrap();
        key.verify(b"something else", &signature).unwrap_err();
    }

    #[test]
    fn rfc9449_section_8_the_latest_nonce_is_repeated_and_a_foul_one_is_not() {
        let mut prover = Prover::generate().unwrap();
        for nonce in
            ["first", "second", "", "with space", "quo\"te", "line\nend", "\u{e9}", &"n".repeat(1025)]
        {
            prover.remember(nonce);
        }
        assert_eq!(parts(&proof(&prover)).1["nonce"], "second");
    }

    #[test]
    fn a_key_survives_its_file_and_foreign_keys_are_refused() {
        let prover = Prover::generate().unwrap();
        let pem = prover.to_pem().unwrap();
        assert!(pem.lines().all(|line| line.len() <= 64));
        assert_eq!(Prover::from_pem(&pem).unwrap().public_jwk(), prover.public_jwk());
        for bad in [
            "",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
            &pem.replace("PRIVATE", "EC PRIVATE"),
        ] {
            assert!(Prover::from_pem(bad).is_none(), "{bad}");
        }
    }
}
