//! How does a client's private key come from its file? As one private JWK (RFC 7517, 7518, 8037), for one algorithm.

use crate::failure::Failure;
use crate::secret_file;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use std::path::Path;
use tandem_core::jose::{Algorithm, SigningKey};

/// Reads the private JWK at `path`; refuses a file that others may read.
///
/// EC keys on P-256 sign with ES256, OKP keys on Ed25519 with EdDSA, RSA keys with PS256.
pub fn load(path: &Path) -> Result<SigningKey, Failure> {
    let text = secret_file::read_private(path)?;
    parse(&text).ok_or_else(|| {
        let expected = "is not a private JWK for ES256 (EC P-256), EdDSA (Ed25519) or PS256 (RSA)";
        Failure::File(format!("{}: {expected}", path.display()))
    })
}

fn parse(text: &str) -> Option<SigningKey> {
    let members: Map<String, Value> = serde_json::from_str(text).ok()?;
    let (algorithm, pkcs8) = match (named(&members, "kty")?, named(&members, "crv")) {
        ("EC", Some("P-256")) => (Algorithm::ES256, p256(&members)?),
        ("OKP", Some("Ed25519")) => (Algorithm::EdDSA, ed25519(&members)?),
        ("RSA", None) => (Algorithm::PS256, rsa(&members)?),
        _ => return None,
    };
    let alg = members.get("alg").map(|alg| alg.as_str().and_then(|alg| alg.parse::<Algorithm>().ok()));
    if alg.is_some_and(|alg| alg != Some(algorithm)) {
        return None;
    }
    let kid = match members.get("kid") {
        Some(kid) => Some(kid.as_str().filter(|kid| (1..=256).contains(&kid.len()))?.to_owned()),
        None => None,
    };
    SigningKey::from_pkcs8(algorithm, &pkcs8, kid).ok()
}

fn p256(members: &Map<String, Value>) -> Option<Vec<u8>> {
    let (x, y, d) = (number(members, "x")?, number(members, "y")?, number(members, "d")?);
    if [&x, &y, &d].iter().any(|number| number.len() != 32) {
        return None;
    }
    let point = [&[4], x.as_slice(), &y].concat();
    let pair = EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, &d, &point);
    Some(pair.ok()?.to_pkcs8v1().ok()?.as_ref().to_vec())
}

fn ed25519(members: &Map<String, Value>) -> Option<Vec<u8>> {
    let pair = Ed25519KeyPair::from_seed_and_public_key(&number(members, "d")?, &number(members, "x")?);
    Some(pair.ok()?.to_pkcs8().ok()?.as_ref().to_vec())
}

fn rsa(members: &Map<String, Value>) -> Option<Vec<u8>> {
    if members.contains_key("oth") {
        return None;
    }
    let number = |name| number(members, name);
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n: number("n")?, e: number("e")? },
        d: number("d")?,
        p: number("p")?,
        q: number("q")?,
        dP: number("dp")?,
        dQ: number("dq")?,
        qInv: number("qi")?,
    };
    let pair = RsaKeyPair::from_components(&components).ok()?;
    let document: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    Some(document.as_ref().to_vec())
}

fn named<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    members.get(name).and_then(Value::as_str)
}

fn number(members: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(named(members, name)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// RFC 7515 appendix A.3.1 and RFC 8037 appendix A.1.
    const P256: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;
    const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    fn with(text: &str, name: &str, value: Value) -> String {
        let mut members: Value = serde_json::from_str(text).unwrap();
        members[name] = value;
        members.to_string()
    }

    #[test]
    fn rfc7515_a_3_and_rfc8037_a_1_keys_are_read_with_their_algorithm_and_name() {
        let key = parse(P256).unwrap();
        assert_eq!(key.algorithm(), Algorithm::ES256);
        assert_eq!(key.public_json()["x"], "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
        let key = parse(&with(ED25519, "kid", "mine".into())).unwrap();
        // RFC 8037 appendix A.3 has its thumbprint.
        assert_eq!((key.algorithm(), key.kid()), (Algorithm::EdDSA, "mine"));
        assert_eq!(parse(ED25519).unwrap().kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn an_rsa_key_signs_with_ps256_and_never_with_rs256() {
        let pair = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let document: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let key = jwk_of_rsa(document.as_ref());
        let read = parse(&key.to_string()).unwrap();
        assert_eq!((read.algorithm(), &read.public_json()["n"]), (Algorithm::PS256, &key["n"]));
        assert!(parse(&with(&key.to_string(), "alg", "PS256".into())).is_some());
        for (name, value) in [
            ("alg", json!("RS256")),
            ("d", json!("AQAB")),
            ("qi", json!("AQAB")),
            ("p", json!(1)),
            ("oth", json!([])),
            ("crv", json!("P-256")),
        ] {
            assert!(parse(&with(&key.to_string(), name, value)).is_none(), "{name}");
        }
    }

    #[test]
    fn public_mismatched_and_foreign_keys_are_refused() {
        for (text, name, value) in [
            (P256, "d", Value::Null),
            (P256, "d", json!("AQAB")),
            (P256, "d", json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")),
            (P256, "crv", json!("P-384")),
            (P256, "kty", json!("oct")),
            (P256, "alg", json!("EdDSA")),
            (P256, "alg", json!(1)),
            (P256, "kid", json!("")),
            (ED25519, "x", json!("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU")),
            (ED25519, "d", json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9")),
        ] {
            assert!(parse(&with(text, name, value)).is_none(), "{name} of {text}");
        }
        for text in ["", "[]", "{}", "-----BEGIN PRIVATE KEY-----"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    fn integers(mut der: &[u8]) -> Vec<(u8, &[u8])> {
        let mut found = Vec::new();
        while let [tag, rest @ ..] = der {
            let (len, rest) = match rest {
                [0x82, a, b, rest @ ..] => (usize::from(u16::from_be_bytes([*a, *b])), rest),
                [0x81, a, rest @ ..] | [a, rest @ ..] => (usize::from(*a), rest),
                [] => break,
            };
            found.push((*tag, &rest[..len]));
            der = &rest[len..];
        }
        found
    }

    /// The numbers of a PKCS#8 RSA key: within the outer sequence, an octet string with a sequence of integers.
    fn jwk_of_rsa(pkcs8: &[u8]) -> Value {
        let outer = integers(integers(pkcs8)[0].1);
        let inner = integers(integers(outer[2].1)[0].1);
        let mut key = json!({"kty": "RSA"});
        for (name, (_, bytes)) in ["n", "e", "d", "p", "q", "dp", "dq", "qi"].iter().zip(&inner[1..]) {
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            key[*name] = URL_SAFE_NO_PAD.encode(&bytes[zeros..]).into();
        }
        key
    }
}
