//! Of whom does a receiver want to hear?

use super::streams;
use crate::Store;
use crate::error::StoreError;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, Row, params};
use std::time::Duration;
use tandem_core::shared_signals::matching::keys;
use tandem_core::shared_signals::{DefaultSubjects, Interest, KnownAs, Subject, SubjectId};
use tandem_core::time::Timestamp;

/// What became of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addition {
    /// The receiver said it, and it holds.
    Done,
    /// The receiver said it of as many as it may.
    TooMany,
}

/// Where what has to be looked at each time stands.
const SCAN: &str = "scan ";
const ONE: &str = "one ";
/// How many of those a stream may have.
const MOST_SCANNED: u64 = 256;

fn scans(subject: &Subject) -> bool {
    matches!(subject, Subject::Complex(_) | Subject::Simple(SubjectId::Aliases { .. }))
}

fn key(subject: &Subject) -> String {
    format!("{}{}", if scans(subject) { SCAN } else { ONE }, subject.key())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Interest> {
    sql::from_json(row.get_ref(0)?.as_str()?).map(Interest)
}

const APPLIES: &str = "applies_from <= ?3 AND (applies_until IS NULL OR applies_until > ?3)";

/// Whether the receiver said anything of subjects.
pub fn any(db: &Connection, stream_id: &str) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM ssf_subjects WHERE stream_id = ?1 LIMIT 1")?.exists([stream_id])
}

/// What the receiver said of complex subjects and aliases.
pub fn scanned(db: &Connection, stream_id: &str, now: Timestamp) -> rusqlite::Result<Vec<Interest>> {
    // '!' is the character after the space.
    let sql = format!(
        "SELECT subject FROM ssf_subjects WHERE stream_id = ?1 AND key >= ?2 AND key < 'scan!' AND {APPLIES}"
    );
    let mut select = db.prepare_cached(&sql)?;
    select.query_map(params![stream_id, SCAN, sql::time(now)], read)?.collect()
}

/// What the receiver said of exactly what this event names.
pub fn exact(
    db: &Connection,
    stream_id: &str,
    event: &Subject,
    known: &KnownAs,
    now: Timestamp,
) -> rusqlite::Result<Vec<Interest>> {
    let sql = format!("SELECT subject FROM ssf_subjects WHERE stream_id = ?1 AND key = ?2 AND {APPLIES}");
    let mut select = db.prepare_cached(&sql)?;
    let mut found = Vec::new();
    for key in keys(event, known) {
        let given = params![stream_id, format!("{ONE}{key}"), sql::time(now)];
        for interest in select.query_map(given, read)? {
            found.push(interest?);
        }
    }
    Ok(found)
}

impl Store {
    /// The receiver wants to hear of this subject. `None`: it has no such stream.
    pub async fn add_subject(
        &self,
        stream_id: &str,
        client_id: &str,
        subject: Subject,
        most: u64,
        now: Timestamp,
    ) -> Result<Option<Addition>, StoreError> {
        let (stream_id, client_id) = (stream_id.to_owned(), client_id.to_owned());
        let work = move |desk: &mut Desk<'_>| {
            let Some(stream) = streams::of_receiver(desk.db, &stream_id, &client_id)? else {
                return Ok(None);
            };
            match stream.terms.default_subjects {
                DefaultSubjects::All => forget(desk.db, &stream_id, &subject).map(|()| Some(Addition::Done)),
                DefaultSubjects::None => {
                    let from = (now, None);
                    say(desk.db, &stream_id, &subject, from, most, now).map(Some)
                }
            }
        };
        self.shared().write(work, |_, _| {}).await
    }

    /// The receiver does not want to hear of this subject; for so long it still does. `None`: it has no such stream.
    pub async fn remove_subject(
        &self,
        stream_id: &str,
        client_id: &str,
        subject: Subject,
        (most, grace): (u64, Duration),
        now: Timestamp,
    ) -> Result<Option<Addition>, StoreError> {
        const END: &str = "UPDATE ssf_subjects SET applies_until = min(coalesce(applies_until, ?3), ?3) \
             WHERE stream_id = ?1 AND key = ?2";
        let (stream_id, client_id) = (stream_id.to_owned(), client_id.to_owned());
        let work = move |desk: &mut Desk<'_>| {
            let Some(stream) = streams::of_receiver(desk.db, &stream_id, &client_id)? else {
                return Ok(None);
            };
            let then = now.plus(grace);
            match stream.terms.default_subjects {
                DefaultSubjects::All => {
                    let from = (then, None);
                    say(desk.db, &stream_id, &subject, from, most, now).map(Some)
                }
                DefaultSubjects::None => {
                    let given = params![stream_id, key(&subject), sql::time(then)];
                    desk.db.prepare_cached(END)?.execute(given)?;
                    Ok(Some(Addition::Done))
                }
            }
        };
        self.shared().write(work, |_, _| {}).await
    }
}

fn forget(db: &Connection, stream_id: &str, subject: &Subject) -> rusqlite::Result<()> {
    const DELETE: &str = "DELETE FROM ssf_subjects WHERE stream_id = ?1 AND key = ?2";
    db.prepare_cached(DELETE)?.execute(params![stream_id, key(subject)]).map(|_| ())
}

/// Writes it down, where there is room. What was said before of the same subject stands if it applies sooner.
fn say(
    db: &Connection,
    stream_id: &str,
    subject: &Subject,
    (from, until): (Timestamp, Option<Timestamp>),
    most: u64,
    now: Timestamp,
) -> rusqlite::Result<Addition> {
    const UPSERT: &str = "INSERT INTO ssf_subjects (stream_id, key, subject, applies_from, applies_until) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (stream_id, key) DO UPDATE SET subject = excluded.subject, \
         applies_from = min(applies_from, excluded.applies_from), applies_until = excluded.applies_until";
    const ENDED: &str = "DELETE FROM ssf_subjects WHERE stream_id = ?1 AND applies_until <= ?2";
    const HAS: &str = "SELECT EXISTS (SELECT 1 FROM ssf_subjects WHERE stream_id = ?1 AND key = ?2)";
    const COUNT: &str =
        "SELECT count(*) FROM (SELECT 1 FROM ssf_subjects WHERE stream_id = ?1 AND key >= ?2 LIMIT ?3)";
    let key = key(subject);
    db.prepare_cached(ENDED)?.execute(params![stream_id, sql::time(now)])?;
    let has: bool = db.prepare_cached(HAS)?.query_row(params![stream_id, key], |row| row.get(0))?;
    if !has {
        // The scanned ones stand last.
        let (from_key, most) = if scans(subject) { (SCAN, MOST_SCANNED.min(most)) } else { ("", most) };
        let given = params![stream_id, from_key, sql::integer(most)];
        let count: i64 = db.prepare_cached(COUNT)?.query_row(given, |row| row.get(0))?;
        if count.unsigned_abs() >= most {
            return Ok(Addition::TooMany);
        }
    }
    let given = params![stream_id, key, sql::json(subject)?, sql::time(from), until.map(sql::time),];
    db.prepare_cached(UPSERT)?.execute(given)?;
    Ok(Addition::Done)
}
