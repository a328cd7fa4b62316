//! What does a client get for itself, and who gets nothing? (RFC 6749 section 4.4)

use crate::support::ciba::{ASK, asker};
use crate::support::{
    Answer, DEVICE_CODE, ISSUER, Key, SECRET, START, TestServer, basic, form_request, jwks, service, uuid,
};
use axum::http::{HeaderName, header};
use serde_json::{Value, json};
use tandem_core::oauth::client_check::ClientError;
use tandem_server::config::{AuthMethod, Client, Config, GrantType, RateLimit, ScopeList};

const DPOP: HeaderName = HeaderName::from_static("dpop");
const GRANT: (&str, &str) = ("grant_type", "client_credentials");

fn scope(text: &str) -> ScopeList {
    ScopeList::try_from(text.to_owned()).unwrap()
}

async fn server(clients: Vec<Client>) -> TestServer {
    TestServer::with(|config| {
        config.clients.extend(clients);
        config.check().unwrap();
    })
    .await
}

async fn with_filter() -> TestServer {
    server(vec![service("filter", "content_filter.scan content_filter.patterns")]).await
}

async fn ask(server: &TestServer, client_id: &str, form: &[(&str, &str)]) -> Answer {
    server.post_as(client_id, "/token", &[&[GRANT], form].concat()).await
}

async fn ask_with(server: &TestServer, client_id: &str, proof: &str) -> Answer {
    let mut request = form_request("/token", &[GRANT]);
    request.headers_mut().insert(header::AUTHORIZATION, basic(client_id, SECRET).parse().unwrap());
    request.headers_mut().insert(DPOP, proof.parse().unwrap());
    server.send(request).await
}

#[tokio::test]
async fn s4_4_a_client_that_does_not_prove_itself_gets_nothing() {
    let server = with_filter().await;
    server.post("/token", &[GRANT]).await.is_error(401, "invalid_client");
    server.post("/token", &[GRANT, ("client_id", "filter")]).await.is_error(401, "invalid_client");
    let wrong = [GRANT, ("client_id", "filter"), ("client_secret", "another-secret-of-this-test")];
    server.post("/token", &wrong).await.is_error(401, "invalid_client");
    let mut request = form_request("/token", &[GRANT]);
    request
        .headers_mut()
        .insert(header::AUTHORIZATION, basic("filter", "wrong-wrong-wrong").parse().unwrap());
    server.send(request).await.is_error(401, "invalid_client");
    server.post_as("nobody", "/token", &[GRANT]).await.is_error(401, "invalid_client");
}

#[tokio::test]
async fn s5_2_a_client_without_the_grant_is_told_so() {
    let server = with_filter().await;
    // Confidential, and public.
    ask(&server, "kiosk", &[]).await.is_error(400, "unauthorized_client");
    let public = [GRANT, ("client_id", "tv"), ("scope", "ssf.read")];
    server.post("/token", &public).await.is_error(400, "unauthorized_client");
    // And one with it has no other.
    let form = [("grant_type", DEVICE_CODE), ("device_code", "x")];
    server.post_as("filter", "/token", &form).await.is_error(400, "unauthorized_client");
    server
        .post_as("filter", "/device_authorization", &[("scope", "content_filter.scan")])
        .await
        .is_error(400, "unauthorized_client");
}

/// Even a registration that got past its check gives no token to who cannot prove anything.
#[tokio::test]
async fn s4_4_the_endpoint_itself_refuses_a_public_client() {
    let server = with_filter().await;
    let filter = server.app.clients.get("filter").unwrap();
    for method in [
        tandem_core::oauth::client::AuthMethod::None,
        tandem_core::oauth::client::AuthMethod::AttestJwtClientAuth,
    ] {
        let mut public = (*filter).clone();
        public.token_endpoint_auth_method = method;
        public.client_secret_digest = None;
        assert_eq!(public.check(), Err(ClientError::PublicService(method.as_str())));
        let call = tandem_server::oauth::call::Call {
            now: START,
            address: std::net::IpAddr::from([192, 0, 2, 1]),
            method: axum::http::Method::POST,
            headers: axum::http::HeaderMap::new(),
            form: tandem_core::oauth::form::Form::default(),
            certificate: None,
        };
        let refused =
            tandem_server::oauth::client_credentials::token(&server.app, &call, &public).unwrap_err();
        assert_eq!(refused.code().as_str(), "unauthorized_client");
    }
}

#[tokio::test]
async fn s3_3_only_registered_service_scopes_are_given() {
    let mut both = service("both", "openid profile ssf.read");
    both.grant_types.push(GrantType::DeviceCode);
    let server = server(vec![service("filter", "content_filter.scan content_filter.patterns"), both]).await;
    for (client, wanted) in [
        ("filter", "content_filter.scan ssf.read"),
        ("filter", "incidents.manage"),
        ("filter", "nothing.like.it"),
        ("filter", "openid"),
        ("filter", "content_filter.scan offline_access"),
        ("filter", "CONTENT_FILTER.SCAN"),
        ("filter", "\"content_filter.scan\""),
        ("filter", " "),
        ("both", "openid"),
        ("both", "openid ssf.read"),
        ("both", "ssf.manage"),
    ] {
        ask(&server, client, &[("scope", wanted)]).await.is_error(400, "invalid_scope");
    }
    let all = ask(&server, "filter", &[]).await.json();
    assert_eq!(
        all["scope"], "content_filter.scan content_filter.patterns",
        "nothing said: everything registered"
    );
    let one = ask(&server, "filter", &[("scope", "content_filter.patterns")]).await.json();
    assert_eq!(one["scope"], "content_filter.patterns");
    assert_eq!(ask(&server, "both", &[]).await.json()["scope"], "ssf.read", "but not what people grant");
}

#[tokio::test]
async fn s4_4_3_the_answer_has_an_access_token_and_no_other() {
    let server = with_filter().await;
    let answer = ask(&server, "filter", &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    let json = answer.json();
    let mut names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["access_token", "expires_in", "scope", "token_type"]);
    assert_eq!((&json["token_type"], &json["expires_in"]), (&"Bearer".into(), &600.into()));
    let again = ask(&server, "filter", &[]).await.json();
    assert_ne!(json["access_token"], again["access_token"], "each is its own, within one second too");
}

#[tokio::test]
async fn the_life_is_the_servers_and_a_client_can_have_a_shorter_one() {
    let short = Client { tandem_access_token_lifetime: Some(60), ..service("short", "ssf.read") };
    let long = Client { tandem_access_token_lifetime: Some(7200), ..service("long", "ssf.read") };
    let server = TestServer::with(|config| {
        config.tokens.service_token_lifetime = 900;
        config.clients.extend([short, long]);
    })
    .await;
    assert_eq!(ask(&server, "short", &[]).await.json()["expires_in"], 60);
    assert_eq!(ask(&server, "long", &[]).await.json()["expires_in"], 900);
}

#[tokio::test]
async fn what_a_service_token_cannot_be_is_refused_clearly() {
    let server = with_filter().await;
    ask(&server, "filter", &[("resource", "https://api.example.com")]).await.is_error(400, "invalid_target");
    ask(&server, "filter", &[("authorization_details", "[]")])
        .await
        .is_error(400, "invalid_authorization_details");
    assert_eq!(ask(&server, "filter", &[("resource", ISSUER)]).await.status, 200);
    assert_eq!(
        ask(&server, "filter", &[("audience", "x")]).await.status,
        200,
        "RFC 6749 3.2: unknown, ignored"
    );
}

#[tokio::test]
async fn keys_and_posted_secrets_authenticate_as_elsewhere() {
    let key = Key::new();
    let by_key = Client {
        token_endpoint_auth_method: AuthMethod::PrivateKeyJwt,
        client_secret: None,
        jwks: jwks(&[key.jwk()]),
        ..service("by-key", "incidents.read")
    };
    let by_post = Client {
        token_endpoint_auth_method: AuthMethod::ClientSecretPost,
        ..service("by-post", "incidents.read")
    };
    let server = server(vec![by_key, by_post]).await;
    let posted = [GRANT, ("client_id", "by-post"), ("client_secret", SECRET)];
    assert_eq!(server.post("/token", &posted).await.status, 200);
    let now = server.now().as_secs();
    let assertion = key.sign(&json!({
        "iss": "by-key", "sub": "by-key", "aud": ISSUER, "iat": now, "exp": now + 60, "jti": uuid(),
    }));
    let form = [
        GRANT,
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion.as_str()),
    ];
    assert_eq!(server.post("/token", &form).await.status, 200);
    server.post("/token", &form).await.is_error(401, "invalid_client");
}

#[tokio::test]
async fn a_client_that_must_prove_a_key_cannot_go_without() {
    let bound = Client { dpop_bound_access_tokens: true, ..service("bound", "ssf.read") };
    let server = server(vec![bound]).await;
    ask(&server, "bound", &[]).await.is_error(400, "invalid_request");
    let key = Key::new();
    let proof = |htu: &str| key.proof("POST", htu, server.now().as_secs(), &json!({}));
    ask_with(&server, "bound", &proof("https://id.example.com/userinfo"))
        .await
        .is_error(400, "invalid_dpop_proof");
    let once = proof("https://id.example.com/token");
    assert_eq!(ask_with(&server, "bound", &once).await.json()["token_type"], "DPoP");
    ask_with(&server, "bound", &once).await.is_error(400, "invalid_dpop_proof");
}

#[tokio::test]
async fn too_many_requests_wait() {
    let server = TestServer::with(|config| {
        config.rate_limits.poll_client = RateLimit::of(2, 1);
        config.clients.push(service("filter", "content_filter.scan"));
    })
    .await;
    for _ in 0..2 {
        assert_eq!(ask(&server, "filter", &[]).await.status, 200);
    }
    let answer = ask(&server, "filter", &[]).await;
    answer.is_error(429, "temporarily_unavailable");
    assert_eq!(answer.header(header::RETRY_AFTER), "60");
    server.advance(60);
    assert_eq!(ask(&server, "filter", &[]).await.status, 200);
}

/// A person is never asked for what programs do on their own account.
#[tokio::test]
async fn people_are_never_asked_for_service_scopes() {
    let mut kiosk = service("screen", "openid profile ssf.read incidents.manage");
    kiosk.grant_types.push(GrantType::DeviceCode);
    let mut till = asker("till");
    till.grant_types.push(GrantType::ClientCredentials);
    till.scope = scope("openid profile incidents.read");
    till.authorization_details_types.clear();
    let server = server(vec![kiosk, till]).await;
    for wanted in ["ssf.read", "openid ssf.read", "openid incidents.manage profile"] {
        server
            .post_as("screen", "/device_authorization", &[("scope", wanted)])
            .await
            .is_error(400, "invalid_scope");
    }
    let form = [("scope", "openid incidents.read"), ("login_hint", "alice"), ("binding_message", "W4SCT")];
    server.post_as("till", ASK, &form).await.is_error(400, "invalid_scope");
    // Where the device says nothing, it asks for all that people can grant, and for no more.
    let answer = server.post_as("screen", "/device_authorization", &[]).await;
    let id = tandem_core::crossing::CrossingId::of_secret(answer.json()["device_code"].as_str().unwrap());
    let crossing = server.app.store.crossing(id).unwrap();
    assert_eq!(crossing.request().unwrap().scope.as_str(), "openid profile");
}

#[tokio::test]
async fn the_metadata_names_the_grant_and_its_scopes() {
    let json = TestServer::start().await.get("/.well-known/oauth-authorization-server").await.json();
    let names = |key: &str| -> Vec<String> { serde_json::from_value(json[key].clone()).unwrap() };
    assert!(names("grant_types_supported").contains(&"client_credentials".to_owned()));
    for scope in tandem_core::oauth::service_scope::ALL {
        assert!(names("scopes_supported").contains(&scope.to_owned()), "{scope}");
    }
}

/// What the configuration says of one client and of scopes.
fn problems(client: Client, change: impl FnOnce(&mut Config)) -> String {
    let mut config = Config { clients: vec![client], ..Config::default() };
    change(&mut config);
    config.check().err().map_or_else(String::new, |errors| {
        let lines = errors.0.into_iter().map(|problem| format!("{}: {}", problem.key, problem.detail));
        lines.collect::<Vec<_>>().join("\n")
    })
}

#[test]
fn registrations_that_make_no_sense_are_refused() {
    let public = Client {
        token_endpoint_auth_method: AuthMethod::None,
        client_secret: None,
        ..service("c", "ssf.read")
    };
    let attested = Client { token_endpoint_auth_method: AuthMethod::AttestJwtClientAuth, ..public.clone() };
    let without_grant =
        Client { grant_types: vec![GrantType::DeviceCode], ..service("c", "openid ssf.read") };
    for (client, key) in [
        (public, "clients[0].grant_types"),
        (attested, "clients[0].grant_types"),
        (without_grant, "clients[0].scope"),
        (service("c", "openid"), "clients[0].scope"),
        (service("c", "ssf.read photos"), "clients[0].scope"),
    ] {
        let found = problems(client, |_| {});
        assert!(found.contains(key), "{key}: {found}");
    }
    let own_words = |config: &mut Config| {
        config.scopes.insert("ssf.read".to_owned(), [("en".to_owned(), "Read".to_owned())].into());
    };
    assert!(problems(service("c", "ssf.read"), own_words).contains("scopes.ssf.read"));
    assert!(!problems(service("c", "ssf.read"), |_| {}).contains("clients[0]"));
}

#[tokio::test]
async fn the_registration_is_checked_wherever_it_comes_from() {
    let server = with_filter().await;
    let filter = (*server.app.clients.get("filter").unwrap()).clone();
    assert_eq!(filter.check(), Ok(()));
    let scope = |text: &str| serde_json::from_value(Value::from(text)).unwrap();
    let mut other = filter.clone();
    other.scope = scope("openid");
    assert_eq!(other.check(), Err(ClientError::ServiceScopeMissing));
    let mut other = filter;
    other.grant_types = vec![tandem_core::oauth::client::GrantType::DeviceCode];
    assert_eq!(other.check(), Err(ClientError::ServiceScopeUnused));
}
