//! Where do clients learn what this server does and which keys it signs with? (RFC 8414, OpenID Discovery, RFC 7517)

use crate::app::App;
use crate::config::BUILT_IN_SCOPES;
use crate::oauth::cross_origin;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tandem_core::crossing::Room;
use tandem_core::oauth::metadata::Metadata;
use tandem_core::oauth::service_scope;

/// `/.well-known/oauth-authorization-server` and `/.well-known/openid-configuration`.
pub async fn metadata(State(app): State<Arc<App>>) -> Response {
    cacheable(app.metadata())
}

/// `jwks_uri`.
pub async fn jwks(State(app): State<Arc<App>>) -> Response {
    cacheable(app.keys.signing().document.clone())
}

/// The metadata document of this server.
pub fn document(app: &App) -> Bytes {
    let own = app.config.scopes.keys().cloned();
    let built_in = BUILT_IN_SCOPES.iter().chain(&service_scope::ALL).map(ToString::to_string);
    let scopes = built_in.chain(own).collect();
    let mut metadata =
        Metadata::new(app.issuer(), &app.algorithms(), scopes).with_details_types(app.details_types.names());
    for client in app.clients.all() {
        for room in Room::ALL {
            metadata.announce(&app.policy(room, &client.client_id));
        }
    }
    if app.config.takes_client_certificates() {
        metadata = metadata.with_mutual_tls(|path| app.config.mtls_alias(path));
    }
    if !app.attesters.is_empty() {
        metadata = metadata.with_attestations();
    }
    serde_json::to_string(&metadata).unwrap_or_default().into()
}

fn cacheable(body: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")),
    ];
    let mut response = (headers, body).into_response();
    cross_origin::open(response.headers_mut());
    response
}
