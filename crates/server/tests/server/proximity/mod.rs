//! BCP 6.1.1: are the two devices near each other? Each kind of evidence off and on, missing, stale, and made up.

mod coordinates;
mod geolocation;
mod network;
mod places;

use crate::support::{Answer, Codes, PASSWORD, Phone, TestServer, form_request, policy};
use serde_json::{Value, json};
use tandem_core::mitigations::policy::Overrides;
use tandem_server::config::Config;

/// A policy that looks at nothing but this, and has no page before the question.
fn proximity(says: &Value) -> Overrides {
    let mut settings = json!({ "network": "off", "geolocation": "off", "coordinates": "off" });
    let more = says.as_object().unwrap().clone();
    settings.as_object_mut().unwrap().extend(more);
    policy(json!({ "establish_proximity": settings, "user_education": { "interstitial": "never" } }))
}

/// A server with such a policy.
async fn server(says: Value) -> TestServer {
    TestServer::with(|config: &mut Config| config.policy = proximity(&says)).await
}

/// `tv` asks for codes from an address, with more parameters.
async fn codes_at(server: &TestServer, address: &str, more: &[(&str, &str)]) -> Codes {
    let mut form =
        vec![("client_id", "tv"), ("scope", "openid profile offline_access"), ("tandem_device_type", "tv")];
    form.extend(more);
    Codes::read(&server.send_from(address, form_request("/device_authorization", &form)).await)
}

/// Alice, signed in by password, at an address.
async fn alice_at<'s>(server: &'s TestServer, address: &'static str) -> Phone<'s> {
    let phone = Phone::at(server, address);
    assert_eq!(phone.sign_in("alice", PASSWORD).await.status, 303);
    phone
}

/// What became of a request from one address, opened and allowed from another.
#[derive(Debug)]
struct Became {
    /// The page with the question, or what stood in its place.
    page: Answer,
    /// What came after a yes, if there was a page to say it on.
    answer: Option<Answer>,
    /// What the device got.
    poll: Answer,
}

impl Became {
    /// Whether the device got tokens.
    fn is_granted(&self) -> bool {
        self.poll.status == 200
    }

    /// Asserts that it was refused when it was opened, in words, and that the device has nothing.
    #[track_caller]
    fn is_refused_at_once(&self) {
        assert_eq!(self.page.status, 403, "{}", self.page.body);
        assert!(self.page.body.contains("Stopped: too far away"), "{}", self.page.body);
        assert!(self.answer.is_none() && !self.is_granted());
    }

    /// Asserts that the page wants a passkey first, and that a yes without one gives nothing.
    #[track_caller]
    fn wants_a_passkey(&self) {
        assert_eq!(self.page.status, 200, "{}", self.page.body);
        assert!(!self.page.body.contains("value=\"allow\""), "{}", self.page.body);
        assert!(self.page.body.contains("passkey"), "{}", self.page.body);
        assert!(!self.is_granted(), "{}", self.poll.body);
    }

    /// Asserts that it went through.
    #[track_caller]
    fn went_through(&self) {
        let answer = self.answer.as_ref().map_or("", |answer| &answer.body);
        assert!(self.is_granted(), "{} {answer} {}", self.poll.body, self.page.body);
    }
}

/// Opens a request at an address and says yes, with more fields, whatever the page offers.
async fn allowed(server: &TestServer, codes: &Codes, address: &'static str, more: &[(&str, &str)]) -> Became {
    let phone = alice_at(server, address).await;
    let page = phone.open(&codes.user_code).await;
    let answer = if page.status == 200 {
        let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
        let mut form = vec![("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
        form.extend(more);
        Some(phone.post("/device/decision", &form).await)
    } else {
        None
    };
    let poll = server.poll(&codes.device_code).await;
    Became { page, answer, poll }
}

/// A request from one address, allowed from another.
async fn crossing(server: &TestServer, device: &str, phone: &'static str) -> Became {
    let codes = codes_at(server, device, &[]).await;
    allowed(server, &codes, phone, &[]).await
}
