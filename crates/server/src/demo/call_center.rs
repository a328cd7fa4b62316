//! How does somebody on the phone let a call centre see their record? The first of the demo's two clients that ask a
//! person directly: it polls.

use super::asking::{self, collect, draw_code, draw_secret, handle_of, told};
use super::backchannel::{BackchannelClient, Begun, userinfo};
use super::pages::show;
use super::requests::{Ending, NewRequest, Pending, Requests};
use super::seed;
use crate::app::App;
use crate::pages::Locale;
use crate::pages::views::DemoCallCenter;
use crate::people::browser::Browser;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const CLIENT: BackchannelClient =
    BackchannelClient { id: seed::CALL_CENTER, secret: seed::CALL_CENTER_SECRET };

/// What a yes opens: the claims of the userinfo endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    name: Option<String>,
    preferred_username: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
}

/// What is used of the token response.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
}

type Calls = Requests<Record>;

/// The pages of the call centre.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/demo/call-center", get(page))
        .route("/demo/call-center/ask", post(ask))
        .route("/demo/call-center/status", get(status))
        .route("/demo/call-center/pin", post(pin))
        .layer(Extension(Arc::new(Calls::new())))
}

async fn page(State(app): State<Arc<App>>, request: Request) -> Response {
    let callers = seed::PEOPLE.map(|person| person.username.to_owned());
    let page = DemoCallCenter { callers: callers.to_vec(), stranger: seed::STRANGER.to_owned() };
    show(&app, request, &page, "/demo/call-center").await
}

/// `POST /demo/call-center/ask`: the representative asks the member for consent.
async fn ask(
    State(app): State<Arc<App>>,
    Extension(calls): Extension<Arc<Calls>>,
    request: Request,
) -> Response {
    let locale = Browser::anonymous(&app, request.headers()).locale();
    let form = match asking::form_of_own_page(&app, request).await {
        Ok(form) => form,
        Err(refusal) => return refusal,
    };
    let message = binding_message(&app, locale);
    let parameters = [
        ("scope", seed::CALL_CENTER_SCOPE),
        ("login_hint", asking::person(&form, "member").unwrap_or_default()),
        ("binding_message", &message),
        ("tandem_device_name", &app.pages.words(locale, "desk-device")),
        ("tandem_device_type", "computer"),
    ];
    let begun = match CLIENT.ask(&app, &parameters).await {
        Ok(begun) => begun,
        Err(unasked) => return asking::not_asked(unasked),
    };
    let handle = draw_secret(&app);
    let (expires_in, number) = (begun.expires_in, begun.tandem_number.clone());
    remember(&app, &calls, &handle, begun);
    asking::ok(&json!({
        "state": "waiting",
        "handle": handle,
        "binding_message": message,
        "number": number,
        "has_number": number.is_some(),
        "expires_in": expires_in,
    }))
}

/// Short enough to be read aloud, and different for each call.
fn binding_message(app: &App, locale: Locale) -> String {
    let code = draw_code::<5>(app, b"0123456789");
    let (first, second) = code.split_at_checked(2).unwrap_or((&code, ""));
    format!("{} {first}-{second}", app.pages.words(locale, "desk-call"))
}

fn remember(app: &App, calls: &Calls, handle: &str, begun: Begun) {
    let now = app.clock.now();
    let interval = Duration::from_secs(begun.interval);
    let pending = Pending { auth_req_id: begun.auth_req_id, interval, due_at: now.plus(interval), pin: None };
    let expires_at = now.plus(Duration::from_secs(begun.expires_in));
    calls.remember(NewRequest { handle, notification_token: None, pending, expires_at }, now);
}

/// `POST /demo/call-center/pin`: what the person's phone shows after the yes was typed here.
async fn pin(
    State(app): State<Arc<App>>,
    Extension(calls): Extension<Arc<Calls>>,
    request: Request,
) -> Response {
    asking::typed_pin(&app, &calls, request).await
}

/// `GET /demo/call-center/status`: what became of a request. However often the page asks, the server is polled no
/// faster than it wants to be.
async fn status(
    State(app): State<Arc<App>>,
    Extension(calls): Extension<Arc<Calls>>,
    request: Request,
) -> Response {
    let handle = handle_of(&request);
    if let Some(pending) = calls.take_due(&handle, app.clock.now()) {
        // In a task of its own: a page that goes away must not leave the request half collected.
        let settling = tokio::spawn(settle(Arc::clone(&app), Arc::clone(&calls), pending));
        // It has noted how it went.
        let _ = settling.await;
    }
    told(calls.look(&handle, app.clock.now()), "record")
}

async fn settle(app: Arc<App>, calls: Arc<Calls>, pending: Pending) {
    let Some((id, tokens)) = collect::<Tokens, _>(&app, CLIENT, &calls, pending).await else { return };
    let record = userinfo(&app, &tokens.access_token).await;
    calls.end(&id, record.map_or(Ending::Trouble, Ending::Granted));
}
