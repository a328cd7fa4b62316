//! An app with a key, and requests for it to answer.

use crate::support::{Answer, ISSUER, Key, PHONE, Phone, TestServer};
use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{
    Addressee, Backchannel, Context, CrossingId, DeliveryMode, Hint, Initiate, Initiation, NumberMatch,
    Pending, Room, Sound, Verification,
};
use tandem_core::mitigations::{Facts, assess};
use tandem_core::oauth::authorization_details::{AuthorizationDetails, DetailsType};
use tandem_core::oauth::device_description::{DeviceDescription, DeviceKind};
use tandem_core::oauth::scope::Scope;
use tandem_server::clock::Random;
use tandem_server::config::Config;

/// How long a request lives here, in seconds.
pub const LIFE: u64 = 120;

/// An app on somebody's phone.
pub struct PhoneApp<'s> {
    pub server: &'s TestServer,
    pub key: Key,
}

impl<'s> PhoneApp<'s> {
    /// An app that nobody has registered.
    pub fn new(server: &'s TestServer) -> Self {
        Self { server, key: Key::new() }
    }

    /// An app that is a device of this person.
    pub async fn of(server: &'s TestServer, username: &str) -> Self {
        let app = Self::new(server);
        let code = registration_code(server, username).await;
        let answer = app.register(&json!({ "registration_code": code, "name": "A phone" })).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        app
    }

    /// A fresh proof for a call.
    pub fn proof(&self, method: &Method, path: &str) -> String {
        self.key.proof(method.as_str(), &format!("{ISSUER}{path}"), self.server.now().as_secs(), &json!({}))
    }

    /// A call with its proof.
    pub fn request(&self, method: Method, path: &str, body: Option<&Value>) -> Request<Body> {
        let proof = self.proof(&method, path);
        let request = Request::builder().method(method).uri(path).header("dpop", proof);
        match body {
            None => request.body(Body::empty()).unwrap(),
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string()))
                .unwrap(),
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        self.server.send_from(PHONE, request).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path, None)).await
    }

    pub async fn register(&self, body: &Value) -> Answer {
        self.send(self.request(Method::POST, "/authorization-device/register", Some(body))).await
    }

    pub async fn list(&self) -> Vec<Value> {
        let answer = self.get("/authorization-device/requests").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["requests"].as_array().unwrap().clone()
    }

    pub async fn show(&self, id: CrossingId) -> Answer {
        self.get(&format!("/authorization-device/requests/{id}")).await
    }

    pub async fn forget(&self) -> Answer {
        self.send(self.request(Method::DELETE, "/authorization-device", None)).await
    }

    /// What it signs if it does everything right, after having looked.
    pub async fn claims(&self, id: CrossingId, decision: &str) -> Value {
        let shown = self.show(id).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        let now = self.server.now().as_secs();
        json!({
            "iss": self.key.thumbprint(), "aud": ISSUER, "iat": now, "exp": now + 300,
            "jti": CrossingId::from_bytes(Random.bytes()).to_string(), "decision": decision,
            "shown": shown.json()["shown"], "user_verification": "biometric",
        })
    }

    pub fn sign(&self, claims: &Value) -> String {
        let header = json!({ "typ": "tandem-decision+jwt", "alg": "ES256", "kid": self.key.thumbprint() });
        self.key.jws(&header, claims)
    }

    /// Hands in a decision.
    pub async fn hand_in(&self, id: CrossingId, decision: &str) -> Answer {
        let path = format!("/authorization-device/requests/{id}/decision");
        self.send(self.request(Method::POST, &path, Some(&json!({ "decision": decision })))).await
    }

    /// Signs and hands in.
    pub async fn decide(&self, id: CrossingId, claims: &Value) -> Answer {
        self.hand_in(id, &self.sign(claims)).await
    }
}

/// A code from this person's page.
pub async fn registration_code(server: &TestServer, username: &str) -> String {
    let phone = Phone::signed_in(server, username).await;
    let csrf = phone.get("/account/devices").await.field("csrf");
    let page = phone.post("/account/devices/app", &[("csrf", &csrf)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let (_, rest) = page.body.split_once("register?code=").unwrap();
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').unwrap();
    rest[..end].to_owned()
}

/// The subject identifier of a user.
pub async fn sub_of(server: &TestServer, username: &str) -> Arc<str> {
    Arc::clone(&server.app.store.user_by_username(username).await.unwrap().unwrap().sub)
}

/// With words for the type `payment`.
pub fn with_payments(config: &mut Config) {
    let words = [("en", "Pay {amount} to {payee}"), ("ja", "{payee} に {amount} を支払う")];
    let words = words.map(|(language, words)| (language.to_owned(), words.to_owned())).into();
    config.authorization_details.insert("payment".to_owned(), words);
}

/// `tv` asks a person with everything that a request can have.
pub fn backchannel(addressee: Addressee) -> Backchannel {
    let details = json!([{ "type": "payment", "amount": 34.50, "payee": "Cellar" }]);
    let words = [("en".to_owned(), "Pay {amount} to {payee}".to_owned())].into();
    let payment = DetailsType::new(words);
    Backchannel {
        addressee,
        hint: Hint::LoginHint,
        delivery: DeliveryMode::Poll,
        binding_message: Some("W4K9".into()),
        authorization_details: Some(AuthorizationDetails::check(details, |_| Some(&payment)).unwrap()),
        request_context: None,
        acr_values: Vec::new(),
        resource: Vec::new(),
        sound: Sound::Heard,
        notification: None,
    }
}

/// Begins a request.
pub fn begin(server: &TestServer, backchannel: Backchannel, number: Option<NumberMatch>) -> CrossingId {
    let now = server.now();
    let facts = Facts { wanted_code_lifetime: Duration::from_secs(LIFE), ..Facts::at(now) };
    let clearance = assess::<Initiate>(&facts, &server.app.policy(Room::Ciba, "call-center")).unwrap();
    let id = CrossingId::from_bytes(Random.bytes());
    let initiation = Initiation {
        room: Room::Ciba,
        client_id: "tv".into(),
        scope: Scope::parse("openid profile").unwrap(),
        nonce: None,
        dpop_jkt: None,
        device: DeviceDescription {
            name: None,
            kind: DeviceKind::Other,
            address: "192.0.2.10".parse().unwrap(),
        },
        user_code: None,
        backchannel: Some(Box::new(backchannel)),
        verification: Verification::Session,
        context: Context { number, ..Context::default() }.boxed(),
        interval: Duration::from_secs(5),
        now,
    };
    server.app.store.begin(Pending::initiate(id, initiation, &clearance)).unwrap();
    id
}

/// `tv` asks this person.
pub async fn ask(server: &TestServer, username: &str) -> CrossingId {
    begin(server, backchannel(Addressee::Person(sub_of(server, username).await)), None)
}

/// `tv` asks this person, and shows them a number.
pub async fn ask_with(server: &TestServer, username: &str, number: NumberMatch) -> CrossingId {
    let backchannel = backchannel(Addressee::Person(sub_of(server, username).await));
    begin(server, backchannel, Some(number))
}
