//! Does only the person who signed in on the consumption device get their request approved? (BCP 6.1.15)

use super::{request_of, till_asks, tv_asks, under};
use crate::support::ciba::{ASK, asker, auth_req_id};
use crate::support::{Codes, Key, Phone, TestServer};
use axum::http::StatusCode;
use serde_json::{Value, json};
use tandem_core::jose::Algorithm;
use tandem_server::config::{Client, UserHints};

/// An ID token that this server signed: a passkey sign-in of somebody, a minute ago, for `tv`.
async fn id_token(server: &TestServer, username: &str, change: Value) -> String {
    let (now, sub) = (server.now().as_secs(), server.sub(username).await);
    let mut claims = json!({
        "iss": server.app.issuer(), "aud": "tv", "sub": &*sub, "iat": now - 50, "exp": now + 550,
        "auth_time": now - 60, "acr": "phr", "amr": ["pop", "user"],
    });
    claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let signing = server.app.keys.signing();
    signing.key(Algorithm::ES256).unwrap().sign(server.app.random.source(), "JWT", &claims).unwrap()
}

fn demanded() -> Value {
    json!({ "authenticate_then_initiate": { "demand": "phishing_resistant" } })
}

/// R6.15, on: a device asks only after a recent passkey sign-in on it, and only that person may approve.
#[tokio::test]
async fn nobody_else_can_approve_what_somebody_signed_in_for() {
    let server = under(demanded()).await;
    tv_asks(&server, &[]).await.is_error(400, "invalid_request");
    let token = id_token(&server, "alice", json!({})).await;
    let codes = Codes::read(&tv_asks(&server, &[("tandem_initiator_token", &token)]).await);
    let bob = Phone::signed_in(&server, "bob").await;
    let refused = bob.open(&codes.user_code).await;
    assert_ne!(refused.status, StatusCode::OK.as_u16(), "{}", refused.body);
    assert!(!refused.body.contains("value=\"allow\""), "{}", refused.body);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    server.advance(5);
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
}

/// R6.15, on: an old sign-in, one that can be phished, or one that is not ours is none; and nothing begins.
#[tokio::test]
async fn a_proof_must_be_fresh_strong_and_ours() {
    let server = under(demanded()).await;
    let now = server.now().as_secs();
    for (what, change) in [
        ("old", json!({ "auth_time": now - 601 })),
        ("a password", json!({ "acr": null })),
        ("another class", json!({ "acr": "urn:example:gold" })),
        ("over", json!({ "exp": now })),
        ("another client's", json!({ "aud": "kiosk" })),
        ("another issuer's", json!({ "iss": "https://other.example" })),
        ("of nobody", json!({ "sub": null })),
    ] {
        let token = id_token(&server, "alice", change).await;
        let answer = tv_asks(&server, &[("tandem_initiator_token", &token)]).await;
        assert_eq!(answer.status, 400, "{what}: {}", answer.body);
        answer.is_error(400, "invalid_request");
    }
    let own = Key::new().sign(&json!({ "iss": server.app.issuer(), "aud": "tv", "exp": now + 60 }));
    let granted = id_token(&server, "alice", json!({})).await;
    let (unsigned, _) = granted.rsplit_once('.').unwrap();
    for token in [&own, "a.b.c", unsigned, &format!("{granted}A"), &"x".repeat(9000)] {
        tv_asks(&server, &[("tandem_initiator_token", token)]).await.is_error(400, "invalid_request");
    }
    assert_eq!(server.app.store.census().pending, 0);
    // The phrh of a key in hardware counts as well, also ten minutes later.
    let hardware = id_token(&server, "alice", json!({ "acr": "phrh", "auth_time": now - 600 })).await;
    Codes::read(&tv_asks(&server, &[("tandem_initiator_token", &hardware)]).await);
}

/// R6.15, off: nothing is demanded; but where a proof is sent, it holds, and only the same person may approve.
#[tokio::test]
async fn what_is_not_demanded_still_counts_where_it_is_sent() {
    let server = TestServer::start().await;
    let first = server.granted().await;
    let token = first["id_token"].as_str().unwrap();
    let codes = Codes::read(&tv_asks(&server, &[("tandem_initiator_token", token)]).await);
    let initiator = request_of(&server, &codes.device_code).context.unwrap().initiator;
    assert_eq!(initiator, Some(server.sub("alice").await));
    let refused = Phone::signed_in(&server, "bob").await.open(&codes.user_code).await;
    assert!(refused.status != 200 && !refused.body.contains("value=\"allow\""), "{}", refused.body);
    tv_asks(&server, &[("tandem_initiator_token", "nonsense")]).await.is_error(400, "invalid_request");
    let plain = Codes::read(&tv_asks(&server, &[]).await);
    assert_eq!(request_of(&server, &plain.device_code).context, None);
    Phone::signed_in(&server, "bob").await.allow(&plain.user_code).await;
}

/// R6.15: another client's ID token proves a sign-in elsewhere, unless policy says that both are on one device.
#[tokio::test]
async fn the_token_of_a_client_on_the_same_device_counts_where_policy_names_it() {
    let says = json!({ "authenticate_then_initiate": { "sign_in_clients": ["kiosk"] } });
    let server = under(says).await;
    let token = id_token(&server, "alice", json!({ "aud": "kiosk" })).await;
    Codes::read(&tv_asks(&server, &[("tandem_initiator_token", &token)]).await);
    let other = id_token(&server, "alice", json!({ "aud": "api" })).await;
    tv_asks(&server, &[("tandem_initiator_token", &other)]).await.is_error(400, "invalid_request");
}

/// R6.15: with CIBA, who signed in is who is asked; the desk's own sign-in is no proof of the customer's.
#[tokio::test]
async fn who_is_asked_is_who_signed_in() {
    let server = under(demanded()).await;
    till_asks(&server, &[]).await.is_error(400, "invalid_request");
    for (username, status) in [("bob", 403), ("alice", 200)] {
        let token = id_token(&server, username, json!({ "aud": "till" })).await;
        let answer = till_asks(&server, &[("tandem_initiator_token", &token)]).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        if status == 403 {
            answer.is_error(403, "access_denied");
            assert!(Phone::signed_in(&server, "alice").await.inbox().await.is_empty());
        }
    }
    server.answered("alice", "allow").await;
}

/// R6.15: a client that may not learn who exists hears the same of nobody as of somebody else.
#[tokio::test]
async fn a_token_tells_nothing_of_others() {
    let discreet = Client { tandem_user_hints: UserHints::Conceal, ..asker("discreet") };
    let server = TestServer::with_askers([discreet]).await;
    let token = id_token(&server, "alice", json!({ "aud": "discreet" })).await;
    let ask = async |hint: &str| {
        let form = [("scope", "openid"), ("login_hint", hint), ("tandem_initiator_token", &token)];
        server.post_as("discreet", ASK, &form).await
    };
    let (somebody, nobody) = (ask("bob").await, ask("nobody-at-all").await);
    assert_eq!((somebody.status, &somebody.body), (nobody.status, &nobody.body));
    somebody.is_error(403, "access_denied");
    auth_req_id(&ask("alice").await);
}
