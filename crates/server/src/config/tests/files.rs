//! Are files merged in their order, and are mistakes found where they stand?

use std::path::{Path, PathBuf};

use super::*;
use crate::config::Provenance;

#[test]
fn defaults_hold_where_nothing_is_set() {
    let loaded = loaded("", &[]).unwrap();
    let (set, mut default) = (loaded.config, Config::default());
    default.issuer = set.issuer.clone();
    assert_eq!(serde_json::to_value(&set).unwrap(), serde_json::to_value(&default).unwrap());
    assert_eq!(loaded.provenance["tokens.access_token_lifetime"], Provenance::Default);
}

#[test]
fn an_issuer_must_be_given() {
    let found = load(&[], pairs(&[])).unwrap_err().0;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].to_string(), "missing key `issuer`: it has no default");
}

#[test]
fn later_files_go_over_earlier_ones_table_by_table() {
    let folder = Folder::new();
    let first = folder.file(
        "a.toml",
        "issuer = \"https://a.example\"\n[tokens]\naccess_token_lifetime = 100\nid_token_lifetime = 200\n\
         [proxy]\ntrusted_proxies = [\"10.0.0.1\", \"10.0.0.2\"]\n[rate_limits]\nguess_session = { burst = 7, per_minute = 3 }",
    );
    let second = folder.file(
        "b.toml",
        "issuer = \"https://b.example\"\n[tokens]\naccess_token_lifetime = 101\n\
         [proxy]\ntrusted_proxies = [\"10.0.0.3\"]\n[rate_limits.guess_session]\nburst = 8",
    );
    let loaded = load(&[first.clone(), second.clone()], pairs(&[])).unwrap();
    let config = &loaded.config;
    assert_eq!(config.issuer.as_str(), "https://b.example");
    assert_eq!((config.tokens.access_token_lifetime, config.tokens.id_token_lifetime), (101, 200));
    assert_eq!(config.proxy.trusted_proxies.len(), 1, "lists are replaced");
    let rate = config.rate_limits.guess_session.rate().unwrap();
    assert_eq!((rate.burst, rate.per_minute), (8, 3));
    let at = |path: &Path, line, column| Provenance::File { path: path.to_owned(), line, column };
    assert_eq!(loaded.provenance["tokens.access_token_lifetime"], at(&second, 3, 1));
    assert_eq!(loaded.provenance["tokens.id_token_lifetime"], at(&first, 4, 1));
}

#[test]
fn unknown_keys_name_the_nearest() {
    let folder = Folder::new();
    let path = folder.file("tandem.toml", "isuer = \"https://id.example.com\"\n");
    let found = load(std::slice::from_ref(&path), pairs(&[])).unwrap_err().0;
    let shown: Vec<String> = found.iter().map(Problem::to_string).collect();
    assert_eq!(
        shown,
        [
            format!("unknown key `isuer` in {}:1:1: did you mean `issuer`?", path.display()),
            "missing key `issuer`: it has no default".to_owned(),
        ]
    );
}

#[test]
fn unknown_keys_in_sections_lists_and_unknown_sections_are_refused() {
    assert_refused(
        "[tokens]\nacces_token_lifetime = 1",
        ProblemKind::UnknownKey,
        "tokens.acces_token_lifetime",
    );
    assert_refused("[tokenz]", ProblemKind::UnknownKey, "tokenz");
    assert_refused(
        "[[clients]]\nclient_id = \"tv\"\ntoken_endpoint_auth_method = \"none\"\nclient_nam = \"TV\"",
        ProblemKind::UnknownKey,
        "clients[0].client_nam",
    );
    assert_refused(
        "[rate_limits]\nguess_session = { burst = 1, per_minute = 1, per_second = 1 }",
        ProblemKind::UnknownKey,
        "rate_limits.guess_session.per_second",
    );
}

#[test]
fn a_key_in_the_wrong_section_is_shown_the_right_one() {
    let found = problem("[dpop]\naccess_token_lifetime = 60");
    assert_eq!(found.detail, "did you mean `tokens.access_token_lifetime`?");
    let found = problem("[dpop]\nzzzzzzzz = 60");
    assert_eq!(found.detail, "accepted here are nonce, window");
}

#[test]
fn broken_toml_is_shown_with_line_and_column() {
    let folder = Folder::new();
    let path = folder.file("tandem.toml", "# ü\nissuer = \"https://id.example.com\"\n[tokens]\nä = = 1\n");
    let found = load(std::slice::from_ref(&path), pairs(&[])).unwrap_err().0;
    assert_eq!(found[0].kind, ProblemKind::BrokenToml);
    assert!(matches!(&found[0].place, Some(Provenance::File { line: 4, .. })), "{found:?}");
    assert!(
        found[0].to_string().starts_with(&format!("broken TOML in {}:4:", path.display())),
        "{}",
        found[0]
    );
}

#[test]
fn repeated_keys_and_numbers_too_large_are_broken_toml() {
    assert_eq!(problem("[log]\nlevel = \"info\"\nlevel = \"warn\"").kind, ProblemKind::BrokenToml);
    let found = problem("[tokens]\naccess_token_lifetime = 99999999999999999999");
    assert_eq!(found.kind, ProblemKind::BrokenToml);
    assert!(matches!(found.place, Some(Provenance::File { line: 3, column: 25, .. })), "{found:?}");
}

#[test]
fn a_broken_file_does_not_show_the_secret_in_it() {
    let found = problems("[keys]\nencryption_key = \"do-not-show-me\nx = 1", &[]);
    assert!(!found.is_empty());
    assert!(!format!("{found:?}").contains("do-not-show-me"), "{found:?}");
}

#[test]
fn missing_folders_and_binary_files_are_unreadable() {
    let folder = Folder::new();
    let binary = folder.0.path().join("binary.toml");
    std::fs::write(&binary, [0xff, 0xfe]).unwrap();
    let missing = PathBuf::from("no-such-folder/tandem.toml");
    let found = load(&[missing, binary, folder.0.path().to_owned()], pairs(&[])).unwrap_err().0;
    assert_eq!(found.len(), 3, "every file is reported: {found:?}");
    assert!(found.iter().all(|problem| problem.kind == ProblemKind::Unreadable));
    assert!(found[0].to_string().starts_with("cannot read no-such-folder/tandem.toml: "), "{}", found[0]);
}

#[test]
fn a_huge_file_is_refused() {
    let found = problem(&"#".repeat(1_048_577));
    assert_eq!(
        (found.kind, found.detail.as_str()),
        (ProblemKind::Unreadable, "at most 1048576 bytes are accepted")
    );
}

#[test]
fn all_problems_are_reported_at_once() {
    let toml = "tokns = 1\n[tokens]\naccess_token_lifetime = 1\nid_token_lifetime = \"1\"\n[log]\nformat = \"xml\"\n\
                [policy]\nprofile = \"strict\"";
    let variables = [("TANDEM_DPOP__WINDOW", "0"), ("TANDEM_NOTHING", "1")];
    let found = problems(toml, &variables);
    let mut kinds: Vec<&str> = found.iter().map(|problem| problem.key.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        [
            "TANDEM_NOTHING",
            "dpop.window",
            "log.format",
            "policy.profile",
            "tokens.access_token_lifetime",
            "tokens.id_token_lifetime",
            "tokns",
        ]
    );
    assert_eq!(ConfigErrors(found).to_string().lines().count(), 7);
}

#[test]
fn relative_paths_start_from_the_folder_of_their_file() {
    let folder = Folder::new();
    let path =
        folder.file("tandem.toml", &format!("{ISSUER}data_dir = \"data\"\n[pages]\ntemplate_dir = \"/abs\""));
    let loaded = load(
        &[path],
        pairs(&[("TANDEM_TLS__CERTIFICATE_FILE", "c.pem"), ("TANDEM_TLS__PRIVATE_KEY_FILE", "k.pem")]),
    )
    .unwrap();
    let config = loaded.config;
    assert_eq!(config.data_dir, folder.0.path().join("data"));
    assert_eq!(config.pages.template_dir, Some(PathBuf::from("/abs")));
    assert_eq!(config.tls.certificate_file, Some(PathBuf::from("c.pem")), "a variable's path stays as it is");
    assert_eq!(Config::default().data_dir, PathBuf::from("tandem-data"));
}
