//! What has access to a person's account, and how do they take it back? `/account` and its forms.

use super::browser::SignedIn;
use super::sealed_value::{open, seal};
use super::throttle::event;
use super::visit::Visit;
use super::{form, respond};
use crate::app::App;
use crate::incidents::reporting::{Reporter, report_collected};
use crate::pages::views::{
    Abilities, Access, Account, Asker, Decided, Device, Duties, FailureKind, Flash, Outcome, Passkey,
};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::CrossingId;
use tandem_core::oauth::form::Form;
use tandem_core::oauth::token_family::{Revocation, TokenFamily};
use tandem_core::time::Timestamp;
use tandem_store::{SecurityEvent, StoreError};

const HERE: &str = "/account";
const FLASH: &str = "tandem account flash";
/// How long the page may be loaded again and still say what was just done.
const FLASH_LIFETIME: Duration = Duration::from_mins(1);

/// What was just done, as the address of the next page carries it: sealed, so that no link can claim it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    Revoked(CrossingId),
    PasskeyAdded,
    PasskeyRemoved,
}

/// The account page that says what this person has just done.
pub(super) fn after(app: &App, person: &SignedIn, done: Done, now: Timestamp) -> String {
    let mut payload = session_mark(person).to_vec();
    match done {
        Done::Revoked(id) => {
            payload.push(b'r');
            payload.extend_from_slice(id.as_bytes());
        }
        Done::PasskeyAdded => payload.push(b'a'),
        Done::PasskeyRemoved => payload.push(b'd'),
    }
    format!("{HERE}?done={}", seal(&app.keys.browser, FLASH, &payload, now.plus(FLASH_LIFETIME)))
}

/// The first half of the session's identifier: a flash is for one session.
pub(super) fn session_mark(person: &SignedIn) -> [u8; 16] {
    let mut mark = [0; 16];
    mark.iter_mut().zip(person.session.id.as_bytes()).for_each(|(to, from)| *to = *from);
    mark
}

fn done(app: &App, person: &SignedIn, text: &str, now: Timestamp) -> Option<Done> {
    let payload = open(&app.keys.browser, FLASH, text, now)?;
    let (mark, rest) = payload.split_first_chunk::<16>()?;
    if *mark != session_mark(person) {
        return None;
    }
    match rest.split_first()? {
        (b'r', id) => Some(Done::Revoked(CrossingId::from_bytes(id.try_into().ok()?))),
        (b'a', []) => Some(Done::PasskeyAdded),
        (b'd', []) => Some(Done::PasskeyRemoved),
        _ => None,
    }
}

/// How much access is shown, the newest first.
const MOST_SHOWN: u32 = 200;

/// `GET /account`.
pub(super) async fn show(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let query = Form::parse_query(request.uri().query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let response = match visit.browser.signed_in() {
        None => respond::redirect("/sign-in?next=/account"),
        Some(person) => match account(&app, &visit, person, query.get("done")).await {
            Ok(page) => respond::page_at(&app, &visit.browser, &visit.id, StatusCode::OK, &page, HERE),
            Err(error) => respond::store_failure(&app, &visit.id, error),
        },
    };
    visit.browser.dress(&app, response)
}

async fn account(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    flash: Option<&str>,
) -> Result<Account, StoreError> {
    let now = visit.now;
    let families = app.store.families_of(&person.user.sub, MOST_SHOWN).await?;
    let passkeys = app.store.passkeys_of(&person.user.sub).await?;
    let is_operator = app.store.is_operator(&person.user.sub).await?;
    let language = visit.browser.locale().tag();
    let live = families.iter().filter(|family| family.is_active() && now < family.ends_at());
    let flash = match flash.and_then(|text| done(app, person, text, now)) {
        None => None,
        Some(Done::PasskeyAdded) => Some(Flash::PasskeyAdded),
        Some(Done::PasskeyRemoved) => Some(Flash::PasskeyRemoved),
        Some(Done::Revoked(id)) => {
            let family = app.store.family(id).await?;
            family.map(|family| Flash::Revoked { asker: asker(app, &family.client_id).name })
        }
    };
    Ok(Account {
        access: live.map(|family| access(app, family, language, now)).collect(),
        passkeys: passkeys
            .into_iter()
            .map(|passkey| Passkey {
                id: URL_SAFE_NO_PAD.encode(&passkey.id),
                name: passkey.name,
                added_seconds_ago: now.since(passkey.created_at).as_secs(),
                used_seconds_ago: passkey.last_used_at.map(|at| now.since(at).as_secs()),
            })
            .collect(),
        duties: if is_operator { Duties::Operator } else { Duties::None },
        flash,
    })
}

fn access(app: &App, family: &TokenFamily, language: &str, now: Timestamp) -> Access {
    let scopes = family.scope.tokens().map(|scope| (scope, app.scope_words(scope, language)));
    let address = family.device.address;
    Access {
        family: family.crossing.to_string(),
        asker: asker(app, &family.client_id),
        device: Device {
            kind: family.device.kind,
            name: family.device.name.as_deref().map(ToOwned::to_owned),
        },
        since_seconds_ago: now.since(family.issued_at).as_secs(),
        used_seconds_ago: family.refreshed_at.map(|at| now.since(at).as_secs()),
        address: (!address.is_unspecified()).then(|| address.to_string()),
        abilities: Abilities::of(scopes),
    }
}

/// A client that was removed since still has its tokens: its identifier stands for its name.
fn asker(app: &App, client_id: &str) -> Asker {
    app.clients.get(client_id).map_or_else(
        || Asker { name: client_id.to_owned(), verified: false },
        |client| Asker { name: client.client_name.clone(), verified: client.tandem_verified },
    )
}

/// What an account form asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Revoke,
    RemovePasskey,
}

/// `POST /account/revoke`.
pub(super) async fn revoke(State(app): State<Arc<App>>, request: Request) -> Response {
    submit(&app, request, Action::Revoke).await
}

/// `POST /account/passkeys/remove`.
pub(super) async fn remove_passkey(State(app): State<Arc<App>>, request: Request) -> Response {
    submit(&app, request, Action::RemovePasskey).await
}

async fn submit(app: &App, request: Request, action: Action) -> Response {
    let visit = match Visit::begin(app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match (form::read(app, request).await, visit.browser.signed_in()) {
        (Err(failure), _) => respond::form_failure(app, &visit.browser, &visit.id, failure),
        (Ok(_), None) => respond::failure(app, &visit.browser, &visit.id, FailureKind::SessionExpired),
        (Ok(form), Some(_)) if !visit.browser.csrf_holds(app, form.get("csrf")) => {
            respond::failure(app, &visit.browser, &visit.id, FailureKind::Csrf)
        }
        (Ok(form), Some(person)) if action == Action::Revoke && form.get("report").is_some() => {
            report(app, &visit, person, form.get("family")).await
        }
        (Ok(form), Some(person)) => {
            let outcome = match action {
                Action::Revoke => end_family(app, &visit, person, form.get("family")).await,
                Action::RemovePasskey => end_passkey(app, &visit, person, form.get("passkey")).await,
            };
            match outcome {
                Ok(Some(done)) => respond::redirect(&after(app, person, done, visit.now)),
                Ok(None) => respond::failure(app, &visit.browser, &visit.id, FailureKind::NotFound),
                Err(error) => respond::store_failure(app, &visit.id, error),
            }
        }
    };
    visit.browser.dress(app, response)
}

/// Ends a token family of this person; `None` if they have no such family. Ending it twice is no mistake.
async fn end_family(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    family: Option<&str>,
) -> Result<Option<Done>, StoreError> {
    let Some(id) = family.and_then(CrossingId::parse) else { return Ok(None) };
    let family = app.store.family(id).await?;
    let Some(family) = family.filter(|family| family.authentication.sub == person.user.sub) else {
        return Ok(None);
    };
    let revoked = SecurityEvent {
        crossing: Some(id),
        client_id: Some(Arc::clone(&family.client_id)),
        ..event("access_revoked", visit.now, Some(Arc::clone(&person.user.sub)), visit.address)
    };
    // Of what ended before nothing is recorded again.
    app.store.revoke_family_on_record(id, visit.now, Revocation::Person, revoked).await?;
    Ok(Some(Done::Revoked(id)))
}

/// "I did not allow this": ends a token family of this person, and says so to whoever looks after incidents.
async fn report(app: &App, visit: &Visit, person: &SignedIn, family: Option<&str>) -> Response {
    let by = Reporter { sub: &person.user.sub, address: visit.address };
    let reported = match family.and_then(CrossingId::parse) {
        Some(id) => report_collected(app, id, by, visit.now).await,
        None => Ok(None),
    };
    match reported {
        Ok(Some(family)) => {
            let outcome = Outcome::AccessReported { asker: asker(app, &family.client_id).name };
            respond::page(app, &visit.browser, &visit.id, StatusCode::OK, &Decided { outcome })
        }
        Ok(None) => respond::failure(app, &visit.browser, &visit.id, FailureKind::NotFound),
        Err(error) => respond::store_failure(app, &visit.id, error),
    }
}

/// Removes a passkey of this person; `None` if they have no such passkey.
async fn end_passkey(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    passkey: Option<&str>,
) -> Result<Option<Done>, StoreError> {
    let Some(id) = passkey.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()) else { return Ok(None) };
    if !app.store.remove_passkey(&person.user.sub, &id, visit.now).await? {
        return Ok(None);
    }
    let sub = Some(Arc::clone(&person.user.sub));
    app.store.record_event(event("passkey_removed", visit.now, sub, visit.address)).await?;
    Ok(Some(Done::PasskeyRemoved))
}
