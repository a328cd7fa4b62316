//! How does one round of a stream go? One token alone, until the receiver takes it; then what is about others beside it.

use super::LONGEST_SLEEP;
use super::post::deliver;
use crate::app::App;
use crate::edge::metrics;
use crate::shared_signals::poll_endpoint::event;
use futures_util::StreamExt as _;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tandem_core::time::Timestamp;
use tandem_store::{Delivered, Stream};

/// How many tokens of one stream are on their way at a time.
const AT_A_TIME: usize = 4;
/// After so many failures in a row, without a success, a receiver is taken for absent.
const PROBES: usize = 3;

/// What a round of a stream came to.
pub(super) struct Round {
    pub(super) stream_id: String,
    pub(super) tried: usize,
    /// If nobody took anything: when to try again.
    pub(super) absent_until: Option<Timestamp>,
}

/// What waits, by what it is about, each in its order.
pub(super) fn lanes(waiting: Vec<Delivered>) -> Vec<Vec<Delivered>> {
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

/// Sends what is due, and gives up what was tried for too long.
pub(super) async fn round(app: &App, stream: Stream, lanes: Vec<Vec<Delivered>>, now: Timestamp) -> Round {
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
