//! Which clients are there, for commands that look at all of them?

use super::Failure;
use super::output::plain;
use super::settings::{Migrate, open_store};
use crate::clients::{Listed, listed};
use crate::config::Config;
use clap::ValueEnum;
use tandem_core::crossing::Room;
use tandem_store::OpenError;

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

/// All clients, by name. Without a database there are those of the configuration.
pub async fn clients(config: &Config) -> Result<Vec<Listed>, Failure> {
    let stored = match open_store(config, Migrate::No) {
        Ok(store) => {
            let stored = store.list_clients().await.map_err(Failure::of)?;
            store.close().await;
            stored
        }
        Err(OpenError::OlderSchema { found: 0, .. }) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    listed(config, stored).map_err(Failure::of)
}

/// The client of this name.
pub fn find<'a>(clients: &'a [Listed], name: &str) -> Result<&'a Listed, Failure> {
    let found = clients.iter().find(|registered| *registered.client.client_id == *name);
    found.ok_or_else(|| {
        let text = format!("there is no client {}: `tandem client list` shows all", plain(name));
        Failure::Failed(text)
    })
}
