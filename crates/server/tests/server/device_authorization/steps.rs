//! What comes before a yes, with it and after it, where policy asks for more than a click?

mod after;
mod data;
mod limits;
mod proof;
mod warning;

use crate::support::authenticator::Authenticator;
use crate::support::{Answer, Codes, ISSUER, Phone, TestServer, policy};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

/// Where the question is.
const DECISION: &str = "/device/decision";

/// A server whose device grant has this policy.
async fn started(says: Value) -> TestServer {
    TestServer::with(|config| config.device_authorization.policy = policy(says)).await
}

/// Both devices are on different networks here: policy that looks at it finds the risk raised.
fn apart(more: &Value) -> Value {
    let mut says = json!({ "establish_proximity": { "network": "show" } });
    says.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    says
}

/// `tv` asks for codes and brings more along: the codes, and the whole response.
async fn asked(server: &TestServer, more: &[(&str, &str)]) -> (Codes, Value) {
    let form = [&[("client_id", "tv"), ("scope", "openid profile email offline_access")], more].concat();
    let answer = server.post("/device_authorization", &form).await;
    (Codes::read(&answer), answer.json())
}

/// Sends the form of a page with this decision and more.
async fn send(phone: &Phone<'_>, page: &Answer, decision: &str, more: &[(&str, &str)]) -> Answer {
    let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
    let form = [&[("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", decision)], more].concat();
    phone.post(DECISION, &form).await
}

/// The page as people read it.
fn text(page: &Answer) -> String {
    page.body.replace("<bdi>", "").replace("</bdi>", "").replace("&#x2f;", "/").replace("&amp;", "&")
}

/// Whether there is a button with this value.
fn offers(page: &Answer, decision: &str) -> bool {
    page.body.contains(&format!("name=\"decision\" value=\"{decision}\""))
}

async fn pending(server: &TestServer, codes: &Codes) {
    server.advance(5);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
}

async fn collected(server: &TestServer, codes: &Codes) {
    server.advance(5);
    let answer = server.poll(&codes.device_code).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

async fn denied(server: &TestServer, codes: &Codes) {
    server.advance(5);
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
}

/// How often something is on record.
async fn on_record(server: &TestServer, kind: &str) -> usize {
    let events = server.app.store.events(100, None).await.unwrap();
    events.iter().filter(|event| event.event.kind == kind).count()
}

/// Posts JSON as the pages' script does.
async fn post_json(phone: &Phone<'_>, path: &str, csrf: &str, body: &Value) -> Answer {
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ORIGIN, ISSUER)
        .header("sec-fetch-site", "same-origin")
        .header("x-csrf-token", csrf)
        .body(Body::from(body.to_string()));
    let answer = phone.send(request.unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

async fn register(phone: &Phone<'_>, authenticator: &mut Authenticator) {
    let csrf = phone.get("/account").await.field("csrf");
    let options = post_json(phone, "/passkeys/register/options", &csrf, &json!({})).await.json();
    let credential = authenticator.create(&options);
    let body = json!({ "ceremony": options["ceremony"], "name": "Phone", "credential": credential });
    post_json(phone, "/passkeys/register/finish", &csrf, &body).await;
}

/// Signs in with the passkey where a page leads; where it leads on to.
async fn show_passkey(phone: &Phone<'_>, authenticator: &mut Authenticator, next: &str) -> String {
    let csrf = phone.get(&format!("/sign-in?next={next}&again=1")).await.field("csrf");
    let options = post_json(phone, "/passkeys/sign-in/options", &csrf, &json!({})).await.json();
    let credential = authenticator.get(&options);
    let body = json!({ "ceremony": options["ceremony"], "next": next, "credential": credential });
    let answer = post_json(phone, "/passkeys/sign-in/finish", &csrf, &body).await;
    answer.json()["redirect"].as_str().unwrap().to_owned()
}
