//! Who tells this server that somebody or something is to be trusted less? (RFC 8935 as a recipient; CAEP 1.0, RISC 1.0)
//!
//! A transmitter of the configuration pushes Security Event Tokens to an address of its own, of which no metadata speaks. What
//! a token may change, core says; that it changes it once, wholly, and before the transmitter hears so, the store sees to.

mod endpoint;
mod refusal;
mod transmitter;

pub use transmitter::{Receiver, TransmitterError};

use crate::app::App;
use axum::Router;
use axum::routing::any;
use std::sync::Arc;

/// Where tokens are pushed to, for counting.
pub const TEMPLATE: &str = "/ssf/receive/{name}";
/// The address without the transmitter's name.
const PREFIX: &str = "/ssf/receive/";

/// The one route.
pub fn routes() -> Router<Arc<App>> {
    // Every method, so that a wrong one is told which is right.
    Router::new().route(TEMPLATE, any(endpoint::receive))
}
