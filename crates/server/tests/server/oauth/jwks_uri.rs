//! Which keys does a client have that publishes them? (`jwks_uri`: RFC 7591 section 2; OpenID Connect Core section 10.1.1)

use crate::support::ciba::{asker, request_claims};
use crate::support::receiver::{Behaviour, Receiver, allow_loopback};
use crate::support::{Answer, DEVICE_CODE, ISSUER, Key, TestServer, uuid};
use axum::http::header;
use serde_json::json;
use tandem_server::config::{AuthMethod, Client, Config, GrantType, SigningAlgorithm};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A call whose client authentication holds gets as far as the unknown device code.
const AUTHENTICATED: (u16, &str) = (400, "invalid_grant");
const REFUSED: (u16, &str) = (401, "invalid_client");

/// In seconds; what they mean stands in `published_keys`.
const FRESH: u64 = 5 * 60;
const HOLD: u64 = 60 * 60;
const PAUSE: u64 = 30;

/// A client that publishes its keys, and where.
struct Publisher {
    server: TestServer,
    page: Receiver,
}

fn keyed(page: &Receiver) -> Client {
    Client {
        token_endpoint_auth_method: AuthMethod::PrivateKeyJwt,
        jwks_uri: Some(page.url.clone()),
        grant_types: vec![GrantType::DeviceCode],
        ..Client::new("keyed")
    }
}

/// The keys, named.
fn set(keys: &[(&str, &Key)]) -> Behaviour {
    let named = |(kid, key): &(&str, &Key)| {
        let mut jwk = key.jwk();
        jwk["kid"] = json!(kid);
        jwk
    };
    Behaviour::Document(json!({ "keys": keys.iter().map(named).collect::<Vec<_>>() }).to_string())
}

impl Publisher {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let page = Receiver::start().await;
        let client = keyed(&page);
        let server = TestServer::with(|config| {
            allow_loopback(config);
            config.clients.push(client);
            change(config);
        })
        .await;
        Self { server, page }
    }

    fn publishes(&self, keys: &[(&str, &Key)]) {
        self.page.then([set(keys)]);
    }

    async fn signs(&self, kid: &str, key: &Key) -> Answer {
        assert_with(&self.server, &assertion(&self.server, kid, key)).await
    }

    async fn is_let_in(&self, kid: &str, key: &Key) {
        self.signs(kid, key).await.is_error(AUTHENTICATED.0, AUTHENTICATED.1);
    }

    async fn is_refused(&self, kid: &str, key: &Key) {
        self.signs(kid, key).await.is_error(REFUSED.0, REFUSED.1);
    }

    fn looks(&self) -> usize {
        self.page.calls().len()
    }
}

fn assertion(server: &TestServer, kid: &str, key: &Key) -> String {
    let now = server.now().as_secs();
    let claims =
        json!({ "iss": "keyed", "sub": "keyed", "aud": ISSUER, "jti": uuid(), "iat": now, "exp": now + 60 });
    key.jws(&json!({ "alg": "ES256", "kid": kid }), &claims)
}

async fn assert_with(server: &TestServer, assertion: &str) -> Answer {
    let form = [
        ("grant_type", DEVICE_CODE),
        ("device_code", "x"),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ];
    server.post("/token", &form).await
}

#[tokio::test]
async fn keys_are_read_once_for_many_assertions() {
    let (client, key) = (Publisher::start().await, Key::new());
    assert_eq!(client.looks(), 0, "nobody signed yet");
    client.publishes(&[("a", &key)]);
    client.is_let_in("a", &key).await;
    client.is_let_in("a", &key).await;
    client.server.advance(FRESH - 1);
    client.is_let_in("a", &key).await;
    let calls = client.page.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].headers[header::ACCEPT], "application/jwk-set+json, application/json");
    assert!(calls[0].body.is_empty());
}

#[tokio::test]
async fn who_signs_with_a_key_that_is_not_published_is_refused() {
    let (client, key) = (Publisher::start().await, Key::new());
    client.publishes(&[("a", &key)]);
    client.is_refused("a", &Key::new()).await;
    client.is_let_in("a", &key).await;
}

#[tokio::test]
async fn those_who_come_together_cause_one_look() {
    let (client, key) = (Publisher::start().await, Key::new());
    client.publishes(&[("a", &key)]);
    tokio::join!(
        client.is_let_in("a", &key),
        client.is_let_in("a", &key),
        client.is_let_in("a", &key),
        client.is_let_in("a", &key)
    );
    assert_eq!(client.looks(), 1);
}

#[tokio::test]
async fn a_new_key_is_looked_for_but_not_for_everybody_who_makes_one_up() {
    let (client, old, new) = (Publisher::start().await, Key::new(), Key::new());
    client.publishes(&[("old", &old)]);
    client.is_let_in("old", &old).await;
    for made_up in 0..20 {
        client.is_refused(&format!("made up {made_up}"), &new).await;
    }
    assert_eq!(client.looks(), 1);
    client.server.advance(PAUSE);
    client.publishes(&[("new", &new)]);
    client.is_let_in("new", &new).await;
    // What was taken away no longer counts.
    client.is_refused("old", &old).await;
    assert_eq!(client.looks(), 2);
}

#[tokio::test]
async fn a_key_that_was_taken_away_ends_though_nobody_asks_for_another() {
    let (client, key) = (Publisher::start().await, Key::new());
    client.publishes(&[("a", &key)]);
    client.is_let_in("a", &key).await;
    client.server.advance(FRESH);
    client.publishes(&[]);
    // Nobody waits for the look.
    client.is_let_in("a", &key).await;
    client.page.wait_for(2).await;
    let mut tries = 0;
    while client.signs("a", &key).await.status == AUTHENTICATED.0 {
        tries += 1;
        assert!(tries < 10_000, "a key that was taken away still counts");
        tokio::task::yield_now().await;
    }
    assert_eq!(client.looks(), 2);
}

#[tokio::test]
async fn what_is_no_key_set_lets_nobody_in_and_is_asked_for_again() {
    let elsewhere = Receiver::start().await;
    let (client, key) = (Publisher::start().await, Key::new());
    let mut private = key.jwk();
    private["d"] = json!("AAAA");
    let long = format!("{{\"keys\":[]}}{}", " ".repeat(64 * 1024));
    for (looks, behaviour) in [
        Behaviour::Status(500),
        Behaviour::Status(204),
        Behaviour::Redirect(elsewhere.url.to_string()),
        Behaviour::Refusal(json!({ "keys": [key.jwk()] }).to_string()),
        Behaviour::Body(100),
        Behaviour::Document(String::new()),
        Behaviour::Document(json!({ "keys": {} }).to_string()),
        Behaviour::Document(json!({ "keys": [private] }).to_string()),
        Behaviour::Document(long),
    ]
    .into_iter()
    .enumerate()
    {
        let told = format!("{behaviour:?}");
        client.page.then([behaviour]);
        client.is_refused("a", &key).await;
        client.is_refused("a", &key).await;
        assert_eq!(client.looks(), looks + 1, "{told}");
        client.server.advance(PAUSE);
    }
    client.publishes(&[("a", &key)]);
    client.is_let_in("a", &key).await;
    assert!(elsewhere.calls().is_empty(), "a redirect was followed");
}

#[tokio::test]
async fn keys_hold_for_an_hour_while_they_cannot_be_read() {
    let (client, key) = (Publisher::start().await, Key::new());
    client.publishes(&[("a", &key)]);
    client.is_let_in("a", &key).await;
    client.server.advance(HOLD - 1);
    client.is_let_in("a", &key).await;
    client.page.wait_for(2).await;
    client.server.advance(1);
    client.is_refused("a", &key).await;
    client.server.advance(PAUSE);
    client.publishes(&[("a", &key)]);
    client.is_let_in("a", &key).await;
}

#[tokio::test]
async fn what_was_read_ends_with_the_process() {
    let (client, key) = (Publisher::start().await, Key::new());
    client.publishes(&[("a", &key)]);
    client.is_let_in("a", &key).await;
    let Publisher { server, page } = client;
    let client = Publisher { server: server.restart().await, page };
    client.is_refused("a", &key).await;
    assert_eq!(client.looks(), 2);
}

#[tokio::test]
async fn a_private_address_is_not_called_unless_the_operator_says_so() {
    let key = Key::new();
    let client = Publisher::with(|config| config.outgoing.allow_private.clear()).await;
    client.publishes(&[("a", &key)]);
    client.is_refused("a", &key).await;
    assert_eq!(client.looks(), 0);
}

#[tokio::test]
async fn nothing_is_asked_for_a_client_that_is_not_registered_or_has_its_keys_here() {
    let key = Key::new();
    let client = Publisher::with(|config| {
        config.clients.push(Client {
            token_endpoint_auth_method: AuthMethod::PrivateKeyJwt,
            jwks: json!({ "keys": [Key::new().jwk()] }).as_object().cloned(),
            grant_types: vec![GrantType::DeviceCode],
            ..Client::new("here")
        });
    })
    .await;
    for name in ["here", "nobody"] {
        let claims = json!({ "iss": name, "sub": name, "aud": ISSUER, "jti": uuid(), "exp": 1_800_000_060 });
        let assertion = key.jws(&json!({ "alg": "ES256", "kid": "a" }), &claims);
        assert_with(&client.server, &assertion).await.is_error(REFUSED.0, REFUSED.1);
    }
    assert_eq!(client.looks(), 0);
}

#[tokio::test]
async fn a_signed_request_counts_by_a_published_key() {
    let (page, key) = (Receiver::start().await, Key::new());
    let client = Client {
        jwks_uri: Some(page.url.clone()),
        backchannel_authentication_request_signing_alg: Some(SigningAlgorithm::Es256),
        ..asker("shop")
    };
    let server = TestServer::with_askers([client]).await;
    let signed = |kid: &str, key: &Key| {
        key.jws(&json!({ "alg": "ES256", "kid": kid }), &request_claims("shop", server.now()))
    };
    page.then([set(&[("a", &key)])]);
    let ask = async |request: &str| server.ask_as("shop", &[("request", request)]).await;
    assert_eq!(ask(&signed("a", &key)).await.status, 200);
    // Another key, which comes to be published meanwhile.
    let new = Key::new();
    ask(&signed("b", &new)).await.is_error(400, "invalid_request");
    assert_eq!(page.calls().len(), 1);
    server.advance(PAUSE);
    page.then([set(&[("b", &new)])]);
    assert_eq!(ask(&signed("b", &new)).await.status, 200);
    ask(&signed("a", &key)).await.is_error(400, "invalid_request");
    assert_eq!(page.calls().len(), 2);
    // Other keys would not help what is no request.
    server.advance(PAUSE);
    ask("no.request").await.is_error(400, "invalid_request");
    assert_eq!(page.calls().len(), 2);
}
