//! A server in this process, with a clock that the test moves, and a phone to answer with.

mod answer;
#[path = "../../people/authenticator.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
pub mod authenticator;
pub mod ciba;
mod phone;
pub mod places;
pub mod receiver;
mod service;
mod tokens;

pub use answer::Answer;
pub use phone::Phone;
pub use service::service;
pub use tokens::{Key, RsaKey, claims_of, jwks, left_half, uuid, verified_claims};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use axum::response::Response;
use base64::Engine as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::mitigations::policy::Overrides;
use tandem_core::time::Timestamp;
use tandem_server::app::App;
use tandem_server::clock::Clock;
use tandem_server::config::{
    AccessTokenFormat, AuthMethod, Client, Config, EncryptionKey, GrantType, RateLimit, ScopeList, Secret,
};
use tandem_server::edge::address::ClientAddress;
use tandem_server::people::accounts::{NewUser, create_user};
use tandem_server::routes;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// Where devices are.
pub const DEVICE: &str = "192.0.2.10";
/// Where phones are.
pub const PHONE: &str = "198.51.100.20";
/// The secret of `kiosk` and `api`.
pub const SECRET: &str = "a-secret-of-this-test-only";
/// The password of everybody.
pub const PASSWORD: &str = "correct horse battery";
/// The moment at which every test begins.
pub const START: Timestamp = Timestamp::from_secs(1_800_000_000);
/// The issuer.
pub const ISSUER: &str = "https://id.example.com";

/// What a configuration says of policy.
pub fn policy(says: serde_json::Value) -> Overrides {
    serde_json::from_value(says).unwrap()
}

/// A server in this process.
pub struct TestServer {
    /// Its state.
    pub app: Arc<App>,
    router: Router,
    dir: Arc<TempDir>,
}

impl TestServer {
    /// With the clients `tv` (public), `kiosk` (secret, opaque tokens), `api` (introspects), `dpop` (bound tokens), and
    /// the people `alice` and `bob`.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With a changed configuration.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let server = Self::open(dir, change, Clock::manual(START)).await;
        for name in ["alice", "bob"] {
            let user = NewUser {
                username: name.to_owned(),
                password: Some(Secret::new(PASSWORD.to_owned())),
                name: Some(format!("{name} of the test")),
                email: Some(format!("{name}@example.com")),
                email_verified: true,
                locale: None,
            };
            create_user(&server.app.store, &server.app.people, user, START).await.unwrap();
        }
        server
    }

    async fn open(dir: Arc<TempDir>, change: impl FnOnce(&mut Config), clock: Clock) -> Self {
        let mut config = config(dir.path());
        change(&mut config);
        let app = App::open(config, clock).await.unwrap();
        Self { router: routes::public(&app), app, dir }
    }

    /// Stops it as SIGTERM does, and starts it again on the same data.
    pub async fn restart(self) -> Self {
        let Self { app, router, dir } = self;
        drop(router);
        let (clock, config) = (app.clock.clone(), app.config.clone());
        app.close().await;
        drop(app);
        Self::open(dir, |fresh| *fresh = config, clock).await
    }

    /// Lets time pass.
    pub fn advance(&self, secs: u64) {
        self.app.clock.advance(Duration::from_secs(secs));
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// Sends a request from an address.
    pub async fn send_from(&self, address: &str, request: Request<Body>) -> Answer {
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(ClientAddress(address.parse::<IpAddr>().unwrap()));
        let request = Request::from_parts(parts, body);
        Answer::read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Sends a request and leaves the body of the answer to be read bit by bit.
    pub async fn send_unread(&self, mut request: Request<Body>) -> Response {
        request.extensions_mut().insert(ClientAddress(PHONE.parse::<IpAddr>().unwrap()));
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request from the device.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        self.send_from(DEVICE, request).await
    }

    /// Gets a page or document.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Posts a form.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.send(form_request(path, form)).await
    }

    /// Posts a form with client_secret_basic.
    pub async fn post_as(&self, client_id: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        let mut request = form_request(path, form);
        request.headers_mut().insert(header::AUTHORIZATION, basic(client_id, SECRET).parse().unwrap());
        self.send(request).await
    }

    /// `tv` asks for codes with all its scopes.
    pub async fn device_authorization(&self) -> Codes {
        self.device_authorization_for("openid profile email offline_access").await
    }

    /// `tv` asks for codes.
    pub async fn device_authorization_for(&self, scope: &str) -> Codes {
        let form = [
            ("client_id", "tv"),
            ("scope", scope),
            ("tandem_device_name", "Living-room TV"),
            ("tandem_device_type", "tv"),
        ];
        Codes::read(&self.post("/device_authorization", &form).await)
    }

    /// `tv` polls.
    pub async fn poll(&self, device_code: &str) -> Answer {
        self.post("/token", &[("grant_type", DEVICE_CODE), ("client_id", "tv"), ("device_code", device_code)])
            .await
    }

    /// `tv` refreshes.
    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("client_id", "tv"), ("refresh_token", refresh_token)];
        self.post("/token", &form).await
    }

    /// `api` introspects; the answer's `active`.
    pub async fn is_active(&self, token: &str) -> bool {
        let answer = self.post_as("api", "/introspect", &[("token", token)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["active"].as_bool().unwrap()
    }

    /// A whole device grant of `tv`, answered by alice: the token response.
    pub async fn granted(&self) -> serde_json::Value {
        let codes = self.device_authorization().await;
        let phone = Phone::signed_in(self, "alice").await;
        phone.allow(&codes.user_code).await;
        let answer = self.poll(&codes.device_code).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }
}

/// The device grant's name.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What a device got.
pub struct Codes {
    /// The secret.
    pub device_code: String,
    /// What it shows.
    pub user_code: String,
}

impl Codes {
    /// Reads a device authorization response.
    pub fn read(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let all = answer.json();
        let text = |name: &str| all[name].as_str().unwrap().to_owned();
        Self { device_code: text("device_code"), user_code: text("user_code") }
    }
}

/// A POST of a form.
pub fn form_request(path: &str, form: &[(&str, &str)]) -> Request<Body> {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form);
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.finish()))
        .unwrap()
}

/// An `Authorization` header.
pub fn basic(client_id: &str, secret: &str) -> String {
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{client_id}:{secret}"));
    format!("Basic {pair}")
}

fn config(dir: &std::path::Path) -> Config {
    let mut config = Config {
        issuer: tandem_server::config::Issuer::parse(ISSUER).unwrap(),
        data_dir: dir.join("data"),
        ..Config::default()
    };
    let key: Vec<u8> = (0..32).collect();
    config.keys.encryption_key = Some(EncryptionKey::from_bytes(key.try_into().unwrap()));
    config.keys.signing_algorithms = vec![tandem_server::config::SigningAlgorithm::Es256];
    config.users.password_hash_memory = 64;
    config.users.password_hash_iterations = 1;
    config.rate_limits.initiate_address = RateLimit::OFF;
    config.rate_limits.initiate_client = RateLimit::OFF;
    let scope = || ScopeList::try_from("openid profile email offline_access".to_owned()).unwrap();
    let both = || vec![GrantType::DeviceCode, GrantType::RefreshToken];
    let public = |id: &str| Client {
        client_name: Some(format!("The {id}")),
        token_endpoint_auth_method: AuthMethod::None,
        grant_types: both(),
        scope: scope(),
        ..Client::new(id)
    };
    let confidential = |id: &str| Client {
        token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
        client_secret: Some(Secret::new(SECRET.to_owned())),
        ..public(id)
    };
    config.clients = vec![
        Client { tandem_verified: true, ..public("tv") },
        Client { tandem_access_token_format: AccessTokenFormat::Opaque, ..confidential("kiosk") },
        Client { tandem_introspection: true, ..confidential("api") },
        Client { dpop_bound_access_tokens: true, ..public("dpop") },
    ];
    config
}
