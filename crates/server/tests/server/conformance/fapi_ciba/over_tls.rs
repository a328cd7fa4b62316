//! Does a client of the profile get through with nothing but its certificate: Tandem's own TLS, from a real handshake on
//! the listener to the endpoints, and back with tokens that are bound to what was shown there?

use super::fapi;
use crate::support::ciba::{ASK, CIBA, auth_req_id, request_claims};
use crate::support::{
    Answer, Key, RsaKey, SECRET, TestServer, basic, claims_of, form_request, verified_claims,
};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{
    CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_server::config::{AuthMethod, Client, ClientCertificates, Config, SigningAlgorithm};
use tandem_server::edge::routes::Routes;
use tandem_server::edge::serve::run;
use tandem_server::edge::settings::Settings;
use tandem_server::routes;
use tempfile::TempDir;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use url::Url;

const HOST: &str = "id.example.com";
/// Whose callers are asked for certificates.
const MTLS_HOST: &str = "mtls.id.example.com";
const SUBJECT: &str = "CN=bank,O=Acme";
const SIGNED: [SigningAlgorithm; 2] = [SigningAlgorithm::Es256, SigningAlgorithm::Ps256];

type Authority = CertifiedIssuer<'static, KeyPair>;

/// A certificate, with its key.
struct Identity {
    der: CertificateDer<'static>,
    key: KeyPair,
}

impl Identity {
    fn thumbprint(&self) -> Value {
        json!(Digest::of(&self.der).to_string())
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Acme");
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn authority() -> Authority {
    let mut params = params("Authority");
    params.extended_key_usages.clear();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn vouched(by: &Authority, name: &str) -> Identity {
    let key = KeyPair::generate().unwrap();
    Identity { der: params(name).signed_by(&key, by).unwrap().der().clone(), key }
}

fn self_signed(name: &str) -> Identity {
    let key = KeyPair::generate().unwrap();
    Identity { der: params(name).self_signed(&key).unwrap().der().clone(), key }
}

/// What a client signs its requests with.
enum Signer {
    Es256(Key),
    Ps256(RsaKey),
}

impl Signer {
    fn new(algorithm: SigningAlgorithm) -> Self {
        if algorithm == SigningAlgorithm::Ps256 {
            Self::Ps256(RsaKey::new())
        } else {
            Self::Es256(Key::new())
        }
    }

    fn jwk(&self) -> Value {
        match self {
            Self::Es256(key) => key.jwk(),
            Self::Ps256(key) => key.jwk(),
        }
    }

    fn sign(&self, claims: &Value) -> String {
        match self {
            Self::Es256(key) => key.sign(claims),
            Self::Ps256(key) => key.sign("PS256", claims),
        }
    }

    /// What the profile does not take: no signature, a shared secret, the public key as one, and RS256.
    fn refused(&self, claims: &Value) -> Vec<String> {
        let with_secret = |secret: &[u8]| {
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret))
                .unwrap()
        };
        let signed = self.sign(claims);
        let payload = signed.split('.').nth(1).unwrap();
        let mut all = vec![
            format!("eyJhbGciOiJub25lIn0.{payload}."),
            with_secret(SECRET.as_bytes()),
            with_secret(self.jwk().to_string().as_bytes()),
            RsaKey::new().sign("RS256", claims),
        ];
        if let Self::Ps256(key) = self {
            all.push(key.sign("RS256", claims));
        }
        all
    }
}

/// A bank whose client shows certificates, and Tandem's own listener.
struct Bank {
    server: TestServer,
    signer: Signer,
    own: Identity,
    tls: Tls,
    listener: SocketAddr,
    stop: Arc<Notify>,
    serving: JoinHandle<()>,
}

struct Tls {
    directory: TempDir,
    certificate: CertificateDer<'static>,
    authority: Authority,
}

impl Tls {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let made = rcgen::generate_simple_self_signed([HOST.to_owned(), MTLS_HOST.to_owned()]).unwrap();
        let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
        let authority = authority();
        write("certificate.pem", &made.cert.pem());
        write("key.pem", &made.signing_key.serialize_pem());
        write("client-ca.pem", &authority.pem());
        Self { certificate: made.cert.der().clone(), directory, authority }
    }

    fn configure(&self, config: &mut Config) {
        let file = |name: &str| Some(self.directory.path().join(Path::new(name)));
        config.tls.certificate_file = file("certificate.pem");
        config.tls.private_key_file = file("key.pem");
        config.tls.client_ca_file = file("client-ca.pem");
        config.tls.client_certificates = ClientCertificates::Optional;
        config.tls.mtls_base_url = Some(Url::parse(&format!("https://{MTLS_HOST}")).unwrap());
        config.listeners.public = "127.0.0.1:0".to_owned().try_into().unwrap();
    }

    /// A caller who shows this.
    fn caller(&self, shown: Option<&Identity>) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        Arc::new(match shown {
            None => builder.with_no_client_auth(),
            Some(Identity { der, key }) => {
                let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
                builder.with_client_auth_cert(vec![der.clone()], key).unwrap()
            }
        })
    }
}

impl Bank {
    /// With a client that authenticates like this.
    async fn start(method: AuthMethod, signed: SigningAlgorithm) -> Self {
        let (tls, signer) = (Tls::new(), Signer::new(signed));
        let by_authority = method == AuthMethod::TlsClientAuth;
        let own = if by_authority { vouched(&tls.authority, "bank") } else { self_signed("bank") };
        let mut keys = vec![signer.jwk()];
        if !by_authority {
            keys.push(jwk(&own.key));
        }
        let client = Client {
            token_endpoint_auth_method: method,
            tls_client_auth_subject_dn: by_authority.then(|| SUBJECT.to_owned()),
            backchannel_authentication_request_signing_alg: Some(signed),
            dpop_bound_access_tokens: false,
            tls_client_certificate_bound_access_tokens: true,
            ..fapi("bank", &keys)
        };
        let server = TestServer::with(|config| {
            crate::support::ciba::with_till(config);
            tls.configure(config);
            config.clients.push(client);
            config.check_serve().unwrap();
        })
        .await;
        let stop = Arc::new(Notify::new());
        let (ready, bound) = oneshot::channel();
        let mut settings = Settings::new(&server.app.config, Routes::new(routes::TEMPLATES));
        settings.ready = Some(ready);
        let (public, stopped) = (routes::public(&server.app), Arc::clone(&stop));
        let serving = tokio::spawn(async move {
            run(public, None, settings, async move { stopped.notified().await }).await.unwrap();
        });
        let listener = bound.await.unwrap().public;
        Self { server, signer, own, tls, listener, stop, serving }
    }

    async fn end(self) {
        self.stop.notify_one();
        self.serving.await.unwrap();
    }

    /// One request on a connection of its own, to the name whose callers are asked for a certificate.
    async fn call(&self, shown: Option<&Identity>, request: Request<Body>) -> Answer {
        self.call_at(MTLS_HOST, shown, request).await
    }

    async fn call_at(&self, host: &'static str, shown: Option<&Identity>, request: Request<Body>) -> Answer {
        let (caller, address) = (self.tls.caller(shown), self.listener);
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let headers =
            parts.headers.iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap()));
        let head = format!(
            "{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n{}\r\n",
            parts.method,
            parts.uri,
            body.len(),
            headers.collect::<String>()
        );
        let speak = move || {
            let connection = ClientConnection::new(caller, ServerName::try_from(host).unwrap()).unwrap();
            let socket = TcpStream::connect(address).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let mut stream = StreamOwned::new(connection, socket);
            stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        read(&tokio::task::spawn_blocking(speak).await.unwrap())
    }

    async fn post(&self, shown: Option<&Identity>, path: &str, form: &[(&str, &str)]) -> Answer {
        self.call(shown, form_request(path, &[form, &[("client_id", "bank")]].concat())).await
    }

    async fn ask(&self, shown: Option<&Identity>, request: &str) -> Answer {
        self.post(shown, ASK, &[("request", request)]).await
    }

    fn request(&self) -> String {
        self.signer.sign(&self.claims())
    }

    fn claims(&self) -> Value {
        request_claims("bank", self.server.now())
    }

    async fn poll(&self, shown: Option<&Identity>, id: &str) -> Answer {
        self.post(shown, "/token", &[("grant_type", CIBA), ("auth_req_id", id)]).await
    }

    async fn userinfo(&self, shown: Option<&Identity>, token: &str) -> Answer {
        let request = Request::get("/userinfo").header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.call(shown, request.body(Body::empty()).unwrap()).await
    }

    async fn introspect(&self, shown: Option<&Identity>, token: &str) -> Answer {
        self.post(shown, "/introspect", &[("token", token)]).await
    }

    async fn refresh(&self, shown: Option<&Identity>, token: &str) -> Answer {
        self.post(shown, "/token", &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }
}

fn jwk(key: &KeyPair) -> Value {
    use base64::Engine as _;
    let text = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let point = key.public_key_raw();
    json!({ "kty": "EC", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..]) })
}

/// An answer with a length, as it came over the wire.
fn read(answer: &str) -> Answer {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = HeaderMap::new();
    for (name, value) in lines.map(|line| line.split_once(": ").unwrap()) {
        headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    let length: usize = headers[header::CONTENT_LENGTH].to_str().unwrap().parse().unwrap();
    assert_eq!(body.len(), length, "the whole answer");
    Answer { status, headers, body: body.to_owned() }
}

const METHODS: [AuthMethod; 2] = [AuthMethod::TlsClientAuth, AuthMethod::SelfSignedTlsClientAuth];

/// Callers who are not the client: nobody, somebody unknown, somebody else of the same authority, and the client's own
/// name by another authority or by nobody but itself.
fn strangers(bank: &Bank) -> [Option<Identity>; 5] {
    [
        None,
        Some(self_signed("other")),
        Some(vouched(&bank.tls.authority, "other")),
        Some(vouched(&authority(), "bank")),
        Some(self_signed("bank")),
    ]
}

#[tokio::test]
async fn nobody_asks_collects_or_introspects_with_another_certificate_or_none() {
    for method in METHODS {
        let bank = Bank::start(method, SigningAlgorithm::Es256).await;
        for shown in &strangers(&bank) {
            bank.ask(shown.as_ref(), &bank.request()).await.is_error(401, "invalid_client");
        }
        assert!(bank.server.app.store.crossings_of(&bank.server.sub("alice").await).is_empty());
        // On the name that asks nobody for a certificate, the right one is none.
        let form = [("client_id", "bank"), ("request", &bank.request())];
        bank.call_at(HOST, Some(&bank.own), form_request(ASK, &form)).await.is_error(401, "invalid_client");

        let id = auth_req_id(&bank.ask(Some(&bank.own), &bank.request()).await);
        bank.server.answered("alice", "allow").await;
        for shown in &strangers(&bank) {
            bank.poll(shown.as_ref(), &id).await.is_error(401, "invalid_client");
        }
        bank.server.advance(5);
        let tokens = bank.poll(Some(&bank.own), &id).await;
        assert_eq!(tokens.status, 200, "nothing was spent: {}", tokens.body);
        let tokens = tokens.json();
        let (access, refresh) =
            (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
        for shown in &strangers(&bank) {
            bank.userinfo(shown.as_ref(), access).await.is_error(401, "invalid_token");
            bank.introspect(shown.as_ref(), access).await.is_error(401, "invalid_client");
            bank.refresh(shown.as_ref(), refresh).await.is_error(401, "invalid_client");
        }
        assert_eq!(bank.userinfo(Some(&bank.own), access).await.status, 200, "{method:?}");
        bank.end().await;
    }
}

#[tokio::test]
async fn a_certificate_does_not_stand_in_for_a_signature() {
    for signed in SIGNED {
        let bank = Bank::start(AuthMethod::TlsClientAuth, signed).await;
        let unsigned = [("scope", "openid"), ("login_hint", "alice"), ("binding_message", "W4SCT")];
        bank.post(Some(&bank.own), ASK, &unsigned).await.is_error(400, "invalid_request");
        for request in bank.signer.refused(&bank.claims()) {
            bank.ask(Some(&bank.own), &request).await.is_error(400, "invalid_request");
        }
        // The other of the two algorithms is not what this client registered, nor is this key its own.
        let other = Signer::new(if signed == SIGNED[0] { SIGNED[1] } else { SIGNED[0] });
        bank.ask(Some(&bank.own), &other.sign(&bank.claims())).await.is_error(400, "invalid_request");
        assert!(bank.server.app.store.crossings_of(&bank.server.sub("alice").await).is_empty());
        bank.end().await;
    }
}

#[tokio::test]
async fn tokens_are_bound_to_the_certificate_of_the_handshake_by_either_method_and_algorithm() {
    for (method, signed) in METHODS.into_iter().flat_map(|method| SIGNED.map(|signed| (method, signed))) {
        let bank = Bank::start(method, signed).await;
        let id = auth_req_id(&bank.ask(Some(&bank.own), &bank.request()).await);
        bank.poll(Some(&bank.own), &id).await.is_error(400, "authorization_pending");
        bank.server.answered("alice", "allow").await;
        bank.server.advance(5);
        let tokens = bank.poll(Some(&bank.own), &id).await;
        assert_eq!(tokens.status, 200, "{method:?} {signed:?}: {}", tokens.body);
        let tokens = tokens.json();
        let text = |name: &str| tokens[name].as_str().unwrap();
        let bound = json!({ "x5t#S256": bank.own.thumbprint() });
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(claims_of(text("access_token"))["cnf"], bound);
        let keys = bank.call(None, Request::get("/jwks").body(Body::empty()).unwrap()).await.json();
        let id_token = verified_claims(text("id_token"), &keys, crate::support::ISSUER, "bank");
        assert_eq!(id_token["sub"], *bank.server.sub("alice").await);

        let seen = bank.introspect(Some(&bank.own), text("access_token")).await.json();
        assert_eq!((&seen["active"], &seen["cnf"]), (&json!(true), &bound));
        let mut resource = form_request("/introspect", &[("token", text("access_token"))]);
        resource.headers_mut().insert(header::AUTHORIZATION, basic("api", SECRET).parse().unwrap());
        assert_eq!(bank.call(None, resource).await.json()["cnf"], bound, "a resource server sees it, too");
        let told = bank.userinfo(Some(&bank.own), text("access_token")).await;
        assert_eq!((told.status, &told.json()["sub"]), (200, &id_token["sub"]));

        let fresh = bank.refresh(Some(&bank.own), text("refresh_token")).await;
        assert_eq!(fresh.status, 200, "{}", fresh.body);
        assert_eq!(claims_of(fresh.json()["access_token"].as_str().unwrap())["cnf"], bound);
        bank.end().await;
    }
}

#[tokio::test]
async fn a_renewed_certificate_is_the_client_and_not_the_old_tokens_owner() {
    let bank = Bank::start(AuthMethod::TlsClientAuth, SigningAlgorithm::Es256).await;
    let id = auth_req_id(&bank.ask(Some(&bank.own), &bank.request()).await);
    bank.server.answered("alice", "allow").await;
    let tokens = bank.poll(Some(&bank.own), &id).await.json();
    let text = |name: &str| tokens[name].as_str().unwrap();
    let renewed = vouched(&bank.tls.authority, "bank");
    // It authenticates, so that it learns what holds of the token, and still cannot use it.
    let seen = bank.introspect(Some(&renewed), text("access_token")).await.json();
    assert_eq!(seen["cnf"], json!({ "x5t#S256": bank.own.thumbprint() }));
    bank.userinfo(Some(&renewed), text("access_token")).await.is_error(401, "invalid_token");
    bank.refresh(Some(&renewed), text("refresh_token")).await.is_error(400, "invalid_grant");
    assert_eq!(bank.refresh(Some(&bank.own), text("refresh_token")).await.status, 200);
    bank.end().await;
}
