//! Does nobody collect without the PIN that the phone shows? (BCP 6.1.16)

use crate::support::ciba::with_till;
use crate::support::{Answer, Codes, Phone, TestServer, policy};
use serde_json::{Value, json};
use tandem_core::crossing::CrossingId;
use tandem_server::pin;

fn always() -> Value {
    json!({ "request_initiation_verification": { "pin": "always", "pin_tries": 3 } })
}

async fn started() -> TestServer {
    TestServer::with(|config| {
        with_till(config);
        config.policy = policy(always());
    })
    .await
}

async fn allowed(server: &TestServer) -> Codes {
    let codes = server.device_authorization().await;
    Phone::signed_in(server, "alice").await.allow(&codes.user_code).await;
    codes
}

fn shown(server: &TestServer, secret: &str) -> String {
    pin::of(&server.app, CrossingId::of_secret(secret)).display()
}

/// A PIN that is not this one.
fn wrong(right: &str) -> String {
    right.chars().map(|c| c.to_digit(10).map_or(c, |d| char::from_digit((d + 1) % 10, 10).unwrap())).collect()
}

/// A poll with this PIN, in time.
async fn typed(server: &TestServer, codes: &Codes, pin: &str) -> Answer {
    server.advance(5);
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", "tv"),
        ("device_code", codes.device_code.as_str()),
        ("tandem_pin", pin),
    ];
    server.post("/token", &form).await
}

/// R6.16a: off, a yes is enough.
#[tokio::test]
async fn without_the_demand_no_pin_is_asked_for() {
    let server = TestServer::start().await;
    let codes = allowed(&server).await;
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
}

/// R6.16a: on, the client waits until the PIN is typed, and hears that one is due.
#[tokio::test]
async fn the_yes_alone_collects_nothing() {
    let server = started().await;
    let codes = allowed(&server).await;
    let pending = server.poll(&codes.device_code).await;
    pending.is_error(400, "authorization_pending");
    assert_eq!(pending.json()["tandem_pin_required"], true);
    let right = shown(&server, &codes.device_code);
    assert_eq!(typed(&server, &codes, &right).await.status, 200);
    server.advance(5);
    typed(&server, &codes, &right).await.is_error(400, "invalid_grant");
}

/// R6.16a: before the yes there is nothing to be typed.
#[tokio::test]
async fn a_pin_before_the_yes_counts_for_nothing() {
    let server = started().await;
    let codes = server.device_authorization().await;
    let right = shown(&server, &codes.device_code);
    let pending = typed(&server, &codes, &right).await;
    pending.is_error(400, "authorization_pending");
    assert!(pending.json().get("tandem_pin_required").is_none());
}

/// R6.16a: few tries, over a restart too, then the request is dead for the right PIN.
#[tokio::test]
async fn wrong_pins_end_the_request() {
    let server = started().await;
    let codes = allowed(&server).await;
    let right = shown(&server, &codes.device_code);
    let bad = wrong(&right);
    let first = typed(&server, &codes, &bad).await;
    first.is_error(400, "authorization_pending");
    assert_eq!(first.json()["tandem_pin_tries_left"], 2);
    let server = server.restart().await;
    assert!(
        typed(&server, &codes, "").await.json().get("tandem_pin_tries_left").is_none(),
        "an empty PIN is none"
    );
    assert_eq!(typed(&server, &codes, "letters").await.json()["tandem_pin_tries_left"], 1);
    let last = typed(&server, &codes, &bad).await;
    last.is_error(400, "access_denied");
    assert_eq!(last.json()["tandem_pin_tries_left"], 0);
    typed(&server, &codes, &right).await.is_error(400, "access_denied");
    assert_eq!(server.events().await.iter().filter(|kind| *kind == "pin_missed").count(), 3);
}

/// R6.16a: a flood of guesses at one moment has no more tries than one after the other.
#[tokio::test]
async fn guesses_at_once_are_counted_one_by_one() {
    let server = std::sync::Arc::new(started().await);
    let codes = allowed(&server).await;
    let right = shown(&server, &codes.device_code);
    server.advance(5);
    let guesses: Vec<_> = (0..20)
        .map(|_| {
            let (server, code, bad) =
                (std::sync::Arc::clone(&server), codes.device_code.clone(), wrong(&right));
            tokio::spawn(async move {
                let form = [
                    ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                    ("client_id", "tv"),
                    ("device_code", code.as_str()),
                    ("tandem_pin", bad.as_str()),
                ];
                server.post("/token", &form).await.status
            })
        })
        .collect();
    for guess in guesses {
        assert_ne!(guess.await.unwrap(), 200);
    }
    let missed = server.events().await.iter().filter(|kind| *kind == "pin_missed").count();
    assert!(missed <= 3, "{missed}");
}

/// R6.16a: the same for a request that was sent to a person.
#[tokio::test]
async fn a_till_types_the_pin_too() {
    let server = started().await;
    let id = server.approved("till").await;
    let pending = server.collect(&id).await;
    pending.is_error(400, "authorization_pending");
    assert_eq!(pending.json()["tandem_pin_required"], true);
    server.advance(5);
    let right = shown(&server, &id);
    let form = [
        ("grant_type", "urn:openid:params:grant-type:ciba"),
        ("auth_req_id", id.as_str()),
        ("tandem_pin", right.as_str()),
    ];
    assert_eq!(server.post_as("till", "/token", &form).await.status, 200);
}

/// R6.16a: who cannot send a PIN is told so when the server starts, not when a person has said yes.
#[tokio::test]
async fn a_client_that_is_pushed_to_cannot_be_asked_for_a_pin() {
    let endpoint = url::Url::parse("http://localhost:1/ciba").unwrap();
    let mut config = tandem_server::config::Config::default();
    config.ciba.policy = policy(always());
    config.clients = vec![crate::support::ciba::pushed_to("shop", &endpoint)];
    let told = config.check().unwrap_err().to_string();
    assert!(told.contains("clients[0].backchannel_token_delivery_mode"), "{told}");
    assert!(told.contains("ciba.policy.request_initiation_verification.pin"), "{told}");
    config.clients = vec![crate::support::ciba::pinged("shop", &endpoint)];
    let told = config.check().err().map(|errors| errors.to_string()).unwrap_or_default();
    assert!(!told.contains("request_initiation_verification"), "{told}");
}
