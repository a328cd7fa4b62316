//! Trusted networks: where requests may come from, and where a yes may.

use super::*;
use crate::support::{Codes, DEVICE, PHONE, Phone};

const SHOP: &str = "192.0.2.0/24";

/// What an attacker elsewhere writes to seem to be in the shop.
const LIES: [(&str, &str); 6] = [
    ("x-forwarded-for", "192.0.2.10"),
    ("forwarded", "for=192.0.2.10;proto=https"),
    ("x-real-ip", "192.0.2.10"),
    ("cf-connecting-ip", "192.0.2.10"),
    ("true-client-ip", "192.0.2.10"),
    ("x-client-ip", "192.0.2.10"),
];

fn with_lies(mut request: Request<Body>) -> Request<Body> {
    for (name, value) in LIES {
        request.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
    }
    request
}

fn ask() -> Request<Body> {
    form_request(AUTHORIZE, &[("client_id", "tv"), ("scope", "openid")])
}

fn ask_alice() -> Request<Body> {
    let mut request = form_request(ASK, &[("scope", "openid"), ("login_hint", "alice")]);
    request.headers_mut().insert(header::AUTHORIZATION, basic("till", SECRET).parse().unwrap());
    request
}

/// R6.8: off, every network may ask and answer.
#[tokio::test]
async fn without_networks_everybody_asks_from_anywhere() {
    let server = server(json!({})).await;
    for address in [DEVICE, "203.0.113.9", "2001:db8::1"] {
        is_taken(&server.send_from(address, ask()).await);
        is_taken(&server.send_from(address, ask_alice()).await);
    }
}

/// R6.8: on, only the named networks may ask, whatever a request says of itself.
#[tokio::test]
async fn only_named_networks_ask_and_headers_change_nothing() {
    let server = server(json!({ "trusted_networks": { "initiate": [SHOP, "2001:db8:5::/48"] } })).await;
    for address in ["192.0.2.10", "::ffff:192.0.2.77", "2001:db8:5:1::9"] {
        is_taken(&server.send_from(address, ask()).await);
        is_taken(&server.send_from(address, ask_alice()).await);
    }
    for address in ["192.0.3.1", "203.0.113.9", "2001:db8:6::1", "::ffff:203.0.113.9"] {
        is_refused(&server.send_from(address, ask()).await);
        is_refused(&server.send_from(address, ask_alice()).await);
        is_refused(&server.send_from(address, with_lies(ask())).await);
        is_refused(&server.send_from(address, with_lies(ask_alice())).await);
    }
    let true_word = server.send_from(DEVICE, with_lies(ask())).await;
    is_taken(&true_word);
}

/// R6.8: per client, where only one of them stands in a known network.
#[tokio::test]
async fn a_client_can_have_networks_of_its_own() {
    let server = server_with(json!({}), |config| {
        let tv = config.clients.iter_mut().find(|client| client.client_id == "tv").unwrap();
        tv.tandem_policy = policy(json!({ "trusted_networks": { "initiate": [SHOP] } }));
    })
    .await;
    is_refused(&server.send_from("203.0.113.9", ask()).await);
    is_taken(&server.send_from("203.0.113.9", ask_alice()).await);
}

fn approve_in(network: &str) -> Value {
    json!({ "trusted_networks": { "approve": [network] } })
}

/// Whether the phone at this address can say yes to a request of `tv`.
async fn says_yes(server: &TestServer, address: &'static str) -> bool {
    let codes = Codes::read(&server.send(ask()).await);
    let phone = Phone::at(server, address);
    phone.sign_in("alice", crate::support::PASSWORD).await;
    let page = phone.get("/device").await;
    let csrf = page.field("csrf");
    let opened = phone.post("/device", &[("user_code", codes.user_code.as_str()), ("csrf", &csrf)]).await;
    if opened.status == 303 {
        let question =
            phone.send(with_lies(Request::get("/device/decision").body(Body::empty()).unwrap())).await;
        if question.status == 200 && question.body.contains("name=\"crossing\"") {
            phone.answer(&question, "allow").await;
        }
    }
    let polled = poll_tv(server, &codes.device_code, &Shown::nothing()).await;
    polled.status == 200
}

/// R6.8: a yes from elsewhere does not count, in the room of codes.
#[tokio::test]
async fn only_named_networks_say_yes_to_a_code() {
    let on = server(approve_in("198.51.100.0/24")).await;
    assert!(says_yes(&on, PHONE).await);
    assert!(!says_yes(&on, "203.0.113.9").await);
    assert!(says_yes(&server(json!({})).await, "203.0.113.9").await, "off");
}

/// R6.8: nor in the room of requests that are sent to a person; no is always heard.
#[tokio::test]
async fn only_named_networks_say_yes_to_a_request() {
    for (policy, address, counts) in [
        (approve_in("198.51.100.0/24"), PHONE, true),
        (approve_in("198.51.100.0/24"), "203.0.113.9", false),
        (json!({}), "203.0.113.9", true),
    ] {
        let server = server(policy).await;
        let id = server.ask().await;
        let phone = Phone::at(&server, address);
        phone.sign_in("alice", crate::support::PASSWORD).await;
        let (question, page) = phone.open_request().await;
        if page.status == 200 && page.body.contains("name=\"crossing\"") {
            let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
            let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
            phone.send(with_lies(form_request(&question, &form))).await;
        }
        let collected = poll_till(&server, &id, &Shown::nothing()).await;
        assert_eq!(collected.status == 200, counts, "{address}: {}", collected.body);
    }
}
