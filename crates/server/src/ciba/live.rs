//! How does an open inbox hear of changes? By server-sent events.

use crate::app::App;
use axum::http::{HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::Crossing;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;
use tandem_store::InboxWatch;
use tokio::sync::watch;

/// What a stream does when nothing happens.
#[derive(Debug, Clone, Copy)]
pub struct Tempo {
    /// After so long without an event comes an empty comment.
    pub keep_alive: Duration,
    /// After this long it is looked again whether the listener may still listen.
    pub look_again: Duration,
}

impl Tempo {
    /// Proxies drop connections on which nothing comes for half a minute.
    pub const USUAL: Self = Self { keep_alive: Duration::from_secs(25), look_again: Duration::from_mins(5) };
}

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
    closing: watch::Receiver<bool>,
    look_again: Duration,
    told: Option<usize>,
}

/// The person's requests that can be answered now, newest first.
pub fn open_requests(app: &App, sub: &str, now: Timestamp) -> Vec<Crossing> {
    let mut crossings = app.store.crossings_of(sub);
    crossings.retain(|crossing| matches!(crossing, Crossing::Pending(pending) if !pending.is_over(now)));
    crossings
}

/// The event `requests` with `{"open":N}`, at once and whenever the number of open requests or their state changes.
pub fn events(app: &Arc<App>, sub: Arc<str>, listener: Listener, tempo: Tempo) -> Response {
    let watch = app.store.inbox_changed(&sub);
    let closing = app.closing.subscribe();
    let (app, look_again) = (Arc::clone(app), tempo.look_again);
    let listening = Listening { app, sub, listener, watch, closing, look_again, told: None };
    let stream = unfold(listening, next);
    let keep_alive = KeepAlive::new().interval(tempo.keep_alive).text("");
    let mut response = Sse::new(stream).keep_alive(keep_alive).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would hold events back until a buffer is full.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

async fn next(mut listening: Listening) -> Option<(Result<Event, Infallible>, Listening)> {
    if listening.told.is_some() {
        listening.wait().await;
    }
    if *listening.closing.borrow() || !listening.may_listen().await {
        return None;
    }
    let open = open_requests(&listening.app, &listening.sub, listening.app.clock.now()).len();
    listening.told = Some(open);
    let event = Event::default().event("requests").data(format!("{{\"open\":{open}}}"));
    Some((Ok(event), listening))
}

impl Listening {
    /// Until something happens: an answer, a new request, or the end of one by itself.
    async fn wait(&mut self) {
        loop {
            let now = self.app.clock.now();
            let open = open_requests(&self.app, &self.sub, now);
            if self.told != Some(open.len()) {
                return;
            }
            let first_end = open.iter().map(Crossing::ends_at).min();
            let until = first_end.map_or(self.look_again, |at| at.since(now).min(self.look_again));
            tokio::select! {
                () = self.watch.changed() => return,
                _ = self.closing.wait_for(|closing| *closing) => return,
                () = tokio::time::sleep(until) => {}
            }
            if until == self.look_again && !self.may_listen().await {
                return;
            }
        }
    }

    async fn may_listen(&self) -> bool {
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
    }
}
