//! What do signs of misuse do, whoever raised them? (BCP 6.1.5, 6.1.6)

use crate::support::ciba::with_till;
use crate::support::{Answer, Codes, DEVICE_CODE, ISSUER, Key, Phone, TestServer, form_request, policy};
use serde_json::{Value, json};
use tandem_core::crossing::CrossingId;
use tandem_core::mitigations::Signal;
use tandem_server::signals::{self, Raised};

/// Nobody reads warnings here, so that what is seen is the work of signs.
async fn with(mut settings: Value) -> TestServer {
    settings["user_education"] = json!({ "interstitial": "never" });
    TestServer::with(|config| {
        config.policy = policy(settings);
        with_till(config);
    })
    .await
}

async fn raise(server: &TestServer, signal: Signal, secret: &str) {
    let raised = Raised { crossing: Some(CrossingId::of_secret(secret)), ..Raised::default() };
    signals::raise(&server.app, signal, &raised, server.now()).await;
}

/// R6.5: a code that a filter found in a message is dead, before it is opened and while somebody decides.
#[tokio::test]
async fn a_filtered_code_is_dead() {
    let server = with(json!({})).await;
    let (unopened, opened) = (server.device_authorization().await, server.device_authorization().await);
    let alice = Phone::signed_in(&server, "alice").await;
    let question = alice.open(&opened.user_code).await;
    raise(&server, Signal::CodeFiltered, &unopened.device_code).await;
    raise(&server, Signal::CodeFiltered, &opened.device_code).await;
    // The end comes when somebody is about to use it.
    assert_eq!(alice.answer(&question, "allow").await.status, 403);
    server.poll(&opened.device_code).await.is_error(400, "access_denied");
    let page = alice.open(&unopened.user_code).await;
    assert_eq!(page.status, 403, "{}", page.body);
    server.poll(&unopened.device_code).await.is_error(400, "access_denied");
    assert_eq!(server.recorded("code_filtered").await.len(), 2);
    assert_eq!(server.recorded("ended_by_incident").await.len(), 2);
}

/// R6.5, off: the finding is recorded, and the code works on.
#[tokio::test]
async fn where_findings_are_recorded_only_a_filtered_code_works() {
    let server = with(json!({ "content_filtering": { "filtered_codes": "record" } })).await;
    let codes = server.device_authorization().await;
    raise(&server, Signal::CodeFiltered, &codes.device_code).await;
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
    assert_eq!(server.recorded("code_filtered").await.len(), 1);
}

/// R6.6a: a sign that policy names ends a request though a person said yes; a restart forgets no sign.
#[tokio::test]
async fn a_named_sign_ends_what_was_not_yet_collected() {
    let server = with(json!({ "detect_and_remediate": { "end_on": ["foreign_key"] } })).await;
    let (named, other) = (server.device_authorization().await, server.device_authorization().await);
    let alice = Phone::signed_in(&server, "alice").await;
    for codes in [&named, &other] {
        alice.allow(&codes.user_code).await;
    }
    raise(&server, Signal::ForeignKey, &named.device_code).await;
    raise(&server, Signal::CodeSpent, &other.device_code).await;
    let server = server.restart().await;
    server.poll(&named.device_code).await.is_error(400, "access_denied");
    server.advance(5);
    server.poll(&named.device_code).await.is_error(400, "access_denied");
    assert_eq!(server.poll(&other.device_code).await.status, 200, "a sign that policy does not name");
    let ended = server.recorded("ended_by_incident").await;
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert_eq!(ended[0].detail.as_deref(), Some("foreign_key"));
}

/// R6.6a, off.
#[tokio::test]
async fn without_the_mitigation_a_sign_is_recorded_only() {
    let server = with(json!({ "detect_and_remediate": { "end_on": [] } })).await;
    let codes = server.device_authorization().await;
    for signal in Signal::ALL.into_iter().filter(|signal| *signal != Signal::CodeFiltered) {
        raise(&server, signal, &codes.device_code).await;
    }
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
    assert_eq!(server.recorded("qr_rejected").await.len(), 1);
}

/// R6.5, R6.6a: requests that are sent to people end in the same way.
#[tokio::test]
async fn a_backchannel_request_ends_by_a_sign_too() {
    let server = with(json!({ "detect_and_remediate": { "end_on": ["qr_rejected"] } })).await;
    for signal in [Signal::CodeFiltered, Signal::QrRejected] {
        let (asked, answered) = (server.ask().await, server.ask_for("till", "bob").await);
        server.answered("bob", "allow").await;
        for id in [&asked, &answered] {
            raise(&server, signal, id).await;
        }
        let (_, page) = Phone::signed_in(&server, "alice").await.open_request().await;
        assert_ne!(page.status, 200, "{signal:?}");
        for id in [&asked, &answered] {
            server.collect(id).await.is_error(400, "access_denied");
        }
        // A no keeps the client quiet for a while.
        server.advance(700);
    }
}

/// R6.6a: a sign of nothing that lives is recorded, a flood of them is not.
#[tokio::test]
async fn a_flood_of_signs_fills_no_record() {
    let server = with(json!({})).await;
    let codes = server.device_authorization().await;
    for _ in 0..50 {
        raise(&server, Signal::CodeRepeated, "no such code").await;
        raise(&server, Signal::CodeRepeated, &codes.device_code).await;
    }
    let told = server.recorded("code_repeated").await;
    let of_the_code =
        told.iter().filter(|event| event.crossing == Some(CrossingId::of_secret(&codes.device_code)));
    assert_eq!(of_the_code.count(), 1);
    assert!((2..=6).contains(&told.len()), "{}", told.len());
}

async fn with_proof(server: &TestServer, key: &Key, path: &str, form: &[(&str, &str)]) -> Answer {
    let mut request = form_request(path, form);
    let proof = key.proof("POST", &format!("{ISSUER}{path}"), server.now().as_secs(), &json!({}));
    request.headers_mut().insert("dpop", proof.parse().unwrap());
    server.send(request).await
}

/// R6.6a: another key than the one that was shown at the beginning is a sign; policy may end the request by it.
#[tokio::test]
async fn a_foreign_key_is_a_sign() {
    for (end_on, status) in [(json!([]), 200), (json!(["foreign_key"]), 400)] {
        let server = with(json!({ "detect_and_remediate": { "end_on": end_on } })).await;
        let (own, foreign) = (Key::new(), Key::new());
        let form = [("client_id", "tv"), ("scope", "openid")];
        let codes = Codes::read(&with_proof(&server, &own, "/device_authorization", &form).await);
        Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
        let form =
            [("grant_type", DEVICE_CODE), ("client_id", "tv"), ("device_code", codes.device_code.as_str())];
        with_proof(&server, &foreign, "/token", &form).await.is_error(400, "invalid_grant");
        server.advance(5);
        assert_eq!(with_proof(&server, &foreign, "/token", &form).await.status, 400);
        server.advance(5);
        assert_eq!(server.recorded("foreign_key").await.len(), 1);
        let own = with_proof(&server, &own, "/token", &form).await;
        assert_eq!(own.status, status, "{}", own.body);
    }
}
