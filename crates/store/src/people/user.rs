//! Who may sign in, and what is known of them?

use crate::Store;
use crate::error::{AddUserError, StoreError};
use crate::families;
use crate::shared::Shared;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::oauth::token_family::Revocation;
use tandem_core::shared_signals::{ChangeType, announcement};
use tandem_core::time::Timestamp;

/// A person.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The subject identifier: never changes, never reused.
    pub sub: Arc<str>,
    /// The name to sign in with, as the caller normalised it.
    pub username: String,
    /// The name to show.
    pub name: Option<String>,
    /// The address of their mail.
    pub email: Option<String>,
    /// Whether that address is known to be theirs.
    pub email_verified: bool,
    /// The language they read (BCP 47).
    pub locale: Option<String>,
    /// The PHC string of their password; without one only passkeys work.
    pub password_hash: Option<String>,
    /// Since when they are known.
    pub created_at: Timestamp,
    /// When something of this last changed.
    pub updated_at: Timestamp,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("sub", &self.sub)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

const SELECT: &str = "SELECT sub, username, name, email, email_verified, locale, password_hash, created_at, \
     updated_at FROM users";

fn read(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        sub: row.get(0)?,
        username: row.get(1)?,
        name: row.get(2)?,
        email: row.get(3)?,
        email_verified: row.get(4)?,
        locale: row.get(5)?,
        password_hash: row.get(6)?,
        created_at: sql::timestamp(row.get(7)?),
        updated_at: sql::timestamp(row.get(8)?),
    })
}

fn select(db: &Connection, column: &str, value: &str) -> rusqlite::Result<Option<User>> {
    db.prepare_cached(&format!("{SELECT} WHERE {column} = ?1"))?.query_row([value], read).optional()
}

/// What went with a person.
struct Removed {
    families: Vec<CrossingId>,
    sessions: Vec<Digest>,
    devices: Vec<Digest>,
    users: usize,
}

/// `None` if a uniqueness stood against it.
fn unless_taken(done: rusqlite::Result<usize>) -> rusqlite::Result<Option<usize>> {
    match done {
        Err(error) if sql::is_taken(&error) => Ok(None),
        done => done.map(Some),
    }
}

impl Store {
    /// Adds a person.
    pub async fn add_user(&self, user: User) -> Result<(), AddUserError> {
        const INSERT: &str = "INSERT INTO users (sub, username, name, email, email_verified, locale, \
             password_hash, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let work = move |desk: &mut Desk<'_>| {
            unless_taken(desk.db.prepare_cached(INSERT)?.execute(params![
                &*user.sub,
                user.username,
                user.name,
                user.email,
                user.email_verified,
                user.locale,
                user.password_hash,
                sql::time(user.created_at),
                sql::time(user.updated_at),
            ]))
        };
        let added = self.shared().write(work, |_, _| {}).await?;
        added.map(|_| ()).ok_or(AddUserError::UsernameTaken)
    }

    /// Changes everything of a person but `sub`, `password_hash` and `created_at`; `false` if there is no such person.
    pub async fn update_user(&self, user: User) -> Result<bool, AddUserError> {
        const UPDATE: &str = "UPDATE users SET username = ?2, name = ?3, email = ?4, email_verified = ?5, \
             locale = ?6, updated_at = ?7 WHERE sub = ?1";
        let sub = Arc::clone(&user.sub);
        let work = move |desk: &mut Desk<'_>| {
            unless_taken(desk.db.prepare_cached(UPDATE)?.execute(params![
                &*user.sub,
                user.username,
                user.name,
                user.email,
                user.email_verified,
                user.locale,
                sql::time(user.updated_at),
            ]))
        };
        let updated = self.shared().write(work, move |shared, _| shared.users.forget(&*sub)).await?;
        updated.map(|rows| rows > 0).ok_or(AddUserError::UsernameTaken)
    }

    /// Keeps the same password as another hash; `false` if it is another password by now.
    pub async fn rehash_password(
        &self,
        sub: &str,
        from: String,
        to: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const UPDATE: &str =
            "UPDATE users SET password_hash = ?3, updated_at = ?4 WHERE sub = ?1 AND password_hash = ?2";
        let (sub, whose) = (sub.to_owned(), sub.to_owned());
        let work = move |desk: &mut Desk<'_>| {
            desk.db.prepare_cached(UPDATE)?.execute(params![sub, from, to, sql::time(now)])
        };
        let rows = self.shared().write(work, move |shared, _| shared.users.forget(&*whose)).await?;
        Ok(rows > 0)
    }

    /// Gives a person another password, or none; `false` if there is no such person. Who wants to hear of it is told.
    pub async fn set_password(
        &self,
        sub: &str,
        password_hash: Option<String>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        const UPDATE: &str = "UPDATE users SET password_hash = ?2, updated_at = ?3 WHERE sub = ?1";
        let (sub, whose) = (sub.to_owned(), sub.to_owned());
        let work = move |desk: &mut Desk<'_>| {
            let had = select(desk.db, "sub", &sub)?.is_some_and(|user| user.password_hash.is_some());
            let rows =
                desk.db.prepare_cached(UPDATE)?.execute(params![sub, password_hash, sql::time(now)])?;
            let change = match (had, password_hash.is_some()) {
                (false, true) => Some(ChangeType::Create),
                (true, true) => Some(ChangeType::Update),
                (true, false) => Some(ChangeType::Delete),
                (false, false) => None,
            };
            if let Some(change) = change.filter(|_| rows > 0) {
                desk.tell(now, |issuer| vec![announcement::password_changed(&sub, change, issuer, now)])?;
            }
            Ok(rows)
        };
        let rows = self.shared().write(work, move |shared, _| shared.users.forget(&*whose)).await?;
        Ok(rows > 0)
    }

    /// The person with this subject identifier.
    pub async fn user(&self, sub: &str) -> Result<Option<Arc<User>>, StoreError> {
        let shared = self.shared();
        if let Some(user) = shared.users.get(sub) {
            return Ok(Some(user));
        }
        let (epoch, whose) = (shared.users.epoch(sub), sub.to_owned());
        let user = shared.readers.read(move |db| select(db, "sub", &whose)).await?.map(Arc::new);
        if let Some(user) = &user {
            shared.users.fill(Arc::clone(&user.sub), Arc::clone(user), epoch);
        }
        Ok(user)
    }

    /// The person with this name, exactly as the caller normalises it.
    pub async fn user_by_username(&self, username: &str) -> Result<Option<Arc<User>>, StoreError> {
        let shared = self.shared();
        // A hint only: who goes by the name now is looked up, so that nothing has to be forgotten with a name.
        if let Some(sub) = shared.names.get(username)
            && let Some(user) = self.user(&sub).await?.filter(|user| user.username == username)
        {
            return Ok(Some(user));
        }
        let name = username.to_owned();
        let user = shared.readers.read(move |db| select(db, "username", &name)).await?.map(Arc::new);
        if let Some(user) = &user {
            shared.names.publish(username.into(), Arc::new(Arc::clone(&user.sub)));
        }
        Ok(user)
    }

    /// Everybody, by name.
    pub async fn list_users(&self) -> Result<Vec<User>, StoreError> {
        let all = |db: &Connection| {
            db.prepare(&format!("{SELECT} ORDER BY username"))?.query_map([], read)?.collect()
        };
        self.shared().readers.read(all).await
    }

    /// Removes a person with their sessions, passkeys, devices and settings, and ends their token families, in one
    /// transaction; `false` if there is no such person.
    pub async fn remove_user(&self, sub: &str, at: Timestamp) -> Result<bool, StoreError> {
        let (sub, whose) = (sub.to_owned(), sub.to_owned());
        let work = move |desk: &mut Desk<'_>| {
            let families = families::revoke(desk, "sub = ?3", &sub, at, Revocation::Operator)?;
            families::tell(desk, &families, at, Revocation::Operator)?;
            let sessions = super::session::delete_of(desk.db, &sub)?;
            let devices = super::authorization_device::delete_of(desk.db, &sub)?;
            desk.db.execute("DELETE FROM passkeys WHERE sub = ?1", [&sub])?;
            desk.db.execute("DELETE FROM person_settings WHERE sub = ?1", [&sub])?;
            let users = desk.db.execute("DELETE FROM users WHERE sub = ?1", [&sub])?;
            Ok(Removed { families, sessions, devices, users })
        };
        let publish = move |shared: &Shared, removed: &Removed| {
            for id in &removed.families {
                shared.families.forget(id);
            }
            for id in &removed.sessions {
                shared.sessions.forget(id);
            }
            for id in &removed.devices {
                shared.devices.forget(id);
            }
            shared.devices_of.forget(&*whose);
            shared.settings.forget(&*whose);
            shared.users.forget(&*whose);
        };
        Ok(self.shared().write(work, publish).await?.users > 0)
    }
}
