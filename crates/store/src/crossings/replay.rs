//! What does the journal tell after a restart?

use super::inbox::Person;
use super::{CodeUse, Crossings};
use crate::shards::DigestKey;
use crate::sql;
use rusqlite::{Connection, Row};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tandem_core::crossing::{Crossing, CrossingId, Event, ReplayError};
use tandem_core::digest::Digest;
use tandem_core::oauth::scope::Scope;
use tandem_core::time::Timestamp;

/// Tells the whole journal again. Returns the number of the next row. What makes no sense is reported and its
/// crossing left out, so that it can be neither approved nor collected; the others are not affected.
pub fn load(db: &Connection, crossings: &Crossings, now: Timestamp) -> rusqlite::Result<u64> {
    let mut told = Told::default();
    let mut rows = db.prepare("SELECT seq, crossing, event FROM journal ORDER BY seq")?;
    let mut rows = rows.query([])?;
    let mut last = 0;
    while let Some(row) = rows.next()? {
        let seq = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
        last = last.max(seq);
        told.row(seq, row, crossings, now);
    }
    let mut left = Vec::new();
    for (crossing, first_seq, code) in told.live.into_values() {
        let expires_at = crossing.expires_at();
        if crossings.is_over(expires_at, now) && !crossing.owes_its_end() {
            continue;
        }
        if let Some(code) = code {
            let mut codes = crossings.user_codes.of(&code);
            if codes.get(&code).is_none_or(|other| other.expires_at < expires_at) {
                codes.insert(code, CodeUse { crossing: crossing.id(), expires_at });
            }
        }
        let person = told.persons.get(&crossing.id()).copied();
        if person.is_some() && matches!(&crossing, Crossing::Pending(pending) if !pending.is_over(now)) {
            let notified = told.notified.remove(&crossing.id()).unwrap_or_default();
            left.push((first_seq, crossing.id(), notified));
        }
        crossings.insert(crossing, first_seq, person);
    }
    crossings.keep_waiting(left);
    Ok(last + 1)
}

/// What was told so far.
#[derive(Default)]
struct Told {
    live: HashMap<CrossingId, (Crossing, u64, Option<DigestKey>)>,
    /// To whom those were sent that were sent to somebody; a redeemed crossing no longer knows.
    persons: HashMap<CrossingId, Person>,
    /// Which devices took the notice of it.
    notified: HashMap<CrossingId, Vec<Digest>>,
    broken: HashSet<CrossingId>,
    names: Interned,
}

impl Told {
    fn row(&mut self, seq: u64, row: &Row<'_>, crossings: &Crossings, now: Timestamp) {
        let Ok(id) = row.get(1).map(CrossingId::from_bytes) else {
            tracing::error!(seq, "a journal row names no crossing; it is left out");
            return;
        };
        if self.broken.contains(&id) {
            return;
        }
        let Ok(Ok(Ok(event))) = row.get_ref(2).map(|text| text.as_str().map(sql::from_json::<Event>)) else {
            return self.report(seq, id, "a journal row cannot be read");
        };
        let (before, first_seq, code) = match self.live.remove(&id) {
            Some((before, first_seq, code)) => (Some(before), first_seq, code),
            None => (None, seq, None),
        };
        let (event, code) = match event {
            Event::Initiated(mut request) => {
                // What became of a request whose answer is pushed is seen at the end.
                if before.is_none() && crossings.is_over(request.expires_at, now) && !request.is_pushed() {
                    self.broken.insert(id);
                    return;
                }
                self.names.intern(&mut request.client_id, &mut request.scope);
                let code = request.user_code.map(DigestKey::of);
                if let Some(person) = Person::asked(&request) {
                    self.persons.insert(id, person);
                }
                (Event::Initiated(request), code)
            }
            Event::Notified(device) => {
                self.notified.entry(id).or_default().push(device);
                (Event::Notified(device), code)
            }
            event => (event, code),
        };
        match Crossing::replay(before, id, event) {
            Ok(crossing) => {
                self.live.insert(id, (crossing, first_seq, code));
            }
            // Its beginning was swept: it ended long ago.
            Err(ReplayError::NoBeginning) => {
                self.broken.insert(id);
            }
            Err(error) => self.report(seq, id, &error.to_string()),
        }
    }

    /// Without the content: it may hold what logs must not.
    fn report(&mut self, seq: u64, id: CrossingId, why: &str) {
        tracing::error!(seq, crossing = %id, why, "a crossing is left out");
        self.live.remove(&id);
        self.broken.insert(id);
    }
}

/// Many crossings name few clients and scopes: each is kept once.
#[derive(Default)]
struct Interned {
    clients: HashSet<Arc<str>>,
    scopes: HashMap<String, Scope>,
}

impl Interned {
    fn intern(&mut self, client_id: &mut Arc<str>, scope: &mut Scope) {
        match self.clients.get(client_id) {
            Some(known) => *client_id = Arc::clone(known),
            None => {
                self.clients.insert(Arc::clone(client_id));
            }
        }
        match self.scopes.get(scope.as_str()) {
            Some(known) => *scope = known.clone(),
            None => {
                self.scopes.insert(scope.to_string(), scope.clone());
            }
        }
    }
}
