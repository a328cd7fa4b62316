//! What runs at the other ends of a crossing? Real device software, used by people, demos and tests.
//!
//! `login` is the whole story of one sign-in on a terminal: discover the server, ask for codes, show them, poll, keep
//! the tokens. `ciba` asks a person on their own phone instead, and `phone` is such a phone. The other modules are
//! their chapters, each usable alone; what touches clock, network or randomness sits behind
//! [`surroundings::Surroundings`], and what touches a keyboard in [`world`].

pub mod along;
pub mod ciba;
pub mod cli;
pub mod client_authentication;
pub mod client_key;
pub mod console;
pub mod conversation;
pub mod device_authorization;
pub mod discovery;
pub mod dpop;
pub mod event_stream;
pub mod failure;
pub mod http;
pub mod http_date;
pub mod interrupt;
pub mod issuer;
pub mod keeper;
pub mod living_qr;
pub mod login;
pub mod phone;
pub mod poll;
pub mod qr;
pub mod redeem;
pub mod screen;
pub mod secret_file;
pub mod surroundings;
pub mod token_response;
pub mod world;
