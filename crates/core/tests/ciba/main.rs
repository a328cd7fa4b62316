//! Does the CIBA room take what CIBA Core and FAPI-CIBA allow, and refuse the rest with the right word?
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a failed assumption is a failed test"
)]

mod binding_message;
mod callback;
#[path = "../forger/mod.rs"]
mod forger;
mod id_token_hint;
mod login_hint_token;
mod never_panics;
mod poll;
mod refusal;
mod request;
mod signed_parameters;
mod signed_request;
mod support;
