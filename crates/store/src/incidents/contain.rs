//! How does everything that an incident concerns end, all of it or nothing?

use super::preview::has_families;
use super::{find, step, touch, touched};
use crate::Store;
use crate::error::StoreError;
use crate::people::session;
use crate::shared::Shared;
use crate::trusted_devices;
use crate::writer::Desk;
use crate::{families, sql};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::incident::{
    Actor, ContainRefusal, DistrustedDevice, EndSessions, Role, State, Target, Told, Touched, TouchedKind,
};
use tandem_core::oauth::token_family::{Revocation, TokenFamily};
use tandem_core::time::Timestamp;

/// How an incident is contained.
#[derive(Debug, Clone)]
pub struct Containment {
    /// By whom or what.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// Whether the people whose grants end are signed out of this server's pages too.
    pub sessions: EndSessions,
    /// Crossings that were stopped before anything was issued.
    pub stopped: Vec<CrossingId>,
}

/// Why containment cannot begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BeginRefusal {
    /// There is no incident of this number.
    #[error("there is no such incident")]
    Unknown,
    /// It stands where it cannot be contained.
    #[error(transparent)]
    State(#[from] ContainRefusal),
}

/// What containment ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contained {
    /// Token families that held until now.
    pub families: Vec<CrossingId>,
    /// Browser sessions.
    pub sessions: Vec<Digest>,
    /// Registered devices that were trusted until now.
    pub devices: Vec<DistrustedDevice>,
    /// Security Event Tokens that were put into the outbox.
    pub announced: u64,
}

/// What was found while a containment was written.
#[derive(Default)]
struct Found {
    contained: Contained,
    /// Families that ended now: of those that had ended before others heard then.
    families: Vec<Arc<TokenFamily>>,
    /// The family of a request that had ended before, as a report or a reused refresh token ends it.
    gone: Vec<CrossingId>,
    /// People who are signed out.
    people: BTreeSet<Arc<str>>,
}

impl Found {
    fn ended(&mut self, db: &Connection, ended: Vec<CrossingId>) -> rusqlite::Result<()> {
        for id in ended {
            if let Some(family) = families::read_one(db, id)? {
                self.people.insert(Arc::clone(&family.authentication.sub));
                self.families.push(family);
            }
            self.contained.families.push(id);
        }
        Ok(())
    }
}

impl Store {
    /// Notes that containment begins: from here on it goes on after a crash. A containment that began before is begun again
    /// without harm.
    pub async fn begin_containment(
        &self,
        id: i64,
        actor: Actor,
        at: Timestamp,
    ) -> Result<Result<(), BeginRefusal>, StoreError> {
        const BEGIN: &str =
            "UPDATE incidents SET containing_since = ?2 WHERE id = ?1 AND containing_since IS NULL";
        let work = move |desk: &mut Desk<'_>| {
            let Some(incident) = find(desk.db, id)? else { return Ok(Err(BeginRefusal::Unknown)) };
            if let Err(refusal) = incident.state.may_contain() {
                return Ok(Err(refusal.into()));
            }
            if desk.db.prepare_cached(BEGIN)?.execute(params![id, sql::time(at)])? > 0 {
                step(desk.db, id, at, &actor, "containing", None)?;
            }
            Ok(Ok(()))
        };
        self.shared().write(work, |shared, _| shared.incidents.tell()).await
    }

    /// Ends what the incident concerns, and puts what others are to be told into the outbox, in one transaction. Its open
    /// crossings have to be stopped before; whoever collects in between has collected a family, which ends here.
    ///
    /// `None` if it is contained already, or was not begun with.
    pub async fn contain_incident(&self, id: i64, how: Containment) -> Result<Option<Contained>, StoreError> {
        let work = move |desk: &mut Desk<'_>| contain(desk, id, &how);
        self.shared().write(work, |shared, contained| publish(shared, contained.as_ref())).await
    }

    /// Ends what slipped through a containment of a person or client: to be called once it is written and what was
    /// open meanwhile is stopped (`how.stopped`). `None` if there was nothing.
    pub async fn contain_stragglers(
        &self,
        id: i64,
        how: Containment,
    ) -> Result<Option<Contained>, StoreError> {
        let work = move |desk: &mut Desk<'_>| contain_stragglers(desk, id, &how);
        self.shared().write(work, |shared, contained| publish(shared, contained.as_ref())).await
    }
}

/// What was remembered of what ended no longer holds.
fn publish(shared: &Shared, contained: Option<&Contained>) {
    let Some(contained) = contained else { return };
    shared.counters.family_rows.add(contained.families.len() as u64);
    for family in &contained.families {
        shared.families.forget(family);
    }
    for session in &contained.sessions {
        shared.sessions.forget(session);
    }
    if !contained.devices.is_empty() {
        trusted_devices::forget(shared);
    }
    shared.incidents.tell();
}

fn contain(desk: &mut Desk<'_>, id: i64, how: &Containment) -> rusqlite::Result<Option<Contained>> {
    const DONE: &str = "UPDATE incidents SET state = ?2, containing_since = NULL \
         WHERE id = ?1 AND state = 'open' AND containing_since IS NOT NULL";
    if desk.db.prepare_cached(DONE)?.execute(params![id, State::Contained.as_str()])? == 0 {
        return Ok(None);
    }
    let targets: Vec<_> = touched(desk.db, id)?.iter().filter_map(Target::of).collect();
    end_all(desk, id, &targets, how, "contained").map(Some)
}

/// What slipped through while a containment was written: a yes that was on its way when the open requests were stopped, and was
/// collected just after. One request cannot slip through, only one more of a person or client; what a revoked
/// device collected is looked for by itself.
fn contain_stragglers(
    desk: &mut Desk<'_>,
    id: i64,
    how: &Containment,
) -> rusqlite::Result<Option<Contained>> {
    let contained = find(desk.db, id)?.is_some_and(|incident| incident.state == State::Contained);
    let targets: Vec<_> = touched(desk.db, id)?.iter().filter_map(Target::of).collect();
    let is_wide = |target: &Target| matches!(target, Target::Person(_) | Target::Client(_));
    let wide: Vec<_> = targets.into_iter().filter(is_wide).collect();
    if !contained || (how.stopped.is_empty() && !has_families(desk.db, &wide)?) {
        return Ok(None);
    }
    end_all(desk, id, &wide, how, "contained_late").map(Some)
}

fn end_all(
    desk: &mut Desk<'_>,
    id: i64,
    targets: &[Target],
    how: &Containment,
    word: &str,
) -> rusqlite::Result<Contained> {
    let mut found = Found::default();
    for target in targets {
        end(desk, target, how.at, &mut found)?;
    }
    if how.sessions == EndSessions::Yes {
        for person in &found.people {
            found.contained.sessions.extend(session::delete_of(desk.db, person)?);
        }
    }
    found.contained.announced = desk.tell(how.at, |issuer| {
        let told = Told { issuer, incident: id, actor: &how.actor, at: how.at };
        let families = found.families.iter().flat_map(|family| told.family(family));
        let devices = found.contained.devices.iter().map(|device| told.device(device));
        let out = found.people.iter().filter(|_| how.sessions == EndSessions::Yes);
        families.chain(devices).chain(out.map(|person| told.signed_out(person))).collect()
    })?;
    for family in found.gone {
        touch(
            desk.db,
            id,
            &Touched { role: Role::Ended, kind: TouchedKind::Family, name: family.to_string() },
        )?;
    }
    record(desk.db, id, how, &found.contained, word)?;
    Ok(found.contained)
}

fn end(desk: &mut Desk<'_>, target: &Target, at: Timestamp, found: &mut Found) -> rusqlite::Result<()> {
    match target {
        Target::Crossing(id) => {
            let ended = families::revoke(desk, "crossing = ?3", id.as_bytes(), at, Revocation::Incident)?;
            found.ended(desk.db, ended)?;
            if let Some(family) = families::read_one(desk.db, *id)? {
                found.people.insert(Arc::clone(&family.authentication.sub));
                found.gone.push(*id);
            }
        }
        Target::Person(sub) => {
            let ended = families::revoke(desk, "sub = ?3", &&**sub, at, Revocation::Incident)?;
            found.ended(desk.db, ended)?;
            found.people.insert(Arc::clone(sub));
        }
        Target::Client(client_id) => {
            let ended = families::revoke(desk, "client_id = ?3", &&**client_id, at, Revocation::Incident)?;
            found.ended(desk.db, ended)?;
        }
        Target::Device(device) => {
            if let Some((device, ended)) = trusted_devices::revoke(desk, device, at)? {
                found.ended(desk.db, ended)?;
                found.contained.devices.push(device);
            }
        }
    }
    Ok(())
}

/// Writes down what ended.
fn record(
    db: &Connection,
    id: i64,
    how: &Containment,
    contained: &Contained,
    word: &str,
) -> rusqlite::Result<()> {
    let ended = |kind, name: String| Touched { role: Role::Ended, kind, name };
    let stopped = how.stopped.iter().map(|id| ended(TouchedKind::Crossing, id.to_string()));
    let families = contained.families.iter().map(|id| ended(TouchedKind::Family, id.to_string()));
    let sessions = contained.sessions.iter().map(|id| {
        // Enough to tell sessions apart, not enough to be one.
        ended(TouchedKind::Session, id.to_string().chars().take(12).collect())
    });
    let devices = contained.devices.iter().map(|device| ended(TouchedKind::Device, device.id.to_string()));
    for each in stopped.chain(families).chain(sessions).chain(devices) {
        touch(db, id, &each)?;
    }
    let detail = format!(
        "stopped {} requests, ended {} token families, {} sessions, {} devices; {} signals to send",
        how.stopped.len(),
        contained.families.len(),
        contained.sessions.len(),
        contained.devices.len(),
        contained.announced,
    );
    step(db, id, how.at, &how.actor, word, Some(&detail))
}
