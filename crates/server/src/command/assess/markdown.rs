//! How does an assessment look in a document?

use super::report::{Flow, Report};
use std::fmt::Write as _;

/// Draws it. Writing to a String cannot fail.
pub fn render(report: &Report) -> String {
    let mut text = format!("# Risk assessment of {}\n\n", cell(&report.issuer));
    if report.flows.is_empty() {
        text.push_str("No client may use a cross-device flow.\n");
        return text;
    }
    text.push_str("| client | flow | profile | impact | risk |\n|---|---|---|---|---|\n");
    for flow in &report.flows {
        let _ = writeln!(
            text,
            "| `{}` | `{}` | `{}` | {} | **{}** |",
            cell(&flow.client_id),
            flow.flow,
            flow.profile,
            flow.impact.as_str(),
            flow.severity.as_str()
        );
    }
    for flow in &report.flows {
        draw(flow, &mut text);
    }
    text
}

fn draw(flow: &Flow, text: &mut String) {
    let _ = writeln!(text, "\n## `{}`, {}\n", cell(&flow.client_id), flow.flow);
    let _ = writeln!(text, "Pattern: {}. Impact: **{}**:\n", flow.pattern, flow.impact.as_str());
    for reason in &flow.impact_because {
        let _ = writeln!(text, "- {}: {}", reason.rule, reason.why);
    }
    text.push_str("\n| defence | state | why |\n|---|---|---|\n");
    for defence in flow.defences() {
        let _ = writeln!(text, "| `{}` | {} | {} |", defence.name, defence.state, cell(&defence.reason));
    }
    text.push_str("\n| exploit | risk | likelihood | acts | in part | off |\n|---|---|---|---|---|---|\n");
    for exploit in &flow.exploits {
        let _ = writeln!(
            text,
            "| {} {} | **{}** | {} ({}) | {} | {} | {} |",
            exploit.id,
            exploit.title,
            exploit.severity.as_str(),
            exploit.likelihood,
            exploit.likelihood_because.rule,
            exploit.in_state("acts").join(", "),
            exploit.in_state("in part").join(", "),
            exploit.in_state("off").join(", "),
        );
    }
    text.push_str("\nWhat remains at best:\n\n");
    for exploit in &flow.exploits {
        let _ = writeln!(text, "- {}: {}", exploit.id, exploit.remains);
    }
    text.push_str("\n| statement | level | outcome | why |\n|---|---|---|---|\n");
    for statement in &flow.statements {
        let _ = writeln!(
            text,
            "| {} {} | {} | {} | {} |",
            statement.id,
            cell(statement.says),
            statement.level,
            statement.outcome,
            cell(&statement.why)
        );
    }
    for statement in flow.unmet().filter(|statement| !statement.settings.is_empty()) {
        let _ = writeln!(text, "\n{} would be met by\n\n```toml", statement.id);
        for setting in &statement.settings {
            let _ = writeln!(text, "{setting}");
        }
        text.push_str("```\n");
    }
}

/// Text that cannot end its place in a table.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('`', "'").replace('<', "&lt;")
}
