//! What happens to every request before and after its route? The edge: sockets, TLS, limits, addresses, logs, counts.
//!
//! [`serve::run`] listens; each connection is let in (`guard`, `handshake`), spoken with (`connection`) and handed to [`service::EdgeService`], which passes over a request once:
//! who calls ([`address`]), under which id ([`request_id`]), within which time, and what came of it ([`routes`],
//! [`log`]). It is one service around the router and no stack of layers, because it runs on every request.
//! Handlers take from here [`body::read_body`], [`harden::PageHeaders`] and the counters in [`metrics`].

pub mod address;
pub mod admin;
pub mod body;
pub mod client_certificate;
mod connection;
pub mod fault;
mod forwarded;
mod guard;
mod handshake;
pub mod harden;
pub mod log;
mod log_format;
pub mod metrics;
pub mod panics;
pub mod request_id;
pub mod routes;
pub mod serve;
pub mod service;
pub mod settings;
pub mod signals;
pub mod tls;
