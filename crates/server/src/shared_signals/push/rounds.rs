//! Which streams have their turn now? Those in which something is due, and whose receivers are not absent.

use super::super::is_receiver;
use super::LONGEST_SLEEP;
use super::round::{Round, lanes, round};
use crate::app::App;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::time::Timestamp;
use tandem_store::StoreError;
use tokio::task::JoinSet;

/// How many tokens of a stream are looked at together.
const LOOK_AT: u32 = 128;
/// How many streams are served at a time.
const STREAMS_AT_A_TIME: usize = 24;

/// The rounds under way, and the streams that rest.
pub(super) struct Rounds {
    app: Arc<App>,
    under_way: Vec<String>,
    resting: HashMap<String, Timestamp>,
    tasks: JoinSet<Round>,
    tried: usize,
}

impl Rounds {
    pub(super) fn new(app: Arc<App>) -> Self {
        Self { app, under_way: Vec::new(), resting: HashMap::new(), tasks: JoinSet::new(), tried: 0 }
    }

    /// Begins a round for each stream in which something is due. Says how long nothing else will be.
    pub(super) async fn begin(&mut self) -> Result<Duration, StoreError> {
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

    /// Whether none is under way.
    pub(super) fn are_over(&self) -> bool {
        self.tasks.is_empty()
    }

    /// How many tokens were tried until now.
    pub(super) const fn tried(&self) -> usize {
        self.tried
    }

    /// Waits for the end of one.
    pub(super) async fn one_done(&mut self) {
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
