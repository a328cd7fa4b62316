//! What follows from a Security Event Token that is new: for whom of those who are here, and what is written of it?

use super::{Handling, SetChanges, SetToTake};
use crate::families;
use crate::people::session;
use crate::security_events::{self, SecurityEvent};
use crate::sql;
use crate::trusted_devices::{self, DeviceName, TrustedDevice, Word};
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, params};
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::incident::Cause;
use tandem_core::mitigations::trusted_devices::ComplianceStatus;
use tandem_core::shared_signals::received::{Effect, NamedDevice, PersonName, Whom};
use tandem_core::shared_signals::{self as caep, InitiatingEntity};

/// The kind of the security event of a signal from which nothing follows.
const RECEIVED: &str = "shared_signal_received";
/// One mailbox may be that of several people; more than so many is a mistake.
const MOST_PEOPLE: u8 = 16;

/// Somebody or something that is here.
struct Found {
    crossing: Option<CrossingId>,
    sub: Option<Arc<str>>,
    client_id: Option<Arc<str>>,
    detail: Option<String>,
    /// Whether there is anything that an incident could end.
    stands: Stands,
}

#[derive(PartialEq, Eq)]
enum Stands {
    Yes,
    No,
}

/// The device whose compliance a token is about, if it is ours: what is said of another fleet's device of this name is no
/// word about ours.
pub(super) fn device_of<'s>(db: &Connection, set: &'s SetToTake) -> rusqlite::Result<Option<&'s str>> {
    let about = set.effects.iter().find_map(|effect| match effect {
        Effect::SetCompliance { device, .. } if set.handling == Handling::Act => Some(device),
        _ => None,
    });
    Ok(match about {
        Some(device) if is_here(db, device)? => Some(device.id.as_str()),
        _ => None,
    })
}

/// Does all of what follows.
pub(super) fn carry_out(desk: &mut Desk<'_>, set: &SetToTake) -> rusqlite::Result<SetChanges> {
    let db = desk.db;
    let mut changes = SetChanges::default();
    let mut done = Vec::new();
    for effect in &set.effects {
        match (effect, set.handling) {
            (Effect::SetCompliance { .. } | Effect::EndSessions(_), Handling::DryRun) => {
                done.push("dry run: nothing was changed".to_owned());
            }
            (Effect::SetCompliance { device, status }, Handling::Act) => {
                done.extend(hear_compliance(desk, set, device, *status, &mut changes)?);
            }
            (Effect::EndSessions(person), Handling::Act) => {
                let before = changes.sessions.len();
                for sub in people(db, person)? {
                    changes.sessions.extend(session::delete_of(db, &sub)?);
                }
                done.push(format!("{} sessions ended", changes.sessions.len() - before));
            }
            (Effect::Incident(whom), Handling::Act) => {
                record(db, set, Cause::SharedSignal.as_str(), whom, &done, &mut changes)?;
            }
            (Effect::Incident(whom), Handling::DryRun) => {
                done.push("dry run: no incident was opened".to_owned());
                record(db, set, RECEIVED, whom, &done, &mut changes)?;
            }
            (Effect::Record(whom), _) => record(db, set, RECEIVED, whom, &done, &mut changes)?,
        }
    }
    Ok(changes)
}

/// Whether a device of this name is registered, for this client if one was named.
fn is_here(db: &Connection, device: &NamedDevice) -> rusqlite::Result<bool> {
    const HERE: &str = "SELECT 1 FROM trusted_devices WHERE id = ?1 AND (?2 IS NULL OR client_id = ?2)";
    db.prepare_cached(HERE)?.exists(params![device.id, device.client_id])
}

/// Gives a device another compliance, and tells those who listen to us, unless something newer was heard of it: tokens may
/// come in any order. Of two of the same second nobody knows which is newer, and the one that trusts less counts.
fn hear_compliance(
    desk: &mut Desk<'_>,
    set: &SetToTake,
    device: &NamedDevice,
    status: caep::ComplianceStatus,
    changes: &mut SetChanges,
) -> rusqlite::Result<Option<String>> {
    const NEWER: &str = "SELECT 1 FROM received_sets WHERE device = ?1 AND issued_at >= ?2 \
         AND (issued_at > ?2 OR (?3 AND digest <> ?4))";
    let db = desk.db;
    let trusts_more = status == caep::ComplianceStatus::Compliant;
    let given = params![device.id, sql::time(set.issued_at), trusts_more, set.digest.as_bytes()];
    if db.prepare_cached(NEWER)?.exists(given)? {
        return Ok(Some("something newer is known".to_owned()));
    }
    let status = match status {
        caep::ComplianceStatus::Compliant => ComplianceStatus::Compliant,
        caep::ComplianceStatus::NotCompliant => ComplianceStatus::NotCompliant,
    };
    let known = trusted_devices::find(db, &DeviceName::Id(device.id.as_str().into()))?;
    let is_meant = |known: &TrustedDevice| {
        let client_id = device.client_id.as_deref();
        client_id.is_none_or(|client_id| client_id == &*known.client_id) && known.revoked_at.is_none()
    };
    let Some(known) = known.filter(is_meant).filter(|known| known.compliance != status) else {
        return Ok(None);
    };
    // When it happened, by the word of whoever noticed it.
    let word = Word { by: InitiatingEntity::Policy, at: set.issued_at };
    trusted_devices::set_compliance(desk, &known, status, word, set.at)?;
    changes.devices += 1;
    Ok(Some(format!("it is {} now", status.as_str())))
}

/// Writes a security event for everybody who is meant and is here.
fn record(
    db: &Connection,
    set: &SetToTake,
    kind: &str,
    whom: &Whom,
    done: &[String],
    changes: &mut SetChanges,
) -> rusqlite::Result<()> {
    for found in find(db, whom)? {
        // Of what has ended already nothing is left to contain.
        let kind = if found.stands == Stands::Yes { kind } else { RECEIVED };
        let what = format!("{} from {}", set.event, set.transmitter);
        let detail: Vec<&str> = std::iter::once(what.as_str())
            .chain(found.detail.as_deref())
            .chain(done.iter().map(String::as_str))
            .collect();
        let event = SecurityEvent {
            at: set.at,
            kind: kind.to_owned(),
            crossing: found.crossing,
            sub: found.sub,
            client_id: found.client_id,
            address: None,
            detail: Some(detail.join("; ")),
        };
        security_events::insert(db, &event)?;
        if kind == RECEIVED {
            changes.recorded += 1;
        } else {
            changes.incidents += 1;
        }
    }
    Ok(())
}

fn find(db: &Connection, whom: &Whom) -> rusqlite::Result<Vec<Found>> {
    const DEVICE: &str = "SELECT id, client_id FROM trusted_devices \
         WHERE id = ?1 AND (?2 IS NULL OR client_id = ?2) AND revoked_at IS NULL";
    let nothing = || Found { crossing: None, sub: None, client_id: None, detail: None, stands: Stands::Yes };
    Ok(match whom {
        Whom::Person(person) => {
            let people = people(db, person)?.into_iter();
            people.map(|sub| Found { sub: Some(sub), ..nothing() }).collect()
        }
        Whom::Session { family, person } => {
            let Some(family) = families::read_one(db, *family)? else { return Ok(Vec::new()) };
            let sub = Arc::clone(&family.authentication.sub);
            if let Some(person) = person
                && !people(db, person)?.contains(&sub)
            {
                return Ok(Vec::new());
            }
            let stands = if family.is_active() { Stands::Yes } else { Stands::No };
            let client_id = Some(Arc::clone(&family.client_id));
            vec![Found { crossing: Some(family.crossing), sub: Some(sub), client_id, detail: None, stands }]
        }
        Whom::Device(device) => {
            let mut select = db.prepare_cached(DEVICE)?;
            let row = select.query_row(params![device.id, device.client_id], |row| {
                let (id, client_id): (String, Arc<str>) = (row.get(0)?, row.get(1)?);
                Ok(Found { client_id: Some(client_id), detail: Some(format!("device {id}")), ..nothing() })
            });
            row.optional()?.into_iter().collect()
        }
    })
}

/// The people of this name: one or none by our own name, and everybody whose mailbox it is known to be.
fn people(db: &Connection, name: &PersonName) -> rusqlite::Result<Vec<Arc<str>>> {
    const BY_EMAIL: &str =
        "SELECT sub FROM users WHERE lower(email) = ?1 AND email_verified ORDER BY sub LIMIT ?2";
    match name {
        PersonName::Sub(sub) => {
            let mut select = db.prepare_cached("SELECT sub FROM users WHERE sub = ?1")?;
            select.query_map([sub], |row| row.get(0))?.collect()
        }
        PersonName::Email(email) => {
            let mut select = db.prepare_cached(BY_EMAIL)?;
            select.query_map(params![email, MOST_PEOPLE], |row| row.get(0))?.collect()
        }
    }
}
