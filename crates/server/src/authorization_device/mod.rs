//! The API for apps that are a person's authorization device: JSON, each call with a DPoP proof of the app's key.
//!
//! A device is its key: its id is the key's thumbprint (RFC 7638), and there is no token to steal.
//!
//! 1. [`registration_code`]: the person makes a code on their page of devices; [`register`]: the app trades it, and a
//!    proof of its key, for being a device of that person.
//! 2. [`requests`]: the app asks what waits for the person; [`events`] tells it when to ask again.
//! 3. [`decision`]: the app signs what the person decided over what it showed them ([`shown`], [`signed_decision`]).
//! 4. [`forget`]: the app goes. The person can remove it, too, on their page; both count at once.

mod call;
mod decision;
mod device;
mod events;
mod forget;
mod register;
pub mod registration_code;
mod requests;
mod shown;
mod signed_decision;

use crate::app::App;
use axum::Router;
use axum::routing::{delete, get, post};
use std::sync::Arc;

/// Where the API is, under the issuer: `tandem_authorization_device_endpoint`.
pub const PATH: &str = "/authorization-device";
const REGISTER: &str = "/authorization-device/register";
const REQUESTS: &str = "/authorization-device/requests";
const EVENTS: &str = "/authorization-device/events";

/// The routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(PATH, delete(forget::forget).fallback(call::wrong_method))
        .route(
            REGISTER,
            get(register::opened_in_a_browser).post(register::register).fallback(call::wrong_method),
        )
        .route(REQUESTS, get(requests::list).fallback(call::wrong_method))
        .route("/authorization-device/requests/{id}", get(requests::show).fallback(call::wrong_method))
        .route(
            "/authorization-device/requests/{id}/decision",
            post(decision::decide).fallback(call::wrong_method),
        )
        .route(EVENTS, get(events::events).fallback(call::wrong_method))
}
