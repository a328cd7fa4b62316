//! `tandem ssf`: who hears what ends here, and who shall hear it no more, or again?

use super::Failure;
use super::output::{moment, plain, say, say_json, table, tell};
use super::settings::{Settings, block_on};
use crate::clients::listed;
use crate::clock::Clock;
use crate::config::Config;
use crate::shared_signals::is_receiver;
use clap::{Args, Subcommand};
use std::collections::HashSet;
use std::sync::Arc;
use tandem_core::shared_signals::{Delivery, StreamStatus};
use tandem_store::{Restatus, SecurityEvent, Store, Stream};

const EXAMPLES: &str = "\
Examples:
  Whose streams there are, and how much waits in each:
    tandem ssf list -c tandem.toml

  A receiver is being repaired; what happens meanwhile is kept for seven days:
    tandem ssf pause -c tandem.toml G5Yx2bSTQVqKhWc9ZcLrpA --reason \"maintenance until Monday\"
    tandem ssf resume -c tandem.toml G5Yx2bSTQVqKhWc9ZcLrpA --reason \"maintenance is over\"

  Send it nothing more, and drop what waits:
    tandem ssf disable -c tandem.toml G5Yx2bSTQVqKhWc9ZcLrpA --reason \"the contract has ended\"

The receiver hears of a new status, and can set another one itself: where it shall not, remove the client or its scopes. A running
server notices within a moment.

Exit codes:
  0 done, or done before    1 it could not be done    2 wrong command line or configuration";

/// The longest reason, in characters, as for a receiver.
const MAX_REASON: usize = 256;

/// What to do with streams.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Action {
    /// Show all streams, and how much waits in each
    List(List),
    /// Show everything about a stream
    Show(Show),
    /// Hold what happens, in its order, until the stream goes on
    Pause(Change),
    /// Send again, first what waits
    Resume(Change),
    /// Send nothing, and drop what waits
    Disable(Change),
}

/// The options of `ssf list`.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    settings: Settings,
    /// Those of this client only
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The options of `ssf show`.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    settings: Settings,
    /// The stream
    #[arg(value_name = "STREAM", allow_hyphen_values = true)]
    id: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The options of `ssf pause`, `ssf resume` and `ssf disable`.
#[derive(Debug, Args)]
pub struct Change {
    #[command(flatten)]
    settings: Settings,
    /// The stream
    #[arg(value_name = "STREAM", allow_hyphen_values = true)]
    id: String,
    /// Why: the receiver is told
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Does it.
pub fn run(action: &Action) -> Result<(), Failure> {
    match action {
        Action::List(arguments) => block_on(list(arguments)),
        Action::Show(arguments) => block_on(show(arguments)),
        Action::Pause(arguments) => block_on(change(arguments, StreamStatus::Paused)),
        Action::Resume(arguments) => block_on(change(arguments, StreamStatus::Enabled)),
        Action::Disable(arguments) => block_on(change(arguments, StreamStatus::Disabled)),
    }
}

/// A stream as it stands.
struct Standing {
    stream: Stream,
    waiting: u64,
    /// Whether its client may receive; if not, nothing leaves whatever its status.
    receives: bool,
}

async fn standing(config: &Config, store: &Store) -> Result<Vec<Standing>, Failure> {
    let receivers = receivers(config, store).await?;
    let streams = store.list_streams().await.map_err(Failure::of)?.into_iter();
    let standing = |(stream, waiting): (Stream, u64)| {
        let receives = receivers.contains(&stream.client_id);
        Standing { stream, waiting, receives }
    };
    Ok(streams.map(standing).collect())
}

/// The clients that may receive.
async fn receivers(config: &Config, store: &Store) -> Result<HashSet<Arc<str>>, Failure> {
    let stored = store.list_clients().await.map_err(Failure::of)?;
    let clients = listed(config, stored).map_err(Failure::of)?.into_iter().map(|known| known.client);
    Ok(clients.filter(is_receiver).map(|client| client.client_id).collect())
}

async fn list(arguments: &List) -> Result<(), Failure> {
    let (config, store) = arguments.settings.open()?;
    let mut all = standing(&config, &store).await?;
    store.close().await;
    if let Some(client) = &arguments.client {
        all.retain(|one| *one.stream.client_id == **client);
    }
    if arguments.json {
        say_json(&all.iter().map(as_json).collect());
    } else if all.is_empty() {
        say("no stream");
    } else {
        let heading = ["stream", "client", "delivery", "status", "waiting", "last heard of"];
        let rows = all.iter().map(|Standing { stream, waiting, receives }| {
            let status = stream.status.word();
            vec![
                stream.stream_id.clone(),
                plain(&stream.client_id),
                delivery(&stream.terms.delivery),
                if *receives { status.to_owned() } else { format!("{status}; no receiver any more") },
                waiting.to_string(),
                moment(stream.active_at),
            ]
        });
        say(&table(&std::iter::once(heading.map(str::to_owned).to_vec()).chain(rows).collect::<Vec<_>>()));
    }
    Ok(())
}

fn delivery(delivery: &Delivery) -> String {
    match delivery {
        Delivery::Push { endpoint_url, .. } => format!("push to {}", plain(endpoint_url)),
        Delivery::Poll => "poll".to_owned(),
    }
}

async fn find(config: &Config, store: &Store, id: &str) -> Result<Standing, Failure> {
    let mut all = standing(config, store).await?.into_iter();
    all.find(|one| one.stream.stream_id == id).ok_or_else(|| {
        Failure::Failed(format!("there is no stream {}: `tandem ssf list` shows them", plain(id)))
    })
}

async fn show(arguments: &Show) -> Result<(), Failure> {
    let (config, store) = arguments.settings.open()?;
    let found = find(&config, &store, &arguments.id).await?;
    store.close().await;
    let json = as_json(&found);
    if arguments.json {
        say_json(&json);
    } else if let Some(members) = json.as_object() {
        let rows = members.iter().map(|(member, value)| {
            vec![member.clone(), value.as_str().map_or_else(|| plain(&value.to_string()), plain)]
        });
        say(&table(&rows.collect::<Vec<_>>()));
    }
    Ok(())
}

async fn change(arguments: &Change, status: StreamStatus) -> Result<(), Failure> {
    let reason = arguments.reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON || reason.chars().any(char::is_control) {
        let text = format!("--reason: 1 to {MAX_REASON} characters without control characters are accepted");
        return Err(Failure::Usage(text));
    }
    let (config, store) = arguments.settings.open()?;
    let stream = find(&config, &store, &arguments.id).await?.stream;
    let (id, word) = (&stream.stream_id, status.word());
    if stream.status == status {
        store.close().await;
        tell(&format!("stream {id} was {word} before"));
        return Ok(());
    }
    let restatus = Restatus { status, reason: reason.to_owned(), issuer: config.issuer.as_str().to_owned() };
    let now = Clock::System.now();
    let changed = store.restate_stream(id, &stream.client_id, restatus, now).await.map_err(Failure::of)?;
    if changed.is_none() {
        return Err(Failure::Failed(format!("stream {id} was deleted just now")));
    }
    let event = SecurityEvent {
        at: now,
        kind: "stream_status".to_owned(),
        crossing: None,
        sub: None,
        client_id: Some(Arc::clone(&stream.client_id)),
        address: None,
        detail: Some(format!("stream {id}: {word}, by the operator: {reason}")),
    };
    store.record_event(event).await.map_err(Failure::of)?;
    store.close().await;
    tell(&format!("stream {id} of {} is {word}", plain(&stream.client_id)));
    Ok(())
}

/// Without the authorization header, which is the receiver's secret.
fn as_json(Standing { stream, waiting, receives }: &Standing) -> serde_json::Value {
    let Stream { terms, .. } = stream;
    let (method, endpoint_url) = match &terms.delivery {
        Delivery::Push { endpoint_url, .. } => ("push", Some(endpoint_url)),
        Delivery::Poll => ("poll", None),
    };
    serde_json::json!({
        "stream_id": stream.stream_id,
        "client": *stream.client_id,
        "receives": receives,
        "status": stream.status.word(),
        "reason": stream.reason,
        "waiting": waiting,
        "delivery": method,
        "endpoint_url": endpoint_url,
        "aud": terms.aud,
        "events_requested": terms.events_requested,
        "description": terms.description,
        "created_at": moment(stream.created_at),
        "changed_at": moment(stream.changed_at),
        "verified_at": stream.verified_at.map(moment),
        "active_at": moment(stream.active_at),
    })
}
