//! Where do both devices say they are?

use super::{Became, alice_at, allowed, codes_at, proximity, server};
use crate::authorization_device::phone_app::PhoneApp;
use crate::support::ciba::auth_req_id;
use crate::support::{Answer, DEVICE, PHONE, TestServer, form_request, policy};
use axum::http::{HeaderName, Method};
use serde_json::{Value, json};
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_core::mitigations::Finding;
use tandem_server::config::Config;

/// A TV in Tokyo Station, to 20 metres.
const TV: &str = "35.681200,139.767100,20";
/// In front of it.
const BESIDE: &str = "35.681260,139.767180,15";
/// 400 kilometres away.
const OSAKA: &str = "34.690000,135.500000,15";
/// Somewhere in the city.
const VAGUE: &str = "35.681200,139.767100,60000";

const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// A TV that says where it is, and a phone that says this of itself.
async fn became(server: &TestServer, phone: Option<&str>) -> Became {
    let codes = codes_at(server, DEVICE, &[("tandem_device_coordinates", TV)]).await;
    let more: Vec<_> = phone.map(|phone| ("coordinates", phone)).into_iter().collect();
    allowed(server, &codes, PHONE, &more).await
}

fn offers(page: &Answer) -> bool {
    let (button, script) = (page.body.contains("data-location"), page.body.contains("/static/location.js"));
    let allowed = page.header(PERMISSIONS).contains("geolocation=(self)");
    assert!(button == script && button == allowed, "{button} {script} {allowed}");
    assert!(page.header(axum::http::header::CONTENT_SECURITY_POLICY).contains("script-src 'self'"));
    button
}

/// R6.1h+: the browser is asked only where policy looks at coordinates and the device sent some, and the page says what
/// becomes of them.
#[tokio::test]
async fn the_browser_is_asked_only_where_it_matters() {
    let looking = server(json!({ "coordinates": "show" })).await;
    let page = became(&looking, None).await.page;
    assert!(offers(&page), "{}", page.body);
    assert!(page.body.contains("and don’t keep it"), "{}", page.body);
    assert!(page.body.contains("name=\"coordinates\" value=\"\""), "{}", page.body);
    assert!(!page.body.contains("35.68"), "where the TV is, is not told");
    let silent = codes_at(&looking, DEVICE, &[]).await;
    assert!(!offers(&allowed(&looking, &silent, PHONE, &[]).await.page));
    assert!(!offers(&became(&server(json!({})).await, None).await.page));
    let sign_in = looking.get("/sign-in").await;
    assert!(sign_in.header(PERMISSIONS).contains("geolocation=()"));
    let script = looking.get("/static/location.js").await;
    assert_eq!(script.status, 200);
}

/// R6.1e: each response, far and near.
#[tokio::test]
async fn coordinates_are_compared_within_their_accuracies() {
    for response in ["show", "limit"] {
        let server = server(json!({ "coordinates": response })).await;
        for phone in [None, Some(BESIDE), Some(OSAKA)] {
            became(&server, phone).await.went_through();
        }
    }
    let stepping = server(json!({ "coordinates": "step_up" })).await;
    became(&stepping, Some(BESIDE)).await.went_through();
    let far = became(&stepping, Some(OSAKA)).await;
    let answer = far.answer.as_ref().unwrap();
    assert!(answer.body.contains("passkey") && !answer.body.contains("value=\"allow\""), "{}", answer.body);
    assert!(!far.is_granted());
    let refusing = server(json!({ "coordinates": "refuse" })).await;
    became(&refusing, Some(BESIDE)).await.went_through();
    let far = became(&refusing, Some(OSAKA)).await;
    assert_eq!(far.answer.as_ref().unwrap().status, 403, "{far:?}");
    assert!(far.answer.as_ref().unwrap().body.contains("Stopped: too far away"), "{far:?}");
    assert!(!far.is_granted());
    // The distance is a setting.
    let generous = server(json!({ "coordinates": "refuse", "coordinates_m": 100_000 })).await;
    assert!(!became(&generous, Some(OSAKA)).await.is_granted());
    became(&generous, Some("35.9,139.9,10")).await.went_through();
}

/// Garbage, nothing and "anywhere" are unknown: they neither prove nearness nor break the page.
#[tokio::test]
async fn lies_and_garbage_prove_nothing() {
    let garbage = [
        "",
        ",,",
        "NaN,NaN,NaN",
        "inf,0,0",
        "91,0,1",
        "0,181,1",
        "0,0,-1",
        "35.68,139.76",
        "<script>",
        "1e999,0,0",
        "35.681200;139.767100;20",
        VAGUE,
        "0,0,50000000",
    ];
    let lenient = server(json!({ "coordinates": "refuse", "unknown": "off" })).await;
    let wary = server(json!({ "coordinates": "refuse", "unknown": "step_up" })).await;
    let strict = server(json!({ "coordinates": "refuse", "unknown": "refuse" })).await;
    let long = "9".repeat(5000);
    for phone in garbage.into_iter().chain([long.as_str()]) {
        became(&lenient, Some(phone)).await.went_through();
        assert!(!became(&wary, Some(phone)).await.is_granted(), "{phone}");
        let refused = became(&strict, Some(phone)).await;
        assert!(!refused.is_granted(), "{phone}");
        assert!(!refused.answer.unwrap().body.contains("<script>"), "{phone}");
    }
    became(&wary, Some(BESIDE)).await.went_through();
    became(&strict, Some(BESIDE)).await.went_through();
    // Nobody is kept from the page that asks them; whoever sends nothing is asked again.
    let silent = became(&strict, None).await;
    assert!(silent.page.body.contains("only if your location shows"), "{}", silent.page.body);
    assert!(!silent.is_granted());
}

/// A phone that claims to be where the TV is passes: coordinates are what devices say of themselves (Limitations).
#[tokio::test]
async fn a_true_lie_passes() {
    let server = server(json!({ "coordinates": "refuse", "unknown": "refuse" })).await;
    became(&server, Some(TV)).await.went_through();
}

/// A device that sends nonsense is told so, whatever policy says.
#[tokio::test]
async fn a_device_is_told_of_malformed_coordinates() {
    for says in [json!({}), json!({ "coordinates": "refuse" })] {
        let server = server(says).await;
        for bad in ["here", "35.68,139.76", "NaN,0,1", "91,0,1", "0,0,-1", &"1".repeat(200)] {
            let form = [("client_id", "tv"), ("scope", "openid"), ("tandem_device_coordinates", bad)];
            let answer = server.send_from(DEVICE, form_request("/device_authorization", &form)).await;
            answer.is_error(400, "invalid_request");
        }
    }
}

/// R6.1f: a network, a place and coordinates may be required together; the strictest word counts.
#[tokio::test]
async fn several_kinds_hold_together() {
    let server = server(json!({ "network": "refuse", "coordinates": "refuse", "unknown": "refuse" })).await;
    let codes = || codes_at(&server, DEVICE, &[("tandem_device_coordinates", TV)]);
    let both = allowed(&server, &codes().await, DEVICE, &[("coordinates", BESIDE)]).await;
    both.went_through();
    let network_only = allowed(&server, &codes().await, DEVICE, &[("coordinates", OSAKA)]).await;
    assert!(!network_only.is_granted());
    let coordinates_only = allowed(&server, &codes().await, PHONE, &[("coordinates", BESIDE)]).await;
    coordinates_only.is_refused_at_once();
}

/// R6.1h+: where the person was is kept nowhere: what is kept is that it agreed.
#[tokio::test]
async fn the_persons_position_is_kept_nowhere() {
    let server = server(json!({ "coordinates": "show" })).await;
    let codes = codes_at(&server, DEVICE, &[("tandem_device_coordinates", TV)]).await;
    let phone = alice_at(&server, PHONE).await;
    let page = phone.open(&codes.user_code).await;
    let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
    let form =
        [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow"), ("coordinates", BESIDE)];
    assert_eq!(phone.post("/device/decision", &form).await.status, 200);
    let crossing = server.app.store.crossing(CrossingId::of_secret(&codes.device_code)).unwrap();
    let Crossing::Approved(approved) = &crossing else { panic!("{crossing:?}") };
    assert!(approved.approval.findings.found().any(|found| found == Finding::CoordinatesAgree));
    let kept = serde_json::to_string(&*approved.approval).unwrap();
    assert!(!kept.contains("35.68") && !kept.contains("35681260"), "{kept}");
    assert!(!format!("{crossing:?}").contains("3568"), "a log that shows a crossing shows no position");
    let events = server.app.store.events(100, None).await.unwrap();
    assert!(events.iter().all(|event| !format!("{event:?}").contains("35.68")));
    // The device's own are gone with the crossing.
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
    let redeemed = server.app.store.crossing(CrossingId::of_secret(&codes.device_code)).unwrap();
    assert!(redeemed.request().is_none(), "{redeemed:?}");
}

/// The same holds for a request that is sent to a person.
#[tokio::test]
async fn backchannel_requests_compare_coordinates_too() {
    let with = |says: Value| async move {
        TestServer::with(|config: &mut Config| {
            crate::support::ciba::with_till(config);
            config.policy = proximity(&says);
        })
        .await
    };
    let ask = |server: TestServer, phone: Option<&'static str>| async move {
        let form = [("scope", "openid"), ("login_hint", "alice"), ("tandem_device_coordinates", TV)];
        let id = auth_req_id(&server.ask_as("till", &form).await);
        let alice = alice_at(&server, PHONE).await;
        let (_, page) = alice.open_request().await;
        let more: Vec<_> = phone.map(|phone| ("coordinates", phone)).into_iter().collect();
        let answer = alice.answer_request("allow", &more).await;
        (page, answer, server.collect(&id).await)
    };
    let (page, _, tokens) = ask(with(json!({})).await, Some(OSAKA)).await;
    assert!(!offers(&page));
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let strict = || with(json!({ "coordinates": "refuse", "unknown": "refuse" }));
    let (page, _, tokens) = ask(strict().await, Some(BESIDE)).await;
    assert!(offers(&page));
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    for phone in [None, Some(OSAKA), Some("garbage")] {
        let (_, _, tokens) = ask(strict().await, phone).await;
        tokens.is_error(400, "authorization_pending");
    }
}

/// An app sends its own beside what it signs.
#[tokio::test]
async fn an_app_sends_coordinates_too() {
    let server = TestServer::with(|config: &mut Config| {
        crate::support::ciba::with_till(config);
        config.policy = policy(json!({
            "establish_proximity": { "coordinates": "refuse", "unknown": "refuse", "geolocation": "off" },
            "user_education": { "interstitial": "never" },
            "rate_limits": { "open_requests": 9 },
        }));
    })
    .await;
    let app = PhoneApp::of(&server, "alice").await;
    let ask = [("scope", "openid"), ("login_hint", "alice"), ("tandem_device_coordinates", TV)];
    for (coordinates, refused) in [
        (json!(null), Some("access_denied")),
        (json!("nowhere"), Some("access_denied")),
        (json!(OSAKA), Some("access_denied")),
        (json!({ "latitude": 35.6 }), Some("invalid_request")),
        (json!(BESIDE), None),
    ] {
        let auth_req_id = auth_req_id(&server.ask_as("till", &ask).await);
        let id = CrossingId::of_secret(&auth_req_id);
        let decision = app.sign(&app.claims(id, "approve").await);
        let body = json!({ "decision": decision, "coordinates": coordinates });
        let path = format!("/authorization-device/requests/{id}/decision");
        let answer = app.send(app.request(Method::POST, &path, Some(&body))).await;
        assert_eq!(answer.json()["error"].as_str(), refused, "{coordinates}: {}", answer.body);
        assert_eq!(server.collect(&auth_req_id).await.status == 200, refused.is_none(), "{coordinates}");
    }
}
