//! What do calls of the admin API look like? The examples of its description.

use super::operation::Operation;
use serde_json::{Value, json};

/// What is sent.
pub fn sent(operation: Operation) -> Option<Value> {
    let one = |name: &str, value: Value| json!({ name: { "value": value } });
    Some(match operation {
        Operation::Describe | Operation::List | Operation::Show | Operation::Contain => return None,
        Operation::Open => json!({
            "request": { "summary": "One request, ended at once", "value": {
                "target": { "kind": "crossing", "id": "b8Zr4k3mSzGp1Lh0WqXy2A" },
                "reason": "The code stood in a message that 40 people forwarded to us.",
                "contain": true,
            } },
            "person": { "summary": "Everything of a person, only recorded", "value": {
                "target": { "kind": "person", "id": "7d0f1c52a9e84b36" },
                "reason": "Their laptop was stolen.",
            } },
        }),
        Operation::Close => {
            one("closed", json!({ "note": "Called back: she had shared the code with a stranger." }))
        }
        Operation::Reopen => one("reopened", json!({ "note": "The stranger called again." })),
    })
}

/// What all that is known of an incident looks like.
pub fn detail() -> Value {
    let mut incident = contained();
    if let Some(members) = incident.as_object_mut() {
        let steps = json!([
            { "at": "2027-01-15T08:00:12.345Z", "actor": "rule", "step": "opened", "detail": "reported" },
            { "at": "2027-01-15T08:00:12.351Z", "actor": "rule", "step": "containing" },
            { "at": "2027-01-15T08:00:12.360Z", "actor": "rule", "step": "contained",
              "detail": "stopped 0 requests, ended 1 token families, 1 sessions, 0 devices; 3 signals to send" },
        ]);
        let touched = json!([
            { "role": "target", "kind": "crossing", "name": "b8Zr4k3mSzGp1Lh0WqXy2A" },
            { "role": "ended", "kind": "family", "name": "b8Zr4k3mSzGp1Lh0WqXy2A" },
            { "role": "ended", "kind": "session", "name": "q3NfT0aYb1cD" },
            { "role": "seen", "kind": "address", "name": "192.0.2.7" },
        ]);
        members.insert("touched".to_owned(), touched);
        members.insert("touched_omitted".to_owned(), 0.into());
        members.insert("steps".to_owned(), steps);
        members.insert("steps_omitted".to_owned(), 0.into());
    }
    json!({ "contained": { "value": incident } })
}

/// What a list looks like.
pub fn list() -> Value {
    let value = json!({ "incidents": [contained()], "next_before": 17 });
    json!({ "page": { "value": value } })
}

fn contained() -> Value {
    json!({
        "id": 17,
        "state": "contained",
        "cause": "reported",
        "response": "contain",
        "opened_at": "2027-01-15T08:00:12.345Z",
        "changed_at": "2027-01-15T08:00:12.360Z",
        "crossing": "b8Zr4k3mSzGp1Lh0WqXy2A",
        "sub": "7d0f1c52a9e84b36",
        "client_id": "tv",
        "summary": "The person said that they did not start this request.",
    })
}
