//! What is taken, what is not, and what follows from each event.

use super::*;
use crate::crossing::CrossingId;
use crate::jose::{Algorithm, JwkSet, JwsError, SigningKey};
use crate::shared_signals::{ChangeType, ComplianceStatus, Subject, SubjectError};
use crate::time::Timestamp;
use aws_lc_rs::rand::SystemRandom;
use serde_json::{Value, json};
use std::time::Duration;

const US: &str = "https://id.example.com";
const THEM: &str = "https://mdm.example.net";
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
const SSF: &str = "https://schemas.openid.net/secevent/ssf/event-type/";
const EVERY_SUBJECT: [SubjectKind; 3] = [SubjectKind::IssSub, SubjectKind::Email, SubjectKind::Opaque];
const EVERY_EFFECT: [EffectKind; 4] = [
    EffectKind::DeviceCompliance,
    EffectKind::RestoreCompliance,
    EffectKind::EndSessions,
    EffectKind::Incident,
];

fn key(algorithm: Algorithm, kid: &str) -> SigningKey {
    let pkcs8 = SigningKey::generate(algorithm, &SystemRandom::new()).unwrap();
    SigningKey::from_pkcs8(algorithm, &pkcs8, Some(kid.to_owned())).unwrap()
}

fn read_by(key: &SigningKey, compact: &str) -> Result<ReceivedSet, SetRefusal> {
    let keys = JwkSet::new(vec![key.public_jwk().clone()]).unwrap();
    let from = TrustedTransmitter {
        issuer: THEM.to_owned(),
        audiences: vec![US.to_owned()],
        max_age: Duration::from_hours(1),
        subjects: EVERY_SUBJECT.to_vec(),
        effects: EVERY_EFFECT.to_vec(),
    };
    ReceivedSet::read(compact, &from, &keys, NOW)
}

fn claims(change: &Value) -> Value {
    let mut claims = json!({
        "iss": THEM,
        "aud": US,
        "iat": NOW.as_secs(),
        "jti": "one",
        "sub_id": { "format": "iss_sub", "iss": US, "sub": "alice" },
        "events": { format!("{CAEP}session-revoked"): {} },
    });
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn read(change: &Value) -> Result<ReceivedSet, SetRefusal> {
    let key = key(Algorithm::ES256, "k1");
    let compact = key.sign(&SystemRandom::new(), "secevent+jwt", &claims(change)).unwrap();
    read_by(&key, &compact)
}

#[test]
fn a_good_token_is_taken_in_every_algorithm_and_typ_with_its_prefix() {
    for algorithm in Algorithm::ALL {
        for typ in ["secevent+jwt", "application/secevent+jwt", "SecEvent+JWT"] {
            let key = key(algorithm, "k1");
            let compact = key.sign(&SystemRandom::new(), typ, &claims(&json!({}))).unwrap();
            let set = read_by(&key, &compact).unwrap();
            assert_eq!(set.event, Event::SessionRevoked);
            assert_eq!(set.subject, Some(Subject::person(US, "alice")));
            assert!(set.forget_at > NOW.plus(Duration::from_secs(3610)), "as long as it would be taken");
        }
    }
}

#[test]
fn another_kind_of_token_is_no_security_event() {
    let key = key(Algorithm::ES256, "k1");
    for typ in ["JWT", "at+jwt", "logout+jwt", "dpop+jwt", ""] {
        let compact = key.sign(&SystemRandom::new(), typ, &claims(&json!({}))).unwrap();
        let refusal = read_by(&key, &compact).unwrap_err();
        assert_eq!(refusal, JwsError::TypMismatch.into(), "{typ}");
        assert_eq!(refusal.error(), SetError::InvalidRequest);
    }
}

#[test]
fn only_the_keys_of_the_transmitter_count() {
    let (own, other) = (key(Algorithm::ES256, "k1"), key(Algorithm::ES256, "k1"));
    let compact = other.sign(&SystemRandom::new(), "secevent+jwt", &claims(&json!({}))).unwrap();
    let refusal = read_by(&own, &compact).unwrap_err();
    assert_eq!(refusal, JwsError::SignatureInvalid.into());
    assert_eq!(refusal.error(), SetError::InvalidKey);
    let unknown = key(Algorithm::ES256, "k2");
    let compact = unknown.sign(&SystemRandom::new(), "secevent+jwt", &claims(&json!({}))).unwrap();
    let refusal = read_by(&own, &compact).unwrap_err();
    assert_eq!(refusal, JwsError::KeyUnknown.into());
    assert_eq!(refusal.error(), SetError::InvalidKey);
}

/// Whoever cannot sign learns nothing of the claims that are expected.
#[test]
fn the_signature_is_looked_at_before_any_claim() {
    let (own, other) = (key(Algorithm::ES256, "k1"), key(Algorithm::ES256, "k1"));
    let wrong = claims(&json!({ "iss": "https://x", "aud": "x", "iat": 1, "jti": null, "events": null }));
    let compact = other.sign(&SystemRandom::new(), "secevent+jwt", &wrong).unwrap();
    assert_eq!(read_by(&own, &compact), Err(JwsError::SignatureInvalid.into()));
}

#[test]
fn what_is_wrong_with_the_claims_is_said_by_its_code() {
    use SetError::{InvalidAudience, InvalidIssuer, InvalidRequest};
    let revoked = format!("{CAEP}session-revoked");
    let now = NOW.as_secs();
    for (change, code) in [
        (json!({ "iss": "https://other.example" }), InvalidIssuer),
        (json!({ "iss": format!("{THEM}/") }), InvalidIssuer),
        (json!({ "iss": null }), InvalidRequest),
        (json!({ "iss": [THEM] }), InvalidRequest),
        (json!({ "aud": "https://other.example" }), InvalidAudience),
        (json!({ "aud": ["https://a.example", "https://b.example"] }), InvalidAudience),
        (json!({ "aud": [] }), InvalidAudience),
        (json!({ "aud": [US, 7] }), InvalidRequest),
        (json!({ "aud": { "a": US } }), InvalidRequest),
        (json!({ "aud": null }), InvalidRequest),
        (json!({ "iat": null }), InvalidRequest),
        (json!({ "iat": "now" }), InvalidRequest),
        (json!({ "iat": now + 11 }), InvalidRequest),
        (json!({ "iat": now - 3611 }), InvalidRequest),
        (json!({ "nbf": now + 60 }), InvalidRequest),
        (json!({ "jti": null }), InvalidRequest),
        (json!({ "jti": "" }), InvalidRequest),
        (json!({ "jti": "j".repeat(257) }), InvalidRequest),
        (json!({ "jti": 7 }), InvalidRequest),
        (json!({ "exp": now + 60 }), InvalidRequest),
        (json!({ "sub": "alice" }), InvalidRequest),
        (json!({ "events": null }), InvalidRequest),
        (json!({ "events": {} }), InvalidRequest),
        (json!({ "events": [] }), InvalidRequest),
        (json!({ "events": { &revoked: {}, "urn:x": {} } }), InvalidRequest),
        (json!({ "events": { &revoked: "yes" } }), InvalidRequest),
        (json!({ "sub_id": null }), InvalidRequest),
        (json!({ "sub_id": "alice" }), InvalidRequest),
        (json!({ "sub_id": { "format": "shoe-size", "id": "44" } }), InvalidRequest),
        (json!({ "sub_id": { "format": "opaque", "id": "x".repeat(513) } }), InvalidRequest),
    ] {
        let refusal = read(&change).expect_err(&change.to_string());
        assert_eq!(refusal.error(), code, "{change}: {refusal}");
    }
}

#[test]
fn an_audience_among_others_and_a_clock_a_little_ahead_are_taken() {
    for change in [
        json!({ "aud": ["https://a.example", US] }),
        json!({ "iat": NOW.as_secs() + 10 }),
        json!({ "iat": NOW.as_secs() - 3600 }),
        json!({ "txn": "t", "toe": NOW.as_secs(), "extra": { "a": [1] } }),
    ] {
        assert!(read(&change).is_ok(), "{change}");
    }
}

#[test]
fn nesting_and_size_are_bounded() {
    let mut deep = json!({});
    for _ in 0..20 {
        deep = json!({ "a": deep });
    }
    let nested = read(&json!({ "events": { format!("{CAEP}session-revoked"): deep } })).unwrap_err();
    assert_eq!(nested, JwsError::TooDeep.into());
    let large = read(&json!({ "extra": "x".repeat(MAX_LEN) })).unwrap_err();
    assert_eq!(large, JwsError::TooLarge.into());
}

#[test]
fn a_token_is_named_by_its_issuer_and_jti() {
    let (one, same, other) =
        (read(&json!({})), read(&json!({ "txn": "other" })), read(&json!({ "jti": "two" })));
    assert_eq!(one.as_ref().unwrap().digest, same.unwrap().digest);
    assert_ne!(one.unwrap().digest, other.unwrap().digest);
}

/// The whole of a subject may be strange if nobody here knows the event.
#[test]
fn an_unknown_event_is_taken_and_not_looked_into() {
    for uri in ["urn:example:event", &format!("{CAEP}brand-new"), &format!("{RISC}brand-new"), ""] {
        let set = read(&json!({ "events": { uri: { "a": 1 } }, "sub_id": { "format": "new" } })).unwrap();
        assert_eq!((set.event, set.subject), (Event::Unknown, None), "{uri}");
    }
}

#[test]
fn members_that_decide_something_must_be_what_their_definition_says() {
    for (event, payload, member) in [
        ("token-claims-change", json!({}), "claims"),
        ("token-claims-change", json!({ "claims": [] }), "claims"),
        ("credential-change", json!({ "change_type": "revoke" }), "credential_type"),
        ("credential-change", json!({ "credential_type": "", "change_type": "revoke" }), "credential_type"),
        ("credential-change", json!({ "credential_type": "pin" }), "change_type"),
        ("credential-change", json!({ "credential_type": "pin", "change_type": "lose" }), "change_type"),
        ("device-compliance-change", json!({ "previous_status": "compliant" }), "current_status"),
        ("device-compliance-change", json!({ "current_status": "fine" }), "current_status"),
        ("device-compliance-change", json!({ "current_status": 1 }), "current_status"),
        ("risk-level-change", json!({ "current_level": "HIGH" }), "principal"),
        ("risk-level-change", json!({ "principal": "USER" }), "current_level"),
        ("assurance-level-change", json!({ "current_level": "nist-aal1" }), "namespace"),
        ("assurance-level-change", json!({ "namespace": "NIST-AAL" }), "current_level"),
    ] {
        let parsed = Event::parse(&format!("{CAEP}{event}"), &payload);
        assert_eq!(parsed, Err(SetRefusal::Member(member)), "{event} {payload}");
    }
    assert_eq!(
        Event::parse(&format!("{SSF}verification"), &json!({ "state": 1 })),
        Err(SetRefusal::Member("state"))
    );
    assert_eq!(SetRefusal::Subject(SubjectError::Format).error(), SetError::InvalidRequest);
}

fn follows(uri: &str, payload: &Value, subject: &Value, allowed: &[EffectKind]) -> Vec<Effect> {
    let event = Event::parse(uri, payload).unwrap();
    let terms = Terms { issuer: US, subjects: &EVERY_SUBJECT, effects: allowed };
    effects(&event, &Subject::parse(subject).unwrap(), &terms)
}

fn alice() -> PersonName {
    PersonName::Sub("alice".to_owned())
}

fn of_alice() -> Value {
    json!({ "format": "iss_sub", "iss": US, "sub": "alice" })
}

#[test]
fn every_event_type_has_its_effect() {
    let person = || Whom::Person(alice());
    let signed_out = || vec![Effect::EndSessions(alice()), Effect::Incident(person())];
    let misuse = || vec![Effect::Incident(person())];
    let notable = || vec![Effect::Record(person())];
    let credential = |change: &str| json!({ "credential_type": "password", "change_type": change });
    let risk = |principal: &str, level: &str| json!({ "principal": principal, "current_level": level });
    let assurance =
        json!({ "namespace": "NIST-AAL", "current_level": "nist-aal1", "change_direction": "decrease" });
    let all = [
        (CAEP, "session-revoked", json!({}), signed_out()),
        (CAEP, "token-claims-change", json!({ "claims": { "role": "ro" } }), notable()),
        (CAEP, "credential-change", credential("revoke"), misuse()),
        (CAEP, "credential-change", credential("delete"), misuse()),
        (CAEP, "credential-change", credential("create"), notable()),
        (CAEP, "credential-change", credential("update"), notable()),
        (CAEP, "assurance-level-change", assurance, notable()),
        (CAEP, "session-established", json!({}), vec![]),
        (CAEP, "session-presented", json!({}), vec![]),
        (CAEP, "risk-level-change", risk("USER", "HIGH"), misuse()),
        (CAEP, "risk-level-change", risk("USER", "MEDIUM"), notable()),
        (CAEP, "risk-level-change", risk("USER", "LOW"), notable()),
        (CAEP, "risk-level-change", risk("TENANT", "HIGH"), vec![]),
        (CAEP, "risk-level-change", risk("DEVICE", "HIGH"), vec![]),
        (CAEP, "risk-level-change", risk("SESSION", "HIGH"), vec![]),
        (CAEP, "device-compliance-change", json!({ "current_status": "not-compliant" }), vec![]),
        (CAEP, "brand-new", json!({}), vec![]),
        (RISC, "account-credential-change-required", json!({}), signed_out()),
        (RISC, "account-purged", json!({}), signed_out()),
        (RISC, "account-disabled", json!({ "reason": "hijacking" }), signed_out()),
        (RISC, "account-enabled", json!({}), notable()),
        (RISC, "identifier-changed", json!({ "new-value": "x@example.com" }), notable()),
        (RISC, "identifier-recycled", json!({}), notable()),
        (RISC, "credential-compromise", json!({ "credential_type": "password" }), signed_out()),
        (RISC, "opt-in", json!({}), vec![]),
        (RISC, "opt-out-initiated", json!({}), vec![]),
        (RISC, "opt-out-cancelled", json!({}), vec![]),
        (RISC, "opt-out-effective", json!({}), vec![]),
        (RISC, "recovery-activated", json!({}), notable()),
        (RISC, "recovery-information-changed", json!({}), notable()),
        (RISC, "sessions-revoked", json!({}), signed_out()),
        (SSF, "verification", json!({ "state": "s" }), vec![]),
        (SSF, "stream-updated", json!({ "status": "paused" }), vec![]),
    ];
    for (base, name, payload, expected) in all {
        let uri = format!("{base}{name}");
        assert_eq!(follows(&uri, &payload, &of_alice(), &EVERY_EFFECT), expected, "{name} {payload}");
        // What is not allowed is recorded at most, whatever it is.
        let recorded = follows(&uri, &payload, &of_alice(), &[]);
        assert!(recorded.iter().all(|effect| matches!(effect, Effect::Record(_))), "{name}");
        assert_eq!(recorded.len(), usize::from(!expected.is_empty()), "{name}");
    }
}

#[test]
fn a_device_loses_trust_and_gets_it_back_only_where_that_is_allowed() {
    let uri = format!("{CAEP}device-compliance-change");
    let device = NamedDevice { id: "lobby".to_owned(), client_id: None };
    let subject = json!({ "format": "opaque", "id": "lobby" });
    let set = |status| Effect::SetCompliance { device: device.clone(), status };
    let record = || Effect::Record(Whom::Device(device.clone()));
    let broken = json!({ "previous_status": "compliant", "current_status": "not-compliant" });
    let mended = json!({ "previous_status": "not-compliant", "current_status": "compliant" });
    let lowering = [EffectKind::DeviceCompliance, EffectKind::EndSessions, EffectKind::Incident];
    assert_eq!(follows(&uri, &broken, &subject, &lowering), [set(ComplianceStatus::NotCompliant), record()]);
    assert_eq!(follows(&uri, &mended, &subject, &lowering), [record()]);
    assert_eq!(
        follows(&uri, &mended, &subject, &[EffectKind::RestoreCompliance]),
        [set(ComplianceStatus::Compliant), record()]
    );
    assert_eq!(follows(&uri, &broken, &subject, &[EffectKind::RestoreCompliance]), [record()]);
}

#[test]
fn a_device_is_named_with_its_client_or_alone() {
    let uri = format!("{CAEP}device-compliance-change");
    let broken = json!({ "current_status": "not-compliant" });
    let device = json!({ "format": "opaque", "id": "lobby" });
    for (application, client_id) in [
        (json!({ "format": "iss_sub", "iss": US, "sub": "tv" }), Some("tv")),
        (json!({ "format": "opaque", "id": "tv" }), Some("tv")),
        (json!({ "format": "iss_sub", "iss": THEM, "sub": "tv" }), None),
        (json!({ "format": "uri", "uri": "https://tv.example" }), None),
    ] {
        let subject = json!({ "format": "complex", "device": device, "application": application });
        let found = follows(&uri, &broken, &subject, &EVERY_EFFECT);
        let expected = client_id.map(|client| Effect::SetCompliance {
            device: NamedDevice { id: "lobby".to_owned(), client_id: Some(client.to_owned()) },
            status: ComplianceStatus::NotCompliant,
        });
        assert_eq!(found.first(), expected.as_ref(), "{application}");
    }
    let alone = json!({ "format": "complex", "device": device, "user": of_alice() });
    assert_eq!(follows(&uri, &broken, &alone, &EVERY_EFFECT).len(), 2);
    let nothing = json!({ "format": "complex", "user": of_alice() });
    assert!(follows(&uri, &broken, &nothing, &EVERY_EFFECT).is_empty());
}

#[test]
fn a_session_is_ended_alone_and_somebody_elses_not_at_all() {
    let uri = format!("{CAEP}session-revoked");
    let family = CrossingId::from_bytes([7; 16]);
    let session = json!({ "format": "opaque", "id": family.to_string() });
    let both = json!({ "format": "complex", "user": of_alice(), "session": session });
    let incident = |person| vec![Effect::Incident(Whom::Session { family, person })];
    assert_eq!(follows(&uri, &json!({}), &both, &EVERY_EFFECT), incident(Some(alice())));
    assert_eq!(follows(&uri, &json!({}), &session, &EVERY_EFFECT), incident(None));
    let foreign = json!({ "format": "opaque", "id": "a-session-over-there" });
    let both = json!({ "format": "complex", "user": of_alice(), "session": foreign });
    assert!(follows(&uri, &json!({}), &both, &EVERY_EFFECT).is_empty(), "the person keeps the others");
    assert!(follows(&uri, &json!({}), &foreign, &EVERY_EFFECT).is_empty());
    // The account is disabled, whatever session was named with it.
    let disabled = follows(&format!("{RISC}account-disabled"), &json!({}), &both, &EVERY_EFFECT);
    assert_eq!(disabled.len(), 2);
    let high = json!({ "principal": "SESSION", "current_level": "HIGH" });
    assert_eq!(follows(&format!("{CAEP}risk-level-change"), &high, &session, &EVERY_EFFECT), incident(None));
}

#[test]
fn an_access_token_names_the_session_that_it_came_from() {
    let family = CrossingId::from_bytes([7; 16]);
    let jti = format!("{family}.AQEBAQEBAQE");
    let uri = format!("{CAEP}session-revoked");
    let ours = json!({ "format": "jwt_id", "iss": US, "jti": jti });
    assert_eq!(
        follows(&uri, &json!({}), &ours, &EVERY_EFFECT),
        [Effect::Incident(Whom::Session { family, person: None })]
    );
    let theirs = json!({ "format": "jwt_id", "iss": THEM, "jti": jti });
    assert!(follows(&uri, &json!({}), &theirs, &EVERY_EFFECT).is_empty());
}

#[test]
fn a_person_is_known_by_our_name_or_their_mailbox_and_by_nothing_else() {
    let uri = format!("{RISC}account-disabled");
    let mail = || PersonName::Email("alice@example.com".to_owned());
    for (subject, person) in [
        (json!({ "format": "email", "email": "Alice@Example.com" }), Some(mail())),
        (json!({ "format": "iss_sub", "iss": THEM, "sub": "alice" }), None),
        (json!({ "format": "phone_number", "phone_number": "+15550100" }), None),
        (json!({ "format": "account", "uri": "acct:alice@example.com" }), None),
        (
            json!({ "format": "aliases", "identifiers": [
                { "format": "iss_sub", "iss": THEM, "sub": "77" },
                { "format": "email", "email": "alice@example.com" },
            ] }),
            Some(mail()),
        ),
        (json!({ "format": "complex", "tenant": { "format": "opaque", "id": "t" } }), None),
    ] {
        let expected = person.map_or_else(Vec::new, |person| {
            vec![Effect::EndSessions(person.clone()), Effect::Incident(Whom::Person(person))]
        });
        assert_eq!(follows(&uri, &json!({}), &subject, &EVERY_EFFECT), expected, "{subject}");
    }
}

#[test]
fn a_way_of_naming_that_is_not_agreed_names_nobody() {
    let event = Event::AccountDisabled;
    let mailbox = Subject::parse(&json!({ "format": "email", "email": "alice@example.com" })).unwrap();
    let person = Subject::person(US, "alice");
    let device = Subject::parse(&json!({ "format": "opaque", "id": "lobby" })).unwrap();
    let of = |event: &Event, subject: &Subject, subjects: &[SubjectKind]| {
        effects(event, subject, &Terms { issuer: US, subjects, effects: &EVERY_EFFECT }).len()
    };
    assert_eq!(of(&event, &mailbox, &[SubjectKind::IssSub, SubjectKind::Opaque]), 0);
    assert_eq!(of(&event, &person, &[SubjectKind::Email, SubjectKind::Opaque]), 0);
    let broken = Event::DeviceComplianceChange(ComplianceStatus::NotCompliant);
    assert_eq!(of(&broken, &device, &[SubjectKind::IssSub, SubjectKind::Email]), 0);
    assert_eq!(of(&Event::CredentialChange(ChangeType::Revoke), &person, &[SubjectKind::IssSub]), 1);
}

#[test]
fn the_codes_are_those_of_the_specification() {
    let words: Vec<_> = SetError::ALL.into_iter().map(SetError::as_str).collect();
    assert_eq!(
        words,
        [
            "invalid_request",
            "invalid_key",
            "invalid_issuer",
            "invalid_audience",
            "authentication_failed",
            "access_denied"
        ]
    );
    assert_eq!(SetRefusal::Authorization.error(), SetError::AuthenticationFailed);
}
