//! What does the operating system ask of the process?

use std::future::pending;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ends when the process is asked to end: SIGTERM, or SIGINT (Ctrl-C).
pub async fn termination() {
    let mut term = listen(SignalKind::terminate());
    let mut int = listen(SignalKind::interrupt());
    tokio::select! {
        () = next(&mut term) => tracing::info!("SIGTERM: ending"),
        () = next(&mut int) => tracing::info!("SIGINT: ending"),
    }
}

/// SIGHUPs: each asks to read files again. Listening to them also keeps them from ending the process.
pub(super) struct Hangups(Option<Signal>);

impl Hangups {
    pub(super) fn listen() -> Self {
        Self(listen(SignalKind::hangup()))
    }

    pub(super) async fn next(&mut self) {
        next(&mut self.0).await;
    }
}

fn listen(kind: SignalKind) -> Option<Signal> {
    signal(kind).inspect_err(|error| tracing::error!(%error, "cannot listen to signals")).ok()
}

async fn next(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => pending().await,
    }
}
