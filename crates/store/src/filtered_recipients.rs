//! To how many people was a live code sent? (BCP 6.1.5)
//!
//! A recipient is a keyed digest, made for one crossing: a row names nobody, and rows of two crossings cannot be put together.

use crate::Store;
use crate::error::StoreError;
use crate::sql;
use crate::writer::Desk;
use rusqlite::params;
use std::time::Duration;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;

/// How many are kept of one crossing; more people only keep the number where it is.
pub const MOST_OF_A_CROSSING: u32 = 1000;
/// After this time no crossing lives that a row could be of.
const KEPT: Duration = Duration::from_hours(48);
/// Rows that one transaction removes at most.
const SLICE: u16 = 1000;
/// How many slices one sweep removes at most; the next goes on.
const SLICES: usize = 20;

impl Store {
    /// Notes that a code was sent to these people, and says to how many different ones by now. Durable.
    pub async fn note_filtered_recipients(
        &self,
        crossing: CrossingId,
        recipients: Vec<Digest>,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        const COUNT: &str = "SELECT count(*) FROM filtered_recipients WHERE crossing = ?1";
        const INSERT: &str =
            "INSERT OR IGNORE INTO filtered_recipients (crossing, recipient, at) VALUES (?1, ?2, ?3)";
        let note = move |desk: &mut Desk<'_>| {
            let id = crossing.as_bytes();
            let mut count: u32 = desk.db.prepare_cached(COUNT)?.query_row(params![id], |row| row.get(0))?;
            let mut insert = desk.db.prepare_cached(INSERT)?;
            for recipient in &recipients {
                if count >= MOST_OF_A_CROSSING {
                    break;
                }
                let rows = insert.execute(params![id, recipient.as_bytes(), sql::time(now)])?;
                count += u32::try_from(rows).unwrap_or_default();
            }
            Ok(count)
        };
        self.shared().write(note, |_, _| {}).await
    }

    /// Forgets what is so old that its crossing is long gone; says how many rows that were.
    pub(crate) async fn sweep_filtered_recipients(&self, now: Timestamp) -> Result<u64, StoreError> {
        const DELETE: &str = "DELETE FROM filtered_recipients WHERE (crossing, recipient) IN \
             (SELECT crossing, recipient FROM filtered_recipients WHERE at <= ?1 LIMIT ?2)";
        let before = now.minus(KEPT);
        let mut gone = 0;
        for _ in 0..SLICES {
            let delete = move |desk: &mut Desk<'_>| {
                desk.db.prepare_cached(DELETE)?.execute(params![sql::time(before), SLICE])
            };
            let rows = self.shared().write(delete, |_, _| {}).await?;
            gone += rows as u64;
            if rows < usize::from(SLICE) {
                break;
            }
        }
        Ok(gone)
    }
}
