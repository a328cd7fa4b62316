//! What does a row or a token cost this core, where nothing else is done with it? With the SQLite that Tandem has, as Tandem has
//! it set, and in time of the processor: a disk that is waited for is not counted.

use crate::rows::{self, Table};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;
use tandem_server::clock::Random;
use tandem_server::command::Failure;

/// Rows that share a commit.
const COMMIT: u32 = 32;
#[expect(clippy::disallowed_methods, reason = "a measurement is of real time")]
fn now() -> Instant {
    Instant::now()
}

/// How much of the processor this thread has used, in microseconds.
fn used() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default().as_secs_f64() * 1e6
}

/// Measures each for `seconds`, in new databases in `folder`, and prints what was found.
pub fn measure(seconds: f64, folder: &Path) -> Result<(), Failure> {
    let window = Duration::try_from_secs_f64(seconds).map_err(Failure::of)?;
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(Failure::of)?;
    }
    std::fs::create_dir_all(folder).map_err(Failure::of)?;
    let rows = |name: &str, table: Table| {
        row(&folder.join(name), table, window).map_err(|error| Failure::Failed(format!("rows: {error}")))
    };
    let (appended, keyed) = (rows("appended", Table::Appended)?, rows("keyed", Table::Keyed)?);
    let moment = Timestamp::from_secs(1_800_000_000);
    let token = each(window, || {
        let token = CrossingId::draw_secret(moment, Random.bytes());
        std::hint::black_box(Digest::of(token.as_bytes()));
    });
    let hash = each(window, || {
        std::hint::black_box(Digest::of(std::hint::black_box(b"bench-ciba-secret-0123456789abcdef")));
    });
    let found =
        json!({ "appended_row_us": appended, "keyed_row_us": keyed, "token_us": token, "hash_us": hash });
    println!("{found}");
    Ok(())
}

/// Microseconds of the processor a row.
fn row(file: &Path, table: Table, window: Duration) -> rusqlite::Result<f64> {
    let db = rows::create(file, table)?;
    let (begun, before, mut rows) = (now(), used(), 0);
    while rows < COMMIT * 8 || begun.elapsed() < window {
        rows::commit(&db, COMMIT)?;
        rows += COMMIT;
    }
    Ok((used() - before) / f64::from(rows))
}

/// Microseconds of the processor an operation.
fn each(window: Duration, mut operation: impl FnMut()) -> f64 {
    const BATCH: u32 = 1000;
    let (begun, before, mut done) = (now(), used(), 0_u32);
    while done == 0 || begun.elapsed() < window {
        for _ in 0..BATCH {
            operation();
        }
        done += BATCH;
    }
    (used() - before) / f64::from(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_row_costs_is_found_with_and_without_a_key() {
        let folder = std::env::temp_dir().join(format!("tandem-unit-costs-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let [appended, keyed] = [("appended", Table::Appended), ("keyed", Table::Keyed)]
            .map(|(name, table)| row(&folder.join(name), table, Duration::ZERO).unwrap());
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(appended > 0.1 && keyed > 0.1, "{appended} {keyed}");
    }

    #[test]
    fn what_takes_time_is_seen_to() {
        let hash = each(Duration::ZERO, || {
            std::hint::black_box(Digest::of(&[7; 64]));
        });
        assert!(hash > 0.0);
    }
}
