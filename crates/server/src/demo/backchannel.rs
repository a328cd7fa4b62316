//! How does a client of the demo ask a person? Over HTTP, as every client does: it knows its secret and the issuer, and
//! nothing else of the server that it happens to run in.

use crate::app::App;
use crate::outgoing::{Exchanged, OutgoingRequest, Verb};
use axum::http::{HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tandem_core::oauth::client::CIBA;
use tandem_core::oauth::metadata::path;
use url::Url;

const TIMEOUT: Duration = Duration::from_secs(10);
const LONGEST_ANSWER: usize = 32 * 1024;
/// CIBA Core section 7.3: the interval where the answer has none.
const USUAL_INTERVAL: u64 = 5;

/// A client with its secret (`client_secret_basic`).
#[derive(Clone, Copy)]
pub struct BackchannelClient {
    /// Its name.
    pub id: &'static str,
    /// Its secret.
    pub secret: &'static str,
}

/// The server took the request. (CIBA Core section 7.3)
#[derive(Deserialize)]
pub struct Begun {
    /// What the client knows the request by.
    pub auth_req_id: String,
    /// Seconds until it ends.
    pub expires_in: u64,
    /// Seconds between two polls.
    #[serde(default = "usual_interval")]
    pub interval: u64,
    /// The number that the person must pick.
    pub tandem_number: Option<String>,
}

/// Why nobody was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unasked {
    /// Nobody goes by that name.
    Unknown,
    /// The person said no a moment ago, or was asked too often.
    Resting {
        /// When they may be asked again.
        retry_after: Duration,
    },
    /// Other requests wait for their answer, or they must not be asked at this time.
    Busy,
    /// Something is wrong, and not with the person.
    Trouble,
}

/// What a poll brought.
pub enum Collected<T> {
    /// The token response.
    Tokens(T),
    /// Nobody answered yet; or the server could not say, and may be asked again.
    Pending,
    /// The same, and the client asks too often.
    SlowDown,
    /// The person said yes, and their phone shows a PIN that must be sent.
    PinWanted {
        /// How many tries are left, after a wrong one.
        tries_left: Option<u64>,
    },
    /// The person said no.
    Denied,
    /// Nobody answered in time.
    Expired,
    /// Nothing will ever come.
    Trouble,
}

#[derive(Deserialize)]
struct OAuthError {
    error: String,
    #[serde(default)]
    tandem_pin_required: bool,
    tandem_pin_tries_left: Option<u64>,
}

impl BackchannelClient {
    /// Sends a request to a person. (CIBA Core section 7.1)
    pub async fn ask(self, app: &App, parameters: &[(&str, &str)]) -> Result<Begun, Unasked> {
        let answer = self.post(app, path::BACKCHANNEL_AUTHENTICATION, parameters).await;
        let answer = answer.ok_or(Unasked::Trouble)?;
        if answer.status == 200 {
            return read(&answer.body).ok_or(Unasked::Trouble);
        }
        let error = read::<OAuthError>(&answer.body).ok_or(Unasked::Trouble)?.error;
        Err(match (error.as_str(), answer.retry_after) {
            ("unknown_user_id", _) => Unasked::Unknown,
            (_, Some(retry_after)) => Unasked::Resting { retry_after },
            ("access_denied", None) => Unasked::Busy,
            _ => {
                tracing::warn!(client_id = self.id, error, "a client of the demo cannot ask");
                Unasked::Trouble
            }
        })
    }

    /// Asks for the tokens, with the PIN that the person's phone shows if somebody typed it. (CIBA Core sections 10.1 and 11)
    pub async fn collect<T: DeserializeOwned>(
        self,
        app: &App,
        auth_req_id: &str,
        pin: Option<&str>,
    ) -> Collected<T> {
        let mut parameters = vec![("grant_type", CIBA), ("auth_req_id", auth_req_id)];
        parameters.extend(pin.map(|pin| ("tandem_pin", pin)));
        let Some(answer) = self.post(app, path::TOKEN, &parameters).await else { return Collected::Pending };
        if answer.status == 200 {
            return read(&answer.body).map_or(Collected::Trouble, Collected::Tokens);
        }
        if answer.status >= 500 || answer.status == 429 {
            return Collected::Pending;
        }
        let error = read::<OAuthError>(&answer.body);
        match error.as_ref().map(|error| error.error.as_str()) {
            Some("authorization_pending") => match error {
                Some(OAuthError { tandem_pin_required: true, tandem_pin_tries_left: tries_left, .. }) => {
                    Collected::PinWanted { tries_left }
                }
                _ => Collected::Pending,
            },
            Some("slow_down") => Collected::SlowDown,
            Some("access_denied") => Collected::Denied,
            Some("expired_token") => Collected::Expired,
            error => {
                tracing::warn!(client_id = self.id, error, "a client of the demo gets no tokens");
                Collected::Trouble
            }
        }
    }

    async fn post(self, app: &App, path: &str, parameters: &[(&str, &str)]) -> Option<Exchanged> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let mut basic = HeaderValue::from_str(&self.basic()).ok()?;
        basic.set_sensitive(true);
        let headers = vec![(header::AUTHORIZATION, basic), (header::CONTENT_TYPE, form)];
        send(app, Verb::Post, path, headers, body.into_bytes()).await
    }

    /// RFC 6749 section 2.3.1.
    fn basic(self) -> String {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(self.id), encoded(self.secret))))
    }
}

/// Asks whose access token it is. (OpenID Connect Core section 5.3)
pub async fn userinfo<T: DeserializeOwned>(app: &App, access_token: &str) -> Option<T> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {access_token}")).ok()?;
    bearer.set_sensitive(true);
    let headers = vec![(header::AUTHORIZATION, bearer)];
    let answer = send(app, Verb::Get, path::USERINFO, headers, Vec::new()).await?;
    if answer.status == 200 { read(&answer.body) } else { None }
}

async fn send(
    app: &App,
    verb: Verb,
    path: &str,
    headers: Vec<(header::HeaderName, HeaderValue)>,
    body: Vec<u8>,
) -> Option<Exchanged> {
    let url = Url::parse(&app.url(path)).ok()?;
    let request = OutgoingRequest { url: &url, headers, body, timeout: TIMEOUT };
    let answer = app.outgoing.exchange(verb, request, LONGEST_ANSWER).await;
    answer.inspect_err(|error| tracing::warn!(%error, path, "a client of the demo has no answer")).ok()
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_slice(body).ok()
}

const fn usual_interval() -> u64 {
    USUAL_INTERVAL
}
