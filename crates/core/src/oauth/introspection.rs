//! What may a resource server learn of a token? (RFC 7662)

use super::access_token::{Audience, Confirmation};
use super::authorization_details::AuthorizationDetails;
use super::scope::Scope;
use super::service_token::ServiceToken;
use super::token_family::TokenFamily;
use serde::Serialize;

/// An introspection response. Whatever is not good says `{"active":false}` and no more (section 2.2).
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Introspection<'a> {
    /// Unknown, expired, revoked, or not for this caller.
    Inactive {
        /// Always false.
        active: False,
    },
    /// Good now.
    Active(Box<ActiveToken<'a>>),
    /// Good now, and nobody granted it: its client acts for itself.
    Service(Box<ActiveServiceToken<'a>>),
}

/// Serialises as `false`.
#[derive(Debug, Clone, Copy)]
pub struct False;

impl Serialize for False {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(false)
    }
}

/// The members of RFC 7662 section 2.2 and RFC 9068 section 6.
#[derive(Debug, Clone, Serialize)]
pub struct ActiveToken<'a> {
    active: bool,
    scope: String,
    client_id: &'a str,
    token_type: &'static str,
    exp: u64,
    iat: u64,
    sub: &'a str,
    iss: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<Audience<'a>>,
    auth_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'static str>,
    amr: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_details: Option<&'a AuthorizationDetails>,
}

/// The same of a service token: its subject is the client (RFC 9068 section 2.2, of `sub`).
#[derive(Debug, Clone, Serialize)]
pub struct ActiveServiceToken<'a> {
    active: bool,
    scope: String,
    client_id: &'a str,
    token_type: &'static str,
    exp: u64,
    iat: u64,
    sub: &'a str,
    iss: &'a str,
    aud: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
}

/// What is said of one token besides its family.
#[derive(Debug, Clone)]
pub struct Token<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// The resource server it is for; `None` for a refresh token.
    pub audience: Option<Audience<'a>>,
    /// Its scope.
    pub scope: Scope,
    /// Issued at, in seconds.
    pub iat: u64,
    /// Expires at, in seconds.
    pub exp: u64,
}

impl<'a> Introspection<'a> {
    /// Nothing is said.
    pub const INACTIVE: Self = Self::Inactive { active: False };

    /// This service token, which may be used for `scope` at `issuer` alone.
    pub fn service(token: &'a ServiceToken, scope: &Scope, issuer: &'a str) -> Self {
        Self::Service(Box::new(ActiveServiceToken {
            active: true,
            scope: scope.to_string(),
            client_id: &token.client_id,
            token_type: token.token_type(),
            exp: token.expires_at,
            iat: token.issued_at,
            sub: &token.client_id,
            iss: issuer,
            aud: issuer,
            cnf: token.is_bound().then_some(token.bound_to),
        }))
    }

    /// A token of this family.
    pub fn active(family: &'a TokenFamily, token: &Token<'a>) -> Self {
        let method = family.authentication.method;
        Self::Active(Box::new(ActiveToken {
            active: true,
            scope: token.scope.to_string(),
            client_id: &family.client_id,
            token_type: super::token_response::token_type(family),
            exp: token.exp,
            iat: token.iat,
            sub: &family.authentication.sub,
            iss: token.issuer,
            aud: token.audience,
            auth_time: family.authentication.auth_time.as_secs(),
            acr: method.acr(),
            amr: method.amr(),
            cnf: Confirmation::of(family),
            authorization_details: family.authorization_details.as_ref(),
        }))
    }
}
