//! Where is a person signed in?

use crate::Store;
use crate::error::StoreError;
use crate::queue::Row as Lazy;
use crate::shared::Shared;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::oauth::token_family::AuthenticationMethod;
use tandem_core::time::Timestamp;

/// The longest description of a browser that is kept, in characters.
const MAX_USER_AGENT: usize = 200;
/// A session that was seen within this time is not written again.
const SEEN_STEP: Duration = Duration::from_mins(1);

/// A browser in which a person signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the cookie.
    pub id: Digest,
    /// Who.
    pub sub: Arc<str>,
    /// How they signed in.
    pub method: AuthenticationMethod,
    /// When they signed in.
    pub auth_time: Timestamp,
    /// Until when it holds. The caller checks it: an expired session is returned until it is swept.
    pub expires_at: Timestamp,
    /// When it was last seen, give or take a minute.
    pub last_seen: Timestamp,
    /// From where they signed in.
    pub address: IpAddr,
    /// What the browser called itself; cut at 200 characters.
    pub user_agent: Option<String>,
}

const SELECT: &str =
    "SELECT id, sub, method, auth_time, expires_at, last_seen, address, user_agent FROM sessions";

const fn word(method: AuthenticationMethod) -> &'static str {
    match method {
        AuthenticationMethod::Password => "password",
        AuthenticationMethod::Passkey => "passkey",
        AuthenticationMethod::AppKey => "app_key",
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Session> {
    let method: String = row.get(2)?;
    let all = [AuthenticationMethod::Password, AuthenticationMethod::Passkey, AuthenticationMethod::AppKey];
    let method = all.into_iter().find(|one| word(*one) == method).ok_or(rusqlite::Error::InvalidQuery)?;
    let address: String = row.get(6)?;
    Ok(Session {
        id: sql::digest(row.get(0)?),
        sub: row.get(1)?,
        method,
        auth_time: sql::timestamp(row.get(3)?),
        expires_at: sql::timestamp(row.get(4)?),
        last_seen: sql::timestamp(row.get(5)?),
        address: sql::address(&address)?,
        user_agent: row.get(7)?,
    })
}

/// Ends all sessions of a person; says which.
pub fn delete_of(db: &Connection, sub: &str) -> rusqlite::Result<Vec<Digest>> {
    let mut delete = db.prepare_cached("DELETE FROM sessions WHERE sub = ?1 RETURNING id")?;
    delete.query_map([sub], |row| row.get(0).map(sql::digest))?.collect()
}

fn forget(shared: &Shared, ended: &[Digest]) {
    for id in ended {
        shared.sessions.forget(id);
    }
}

impl Store {
    /// Keeps a new session.
    pub async fn start_session(&self, mut session: Session) -> Result<(), StoreError> {
        const INSERT: &str = "INSERT INTO sessions (id, sub, method, auth_time, expires_at, last_seen, \
             address, user_agent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        session.user_agent = session.user_agent.map(|agent| agent.chars().take(MAX_USER_AGENT).collect());
        let session = Arc::new(session);
        let started = Arc::clone(&session);
        let work = move |desk: &mut Desk<'_>| {
            desk.db.prepare_cached(INSERT)?.execute(params![
                session.id.as_bytes(),
                &*session.sub,
                word(session.method),
                sql::time(session.auth_time),
                sql::time(session.expires_at),
                sql::time(session.last_seen),
                session.address.to_string(),
                session.user_agent,
            ])
        };
        let publish = move |shared: &Shared, _: &usize| shared.sessions.publish(started.id, started);
        self.shared().write(work, publish).await.map(|_| ())
    }

    /// The session of this cookie.
    pub async fn session(&self, id: Digest) -> Result<Option<Arc<Session>>, StoreError> {
        let shared = self.shared();
        if let Some(session) = shared.sessions.get(&id) {
            return Ok(Some(session));
        }
        let epoch = shared.sessions.epoch(&id);
        let select = move |db: &Connection| {
            let mut select = db.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?;
            select.query_row([id.as_bytes()], read).optional()
        };
        let session = shared.readers.read(select).await?.map(Arc::new);
        if let Some(session) = &session {
            shared.sessions.fill(id, Arc::clone(session), epoch);
        }
        Ok(session)
    }

    /// The sessions of a person, expired ones too, the last seen first.
    pub async fn sessions_of(&self, sub: &str) -> Result<Vec<Session>, StoreError> {
        let sub = sub.to_owned();
        let select = move |db: &Connection| {
            let mut select =
                db.prepare_cached(&format!("{SELECT} WHERE sub = ?1 ORDER BY last_seen DESC"))?;
            select.query_map([sub], read)?.collect()
        };
        self.shared().readers.read(select).await
    }

    /// Remembers that a session was seen, to the minute. Nobody waits, and nothing depends on it.
    pub fn touch_session(&self, session: &Session, now: Timestamp) {
        if now.since(session.last_seen) < SEEN_STEP {
            return;
        }
        let shared = self.shared();
        let id = session.id;
        if shared.queue.row(|_| Lazy::Seen { session: id, at: now }).is_ok() {
            // Seen, if it still is one: an ended session does not come back.
            shared.sessions.amend(&id, |session| Session { last_seen: now, ..session.clone() });
        }
    }

    /// Ends a session; `false` if there was none.
    pub async fn end_session(&self, id: Digest) -> Result<bool, StoreError> {
        let work = move |desk: &mut Desk<'_>| {
            desk.db.prepare_cached("DELETE FROM sessions WHERE id = ?1")?.execute([id.as_bytes()])
        };
        let ended = self.shared().write(work, move |shared, _| forget(shared, &[id])).await?;
        Ok(ended > 0)
    }

    /// Ends every session of a person; says how many.
    pub async fn end_sessions_of(&self, sub: &str) -> Result<u64, StoreError> {
        let sub = sub.to_owned();
        let work = move |desk: &mut Desk<'_>| delete_of(desk.db, &sub);
        let ended = self.shared().write(work, |shared, ended| forget(shared, ended)).await?;
        Ok(ended.len() as u64)
    }
}
