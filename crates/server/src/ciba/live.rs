//! How does an open inbox hear of changes? By server-sent events.
//!
//! Very many of these wait at once, so what one keeps while it waits is kept small: one timer for all that it waits
//! for, no second channel for the end of the server, and no copy of who listens.

use crate::app::App;
use axum::http::{HeaderValue, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, unfold};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::Crossing;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;
use tandem_store::InboxWatch;

/// Proxies drop connections on which nothing comes for half a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(25);
/// After so many times nothing it is looked again whether the listener may still listen: every five minutes.
const LOOK_AGAIN: u32 = 12;

/// Who listens. The stream ends when they may not any more.
#[derive(Debug, Clone, Copy)]
pub enum Listener {
    /// A browser, by the name of its session.
    Browser(Digest),
    /// An app, by the name of its device.
    App(Digest),
}

struct Listening {
    app: Arc<App>,
    sub: Arc<str>,
    listener: Listener,
    watch: InboxWatch,
    /// How long it is silent at most.
    keep_alive: Duration,
    told: Option<usize>,
    /// How many times there was nothing to tell since it was last looked who listens.
    silences: u32,
}

/// What ends a wait.
#[derive(PartialEq, Eq)]
enum Turn {
    /// Something happened: an answer, a new request, the end of one by itself, or that of the server.
    News,
    /// Nothing did for long.
    Silence,
}

/// The person's requests that can be answered now, newest first.
pub fn open_requests(app: &App, sub: &str, now: Timestamp) -> Vec<Crossing> {
    let mut crossings = app.store.crossings_of(sub);
    crossings.retain(|crossing| matches!(crossing, Crossing::Pending(pending) if !pending.is_over(now)));
    crossings
}

/// The event `requests` with `{"open":N}`, at once and whenever the number of open requests or their state changes; an
/// empty comment after 25 seconds without one.
pub fn events(app: &Arc<App>, sub: Arc<str>, listener: Listener) -> Response {
    let mut response = Sse::new(stream(app, sub, listener, KEEP_ALIVE)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would hold events back until a buffer is full.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// The same as a stream of events, with an empty comment after so long without one.
pub fn stream(
    app: &Arc<App>,
    sub: Arc<str>,
    listener: Listener,
    keep_alive: Duration,
) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let watch = app.store.inbox_changed(&sub);
    let app = Arc::clone(app);
    let listening = Listening { app, sub, listener, watch, keep_alive, told: None, silences: 0 };
    // A function would hold twice what it is called with.
    unfold(listening, |mut listening| async move {
        let event = listening.next().await?;
        Some((Ok(event), listening))
    })
}

impl Listening {
    async fn next(&mut self) -> Option<Event> {
        let turn = if self.told.is_some() { self.wait().await } else { Turn::News };
        self.silences = if turn == Turn::Silence { self.silences + 1 } else { LOOK_AGAIN };
        if self.silences >= LOOK_AGAIN {
            self.silences = 0;
            if *self.app.closing.borrow() || !self.may_listen().await {
                return None;
            }
        }
        if turn == Turn::Silence {
            return Some(Event::default().comment(""));
        }
        let open = open_requests(&self.app, &self.sub, self.app.clock.now()).len();
        self.told = Some(open);
        Some(Event::default().event("requests").data(format!("{{\"open\":{open}}}")))
    }

    async fn wait(&mut self) -> Turn {
        loop {
            let until = {
                let now = self.app.clock.now();
                let open = open_requests(&self.app, &self.sub, now);
                if self.told != Some(open.len()) {
                    return Turn::News;
                }
                let first_end = open.iter().map(|request| request.ends_at().since(now)).min();
                first_end.map_or(self.keep_alive, |end| end.min(self.keep_alive))
            };
            tokio::select! {
                () = self.watch.changed() => return Turn::News,
                () = tokio::time::sleep(until) => {}
            }
            if until == self.keep_alive {
                return Turn::Silence;
            }
        }
    }

    /// Boxed, since it is asked rarely and what it needs is large.
    fn may_listen(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(async {
            match self.listener {
                Listener::Browser(session) => {
                    let session = self.app.store.session(session).await;
                    session.is_ok_and(|session| session.is_some_and(|session| session.sub == self.sub))
                }
                Listener::App(device) => {
                    let device = self.app.store.authorization_device(device).await;
                    device.is_ok_and(|device| device.is_some_and(|device| device.sub == self.sub))
                }
            }
        })
    }
}
