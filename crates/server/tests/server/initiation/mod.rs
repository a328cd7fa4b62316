//! What may a consumption device bring along when it asks, and what comes of it? (BCP 6.1.15 to 6.1.17, 6.1.7, 6.1.8)

mod announcement;
mod binding;
mod number;
mod refusals;
mod sign_in;

use crate::support::ciba::with_till;
use crate::support::{Answer, Codes, Phone, TestServer, policy};
use serde_json::Value;
use tandem_core::crossing::Request;

/// A server with `till` and this policy.
async fn under(says: Value) -> TestServer {
    TestServer::with(|config| {
        with_till(config);
        config.policy = policy(says);
    })
    .await
}

/// `tv` asks for codes, with more parameters.
async fn tv_asks(server: &TestServer, more: &[(&str, &str)]) -> Answer {
    let form = [&[("client_id", "tv"), ("scope", "openid")], more].concat();
    server.post("/device_authorization", &form).await
}

/// `till` asks for alice, with more parameters.
async fn till_asks(server: &TestServer, more: &[(&str, &str)]) -> Answer {
    let form = [&[("scope", "openid"), ("login_hint", "alice")], more].concat();
    server.ask_as("till", &form).await
}

/// What was asked, by the device code or the request's id.
fn request_of(server: &TestServer, secret: &str) -> Request {
    Request::clone(server.crossing(secret).request().unwrap())
}

/// Says yes on a decision page, and gives more.
async fn allow(phone: &Phone<'_>, codes: &Codes, more: &[(&str, &str)]) -> Answer {
    let page = phone.open(&codes.user_code).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
    let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
    phone.post("/device/decision", &[&form[..], more].concat()).await
}
