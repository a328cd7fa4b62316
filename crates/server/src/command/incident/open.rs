//! `tandem incident open`: somebody with a shell found misuse.

use super::act::{self, Request};
use super::words;
use crate::clock::Clock;
use crate::command::Failure;
use crate::command::output::{plain, say, say_json, tell};
use crate::command::settings::Settings;
use crate::config::Config;
use crate::people::accounts;
use clap::{ArgGroup, Args};
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::incident::{Actor, Cause, Response, Target};
use tandem_store::{DeviceName, NewIncident, Opened, Store};

/// The longest reason, in characters.
const MAX_REASON: usize = 1000;

/// The options of `incident open`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("target").required(true).args(["crossing", "person", "client", "device"]))]
pub struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// A request and what was issued from it, by its id as logs and `tandem events --json` have it
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    crossing: Option<String>,
    /// Everything that a person granted, and where they are signed in: the name they sign in with, or their subject
    #[arg(long, value_name = "USER")]
    person: Option<String>,
    /// Everything that was granted to a client, and its open requests
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
    /// A registered device: its trust, and everything that it collected
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// What it is about, for whoever reads it later
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Contain it at once
    #[arg(long)]
    contain: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Opens one, or adds to the one that lives.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let reason = arguments.reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON || reason.chars().any(char::is_control) {
        let text = format!("--reason: 1 to {MAX_REASON} characters without control characters are accepted");
        return Err(Failure::Usage(text));
    }
    let (config, store) = arguments.settings.open()?;
    let found = find(arguments, &config, &store).await?;
    let target = words(&found.target);
    let new = NewIncident {
        cause: Cause::Operator,
        response: Response::Record,
        at: Clock::System.now(),
        actor: Actor::Command,
        crossing: found.crossing,
        sub: found.sub,
        client_id: found.client_id,
        summary: reason.to_owned(),
        targets: vec![found.target],
        seen: Vec::new(),
    };
    let opened = store.open_incident(new, None).await.map_err(Failure::of)?;
    let opened = opened.ok_or_else(|| Failure::Failed("the incident was not opened".to_owned()))?;
    store.close().await;
    let id = opened.id();
    if arguments.json {
        say_json(&serde_json::json!({ "number": id, "new": matches!(opened, Opened::New(_)) }));
    } else {
        say(&id.to_string());
    }
    tell(&match opened {
        Opened::New(id) => format!("incident {id} is open for {}", plain(&target)),
        Opened::Known(id) => format!("{} belongs to incident {id}, which lives", plain(&target)),
    });
    if arguments.contain { act::carry_out(&Request { config, id }).await } else { Ok(()) }
}

/// What an incident is about.
struct Found {
    target: Target,
    crossing: Option<CrossingId>,
    sub: Option<Arc<str>>,
    client_id: Option<Arc<str>>,
}

impl Found {
    const fn of(target: Target) -> Self {
        Self { target, crossing: None, sub: None, client_id: None }
    }
}

async fn find(arguments: &Arguments, config: &Config, store: &Store) -> Result<Found, Failure> {
    if let Some(text) = &arguments.crossing {
        return crossing(store, text).await;
    }
    if let Some(name) = &arguments.person {
        let sub = person(store, name).await?;
        return Ok(Found { sub: Some(Arc::clone(&sub)), ..Found::of(Target::Person(sub)) });
    }
    if let Some(name) = &arguments.client {
        let configured = config.clients.iter().any(|client| client.client_id == *name);
        if !configured && store.client(name).await.map_err(Failure::of)?.is_none() {
            return Err(Failure::Failed(format!("there is no client {}", plain(name))));
        }
        let client_id: Arc<str> = name.as_str().into();
        return Ok(Found { client_id: Some(Arc::clone(&client_id)), ..Found::of(Target::Client(client_id)) });
    }
    let name = arguments.device.as_deref().unwrap_or_default();
    let device = store.trusted_device(DeviceName::Id(name.into())).await.map_err(Failure::of)?;
    let device = device.ok_or_else(|| Failure::Failed(format!("there is no device {}", plain(name))))?;
    let target = Target::Device(device.id.as_ref().into());
    Ok(Found { client_id: Some(Arc::clone(&device.client_id)), ..Found::of(target) })
}

/// A request that nothing was issued from yet is known to the server alone: its id is taken as it is.
async fn crossing(store: &Store, text: &str) -> Result<Found, Failure> {
    let id = crate::command::explain::parse(text)?;
    let family = store.family(id).await.map_err(Failure::of)?;
    Ok(Found {
        crossing: Some(id),
        sub: family.as_ref().map(|family| Arc::clone(&family.authentication.sub)),
        client_id: family.map(|family| Arc::clone(&family.client_id)),
        target: Target::Crossing(id),
    })
}

/// By the name they sign in with, or by subject: one who was removed may have left something behind.
async fn person(store: &Store, name: &str) -> Result<Arc<str>, Failure> {
    if let Ok(user) = accounts::find_user(store, name).await {
        return Ok(Arc::clone(&user.sub));
    }
    let user = store.user(name).await.map_err(Failure::of)?;
    user.map(|user| Arc::clone(&user.sub))
        .ok_or_else(|| Failure::Failed(format!("there is no user or subject {}", plain(name))))
}
