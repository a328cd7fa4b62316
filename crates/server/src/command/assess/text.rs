//! How does an assessment look on a terminal?

use super::report::{Exploit, Flow, Report};
use crate::command::output::table;

/// Draws it.
pub fn render(report: &Report) -> String {
    let mut parts = vec![format!("Risk assessment of {}", report.issuer)];
    if report.flows.is_empty() {
        parts.push("no client may use a cross-device flow".to_owned());
        return parts.join("\n\n");
    }
    let mut rows = vec![["client", "flow", "profile", "impact", "risk", "unmet"].map(str::to_owned).to_vec()];
    for flow in &report.flows {
        let unmet: Vec<_> = flow.unmet().map(|statement| statement.id).collect();
        rows.push(vec![
            flow.client_id.clone(),
            flow.flow.to_owned(),
            flow.profile.to_owned(),
            flow.impact.as_str().to_owned(),
            flow.severity.as_str().to_owned(),
            if unmet.is_empty() { "-".to_owned() } else { unmet.join(" ") },
        ]);
    }
    parts.push(table(&rows));
    parts.extend(report.flows.iter().map(flow));
    parts.push(format!("The greatest risk is {}.", report.severity.as_str()));
    parts.join("\n\n")
}

fn flow(flow: &Flow) -> String {
    let mut lines = vec![
        format!(
            "== {} ({}), {}: {} risk",
            flow.client_id,
            flow.client_name,
            flow.flow,
            flow.severity.as_str()
        ),
        format!("pattern: {}; profile: {}", flow.pattern, flow.profile),
        format!("impact: {}", flow.impact.as_str()),
    ];
    lines.extend(flow.impact_because.iter().map(|reason| format!("  {} {}", reason.rule, reason.why)));
    lines.push("\ndefences under this policy:".to_owned());
    let defences = flow.defences().into_iter().map(|defence| {
        vec![String::new(), defence.name.to_owned(), defence.state.to_owned(), defence.reason.clone()]
    });
    lines.push(table(&defences.collect::<Vec<_>>()));
    lines.extend(flow.exploits.iter().map(exploit));
    let unmet: Vec<_> = flow.unmet().collect();
    lines.push(String::new());
    lines.push(if unmet.is_empty() {
        "every statement of the BCP that a configuration can meet is met".to_owned()
    } else {
        format!(
            "not met (lines of a flow's policy hold for all its clients, and for {} alone under its tandem_policy; it is \
             kept in the {}):",
            flow.client_id, flow.kept_in
        )
    });
    for statement in unmet {
        lines.push(format!("  {} {}: {}", statement.id, statement.level, statement.says));
        lines.push(format!("    {}", statement.why));
        lines.extend(statement.settings.iter().map(|setting| format!("    add  {setting}")));
    }
    lines.push("\nfor the operator to decide:".to_owned());
    for statement in flow.statements.iter().filter(|statement| statement.outcome == "operator") {
        lines.push(format!(
            "  {} {}: {} Here: {}",
            statement.id, statement.level, statement.says, statement.why
        ));
    }
    lines.join("\n")
}

fn exploit(exploit: &Exploit) -> String {
    let or_none = |list: Vec<String>| if list.is_empty() { "none".to_owned() } else { list.join(", ") };
    format!(
        "\n{} {}: {} risk ({}: {} {})\n  acts: {}\n  in part: {}\n  off: {}\n  remains: {}",
        exploit.id,
        exploit.title,
        exploit.severity.as_str(),
        exploit.likelihood,
        exploit.likelihood_because.rule,
        exploit.likelihood_because.why,
        or_none(exploit.in_state("acts")),
        or_none(exploit.in_state("in part")),
        or_none(exploit.in_state("off")),
        exploit.remains,
    )
}
