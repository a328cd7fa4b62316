//! What was granted in one redemption, and does it still hold?
//!
//! A family is everything that descends from one crossing: its access tokens, and its line of refresh tokens. It is
//! named after the crossing, and a crossing has one family at most: the primary key is the second lock on redemption.

use super::authorization_details::AuthorizationDetails;
use super::device_description::DeviceDescription;
use super::scope::Scope;
use crate::crossing::{Approved, CrossingId, Room};
use crate::digest::Digest;
use crate::mitigations::Limits;
use crate::mitigations::facts::{Sender, SenderDemand};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Who the person is, and how and when they signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// The subject identifier.
    pub sub: Arc<str>,
    /// When they signed in: `auth_time`.
    pub auth_time: Timestamp,
    /// How.
    pub method: AuthenticationMethod,
}

/// How a person signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthenticationMethod {
    /// By password.
    Password,
    /// By passkey, with user verification.
    Passkey,
    /// By the key of an app that checked who holds the phone, over what the app showed.
    AppKey,
}

impl AuthenticationMethod {
    /// Authentication method references (RFC 8176).
    pub const fn amr(self) -> &'static [&'static str] {
        match self {
            Self::Password => &["pwd"],
            Self::Passkey | Self::AppKey => &["pop", "user"],
        }
    }

    /// The authentication context class: `phr`, phishing-resistant, is OpenID EAP ACR Values 1.0; a password has none.
    pub const fn acr(self) -> Option<&'static str> {
        match self {
            Self::Password => None,
            Self::Passkey | Self::AppKey => Some("phr"),
        }
    }
}

/// The tokens that descend from one redemption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenFamily {
    /// Its name: that of the crossing.
    pub crossing: CrossingId,
    /// The flow it came from.
    pub room: Room,
    /// Whose tokens.
    pub client_id: Arc<str>,
    /// Who granted.
    pub authentication: Authentication,
    /// What was granted.
    pub scope: Scope,
    /// OpenID Connect Core `nonce` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Box<str>>,
    /// The key that every token of the family is bound to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<Digest>,
    /// The SHA-256 of the certificate that every token of the family is bound to, if any (RFC 8705 section 3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Digest>,
    /// What in particular was authorized (RFC 9396).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<AuthorizationDetails>,
    /// The resources that its access tokens are for (RFC 8707); the client's registration says so if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<Box<str>>,
    /// On which device it works.
    pub device: DeviceDescription,
    /// The registered or attested device that asked: it alone collects and refreshes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Arc<str>>,
    /// Since when.
    pub issued_at: Timestamp,
    /// Whether and until when it can be refreshed.
    pub refresh: Refresh,
    /// The longest life of its access tokens in seconds, where policy tightened it for the yes that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_ceiling: Option<u32>,
    /// Until when access tokens can be outstanding; the row may be swept after this and [`Refresh::Until`].
    pub access_until: Timestamp,
    /// How often it was refreshed: the generation of the one refresh token that is good.
    pub generation: u32,
    /// When it was last refreshed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refreshed_at: Option<Timestamp>,
    /// Whether it holds.
    pub state: FamilyState,
}

/// Whether a family can be refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refresh {
    /// It has no refresh token.
    Never,
    /// Until this moment, however often it is refreshed before.
    Until(Timestamp),
}

/// Whether a family holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FamilyState {
    /// It does.
    Active,
    /// It ended: every token of it is dead.
    Revoked {
        /// When.
        at: Timestamp,
        /// Why.
        by: Revocation,
    },
}

/// Why a family ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revocation {
    /// The client said so (RFC 7009).
    Client,
    /// The person said so on the account page.
    Person,
    /// An operator said so.
    Operator,
    /// A refresh token was used a second time (RFC 9700 section 4.14.2).
    Reuse,
    /// It was part of an incident that was contained (BCP 6.1.6).
    Incident,
}

impl Revocation {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Client, Self::Person, Self::Operator, Self::Reuse, Self::Incident];

    /// The word in the store and in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Person => "person",
            Self::Operator => "operator",
            Self::Reuse => "reuse",
            Self::Incident => "incident",
        }
    }
}

/// How long the tokens of a family live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// An access token.
    pub access_token: Duration,
    /// The whole family, from redemption, however often it is refreshed.
    pub refresh_token: Duration,
}

impl Lifetimes {
    /// These lives, as far as policy lets them be.
    #[must_use]
    pub fn within(self, limits: &Limits) -> Self {
        let least = |wanted: Duration, most: Option<Duration>| most.map_or(wanted, |most| most.min(wanted));
        Self {
            access_token: least(self.access_token, limits.access_token_lifetime),
            refresh_token: least(self.refresh_token, limits.refresh_token_lifetime),
        }
    }
}

impl TokenFamily {
    /// The family that a redemption founds, bound to what the sender proved. It can be refreshed if `offline_access` was granted
    /// (OpenID Connect Core section 11) and the client may use refresh tokens.
    pub fn found(
        approved: &Approved,
        sender: Sender,
        lifetimes: Lifetimes,
        may_refresh: MayRefresh,
        now: Timestamp,
    ) -> Self {
        let Approved { id, request, approval, .. } = approved;
        let backchannel = request.backchannel.as_deref();
        let lifetimes = match approval.ceilings {
            Some(ceilings) => lifetimes.within(&ceilings.limits()),
            None => lifetimes,
        };
        let refreshable = may_refresh == MayRefresh::Yes
            && approval.scope.contains("offline_access")
            && !lifetimes.refresh_token.is_zero();
        let refresh =
            if refreshable { Refresh::Until(now.plus(lifetimes.refresh_token)) } else { Refresh::Never };
        Self {
            crossing: *id,
            room: request.room,
            client_id: Arc::clone(&request.client_id),
            authentication: approval.authentication.clone(),
            scope: approval.scope.clone(),
            nonce: request.nonce.clone(),
            dpop_jkt: sender.proof.or(request.pinned_key()),
            certificate: match sender.demand {
                SenderDemand::CertificateAtRedemption => sender.certificate,
                SenderDemand::EitherAtRedemption if sender.proof.is_none() => sender.certificate,
                _ => None,
            },
            authorization_details: backchannel.and_then(|asked| asked.authorization_details.clone()),
            resource: backchannel.map(|asked| asked.resource.clone()).unwrap_or_default(),
            device: request.device.clone(),
            instance: request.context.as_ref().and_then(|context| context.instance.clone()),
            issued_at: now,
            refresh,
            access_ceiling: approval.ceilings.map(|ceilings| ceilings.access_token),
            access_until: now.plus(lifetimes.access_token),
            generation: 0,
            refreshed_at: None,
            state: FamilyState::Active,
        }
    }

    /// How long an access token of it may live at most.
    pub fn longest_access(&self) -> Duration {
        self.access_ceiling.map_or(Duration::MAX, |seconds| Duration::from_secs(seconds.into()))
    }

    /// Whether its tokens are good.
    pub const fn is_active(&self) -> bool {
        matches!(self.state, FamilyState::Active)
    }

    /// When nothing of it can be used any more.
    pub fn ends_at(&self) -> Timestamp {
        match self.refresh {
            Refresh::Never => self.access_until,
            Refresh::Until(until) => until.max(self.access_until),
        }
    }
}

/// Whether a client registered the `refresh_token` grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayRefresh {
    /// It did.
    Yes,
    /// It did not.
    No,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_only_shorten_lives() {
        let secs = Duration::from_secs;
        let wanted = Lifetimes { access_token: secs(600), refresh_token: secs(9000) };
        let tight = Limits { access_token_lifetime: Some(secs(30)), ..Limits::none() };
        let wide = Limits { refresh_token_lifetime: Some(secs(99_999)), ..Limits::none() };
        assert_eq!(wanted.within(&Limits::none()), wanted);
        assert_eq!(wanted.within(&tight), Lifetimes { access_token: secs(30), ..wanted });
        assert_eq!(wanted.within(&wide), wanted);
    }
}
