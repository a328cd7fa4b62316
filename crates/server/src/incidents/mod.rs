//! Something was misused: what does the server do about it, by itself and when it is told to? (BCP 6.1.6)
//!
//! Whatever notices misuse writes a security event. [`run`] reads them in their order, opens incidents as the rules say, and
//! contains those that are to be contained at once. People and programs come by [`contain`]. What was begun and not finished
//! is carried on: after an error, by the next look, and after a crash before the server serves ([`resume`]).

pub mod closing;
pub mod containment;
mod finding;
pub mod misuse;
pub mod reporting;
pub mod stopping;
pub mod summary;
mod worker;

pub use containment::{ContainError, Terms, contain, resume};
pub use worker::{run, work_due};

use std::sync::atomic::AtomicU64;
use tokio::sync::Mutex;

/// What looking after incidents remembers while the server runs.
#[derive(Debug, Default)]
pub struct Memory {
    /// Who contains something at the moment: one at a time, so that whoever asked for it can say what came of it.
    turn: Mutex<()>,
    /// Up to when operators have their daily summary, in milliseconds.
    summed_up: AtomicU64,
}
