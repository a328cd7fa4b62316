//! Which settings would make a defence act?

use super::{Defence, GeolocationDatabase, Subject};
use crate::mitigations::Mitigation;
use serde::Serialize;

/// A line for the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The table in which it stands: `ciba.policy`, or `clients` for the registration of the client.
    pub table: String,
    /// The line.
    pub line: String,
}

impl Setting {
    /// A line of the flow's policy.
    pub fn policy(subject: &Subject<'_>, line: &str) -> Self {
        Self { table: subject.policy_table(), line: line.to_owned() }
    }

    /// A line of the client's registration.
    pub fn client(line: &str) -> Self {
        Self { table: "clients".to_owned(), line: line.to_owned() }
    }
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.table == "clients" {
            write!(f, "[[clients]] {}", self.line)
        } else {
            write!(f, "[{}] {}", self.table, self.line)
        }
    }
}

/// A limit of `[rate_limits]` as it is shipped.
const SHIPPED: [(&str, u32, u32); 7] = [
    ("initiate_client", 1000, 6000),
    ("initiate_address", 60, 30),
    ("guess_address", 20, 5),
    ("guess_session", 5, 2),
    ("ask_client", 600, 1200),
    ("ask_person", 10, 2),
    ("user_code_person", 5, 1),
];

/// The settings that make it act, all of them together; none where there is nothing to set. Networks and files are
/// examples.
pub fn remedy(defence: Defence, subject: &Subject<'_>) -> Vec<Setting> {
    let lines: &[&str] = match defence {
        Defence::UserCode => return vec![Setting::client("backchannel_user_code_parameter = true")],
        Defence::ConcealedPeople => return vec![Setting::client("tandem_user_hints = \"conceal\"")],
        Defence::LivingQr => &["establish_proximity.living_qr = \"require\""],
        Defence::Mitigation(mitigation) => match mitigation {
            Mitigation::EstablishProximity => return proximity(subject, "refuse"),
            Mitigation::ShortLivedCodes => return codes(subject),
            Mitigation::OneTimeCodes => &["one_time_codes.second_person = \"kill\""],
            Mitigation::UniqueCodes => &["unique_codes.window = 3600"],
            Mitigation::ContentFiltering => &["content_filtering.filtered_codes = \"refuse\""],
            Mitigation::DetectAndRemediate => {
                &["detect_and_remediate.end_on = [\"reported\", \"code_contested\", \"qr_rejected\"]"]
            }
            Mitigation::TrustedDevices => &["trusted_devices.demand = \"known\""],
            Mitigation::TrustedNetworks => &["trusted_networks.initiate = [\"192.0.2.0/24\"]"],
            Mitigation::LimitedScopes => return scopes(subject),
            Mitigation::ShortLivedTokens => return tokens(subject),
            Mitigation::RateLimits => return rates(subject),
            Mitigation::SenderConstrainedTokens => &["sender_constrained_tokens.demand = \"always\""],
            Mitigation::UserEducation => &["user_education.interstitial = \"always\""],
            Mitigation::UserExperience => &[
                "user_experience.verification = \"phishing_resistant\"",
                "user_experience.verification_at_risk = \"phishing_resistant\"",
            ],
            Mitigation::AuthenticateThenInitiate => {
                &["authenticate_then_initiate.demand = \"phishing_resistant\""]
            }
            Mitigation::RequestInitiationVerification => {
                &["request_initiation_verification.number = \"pick\""]
            }
            Mitigation::RequestBinding => {
                &["request_binding.demand = \"always\"", "request_binding.answer = \"type\""]
            }
        },
    };
    lines.iter().map(|line| Setting::policy(subject, line)).collect()
}

/// Proximity by the addresses' places, with the database that it needs.
pub(super) fn proximity(subject: &Subject<'_>, response: &str) -> Vec<Setting> {
    let mut settings =
        vec![Setting::policy(subject, &format!("establish_proximity.geolocation = \"{response}\""))];
    if subject.server.geolocation == GeolocationDatabase::Absent {
        let line = "database = \"city.mmdb\"".to_owned();
        settings.push(Setting { table: "geolocation".to_owned(), line });
    }
    settings
}

/// The plainest part of what the client registered; a client that only signs people in has nothing to give up.
fn scopes(subject: &Subject<'_>) -> Vec<Setting> {
    let registered = &subject.client.personal_scope();
    let plain: Vec<_> = registered.tokens().filter(|token| matches!(*token, "openid" | "profile")).collect();
    let most = if plain.join(" ") == registered.as_str() { "openid".to_owned() } else { plain.join(" ") };
    if most == registered.as_str() {
        return Vec::new();
    }
    vec![Setting::policy(subject, &format!("limited_scopes.most = \"{most}\""))]
}

/// Lines for these settings where they are longer than this; what is shorter stays.
fn shorter(subject: &Subject<'_>, wanted: &[(&str, u32, u32)]) -> Vec<Setting> {
    let longer = wanted.iter().filter(|(_, now, most)| now > most);
    longer.map(|(setting, _, most)| Setting::policy(subject, &format!("{setting} = {most}"))).collect()
}

fn codes(subject: &Subject<'_>) -> Vec<Setting> {
    let codes = &subject.policy.short_lived_codes;
    // 0 is no time of its own: until the code ends.
    let decide = if codes.time_to_decide == 0 { u32::MAX } else { codes.time_to_decide };
    let wanted = [
        ("short_lived_codes.longest", codes.longest, 180),
        ("short_lived_codes.longest_at_risk", codes.longest_at_risk, 90),
        ("short_lived_codes.time_to_decide", decide, 300),
    ];
    shorter(subject, &wanted)
}

fn tokens(subject: &Subject<'_>) -> Vec<Setting> {
    let tokens = &subject.policy.short_lived_tokens;
    let wanted = [
        ("short_lived_tokens.access_token", tokens.access_token, 600),
        ("short_lived_tokens.access_token_at_risk", tokens.access_token_at_risk, 300),
        ("short_lived_tokens.refresh_token", tokens.refresh_token, 86_400),
        ("short_lived_tokens.refresh_token_at_risk", tokens.refresh_token_at_risk, 43_200),
    ];
    shorter(subject, &wanted)
}

fn rates(subject: &Subject<'_>) -> Vec<Setting> {
    let lifted = SHIPPED.iter().filter(|(key, ..)| !subject.limits(key));
    let line = |(key, burst, per_minute): &(&str, u32, u32)| Setting {
        table: "rate_limits".to_owned(),
        line: format!("{key} = {{ burst = {burst}, per_minute = {per_minute} }}"),
    };
    lifted.map(line).collect()
}
