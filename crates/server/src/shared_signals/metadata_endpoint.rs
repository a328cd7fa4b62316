//! `/.well-known/ssf-configuration`: what can this transmitter do? (SSF 1.0 section 7)

use crate::app::App;
use crate::oauth::cross_origin;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tandem_core::oauth::metadata::path;
use tandem_core::shared_signals::metadata::TransmitterMetadata;

/// The document.
pub async fn metadata(State(app): State<Arc<App>>) -> Response {
    let ssf = &app.config.ssf;
    let critical = ssf.critical_subject_members.clone();
    let document = TransmitterMetadata::new(app.issuer(), path::JWKS, critical, ssf.default_subjects);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    let mut response = (headers, serde_json::to_vec(&document).unwrap_or_default()).into_response();
    cross_origin::open(response.headers_mut());
    response
}
