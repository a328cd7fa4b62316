//! What does the person see before they answer a request that came to them? (BCP 6.1.14)

use super::answer::troubled;
use super::decide::{Trouble, addressed_to};
use super::inbox::asker;
use super::{details, request_path};
use crate::app::App;
use crate::edge::metrics;
use crate::network_relation::relation;
use crate::oauth::issue;
use crate::pages::views::{
    Abilities, Confirm, Device, Lasts, NamedBy, NetworkKind, NumberQuestion, RequestPage, RequestTrouble,
    Warning,
};
use crate::people::browser::SignedIn;
use crate::people::visit::Visit;
use crate::people::{decision_form, respond};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{
    Backchannel, Crossing, CrossingId, Hint, NumberAnswer, Presenter, Request as Asked, Sound, Step,
    Transfer, Verification,
};
use tandem_core::mitigations::facts::CodeUse;
use tandem_core::mitigations::{Facts, assess};
use tandem_core::oauth::client::Client;
use tandem_core::time::Timestamp;
use tandem_store::{Change, Write};

/// Requests of one client within this time are told as repeated.
const REPEATED_WITHIN: Duration = Duration::from_hours(1);

/// `GET /inbox/{id}`: the question.
pub async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    drop(request);
    let id = CrossingId::parse(&id);
    let response = match (visit.browser.signed_in(), id) {
        (None, Some(id)) => respond::redirect(&format!("/sign-in?next={}", request_path(id))),
        (_, None) => troubled(&app, &visit, Trouble::Gone, ""),
        (Some(person), Some(id)) => match ask(&app, person, id, &visit, None).await {
            Ok(page) => {
                let here = request_path(id);
                respond::page_at(&app, &visit.browser, &visit.id, StatusCode::OK, &page, &here)
            }
            Err(trouble) => troubled(&app, &visit, trouble, ""),
        },
    };
    visit.browser.dress(&app, response)
}

/// Notes that the person looked, and gathers what they must know.
pub async fn ask(
    app: &App,
    person: &SignedIn,
    id: CrossingId,
    visit: &Visit,
    trouble: Option<RequestTrouble>,
) -> Result<RequestPage, Trouble> {
    let sub = &person.user.sub;
    addressed_to(app, id, sub).ok_or(Trouble::Gone)?;
    let presenter = Presenter::new(Arc::clone(sub), visit.address, visit.now);
    let asked = look(app, id, &presenter, visit.now).await?;
    let client = app.clients.get(&asked.client_id).ok_or(Trouble::Gone)?;
    let known = app.store.has_family(sub, &asked.client_id).await.map_err(Trouble::Store)?;
    let backchannel = asked.backchannel.as_deref().ok_or(Trouble::Gone)?;
    let confirm = confirm(app, person, &asked, id).await?;
    Ok(page(app, person, (id, &asked, backchannel), &client, visit, (known, confirm, trouble)))
}

/// The person looks at a request of theirs; the first look is written down. An app looks the same way.
pub async fn look(app: &App, id: CrossingId, by: &Presenter, now: Timestamp) -> Result<Arc<Asked>, Trouble> {
    app.store.apply(id, |crossing| present(app, crossing, by, now)).await?
}

fn present(
    app: &App,
    crossing: Crossing,
    by: &Presenter,
    now: Timestamp,
) -> Change<Result<Arc<Asked>, Trouble>> {
    let unchanged = crossing.clone();
    let outcome = crossing.into_pending(now).map_err(Trouble::from).and_then(|pending| {
        // It was sent to one person, so that looking twice is no sign of anything.
        let code =
            CodeUse { first: pending.presenter.as_deref(), presenting: Some(by), ..Facts::at(now).code };
        let facts = Facts { request: Some(&pending.request), code, ..Facts::at(now) };
        let clearance =
            assess::<Transfer>(&facts, &app.policy(pending.request.room, &pending.request.client_id))
                .map_err(Trouble::Hindered)?;
        let request = Arc::clone(&pending.request);
        let first = pending.presenter.is_none();
        Ok((first.then(|| pending.present(by.clone(), &clearance)), request))
    });
    match outcome {
        Ok((Some(Step { next, event }), request)) => {
            metrics::crossing("presented");
            Change { next, write: Write::Later(event), answer: Ok(request) }
        }
        Ok((None, request)) => Change { next: unchanged, write: Write::Nothing, answer: Ok(request) },
        Err(trouble) => Change { next: unchanged, write: Write::Nothing, answer: Err(trouble) },
    }
}

/// What has to come before a yes: a passkey, shown after the request came.
async fn confirm(
    app: &App,
    person: &SignedIn,
    asked: &Asked,
    id: CrossingId,
) -> Result<Option<Confirm>, Trouble> {
    let session = &person.session;
    let fresh = session.method.acr().is_some() && session.auth_time >= asked.initiated_at;
    if asked.verification == Verification::Session || fresh {
        return Ok(None);
    }
    let passkeys = app.store.passkeys_of(&person.user.sub).await.map_err(Trouble::Store)?;
    Ok(Some(if passkeys.is_empty() {
        Confirm::AddPasskey { address: "/account".to_owned() }
    } else {
        Confirm::Passkey { address: format!("/sign-in?next={}&again=1", request_path(id)) }
    }))
}

fn page(
    app: &App,
    person: &SignedIn,
    (id, asked, backchannel): (CrossingId, &Asked, &Backchannel),
    client: &Client,
    visit: &Visit,
    (known, confirm, trouble): (bool, Option<Confirm>, Option<RequestTrouble>),
) -> RequestPage {
    let (now, language) = (visit.now, visit.browser.locale().tag());
    let network = relation(asked.device.address, visit.address);
    let scopes = asked.scope.tokens().map(|scope| (scope, app.scope_words(scope, language)));
    let words = |details| details::in_words(app, details, language);
    RequestPage {
        id: id.to_string(),
        asker: asker(app, asked),
        details: backchannel.authorization_details.as_ref().map(words).unwrap_or_default(),
        binding_message: backchannel.binding_message.as_deref().map(ToOwned::to_owned),
        device: Device { kind: asked.device.kind, name: asked.device.name.as_deref().map(ToOwned::to_owned) },
        warnings: warnings(app, &person.user.sub, (asked, backchannel), (known, network.kind), now),
        network,
        began_seconds_ago: now.since(asked.initiated_at).as_secs(),
        named_by: match backchannel.hint {
            Hint::LoginHint => NamedBy::LoginHint,
            Hint::LoginHintToken => NamedBy::LoginHintToken,
            Hint::IdTokenHint => NamedBy::IdTokenHint,
        },
        abilities: Abilities::of(scopes),
        lasts: lasts(app, client, asked),
        seconds_left: asked.expires_at.since(now).as_secs(),
        number: asked.number().map(|number| match number.answer {
            NumberAnswer::Pick => {
                NumberQuestion::Pick { choices: number.choices().iter().map(ToString::to_string).collect() }
            }
            NumberAnswer::Type => NumberQuestion::Type,
        }),
        confirm,
        trouble,
        crossing: decision_form::sealed(app, id, person, asked.expires_at),
    }
}

fn warnings(
    app: &App,
    sub: &str,
    (asked, backchannel): (&Asked, &Backchannel),
    (known, network): (bool, NetworkKind),
    now: Timestamp,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    // Who asks from a call centre or a till is elsewhere more often than not: only what is odd is said.
    let count = repeated(app, sub, asked, now);
    if count > 1 {
        warnings.push(Warning::Repeated { count });
    }
    if backchannel.sound == Sound::Silent {
        warnings.push(Warning::QuietHours);
    }
    if network == NetworkKind::Other && asked.number().is_none() {
        warnings.push(Warning::OtherNetwork);
    }
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

fn lasts(app: &App, client: &Client, asked: &Asked) -> Lasts {
    let lifetimes = issue::lifetimes(app, client);
    let offline = asked.scope.contains("offline_access");
    Lasts::For { seconds: if offline { lifetimes.refresh_token } else { lifetimes.access_token }.as_secs() }
}
