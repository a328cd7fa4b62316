//! The admin API: who may call it, what its operations do, and whether its description is true.

mod description;
mod doors;
mod incidents;
mod opening;
mod schema;

use crate::support::{Answer, Codes, Phone, TestServer, service};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

/// Where the incidents are.
const HERE: &str = "/admin/v1/incidents";

/// A server with a client that looks, one that acts, and one that has nothing to do with it.
async fn server() -> TestServer {
    TestServer::with(|config| {
        config.clients.push(service("desk", "incidents.read incidents.manage"));
        config.clients.push(service("viewer", "incidents.read"));
        config.clients.push(service("filter", "content_filter.scan"));
    })
    .await
}

/// A client of the API.
struct Desk<'s> {
    server: &'s TestServer,
    token: String,
}

impl<'s> Desk<'s> {
    async fn of(server: &'s TestServer, client_id: &str) -> Self {
        Self { server, token: server.service_token(client_id).await }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Posts nothing.
    async fn press(&self, path: &str) -> Answer {
        self.send(Request::post(path).body(Body::empty()).unwrap()).await
    }

    async fn send(&self, mut request: Request<Body>) -> Answer {
        let value = format!("Bearer {}", self.token).parse().unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, value);
        self.server.send(request).await
    }

    /// Opens an incident of this target.
    async fn open(&self, kind: &str, id: &str, contain: bool) -> Answer {
        let target = json!({ "kind": kind, "id": id });
        let body = json!({ "target": target, "reason": "A colleague called.", "contain": contain });
        self.post(HERE, &body).await
    }

    /// Opens one, and gives its number.
    async fn opened(&self, kind: &str, id: &str) -> i64 {
        let answer = self.open(kind, id, false).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["id"].as_i64().unwrap()
    }
}

/// What alice let `tv` have.
struct Granted {
    crossing: String,
    access_token: String,
    refresh_token: String,
}

/// Alice lets `tv` in.
async fn granted(server: &TestServer) -> Granted {
    let codes: Codes = server.device_authorization().await;
    let phone = Phone::signed_in(server, "alice").await;
    phone.allow(&codes.user_code).await;
    let answer = server.poll(&codes.device_code).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let tokens = answer.json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let families = server.app.store.families_of(&sub(server, "alice").await, 1).await.unwrap();
    Granted {
        crossing: families[0].crossing.to_string(),
        access_token: text("access_token"),
        refresh_token: text("refresh_token"),
    }
}

/// The subject identifier of a person.
async fn sub(server: &TestServer, username: &str) -> String {
    server.app.store.user_by_username(username).await.unwrap().unwrap().sub.to_string()
}
