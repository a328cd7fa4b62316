//! How does a client learn that there is an answer? By ping or push, out of the store's outbox. (CIBA Core sections 10.2,
//! 10.3 and 12)
//!
//! A callback is written down together with the answer that it tells. It leaves at once, again after failures that may
//! pass, and never again once it was accepted. Between acceptance and the note of it lies one commit: a crash in that
//! moment is the only way for a client to hear the same twice.

use super::notification::Notification;
use super::token::told;
use crate::app::App;
use crate::edge::metrics;
use crate::oauth::issue;
use crate::outgoing::OutgoingRequest;
use crate::rate_limits::Caller;
use crate::redemption::{self, Collecting};
use axum::http::{HeaderValue, header};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::ciba::callback::{self, Attempt, Next, Ping, PushFailure, PushedError, PushedTokens};
use tandem_core::crossing::{Crossing, CrossingId, DeliveryMode};
use tandem_core::mitigations::facts::{self as limits, Sender, SenderDemand};
use tandem_core::oauth::client::Client;
use tandem_core::oauth::token_family::{Revocation, TokenFamily};
use tandem_core::time::Timestamp;
use tandem_store::{ApplyError, Callback, CallbackOutcome, Change, SecurityEvent, StoreError, Write};
use tokio::task::JoinSet;

/// How many callbacks are looked at together.
const LOOK_AT: u32 = 256;
/// How many are on their way at a time, and how many of them to one client: one that hangs holds up nobody else, not
/// even on the same host, which the outgoing client lets have twice as many.
const AT_A_TIME: usize = 64;
const AT_A_TIME_FOR_ONE: usize = 8;
/// How long a client may take to accept one.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest sleep between looks at the outbox.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Sends callbacks for as long as the server runs.
pub async fn run(app: Arc<App>) {
    let mut changed = app.store.callbacks_changed();
    let mut outbox = Outbox::new(app);
    loop {
        changed.borrow_and_update();
        let sleep = outbox.send_due().await.unwrap_or_else(|error| {
            tracing::error!(%error, "the outbox cannot be read");
            LONGEST_SLEEP
        });
        tokio::select! {
            told = changed.changed() => if told.is_err() { return },
            () = outbox.one_done(), if !outbox.is_empty() => {}
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

/// Delivers what is due now, and returns when all of it has been tried once. Says how many were tried.
pub async fn deliver_due(app: &Arc<App>) -> Result<usize, StoreError> {
    let mut outbox = Outbox::new(Arc::clone(app));
    outbox.send_due().await?;
    let tried = outbox.under_way.len();
    while !outbox.is_empty() {
        outbox.one_done().await;
    }
    Ok(tried)
}

/// What is on its way. A callback stays due until its outcome is written down, so what was begun is remembered here.
struct Outbox {
    app: Arc<App>,
    under_way: HashMap<CrossingId, Arc<str>>,
    tasks: JoinSet<CrossingId>,
}

impl Outbox {
    fn new(app: Arc<App>) -> Self {
        Self { app, under_way: HashMap::new(), tasks: JoinSet::new() }
    }

    fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Begins what is due and has room. Says how long nothing else will be due.
    async fn send_due(&mut self) -> Result<Duration, StoreError> {
        let now = self.app.clock.now();
        for callback in self.app.store.due_callbacks(now, LOOK_AT).await? {
            if !self.has_room_for(&callback) {
                continue;
            }
            let caller = Caller::Name(&callback.client_id);
            if let limits::Attempt::Exceeded { retry_after } =
                self.app.limits.callback_client.take(&caller, now)
            {
                let (id, due_at) = (callback.crossing, now.plus(retry_after));
                self.app.store.retry_callback(id, callback.attempts, due_at).await?;
                metrics::callback("limited");
            } else {
                self.under_way.insert(callback.crossing, Arc::clone(&callback.client_id));
                let app = Arc::clone(&self.app);
                self.tasks.spawn(async move {
                    let id = callback.crossing;
                    deliver(&app, callback).await;
                    id
                });
            }
        }
        let next = self.app.store.next_callback_due().await?;
        let wait = next.map_or(LONGEST_SLEEP, |at| at.since(self.app.clock.now()).min(LONGEST_SLEEP));
        // What is due already waits for those under way; a moment's pause keeps this from spinning.
        Ok(wait.max(Duration::from_millis(250)))
    }

    fn has_room_for(&self, callback: &Callback) -> bool {
        let to_this_client = self.under_way.values().filter(|client_id| **client_id == callback.client_id);
        !self.under_way.contains_key(&callback.crossing)
            && self.under_way.len() < AT_A_TIME
            && to_this_client.count() < AT_A_TIME_FOR_ONE
    }

    async fn one_done(&mut self) {
        match self.tasks.join_next().await {
            Some(Ok(id)) => {
                self.under_way.remove(&id);
            }
            // A panic: nobody knows whose it was, and what it was about is tried again.
            Some(Err(_)) if self.tasks.is_empty() => self.under_way.clear(),
            Some(Err(_)) | None => {}
        }
    }
}

async fn deliver(app: &App, callback: Callback) {
    let outcome = attempt(app, &callback).await;
    let (id, now) = (callback.crossing, app.clock.now());
    let attempts = callback.attempts.saturating_add(1);
    let noted = match outcome {
        Ok(attempt) => match callback::after(attempt, attempts, now, callback.gives_up_at) {
            Next::Delivered => {
                metrics::callback("delivered");
                app.store.end_callback(id).await
            }
            Next::RetryIn(wait) => {
                metrics::callback("retried");
                app.store.retry_callback(id, attempts, now.plus(wait)).await
            }
            Next::GiveUp => give_up(app, &callback, "the client did not accept it", now).await,
        },
        Err(Failed::Passing) => {
            let wait = callback::after(Attempt::Unreachable, attempts, now, callback.gives_up_at);
            match wait {
                Next::RetryIn(wait) => app.store.retry_callback(id, attempts, now.plus(wait)).await,
                _ => give_up(app, &callback, "the server could not make it", now).await,
            }
        }
        Err(Failed::Forever(why)) => give_up(app, &callback, why, now).await,
    };
    if let Err(error) = noted {
        tracing::error!(crossing = %id, %error, "what became of a callback could not be written down");
    }
}

async fn give_up(app: &App, callback: &Callback, why: &str, now: Timestamp) -> Result<bool, StoreError> {
    metrics::callback("given_up");
    tracing::warn!(crossing = %callback.crossing, client_id = %callback.client_id, why, "a callback was given up");
    let event = SecurityEvent {
        at: now,
        kind: "callback_given_up".to_owned(),
        crossing: Some(callback.crossing),
        sub: None,
        client_id: Some(Arc::clone(&callback.client_id)),
        address: None,
        detail: Some(why.to_owned()),
    };
    app.store.record_event(event).await?;
    // Tokens that were pushed and never accepted are nobody's.
    let pushed = app
        .clients
        .get(&callback.client_id)
        .is_none_or(|client| client.backchannel_token_delivery_mode == Some(DeliveryMode::Push));
    if pushed && callback.outcome == CallbackOutcome::Approved {
        app.store.revoke_family(callback.crossing, now, Revocation::Client).await?;
    }
    app.store.end_callback(callback.crossing).await
}

/// Why a callback did not even leave.
enum Failed {
    /// No further try can mend it.
    Forever(&'static str),
    /// The store did not answer, or somebody else works on the crossing.
    Passing,
}

impl From<&'static str> for Failed {
    fn from(why: &'static str) -> Self {
        Self::Forever(why)
    }
}

async fn attempt(app: &App, callback: &Callback) -> Result<Attempt, Failed> {
    let client = app.clients.get(&callback.client_id).ok_or("the client is gone")?;
    let url = client
        .backchannel_client_notification_endpoint
        .clone()
        .ok_or("the client has no endpoint any more")?;
    let notification = Notification::open(app, &callback.sealed, callback.crossing)
        .ok_or("what the callback needs cannot be opened")?;
    let body = body(app, callback, &client, &notification.auth_req_id).await?;
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", notification.client_notification_token))
        .map_err(|_| "the notification token is no header")?;
    bearer.set_sensitive(true);
    let request = OutgoingRequest {
        url: &url,
        headers: vec![
            (header::AUTHORIZATION, bearer),
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ],
        body,
        timeout: TIMEOUT,
    };
    Ok(match app.outgoing.post(request).await {
        Ok(answer) => Attempt::Answered { status: answer.status, retry_after: answer.retry_after },
        Err(error) => {
            tracing::info!(crossing = %callback.crossing, client_id = %callback.client_id, %error, "a callback failed");
            if error.may_retry() { Attempt::Unreachable } else { Attempt::Impossible }
        }
    })
}

async fn body(app: &App, callback: &Callback, client: &Client, auth_req_id: &str) -> Result<Vec<u8>, Failed> {
    match (client.backchannel_token_delivery_mode, callback.outcome) {
        (Some(DeliveryMode::Ping), _) => json(&Ping { auth_req_id }),
        (Some(DeliveryMode::Push), CallbackOutcome::Denied) => {
            json(&PushedError::new(auth_req_id, PushFailure::Denied))
        }
        (Some(DeliveryMode::Push), CallbackOutcome::Unanswered) => {
            json(&PushedError::new(auth_req_id, PushFailure::Expired))
        }
        (Some(DeliveryMode::Push), CallbackOutcome::Approved) => {
            let now = app.clock.now();
            match pushed_family(app, client, callback, now).await? {
                Some(family) => {
                    let tokens = issue::pushed_tokens(app, client, &family, auth_req_id, now);
                    let tokens = tokens.map_err(|_| "the tokens could not be made")?;
                    json(&PushedTokens { auth_req_id, tokens })
                }
                None => json(&PushedError::new(auth_req_id, PushFailure::Failed)),
            }
        }
        (Some(DeliveryMode::Poll) | None, _) => Err("the client is in another mode by now".into()),
    }
}

fn json(body: &impl serde::Serialize) -> Result<Vec<u8>, Failed> {
    serde_json::to_vec(body).map_err(|_| Failed::Forever("the body could not be written"))
}

/// The family whose tokens are pushed: founded by the first try, found by the later ones. `None` if policy stands
/// against it, or it has ended.
async fn pushed_family(
    app: &App,
    client: &Client,
    callback: &Callback,
    now: Timestamp,
) -> Result<Option<Arc<TokenFamily>>, Failed> {
    let known = app.store.family(callback.crossing).await.map_err(|_| Failed::Passing)?;
    if let Some(family) = known {
        return Ok(Some(family).filter(|family| family.is_active()));
    }
    match app.store.apply(callback.crossing, |crossing| found(app, client, crossing, now)).await {
        Ok(founded) => Ok(founded.map(Arc::new)),
        Err(ApplyError::Busy | ApplyError::Store(_)) => Err(Failed::Passing),
        Err(ApplyError::Unknown | ApplyError::AlreadyRedeemed | ApplyError::NotDurable) => Ok(None),
    }
}

fn found(app: &App, client: &Client, crossing: Crossing, now: Timestamp) -> Change<Option<TokenFamily>> {
    let unchanged = crossing.clone();
    let nothing = || Change { next: unchanged.clone(), write: Write::Nothing, answer: None };
    let Crossing::Approved(approved) = crossing else { return nothing() };
    // Nobody proves a key here: the one that was pinned when the client asked is the one.
    let proof = approved.request.pinned_key();
    let demand =
        if client.dpop_bound_access_tokens { SenderDemand::AtRedemption } else { SenderDemand::None };
    let sender = Sender { proof, certificate: None, pinned: proof, demand };
    // Nobody can type a PIN where tokens are pushed; a client that could be asked for one is refused at its registration.
    let by = Collecting { client, sender, pin: limits::Given::Nothing, now };
    let Change { next, write, answer } = redemption::collect(app, approved, by);
    let answer = match answer {
        Ok(family) => Some(family),
        Err(why) => {
            tracing::warn!(client_id = %client.client_id, refusal = %told(why), "tokens cannot be pushed");
            None
        }
    };
    Change { next, write, answer }
}
