//! How does a page get to the browser? With its headers, in the browser's language, never kept in a cache.

use super::browser::Browser;
use super::form::FormFailure;
use super::local_path::local_path;
use crate::app::App;
use crate::edge::request_id::RequestId;
use crate::pages::views::{Failure, FailureKind};
use crate::pages::{Frame, Locale, Page};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tandem_store::StoreError;

/// A page that is the answer to a form: it has no address of its own, so no language switch.
pub fn page(app: &App, browser: &Browser, id: &RequestId, status: StatusCode, page: &impl Page) -> Response {
    draw(app, Some(browser), id, status, page, None)
}

/// A page that is found again at `here`: a path on this server, with its query.
pub fn page_at(
    app: &App,
    browser: &Browser,
    id: &RequestId,
    status: StatusCode,
    page: &impl Page,
    here: &str,
) -> Response {
    draw(app, Some(browser), id, status, page, local_path(here))
}

/// The page that says what went wrong. The browser keeps its session and its cookies.
pub fn failure(app: &App, browser: &Browser, id: &RequestId, kind: FailureKind) -> Response {
    let page = Failure { kind, retry_after: None, next: None };
    draw(app, Some(browser), id, status_of(kind), &page, None)
}

/// The page for a form that was not read.
pub fn form_failure(app: &App, browser: &Browser, id: &RequestId, failure: FormFailure) -> Response {
    tracing::info!(request_id = %id, %failure, "a form was refused");
    self::failure(app, browser, id, failure.kind())
}

/// The page when the store does not answer, so that nobody knows who is there.
pub fn store_failure(app: &App, id: &RequestId, error: StoreError) -> Response {
    tracing::error!(request_id = %id, %error, "the store failed");
    let page = Failure { kind: FailureKind::Unavailable, retry_after: None, next: None };
    draw(app, None, id, StatusCode::SERVICE_UNAVAILABLE, &page, None)
}

/// Sends the browser on, with a GET. Anything but a path on this server leads home.
pub fn redirect(to: &str) -> Response {
    let location = local_path(to).and_then(|path| HeaderValue::from_str(path).ok());
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location.unwrap_or(HeaderValue::from_static("/")));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// Adds when to come back, in seconds.
pub fn with_retry_after(mut response: Response, seconds: u64) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

fn draw(
    app: &App,
    browser: Option<&Browser>,
    id: &RequestId,
    status: StatusCode,
    page: &impl Page,
    here: Option<&str>,
) -> Response {
    let person = browser.and_then(Browser::signed_in).map(|person| &person.user);
    let frame = Frame {
        locale: browser.map_or_else(Locale::default, Browser::locale),
        request_id: id.as_str(),
        signed_in_as: person.map(|user| user.name.clone().unwrap_or_else(|| user.username.clone())),
        csrf: browser.map(|browser| browser.csrf(app)),
        here: here.map(ToOwned::to_owned),
    };
    let rendered = app.pages.render(page, &frame);
    if let Some(fault) = rendered.fault {
        tracing::error!(request_id = %id, %fault, "a template failed; the page was drawn without it");
    }
    let mut response = Response::new(Body::from(rendered.html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    app.people.page_headers.apply(headers);
    if page.asks_location() {
        app.people.page_headers.allow_location(headers);
    }
    response
}

fn status_of(kind: FailureKind) -> StatusCode {
    StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
