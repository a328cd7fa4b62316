//! What does the server say about a request, and how does a person read it?

use crate::failure::printable;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::time::Duration;
use tandem_core::time::Timestamp;

/// Characters of one text of the server.
const LONGEST_TEXT: usize = 400;

/// A request that waits for an answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    /// Which one.
    pub id: String,
    /// What the person is shown and signs, exactly as the server wrote it.
    pub shown: Box<RawValue>,
    /// When it was asked (seconds since the epoch).
    pub initiated_at: u64,
    /// When it is too late (seconds since the epoch).
    pub expires_at: u64,
    /// From where it was asked.
    pub address: Option<String>,
    /// How the person was named.
    pub how: Option<String>,
    /// What the scopes mean.
    #[serde(default)]
    pub scope: Vec<Scope>,
    /// What the authorization details mean.
    #[serde(default)]
    pub details: Vec<String>,
    /// Whether the server knows that the asker is who it says.
    #[serde(default)]
    pub verified: bool,
    /// The number matching, if there is one.
    pub number: Option<NumberMatching>,
    /// How long a yes lasts, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts_for: Option<u64>,
    /// What was typed on the other device, if something was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// What the person reads before the question, where the server wants it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<Warning>,
    /// Why the server lets nobody say yes now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What the person types on the other device, once they said yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// Whether approving needs a check of the person. This program checks always.
    #[serde(default = "always")]
    pub user_verification_required: bool,
}

/// One scope.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Scope {
    /// Its name on the wire.
    pub name: String,
    /// What it means.
    pub words: Option<String>,
}

/// The asker's screen shows a number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NumberMatching {
    /// It is one of these; if there are none, the person types it.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// What was typed on the other device.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Binding {
    /// What it is called there.
    pub label: String,
    /// How the person gives it.
    pub answer: BindingAnswer,
    /// What it is, where they confirm it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// How a person gives what was typed on the other device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BindingAnswer {
    /// They say that it is theirs.
    Confirm,
    /// They type it.
    Type,
}

/// When a request can be genuine, and what a scam looks like.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Warning {
    /// When to expect one.
    pub when: String,
    /// When not to.
    pub never: String,
    /// What a scam looks like.
    pub scam: String,
}

/// What a person needs to know of what they sign.
struct Shown {
    client_id: Option<String>,
    client_name: Option<String>,
    binding_message: Option<String>,
    authorization_details: Option<Value>,
    scope: Option<String>,
}

const fn always() -> bool {
    true
}

impl Request {
    /// How long there is still time.
    pub fn left(&self, now: Timestamp) -> Duration {
        Timestamp::from_secs(self.expires_at).since(now)
    }

    /// Who asks, as they call themselves.
    pub fn asker(&self) -> String {
        let shown = self.read();
        let name =
            shown.client_name.or(shown.client_id).unwrap_or_else(|| "somebody without a name".to_owned());
        safe(&name)
    }

    /// One line for a list.
    pub fn line(&self, now: Timestamp) -> String {
        let message =
            self.read().binding_message.map_or_else(String::new, |text| format!("  \"{}\"", safe(&text)));
        format!("{}  {}{message}  {} left", safe(&self.id), self.asker(), clock(self.left(now)))
    }

    /// Everything that the server says, in words.
    pub fn describe(&self, now: Timestamp) -> String {
        let shown = self.read();
        let mut rows = vec![format!("{} asks for your consent.", self.asker())];
        let mut row = |name: &str, text: &str| rows.push(format!("  {name:<10} {}", safe(text)));
        let verified =
            if self.verified { "verified by the server" } else { "NOT verified: anybody can use a name" };
        row("Asker", &format!("{} ({verified})", shown.client_id.as_deref().unwrap_or("no client id")));
        match &shown.binding_message {
            Some(message) => row("Message", &format!("\"{message}\"; the asker must show or say the same")),
            None => row("Message", "none"),
        }
        for text in &self.details {
            row("Consent to", text);
        }
        if let (true, Some(details)) = (self.details.is_empty(), &shown.authorization_details) {
            row("Consent to", &details.to_string());
        }
        for scope in scopes(&shown, &self.scope) {
            row("Access to", &scope);
        }
        if let Some(binding) = &self.binding {
            let text = binding.text.as_deref().map_or_else(String::new, |text| format!(": {text}"));
            row("Typed", &format!("on the asker's device {}{text}", binding.label));
        }
        if let Some(seconds) = self.lasts_for {
            row("Lasts", &format!("{} after a yes", clock(Duration::from_secs(seconds))));
        }
        row("From", self.address.as_deref().unwrap_or("unknown"));
        let ago = now.since(Timestamp::from_secs(self.initiated_at));
        row("Asked", &format!("{} ago; {} left to answer", clock(ago), clock(self.left(now))));
        row("How", how(self.how.as_deref()));
        row("Request", &self.id);
        if let Some(why) = &self.refused {
            row("Refused", &format!("nobody can say yes now: {why}"));
        }
        rows.push("  Did not start or expect this? Deny it, or report it.".to_owned());
        if let Some(pin) = &self.pin {
            rows.push(self.show_pin(pin));
        }
        rows.join("\n")
    }

    /// What a person reads before the question, where the server wants it.
    pub fn warn(&self) -> Option<String> {
        let Warning { when, never, scam } = self.warning.as_ref()?;
        let asker = self.asker();
        let parts = [
            ("Stop and think", format!("{asker} wants something from you, and something about it is odd.")),
            ("What a scam looks like", safe(scam)),
            ("When to expect such a request", safe(when)),
            ("When not to", safe(never)),
        ];
        Some(parts.map(|(title, text)| format!("{title}: {text}")).join("\n"))
    }

    /// The PIN, where to type it, and what to do for somebody who did not expect one.
    pub fn show_pin(&self, pin: &str) -> String {
        let (pin, id) = (safe(pin), safe(&self.id));
        format!(
            "PIN: {pin}\nType it on the screen where you started, and nowhere else. Never read it out or send it to \
             anybody.\nStarted nothing? Then somebody else did: tandem-device phone report {id}"
        )
    }

    /// A `shown` that is not even an object says nothing; it is still what would be signed.
    fn read(&self) -> Shown {
        let members: Map<String, Value> = serde_json::from_str(self.shown.get()).unwrap_or_default();
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        Shown {
            client_id: text("client_id"),
            client_name: text("client_name"),
            binding_message: text("binding_message"),
            authorization_details: members.get("authorization_details").filter(|one| !one.is_null()).cloned(),
            scope: text("scope"),
        }
    }
}

/// Each scope that is signed, with the server's words for it; a name without words stands for itself.
fn scopes(shown: &Shown, words: &[Scope]) -> Vec<String> {
    let signed = shown.scope.as_deref().unwrap_or_default();
    let describe = |name: &str| {
        let words = words.iter().find(|scope| scope.name == name).and_then(|scope| scope.words.as_deref());
        words.map_or_else(|| name.to_owned(), |words| format!("{words} ({name})"))
    };
    signed.split_ascii_whitespace().map(describe).collect()
}

fn how(word: Option<&str>) -> &str {
    match word {
        Some("login_hint") => "they named you by something the server knows you by",
        Some("login_hint_token") => "they named you by a token of somebody the server trusts",
        Some("id_token_hint") => "they named you by an earlier sign-in of yours",
        Some(other) => other,
        None => "unknown",
    }
}

fn safe(text: &str) -> String {
    printable(text, LONGEST_TEXT)
}

/// Minutes and seconds.
fn clock(duration: Duration) -> String {
    let seconds = duration.as_millis().div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(edit: impl FnOnce(&mut Value)) -> Request {
        let mut value = json!({
            "id": "r1", "initiated_at": 1000, "expires_at": 1120, "address": "203.0.113.7", "how": "login_hint",
            "shown": {
                "crossing": "r1", "client_id": "call-center", "client_name": "Bank", "scope": "openid cards",
                "binding_message": "Call 4711", "authorization_details": [{"type": "payment", "amount": "12.50"}]
            },
            "scope": [{"name": "cards", "words": "see your cards"}, {"name": "other", "words": "not signed"}],
            "details": ["Pay 12.50"], "verified": true, "number": null, "user_verification_required": true
        });
        edit(&mut value);
        serde_json::from_str(&value.to_string()).unwrap()
    }

    fn text(edit: impl FnOnce(&mut Value)) -> String {
        request(edit).describe(Timestamp::from_secs(1010))
    }

    #[test]
    fn a_person_reads_who_asks_what_for_from_where_when_and_how() {
        let text = text(|_| ());
        for part in [
            "Bank asks",
            "call-center (verified by the server)",
            "\"Call 4711\"",
            "Pay 12.50",
            "see your cards (cards)",
            "openid",
            "203.0.113.7",
            "0:10 ago; 1:50 left",
            "something the server knows",
            "r1",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!text.contains("not signed"), "only what is signed is described: {text}");
        assert_eq!(request(|_| ()).line(Timestamp::from_secs(2000)), "r1  Bank  \"Call 4711\"  0:00 left");
    }

    /// R6.13a, R6.14a, R6.14b, R6.16b, R6.17
    #[test]
    fn a_person_reads_what_was_typed_the_warning_the_refusal_and_the_pin() {
        let full = |value: &mut Value| {
            value["binding"] = json!({"label": "Seat", "answer": "confirm", "text": "14C"});
            value["warning"] =
                json!({"when": "At a till.", "never": "On a call.", "scam": "A call comes.\u{1b}[2J"});
            value["refused"] = "too far".into();
            value["pin"] = "123 456".into();
            value["lasts_for"] = 600.into();
        };
        let text = text(full);
        for part in [
            "on the asker's device Seat: 14C",
            "10:00 after a yes",
            "nobody can say yes now: too far",
            "Did not start or expect this? Deny it",
            "PIN: 123 456",
            "Never read it out",
            "tandem-device phone report r1",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let warning = request(full).warn().unwrap();
        assert!(warning.contains("A call comes.") && warning.contains("On a call."), "{warning}");
        assert!(!warning.contains('\u{1b}'));
        assert_eq!(request(|_| ()).warn(), None);
        assert!(!self::text(|_| ()).contains("PIN"));
    }

    #[test]
    fn what_is_missing_is_said_and_what_is_not_said_is_the_worst() {
        let text = text(|value| {
            for name in ["verified", "details", "scope", "user_verification_required"] {
                value.as_object_mut().unwrap().remove(name);
            }
            value["shown"]["binding_message"] = Value::Null;
            value["address"] = Value::Null;
        });
        for part in ["NOT verified", "Message    none", "\"amount\":\"12.50\"", "From       unknown"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        for shown in [json!(1), json!({}), Value::Null] {
            assert!(request(|value| value["shown"] = shown).asker().contains("without a name"));
        }
    }

    #[test]
    fn no_text_of_a_stranger_can_move_the_cursor_or_forge_a_row() {
        let foul = "\u{1b}[2J\r\n  Asker      x (verified by the server)\u{202e}";
        let text = text(|value| {
            for name in ["client_id", "client_name", "binding_message", "scope"] {
                value["shown"][name] = foul.into();
            }
            value["details"] = json!([foul]);
            value["scope"] = json!([{"name": "x", "words": foul}]);
            for name in ["id", "address", "how"] {
                value[name] = foul.into();
            }
        });
        assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']), "{text:?}");
        assert_eq!(text.matches("\n  Asker ").count(), 1, "{text}");
    }
}
