//! How does a person sign in and out? `/sign-in` with a password; `/sign-out`.

use super::local_path::local_path;
use super::passwords::PasswordError;
use super::throttle::{Attempted, event};
use super::usernames::normalise_username;
use super::visit::Visit;
use super::{form, respond};
use crate::app::App;
use crate::device_authorization::pending;
use crate::operators;
use crate::pages::views::{FailureKind, SignIn, SignInTrouble};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;
use tandem_core::oauth::form::Form;
use tandem_core::oauth::token_family::AuthenticationMethod;
use tandem_store::{StoreError, User};

/// Where people go after signing in.
const AFTERWARDS: &str = "/account";
/// Where people sign in once more before something sensitive on the account page.
pub(super) const AGAIN_FOR_ACCOUNT: &str = "/sign-in?next=/account&again=1";

/// What came of a try.
enum Outcome {
    SignedIn,
    Wrong,
    Throttled { retry_after: u64 },
}

/// Why a try did not come to an end.
enum Trouble {
    Store(StoreError),
    Password(PasswordError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<PasswordError> for Trouble {
    fn from(error: PasswordError) -> Self {
        Self::Password(error)
    }
}

/// Where to go after signing in: `next`, if it stays on this server.
pub(super) fn destination(next: Option<&str>) -> &str {
    next.and_then(local_path).unwrap_or(AFTERWARDS)
}

/// `GET /sign-in`. Who is signed in goes on, unless they shall do it again.
pub(super) async fn show(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let query = Form::parse_query(request.uri().query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let next = destination(query.get("next"));
    let again = query.get("again").is_some();
    if visit.browser.signed_in().is_some() && !again {
        return visit.browser.dress(&app, respond::redirect(next));
    }
    let trouble = match (visit.browser.has_expired(), visit.browser.signed_in().is_some()) {
        (true, _) => Some(SignInTrouble::SessionExpired),
        (false, true) if operators::leads_here(next) => Some(SignInTrouble::AgainToAct),
        (false, true) => Some(SignInTrouble::Again),
        (false, false) => None,
    };
    let username = visit.browser.signed_in().map(|person| person.user.username.clone()).unwrap_or_default();
    let page = sign_in_page(&app, &visit, request.headers(), next, username, trouble);
    let here = format!("/sign-in?next={}{}", encoded(next), if again { "&again=1" } else { "" });
    let response = respond::page_at(&app, &visit.browser, &visit.id, StatusCode::OK, &page, &here);
    visit.browser.dress(&app, response)
}

/// `POST /sign-in`. Unknown people and wrong passwords get the same answer, at the same cost.
pub(super) async fn submit(State(app): State<Arc<App>>, request: Request) -> Response {
    let mut visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let headers = request.headers().clone();
    let form = match form::read(&app, request).await {
        Ok(form) => form,
        Err(failure) => {
            let response = respond::form_failure(&app, &visit.browser, &visit.id, failure);
            return visit.browser.dress(&app, response);
        }
    };
    let next = destination(form.get("next"));
    let typed: String = form.get("username").unwrap_or_default().chars().take(128).collect();
    let again = |visit: &Visit, status, trouble| {
        let page = sign_in_page(&app, visit, &headers, next, typed.clone(), Some(trouble));
        respond::page(&app, &visit.browser, &visit.id, status, &page)
    };
    let response = if visit.browser.csrf_holds(&app, form.get("csrf")) {
        match attempt(&app, &mut visit, &typed, form.get("password").unwrap_or_default()).await {
            Ok(Outcome::SignedIn) => respond::redirect(next),
            Ok(Outcome::Wrong) => again(&visit, StatusCode::FORBIDDEN, SignInTrouble::Wrong),
            Ok(Outcome::Throttled { retry_after }) => {
                let trouble = SignInTrouble::Throttled { retry_after };
                respond::with_retry_after(again(&visit, StatusCode::TOO_MANY_REQUESTS, trouble), retry_after)
            }
            Err(Trouble::Password(PasswordError::Busy)) => {
                respond::failure(&app, &visit.browser, &visit.id, FailureKind::Unavailable)
            }
            Err(Trouble::Store(error)) => respond::store_failure(&app, &visit.id, error),
            Err(Trouble::Password(PasswordError::Hash)) => {
                respond::failure(&app, &visit.browser, &visit.id, FailureKind::ServerError)
            }
        }
    } else {
        again(&visit, StatusCode::FORBIDDEN, SignInTrouble::FormExpired)
    };
    visit.browser.dress(&app, response)
}

async fn attempt(app: &App, visit: &mut Visit, typed: &str, password: &str) -> Result<Outcome, Trouble> {
    let username = normalise_username(typed).unwrap_or_default();
    let attempted = Attempted { account: Some(&username), address: visit.address };
    if let Some(retry_after) = attempted.wait(app, visit.now) {
        return Ok(Outcome::Throttled { retry_after });
    }
    let user = app.store.user_by_username(&username).await?;
    let turn = app.people.passwords.turn().await?;
    // Asked again, since others had their turn meanwhile: a thousand tries at once are no way around the limit.
    if let Some(retry_after) = attempted.wait(app, visit.now) {
        return Ok(Outcome::Throttled { retry_after });
    }
    let matches = turn.verify(user.as_deref(), password).await?;
    let Some(user) = user else {
        attempted.failed(app, None, visit.now).await?;
        return Ok(Outcome::Wrong);
    };
    if !matches {
        attempted.failed(app, Some(Arc::clone(&user.sub)), visit.now).await?;
        return Ok(Outcome::Wrong);
    }
    if let Some(old) = user.password_hash.clone().filter(|hash| app.people.passwords.is_outdated(hash)) {
        let fresh = turn.hash(password).await?;
        // Whoever changed the password meanwhile wins.
        app.store.rehash_password(&user.sub, old, fresh, visit.now).await?;
    }
    drop(turn);
    complete(app, visit, user, AuthenticationMethod::Password).await?;
    Ok(Outcome::SignedIn)
}

/// Records that somebody proved who they are, and begins their session. In this order: if the record cannot be
/// written, nobody is signed in.
pub(super) async fn complete(
    app: &App,
    visit: &mut Visit,
    user: Arc<User>,
    method: AuthenticationMethod,
) -> Result<(), StoreError> {
    let how = match method {
        AuthenticationMethod::Password => "password",
        AuthenticationMethod::Passkey => "passkey",
        AuthenticationMethod::AppKey => "app_key",
    };
    let mut signed_in = event("sign_in", visit.now, Some(Arc::clone(&user.sub)), visit.address);
    signed_in.detail = Some(how.to_owned());
    app.store.record_event(signed_in).await?;
    visit.browser.sign_in(app, user, method, visit.address, visit.user_agent.as_deref()).await
}

/// `POST /sign-out`.
pub(super) async fn sign_out(State(app): State<Arc<App>>, request: Request) -> Response {
    let mut visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match form::read(&app, request).await {
        Err(failure) => respond::form_failure(&app, &visit.browser, &visit.id, failure),
        Ok(form) if !visit.browser.csrf_holds(&app, form.get("csrf")) => {
            respond::failure(&app, &visit.browser, &visit.id, FailureKind::Csrf)
        }
        Ok(_) => match visit.browser.sign_out(&app).await {
            Ok(()) => respond::redirect("/"),
            Err(error) => respond::store_failure(&app, &visit.id, error),
        },
    };
    visit.browser.dress(&app, response)
}

fn sign_in_page(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    next: &str,
    username: String,
    trouble: Option<SignInTrouble>,
) -> SignIn {
    let asked_by = pending::client_name(app, headers, visit.now);
    SignIn { next: next.to_owned(), username, asked_by, trouble }
}

/// A path as the value of a query parameter.
fn encoded(path: &str) -> String {
    form_urlencoded::byte_serialize(path.as_bytes()).collect()
}
