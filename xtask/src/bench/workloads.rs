//! Which workloads are there, with whom, and beside what is each compared?

/// What is measured, in this order.
pub(super) const WORKLOADS: [&str; 9] = [
    "discovery",
    "device_authorization",
    "pending_poll",
    BY_DOOR,
    CIBA,
    CIBA_BY_KEY,
    "introspection",
    "refresh",
    "refresh_dpop",
];
/// The workload in which a person's yes comes in by a side door, at both servers.
pub(super) const BY_DOOR: &str = "device_flow";
/// The same by the pages of both servers; only on request.
pub(super) const BY_PAGES: &str = "device_flow_pages";
/// A person is asked, says yes by the side door, and the client collects.
pub(super) const CIBA: &str = "ciba_flow";
/// The same with a client that authenticates by `private_key_jwt`; compared with what one core could do at best.
pub(super) const CIBA_BY_KEY: &str = "ciba_flow_private_key_jwt";
/// The device flow with every mitigation of the profile `sensitive`; compared with Tandem's own `device_flow` under
/// `baseline`. Only on request.
pub(super) const SENSITIVE: &str = "device_flow_sensitive";
/// Introspection of good tokens beside many families that were revoked; compared with Tandem's own `introspection`. Only on
/// request.
pub(super) const REVOKED: &str = "introspection_revoked";
pub(super) const REVOKED_FAMILIES: usize = 100_000;
/// People who are asked in turn: `user00000` and so on.
pub(super) const PEOPLE: usize = 1000;
/// Not a workload: how long a start takes, and how much memory a server has idle and with codes pending.
pub(super) const FOOTPRINT: &str = "footprint";
/// Not a workload: how long it takes to contain an incident of a thousand token families, with twenty streams to tell. Only on
/// request.
pub(super) const CONTAINMENT: &str = "containment";
/// It must not take longer, in milliseconds.
pub(super) const CONTAINED_WITHIN: f64 = 1000.0;
/// Not a workload: what many open inboxes cost, and whom a request wakes.
pub(super) const INBOX_STREAMS: &str = "inbox_streams";
/// People to whom the streams belong, each signed in once.
pub(super) const STREAMING_PEOPLE: usize = 500;

/// Whether the peer has no part in a workload.
pub(super) fn without_peer(workload: &str) -> bool {
    workload == CIBA_BY_KEY
}

/// The workload of Tandem that this one is compared with, where the peer has none.
pub(super) fn with_itself(workload: &str) -> Option<&'static str> {
    match workload {
        SENSITIVE => Some(BY_DOOR),
        REVOKED => Some("introspection"),
        _ => None,
    }
}
