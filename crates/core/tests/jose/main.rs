//! Do JOSE, DPoP and client assertions take what RFCs and a foreign library make, and refuse the rest?
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a failed assumption is a failed test"
)]

mod client_assertion;
mod dpop;
mod foreign;
#[path = "../forger/mod.rs"]
mod forger;
mod keys;
mod never_panics;
mod refusals;
mod support;
mod vectors;
