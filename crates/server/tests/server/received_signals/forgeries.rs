//! Tokens that nobody may get anything by: each is refused, and nothing follows from it.

use super::*;
use crate::support::Phone;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A server with alice signed in, whom every forgery means.
async fn target(key: &Key) -> TestServer {
    let server = server(key).await;
    Phone::signed_in(&server, "alice").await;
    server
}

async fn nothing_happened(server: &TestServer) {
    assert_eq!(sessions_of(server, "alice").await, 1);
    assert!(recorded(server).await.is_empty());
}

#[tokio::test]
async fn alg_none_is_refused_in_every_spelling() {
    let key = Key::new();
    let server = target(&key).await;
    for alg in ["none", "None", "NONE", ""] {
        let header = json!({ "alg": alg, "typ": "secevent+jwt", "kid": "k1" });
        let message = format!("{}.{}", encode(&header), encode(&claims(&server, &json!({}))));
        is_refused(&push(&server, &format!("{message}.AAAA")).await, "invalid_key");
        let unsigned = push(&server, &format!("{message}.")).await;
        assert_eq!(unsigned.status, 400, "{}", unsigned.body);
    }
    nothing_happened(&server).await;
}

/// The public key as the secret of an HMAC.
#[tokio::test]
async fn hs256_with_the_public_key_is_refused() {
    let key = Key::new();
    let server = target(&key).await;
    let jwk = key.jwk();
    let point = [&[4][..], &URL_SAFE_NO_PAD.decode(jwk["x"].as_str().unwrap()).unwrap()].concat();
    for secret in [jwk.to_string().into_bytes(), point, jwk["x"].as_str().unwrap().as_bytes().to_vec()] {
        let header = json!({ "alg": "HS256", "typ": "secevent+jwt", "kid": "k1" });
        let message = format!("{}.{}", encode(&header), encode(&claims(&server, &json!({}))));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), message.as_bytes());
        let forged = format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag));
        is_refused(&push(&server, &forged).await, "invalid_key");
    }
    nothing_happened(&server).await;
}

/// What the transmitter signs for another purpose is no event, even with an `events` in it.
#[tokio::test]
async fn another_kind_of_token_is_refused() {
    let key = Key::new();
    let server = target(&key).await;
    for typ in [json!("JWT"), json!("at+jwt"), json!("logout+jwt"), json!("secevent"), Value::Null, json!(7)]
    {
        let mut header = header();
        header["typ"] = typ.clone();
        if typ.is_null() {
            header.as_object_mut().unwrap().remove("typ");
        }
        let answer = push(&server, &key.jws(&header, &claims(&server, &json!({})))).await;
        is_refused(&answer, "invalid_request");
    }
    nothing_happened(&server).await;
}

#[tokio::test]
async fn headers_that_change_how_a_token_is_read_are_refused() {
    let key = Key::new();
    let server = target(&key).await;
    for (name, value) in
        [("crit", json!(["b64"])), ("b64", json!(false)), ("zip", json!("DEF")), ("enc", json!("A128GCM"))]
    {
        let mut header = header();
        header[name] = value;
        let answer = push(&server, &key.jws(&header, &claims(&server, &json!({})))).await;
        is_refused(&answer, "invalid_request");
    }
    nothing_happened(&server).await;
}

/// A transmitter speaks for itself: neither at another's address, nor in another's name.
#[tokio::test]
async fn one_transmitter_is_not_the_other() {
    let (key, other) = (Key::new(), Key::new());
    let server = server_with(&key, |config| {
        let second = transmitter("idp", "https://idp.example.net", &other);
        config.ssf_receiver.transmitters.push(second);
    })
    .await;
    Phone::signed_in(&server, "alice").await;
    let of_mdm = set(&server, &key, &json!({}));
    is_refused(&server.send(request("/ssf/receive/idp", of_mdm)).await, "invalid_key");
    let as_mdm = set(&server, &other, &json!({}));
    is_refused(&server.send(request("/ssf/receive/idp", as_mdm.clone())).await, "invalid_issuer");
    is_refused(&push(&server, &as_mdm).await, "invalid_key");
    let of_idp = set(&server, &other, &json!({ "iss": "https://idp.example.net" }));
    is_refused(&push(&server, &of_idp).await, "invalid_key");
    nothing_happened(&server).await;
    is_accepted(&server.send(request("/ssf/receive/idp", of_idp)).await);
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let key = Key::new();
    let server = target(&key).await;
    let good = set(&server, &key, &json!({}));
    let [header, _, signature]: [&str; 3] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let other =
        encode(&claims(&server, &json!({ "sub_id": { "format": "email", "email": "bob@example.com" } })));
    is_refused(&push(&server, &format!("{header}.{other}.{signature}")).await, "invalid_key");
    let another = set(&server, &key, &json!({}));
    let theirs = another.rsplit('.').next().unwrap();
    is_refused(&push(&server, &good.replace(signature, theirs)).await, "invalid_key");
    assert_eq!(push(&server, &good[..good.len() - 4]).await.status, 400);
    nothing_happened(&server).await;
}

#[tokio::test]
async fn tokens_of_another_time_are_refused() {
    let key = Key::new();
    let server = target(&key).await;
    let now = server.now().as_secs();
    let week = 7 * 24 * 60 * 60;
    for iat in [
        json!(now + 11),
        json!(now + 86_400),
        json!(now - week - 11),
        json!(0),
        json!("x"),
        json!(-1),
        Value::Null,
    ] {
        let answer = push(&server, &set(&server, &key, &json!({ "iat": iat }))).await;
        is_refused(&answer, "invalid_request");
    }
    is_refused(&push(&server, &set(&server, &key, &json!({ "nbf": now + 60 }))).await, "invalid_request");
    nothing_happened(&server).await;
    is_accepted(&push(&server, &set(&server, &key, &json!({ "iat": now - week }))).await);
}

/// What was taken is remembered for as long as it would be taken.
#[tokio::test]
async fn a_replay_is_known_until_it_is_too_old() {
    let key = Key::new();
    let server = server(&key).await;
    let token = set(&server, &key, &json!({}));
    is_accepted(&push(&server, &token).await);
    server.advance(7 * 24 * 60 * 60 + 10);
    server.app.store.sweep(server.now()).await.unwrap();
    is_accepted(&push(&server, &token).await);
    assert_eq!(recorded(&server).await.len(), 1);
    server.advance(1);
    server.app.store.sweep(server.now()).await.unwrap();
    is_refused(&push(&server, &token).await, "invalid_request");
    assert_eq!(recorded(&server).await.len(), 1);
}

#[tokio::test]
async fn a_token_without_a_name_or_with_claims_of_another_kind_is_refused() {
    let key = Key::new();
    let server = target(&key).await;
    let now = server.now().as_secs();
    for change in [
        json!({ "jti": null }),
        json!({ "jti": "" }),
        json!({ "jti": 1 }),
        json!({ "jti": "x".repeat(257) }),
        json!({ "exp": now + 300 }),
        json!({ "sub": "alice" }),
        json!({ "sub_id": null }),
        json!({ "sub_id": "alice@example.com" }),
        json!({ "sub_id": { "format": "email" } }),
        json!({ "sub_id": { "format": "email", "email": "alice@example.com", "iss": THEM } }),
        json!({ "sub_id": { "format": "unheard-of" } }),
    ] {
        is_refused(&push(&server, &set(&server, &key, &change)).await, "invalid_request");
    }
    nothing_happened(&server).await;
}

#[tokio::test]
async fn exactly_one_event_is_taken() {
    let key = Key::new();
    let server = target(&key).await;
    let revoked = format!("{CAEP}session-revoked");
    for events in [
        Value::Null,
        json!({}),
        json!([{ &revoked: {} }]),
        json!("session-revoked"),
        json!({ &revoked: {}, format!("{RISC}account-disabled"): {} }),
        json!({ &revoked: {}, "urn:example:other": {} }),
        json!({ &revoked: null }),
        json!({ &revoked: [] }),
        json!({ &revoked: "now" }),
    ] {
        let answer = push(&server, &set(&server, &key, &json!({ "events": events }))).await;
        is_refused(&answer, "invalid_request");
    }
    nothing_happened(&server).await;
}

#[tokio::test]
async fn repeated_members_are_refused() {
    let key = Key::new();
    let server = target(&key).await;
    let good = claims(&server, &json!({})).to_string();
    let twice = good.replacen("{\"aud\"", "{\"aud\":\"https://other.example.com\",\"aud\"", 1);
    assert_ne!(good, twice);
    let header = URL_SAFE_NO_PAD.encode(header().to_string());
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(twice));
    let answer = push(&server, &format!("{message}.AAAA")).await;
    is_refused(&answer, "invalid_request");
    nothing_happened(&server).await;
}

#[tokio::test]
async fn deep_and_large_tokens_are_refused_before_they_cost_anything() {
    let key = Key::new();
    let server = target(&key).await;
    let before = server.app.effort.verifications();
    for depth in [20, 1000, 5000] {
        let claims = format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let header = URL_SAFE_NO_PAD.encode(header().to_string());
        let deep = format!("{header}.{}.AAAA", URL_SAFE_NO_PAD.encode(claims));
        is_refused(&push(&server, &deep).await, "invalid_request");
    }
    let large = set(&server, &key, &json!({ "extra": "x".repeat(1 << 20) }));
    assert_eq!(push(&server, &large).await.status, 413);
    assert_eq!(server.app.effort.verifications() - before, 3, "the large one was not even parsed");
    nothing_happened(&server).await;
}
