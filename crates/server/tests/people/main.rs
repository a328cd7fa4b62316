//! People as a browser meets them: signing in and out, sessions, passkeys, the account page, and everything that must
//! not work.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod account;
mod accounts;
mod address_verification;
mod authenticator;
mod device_room;
mod devices;
mod forms;
mod operators;
mod passkeys;
mod push_service;
mod sessions;
mod sign_in;
mod support;
mod text_service;
mod throttle;
mod web_push;
mod web_push_renewal;
