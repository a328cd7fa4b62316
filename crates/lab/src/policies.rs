//! What is it to have a mitigation off, and to have it on alone?
//!
//! [`off`] is a full table in which every one of the seventeen is as weak as its settings allow. Each [`Defence`] is that
//! table with one of them switched on. It comes as the `tandem_policy` of a client of its own, so that one server is
//! enough for nearly all plays; what is set for the whole server has a server of its own.

use serde_json::{Map, Value, json};
use tandem_core::mitigations::Mitigation;

/// A mitigation, or one of the ways in which it works, switched on alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Defence {
    /// None at all.
    Off,
    /// 6.1.1: the networks of both devices are compared.
    Proximity,
    /// 6.1.1: the places of both networks are compared.
    Geolocation,
    /// 6.1.1: what both devices say of where they are is compared.
    Coordinates,
    /// 6.1.1: only a QR code with the server's statement of where it was drawn opens a request.
    SignedQr,
    /// 6.1.1: only a QR code that the device draws anew every few seconds opens a request.
    LivingQr,
    /// 6.1.2.
    ShortLivedCodes,
    /// 6.1.3.
    OneTimeCodes,
    /// 6.1.4.
    UniqueCodes,
    /// 6.1.5: a gateway has each mail looked at. What it reports ends the request at once, by the rule that every server of
    /// the lab has; where there is no gateway nothing is ever reported.
    ContentFiltering,
    /// 6.1.6: any sign of misuse ends the request.
    DetectAndRemediate,
    /// 6.1.6: somebody notices later, and everything that came of it ends.
    Incidents,
    /// 6.1.7.
    TrustedDevices,
    /// 6.1.8.
    TrustedNetworks,
    /// 6.1.9.
    LimitedScopes,
    /// 6.1.10.
    ShortLivedTokens,
    /// 6.1.11: buckets by client, address, person, and all together.
    RateLimits,
    /// 6.1.11: few requests may wait for one person.
    OpenRequests,
    /// 6.1.11: a no keeps the client quiet.
    CoolDown,
    /// 6.1.11: the client may not ask at night.
    QuietHours,
    /// 6.1.12.
    SenderConstrainedTokens,
    /// 6.1.13: a page stands before the question; the victim is careful.
    UserEducation,
    /// 6.1.14: the question as it is; the victim is careful.
    UserExperience,
    /// 6.1.15.
    AuthenticateThenInitiate,
    /// 6.1.16: the number that the device shows is typed on the phone.
    Number,
    /// 6.1.16: the PIN that the phone shows is typed on the device.
    Pin,
    /// 6.1.17.
    Binding,
    /// CIBA Core section 7.1: a secret between the person and the client.
    UserCode,
    /// CIBA Core section 13: who exists is not told.
    Conceal,
    /// CIBA Core section 7.1: the request says what it is about, and the victim compares.
    BindingMessage,
}

impl Defence {
    /// All of them, in the order of the BCP.
    pub const ALL: [Self; 30] = [
        Self::Off,
        Self::Proximity,
        Self::Geolocation,
        Self::Coordinates,
        Self::SignedQr,
        Self::LivingQr,
        Self::ShortLivedCodes,
        Self::OneTimeCodes,
        Self::UniqueCodes,
        Self::ContentFiltering,
        Self::DetectAndRemediate,
        Self::Incidents,
        Self::TrustedDevices,
        Self::TrustedNetworks,
        Self::LimitedScopes,
        Self::ShortLivedTokens,
        Self::RateLimits,
        Self::OpenRequests,
        Self::CoolDown,
        Self::QuietHours,
        Self::SenderConstrainedTokens,
        Self::UserEducation,
        Self::UserExperience,
        Self::AuthenticateThenInitiate,
        Self::Number,
        Self::Pin,
        Self::Binding,
        Self::UserCode,
        Self::Conceal,
        Self::BindingMessage,
    ];

    /// Which of the seventeen it belongs to; those of CIBA alone belong to none.
    pub const fn mitigation(self) -> Option<Mitigation> {
        Some(match self {
            Self::Off | Self::UserCode | Self::Conceal | Self::BindingMessage => return None,
            Self::Proximity | Self::Geolocation | Self::Coordinates | Self::SignedQr | Self::LivingQr => {
                Mitigation::EstablishProximity
            }
            Self::ShortLivedCodes => Mitigation::ShortLivedCodes,
            Self::OneTimeCodes => Mitigation::OneTimeCodes,
            Self::UniqueCodes => Mitigation::UniqueCodes,
            Self::ContentFiltering => Mitigation::ContentFiltering,
            Self::DetectAndRemediate | Self::Incidents => Mitigation::DetectAndRemediate,
            Self::TrustedDevices => Mitigation::TrustedDevices,
            Self::TrustedNetworks => Mitigation::TrustedNetworks,
            Self::LimitedScopes => Mitigation::LimitedScopes,
            Self::ShortLivedTokens => Mitigation::ShortLivedTokens,
            Self::RateLimits | Self::OpenRequests | Self::CoolDown | Self::QuietHours => {
                Mitigation::RateLimits
            }
            Self::SenderConstrainedTokens => Mitigation::SenderConstrainedTokens,
            Self::UserEducation => Mitigation::UserEducation,
            Self::UserExperience => Mitigation::UserExperience,
            Self::AuthenticateThenInitiate => Mitigation::AuthenticateThenInitiate,
            Self::Number | Self::Pin => Mitigation::RequestInitiationVerification,
            Self::Binding => Mitigation::RequestBinding,
        })
    }

    /// Its name in client names and in the matrix.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Proximity => "proximity",
            Self::Geolocation => "geolocation",
            Self::Coordinates => "coordinates",
            Self::SignedQr => "signed-qr",
            Self::LivingQr => "living-qr",
            Self::ShortLivedCodes => "short-lived-codes",
            Self::OneTimeCodes => "one-time-codes",
            Self::UniqueCodes => "unique-codes",
            Self::ContentFiltering => "content-filtering",
            Self::DetectAndRemediate => "detect-and-remediate",
            Self::Incidents => "incidents",
            Self::TrustedDevices => "trusted-devices",
            Self::TrustedNetworks => "trusted-networks",
            Self::LimitedScopes => "limited-scopes",
            Self::ShortLivedTokens => "short-lived-tokens",
            Self::RateLimits => "rate-limits",
            Self::OpenRequests => "open-requests",
            Self::CoolDown => "cool-down",
            Self::QuietHours => "quiet-hours",
            Self::SenderConstrainedTokens => "sender-constrained-tokens",
            Self::UserEducation => "user-education",
            Self::UserExperience => "user-experience",
            Self::AuthenticateThenInitiate => "authenticate-then-initiate",
            Self::Number => "number",
            Self::Pin => "pin",
            Self::Binding => "binding",
            Self::UserCode => "user-code",
            Self::Conceal => "conceal",
            Self::BindingMessage => "binding-message",
        }
    }

    /// The client of the device grant that has it.
    pub fn device_client(self) -> String {
        format!("tv-{}", self.as_str())
    }

    /// The backchannel client that has it.
    pub fn backchannel_client(self) -> String {
        format!("till-{}", self.as_str())
    }

    /// The table of this mitigation alone, switched on, with the name of its settings; none where it is not a matter of
    /// `tandem_policy`.
    pub fn on(self) -> Option<(&'static str, Value)> {
        let section = self.mitigation()?.as_str();
        let table = match self {
            Self::Proximity => with(section, json!({ "network": "refuse", "ipv4_prefix": 24 })),
            Self::Geolocation => with(section, json!({ "geolocation": "refuse", "granularity": "country" })),
            Self::Coordinates => with(section, json!({ "coordinates": "refuse", "unknown": "refuse" })),
            Self::SignedQr => with(section, json!({ "signed_qr": "require" })),
            Self::LivingQr => with(section, json!({ "living_qr": "require" })),
            Self::ShortLivedCodes => {
                json!({ "longest": 180, "longest_at_risk": 90, "time_to_decide": 300 })
            }
            Self::OneTimeCodes => {
                json!({ "presentations": 3, "second_person": "kill", "second_network": "allow" })
            }
            Self::UniqueCodes => json!({ "window": 3600 }),
            Self::ContentFiltering => json!({ "filtered_codes": "refuse" }),
            Self::DetectAndRemediate => json!({ "end_on": [
                "reported", "code_repeated", "code_spent", "code_contested", "code_filtered", "number_missed",
                "pin_missed", "binding_missed", "qr_rejected", "foreign_key", "device_too_fast",
            ] }),
            Self::TrustedDevices => with(section, json!({ "demand": "known" })),
            // Where the victims live: shops and living rooms.
            Self::TrustedNetworks => json!({ "initiate": ["127.0.1.0/24"], "approve": [] }),
            Self::LimitedScopes => json!({ "most": "openid profile offline_access" }),
            Self::ShortLivedTokens => json!({
                "access_token": 600, "access_token_at_risk": 600,
                "refresh_token": 3600, "refresh_token_at_risk": 3600,
            }),
            Self::OpenRequests => with(section, json!({ "open_requests": 3 })),
            Self::CoolDown => with(section, json!({ "cool_down": 120, "longest_cool_down": 1800 })),
            Self::SenderConstrainedTokens => json!({ "demand": "always" }),
            Self::UserEducation => json!({ "interstitial": "always" }),
            Self::AuthenticateThenInitiate => with(section, json!({ "demand": "phishing_resistant" })),
            Self::Number => with(section, json!({ "number": "type", "number_tries": 3 })),
            Self::Pin => with(section, json!({ "pin": "always", "pin_tries": 3 })),
            Self::Binding => json!({ "demand": "always", "answer": "type", "tries": 3 }),
            _ => return None,
        };
        Some((section, table))
    }

    /// The `tandem_policy` of its clients.
    pub fn policy(self) -> Value {
        let mut policy = off();
        policy.extend(self.on().map(|(section, table)| (section.to_owned(), table)));
        Value::Object(policy)
    }
}

/// Everything off, or as weak as it can be set.
pub fn off() -> Map<String, Value> {
    let table = json!({
        "establish_proximity": {
            "network": "off", "ipv4_prefix": 32, "ipv6_prefix": 64, "shared_networks": [], "geolocation": "off",
            "granularity": "distance", "distance_km": 200, "coordinates": "off", "coordinates_m": 1000,
            "unknown": "off", "signed_qr": "off", "living_qr": "off", "ble": "off",
        },
        "short_lived_codes": { "longest": 1800, "longest_at_risk": 1800, "time_to_decide": 0 },
        "one_time_codes": { "presentations": 100, "second_person": "allow", "second_network": "allow" },
        // It has no off: a minute is the least.
        "unique_codes": { "window": 60 },
        "content_filtering": { "filtered_codes": "record" },
        "detect_and_remediate": { "end_on": [] },
        "trusted_devices": { "demand": "off", "kinds": [], "compliance": "off", "per_minute": 0 },
        "trusted_networks": { "initiate": [], "approve": [] },
        // No ceiling is what is left out.
        "limited_scopes": {},
        "short_lived_tokens": {
            "access_token": 86_400, "access_token_at_risk": 86_400,
            "refresh_token": 63_072_000, "refresh_token_at_risk": 63_072_000,
        },
        // They have no off: a second after a no is the least, and fifty open requests the most.
        "rate_limits": { "open_requests": 50, "cool_down": 1, "longest_cool_down": 1 },
        "sender_constrained_tokens": { "demand": "as_registered" },
        "user_education": { "interstitial": "never" },
        // The question itself is always shown; what a person makes of it is theirs.
        "user_experience": { "verification": "session", "verification_at_risk": "session" },
        "authenticate_then_initiate": { "demand": "off", "longest_ago": 600, "sign_in_clients": [] },
        "request_initiation_verification":
            { "number": "as_asked", "number_tries": 5, "pin": "off", "pin_tries": 5 },
        "request_binding": { "demand": "as_sent", "answer": "confirm", "tries": 5 },
    });
    match table {
        Value::Object(table) => table,
        _ => Map::new(),
    }
}

/// The section when it is off, with these settings.
fn with(section: &str, settings: Value) -> Value {
    let mut table = off().remove(section).unwrap_or_default();
    if let (Some(table), Value::Object(settings)) = (table.as_object_mut(), settings) {
        table.extend(settings);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use tandem_core::mitigations::TABLE;
    use tandem_core::mitigations::policy::{Effective, Layer, Overrides, Source};

    fn effective(policy: Value) -> Effective {
        let overrides: Overrides = serde_json::from_value(policy).unwrap();
        Effective::of(&[Layer { source: Source::Client, overrides: &overrides }]).unwrap()
    }

    #[test]
    fn the_table_of_off_names_all_seventeen_and_leaves_no_setting_to_the_profile() {
        let off = off();
        for row in &TABLE {
            assert!(off.contains_key(row.mitigation.as_str()), "{:?}", row.mitigation);
        }
        assert_eq!(off.len(), TABLE.len());
        let left: Vec<_> = effective(Value::Object(off))
            .rows()
            .into_iter()
            .filter(|(_, value, source)| *source != Source::Client && !value.is_null())
            .map(|(name, ..)| name)
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn each_defence_changes_its_own_mitigation_alone() {
        let off = effective(Value::Object(off()));
        for defence in Defence::ALL {
            let on = effective(defence.policy());
            let changed: Vec<_> = on
                .rows()
                .into_iter()
                .zip(off.rows())
                .filter(|(on, off)| on.1 != off.1)
                .map(|(on, _)| on.0)
                .collect();
            let own = defence.mitigation().map(|mitigation| format!("{}.", mitigation.as_str()));
            let all_own = changed.iter().all(|name| own.as_ref().is_some_and(|own| name.starts_with(own)));
            assert!(all_own, "{defence:?} changes {changed:?}");
            assert_eq!(changed.is_empty(), defence.on().is_none(), "{defence:?} changes {changed:?}");
        }
    }
}
