//! Financial-grade API: Client Initiated Backchannel Authentication Profile, section 5.2.2, requirement by requirement.

mod authentication;
mod binding;
mod over_tls;
mod passkey;
mod registration;
mod requests;
mod tokens;

use crate::support::ciba::{ASK, CIBA, asker, auth_req_id, request_claims};
use crate::support::{Answer, ISSUER, Key, TestServer, form_request, jwks, uuid};
use axum::body::Body;
use axum::http::Request;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use std::sync::Arc;
use tandem_core::mutual_tls::Certificate;
use tandem_server::config::{AuthMethod, Client, ClientProfile, Config, Network, SigningAlgorithm};
use tandem_server::edge::client_certificate::{Chain, ClientCertificate};

const ASSERTION: (&str, &str) =
    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

/// A client of the profile: `private_key_jwt`, requests signed with ES256, tokens bound by DPoP.
fn fapi(client_id: &str, keys: &[Value]) -> Client {
    Client {
        token_endpoint_auth_method: AuthMethod::PrivateKeyJwt,
        client_secret: None,
        jwks: jwks(keys),
        backchannel_authentication_request_signing_alg: Some(SigningAlgorithm::Es256),
        dpop_bound_access_tokens: true,
        tandem_profile: Some(ClientProfile::FapiCiba),
        ..asker(client_id)
    }
}

/// The same with tokens bound to its certificate.
fn certificate_bound(client: Client) -> Client {
    Client { dpop_bound_access_tokens: false, tls_client_certificate_bound_access_tokens: true, ..client }
}

/// A bank's server, and its client `bank` with a key.
struct Bank {
    server: TestServer,
    key: Key,
}

impl Bank {
    async fn start() -> Self {
        Self::with(|client| client).await
    }

    /// With a changed registration.
    async fn with(change: impl FnOnce(Client) -> Client) -> Self {
        let key = Key::new();
        let client = change(fapi("bank", &[key.jwk()]));
        Self { server: server([client]).await, key }
    }

    fn claims(&self) -> Value {
        request_claims("bank", self.server.now())
    }

    /// A fresh assertion for this audience.
    fn assertion(&self, aud: &Value) -> String {
        self.key.sign(&assertion_claims("bank", &self.server, aud))
    }

    async fn post(
        &self,
        path: &str,
        form: &[(&str, &str)],
        prepare: impl FnOnce(&mut Request<Body>),
    ) -> Answer {
        let assertion = self.assertion(&json!(format!("{ISSUER}{path}")));
        let form = [form, &[ASSERTION, ("client_assertion", &assertion)]].concat();
        let mut request = form_request(path, &form);
        prepare(&mut request);
        self.server.send(request).await
    }

    /// Asks with these signed claims.
    async fn ask(&self, claims: &Value) -> Answer {
        self.send(&self.key.sign(claims)).await
    }

    async fn send(&self, request: &str) -> Answer {
        self.post(ASK, &[("request", request)], |_| {}).await
    }

    /// A request that alice has approved.
    async fn approved(&self) -> String {
        let id = auth_req_id(&self.ask(&self.claims()).await);
        self.server.answered("alice", "allow").await;
        id
    }

    /// Polls, with a proof or certificate or whatever else.
    async fn poll_with(&self, id: &str, prepare: impl FnOnce(&mut Request<Body>)) -> Answer {
        self.post("/token", &[("grant_type", CIBA), ("auth_req_id", id)], prepare).await
    }

    /// Polls with a fresh proof of this key.
    async fn poll(&self, id: &str, key: &Key) -> Answer {
        let proof = self.proof(key);
        self.poll_with(id, |request| {
            request.headers_mut().insert("dpop", proof.parse().unwrap());
        })
        .await
    }

    fn proof(&self, key: &Key) -> String {
        key.proof("POST", &format!("{ISSUER}/token"), self.server.now().as_secs(), &json!({}))
    }
}

fn assertion_claims(client_id: &str, server: &TestServer, aud: &Value) -> Value {
    let now = server.now().as_secs();
    json!({ "iss": client_id, "sub": client_id, "aud": aud, "jti": uuid(), "iat": now, "exp": now + 60 })
}

/// A server behind a proxy that passes certificates on, with two kinds of keys, and these clients.
async fn server(clients: impl IntoIterator<Item = Client>) -> TestServer {
    TestServer::with(|config: &mut Config| {
        crate::support::ciba::with_till(config);
        crate::support::receiver::allow_loopback(config);
        config.proxy.trusted_proxies = vec![Network::try_from("192.0.2.1".to_owned()).unwrap()];
        config.proxy.client_certificate_header = Some("client-cert".to_owned());
        config.clients.extend(clients);
        config.check().unwrap();
    })
    .await
}

/// A self-signed certificate of this key.
fn certificate(key: &KeyPair) -> ClientCertificate {
    let der = CertificateParams::default().self_signed(key).unwrap();
    ClientCertificate {
        certificate: Arc::new(Certificate::parse(der.der()).unwrap()),
        chain: Chain::Unverified,
    }
}

/// Shows a certificate.
fn showing(shown: &ClientCertificate) -> impl FnOnce(&mut Request<Body>) {
    let shown = shown.clone();
    move |request| drop(request.extensions_mut().insert(shown))
}
