//! Does the assessment weigh what its rules say, and does everything that it advises help?
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod activity;
mod advise;
mod bcp;
mod exploits;
mod remedies;
mod severity;
mod subjects;
