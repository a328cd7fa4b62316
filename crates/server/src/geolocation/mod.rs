//! Where on the earth is an address, by the operator's database? (BCP 6.1.1)
//!
//! The file is held in memory: one that vanishes, or is broken when it is read again, changes nothing. One that is too old
//! is no longer believed, and its places are unknown.

mod record;

use crate::config;
use maxminddb::Reader;
use record::Record;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tandem_core::mitigations::establish_proximity::GeoPlace;
use tandem_core::time::Timestamp;

/// The database of addresses, or none.
#[derive(Debug)]
pub struct Geolocation {
    file: Option<PathBuf>,
    stale_after: Duration,
    database: RwLock<Option<Arc<Database>>>,
}

/// What a database calls the place of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceNames {
    /// The city, where it is known.
    pub city: Option<Box<str>>,
    /// The country, where it is known.
    pub country: Option<Box<str>>,
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {} (geolocation.database): {reason}", file.display())]
pub struct DatabaseError {
    /// The file.
    file: PathBuf,
    /// What is wrong with it.
    reason: String,
}

/// A file that was read.
struct Database {
    reader: Reader<Vec<u8>>,
    built_at: Timestamp,
    /// Whether it was said that it is too old.
    said_stale: AtomicBool,
    /// Whether it was said that it holds something that cannot be read.
    said_broken: AtomicBool,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("built_at", &self.built_at).finish_non_exhaustive()
    }
}

impl Geolocation {
    /// Reads the file that is configured, if one is.
    pub fn open(config: &config::Geolocation) -> Result<Self, DatabaseError> {
        let database = config.database.as_deref().map(Database::read).transpose()?.map(Arc::new);
        Ok(Self {
            file: config.database.clone(),
            stale_after: Duration::from_hours(24).saturating_mul(config.stale_after),
            database: RwLock::new(database),
        })
    }

    /// Reads the file again. What is loaded stays in force if it cannot be used.
    pub async fn reload(&self) -> Result<(), DatabaseError> {
        let Some(file) = self.file.clone() else { return Ok(()) };
        let unusable = {
            let file = file.clone();
            move |_| DatabaseError { file, reason: "reading it was broken off".to_owned() }
        };
        let read = tokio::task::spawn_blocking(move || Database::read(&file)).await.map_err(unusable)??;
        *self.database.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(read));
        Ok(())
    }

    /// Whether there is a database at all.
    pub fn is_configured(&self) -> bool {
        self.file.is_some()
    }

    /// Where an address is. `None` if there is no database, or it is too old, or does not know.
    pub fn place(&self, address: IpAddr, now: Timestamp) -> Option<GeoPlace> {
        self.look(address, now, record::place)
    }

    /// What the place of an address is called in a language.
    pub fn names(&self, address: IpAddr, language: &str, now: Timestamp) -> Option<PlaceNames> {
        self.look(address, now, |record| {
            let (city, country) = record.names(language);
            PlaceNames { city, country }
        })
    }

    /// When the database was built, if there is one.
    pub fn built_at(&self) -> Option<Timestamp> {
        self.loaded().map(|database| database.built_at)
    }

    /// Whether there is a database, young enough to believe.
    pub fn is_believed(&self, now: Timestamp) -> bool {
        self.built_at().is_some_and(|built_at| now.since(built_at) <= self.stale_after)
    }

    fn loaded(&self) -> Option<Arc<Database>> {
        self.database.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn look<T>(&self, address: IpAddr, now: Timestamp, of: impl FnOnce(&Record<'_>) -> T) -> Option<T> {
        let database = self.loaded()?;
        if now.since(database.built_at) > self.stale_after {
            if !database.said_stale.swap(true, Ordering::Relaxed) {
                tracing::warn!(built_at = database.built_at.as_secs(), stale_after = ?self.stale_after,
                    "the geolocation database is too old (geolocation.stale_after): places count as unknown");
            }
            return None;
        }
        database.look(address.to_canonical(), of)
    }
}

impl Database {
    fn read(file: &Path) -> Result<Self, DatabaseError> {
        let unusable = |reason: String| DatabaseError { file: file.to_owned(), reason };
        let bytes = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
        let reader = Reader::from_source(bytes).map_err(|error| unusable(error.to_string()))?;
        let kind = &reader.metadata().database_type;
        if !["City", "Country", "Enterprise"].iter().any(|known| kind.contains(known)) {
            return Err(unusable(format!(
                "it is of the type {kind:?}; one in the layout of GeoIP2 City, Country or Enterprise is needed"
            )));
        }
        let built_at = Timestamp::from_secs(reader.metadata().build_epoch);
        Ok(Self { reader, built_at, said_stale: AtomicBool::new(false), said_broken: AtomicBool::new(false) })
    }

    fn look<T>(&self, address: IpAddr, of: impl FnOnce(&Record<'_>) -> T) -> Option<T> {
        if address.is_ipv6() && self.reader.metadata().ip_version == 4 {
            return None;
        }
        let record = self.reader.lookup(address).and_then(|found| found.decode::<Record<'_>>());
        match record {
            Ok(record) => record.as_ref().map(of),
            Err(error) => {
                if !self.said_broken.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "the geolocation database holds something that cannot be read");
                }
                None
            }
        }
    }
}
