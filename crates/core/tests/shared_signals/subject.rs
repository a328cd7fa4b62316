//! RFC 9493, and SSF section 3: which subjects are read, and how are they compared?

use serde_json::{Value, json};
use tandem_core::crossing::CrossingId;
use tandem_core::shared_signals::{Subject, SubjectError};

/// One of each format.
pub fn one_of_each() -> Vec<Value> {
    vec![
        json!({ "format": "account", "uri": "acct:alice@example.com" }),
        json!({ "format": "email", "email": "alice@example.com" }),
        json!({ "format": "iss_sub", "iss": "https://id.example.com", "sub": "1" }),
        json!({ "format": "opaque", "id": "11112222333344445555" }),
        json!({ "format": "phone_number", "phone_number": "+12065550100" }),
        json!({ "format": "did", "url": "did:example:123456" }),
        json!({ "format": "uri", "uri": "https://user.example.com/" }),
        json!({ "format": "jwt_id", "iss": "https://id.example.com", "jti": "x" }),
        json!({ "format": "saml_assertion_id", "issuer": "https://id.example.com", "assertion_id": "_8" }),
        json!({ "format": "ip-addresses", "ip-addresses": ["192.0.2.1", "2001:db8::1"] }),
        json!({ "format": "aliases", "identifiers": [
            { "format": "email", "email": "alice@example.com" },
            { "format": "phone_number", "phone_number": "+12065550100" },
        ] }),
        json!({ "format": "complex", "user": { "format": "email", "email": "alice@example.com" },
            "tenant": { "format": "opaque", "id": "t" } }),
    ]
}

#[test]
fn every_format_is_read_and_comes_back_as_it_was() {
    for value in one_of_each() {
        assert_eq!(Subject::parse(&value).unwrap().to_json(), value);
    }
}

#[test]
fn what_is_no_subject_is_refused() {
    let long = "x".repeat(513);
    let many: Vec<String> = (0..17).map(|n| format!("192.0.2.{n}")).collect();
    for (value, why) in [
        (json!("alice"), SubjectError::Format),
        (json!(null), SubjectError::Format),
        (json!([]), SubjectError::Format),
        (json!({}), SubjectError::Format),
        (json!({ "email": "alice@example.com" }), SubjectError::Format),
        (json!({ "format": "email" }), SubjectError::Format),
        (json!({ "format": "email", "email": 1 }), SubjectError::Format),
        (json!({ "format": "email", "email": "a@example.com", "uri": "x" }), SubjectError::Format),
        (json!({ "format": "e-mail", "email": "a@example.com" }), SubjectError::Format),
        (json!({ "format": 1 }), SubjectError::Format),
        (json!({ "format": "iss_sub", "iss": "https://id.example.com" }), SubjectError::Format),
        (json!({ "format": "email", "email": "" }), SubjectError::Empty),
        (json!({ "format": "opaque", "id": long }), SubjectError::TooLarge),
        (json!({ "format": "ip-addresses", "ip-addresses": [] }), SubjectError::Empty),
        (json!({ "format": "ip-addresses", "ip-addresses": many }), SubjectError::TooLarge),
        (json!({ "format": "aliases", "identifiers": [] }), SubjectError::Empty),
        (
            json!({ "format": "aliases", "identifiers": [
                { "format": "aliases", "identifiers": [{ "format": "opaque", "id": "x" }] }] }),
            SubjectError::Format,
        ),
        (json!({ "format": "complex" }), SubjectError::Empty),
        (json!({ "format": "complex", "user": "alice" }), SubjectError::Format),
        (
            json!({ "format": "complex", "user": { "format": "complex", "user": { "format": "opaque", "id": "x" } } }),
            SubjectError::Format,
        ),
    ] {
        assert_eq!(Subject::parse(&value), Err(why), "{value}");
    }
    let many = (0..17).map(|n| (format!("m{n}"), json!({ "format": "opaque", "id": "x" })));
    let mut complex: serde_json::Map<String, Value> = many.collect();
    complex.insert("format".into(), json!("complex"));
    assert_eq!(Subject::parse(&Value::Object(complex)), Err(SubjectError::TooLarge));
}

#[test]
fn mailboxes_are_compared_without_case_and_nothing_else_is() {
    let key = |value: Value| Subject::parse(&value).unwrap().key();
    let email = |email: &str| json!({ "format": "email", "email": email });
    assert_eq!(key(email("Alice@Example.COM")), key(email("alice@example.com")));
    let opaque = |id: &str| json!({ "format": "opaque", "id": id });
    assert_ne!(key(opaque("A")), key(opaque("a")));
    assert_ne!(key(email("a@example.com")), key(json!({ "format": "uri", "uri": "a@example.com" })));
    let complex = |user: &str| json!({ "format": "complex", "user": email(user) });
    assert_eq!(key(complex("A@example.com")), key(complex("a@example.com")));
}

#[test]
fn a_session_is_a_person_and_the_name_with_which_the_ids_of_its_tokens_begin() {
    let family = CrossingId::from_bytes([7; 16]);
    let session = Subject::session("https://id.example.com", "alice", family).to_json();
    assert_eq!(
        session,
        json!({ "format": "complex",
            "user": { "format": "iss_sub", "iss": "https://id.example.com", "sub": "alice" },
            "session": { "format": "opaque", "id": family.to_string() } })
    );
}
