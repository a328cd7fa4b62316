//! Which programs pass with a service token, and which do not? (RFC 6749 section 4.4, RFC 6750, RFC 8705, RFC 9449)

use crate::support::{Answer, ISSUER, Key, SECRET, TestServer, basic, form_request, service};
use axum::body::Body;
use axum::http::{HeaderName, Request, header};
use axum::response::IntoResponse as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_core::mutual_tls::Certificate;
use tandem_server::config::{Client, DpopNonce};
use tandem_server::edge::client_certificate::{Chain, ClientCertificate};
use tandem_server::oauth::service_token::{ServiceCaller, require};

const DPOP: HeaderName = HeaderName::from_static("dpop");
const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const PLACE: &str = "/ssf/streams";
const READ: [&str; 2] = ["ssf.read", "ssf.manage"];

async fn server() -> TestServer {
    TestServer::with(|config| {
        config.clients.push(service("receiver", "ssf.read ssf.manage incidents.read"));
        config.clients.push(service("other", "ssf.read"));
        let bound =
            Client { tls_client_certificate_bound_access_tokens: true, ..service("mtls", "ssf.read") };
        config.clients.push(bound);
    })
    .await
}

/// What an endpoint hears that takes either of these scopes.
async fn enter(
    server: &TestServer,
    request: Request<Body>,
    accepted: &[&str],
) -> Result<ServiceCaller, Answer> {
    let (parts, _) = request.into_parts();
    match require(&server.app, &parts, accepted, server.now()).await {
        Ok(caller) => Ok(caller),
        Err(failure) => Err(Answer::read(failure.into_response()).await),
    }
}

fn get(authorization: &str) -> Request<Body> {
    Request::get(PLACE).header(header::AUTHORIZATION, authorization).body(Body::empty()).unwrap()
}

async fn with_bearer(server: &TestServer, token: &str) -> Result<ServiceCaller, Answer> {
    enter(server, get(&format!("Bearer {token}")), &READ).await
}

#[track_caller]
fn is_refused(outcome: Result<ServiceCaller, Answer>) -> Answer {
    let answer = outcome.expect_err("it must not pass");
    answer.is_error(401, "invalid_token");
    assert!(answer.header(header::WWW_AUTHENTICATE).contains("error=\"invalid_token\""));
    answer
}

#[tokio::test]
async fn rfc_6750_s3_1_without_a_token_there_is_a_challenge_and_no_error() {
    let server = server().await;
    let good = server.service_token_for("receiver", "ssf.read").await;
    // Not in the address, and not in a form (RFC 6750 sections 2.2 and 2.3 are not supported).
    let in_address = format!("{PLACE}?access_token={good}");
    for request in [Request::get(PLACE), Request::get(in_address)] {
        let refused = enter(&server, request.body(Body::empty()).unwrap(), &READ).await.err().unwrap();
        assert_eq!(refused.status, 401);
        let challenges: Vec<&str> = refused
            .headers
            .get_all(header::WWW_AUTHENTICATE)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        assert!(challenges[0].starts_with("Bearer") && challenges[1].starts_with("DPoP"), "{challenges:?}");
        assert!(challenges.iter().all(|value| !value.contains("error")), "{challenges:?}");
    }
    let in_form = form_request(PLACE, &[("access_token", &good)]);
    assert_eq!(enter(&server, in_form, &READ).await.err().unwrap().status, 401);
    let mut twice = get(&format!("Bearer {good}"));
    twice.headers_mut().append(header::AUTHORIZATION, format!("Bearer {good}").parse().unwrap());
    enter(&server, twice, &READ).await.err().unwrap().is_error(400, "invalid_request");
}

#[tokio::test]
async fn a_good_token_lets_its_client_pass_with_its_scope() {
    let server = server().await;
    let good = server.service_token_for("receiver", "ssf.read incidents.read").await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let caller = enter(&server, get(&format!("{scheme} {good}")), &READ).await.unwrap();
        assert_eq!(&*caller.client.client_id, "receiver");
        assert_eq!(caller.scope.as_str(), "ssf.read incidents.read");
    }
    let manager = server.service_token_for("receiver", "ssf.manage").await;
    assert!(with_bearer(&server, &manager).await.is_ok(), "an endpoint may accept either");
}

#[tokio::test]
async fn rfc_6750_s3_1_a_token_without_the_scope_is_told_which_is_needed() {
    let server = server().await;
    let reads = server.service_token_for("receiver", "ssf.read").await;
    let manage = ["ssf.manage"];
    let refused = enter(&server, get(&format!("Bearer {reads}")), &manage).await.err().unwrap();
    refused.is_error(403, "insufficient_scope");
    let challenge = refused.header(header::WWW_AUTHENTICATE);
    assert!(challenge.contains("error=\"insufficient_scope\"") && challenge.contains("scope=\"ssf.manage\""));
    let other = server.service_token_for("receiver", "incidents.read").await;
    with_bearer(&server, &other).await.err().unwrap().is_error(403, "insufficient_scope");
    enter(&server, get(&format!("Bearer {reads}")), &[])
        .await
        .err()
        .unwrap()
        .is_error(403, "insufficient_scope");
}

#[tokio::test]
async fn what_is_not_a_service_token_does_not_pass() {
    let server = server().await;
    let good = server.service_token_for("receiver", "ssf.read").await;
    for at in [0, 1, 5, good.len() / 2, good.len() - 1] {
        let mut changed = good.clone().into_bytes();
        changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
        is_refused(with_bearer(&server, &String::from_utf8(changed).unwrap()).await);
    }
    let flood = "A".repeat(100_000);
    for text in ["x", "", "a.b.c", &good[1..], &format!("{good}A"), &format!("{good} {good}"), &flood] {
        is_refused(with_bearer(&server, text).await);
    }
    for authorization in [format!("Basic {good}"), good.clone(), format!("Token {good}"), "Bearer".to_owned()]
    {
        is_refused(enter(&server, get(&authorization), &READ).await);
    }
    is_refused(enter(&server, get(&basic("receiver", SECRET)), &READ).await);
}

/// What a person granted opens nothing here, and what a program got opens nothing of a person.
#[tokio::test]
async fn tokens_of_people_and_of_programs_are_not_taken_for_each_other() {
    let server = server().await;
    let granted = server.granted().await;
    for kind in ["access_token", "refresh_token", "id_token"] {
        is_refused(with_bearer(&server, granted[kind].as_str().unwrap()).await);
    }
    let service = server.service_token_for("receiver", "ssf.read").await;
    let userinfo = Request::get("/userinfo")
        .header(header::AUTHORIZATION, format!("Bearer {service}"))
        .body(Body::empty())
        .unwrap();
    server.send(userinfo).await.is_error(401, "invalid_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", service.as_str())];
    server.post_as("kiosk", "/token", &form).await.is_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_token_ends_with_its_time() {
    let server = server().await;
    let good = server.service_token_for("receiver", "ssf.read").await;
    server.advance(599);
    assert!(with_bearer(&server, &good).await.is_ok());
    assert!(server.is_active(&good).await);
    server.advance(1);
    is_refused(with_bearer(&server, &good).await);
    assert!(!server.is_active(&good).await);
}

/// A client of the database, whose registration a test can change.
async fn stored(server: &TestServer, change: impl FnOnce(&mut tandem_core::oauth::client::Client)) {
    let mut client = (*server.app.clients.get("receiver").unwrap()).clone();
    client.client_id = "stored".into();
    change(&mut client);
    server.app.store.put_client(&client).await.unwrap();
    server.app.reload().await;
}

#[tokio::test]
async fn a_token_is_worth_what_its_client_is_registered_for_now() {
    let server = server().await;
    let scope = |text: &str| serde_json::from_value(Value::from(text)).unwrap();
    stored(&server, |_| {}).await;
    let good = server.service_token_for("stored", "ssf.read incidents.read").await;
    assert!(with_bearer(&server, &good).await.is_ok());

    stored(&server, |client| client.scope = scope("incidents.read")).await;
    with_bearer(&server, &good).await.err().unwrap().is_error(403, "insufficient_scope");
    let seen = server.post_as("api", "/introspect", &[("token", &good)]).await.json();
    assert_eq!(seen["scope"], "incidents.read");

    stored(&server, |client| client.client_secret_digest = Some(Digest::of(b"a new secret of this test")))
        .await;
    is_refused(with_bearer(&server, &good).await);
    assert!(!server.is_active(&good).await, "what was got by the old secret ends with it");

    stored(&server, |client| {
        client.scope = scope("openid");
        client.grant_types = vec![tandem_core::oauth::client::GrantType::DeviceCode];
    })
    .await;
    is_refused(with_bearer(&server, &good).await);

    stored(&server, |_| {}).await;
    assert!(with_bearer(&server, &good).await.is_ok());
    assert!(server.app.store.remove_client("stored", tandem_store::LeftOver::Nothing).await.unwrap());
    server.app.reload().await;
    is_refused(with_bearer(&server, &good).await);
    assert!(!server.is_active(&good).await);
}

#[tokio::test]
async fn rfc_7662_only_its_client_and_who_may_introspect_learn_of_it() {
    let server = server().await;
    let good = server.service_token_for("receiver", "ssf.read").await;
    let now = server.now().as_secs();
    for caller in ["receiver", "api"] {
        let json = server.post_as(caller, "/introspect", &[("token", &good)]).await.json();
        let expected = json!({
            "active": true, "scope": "ssf.read", "client_id": "receiver", "sub": "receiver", "token_type": "Bearer",
            "iat": now, "exp": now + 600, "iss": ISSUER, "aud": ISSUER,
        });
        assert_eq!(json, expected, "{caller}");
    }
    let stranger = server.post_as("other", "/introspect", &[("token", &good)]).await;
    assert_eq!(stranger.body, r#"{"active":false}"#);
}

#[tokio::test]
async fn rfc_7009_its_client_can_give_it_back_for_good() {
    let server = server().await;
    let (good, beside) = (
        server.service_token_for("receiver", "ssf.read").await,
        server.service_token_for("receiver", "ssf.read").await,
    );
    let revoke = [("token", good.as_str())];
    assert_eq!(
        server.post_as("other", "/revoke", &revoke).await.status,
        200,
        "RFC 7009 2.2: nothing is told"
    );
    assert!(with_bearer(&server, &good).await.is_ok(), "nor done: it is another client's");
    for _ in 0..2 {
        assert_eq!(server.post_as("receiver", "/revoke", &revoke).await.status, 200);
        is_refused(with_bearer(&server, &good).await);
        assert!(!server.is_active(&good).await);
    }
    assert!(with_bearer(&server, &beside).await.is_ok(), "another one of the same second lives on");
    let server = server.restart().await;
    is_refused(with_bearer(&server, &good).await);
    assert!(with_bearer(&server, &beside).await.is_ok());
}

/// A client's token that is bound to this key.
async fn bound_to(server: &TestServer, key: &Key) -> String {
    let mut request = form_request("/token", &[GRANT]);
    let proof = key.proof("POST", &format!("{ISSUER}/token"), server.now().as_secs(), &json!({}));
    request.headers_mut().insert(header::AUTHORIZATION, basic("receiver", SECRET).parse().unwrap());
    request.headers_mut().insert(DPOP, proof.parse().unwrap());
    let json = server.send(request).await.json();
    assert_eq!(json["token_type"], "DPoP");
    json["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn rfc_9449_s7_a_bound_token_passes_with_a_fresh_proof_of_its_key_only() {
    let server = server().await;
    let (key, now) = (Key::new(), server.now().as_secs());
    let bound = bound_to(&server, &key).await;
    let ath = json!({ "ath": URL_SAFE_NO_PAD.encode(Digest::of(bound.as_bytes()).as_bytes()) });
    let here = format!("{ISSUER}{PLACE}");
    let request = |scheme: &str, token: &str, proof: Option<&str>| {
        let mut request = get(&format!("{scheme} {token}"));
        if let Some(proof) = proof {
            request.headers_mut().insert(DPOP, proof.parse().unwrap());
        }
        request
    };
    let good = key.proof("GET", &here, now, &ath);
    let caller = enter(&server, request("DPoP", &bound, Some(&good)), &READ).await.unwrap();
    assert_eq!(&*caller.client.client_id, "receiver");

    let fresh = key.proof("GET", &here, now, &ath);
    for (why, scheme, proof) in [
        ("as a bearer token", "Bearer", None),
        ("as a bearer token, with a proof", "Bearer", Some(&fresh)),
        ("without a proof", "DPoP", None),
    ] {
        let refused =
            is_refused(enter(&server, request(scheme, &bound, proof.map(String::as_str)), &READ).await);
        assert!(refused.header(header::WWW_AUTHENTICATE).starts_with("DPoP"), "{why}");
    }
    let others = Key::new().proof("GET", &here, now, &ath);
    is_refused(enter(&server, request("DPoP", &bound, Some(&others)), &READ).await);
    for (why, proof) in [
        ("used before", good),
        ("another method", key.proof("POST", &here, now, &ath)),
        ("another address", key.proof("GET", &format!("{ISSUER}/userinfo"), now, &ath)),
        ("old", key.proof("GET", &here, now - 1000, &ath)),
        ("of no token", key.proof("GET", &here, now, &json!({}))),
        ("of another token", key.proof("GET", &here, now, &json!({ "ath": "AAAA" }))),
    ] {
        let refused = enter(&server, request("DPoP", &bound, Some(&proof)), &READ).await.err().unwrap();
        assert_eq!(refused.status, 401, "{why}: {}", refused.body);
        refused.is_error(401, "invalid_dpop_proof");
    }
    let free = server.service_token_for("receiver", "ssf.read").await;
    let ath = json!({ "ath": URL_SAFE_NO_PAD.encode(Digest::of(free.as_bytes()).as_bytes()) });
    let proof = key.proof("GET", &here, now, &ath);
    is_refused(enter(&server, request("DPoP", &free, Some(&proof)), &READ).await);
    let seen = server.post_as("api", "/introspect", &[("token", &bound)]).await.json();
    assert_eq!((&seen["token_type"], &seen["cnf"]), (&"DPoP".into(), &json!({ "jkt": key.thumbprint() })));
}

#[tokio::test]
async fn rfc_9449_s9_a_nonce_is_asked_for_where_the_operator_wants_it() {
    let server = TestServer::with(|config| {
        config.dpop.nonce = DpopNonce::Required;
        config.clients.push(service("receiver", "ssf.read"));
    })
    .await;
    let key = Key::new();
    let proof = key.proof("POST", &format!("{ISSUER}/token"), server.now().as_secs(), &json!({}));
    let mut request = form_request("/token", &[GRANT]);
    request.headers_mut().insert(header::AUTHORIZATION, basic("receiver", SECRET).parse().unwrap());
    request.headers_mut().insert(DPOP, proof.parse().unwrap());
    let answer = server.send(request).await;
    answer.is_error(400, "use_dpop_nonce");
    assert!(!answer.header(HeaderName::from_static("dpop-nonce")).is_empty());
}

fn certificate() -> ClientCertificate {
    let key = rcgen::KeyPair::generate().unwrap();
    let made = rcgen::CertificateParams::default().self_signed(&key).unwrap();
    let certificate = Arc::new(Certificate::parse(made.der()).unwrap());
    ClientCertificate { certificate, chain: Chain::Unverified }
}

#[tokio::test]
async fn rfc_8705_s3_a_bound_token_stays_with_its_certificate() {
    let server = server().await;
    let (mine, foreign) = (certificate(), certificate());
    server.post_as("mtls", "/token", &[GRANT]).await.is_error(400, "invalid_request");
    let mut request = form_request("/token", &[GRANT]);
    request.headers_mut().insert(header::AUTHORIZATION, basic("mtls", SECRET).parse().unwrap());
    request.extensions_mut().insert(mine.clone());
    let bound = server.send(request).await.json()["access_token"].as_str().unwrap().to_owned();
    let with = |shown: Option<ClientCertificate>| {
        let mut request = get(&format!("Bearer {bound}"));
        if let Some(shown) = shown {
            request.extensions_mut().insert(shown);
        }
        request
    };
    is_refused(enter(&server, with(None), &READ).await);
    is_refused(enter(&server, with(Some(foreign)), &READ).await);
    assert!(enter(&server, with(Some(mine.clone())), &READ).await.is_ok());
    let seen = server.post_as("api", "/introspect", &[("token", &bound)]).await.json();
    assert_eq!(seen["cnf"], json!({ "x5t#S256": mine.certificate.thumbprint() }));
    // A client that registered nothing of the kind may show any certificate, and none.
    let free = server.service_token_for("receiver", "ssf.read").await;
    assert!(with_bearer(&server, &free).await.is_ok());
}
