//! How long does a code live, and is there time enough to sign in? (BCP 6.1.2)

use crate::support::ciba::{CIBA, asker, auth_req_id, with_till};
use crate::support::{DEVICE, PASSWORD, Phone, TestServer, policy};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tandem_server::config::{Client, UserHints};

/// A minute to open it, two more to decide.
async fn brief() -> TestServer {
    TestServer::with(|config| {
        let brief = json!({ "longest": 60, "longest_at_risk": 60, "time_to_decide": 120 });
        config.policy = policy(json!({ "short_lived_codes": brief }));
        with_till(config);
    })
    .await
}

/// R6.2, off: a code has one deadline, and can be opened until then.
#[tokio::test]
async fn without_the_mitigation_a_code_can_be_opened_until_it_expires() {
    let server = TestServer::start().await;
    let told = server.initiated("tv").await;
    assert_eq!(told["expires_in"], 600);
    let codes = server.device_authorization().await;
    server.advance(599);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    assert_eq!(Phone::signed_in(&server, "alice").await.open(&codes.user_code).await.status, 200);
    server.advance(5);
    server.poll(&codes.device_code).await.is_error(400, "expired_token");
}

/// R6.2, on: a code that nobody opened in time is dead for the person and for the device.
#[tokio::test]
async fn a_code_that_nobody_opened_in_time_is_dead() {
    let server = brief().await;
    assert_eq!(server.initiated("tv").await["expires_in"], 180, "both deadlines together");
    let codes = server.device_authorization().await;
    server.advance(59);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    server.advance(1);
    let phone = Phone::signed_in(&server, "alice").await;
    assert_eq!(phone.type_code(&codes.user_code).await.status, 404);
    server.advance(5);
    server.poll(&codes.device_code).await.is_error(400, "expired_token");
}

/// R6.2: who came in time has time enough to sign in and decide, though not for ever.
#[tokio::test]
async fn who_came_in_time_has_time_to_sign_in() {
    let server = brief().await;
    let codes = server.device_authorization().await;
    let phone = Phone::new(&server);
    server.advance(59);
    assert_eq!(phone.type_code(&codes.user_code).await.location(), "/device/decision");
    server.advance(20);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    // A restart changes nothing of it.
    let cookies = phone.cookie_line();
    drop(phone);
    let server = server.restart().await;
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    let phone = Phone::new(&server);
    phone.adopt(&cookies);
    phone.sign_in("alice", PASSWORD).await;
    let question = phone.get("/device/decision").await;
    assert_eq!(question.status, 200, "{}", question.body);
    server.advance(100);
    assert_eq!(phone.answer(&question, "allow").await.status, 200);
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
}

/// R6.2: the second deadline is bounded, and the page says that the time is over.
#[tokio::test]
async fn the_time_to_decide_ends() {
    let server = brief().await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    let question = phone.open(&codes.user_code).await;
    server.advance(179);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    server.advance(1);
    let late = phone.answer(&question, "allow").await;
    assert_eq!(late.status, 410, "{}", late.body);
    assert!(late.body.contains("Too late"), "{}", late.body);
    server.advance(5);
    server.poll(&codes.device_code).await.is_error(400, "expired_token");
}

/// R6.2: per flow and client.
#[tokio::test]
async fn flow_and_client_have_lives_of_their_own() {
    let longest =
        |secs: u32| policy(json!({ "short_lived_codes": { "longest": secs, "longest_at_risk": 15 } }));
    let server = TestServer::with(|config| {
        with_till(config);
        config.device_authorization.policy = longest(45);
        config.clients.iter_mut().find(|client| client.client_id == "dpop").unwrap().tandem_policy =
            longest(30);
    })
    .await;
    assert_eq!(server.initiated("tv").await["expires_in"], 45);
    assert_eq!(server.initiated("dpop").await["expires_in"], 30);
    let asked = server.ask_as("till", &[("scope", "openid"), ("login_hint", "alice")]).await.json();
    assert!(asked["expires_in"].as_u64().unwrap() > 45, "{asked}");
}

async fn expires_in(server: &TestServer, address: &str) -> Value {
    let request = Request::post("/device_authorization")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("client_id=tv"))
        .unwrap();
    server.send_from(address, request).await.json()["expires_in"].clone()
}

/// R6.2: per risk. After somebody reported a request, the next ones from the same network live briefly.
#[tokio::test]
async fn what_comes_from_where_misuse_came_lately_lives_briefly() {
    let server = TestServer::with(|config| {
        config.policy = policy(json!({ "short_lived_codes": { "longest": 300, "longest_at_risk": 30 } }));
    })
    .await;
    assert_eq!(expires_in(&server, DEVICE).await, 300);
    let codes = server.device_authorization().await;
    Phone::signed_in(&server, "alice").await.decide(&codes.user_code, "report").await;
    let server = server.restart().await;
    assert_eq!(expires_in(&server, DEVICE).await, 30);
    assert_eq!(expires_in(&server, "192.0.2.99").await, 300, "another network");
    server.advance(600);
    assert_eq!(expires_in(&server, DEVICE).await, 300, "ten minutes later");
}

/// R6.2: a request that was sent to somebody has the same two deadlines.
#[tokio::test]
async fn a_request_in_an_inbox_has_two_deadlines_too() {
    let server = brief().await;
    let (unopened, opened) = (server.ask().await, server.ask().await);
    let alice = Phone::signed_in(&server, "alice").await;
    assert_eq!(alice.inbox().await.len(), 2);
    let (address, question) = alice.open_request().await;
    assert_eq!(question.status, 200);
    server.advance(60);
    assert_eq!(alice.inbox().await, [address.as_str()], "the other one is over");
    server.collect(&unopened).await.is_error(400, "expired_token");
    server.collect(&opened).await.is_error(400, "authorization_pending");
    // The client wanted two minutes in all.
    server.advance(59);
    assert_eq!(alice.answer_request("allow", &[]).await.status, 200);
    assert_eq!(server.collect(&opened).await.status, 200);
}

/// R6.2: the time to decide belongs to whoever came in time. An attacker who opens the request that they began, by whatever
/// browser, wins nothing for a victim who gets the code too late.
#[tokio::test]
async fn nobody_wins_time_for_somebody_else() {
    let server = brief().await;
    let codes = server.device_authorization().await;
    let early = Phone::new(&server);
    assert_eq!(early.type_code(&codes.user_code).await.location(), "/device/decision");
    server.advance(60);
    let late = Phone::signed_in(&server, "alice").await;
    let by_link = late.get(&format!("/device?user_code={}", codes.user_code)).await;
    assert_eq!((late.type_code(&codes.user_code).await.status, by_link.status), (404, 404));
    // Who came in time may come again, and so may the person on another device, once they are known.
    assert_eq!(early.type_code(&codes.user_code).await.location(), "/device/decision");
    early.sign_in("bob", PASSWORD).await;
    assert_eq!(early.get("/device/decision").await.status, 200);
    let other = Phone::signed_in(&server, "bob").await;
    assert_eq!(other.type_code(&codes.user_code).await.location(), "/device/decision");
    assert_eq!(late.type_code(&codes.user_code).await.status, 404);
}

/// R6.2: a client that may not learn who exists does not learn it from when a request ends that nobody opened.
#[tokio::test]
async fn the_first_deadline_tells_nothing_of_who_exists() {
    let server = TestServer::with(|config| {
        let brief = json!({ "longest": 60, "longest_at_risk": 60, "time_to_decide": 120 });
        config.policy = policy(json!({ "short_lived_codes": brief }));
        with_till(config);
        config.clients.push(Client { tandem_user_hints: UserHints::Conceal, ..asker("stranger") });
    })
    .await;
    let mut asked = Vec::new();
    for who in ["alice", "nobody"] {
        let form = [("scope", "openid"), ("login_hint", who)];
        asked.push(auth_req_id(&server.ask_as("stranger", &form).await));
    }
    let (_, question) = Phone::signed_in(&server, "alice").await.open_request().await;
    assert_eq!(question.status, 200);
    server.advance(60);
    for (after, word) in [(0, "authorization_pending"), (60, "expired_token")] {
        server.advance(after);
        for id in &asked {
            let form = [("grant_type", CIBA), ("auth_req_id", id.as_str())];
            server.post_as("stranger", "/token", &form).await.is_error(400, word);
        }
    }
}

/// R6.11: where policy knows that strangers share a network, one of them makes no trouble for the others.
#[tokio::test]
async fn a_shared_network_is_not_under_suspicion() {
    let server = TestServer::with(|config| {
        config.policy = policy(json!({
            "short_lived_codes": { "longest": 300, "longest_at_risk": 30 },
            "establish_proximity": { "shared_networks": ["192.0.2.0/28"] },
        }));
    })
    .await;
    for (address, then) in [("192.0.2.1", 300), ("192.0.2.99", 30)] {
        let request = Request::post("/device_authorization")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from("client_id=tv"))
            .unwrap();
        let told = server.send_from(address, request).await.json();
        let code = told["user_code"].as_str().unwrap();
        Phone::signed_in(&server, "alice").await.decide(code, "report").await;
        assert_eq!(expires_in(&server, address).await, then, "{address}");
    }
}
