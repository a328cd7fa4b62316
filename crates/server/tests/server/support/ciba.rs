//! Clients that ask people: a till, a call centre, and what they send.

use super::receiver::{Receiver, allow_loopback};
use super::{Answer, ISSUER, Phone, SECRET, TestServer, uuid};
use serde_json::{Value, json};
use std::sync::Arc;
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_core::time::Timestamp;
use tandem_server::ciba::callbacks::deliver_due;
use tandem_server::config::{AuthMethod, Client, Config, DeliveryMode, GrantType, ScopeList, Secret};

/// The grant's name.
pub const CIBA: &str = "urn:openid:params:grant-type:ciba";
/// Where clients ask.
pub const ASK: &str = "/backchannel_authentication";
/// Proves to a client that it is the server who calls.
pub const NOTIFICATION_TOKEN: &str = "8d67dc78-7faa-4d41-aabd-67707b374255";

/// A confidential client that asks people, in poll mode, with all scopes and the details type `payment`.
pub fn asker(client_id: &str) -> Client {
    Client {
        client_name: Some(format!("The {client_id}")),
        token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
        client_secret: Some(Secret::new(SECRET.to_owned())),
        grant_types: vec![GrantType::Ciba, GrantType::RefreshToken],
        scope: ScopeList::try_from("openid profile email offline_access".to_owned()).unwrap(),
        backchannel_token_delivery_mode: Some(DeliveryMode::Poll),
        authorization_details_types: vec!["payment".to_owned()],
        ..Client::new(client_id)
    }
}

/// The same in ping mode, called at this address.
pub fn pinged(client_id: &str, endpoint: &url::Url) -> Client {
    Client {
        backchannel_token_delivery_mode: Some(DeliveryMode::Ping),
        backchannel_client_notification_endpoint: Some(endpoint.clone()),
        ..asker(client_id)
    }
}

/// The same in push mode, for which no grant is registered.
pub fn pushed_to(client_id: &str, endpoint: &url::Url) -> Client {
    Client {
        backchannel_token_delivery_mode: Some(DeliveryMode::Push),
        grant_types: vec![GrantType::RefreshToken],
        ..pinged(client_id, endpoint)
    }
}

/// What a client signs when it asks for alice and does everything right.
pub fn request_claims(client_id: &str, now: Timestamp) -> Value {
    let now = now.as_secs();
    json!({
        "iss": client_id, "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 300, "jti": uuid(),
        "scope": "openid profile offline_access", "login_hint": "alice", "binding_message": "W4SCT",
    })
}

/// Adds the poll client `till`, and the words for `payment`.
pub fn with_till(config: &mut Config) {
    let words = [("en", "Pay {amount} to {payee}"), ("ja", "{payee} に {amount} を支払う")];
    let words = words.map(|(language, words)| (language.to_owned(), words.to_owned()));
    config.authorization_details.insert("payment".to_owned(), words.into());
    config.clients.push(asker("till"));
}

impl TestServer {
    /// A server with the client `till`.
    pub async fn with_till() -> Self {
        Self::with(with_till).await
    }

    /// A server with the client `till` and these, which may call loopback addresses.
    pub async fn with_askers(clients: impl IntoIterator<Item = Client>) -> Self {
        Self::with(|config: &mut Config| {
            with_till(config);
            allow_loopback(config);
            config.clients.extend(clients);
        })
        .await
    }

    /// The client `shop` in ping mode, and the endpoint where it is called.
    pub async fn with_ping() -> (Self, Receiver) {
        let receiver = Receiver::start().await;
        (Self::with_askers([pinged("shop", &receiver.url)]).await, receiver)
    }

    /// The client `shop` in push mode, and the endpoint where it is called.
    pub async fn with_push() -> (Self, Receiver) {
        let receiver = Receiver::start().await;
        (Self::with_askers([pushed_to("shop", &receiver.url)]).await, receiver)
    }

    /// A client asks for alice, and she says yes.
    pub async fn approved(&self, client_id: &str) -> String {
        let id = self.ask_for(client_id, "alice").await;
        self.answered("alice", "allow").await;
        id
    }

    /// Somebody answers their newest request.
    pub async fn answered(&self, username: &str, decision: &str) {
        let answer = Phone::signed_in(self, username).await.answer_request(decision, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Sends the callbacks that are due; how many were tried.
    pub async fn deliver(&self) -> usize {
        deliver_due(&self.app).await.unwrap()
    }

    /// In how many seconds the next callback is due; `None` if none waits.
    pub async fn next_callback_in(&self) -> Option<u64> {
        let due = self.app.store.next_callback_due().await.unwrap();
        due.map(|at| at.since(self.now()).as_secs())
    }

    /// The subject identifier of somebody.
    pub async fn sub(&self, username: &str) -> Arc<str> {
        Arc::clone(&self.app.store.user_by_username(username).await.unwrap().unwrap().sub)
    }

    /// Where a request stands.
    pub fn crossing(&self, auth_req_id: &str) -> Crossing {
        self.app.store.crossing(CrossingId::of_secret(auth_req_id)).unwrap()
    }

    /// The kinds of what was recorded, newest first.
    pub async fn events(&self) -> Vec<String> {
        let events = self.app.store.events(1000, None).await.unwrap();
        events.into_iter().map(|recorded| recorded.event.kind).collect()
    }

    /// A client asks, with `client_secret_basic`.
    pub async fn ask_as(&self, client_id: &str, form: &[(&str, &str)]) -> Answer {
        self.post_as(client_id, ASK, form).await
    }

    /// `till` asks for alice; its `auth_req_id`.
    pub async fn ask(&self) -> String {
        self.ask_for("till", "alice").await
    }

    /// A client asks for somebody; its `auth_req_id`.
    pub async fn ask_for(&self, client_id: &str, username: &str) -> String {
        let form = [
            ("scope", "openid profile offline_access"),
            ("login_hint", username),
            ("binding_message", "Till 4, W4SCT"),
            ("client_notification_token", NOTIFICATION_TOKEN),
        ];
        auth_req_id(&self.ask_as(client_id, &form).await)
    }

    /// `till` polls.
    pub async fn collect(&self, auth_req_id: &str) -> Answer {
        self.collect_as("till", auth_req_id).await
    }

    /// A client polls.
    pub async fn collect_as(&self, client_id: &str, auth_req_id: &str) -> Answer {
        self.post_as(client_id, "/token", &[("grant_type", CIBA), ("auth_req_id", auth_req_id)]).await
    }
}

/// The `auth_req_id` of a successful answer.
#[track_caller]
pub fn auth_req_id(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["auth_req_id"].as_str().unwrap().to_owned()
}

impl Phone<'_> {
    /// The addresses of the requests in the inbox, newest first.
    pub async fn inbox(&self) -> Vec<String> {
        let page = self.get("/inbox").await;
        assert_eq!(page.status, 200, "{}", page.body);
        let links = page.body.split("href=\"/inbox/").skip(1);
        let mut links: Vec<_> =
            links.map(|rest| format!("/inbox/{}", &rest[..rest.find('"').unwrap()])).collect();
        links.dedup();
        links
    }

    /// Opens the newest request.
    pub async fn open_request(&self) -> (String, Answer) {
        let newest = self.inbox().await.first().expect("a request waits").clone();
        let page = self.get(&newest).await;
        (newest, page)
    }

    /// Answers the newest request, with more fields if the page wants them.
    pub async fn answer_request(&self, decision: &str, more: &[(&str, &str)]) -> Answer {
        let (address, page) = self.open_request().await;
        assert_eq!(page.status, 200, "{}", page.body);
        let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
        let mut form = vec![("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", decision)];
        form.extend(more);
        self.post(&address, &form).await
    }
}
