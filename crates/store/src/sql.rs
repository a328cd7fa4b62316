//! How do our values look in SQL, and how do they come back?

use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;

/// A number as SQLite keeps it. None of ours is beyond its range; if one were, it stays at the end.
pub fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A moment as SQLite keeps it.
pub fn time(at: Timestamp) -> i64 {
    integer(at.as_millis())
}

/// A moment, read.
pub fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// A value as JSON.
pub fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// A value from JSON.
pub fn from_json<T: DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(malformed)
}

/// An address, read.
pub fn address(text: &str) -> rusqlite::Result<IpAddr> {
    text.parse().map_err(malformed)
}

/// A digest, read.
pub fn digest(bytes: [u8; 32]) -> Digest {
    Digest::from_bytes(bytes)
}

/// The name of a crossing, read.
pub fn crossing(bytes: [u8; 16]) -> CrossingId {
    CrossingId::from_bytes(bytes)
}

/// What was read cannot be meant.
pub fn malformed(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
}

/// Whether a uniqueness was violated.
pub fn is_taken(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}
