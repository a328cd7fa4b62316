//! Does the edge keep its promises, on real sockets?
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests explain themselves by their names, and fail by panicking, in their helpers too"
)]

mod address;
mod client_certificate;
mod drain;
mod limits;
mod log;
mod metrics;
mod support;
mod tls;
