//! What happens when a code comes again? (BCP 6.1.4)

use crate::support::{Phone, TestServer, policy};
use serde_json::json;
use tandem_core::crossing::CrossingId;

/// R6.4a: a code that was used leads nowhere, its return is recorded once an address, and the page is the one for a code
/// that never was.
#[tokio::test]
async fn a_used_code_is_noticed_and_nobody_is_told() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
    let somebody = Phone::at(&server, "203.0.113.7");
    let used = somebody.type_code(&codes.user_code).await;
    let unknown = somebody.type_code("BCDF-BCDF").await;
    assert_eq!((used.status, unknown.status), (404, 404));
    let anonymous = |body: &str, code: &str| body.replace(code, "CODE");
    assert_eq!(anonymous(&used.body, &codes.user_code), anonymous(&unknown.body, "BCDF-BCDF"));
    assert_eq!(used.headers.len(), unknown.headers.len());
    let _again = somebody.type_code(&codes.user_code).await;
    let _elsewhere = Phone::at(&server, "203.0.113.8").type_code(&codes.user_code).await;
    let told = server.recorded_soon("code_repeated", 2).await;
    let from: Vec<_> = told.iter().map(|event| event.address.unwrap().to_string()).collect();
    assert_eq!(from, ["203.0.113.7", "203.0.113.8"]);
    assert!(told.iter().all(|event| event.client_id.as_deref() == Some("tv") && event.crossing.is_some()));
    assert!(told.iter().all(|event| event.detail.is_none()), "no code stands in the record");
}

/// R6.4a: an expired code is noticed as a used one is.
#[tokio::test]
async fn an_expired_code_is_noticed() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    server.advance(600);
    assert_eq!(Phone::new(&server).type_code(&codes.user_code).await.status, 404);
    assert_eq!(server.recorded_soon("code_repeated", 1).await.len(), 1);
}

/// R6.4b: beyond its window a code is forgotten; the window is a setting.
#[tokio::test]
async fn beyond_the_window_a_code_is_forgotten() {
    let server = TestServer::with(|config| {
        config.policy = policy(json!({ "unique_codes": { "window": 60 } }));
    })
    .await;
    let old = server.device_authorization().await;
    server.advance(600 + 60);
    assert_eq!(Phone::new(&server).type_code(&old.user_code).await.status, 404);
    let fresh = server.device_authorization().await;
    server.advance(600 + 59);
    assert_eq!(Phone::new(&server).type_code(&fresh.user_code).await.status, 404);
    let told = server.recorded_soon("code_repeated", 1).await;
    let crossings: Vec<_> = told.iter().map(|event| event.crossing.unwrap()).collect();
    assert_eq!(
        crossings,
        [CrossingId::of_secret(&fresh.device_code)],
        "the older one came first, and is forgotten"
    );
}

/// R6.4a, where policy answers a sign with an end: who brings a used code back ends the request before it is collected.
#[tokio::test]
async fn a_repeated_code_can_end_what_was_not_yet_collected() {
    for (end_on, status) in [(json!([]), 200), (json!(["code_repeated"]), 400)] {
        let server = TestServer::with(|config| {
            config.policy = policy(json!({ "detect_and_remediate": { "end_on": end_on } }));
        })
        .await;
        let codes = server.device_authorization().await;
        Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
        Phone::at(&server, "203.0.113.7").type_code(&codes.user_code).await;
        server.recorded_soon("code_repeated", 1).await;
        let polled = server.poll(&codes.device_code).await;
        assert_eq!(polled.status, status, "{}", polled.body);
    }
}
