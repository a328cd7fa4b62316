//! `tandem keys`: which keys sign, and how does another take over without breaking what is out there?

use super::Failure;
use super::output::{moment, say, say_json, table, tell};
use super::settings::{Settings, block_on};
use crate::app::{StartError, longest_token, signing_algorithms};
use crate::clients::Clients;
use crate::clock::{Clock, Random};
use crate::config::Config;
use crate::keys::KeyRing;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, Subcommand};
use std::time::Duration;
use tandem_core::time::Timestamp;
use tandem_store::{Store, StoredKey};
use zeroize::Zeroizing;

const SIGNING: &str = "signing";
/// A running server signs with the old key until it has noticed the new one, and clocks differ a little.
const MARGIN: Duration = Duration::from_mins(2);

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Show the signing keys and what each is still good for
    List(List),
    /// Make new signing keys; the old ones stay published until the last token that they signed is dead
    Rotate(Rotate),
    /// Print 32 random bytes for `keys.encryption_key`; nothing is stored
    GenerateEncryptionKey,
}

/// The options of `keys list`.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    settings: Settings,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The options of `keys rotate`.
#[derive(Debug, Args)]
pub struct Rotate {
    #[command(flatten)]
    settings: Settings,
}

/// Does it.
pub fn run(action: &Action) -> Result<(), Failure> {
    match action {
        Action::List(arguments) => block_on(list(arguments)),
        Action::Rotate(arguments) => block_on(rotate(arguments)),
        Action::GenerateEncryptionKey => {
            let key = Zeroizing::new(Random.bytes::<32>());
            say(&Zeroizing::new(URL_SAFE_NO_PAD.encode(key.as_slice())));
            Ok(())
        }
    }
}

async fn list(arguments: &List) -> Result<(), Failure> {
    let (_, store) = arguments.settings.open()?;
    let keys = store.list_keys().await.map_err(Failure::of)?;
    store.close().await;
    let now = Clock::System.now();
    let signing: Vec<&StoredKey> = keys.iter().filter(|key| key.purpose == SIGNING).collect();
    if arguments.json {
        say_json(&signing.iter().map(|key| as_json(key, now)).collect());
    } else if signing.is_empty() {
        say("there are no keys yet: the first start of the server makes them");
    } else {
        let heading = ["kid", "algorithm", "made", "use"].map(str::to_owned).to_vec();
        let rows = signing.iter().map(|key| {
            let usage = match (state(key, now), key.deletes_at) {
                ("published", Some(until)) => format!("published until {}", moment(until)),
                (state, _) => state.to_owned(),
            };
            vec![key.kid.clone(), key.alg.clone(), moment(key.created_at), usage]
        });
        say(&table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>()));
    }
    Ok(())
}

fn state(key: &StoredKey, now: Timestamp) -> &'static str {
    match (key.retires_at, key.deletes_at) {
        (None, _) => "signs",
        (Some(_), Some(until)) if now >= until => "expired",
        (Some(_), _) => "published",
    }
}

fn as_json(key: &StoredKey, now: Timestamp) -> serde_json::Value {
    serde_json::json!({
        "kid": key.kid,
        "alg": key.alg,
        "state": state(key, now),
        "created_at": moment(key.created_at),
        "retired_at": key.retires_at.map(moment),
        "published_until": key.deletes_at.map(moment),
    })
}

async fn rotate(arguments: &Rotate) -> Result<(), Failure> {
    let (config, store) = arguments.settings.open_or_create()?;
    let outcome = rotate_in(&config, &store).await;
    store.close().await;
    let (made, until) = outcome?;
    for (kid, algorithm) in &made {
        say(&format!("{kid}  {algorithm}"));
    }
    tell(&format!("the old keys sign no more, and stay published until {}", moment(until)));
    Ok(())
}

/// The new keys with their algorithms, and until when the old ones are published.
async fn rotate_in(config: &Config, store: &Store) -> Result<(Vec<(String, String)>, Timestamp), Failure> {
    let encryption_key = config.keys.encryption_key.as_ref().ok_or(StartError::NoEncryptionKey)?;
    let algorithms = signing_algorithms(config);
    let now = Clock::System.now();
    let ring =
        KeyRing::open(store, encryption_key.expose(), &algorithms, Random, now).await.map_err(Failure::of)?;
    let clients = Clients::load(config, store).await.map_err(Failure::of)?;
    let outlive = longest_token(config, &clients) + MARGIN;
    let made = ring.rotate(store, &algorithms, outlive, now).await.map_err(Failure::of)?;
    let names = algorithms.iter().map(ToString::to_string);
    Ok((made.into_iter().zip(names).collect(), now.plus(outlive)))
}
