//! Which addresses does a name have, and may they be called?
//!
//! The client connects to the addresses that this gives it and asks nobody else, so a name cannot have one answer when
//! it is checked and another when it is called (DNS rebinding).

use super::address::{Rules, Scheme};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Most addresses of a name that are tried.
const MOST_ADDRESSES: usize = 8;
/// Most look-ups at once. The system's look-up takes a thread for as long as it likes, whether anybody waits or not.
const MOST_LOOKUPS: usize = 32;

/// Where names are looked up: the system's resolver, or a test's.
pub trait Names: Send + Sync + 'static {
    /// All addresses of a name.
    fn addresses(&self, name: &str) -> Lookup;
}

/// A look-up under way.
pub type Lookup = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// The resolver of the operating system.
#[derive(Debug, Clone)]
pub struct SystemNames {
    turns: Arc<Semaphore>,
}

impl Default for SystemNames {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(MOST_LOOKUPS)) }
    }
}

impl Names for SystemNames {
    fn addresses(&self, name: &str) -> Lookup {
        let (turns, name) = (Arc::clone(&self.turns), name.to_owned());
        Box::pin(async move {
            let turn = turns.acquire_owned().await.map_err(io::Error::other)?;
            // In a task of its own, because the turn must last as long as the thread, not as long as the caller.
            let looking = tokio::spawn(async move {
                let found = tokio::net::lookup_host((name, 0)).await;
                drop(turn);
                found.map(|addresses| addresses.map(|address| address.ip()).collect())
            });
            looking.await.map_err(io::Error::other)?
        })
    }
}

/// Looks up and checks for the HTTP client.
pub(super) struct CheckedNames {
    pub names: Arc<dyn Names>,
    pub rules: Rules,
    pub scheme: Scheme,
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let (looking, rules, scheme) = (self.names.addresses(name.as_str()), self.rules.clone(), self.scheme);
        Box::pin(async move {
            let found = looking.await?;
            if found.is_empty() {
                return Err(io::Error::from(io::ErrorKind::NotFound).into());
            }
            // One bad address makes the name bad: whoever answers it chooses which one is tried.
            for address in &found {
                rules.check(*address, scheme)?;
            }
            let addresses = found.into_iter().take(MOST_ADDRESSES);
            // The port of the URL takes the place of the zero.
            Ok(Box::new(addresses.map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}
