//! What follows from misuse, and who is told: `[incidents]`?

use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tandem_core::incident::Rules;

use super::Config;
use super::check::Findings;

/// `[incidents]`: what the server does when something was misused (`tandem incident`, BCP 6.1.6).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Incidents {
    /// Nothing is contained by a rule: what containment would end is written down, and nothing else happens. People and
    /// programs can still contain.
    pub dry_run: bool,
    /// Containment signs the people out of this server's pages whose grants it ends. Whoever misused a grant may sit in
    /// one of their sessions.
    pub end_sessions: bool,
    /// What follows from what was noticed: `contain` ends at once what the request led to, `record` opens an incident for
    /// people to look at, `off` leaves the security event alone.
    pub rules: Rules,
    /// Mail to operators, once a day.
    pub summary: Option<Summary>,
}

impl Default for Incidents {
    fn default() -> Self {
        Self { dry_run: false, end_sessions: true, rules: Rules::default(), summary: None }
    }
}

/// `[incidents.summary]`: mail to operators, once a day, through the mail server of `[notifications.email]`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Who gets it.
    #[schemars(length(min = 1, max = 16), example = ["ops@example.com"])]
    pub to: Vec<String>,
    /// When, as HH:MM.
    #[serde(default = "seven")]
    #[schemars(length(min = 5, max = 5), example = "07:00")]
    pub at: String,
    /// In which time zone.
    #[serde(default = "utc")]
    #[schemars(length(min = 1, max = 64), example = "Europe/Berlin")]
    pub time_zone: String,
    /// Send it also when nothing happened and nothing is open.
    #[serde(default)]
    pub always: bool,
}

fn seven() -> String {
    "07:00".to_owned()
}

fn utc() -> String {
    "UTC".to_owned()
}

impl Summary {
    /// The time of day; `None` if it is none.
    pub fn time(&self) -> Option<jiff::civil::Time> {
        let (hours, minutes) = self.at.split_once(':')?;
        let number = |text: &str| {
            let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<i8>().ok()).flatten()
        };
        jiff::civil::Time::new(number(hours)?, number(minutes)?, 0, 0).ok()
    }

    /// The time zone; `None` if there is none of this name.
    pub fn zone(&self) -> Option<TimeZone> {
        TimeZone::get(&self.time_zone).ok()
    }
}

/// Whether the settings go together.
pub(super) fn check(config: &Config, findings: &mut Findings) {
    let Some(summary) = &config.incidents.summary else { return };
    if config.notifications.email.is_none() {
        let detail = "the daily summary is sent through this mail server";
        findings.missing("notifications.email", detail);
    }
    if !summary.to.iter().all(|to| crate::notifications::is_address(to)) {
        findings.not_accepted("incidents.summary.to", "mail addresses are accepted, such as ops@example.com");
    }
    if summary.time().is_none() {
        findings.not_accepted("incidents.summary.at", "a time of day is accepted, such as 07:00");
    }
    if summary.zone().is_none() {
        findings.not_accepted(
            "incidents.summary.time_zone",
            "a time zone is accepted, such as Europe/Berlin or UTC",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(to: &str, at: &str, time_zone: &str) -> Summary {
        Summary { to: vec![to.to_owned()], at: at.to_owned(), time_zone: time_zone.to_owned(), always: false }
    }

    fn problems(summary: Summary) -> String {
        let incidents = Incidents { summary: Some(summary), ..Incidents::default() };
        let config = Config { incidents, ..Config::default() };
        config.check().map_or_else(|errors| errors.to_string(), |()| String::new())
    }

    #[test]
    fn a_summary_needs_a_mail_server() {
        let text = problems(summary("ops@example.com", "07:00", "Europe/Berlin"));
        assert!(text.contains("notifications.email"), "{text}");
        assert!(!text.contains("incidents.summary"), "{text}");
    }

    #[test]
    fn addresses_times_and_zones_are_looked_at() {
        for (bad, key) in [
            (summary("ops", "07:00", "UTC"), "incidents.summary.to"),
            (summary("ops@example.com\r\nBcc: x@example.com", "07:00", "UTC"), "incidents.summary.to"),
            (summary("ops@example.com", "7:00", "UTC"), "incidents.summary.at"),
            (summary("ops@example.com", "24:00", "UTC"), "incidents.summary.at"),
            (summary("ops@example.com", "+7:00", "UTC"), "incidents.summary.at"),
            (summary("ops@example.com", "07:00", "Moon/Crater"), "incidents.summary.time_zone"),
        ] {
            let text = problems(bad);
            assert!(text.contains(key), "{key}: {text}");
        }
    }

    #[test]
    fn rules_are_words_and_nothing_else() {
        let read = |text: &str| toml::from_str::<Incidents>(text);
        let read_well =
            read("dry_run = true\n[rules]\ncode_repeated = \"contain\"\nreported = \"off\"").unwrap();
        assert!(read_well.dry_run && read_well.end_sessions);
        assert_eq!(read_well.rules.code_repeated, tandem_core::incident::Response::Contain);
        for bad in ["[rules]\nreported = \"always\"", "[rules]\noperator = \"contain\"", "dry = true"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
