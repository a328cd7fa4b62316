//! OpenID Connect Core 1.0: ID tokens and userinfo.

pub mod id_token;
pub mod initiator_token;
pub mod userinfo;
