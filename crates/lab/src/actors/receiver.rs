//! A service with sessions of its own: does it hear of those that ended here? (SSF 1.0, CAEP 1.0, RFC 8936)

use super::LISTENER;
use super::service::Service;
use crate::outcome::{Played, Trouble};
use crate::server::{ISSUER, Lab, RECEIVER};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const SESSION_REVOKED: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const POLL: &str = "urn:ietf:rfc:8936";

/// A receiver with a stream that it fetches.
#[derive(Debug)]
pub struct Receiver<'l> {
    service: Service<'l>,
    stream: String,
}

impl<'l> Receiver<'l> {
    /// The receiver of this server; its stream is made when it is first needed.
    pub fn of(lab: &'l Lab) -> Played<Self> {
        let service = Service::new(lab, lab.machine(LISTENER), RECEIVER);
        let id = |stream: &Value| stream.get("stream_id")?.as_str().map(str::to_owned);
        let streams = service.get("/ssf/stream")?;
        let known = streams.as_array().and_then(|streams| streams.first()).and_then(id);
        let stream = if let Some(stream) = known {
            stream
        } else {
            let wanted = json!({ "delivery": { "method": POLL }, "events_requested": [SESSION_REVOKED] });
            let made = service.post("/ssf/stream", &wanted)?;
            id(&made).ok_or_else(|| Trouble::new("a stream without a name"))?
        };
        Ok(Self { service, stream })
    }

    /// Fetches all there is, and says whether it tells that sessions of this person have ended.
    pub fn has_heard_of(&self, sub: &str) -> Played<bool> {
        let (mut heard, mut acknowledged) = (false, Vec::new());
        loop {
            let wanted = json!({ "returnImmediately": true, "maxEvents": 100, "ack": acknowledged });
            let answer = self.service.post(&format!("/ssf/poll/{}", self.stream), &wanted)?;
            let sets = answer.get("sets").and_then(Value::as_object);
            let sets = sets.ok_or_else(|| Trouble::new("a poll without an answer"))?;
            if sets.is_empty() {
                return Ok(heard);
            }
            acknowledged = sets.keys().cloned().collect();
            for set in sets.values() {
                heard |= tells(&claims(set)?, sub);
            }
        }
    }
}

/// What a Security Event Token says. That its signature is right is shown by the server's own tests, with another library.
fn claims(set: &Value) -> Played<Value> {
    let payload = set.as_str().and_then(|set| set.split('.').nth(1));
    let bytes = payload.and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
    let bytes = bytes.ok_or_else(|| Trouble::new("a security event token that is none"))?;
    Ok(serde_json::from_slice(&bytes)?)
}

fn tells(claims: &Value, sub: &str) -> bool {
    let text = |pointer: &str| claims.pointer(pointer).and_then(Value::as_str);
    let event = claims.get("events").and_then(|events| events.get(SESSION_REVOKED));
    let whose = text("/sub_id/user/sub").or_else(|| text("/sub_id/sub"));
    event.is_some() && text("/iss") == Some(ISSUER) && text("/aud") == Some(RECEIVER) && whose == Some(sub)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_this_persons_sessions_is_heard() {
        let claims = |iss: &str, event: &str, sub_id: Value| json!({ "iss": iss, "aud": RECEIVER, "sub_id": sub_id, "events": { event: {} } });
        let ada = json!({ "format": "iss_sub", "iss": ISSUER, "sub": "ada" });
        let session =
            json!({ "format": "complex", "user": ada, "session": { "format": "opaque", "id": "x" } });
        assert!(tells(&claims(ISSUER, SESSION_REVOKED, session.clone()), "ada"));
        assert!(tells(&claims(ISSUER, SESSION_REVOKED, ada.clone()), "ada"));
        assert!(!tells(&claims(ISSUER, SESSION_REVOKED, ada.clone()), "bob"));
        assert!(!tells(&claims("https://else.example", SESSION_REVOKED, ada.clone()), "ada"));
        assert!(!tells(&claims(ISSUER, "https://else.example", session), "ada"));
    }
}
