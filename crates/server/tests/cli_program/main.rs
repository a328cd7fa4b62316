//! Does the `tandem` program do what its help says? The real binary, from outside.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, also in what tests share"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "real processes live in real time: waiting for them needs deadlines"
)]

mod advise;
mod assess;
mod clients;
mod config;
mod content_filter;
mod demo;
mod devices;
mod doctor;
mod incidents;
mod keys;
mod policy;
mod serve;
mod ssf;
mod support;
mod user_devices;
mod users;
