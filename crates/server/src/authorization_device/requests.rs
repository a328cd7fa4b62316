//! What waits for the person? `GET /authorization-device/requests`, and one of them by its id.

use super::REQUESTS;
use super::call::{of_device, respond, unknown_request};
use super::decision::refusal;
use super::device::Device;
use super::shown::Shown;
use crate::app::App;
use crate::ciba::decide::addressed_to;
use crate::ciba::{details, live, question};
use crate::oauth::answer;
use crate::oauth::call::Call;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use crate::pages::Locale;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;
use tandem_core::crossing::{CrossingId, NumberAnswer, NumberMatch, Presenter, Request as Asked};

#[derive(Serialize)]
struct Requests {
    requests: Vec<Described>,
}

/// A request as an app is told of it. Only `shown` is signed; the rest helps the person, or says how to answer.
#[derive(Serialize)]
struct Described {
    id: CrossingId,
    shown: Shown,
    initiated_at: u64,
    expires_at: u64,
    address: String,
    how: &'static str,
    scope: Vec<ScopeWords>,
    details: Vec<String>,
    verified: bool,
    number: Option<Choices>,
    user_verification_required: bool,
}

#[derive(Serialize)]
struct ScopeWords {
    name: String,
    words: Option<String>,
}

/// The numbers to pick from; none where the person types it.
#[derive(Serialize)]
struct Choices {
    choices: Vec<String>,
}

/// `GET /authorization-device/requests`.
pub(super) async fn list(State(app): State<Arc<App>>, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = all(&app, request).await;
    respond(&app, nonce, answer)
}

/// `GET /authorization-device/requests/{id}`.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = match id.ok().and_then(|Path(id)| CrossingId::parse(&id)) {
        Some(id) => one(&app, id, request).await,
        None => Err(unknown_request()),
    };
    respond(&app, nonce, answer)
}

async fn all(app: &App, request: Request) -> Result<Response, Failure> {
    let (proven, device) = of_device(app, request, REQUESTS).await?;
    let language = language(app, &proven.call, &device);
    let open = live::open_requests(app, &device.user.sub, proven.call.now);
    let requests =
        open.iter().filter_map(|crossing| describe(app, crossing.id(), crossing.request()?, language));
    Ok(answer::json(&Requests { requests: requests.collect() }))
}

async fn one(app: &App, id: CrossingId, request: Request) -> Result<Response, Failure> {
    let (proven, device) = of_device(app, request, &format!("{REQUESTS}/{id}")).await?;
    let call = &proven.call;
    let sub = &device.user.sub;
    addressed_to(app, id, sub).ok_or_else(unknown_request)?;
    let presenter = Presenter::new(Arc::clone(sub), call.address, call.now);
    let asked = question::look(app, id, &presenter, call.now).await.map_err(refusal)?;
    let described = describe(app, id, &asked, language(app, call, &device)).ok_or_else(unknown_request)?;
    Ok(answer::json(&described))
}

/// `None` for a request whose client was removed since: nobody can collect the answer.
fn describe(app: &App, id: CrossingId, asked: &Asked, language: &str) -> Option<Described> {
    let backchannel = asked.backchannel.as_ref()?;
    let client = app.clients.get(&asked.client_id)?;
    let words = |name: &str| app.scope_words(name, language).map(ToOwned::to_owned);
    let details = backchannel.authorization_details.as_ref();
    Some(Described {
        id,
        shown: Shown::of(id, asked, &client),
        initiated_at: asked.initiated_at.as_secs(),
        expires_at: asked.expires_at.as_secs(),
        address: asked.device.address.to_string(),
        how: backchannel.hint.as_str(),
        scope: asked
            .scope
            .tokens()
            .map(|name| ScopeWords { name: name.to_owned(), words: words(name) })
            .collect(),
        details: details.map_or_else(Vec::new, |details| details::in_words(app, details, language)),
        verified: client.tandem_verified,
        number: asked.number().map(choices),
        // Whatever the request demands: an app's yes counts as a proof of who holds it, so that it must be one.
        user_verification_required: true,
    })
}

fn choices(number: NumberMatch) -> Choices {
    let choices = match number.answer {
        NumberAnswer::Pick => number.choices().iter().map(ToString::to_string).collect(),
        NumberAnswer::Type => Vec::new(),
    };
    Choices { choices }
}

/// What the app asks for, else the person's language, else the operator's.
fn language(app: &App, call: &Call, device: &Device) -> &'static str {
    let theirs = device.user.locale.as_deref().and_then(Locale::from_tag);
    let last = match theirs {
        Some(locale) => locale.tag(),
        None => app.config.pages.default_language.as_str(),
    };
    let asked = call.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let asked = asked.unwrap_or_default();
    let head = asked.get(..asked.floor_char_boundary(400)).unwrap_or_default();
    Locale::negotiate(Some(&format!("{head},{last};q=0.001")), None).tag()
}
