//! `tandem events`: what happened that matters for security?

use super::Failure;
use super::output::{moment, plain, say, say_json, table};
use super::settings::{Settings, block_on};
use clap::Args;
use tandem_store::RecordedEvent;

const EXAMPLES: &str = "\
Examples:
  tandem events -c tandem.toml
  tandem events -c tandem.toml --limit 500 --json | jq 'map(select(.kind == \"reported\"))'";

/// The options of `events`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    settings: Settings,
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

/// Does it.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    block_on(async {
        let (_, store) = arguments.settings.open()?;
        let events = store.events(arguments.limit, arguments.before).await.map_err(Failure::of)?;
        store.close().await;
        if arguments.json {
            say_json(&events.iter().map(as_json).collect());
        } else if events.is_empty() {
            say("nothing was recorded");
        } else {
            let heading =
                ["number", "when", "what", "person", "client", "from", "detail"].map(str::to_owned).to_vec();
            let rows: Vec<_> = std::iter::once(heading).chain(events.iter().map(row)).collect();
            say(&table(&rows));
        }
        Ok(())
    })
}

fn row(recorded: &RecordedEvent) -> Vec<String> {
    let event = &recorded.event;
    let or_dash = |text: Option<String>| text.map_or_else(|| "-".to_owned(), |text| plain(&text));
    vec![
        recorded.id.to_string(),
        moment(event.at),
        plain(&event.kind),
        or_dash(event.sub.as_deref().map(str::to_owned)),
        or_dash(event.client_id.as_deref().map(str::to_owned)),
        or_dash(event.address.map(|address| address.to_string())),
        event.detail.as_deref().map(plain).unwrap_or_default(),
    ]
}

fn as_json(recorded: &RecordedEvent) -> serde_json::Value {
    let event = &recorded.event;
    serde_json::json!({
        "number": recorded.id,
        "at": moment(event.at),
        "kind": event.kind,
        "crossing": event.crossing.map(|crossing| crossing.to_string()),
        "sub": event.sub,
        "client_id": event.client_id,
        "address": event.address,
        "detail": event.detail,
    })
}
