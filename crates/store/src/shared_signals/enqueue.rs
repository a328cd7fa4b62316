//! Which streams hear of it? One row for each that wants it, in the transaction of what happened.

use super::deliveries::{self, SetKind};
use super::overflow;
use super::streams::{self, Stream};
use super::subjects;
use crate::Store;
use crate::error::StoreError;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, params};
use tandem_core::digest::Digest;
use tandem_core::shared_signals::set::Envelope;
use tandem_core::shared_signals::{
    DefaultSubjects, Interest, KnownAs, SecurityEventToken, SharedSignal, StreamEvent, StreamStatus, Subject,
    SubjectId,
};
use tandem_core::time::Timestamp;

/// Writes one row for each signal and each stream that wants it; says how many. Where there is no stream this costs one look into an empty index.
///
/// After the commit somebody has to say so, as the writer does for [`Desk::tell`], or the tokens leave some seconds later.
pub fn enqueue(
    db: &Connection,
    signals: &[SharedSignal],
    issuer: &str,
    now: Timestamp,
) -> rusqlite::Result<u64> {
    if signals.is_empty() {
        return Ok(0);
    }
    let streams = streams::flowing_or_paused(db)?;
    if streams.is_empty() {
        return Ok(0);
    }
    let names: Vec<KnownAs> =
        signals.iter().map(|signal| known_as(db, &signal.subject, issuer)).collect::<Result<_, _>>()?;
    let (first, mut rows) = (next(db)?, 0_i64);
    for stream in &streams {
        let said = Said::of(db, &stream.stream_id, now)?;
        let (mut room, mut dropped) = (deliveries::room(db, &stream.stream_id)?, 0);
        let wanted = signals.iter().zip(&names).zip(0_i64..);
        let wanted = wanted.filter(|((signal, _), _)| stream.terms.delivers(signal.event.event_type()));
        for ((signal, known), index) in wanted {
            let Some(subject) = called(db, stream, &signal.subject, known, &said, now)? else { continue };
            if room == 0 {
                dropped += 1;
                continue;
            }
            room -= 1;
            let txn = signal.txn.clone().unwrap_or_else(|| name(issuer, first.saturating_add(index), now));
            let jti = name(&stream.stream_id, first.saturating_add(rows), now);
            let about = about(&subject);
            let envelope = Envelope { issuer, aud: &stream.terms.aud, jti: &jti, at: now };
            let token = SecurityEventToken::of_signal(signal, subject, txn, envelope);
            deliveries::insert(db, &stream.stream_id, SetKind::Event, &about, &token, now)?;
            rows += 1;
        }
        if dropped > 0 {
            overflow::count(db, &stream.stream_id, dropped)?;
        }
    }
    Ok(rows.unsigned_abs())
}

/// What the receiver of a stream said of subjects. Most say nothing, and then nothing is looked up.
enum Said {
    Nothing,
    Something { scanned: Vec<Interest> },
}

impl Said {
    fn of(db: &Connection, stream_id: &str, now: Timestamp) -> rusqlite::Result<Self> {
        if !subjects::any(db, stream_id)? {
            return Ok(Self::Nothing);
        }
        Ok(Self::Something { scanned: subjects::scanned(db, stream_id, now)? })
    }
}

/// Writes what a stream tells of itself, whatever it delivers otherwise.
pub fn enqueue_own(
    db: &Connection,
    stream: &Stream,
    event: &StreamEvent,
    issuer: &str,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let kind = match event {
        StreamEvent::Verification { .. } => SetKind::Verification,
        StreamEvent::StreamUpdated { .. } => SetKind::StreamUpdated,
    };
    let jti = name(&stream.stream_id, next(db)?, now);
    let envelope = Envelope { issuer, aud: &stream.terms.aud, jti: &jti, at: now };
    let token = SecurityEventToken::of_stream(&stream.stream_id, event, envelope);
    deliveries::insert(db, &stream.stream_id, kind, "stream", &token, now)
}

/// A name that no other token had or will have: numbers are never given twice, and the moment keeps a restored backup from
/// giving one again. The name of a stream is random, so that nobody else foresees it.
fn name(of: &str, number: i64, now: Timestamp) -> String {
    let mut bytes = number.to_be_bytes().to_vec();
    bytes.extend_from_slice(&now.as_millis().to_be_bytes());
    bytes.extend_from_slice(of.as_bytes());
    Digest::of(&bytes).to_string()
}

/// The number of the next row.
fn next(db: &Connection) -> rusqlite::Result<i64> {
    const LAST: &str = "SELECT seq FROM sqlite_sequence WHERE name = 'ssf_deliveries'";
    let last: Option<i64> = db.prepare_cached(LAST)?.query_row([], |row| row.get(0)).optional()?;
    Ok(last.unwrap_or(0).saturating_add(1))
}

/// What keeps its order: what concerns one person, or one device where no person is named.
fn about(subject: &Subject) -> String {
    match subject {
        Subject::Complex(parts) => parts.get("user").map_or_else(|| subject.key(), SubjectId::key),
        Subject::Simple(_) => subject.key(),
    }
}

/// The subject as the receiver knows it, if it is to hear of it.
fn called(
    db: &Connection,
    stream: &Stream,
    subject: &Subject,
    known: &KnownAs,
    said: &Said,
    now: Timestamp,
) -> rusqlite::Result<Option<Subject>> {
    let Said::Something { scanned } = said else {
        let everybody = stream.terms.default_subjects == DefaultSubjects::All;
        return Ok(everybody.then(|| subject.clone()));
    };
    let exact = subjects::exact(db, &stream.stream_id, subject, known, now)?;
    let mut said = exact.iter().chain(scanned);
    Ok(match stream.terms.default_subjects {
        DefaultSubjects::All => (!said.any(|said| said.covers(subject, known))).then(|| subject.clone()),
        DefaultSubjects::None => said.find_map(|said| said.matches(subject, known)),
    })
}

/// The verified mailbox of the person that an event names: by it, too, a receiver may have added them.
fn known_as(db: &Connection, subject: &Subject, issuer: &str) -> rusqlite::Result<KnownAs> {
    const SELECT: &str =
        "SELECT email FROM users WHERE sub = ?1 AND email_verified <> 0 AND email IS NOT NULL";
    let user = match subject {
        Subject::Simple(id) => Some(id),
        Subject::Complex(parts) => parts.get("user"),
    };
    let Some(SubjectId::IssSub { iss, sub }) = user else { return Ok(KnownAs::default()) };
    if iss != issuer {
        return Ok(KnownAs::default());
    }
    let email: Option<String> =
        db.prepare_cached(SELECT)?.query_row(params![sub], |row| row.get(0)).optional()?;
    Ok(KnownAs { user: email.into_iter().map(|email| SubjectId::Email { email }).collect() })
}

impl Store {
    /// Asks that a stream shows that it works. `None`: this receiver has no such stream.
    pub async fn verify_stream(
        &self,
        asked: VerificationAsked,
        now: Timestamp,
    ) -> Result<Option<Verified>, StoreError> {
        const NOTE: &str = "UPDATE ssf_streams SET verified_at = ?2, active_at = ?2 WHERE stream_id = ?1";
        let VerificationAsked { stream_id, client_id, state, issuer, not_within } = asked;
        let work = move |desk: &mut Desk<'_>| {
            let Some(stream) = streams::of_receiver(desk.db, &stream_id, &client_id)? else {
                return Ok(None);
            };
            let soonest = stream.verified_at.map(|at| at.plus(not_within));
            if let Some(soonest) = soonest.filter(|soonest| *soonest > now) {
                return Ok(Some(Verified::TooSoon { soonest }));
            }
            if stream.status == StreamStatus::Disabled {
                return Ok(Some(Verified::Disabled));
            }
            desk.db.prepare_cached(NOTE)?.execute(params![stream_id, sql::time(now)])?;
            let event = StreamEvent::Verification { state };
            enqueue_own(desk.db, &stream, &event, &issuer, now)?;
            Ok(Some(Verified::Sent))
        };
        let publish = |shared: &crate::shared::Shared, verified: &Option<Verified>| {
            if *verified == Some(Verified::Sent) {
                shared.shared_signals.changed();
            }
        };
        self.shared().write(work, publish).await
    }
}

/// Who wants a stream verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationAsked {
    /// Which stream.
    pub stream_id: String,
    /// Its receiver.
    pub client_id: String,
    /// What the receiver wants to hear again.
    pub state: Option<String>,
    /// Who we are.
    pub issuer: String,
    /// How long after the last time.
    pub not_within: std::time::Duration,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// The token is on its way.
    Sent,
    /// It was asked for just before.
    TooSoon {
        /// When it may be asked for again.
        soonest: Timestamp,
    },
    /// The stream is disabled: nothing leaves it.
    Disabled,
}
