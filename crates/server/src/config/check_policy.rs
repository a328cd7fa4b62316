//! Do the mitigations' settings go together, for every flow and client?

use super::Config;
use super::check::Findings;
use std::collections::BTreeSet;
use std::time::Duration;
use tandem_core::crossing::Room;
use tandem_core::mitigations::policy::{Effective, Layer, LayerError, Overrides, Source};

/// Where each flow's own policy stands.
pub const fn flow(config: &Config, room: Room) -> &Overrides {
    match room {
        Room::DeviceAuthorization => &config.device_authorization.policy,
        Room::Ciba => &config.ciba.policy,
    }
}

/// The policy of a flow, and of a client in it.
pub fn effective(config: &Config, room: Room, client: Option<&Overrides>) -> Result<Effective, LayerError> {
    let layer = |source, overrides| Layer { source, overrides };
    let server = [layer(Source::Server, &config.policy), layer(Source::Flow(room), flow(config, room))];
    let client = client.map(|overrides| layer(Source::Client, overrides));
    Effective::of(&server.into_iter().chain(client).collect::<Vec<_>>())
}

/// The key in the configuration where a setting of this origin stands.
pub fn key(source: Source, setting: &str, client: Option<usize>) -> String {
    match (source, client) {
        (Source::Server, _) => format!("policy.{setting}"),
        (Source::Flow(room), _) => format!("{}.policy.{setting}", room.as_str()),
        (Source::Client, Some(index)) => format!("clients[{index}].tandem_policy.{setting}"),
        (Source::Client, None) => format!("tandem_policy.{setting}"),
        (Source::Profile(profile), _) => format!("{setting} of the profile `{}`", profile.as_str()),
    }
}

/// Names both places of each contradiction.
pub(super) fn check(config: &Config, findings: &mut Findings) {
    let clients =
        config.clients.iter().enumerate().map(|(index, client)| (Some(index), Some(&client.tandem_policy)));
    // A contradiction of two general settings shows in every flow and client, and is told once.
    let mut told = BTreeSet::new();
    for (index, client) in std::iter::once((None, None)).chain(clients) {
        for room in Room::ALL {
            match effective(config, room, client) {
                Ok(effective) => {
                    let pushed = index.and_then(|index| config.clients.get(index)).is_some_and(|client| {
                        client.backchannel_token_delivery_mode == Some(super::DeliveryMode::Push)
                    });
                    if let (Room::Ciba, true, Err(of)) = (room, pushed, effective.policy.check_push()) {
                        let origin = effective.origin(of.one);
                        let mode = format!("clients[{}].{}", index.unwrap_or_default(), of.other);
                        findings.contradiction(
                            &mode,
                            format!("with `{}`: {}", key(origin, of.one, index), of.why),
                        );
                    }
                }
                Err(LayerError::Value { setting, detail }) => findings.not_accepted(&setting, detail),
                Err(LayerError::Contradiction { of, origins: [one, other] }) => {
                    let (one, other) = (key(one, of.one, index), key(other, of.other, index));
                    if told.insert((one.clone(), other.clone())) {
                        findings.contradiction(&one, format!("with `{other}`: {}", of.why));
                    }
                }
            }
        }
    }
}

/// How long ended crossings are remembered: as long as the longest window of used codes, life of a code and cool-down
/// wants.
pub fn memory(config: &Config) -> Duration {
    let clients = config.clients.iter().map(|client| Some(&client.tandem_policy));
    let policies = std::iter::once(None)
        .chain(clients)
        .flat_map(|client| Room::ALL.map(|room| effective(config, room, client)))
        .filter_map(Result::ok);
    let longest = policies
        .map(|effective| {
            effective.policy.unique_codes.window.max(effective.policy.rate_limits.longest_cool_down)
        })
        .max();
    Duration::from_secs(longest.unwrap_or_default().max(config.device_authorization.code_lifetime).into())
}
