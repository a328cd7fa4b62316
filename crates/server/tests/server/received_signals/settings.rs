//! Which `[ssf_receiver]` is accepted?

use super::*;
use std::path::Path;
use tandem_core::shared_signals::received::{EffectKind, SubjectKind};
use tandem_server::config::{SsfReceiverMode, load};

fn loaded(folder: &Path, toml: &str) -> Result<Config, String> {
    let path = folder.join("tandem.toml");
    std::fs::write(&path, format!("issuer = \"{ISSUER}\"\n{toml}")).unwrap();
    load(&[path], std::iter::empty()).map(|loaded| loaded.config).map_err(|errors| errors.to_string())
}

const PLAIN: &str = "[[ssf_receiver.transmitters]]\nname = \"mdm\"\nissuer = \"https://mdm.example.net\"\n";
const KEYS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

#[test]
fn without_transmitters_nobody_sends() {
    let folder = tempfile::tempdir().unwrap();
    assert!(loaded(folder.path(), "").unwrap().ssf_receiver.transmitters.is_empty());
}

#[test]
fn keys_and_authorization_come_from_files_and_defaults_only_lower_trust() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mdm.jwks.json"), KEYS).unwrap();
    std::fs::write(folder.path().join("mdm.authorization"), "Bearer 5d41402abc4b2a76b9719d911017c592\n")
        .unwrap();
    let files = "jwks_file = \"mdm.jwks.json\"\nauthorization_file = \"mdm.authorization\"\n";
    let config = loaded(folder.path(), &format!("{PLAIN}{files}")).unwrap();
    let transmitter = &config.ssf_receiver.transmitters[0];
    assert_eq!(transmitter.jwks.as_ref().unwrap()["keys"].as_array().unwrap().len(), 1);
    let authorization = transmitter.authorization.as_ref().unwrap();
    assert_eq!(authorization.expose(), "Bearer 5d41402abc4b2a76b9719d911017c592");
    assert_eq!(format!("{authorization:?}"), "***");
    assert!(!format!("{:?}", config.ssf_receiver).contains("5d41402"));
    assert_eq!(transmitter.subjects, [SubjectKind::IssSub, SubjectKind::Email, SubjectKind::Opaque]);
    assert!(!transmitter.effects.contains(&EffectKind::RestoreCompliance));
    assert_eq!((transmitter.mode, transmitter.max_age), (SsfReceiverMode::Act, 604_800));
}

#[test]
fn settings_that_cannot_work_are_refused_where_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keys.json"), KEYS).unwrap();
    let keys = "jwks_file = \"keys.json\"\n";
    let private = r#"jwks = { keys = [{ kty = "OKP", crv = "Ed25519", x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", d = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" }] }"#;
    let twin = PLAIN.replace("mdm\"", "idp\"");
    for (toml, key) in [
        (PLAIN.to_owned(), "transmitters[0].jwks"),
        (format!("{PLAIN}{keys}jwks_uri = \"https://mdm.example.com/jwks\""), "transmitters[0].jwks_uri"),
        (format!("{PLAIN}jwks_uri = \"http://mdm.example.com/jwks\""), "transmitters[0].jwks_uri"),
        (format!("{PLAIN}{private}"), "transmitters[0].jwks"),
        (format!("{PLAIN}jwks = {{ keys = [] }}"), "transmitters[0].jwks"),
        (format!("{}{keys}", PLAIN.replace("\"mdm\"", "\"M D M\"")), "transmitters[0].name"),
        (format!("{}{keys}", PLAIN.replace("\"mdm\"", "\"../mdm\"")), "transmitters[0].name"),
        (format!("{}{keys}", PLAIN.replace("https://mdm.example.net", ISSUER)), "transmitters[0].issuer"),
        (format!("{PLAIN}{keys}{PLAIN}{keys}"), "transmitters[1].name"),
        (format!("{PLAIN}{keys}{twin}{keys}"), "transmitters[1].issuer"),
        (format!("{PLAIN}{keys}authorization = \"Bearer short\""), "transmitters[0].authorization"),
        (format!("{PLAIN}{keys}effects = [\"restore_compliance\"]"), "transmitters[0].effects"),
        (format!("{PLAIN}{keys}effects = [\"everything\"]"), "transmitters[0].effects"),
        (format!("{PLAIN}{keys}subjects = []"), "transmitters[0].subjects"),
        (format!("{PLAIN}{keys}mode = \"maybe\""), "transmitters[0].mode"),
        (format!("{PLAIN}{keys}max_age = 1"), "transmitters[0].max_age"),
    ] {
        let problem = loaded(folder.path(), &toml).expect_err(key);
        assert!(problem.contains(&format!("ssf_receiver.{key}")), "{key}: {problem}");
        assert!(!problem.contains("short"), "no secret is repeated");
    }
}
