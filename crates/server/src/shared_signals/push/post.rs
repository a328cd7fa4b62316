//! How is one token posted, and what follows from the answer?

use crate::app::App;
use crate::edge::metrics;
use crate::outgoing::OutgoingRequest;
use crate::shared_signals::delivery;
use crate::shared_signals::poll_endpoint::event;
use crate::shared_signals::sign::sign;
use axum::http::{HeaderValue, header};
use std::time::Duration;
use tandem_core::shared_signals::Delivery;
use tandem_core::shared_signals::push::{Answered, Next, after};
use tandem_core::time::Timestamp;
use tandem_store::{Delivered, StoreError, Stream};
use url::Url;

/// How long a receiver may take to accept one.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of a refusal is read.
const MOST_BODY: usize = 4096;

/// Posts one, and writes down what became of it. `None`: it is done with. Else it is tried again then.
pub(super) async fn deliver(
    app: &App,
    stream: &Stream,
    one: &Delivered,
) -> Result<Option<Timestamp>, StoreError> {
    let (status, retry_after, body) = attempt(app, stream, one).await.unwrap_or_default();
    let answered = match status {
        0 => Answered::Not,
        status => Answered::With { status, retry_after, body: &body },
    };
    let (now, attempts) = (app.clock.now(), one.attempts.saturating_add(1));
    match after(answered, attempts, now, one.gives_up_at) {
        Next::Delivered => {
            metrics::set_delivery("delivered");
            app.store.end_deliveries(&stream.stream_id, vec![one.jti.clone()]).await?;
            Ok(None)
        }
        Next::Refused(err) => {
            metrics::set_delivery("refused");
            let detail = format!("1 in stream {}: {err}", stream.stream_id);
            app.store.record_event(event(stream, "set_refused", detail, now)).await?;
            app.store.end_deliveries(&stream.stream_id, vec![one.jti.clone()]).await?;
            Ok(None)
        }
        Next::RetryAt(at) => {
            metrics::set_delivery("retried");
            tracing::info!(
                stream_id = stream.stream_id,
                jti = one.jti,
                status,
                attempts,
                "a security event token was not taken"
            );
            app.store.retry_delivery(one.seq, attempts, at).await?;
            Ok(Some(at))
        }
    }
}

/// The status of the answer, when to come back, and the beginning of the body; `None` if there was no answer.
async fn attempt(app: &App, stream: &Stream, one: &Delivered) -> Option<(u16, Option<Duration>, Vec<u8>)> {
    let Delivery::Push { endpoint_url, .. } = &stream.terms.delivery else { return None };
    let url: Url = endpoint_url.parse().ok()?;
    let set = sign(app, one).inspect_err(|error| {
        tracing::error!(jti = one.jti, %error, "a security event token cannot be signed");
    });
    let mut headers = vec![
        (header::CONTENT_TYPE, HeaderValue::from_static("application/secevent+jwt")),
        (header::ACCEPT, HeaderValue::from_static("application/json")),
    ];
    let authorization = delivery::authorization(app, &stream.stream_id, &stream.terms.delivery);
    if authorization.is_err() {
        tracing::error!(
            stream_id = stream.stream_id,
            "the authorization header of a stream cannot be opened"
        );
    }
    if let Some(text) = authorization.ok()? {
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        headers.push((header::AUTHORIZATION, value));
    }
    let request = OutgoingRequest { url: &url, headers, body: set.ok()?.into_bytes(), timeout: TIMEOUT };
    match app.outgoing.post_keeping(request, MOST_BODY).await {
        Ok((answer, body)) => Some((answer.status, answer.retry_after, body)),
        Err(error) => {
            tracing::info!(client_id = %stream.client_id, stream_id = stream.stream_id, %error, "a push failed");
            None
        }
    }
}
