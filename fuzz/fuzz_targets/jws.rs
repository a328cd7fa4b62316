//! Can any bytes crash the JWS and JWK parsers, or pass for a signed token?
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tandem_core::jose::jws::{Audience, Expected, LEEWAY, Lifetime, MAX_LEN, Typ};
use tandem_core::jose::{Algorithm, Jwk, JwkSet, Jws};
use tandem_core::oauth::client_assertion::Assertion;
use tandem_core::time::Timestamp;

const KEYS: &str = r#"{"keys":[
  {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
  {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
]}"#;

fn read(keys: &JwkSet, compact: &str) {
    if let Ok(assertion) = Assertion::parse(compact) {
        let _ = assertion.client_id();
    }
    let Ok(jws) = Jws::parse(compact, MAX_LEN) else { return };
    let expected = Expected {
        typ: Typ::OneOfOrAbsent(&["JWT"]),
        algorithms: &Algorithm::ALL,
        issuer: None,
        audience: Audience::OneOf(&["joe"]),
        lifetime: Lifetime::UntilExp,
        leeway: LEEWAY,
        now: Timestamp::from_secs(1_300_000_000),
    };
    assert!(jws.verify::<Value>(keys, &expected).is_err(), "nobody signed this");
}

fuzz_target!(|data: &[u8]| {
    let keys: JwkSet = serde_json::from_str(KEYS).expect("two public keys");
    let Ok(text) = std::str::from_utf8(data) else { return };
    read(&keys, text);
    // Lines become parts, so that the JSON layer is reached without guessing base64url.
    let parts: Vec<String> = text.splitn(3, '\n').map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
    read(&keys, &parts.join("."));
    if let Ok(json) = serde_json::from_str::<Value>(text) {
        let _ = JwkSet::parse(&json);
        if let Ok(key) = Jwk::parse(&json) {
            assert_eq!(Jwk::parse(&key.to_json()), Ok(key));
        }
    }
});
