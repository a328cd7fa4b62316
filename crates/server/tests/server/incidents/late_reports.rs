//! The client has collected, and then the person says that they did not start it: in the inbox, or in their app.

use super::*;
use crate::authorization_device::phone_app::PhoneApp;
use crate::support::{Answer, PHONE, Phone};
use serde_json::Value;
use tandem_core::oauth::token_family::{FamilyState, Revocation};
use tandem_server::incidents::reporting::{Reporter, report_collected};

/// A till that asks alice. Her page and app as they stand before the yes.
async fn collected(server: &TestServer, says_yes: impl AsyncFnOnce(CrossingId)) -> (CrossingId, Value) {
    let secret = server.ask().await;
    let id = CrossingId::of_secret(&secret);
    says_yes(id).await;
    server.advance(6);
    let answer = server.collect(&secret).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    (id, answer.json())
}

/// The family is over, and one incident of this request is contained.
async fn is_contained_by_report(server: &TestServer, id: CrossingId, tokens: &Value) {
    assert!(!server.is_active(tokens["access_token"].as_str().unwrap()).await, "by her own word, at once");
    server.work().await;
    let file = server.incident().await;
    is_contained(&file);
    assert_eq!((file.incident.cause, file.incident.crossing), (Cause::Reported, Some(id)));
    assert_eq!(file.incident.sub, Some(server.sub("alice").await));
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let family = server.app.store.family(id).await.unwrap().unwrap();
    assert!(!family.is_active());
    assert!(!server.is_active(&text("refresh_token")).await);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", &text("refresh_token"))];
    server.post_as("till", "/token", &refresh).await.is_error(400, "invalid_grant");
    assert_eq!(server.sessions_of("alice").await, 0);
}

async fn nothing_happened(server: &TestServer, tokens: &Value) {
    server.work().await;
    assert!(server.incidents().await.is_empty());
    assert!(server.is_active(tokens["access_token"].as_str().unwrap()).await);
}

/// R6.6a: a window of the inbox that is still open.
#[tokio::test]
async fn a_report_in_the_inbox_counts_after_the_client_collected() {
    let server = TestServer::with_till().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let mut page = None;
    let send = async |(address, page): &(String, Answer), decision: &str| {
        let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
        alice.post(address, &[("csrf", &csrf), ("crossing", &crossing), ("decision", decision)]).await
    };
    let (id, tokens) = collected(&server, async |_| {
        let opened = alice.open_request().await;
        assert_eq!(send(&opened, "allow").await.status, 200);
        page = Some(opened);
    })
    .await;
    let page = page.unwrap();
    // Another word changes nothing any more, and somebody else's report neither.
    for decision in ["deny", "allow"] {
        assert_eq!(send(&page, decision).await.status, 410, "{decision}");
    }
    let bob = Phone::signed_in(&server, "bob").await;
    let (csrf, crossing) = (bob.get("/account").await.field("csrf"), page.1.field("crossing"));
    let answer = bob.post(&page.0, &[("csrf", &csrf), ("crossing", &crossing), ("decision", "report")]).await;
    assert_ne!(answer.status, 200);
    nothing_happened(&server, &tokens).await;
    let answer = send(&page, "report").await;
    assert!(answer.status == 200 && answer.body.contains("has no access any more"), "{}", answer.body);
    is_contained_by_report(&server, id, &tokens).await;
}

/// R6.6a: an app that still shows the request.
#[tokio::test]
async fn a_report_in_the_app_counts_after_the_client_collected() {
    let server = TestServer::with_till().await;
    let (app, bobs) = (PhoneApp::of(&server, "alice").await, PhoneApp::of(&server, "bob").await);
    let mut late = None;
    let (id, tokens) = collected(&server, async |id| {
        let yes = app.claims(id, "approve").await;
        late = Some([app.claims(id, "report").await, app.claims(id, "deny").await]);
        assert_eq!(app.decide(id, &yes).await.status, 200);
    })
    .await;
    let [report, deny] = late.unwrap();
    assert_ne!(app.decide(id, &deny).await.status, 200);
    let mut bobs_report = report.clone();
    bobs_report["iss"] = bobs.key.thumbprint().into();
    bobs.decide(id, &bobs_report).await.is_error(404, "invalid_request");
    bobs.hand_in(id, &app.sign(&report)).await.is_error(404, "invalid_request");
    app.hand_in(id, &bobs.sign(&report)).await.is_error(400, "invalid_request");
    nothing_happened(&server, &tokens).await;
    let answer = app.decide(id, &report).await;
    assert_eq!((answer.status, answer.json()), (200, serde_json::json!({ "outcome": "reported" })));
    is_contained_by_report(&server, id, &tokens).await;
}

/// Alice says that she did not start it; whether it was hers, and how many commits that took.
async fn reported(server: &TestServer, id: CrossingId) -> (bool, u64) {
    // What waits to be written is written before.
    server.app.store.pass_events(0).await.unwrap();
    let before = server.app.store.census().commits;
    let sub = server.sub("alice").await;
    let by = Reporter { sub: &sub, address: PHONE.parse().unwrap() };
    let family = report_collected(&server.app, id, by, server.now()).await.unwrap();
    (family.is_some(), server.app.store.census().commits - before)
}

async fn reports(server: &TestServer) -> usize {
    server.events().await.iter().filter(|kind| *kind == "reported").count()
}

/// Of the end and its record there is never one without the other; of what ended with a report nothing is recorded again.
#[tokio::test]
async fn a_report_and_the_end_of_the_access_are_one_commit_and_a_repetition_is_none() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let sub = server.sub("alice").await;
    let id = server.app.store.families_of(&sub, 1).await.unwrap()[0].crossing;
    assert_eq!(reported(&server, id).await, (true, 1));
    assert_eq!(reports(&server).await, 1);
    let access_token = tokens["access_token"].as_str().unwrap();
    assert!(!server.is_active(access_token).await);
    assert!(reported(&server, id).await.0);
    assert_eq!(reports(&server).await, 1);
}

/// Whoever gave the tokens back before does not silence the person.
#[tokio::test]
async fn the_first_report_of_what_is_over_is_recorded_once() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let sub = server.sub("alice").await;
    let id = server.app.store.families_of(&sub, 1).await.unwrap()[0].crossing;
    let form = [("client_id", "tv"), ("token", tokens["refresh_token"].as_str().unwrap())];
    assert_eq!(server.post("/revoke", &form).await.status, 200);
    for _ in 0..2 {
        reported(&server, id).await;
        assert_eq!(reports(&server).await, 1);
    }
    let family = server.app.store.family(id).await.unwrap().unwrap();
    assert_eq!(family.state, FamilyState::Revoked { at: server.now(), by: Revocation::Client });
    server.work().await;
    is_contained(&server.incident().await);
}
