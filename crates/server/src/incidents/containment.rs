//! How does everything end that an incident concerns, all of it or nothing, whatever crashes?
//!
//! First a row says that containment begins. Then the open requests are stopped, one transition each. Then one transaction ends
//! token families, sessions and devices, puts what others are to be told into the outbox, and says that it is done. Whoever
//! collected in between has collected a family, which the transaction ends. What was begun is repeated until it is done.

use super::stopping::{self, Record, Stopped};
use crate::app::App;
use crate::config::Config;
use crate::edge::metrics;
use crate::trusted_devices;
use futures_util::future::join_all;
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_core::incident::{Actor, EndSessions, Target};
use tandem_core::time::Timestamp;
use tandem_store::{
    ApplyError, BeginRefusal, Contained, Containment, Incident, IncidentFile, Store, StoreError,
};

/// The step that says who began with it.
const BEGAN: &str = "containing";
/// The record of a request that ended with an incident.
const ENDED: &str = "ended_by_incident";
/// How many requests are ended together.
const TOGETHER: usize = 256;

/// Under which terms this server contains.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Whether people are signed out.
    pub sessions: EndSessions,
}

impl Terms {
    /// Those of a configuration.
    pub fn of(config: &Config) -> Self {
        let sessions = if config.incidents.end_sessions { EndSessions::Yes } else { EndSessions::No };
        Self { sessions }
    }
}

/// Why an incident is not contained now. If it was begun with, it is carried on later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContainError {
    /// It cannot be.
    #[error(transparent)]
    Refused(#[from] BeginRefusal),
    /// One of its requests cannot be ended while an answer is on its way to the disk.
    #[error("an answer is being written; it is tried again")]
    Answering,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ApplyError> for ContainError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Store(error) => Self::Store(error),
            _ => Self::Answering,
        }
    }
}

/// Contains an incident. What it ended is on disk when this returns; an error leaves it begun, and the server carries on.
pub async fn contain(app: &App, id: i64, actor: Actor, now: Timestamp) -> Result<Contained, ContainError> {
    let _turn = app.incidents.turn.lock().await;
    app.store.begin_containment(id, actor.clone(), now).await??;
    let contained = carry_out(&app.store, &Terms::of(&app.config), id, &actor, now).await?;
    // Also what the devices that it revoked began in this moment.
    if contained.as_ref().is_some_and(|contained| !contained.devices.is_empty()) {
        trusted_devices::stop_crossings(app).await;
    }
    Ok(contained.unwrap_or_default())
}

/// Carries on what was begun, and begins with what a rule wants contained. To be called before the server serves, and whenever
/// incidents changed. Says whether something is left to do; one incident that fails holds up no other.
pub async fn resume(app: &App, now: Timestamp) -> Result<Left, StoreError> {
    let mut left = Left::Nothing;
    let begun = app.store.unfinished_containments().await?;
    for incident in begun.into_iter().chain(app.store.uncontained_incidents().await?) {
        if let Err(error) = carry_on(app, &incident, now).await {
            tracing::error!(incident = incident.id, %error, "an incident could not be contained; it is tried again");
            left = Left::Something;
        }
    }
    Ok(left)
}

/// Whether there is something left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing.
    Nothing,
    /// Something failed, and is to be tried again.
    Something,
}

async fn carry_on(app: &App, incident: &Incident, now: Timestamp) -> Result<(), ContainError> {
    let file = app.store.incident(incident.id).await?;
    let actor = file.as_ref().map_or(Actor::Rule, began);
    match contain(app, incident.id, actor, now).await {
        // Somebody else was faster.
        Ok(_) | Err(ContainError::Refused(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Who began with it; a rule, if nobody did.
fn began(file: &IncidentFile) -> Actor {
    let step = file.steps.iter().rev().find(|step| step.step == BEGAN);
    match step.map(|step| step.actor.split_once(' ').unwrap_or((&step.actor, ""))) {
        Some(("operator", sub)) => Actor::Operator(sub.into()),
        Some(("api", client_id)) => Actor::Api(client_id.into()),
        Some(("command", _)) => Actor::Command,
        _ => Actor::Rule,
    }
}

/// Does what [`Store::begin_containment`] announced; `None` if it was done before. Takes a store that knows the open requests:
/// the server's, or one that was opened as the server's while there is none.
pub async fn carry_out(
    store: &Store,
    terms: &Terms,
    id: i64,
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<Contained>, ContainError> {
    let Some(file) = store.incident(id).await? else { return Err(BeginRefusal::Unknown.into()) };
    let targets = file.targets();
    let stopped = stop_all(store, id, &targets, now).await?;
    let how = |stopped| Containment { actor: actor.clone(), at: now, sessions: terms.sessions, stopped };
    let requests = stopped.len();
    let Some(mut contained) = store.contain_incident(id, how(stopped)).await? else { return Ok(None) };
    metrics::incident(file.incident.cause.as_str(), "contained");
    tracing::warn!(
        incident = id,
        cause = file.incident.cause.as_str(),
        %actor,
        requests,
        families = contained.families.len(),
        sessions = contained.sessions.len(),
        devices = contained.devices.len(),
        signals = contained.announced,
        "an incident is contained"
    );
    if targets.iter().any(|target| !matches!(target, Target::Crossing(_))) {
        // A yes that was given by a session while that was ended is a request more.
        let late = stop_all(store, id, &targets, now).await?;
        if let Some(more) = store.contain_stragglers(id, how(late)).await? {
            contained.families.extend(more.families);
            contained.sessions.extend(more.sessions);
            contained.announced += more.announced;
        }
    }
    Ok(Some(contained))
}

/// Stops every open request of these targets.
async fn stop_all(
    store: &Store,
    incident: i64,
    targets: &[Target],
    now: Timestamp,
) -> Result<Vec<CrossingId>, ContainError> {
    let detail = format!("incident {incident}");
    let record = Record { kind: ENDED, detail: &detail };
    let mut stopped = Vec::new();
    // Together, so that one commit takes many.
    for ids in open(store, targets).chunks(TOGETHER) {
        let each = ids.iter().map(|id| async move { (*id, stopping::stop(store, *id, record, now).await) });
        for (id, outcome) in join_all(each).await {
            if outcome? == Stopped::Now {
                stopped.push(id);
            }
        }
    }
    Ok(stopped)
}

/// The open requests of these targets. One of a single request needs no look at all of them.
fn open(store: &Store, targets: &[Target]) -> Vec<CrossingId> {
    let single = |target: &Target| match target {
        Target::Crossing(id) => Some(*id),
        _ => None,
    };
    let mut found: Vec<_> = targets.iter().filter_map(single).collect();
    if found.len() < targets.len() {
        found.extend(store.open_crossings(|crossing| targets.iter().any(|target| target.concerns(crossing))));
    }
    found
}

/// How much would end if something were contained now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Foreseen {
    /// Open requests.
    pub requests: u64,
    /// Token families that hold.
    pub families: u64,
    /// Browser sessions.
    pub sessions: u64,
    /// Registered devices that are trusted.
    pub devices: u64,
}

/// How much would end if these were contained now.
pub async fn foresee(app: &App, targets: Vec<Target>) -> Result<Foreseen, StoreError> {
    let is_open = |id: &CrossingId| {
        matches!(app.store.crossing(*id), Some(Crossing::Pending(_) | Crossing::Approved(_)))
    };
    let requests = open(&app.store, &targets).iter().filter(|id| is_open(id)).count() as u64;
    let preview = app.store.preview_containment(targets).await?;
    let sessions = if app.config.incidents.end_sessions { preview.sessions } else { 0 };
    Ok(Foreseen { requests, families: preview.families, sessions, devices: preview.devices })
}

/// The same in words.
pub async fn would_end(app: &App, targets: Vec<Target>) -> Result<String, StoreError> {
    let Foreseen { requests, families, sessions, devices } = foresee(app, targets).await?;
    Ok(format!(
        "would stop {requests} requests, end {families} token families, {sessions} sessions, {devices} devices"
    ))
}
