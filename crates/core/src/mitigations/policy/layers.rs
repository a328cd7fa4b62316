//! Where does each setting come from?

use super::{Contradiction, Policy, Profile};
use crate::crossing::Room;
use crate::mitigations::{
    authenticate_then_initiate, content_filtering, detect_and_remediate, establish_proximity, limited_scopes,
    one_time_codes, rate_limits, request_binding, request_initiation_verification, sender_constrained_tokens,
    short_lived_codes, short_lived_tokens, trusted_devices, trusted_networks, unique_codes, user_education,
    user_experience,
};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;

/// What one place of the configuration says of policy: another profile, and single settings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Overrides {
    /// The table to start from: `baseline`, `sensitive` or `critical`. The one named closest to the client counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Settings of 6.1.1 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub establish_proximity: Partial<establish_proximity::Settings>,
    /// Settings of 6.1.2 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub short_lived_codes: Partial<short_lived_codes::Settings>,
    /// Settings of 6.1.3 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub one_time_codes: Partial<one_time_codes::Settings>,
    /// Settings of 6.1.4 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub unique_codes: Partial<unique_codes::Settings>,
    /// Settings of 6.1.5 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub content_filtering: Partial<content_filtering::Settings>,
    /// Settings of 6.1.6 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub detect_and_remediate: Partial<detect_and_remediate::Settings>,
    /// Settings of 6.1.7 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub trusted_devices: Partial<trusted_devices::Settings>,
    /// Settings of 6.1.8 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub trusted_networks: Partial<trusted_networks::Settings>,
    /// Settings of 6.1.9 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub limited_scopes: Partial<limited_scopes::Settings>,
    /// Settings of 6.1.10 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub short_lived_tokens: Partial<short_lived_tokens::Settings>,
    /// Settings of 6.1.11 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub rate_limits: Partial<rate_limits::Settings>,
    /// Settings of 6.1.12 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub sender_constrained_tokens: Partial<sender_constrained_tokens::Settings>,
    /// Settings of 6.1.13 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub user_education: Partial<user_education::Settings>,
    /// Settings of 6.1.14 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub user_experience: Partial<user_experience::Settings>,
    /// Settings of 6.1.15 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub authenticate_then_initiate: Partial<authenticate_then_initiate::Settings>,
    /// Settings of 6.1.16 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub request_initiation_verification: Partial<request_initiation_verification::Settings>,
    /// Settings of 6.1.17 that differ from the profile's.
    #[serde(default, skip_serializing_if = "Partial::is_empty")]
    pub request_binding: Partial<request_binding::Settings>,
}

impl Overrides {
    fn tables(&self) -> [(&'static str, &Map<String, Value>); 17] {
        [
            ("establish_proximity", self.establish_proximity.values()),
            ("short_lived_codes", self.short_lived_codes.values()),
            ("one_time_codes", self.one_time_codes.values()),
            ("unique_codes", self.unique_codes.values()),
            ("content_filtering", self.content_filtering.values()),
            ("detect_and_remediate", self.detect_and_remediate.values()),
            ("trusted_devices", self.trusted_devices.values()),
            ("trusted_networks", self.trusted_networks.values()),
            ("limited_scopes", self.limited_scopes.values()),
            ("short_lived_tokens", self.short_lived_tokens.values()),
            ("rate_limits", self.rate_limits.values()),
            ("sender_constrained_tokens", self.sender_constrained_tokens.values()),
            ("user_education", self.user_education.values()),
            ("user_experience", self.user_experience.values()),
            ("authenticate_then_initiate", self.authenticate_then_initiate.values()),
            ("request_initiation_verification", self.request_initiation_verification.values()),
            ("request_binding", self.request_binding.values()),
        ]
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Some of the settings of a mitigation. Each is known to be one, and to be of the right form.
#[derive(Clone, PartialEq, Eq)]
pub struct Partial<T> {
    values: Map<String, Value>,
    of: PhantomData<fn() -> T>,
}

impl<T> Partial<T> {
    /// The settings given.
    pub const fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl<T> Default for Partial<T> {
    fn default() -> Self {
        Self { values: Map::new(), of: PhantomData }
    }
}

impl<T> std::fmt::Debug for Partial<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.values.fmt(f)
    }
}

impl<T> Serialize for Partial<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.values.serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Partial<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = Map::<String, Value>::deserialize(deserializer)?;
        // The settings that are not given are those of the type's default.
        T::deserialize(Value::Object(values.clone())).map_err(serde::de::Error::custom)?;
        Ok(Self { values, of: PhantomData })
    }
}

impl<T: JsonSchema> JsonSchema for Partial<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Where a value comes from, the most general first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The profile.
    Profile(Profile),
    /// `[policy]`.
    Server,
    /// The policy of a flow: `[device_authorization.policy]`, `[ciba.policy]`.
    Flow(Room),
    /// `tandem_policy` of the client.
    Client,
}

/// One place of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a> {
    /// Which.
    pub source: Source,
    /// What it says.
    pub overrides: &'a Overrides,
}

/// A policy, and where each of its values comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The profile that it starts from.
    pub profile: Profile,
    /// The settings.
    pub policy: Policy,
    /// Where a setting comes from that is not the profile's: by `mitigation.setting`.
    pub origins: BTreeMap<String, Source>,
}

/// Why layers give no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayerError {
    /// A value does not fit.
    #[error("{setting}: {detail}")]
    Value {
        /// `mitigation`.
        setting: String,
        /// What is wrong.
        detail: String,
    },
    /// Two values contradict each other.
    #[error("{of}")]
    Contradiction {
        /// Which.
        of: Contradiction,
        /// Where both come from, the more particular one first.
        origins: [Source; 2],
    },
}

impl Effective {
    /// What the layers give together, the most general first. Later ones win.
    pub fn of(layers: &[Layer<'_>]) -> Result<Self, LayerError> {
        let profile = layers.iter().rev().find_map(|layer| layer.overrides.profile).unwrap_or_default();
        let broken = |setting: &str, error: &serde_json::Error| LayerError::Value {
            setting: setting.to_owned(),
            detail: error.to_string(),
        };
        let mut table = serde_json::to_value(profile.policy()).map_err(|error| broken("policy", &error))?;
        let mut origins = BTreeMap::new();
        for layer in layers {
            for (mitigation, values) in layer.overrides.tables() {
                let Some(settings) = table.get_mut(mitigation).and_then(Value::as_object_mut) else {
                    continue;
                };
                for (setting, value) in values {
                    settings.insert(setting.clone(), value.clone());
                    origins.insert(format!("{mitigation}.{setting}"), layer.source);
                }
            }
        }
        let policy: Policy = serde_json::from_value(table).map_err(|error| broken("policy", &error))?;
        let effective = Self { profile, policy, origins };
        match effective.policy.check() {
            Ok(()) => Ok(effective),
            Err(of) => {
                let (one, other) = (effective.origin(of.one), effective.origin(of.other));
                // What was said last contradicts what was said before.
                let (of, origins) = if one < other {
                    (Contradiction { one: of.other, other: of.one, ..of }, [other, one])
                } else {
                    (of, [one, other])
                };
                Err(LayerError::Contradiction { of, origins })
            }
        }
    }

    /// Where this setting (`mitigation.setting`) comes from.
    pub fn origin(&self, setting: &str) -> Source {
        self.origins.get(setting).copied().unwrap_or(Source::Profile(self.profile))
    }

    /// Every setting with its value and where it comes from, in the order of the BCP.
    pub fn rows(&self) -> Vec<(String, Value, Source)> {
        let table = serde_json::to_value(&self.policy).unwrap_or_default();
        let mut rows = Vec::new();
        for row in &crate::mitigations::TABLE {
            let mitigation = row.mitigation.as_str();
            let settings = table.get(mitigation).and_then(Value::as_object);
            for (setting, value) in settings.into_iter().flatten() {
                let name = format!("{mitigation}.{setting}");
                let origin = self.origin(&name);
                rows.push((name, value.clone(), origin));
            }
        }
        rows
    }
}
