//! Do secrets come from files, and do they stay hidden?

use super::*;
use crate::config::{EncryptionKey, EncryptionKeyRefusal, Secret};

const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const BASE64URL: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn key(config: &Config) -> [u8; 32] {
    *config.keys.encryption_key.as_ref().unwrap().expose()
}

#[test]
fn keys_are_read_in_both_notations() {
    let padded = format!("{BASE64URL}=");
    let upper = HEX.to_ascii_uppercase();
    for text in [HEX, BASE64URL, &padded, &upper] {
        let bytes = *EncryptionKey::parse(text).unwrap().expose();
        assert_eq!(bytes.to_vec(), (0..32).collect::<Vec<u8>>());
    }
}

#[test]
fn keys_of_another_size_or_notation_are_refused() {
    let long = format!("{HEX}00");
    let not_hex = HEX.replace('0', "g");
    for text in ["", "secret", &HEX[2..], &long, &not_hex, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+"] {
        assert_eq!(EncryptionKey::parse(text).err(), Some(EncryptionKeyRefusal::NotThirtyTwoBytes), "{text}");
    }
    assert_eq!(EncryptionKey::parse(&"0".repeat(64)).err(), Some(EncryptionKeyRefusal::Placeholder));
    assert_eq!(EncryptionKey::parse(&"A".repeat(43)).err(), Some(EncryptionKeyRefusal::Placeholder));
}

#[test]
fn a_wrong_key_is_refused_without_being_shown() {
    let found = problem("[keys]\nencryption_key = \"my very secret key\"");
    assert_eq!((found.kind, found.key.as_str()), (ProblemKind::NotAccepted, "keys.encryption_key"));
    assert!(!format!("{found} {found:?}").contains("very secret"));
    let found = problem("[[clients]]\nclient_id = \"k\"\nclient_secret = \"tooshort\"");
    assert_eq!((found.kind, found.key.as_str()), (ProblemKind::OutOfRange, "clients[0].client_secret"));
    assert!(!format!("{found} {found:?}").contains("tooshort"));
}

#[test]
fn a_key_of_digits_in_a_variable_stays_a_text() {
    let digits = "0123456789".repeat(6) + "1234";
    let config = loaded("", &[("TANDEM_KEYS__ENCRYPTION_KEY", &digits)]).unwrap().config;
    assert_eq!(key(&config)[0], 0x01);
}

#[test]
fn the_file_twin_holds_the_value_and_loses_one_line_break() {
    let folder = Folder::new();
    for end in ["", "\n", "\r\n"] {
        let file = folder.file("key", &format!("{HEX}{end}"));
        let config = loaded(&format!("[keys]\nencryption_key_file = {file:?}"), &[]).unwrap().config;
        assert_eq!(key(&config)[31], 31);
        assert_eq!(config.keys.encryption_key_file, Some(file));
    }
    let file = folder.file("key", &format!("{HEX}\n\n"));
    assert_refused(
        &format!("[keys]\nencryption_key_file = {file:?}"),
        ProblemKind::NotAccepted,
        "keys.encryption_key",
    );
}

#[test]
fn a_twin_variable_goes_over_the_inline_value_and_back() {
    let folder = Folder::new();
    let file = folder.file("key", BASE64URL);
    let file = file.to_str().unwrap();
    let other = HEX.replace("1f", "ff");
    let toml = format!("[keys]\nencryption_key = \"{other}\"");
    let config = loaded(&toml, &[("TANDEM_KEYS__ENCRYPTION_KEY_FILE", file)]).unwrap().config;
    assert_eq!(key(&config)[31], 31);
    let toml = format!("[keys]\nencryption_key_file = \"{file}\"");
    let loaded = loaded(&toml, &[("TANDEM_KEYS__ENCRYPTION_KEY", &other)]).unwrap();
    assert_eq!(key(&loaded.config)[31], 255);
    assert_eq!(loaded.config.keys.encryption_key_file, None);
}

#[test]
fn both_twins_in_one_place_contradict() {
    let folder = Folder::new();
    let file = folder.file("key", HEX);
    let toml = format!("[keys]\nencryption_key = \"{HEX}\"\nencryption_key_file = {file:?}");
    assert_refused(&toml, ProblemKind::Contradiction, "keys.encryption_key");
}

#[test]
fn files_that_cannot_be_read_or_are_too_large_are_refused() {
    assert_refused(
        "[keys]\nencryption_key_file = \"nowhere\"",
        ProblemKind::NotAccepted,
        "keys.encryption_key_file",
    );
    assert_refused(
        "[keys]\nencryption_key_file = \"\"",
        ProblemKind::NotAccepted,
        "keys.encryption_key_file",
    );
    let folder = Folder::new();
    let file = folder.file("key", &"0".repeat(262_145));
    assert_refused(
        &format!("[keys]\nencryption_key_file = {file:?}"),
        ProblemKind::NotAccepted,
        "keys.encryption_key_file",
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let file = folder.file("key", HEX);
    let toml = format!("[keys]\nencryption_key_file = {file:?}\n[proxy]\ntrusted_proxies = [\"10.0.0.1\"]");
    let warnings = |mode| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        loaded(&toml, &[]).unwrap().warnings
    };
    assert_eq!(warnings(0o600), []);
    for mode in [0o640, 0o604, 0o644] {
        let found = warnings(mode);
        assert_eq!(found.len(), 1, "{mode:o}");
        assert_eq!(found[0].key, "keys.encryption_key_file");
    }
}

#[test]
fn client_secrets_and_key_sets_come_from_files() {
    let folder = Folder::new();
    let secret = folder.file("secret", "kiosk-demo-secret\n");
    let jwks = folder.file("jwks", r#"{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b","x5t":1}]}"#);
    let config = config(&format!(
        "[[clients]]\nclient_id = \"k\"\nclient_secret_file = {secret:?}\n\
         [[clients]]\nclient_id = \"j\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\njwks_file = {jwks:?}"
    ));
    assert_eq!(config.clients[0].client_secret.as_ref().unwrap().expose(), "kiosk-demo-secret");
    assert_eq!(config.clients[1].jwks.as_ref().unwrap()["keys"][0]["x5t"], 1);
}

#[test]
fn a_key_set_file_that_is_no_json_object_is_refused() {
    let folder = Folder::new();
    for text in ["[]", "{", "", r#"{"keys":null}"#] {
        let jwks = folder.file("jwks", text);
        let toml = format!(
            "[[clients]]\nclient_id = \"j\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\njwks_file = {jwks:?}"
        );
        let found = problem(&toml);
        assert!(found.key == "clients[0].jwks_file" || found.key == "clients[0].jwks", "{text}: {found}");
    }
}

#[test]
fn secrets_are_masked_wherever_they_are_shown() {
    let loaded = loaded(
        &format!("[keys]\nencryption_key = \"{HEX}\"\n[[clients]]\nclient_id = \"k\"\nclient_secret = \"kiosk-demo-secret\""),
        &[],
    )
    .unwrap();
    let json = serde_json::to_string(&loaded.config).unwrap();
    let shown = format!("{loaded:?} {json} {:?}", loaded.entries());
    assert!(!shown.contains(HEX) && !shown.contains("kiosk-demo-secret"), "{shown}");
    let entries = loaded.entries();
    let entry = entries.iter().find(|entry| entry.key == "keys.encryption_key").unwrap();
    assert_eq!(entry.value, "\"***\"");
    assert!(entry.to_string().starts_with("keys.encryption_key = \"***\"  # "), "{entry}");
    assert!(entry.provenance.to_string().ends_with("tandem.toml:3:1"), "{}", entry.provenance);
    let entry = entries.iter().find(|entry| entry.key == "clients[0].client_secret").unwrap();
    assert!(entry.provenance.to_string().ends_with("tandem.toml:6:1"), "{}", entry.provenance);
    let secret = Secret::new("hidden".to_owned());
    assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    assert_eq!(secret.expose(), "hidden");
}
