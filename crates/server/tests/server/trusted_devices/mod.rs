//! Trusted devices and trusted networks (BCP 6.1.7 and 6.1.8), over HTTP, with both rooms.

mod attested;
mod contained;
mod networks;
mod registered;
mod revoking;

use crate::support::ciba::{ASK, CIBA, with_till};
use crate::support::{
    Answer, DEVICE_CODE, ISSUER, Key, SECRET, TestServer, basic, form_request, policy, uuid,
};
use axum::body::Body;
use axum::http::{HeaderName, Request, header};
use serde_json::{Value, json};
use std::sync::Arc;
use tandem_core::mitigations::trusted_devices::ComplianceStatus;
use tandem_server::config::Config;
use tandem_server::edge::client_certificate::ClientCertificate;
use tandem_store::TrustedDevice;

const AUTHORIZE: &str = "/device_authorization";

/// What a device shows beside its request.
#[derive(Default, Clone)]
struct Shown {
    form: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
    certificate: Option<ClientCertificate>,
}

impl Shown {
    fn nothing() -> Self {
        Self::default()
    }

    fn assertion(text: String) -> Self {
        Self { form: vec![("tandem_device_assertion", text)], ..Self::default() }
    }

    fn headers(headers: &[(&'static str, String)]) -> Self {
        Self { headers: headers.to_vec(), ..Self::default() }
    }

    fn dpop(server: &TestServer, key: &Key, path: &str) -> Self {
        let proof = key.proof("POST", &format!("{ISSUER}{path}"), server.now().as_secs(), &json!({}));
        Self::headers(&[("dpop", proof)])
    }

    fn certificate(certificate: &ClientCertificate) -> Self {
        Self { certificate: Some(certificate.clone()), ..Self::default() }
    }

    fn request(&self, path: &str, form: &[(&str, &str)]) -> Request<Body> {
        let own = self.form.iter().map(|(name, value)| (*name, value.as_str()));
        let mut request = form_request(path, &form.iter().copied().chain(own).collect::<Vec<_>>());
        for (name, value) in &self.headers {
            request.headers_mut().append(HeaderName::from_static(name), value.parse().unwrap());
        }
        if let Some(certificate) = &self.certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        request
    }
}

/// A server where this policy holds, with `till` for the other room.
async fn server(says: Value) -> TestServer {
    server_with(says, |_| {}).await
}

async fn server_with(says: Value, change: impl FnOnce(&mut Config)) -> TestServer {
    TestServer::with(|config| {
        with_till(config);
        config.policy = policy(says);
        change(config);
        config.check().unwrap();
    })
    .await
}

fn demand() -> Value {
    json!({ "trusted_devices": { "demand": "known" } })
}

/// A device of `client_id` with this key.
fn device(client_id: &str, id: &str, key: &Key) -> TrustedDevice {
    TrustedDevice {
        id: Arc::from(id),
        client_id: Arc::from(client_id),
        name: String::new(),
        kind: None,
        jwk: None,
        jwk_thumbprint: Some(serde_json::from_value(key.thumbprint().into()).unwrap()),
        certificate: None,
        compliance: ComplianceStatus::Unknown,
        created_at: crate::support::START,
        last_used_at: None,
        revoked_at: None,
    }
}

async fn register(server: &TestServer, device: TrustedDevice) {
    assert_eq!(server.app.store.add_trusted_device(device).await, Ok(true));
}

/// What device `id` of `client_id` says with its key, with these changes.
fn assertion_with(server: &TestServer, client_id: &str, id: &str, key: &Key, change: &Value) -> String {
    let now = server.now().as_secs();
    let mut claims =
        json!({ "iss": id, "sub": client_id, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": uuid() });
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    key.jws(&json!({ "alg": "ES256", "typ": "tandem-device+jwt", "jwk": key.jwk() }), &claims)
}

fn assertion(server: &TestServer, client_id: &str, id: &str, key: &Key) -> Shown {
    Shown::assertion(assertion_with(server, client_id, id, key, &json!({})))
}

/// `tv` asks for codes.
async fn ask_tv(server: &TestServer, shown: &Shown) -> Answer {
    ask_as(server, "tv", shown, &[]).await
}

async fn ask_as(server: &TestServer, client_id: &str, shown: &Shown, more: &[(&str, &str)]) -> Answer {
    let form = [&[("client_id", client_id), ("scope", "openid offline_access")][..], more].concat();
    server.send(shown.request(AUTHORIZE, &form)).await
}

/// `till` asks for alice.
async fn ask_till(server: &TestServer, shown: &Shown) -> Answer {
    let mut request = shown.request(ASK, &[("scope", "openid"), ("login_hint", "alice")]);
    request.headers_mut().insert(header::AUTHORIZATION, basic("till", SECRET).parse().unwrap());
    server.send(request).await
}

/// `tv` polls.
async fn poll_tv(server: &TestServer, code: &str, shown: &Shown) -> Answer {
    server.advance(6);
    let form = [("grant_type", DEVICE_CODE), ("client_id", "tv"), ("device_code", code)];
    server.send(shown.request("/token", &form)).await
}

/// `till` polls.
async fn poll_till(server: &TestServer, id: &str, shown: &Shown) -> Answer {
    server.advance(6);
    let mut request = shown.request("/token", &[("grant_type", CIBA), ("auth_req_id", id)]);
    request.headers_mut().insert(header::AUTHORIZATION, basic("till", SECRET).parse().unwrap());
    server.send(request).await
}

/// `tv` refreshes.
async fn refresh_tv(server: &TestServer, token: &str, shown: &Shown) -> Answer {
    let form = [("grant_type", "refresh_token"), ("client_id", "tv"), ("refresh_token", token)];
    server.send(shown.request("/token", &form)).await
}

#[track_caller]
fn is_refused(answer: &Answer) {
    assert_eq!(answer.json()["error"], "access_denied", "{}", answer.body);
}

/// It is refused because it proved to be no known device.
#[track_caller]
fn is_unknown(answer: &Answer) {
    answer.is_error(400, "invalid_request");
    assert!(answer.body.contains("registered or attested"), "{}", answer.body);
}

#[track_caller]
fn is_taken(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.body);
}
