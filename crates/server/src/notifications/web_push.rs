//! How is a closed browser told? By Web Push (RFC 8030), sealed so that the push service learns nothing.
//!
//! The message says who asks and what opens; everything else is for the page, behind a session.

use super::{Attempt, Notice, Parts};
use crate::clock::Random;
use crate::outgoing::OutgoingRequest;
use crate::pages::Locale;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;
use std::time::Duration;
use tandem_core::time::Timestamp;
use tandem_core::web_push::{Contact, SenderKey, Subscription, encrypt};
use zeroize::Zeroizing;

const PATIENCE: Duration = Duration::from_secs(15);
/// What every payload is padded to: far more than ours need, and no more than careful senders use.
const PADDED_TO: usize = 2048;
/// The longest line, in characters.
const MOST_TEXT: usize = 160;
const TTL: HeaderName = HeaderName::from_static("ttl");
const URGENCY: HeaderName = HeaderName::from_static("urgency");
const TOPIC: HeaderName = HeaderName::from_static("topic");

/// Sends to browsers.
#[derive(Debug)]
pub(super) struct WebPush {
    contact: Option<Contact>,
}

/// One message to one browser.
pub(super) struct Push<'a> {
    pub subscription: &'a Subscription,
    pub notice: &'a Notice,
    pub link: &'a str,
    pub locale: Locale,
    pub now: Timestamp,
}

/// What the service worker reads.
#[derive(Serialize)]
struct Payload<'a> {
    title: &'a str,
    body: &'a str,
    url: &'a str,
    tag: &'a str,
}

impl WebPush {
    /// Push services may write to this contact, or else to the issuer, where that is an https address.
    pub(super) fn new(contact: Option<&str>, issuer: &str) -> Self {
        Self { contact: Contact::parse(contact.unwrap_or(issuer)).ok() }
    }

    /// Sends once.
    pub(super) async fn send(&self, parts: &Parts, push: Push<'_>) -> Attempt {
        // One crossing, one notification: a later one takes the place of an earlier one.
        let topic = push.notice.crossing.to_string();
        let body = sealed(parts, &push, &topic);
        let headers = self.headers(parts, &push, &topic);
        let (Some(body), Some(headers)) = (body, headers) else {
            tracing::error!("a push message could not be sealed or signed");
            return Attempt::Failed;
        };
        let url = push.subscription.endpoint();
        let host = url.host_str().unwrap_or_default();
        match parts.outgoing.post(OutgoingRequest { url, headers, body, timeout: PATIENCE }).await {
            Ok(answer) => {
                let attempt = outcome(answer.status, answer.retry_after);
                if attempt == Attempt::Failed {
                    tracing::warn!(host, status = answer.status, "a push service refused a notification");
                }
                attempt
            }
            Err(error) if error.may_retry() => Attempt::Later(None),
            Err(error) => {
                tracing::warn!(host, %error, "a push service cannot be used");
                Attempt::Failed
            }
        }
    }

    fn headers(&self, parts: &Parts, push: &Push<'_>, topic: &str) -> Option<Vec<(HeaderName, HeaderValue)>> {
        let (endpoint, contact) = (push.subscription.endpoint(), self.contact.as_ref());
        let signed = parts.keys.vapid.authorization(parts.random.source(), endpoint, contact, push.now);
        let mut authorization = HeaderValue::try_from(signed.ok()?).ok()?;
        authorization.set_sensitive(true);
        Some(vec![
            (AUTHORIZATION, authorization),
            (CONTENT_ENCODING, HeaderValue::from_static("aes128gcm")),
            (CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
            (TTL, HeaderValue::from(push.notice.expires_at.since(push.now).as_secs())),
            (URGENCY, HeaderValue::from_static("high")),
            (TOPIC, HeaderValue::try_from(topic).ok()?),
        ])
    }
}

/// What push services answer (RFC 8030 sections 5, 7.3 and 8.4, and what they do beyond).
const fn outcome(status: u16, retry_after: Option<Duration>) -> Attempt {
    match status {
        200..=202 => Attempt::Delivered,
        404 | 410 => Attempt::Gone,
        429 | 500..=599 => Attempt::Later(retry_after),
        _ => Attempt::Failed,
    }
}

fn sealed(parts: &Parts, push: &Push<'_>, tag: &str) -> Option<Vec<u8>> {
    let title = parts.pages.sentence(push.locale, "web-push-title", &[("asker", &push.notice.asker)]);
    // When to answer no is said where the first thing about it is read (BCP 6.1.13).
    let body = ["web-push-body", "education-ciba-notice"].map(|key| parts.pages.words(push.locale, key));
    let body = body.join(" ");
    let payload = payload(&title, &body, push.link, tag)?;
    encrypt(push.subscription, &payload, fresh_key(parts.random)?, &parts.random.bytes(), PADDED_TO).ok()
}

fn payload(title: &str, body: &str, url: &str, tag: &str) -> Option<Vec<u8>> {
    serde_json::to_vec(&Payload { title: cut(title), body: cut(body), url, tag }).ok()
}

/// A key pair for one message. One draw in four billion is no key; not another one after it.
fn fresh_key(random: Random) -> Option<SenderKey> {
    let draw = || SenderKey::from_private_key(&Zeroizing::new(random.bytes())).ok();
    draw().or_else(draw)
}

/// The beginning of a text.
fn cut(text: &str) -> &str {
    text.char_indices().nth(MOST_TEXT).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_meaning() {
        let wait = Some(Duration::from_secs(7));
        for (status, expected) in [
            (200, Attempt::Delivered),
            (201, Attempt::Delivered),
            (202, Attempt::Delivered),
            (204, Attempt::Failed),
            (301, Attempt::Failed),
            (400, Attempt::Failed),
            (401, Attempt::Failed),
            (403, Attempt::Failed),
            (404, Attempt::Gone),
            (410, Attempt::Gone),
            (413, Attempt::Failed),
            (429, Attempt::Later(wait)),
            (500, Attempt::Later(wait)),
            (503, Attempt::Later(wait)),
        ] {
            assert_eq!(outcome(status, wait), expected, "{status}");
        }
    }

    #[test]
    fn the_longest_texts_still_fit() {
        // What JSON writes longest: four bytes a character, or a quote that is escaped.
        for text in ["\u{1d11e}".repeat(1_000), "\"".repeat(1_000)] {
            assert_eq!(cut(&text).chars().count(), MOST_TEXT);
            let url = format!("https://{}.example:65535/inbox/{}", "a".repeat(253), "x".repeat(22));
            assert!(payload(&text, &text, &url, &"x".repeat(22)).unwrap().len() <= PADDED_TO);
        }
        assert_eq!(cut("short"), "short");
    }
}
