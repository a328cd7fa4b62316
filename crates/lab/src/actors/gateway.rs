//! The mail gateway of the victims' company: which mails get through to people? (BCP 6.1.5)

use super::MAIL_SERVER;
use super::service::Service;
use crate::outcome::{Played, Trouble};
use crate::server::{GATEWAY, Lab};
use serde_json::Value;

/// A gateway that has each mail looked at.
#[derive(Debug)]
pub struct Gateway<'l>(Service<'l>);

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mailed {
    /// The person has it, marked or not.
    Arrived,
    /// It was held back or refused, for the code of this request.
    HeldBack {
        /// The name of the request.
        crossing: String,
    },
}

impl<'l> Gateway<'l> {
    /// The gateway.
    pub const fn of(lab: &'l Lab) -> Self {
        Self(Service::new(lab, lab.machine(MAIL_SERVER), GATEWAY))
    }

    /// A mail for one person comes in, and goes on if the verdict lets it.
    pub fn take(&self, to: &str, mail: &str) -> Played<Mailed> {
        let path = format!("/content-filter/scan?recipient={to}%40example.com");
        let answer = self.0.send(&path, "message/rfc822", mail)?;
        let skipped = answer.get("skipped").and_then(Value::as_array);
        if skipped.is_none_or(|skipped| !skipped.is_empty()) {
            return Err(Trouble::new(format!("a mail was not looked at wholly: {answer}")));
        }
        match answer.get("verdict").and_then(Value::as_str) {
            Some("allow" | "tag") => Ok(Mailed::Arrived),
            Some("quarantine" | "reject") => {
                let findings = answer.get("findings").and_then(Value::as_array);
                let crossing =
                    findings.into_iter().flatten().find_map(|finding| finding.get("crossing")?.as_str());
                let crossing = crossing.ok_or_else(|| Trouble::new("held back for no request"))?.to_owned();
                Ok(Mailed::HeldBack { crossing })
            }
            _ => Err(Trouble::new(format!("no verdict: {answer}"))),
        }
    }
}
