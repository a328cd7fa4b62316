//! Shared signals as a receiver meets them: what it calls with, what it gets, and what it checks with a foreign library.

mod durability;
mod fan_out;
mod limits;

use crate::support::receiver::{Call, allow_loopback};
use crate::support::{Answer, ISSUER, TestServer, service};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use tandem_core::incident::{Actor, Cause, Response, Target};
use tandem_core::shared_signals::EventType;
use tandem_server::config::{Config, SigningAlgorithm};
use tandem_server::incidents::contain;
use tandem_server::shared_signals::push::deliver_due;
use tandem_store::NewIncident;
use url::Url;

/// Push.
pub const PUSH: &str = "urn:ietf:rfc:8935";
/// Poll.
pub const POLL: &str = "urn:ietf:rfc:8936";
/// What a stream tells when it works.
pub const VERIFICATION: &str = "https://schemas.openid.net/secevent/ssf/event-type/verification";

/// The receivers `shop` and `bank`, `reader`, which may only read, and `filter`, which is no receiver.
pub fn with_receivers(config: &mut Config) {
    allow_loopback(config);
    config.ssf.enabled = true;
    config.keys.signing_algorithms = vec![SigningAlgorithm::Es256, SigningAlgorithm::Rs256];
    config.clients.push(service("shop", "ssf.read ssf.manage"));
    config.clients.push(service("bank", "ssf.read ssf.manage"));
    config.clients.push(service("reader", "ssf.read"));
    config.clients.push(service("filter", "content_filter.scan"));
}

/// A transmitter.
pub async fn transmitter() -> TestServer {
    TestServer::with(with_receivers).await
}

/// The URI of every event type.
pub fn all_events() -> Vec<&'static str> {
    EventType::ALL.map(EventType::uri).to_vec()
}

impl TestServer {
    /// A receiver calls.
    pub async fn ssf(&self, client_id: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let token = self.service_token(client_id).await;
        self.send(call(method, path, Some(&token), body)).await
    }

    /// `shop` makes a stream; its configuration.
    pub async fn stream(&self, delivery: &Value) -> Value {
        let wanted = json!({ "delivery": delivery, "events_requested": all_events() });
        let answer = self.ssf("shop", "POST", "/ssf/stream", Some(&wanted)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()
    }

    /// `shop` makes a stream that is pushed there; its name.
    pub async fn pushed(&self, url: &Url) -> String {
        text(&self.stream(&json!({ "method": PUSH, "endpoint_url": url })).await["stream_id"])
    }

    /// `shop` makes a stream that it fetches; its name.
    pub async fn polled(&self) -> String {
        text(&self.stream(&json!({ "method": POLL })).await["stream_id"])
    }

    /// `shop` fetches what there is.
    pub async fn fetch(&self, stream_id: &str, more: &Value) -> Value {
        let mut body = json!({ "returnImmediately": true });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.ssf("shop", "POST", &format!("/ssf/poll/{stream_id}"), Some(&body)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    /// These people are signed out everywhere because of one incident, in the order of their names. Says how many tokens that
    /// wrote.
    pub async fn signed_out(&self, people: &[impl AsRef<str>]) -> u64 {
        let new = NewIncident {
            cause: Cause::CodeContested,
            response: Response::Record,
            at: self.now(),
            actor: Actor::Rule,
            crossing: None,
            sub: None,
            client_id: None,
            summary: "Two persons on one code.".to_owned(),
            targets: people.iter().map(|sub| Target::Person(sub.as_ref().into())).collect(),
            seen: Vec::new(),
        };
        let id = self.app.store.open_incident(new, None).await.unwrap().unwrap().id();
        contain(&self.app, id, Actor::Rule, self.now()).await.unwrap().announced
    }

    /// Somebody who has an account gets a new password.
    pub async fn new_password(&self, username: &str) {
        let hash = Some("$argon2id$ of this test".to_owned());
        let sub = self.sub(username).await;
        assert!(self.app.store.set_password(&sub, hash, self.now()).await.unwrap());
    }

    /// Sends the tokens that are due; how many were tried.
    pub async fn push(&self) -> usize {
        deliver_due(&self.app).await.unwrap()
    }

    /// `shop` sets the status of a stream.
    pub async fn set_status(&self, stream_id: &str, status: &str) {
        let body = json!({ "stream_id": stream_id, "status": status });
        let answer = self.ssf("shop", "POST", "/ssf/status", Some(&body)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// The claims of a token, checked by a foreign library with the published key that its header names.
    pub async fn claims(&self, set: &str, audience: &str) -> Value {
        let header = jsonwebtoken::decode_header(set).unwrap();
        assert_eq!(header.typ.as_deref(), Some("secevent+jwt"));
        let metadata = self.get("/.well-known/ssf-configuration").await.json();
        let jwks =
            self.get(metadata["jwks_uri"].as_str().unwrap().strip_prefix(ISSUER).unwrap()).await.json();
        let kid = header.kid.unwrap();
        let key = jwks["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid.as_str()).unwrap();
        let key = serde_json::from_value(key.clone()).unwrap();
        let key = jsonwebtoken::DecodingKey::from_jwk(&key).unwrap();
        let mut validation = jsonwebtoken::Validation::new(header.alg);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["iss", "aud"]);
        validation.validate_exp = false;
        jsonwebtoken::decode::<Value>(set, &key, &validation).unwrap().claims
    }

    /// The claims of pushed tokens, in the order in which they came.
    pub async fn pushed_claims(&self, calls: &[Call]) -> Vec<Value> {
        let mut all = Vec::new();
        for call in calls {
            all.push(self.claims(std::str::from_utf8(&call.body).unwrap(), "shop").await);
        }
        all
    }
}

/// A request.
pub fn call(method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    match body {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap(),
        None => request.body(Body::empty()).unwrap(),
    }
}

/// A text of a JSON value.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

/// Whose event it is.
pub fn subs(claims: &[Value]) -> Vec<String> {
    claims.iter().map(|claims| text(&claims["sub_id"]["sub"])).collect()
}
