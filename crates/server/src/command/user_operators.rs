//! `tandem user operator`: who may look at incidents and act on them?

use super::Failure;
use super::output::{plain, say, say_json, table, tell};
use super::settings::Settings;
use crate::clock::Clock;
use crate::people::accounts;
use clap::{Args, Subcommand};
use std::sync::Arc;
use tandem_store::SecurityEvent;

const EXAMPLES: &str = "\
Examples:
  tandem user operator add ada -c tandem.toml
  tandem user operator list -c tandem.toml

An operator sees the page of incidents after signing in. A running server notices at once.";

/// What to do with operators.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum Action {
    /// Make a person an operator
    Add(Named),
    /// A person is no operator any more
    Remove(Named),
    /// Show all operators
    List(List),
}

/// Whose.
#[derive(Debug, Args)]
pub struct Named {
    #[command(flatten)]
    settings: Settings,
    /// The name they sign in with
    username: String,
}

/// The options of `user operator list`.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    settings: Settings,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Does it.
pub async fn operator(action: &Action) -> Result<(), Failure> {
    match action {
        Action::Add(named) => change(named, Change::Add).await,
        Action::Remove(named) => change(named, Change::Remove).await,
        Action::List(arguments) => list(arguments).await,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Add,
    Remove,
}

async fn change(named: &Named, change: Change) -> Result<(), Failure> {
    let (_, store) = named.settings.open()?;
    let user = accounts::find_user(&store, &named.username).await?;
    let now = Clock::System.now();
    let (changed, kind, is) = match change {
        Change::Add => (store.add_operator(&user.sub, now).await, "operator_added", "an operator"),
        Change::Remove => (store.remove_operator(&user.sub).await, "operator_removed", "no operator"),
    };
    let changed = changed.map_err(Failure::of)?;
    if changed {
        let event = SecurityEvent {
            at: now,
            kind: kind.to_owned(),
            crossing: None,
            sub: Some(Arc::clone(&user.sub)),
            client_id: None,
            address: None,
            detail: Some("by the operator of the machine".to_owned()),
        };
        store.record_event(event).await.map_err(Failure::of)?;
    }
    store.close().await;
    let when = if changed { "now" } else { "already" };
    tell(&format!("{} is {when} {is}", plain(&user.username)));
    Ok(())
}

async fn list(arguments: &List) -> Result<(), Failure> {
    let (_, store) = arguments.settings.open()?;
    let mut operators = Vec::new();
    for sub in store.operators().await.map_err(Failure::of)? {
        let user = store.user(&sub).await.map_err(Failure::of)?;
        operators.push((sub, user.map(|user| user.username.clone())));
    }
    store.close().await;
    if arguments.json {
        let as_json =
            |(sub, username): &(String, Option<_>)| serde_json::json!({ "sub": sub, "username": username });
        say_json(&operators.iter().map(as_json).collect());
    } else if operators.is_empty() {
        say("nobody: `tandem user operator add` makes a person one");
    } else {
        let heading = ["user", "subject"].map(str::to_owned).to_vec();
        let rows = operators.iter().map(|(sub, username)| {
            let username = username.as_deref().map_or_else(|| "(removed)".to_owned(), plain);
            vec![username, plain(sub)]
        });
        say(&table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>()));
    }
    Ok(())
}
