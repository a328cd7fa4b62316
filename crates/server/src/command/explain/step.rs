//! What is one step of a request's story, in words?

use crate::command::output::{moment, plain};
use serde_json::{Value, json};
use tandem_core::crossing::{
    Approval, CheckpointKind, Denial, DenialReason, Event, PinDue, Presenter, Request,
};
use tandem_core::mitigations::{Finding, Findings, Mitigation, TABLE};
use tandem_core::time::Timestamp;
use tandem_store::RecordedEvent;

/// One thing that happened.
pub struct Step {
    pub at: Timestamp,
    what: String,
    checkpoint: Option<CheckpointKind>,
    findings: Findings,
    details: Vec<(&'static str, String)>,
}

impl Step {
    /// Something without a checkpoint.
    pub fn plain(at: Timestamp, what: impl Into<String>) -> Self {
        Self { at, what: what.into(), checkpoint: None, findings: Findings::default(), details: Vec::new() }
    }

    fn passed(
        checkpoint: CheckpointKind,
        at: Timestamp,
        what: &str,
        findings: Findings,
        details: Vec<(&'static str, String)>,
    ) -> Self {
        Self { at, what: what.to_owned(), checkpoint: Some(checkpoint), findings, details }
    }

    /// What an event of the journal says; one without a time of its own follows what was before it.
    pub fn of(event: &Event, before: Timestamp) -> Self {
        match event {
            Event::Initiated(request) => Self::initiated(request),
            Event::Opened(at) => Self::plain(*at, "somebody came with the code"),
            Event::Presented(by) => Self::presented(by),
            Event::Approved(approval) => Self::approved(approval),
            Event::Denied(denial) => Self::denied(denial),
            Event::Notified(_) => Self::plain(before, "a device of the person took the notice"),
            Event::Ended(at) => Self::plain(*at, "nobody answered in time, and the client was told"),
            Event::SlowedDown(secs) => {
                Self::plain(before, format!("polled too soon: every {secs} s from then on"))
            }
            Event::NumberMissed => {
                Self::plain(before, "a wrong number, or wrong bound data, was given on the phone")
            }
            Event::PinMissed => Self::plain(before, "the consumption device sent a wrong PIN"),
            Event::Redeemed(at) => Self::passed(
                CheckpointKind::Redeem,
                *at,
                "redeem: the client collected",
                Findings::default(),
                Vec::new(),
            ),
        }
    }

    fn initiated(request: &Request) -> Self {
        let device = &request.device;
        let name = device.name.as_deref().map_or(device.kind.as_str(), |name| name);
        let mut details = vec![
            ("who", format!("client {}, on {} at {}", request.client_id, plain(name), device.address)),
            ("flow", request.room.as_str().to_owned()),
            ("for", plain(request.scope.as_str())),
            ("until", moment(request.expires_at)),
        ];
        if request.open_for != 0 {
            details.push(("open", format!("to be opened within {} s", request.open_for)));
        }
        if let Some(person) = request.addressee() {
            details.push(("to", plain(person)));
        }
        let (at, findings) = (request.initiated_at, request.findings);
        Self::passed(CheckpointKind::Initiate, at, "initiate: a device asked", findings, details)
    }

    fn presented(by: &Presenter) -> Self {
        let details = vec![("who", format!("{} at {}", plain(&by.sub), by.address))];
        Self::passed(CheckpointKind::Transfer, by.at, "transfer: somebody opened it", by.findings, details)
    }

    fn approved(approval: &Approval) -> Self {
        let authentication = &approval.authentication;
        let mut details = vec![
            ("who", format!("{} at {}", plain(&authentication.sub), approval.address)),
            (
                "signed in",
                format!("{} by {}", moment(authentication.auth_time), authentication.method.amr().join("+")),
            ),
            ("granted", plain(approval.scope.as_str())),
        ];
        if approval.pin == PinDue::Yes {
            details.push(("then", "the phone's PIN is due on the consumption device".to_owned()));
        }
        if let Some(ceilings) = approval.ceilings {
            let refresh = match ceilings.refresh_token {
                0 => "no refresh token".to_owned(),
                u32::MAX => "refresh tokens as usual".to_owned(),
                secs => format!("a grant {secs} s at most"),
            };
            details.push((
                "tokens",
                format!("access tokens live {} s at most, {refresh}", ceilings.access_token),
            ));
        }
        Self::passed(
            CheckpointKind::Approve,
            approval.at,
            "approve: they allowed it",
            approval.findings,
            details,
        )
    }

    fn denied(denial: &Denial) -> Self {
        let details = vec![("who", format!("{} at {}", plain(&denial.sub), denial.address))];
        // No checkpoint: nothing stands in the way of a no.
        Self { details, ..Self::plain(denial.at, format!("ended: {}", denied(denial.reason))) }
    }

    /// What a security event says.
    pub fn recorded(recorded: &RecordedEvent) -> Self {
        let event = &recorded.event;
        let mut details = Vec::new();
        if let Some(sub) = &event.sub {
            details.push(("who", plain(sub)));
        }
        if let Some(address) = event.address {
            details.push(("from", address.to_string()));
        }
        if let Some(detail) = &event.detail {
            details.push(("detail", plain(detail)));
        }
        let what = format!("security event {}: {}", recorded.id, plain(&event.kind));
        Self { details, ..Self::plain(event.at, what) }
    }

    /// Which mitigations were asked.
    fn asked(&self) -> Vec<&'static str> {
        let rows = TABLE.iter().filter(|row| self.checkpoint.is_some_and(|at| row.checkpoints.contains(&at)));
        rows.map(|row| row.mitigation.as_str()).collect()
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        let mut lines = vec![format!("\n{}  {}", moment(self.at), self.what)];
        lines.extend(self.details.iter().map(|(name, text)| format!("  {name}: {text}")));
        if let Some(checkpoint) = self.checkpoint {
            lines.push(format!("  asked: {}", self.asked().join(", ")));
            let or = |list: Vec<&str>, nothing: &str| {
                if list.is_empty() { nothing.to_owned() } else { list.join(", ") }
            };
            let limited = self.findings.limited().map(Mitigation::as_str).collect();
            if checkpoint == CheckpointKind::Redeem {
                lines.push("  found: not kept at this checkpoint".to_owned());
            } else {
                let found = self.findings.found().map(Finding::as_str).collect();
                lines.push(format!("  found: {}", or(found, "nothing special")));
                lines.push(format!("  limited by: {}", or(limited, "none")));
            }
            lines.push("  decided: it may go on".to_owned());
        }
        lines.join("\n")
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let found = self.findings.found().map(Finding::as_str);
        let details = self.details.iter().map(|(name, text)| ((*name).to_owned(), json!(text)));
        json!({
            "at": moment(self.at),
            "what": self.what,
            "asked": self.asked(),
            "found": found.collect::<Vec<_>>(),
            "limited_by": self.findings.limited().map(Mitigation::as_str).collect::<Vec<_>>(),
            "details": details.collect::<serde_json::Map<_, _>>(),
        })
    }
}

/// Why it ended, in words.
pub const fn denied(reason: DenialReason) -> &'static str {
    match reason {
        DenialReason::Declined => "declined",
        DenialReason::Reported => "reported: the person did not start it",
        DenialReason::NumberMissed => "the number of the other device was not known",
        DenialReason::PinMissed => "the PIN of the phone was not known",
        DenialReason::BindingMissed => "the bound data was not known",
        DenialReason::Contested => "a second person or network opened it",
        DenialReason::Incident => "a sign of misuse ended it",
    }
}
