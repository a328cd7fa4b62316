//! What makes the pages an app that can be installed and woken? The manifest and the service worker.

use crate::app::App;
use crate::pages::static_files::{self, StaticFile};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

const SERVICE_WORKER_ALLOWED: HeaderName = HeaderName::from_static("service-worker-allowed");
/// The worker shows notifications with our icon and loads nothing else.
const WORKER_POLICY: &str = "default-src 'none'; connect-src 'self'; img-src 'self'";
/// The `--paper` and `--deep` of the style sheet.
const BACKGROUND: &str = "#f7f5f0";
const THEME: &str = "#17443f";

/// `GET /manifest.webmanifest`: a Web Application Manifest.
pub async fn manifest(State(app): State<Arc<App>>) -> Response {
    let icon = |name: &str, content_type: &str, sizes: &str, purpose: &str| json!({ "src": static_files::address(name), "type": content_type, "sizes": sizes, "purpose": purpose });
    let name = app.pages.operator();
    let manifest = json!({
        "id": "/inbox",
        "name": name,
        "short_name": name,
        "start_url": "/inbox",
        "scope": "/",
        "display": "standalone",
        "background_color": BACKGROUND,
        "theme_color": THEME,
        "icons": [
            icon("favicon.svg", "image/svg+xml", "any", "any"),
            icon("icon-192.png", "image/png", "192x192", "any maskable"),
            icon("icon-512.png", "image/png", "512x512", "any maskable"),
        ],
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/manifest+json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, Body::from(manifest.to_string())).into_response()
}

/// `GET /service-worker.js`. A worker rules over the folder that it comes from, so that it cannot stand with the other
/// static files; and its address must stay the same, so that browsers ask for it anew each time.
pub async fn service_worker(headers: HeaderMap) -> Response {
    let Some(StaticFile { content_type, bytes, etag }) = static_files::get("service-worker.js") else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let seen = headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag == etag);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::ETAG, HeaderValue::from_static(etag)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(WORKER_POLICY)),
        (SERVICE_WORKER_ALLOWED, HeaderValue::from_static("/")),
    ];
    if seen {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, Body::from(bytes)).into_response()
}
