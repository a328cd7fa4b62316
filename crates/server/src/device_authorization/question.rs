//! What does the person see before they answer? (RFC 8628 section 3.3, BCP 6.1.13, 6.1.14)

use super::pending::{PendingCrossing, Stage};
use super::presentation::{Look, Presented, open};
use super::trouble::{Met, Trouble, troubled};
use super::{DECISION, SIGN_IN};
use crate::app::App;
use crate::pages::views::{
    Asker, BindingQuestion, Decide, Device, NumberQuestion, RequestTrouble, Warn, WarnFlow, Warning,
};
use crate::people::browser::SignedIn;
use crate::people::confirm::confirm;
use crate::people::decision_form::Saw;
use crate::people::offer::Offer;
use crate::people::respond;
use crate::people::visit::Visit;
use crate::whereabouts::{self, Seen};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tandem_core::crossing::Verification;
use tandem_core::mitigations::Ask;
use tandem_core::oauth::client::Client;
use tandem_core::oauth::metadata::path;

/// What a page says of the try before it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Again {
    /// What was wrong with it.
    pub trouble: Option<RequestTrouble>,
    /// What it showed that a yes demands.
    pub demand: Verification,
    /// Whether it showed that the warning has to be read.
    pub warn: bool,
}

/// `GET /device/decision`: the question.
pub async fn show(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let current = PendingCrossing::read(&app, request.headers(), visit.now);
    drop(request);
    let response = match (current, visit.browser.signed_in()) {
        (None, _) => respond::redirect(path::VERIFICATION),
        (Some(_), None) => respond::redirect(SIGN_IN),
        (Some(current), Some(person)) => ask(&app, &visit, person, current, None).await,
    };
    visit.browser.dress(&app, response)
}

/// The question, or what has to be read before it. The browser keeps how far it came.
pub async fn ask(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    current: PendingCrossing,
    again: Option<Again>,
) -> Response {
    match asked(app, visit, person, current, again).await {
        Ok(response) => response,
        Err(trouble) => troubled(app, visit, person, &current, trouble),
    }
}

async fn asked(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    current: PendingCrossing,
    again: Option<Again>,
) -> Met<Response> {
    let presented = open(app, current.id, &Look::of(visit, person, &current)).await?;
    let client = app.clients.get(&presented.asked.client_id).ok_or(Trouble::Gone)?;
    let known = app.store.has_family(&person.user.sub, &client.client_id).await.map_err(Trouble::Store)?;
    let mut seen = whereabouts::seen(app, &presented.asked, visit);
    if !known {
        seen.warnings.push(Warning::FirstUse);
    }
    if !presented.signals.is_empty() {
        seen.warnings.push(Warning::Troubled);
    }
    let current = match current.stage(person) {
        Stage::Arrived => current.at(Stage::Opened, person),
        Stage::Opened | Stage::Warned => current,
    };
    // Who read the warning read it, even if there is more to warn of now.
    let unread = current.stage(person) != Stage::Warned;
    let status = if again.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let again = again.unwrap_or_default();
    let (browser, id) = (&visit.browser, &visit.id);
    let expires_at = presented.asked.expires_at;
    let mut response = if unread && (again.warn || presented.asks.contains(&Ask::ReadWarning)) {
        let page = warning(app, person, &current, &presented, &client, seen);
        respond::page_at(app, browser, id, status, &page, DECISION)
    } else {
        let page = question(app, visit, person, &current, &presented, (&client, seen, again)).await?;
        respond::page_at(app, browser, id, status, &page, DECISION)
    };
    current.remember(app, &mut response, expires_at);
    Ok(response)
}

fn warning(
    app: &App,
    person: &SignedIn,
    current: &PendingCrossing,
    presented: &Presented,
    client: &Client,
    seen: Seen,
) -> Warn {
    Warn {
        action: DECISION.to_owned(),
        flow: WarnFlow::Device,
        asker: asker(client),
        warnings: seen.warnings,
        crossing: current.form(app, person, Saw::NoQuestion, presented.asked.expires_at),
    }
}

/// What the person must know, within the limits of the clearance: nothing is promised that a yes will not give.
async fn question(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    current: &PendingCrossing,
    presented: &Presented,
    (client, Seen { whereabouts, warnings }, again): (&Client, Seen, Again),
) -> Met<Decide> {
    let (asked, limits) = (&presented.asked, &presented.limits);
    let demand = again.demand.max(limits.verification.unwrap_or_default());
    let confirm = confirm(app, person, asked, demand, DECISION).await.map_err(Trouble::Store)?;
    let Offer { abilities, less, lasts } =
        Offer::of(app, client, asked, limits, visit.browser.locale().tag());
    let saw = Saw::question(current.stage(person) == Stage::Warned);
    Ok(Decide {
        asker: asker(client),
        device: Device { kind: asked.device.kind, name: asked.device.name.as_deref().map(str::to_owned) },
        whereabouts,
        began_seconds_ago: visit.now.since(asked.initiated_at).as_secs(),
        abilities,
        less,
        lasts,
        user_code: current.user_code.display(),
        seconds_left: asked.expires_at.since(visit.now).as_secs(),
        warnings,
        number: asked.number().as_ref().map(NumberQuestion::of),
        binding: asked.binding().map(BindingQuestion::of),
        confirm,
        trouble: again.trouble,
        crossing: current.form(app, person, saw, asked.expires_at),
    })
}

fn asker(client: &Client) -> Asker {
    Asker { name: client.client_name.clone(), verified: client.tandem_verified }
}
