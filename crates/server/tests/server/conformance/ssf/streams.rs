//! SSF section 8.1.1: streams are made, read, changed, replaced and deleted.

use crate::shared_signals::{POLL, PUSH, all_events, call, text, transmitter, with_receivers};
use crate::support::{ISSUER, TestServer};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

fn push() -> Value {
    json!({ "method": PUSH, "endpoint_url": "https://shop.example.com/events",
        "authorization_header": "Bearer a-secret-of-the-shop" })
}

#[tokio::test]
async fn a_new_stream_has_every_member() {
    let server = transmitter().await;
    let wanted = json!({
        "delivery": push(),
        "events_requested": ["urn:example:unknown", all_events()[0], all_events()[2]],
        "description": "What the shop hears",
    });
    let answer = server.ssf("shop", "POST", "/ssf/stream", Some(&wanted)).await;
    assert_eq!((answer.status, answer.header(header::CACHE_CONTROL)), (201, "no-store"));
    let stream = answer.json();
    let id = text(&stream["stream_id"]);
    assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)), "{id}");
    assert!(id.len() >= 22);
    assert_eq!(
        stream,
        json!({
            "stream_id": id,
            "iss": ISSUER,
            "aud": "shop",
            "events_supported": all_events(),
            "events_requested": wanted["events_requested"],
            "events_delivered": [all_events()[0], all_events()[2]],
            "delivery": push(),
            "min_verification_interval": 30,
            "description": "What the shop hears",
        })
    );
    let read = server.ssf("shop", "GET", &format!("/ssf/stream?stream_id={id}"), None).await;
    assert_eq!((read.status, read.header(header::CACHE_CONTROL)), (200, "no-store"));
    assert_eq!(read.json(), stream);
    assert_eq!(server.ssf("shop", "GET", "/ssf/stream", None).await.json(), json!([stream]));
}

#[tokio::test]
async fn without_a_delivery_a_stream_is_fetched_at_an_address_of_ours() {
    let server = transmitter().await;
    for wanted in
        [json!({}), json!({ "delivery": { "method": POLL, "endpoint_url": "https://else.example.com" } })]
    {
        let answer = server.ssf("shop", "POST", "/ssf/stream", Some(&wanted)).await;
        assert_eq!(answer.status, 201);
        let stream = answer.json();
        let url = format!("{ISSUER}/ssf/poll/{}", text(&stream["stream_id"]));
        assert_eq!(stream["delivery"], json!({ "method": POLL, "endpoint_url": url }));
        assert_eq!(stream["events_delivered"], json!([]), "nothing was asked for");
    }
}

#[tokio::test]
async fn the_audience_is_the_configured_one_and_stays() {
    let audiences = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        move |config: &mut tandem_server::config::Config| {
            with_receivers(config);
            config.ssf.audiences.insert("shop".to_owned(), names);
        }
    };
    for (names, aud) in [
        (vec!["https://shop.example.com"], json!("https://shop.example.com")),
        (vec!["web", "app"], json!(["web", "app"])),
    ] {
        let server = TestServer::with(audiences(&names)).await;
        let stream = server.stream(&push()).await;
        assert_eq!(stream["aud"], aud);
        let changed = json!({ "stream_id": stream["stream_id"], "aud": "other" });
        server.ssf("shop", "PATCH", "/ssf/stream", Some(&changed)).await.is_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn malformed_requests_are_refused_and_make_nothing() {
    let server = transmitter().await;
    let token = server.service_token("shop").await;
    for body in ["", "[]", "{", "null", "{\"delivery\":{},\"delivery\":{}}"] {
        let request = Request::post("/ssf/stream").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let answer = server.send(request.body(Body::from(body)).unwrap()).await;
        answer.is_error(400, "invalid_request");
    }
    let form = Request::post("/ssf/stream")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    server.send(form.body(Body::from("{}")).unwrap()).await.is_error(400, "invalid_request");
    for delivery in [
        json!({ "method": "urn:example:pigeon" }),
        json!({ "method": PUSH }),
        json!({ "method": PUSH, "endpoint_url": "not a URL" }),
        json!({ "method": PUSH, "endpoint_url": "ftp://shop.example.com" }),
        json!({ "method": PUSH, "endpoint_url": "https://user:pass@shop.example.com" }),
        json!({ "method": PUSH, "endpoint_url": "https://shop.example.com/#fragment" }),
        json!({ "method": PUSH, "endpoint_url": "https://shop.example.com:25" }),
        json!({ "method": PUSH, "endpoint_url": "https://10.0.0.1/" }),
        json!({ "method": PUSH, "endpoint_url": "http://8.8.8.8/" }),
        json!({ "method": PUSH, "endpoint_url": "https://[::1]/" }),
        json!({ "method": PUSH, "endpoint_url": "https://shop.example.com", "authorization_header": "a\r\nx: y" }),
    ] {
        let answer = server.ssf("shop", "POST", "/ssf/stream", Some(&json!({ "delivery": delivery }))).await;
        answer.is_error(400, "invalid_request");
    }
    let large = json!({ "description": "x".repeat(100_000) });
    assert_eq!(server.ssf("shop", "POST", "/ssf/stream", Some(&large)).await.status, 413);
    assert_eq!(server.ssf("shop", "GET", "/ssf/stream", None).await.json(), json!([]));
}

#[tokio::test]
async fn a_receiver_has_so_many_streams() {
    let server = transmitter().await;
    for _ in 0..4 {
        server.polled().await;
    }
    let answer = server.ssf("shop", "POST", "/ssf/stream", Some(&json!({}))).await;
    answer.is_error(409, "invalid_request");
    assert_eq!(server.ssf("bank", "POST", "/ssf/stream", Some(&json!({}))).await.status, 201);
}

#[tokio::test]
async fn an_unknown_stream_is_not_found() {
    let server = transmitter().await;
    for (method, path) in [
        ("GET", "/ssf/stream?stream_id=unknown"),
        ("DELETE", "/ssf/stream?stream_id=unknown"),
        ("PATCH", "/ssf/stream"),
        ("PUT", "/ssf/stream"),
    ] {
        let body = path.ends_with("stream").then(|| json!({ "stream_id": "unknown" }));
        assert_eq!(server.ssf("shop", method, path, body.as_ref()).await.status, 404, "{method}");
    }
    for (method, path) in
        [("DELETE", "/ssf/stream"), ("GET", "/ssf/stream?stream_id=a&stream_id=b"), ("PATCH", "/ssf/stream")]
    {
        let body = (method == "PATCH").then(|| json!({ "description": "of which?" }));
        server.ssf("shop", method, path, body.as_ref()).await.is_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_patch_changes_what_it_says() {
    let server = transmitter().await;
    let before = server.stream(&push()).await;
    let id = &before["stream_id"];
    let answer = server
        .ssf("shop", "PATCH", "/ssf/stream", Some(&json!({ "stream_id": id, "description": "new" })))
        .await;
    assert_eq!((answer.status, answer.header(header::CACHE_CONTROL)), (200, "no-store"));
    let mut expected = before.clone();
    expected["description"] = json!("new");
    assert_eq!(answer.json(), expected);
    // Everything that was read may be said again.
    let echoed = server.ssf("shop", "PATCH", "/ssf/stream", Some(&expected)).await;
    assert_eq!((echoed.status, echoed.json()), (200, expected.clone()));
    for (name, value) in [
        ("iss", json!("https://else.example.com")),
        ("events_delivered", json!([])),
        ("events_supported", json!(["urn:x"])),
        ("min_verification_interval", json!(1)),
        ("inactivity_timeout", json!(9)),
        ("delivery", json!({ "method": POLL, "endpoint_url": "https://else.example.com" })),
        ("events_requested", json!("all")),
    ] {
        let wrong = json!({ "stream_id": id, name: value, "description": "never" });
        let answer = server.ssf("shop", "PATCH", "/ssf/stream", Some(&wrong)).await;
        answer.is_error(400, "invalid_request");
    }
    let read = server.ssf("shop", "GET", &format!("/ssf/stream?stream_id={}", text(id)), None).await;
    assert_eq!(read.json(), expected, "what was refused changed nothing");
}

#[tokio::test]
async fn a_put_deletes_what_it_does_not_say() {
    let server = transmitter().await;
    let before = server.stream(&push()).await;
    let id = text(&before["stream_id"]);
    let read = server.ssf("shop", "GET", &format!("/ssf/stream?stream_id={id}"), None).await.json();
    let replaced = server.ssf("shop", "PUT", "/ssf/stream", Some(&read)).await;
    assert_eq!((replaced.status, replaced.json()), (200, before), "read, and put back, nothing is lost");
    let bare = server.ssf("shop", "PUT", "/ssf/stream", Some(&json!({ "stream_id": id }))).await.json();
    assert_eq!(bare["delivery"]["method"], POLL);
    assert_eq!(bare["events_delivered"], json!([]));
    assert!(bare.get("description").is_none() && bare.get("events_requested").is_none());
}

#[tokio::test]
async fn a_deleted_stream_is_gone() {
    let server = transmitter().await;
    let id = server.polled().await;
    let path = format!("/ssf/stream?stream_id={id}");
    let answer = server.ssf("shop", "DELETE", &path, None).await;
    assert_eq!(
        (answer.status, answer.body.as_str(), answer.header(header::CACHE_CONTROL)),
        (204, "", "no-store")
    );
    assert_eq!(server.ssf("shop", "DELETE", &path, None).await.status, 404);
    assert_eq!(server.ssf("shop", "GET", &path, None).await.status, 404);
    let poll = server.ssf("shop", "POST", &format!("/ssf/poll/{id}"), Some(&json!({}))).await;
    assert_eq!(poll.status, 404);
}

#[tokio::test]
async fn the_secret_of_a_receiver_rests_sealed_and_is_shown_to_nobody_else() {
    let server = TestServer::with(|config| {
        with_receivers(config);
        let shop = config.clients.iter_mut().find(|client| client.client_id == "shop").unwrap();
        shop.scope = tandem_server::config::ScopeList::try_from("ssf.read ssf.manage".to_owned()).unwrap();
    })
    .await;
    let stream = server.stream(&push()).await;
    let kept = server.app.store.streams_of("shop").await.unwrap();
    assert!(!serde_json::to_string(&kept[0].terms).unwrap().contains("a-secret-of-the-shop"));
    let form = [("grant_type", "client_credentials"), ("scope", "ssf.read")];
    let token = text(&server.post_as("shop", "/token", &form).await.json()["access_token"]);
    let path = format!("/ssf/stream?stream_id={}", text(&stream["stream_id"]));
    let read = server.send(call("GET", &path, Some(&token), None)).await;
    assert_eq!(read.status, 200);
    assert!(!read.body.contains("a-secret-of-the-shop"), "whoever may only read needs it for nothing");
}
