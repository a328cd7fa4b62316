//! Which decisions count, and what is kept of them?

use super::phone_app::{LIFE, PhoneApp, ask, ask_with, with_payments};
use crate::support::{Key, PHONE, TestServer};
use axum::http::Method;
use serde_json::{Value, json};
use tandem_core::crossing::{Crossing, CrossingId, DenialReason, NumberAnswer, NumberMatch};
use tandem_core::oauth::token_family::AuthenticationMethod;

async fn started() -> TestServer {
    TestServer::with(with_payments).await
}

#[track_caller]
fn is_pending(server: &TestServer, id: CrossingId) {
    let crossing = server.app.store.crossing(id);
    assert!(matches!(crossing, Some(Crossing::Pending(_))), "{crossing:?}");
}

#[tokio::test]
async fn a_signed_yes_approves_and_is_kept() {
    let server = started().await;
    let app = PhoneApp::of(&server, "alice").await;
    let id = ask(&server, "alice").await;
    server.advance(10);
    let signed = app.sign(&app.claims(id, "approve").await);
    let answer = app.hand_in(id, &signed).await;
    assert_eq!(answer.json(), json!({ "outcome": "approved" }));
    let Some(Crossing::Approved(approved)) = server.app.store.crossing(id) else { panic!("not approved") };
    let approval = &approved.approval;
    assert_eq!(approval.decision.as_deref(), Some(signed.as_str()));
    assert_eq!(approval.authentication.method, AuthenticationMethod::AppKey);
    assert_eq!(
        (approval.authentication.auth_time, approval.address.to_string()),
        (server.now(), PHONE.to_owned())
    );
    let event = server.app.store.events(1, None).await.unwrap().remove(0).event;
    assert_eq!((event.kind.as_str(), event.detail.as_deref()), ("approved_by_app", Some(signed.as_str())));
}

#[tokio::test]
async fn a_no_needs_nothing_but_the_signature() {
    let server = started().await;
    let app = PhoneApp::of(&server, "alice").await;
    for (word, outcome, reason) in
        [("deny", "denied", DenialReason::Declined), ("report", "reported", DenialReason::Reported)]
    {
        let number = NumberMatch { shown: 42, decoys: [17, 93], answer: NumberAnswer::Pick };
        let id = ask_with(&server, "alice", number).await;
        let mut claims = app.claims(id, word).await;
        claims["user_verification"] = "none".into();
        assert_eq!(app.decide(id, &claims).await.json(), json!({ "outcome": outcome }));
        let Some(Crossing::Denied(denied)) = server.app.store.crossing(id) else { panic!("not denied") };
        assert_eq!(denied.denial.reason, reason);
        let event = server.app.store.events(1, None).await.unwrap().remove(0).event;
        assert_eq!((event.kind.as_str(), event.crossing), (outcome, Some(id)));
    }
}

#[tokio::test]
async fn a_decision_is_by_this_devices_key() {
    let server = started().await;
    let app = PhoneApp::of(&server, "alice").await;
    let second = PhoneApp::of(&server, "alice").await;
    let bobs = PhoneApp::of(&server, "bob").await;
    let id = ask(&server, "alice").await;
    let claims = app.claims(id, "approve").await;
    let mut of_second = claims.clone();
    of_second["iss"] = second.key.thumbprint().into();
    // Signed by another device, as itself or in this one's name, and handed in by this one.
    app.hand_in(id, &second.sign(&of_second)).await.is_error(400, "invalid_request");
    app.hand_in(id, &second.sign(&claims)).await.is_error(400, "invalid_request");
    let header = json!({ "typ": "tandem-decision+jwt", "alg": "ES256", "kid": app.key.thumbprint() });
    app.hand_in(id, &second.key.jws(&header, &claims)).await.is_error(400, "invalid_request");
    app.hand_in(id, &Key::new().jws(&header, &claims)).await.is_error(400, "invalid_request");
    // Signed by this one, and handed in by another, be it the same person's.
    second.hand_in(id, &app.sign(&claims)).await.is_error(400, "invalid_request");
    bobs.hand_in(id, &app.sign(&claims)).await.is_error(404, "invalid_request");
    is_pending(&server, id);
    assert_eq!(app.hand_in(id, &app.sign(&claims)).await.status, 200);
}

#[tokio::test]
async fn every_part_of_a_decision_is_checked() {
    let server = started().await;
    let app = PhoneApp::of(&server, "alice").await;
    let id = ask(&server, "alice").await;
    let now = server.now().as_secs();
    for (name, value) in [
        ("iss", json!("alice")),
        ("iss", Value::Null),
        ("aud", json!("https://evil.example.com")),
        ("aud", json!(["https://id.example.com"])),
        ("aud", Value::Null),
        ("exp", json!(now - 11)),
        ("exp", json!(now + 320)),
        ("exp", Value::Null),
        ("iat", json!(now + 60)),
        ("iat", json!(now - 3600)),
        ("iat", json!("now")),
        ("iat", Value::Null),
        ("jti", json!("")),
        ("jti", json!("x".repeat(257))),
        ("jti", Value::Null),
        ("decision", json!("maybe")),
        ("decision", Value::Null),
        ("shown", Value::Null),
        ("number", json!(42)),
        ("user_verification", json!("honest")),
    ] {
        let mut claims = app.claims(id, "approve").await;
        match &value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
        let answer = app.decide(id, &claims).await;
        assert_eq!(answer.status, 400, "{name} {value}: {}", answer.body);
        answer.is_error(400, "invalid_request");
    }
    is_pending(&server, id);
}

#[tokio::test]
async fn other_jwts_of_the_same_key_are_no_decisions() {
    let server = started().await;
    let app = PhoneApp::of(&server, "alice").await;
    let id = ask(&server, "alice").await;
    let claims = app.claims(id, "approve").await;
    let (kid, typ) = (app.key.thumbprint(), "tandem-decision+jwt");
    for header in [
        json!({ "typ": "JWT", "alg": "ES256", "kid": kid }),
        json!({ "typ": "dpop+jwt", "alg": "ES256", "kid": kid }),
        json!({ "alg": "ES256", "kid": kid }),
        json!({ "typ": typ, "alg": "ES256" }),
        json!({ "typ": typ, "alg": "ES256", "kid": "another" }),
        json!({ "typ": typ, "alg": "none", "kid": kid }),
        json!({ "typ": typ, "alg": "HS256", "kid": kid }),
        json!({ "typ": typ, "alg": "RS256", "kid": kid }),
        json!({ "typ": typ, "alg": "ES256", "kid": kid, "crit": ["exp"] }),
    ] {
        app.hand_in(id, &app.key.jws(&header, &claims)).await.is_error(400, "invalid_request");
    }
    let signed = app.sign(&claims);
    let (message, _) = signed.rsplit_once('.').unwrap();
    for garbage in ["", "x", "a.b.c", message, &format!("{message}."), &"A".repeat(40_000)] {
        app.hand_in(id, garbage).await.is_error(400, "invalid_request");
    }
    is_pending(&server, id);
}

#[tokio::test]
async fn what_is_signed_is_what_is_shown() {
    let server = started().await;
    let app = PhoneApp::of(&server, "alice").await;
    let (id, other) = (ask(&server, "alice").await, ask(&server, "alice").await);
    let good = app.claims(id, "approve").await;
    let mut all = vec![app.claims(other, "approve").await["shown"].clone(), json!({}), json!("W4K9")];
    for (pointer, value) in [
        ("/binding_message", json!("W4K8")),
        ("/binding_message", Value::Null),
        ("/client_name", json!("The bank")),
        ("/client_id", json!("kiosk")),
        ("/scope", json!("openid")),
        ("/crossing", json!(other.to_string())),
        ("/authorization_details/0/amount", json!(34.51)),
        ("/authorization_details/0/payee", json!("Cellars")),
        ("/authorization_details", Value::Null),
    ] {
        let mut shown = good["shown"].clone();
        *shown.pointer_mut(pointer).unwrap() = value;
        all.push(shown);
    }
    let mut more = good["shown"].clone();
    more["remark"] = Value::Null;
    let mut less = good["shown"].clone();
    less.as_object_mut().unwrap().remove("binding_message");
    all.extend([more, less]);
    for shown in all {
        for decision in ["approve", "deny"] {
            let mut claims = app.claims(id, decision).await;
            claims["shown"] = shown.clone();
            app.decide(id, &claims).await.is_error(400, "invalid_request");
        }
    }
    is_pending(&server, id);
    assert_eq!(app.decide(id, &good).await.status, 200);
    is_pending(&server, other);
}

#[tokio::test]
async fn a_decision_is_handed_in_once() {
    let server = started().await;
    let app = PhoneApp::of(&server, "alice").await;
    let number = NumberMatch { shown: 42, decoys: [17, 93], answer: NumberAnswer::Type };
    let id = ask_with(&server, "alice", number).await;
    let mut wrong = app.claims(id, "approve").await;
    wrong["number"] = "17".into();
    let signed = app.sign(&wrong);
    app.hand_in(id, &signed).await.is_error(400, "access_denied");
    app.hand_in(id, &signed).await.is_error(400, "invalid_request");
    // Another signature, but the same name.
    wrong["number"] = "42".into();
    app.decide(id, &wrong).await.is_error(400, "invalid_request");
    is_pending(&server, id);
    // Another device may use the same name.
    let second = PhoneApp::of(&server, "alice").await;
    let mut claims = second.claims(id, "approve").await;
    claims["jti"] = wrong["jti"].clone();
    claims["number"] = "42".into();
    assert_eq!(second.decide(id, &claims).await.status, 200);
}

#[tokio::test]
async fn a_replayed_decision_is_remembered_over_a_restart() {
    let server = started().await;
    let app = PhoneApp::of(&server, "alice").await;
    let number = NumberMatch { shown: 42, decoys: [17, 93], answer: NumberAnswer::Type };
    let id = ask_with(&server, "alice", number).await;
    let signed = app.sign(&app.claims(id, "approve").await);
    app.hand_in(id, &signed).await.is_error(400, "access_denied");
    let key = app.key;
    let server = server.restart().await;
    // So that its proofs are of this process.
    server.advance(1);
    let app = PhoneApp { server: &server, key };
    let answer = app.hand_in(id, &signed).await;
    answer.is_error(400, "invalid_request");
    assert!(answer.body.contains("used before"), "{}", answer.body);
}

#[tokio::test]
async fn an_app_that_does_not_know_who_holds_it_cannot_approve() {
    let server = started().await;
    let app = PhoneApp::of(&server, "alice").await;
    let id = ask(&server, "alice").await;
    for verification in [json!("none"), Value::Null] {
        let mut claims = app.claims(id, "approve").await;
        match &verification {
            Value::Null => drop(claims.as_object_mut().unwrap().remove("user_verification")),
            value => claims["user_verification"] = value.clone(),
        }
        app.decide(id, &claims).await.is_error(400, "access_denied");
    }
    is_pending(&server, id);
    let mut claims = app.claims(id, "approve").await;
    claims["user_verification"] = "pin".into();
    assert_eq!(app.decide(id, &claims).await.status, 200);
}

#[tokio::test]
async fn the_number_must_be_given_and_right() {
    let server = started().await;
    let app = PhoneApp::of(&server, "alice").await;
    let number = |answer| NumberMatch { shown: 42, decoys: [17, 93], answer };
    let approve = async |id, number: Option<&str>| {
        let mut claims = app.claims(id, "approve").await;
        if let Some(number) = number {
            claims["number"] = number.into();
        }
        app.decide(id, &claims).await
    };
    let pick = ask_with(&server, "alice", number(NumberAnswer::Pick)).await;
    approve(pick, None).await.is_error(400, "access_denied");
    is_pending(&server, pick);
    approve(pick, Some("17")).await.is_error(400, "access_denied");
    app.show(pick).await.is_error(400, "invalid_grant");
    let Some(Crossing::Denied(denied)) = server.app.store.crossing(pick) else {
        panic!("one wrong pick ends it")
    };
    assert_eq!(denied.denial.reason, DenialReason::NumberMissed);

    let typed = ask_with(&server, "alice", number(NumberAnswer::Type)).await;
    let wrong = approve(typed, Some("17")).await;
    wrong.is_error(400, "access_denied");
    assert!(wrong.body.contains("tries left: 2"), "{}", wrong.body);
    for garbage in ["", "x", "042x", "-42", "999999999999"] {
        let again = ask_with(&server, "alice", number(NumberAnswer::Type)).await;
        approve(again, Some(garbage)).await.is_error(400, "access_denied");
    }
    assert_eq!(approve(typed, Some("42")).await.json(), json!({ "outcome": "approved" }));
}

#[tokio::test]
async fn nothing_is_decided_twice_or_too_late() {
    let server = started().await;
    let app = PhoneApp::of(&server, "alice").await;
    let id = ask(&server, "alice").await;
    let (yes, no) = (app.claims(id, "approve").await, app.claims(id, "deny").await);
    assert_eq!(app.decide(id, &no).await.status, 200);
    app.decide(id, &yes).await.is_error(400, "invalid_grant");
    let late = ask(&server, "alice").await;
    let claims = app.claims(late, "approve").await;
    server.advance(LIFE);
    app.decide(late, &claims).await.is_error(400, "expired_token");
}

#[tokio::test]
async fn of_two_devices_that_answer_at_once_one_does() {
    let server = started().await;
    let (one, two) = (PhoneApp::of(&server, "alice").await, PhoneApp::of(&server, "alice").await);
    for _ in 0..20 {
        let id = ask(&server, "alice").await;
        let (yes, no) = (one.claims(id, "approve").await, two.claims(id, "deny").await);
        let (yes, no) = tokio::join!(one.decide(id, &yes), two.decide(id, &no));
        let (won, lost) = if yes.status == 200 { (yes, no) } else { (no, yes) };
        assert_eq!(won.status, 200, "{}", won.body);
        lost.is_error(400, "invalid_grant");
        let approved = matches!(server.app.store.crossing(id), Some(Crossing::Approved(_)));
        assert_eq!(approved, won.json()["outcome"] == "approved");
    }
}

#[tokio::test]
async fn a_decision_is_for_its_own_request_and_well_formed() {
    let server = started().await;
    let app = PhoneApp::of(&server, "alice").await;
    let (id, other) = (ask(&server, "alice").await, ask(&server, "alice").await);
    let signed = app.sign(&app.claims(id, "approve").await);
    app.hand_in(other, &signed).await.is_error(400, "invalid_request");
    app.hand_in(CrossingId::from_bytes([9; 16]), &signed).await.is_error(404, "invalid_request");
    let path = format!("/authorization-device/requests/{id}/decision");
    for body in [json!({}), json!([]), json!({ "decision": 1 }), json!({ "decision": null })] {
        app.send(app.request(Method::POST, &path, Some(&body))).await.is_error(400, "invalid_request");
    }
    app.send(app.request(Method::POST, &path, None)).await.is_error(400, "invalid_request");
    is_pending(&server, id);
    is_pending(&server, other);
}
