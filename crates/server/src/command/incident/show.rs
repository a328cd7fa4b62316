//! `tandem incident show`: what is known of one incident?

use super::list;
use super::unknown;
use crate::admin_api::IncidentDetail;
use crate::command::Failure;
use crate::command::output::{moment, plain, say, say_json, table};
use crate::command::settings::Settings;
use clap::Args;
use tandem_core::incident::Role;
use tandem_store::{IncidentFile, IncidentStep};

/// The options of `incident show`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// Its number
    #[arg(value_name = "NUMBER")]
    id: i64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shows it.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (_, store) = arguments.settings.open()?;
    let file = store.incident(arguments.id).await.map_err(Failure::of)?;
    store.close().await;
    let file = file.ok_or_else(|| unknown(arguments.id))?;
    if arguments.json {
        say_json(&serde_json::to_value(IncidentDetail::of(&file)).map_err(Failure::of)?);
    } else {
        say(&text(&file));
    }
    Ok(())
}

fn text(file: &IncidentFile) -> String {
    let incident = &file.incident;
    let mut parts = vec![format!(
        "incident {}, {}, opened {} for {} (rule: {})\n{}",
        incident.id,
        list::state(incident),
        moment(incident.opened_at),
        incident.cause.as_str(),
        incident.response.as_str(),
        plain(&incident.summary),
    )];
    for (role, heading) in
        [(Role::Target, "containment ends"), (Role::Ended, "ended"), (Role::Seen, "was seen with it")]
    {
        let of_role: Vec<_> = file.touched.iter().filter(|touched| touched.role == role).collect();
        if !of_role.is_empty() {
            let rows = of_role
                .iter()
                .map(|touched| vec![format!("  {}", touched.kind.as_str()), plain(&touched.name)])
                .collect::<Vec<_>>();
            parts.push(format!("{heading}:\n{}", table(&rows)));
        }
    }
    let rows: Vec<_> = file.steps.iter().map(row).collect();
    parts.push(format!("what was done:\n{}", table(&rows)));
    parts.join("\n\n")
}

fn row(step: &IncidentStep) -> Vec<String> {
    let detail = step.detail.as_deref().map(plain).unwrap_or_default();
    vec![format!("  {}", moment(step.at)), plain(&step.step), plain(&step.actor), detail]
}
