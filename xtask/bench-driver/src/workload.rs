//! What can be measured? The workloads by their names.

/// What a connection does over and over; one operation is all its requests together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// The server's metadata (1 request).
    Discovery,
    /// A new device code (1 request).
    DeviceAuthorization,
    /// A poll of a code that nobody has decided (1 request).
    PendingPoll,
    /// New code, a person's yes, tokens (3 requests by a side door, 4 by the peer's pages, 5 by Tandem's).
    DeviceFlow,
    /// A question about an opaque access token (1 request).
    Introspection,
    /// A refresh token for the next one, with an ID token (1 request).
    Refresh,
    /// The same, bound to a key and proven with it (1 request).
    RefreshDpop,
    /// A person is asked, says yes, tokens (3 requests by a side door).
    CibaFlow,
    /// The same by a client that signs an assertion for each of its two requests.
    CibaFlowPrivateKeyJwt,
}

impl Workload {
    /// Whether a person must say yes, in it or before it.
    pub const fn needs_a_person(self) -> bool {
        match self {
            // In a backchannel flow whoever is asked answers, and only by the door.
            Self::Discovery
            | Self::DeviceAuthorization
            | Self::PendingPoll
            | Self::CibaFlow
            | Self::CibaFlowPrivateKeyJwt => false,
            Self::DeviceFlow | Self::Introspection | Self::Refresh | Self::RefreshDpop => true,
        }
    }

    /// Whether requests are sent to people.
    pub const fn is_backchannel(self) -> bool {
        matches!(self, Self::CibaFlow | Self::CibaFlowPrivateKeyJwt)
    }

    /// The workload of this name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "discovery" => Self::Discovery,
            "device_authorization" => Self::DeviceAuthorization,
            "pending_poll" => Self::PendingPoll,
            "device_flow" => Self::DeviceFlow,
            "introspection" => Self::Introspection,
            "refresh" => Self::Refresh,
            "refresh_dpop" => Self::RefreshDpop,
            "ciba_flow" => Self::CibaFlow,
            "ciba_flow_private_key_jwt" => Self::CibaFlowPrivateKeyJwt,
            _ => return None,
        })
    }
}
