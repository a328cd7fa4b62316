//! `tandem incident contain`, `close` and `reopen`: what is done about an incident?

use super::unknown;
use crate::app::store_options;
use crate::clock::Clock;
use crate::command::Failure;
use crate::command::output::tell;
use crate::command::settings::{Migrate, Settings, open_store};
use crate::config::Config;
use crate::incidents::containment::{self, Terms};
use clap::Args;
use std::time::Duration;
use tandem_core::incident::{Actor, ContainRefusal, State};
use tandem_store::{BeginRefusal, IncidentFile, LifeChange, LifeRefusal, Open, OpenError, Store};
use tokio::time::Instant;

/// How long a running server is waited for, and how often it is looked whether it is done.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// The longest note, in characters.
const MAX_NOTE: usize = 1000;

/// The options of `incident contain`.
#[derive(Debug, Args)]
pub struct Contain {
    #[command(flatten)]
    settings: Settings,
    /// Its number
    #[arg(value_name = "NUMBER")]
    id: i64,
}

/// The options of `incident close` and `incident reopen`.
#[derive(Debug, Args)]
pub struct Change {
    #[command(flatten)]
    settings: Settings,
    /// Its number
    #[arg(value_name = "NUMBER")]
    id: i64,
    /// Why, for whoever reads it later
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// What is to be contained.
pub struct Request {
    /// The configuration of the server.
    pub config: Config,
    /// The incident.
    pub id: i64,
}

/// Contains it.
pub async fn contain(arguments: &Contain) -> Result<(), Failure> {
    let config = arguments.settings.load()?.config;
    carry_out(&Request { config, id: arguments.id }).await
}

/// Says that it shall be contained. A running server does it, which alone knows the open requests; where none runs, this
/// process takes its place for a moment.
pub async fn carry_out(request: &Request) -> Result<(), Failure> {
    let Request { config, id } = request;
    let store = open_store(config, Migrate::No)?;
    let begun = store.begin_containment(*id, Actor::Command, Clock::System.now()).await;
    store.close().await;
    match begun.map_err(Failure::of)? {
        Ok(()) => {}
        Err(BeginRefusal::Unknown) => return Err(unknown(*id)),
        Err(BeginRefusal::State(ContainRefusal::Contained)) => {
            tell(&format!("incident {id} was contained before: nothing is left to end"));
            return Ok(());
        }
        Err(BeginRefusal::State(ContainRefusal::Closed)) => {
            let text = format!("incident {id} is closed: `tandem incident reopen {id}` opens it again");
            return Err(Failure::Failed(text));
        }
    }
    let file = match Store::open(store_options(config, Open::Server), Clock::System.now()) {
        Ok(store) => contain_here(&store, config, *id).await?,
        Err(OpenError::Locked { .. }) => wait_for_server(config, *id).await?,
        Err(error) => return Err(error.into()),
    };
    let step = file.steps.iter().rev().find(|step| step.step == "contained");
    let detail = step.and_then(|step| step.detail.as_deref()).unwrap_or_default();
    tell(&format!("incident {id} is contained: {detail}"));
    Ok(())
}

/// No server runs, and none can start meanwhile.
async fn contain_here(store: &Store, config: &Config, id: i64) -> Result<IncidentFile, Failure> {
    let now = Clock::System.now();
    let contained = containment::carry_out(store, &Terms::of(config), id, &Actor::Command, now).await;
    let file = store.incident(id).await;
    store.clone().close().await;
    contained.map_err(Failure::of)?;
    file.map_err(Failure::of)?.ok_or_else(|| unknown(id))
}

async fn wait_for_server(config: &Config, id: i64) -> Result<IncidentFile, Failure> {
    let store = open_store(config, Migrate::No)?;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let file = store.incident(id).await.map_err(Failure::of)?.ok_or_else(|| unknown(id))?;
        if file.incident.state != State::Open {
            store.close().await;
            return Ok(file);
        }
        if Instant::now() >= deadline {
            store.close().await;
            let text = format!(
                "the running server has not contained incident {id} within {} seconds. It goes on with it: look at its log, \
                 and at `tandem incident show {id}`",
                PATIENCE.as_secs()
            );
            return Err(Failure::Failed(text));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Closes it, or opens it again.
pub async fn change(arguments: &Change, change: LifeChange) -> Result<(), Failure> {
    let id = arguments.id;
    let note = note(arguments)?;
    let (_, store) = arguments.settings.open()?;
    let changed = store.change_incident(id, change, Actor::Command, Clock::System.now(), note).await;
    store.close().await;
    let now = match change {
        LifeChange::Close => "closed",
        LifeChange::Reopen => "open again",
    };
    told(id, changed.map_err(Failure::of)?, now)
}

fn told(id: i64, outcome: Result<(), LifeRefusal>, now: &str) -> Result<(), Failure> {
    match outcome {
        Ok(()) => {
            tell(&format!("incident {id} is {now}"));
            Ok(())
        }
        Err(LifeRefusal::Already) => {
            tell(&format!("incident {id} was {now} before"));
            Ok(())
        }
        Err(LifeRefusal::Unknown) => Err(unknown(id)),
        Err(LifeRefusal::Containing) => Err(Failure::Failed(format!(
            "incident {id} is being contained: try again when `tandem incident show {id}` says that it is done"
        ))),
        Err(LifeRefusal::Another) => Err(Failure::Failed(
            "another incident of the same request lives: see `tandem incident list --state open` and `--state contained`"
                .to_owned(),
        )),
    }
}

fn note(arguments: &Change) -> Result<Option<String>, Failure> {
    let Some(note) = arguments.note.as_deref().map(str::trim) else { return Ok(None) };
    if note.is_empty() || note.chars().count() > MAX_NOTE || note.chars().any(char::is_control) {
        let text = format!("--note: 1 to {MAX_NOTE} characters without control characters are accepted");
        return Err(Failure::Usage(text));
    }
    Ok(Some(note.to_owned()))
}
