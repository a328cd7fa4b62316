//! How much of a request's body does a handler read?

use axum::body::{Body, Bytes, HttpBody};
use std::future::poll_fn;
use std::pin::Pin;

use super::service;

/// What an oversized body may still send into the void, so that its sender gets to read the refusal.
const DISCARDED: usize = 1 << 20;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is longer than accepted: answer with 413.
    #[error("the request body is too large")]
    TooLarge,
    /// It did not arrive whole: answer with 400, if anybody still listens.
    #[error("the request body did not arrive whole")]
    Broken,
}

/// Reads a body of at most `limit` bytes.
pub async fn read_body(body: Body, limit: usize) -> Result<Bytes, BodyError> {
    let read = read(body, limit).await;
    service::body_arrived();
    read
}

async fn read(mut body: Body, limit: usize) -> Result<Bytes, BodyError> {
    let mut total = 0;
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > DISCARDED.max(limit) {
        return Err(BodyError::TooLarge);
    }
    let mut first = Bytes::new();
    let mut all = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
        total += data.len();
        if total > limit {
            all = Vec::new();
            first = Bytes::new();
            if total > DISCARDED.max(limit) {
                return Err(BodyError::TooLarge);
            }
        } else if first.is_empty() && all.is_empty() {
            // Nearly every body comes in one piece, which needs no copy.
            first = data;
        } else {
            if all.is_empty() {
                all.reserve(declared.min(limit));
                all.extend_from_slice(&first);
            }
            all.extend_from_slice(&data);
        }
    }
    match total {
        _ if total > limit => Err(BodyError::TooLarge),
        _ if all.is_empty() => Ok(first),
        _ => Ok(all.into()),
    }
}
