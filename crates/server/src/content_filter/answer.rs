//! How does a judgement look on the wire? Without the codes and addresses that were found.

use super::judge::{Finding, Judgement};
use super::look_up::Codes;
use serde::Serialize;
use serde_json::Value;
use tandem_content_filter::Form;

#[derive(Serialize)]
struct Wire<'a> {
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipients: Option<u32>,
    findings: Vec<WireFinding<'a>>,
    skipped: Vec<Value>,
}

#[derive(Serialize)]
struct WireFinding<'a> {
    what: &'static str,
    live: bool,
    part: &'a str,
    form: Form,
    #[serde(skip_serializing_if = "Option::is_none")]
    crossing: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipients: Option<u32>,
}

impl<'a> WireFinding<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            what: finding.what,
            live: finding.crossing.is_some(),
            part: &finding.part,
            form: finding.form,
            crossing: finding.crossing.map(|crossing| crossing.to_string()),
            recipients: finding.recipients,
        }
    }
}

/// The answer of the endpoint.
pub fn wire(judgement: &Judgement) -> impl Serialize + '_ {
    let mut skipped: Vec<Value> =
        judgement.skipped.iter().filter_map(|skipped| serde_json::to_value(skipped).ok()).collect();
    if judgement.codes == Codes::TooMany {
        skipped.push(Value::from("too_many_codes"));
    }
    Wire {
        verdict: judgement.handling.as_str(),
        recipients: judgement.recipients,
        findings: judgement.findings.iter().map(WireFinding::of).collect(),
        skipped,
    }
}
