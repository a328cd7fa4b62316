//! Is an instance believed only with a fresh word of its attester, or its own registered key, for us and now?
#![allow(clippy::unwrap_used, reason = "in a test a failed assumption is a failed test")]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::client_attestation::{
    Attestation, AttestationRefusal, Attested, Attester, DeviceAssertion, RegisteredKey, SingleUse,
    verify_proof,
};
use tandem_core::jose::jws::LEEWAY;
use tandem_core::jose::{Jwk, JwkError, JwkSet, JwsError};
use tandem_core::oauth::device_description::DeviceKind;
use tandem_core::time::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const ISSUER: &str = "https://as.example";
const ATTESTER: &str = "https://attester.example";

struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn public(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let text = |from, to| URL_SAFE_NO_PAD.encode(point.get(from..to).unwrap());
        json!({ "kty": "EC", "crv": "P-256", "x": text(1, 33), "y": text(33, 65) })
    }

    fn jwk(&self) -> Jwk {
        Jwk::parse(&self.public()).unwrap()
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", text(header), text(claims));
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// `base` with the members of `change`; `null` takes a member away.
fn with(base: &Value, change: &Value) -> Value {
    let mut all = base.as_object().unwrap().clone();
    for (name, value) in change.as_object().unwrap() {
        if value.is_null() {
            all.remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    Value::Object(all)
}

fn secs(offset: i64) -> u64 {
    NOW.as_secs().checked_add_signed(offset).unwrap()
}

/// An attester that is trusted for the client `tv`, and an instance that it knows.
struct World {
    attester: Key,
    instance: Key,
    trusted: Vec<Attester>,
}

impl World {
    fn new() -> Self {
        let attester = Key::new();
        let trusted = Attester { issuer: ATTESTER.to_owned(), clients: vec![Arc::from("tv")], max_age: None };
        Self { attester, instance: Key::new(), trusted: vec![trusted] }
    }

    /// Who is trusted, with the attester's key.
    fn trusted(&self) -> Vec<(&Attester, Arc<JwkSet>)> {
        let keys = Arc::new(JwkSet::new(vec![self.attester.jwk()]).unwrap());
        self.trusted.iter().map(|attester| (attester, Arc::clone(&keys))).collect()
    }

    fn claims(&self) -> Value {
        json!({ "sub": "tv", "iat": secs(-60), "exp": secs(3600), "cnf": { "jwk": self.instance.public() } })
    }

    fn attestation(&self, header: &Value, claims: &Value) -> String {
        let header = with(&json!({ "alg": "ES256", "typ": "oauth-client-attestation+jwt" }), header);
        self.attester.sign(&header, &with(&self.claims(), claims))
    }

    fn verdict_at(
        &self,
        header: &Value,
        claims: &Value,
        now: Timestamp,
    ) -> Result<Attested, AttestationRefusal> {
        Attestation::parse(&self.attestation(header, claims))?.verify(&self.trusted(), "tv", now)
    }

    fn refusal(&self, header: &Value, claims: &Value) -> Option<AttestationRefusal> {
        self.verdict_at(header, claims, NOW).err()
    }

    fn attested(&self) -> Attested {
        self.verdict_at(&json!({}), &json!({}), NOW).unwrap()
    }

    fn prove(&self, header: &Value, claims: &Value, now: Timestamp) -> Result<SingleUse, AttestationRefusal> {
        let header = with(&json!({ "alg": "ES256", "typ": "oauth-client-attestation-pop+jwt" }), header);
        let claims = with(&json!({ "aud": ISSUER, "jti": "one", "iat": secs(0) }), claims);
        verify_proof(&self.instance.sign(&header, &claims), &self.attested(), ISSUER, now)
    }
}

/// R6.7b
#[test]
fn an_attestation_of_a_trusted_attester_tells_the_key_of_the_instance() {
    let world = World::new();
    let attested = world.attested();
    assert_eq!(attested.thumbprint, world.instance.jwk().thumbprint());
    assert_eq!(attested.kind, None);
    for claims in [
        json!({ "iss": ATTESTER }),
        json!({ "iat": null }),
        json!({ "aud": "https://elsewhere.example", "anything": { "else": 1 } }),
    ] {
        assert!(world.verdict_at(&json!({}), &claims, NOW).is_ok(), "{claims}");
    }
    let told = world.verdict_at(&json!({}), &json!({ "tandem_device_type": "kiosk" }), NOW).unwrap();
    assert_eq!(told.kind, Some(DeviceKind::Kiosk));
}

#[test]
fn an_attestation_that_lacks_anything_is_refused() {
    let world = World::new();
    let nothing = json!({});
    let wrong = |claims: Value| world.refusal(&nothing, &claims);
    let missing = |claim| Some(AttestationRefusal::Jws(JwsError::ClaimMissing(claim)));
    assert_eq!(wrong(json!({ "sub": null })), missing("sub"));
    assert_eq!(wrong(json!({ "sub": "kiosk" })), Some(AttestationRefusal::SubjectMismatch));
    assert_eq!(wrong(json!({ "exp": null })), missing("exp"));
    assert_eq!(wrong(json!({ "cnf": null })), Some(AttestationRefusal::ConfirmationMissing));
    assert_eq!(wrong(json!({ "cnf": { "jkt": "x" } })), Some(AttestationRefusal::ConfirmationMissing));
    assert_eq!(wrong(json!({ "iss": "https://other.example" })), Some(AttestationRefusal::AttesterUnknown));
    let private = with(&world.instance.public(), &json!({ "d": "AAAA" }));
    assert_eq!(
        wrong(json!({ "cnf": { "jwk": private } })),
        Some(AttestationRefusal::Key(JwkError::PrivateMember("d")))
    );
    let header = |change: Value| world.refusal(&change, &nothing);
    assert_eq!(header(json!({ "alg": "none" })), Some(JwsError::AlgorithmUnsupported.into()));
    assert_eq!(header(json!({ "alg": "HS256" })), Some(JwsError::AlgorithmUnsupported.into()));
    assert_eq!(header(json!({ "typ": null })), Some(JwsError::TypMissing.into()));
    assert_eq!(header(json!({ "typ": "JWT" })), Some(JwsError::TypMismatch.into()));
    assert_eq!(
        header(json!({ "typ": "oauth-client-attestation-pop+jwt" })),
        Some(JwsError::TypMismatch.into()),
        "a proof is no attestation"
    );
}

#[test]
fn nobody_else_attests_and_nobody_attests_for_other_clients() {
    let mut world = World::new();
    let good = world.attestation(&json!({}), &json!({}));
    let verdict = |world: &World, client| {
        Attestation::parse(&good).unwrap().verify(&world.trusted(), client, NOW).map(|_| ())
    };
    assert_eq!(verdict(&world, "tv"), Ok(()));
    assert_eq!(verdict(&world, "kiosk"), Err(AttestationRefusal::SubjectMismatch));
    let own =
        Key::new().sign(&json!({ "alg": "ES256", "typ": "oauth-client-attestation+jwt" }), &world.claims());
    let own = Attestation::parse(&own).unwrap().verify(&world.trusted(), "tv", NOW).err();
    assert_eq!(own, Some(AttestationRefusal::AttesterUnknown), "one's own word");
    if let Some(attester) = world.trusted.first_mut() {
        attester.clients = vec![Arc::from("kiosk")];
    }
    assert_eq!(
        verdict(&world, "tv"),
        Err(AttestationRefusal::AttesterUnknown),
        "an attester of other clients"
    );
    world.trusted.clear();
    assert_eq!(verdict(&world, "tv"), Err(AttestationRefusal::AttesterUnknown));
}

#[test]
fn an_attestation_that_is_over_asks_for_another() {
    let mut world = World::new();
    let nothing = json!({});
    let at = |world: &World, secs: u64| {
        world.verdict_at(&nothing, &nothing, NOW.plus(Duration::from_secs(secs))).map(|_| ())
    };
    assert_eq!(at(&world, 3600 + LEEWAY.as_secs() - 1), Ok(()), "clocks differ");
    assert_eq!(at(&world, 3600 + LEEWAY.as_secs()), Err(AttestationRefusal::NotFresh));
    let ahead = |secs_ahead: i64| world.refusal(&nothing, &json!({ "iat": secs(secs_ahead) }));
    assert_eq!(ahead(10), None, "clocks differ");
    assert_eq!(ahead(11), Some(JwsError::IssuedInFuture.into()));
    if let Some(attester) = world.trusted.first_mut() {
        attester.max_age = Some(Duration::from_mins(5));
    }
    assert_eq!(at(&world, 240 + 10), Ok(()));
    assert_eq!(at(&world, 240 + 11), Err(AttestationRefusal::NotFresh));
    assert_eq!(world.refusal(&nothing, &json!({ "iat": null })), Some(AttestationRefusal::NotFresh));
}

#[test]
fn a_proof_is_of_the_attested_key_for_us_and_now() {
    let world = World::new();
    let nothing = json!({});
    let used = world.prove(&nothing, &nothing, NOW).unwrap();
    let last = NOW.plus(Duration::from_mins(5)).plus(LEEWAY);
    assert!(world.prove(&nothing, &nothing, last).is_ok());
    assert!(used.expires_at > last, "it is remembered for as long as it is good");
    assert_eq!(
        world.prove(&nothing, &nothing, last.plus(Duration::from_millis(1))),
        Err(JwsError::TooOld.into())
    );
    assert!(world.prove(&nothing, &json!({ "iat": secs(10), "challenge": "any" }), NOW).is_ok());
    let wrong = |claims: Value| world.prove(&nothing, &claims, NOW).err();
    assert_eq!(wrong(json!({ "iat": secs(11) })), Some(JwsError::IssuedInFuture.into()));
    assert_eq!(wrong(json!({ "iat": null })), Some(JwsError::ClaimMissing("iat").into()));
    assert_eq!(wrong(json!({ "aud": null })), Some(JwsError::ClaimMissing("aud").into()));
    assert_eq!(wrong(json!({ "aud": "https://other.example" })), Some(JwsError::AudienceMismatch.into()));
    assert_eq!(
        wrong(json!({ "aud": [ISSUER, "https://other.example"] })),
        Some(JwsError::AudienceMismatch.into())
    );
    assert_eq!(wrong(json!({ "jti": null })), Some(JwsError::ClaimMissing("jti").into()));
    for jti in [json!(""), json!("x".repeat(257)), json!(7)] {
        assert_eq!(wrong(json!({ "jti": jti })), Some(JwsError::ClaimMalformed("jti").into()));
    }
    let header = |change: Value| world.prove(&change, &nothing, NOW).err();
    assert_eq!(header(json!({ "alg": "none" })), Some(JwsError::AlgorithmUnsupported.into()));
    assert_eq!(header(json!({ "typ": "dpop+jwt" })), Some(JwsError::TypMismatch.into()));
}

#[test]
fn a_proof_by_another_key_proves_nothing_and_a_jti_names_one_use() {
    let world = World::new();
    let header = json!({ "alg": "ES256", "typ": "oauth-client-attestation-pop+jwt" });
    let claims = json!({ "aud": ISSUER, "jti": "one", "iat": secs(0) });
    let other = Key::new().sign(&header, &claims);
    let refusal = verify_proof(&other, &world.attested(), ISSUER, NOW).err();
    assert_eq!(refusal, Some(AttestationRefusal::KeyMismatch));
    let one = world.prove(&json!({}), &json!({}), NOW).unwrap();
    let again = world.prove(&json!({}), &json!({ "iat": secs(1) }), NOW).unwrap();
    let two = world.prove(&json!({}), &json!({ "jti": "two" }), NOW).unwrap();
    assert_eq!(one.digest, again.digest);
    assert_ne!(one.digest, two.digest);
    assert_ne!(one.digest, World::new().prove(&json!({}), &json!({}), NOW).unwrap().digest, "of another key");
}

fn assertion(key: &Key, header: &Value, claims: &Value) -> String {
    let header = with(&json!({ "alg": "ES256", "typ": "tandem-device+jwt" }), header);
    let base =
        json!({ "iss": "tv-7", "sub": "tv", "aud": ISSUER, "iat": secs(0), "exp": secs(60), "jti": "one" });
    key.sign(&header, &with(&base, claims))
}

/// R6.7a
#[test]
fn a_device_assertion_is_the_registered_keys_for_us_and_now() {
    let key = Key::new();
    let jwk = key.jwk();
    let whole =
        RegisteredKey { device_id: "tv-7", client_id: "tv", thumbprint: jwk.thumbprint(), key: Some(&jwk) };
    let verdict = |signer: &Key, header: Value, claims: Value, registered| {
        DeviceAssertion::parse(&assertion(signer, &header, &claims))?.verify(registered, ISSUER, NOW)
    };
    let nothing = || json!({});
    let used = verdict(&key, nothing(), nothing(), whole).unwrap();
    assert_eq!(used.expires_at, NOW.plus(Duration::from_mins(1)).plus(LEEWAY));
    let wrong = |claims: Value| verdict(&key, nothing(), claims, whole).err();
    assert_eq!(wrong(json!({ "exp": secs(-10) })), Some(JwsError::Expired.into()));
    assert_eq!(wrong(json!({ "exp": secs(-9) })), None, "clocks differ");
    assert_eq!(wrong(json!({ "exp": secs(311) })), Some(JwsError::LifetimeTooLong.into()));
    assert_eq!(wrong(json!({ "exp": null })), Some(JwsError::ClaimMissing("exp").into()));
    assert_eq!(wrong(json!({ "iat": secs(11) })), Some(JwsError::IssuedInFuture.into()));
    assert_eq!(wrong(json!({ "iss": "tv-8" })), Some(JwsError::IssuerMismatch.into()));
    assert_eq!(wrong(json!({ "sub": "kiosk" })), Some(AttestationRefusal::SubjectMismatch));
    assert_eq!(wrong(json!({ "sub": null })), Some(JwsError::ClaimMissing("sub").into()));
    assert_eq!(wrong(json!({ "aud": "https://other.example" })), Some(JwsError::AudienceMismatch.into()));
    assert_eq!(wrong(json!({ "jti": null })), Some(JwsError::ClaimMissing("jti").into()));
    let header = |change: Value| verdict(&key, change, nothing(), whole).err();
    assert_eq!(header(json!({ "alg": "none" })), Some(JwsError::AlgorithmUnsupported.into()));
    assert_eq!(header(json!({ "typ": null })), Some(JwsError::TypMissing.into()), "no client assertion");
    let stranger = Key::new();
    let brings_its_own = json!({ "jwk": stranger.public() });
    assert_eq!(
        verdict(&stranger, brings_its_own.clone(), nothing(), whole).err(),
        Some(JwsError::SignatureInvalid.into()),
        "where the key is known no other is looked at"
    );
    // Where only the thumbprint is known, the key must come along and be that one.
    let thumbprint = RegisteredKey { key: None, ..whole };
    assert!(verdict(&key, json!({ "jwk": key.public() }), nothing(), thumbprint).is_ok());
    assert_eq!(verdict(&key, nothing(), nothing(), thumbprint), Err(AttestationRefusal::ProofMissing));
    assert_eq!(
        verdict(&stranger, brings_its_own, nothing(), thumbprint),
        Err(AttestationRefusal::KeyMismatch)
    );
    assert_eq!(
        verdict(&stranger, json!({ "jwk": key.public() }), nothing(), thumbprint),
        Err(JwsError::SignatureInvalid.into())
    );
}

proptest! {
    #[test]
    fn garbage_is_refused_and_never_panics(text in "\\PC{0,200}|[A-Za-z0-9_-]{0,80}(\\.[A-Za-z0-9_-]{0,80}){0,4}") {
        let world = World::new();
        if let Ok(attestation) = Attestation::parse(&text) {
            prop_assert!(attestation.verify(&world.trusted(), "tv", NOW).is_err());
        }
        prop_assert!(verify_proof(&text, &world.attested(), ISSUER, NOW).is_err());
    }
}
