//! Do the schema and the reference file say what the types say?

use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::config::schema::{paths, properties};
use crate::config::{reference, schema};

fn reference_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/tandem.reference.toml")
}

#[test]
fn the_reference_file_is_up_to_date() {
    let text = reference();
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(reference_path(), &text).unwrap();
    }
    let kept = std::fs::read_to_string(reference_path()).unwrap();
    assert!(kept == text, "run this test with UPDATE_REFERENCE=1 to write docs/tandem.reference.toml again");
}

#[test]
fn the_reference_file_holds_the_defaults() {
    let loaded = load(&[reference_path()], pairs(&[])).unwrap();
    let mut expected = Config { issuer: loaded.config.issuer.clone(), ..Config::default() };
    expected.data_dir = reference_path().parent().unwrap().join(&expected.data_dir);
    assert_eq!(serde_json::to_value(&loaded.config).unwrap(), serde_json::to_value(&expected).unwrap());
}

/// The reference with every key switched on but the files that stand in for values.
fn switched_on() -> Vec<Problem> {
    let all: String = reference()
        .lines()
        .map(|line| {
            line.strip_prefix('#').filter(|rest| !rest.starts_with(' ') && !rest.is_empty()).unwrap_or(line)
        })
        .filter(|line| {
            let files = [
                "encryption_key_file",
                "client_secret_file",
                "jwks",
                "password_file",
                "secret_file",
                "authorization_file",
            ];
            !files.iter().any(|key| line.starts_with(key))
        })
        .fold(String::new(), |text, line| text + line + "\n");
    let folder = Folder::new();
    load(&[folder.file("all.toml", &all)], pairs(&[])).unwrap_err().0
}

#[test]
fn the_examples_in_the_reference_file_are_accepted_and_its_secrets_refused() {
    let mut wrong: Vec<_> = switched_on().into_iter().map(|problem| (problem.kind, problem.key)).collect();
    wrong.sort_by(|(_, one), (_, other)| one.cmp(other));
    assert_eq!(
        wrong,
        [
            (ProblemKind::OutOfRange, "clients[0].client_secret".to_owned()),
            (ProblemKind::NotAccepted, "keys.encryption_key".to_owned()),
            (ProblemKind::OutOfRange, "notifications.webhook.secret".to_owned()),
        ]
    );
}

#[test]
fn the_reference_file_names_every_key() {
    let text = reference();
    for path in paths(&schema()) {
        let key = path.rsplit('.').next().unwrap_or_default();
        let written = [format!("{key} = "), format!("[{key}]"), format!("[[{path}]]")];
        assert!(written.iter().any(|written| text.contains(written)), "{path}");
    }
}

#[test]
fn the_reference_file_has_each_list_of_tables_with_what_every_entry_needs_first() {
    let text = reference();
    for list in ["clients", "attesters", "login_hint_token_issuers", "ssf_receiver.transmitters"] {
        let (_, rest) = text.split_once(&format!("#[[{list}]]\n")).unwrap_or_else(|| panic!("{list}"));
        let is_key = |line: &&str| line.strip_prefix('#').is_some_and(|rest| !rest.starts_with(' '));
        let notes: Vec<_> = rest.lines().take_while(|line| !is_key(line)).collect();
        assert_eq!(notes.last(), Some(&"# Required."), "{list}");
    }
}

fn documented(schema: &Value, path: &str) {
    for (key, inner) in properties(schema).into_iter().flatten() {
        let path = format!("{path}.{key}");
        assert!(inner.get("description").is_some(), "{path} says nothing about itself");
        documented(inner, &path);
        if let Some(items) = inner.get("items") {
            documented(items, &path);
        }
    }
}

#[test]
fn every_key_is_documented_and_no_null_is_left() {
    let schema = schema();
    documented(&schema, "");
    assert!(!schema.to_string().contains("null"), "{schema:#}");
    assert_eq!(schema["required"], serde_json::json!(["issuer"]));
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["keys"]["properties"]["encryption_key"]["writeOnly"], true);
}
