//! Security events that others push here: what RFC 8935 demands, what is refused, and what follows.

mod effects;
mod forgeries;
mod jwks_uri;
mod rfc8935;
mod settings;

use crate::support::{Answer, ISSUER, Key, TestServer, jwks, uuid};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use tandem_server::config::{Config, SsfTransmitter};
use tandem_store::SecurityEvent;

const RECEIVE: &str = "/ssf/receive/mdm";
const THEM: &str = "https://mdm.example.net";
const MEDIA_TYPE: &str = "application/secevent+jwt";
const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";
const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
const SSF: &str = "https://schemas.openid.net/secevent/ssf/event-type/";

/// A transmitter of this name with this key; what else it says is changed afterwards.
fn transmitter(name: &str, issuer: &str, key: &Key) -> SsfTransmitter {
    let mut jwk = key.jwk();
    jwk["kid"] = "k1".into();
    let mut transmitter: SsfTransmitter =
        serde_json::from_value(json!({ "name": name, "issuer": issuer })).unwrap();
    transmitter.jwks = jwks(&[jwk]);
    transmitter
}

/// A server that heeds `mdm`, whose key this is.
async fn server(key: &Key) -> TestServer {
    server_with(key, |_| {}).await
}

async fn server_with(key: &Key, change: impl FnOnce(&mut Config)) -> TestServer {
    TestServer::with(|config| {
        config.ssf_receiver.transmitters = vec![transmitter("mdm", THEM, key)];
        change(config);
        config.check().unwrap();
    })
    .await
}

/// Good claims with these changes; `null` takes a claim away.
fn claims(server: &TestServer, change: &Value) -> Value {
    let mut claims = json!({
        "iss": THEM,
        "aud": ISSUER,
        "iat": server.now().as_secs(),
        "jti": uuid(),
        "txn": "t-1",
        "sub_id": { "format": "email", "email": "alice@example.com" },
        "events": { format!("{CAEP}session-revoked"): { "reason_admin": { "en": "Laptop lost" } } },
    });
    for (name, value) in change.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn header() -> Value {
    json!({ "alg": "ES256", "typ": "secevent+jwt", "kid": "k1" })
}

fn set(server: &TestServer, key: &Key, change: &Value) -> String {
    key.jws(&header(), &claims(server, change))
}

/// The claims of one event about a subject.
fn about(subject: &Value, uri: &str, payload: &Value) -> Value {
    json!({ "sub_id": subject, "events": { uri: payload } })
}

fn request(path: &str, set: impl Into<Body>) -> Request<Body> {
    Request::post(path)
        .header(header::CONTENT_TYPE, MEDIA_TYPE)
        .header(header::ACCEPT, "application/json")
        .body(set.into())
        .unwrap()
}

async fn push(server: &TestServer, set: &str) -> Answer {
    server.send(request(RECEIVE, set.to_owned())).await
}

/// Section 2.2: 202, and nothing in it.
#[track_caller]
fn is_accepted(answer: &Answer) {
    assert_eq!((answer.status, answer.body.as_str()), (202, ""));
}

/// Section 2.3: 400 with JSON that says why.
#[track_caller]
fn is_refused(answer: &Answer, err: &str) {
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
    assert_eq!(answer.header(header::CONTENT_LANGUAGE), "en");
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    let json = answer.json();
    assert_eq!(json["err"], err, "{}", answer.body);
    assert!(!json["description"].as_str().unwrap().is_empty());
    assert_eq!(json.as_object().unwrap().len(), 2, "{}", answer.body);
}

/// What was recorded of signals, the newest first.
async fn recorded(server: &TestServer) -> Vec<SecurityEvent> {
    let all = server.app.store.events(1000, None).await.unwrap().into_iter().map(|recorded| recorded.event);
    all.filter(|event| event.kind.starts_with("shared_signal")).collect()
}

async fn sub_of(server: &TestServer, name: &str) -> String {
    server.app.store.user_by_username(name).await.unwrap().unwrap().sub.to_string()
}

async fn sessions_of(server: &TestServer, name: &str) -> usize {
    let sub = sub_of(server, name).await;
    server.app.store.sessions_of(&sub).await.unwrap().len()
}
