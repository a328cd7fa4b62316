//! The OAuth spine.

mod client_authentication;
mod client_credentials;
mod discovery;
mod dpop;
mod introspection;
mod jwks_uri;
mod mutual_tls;
mod refresh;
mod revocation;
mod service_token;
mod tokens;
mod userinfo;
