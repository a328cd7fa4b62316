//! What does the person see before they answer a request that came to them? (BCP 6.1.14)

use super::answer::{stopped, troubled};
use super::decide::{Trouble, addressed_to, pin_due};
use super::inbox::asker;
use super::look::{self, Looked, look};
use super::{details, request_path};
use crate::app::App;
use crate::pages::views::{
    BindingQuestion, Confirm, Device, NamedBy, NumberQuestion, RequestPage, RequestTrouble, ShowPin, Warn,
    WarnFlow, Warning,
};
use crate::people::browser::SignedIn;
use crate::people::decision_form::{Saw, Shown};
use crate::people::offer::Offer;
use crate::people::visit::Visit;
use crate::people::{confirm, respond};
use crate::whereabouts::{self, Seen};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{
    Backchannel, Crossing, CrossingId, Hint, Pin, Presenter, Request as Asked, Sound, Verification,
};
use tandem_core::oauth::client::Client;
use tandem_core::time::Timestamp;

/// Requests of one client within this time are told as repeated.
const REPEATED_WITHIN: Duration = Duration::from_hours(1);

/// What is known of an earlier try to answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before {
    /// Whether the person acknowledged the warning.
    pub warned: bool,
    /// What was wrong with their answer.
    pub trouble: Option<RequestTrouble>,
    /// What policy demanded of it.
    pub verification: Verification,
}

/// `GET /inbox/{id}`: the question; the page before it, where one is due; or the PIN after it.
pub async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    drop(request);
    let id = CrossingId::parse(&id);
    let response = match (visit.browser.signed_in(), id) {
        (None, Some(id)) => {
            crate::opening::note(&app, id, visit.now).await;
            respond::redirect(&format!("/sign-in?next={}", request_path(id)))
        }
        (_, None) => troubled(&app, &visit, Trouble::Gone, ""),
        (Some(person), Some(id)) => ask(&app, person, id, &visit, Before::default()).await,
    };
    visit.browser.dress(&app, response)
}

/// Notes that the person looked, and shows what comes next.
pub async fn ask(app: &App, person: &SignedIn, id: CrossingId, visit: &Visit, before: Before) -> Response {
    let sub = &person.user.sub;
    let Some(crossing) = addressed_to(app, id, sub) else {
        return troubled(app, visit, Trouble::Gone, "");
    };
    if let (Some(pin), Some(asked)) = (pin_due(app, &crossing, visit.now), crossing.request()) {
        return show_pin(app, person, visit, (id, asked), pin);
    }
    let presenter = Presenter::new(Arc::clone(sub), visit.address, visit.now);
    let looked = match look(app, id, &presenter, before.warned, visit.now).await {
        Ok(looked) => looked,
        Err(trouble) => return stopped(app, visit, person, id, trouble),
    };
    if looked.warning == look::Warning::Due {
        return warn(app, person, visit, id, &looked).await;
    }
    let here = request_path(id);
    match question(app, person, (id, &looked), visit, before).await {
        Ok(page) if before.trouble.is_some() => {
            respond::page(app, &visit.browser, &visit.id, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Ok(page) => respond::page_at(app, &visit.browser, &visit.id, StatusCode::OK, &page, &here),
        Err(trouble) => troubled(app, visit, trouble, ""),
    }
}

/// The name of who asks; nothing if it is not known any more.
pub fn asker_of(app: &App, crossing: &Crossing) -> String {
    crossing.request().map(|asked| asker(app, asked).name).unwrap_or_default()
}

/// The page that shows the PIN, as long as the consumption device may send it (BCP 6.1.16).
pub fn show_pin(
    app: &App,
    person: &SignedIn,
    visit: &Visit,
    (id, asked): (CrossingId, &Asked),
    pin: Pin,
) -> Response {
    let shown = Shown { id, saw: Saw::NoQuestion, note: Vec::new() };
    let page = ShowPin {
        action: request_path(id),
        asker: asker(app, asked).name,
        device: asked.device.kind,
        pin: pin.display(),
        seconds_left: asked.expires_at.since(visit.now).as_secs(),
        crossing: shown.sealed(app, person, asked.expires_at),
    };
    respond::page_at(app, &visit.browser, &visit.id, StatusCode::OK, &page, &request_path(id))
}

/// The page that says what a scam looks like (BCP 6.1.13).
async fn warn(app: &App, person: &SignedIn, visit: &Visit, id: CrossingId, looked: &Looked) -> Response {
    let asked = &looked.asked;
    let known = match app.store.has_family(&person.user.sub, &asked.client_id).await {
        Ok(known) => known,
        Err(error) => return troubled(app, visit, Trouble::Store(error), ""),
    };
    let seen = whereabouts::seen(app, asked, visit);
    let shown = Shown { id, saw: Saw::NoQuestion, note: Vec::new() };
    let page = Warn {
        action: request_path(id),
        flow: WarnFlow::Request,
        asker: asker(app, asked),
        warnings: warnings(app, &person.user.sub, asked, (known, seen.warnings), visit.now),
        crossing: shown.sealed(app, person, asked.expires_at),
    };
    respond::page_at(app, &visit.browser, &visit.id, StatusCode::OK, &page, &request_path(id))
}

/// Gathers what the person must know.
async fn question(
    app: &App,
    person: &SignedIn,
    (id, looked): (CrossingId, &Looked),
    visit: &Visit,
    before: Before,
) -> Result<RequestPage, Trouble> {
    let asked = &looked.asked;
    let client = app.clients.get(&asked.client_id).ok_or(Trouble::Gone)?;
    let known = app.store.has_family(&person.user.sub, &asked.client_id).await.map_err(Trouble::Store)?;
    let backchannel = asked.backchannel.as_deref().ok_or(Trouble::Gone)?;
    let demand = before.verification.max(looked.limits.verification.unwrap_or_default());
    let confirm = confirm::confirm(app, person, asked, demand, &request_path(id)).await;
    let confirm = confirm.map_err(Trouble::Store)?;
    let shown = Shown { id, saw: Saw::question(before.warned), note: Vec::new() };
    let mark = shown.sealed(app, person, asked.expires_at);
    Ok(page(app, (person, known, visit), (id, looked, backchannel), &client, (confirm, before.trouble, mark)))
}

fn page(
    app: &App,
    (person, known, visit): (&SignedIn, bool, &Visit),
    (id, looked, backchannel): (CrossingId, &Looked, &Backchannel),
    client: &Client,
    (confirm, trouble, crossing): (Option<Confirm>, Option<RequestTrouble>, String),
) -> RequestPage {
    let (now, language, asked) = (visit.now, visit.browser.locale().tag(), &looked.asked);
    let Seen { whereabouts, warnings } = whereabouts::seen(app, asked, visit);
    let offer = Offer::of(app, client, asked, &looked.limits, language);
    let words = |details| details::in_words(app, details, language);
    RequestPage {
        id: id.to_string(),
        asker: asker(app, asked),
        details: backchannel.authorization_details.as_ref().map(words).unwrap_or_default(),
        binding_message: backchannel.binding_message.as_deref().map(ToOwned::to_owned),
        device: Device { kind: asked.device.kind, name: asked.device.name.as_deref().map(ToOwned::to_owned) },
        warnings: self::warnings(app, &person.user.sub, asked, (known, warnings), now),
        whereabouts,
        began_seconds_ago: now.since(asked.initiated_at).as_secs(),
        named_by: match backchannel.hint {
            Hint::LoginHint => NamedBy::LoginHint,
            Hint::LoginHintToken => NamedBy::LoginHintToken,
            Hint::IdTokenHint => NamedBy::IdTokenHint,
        },
        abilities: offer.abilities,
        less: offer.less,
        lasts: offer.lasts,
        seconds_left: asked.expires_at.since(now).as_secs(),
        number: asked.number().as_ref().map(NumberQuestion::of),
        binding: asked.binding().map(BindingQuestion::of),
        confirm,
        trouble,
        crossing,
    }
}

fn warnings(
    app: &App,
    sub: &str,
    asked: &Asked,
    (known, apart): (bool, Vec<Warning>),
    now: Timestamp,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    // Who asks from a call centre or a till is elsewhere more often than not: only what is odd is said.
    let count = repeated(app, sub, asked, now);
    if count > 1 {
        warnings.push(Warning::Repeated { count });
    }
    if asked.backchannel.as_ref().is_some_and(|backchannel| backchannel.sound == Sound::Silent) {
        warnings.push(Warning::QuietHours);
    }
    warnings.extend(apart);
    if !known {
        warnings.push(Warning::FirstUse);
    }
    warnings
}

/// How many requests this client sent this person lately, this one too.
fn repeated(app: &App, sub: &str, asked: &Asked, now: Timestamp) -> u64 {
    let lately = app.store.crossings_of(sub);
    let same = lately.iter().filter_map(Crossing::request).filter(|other| {
        other.client_id == asked.client_id && now.since(other.initiated_at) < REPEATED_WITHIN
    });
    u64::try_from(same.count()).unwrap_or(u64::MAX)
}
