//! The server as a caller meets it: endpoints, pages, and a named test for every requirement of a specification.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail loudly"
)]

mod admin_api;
mod authorization_device;
mod bad_input;
mod ciba;
mod codes;
mod conformance;
mod content_filter;
mod device_authorization;
mod effort;
mod incidents;
mod initiation;
mod oauth;
mod proximity;
mod qr_code;
mod received_signals;
mod shared_signals;
mod support;
mod tokens;
mod trusted_devices;
