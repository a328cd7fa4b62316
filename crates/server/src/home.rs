//! What is at the front door, and behind no door: the home page, static files, unknown addresses?

use crate::app::App;
use crate::pages::static_files;
use crate::pages::views::{FailureKind, Home};
use crate::people::respond;
use crate::people::visit::Visit;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// `GET /`.
pub async fn home(State(app): State<Arc<App>>, request: Request, page: Home) -> Response {
    match Visit::begin(&app, &request).await {
        Ok(visit) => {
            let response = respond::page_at(&app, &visit.browser, &visit.id, StatusCode::OK, &page, "/");
            visit.browser.dress(&app, response)
        }
        Err(response) => response,
    }
}

/// `GET /static/…`. An address with a digest in its query never changes what it stands for.
pub async fn static_file(Path(name): Path<String>, request: Request) -> Response {
    let Some(file) = static_files::get(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let dated = request.uri().query().is_some_and(|query| query.starts_with("v="));
    let caching = if dated { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    let seen = request.headers().get(header::IF_NONE_MATCH).is_some_and(|tag| tag == file.etag);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.content_type)),
        (header::ETAG, HeaderValue::from_static(file.etag)),
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    if seen {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, Body::from(file.bytes)).into_response()
}

/// `GET /favicon.ico`, which browsers ask for whatever the page says.
pub async fn favicon(request: Request) -> Response {
    static_file(Path("favicon.svg".to_owned()), request).await
}

/// Every other address.
pub async fn not_found(State(app): State<Arc<App>>, request: Request) -> Response {
    match Visit::begin(&app, &request).await {
        // Dressed like every page: an address that is hidden from somebody must not answer differently.
        Ok(visit) => {
            let response = respond::failure(&app, &visit.browser, &visit.id, FailureKind::NotFound);
            visit.browser.dress(&app, response)
        }
        Err(response) => response,
    }
}
