//! Which clients are there, for commands that look at all of them?

use super::Failure;
use super::output::plain;
use super::settings::{Migrate, open_store};
use crate::app::signing_algorithms;
use crate::clients::from_config;
use crate::config::Config;
use clap::ValueEnum;
use tandem_core::crossing::Room;
use tandem_core::oauth::client::Client;
use tandem_store::OpenError;

/// A client, and where its registration is.
#[derive(Debug)]
pub struct Registered {
    /// The registration.
    pub client: Client,
    /// Its place in `[[clients]]`; none for a client that is kept in the database.
    pub index: Option<usize>,
}

/// A flow, as it is named on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Flow {
    /// The device grant (RFC 8628)
    DeviceAuthorization,
    /// Requests to a person (OpenID CIBA)
    Ciba,
}

impl Flow {
    /// The room.
    pub const fn room(self) -> Room {
        match self {
            Self::DeviceAuthorization => Room::DeviceAuthorization,
            Self::Ciba => Room::Ciba,
        }
    }
}

/// All clients, by name; the configuration wins where both places name one. Without a database there are those of the
/// configuration.
pub async fn clients(config: &Config) -> Result<Vec<Registered>, Failure> {
    let algorithms = signing_algorithms(config);
    let mut all = Vec::new();
    for (index, table) in config.clients.iter().enumerate() {
        let client = from_config(table, &algorithms).map_err(Failure::of)?;
        all.push(Registered { client, index: Some(index) });
    }
    let stored = match open_store(config, Migrate::No) {
        Ok(store) => {
            let stored = store.list_clients().await.map_err(Failure::of)?;
            store.close().await;
            stored
        }
        Err(OpenError::OlderSchema { found: 0, .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let configured: Vec<_> = all.iter().map(|known| known.client.client_id.clone()).collect();
    let stored = stored.into_iter().filter(|client| !configured.contains(&client.client_id));
    all.extend(stored.map(|client| Registered { client, index: None }));
    all.sort_by(|one, two| one.client.client_id.cmp(&two.client.client_id));
    Ok(all)
}

/// The client of this name.
pub fn find<'a>(clients: &'a [Registered], name: &str) -> Result<&'a Registered, Failure> {
    let found = clients.iter().find(|registered| *registered.client.client_id == *name);
    found.ok_or_else(|| {
        let text = format!("there is no client {}: `tandem client list` shows all", plain(name));
        Failure::Failed(text)
    })
}
