//! `tandem user`: who may sign in?

use super::Failure;
use super::output::{moment, plain, say, say_json, table, tell};
use super::password::Source;
use super::settings::{Settings, block_on};
use super::user_devices::{Devices, devices};
use super::user_operators;
use crate::clock::Clock;
use crate::config::Config;
use crate::people::People;
use crate::people::accounts::{self, AccountError, NewUser};
use clap::{Args, Subcommand};
use tandem_store::User;

const EXAMPLES: &str = "\
Examples:
  Ask for the password:
    tandem user add ada -c tandem.toml --name \"Ada Lovelace\" --email ada@example.com --email-verified

  Take it from a script, without it standing in the list of processes:
    printf %s \"$password\" | tandem user add ada -c tandem.toml --password-stdin

  Somebody who will only ever use a passkey needs a password once, to add it:
    tandem user set-password ada -c tandem.toml --none";

/// What to do with people.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Add a person
    #[command(after_help = EXAMPLES)]
    Add(Box<Add>),
    /// Show everybody
    List(List),
    /// Show everything about a person
    Show(Show),
    /// Show the devices on which a person is asked, or remove one
    Devices(Devices),
    /// Say who may look at incidents and act on them
    #[command(subcommand)]
    Operator(user_operators::Action),
    /// Set a person's password, and sign them out everywhere
    SetPassword(SetPassword),
    /// Remove a person with their passkeys, sessions and everything that they granted
    Remove(Remove),
}

/// The options of `user add`.
#[derive(Debug, Args)]
pub struct Add {
    #[command(flatten)]
    settings: Settings,
    /// The name to sign in with
    username: String,
    /// The name to show
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// The address of their mail
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// That address is known to be theirs
    #[arg(long, requires = "email")]
    email_verified: bool,
    /// The language they read, such as en or ja
    #[arg(long, value_name = "TAG")]
    locale: Option<String>,
    #[command(flatten)]
    password: Source,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The options of `user list`.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    settings: Settings,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The options of `user show`.
#[derive(Debug, Args)]
pub struct Show {
    #[command(flatten)]
    settings: Settings,
    /// The name they sign in with
    username: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The options of `user set-password`.
#[derive(Debug, Args)]
pub struct SetPassword {
    #[command(flatten)]
    settings: Settings,
    /// The name they sign in with
    username: String,
    #[command(flatten)]
    password: Source,
    /// Take the password away: only passkeys work then
    #[arg(long, conflicts_with_all = ["password_stdin", "password_file"])]
    none: bool,
}

/// The options of `user remove`.
#[derive(Debug, Args)]
pub struct Remove {
    #[command(flatten)]
    settings: Settings,
    /// The name they sign in with
    username: String,
}

/// Does it.
pub fn run(action: Action) -> Result<(), Failure> {
    match action {
        Action::Add(arguments) => block_on(add(*arguments)),
        Action::List(arguments) => block_on(list(&arguments)),
        Action::Show(arguments) => block_on(show(&arguments)),
        Action::Devices(arguments) => block_on(devices(&arguments)),
        Action::Operator(action) => block_on(user_operators::operator(&action)),
        Action::SetPassword(arguments) => block_on(set_password(&arguments)),
        Action::Remove(arguments) => block_on(remove(&arguments)),
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        Self::of(error)
    }
}

fn people(config: &Config) -> Result<People, Failure> {
    People::new(config).map_err(|error| Failure::Usage(error.to_string()))
}

async fn add(arguments: Add) -> Result<(), Failure> {
    let (config, store) = arguments.settings.open_or_create()?;
    let people = people(&config)?;
    let new = NewUser {
        username: arguments.username,
        password: Some(arguments.password.read().await?),
        name: arguments.name,
        email: arguments.email,
        email_verified: arguments.email_verified,
        locale: arguments.locale,
    };
    let user = accounts::create_user(&store, &people, new, Clock::System.now()).await?;
    store.close().await;
    if arguments.json {
        say_json(&as_json(&user));
    } else {
        tell(&format!("user {} can sign in", user.username));
    }
    Ok(())
}

async fn list(arguments: &List) -> Result<(), Failure> {
    let (_, store) = arguments.settings.open()?;
    let users = store.list_users().await.map_err(Failure::of)?;
    store.close().await;
    if arguments.json {
        say_json(&users.iter().map(as_json).collect());
    } else if users.is_empty() {
        say("there is nobody: `tandem user add --help` shows how");
    } else {
        let heading = ["user", "name", "e-mail", "since"].map(str::to_owned).to_vec();
        let rows = users.iter().map(|user| {
            let or_dash = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), plain);
            vec![plain(&user.username), or_dash(&user.name), or_dash(&user.email), moment(user.created_at)]
        });
        say(&table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>()));
    }
    Ok(())
}

async fn show(arguments: &Show) -> Result<(), Failure> {
    let (_, store) = arguments.settings.open()?;
    let user = accounts::find_user(&store, &arguments.username).await?;
    let passkeys = store.passkeys_of(&user.sub).await.map_err(Failure::of)?.len();
    let sessions = store.sessions_of(&user.sub).await.map_err(Failure::of)?.len();
    let devices = store.authorization_devices_of(&user.sub).await.map_err(Failure::of)?.len();
    let grants = store.families_of(&user.sub, u32::MAX).await.map_err(Failure::of)?.len();
    store.close().await;
    let mut json = as_json(&user);
    if let Some(members) = json.as_object_mut() {
        members.extend([
            ("passkeys".to_owned(), passkeys.into()),
            ("sessions".to_owned(), sessions.into()),
            ("authorization_devices".to_owned(), devices.into()),
            ("grants".to_owned(), grants.into()),
        ]);
        if !arguments.json {
            let rows = members.iter().map(|(member, value)| {
                let text = value.as_str().map_or_else(|| value.to_string(), plain);
                vec![member.clone(), text]
            });
            say(&table(&rows.collect::<Vec<_>>()));
            return Ok(());
        }
    }
    say_json(&json);
    Ok(())
}

async fn set_password(arguments: &SetPassword) -> Result<(), Failure> {
    let (config, store) = arguments.settings.open()?;
    let people = people(&config)?;
    // Before a password is typed in vain.
    let user = accounts::find_user(&store, &arguments.username).await?;
    let password = if arguments.none { None } else { Some(arguments.password.read().await?) };
    let password = password.as_ref().map(crate::config::Secret::expose);
    accounts::set_password(&store, &people, &user.username, password, Clock::System.now()).await?;
    store.close().await;
    let has = if arguments.none { "no password any more" } else { "a new password" };
    tell(&format!("user {} has {has}, and is signed out everywhere", user.username));
    Ok(())
}

async fn remove(arguments: &Remove) -> Result<(), Failure> {
    let (_, store) = arguments.settings.open()?;
    accounts::remove_user(&store, &arguments.username, Clock::System.now()).await?;
    store.close().await;
    tell(&format!("user {} is removed, with every access that they gave", plain(&arguments.username)));
    Ok(())
}

fn as_json(user: &User) -> serde_json::Value {
    serde_json::json!({
        "username": user.username,
        "sub": user.sub,
        "name": user.name,
        "email": user.email,
        "email_verified": user.email_verified,
        "locale": user.locale,
        "password": if user.password_hash.is_some() { "set" } else { "none" },
        "created_at": moment(user.created_at),
        "updated_at": moment(user.updated_at),
    })
}
