//! How does the server say that it is well? The routes of the admin listener; nothing in them is secret.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::fmt;
use std::sync::Arc;

use super::metrics::{self, Reading};
use super::settings::Draining;

pub(super) const TEMPLATES: [&str; 4] = ["/health", "/health/live", "/health/ready", "/metrics"];

/// What the admin routes ask of the server.
#[derive(Clone)]
pub struct Health {
    ready: Arc<dyn Fn() -> Result<(), &'static str> + Send + Sync>,
    census: Arc<dyn Fn() -> Vec<Reading> + Send + Sync>,
    draining: Draining,
}

impl Health {
    /// `ready` says whether requests can be served, or in one word why not; `census` counts what is there. Both are
    /// asked often and must not wait. `draining` is the one in the server's settings.
    pub fn new(
        ready: impl Fn() -> Result<(), &'static str> + Send + Sync + 'static,
        census: impl Fn() -> Vec<Reading> + Send + Sync + 'static,
        draining: Draining,
    ) -> Self {
        Self { ready: Arc::new(ready), census: Arc::new(census), draining }
    }

    fn ready(&self) -> Result<(), &'static str> {
        if self.draining.is_raised() { Err("draining") } else { (self.ready)() }
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").field("draining", &self.draining).finish_non_exhaustive()
    }
}

/// `/health/live` answers for as long as the process does; `/health/ready` and `/health` say whether requests should
/// be sent here; `/metrics` is for Prometheus.
pub fn router(health: Health) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(readiness))
        .route("/health", get(readiness))
        .route("/metrics", get(counted))
        .with_state(health)
}

async fn live() -> Response {
    json(StatusCode::OK, r#"{"status":"live"}"#.to_owned())
}

async fn readiness(State(health): State<Health>) -> Response {
    match health.ready() {
        Ok(()) => json(StatusCode::OK, r#"{"status":"ready"}"#.to_owned()),
        Err(reason) => {
            let body = serde_json::json!({ "status": "not_ready", "reason": reason });
            json(StatusCode::SERVICE_UNAVAILABLE, body.to_string())
        }
    }
}

async fn counted(State(health): State<Health>) -> Response {
    let text = metrics::render(&(health.census)());
    (uncached("text/plain; version=0.0.4; charset=utf-8"), text).into_response()
}

fn json(status: StatusCode, body: String) -> Response {
    (status, uncached("application/json"), body).into_response()
}

fn uncached(content_type: &'static str) -> [(HeaderName, HeaderValue); 2] {
    [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ]
}
