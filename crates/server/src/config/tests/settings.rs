//! Are ranges, words and contradictions of the sections checked?

use super::*;
use crate::config::{ForwardedHeader, LogFormat, Provenance, RateLimit, SigningAlgorithm};
use tandem_core::crossing::Room;

/// Each number with the most and least that it accepts.
const RANGES: [(&str, &str, u32, u32); 20] = [
    ("tokens", "access_token_lifetime", 30, 86_400),
    ("tokens", "refresh_token_lifetime", 300, 63_072_000),
    ("tokens", "id_token_lifetime", 30, 86_400),
    ("dpop", "window", 5, 300),
    ("device_authorization", "code_lifetime", 30, 1800),
    ("device_authorization", "interval", 1, 60),
    ("policy.one_time_codes", "presentations", 1, 100),
    ("device_authorization", "guess_budget", 10, 1_000_000),
    ("device_authorization", "max_pending", 1, 10_000_000),
    ("sessions", "lifetime", 300, 2_592_000),
    ("sessions", "idle_timeout", 60, 2_592_000),
    ("users", "password_min_length", 8, 128),
    ("users", "password_hash_memory", 8192, 1_048_576),
    ("users", "password_hash_iterations", 1, 20),
    ("users", "password_hash_concurrency", 1, 64),
    ("limits", "max_body_bytes", 4096, 1_048_576),
    ("limits", "max_header_bytes", 8192, 262_144),
    ("limits", "max_connections", 16, 1_000_000),
    ("limits", "request_timeout", 1, 300),
    ("store", "journal_delay", 0, 1000),
];

#[test]
fn numbers_stay_within_their_ranges() {
    for (section, key, least, most) in RANGES {
        let path = format!("{section}.{key}");
        for wrong in [i64::from(least) - 1, i64::from(most) + 1, i64::MAX] {
            let found = problem(&format!("[{section}]\n{key} = {wrong}"));
            assert_eq!((found.kind, found.key.as_str()), (ProblemKind::OutOfRange, path.as_str()));
            assert_eq!(found.detail, format!("{least} to {most} is accepted, not {wrong}"));
            assert!(matches!(found.place, Some(Provenance::File { line: 3, .. })), "{found:?}");
        }
        for right in [least, most] {
            let refused = loaded(&format!("[{section}]\n{key} = {right}"), &[]).err();
            let kinds = refused.into_iter().flat_map(|errors| errors.0).map(|problem| problem.kind);
            assert!(kinds.into_iter().all(|kind| kind == ProblemKind::Contradiction), "{path} = {right}");
        }
    }
}

#[test]
fn other_types_are_refused() {
    for (toml, key, wanted) in [
        (
            "[tokens]\nid_token_lifetime = \"60\"",
            "tokens.id_token_lifetime",
            "a whole number is accepted, not a text",
        ),
        (
            "[tokens]\nid_token_lifetime = 60.5",
            "tokens.id_token_lifetime",
            "a whole number is accepted, not a number",
        ),
        ("data_dir = 1", "data_dir", "a text is accepted, not a whole number"),
        ("tokens = []", "tokens", "a table is accepted, not a list"),
        ("[clients]\nclient_id = \"tv\"", "clients", "a list is accepted, not a table"),
        (
            "[proxy]\ntrusted_proxies = \"10.0.0.1\"",
            "proxy.trusted_proxies",
            "a list is accepted, not a text",
        ),
        ("[log]\nformat = true", "log.format", "a text is accepted, not true or false"),
        (
            "[rate_limits]\nguess_session = 5",
            "rate_limits.guess_session",
            "a table or a text is accepted, not a whole number",
        ),
        (
            "[pages]\noperator_name = 2020-01-01",
            "pages.operator_name",
            "a text is accepted, not a date or time",
        ),
    ] {
        let found = problem(toml);
        assert_eq!(
            (found.kind, found.key.as_str(), found.detail.as_str()),
            (ProblemKind::WrongType, key, wanted)
        );
    }
}

#[test]
fn words_are_checked_and_the_nearest_is_named() {
    let found = problem("[log]\nformat = \"jsn\"");
    assert_eq!(found.detail, "one of human, json is accepted, not `jsn`; did you mean `json`?");
    assert_refused("[proxy]\nforwarded_header = \"via\"", ProblemKind::NotAccepted, "proxy.forwarded_header");
    assert_refused("[dpop]\nnonce = \"never\"", ProblemKind::NotAccepted, "dpop.nonce");
    assert_refused(
        "[keys]\nsigning_algorithms = [\"ES256\", \"none\"]",
        ProblemKind::NotAccepted,
        "keys.signing_algorithms[1]",
    );
    assert_refused(
        "[keys]\nsigning_algorithms = [\"HS256\"]",
        ProblemKind::NotAccepted,
        "keys.signing_algorithms[0]",
    );
    assert_refused(
        "[pages]\nsupport_url = \"javascript:alert(1)\"",
        ProblemKind::NotAccepted,
        "pages.support_url",
    );
    assert_refused("[pages]\noperator_name = \"\"", ProblemKind::OutOfRange, "pages.operator_name");
    assert_refused(
        "[pages]\ndefault_language = \"klingon!\"",
        ProblemKind::NotAccepted,
        "pages.default_language",
    );
    assert_refused("[log]\nlevel = \"\"", ProblemKind::OutOfRange, "log.level");
    let config = config(
        "[log]\nformat = \"json\"\n[proxy]\nforwarded_header = \"forwarded\"\n[keys]\nsigning_algorithms = [\"EdDSA\"]",
    );
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.proxy.forwarded_header, ForwardedHeader::Forwarded);
    assert_eq!(config.keys.signing_algorithms, [SigningAlgorithm::EdDsa]);
}

#[test]
fn a_policy_names_a_profile_and_settings_that_differ_from_it() {
    assert_refused("[policy]\nprofile = \"lax\"", ProblemKind::NotAccepted, "policy.profile");
    assert_refused(
        "[policy.unique_codes]\nwindows = 5",
        ProblemKind::UnknownKey,
        "policy.unique_codes.windows",
    );
    let config = config("[policy]\nprofile = \"critical\"\n[ciba.policy.rate_limits]\nopen_requests = 7");
    let policy = crate::config::effective_policy(&config, Room::Ciba, None).unwrap().policy;
    assert_eq!((policy.rate_limits.open_requests, policy.rate_limits.cool_down), (7, 300));
    let other = crate::config::effective_policy(&config, Room::DeviceAuthorization, None).unwrap().policy;
    assert_eq!(other.rate_limits.open_requests, 1, "the flow's own settings are its own");
}

#[test]
fn contradicting_policies_are_refused_with_both_places() {
    let told = problem("[policy.rate_limits]\ncool_down = 700");
    assert_eq!((told.kind, told.key.as_str()), (ProblemKind::Contradiction, "policy.rate_limits.cool_down"));
    assert!(
        told.detail.contains("rate_limits.longest_cool_down of the profile `baseline`"),
        "{}",
        told.detail
    );
}

#[test]
fn limits_are_lifted_by_a_word_and_never_by_zero() {
    assert_refused(
        "[rate_limits.guess_address]\nburst = 0",
        ProblemKind::OutOfRange,
        "rate_limits.guess_address.burst",
    );
    assert_refused(
        "[rate_limits.guess_address]\nper_minute = 0",
        ProblemKind::OutOfRange,
        "rate_limits.guess_address.per_minute",
    );
    assert_refused(
        "[rate_limits]\nguess_address = \"none\"",
        ProblemKind::NotAccepted,
        "rate_limits.guess_address",
    );
    let loaded = loaded("[rate_limits]\nguess_address = \"off\"", &[]).unwrap();
    assert_eq!(loaded.config.rate_limits.guess_address, RateLimit::OFF);
    assert!(loaded.warnings.iter().any(|warning| warning.key == "rate_limits.guess_address"));
}

#[test]
fn a_limit_that_was_off_needs_both_numbers_again() {
    let folder = Folder::new();
    let first = folder.file("a.toml", &format!("{ISSUER}[rate_limits]\nguess_address = \"off\""));
    let second = folder.file("b.toml", "[rate_limits.guess_address]\nburst = 3");
    let found = load(&[first, second], pairs(&[])).unwrap_err().0;
    assert_eq!(
        (found[0].kind, found[0].key.as_str()),
        (ProblemKind::Missing, "rate_limits.guess_address.per_minute")
    );
}

#[test]
fn contradictions_are_found() {
    use ProblemKind::{Contradiction, Missing, NotAccepted, OutOfRange};
    for (toml, kind, key) in [
        ("[tls]\ncertificate_file = \"c\"", Missing, "tls.private_key_file"),
        ("[tls]\nprivate_key_file = \"k\"", Missing, "tls.certificate_file"),
        ("[listeners]\nadmin = \"127.0.0.1:8080\"", Contradiction, "listeners.admin"),
        ("[listeners]\nadmin = \"0.0.0.0:8080\"", Contradiction, "listeners.admin"),
        (
            "[tokens]\naccess_token_lifetime = 3600\nrefresh_token_lifetime = 300",
            Contradiction,
            "tokens.refresh_token_lifetime",
        ),
        ("[sessions]\nlifetime = 600\nidle_timeout = 601", Contradiction, "sessions.idle_timeout"),
        (
            "[device_authorization]\ncode_lifetime = 30\ninterval = 30",
            Contradiction,
            "device_authorization.interval",
        ),
        ("[keys]\nsigning_algorithms = []", OutOfRange, "keys.signing_algorithms"),
        ("[keys]\nsigning_algorithms = [\"ES256\", \"ES256\"]", NotAccepted, "keys.signing_algorithms"),
    ] {
        assert_refused(toml, kind, key);
    }
    let found = problems(
        "[tls]\ncertificate_file = \"c\"\nprivate_key_file = \"k\"",
        &[("TANDEM_ISSUER", "http://localhost")],
    );
    assert_eq!(
        found[0].to_string().split(':').next(),
        Some("`issuer` contradicts another setting in variable TANDEM_ISSUER")
    );
    assert!(loaded("[listeners]\nadmin = \"127.0.0.2:8080\"", &[]).is_ok());
    assert!(loaded("[listeners]\npublic = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"", &[]).is_ok());
}

#[test]
fn all_contradictions_are_reported_with_their_places() {
    let found =
        problems("[tls]\ncertificate_file = \"c\"\n[sessions]\nlifetime = 600\nidle_timeout = 601", &[]);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].place, None, "the missing key stands nowhere");
    assert!(matches!(found[1].place, Some(Provenance::File { line: 6, .. })), "{found:?}");
}

#[test]
fn scopes_need_words_in_the_default_language() {
    use ProblemKind::{Contradiction, Missing, NotAccepted, WrongType};
    for (toml, kind, key) in [
        ("photos = { ja = \"写真\" }", Missing, "scopes.photos.en"),
        ("photos = { en = \" \" }", NotAccepted, "scopes.photos.en"),
        ("photos = { en = \"Photos\", \"no language\" = \"x\" }", NotAccepted, "scopes.photos.no language"),
        ("\"my photos\" = { en = \"Photos\" }", NotAccepted, "scopes.my photos"),
        ("email = { en = \"Your address\" }", Contradiction, "scopes.email"),
        ("photos = \"See photos\"", WrongType, "scopes.photos"),
        ("photos = { en = 1 }", WrongType, "scopes.photos.en"),
    ] {
        assert_refused(&format!("[scopes]\n{toml}"), kind, key);
    }
    let config = config("[pages]\ndefault_language = \"ja\"\n[scopes]\nphotos = { ja = \"写真\" }");
    assert_eq!(config.scopes["photos"]["ja"], "写真");
}

#[test]
fn serving_needs_an_encryption_key() {
    let without = config("");
    let found = without.check_serve().unwrap_err().0;
    assert_eq!((found.len(), found[0].key.as_str()), (1, "keys.encryption_key"));
    let with = config("[keys]\nencryption_key = \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"");
    assert_eq!(with.check_serve(), Ok(()));
    let mut broken = without;
    broken.sessions.idle_timeout = broken.sessions.lifetime + 1;
    assert_eq!(broken.check_serve().unwrap_err().0.len(), 2, "all problems at once");
}

#[test]
fn doubtful_settings_are_warned_of() {
    let keys = |toml: &str| -> Vec<String> {
        loaded(toml, &[]).unwrap().warnings.into_iter().map(|warning| warning.key).collect()
    };
    let proxy = "[proxy]\ntrusted_proxies = [\"10.0.0.1\"]\n";
    assert_eq!(keys(""), ["proxy.trusted_proxies"]);
    assert!(keys(proxy).is_empty());
    assert!(keys("[tls]\ncertificate_file = \"c\"\nprivate_key_file = \"k\"").is_empty());
    assert_eq!(keys(&format!("{proxy}[listeners]\nadmin = \"0.0.0.0:8081\"")), ["listeners.admin"]);
    assert_eq!(keys(&format!("{proxy}[store]\nfsync_delay = 4")), ["store.fsync_delay"]);
}
