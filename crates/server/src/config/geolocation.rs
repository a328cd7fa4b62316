//! Where do addresses lie on the earth: `[geolocation]`?

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tandem_core::crossing::Room;
use tandem_core::mitigations::Response;

use super::problem::Warning;
use super::{Config, effective_policy};

/// `[geolocation]`: the operator's database of addresses, for the mitigation `establish_proximity`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Geolocation {
    /// MaxMind DB file in the GeoIP2 City layout (a file in the Country layout tells countries and continents only). It is
    /// held in memory, and read again on SIGHUP. Without it nobody's place is known.
    #[schemars(extend("format" = "path"), example = "/var/lib/GeoIP/GeoLite2-City.mmdb")]
    pub database: Option<PathBuf>,
    /// Days after which a database is too old to believe: its places count as unknown from then on.
    #[schemars(range(min = 1, max = 3650))]
    pub stale_after: u32,
}

impl Default for Geolocation {
    fn default() -> Self {
        Self { database: None, stale_after: 60 }
    }
}

/// A policy that answers to places that nobody knows.
pub(super) fn warning(config: &Config) -> Option<Warning> {
    let clients = config.clients.iter().map(|client| Some(&client.tandem_policy));
    let answers = |client| {
        let effective = |room| effective_policy(config, room, client).ok();
        let mut policies = Room::ALL.into_iter().filter_map(effective);
        policies.any(|effective| effective.policy.establish_proximity.geolocation > Response::Show)
    };
    let missing = config.geolocation.database.is_none() && std::iter::once(None).chain(clients).any(answers);
    missing.then(|| {
        let detail = "a policy answers to places (`establish_proximity.geolocation`), and without a database every place \
                      is unknown: what follows is `establish_proximity.unknown`";
        Warning::new("geolocation.database", detail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_policy_that_answers_to_places_wants_a_database() {
        let with = |response: &str| {
            let says = json!({ "establish_proximity": { "geolocation": response } });
            serde_json::from_value(says).unwrap()
        };
        let mut config = Config::default();
        for (response, warns) in
            [("off", false), ("show", false), ("limit", true), ("step_up", true), ("refuse", true)]
        {
            config.policy = with(response);
            assert_eq!(warning(&config).is_some(), warns, "{response}");
        }
        config.geolocation.database = Some(PathBuf::from("places.mmdb"));
        assert!(warning(&config).is_none());
        let mut flow = Config::default();
        flow.ciba.policy = with("refuse");
        assert_eq!(warning(&flow).unwrap().key, "geolocation.database");
        assert!(warning(&Config::default()).is_none());
    }
}
