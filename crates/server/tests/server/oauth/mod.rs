//! The OAuth spine.

mod client_authentication;
mod discovery;
mod dpop;
mod introspection;
mod refresh;
mod revocation;
mod tokens;
mod userinfo;
