//! Does a library that is not ours read what we sign, and do we read what it signs?

use crate::support::{NOW, signing_key};
use aws_lc_rs::rand::SystemRandom;
use jsonwebtoken::jwk::{Jwk as ForeignJwk, ThumbprintHash};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Value, json};
use std::time::Duration;
use tandem_core::dpop::{self, Htu, NonceRule, Window};
use tandem_core::jose::jws::{Audience, Expected, LEEWAY, Lifetime, MAX_LEN, Typ};
use tandem_core::jose::{Algorithm, JwkSet, Jws, JwsError, SigningKey};

fn foreign(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::ES256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::EdDSA => jsonwebtoken::Algorithm::EdDSA,
        Algorithm::RS256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::PS256 => jsonwebtoken::Algorithm::PS256,
    }
}

fn claims() -> Value {
    json!({
        "iss": "https://as.example", "aud": "https://rs.example", "sub": "alice",
        "iat": NOW.as_secs(), "exp": NOW.plus(Duration::from_mins(5)).as_secs(), "text": "ü \u{1f600} \"\\",
    })
}

fn expected(algorithms: &[Algorithm]) -> Expected<'_> {
    Expected {
        typ: Typ::OneOf(&["at+jwt"]),
        algorithms,
        issuer: Some("https://as.example"),
        audience: Audience::ExactlyString("https://rs.example"),
        lifetime: Lifetime::UntilExp,
        leeway: LEEWAY,
        now: NOW,
    }
}

/// One new private key in our hands and in theirs.
fn pair(algorithm: Algorithm) -> (SigningKey, EncodingKey) {
    let pkcs8 = SigningKey::generate(algorithm, &SystemRandom::new()).unwrap();
    let theirs = match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_der(&pkcs8),
        Algorithm::EdDSA => EncodingKey::from_ed_der(&pkcs8),
        // They want the PKCS#1 key, which the PKCS#8 wrapping of a 2048-bit key precedes with 26 bytes.
        Algorithm::RS256 | Algorithm::PS256 => EncodingKey::from_rsa_der(&pkcs8[26..]),
    };
    (SigningKey::from_pkcs8(algorithm, &pkcs8, Some("theirs".into())).unwrap(), theirs)
}

#[test]
fn they_read_what_we_sign() {
    for algorithm in Algorithm::ALL {
        let key = signing_key(algorithm);
        let jws = key.sign(&SystemRandom::new(), "at+jwt", &claims()).unwrap();
        let jwk: ForeignJwk = serde_json::from_value(key.public_json()).unwrap();
        assert_eq!(
            jwk.thumbprint(ThumbprintHash::SHA256).unwrap(),
            key.public_jwk().thumbprint().to_string()
        );
        let mut validation = Validation::new(foreign(algorithm));
        validation.set_audience(&["https://rs.example"]);
        validation.set_issuer(&["https://as.example"]);
        validation.validate_exp = false;
        let read = decode::<Value>(&jws, &DecodingKey::from_jwk(&jwk).unwrap(), &validation).unwrap();
        assert_eq!(read.claims, claims());
        assert_eq!(read.header.typ.as_deref(), Some("at+jwt"));
        assert_eq!(read.header.kid.as_deref(), Some(key.kid()));
    }
}

#[test]
fn we_read_what_they_sign() {
    for algorithm in Algorithm::ALL {
        let (ours, theirs) = pair(algorithm);
        let header = Header {
            typ: Some("application/AT+jwt".into()),
            kid: Some("theirs".into()),
            ..Header::new(foreign(algorithm))
        };
        let jws = encode(&header, &claims(), &theirs).unwrap();
        let set = JwkSet::new(vec![ours.public_jwk().clone()]).unwrap();
        let jws = Jws::parse(&jws, MAX_LEN).unwrap();
        assert_eq!(jws.verify::<Value>(&set, &expected(&[algorithm])), Ok(claims()));
        let strangers = Algorithm::ALL.map(|of| signing_key(of).public_jwk().clone()).into();
        assert_eq!(
            jws.verify::<Value>(&JwkSet::new(strangers).unwrap(), &expected(&[algorithm])),
            Err(JwsError::KeyUnknown)
        );
        let stranger = signing_key(algorithm).public_jwk();
        assert_eq!(
            jws.verify_with_key::<Value>(stranger, &expected(&[algorithm])),
            Err(JwsError::SignatureInvalid)
        );
    }
}

#[test]
fn we_take_their_dpop_proofs() {
    let htu = Htu::parse("https://as.example/token").unwrap();
    for algorithm in Algorithm::ALL {
        let (ours, theirs) = pair(algorithm);
        let jwk: ForeignJwk = serde_json::from_value(ours.public_json()).unwrap();
        let header =
            Header { typ: Some("dpop+jwt".into()), jwk: Some(jwk), ..Header::new(foreign(algorithm)) };
        let claims =
            json!({ "jti": "1", "htm": "POST", "htu": "https://as.example/token", "iat": NOW.as_secs() });
        let proof = encode(&header, &claims, &theirs).unwrap();
        let expected = dpop::Expected {
            method: "POST",
            htu: &htu,
            access_token: None,
            algorithms: &[algorithm],
            window: Window::default(),
            nonce: NonceRule::NotAsked,
            now: NOW,
        };
        let verified = dpop::verify(&proof, &expected).unwrap();
        assert_eq!(verified.jkt, ours.public_jwk().thumbprint());
    }
}
