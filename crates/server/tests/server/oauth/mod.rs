//! The OAuth spine.

mod client_authentication;
mod discovery;
mod dpop;
mod introspection;
mod mutual_tls;
mod refresh;
mod revocation;
mod tokens;
mod userinfo;
