//! SSF section 4, CAEP section 3, and CAEP Interop: what a Security Event Token says, and what it never says.

use serde_json::{Value, json};
use tandem_core::shared_signals::set::Envelope;
use tandem_core::shared_signals::{
    CaepEvent, ChangeType, ComplianceStatus, CredentialType, EventType, InitiatingEntity, SecurityEventToken,
    SharedSignal, StreamEvent, StreamStatus, Subject,
};
use tandem_core::time::Timestamp;

fn signal(event: CaepEvent) -> SharedSignal {
    SharedSignal {
        subject: Subject::person("https://id.example.com", "alice"),
        event,
        at: Timestamp::from_millis(1_800_000_000_999),
        initiating_entity: InitiatingEntity::Policy,
        reason_admin: "A rule said so.".to_owned(),
        txn: None,
    }
}

fn claims(signal: &SharedSignal) -> Value {
    let aud = json!(["web", "app"]);
    let at = Timestamp::from_secs(1_800_000_007);
    let envelope = Envelope { issuer: "https://id.example.com", aud: &aud, jti: "j", at };
    let token = SecurityEventToken::of_signal(signal, signal.subject.clone(), "t".to_owned(), envelope);
    serde_json::to_value(token).unwrap()
}

#[test]
fn a_token_says_what_it_must_and_neither_sub_nor_exp() {
    let claims = claims(&signal(CaepEvent::SessionRevoked));
    assert_eq!(
        claims,
        json!({
            "iss": "https://id.example.com",
            "jti": "j",
            "iat": 1_800_000_007,
            "aud": ["web", "app"],
            "txn": "t",
            "sub_id": { "format": "iss_sub", "iss": "https://id.example.com", "sub": "alice" },
            "events": { "https://schemas.openid.net/secevent/caep/event-type/session-revoked": {
                "event_timestamp": 1_800_000_000,
                "initiating_entity": "policy",
                "reason_admin": { "en": "A rule said so." },
            } },
        })
    );
}

#[test]
fn each_event_has_the_members_that_caep_demands_of_it() {
    let new = json!({ "scope": "" }).as_object().cloned().unwrap();
    let credential = |friendly_name: Option<&str>| CaepEvent::CredentialChange {
        credential_type: CredentialType::Fido2Platform,
        change_type: ChangeType::Delete,
        friendly_name: friendly_name.map(ToOwned::to_owned),
    };
    let device = CaepEvent::DeviceComplianceChange {
        previous: ComplianceStatus::Compliant,
        current: ComplianceStatus::NotCompliant,
    };
    for (event, uri, members) in [
        (CaepEvent::SessionRevoked, "session-revoked", json!({})),
        (
            CaepEvent::TokenClaimsChange { claims: new },
            "token-claims-change",
            json!({ "claims": { "scope": "" } }),
        ),
        (
            credential(None),
            "credential-change",
            json!({ "credential_type": "fido2-platform", "change_type": "delete" }),
        ),
        (
            credential(Some("Blue key")),
            "credential-change",
            json!({ "credential_type": "fido2-platform", "change_type": "delete", "friendly_name": "Blue key" }),
        ),
        (
            device,
            "device-compliance-change",
            json!({ "previous_status": "compliant", "current_status": "not-compliant" }),
        ),
    ] {
        let claims = claims(&signal(event));
        let events = claims["events"].as_object().unwrap();
        assert_eq!(events.len(), 1, "exactly one event");
        let uri = format!("https://schemas.openid.net/secevent/caep/event-type/{uri}");
        let object = events[&uri].as_object().unwrap();
        for (name, value) in members.as_object().unwrap() {
            assert_eq!(&object[name], value, "{uri}");
        }
        let common = ["event_timestamp", "initiating_entity", "reason_admin"];
        assert!(common.iter().all(|name| object.contains_key(*name)), "{uri}");
        assert_eq!(object.len(), members.as_object().unwrap().len() + common.len(), "{uri}");
    }
}

#[test]
fn the_words_of_caep_are_spelt_as_caep_spells_them() {
    let word = |value: &dyn erased::Word| value.word();
    for (credential, expected) in [
        (CredentialType::Password, "password"),
        (CredentialType::Pin, "pin"),
        (CredentialType::X509, "x509"),
        (CredentialType::Fido2Platform, "fido2-platform"),
        (CredentialType::Fido2Roaming, "fido2-roaming"),
        (CredentialType::FidoU2f, "fido-u2f"),
        (CredentialType::VerifiableCredential, "verifiable-credential"),
        (CredentialType::PhoneVoice, "phone-voice"),
        (CredentialType::PhoneSms, "phone-sms"),
        (CredentialType::App, "app"),
    ] {
        assert_eq!(word(&credential), expected);
    }
    let changes = [ChangeType::Create, ChangeType::Revoke, ChangeType::Update, ChangeType::Delete];
    assert_eq!(changes.map(|change| word(&change)), ["create", "revoke", "update", "delete"]);
    let who =
        [InitiatingEntity::Admin, InitiatingEntity::User, InitiatingEntity::Policy, InitiatingEntity::System];
    assert_eq!(who.map(|who| word(&who)), ["admin", "user", "policy", "system"]);
}

/// What serialises to one word.
mod erased {
    pub trait Word {
        fn word(&self) -> String;
    }
    impl<T: serde::Serialize> Word for T {
        fn word(&self) -> String {
            serde_json::to_value(self).unwrap().as_str().unwrap().to_owned()
        }
    }
}

#[test]
fn a_reason_is_never_empty() {
    let silent = SharedSignal { reason_admin: String::new(), ..signal(CaepEvent::SessionRevoked) };
    let claims = claims(&silent);
    let event = &claims["events"][EventType::SessionRevoked.uri()];
    assert!(!event["reason_admin"]["en"].as_str().unwrap().is_empty());
}

#[test]
fn a_stream_speaks_of_itself_by_its_own_name() {
    let aud = json!("web");
    let envelope =
        Envelope { issuer: "https://id.example.com", aud: &aud, jti: "j", at: Timestamp::from_secs(9) };
    let token = |event| serde_json::to_value(SecurityEventToken::of_stream("s1", &event, envelope)).unwrap();
    let verified = token(StreamEvent::Verification { state: Some("abc".to_owned()) });
    assert_eq!(verified["sub_id"], json!({ "format": "opaque", "id": "s1" }));
    let uri = "https://schemas.openid.net/secevent/ssf/event-type/verification";
    assert_eq!(verified["events"], json!({ uri: { "state": "abc" } }));
    let unasked = token(StreamEvent::Verification { state: None });
    assert_eq!(unasked["events"], json!({ uri: {} }), "without a request there is no state");
    let updated = token(StreamEvent::StreamUpdated {
        status: StreamStatus::Paused,
        reason: Some("silence".to_owned()),
    });
    let uri = "https://schemas.openid.net/secevent/ssf/event-type/stream-updated";
    assert_eq!(updated["events"], json!({ uri: { "status": "paused", "reason": "silence" } }));
    assert!(updated.get("sub").is_none() && updated.get("exp").is_none());
}

#[test]
fn claims_come_back_as_they_were_kept() {
    let aud = json!("web");
    let envelope =
        Envelope { issuer: "https://id.example.com", aud: &aud, jti: "j", at: Timestamp::from_secs(9) };
    let signal = signal(CaepEvent::SessionRevoked);
    let token = SecurityEventToken::of_signal(&signal, signal.subject.clone(), "t".to_owned(), envelope);
    let kept = serde_json::to_string(&token).unwrap();
    assert_eq!(serde_json::from_str::<SecurityEventToken>(&kept).unwrap(), token);
}
