//! Which browsers are notified, and what do push services get to see of it?

use super::push_service::{PushService, Subscriber};
use super::support::{Answer, Browser, ISSUER, PASSWORD, START, Server};
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::jose::Algorithm;
use tandem_core::web_push::Subscription;
use tandem_server::config::Secret;
use tandem_server::notifications::Notice;
use tandem_server::notifications::device_detail::{self, Detail};
use tandem_server::people::accounts::{NewUser, create_user};
use tandem_server::routes;
use tandem_store::{AuthorizationDevice, DeviceChannel};
use tower::ServiceExt as _;

const ADD: &str = "/account/devices/web-push";
const REMOVE: &str = "/account/devices/web-push/remove";

async fn signed_in<'s>(server: &'s Server, username: &str) -> (Browser<'s>, String) {
    let browser = server.browser();
    browser.sign_in(username, PASSWORD).await.leads_to("/account");
    let csrf = browser.get("/account").await.field("csrf");
    (browser, csrf)
}

async fn add(server: &Server, username: &str, subscriber: &Subscriber) -> Answer {
    let (browser, csrf) = signed_in(server, username).await;
    browser.post_json(ADD, &csrf, &subscriber.json()).await
}

async fn devices(server: &Server, username: &str) -> Arc<Vec<AuthorizationDevice>> {
    server.app.store.authorization_devices_of(&server.sub(username).await).await.unwrap()
}

/// Tells a person of a request that waits: any that does.
async fn notify(server: &Server, username: &str, asker: &str) -> CrossingId {
    let tv = server.browser_at("192.0.2.10");
    let codes =
        tv.post("/device_authorization", &[("client_id", "tv"), ("scope", "openid")]).await.is(200).json();
    let crossing = CrossingId::of_secret(codes["device_code"].as_str().unwrap());
    let now = server.app.clock.now();
    server.app.notifier.notify(Notice {
        crossing,
        sub: server.sub(username).await,
        asker: asker.to_owned(),
        binding_message: Some("order 1234".to_owned()),
        expires_at: now.plus(Duration::from_secs(100)),
        initiated_at: now,
        notified: Vec::new(),
    });
    crossing
}

#[tokio::test]
async fn a_browser_is_added_and_removed_by_its_person() {
    let service = PushService::start();
    let server = Server::with(|config| service.allow(config)).await;
    let subscriber = service.subscriber("a");
    let (browser, csrf) = signed_in(&server, "alice").await;
    let request = Request::post(ADD)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
        .header("x-csrf-token", &csrf)
        .body(Body::from(subscriber.json().to_string()));
    let id = Digest::of(subscriber.endpoint.as_bytes());
    assert_eq!(browser.send(request.unwrap()).await.is(201).json(), json!({ "id": id }));

    let kept = devices(&server, "alice").await;
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].id, kept[0].kind, kept[0].name.as_str()),
        (id, DeviceChannel::WebPush, "Firefox, Linux")
    );
    let sent = subscriber.json();
    for secret in [sent["endpoint"].as_str(), sent["keys"]["p256dh"].as_str(), sent["keys"]["auth"].as_str()]
    {
        assert!(!kept[0].detail.contains(secret.unwrap()), "it is sealed");
    }

    // Again, with a name: still one device, as old as before.
    server.advance(60);
    let mut named = subscriber.json();
    named["name"] = json!(" My \u{202e}browser ");
    browser.post_json(ADD, &csrf, &named).await.is(201);
    let kept = devices(&server, "alice").await;
    assert_eq!((kept.len(), kept[0].name.as_str(), kept[0].created_at), (1, "My browser", START));

    // Somebody else can neither take it nor remove it.
    let (bob, bobs) = signed_in(&server, "bob").await;
    assert_eq!(bob.post_json(ADD, &bobs, &subscriber.json()).await.is(409).json()["error"], "taken");
    let removal = json!({ "endpoint": subscriber.endpoint });
    bob.post_json(REMOVE, &bobs, &removal).await.is(200);
    assert_eq!((devices(&server, "alice").await.len(), devices(&server, "bob").await.len()), (1, 0));

    browser.post_json(REMOVE, &csrf, &removal).await.is(200);
    browser.post_json(REMOVE, &csrf, &removal).await.is(200);
    assert!(devices(&server, "alice").await.is_empty());
    let events = server.events().await;
    let of_devices: Vec<_> = events.iter().filter(|kind| kind.starts_with("authorization_device")).collect();
    assert_eq!(of_devices, ["authorization_device_added", "authorization_device_removed"]);
}

#[tokio::test]
async fn only_a_page_of_ours_adds_and_removes() {
    let service = PushService::start();
    let server = Server::with(|config| service.allow(config)).await;
    let subscriber = service.subscriber("a");
    let (browser, csrf) = signed_in(&server, "alice").await;
    let send = async |path: &str, body: &Value, headers: &[(&str, &str)]| {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        browser.send(request.body(Body::from(body.to_string())).unwrap()).await
    };
    let json_type = ("content-type", "application/json");
    let removal = json!({ "endpoint": subscriber.endpoint });
    for (path, body) in [(ADD, &subscriber.json()), (REMOVE, &removal)] {
        let other = server.browser().csrf().await;
        for headers in [
            &[json_type][..],
            &[json_type, ("x-csrf-token", "")],
            &[json_type, ("x-csrf-token", &other)],
            &[json_type, ("x-csrf-token", &csrf), ("x-csrf-token", &csrf)],
            &[json_type, ("x-csrf-token", &csrf), ("origin", "https://evil.example")],
            &[json_type, ("x-csrf-token", &csrf), ("sec-fetch-site", "cross-site")],
            &[json_type, ("x-csrf-token", &csrf), ("sec-fetch-site", "same-site")],
        ] {
            assert_eq!(send(path, body, headers).await.is(403).json()["error"], "csrf", "{headers:?}");
        }
        let form = [("content-type", "text/plain"), ("x-csrf-token", csrf.as_str())];
        assert_eq!(send(path, body, &form).await.is(400).json()["error"], "not_understood");
        assert_eq!(browser.get(path).await.status, 405);

        let stranger = server.browser();
        let strangers = stranger.csrf().await;
        let refused = stranger.post_json(path, &strangers, body).await;
        assert_eq!(refused.is(403).json()["error"], "signed_out");
    }
    assert!(devices(&server, "alice").await.is_empty());
}

#[tokio::test]
async fn what_is_no_subscription_is_refused() {
    let server = Server::start().await;
    let service = PushService::start();
    let (browser, csrf) = signed_in(&server, "alice").await;
    let good = service.subscriber("a").json();
    let point = good["keys"]["p256dh"].as_str().unwrap();
    let off_the_curve = format!("B{}", "A".repeat(86));
    let with = |path: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(path).unwrap() = value;
        changed
    };
    let long = format!("https://push.example/{}", "a".repeat(1_010));
    for bad in [
        json!({}),
        json!([]),
        json!({ "endpoint": good["endpoint"] }),
        with("/endpoint", json!("http://push.example/x")),
        with("/endpoint", json!("javascript:alert(1)")),
        with("/endpoint", json!("https://user@push.example/x")),
        with("/endpoint", json!(long)),
        with("/endpoint", json!(7)),
        with("/keys", json!({ "p256dh": point })),
        with("/keys/p256dh", json!(off_the_curve)),
        with("/keys/p256dh", json!(&point[..80])),
        with("/keys/p256dh", json!("")),
        with("/keys/auth", json!("AAAA")),
        with("/keys/auth", json!(point)),
        with("/keys/auth", Value::Null),
    ] {
        let refused = browser.post_json(ADD, &csrf, &bad).await;
        assert_eq!(refused.is(400).json()["error"], "not_understood", "{bad}");
    }
    for bad in [json!({}), json!({ "endpoint": "no address" }), json!({ "endpoint": null })] {
        browser.post_json(REMOVE, &csrf, &bad).await.is(400);
    }
    let huge = with("/endpoint", json!("a".repeat(100_000)));
    assert_eq!(browser.post_json(ADD, &csrf, &huge).await.is(413).json()["error"], "too_large");
    assert!(devices(&server, "alice").await.is_empty());
}

#[tokio::test]
async fn a_person_has_no_more_than_twenty_devices() {
    let server = Server::start().await;
    let service = PushService::start();
    let (browser, csrf) = signed_in(&server, "alice").await;
    for number in 0..20 {
        browser.post_json(ADD, &csrf, &service.subscriber(&number.to_string()).json()).await.is(201);
    }
    let refused = browser.post_json(ADD, &csrf, &service.subscriber("another").json()).await;
    assert_eq!(refused.is(409).json()["error"], "too_many");
    // One that is there already can still be renewed.
    browser.post_json(ADD, &csrf, &service.subscriber("7").json()).await.is(201);
    assert_eq!(devices(&server, "alice").await.len(), 20);
}

#[tokio::test]
async fn a_push_says_who_asks_to_this_browser_alone() {
    let mut service = PushService::start();
    let server = Server::with(|config| service.allow(config)).await;
    let (subscriber, other) = (service.subscriber("alices"), service.subscriber("another"));
    add(&server, "alice", &subscriber).await.is(201);
    server.advance(20);
    let crossing = notify(&server, "alice", "Corner \u{202e}Shop").await.to_string();
    let push = service.next().await;
    assert_eq!(push.path, "/push/alices");
    assert_eq!(push.header("ttl"), "100");
    assert_eq!(push.header("urgency"), "high");
    assert_eq!(push.header("topic"), crossing);
    assert_eq!(push.header("content-encoding"), "aes128gcm");
    let claims = push.vapid_claims(server.app.keys.vapid.public());
    assert_eq!(claims["aud"], format!("https://{}", service.address));
    assert_eq!(claims["exp"], START.as_secs() + 20 + 12 * 60 * 60);
    assert_eq!(claims["sub"], ISSUER);

    let message = subscriber.open(&push.body).unwrap();
    assert_eq!(message["title"], "Corner Shop asks for your approval");
    assert_eq!(message["url"], format!("{ISSUER}/inbox/{crossing}"));
    assert_eq!(message["tag"], crossing);
    assert_eq!(message.as_object().unwrap().len(), 4);
    assert!(!message.to_string().contains("1234"), "the binding message stays here");
    assert_eq!(other.open(&push.body), None);

    // Neither the length nor anything else repeats what was said.
    notify(&server, "alice", &"A much longer name ".repeat(20)).await;
    let second = service.next().await;
    assert_eq!(second.body.len(), push.body.len());
    assert_ne!(second.body[..86], push.body[..86], "salt and key are fresh");
    assert!(subscriber.open(&second.body).is_some());
    assert!(service.is_quiet());
}

#[tokio::test]
async fn a_push_speaks_the_persons_language() {
    let mut service = PushService::start();
    let server = Server::with(|config| service.allow(config)).await;
    let user = NewUser {
        username: "chika".to_owned(),
        password: Some(Secret::new(PASSWORD.to_owned())),
        locale: Some("ja-JP".to_owned()),
        ..NewUser::default()
    };
    create_user(&server.app.store, &server.app.people, user, START).await.unwrap();
    let subscriber = service.subscriber("chikas");
    add(&server, "chika", &subscriber).await.is(201);
    notify(&server, "chika", "商店").await;
    let message = subscriber.open(&service.next().await.body).unwrap();
    assert_eq!(message["title"], "商店 が承認を求めています");
}

#[tokio::test]
async fn a_subscription_that_is_over_shows_so_and_is_not_tried_again() {
    for status in [404, 410] {
        let mut service = PushService::start();
        let server = Server::with(|config| service.allow(config)).await;
        let (over, lives) = (service.subscriber("over"), service.subscriber("lives-on"));
        add(&server, "alice", &over).await.is(201);
        service.answer(status, None);
        notify(&server, "alice", "Shop").await;
        assert_eq!(service.next().await.path, "/push/over");
        gone(&server, "alice").await;
        let name = Digest::of(over.endpoint.as_bytes());
        let shown = async |id: &Digest| {
            let (browser, _) = signed_in(&server, "alice").await;
            let page = browser.get("/account/devices").await;
            page.is(200).body.contains(&format!("data-gone=\"{id}\""))
        };
        assert!(shown(&name).await);

        // A refusal of another kind says nothing of the device.
        add(&server, "alice", &lives).await.is(201);
        service.answer(403, None);
        for _ in 0..2 {
            notify(&server, "alice", "Shop").await;
            assert_eq!(service.next().await.path, "/push/lives-on");
        }
        assert_eq!(devices(&server, "alice").await.len(), 2);
        assert!(shown(&name).await && !shown(&Digest::of(lives.endpoint.as_bytes())).await);

        // The person takes it away, or the browser comes back under the same address.
        let (browser, csrf) = signed_in(&server, "alice").await;
        browser.post_json(ADD, &csrf, &over.json()).await.is(201);
        assert!(!shown(&name).await);
        browser.post_json(REMOVE, &csrf, &json!({ "endpoint": over.endpoint })).await.is(200);
        assert_eq!(devices(&server, "alice").await.len(), 1);
    }
}

/// Until the server has noted that a device of this person is gone.
async fn gone(server: &Server, username: &str) {
    let is_gone = |device: &AuthorizationDevice| device_detail::is_gone(&server.app.keys, device);
    let gone = async {
        while !devices(server, username).await.iter().any(is_gone) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.unwrap();
}

#[tokio::test]
async fn push_services_are_told_the_operators_contact() {
    let mut service = PushService::start();
    let server = Server::with(|config| {
        service.allow(config);
        config.notifications.web_push.contact = Some("mailto:push@example.com".to_owned());
    })
    .await;
    add(&server, "alice", &service.subscriber("alices")).await.is(201);
    notify(&server, "alice", "Shop").await;
    let claims = service.next().await.vapid_claims(server.app.keys.vapid.public());
    assert_eq!(claims["sub"], "mailto:push@example.com");
}

#[tokio::test]
async fn an_app_that_is_not_woken_up_any_more_stays_a_device() {
    let mut service = PushService::start();
    let server = Server::with(|config| service.allow(config)).await;
    let signing = server.app.keys.signing();
    let jwk = signing.key(Algorithm::ES256).unwrap().public_jwk().clone();
    let push = serde_json::from_value(service.subscriber("app").json()).unwrap();
    let detail = Detail::App { jwk, push: Some(push) };
    let app = AuthorizationDevice {
        id: Digest::of(b"the key of the app"),
        sub: server.sub("alice").await,
        kind: DeviceChannel::App,
        name: "Phone".to_owned(),
        detail: device_detail::seal(&server.app.keys, &detail).unwrap(),
        created_at: START,
        last_used_at: None,
    };
    assert!(server.app.store.put_authorization_device(app).await.unwrap());
    service.answer(410, None);
    for _ in 0..2 {
        notify(&server, "alice", "Shop").await;
        assert_eq!(service.next().await.path, "/push/app");
    }
    let used = async {
        while devices(&server, "alice").await[0].last_used_at.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), used).await.unwrap();
}

#[tokio::test]
async fn the_key_of_push_services_outlives_restarts_and_rotations_and_is_not_published() {
    let server = Server::start().await;
    let key = server.app.keys.vapid.public().to_owned();
    let algorithms = server.app.algorithms();
    server.app.keys.rotate(&server.app.store, &algorithms, Duration::from_mins(1), START).await.unwrap();
    assert_eq!(server.app.keys.vapid.public(), key);
    let stored = server.app.store.list_keys().await.unwrap();
    let kept: Vec<_> = stored.iter().filter(|stored| stored.purpose == "vapid").collect();
    assert_eq!((kept.len(), kept[0].retires_at, kept[0].deletes_at), (1, None, None));
    let server = server.restart(true).await;
    assert_eq!(server.app.keys.vapid.public(), key);
    let published = server.browser().get("/jwks").await.is(200).json();
    assert!(published["keys"].as_array().unwrap().iter().all(|jwk| jwk["kid"] != "vapid"));
    assert_eq!(
        published["keys"].as_array().unwrap().len(),
        stored.iter().filter(|stored| stored.purpose == "signing").count()
    );
    let server = server.restart(false).await;
    assert_ne!(server.app.keys.vapid.public(), key, "another server has another");
}

#[tokio::test]
async fn the_pages_can_be_installed_and_woken() {
    let server = Server::with(|config| config.pages.operator_name = Some("Corner \"Bank\"".to_owned())).await;
    let browser = server.browser();
    let page = browser.get("/").await;
    page.is(200).says("<link rel=\"manifest\" href=\"/manifest.webmanifest\">");
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("worker-src 'self'; manifest-src 'self';"), "{policy}");

    let manifest = browser.get("/manifest.webmanifest").await;
    assert_eq!(manifest.headers[header::CONTENT_TYPE], "application/manifest+json");
    let manifest = manifest.is(200).json();
    for (member, value) in
        [("name", "Corner \"Bank\""), ("start_url", "/inbox"), ("scope", "/"), ("display", "standalone")]
    {
        assert_eq!(manifest[member], value);
    }
    let style = include_str!("../../static/tandem.css");
    for colour in ["background_color", "theme_color"] {
        assert!(style.contains(manifest[colour].as_str().unwrap()), "{colour} is one of the pages");
    }
    let icons = manifest["icons"].as_array().unwrap();
    assert_eq!(icons.len(), 3);
    for icon in icons {
        let request = Request::get(icon["src"].as_str().unwrap()).body(Body::empty()).unwrap();
        let response = routes::public(&server.app).oneshot(request).await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()[header::CONTENT_TYPE].to_str().unwrap()),
            (200, icon["type"].as_str().unwrap())
        );
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        if icon["type"] == "image/png" {
            // Width and height stand at the beginning (PNG section 11.2.2).
            let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
            assert_eq!(icon["sizes"], format!("{}x{}", side(16), side(20)));
        }
    }

    let worker = browser.get("/service-worker.js").await;
    worker.is(200).says("notificationclick");
    assert_eq!(worker.headers["service-worker-allowed"], "/");
    assert_eq!(worker.headers[header::CACHE_CONTROL], "no-cache");
    assert!(worker.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/javascript"));
    let again = Request::get("/service-worker.js")
        .header(header::IF_NONE_MATCH, &worker.headers[header::ETAG])
        .body(Body::empty());
    browser.send(again.unwrap()).await.is(304);
}

#[test]
fn subscriptions_are_known_by_their_endpoint() {
    let subscription: Subscription = serde_json::from_value(json!({
        "endpoint": "https://push.example.net/x",
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    }))
    .unwrap();
    assert_eq!(subscription.id(), Digest::of(b"https://push.example.net/x"));
}
