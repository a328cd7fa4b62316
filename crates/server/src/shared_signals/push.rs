//! How do tokens get to receivers that want them posted? Out of the store's outbox, each stream by itself. (RFC 8935)
//!
//! What is about the same person goes in its order, one after the other; what is about others does not wait for it. A
//! stream begins each round with one token alone: a receiver that hangs takes up one connection, and nobody else's time.
//! Between acceptance and the note of it lies one commit: a crash in that moment is the only way to hear the same twice,
//! and the name of the token is the same then.

use super::delivery;
use super::is_receiver;
use super::poll_endpoint::event;
use super::sign::sign;
use crate::app::App;
use crate::edge::metrics;
use crate::outgoing::OutgoingRequest;
use axum::http::{HeaderValue, header};
use futures_util::StreamExt as _;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tandem_core::shared_signals::push::{Answered, Next, after};
use tandem_core::shared_signals::{Delivery, StreamStatus};
use tandem_core::time::Timestamp;
use tandem_store::{Delivered, Dropped, Restatus, StoreError, Stream};
use tokio::task::JoinSet;
use url::Url;

/// How many tokens of a stream are looked at together.
const LOOK_AT: u32 = 128;
/// How many streams are served at a time, and how many tokens of one are on their way.
const STREAMS_AT_A_TIME: usize = 24;
const AT_A_TIME: usize = 4;
/// After so many failures in a row, without a success, a receiver is taken for absent.
const PROBES: usize = 3;
/// How long a receiver may take to accept one.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of a refusal is read.
const MOST_BODY: usize = 4096;
/// The longest sleep between looks at the outbox.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
/// How often it is looked for what waited too long, and for receivers that fell silent.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// Sends tokens for as long as the server runs.
pub async fn run(app: Arc<App>) {
    if let Err(error) = tell_orphans(&app).await {
        tracing::warn!(%error, "the streams cannot be looked through");
    }
    let mut changed = app.store.deliveries_changed();
    let mut sweeps = tokio::time::interval(SWEEP_EVERY);
    let mut rounds = Rounds::new(Arc::clone(&app));
    loop {
        changed.borrow_and_update();
        let sleep = rounds.begin().await.unwrap_or_else(|error| {
            tracing::error!(%error, "the outbox of security event tokens cannot be read");
            LONGEST_SLEEP
        });
        tokio::select! {
            told = changed.changed() => if told.is_err() { return },
            () = rounds.one_done(), if !rounds.tasks.is_empty() => {}
            _ = sweeps.tick() => {
                if let Err(error) = sweep(&app).await {
                    tracing::warn!(%error, "the outbox of security event tokens cannot be swept");
                }
            }
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

/// Names the streams that are nobody's any more: nothing leaves them, and they stay, in case that was a mistake.
async fn tell_orphans(app: &App) -> Result<(), StoreError> {
    if !app.config.ssf.enabled {
        return Ok(());
    }
    for (stream, waiting) in app.store.list_streams().await? {
        if !app.clients.get(&stream.client_id).is_some_and(|client| is_receiver(&client)) {
            let (client_id, stream_id) = (&stream.client_id, &stream.stream_id);
            tracing::warn!(%client_id, stream_id, waiting, "the client of a stream is no receiver any more: nothing is sent");
        }
    }
    Ok(())
}

/// Delivers what is due now, until there is nothing more or nobody takes it. Says how many tokens were tried.
pub async fn deliver_due(app: &Arc<App>) -> Result<usize, StoreError> {
    let mut rounds = Rounds::new(Arc::clone(app));
    loop {
        rounds.begin().await?;
        if rounds.tasks.is_empty() {
            return Ok(rounds.tried);
        }
        rounds.one_done().await;
    }
}

/// Drops what waited for too long, and pauses the streams of silent receivers.
pub async fn sweep(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    for (stream_id, count) in app.store.sweep_deliveries(now).await? {
        tracing::warn!(stream_id, count, "security event tokens that nobody fetched were dropped");
        (0..count).for_each(|_| metrics::set_delivery("given_up"));
    }
    for Dropped { stream_id, client_id, count } in app.store.take_dropped(now).await? {
        tracing::warn!(%client_id, stream_id, count, "too much waited in a stream: the newest security event tokens were dropped");
        (0..count).for_each(|_| metrics::set_delivery("dropped"));
    }
    metrics::sets_waiting(app.store.deliveries_waiting().await?);
    let Some(timeout) = app.config.ssf.inactivity_timeout.filter(|_| app.config.ssf.enabled) else {
        return Ok(());
    };
    let restatus = Restatus {
        status: StreamStatus::Paused,
        reason: "the receiver was not heard of for the inactivity timeout".to_owned(),
        issuer: app.issuer().to_owned(),
    };
    let silent_for = Duration::from_secs(timeout.into());
    for stream in app.store.pause_inactive_streams(silent_for, restatus, now).await? {
        tracing::warn!(client_id = %stream.client_id, stream_id = stream.stream_id, "a stream was paused: its receiver is silent");
    }
    Ok(())
}

/// What a round of a stream came to.
struct Round {
    stream_id: String,
    tried: usize,
    /// If nobody took anything: when to try again.
    absent_until: Option<Timestamp>,
}

/// The rounds under way, and the streams that rest.
struct Rounds {
    app: Arc<App>,
    under_way: Vec<String>,
    resting: HashMap<String, Timestamp>,
    tasks: JoinSet<Round>,
    tried: usize,
}

impl Rounds {
    fn new(app: Arc<App>) -> Self {
        Self { app, under_way: Vec::new(), resting: HashMap::new(), tasks: JoinSet::new(), tried: 0 }
    }

    /// Begins a round for each stream in which something is due. Says how long nothing else will be.
    async fn begin(&mut self) -> Result<Duration, StoreError> {
        if !self.app.config.ssf.enabled || self.under_way.len() >= STREAMS_AT_A_TIME {
            return Ok(LONGEST_SLEEP);
        }
        let now = self.app.clock.now();
        self.resting.retain(|_, until| *until > now);
        let without = self.under_way.iter().chain(self.resting.keys()).cloned().collect();
        let mut next = self.resting.values().min().copied();
        for (stream, waiting) in self.app.store.waiting_pushes(without, LOOK_AT).await? {
            if !self.app.clients.get(&stream.client_id).is_some_and(|client| is_receiver(&client)) {
                continue;
            }
            let lanes = lanes(waiting);
            let soonest = lanes.iter().filter_map(|lane| lane.first()).map(|first| first.due_at).min();
            if soonest.is_none_or(|soonest| soonest > now) {
                next = next.into_iter().chain(soonest).min();
                continue;
            }
            if self.under_way.len() >= STREAMS_AT_A_TIME {
                break;
            }
            self.under_way.push(stream.stream_id.clone());
            let app = Arc::clone(&self.app);
            self.tasks.spawn(async move { round(&app, stream, lanes, now).await });
        }
        let wait = next.map_or(LONGEST_SLEEP, |at| at.since(now).min(LONGEST_SLEEP));
        // A moment's pause keeps this from spinning.
        Ok(wait.max(Duration::from_millis(100)))
    }

    async fn one_done(&mut self) {
        match self.tasks.join_next().await {
            Some(Ok(round)) => {
                self.under_way.retain(|under_way| *under_way != round.stream_id);
                self.tried += round.tried;
                if let Some(until) = round.absent_until {
                    self.resting.insert(round.stream_id, until);
                }
            }
            // A panic: nobody knows whose it was, and what it was about is tried again.
            Some(Err(_)) if self.tasks.is_empty() => self.under_way.clear(),
            Some(Err(_)) | None => {}
        }
    }
}

/// What waits, by what it is about, each in its order.
fn lanes(waiting: Vec<Delivered>) -> Vec<Vec<Delivered>> {
    let mut lanes: Vec<Vec<Delivered>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for one in waiting {
        let place = *places.entry(one.about.clone()).or_insert(lanes.len());
        match lanes.get_mut(place) {
            Some(lane) => lane.push(one),
            None => lanes.push(vec![one]),
        }
    }
    lanes
}

/// How a round goes.
#[derive(Default)]
struct Tally {
    tried: AtomicUsize,
    taken: AtomicUsize,
    failed: AtomicUsize,
}

impl Tally {
    fn is_absent(&self) -> bool {
        self.taken.load(Relaxed) == 0 && self.failed.load(Relaxed) >= PROBES
    }
}

async fn round(app: &App, stream: Stream, lanes: Vec<Vec<Delivered>>, now: Timestamp) -> Round {
    let tally = Tally::default();
    let lanes = give_up(app, &stream, lanes, now).await;
    let mut due = lanes.into_iter().filter(|lane| lane.first().is_some_and(|first| first.due_at <= now));
    let mut again = Vec::new();
    // One at a time, until somebody takes one.
    while tally.taken.load(Relaxed) == 0 && !tally.is_absent() {
        let Some(lane) = due.next() else { break };
        again.extend(send(app, &stream, lane, &tally).await);
    }
    if tally.taken.load(Relaxed) > 0 {
        let rest = futures_util::stream::iter(due).map(|lane| send(app, &stream, lane, &tally));
        again.extend(
            rest.buffer_unordered(AT_A_TIME).filter_map(std::future::ready).collect::<Vec<_>>().await,
        );
    }
    let absent = tally.taken.load(Relaxed) == 0;
    let absent_until = again.into_iter().max().filter(|_| absent);
    Round { stream_id: stream.stream_id, tried: tally.tried.load(Relaxed), absent_until }
}

/// Sends one after the other, until one fails: then says when that one is tried again.
async fn send(app: &App, stream: &Stream, lane: Vec<Delivered>, tally: &Tally) -> Option<Timestamp> {
    for one in lane {
        tally.tried.fetch_add(1, Relaxed);
        match deliver(app, stream, &one).await {
            Ok(None) => {
                tally.taken.fetch_add(1, Relaxed);
            }
            Ok(Some(again)) => {
                tally.failed.fetch_add(1, Relaxed);
                return Some(again);
            }
            Err(error) => {
                tracing::error!(jti = one.jti, %error, "what became of a security event token could not be written down");
                tally.failed.fetch_add(1, Relaxed);
                return Some(app.clock.now().plus(LONGEST_SLEEP));
            }
        }
    }
    None
}

/// Ends what was tried for long enough; says what is left.
async fn give_up(
    app: &App,
    stream: &Stream,
    mut lanes: Vec<Vec<Delivered>>,
    now: Timestamp,
) -> Vec<Vec<Delivered>> {
    let over: Vec<String> =
        lanes.iter().flatten().filter(|one| one.gives_up_at <= now).map(|one| one.jti.clone()).collect();
    if over.is_empty() {
        return lanes;
    }
    let ended = async {
        let ended = app.store.end_deliveries(&stream.stream_id, over).await?;
        for _ in &ended {
            metrics::set_delivery("given_up");
        }
        let detail = format!("{} in stream {}: nobody took them in time", ended.len(), stream.stream_id);
        app.store.record_event(event(stream, "set_given_up", detail, now)).await
    };
    if let Err(error) = ended.await {
        tracing::error!(%error, "security event tokens could not be given up");
    }
    for lane in &mut lanes {
        lane.retain(|one| one.gives_up_at > now);
    }
    lanes
}

/// Posts one, and writes down what became of it. `None`: it is done with. Else it is tried again then.
async fn deliver(app: &App, stream: &Stream, one: &Delivered) -> Result<Option<Timestamp>, StoreError> {
    let (status, retry_after, body) = attempt(app, stream, one).await.unwrap_or_default();
    let answered = match status {
        0 => Answered::Not,
        status => Answered::With { status, retry_after, body: &body },
    };
    let (now, attempts) = (app.clock.now(), one.attempts.saturating_add(1));
    match after(answered, attempts, now, one.gives_up_at) {
        Next::Delivered => {
            metrics::set_delivery("delivered");
            app.store.end_deliveries(&stream.stream_id, vec![one.jti.clone()]).await?;
            Ok(None)
        }
        Next::Refused(err) => {
            metrics::set_delivery("refused");
            let detail = format!("1 in stream {}: {err}", stream.stream_id);
            app.store.record_event(event(stream, "set_refused", detail, now)).await?;
            app.store.end_deliveries(&stream.stream_id, vec![one.jti.clone()]).await?;
            Ok(None)
        }
        Next::RetryAt(at) => {
            metrics::set_delivery("retried");
            tracing::info!(
                stream_id = stream.stream_id,
                jti = one.jti,
                status,
                attempts,
                "a security event token was not taken"
            );
            app.store.retry_delivery(one.seq, attempts, at).await?;
            Ok(Some(at))
        }
    }
}

/// The status of the answer, when to come back, and the beginning of the body; `None` if there was no answer.
async fn attempt(app: &App, stream: &Stream, one: &Delivered) -> Option<(u16, Option<Duration>, Vec<u8>)> {
    let Delivery::Push { endpoint_url, .. } = &stream.terms.delivery else { return None };
    let url: Url = endpoint_url.parse().ok()?;
    let set = sign(app, one).inspect_err(|error| {
        tracing::error!(jti = one.jti, %error, "a security event token cannot be signed");
    });
    let mut headers = vec![
        (header::CONTENT_TYPE, HeaderValue::from_static("application/secevent+jwt")),
        (header::ACCEPT, HeaderValue::from_static("application/json")),
    ];
    let authorization = delivery::authorization(app, &stream.stream_id, &stream.terms.delivery);
    if authorization.is_err() {
        tracing::error!(
            stream_id = stream.stream_id,
            "the authorization header of a stream cannot be opened"
        );
    }
    if let Some(text) = authorization.ok()? {
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        headers.push((header::AUTHORIZATION, value));
    }
    let request = OutgoingRequest { url: &url, headers, body: set.ok()?.into_bytes(), timeout: TIMEOUT };
    match app.outgoing.post_keeping(request, MOST_BODY).await {
        Ok((answer, body)) => Some((answer.status, answer.retry_after, body)),
        Err(error) => {
            tracing::info!(client_id = %stream.client_id, stream_id = stream.stream_id, %error, "a push failed");
            None
        }
    }
}
