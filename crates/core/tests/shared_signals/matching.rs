//! SSF section 8.1.3.1: which subjects match, and under which name does a receiver hear of them?

use serde_json::{Value, json};
use tandem_core::shared_signals::{Interest, KnownAs, Subject, SubjectId};

fn subject(value: &Value) -> Subject {
    Subject::parse(value).unwrap()
}

fn known() -> KnownAs {
    KnownAs { user: vec![SubjectId::Email { email: "alice@example.com".to_owned() }] }
}

fn person() -> Value {
    json!({ "format": "iss_sub", "iss": "https://id.example.com", "sub": "1" })
}

fn mail() -> Value {
    json!({ "format": "email", "email": "Alice@example.com" })
}

fn opaque(id: &str) -> Value {
    json!({ "format": "opaque", "id": id })
}

/// What the receiver said, what happened to whom, and what it hears.
fn matches(wanted: &Value, event: &Value, heard: Option<&Value>) {
    let told = Interest(subject(wanted)).matches(&subject(event), &known());
    assert_eq!(told.map(|told| told.to_json()).as_ref(), heard, "{wanted} and {event}");
}

#[test]
fn simple_subjects_match_if_they_are_identical() {
    matches(&person(), &person(), Some(&person()));
    let other = json!({ "format": "iss_sub", "iss": "https://id.example.com", "sub": "2" });
    matches(&person(), &other, None);
    let elsewhere = json!({ "format": "iss_sub", "iss": "https://other.example.com", "sub": "1" });
    matches(&person(), &elsewhere, None);
    matches(&opaque("1"), &person(), None);
}

#[test]
fn a_person_added_by_their_mailbox_goes_out_by_it_and_by_no_other_name() {
    matches(&mail(), &person(), Some(&mail()));
    let event = json!({ "format": "complex", "user": person(), "session": opaque("s") });
    let heard = json!({ "format": "complex", "user": mail(), "session": opaque("s") });
    matches(&mail(), &event, Some(&heard));
    matches(&json!({ "format": "complex", "user": mail() }), &event, Some(&heard));
    let other = json!({ "format": "email", "email": "bob@example.com" });
    matches(&other, &person(), None);
    matches(&other, &event, None);
}

#[test]
fn a_mailbox_names_the_user_and_no_other_member() {
    let event = json!({ "format": "complex", "device": person() });
    matches(&mail(), &event, None);
    matches(&json!({ "format": "complex", "device": mail() }), &event, None);
}

#[test]
fn a_simple_subject_matches_a_complex_one_of_which_it_is_a_member() {
    let event = json!({ "format": "complex", "user": person(), "session": opaque("s") });
    matches(&person(), &event, Some(&event));
    matches(&opaque("s"), &event, Some(&event));
    matches(&opaque("t"), &event, None);
}

#[test]
fn complex_subjects_match_if_no_member_of_both_differs() {
    let event = json!({ "format": "complex", "user": person(), "tenant": opaque("t") });
    let less = json!({ "format": "complex", "tenant": opaque("t") });
    matches(&less, &event, Some(&event));
    let more = json!({ "format": "complex", "user": person(), "device": opaque("d") });
    matches(&more, &event, Some(&event));
    let other = json!({ "format": "complex", "user": person(), "tenant": opaque("u") });
    matches(&other, &event, None);
}

#[test]
fn a_complex_subject_with_a_user_hears_of_the_user() {
    let wanted = json!({ "format": "complex", "user": person(), "device": opaque("d") });
    matches(&wanted, &person(), Some(&person()));
    let nobody = json!({ "format": "complex", "tenant": opaque("t") });
    matches(&nobody, &person(), None);
}

#[test]
fn aliases_match_by_any_of_their_names() {
    let aliases = |all: &[Value]| json!({ "format": "aliases", "identifiers": all });
    matches(&aliases(&[opaque("x"), person()]), &person(), Some(&person()));
    matches(&aliases(&[opaque("x"), mail()]), &person(), Some(&mail()));
    matches(&aliases(&[opaque("x")]), &person(), None);
}

#[test]
fn what_is_removed_covers_no_more_than_it_names() {
    let event = json!({ "format": "complex", "user": person(), "session": opaque("s") });
    let covers =
        |removed: &Value, event: &Value| Interest(subject(removed)).covers(&subject(event), &known());
    assert!(covers(&person(), &person()) && covers(&mail(), &person()));
    assert!(covers(&person(), &event) && covers(&mail(), &event));
    assert!(covers(&json!({ "format": "complex", "user": person() }), &event));
    assert!(covers(&json!({ "format": "complex", "user": mail(), "session": opaque("s") }), &event));
    assert!(!covers(&json!({ "format": "complex", "user": person(), "device": opaque("d") }), &event));
    assert!(!covers(&json!({ "format": "complex", "tenant": opaque("t") }), &event));
    assert!(!covers(&json!({ "format": "complex", "user": person() }), &opaque("x")));
    assert!(!covers(&opaque("x"), &event));
}
