//! Clients that ask people: a till, a call centre, and what they send.

use super::{Answer, Phone, SECRET, TestServer, form_request, basic};
use axum::http::header;
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

    /// A client polls with a DPoP proof.
    pub async fn collect_with_proof(&self, client_id: &str, auth_req_id: &str, proof: &str) -> Answer {
        let mut request = form_request("/token", &[("grant_type", CIBA), ("auth_req_id", auth_req_id)]);
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, basic(client_id, SECRET).parse().unwrap());
        headers.insert("dpop", proof.parse().unwrap());
        self.send(request).await
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
        let mut links: Vec<_> = links.map(|rest| format!("/inbox/{}", &rest[..rest.find('"').unwrap()])).collect();
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
