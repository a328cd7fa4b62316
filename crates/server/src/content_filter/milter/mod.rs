//! How do mail servers have their mail looked at? (milter protocol, version 6)
//!
//! [`packet`] is the bytes, [`negotiation`] what is agreed on first, [`session`] the order of commands, [`message`] what is
//! collected of a mail, [`reply`] what is answered, [`connection`] all of it over time. Mail is never lost because of us: whatever
//! goes wrong here ends in `on_failure`, or in a closed connection, for which every mail server has its own rule.

mod connection;
mod listener;
mod message;
mod negotiation;
mod packet;
mod reply;
mod session;

pub use message::Budget;

use crate::app::App;
use crate::config::MilterAddress;
use listener::{Listener, Stream};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

/// The milter of a running server, if it has one.
#[derive(Debug)]
pub struct Serving {
    task: Option<JoinHandle<()>>,
    address: Option<MilterAddress>,
    drain: Duration,
}

impl Serving {
    /// Listens as configured, and serves until `app.closing` says that the end has come.
    pub fn start(app: &Arc<App>) -> io::Result<Self> {
        let drain = Duration::from_secs(app.config.limits.drain_timeout.into());
        let Some(address) = &app.config.content_filter.milter.listen else {
            return Ok(Self { task: None, address: None, drain });
        };
        let listener = Listener::bind(address).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("cannot listen at {}: {error}", String::from(address.clone())),
            )
        })?;
        let address = listener.address()?;
        tracing::info!(address = String::from(address.clone()), "the milter listens");
        let task = Some(tokio::spawn(run(Arc::clone(app), listener)));
        Ok(Self { task, address: Some(address), drain })
    }

    /// Where it listens: with the port that the system chose, if it was left to it.
    pub const fn address(&self) -> Option<&MilterAddress> {
        self.address.as_ref()
    }

    /// Waits until the mails that are under way have their answers, or the time for that is over.
    pub async fn drained(self, app: &App) {
        let Some(mut task) = self.task else { return };
        // The server may end because something else failed.
        app.closing.send_replace(true);
        if tokio::time::timeout(self.drain, &mut task).await.is_err() {
            tracing::warn!("mails were under way when the server ended");
            task.abort();
        }
    }
}

async fn run(app: Arc<App>, listener: Listener) {
    let most = usize::try_from(app.config.content_filter.milter.max_connections).unwrap_or(usize::MAX);
    let places = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
    let mut closing = app.closing.subscribe();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = closing.wait_for(|closing| *closing) => break,
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok(stream) => {
                let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
                    tracing::warn!(
                        "a mail server was turned away: content_filter.milter.max_connections are open"
                    );
                    continue;
                };
                let app = Arc::clone(&app);
                connections.spawn(async move {
                    let served = match stream {
                        Stream::Tcp(stream) => connection::serve(&app, stream).await,
                        Stream::Unix(stream) => connection::serve(&app, stream).await,
                    };
                    if let Err(error) = served {
                        tracing::info!(%error, "a connection of a mail server was closed");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                // Out of descriptors, most likely: it passes, and a loop without a pause would not help it.
                tracing::warn!(%error, "no connection could be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}
