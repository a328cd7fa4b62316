//! A test for each requirement of RFC 8935 section 2 and 3 on the recipient.

use super::*;
use crate::support::Phone;
use axum::http::Method;
use tandem_server::config::{RateLimit, Secret};

const AGREED: &str = "Bearer 5d41402abc4b2a76b9719d911017c592";

/// Section 2: one token in one request, acknowledged by itself.
#[tokio::test]
async fn a_token_is_taken_by_http_post() {
    let key = Key::new();
    let server = server(&key).await;
    is_accepted(&push(&server, &set(&server, &key, &json!({}))).await);
    for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        let mut wrong = request(RECEIVE, set(&server, &key, &json!({})));
        *wrong.method_mut() = method.clone();
        let answer = server.send(wrong).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header(header::ALLOW), "POST");
    }
    assert_eq!(recorded(&server).await.len(), 1);
}

/// Section 2.1: the media type says that it is a SET, the body is the token and nothing else.
#[tokio::test]
async fn the_content_type_must_be_secevent_jwt_and_the_body_one_token() {
    let key = Key::new();
    let server = server(&key).await;
    let good = set(&server, &key, &json!({}));
    for media_type in ["application/jwt", "application/json", "text/plain", "application/secevent", ""] {
        let mut wrong = request(RECEIVE, good.clone());
        wrong.headers_mut().insert(header::CONTENT_TYPE, media_type.parse().unwrap());
        is_refused(&server.send(wrong).await, "invalid_request");
    }
    let mut without = request(RECEIVE, good.clone());
    without.headers_mut().remove(header::CONTENT_TYPE);
    is_refused(&server.send(without).await, "invalid_request");
    for body in
        ["", " ", &format!("{good}\n"), &format!(" {good}"), &format!("{good}.x"), &format!("[\"{good}\"]")]
    {
        is_refused(&push(&server, body).await, "invalid_request");
    }
    is_refused(&server.send(request(RECEIVE, vec![0xff, 0xfe, b'.', b'.'])).await, "invalid_request");
    assert!(recorded(&server).await.is_empty(), "nothing of that was taken");
    let mut other_case = request(RECEIVE, good);
    other_case.headers_mut().insert(header::CONTENT_TYPE, "Application/SecEvent+JWT".parse().unwrap());
    is_accepted(&server.send(other_case).await);
}

/// Section 2.2: 202 with an empty body, no redirect, and only once the token is kept.
#[tokio::test]
async fn acceptance_is_202_without_a_body_and_outlives_a_restart() {
    let key = Key::new();
    let server = server(&key).await;
    let token = set(&server, &key, &json!({}));
    let answer = push(&server, &token).await;
    is_accepted(&answer);
    assert!(answer.headers.get(header::LOCATION).is_none());
    assert_eq!(recorded(&server).await.len(), 1, "on disk before the answer");
    let server = server.restart().await;
    assert_eq!(recorded(&server).await.len(), 1);
    is_accepted(&push(&server, &token).await);
    assert_eq!(
        recorded(&server).await.len(),
        1,
        "a retry after the acknowledgement was lost changes nothing"
    );
}

/// Section 2.2: a transmitter that did not hear of its success sends again and is told the same.
#[tokio::test]
async fn a_repeated_token_is_accepted_and_works_once() {
    let key = Key::new();
    let server = server(&key).await;
    let token = set(&server, &key, &json!({}));
    let _phone = Phone::signed_in(&server, "alice").await;
    is_accepted(&push(&server, &token).await);
    assert_eq!(sessions_of(&server, "alice").await, 0);
    let _phone = Phone::signed_in(&server, "alice").await;
    for _ in 0..3 {
        is_accepted(&push(&server, &token).await);
    }
    assert_eq!(sessions_of(&server, "alice").await, 1, "they signed in since then");
    assert_eq!(recorded(&server).await.len(), 1);
    is_accepted(&push(&server, &set(&server, &key, &json!({}))).await);
    assert_eq!(sessions_of(&server, "alice").await, 0, "another token is another event");
}

/// Section 2.3: what fails in HTTP has HTTP's status.
#[tokio::test]
async fn what_http_refuses_has_its_own_status() {
    let key = Key::new();
    let server = server(&key).await;
    let token = set(&server, &key, &json!({}));
    for path in ["/ssf/receive/nobody", "/ssf/receive/MDM", "/ssf/receive/mdm%20", "/ssf/receive/"] {
        assert_eq!(server.send(request(path, token.clone())).await.status, 404, "{path}");
    }
    assert_eq!(push(&server, &"a".repeat(40_000)).await.status, 413);
    assert_eq!(push(&server, &"a".repeat(1 << 20)).await.status, 413);
    assert!(recorded(&server).await.is_empty());
}

/// Section 2.4: the key.
#[tokio::test]
async fn a_key_that_is_not_the_transmitters_is_invalid_key() {
    let (key, other) = (Key::new(), Key::new());
    let server = server(&key).await;
    let claims = claims(&server, &json!({}));
    is_refused(&push(&server, &other.jws(&header(), &claims)).await, "invalid_key");
    let unknown = json!({ "alg": "ES256", "typ": "secevent+jwt", "kid": "k2" });
    is_refused(&push(&server, &key.jws(&unknown, &claims)).await, "invalid_key");
    let carried = json!({ "alg": "ES256", "typ": "secevent+jwt", "jwk": other.jwk() });
    is_refused(&push(&server, &other.jws(&carried, &claims)).await, "invalid_key");
    assert!(recorded(&server).await.is_empty());
}

/// Section 2.4: the issuer.
#[tokio::test]
async fn another_issuer_is_invalid_issuer() {
    let key = Key::new();
    let server = server(&key).await;
    for issuer in ["https://mdm.example.org", "https://mdm.example.net/", "HTTPS://MDM.EXAMPLE.NET", ISSUER] {
        let answer = push(&server, &set(&server, &key, &json!({ "iss": issuer }))).await;
        is_refused(&answer, "invalid_issuer");
    }
    is_refused(&push(&server, &set(&server, &key, &json!({ "iss": null }))).await, "invalid_request");
}

/// Section 2.4: the audience.
#[tokio::test]
async fn another_audience_is_invalid_audience() {
    let key = Key::new();
    let server = server(&key).await;
    for aud in
        [json!("https://other.example.com"), json!(["https://a.example", "https://b.example"]), json!([])]
    {
        let answer = push(&server, &set(&server, &key, &json!({ "aud": aud }))).await;
        is_refused(&answer, "invalid_audience");
    }
    is_refused(&push(&server, &set(&server, &key, &json!({ "aud": [ISSUER, 1] }))).await, "invalid_request");
    is_refused(&push(&server, &set(&server, &key, &json!({ "aud": null }))).await, "invalid_request");
    let among_others = json!({ "aud": ["https://a.example", ISSUER] });
    is_accepted(&push(&server, &set(&server, &key, &among_others)).await);
}

/// Section 3: the transmitter shows who it is as was agreed, before anything else of it is looked at.
#[tokio::test]
async fn without_the_agreed_authorization_it_is_authentication_failed() {
    let key = Key::new();
    let server = server_with(&key, |config| {
        config.ssf_receiver.transmitters[0].authorization = Some(Secret::new(AGREED.to_owned()));
    })
    .await;
    let token = set(&server, &key, &json!({}));
    let with = |values: &[&str]| {
        let mut request = request(RECEIVE, token.clone());
        for value in values {
            request.headers_mut().append(header::AUTHORIZATION, value.parse().unwrap());
        }
        request
    };
    let wrong = ["Bearer x", &AGREED[..AGREED.len() - 1], &format!("{AGREED}0"), &AGREED.to_lowercase(), ""];
    for value in wrong {
        is_refused(&server.send(with(&[value])).await, "authentication_failed");
    }
    is_refused(&server.send(with(&[])).await, "authentication_failed");
    is_refused(&server.send(with(&[AGREED, "Bearer x"])).await, "authentication_failed");
    is_refused(&push(&server, "garbage").await, "authentication_failed");
    assert!(recorded(&server).await.is_empty());
    is_accepted(&server.send(with(&[AGREED])).await);
}

/// Section 5.4 of RFC 8935 and 429 of RFC 6585: floods are turned away, and strangers use up nothing of the transmitter's.
#[tokio::test]
async fn floods_are_turned_away_with_a_time_to_come_again() {
    let key = Key::new();
    let server = server_with(&key, |config| {
        config.ssf_receiver.receive_address = RateLimit::of(5, 60);
        config.ssf_receiver.receive_transmitter = RateLimit::of(2, 60);
    })
    .await;
    for _ in 0..5 {
        is_refused(&push(&server, "garbage").await, "invalid_request");
    }
    let flooded = push(&server, &set(&server, &key, &json!({}))).await;
    assert_eq!((flooded.status, flooded.body.as_str()), (429, ""));
    assert_eq!(flooded.header(header::RETRY_AFTER), "1");
    let from_elsewhere = |n: u8, token: String| {
        let address = format!("203.0.113.{n}");
        let server = &server;
        async move { server.send_from(&address, request(RECEIVE, token)).await }
    };
    let last = set(&server, &key, &json!({}));
    for n in 1..=2 {
        is_accepted(&from_elsewhere(n, set(&server, &key, &json!({}))).await);
    }
    assert_eq!(from_elsewhere(3, last.clone()).await.status, 429);
    assert_eq!(recorded(&server).await.len(), 2);
    server.advance(1);
    is_accepted(&from_elsewhere(4, last).await);
    assert_eq!(recorded(&server).await.len(), 3, "what was turned away was not remembered as taken");
}

/// Section 2 and RFC 8417 section 2.2: an event that nobody knows is no error.
#[tokio::test]
async fn an_unknown_event_is_accepted_and_does_nothing() {
    let key = Key::new();
    let server = server(&key).await;
    let _phone = Phone::signed_in(&server, "alice").await;
    for uri in ["urn:example:shoe-size", &format!("{CAEP}session-revoked-2")] {
        let change = json!({ "events": { uri: { "deep": [[[1]]] } } });
        is_accepted(&push(&server, &set(&server, &key, &change)).await);
    }
    assert!(recorded(&server).await.is_empty());
    assert_eq!(sessions_of(&server, "alice").await, 1);
}

/// SSF section 8.1.4: a verification is taken, with its state or without.
#[tokio::test]
async fn a_verification_is_accepted() {
    let key = Key::new();
    let server = server(&key).await;
    let stream = json!({ "format": "opaque", "id": "stream-1" });
    let uri = format!("{SSF}verification");
    for payload in [
        json!({ "state": "VGhpcyBpcyBhbiBleGFtcGxl" }),
        json!({}),
        json!({ "state": "\u{1b}[2J\n".repeat(500) }),
    ] {
        is_accepted(&push(&server, &set(&server, &key, &about(&stream, &uri, &payload))).await);
    }
    let answer = push(&server, &set(&server, &key, &about(&stream, &uri, &json!({ "state": 1 })))).await;
    is_refused(&answer, "invalid_request");
    let updated = about(&stream, &format!("{SSF}stream-updated"), &json!({ "status": "paused" }));
    is_accepted(&push(&server, &set(&server, &key, &updated)).await);
    assert!(recorded(&server).await.is_empty());
}

/// Nothing speaks of the address.
#[tokio::test]
async fn the_address_is_announced_nowhere() {
    let key = Key::new();
    let server = server_with(&key, |config| config.ssf.enabled = true).await;
    for path in ["/.well-known/openid-configuration", "/.well-known/ssf-configuration", "/"] {
        let answer = server.get(path).await;
        assert!(!answer.body.contains("/ssf/receive"), "{path}");
    }
}
