//! Does the server call others only where it may, and does it bear whatever they answer? Are people told?
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests explain themselves by their names, and fail by panicking, in their helpers too"
)]

mod addresses;
mod answers;
mod bounds;
mod exchange;
mod mail;
mod mail_server;
mod notifier;
mod people;
mod published_keys;
mod silence;
mod support;
mod tls;
mod webhook;
