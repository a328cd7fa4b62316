//! How do requests reach a person, and how do they change that? `/account/devices` and its forms.

use super::account::session_mark;
use super::address_verification;
use super::browser::SignedIn;
use super::device_channels::{self, Address};
use super::device_settings;
use super::passwords::PasswordError;
use super::sealed_value::{open, seal};
use super::visit::Visit;
use super::{form, respond};
use crate::app::App;
use crate::pages::views::{AddressCode, AppLink, DevicesFlash, DevicesTrouble, FailureKind};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::oauth::form::Form;
use tandem_core::time::Timestamp;
use tandem_store::StoreError;

pub(super) const HERE: &str = "/account/devices";
const SIGN_IN: &str = "/sign-in?next=/account/devices";
const SIGN_IN_AGAIN: &str = "/sign-in?next=/account/devices&again=1";
const FLASH: &str = "tandem devices flash";
/// How long the page may be loaded again and still say what was just done.
const FLASH_LIFETIME: Duration = Duration::from_mins(1);

/// What came of a form.
pub(super) enum Outcome {
    /// It was done.
    Done(DevicesFlash),
    /// This adds an app.
    App(AppLink),
    /// A code was sent to an address: now they type it, again if it was wrong.
    Code(AddressCode, Option<DevicesTrouble>),
    /// It needs another try.
    Wrong(DevicesTrouble),
    /// What it is about is not there, or not this person's.
    Missing,
    /// The person must prove who they are first.
    SignInAgain,
}

/// Why a form did not come to an end.
pub(super) enum Failed {
    /// The store failed.
    Store(StoreError),
    /// Too many secrets are being checked.
    Busy,
    /// Something of this server failed; the log says what.
    Internal,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<PasswordError> for Failed {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Busy,
            PasswordError::Hash => Self::Internal,
        }
    }
}

/// A form, and who sent it.
pub(super) struct Sent<'a> {
    /// The request.
    pub visit: &'a Visit,
    /// Who is signed in.
    pub person: &'a SignedIn,
    /// What they filled in.
    pub form: &'a Form,
}

/// Which form was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Rename,
    Remove,
    App,
    Email,
    Webhook,
    WebhookCode,
    UserCode,
    QuietHours,
}

/// What a page has that is the answer to a form.
#[derive(Default)]
struct Extra {
    app: Option<AppLink>,
    code: Option<AddressCode>,
    trouble: Option<DevicesTrouble>,
}

/// `GET /account/devices`.
pub(super) async fn show(State(app): State<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let query = Form::parse_query(request.uri().query().unwrap_or_default().as_bytes()).unwrap_or_default();
    drop(request);
    let response = match visit.browser.signed_in() {
        None => respond::redirect(SIGN_IN),
        Some(person) => {
            let flash = query.get("done").and_then(|text| done(&app, person, text, visit.now));
            match super::devices_page::page(&app, &visit, person, None).await {
                Err(error) => respond::store_failure(&app, &visit.id, error),
                Ok(mut page) => {
                    page.flash = flash;
                    respond::page_at(&app, &visit.browser, &visit.id, StatusCode::OK, &page, HERE)
                }
            }
        }
    };
    visit.browser.dress(&app, response)
}

/// `POST /account/devices/rename`.
pub(super) async fn rename(State(app): State<Arc<App>>, request: Request) -> Response {
    submit(&app, request, Action::Rename).await
}

/// `POST /account/devices/remove`.
pub(super) async fn remove(State(app): State<Arc<App>>, request: Request) -> Response {
    submit(&app, request, Action::Remove).await
}

/// `POST /account/devices/app`.
pub(super) async fn app(State(app): State<Arc<App>>, request: Request) -> Response {
    submit(&app, request, Action::App).await
}

/// `POST /account/devices/email`.
pub(super) async fn email(State(app): State<Arc<App>>, request: Request) -> Response {
    submit(&app, request, Action::Email).await
}

/// `POST /account/devices/webhook`.
pub(super) async fn webhook(State(app): State<Arc<App>>, request: Request) -> Response {
    submit(&app, request, Action::Webhook).await
}

/// `POST /account/devices/webhook/code`.
pub(super) async fn webhook_code(State(app): State<Arc<App>>, request: Request) -> Response {
    submit(&app, request, Action::WebhookCode).await
}

/// `POST /account/devices/user-code`.
pub(super) async fn user_code(State(app): State<Arc<App>>, request: Request) -> Response {
    submit(&app, request, Action::UserCode).await
}

/// `POST /account/devices/quiet-hours`.
pub(super) async fn quiet_hours(State(app): State<Arc<App>>, request: Request) -> Response {
    submit(&app, request, Action::QuietHours).await
}

async fn submit(app: &App, request: Request, action: Action) -> Response {
    let visit = match Visit::begin(app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let response = match (form::read(app, request).await, visit.browser.signed_in()) {
        (Err(failure), _) => respond::form_failure(app, &visit.browser, &visit.id, failure),
        (Ok(_), None) => respond::failure(app, &visit.browser, &visit.id, FailureKind::SessionExpired),
        (Ok(form), Some(person)) => {
            let sent = Sent { visit: &visit, person, form: &form };
            let outcome = if visit.browser.csrf_holds(app, form.get("csrf")) {
                act(app, &sent, action).await
            } else {
                Ok(Outcome::Wrong(DevicesTrouble::FormExpired))
            };
            answer(app, &sent, outcome).await
        }
    };
    visit.browser.dress(app, response)
}

async fn act(app: &App, sent: &Sent<'_>, action: Action) -> Result<Outcome, Failed> {
    match action {
        Action::Rename => device_channels::rename(app, sent).await,
        Action::Remove => device_channels::remove(app, sent).await,
        Action::App => device_channels::app(app, sent),
        Action::Email => device_channels::switch(app, sent, Address::Mailbox).await,
        Action::Webhook => device_channels::switch(app, sent, Address::Typed).await,
        Action::WebhookCode => address_verification::finish(app, sent).await,
        Action::UserCode => device_settings::user_code(app, sent).await,
        Action::QuietHours => device_settings::quiet_hours(app, sent).await,
    }
}

async fn answer(app: &App, sent: &Sent<'_>, outcome: Result<Outcome, Failed>) -> Response {
    let Sent { visit, person, .. } = sent;
    let failure = |kind| respond::failure(app, &visit.browser, &visit.id, kind);
    match outcome {
        Ok(Outcome::Done(flash)) => respond::redirect(&after(app, person, flash, visit.now)),
        Ok(Outcome::SignInAgain) => respond::redirect(SIGN_IN_AGAIN),
        Ok(Outcome::Missing) => failure(FailureKind::NotFound),
        Ok(Outcome::App(link)) => again(app, sent, Extra { app: Some(link), ..Extra::default() }).await,
        Ok(Outcome::Code(code, trouble)) => {
            again(app, sent, Extra { code: Some(code), trouble, ..Extra::default() }).await
        }
        Ok(Outcome::Wrong(trouble)) => {
            again(app, sent, Extra { trouble: Some(trouble), ..Extra::default() }).await
        }
        Err(Failed::Store(error)) => respond::store_failure(app, &visit.id, error),
        Err(Failed::Busy) => failure(FailureKind::Unavailable),
        Err(Failed::Internal) => failure(FailureKind::ServerError),
    }
}

/// The page as the answer to a form.
async fn again(app: &App, sent: &Sent<'_>, extra: Extra) -> Response {
    let visit = sent.visit;
    let Extra { app: link, code, trouble } = extra;
    let typed = trouble.is_some().then_some(sent.form);
    let mut page = match super::devices_page::page(app, visit, sent.person, typed).await {
        Ok(page) => page,
        Err(error) => return respond::store_failure(app, &visit.id, error),
    };
    if let (Some(texts), Some(code)) = (&mut page.webhook, code) {
        // What was typed stands there, to be sent once more.
        texts.address.clone_from(&code.address);
        texts.code = Some(code);
    }
    let (status, wait) = trouble.as_ref().map_or((StatusCode::OK, None), status_of);
    (page.app, page.trouble) = (link, trouble);
    let response = respond::page(app, &visit.browser, &visit.id, status, &page);
    match wait {
        Some(seconds) => respond::with_retry_after(response, seconds),
        None => response,
    }
}

const fn status_of(trouble: &DevicesTrouble) -> (StatusCode, Option<u64>) {
    match trouble {
        DevicesTrouble::TooManyTries { retry_after } | DevicesTrouble::TooManyCodes { retry_after } => {
            (StatusCode::TOO_MANY_REQUESTS, Some(*retry_after))
        }
        DevicesTrouble::PasswordWrong
        | DevicesTrouble::CodeWrong { .. }
        | DevicesTrouble::CodeExpired
        | DevicesTrouble::CodeSpent
        | DevicesTrouble::FormExpired => (StatusCode::FORBIDDEN, None),
        DevicesTrouble::CodeNotSent => (StatusCode::SERVICE_UNAVAILABLE, None),
        DevicesTrouble::TooManyDevices { .. } => (StatusCode::CONFLICT, None),
        DevicesTrouble::NameInvalid { .. }
        | DevicesTrouble::AddressInvalid
        | DevicesTrouble::CodeInvalid
        | DevicesTrouble::UserCodeInvalid
        | DevicesTrouble::TimesInvalid
        | DevicesTrouble::ZoneInvalid => (StatusCode::BAD_REQUEST, None),
    }
}

/// The page that says what this person has just done: sealed, so that no link can claim it.
fn after(app: &App, person: &SignedIn, flash: DevicesFlash, now: Timestamp) -> String {
    let kind = DevicesFlash::ALL.iter().position(|one| *one == flash).and_then(|at| u8::try_from(at).ok());
    let mut payload = session_mark(person).to_vec();
    payload.extend(kind);
    format!("{HERE}?done={}", seal(&app.keys.browser, FLASH, &payload, now.plus(FLASH_LIFETIME)))
}

fn done(app: &App, person: &SignedIn, text: &str, now: Timestamp) -> Option<DevicesFlash> {
    let payload = open(&app.keys.browser, FLASH, text, now)?;
    let (mark, kind) = payload.split_first_chunk::<16>()?;
    match kind {
        [kind] if *mark == session_mark(person) => DevicesFlash::ALL.get(usize::from(*kind)).copied(),
        _ => None,
    }
}
