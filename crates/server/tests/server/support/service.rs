//! Programs that act for themselves, with a service token.

use super::{SECRET, TestServer};
use tandem_server::config::{Client, GrantType, ScopeList, Secret};

/// A client that acts for itself, with these scopes.
pub fn service(id: &str, scopes: &str) -> Client {
    Client {
        client_secret: Some(Secret::new(SECRET.to_owned())),
        grant_types: vec![GrantType::ClientCredentials],
        scope: ScopeList::try_from(scopes.to_owned()).unwrap(),
        ..Client::new(id)
    }
}

impl TestServer {
    /// A service token of a client, with all its scopes.
    pub async fn service_token(&self, client_id: &str) -> String {
        self.ask_for_token(client_id, &[]).await
    }

    /// A service token of a client, with some of its scopes.
    pub async fn service_token_for(&self, client_id: &str, scope: &str) -> String {
        self.ask_for_token(client_id, &[("scope", scope)]).await
    }

    async fn ask_for_token(&self, client_id: &str, more: &[(&str, &str)]) -> String {
        let form = [&[("grant_type", "client_credentials")], more].concat();
        let answer = self.post_as(client_id, "/token", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }
}
