//! The endpoints that no single flow owns, one file each, named by their metadata key.

pub mod discovery;
pub mod introspection_endpoint;
pub mod revocation_endpoint;
pub mod token_endpoint;
pub mod userinfo_endpoint;
