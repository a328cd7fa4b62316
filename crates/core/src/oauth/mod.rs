//! The OAuth 2.0 spine that every room stands on.
//!
//! RFC 6749, RFC 7009, RFC 7591 (names), RFC 7662, RFC 8414, RFC 9068, RFC 9449. Each file answers one question.

pub mod access_token;
pub mod authorization_details;
pub mod client;
pub mod client_assertion;
pub mod client_check;
pub mod device_description;
pub mod error_code;
pub mod form;
pub mod initiation;
pub mod introspection;
pub mod metadata;
pub mod refresh;
pub mod scope;
pub mod sealed_token;
pub mod service_scope;
pub mod service_token;
pub mod token_family;
pub mod token_response;
