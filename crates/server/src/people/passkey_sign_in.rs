//! How does a person sign in with a passkey? `/passkeys/sign-in/options`, then `/passkeys/sign-in/finish`.

use super::ceremonies::Ceremony;
use super::json::{self, JsonFailure};
use super::passkeys::Options;
use super::sign_in::{complete, destination};
use super::throttle::Attempted;
use super::visit::Visit;
use crate::app::App;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tandem_core::oauth::token_family::AuthenticationMethod;
use tandem_store::{StoreError, User};
use webauthn_rs_core::proto::{AuthenticationState, PublicKeyCredential, PublicKeyCredentialRequestOptions};

/// A request without members.
#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

/// Where the browser goes next.
#[derive(Debug, Serialize)]
pub(super) struct GoOn {
    pub redirect: String,
}

#[derive(Debug, Deserialize)]
struct Finish {
    ceremony: String,
    next: Option<String>,
    credential: PublicKeyCredential,
}

/// Why an authenticator's answer does not sign anybody in.
enum Unproved {
    /// It is not good. Whose passkey it named, if it is known.
    No(Option<Arc<str>>),
    Store(StoreError),
}

impl From<StoreError> for Unproved {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Asks for whichever passkey the person chooses.
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

async fn begin(
    app: &App,
    visit: &Visit,
    request: Request,
) -> Result<Options<PublicKeyCredentialRequestOptions>, JsonFailure> {
    let Nothing {} = json::read(app, &visit.browser, request).await?;
    let attempted = Attempted { account: None, address: visit.address };
    if let Some(retry_after) = attempted.wait(app, visit.now) {
        return Err(JsonFailure::Throttled { retry_after });
    }
    let passkeys = &app.people.passkeys;
    let (public_key, state) = passkeys.ask_to_sign_in().map_err(|error| {
        tracing::error!(%error, "the passkey options could not be made");
        JsonFailure::Internal
    })?;
    let ceremony =
        passkeys.ceremonies.begin(Ceremony::SignIn(state), visit.browser.id(), visit.address, visit.now);
    Ok(Options { public_key, ceremony })
}

/// Checks the authenticator's answer.
pub(super) async fn finish(State(app): State<Arc<App>>, request: Request) -> Response {
    let mut visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match end(&app, &mut visit, request).await {
        Ok(go_on) => json::respond(StatusCode::OK, &go_on),
        Err(failure) => failure.respond(&visit.id),
    };
    visit.browser.dress(&app, response)
}

async fn end(app: &App, visit: &mut Visit, request: Request) -> Result<GoOn, JsonFailure> {
    let Finish { ceremony, next, credential } = json::read(app, &visit.browser, request).await?;
    let attempted = Attempted { account: None, address: visit.address };
    if let Some(retry_after) = attempted.wait(app, visit.now) {
        return Err(JsonFailure::Throttled { retry_after });
    }
    let ceremony = app.people.passkeys.ceremonies.end(&ceremony, visit.browser.id(), visit.now);
    let proved = match ceremony {
        Some(Ceremony::SignIn(state)) => prove(app, visit, &state, &credential).await,
        Some(Ceremony::Register(..)) | None => Err(Unproved::No(None)),
    };
    match proved {
        Ok(user) => {
            complete(app, visit, user, AuthenticationMethod::Passkey).await?;
            Ok(GoOn { redirect: destination(next.as_deref()).to_owned() })
        }
        Err(Unproved::No(sub)) => {
            attempted.failed(app, sub, visit.now).await?;
            Err(JsonFailure::NotAccepted)
        }
        Err(Unproved::Store(error)) => Err(error.into()),
    }
}

/// The person whose passkey answered.
async fn prove(
    app: &App,
    visit: &Visit,
    state: &AuthenticationState,
    answer: &PublicKeyCredential,
) -> Result<Arc<User>, Unproved> {
    let known = app.store.passkey(answer.get_credential_id()).await?.ok_or(Unproved::No(None))?;
    let unproved = || Unproved::No(Some(Arc::clone(&known.sub)));
    // A discoverable credential says whose it is, and that must be its owner (WebAuthn section 7.2, step 6).
    if answer.get_user_unique_id() != Some(known.sub.as_bytes()) {
        return Err(unproved());
    }
    let user = app.store.user(&known.sub).await?.ok_or_else(unproved)?;
    let credential = serde_json::from_str(&known.credential).map_err(|error| {
        tracing::error!(%error, "a stored passkey cannot be read");
        unproved()
    })?;
    let used = app.people.passkeys.signed_in(state, answer, credential).map_err(|error| {
        tracing::info!(request_id = %visit.id, %error, "a passkey was not accepted");
        unproved()
    })?;
    let record = serde_json::to_string(&used).map_err(|_| unproved())?;
    // The store compares counters once more, in the statement that writes: of two uses of one counter one fails.
    if app.store.touch_passkey(&known.id, record, used.counter, visit.now).await? {
        Ok(user)
    } else {
        Err(unproved())
    }
}
