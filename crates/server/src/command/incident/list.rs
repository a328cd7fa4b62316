//! `tandem incident list`: which incidents are there?

use crate::admin_api;
use crate::command::Failure;
use crate::command::output::{moment, plain, say, say_json, table};
use crate::command::settings::Settings;
use clap::Args;
use clap::builder::PossibleValuesParser;
use tandem_core::incident::{Cause, State};
use tandem_store::{Incident, IncidentQuery};

/// The options of `incident list`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// Those that stand here
    #[arg(long, value_parser = PossibleValuesParser::new(State::ALL.map(State::as_str)))]
    state: Option<String>,
    /// Those that were opened for this
    #[arg(long, value_parser = PossibleValuesParser::new(Cause::ALL.map(Cause::as_str)))]
    cause: Option<String>,
    /// Those that touched exactly this (a crossing, subject, client, device, address), or say it in their summary
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    search: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Only those with a number below this, to page further back
    #[arg(long, value_name = "NUMBER")]
    before: Option<i64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shows them.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (_, store) = arguments.settings.open()?;
    let query = IncidentQuery {
        state: arguments.state.as_deref().and_then(State::parse),
        cause: arguments.cause.as_deref().and_then(Cause::parse),
        search: arguments.search.clone(),
        before: arguments.before,
        limit: arguments.limit,
    };
    let incidents = store.incidents(query).await.map_err(Failure::of)?;
    store.close().await;
    if arguments.json {
        let wire: Vec<_> = incidents.iter().map(admin_api::Incident::of).collect();
        say_json(&serde_json::to_value(wire).map_err(Failure::of)?);
    } else if incidents.is_empty() {
        say("no incident");
    } else {
        let heading =
            ["number", "state", "cause", "opened", "person", "client", "what"].map(str::to_owned).to_vec();
        let rows: Vec<_> = std::iter::once(heading).chain(incidents.iter().map(row)).collect();
        say(&table(&rows));
    }
    Ok(())
}

fn row(incident: &Incident) -> Vec<String> {
    let or_dash = |text: Option<&str>| text.map_or_else(|| "-".to_owned(), plain);
    vec![
        incident.id.to_string(),
        state(incident).to_owned(),
        incident.cause.as_str().to_owned(),
        moment(incident.opened_at),
        or_dash(incident.sub.as_deref()),
        or_dash(incident.client_id.as_deref()),
        plain(&incident.summary),
    ]
}

/// Where it stands, for people.
pub fn state(incident: &Incident) -> &'static str {
    if incident.containing_since.is_some() { "containing" } else { incident.state.as_str() }
}
