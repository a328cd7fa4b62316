//! `tandem client`: which applications may ask?

use super::Failure;
use super::output::{plain, say, say_json, table, tell};
use super::registration::{Registration, accept};
use super::settings::{Settings, block_on};
use crate::clients::{Listed, listed};
use crate::clock::Clock;
use crate::config::Config;
use clap::{Args, Subcommand};
use tandem_core::oauth::client::{AuthMethod, Client};
use tandem_core::oauth::token_family::Revocation;
use tandem_store::{LeftOver, Store};

const EXAMPLES: &str = "\
Examples:
  An app on a TV, which cannot keep a secret:
    tandem client add tv -c tandem.toml --public --name \"Living-room TV\" --scope \"openid profile offline_access\"

  A kiosk with a secret, which is printed once:
    tandem client add kiosk -c tandem.toml --scope openid --verified

  A till that asks people on their own phones:
    tandem client add till -c tandem.toml --name \"Harbour Bakery\" --delivery-mode poll --number-matching pick

  A resource server that asks about tokens:
    tandem client add api -c tandem.toml --introspection

  A mail filter, which asks for itself and never for a person:
    tandem client add filter -c tandem.toml --grant-types client_credentials --scope content_filter.scan

A running server notices within a moment.";

/// What to do with clients.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Register a client; its secret is printed once and kept nowhere
    #[command(after_help = EXAMPLES)]
    Add(Box<Add>),
    /// Show all clients
    List(List),
    /// Show everything about a client
    Show(Show),
    /// Remove a client, and end everything that it was granted
    Remove(Remove),
}

/// The options of `client add`.
#[derive(Debug, Args)]
pub struct Add {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    registration: Registration,
    /// Change the registration of a client that is there; a new secret takes the place of the old one
    #[arg(long)]
    replace: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The options of `client list`.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    settings: Settings,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The options of `client show`.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    settings: Settings,
    /// The client
    client_id: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The options of `client remove`.
#[derive(Debug, Args)]
pub struct Remove {
    #[command(flatten)]
    settings: Settings,
    /// The client
    client_id: String,
}

/// Does it.
pub fn run(action: Action) -> Result<(), Failure> {
    match action {
        Action::Add(arguments) => block_on(add(*arguments)),
        Action::List(arguments) => block_on(list(&arguments)),
        Action::Show(arguments) => block_on(show(&arguments)),
        Action::Remove(arguments) => block_on(remove(&arguments)),
    }
}

/// Where a client is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Configuration,
    Database,
}

impl Place {
    const fn word(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Database => "database",
        }
    }
}

async fn add(arguments: Add) -> Result<(), Failure> {
    let (config, store) = arguments.settings.open_or_create()?;
    let table = arguments.registration.into_table()?;
    let name = table.client_id.clone();
    if config.clients.iter().any(|client| client.client_id == name) {
        let text = format!(
            "client {name} is registered in the configuration, which goes before the database: change it there"
        );
        return Err(Failure::Failed(text));
    }
    let secret = table.client_secret.clone();
    let client = accept(table, &config)?;
    if !arguments.replace && store.client(&name).await.map_err(Failure::of)?.is_some() {
        return Err(Failure::Failed(format!("client {name} is there already: add --replace to change it")));
    }
    store.put_client(&client).await.map_err(Failure::of)?;
    store.close().await;
    if arguments.json {
        let mut json = as_json(&client, Place::Database)?;
        if let (Some(secret), Some(members)) = (secret, json.as_object_mut()) {
            members.insert("client_secret".to_owned(), secret.expose().into());
        }
        say_json(&json);
        return Ok(());
    }
    tell(&format!("client {name} is registered"));
    if let Some(secret) = secret {
        tell("its secret follows; it is shown now and never again:");
        say(secret.expose());
    }
    Ok(())
}

async fn list(arguments: &List) -> Result<(), Failure> {
    let (config, store) = arguments.settings.open()?;
    let clients = everywhere(&config, &store).await?;
    store.close().await;
    if arguments.json {
        let all: Result<Vec<_>, _> = clients.iter().map(|(client, place)| as_json(client, *place)).collect();
        say_json(&all?.into());
    } else if clients.is_empty() {
        say("no client is registered: `tandem client add --help` shows how");
    } else {
        let heading =
            ["client", "name", "authenticates", "scope", "verified", "kept in"].map(str::to_owned).to_vec();
        let rows = clients.iter().map(|(client, place)| row(client, *place));
        say(&table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>()));
    }
    Ok(())
}

fn row(client: &Client, place: Place) -> Vec<String> {
    vec![
        client.client_id.to_string(),
        plain(&client.client_name),
        client.token_endpoint_auth_method.as_str().to_owned(),
        client.scope.to_string(),
        if client.tandem_verified { "yes" } else { "no" }.to_owned(),
        place.word().to_owned(),
    ]
}

async fn show(arguments: &Show) -> Result<(), Failure> {
    let (config, store) = arguments.settings.open()?;
    let clients = everywhere(&config, &store).await?;
    store.close().await;
    let found = clients.iter().find(|(client, _)| *client.client_id == *arguments.client_id);
    let (client, place) = found.ok_or_else(|| unknown(&arguments.client_id))?;
    let json = as_json(client, *place)?;
    if arguments.json {
        say_json(&json);
    } else if let Some(members) = json.as_object() {
        let rows = members.iter().map(|(member, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), plain);
            vec![member.clone(), text]
        });
        say(&table(&rows.collect::<Vec<_>>()));
    }
    Ok(())
}

async fn remove(arguments: &Remove) -> Result<(), Failure> {
    let (config, store) = arguments.settings.open()?;
    let name = &arguments.client_id;
    let configured = config.clients.iter().any(|client| client.client_id == *name);
    let left = if configured { LeftOver::Registration } else { LeftOver::Nothing };
    let removed = store.remove_client(name, left).await.map_err(Failure::of)?;
    if !removed {
        return Err(if configured {
            Failure::Failed(format!("client {name} is registered in the configuration: remove it there"))
        } else {
            unknown(name)
        });
    }
    // Last, so that nothing is granted in between; a client that is configured as well keeps what it has.
    let ended = if configured {
        0
    } else {
        let now = Clock::System.now();
        store.revoke_families_of_client(name, now, Revocation::Operator).await.map_err(Failure::of)?
    };
    store.close().await;
    tell(&format!("client {name} is removed; {ended} grants ended with it"));
    Ok(())
}

fn unknown(name: &str) -> Failure {
    Failure::Failed(format!("there is no client {}", plain(name)))
}

/// All clients, by id.
async fn everywhere(config: &Config, store: &Store) -> Result<Vec<(Client, Place)>, Failure> {
    let stored = store.list_clients().await.map_err(Failure::of)?;
    let all = listed(config, stored).map_err(Failure::of)?.into_iter();
    let place = |index: Option<usize>| if index.is_some() { Place::Configuration } else { Place::Database };
    Ok(all.map(|Listed { client, index }| (client, place(index))).collect())
}

/// The registration as it is stored, without the digest of the secret.
fn as_json(client: &Client, place: Place) -> Result<serde_json::Value, Failure> {
    let mut json = serde_json::to_value(client).map_err(Failure::of)?;
    if let Some(members) = json.as_object_mut() {
        members.remove("client_secret_digest");
        members.insert("kept_in".to_owned(), place.word().into());
        if client.token_endpoint_auth_method == AuthMethod::None {
            members.insert("public".to_owned(), true.into());
        }
    }
    Ok(json)
}
