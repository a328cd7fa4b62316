//! Who may see incidents and act on them?

use crate::Store;
use crate::error::StoreError;
use crate::sql;
use crate::writer::Desk;
use rusqlite::{Connection, params};
use tandem_core::time::Timestamp;

impl Store {
    /// Makes a person an operator; `false` if they are one.
    pub async fn add_operator(&self, sub: &str, at: Timestamp) -> Result<bool, StoreError> {
        const INSERT: &str = "INSERT OR IGNORE INTO operators (sub, since) VALUES (?1, ?2)";
        let sub = sub.to_owned();
        let work =
            move |desk: &mut Desk<'_>| desk.db.prepare_cached(INSERT)?.execute(params![sub, sql::time(at)]);
        Ok(self.shared().write(work, |_, _| {}).await? > 0)
    }

    /// A person is no operator any more; `false` if they were none.
    pub async fn remove_operator(&self, sub: &str) -> Result<bool, StoreError> {
        let sub = sub.to_owned();
        let work = move |desk: &mut Desk<'_>| {
            desk.db.prepare_cached("DELETE FROM operators WHERE sub = ?1")?.execute([sub])
        };
        Ok(self.shared().write(work, |_, _| {}).await? > 0)
    }

    /// Whether a person is an operator.
    pub async fn is_operator(&self, sub: &str) -> Result<bool, StoreError> {
        let sub = sub.to_owned();
        let select =
            move |db: &Connection| db.prepare_cached("SELECT 1 FROM operators WHERE sub = ?1")?.exists([sub]);
        self.shared().readers.read(select).await
    }

    /// All operators, by subject.
    pub async fn operators(&self) -> Result<Vec<String>, StoreError> {
        let select = |db: &Connection| {
            let mut select = db.prepare_cached("SELECT sub FROM operators ORDER BY sub")?;
            select.query_map([], |row| row.get(0))?.collect()
        };
        self.shared().readers.read(select).await
    }
}
