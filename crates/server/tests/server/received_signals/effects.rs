//! What follows from an event, up to what a device or a token may still do.

use super::*;
use crate::support::{Codes, Phone, form_request, policy};
use axum::http::HeaderName;
use std::sync::Arc;
use tandem_core::mitigations::trusted_devices::ComplianceStatus;
use tandem_core::shared_signals::received::EffectKind;
use tandem_server::config::SsfReceiverMode;
use tandem_server::incidents;
use tandem_store::{DeviceName, TrustedDevice};

async fn person(server: &TestServer, name: &str) -> Value {
    json!({ "format": "iss_sub", "iss": ISSUER, "sub": sub_of(server, name).await })
}

fn text(tokens: &Value, name: &str) -> String {
    tokens[name].as_str().unwrap().to_owned()
}

/// What the incident worker does by itself.
async fn contained(server: &TestServer) {
    incidents::work_due(&server.app).await.unwrap();
}

/// R6.6a: a person's sessions end with the answer, and what they granted once the incident is contained.
#[tokio::test]
async fn a_revoked_person_is_signed_out_and_their_tokens_end() {
    let key = Key::new();
    let server = server(&key).await;
    let tokens = server.granted().await;
    let bob = Phone::signed_in(&server, "bob").await;
    assert!(server.is_active(&text(&tokens, "access_token")).await);
    let about_alice = about(&person(&server, "alice").await, &format!("{CAEP}session-revoked"), &json!({}));
    is_accepted(&push(&server, &set(&server, &key, &about_alice)).await);
    assert_eq!(sessions_of(&server, "alice").await, 0);
    contained(&server).await;
    assert!(!server.is_active(&text(&tokens, "access_token")).await);
    server.refresh(&text(&tokens, "refresh_token")).await.is_error(400, "invalid_grant");
    assert_eq!(sessions_of(&server, "bob").await, 1, "nobody else is meant");
    assert_eq!(bob.get("/account").await.status, 200);
    let events = recorded(&server).await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind, "shared_signal");
    assert_eq!(events[0].sub.as_deref(), Some(sub_of(&server, "alice").await.as_str()));
    assert_eq!(events[0].detail.as_deref(), Some("session-revoked from mdm; 1 sessions ended"));
}

/// R6.6a: one session of ours is one grant: the person's others go on, and so does their browser.
#[tokio::test]
async fn a_revoked_session_ends_one_family_alone() {
    let key = Key::new();
    let server = server(&key).await;
    let (one, other) = (server.granted().await, server.granted().await);
    let jti = text(&crate::support::claims_of(&text(&one, "access_token")), "jti");
    let subject = json!({
        "format": "complex",
        "user": person(&server, "alice").await,
        "session": { "format": "jwt_id", "iss": ISSUER, "jti": jti },
    });
    let revoked = about(&subject, &format!("{CAEP}session-revoked"), &json!({}));
    is_accepted(&push(&server, &set(&server, &key, &revoked)).await);
    contained(&server).await;
    assert!(!server.is_active(&text(&one, "access_token")).await);
    assert!(server.is_active(&text(&other, "access_token")).await);
}

/// Of somebody else's family, whoever's name is put beside it.
#[tokio::test]
async fn a_session_that_is_not_the_persons_is_left_alone() {
    let key = Key::new();
    let server = server(&key).await;
    let tokens = server.granted().await;
    let jti = text(&crate::support::claims_of(&text(&tokens, "access_token")), "jti");
    let subject = json!({
        "format": "complex",
        "user": person(&server, "bob").await,
        "session": { "format": "jwt_id", "iss": ISSUER, "jti": jti },
    });
    let revoked = about(&subject, &format!("{CAEP}session-revoked"), &json!({}));
    is_accepted(&push(&server, &set(&server, &key, &revoked)).await);
    contained(&server).await;
    assert!(server.is_active(&text(&tokens, "access_token")).await);
    assert!(recorded(&server).await.is_empty());
}

#[tokio::test]
async fn events_about_an_account_end_what_it_granted() {
    let compromise = json!({ "credential_type": "password" });
    let removed = json!({ "credential_type": "fido2-platform", "change_type": "delete" });
    let high = json!({ "principal": "USER", "current_level": "HIGH" });
    for (uri, payload) in [
        (format!("{RISC}account-disabled"), json!({ "reason": "hijacking" })),
        (format!("{RISC}account-purged"), json!({})),
        (format!("{RISC}account-credential-change-required"), json!({})),
        (format!("{RISC}credential-compromise"), compromise),
        (format!("{RISC}sessions-revoked"), json!({})),
        (format!("{CAEP}credential-change"), removed),
        (format!("{CAEP}risk-level-change"), high),
    ] {
        let key = Key::new();
        let server = server(&key).await;
        let tokens = server.granted().await;
        let mailbox = json!({ "format": "email", "email": "ALICE@example.com" });
        is_accepted(&push(&server, &set(&server, &key, &about(&mailbox, &uri, &payload))).await);
        contained(&server).await;
        assert!(!server.is_active(&text(&tokens, "access_token")).await, "{uri}");
    }
}

#[tokio::test]
async fn events_that_lower_nothing_end_nothing() {
    let key = Key::new();
    let server = server(&key).await;
    let tokens = server.granted().await;
    let subject = person(&server, "alice").await;
    let decrease =
        json!({ "namespace": "NIST-AAL", "current_level": "nist-aal1", "change_direction": "decrease" });
    let all = [
        (format!("{CAEP}assurance-level-change"), decrease),
        (format!("{CAEP}token-claims-change"), json!({ "claims": { "role": "ro-admin" } })),
        (format!("{CAEP}credential-change"), json!({ "credential_type": "pin", "change_type": "create" })),
        (format!("{CAEP}risk-level-change"), json!({ "principal": "USER", "current_level": "LOW" })),
        (format!("{RISC}account-enabled"), json!({})),
        (format!("{RISC}identifier-changed"), json!({ "new-value": "eve@example.com" })),
    ];
    for (uri, payload) in &all {
        is_accepted(&push(&server, &set(&server, &key, &about(&subject, uri, payload))).await);
    }
    contained(&server).await;
    assert!(server.is_active(&text(&tokens, "access_token")).await);
    assert_eq!(sessions_of(&server, "alice").await, 1);
    let events = recorded(&server).await;
    assert_eq!(events.len(), all.len());
    assert!(events.iter().all(|event| event.kind == "shared_signal_received"), "{events:?}");
    for (uri, payload) in [
        (format!("{CAEP}session-established"), json!({})),
        (format!("{CAEP}session-presented"), json!({})),
        (format!("{RISC}opt-out-effective"), json!({})),
    ] {
        is_accepted(&push(&server, &set(&server, &key, &about(&subject, &uri, &payload))).await);
    }
    assert_eq!(recorded(&server).await.len(), all.len(), "chatter is not kept");
}

/// Of people who are not here nothing is kept, and the answer does not tell who is.
#[tokio::test]
async fn strangers_leave_no_trace_and_get_the_same_answer() {
    let key = Key::new();
    let server = server(&key).await;
    for subject in [
        json!({ "format": "email", "email": "mallory@example.com" }),
        json!({ "format": "iss_sub", "iss": ISSUER, "sub": "nobody" }),
        json!({ "format": "iss_sub", "iss": THEM, "sub": sub_of(&server, "alice").await }),
        json!({ "format": "phone_number", "phone_number": "+15550100" }),
        json!({ "format": "opaque", "id": "ffffffffffffffffffffff" }),
    ] {
        let change = about(&subject, &format!("{RISC}account-disabled"), &json!({}));
        is_accepted(&push(&server, &set(&server, &key, &change)).await);
    }
    assert!(recorded(&server).await.is_empty());
}

/// An address that nobody checked is nobody's.
#[tokio::test]
async fn an_unverified_mailbox_names_nobody() {
    let key = Key::new();
    let server = server(&key).await;
    Phone::signed_in(&server, "alice").await;
    let alice = server.app.store.user_by_username("alice").await.unwrap().unwrap();
    let unverified = tandem_store::User { email_verified: false, ..(*alice).clone() };
    assert!(server.app.store.update_user(unverified).await.unwrap());
    is_accepted(&push(&server, &set(&server, &key, &json!({}))).await);
    assert_eq!(sessions_of(&server, "alice").await, 1);
    assert!(recorded(&server).await.is_empty());
}

#[tokio::test]
async fn a_transmitter_brings_about_what_it_may_and_nothing_else() {
    let key = Key::new();
    let server = server_with(&key, |config| {
        config.ssf_receiver.transmitters[0].effects = vec![EffectKind::DeviceCompliance];
    })
    .await;
    let tokens = server.granted().await;
    is_accepted(&push(&server, &set(&server, &key, &json!({}))).await);
    contained(&server).await;
    assert!(server.is_active(&text(&tokens, "access_token")).await);
    assert_eq!(sessions_of(&server, "alice").await, 1);
    let events = recorded(&server).await;
    assert_eq!((events.len(), events[0].kind.as_str()), (1, "shared_signal_received"));
}

#[tokio::test]
async fn a_dry_run_changes_nothing_and_says_so() {
    let key = Key::new();
    let server = server_with(&key, |config| {
        config.ssf_receiver.transmitters[0].mode = SsfReceiverMode::DryRun;
    })
    .await;
    let tokens = server.granted().await;
    is_accepted(&push(&server, &set(&server, &key, &json!({}))).await);
    contained(&server).await;
    assert!(server.is_active(&text(&tokens, "access_token")).await);
    assert_eq!(sessions_of(&server, "alice").await, 1);
    let events = recorded(&server).await;
    assert_eq!((events.len(), events[0].kind.as_str()), (1, "shared_signal_received"));
    assert!(events[0].detail.as_deref().unwrap().contains("dry run"), "{events:?}");
}

// Devices.

/// A server where a device must be known, with `lobby` registered for `tv` under this key.
async fn with_lobby(
    transmitter: &Key,
    device: &Key,
    says: Value,
    change: impl FnOnce(&mut Config),
) -> TestServer {
    let server = server_with(transmitter, |config| {
        config.policy = policy(says);
        change(config);
    })
    .await;
    let device = TrustedDevice {
        id: Arc::from("lobby"),
        client_id: Arc::from("tv"),
        name: "Lobby".to_owned(),
        kind: None,
        jwk: None,
        jwk_thumbprint: Some(serde_json::from_value(device.thumbprint().into()).unwrap()),
        certificate: None,
        compliance: ComplianceStatus::Compliant,
        created_at: crate::support::START,
        last_used_at: None,
        revoked_at: None,
    };
    assert_eq!(server.app.store.add_trusted_device(device).await, Ok(true));
    server
}

async fn asks(server: &TestServer, device: &Key) -> Answer {
    let path = "/device_authorization";
    let mut request = form_request(path, &[("client_id", "tv"), ("scope", "openid offline_access")]);
    let proof = device.proof("POST", &format!("{ISSUER}{path}"), server.now().as_secs(), &json!({}));
    request.headers_mut().append(HeaderName::from_static("dpop"), proof.parse().unwrap());
    server.send(request).await
}

async fn compliance(server: &TestServer) -> ComplianceStatus {
    let name = DeviceName::Id(Arc::from("lobby"));
    server.app.store.trusted_device(name).await.unwrap().unwrap().compliance
}

fn lobby_is(status: &str) -> Value {
    let subject = json!({
        "format": "complex",
        "device": { "format": "opaque", "id": "lobby" },
        "application": { "format": "iss_sub", "iss": ISSUER, "sub": "tv" },
    });
    let payload = json!({ "previous_status": "compliant", "current_status": status, "event_timestamp": 1 });
    about(&subject, &format!("{CAEP}device-compliance-change"), &payload)
}

/// R6.7b with CAEP: what a device management notices holds for the next request, under the strictest profile too.
#[tokio::test]
async fn a_device_that_fell_out_of_compliance_is_refused_at_its_next_request() {
    for says in [
        json!({ "trusted_devices": { "demand": "known", "compliance": "not_broken" } }),
        json!({ "profile": "sensitive", "trusted_devices": { "demand": "known", "compliance": "compliant" } }),
    ] {
        let (key, device) = (Key::new(), Key::new());
        let server = with_lobby(&key, &device, says.clone(), |_| {}).await;
        let before = asks(&server, &device).await;
        assert_ne!(before.json()["error"], "access_denied", "{says}");
        is_accepted(&push(&server, &set(&server, &key, &lobby_is("not-compliant"))).await);
        assert_eq!(compliance(&server).await, ComplianceStatus::NotCompliant);
        asks(&server, &device).await.is_error(400, "access_denied");
        let events = recorded(&server).await;
        assert_eq!(events[0].client_id.as_deref(), Some("tv"));
        assert_eq!(
            events[0].detail.as_deref(),
            Some("device-compliance-change from mdm; device lobby; it is not_compliant now")
        );
    }
}

/// Who listens to us hears what we were told, once, and who told it first when.
#[tokio::test]
async fn a_changed_compliance_is_told_onward() {
    let (key, device) = (Key::new(), Key::new());
    let server = with_lobby(&key, &device, json!({}), crate::shared_signals::with_receivers).await;
    let stream = server.polled().await;
    let first = set(&server, &key, &lobby_is("not-compliant"));
    let happened = server.now().as_secs();
    server.advance(2);
    is_accepted(&push(&server, &first).await);
    // Neither a repetition nor the same news again is told, and nothing of a device that is not here.
    is_accepted(&push(&server, &first).await);
    is_accepted(&push(&server, &set(&server, &key, &lobby_is("not-compliant"))).await);
    let sets = server.fetch(&stream, &json!({})).await["sets"].as_object().unwrap().clone();
    assert_eq!(sets.len(), 1, "{sets:?}");
    let claims = server.claims(sets.values().next().unwrap().as_str().unwrap(), "shop").await;
    let event = &claims["events"][format!("{CAEP}device-compliance-change")];
    assert_eq!(
        (&event["previous_status"], &event["current_status"]),
        (&json!("compliant"), &json!("not-compliant"))
    );
    assert_eq!(
        (&event["event_timestamp"], &event["initiating_entity"]),
        (&json!(happened), &json!("policy"))
    );
    assert_eq!(claims["sub_id"]["device"]["id"], "lobby", "{claims}");
}

/// A dry run tells nobody anything.
#[tokio::test]
async fn what_is_only_written_down_is_not_told_onward() {
    let (key, device) = (Key::new(), Key::new());
    let server = with_lobby(&key, &device, json!({}), |config| {
        crate::shared_signals::with_receivers(config);
        config.ssf_receiver.transmitters[0].mode = SsfReceiverMode::DryRun;
    })
    .await;
    let stream = server.polled().await;
    is_accepted(&push(&server, &set(&server, &key, &lobby_is("not-compliant"))).await);
    assert_eq!(server.fetch(&stream, &json!({})).await["sets"], json!({}));
}

/// A request that was under way is not collected.
#[tokio::test]
async fn a_device_that_fell_out_of_compliance_collects_nothing() {
    let (key, device) = (Key::new(), Key::new());
    let says = json!({ "trusted_devices": { "compliance": "not_broken" } });
    let server = with_lobby(&key, &device, says, |_| {}).await;
    let codes = Codes::read(&asks(&server, &device).await);
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    is_accepted(&push(&server, &set(&server, &key, &lobby_is("not-compliant"))).await);
    server.advance(6);
    let form = [
        ("grant_type", crate::support::DEVICE_CODE),
        ("client_id", "tv"),
        ("device_code", codes.device_code.as_str()),
    ];
    let mut poll = form_request("/token", &form);
    let proof = device.proof("POST", &format!("{ISSUER}/token"), server.now().as_secs(), &json!({}));
    poll.headers_mut().append(HeaderName::from_static("dpop"), proof.parse().unwrap());
    assert_eq!(server.send(poll).await.json()["error"], "access_denied");
}

/// Signals lower trust: they give it back only where the operator said so.
#[tokio::test]
async fn compliance_comes_back_only_where_that_is_allowed() {
    let (key, device) = (Key::new(), Key::new());
    let says = || json!({ "trusted_devices": { "demand": "known" } });
    let server = with_lobby(&key, &device, says(), |_| {}).await;
    is_accepted(&push(&server, &set(&server, &key, &lobby_is("not-compliant"))).await);
    server.advance(1);
    is_accepted(&push(&server, &set(&server, &key, &lobby_is("compliant"))).await);
    assert_eq!(compliance(&server).await, ComplianceStatus::NotCompliant);
    let allowed = with_lobby(&key, &device, says(), |config| {
        config.ssf_receiver.transmitters[0].effects.push(EffectKind::RestoreCompliance);
    })
    .await;
    is_accepted(&push(&allowed, &set(&allowed, &key, &lobby_is("not-compliant"))).await);
    allowed.advance(1);
    is_accepted(&push(&allowed, &set(&allowed, &key, &lobby_is("compliant"))).await);
    assert_eq!(compliance(&allowed).await, ComplianceStatus::Compliant);
    let late = set(&allowed, &key, &lobby_is("compliant"));
    allowed.advance(1);
    is_accepted(&push(&allowed, &set(&allowed, &key, &lobby_is("not-compliant"))).await);
    is_accepted(&push(&allowed, &late).await);
    assert_eq!(compliance(&allowed).await, ComplianceStatus::NotCompliant, "the late one is the older");
}

/// Two transmitters take their time for differently long: what the one with the short memory said last stays the last word as
/// long as the other may come with something older.
#[tokio::test]
async fn an_old_word_of_a_patient_transmitter_gives_nothing_back() {
    let (key, patient, device) = (Key::new(), Key::new(), Key::new());
    let server = with_lobby(&key, &device, json!({}), |config| {
        let transmitters = &mut config.ssf_receiver.transmitters;
        transmitters[0].max_age = 60;
        let mut other = transmitter("idp", "https://idp.example.net", &patient);
        other.effects.push(EffectKind::RestoreCompliance);
        transmitters.push(other);
    })
    .await;
    let mut old = claims(&server, &lobby_is("compliant"));
    old["iss"] = "https://idp.example.net".into();
    let old = patient.jws(&header(), &old);
    server.advance(10);
    is_accepted(&push(&server, &set(&server, &key, &lobby_is("not-compliant"))).await);
    server.advance(3600);
    server.app.store.sweep(server.now()).await.unwrap();
    is_accepted(&server.send(request("/ssf/receive/idp", old)).await);
    assert_eq!(compliance(&server).await, ComplianceStatus::NotCompliant, "the late one is the older");
}

#[tokio::test]
async fn a_device_of_another_client_or_unknown_is_left_alone() {
    let (key, device) = (Key::new(), Key::new());
    let server = with_lobby(&key, &device, json!({}), |_| {}).await;
    let payload = json!({ "current_status": "not-compliant" });
    let opaque = |id: &str| json!({ "format": "opaque", "id": id });
    for subject in [
        json!({ "format": "complex", "device": opaque("lobby"), "application": opaque("kiosk") }),
        json!({
            "format": "complex",
            "device": opaque("lobby"),
            "application": { "format": "iss_sub", "iss": THEM, "sub": "tv" },
        }),
        opaque("attic"),
        opaque("Lobby"),
        json!({ "format": "email", "email": "lobby@example.com" }),
    ] {
        let change = about(&subject, &format!("{CAEP}device-compliance-change"), &payload);
        is_accepted(&push(&server, &set(&server, &key, &change)).await);
    }
    assert_eq!(compliance(&server).await, ComplianceStatus::Compliant);
    assert!(recorded(&server).await.is_empty());
    let alone = about(&opaque("lobby"), &format!("{CAEP}device-compliance-change"), &payload);
    is_accepted(&push(&server, &set(&server, &key, &alone)).await);
    assert_eq!(compliance(&server).await, ComplianceStatus::NotCompliant);
}
