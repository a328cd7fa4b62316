//! What runs at the other ends of a crossing? Real device software, used by people, demos and tests.
//!
//! `login` is the whole story of one sign-in on a terminal: discover the server, ask for codes, show them, poll, keep
//! the tokens. The other modules are its chapters, each usable alone; what touches clock, network or randomness sits
//! behind [`surroundings::Surroundings`].

pub mod cli;
pub mod device_authorization;
pub mod discovery;
pub mod dpop;
pub mod failure;
pub mod http;
pub mod interrupt;
pub mod login;
pub mod poll;
pub mod qr;
pub mod screen;
pub mod secret_file;
pub mod surroundings;
