//! Where does the operator's database place both addresses?

use super::{alice_at, codes_at, crossing, proximity};
use crate::support::places::{Places, berlin, city, kyoto, osaka, tokyo};
use crate::support::{Phone, START, TestServer, policy};
use serde_json::{Value, json};
use std::path::PathBuf;
use tandem_core::mitigations::policy::Overrides;
use tandem_core::time::Timestamp;
use tandem_server::app::{App, StartError};
use tandem_server::clock::Clock;
use tandem_server::config::Config;

const OSAKA: &str = "192.0.2.10";
const OSAKA_TOO: &str = "192.0.2.20";
const KYOTO: &str = "198.51.100.10";
const TOKYO: &str = "198.51.100.20";
const BERLIN: &str = "203.0.113.10";
const NOWHERE: &str = "203.0.113.200";
const BERLIN_V6: &str = "2001:db8::1";

fn places(built_at: Timestamp) -> Places {
    Places::built_at(built_at)
        .with("192.0.2.0/24", &osaka())
        .with("198.51.100.10/32", &kyoto())
        .with("198.51.100.20/32", &tokyo())
        .with("203.0.113.10/32", &berlin())
        .with("2001:db8::/32", &berlin())
}

fn folder(config: &Config) -> PathBuf {
    config.data_dir.parent().unwrap().to_owned()
}

/// A server with this policy and these places.
async fn server_with(policy: Overrides, places: Places) -> TestServer {
    TestServer::with(|config: &mut Config| {
        config.policy = policy;
        config.geolocation.database = Some(places.write(&folder(config)));
    })
    .await
}

async fn server(says: Value) -> TestServer {
    server_with(proximity(&says), places(START)).await
}

/// R6.1e: off, places are told and stop nothing.
#[tokio::test]
async fn off_it_is_told_and_stops_nothing() {
    let server = server(json!({})).await;
    let became = crossing(&server, OSAKA, BERLIN).await;
    let told = "It seems to be in <bdi>Osaka, Japan</bdi>, and you in <bdi>Berlin, Germany</bdi>, about <bdi>9,000</bdi> km apart.";
    assert!(became.page.body.contains(told), "{}", became.page.body);
    assert!(!became.page.body.contains("somebody else is holding it"));
    became.went_through();
}

/// R6.1e: `show` says "the TV is in Osaka, you seem to be in Berlin" before the question; R6.1h+: and what a VPN does.
#[tokio::test]
async fn show_warns_and_stops_nothing() {
    let server = server(json!({ "geolocation": "show" })).await;
    let far = crossing(&server, OSAKA, BERLIN).await;
    let warning = "The device seems to be in <bdi>Osaka, Japan</bdi>, and you in <bdi>Berlin, Germany</bdi>.";
    let (warning, question) = (far.page.body.find(warning).unwrap(), far.page.body.find("<h1").unwrap());
    assert!(warning < question);
    assert!(far.page.body.contains("A VPN or mobile data can make it wrong."), "{}", far.page.body);
    far.went_through();
    let near = crossing(&server, OSAKA, OSAKA_TOO).await;
    assert!(near.page.body.contains("It seems to be near you."), "{}", near.page.body);
    assert!(!near.page.body.contains("somebody else is holding it"));
    near.went_through();
    // On one network nobody is far from themselves.
    let same = crossing(&server, OSAKA, OSAKA).await;
    assert!(!same.page.body.contains("It seems"), "{}", same.page.body);
    let unknown = crossing(&server, OSAKA, NOWHERE).await;
    assert!(unknown.page.body.contains("We can’t tell how far it is from you."), "{}", unknown.page.body);
    unknown.went_through();
}

/// The places have the names of the page's language.
#[tokio::test]
async fn places_are_told_in_the_language_of_the_page() {
    let server = server(json!({ "geolocation": "show" })).await;
    let codes = codes_at(&server, OSAKA, &[]).await;
    let phone = alice_at(&server, BERLIN).await;
    phone.open(&codes.user_code).await;
    let page = phone.get("/device/decision?lang=ja").await;
    let there = "この機器は<bdi>日本の大阪市</bdi>、あなたは<bdi>ドイツのベルリン</bdi>にいるようです";
    assert!(page.body.contains(there), "{}", page.body);
}

/// Each response to distance, at a distance and beside each other.
#[tokio::test]
async fn each_response_follows_distance_alone() {
    let stepping = server(json!({ "geolocation": "step_up" })).await;
    crossing(&stepping, OSAKA, BERLIN).await.wants_a_passkey();
    crossing(&stepping, OSAKA, KYOTO).await.went_through();
    let refusing = server(json!({ "geolocation": "refuse" })).await;
    crossing(&refusing, OSAKA, BERLIN).await.is_refused_at_once();
    crossing(&refusing, OSAKA, BERLIN_V6).await.is_refused_at_once();
    crossing(&refusing, "::ffff:192.0.2.10", OSAKA_TOO).await.went_through();
    let limiting = policy(json!({
        "establish_proximity": { "geolocation": "limit" }, "limited_scopes": { "most_at_risk": "openid" },
        "user_education": { "interstitial": "never" },
    }));
    let limiting = server_with(limiting, places(START)).await;
    let far = crossing(&limiting, OSAKA, BERLIN).await;
    far.went_through();
    assert_eq!(far.poll.json()["scope"], "openid");
    assert_eq!(crossing(&limiting, OSAKA, KYOTO).await.poll.json()["scope"], "openid profile offline_access");
}

/// R6.1e: how finely places are compared is a setting, and the same distance means another thing under each.
#[tokio::test]
async fn granularity_is_a_setting() {
    // Which of Osaka, Kyoto (42 km), Tokyo (400 km) and Berlin are together with Osaka.
    for (says, together) in [
        (json!({ "granularity": "distance", "distance_km": 1 }), [true, false, false, false]),
        (json!({ "granularity": "distance", "distance_km": 50 }), [true, true, false, false]),
        (json!({ "granularity": "distance", "distance_km": 500 }), [true, true, true, false]),
        (json!({ "granularity": "distance", "distance_km": 20_000 }), [true, true, true, true]),
        (json!({ "granularity": "city" }), [true, false, false, false]),
        (json!({ "granularity": "country" }), [true, true, true, false]),
        (json!({ "granularity": "continent" }), [true, true, true, false]),
    ] {
        let mut settings = json!({ "geolocation": "refuse", "unknown": "off" });
        settings.as_object_mut().unwrap().extend(says.as_object().unwrap().clone());
        let server = server(settings).await;
        for (phone, expected) in [OSAKA_TOO, KYOTO, TOKYO, BERLIN].into_iter().zip(together) {
            let became = crossing(&server, OSAKA, phone).await;
            assert_eq!(became.is_granted(), expected, "{says} {phone}");
        }
    }
}

/// R6.1e: an address that the database does not know is unknown, and what follows is a setting.
#[tokio::test]
async fn unknown_places_are_answered_as_policy_says() {
    for (unknown, passes) in
        [("off", true), ("show", true), ("limit", true), ("step_up", false), ("refuse", false)]
    {
        let server = server(json!({ "geolocation": "refuse", "unknown": unknown })).await;
        for (device, phone) in [(OSAKA, NOWHERE), (NOWHERE, OSAKA)] {
            assert_eq!(
                crossing(&server, device, phone).await.is_granted(),
                passes,
                "{unknown} {device} {phone}"
            );
        }
        assert!(crossing(&server, OSAKA, OSAKA_TOO).await.is_granted(), "{unknown}: what is known is known");
    }
    // Never more than distance itself would bring.
    let mild = server(json!({ "geolocation": "show", "unknown": "refuse" })).await;
    crossing(&mild, OSAKA, NOWHERE).await.went_through();
}

/// Without a database, and with one that has grown too old, every place is unknown.
#[tokio::test]
async fn missing_and_stale_databases_know_nothing() {
    let strict = json!({ "geolocation": "refuse", "unknown": "step_up" });
    let none = super::server(strict.clone()).await;
    crossing(&none, OSAKA, OSAKA_TOO).await.wants_a_passkey();
    let old =
        server_with(proximity(&strict), places(START.minus(std::time::Duration::from_hours(61 * 24)))).await;
    crossing(&old, OSAKA, BERLIN).await.wants_a_passkey();
    let aging = server(json!({ "geolocation": "refuse" })).await;
    crossing(&aging, OSAKA, BERLIN).await.is_refused_at_once();
    aging.advance(61 * 24 * 3600);
    crossing(&aging, OSAKA, BERLIN).await.went_through();
    assert!(!aging.app.geolocation.is_believed(aging.now()));
}

/// A database that cannot be read keeps the server from starting, and says why; one that goes later changes nothing.
#[tokio::test]
async fn a_bad_database_is_told_at_the_start_only() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config { data_dir: dir.path().join("data"), ..Config::default() };
    config.keys.encryption_key = Some(tandem_server::config::EncryptionKey::from_bytes([7; 32]));
    config.geolocation.database = Some(dir.path().join("missing.mmdb"));
    let error = App::open(config, Clock::manual(START)).await.unwrap_err();
    assert!(matches!(error, StartError::Geolocation(_)), "{error}");
    assert!(error.to_string().contains("missing.mmdb (geolocation.database)"), "{error}");

    let server = server(json!({ "geolocation": "refuse" })).await;
    let file = server.app.config.geolocation.database.clone().unwrap();
    std::fs::remove_file(&file).unwrap();
    server.app.reload().await;
    crossing(&server, OSAKA, BERLIN).await.is_refused_at_once();
    // A new one says that both are in Berlin.
    let moved = Places::built_at(START).with("192.0.2.0/24", &berlin()).with("203.0.113.0/24", &berlin());
    moved.write(file.parent().unwrap());
    server.app.reload().await;
    crossing(&server, OSAKA, BERLIN).await.went_through();
}

/// A name in the database is a text on the page, and no more.
#[tokio::test]
async fn hostile_names_are_text() {
    let evil = city((1, "<script>alert(1)</script>", "x"), ("XX", "\u{202e}&\"'", "x"), "EU", (1.0, 1.0, 1));
    let places = Places::built_at(START).with("192.0.2.0/24", &evil).with("203.0.113.0/24", &berlin());
    let server = server_with(proximity(&json!({ "geolocation": "show" })), places).await;
    let became = crossing(&server, OSAKA, BERLIN).await;
    assert!(!became.page.body.contains("<script>alert"), "{}", became.page.body);
    assert!(became.page.body.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{}", became.page.body);
    assert!(!became.page.body.contains('\u{202e}'));
}

/// The same holds for a request that is sent to a person (R6.1g: a till and its customer).
#[tokio::test]
async fn backchannel_requests_have_places_too() {
    let with = |says: Value| async move {
        TestServer::with(|config: &mut Config| {
            crate::support::ciba::with_till(config);
            config.policy = proximity(&says);
            config.geolocation.database = Some(places(START).write(&folder(config)));
        })
        .await
    };
    let ask = |phone: &'static str, says: Value| {
        let server = with(says);
        async move {
            let server = server.await;
            // The till asks from Osaka.
            let id = server.ask().await;
            let phone = alice_at(&server, phone).await;
            let (_, page) = phone.open_request().await;
            if page.status == 200 {
                phone.answer_request("allow", &[]).await;
            }
            (page, server.collect(&id).await)
        }
    };
    let (page, tokens) = ask(BERLIN, json!({ "geolocation": "show" })).await;
    assert!(page.body.contains("This was started in <bdi>Osaka, Japan</bdi>"), "{}", page.body);
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let (page, tokens) = ask(BERLIN, json!({ "geolocation": "off" })).await;
    assert!(!page.body.contains("This was started in") && page.body.contains("9,000"), "{}", page.body);
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    for response in ["step_up", "refuse"] {
        let (page, tokens) = ask(BERLIN, json!({ "geolocation": response })).await;
        assert!(!page.body.contains("value=\"allow\""), "{response} {}", page.body);
        tokens.is_error(400, "authorization_pending");
        let (_, tokens) = ask(KYOTO, json!({ "geolocation": response })).await;
        assert_eq!(tokens.status, 200, "{response} {}", tokens.body);
    }
}

/// A no is heard from anywhere.
#[tokio::test]
async fn a_no_needs_no_nearness() {
    let server = server(json!({ "geolocation": "refuse" })).await;
    let codes = codes_at(&server, OSAKA, &[]).await;
    let phone: Phone<'_> = alice_at(&server, OSAKA_TOO).await;
    let page = phone.open(&codes.user_code).await;
    let phone = phone.moved_to(BERLIN);
    assert_eq!(phone.answer(&page, "report").await.status, 200);
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
}
