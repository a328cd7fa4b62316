//! How does the program learn that it should stop? Signals become one message; a second one ends it at once.

use crate::failure::Failure;
use std::sync::mpsc::Sender;

/// Sends one message, made by `message`, when the person presses Ctrl-C or the system asks the program to end.
pub fn listen<M: Send + 'static>(
    sender: Sender<M>,
    message: impl FnOnce() -> M + Send + 'static,
) -> Result<(), Failure> {
    let unable = |error: std::io::Error| Failure::Server(format!("cannot listen for signals: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unable)?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new().map_err(unable)?
    };
    let listen = move || {
        runtime.block_on(async move {
            signals.next().await;
            // Nobody listens any more: the program is about to end by itself.
            let _ = sender.send(message());
            signals.next().await;
            std::process::exit(i32::from(Failure::Interrupted.exit_code()));
        });
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(listen).map_err(unable)?;
    Ok(())
}

#[cfg(unix)]
struct Signals {
    hang_up: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.hang_up.recv() => (),
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
