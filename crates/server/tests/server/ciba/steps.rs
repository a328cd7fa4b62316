//! What comes before a yes, with it and after it, where policy asks for more than a click?

mod app;
mod before;
mod data;
mod limits;
mod stopped;

use crate::support::ciba::{CIBA, auth_req_id, with_till};
use crate::support::{Answer, Phone, TestServer, policy};
use serde_json::{Value, json};

/// A server with the client `till`, whose backchannel requests have this policy.
async fn started(says: Value) -> TestServer {
    TestServer::with(|config| {
        with_till(config);
        config.ciba.policy = policy(says);
    })
    .await
}

/// `till` asks for alice and brings more along: its `auth_req_id`.
async fn ask(server: &TestServer, more: &[(&str, &str)]) -> String {
    let form = [&[("scope", "openid profile offline_access"), ("login_hint", "alice")], more].concat();
    auth_req_id(&server.ask_as("till", &form).await)
}

/// Sends the form of a page with this decision and more.
async fn send(
    phone: &Phone<'_>,
    address: &str,
    page: &Answer,
    decision: &str,
    more: &[(&str, &str)],
) -> Answer {
    let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
    let form = [&[("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", decision)], more].concat();
    phone.post(address, &form).await
}

/// The page as people read it.
fn text(page: &Answer) -> String {
    page.body.replace("<bdi>", "").replace("</bdi>", "").replace("&#x2f;", "/").replace("&amp;", "&")
}

/// Whether there is a button with this value.
fn offers(page: &Answer, decision: &str) -> bool {
    page.body.contains(&format!("name=\"decision\" value=\"{decision}\""))
}

/// The PIN on a page, or in what an app got.
fn pin_of(text: &str) -> String {
    let (_, rest) = text.split_once("<p class=\"code\" translate=\"no\">").unwrap();
    rest.split('<').next().unwrap().to_owned()
}

/// `till` collects and sends a PIN along.
async fn collect_with(server: &TestServer, id: &str, pin: &str) -> Answer {
    let form = [("grant_type", CIBA), ("auth_req_id", id), ("tandem_pin", pin)];
    server.post_as("till", "/token", &form).await
}

async fn pending(server: &TestServer, id: &str) {
    server.advance(5);
    server.collect(id).await.is_error(400, "authorization_pending");
}

async fn denied(server: &TestServer, id: &str) {
    server.advance(5);
    server.collect(id).await.is_error(400, "access_denied");
}

/// How often something is on record.
async fn on_record(server: &TestServer, kind: &str) -> usize {
    server.events().await.iter().filter(|event| *event == kind).count()
}

/// Both devices are on different networks here: policy that looks at it finds the risk raised.
fn apart(more: &Value) -> Value {
    let mut says = json!({ "establish_proximity": { "network": "show" } });
    says.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    says
}
