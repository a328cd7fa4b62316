//! What waits for the person? `GET /authorization-device/requests`, and one of them by its id.

use super::REQUESTS;
use super::call::{of_device, respond, unknown_request};
use super::decision::{self, refusal};
use super::device::Device;
use super::shown::Shown;
use crate::app::App;
use crate::ciba::decide::{Trouble, addressed_to, pin_due};
use crate::ciba::look::{self, Looked, look, peek};
use crate::ciba::{details, live};
use crate::oauth::answer;
use crate::oauth::call::Call;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use crate::pages::Locale;
use crate::pages::views::Lasts;
use crate::people::offer::Offer;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;
use tandem_core::crossing::{Binding, Crossing, CrossingId, NumberAnswer, NumberMatch, Presenter};
use tandem_core::mitigations::request_binding::BindingAnswer;
use tandem_core::mitigations::{Hindrance, Reason};

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
    /// How long a yes lasts, in seconds.
    lasts_for: Option<u64>,
    verified: bool,
    number: Option<Choices>,
    /// How the person gives what was typed on the consumption device, if something was.
    #[serde(skip_serializing_if = "Option::is_none")]
    binding: Option<BindingAsked>,
    /// What the person reads before the question, where policy wants it; its decision says that they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<WarningTexts>,
    /// Why policy lets nobody say yes now.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<&'static str>,
    /// What the person types on the consumption device, once they said yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pin: Option<String>,
    user_verification_required: bool,
}

/// What was typed on the consumption device.
#[derive(Serialize)]
struct BindingAsked {
    label: String,
    answer: BindingAnswer,
    /// Only where the person confirms it.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// What teaches a person when a request can be genuine, in their language.
#[derive(Serialize)]
struct WarningTexts {
    when: String,
    never: String,
    scam: String,
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
    let by = Presenter::new(Arc::clone(&device.user.sub), proven.call.address, proven.call.now);
    let open = live::open_requests(app, &device.user.sub, proven.call.now);
    let requests = open.iter().filter_map(|crossing| match peek(app, crossing, &by) {
        Some(looked) => describe(app, crossing.id(), &looked, language),
        // Policy refuses it; whoever opens it is told so.
        None => describe(app, crossing.id(), &Looked::unjudged(crossing)?, language),
    });
    Ok(answer::json(&Requests { requests: requests.collect() }))
}

async fn one(app: &App, id: CrossingId, request: Request) -> Result<Response, Failure> {
    let (proven, device) = of_device(app, request, &format!("{REQUESTS}/{id}")).await?;
    let call = &proven.call;
    let sub = &device.user.sub;
    let language = language(app, call, &device);
    let crossing = addressed_to(app, id, sub).ok_or_else(unknown_request)?;
    if let Some(pin) = pin_due(app, &crossing, call.now) {
        let looked = Looked::unjudged(&crossing);
        let described = looked.and_then(|looked| describe(app, id, &looked, language));
        let described = described.ok_or_else(unknown_request)?;
        return Ok(answer::json(&Described { pin: Some(pin.display()), ..described }));
    }
    let presenter = Presenter::new(Arc::clone(sub), call.address, call.now);
    let described = match look(app, id, &presenter, false, call.now).await {
        Ok(looked) => describe(app, id, &looked, language),
        Err(Trouble::Hindered(Hindrance::Refused(_, reason))) if is_pending(app, id) => {
            refused(app, id, &crossing, reason, language)
        }
        Err(trouble) => return Err(refusal(trouble)),
    };
    Ok(answer::json(&described.ok_or_else(unknown_request)?))
}

/// What policy refuses can still be denied, and for that an app must know what it denies.
fn refused(
    app: &App,
    id: CrossingId,
    crossing: &Crossing,
    reason: Reason,
    language: Locale,
) -> Option<Described> {
    let described = describe(app, id, &Looked::unjudged(crossing)?, language)?;
    Some(Described { refused: Some(decision::refused(reason)), ..described })
}

fn is_pending(app: &App, id: CrossingId) -> bool {
    matches!(app.store.crossing(id), Some(Crossing::Pending(_)))
}

impl WarningTexts {
    fn of(app: &App, language: Locale) -> Self {
        let words = |key| app.pages.words(language, key);
        Self {
            when: words("education-ciba-when"),
            never: words("education-ciba-never"),
            scam: words("education-ciba-scam"),
        }
    }
}

impl BindingAsked {
    fn of(binding: &Binding) -> Self {
        let text = match binding.answer {
            BindingAnswer::Confirm => Some(binding.text.to_string()),
            BindingAnswer::Type => None,
        };
        Self { label: binding.label.to_string(), answer: binding.answer, text }
    }
}

/// `None` for a request whose client was removed since: nobody can collect the answer.
fn describe(app: &App, id: CrossingId, looked: &Looked, locale: Locale) -> Option<Described> {
    let (asked, language) = (&looked.asked, locale.tag());
    let backchannel = asked.backchannel.as_ref()?;
    let client = app.clients.get(&asked.client_id)?;
    let words = |name: &str| app.scope_words(name, language).map(ToOwned::to_owned);
    let granted = |name: &&str| looked.limits.scope.as_ref().is_none_or(|most| most.contains(name));
    let details = backchannel.authorization_details.as_ref();
    let lasts = Offer::of(app, &client, asked, &looked.limits, language).lasts;
    Some(Described {
        id,
        shown: Shown::of(id, asked, &client),
        initiated_at: asked.initiated_at.as_secs(),
        expires_at: looked.ends_at.as_secs(),
        address: asked.device.address.to_string(),
        how: backchannel.hint.as_str(),
        scope: asked
            .scope
            .tokens()
            .filter(granted)
            .map(|name| ScopeWords { name: name.to_owned(), words: words(name) })
            .collect(),
        details: details.map_or_else(Vec::new, |details| details::in_words(app, details, language)),
        lasts_for: match lasts {
            Lasts::For { seconds } | Lasts::NotRenewed { seconds } => Some(seconds),
            Lasts::UntilTakenBack => None,
        },
        verified: client.tandem_verified,
        number: asked.number().map(choices),
        binding: asked.binding().map(BindingAsked::of),
        warning: (looked.warning == look::Warning::Due).then(|| WarningTexts::of(app, locale)),
        refused: None,
        pin: None,
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
fn language(app: &App, call: &Call, device: &Device) -> Locale {
    let theirs = device.user.locale.as_deref().and_then(Locale::from_tag);
    let last = match theirs {
        Some(locale) => locale.tag(),
        None => app.config.pages.default_language.as_str(),
    };
    let asked = call.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let asked = asked.unwrap_or_default();
    let head = asked.get(..asked.floor_char_boundary(400)).unwrap_or_default();
    Locale::negotiate(Some(&format!("{head},{last};q=0.001")), None)
}
