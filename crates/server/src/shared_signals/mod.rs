//! Who hears what ended here? Tandem as a transmitter of the Shared Signals Framework 1.0, with CAEP 1.0 events.
//!
//! A receiver is a client that calls with a service token (scopes `ssf.read`, `ssf.manage`). It makes streams
//! ([`stream_endpoint`]), stops and starts them ([`status_endpoint`]), says of whom it wants to hear ([`subject_endpoints`])
//! and tries them out ([`verification_endpoint`]). What happens is written into the outbox of the store along with what
//! it tells of; [`push`] posts it from there, and [`poll_endpoint`] hands it out.

mod call;
mod delivery;
mod metadata_endpoint;
mod poll_endpoint;
pub mod push;
mod sign;
mod status_endpoint;
mod stream_endpoint;
mod subject_endpoints;
mod verification_endpoint;
mod waiting;

use crate::app::App;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;
use tandem_core::oauth::client::{Client, GrantType};
use tandem_core::oauth::service_scope::{SSF_MANAGE, SSF_READ};
use tandem_core::shared_signals::configuration::Setting;
use tandem_core::shared_signals::metadata::path;

/// Where tokens are fetched.
pub const POLL: &str = "/ssf/poll/{stream_id}";

/// The routes; none where the configuration does not want them.
pub fn routes(app: &App) -> Router<Arc<App>> {
    if !app.config.ssf.enabled {
        return Router::new();
    }
    let stream = get(stream_endpoint::read)
        .post(stream_endpoint::create)
        .patch(stream_endpoint::update)
        .put(stream_endpoint::replace)
        .delete(stream_endpoint::delete)
        .fallback(call::wrong_method);
    Router::new()
        .route(path::METADATA, get(metadata_endpoint::metadata).fallback(call::wrong_method))
        .route(path::CONFIGURATION, stream)
        .route(
            path::STATUS,
            get(status_endpoint::read).post(status_endpoint::update).fallback(call::wrong_method),
        )
        .route(path::ADD_SUBJECT, post(subject_endpoints::add).fallback(call::wrong_method))
        .route(path::REMOVE_SUBJECT, post(subject_endpoints::remove).fallback(call::wrong_method))
        .route(path::VERIFICATION, post(verification_endpoint::verify).fallback(call::wrong_method))
        .route(POLL, post(poll_endpoint::poll).fallback(call::wrong_method))
}

/// Whether a client may still receive: one that was removed, or lost its scopes, hears nothing more.
pub(crate) fn is_receiver(client: &Client) -> bool {
    let scope = &client.scope;
    client.may_use(GrantType::ClientCredentials) && (scope.contains(SSF_READ) || scope.contains(SSF_MANAGE))
}

/// What the transmitter adds to the terms of each stream.
fn setting(app: &App) -> Setting<'_> {
    let ssf = &app.config.ssf;
    Setting {
        issuer: app.issuer(),
        min_verification_interval: ssf.min_verification_interval.into(),
        inactivity_timeout: ssf.inactivity_timeout.map(u64::from),
    }
}
