//! What did a person decide for all requests that are sent to them?

use crate::Store;
use crate::error::StoreError;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::sync::Arc;
use tandem_core::mitigations::rate_limits::QuietHours;

/// What a person set; nothing at first.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PersonSettings {
    /// The PHC string of the code that who asks them must know (CIBA Core section 7.1, `user_code`).
    pub user_code_hash: Option<String>,
    /// When they do not want to be notified.
    pub quiet_hours: Option<QuietHours>,
}

impl std::fmt::Debug for PersonSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonSettings").field("quiet_hours", &self.quiet_hours).finish_non_exhaustive()
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<PersonSettings> {
    let quiet_hours: Option<String> = row.get(1)?;
    Ok(PersonSettings {
        user_code_hash: row.get(0)?,
        quiet_hours: quiet_hours.map(|text| sql::from_json(&text)).transpose()?,
    })
}

impl Store {
    /// What a person set; the default if they set nothing.
    pub async fn person_settings(&self, sub: &str) -> Result<Arc<PersonSettings>, StoreError> {
        const SELECT: &str = "SELECT user_code_hash, quiet_hours FROM person_settings WHERE sub = ?1";
        let shared = self.shared();
        if let Some(settings) = shared.settings.get(sub) {
            return Ok(settings);
        }
        let (epoch, whose) = (shared.settings.epoch(sub), sub.to_owned());
        let select = move |db: &Connection| db.prepare_cached(SELECT)?.query_row([whose], read).optional();
        let settings = Arc::new(shared.readers.read(select).await?.unwrap_or_default());
        shared.settings.fill(Arc::from(sub), Arc::clone(&settings), epoch);
        Ok(settings)
    }

    /// From now on the person's settings are these.
    pub async fn put_person_settings(&self, sub: &str, settings: &PersonSettings) -> Result<(), StoreError> {
        const UPSERT: &str = "INSERT INTO person_settings (sub, user_code_hash, quiet_hours) \
             VALUES (?1, ?2, ?3) ON CONFLICT (sub) DO UPDATE SET user_code_hash = excluded.user_code_hash, \
             quiet_hours = excluded.quiet_hours";
        let (sub, settings) = (Arc::<str>::from(sub), Arc::new(settings.clone()));
        let (whose, new) = (Arc::clone(&sub), Arc::clone(&settings));
        let work = move |desk: &mut Desk<'_>| {
            let quiet_hours = settings.quiet_hours.as_ref().map(sql::json).transpose()?;
            desk.db.prepare_cached(UPSERT)?.execute(params![&*sub, settings.user_code_hash, quiet_hours])
        };
        self.shared().write(work, move |shared, _| shared.settings.publish(whose, new)).await.map(|_| ())
    }
}
