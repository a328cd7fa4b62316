//! A server in this process with a clock that the test moves, and browsers with cookies of their own.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::Response;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::time::Timestamp;
use tandem_server::app::App;
use tandem_server::clock::Clock;
use tandem_server::config::{
    AuthMethod, Client, Config, EncryptionKey, GrantType, Issuer, ScopeList, Secret, SigningAlgorithm,
};
use tandem_server::edge::address::ClientAddress;
use tandem_server::people::accounts::{NewUser, create_user};
use tandem_server::routes;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// The issuer.
pub const ISSUER: &str = "https://id.example.com";
/// The browser's cookie there.
pub const COOKIE: &str = "__Host-tandem";
/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";
/// When every test begins.
pub const START: Timestamp = Timestamp::from_secs(1_800_000_000);

/// A server in this process.
pub struct Server {
    pub app: Arc<App>,
    router: Router,
    dir: Arc<TempDir>,
}

impl Server {
    /// With `alice` and `bob`, and the client `tv`.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With a changed configuration.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let mut config = config(&dir);
        change(&mut config);
        let server = Self::open(dir, config, Clock::manual(START)).await;
        for username in ["alice", "bob"] {
            let user = NewUser {
                username: username.to_owned(),
                password: Some(Secret::new(PASSWORD.to_owned())),
                name: Some(format!("{username} of the test")),
                ..NewUser::default()
            };
            create_user(&server.app.store, &server.app.people, user, START).await.unwrap();
        }
        server
    }

    async fn open(dir: Arc<TempDir>, config: Config, clock: Clock) -> Self {
        let app = App::open(config, clock).await.unwrap();
        Self { router: routes::public(&app), app, dir }
    }

    /// Stops it, and starts it again: on the same data, or on none.
    pub async fn restart(self, keep: bool) -> Self {
        let Self { app, router, dir } = self;
        drop(router);
        let (clock, mut config) = (app.clock.clone(), app.config.clone());
        app.store.clone().close().await;
        drop(app);
        if !keep {
            config.data_dir = dir.path().join("replaced");
        }
        Self::open(dir, config, clock).await
    }

    /// Lets time pass.
    pub fn advance(&self, secs: u64) {
        self.app.clock.advance(Duration::from_secs(secs));
    }

    /// A fresh browser.
    pub fn browser(&self) -> Browser<'_> {
        self.browser_at("198.51.100.20")
    }

    /// A fresh browser at another address.
    pub fn browser_at(&self, address: &'static str) -> Browser<'_> {
        Browser { server: self, jar: RefCell::default(), address }
    }

    /// A browser with one cookie.
    pub fn browser_with(&self, name: &str, value: &str) -> Browser<'_> {
        let browser = self.browser();
        browser.jar.borrow_mut().insert(name.to_owned(), value.to_owned());
        browser
    }

    /// What was recorded, oldest first.
    pub async fn events(&self) -> Vec<String> {
        let events = self.app.store.events(1_000, None).await.unwrap();
        events.into_iter().rev().map(|recorded| recorded.event.kind).collect()
    }

    /// The subject identifier of a user.
    pub async fn sub(&self, username: &str) -> Arc<str> {
        Arc::clone(&self.app.store.user_by_username(username).await.unwrap().unwrap().sub)
    }
}

fn config(dir: &TempDir) -> Config {
    let mut config = Config {
        issuer: Issuer::parse(ISSUER).unwrap(),
        data_dir: dir.path().join("data"),
        ..Config::default()
    };
    let key: Vec<u8> = (0..32).collect();
    config.keys.encryption_key = Some(EncryptionKey::from_bytes(key.try_into().unwrap()));
    config.keys.signing_algorithms = vec![SigningAlgorithm::Es256];
    config.users.password_hash_memory = 64;
    config.users.password_hash_iterations = 1;
    let tv = Client {
        client_name: Some("Cellar".to_owned()),
        token_endpoint_auth_method: AuthMethod::None,
        grant_types: vec![GrantType::DeviceCode, GrantType::RefreshToken],
        scope: ScopeList::try_from("openid offline_access".to_owned()).unwrap(),
        ..Client::new("tv")
    };
    config.clients = vec![tv];
    config
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Self { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// Asserts the status.
    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    /// Asserts a redirect, and that it is the one wanted.
    #[track_caller]
    pub fn leads_to(&self, path: &str) {
        self.is(303);
        assert_eq!(self.headers[header::LOCATION], path);
    }

    /// Asserts that the page says this.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.body.contains(words), "{words:?} is not in {}", self.body);
        self
    }

    /// The cookies that it sets.
    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// The value of a hidden field.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let (_, rest) =
            self.body.split_once(&mark).unwrap_or_else(|| panic!("no field {name} in {}", self.body));
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A browser.
pub struct Browser<'s> {
    server: &'s Server,
    jar: RefCell<BTreeMap<String, String>>,
    address: &'static str,
}

impl Browser<'_> {
    /// Gets a page; redirects are not followed.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Posts a form.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_with(path, form, &[]).await
    }

    /// Posts a form with further headers.
    pub async fn post_with(&self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let mut request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.finish())).unwrap()).await
    }

    /// Posts JSON as the pages' script does.
    pub async fn post_json(&self, path: &str, csrf: &str, body: &serde_json::Value) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ORIGIN, ISSUER)
            .header("sec-fetch-site", "same-origin")
            .header("x-csrf-token", csrf)
            .body(Body::from(body.to_string()));
        self.send(request.unwrap()).await
    }

    /// Sends anything, with the cookies, and keeps those that come back.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        let line =
            self.jar.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        if !line.is_empty() {
            request.headers_mut().append(header::COOKIE, line.join("; ").parse().unwrap());
        }
        request.extensions_mut().insert(ClientAddress(self.address.parse().unwrap()));
        let answer = Answer::read(self.server.router.clone().oneshot(request).await.unwrap()).await;
        for cookie in answer.set_cookies() {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.jar.borrow_mut().insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    /// The value of the browser's cookie.
    pub fn cookie(&self) -> String {
        self.jar.borrow().get(COOKIE).cloned().unwrap_or_default()
    }

    /// A CSRF token, from the sign-in page.
    pub async fn csrf(&self) -> String {
        self.get("/sign-in?again=1").await.field("csrf")
    }

    /// Tries to sign in.
    pub async fn sign_in(&self, username: &str, password: &str) -> Answer {
        let csrf = self.csrf().await;
        self.post("/sign-in", &[("csrf", &csrf), ("username", username), ("password", password)]).await
    }

    /// Whether somebody is signed in.
    pub async fn is_signed_in(&self) -> bool {
        self.get("/account").await.status == StatusCode::OK
    }

    /// Lets `tv` in; returns the family's identifier as the account page shows it, and the refresh token.
    pub async fn let_tv_in(&self) -> (String, String) {
        let tv = self.server.browser_at("192.0.2.10");
        let form = [
            ("client_id", "tv"),
            ("scope", "openid offline_access"),
            ("tandem_device_name", "Living-room TV"),
        ];
        let codes = tv.post("/device_authorization", &form).await.is(200).json();
        let csrf = self.get("/device").await.field("csrf");
        let code = [("csrf", csrf.as_str()), ("user_code", codes["user_code"].as_str().unwrap())];
        self.post("/device", &code).await.leads_to("/device/decision");
        let question = self.get("/device/decision").await;
        let (csrf, crossing) = (question.field("csrf"), question.field("crossing"));
        let answer = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
        self.post("/device/decision", &answer).await.is(200);
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let poll = [
            ("client_id", "tv"),
            ("grant_type", grant),
            ("device_code", codes["device_code"].as_str().unwrap()),
        ];
        let tokens = tv.post("/token", &poll).await.is(200).json();
        let family = self.get("/account").await.field("family");
        (family, tokens["refresh_token"].as_str().unwrap().to_owned())
    }
}
