//! User interaction.

use crate::support::{DEVICE, Phone, TestServer};

#[tokio::test]
async fn s3_3_the_person_authenticates_before_answering() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let phone = Phone::new(&server);
    let next = phone.open(&codes.user_code).await;
    assert_eq!(next.location(), "/sign-in?next=/device/decision");
    phone.sign_in("alice", crate::support::PASSWORD).await;
    let question = phone.get("/device/decision").await;
    assert_eq!(question.status, 200);
    assert!(question.body.contains(&codes.user_code), "the code to compare");
}

#[tokio::test]
async fn s3_3_the_page_says_who_asks_from_what_device_from_where_and_for_what() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    server.advance(90);
    let page = phone.open(&codes.user_code).await.body;
    for text in ["The tv", "verified by", "Living-room TV", DEVICE, "minute", "e-mail"] {
        assert!(page.contains(text), "{text} is not in {page}");
    }
}

#[tokio::test]
async fn s3_3_1_the_complete_uri_still_shows_the_code_and_submits_nothing() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    let arrived = phone.get(&format!("/device?user_code={}", codes.user_code)).await;
    assert_eq!(arrived.location(), "/device/decision", "no code in the next address");
    let question = phone.get("/device/decision").await;
    assert!(question.body.contains(&codes.user_code));
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    server.advance(5);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
}

#[tokio::test]
async fn s3_3_a_redeemed_or_unknown_code_leads_nowhere_and_says_no_more() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    phone.allow(&codes.user_code).await;
    let csrf = phone.get("/device").await.field("csrf");
    let used = phone.post("/device", &[("user_code", &codes.user_code), ("csrf", &csrf)]).await;
    let never = phone.post("/device", &[("user_code", "BBBB-BBBB"), ("csrf", &csrf)]).await;
    assert_eq!((used.status, never.status), (404, 404));
    let without = |answer: &crate::support::Answer, code: &str| answer.body.replace(code, "");
    assert_eq!(without(&used, &codes.user_code), without(&never, "BBBB-BBBB"));
}

#[tokio::test]
async fn s3_3_an_expired_code_leads_nowhere() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    let question = phone.open(&codes.user_code).await;
    server.advance(600);
    let late = phone.answer(&question, "allow").await;
    assert_ne!(late.status, 200);
    server.poll(&codes.device_code).await.is_error(400, "expired_token");
}
