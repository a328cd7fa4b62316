//! Do both devices come from one network?

use super::{alice_at, allowed, codes_at, crossing, proximity, server};
use crate::support::{DEVICE, PHONE, TestServer, form_request, policy};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request};
use serde_json::json;
use std::net::IpAddr;
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_core::mitigations::Finding;
use tandem_server::config::{Config, ForwardedHeader, Network, Proxy};
use tandem_server::edge::address::{TrustedProxies, client_address};

/// R6.1d: off, another network is told and stops nothing: phones are often on mobile networks.
#[tokio::test]
async fn off_it_is_told_and_stops_nothing() {
    let server = server(json!({})).await;
    let became = crossing(&server, DEVICE, PHONE).await;
    assert!(became.page.body.contains("Another network"), "{}", became.page.body);
    assert!(!became.page.body.contains("on another network than you are"), "{}", became.page.body);
    became.went_through();
    let same = crossing(&server, DEVICE, DEVICE).await;
    assert!(same.page.body.contains("Your network"), "{}", same.page.body);
    same.went_through();
}

/// R6.1b: `show` warns before the question, and leaves the decision to the person.
#[tokio::test]
async fn show_warns_and_stops_nothing() {
    let server = server(json!({ "network": "show" })).await;
    let apart = crossing(&server, DEVICE, PHONE).await;
    let (warning, question) = (
        apart.page.body.find("on another network than you are").unwrap(),
        apart.page.body.find("<h1").unwrap(),
    );
    assert!(warning < question, "what is odd comes before the question");
    apart.went_through();
    let same = crossing(&server, DEVICE, DEVICE).await;
    assert!(!same.page.body.contains("on another network than you are"));
    same.went_through();
}

/// The page before the question stands there for whoever is on another network, and only then (R6.13a).
#[tokio::test]
async fn show_raises_the_risk() {
    let server = TestServer::with(|config: &mut Config| {
        config.policy = policy(json!({ "establish_proximity": { "network": "show" } }));
    })
    .await;
    let apart = crossing(&server, DEVICE, PHONE).await;
    assert!(apart.page.body.contains("value=\"continue\""), "{}", apart.page.body);
    assert!(!apart.is_granted(), "a yes to a page that asked nothing");
    let same = crossing(&server, DEVICE, DEVICE).await;
    assert!(!same.page.body.contains("value=\"continue\""));
    same.went_through();
}

/// R6.1b, R6.1g: `limit` grants less where the devices are apart, and the page says so.
#[tokio::test]
async fn limit_grants_less() {
    let with = |most_at_risk: Option<&'static str>| async move {
        TestServer::with(|config: &mut Config| {
            config.policy = policy(json!({
                "establish_proximity": { "network": "limit" },
                "limited_scopes": most_at_risk.map_or(json!({}), |most| json!({ "most_at_risk": most })),
                "user_education": { "interstitial": "never" },
            }));
        })
        .await
    };
    let server = with(Some("openid")).await;
    let apart = crossing(&server, DEVICE, PHONE).await;
    apart.went_through();
    assert_eq!(apart.poll.json()["scope"], "openid");
    let same = crossing(&server, DEVICE, DEVICE).await;
    assert_eq!(same.poll.json()["scope"], "openid profile offline_access");
    let unlimited = crossing(&with(None).await, DEVICE, PHONE).await;
    assert_eq!(unlimited.poll.json()["scope"], "openid profile offline_access");
}

/// R6.1b: `step_up` wants a fresh passkey where the devices are apart, and a password's session where they are not.
#[tokio::test]
async fn step_up_wants_a_passkey() {
    let server = server(json!({ "network": "step_up" })).await;
    crossing(&server, DEVICE, PHONE).await.wants_a_passkey();
    crossing(&server, DEVICE, DEVICE).await.went_through();
}

/// R6.1b: `refuse` ends it when it is opened, in words; off, the same goes through.
#[tokio::test]
async fn refuse_ends_it() {
    let server = server(json!({ "network": "refuse" })).await;
    crossing(&server, DEVICE, PHONE).await.is_refused_at_once();
    crossing(&server, DEVICE, DEVICE).await.went_through();
    // What was opened at home and is answered elsewhere is refused then.
    let codes = codes_at(&server, DEVICE, &[]).await;
    let at_home = alice_at(&server, DEVICE).await;
    let page = at_home.open(&codes.user_code).await;
    let elsewhere = at_home.moved_to(PHONE);
    let answer = elsewhere.answer(&page, "allow").await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    // A no stands in nobody's way.
    server.advance(10);
    assert_eq!(elsewhere.answer(&page, "deny").await.status, 200);
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
}

/// R6.1b: prefixes are settings.
#[tokio::test]
async fn prefixes_say_what_one_network_is() {
    let wide = server(json!({ "network": "refuse", "ipv4_prefix": 24, "ipv6_prefix": 48 })).await;
    crossing(&wide, "192.0.2.10", "192.0.2.200").await.went_through();
    crossing(&wide, "192.0.2.10", "192.0.3.10").await.is_refused_at_once();
    crossing(&wide, "2001:db8:1:1::1", "2001:db8:1:ffff::1").await.went_through();
    crossing(&wide, "2001:db8:1::1", "2001:db8:2::1").await.is_refused_at_once();
    let usual = server(json!({ "network": "refuse" })).await;
    crossing(&usual, "192.0.2.10", "192.0.2.200").await.is_refused_at_once();
    crossing(&usual, "2001:db8:1:1::1", "2001:db8:1:1:aaaa::1").await.went_through();
    crossing(&usual, "2001:db8:1:1::1", "2001:db8:1:2::1").await.is_refused_at_once();
    crossing(&usual, "::ffff:192.0.2.10", "192.0.2.10").await.went_through();
}

/// R6.1d: IPv4 here and IPv6 there, and addresses that many share, are unknown: neither near nor far.
#[tokio::test]
async fn what_cannot_be_told_is_unknown() {
    for (unknown, passes) in [("off", true), ("show", true), ("refuse", false)] {
        let shared = ["100.64.0.0/10", "203.0.113.0/24"];
        let server =
            server(json!({ "network": "refuse", "unknown": unknown, "shared_networks": shared })).await;
        for (device, phone) in [
            ("192.0.2.10", "2001:db8::1"),
            ("2001:db8::1", "192.0.2.10"),
            ("100.64.1.1", "100.64.1.1"),
            ("203.0.113.7", "203.0.113.7"),
            ("203.0.113.7", "192.0.2.10"),
        ] {
            let became = crossing(&server, device, phone).await;
            assert_eq!(became.is_granted(), passes, "{unknown}: {device} {phone}");
        }
    }
    let wary = server(json!({ "network": "refuse", "unknown": "step_up" })).await;
    crossing(&wary, "192.0.2.10", "2001:db8::1").await.wants_a_passkey();
    let told = crossing(&server(json!({})).await, "192.0.2.10", "2001:db8::1").await;
    assert!(told.page.body.contains("we can’t tell where"), "{}", told.page.body);
}

/// Nobody moves by a header: only a proxy that the operator named is believed, and only its own last word.
#[tokio::test]
async fn forwarded_headers_move_nobody() {
    let server = server(json!({ "network": "refuse" })).await;
    let codes = codes_at(&server, DEVICE, &[]).await;
    let attacker: IpAddr = PHONE.parse().unwrap();
    let proxy = "198.51.100.1";
    let trusting = TrustedProxies::new(&Proxy {
        trusted_proxies: vec![Network::try_from(proxy.to_owned()).unwrap()],
        forwarded_header: ForwardedHeader::XForwardedFor,
        ..Proxy::default()
    });
    for (peer, name, claim, expected) in [
        (PHONE, "x-forwarded-for", DEVICE.to_owned(), attacker),
        (PHONE, "forwarded", format!("for={DEVICE}"), attacker),
        (PHONE, "x-real-ip", DEVICE.to_owned(), attacker),
        (PHONE, "x-forwarded-for", format!("{DEVICE}, {DEVICE}"), attacker),
        // Through the proxy the attacker writes what they like in front; what the proxy adds counts.
        (proxy, "x-forwarded-for", format!("{DEVICE}, {PHONE}"), attacker),
        // The header that the proxy does not use.
        (proxy, "forwarded", format!("for={DEVICE}"), proxy.parse().unwrap()),
    ] {
        let mut headers = HeaderMap::new();
        let name: axum::http::HeaderName = name.parse().unwrap();
        headers.insert(name.clone(), HeaderValue::try_from(claim.as_str()).unwrap());
        let found = client_address(peer.parse().unwrap(), &headers, &trusting);
        assert_eq!(found, expected, "{peer} {name}: {claim}");
        // Nor does a handler read any of them by itself.
        let phone = alice_at(&server, PHONE).await;
        assert_eq!(phone.open(&codes.user_code).await.status, 403);
        let csrf = phone.get("/device").await.field("csrf");
        let mut typed = form_request("/device", &[("user_code", codes.user_code.as_str()), ("csrf", &csrf)]);
        typed.headers_mut().extend(headers.clone());
        assert_eq!(phone.send(typed).await.location(), "/device/decision");
        let mut look = Request::get("/device/decision").body(Body::empty()).unwrap();
        look.headers_mut().extend(headers);
        assert_eq!(phone.send(look).await.status, 403, "{claim}");
    }
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
}

/// Each flow and each client has a word of its own.
#[tokio::test]
async fn flows_and_clients_differ() {
    let server = TestServer::with(|config: &mut Config| {
        config.policy = proximity(&json!({ "network": "refuse" }));
        config.device_authorization.policy =
            policy(json!({ "establish_proximity": { "network": "step_up" } }));
    })
    .await;
    crossing(&server, DEVICE, PHONE).await.wants_a_passkey();
    let lenient = TestServer::with(|config: &mut Config| {
        config.policy = proximity(&json!({ "network": "refuse" }));
        let tv = config.clients.iter_mut().find(|client| client.client_id == "tv").unwrap();
        tv.tandem_policy = policy(json!({ "establish_proximity": { "network": "off" } }));
    })
    .await;
    crossing(&lenient, DEVICE, PHONE).await.went_through();
}

/// What was found is kept with the crossing, for `tandem policy explain`.
#[tokio::test]
async fn what_was_found_is_kept() {
    let server = server(json!({ "network": "show" })).await;
    let codes = codes_at(&server, DEVICE, &[]).await;
    let phone = alice_at(&server, PHONE).await;
    let page = phone.open(&codes.user_code).await;
    assert_eq!(phone.answer(&page, "allow").await.status, 200);
    let crossing = server.app.store.crossing(CrossingId::of_secret(&codes.device_code)).unwrap();
    let Crossing::Approved(approved) = crossing else { panic!("{crossing:?}") };
    let found: Vec<_> = approved.approval.findings.found().collect();
    assert!(found.contains(&Finding::OtherNetwork), "{found:?}");
    assert!(found.contains(&Finding::RaisedRisk), "{found:?}");
    let same = allowed(&server, &codes_at(&server, DEVICE, &[]).await, DEVICE, &[]).await;
    same.went_through();
}
