//! How does a message get to where only the operator's own service can deliver it? By a signed POST.
//!
//! The receiver computes HMAC-SHA256 with the shared secret over the value of `Tandem-Timestamp`, a full stop and the
//! body, compares it with `Tandem-Signature`, and refuses old timestamps: then it knows who sends, and that it is now.

use super::{Attempt, Notice};
use crate::config;
use crate::outgoing::{Outgoing, OutgoingRequest};
use aws_lc_rs::hmac;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;
use std::fmt::Write as _;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::time::Timestamp;
use tokio::time::Instant;
use url::Url;

const PATIENCE: Duration = Duration::from_secs(10);
const TIMESTAMP: HeaderName = HeaderName::from_static("tandem-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("tandem-signature");

/// The operator's service.
pub(super) struct Webhook {
    url: Url,
    key: hmac::Key,
}

#[derive(Serialize)]
struct Message<'a> {
    r#type: &'static str,
    id: String,
    sub: &'a str,
    to: &'a str,
    asker: &'a str,
    binding_message: Option<&'a str>,
    url: &'a str,
    /// When to answer no, in the person's language: part of the message that the operator's service sends.
    advice: &'a str,
    /// Seconds since 1970.
    expires_at: u64,
}

/// A code for somebody who says that an address is theirs.
pub struct AddressCode<'a> {
    /// The message's name: the same if it is sent twice.
    pub id: Digest,
    /// Who says so.
    pub sub: &'a str,
    /// The address.
    pub to: &'a str,
    /// The digits.
    pub code: &'a str,
    /// The whole message in the person's language, with the code in it.
    pub text: &'a str,
    /// From when on the code does not count.
    pub expires_at: Timestamp,
}

#[derive(Serialize)]
struct CodeMessage<'a> {
    r#type: &'static str,
    id: String,
    sub: &'a str,
    to: &'a str,
    code: &'a str,
    text: &'a str,
    /// Seconds since 1970.
    expires_at: u64,
}

impl Webhook {
    /// `None` without a secret: the configuration is refused then.
    pub(super) fn new(settings: &config::Webhook) -> Option<Self> {
        let secret = settings.secret.as_ref()?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        Some(Self { url: settings.url.clone(), key })
    }

    /// Sends once.
    pub(super) async fn send(
        &self,
        outgoing: &Outgoing,
        notice: &Notice,
        (to, link, advice): (&str, &str, &str),
        now: Timestamp,
    ) -> Attempt {
        let message = Message {
            r#type: "authorization_request",
            id: notice.crossing.to_string(),
            sub: &notice.sub,
            to,
            asker: &notice.asker,
            binding_message: notice.binding_message.as_deref(),
            url: link,
            advice,
            expires_at: notice.expires_at.as_secs(),
        };
        self.post(outgoing, &message, PATIENCE, now).await
    }

    /// Sends a code while the person waits: twice at most, and no longer than this. Says whether the service took it.
    pub(super) async fn send_code(
        &self,
        outgoing: &Outgoing,
        code: &AddressCode<'_>,
        longest: Duration,
        now: Timestamp,
    ) -> bool {
        let message = CodeMessage {
            r#type: "address_verification",
            id: code.id.to_string(),
            sub: code.sub,
            to: code.to,
            code: code.code,
            text: code.text,
            expires_at: code.expires_at.as_secs(),
        };
        let until = Instant::now() + longest.min(PATIENCE);
        let first = self.post(outgoing, &message, longest.min(PATIENCE), now).await;
        let left = until.saturating_duration_since(Instant::now());
        match first {
            // A service that says when to come back is left alone until then, and nobody waits for that.
            Attempt::Later(None) if !left.is_zero() => {
                self.post(outgoing, &message, left, now).await == Attempt::Delivered
            }
            attempt => attempt == Attempt::Delivered,
        }
    }

    async fn post(
        &self,
        outgoing: &Outgoing,
        message: &impl Serialize,
        timeout: Duration,
        now: Timestamp,
    ) -> Attempt {
        let Ok(body) = serde_json::to_vec(message) else { return Attempt::Failed };
        let timestamp = now.as_secs();
        let Ok(signature) = HeaderValue::from_str(&self.sign(timestamp, &body)) else {
            return Attempt::Failed;
        };
        let headers = vec![
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (TIMESTAMP, HeaderValue::from(timestamp)),
            (SIGNATURE, signature),
        ];
        let request = OutgoingRequest { url: &self.url, headers, body, timeout };
        match outgoing.post(request).await {
            Ok(answer) => match answer.status {
                200..=299 => Attempt::Delivered,
                408 | 425 | 429 | 500..=599 => Attempt::Later(answer.retry_after),
                status => {
                    tracing::warn!(status, "the webhook refused a notification");
                    Attempt::Failed
                }
            },
            Err(error) if error.may_retry() => Attempt::Later(None),
            Err(error) => {
                tracing::error!(%error, "the webhook cannot be used");
                Attempt::Failed
            }
        }
    }

    /// The value of `Tandem-Signature`.
    fn sign(&self, timestamp: u64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(timestamp.to_string().as_bytes());
        context.update(b".");
        context.update(body);
        context.sign().as_ref().iter().fold("v1=".to_owned(), |mut text, byte| {
            // Writing to a text cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl std::fmt::Debug for AddressCode<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddressCode").field("id", &self.id).finish_non_exhaustive()
    }
}
