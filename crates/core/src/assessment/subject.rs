//! What is assessed: a client, in a flow, under a policy, at a server?

use crate::crossing::Room;
use crate::mitigations::Policy;
use crate::mitigations::sender_constrained_tokens::Demand;
use crate::oauth::client::{Client, GrantType, Profile};
use crate::oauth::scope::Scope;

/// One flow of one client.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Who asks.
    pub client: &'a Client,
    /// By which flow.
    pub room: Room,
    /// What its requests meet.
    pub policy: &'a Policy,
    /// The settings beside policy that matter.
    pub server: &'a Server,
}

/// What matters of a server beside its policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Life of access tokens, in seconds.
    pub access_token_lifetime: u32,
    /// Life of a family of refresh tokens, in seconds.
    pub refresh_token_lifetime: u32,
    /// Life of device and user codes, in seconds.
    pub code_lifetime: u32,
    /// The longest life of a request that is sent to a person, in seconds.
    pub request_lifetime: u32,
    /// Whether addresses can be placed.
    pub geolocation: GeolocationDatabase,
    /// The keys of `[rate_limits]` that are `"off"`.
    pub lifted_limits: Vec<String>,
}

/// Whether the operator gave the server a database of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GeolocationDatabase {
    /// No: every place is unknown.
    Absent,
    /// Yes.
    Present,
}

/// The flows that a client may use.
pub fn rooms_of(client: &Client) -> Vec<Room> {
    let uses = |room: &Room| {
        client.may_use(match room {
            Room::DeviceAuthorization => GrantType::DeviceCode,
            Room::Ciba => GrantType::Ciba,
        })
    };
    Room::ALL.into_iter().filter(uses).collect()
}

impl Subject<'_> {
    /// The table of the configuration with the policy of this flow.
    pub fn policy_table(&self) -> String {
        format!("{}.policy", self.room.as_str())
    }

    /// What can be granted at most.
    pub fn scope(&self) -> Scope {
        let registered = self.client.personal_scope();
        self.policy
            .limited_scopes
            .most
            .as_ref()
            .map(|most| registered.intersection(most))
            .unwrap_or(registered)
    }

    /// How long an access token lives, in seconds.
    pub fn access_token(&self) -> u32 {
        let wanted = self.client.tandem_access_token_lifetime.unwrap_or(self.server.access_token_lifetime);
        wanted.min(self.policy.short_lived_tokens.access_token)
    }

    /// How long a grant can be refreshed, in seconds; `None` where there is no refresh token.
    pub fn refresh_token(&self) -> Option<u32> {
        if !self.client.may_use(GrantType::RefreshToken) {
            return None;
        }
        let wanted = self.client.tandem_refresh_token_lifetime.unwrap_or(self.server.refresh_token_lifetime);
        Some(wanted.min(self.policy.short_lived_tokens.refresh_token)).filter(|life| *life != 0)
    }

    /// How long a request can be opened on an authorization device, in seconds.
    pub fn code_life(&self) -> u32 {
        let wanted = match self.room {
            Room::DeviceAuthorization => {
                self.client.tandem_code_lifetime.unwrap_or(self.server.code_lifetime)
            }
            Room::Ciba => self.server.request_lifetime,
        };
        wanted.min(self.policy.short_lived_codes.longest)
    }

    /// Whether its access tokens work for one key only.
    pub fn is_sender_constrained(&self) -> bool {
        self.policy.sender_constrained_tokens.demand == Demand::Always
            || self.client.dpop_bound_access_tokens
            || self.client.tls_client_certificate_bound_access_tokens
            || self.client.tandem_profile == Some(Profile::FapiCiba)
    }

    /// Whether this rate limit holds.
    pub fn limits(&self, key: &str) -> bool {
        !self.server.lifted_limits.iter().any(|lifted| lifted == key)
    }
}
