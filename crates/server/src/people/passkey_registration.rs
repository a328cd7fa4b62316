//! How does a person add a passkey? `/passkeys/register/options`, then `/passkeys/register/finish`.
//!
//! Whoever finds an unlocked phone must not be able to add a lasting way in: the person must have signed in lately.

use super::account::{Done, after};
use super::browser::SignedIn;
use super::ceremonies::Ceremony;
use super::json::{self, JsonFailure};
use super::passkey_sign_in::{GoOn, Nothing};
use super::passkeys::{MOST_PASSKEYS, Options};
use super::throttle::event;
use super::visit::Visit;
use crate::app::App;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::oauth::device_description::clean_name;
use tandem_store::Passkey;
use webauthn_rs_core::proto::{
    Credential, PublicKeyCredentialCreationOptions, RegisterPublicKeyCredential, RegistrationState,
};

/// How long after signing in a lasting way in may be added.
pub(super) const FRESH: Duration = Duration::from_mins(10);
/// The longest credential id (WebAuthn section 4), in bytes.
const MAX_CREDENTIAL_ID: usize = 1023;

#[derive(Debug, Deserialize)]
struct Finish {
    ceremony: String,
    #[serde(default)]
    name: String,
    credential: RegisterPublicKeyCredential,
}

/// Asks for a new passkey.
pub(super) async fn options(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match begin(&app, &visit, request).await {
        Ok(options) => json::respond(StatusCode::OK, &options),
        Err(failure) => failure.respond(&visit.id),
    };
    visit.browser.dress(&app, response)
}

/// Keeps the new passkey.
pub(super) async fn finish(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match end(&app, &visit, request).await {
        Ok(go_on) => json::respond(StatusCode::OK, &go_on),
        Err(failure) => failure.respond(&visit.id),
    };
    visit.browser.dress(&app, response)
}

async fn begin(
    app: &App,
    visit: &Visit,
    request: Request,
) -> Result<Options<PublicKeyCredentialCreationOptions>, JsonFailure> {
    let Nothing {} = json::read(app, &visit.browser, request).await?;
    let person = lately_signed_in(visit)?;
    let existing = app.store.passkeys_of(&person.user.sub).await?;
    if existing.len() >= MOST_PASSKEYS {
        return Err(JsonFailure::TooMany);
    }
    let existing = existing.into_iter().map(|passkey| passkey.id).collect();
    let passkeys = &app.people.passkeys;
    let (public_key, state) = passkeys.ask_to_register(&person.user, existing).map_err(|error| {
        tracing::error!(%error, "the passkey options could not be made");
        JsonFailure::Internal
    })?;
    let ceremony = Ceremony::Register(Arc::clone(&person.user.sub), state);
    let ceremony = passkeys.ceremonies.begin(ceremony, visit.browser.id(), visit.address, visit.now);
    Ok(Options { public_key, ceremony })
}

async fn end(app: &App, visit: &Visit, request: Request) -> Result<GoOn, JsonFailure> {
    let Finish { ceremony, name, credential } = json::read(app, &visit.browser, request).await?;
    let person = visit.browser.signed_in().ok_or(JsonFailure::SignedOut)?;
    let state = match app.people.passkeys.ceremonies.end(&ceremony, visit.browser.id(), visit.now) {
        Some(Ceremony::Register(sub, state)) if sub == person.user.sub => state,
        _ => return Err(JsonFailure::NotAccepted),
    };
    let credential = check(app, visit, &state, &credential)?;
    if app.store.passkeys_of(&person.user.sub).await?.len() >= MOST_PASSKEYS {
        return Err(JsonFailure::TooMany);
    }
    let passkey = Passkey {
        id: credential.cred_id.clone(),
        sub: Arc::clone(&person.user.sub),
        name: clean_name(&name).map_or_else(|| "Passkey".to_owned(), String::from),
        credential: serde_json::to_string(&credential).map_err(|_| JsonFailure::Internal)?,
        counter: credential.counter,
        created_at: visit.now,
        last_used_at: None,
    };
    if !app.store.add_passkey(passkey).await? {
        return Err(JsonFailure::NotAccepted);
    }
    let sub = Some(Arc::clone(&person.user.sub));
    app.store.record_event(event("passkey_added", visit.now, sub, visit.address)).await?;
    Ok(GoOn { redirect: after(app, person, Done::PasskeyAdded, visit.now) })
}

fn check(
    app: &App,
    visit: &Visit,
    state: &RegistrationState,
    answer: &RegisterPublicKeyCredential,
) -> Result<Credential, JsonFailure> {
    let credential = app.people.passkeys.registered(state, answer).map_err(|error| {
        tracing::info!(request_id = %visit.id, %error, "a new passkey was not accepted");
        JsonFailure::NotAccepted
    })?;
    let fits = (1..=MAX_CREDENTIAL_ID).contains(&credential.cred_id.len());
    if fits && credential.user_verified { Ok(credential) } else { Err(JsonFailure::NotAccepted) }
}

fn lately_signed_in(visit: &Visit) -> Result<&SignedIn, JsonFailure> {
    let person = visit.browser.signed_in().ok_or(JsonFailure::SignedOut)?;
    if visit.now.since(person.session.auth_time) > FRESH {
        return Err(JsonFailure::SignInAgain);
    }
    Ok(person)
}
