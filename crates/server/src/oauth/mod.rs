//! What the OAuth endpoints share: reading a call, knowing the client, proofs, tokens, failures.

pub mod answer;
pub mod authorization_header;
pub mod call;
pub mod certificate_binding;
pub mod client_authentication;
pub mod client_credentials;
pub mod cross_origin;
pub mod failure;
pub mod issue;
pub mod presented_token;
pub mod proof_of_possession;
pub mod service_token;
