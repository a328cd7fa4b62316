//! Does a store keep its promises? `suite` asks what every backend must do, `sqlite` what only this one can do wrong.
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, in its helper functions too"
)]

mod fixture;
mod sqlite;
mod suite;
