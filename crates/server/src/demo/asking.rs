//! What do the demo's screens have in common that ask a person on their phone?

use super::backchannel::{BackchannelClient, Collected, Unasked};
use super::requests::{Ending, Look, NewRequest, Pending, Requests};
use crate::app::App;
use crate::people::form;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::oauth::form::Form;

/// The longest name that is asked for.
const LONGEST_NAME: usize = 128;
/// No PIN is longer, even with spaces (bytes).
const LONGEST_PIN: usize = 16;

/// The form that a page of ours sent.
///
/// These pages carry no token: the browser's changes whenever somebody signs in, which in the demo happens in the next
/// window. Their scripts' requests name their origin instead, which no other page can.
pub async fn form_of_own_page(app: &App, request: Request) -> Result<Form, Response> {
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    let ours = origins.next().is_some_and(|origin| origin == app.issuer()) && origins.next().is_none();
    let refused = || answer(StatusCode::FORBIDDEN, &json!({ "state": "trouble" }));
    if !ours {
        return Err(refused());
    }
    form::read(app, request).await.map_err(|failure| match failure {
        form::FormFailure::Foreign => refused(),
        _ => answer(StatusCode::BAD_REQUEST, &json!({ "state": "trouble" })),
    })
}

/// The name of the person to ask; nobody has an endless one, or none.
pub fn person<'f>(form: &'f Form, parameter: &str) -> Option<&'f str> {
    form.get(parameter).map(str::trim).filter(|name| (1..=LONGEST_NAME).contains(&name.len()))
}

/// What nobody can guess: a page knows its request by one.
pub fn draw_secret(app: &App) -> String {
    URL_SAFE_NO_PAD.encode(app.random.bytes::<32>())
}

/// The `handle` of a query.
fn handle_of(request: &Request) -> String {
    let query = Form::parse_query(request.uri().query().unwrap_or_default().as_bytes()).unwrap_or_default();
    query.get("handle").unwrap_or_default().to_owned()
}

/// `characters` drawn from an alphabet, for a short message that two people compare.
pub fn draw_code<const N: usize>(app: &App, alphabet: &[u8]) -> String {
    let letter = |byte: u8| alphabet.get(usize::from(byte) % alphabet.len().max(1)).copied();
    app.random.bytes::<N>().into_iter().filter_map(letter).map(char::from).collect()
}

/// How a client hears of the answer.
#[derive(Clone, Copy)]
pub enum Hears<'a> {
    /// It polls.
    ByPolling,
    /// It waits to be told, and asks by itself only shortly before the end: no ping tells that a request expired.
    ByPing {
        /// What the server shows then.
        token: &'a str,
    },
}

/// Asks a person, and tells the page what it may show until they answer.
pub async fn ask<G: Clone>(
    app: &App,
    client: BackchannelClient,
    requests: &Requests<G>,
    parameters: &[(&str, &str)],
    message: &str,
    hears: Hears<'_>,
) -> Response {
    let begun = match client.ask(app, parameters).await {
        Ok(begun) => begun,
        Err(unasked) => return not_asked(unasked),
    };
    let (handle, number) = (draw_secret(app), begun.tandem_number);
    let (now, interval) = (app.clock.now(), Duration::from_secs(begun.interval));
    let expires_at = now.plus(Duration::from_secs(begun.expires_in));
    let (due_at, notification_token) = match hears {
        Hears::ByPolling => (now.plus(interval), None),
        Hears::ByPing { token } => (expires_at.minus(interval), Some(token)),
    };
    let pending = Pending { auth_req_id: begun.auth_req_id, interval, due_at, pin: None };
    requests.remember(NewRequest { handle: &handle, notification_token, pending, expires_at }, now);
    ok(&json!({
        "state": "waiting",
        "handle": handle,
        "binding_message": message,
        "number": number,
        "has_number": number.is_some(),
        "expires_in": begun.expires_in,
    }))
}

/// What became of a request; `granted` is the name of what a yes brings. However often the page asks, the server is polled
/// no faster than it wants to be: `settle` asks it, and notes how it went.
pub async fn status<G, S>(
    app: Arc<App>,
    requests: Arc<Requests<G>>,
    request: Request,
    granted: &str,
    settle: impl FnOnce(Arc<App>, Arc<Requests<G>>, Pending) -> S,
) -> Response
where
    G: Clone + Serialize,
    S: Future<Output = ()> + Send + 'static,
{
    let handle = handle_of(&request);
    if let Some(pending) = requests.take_due(&handle, app.clock.now()) {
        // In a task of its own: a page that goes away must not leave the request half collected.
        let _ = tokio::spawn(settle(Arc::clone(&app), Arc::clone(&requests), pending)).await;
    }
    told(requests.look(&handle, app.clock.now()), granted)
}

/// Asks for the tokens, and notes what came of it unless tokens came: with those, the caller ends the request.
pub async fn collect<T: DeserializeOwned, G: Clone>(
    app: &App,
    client: BackchannelClient,
    requests: &Requests<G>,
    pending: Pending,
) -> Option<(String, T)> {
    let collected = client.collect(app, &pending.auth_req_id, pending.pin.as_deref()).await;
    let now = app.clock.now();
    match collected {
        Collected::Tokens(tokens) => return Some((pending.auth_req_id, tokens)),
        Collected::Pending => requests.give_back(pending.polled(now)),
        Collected::SlowDown => requests.give_back(pending.slower(now)),
        Collected::PinWanted { tries_left } => requests.want_pin(pending.polled(now), tries_left),
        Collected::Denied => requests.end(&pending.auth_req_id, Ending::Denied),
        Collected::Expired => requests.end(&pending.auth_req_id, Ending::Expired),
        Collected::Trouble => requests.end(&pending.auth_req_id, Ending::Trouble),
    }
    None
}

/// A page sends the PIN that the person's phone shows after the yes, and that somebody typed; what came of it, it hears as of
/// everything else. An empty one would cost a try.
pub async fn pin<G: Clone>(
    State(app): State<Arc<App>>,
    Extension(requests): Extension<Arc<Requests<G>>>,
    request: Request,
) -> Response {
    let form = match form_of_own_page(&app, request).await {
        Ok(form) => form,
        Err(refusal) => return refusal,
    };
    let pin = form.get("pin").map(str::trim).filter(|pin| (1..=LONGEST_PIN).contains(&pin.len()));
    if let (Some(handle), Some(pin)) = (form.get("handle"), pin) {
        requests.give_pin(handle, pin);
    }
    ok(&json!({ "state": "waiting" }))
}

fn told<G: Serialize>(look: Look<G>, granted: &str) -> Response {
    ok(&match look {
        Look::Waiting => json!({ "state": "waiting" }),
        Look::PinWanted { tries_left } => json!({ "state": "pin", "tries_left": tries_left }),
        Look::Ended(Ending::Granted(what)) => json!({ "state": "granted", granted: what }),
        Look::Ended(Ending::Denied) => json!({ "state": "denied" }),
        Look::Ended(Ending::Expired) => json!({ "state": "expired" }),
        Look::Ended(Ending::Trouble) | Look::Unknown => json!({ "state": "trouble" }),
    })
}

/// What a page hears when nobody was asked.
fn not_asked(unasked: Unasked) -> Response {
    ok(&match unasked {
        Unasked::Unknown => json!({ "state": "unknown" }),
        Unasked::Resting { retry_after } => {
            json!({ "state": "resting", "retry_after": retry_after.as_secs().max(1) })
        }
        Unasked::Busy => json!({ "state": "busy" }),
        Unasked::Trouble => json!({ "state": "trouble" }),
    })
}

/// JSON for a script of ours.
fn ok(body: &Value) -> Response {
    answer(StatusCode::OK, body)
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    (status, headers, body.to_string()).into_response()
}
