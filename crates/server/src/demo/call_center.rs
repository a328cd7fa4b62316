//! How does somebody on the phone let a call centre see their record? The first of the demo's two clients that ask a
//! person directly: it polls.

use super::asking::{self, Hears, collect, draw_code};
use super::backchannel::{BackchannelClient, userinfo};
use super::pages::show;
use super::requests::{Ending, Pending, Requests};
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
use std::sync::Arc;

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
        .route("/demo/call-center/pin", post(asking::pin::<Record>))
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
    asking::ask(&app, CLIENT, &calls, &parameters, &message, Hears::ByPolling).await
}

/// Short enough to be read aloud, and different for each call.
fn binding_message(app: &App, locale: Locale) -> String {
    let code = draw_code::<5>(app, b"0123456789");
    let (first, second) = code.split_at_checked(2).unwrap_or((&code, ""));
    format!("{} {first}-{second}", app.pages.words(locale, "desk-call"))
}

/// `GET /demo/call-center/status`: what became of a request.
async fn status(
    State(app): State<Arc<App>>,
    Extension(calls): Extension<Arc<Calls>>,
    request: Request,
) -> Response {
    asking::status(app, calls, request, "record", settle).await
}

async fn settle(app: Arc<App>, calls: Arc<Calls>, pending: Pending) {
    let Some((id, tokens)) = collect::<Tokens, _>(&app, CLIENT, &calls, pending).await else { return };
    let record = userinfo(&app, &tokens.access_token).await;
    calls.end(&id, record.map_or(Ending::Trouble, Ending::Granted));
}
