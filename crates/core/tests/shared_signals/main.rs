//! Shared signals: subjects, matching, tokens, and what receivers send. (SSF 1.0, CAEP 1.0, RFC 8935, RFC 8936, RFC 9493)
#![allow(missing_docs, reason = "a test binary has no readers of its documentation")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, in its helper functions too"
)]

mod configuration;
mod delivery;
mod matching;
mod never_panics;
mod subject;
mod tokens;
