//! What would end if an incident were contained now?

use crate::Store;
use crate::error::StoreError;
use rusqlite::{Connection, params};
use tandem_core::incident::Target;

/// How much containment would end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Preview {
    /// Token families that hold.
    pub families: u64,
    /// Browser sessions of the people whose grants they are.
    pub sessions: u64,
    /// Registered devices that are trusted.
    pub devices: u64,
}

/// The active families of a target, whose name is `?1`.
const fn families_of(target: &Target) -> &'static str {
    match target {
        Target::Crossing(_) => "revoked_at IS NULL AND crossing = ?1",
        Target::Person(_) => "revoked_at IS NULL AND sub = ?1",
        Target::Client(_) => "revoked_at IS NULL AND client_id = ?1",
        // Written as the index has it.
        Target::Device(_) => {
            "revoked_at IS NULL AND instance IS NOT NULL AND client_id || ' ' || instance = \
             (SELECT client_id || ' ' || id FROM trusted_devices WHERE id = ?1)"
        }
    }
}

/// The name of a target, as its column has it.
fn name(target: &Target) -> &dyn rusqlite::ToSql {
    match target {
        Target::Crossing(id) => id.as_bytes(),
        Target::Person(name) | Target::Client(name) | Target::Device(name) => name,
    }
}

/// Whether anything of these holds.
pub(super) fn has_families(db: &Connection, targets: &[Target]) -> rusqlite::Result<bool> {
    for target in targets {
        let select = format!("SELECT 1 FROM families WHERE {}", families_of(target));
        if db.prepare_cached(&select)?.exists(params![name(target)])? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn count(db: &Connection, select: &str, target: &Target) -> rusqlite::Result<u64> {
    let count: i64 = db.prepare_cached(select)?.query_row(params![name(target)], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

impl Store {
    /// How much containment of these would end now. What two of them have in common counts twice.
    pub async fn preview_containment(&self, targets: Vec<Target>) -> Result<Preview, StoreError> {
        const DEVICES: &str = "SELECT count(*) FROM trusted_devices WHERE id = ?1 AND revoked_at IS NULL";
        const SESSIONS_OF: &str = "SELECT count(*) FROM sessions WHERE sub = ?1";
        let select = move |db: &Connection| {
            let mut preview = Preview::default();
            for target in &targets {
                let rows = families_of(target);
                preview.families +=
                    count(db, &format!("SELECT count(*) FROM families WHERE {rows}"), target)?;
                let sessions = format!(
                    "SELECT count(*) FROM sessions WHERE sub IN (SELECT sub FROM families WHERE {rows})"
                );
                preview.sessions += match target {
                    Target::Person(_) => count(db, SESSIONS_OF, target)?,
                    _ => count(db, &sessions, target)?,
                };
                if matches!(target, Target::Device(_)) {
                    preview.devices += count(db, DEVICES, target)?;
                }
            }
            Ok(preview)
        };
        self.shared().readers.read(select).await
    }
}
