//! Who is let in by certificate, and do tokens stay with it? (RFC 8705)

use crate::support::receiver::{Behaviour, Receiver, allow_loopback};
use crate::support::{
    Answer, Codes, DEVICE_CODE, ISSUER, Key, Phone, SECRET, START, TestServer, basic, claims_of, form_request,
};
use axum::body::Body;
use axum::http::{Request, header};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType, date_time_ymd};
use serde_json::{Value, json};
use std::sync::Arc;
use tandem_core::mutual_tls::Certificate;
use tandem_server::config::{
    AccessTokenFormat, AuthMethod, Client, ClientCertificates, Config, GrantType, Network, ScopeList, Secret,
};
use tandem_server::edge::client_certificate::{Chain, ClientCertificate};
use url::Url;

const UNKNOWN_CODE: [(&str, &str); 2] = [("grant_type", DEVICE_CODE), ("device_code", "x")];
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A call whose client authentication holds gets as far as the unknown device code.
const AUTHENTICATED: (u16, &str) = (400, "invalid_grant");
const REFUSED: (u16, &str) = (401, "invalid_client");

/// The certificate of `key`, with this name and whatever else.
fn certificate(key: &KeyPair, change: impl FnOnce(&mut CertificateParams)) -> ClientCertificate {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Acme, Inc.");
    params.distinguished_name.push(DnType::CommonName, "till");
    change(&mut params);
    let der = params.self_signed(key).unwrap();
    let certificate = Arc::new(Certificate::parse(der.der()).unwrap());
    ClientCertificate { certificate, chain: Chain::Unverified }
}

fn any() -> ClientCertificate {
    certificate(&KeyPair::generate().unwrap(), |_| {})
}

/// The same, as if an authority vouched for it.
fn vouched(mut certificate: ClientCertificate) -> ClientCertificate {
    certificate.chain = Chain::Verified;
    certificate
}

fn verified(change: impl FnOnce(&mut CertificateParams)) -> ClientCertificate {
    vouched(certificate(&KeyPair::generate().unwrap(), change))
}

fn x5t(certificate: &ClientCertificate) -> Value {
    json!(certificate.certificate.thumbprint())
}

fn jwk(key: &KeyPair) -> Value {
    use base64::Engine as _;
    let text = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let point = key.public_key_raw();
    json!({ "kty": "EC", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..]) })
}

fn client(id: &str, method: AuthMethod) -> Client {
    Client {
        token_endpoint_auth_method: method,
        grant_types: vec![GrantType::DeviceCode, GrantType::RefreshToken],
        scope: ScopeList::try_from("openid offline_access".to_owned()).unwrap(),
        ..Client::new(id)
    }
}

fn by_subject(id: &str) -> Client {
    Client {
        tls_client_auth_subject_dn: Some(r"CN=till, O=Acme\, Inc.".to_owned()),
        ..client(id, AuthMethod::TlsClientAuth)
    }
}

fn by_key(id: &str, key: &KeyPair) -> Client {
    let jwks = json!({ "keys": [jwk(key)] });
    Client { jwks: jwks.as_object().cloned(), ..client(id, AuthMethod::SelfSignedTlsClientAuth) }
}

/// A server behind a proxy that passes certificates on.
fn behind_proxy(config: &mut Config) {
    config.proxy.trusted_proxies = vec![Network::try_from("192.0.2.1".to_owned()).unwrap()];
    config.proxy.client_certificate_header = Some("client-cert".to_owned());
}

async fn server(clients: Vec<Client>) -> TestServer {
    TestServer::with(|config| {
        behind_proxy(config);
        config.clients.extend(clients);
        config.check().unwrap();
    })
    .await
}

async fn send(server: &TestServer, mut request: Request<Body>, shown: Option<&ClientCertificate>) -> Answer {
    if let Some(shown) = shown {
        request.extensions_mut().insert(shown.clone());
    }
    server.send(request).await
}

async fn post(
    server: &TestServer,
    path: &str,
    form: &[(&str, &str)],
    shown: Option<&ClientCertificate>,
) -> Answer {
    send(server, form_request(path, form), shown).await
}

/// Whether this client is let in with this certificate.
async fn enter(server: &TestServer, client_id: &str, shown: Option<&ClientCertificate>) -> Answer {
    post(server, "/token", &[&UNKNOWN_CODE[..], &[("client_id", client_id)]].concat(), shown).await
}

#[tokio::test]
async fn s2_1_an_authoritys_word_for_the_registered_subject_is_needed_now() {
    let server = server(vec![by_subject("till")]).await;
    let right = verified(|_| {});
    enter(&server, "till", Some(&right)).await.is_error(AUTHENTICATED.0, AUTHENTICATED.1);
    let mut told = Vec::new();
    for (reason, shown) in [
        ("nothing shown", None),
        ("nobody vouches", Some(any())),
        ("another name", Some(verified(|params| params.distinguished_name.push(DnType::CommonName, "tilt")))),
        ("a longer name", Some(verified(|params| params.distinguished_name.push(DnType::CountryName, "GB")))),
        ("no name", Some(verified(|params| params.distinguished_name = DistinguishedName::new()))),
        ("ended", Some(verified(|params| params.not_after = date_time_ymd(2020, 1, 1)))),
        ("not begun", Some(verified(|params| params.not_before = date_time_ymd(2100, 1, 1)))),
    ] {
        let answer = enter(&server, "till", shown.as_ref()).await;
        assert_eq!(answer.status, REFUSED.0, "{reason}: {}", answer.body);
        answer.is_error(REFUSED.0, REFUSED.1);
        told.push(answer.body);
    }
    let unknown = enter(&server, "nobody", Some(&right)).await;
    unknown.is_error(REFUSED.0, REFUSED.1);
    assert!(told.iter().all(|body| *body == unknown.body), "nobody learns what was wrong: {told:?}");
}

#[tokio::test]
async fn s2_1_2_each_kind_of_name_identifies_a_client() {
    let base = |id: &str| client(id, AuthMethod::TlsClientAuth);
    let text = |text: &str| Some(text.to_owned());
    let server = server(vec![
        Client { tls_client_auth_san_dns: text("till.example.com"), ..base("dns") },
        Client { tls_client_auth_san_uri: text("spiffe://acme/till"), ..base("uri") },
        Client { tls_client_auth_san_ip: Some("2001:db8::7".parse().unwrap()), ..base("ip") },
        Client { tls_client_auth_san_email: text("till@example.com"), ..base("email") },
    ])
    .await;
    let names = [
        ("dns", SanType::DnsName("till.example.com".try_into().unwrap())),
        ("uri", SanType::URI("spiffe://acme/till".try_into().unwrap())),
        ("ip", SanType::IpAddress("2001:db8::7".parse().unwrap())),
        ("email", SanType::Rfc822Name("till@example.com".try_into().unwrap())),
    ];
    for (kind, name) in &names {
        let shown = verified(|params| params.subject_alt_names = vec![name.clone()]);
        for (client_id, _) in &names {
            let (status, error) = if client_id == kind { AUTHENTICATED } else { REFUSED };
            enter(&server, client_id, Some(&shown)).await.is_error(status, error);
        }
    }
}

#[tokio::test]
async fn s2_2_a_self_signed_certificate_must_be_of_a_registered_key() {
    let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let server = server(vec![by_key("till", &key)]).await;
    let renewed = certificate(&key, |params| params.distinguished_name.push(DnType::CommonName, "renewed"));
    for right in [certificate(&key, |_| {}), renewed] {
        enter(&server, "till", Some(&right)).await.is_error(AUTHENTICATED.0, AUTHENTICATED.1);
    }
    for wrong in [
        None,
        Some(certificate(&other, |_| {})),
        // An authority's word is no key.
        Some(vouched(certificate(&other, |_| {}))),
        Some(certificate(&key, |params| params.not_after = date_time_ymd(2020, 1, 1))),
    ] {
        enter(&server, "till", wrong.as_ref()).await.is_error(REFUSED.0, REFUSED.1);
    }
}

#[tokio::test]
async fn s2_2_a_self_signed_certificate_may_be_of_a_key_that_the_client_publishes() {
    let (page, key, new) =
        (Receiver::start().await, KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let till = client("till", AuthMethod::SelfSignedTlsClientAuth);
    let server = TestServer::with(|config| {
        behind_proxy(config);
        allow_loopback(config);
        config.clients.push(Client { jwks_uri: Some(page.url.clone()), ..till });
        config.check().unwrap();
    })
    .await;
    let publish = |key: &KeyPair| page.then([Behaviour::Document(json!({ "keys": [jwk(key)] }).to_string())]);
    let shows = async |key: &KeyPair| enter(&server, "till", Some(&certificate(key, |_| {}))).await;
    publish(&key);
    shows(&key).await.is_error(AUTHENTICATED.0, AUTHENTICATED.1);
    shows(&new).await.is_error(REFUSED.0, REFUSED.1);
    server.advance(30);
    publish(&new);
    shows(&new).await.is_error(AUTHENTICATED.0, AUTHENTICATED.1);
    shows(&key).await.is_error(REFUSED.0, REFUSED.1);
    assert_eq!(page.calls().len(), 2);
}

#[tokio::test]
async fn s2_client_id_is_needed_and_a_certificate_opens_only_its_own_client() {
    let key = KeyPair::generate().unwrap();
    let mine = vouched(certificate(&key, |_| {}));
    let server = server(vec![by_subject("subject"), by_key("key", &key)]).await;
    post(&server, "/token", &UNKNOWN_CODE, Some(&mine)).await.is_error(REFUSED.0, REFUSED.1);
    // `kiosk` and `api` have secrets: no certificate stands in for them.
    for client_id in ["kiosk", "api"] {
        enter(&server, client_id, Some(&mine)).await.is_error(REFUSED.0, REFUSED.1);
    }
    // A public client is none the less public.
    enter(&server, "tv", Some(&mine)).await.is_error(AUTHENTICATED.0, AUTHENTICATED.1);
}

#[tokio::test]
async fn a_second_method_beside_the_certificate_is_refused() {
    let key = Key::new();
    let jwks = json!({ "keys": [key.jwk()] });
    let own = KeyPair::generate().unwrap();
    let server = server(vec![
        by_subject("till"),
        Client { jwks: jwks.as_object().cloned(), ..by_key("signer", &own) },
    ])
    .await;
    let right = verified(|_| {});
    let with_secret = [UNKNOWN_CODE[0], UNKNOWN_CODE[1], ("client_id", "till"), ("client_secret", SECRET)];
    post(&server, "/token", &with_secret, Some(&right)).await.is_error(REFUSED.0, REFUSED.1);
    let mut request = form_request("/token", &[UNKNOWN_CODE[0], UNKNOWN_CODE[1], ("client_id", "till")]);
    request.headers_mut().insert(header::AUTHORIZATION, basic("till", SECRET).parse().unwrap());
    send(&server, request, Some(&right)).await.is_error(REFUSED.0, REFUSED.1);
    // A good signature by the registered key is another method than the registered one.
    let now = START.as_secs();
    let claims =
        json!({ "iss": "signer", "sub": "signer", "aud": ISSUER, "jti": "1", "iat": now, "exp": now + 60 });
    let assertion = key.sign(&claims);
    let form = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion.as_str())];
    post(&server, "/token", &[&UNKNOWN_CODE[..], &form].concat(), Some(&right))
        .await
        .is_error(REFUSED.0, REFUSED.1);
    let both = [&UNKNOWN_CODE[..], &form, &[("client_id", "till"), ("client_secret", SECRET)]].concat();
    post(&server, "/token", &both, Some(&right)).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn a_resource_server_may_introspect_by_certificate() {
    let server = server(vec![Client { tandem_introspection: true, ..by_subject("resource") }]).await;
    let tokens = server.granted().await;
    let form = [("client_id", "resource"), ("token", tokens["access_token"].as_str().unwrap())];
    let seen = post(&server, "/introspect", &form, Some(&verified(|_| {}))).await.json();
    assert_eq!(seen["active"], true);
    post(&server, "/introspect", &form, None).await.is_error(REFUSED.0, REFUSED.1);
    post(&server, "/introspect", &form, Some(&any())).await.is_error(REFUSED.0, REFUSED.1);
}

/// A client that wants bound tokens: its registration, and what it sends besides the certificate.
fn bound(client: Client) -> Client {
    Client { tls_client_certificate_bound_access_tokens: true, ..client }
}

/// Codes of this client that alice has approved.
async fn approved(server: &TestServer, client_id: &str, shown: Option<&ClientCertificate>) -> Codes {
    let form = [("client_id", client_id), ("scope", "openid offline_access")];
    let codes = Codes::read(&post(server, "/device_authorization", &form, shown).await);
    Phone::signed_in(server, "alice").await.allow(&codes.user_code).await;
    codes
}

async fn poll(
    server: &TestServer,
    client_id: &str,
    codes: &Codes,
    shown: Option<&ClientCertificate>,
) -> Answer {
    let form = [("grant_type", DEVICE_CODE), ("client_id", client_id), ("device_code", &codes.device_code)];
    post(server, "/token", &form, shown).await
}

async fn refresh(
    server: &TestServer,
    client_id: &str,
    token: &str,
    shown: Option<&ClientCertificate>,
) -> Answer {
    let form = [("grant_type", "refresh_token"), ("client_id", client_id), ("refresh_token", token)];
    post(server, "/token", &form, shown).await
}

async fn userinfo(
    server: &TestServer,
    scheme: &str,
    token: &str,
    shown: Option<&ClientCertificate>,
) -> Answer {
    let request = Request::get("/userinfo").header(header::AUTHORIZATION, format!("{scheme} {token}"));
    send(server, request.body(Body::empty()).unwrap(), shown).await
}

/// Everything that section 3 says of a family of bound tokens, for one client.
async fn keeps_to_its_certificate(server: &TestServer, client_id: &str, mine: &ClientCertificate) {
    let codes = approved(server, client_id, Some(mine)).await;
    let tokens = poll(server, client_id, &codes, Some(mine)).await;
    assert_eq!(tokens.status, 200, "{client_id}: {}", tokens.body);
    let tokens = tokens.json();
    assert_eq!(tokens["token_type"], "Bearer");
    let access = tokens["access_token"].as_str().unwrap();
    let seen = server.post_as("api", "/introspect", &[("token", access)]).await.json();
    assert_eq!(seen["cnf"], json!({ "x5t#S256": x5t(mine) }));
    if access.contains('.') {
        assert_eq!(claims_of(access)["cnf"], json!({ "x5t#S256": x5t(mine) }));
    }

    assert_eq!(userinfo(server, "Bearer", access, Some(mine)).await.status, 200);
    let other = verified(|_| {});
    for wrong in [None, Some(&other)] {
        let answer = userinfo(server, "Bearer", access, wrong).await;
        answer.is_error(401, "invalid_token");
        assert!(answer.header(header::WWW_AUTHENTICATE).starts_with("Bearer"), "{client_id}");
    }
    userinfo(server, "DPoP", access, Some(mine)).await.is_error(401, "invalid_token");

    let token = tokens["refresh_token"].as_str().unwrap();
    let refused = refresh(server, client_id, token, None).await;
    assert!(matches!(refused.status, 400 | 401), "{client_id}: {}", refused.body);
    let refused = refresh(server, client_id, token, Some(&other)).await;
    assert!(matches!(refused.status, 400 | 401), "{client_id}: {}", refused.body);
    // Nobody could end the family so.
    let fresh = refresh(server, client_id, token, Some(mine)).await;
    assert_eq!(fresh.status, 200, "{client_id}: {}", fresh.body);
    let access = fresh.json()["access_token"].as_str().unwrap().to_owned();
    let seen = server.post_as("api", "/introspect", &[("token", &access)]).await.json();
    assert_eq!(seen["cnf"]["x5t#S256"], x5t(mine));
    userinfo(server, "Bearer", &access, None).await.is_error(401, "invalid_token");
    // An old token without the certificate is not even looked at as reuse.
    refresh(server, client_id, token, Some(&other)).await;
    assert_eq!(userinfo(server, "Bearer", &access, Some(mine)).await.status, 200, "{client_id}");
}

#[tokio::test]
async fn s3_tokens_of_a_bound_client_stay_with_its_certificate() {
    let key = KeyPair::generate().unwrap();
    let mine = vouched(certificate(&key, |_| {}));
    let opaque = AccessTokenFormat::Opaque;
    let server = server(vec![
        bound(by_subject("subject")),
        bound(by_key("key", &key)),
        bound(client("public", AuthMethod::None)),
        Client { tandem_access_token_format: opaque, ..bound(client("opaque", AuthMethod::None)) },
    ])
    .await;
    for client_id in ["subject", "key", "public", "opaque"] {
        keeps_to_its_certificate(&server, client_id, &mine).await;
    }
}

#[tokio::test]
async fn s4_a_public_clients_refresh_token_says_what_it_lacks() {
    let server = server(vec![bound(client("public", AuthMethod::None))]).await;
    let mine = any();
    let codes = approved(&server, "public", None).await;
    let tokens = poll(&server, "public", &codes, Some(&mine)).await.json();
    let token = tokens["refresh_token"].as_str().unwrap();
    refresh(&server, "public", token, None).await.is_error(400, "invalid_request");
    refresh(&server, "public", token, Some(&any())).await.is_error(400, "invalid_grant");
    assert_eq!(refresh(&server, "public", token, Some(&mine)).await.status, 200);
}

#[tokio::test]
async fn a_bound_client_without_a_certificate_gets_no_tokens_and_loses_no_code() {
    let secret = Client {
        client_secret: Some(Secret::new(SECRET.to_owned())),
        ..bound(client("secret", AuthMethod::ClientSecretPost))
    };
    let server = server(vec![secret, bound(client("public", AuthMethod::None))]).await;
    let codes = approved(&server, "public", None).await;
    poll(&server, "public", &codes, None).await.is_error(400, "invalid_request");
    server.advance(6);
    let tokens = poll(&server, "public", &codes, Some(&any())).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    server.advance(6);
    poll(&server, "public", &codes, Some(&any())).await.is_error(400, "invalid_grant");

    let post_secret = ("client_secret", SECRET);
    let form = [("client_id", "secret"), post_secret, ("scope", "openid")];
    let codes = Codes::read(&server.post("/device_authorization", &form).await);
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    let form = [
        ("grant_type", DEVICE_CODE),
        ("client_id", "secret"),
        post_secret,
        ("device_code", codes.device_code.as_str()),
    ];
    post(&server, "/token", &form, None).await.is_error(400, "invalid_request");
    server.advance(6);
    // Authenticated by its secret, bound to its certificate.
    let mine = any();
    let tokens = post(&server, "/token", &form, Some(&mine)).await.json();
    assert_eq!(claims_of(tokens["access_token"].as_str().unwrap())["cnf"]["x5t#S256"], x5t(&mine));
}

#[tokio::test]
async fn s3_4_tokens_of_other_clients_are_not_bound_whatever_they_show() {
    let server = server(vec![by_subject("till")]).await;
    let mine = verified(|_| {});
    for client_id in ["till", "tv"] {
        let codes = approved(&server, client_id, Some(&mine)).await;
        let tokens = poll(&server, client_id, &codes, Some(&mine)).await.json();
        let access = tokens["access_token"].as_str().unwrap();
        assert!(claims_of(access).get("cnf").is_none());
        assert_eq!(userinfo(&server, "Bearer", access, None).await.status, 200);
        let token = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(refresh(&server, client_id, token, Some(&mine)).await.status, 200);
    }
}

#[tokio::test]
async fn one_who_registered_both_ways_may_choose_and_must_keep_to_it() {
    let both = Client { dpop_bound_access_tokens: true, ..bound(client("both", AuthMethod::None)) };
    let server = server(vec![both]).await;
    let (mine, key) = (any(), Key::new());
    let codes = approved(&server, "both", None).await;
    poll(&server, "both", &codes, None).await.is_error(400, "invalid_request");
    server.advance(6);
    let tokens = poll(&server, "both", &codes, Some(&mine)).await.json();
    assert_eq!(claims_of(tokens["access_token"].as_str().unwrap())["cnf"], json!({ "x5t#S256": x5t(&mine) }));

    let codes = approved(&server, "both", None).await;
    let form =
        [("grant_type", DEVICE_CODE), ("client_id", "both"), ("device_code", codes.device_code.as_str())];
    let mut request = form_request("/token", &form);
    let proof = key.proof("POST", &format!("{ISSUER}/token"), server.now().as_secs(), &json!({}));
    request.headers_mut().insert("dpop", proof.parse().unwrap());
    let tokens = send(&server, request, None).await.json();
    assert_eq!(
        claims_of(tokens["access_token"].as_str().unwrap())["cnf"],
        json!({ "jkt": key.thumbprint() })
    );
}

#[tokio::test]
async fn the_metadata_says_what_can_arrive() {
    let methods = |json: &Value, key: &str| json[key].as_array().unwrap().clone();
    let mutual = ["tls_client_auth", "self_signed_tls_client_auth"];
    let lists =
        ["token", "introspection", "revocation"].map(|of| format!("{of}_endpoint_auth_methods_supported"));

    let without = TestServer::start().await.get("/.well-known/openid-configuration").await.json();
    assert!(without.get("tls_client_certificate_bound_access_tokens").is_none());
    assert!(without.get("mtls_endpoint_aliases").is_none());
    let behind = server(vec![]).await.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(behind["tls_client_certificate_bound_access_tokens"], true);
    assert!(behind.get("mtls_endpoint_aliases").is_none());
    for list in &lists {
        for method in mutual {
            assert!(!methods(&without, list).contains(&json!(method)), "{list}");
            assert!(methods(&behind, list).contains(&json!(method)), "{list}");
        }
    }
    let aliased = TestServer::with(|config| {
        behind_proxy(config);
        config.tls.mtls_base_url = Some(Url::parse("https://mtls.id.example.com").unwrap());
    })
    .await;
    let aliased = aliased.get("/.well-known/openid-configuration").await.json();
    for (name, address) in aliased["mtls_endpoint_aliases"].as_object().unwrap() {
        let plain = aliased[name].as_str().unwrap().strip_prefix(ISSUER).unwrap();
        assert_eq!(address.as_str().unwrap(), format!("https://mtls.id.example.com{plain}"));
    }
    for name in ["token", "device_authorization", "userinfo", "introspection", "revocation"] {
        assert!(aliased["mtls_endpoint_aliases"][format!("{name}_endpoint")].is_string(), "{name}");
    }
}

#[tokio::test]
async fn s5_the_alias_of_an_endpoint_is_a_name_of_it_in_proofs_and_assertions() {
    let (alias, key) = ("https://mtls.id.example.com/token", Key::new());
    let jwks = json!({ "keys": [key.jwk()] });
    let start = async |aliased: bool| {
        TestServer::with(|config| {
            behind_proxy(config);
            config.tls.mtls_base_url = aliased.then(|| Url::parse("https://mtls.id.example.com").unwrap());
            let keyed = client("keyed", AuthMethod::PrivateKeyJwt);
            config.clients.push(Client { jwks: jwks.as_object().cloned(), ..keyed });
        })
        .await
    };
    let now = START.as_secs();
    let claims = |aud: &str, jti: &str| json!({ "iss": "keyed", "sub": "keyed", "aud": aud, "jti": jti, "iat": now, "exp": now + 60 });
    let assert_with = async |server: &TestServer, claims: &Value| {
        let assertion = key.sign(claims);
        let form = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion.as_str())];
        post(server, "/token", &[&UNKNOWN_CODE[..], &form].concat(), None).await
    };
    let prove = async |server: &TestServer, htu: &str| {
        let codes = server.device_authorization().await;
        let form =
            [("grant_type", DEVICE_CODE), ("client_id", "tv"), ("device_code", codes.device_code.as_str())];
        let mut request = form_request("/token", &form);
        request.headers_mut().insert("dpop", key.proof("POST", htu, now, &json!({})).parse().unwrap());
        send(server, request, None).await
    };
    let (with, without) = (start(true).await, start(false).await);
    assert_with(&with, &claims(alias, "1")).await.is_error(AUTHENTICATED.0, AUTHENTICATED.1);
    assert_with(&with, &claims(ISSUER, "2")).await.is_error(AUTHENTICATED.0, AUTHENTICATED.1);
    assert_with(&with, &claims("https://mtls.id.example.com/revoke", "3"))
        .await
        .is_error(REFUSED.0, REFUSED.1);
    assert_with(&without, &claims(alias, "4")).await.is_error(REFUSED.0, REFUSED.1);
    prove(&with, alias).await.is_error(400, "authorization_pending");
    prove(&with, &format!("{ISSUER}/token")).await.is_error(400, "authorization_pending");
    prove(&with, "https://mtls.id.example.com/userinfo").await.is_error(400, "invalid_dpop_proof");
    prove(&without, alias).await.is_error(400, "invalid_dpop_proof");
}

type Change<'a> = &'a dyn Fn(&mut Config);

#[tokio::test]
async fn settings_that_could_never_work_are_named() {
    let server = server(vec![]).await;
    let checked = |change: Change<'_>| {
        let mut config = server.app.config.clone();
        config.proxy = tandem_server::config::Proxy::default();
        change(&mut config);
        config.check().err().map(|errors| errors.to_string()).unwrap_or_default()
    };
    assert_eq!(checked(&|_| {}), "");
    assert_eq!(checked(&behind_proxy), "");
    let url = |text: &str| Some(Url::parse(text).unwrap());
    let cases: [(&str, Change<'_>); 12] = [
        ("tls.client_certificates", &|config| config.tls.client_certificates = ClientCertificates::Optional),
        ("tls.client_ca_file", &|config| config.tls.client_ca_file = Some("ca.pem".into())),
        ("tls.mtls_base_url", &|config| config.tls.mtls_base_url = url("https://mtls.example.com")),
        ("tls.mtls_base_url", &|config| {
            behind_proxy(config);
            config.tls.mtls_base_url = url("http://localhost");
        }),
        ("tls.mtls_base_url", &|config| {
            behind_proxy(config);
            config.tls.mtls_base_url = url("https://mtls.example.com/path");
        }),
        ("proxy.trusted_proxies", &|config| {
            behind_proxy(config);
            config.proxy.trusted_proxies.clear();
        }),
        ("proxy.client_certificate_header", &|config| config.proxy.client_certificate_verified = true),
        ("proxy.client_certificate_header", &|config| {
            behind_proxy(config);
            config.proxy.client_certificate_header = Some("client cert".to_owned());
        }),
        ("proxy.client_certificate_verified_header", &|config| {
            behind_proxy(config);
            config.proxy.client_certificate_verified = true;
            config.proxy.client_certificate_verified_header = Some("verify".to_owned());
        }),
        ("token_endpoint_auth_method", &|config| config.clients.push(by_subject("till"))),
        ("token_endpoint_auth_method", &|config| {
            config.clients.push(by_key("till", &KeyPair::generate().unwrap()));
        }),
        ("tls_client_certificate_bound_access_tokens", &|config| {
            config.clients.push(bound(client("till", AuthMethod::None)));
        }),
    ];
    for (named, change) in cases {
        let told = checked(change);
        assert!(told.contains(named), "{named}: {told}");
    }
}

/// R6.12: a key that policy demands of every request may be a certificate that the client's tokens are bound to.
#[tokio::test]
async fn where_policy_demands_a_key_a_certificate_is_one_when_the_client_asks() {
    let server = TestServer::with(|config| {
        behind_proxy(config);
        config.clients.extend([bound(client("bound", AuthMethod::None)), client("loose", AuthMethod::None)]);
        config.policy = crate::support::policy(
            serde_json::json!({ "sender_constrained_tokens": { "demand": "always" } }),
        );
    })
    .await;
    let ask = async |client_id, shown: Option<&ClientCertificate>| {
        post(&server, "/device_authorization", &[("client_id", client_id), ("scope", "openid")], shown).await
    };
    assert_eq!(ask("bound", Some(&any())).await.status, 200);
    ask("bound", None).await.is_error(400, "invalid_request");
    // A certificate that nothing will be bound to stands for no key.
    ask("loose", Some(&any())).await.is_error(400, "invalid_request");
}
