//! Does `tandem device` look after consumption devices, also beside a running server?

use crate::support::{Answer, Home, Server, eventually, post};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const DEMAND: &str = "[policy.trusted_devices]\ndemand = \"known\"\n";
const JKT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn jwk(&self) -> Value {
        let point = self.0.public_key().as_ref();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "kty": "EC", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..65]) })
    }

    fn assertion(&self, id: &str, jti: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let header = json!({ "alg": "ES256", "typ": "tandem-device+jwt" });
        let claims = json!({
            "iss": id, "sub": "tv", "aud": "http://localhost:8080", "iat": now, "exp": now + 60, "jti": jti,
        });
        let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", text(&header), text(&claims));
        let signature = self.0.sign(&SystemRandom::new(), input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn ask(server: &Server, assertion: &str) -> Answer {
    let form = format!("client_id=tv&scope=openid&tandem_device_assertion={assertion}");
    post(server.public, "/device_authorization", &form)
}

#[test]
fn a_device_is_added_shown_and_revoked() {
    let home = Home::new();
    home.run(&["device", "add", "--client", "tv", "--jkt", JKT]).expect(1).says(&["no client tv"]);
    home.run(&["client", "add", "tv", "--public"]).expect(0);
    let add = ["device", "add", "--client", "tv", "--id", "tv-1", "--name", "Lobby, left", "--kind", "kiosk"];
    home.run(&[&add[..], &["--jkt", JKT]].concat()).expect(0).says(&["tv-1"]);
    home.run(&[&add[..], &["--jkt", JKT]].concat()).expect(1).says(&["registered before"]);
    let shown = home.run(&["device", "show", "tv-1", "--json"]).expect(0).json();
    assert_eq!((&shown["kind"], &shown["jkt"]), (&json!("kiosk"), &json!(JKT)), "{shown}");
    assert_eq!((&shown["compliance"], &shown["revoked_at"]), (&json!("unknown"), &json!(null)), "{shown}");
    home.run(&["device", "compliance", "tv-1", "not_compliant"]).expect(0);
    let listed = home.run(&["device", "list"]).expect(0).out;
    assert!(listed.contains("Lobby, left") && listed.contains("not_compliant"), "{listed}");
    home.run(&["device", "revoke", "tv-1"]).expect(0).says(&["0 grants"]);
    home.run(&["device", "revoke", "tv-1"]).expect(1).says(&["revoked before"]);
    assert!(!home.run(&["device", "show", "tv-1", "--json"]).expect(0).json()["revoked_at"].is_null());
    let events = home.run(&["events"]).expect(0).out;
    for kind in ["trusted_device_added", "trusted_device_compliance", "trusted_device_revoked"] {
        assert!(events.contains(kind), "{kind}: {events}");
    }
    for nobody in [["device", "revoke", "tv-9"], ["device", "show", "tv-9"]] {
        home.run(&nobody).expect(1).says(&["no device tv-9"]);
    }
    home.run(&["device", "compliance", "tv-9", "compliant"]).expect(1).says(&["no device tv-9"]);
}

#[test]
fn what_is_no_device_is_refused() {
    let home = Home::new();
    home.run(&["client", "add", "tv", "--public"]).expect(0);
    let add = |more: &[&str]| home.run(&[&["device", "add", "--client", "tv"][..], more].concat());
    add(&[]).expect(2);
    add(&["--jkt", "short"]).expect(2).says(&["--jkt"]);
    add(&["--jkt", JKT, "--id", "a b"]).expect(2).says(&["--id"]);
    add(&["--jkt", JKT, "--id", JKT]).expect(2).says(&["--id"]);
    add(&["--jkt", JKT, "--kind", "toaster"]).expect(2);
    home.write_key("private.jwk", r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}"#);
    add(&["--key-file", "private.jwk"]).expect(2).says(&["private member"]);
    add(&["--certificate", "private.jwk"]).expect(2).says(&["--certificate"]);
    add(&["--key-file", "nowhere"]).expect(1).says(&["nowhere"]);
    assert_eq!(home.run(&["device", "list", "--json"]).expect(0).json(), json!([]));
}

/// R6.7a, R6.7b: against the running program.
#[test]
fn a_running_server_hears_of_devices() {
    let home = Home::with(DEMAND);
    let key = Key::new();
    home.run(&["client", "add", "tv", "--public"]).expect(0);
    home.write_key("tv.jwk", &key.jwk().to_string());
    let server = home.serve();
    let refused = ask(&server, &key.assertion("tv-1", "before"));
    assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("invalid_request")));
    home.run(&["device", "add", "--client", "tv", "--id", "tv-1", "--key-file", "tv.jwk"]).expect(0);
    let turn = std::cell::Cell::new(0);
    let fresh = || {
        turn.set(turn.get() + 1);
        key.assertion("tv-1", &format!("{}", turn.get()))
    };
    let answer = eventually(|| ask(&server, &fresh()), |answer| answer.status != 400);
    assert_eq!(answer.status, 200, "{answer:#?}");
    let code = answer.json()["device_code"].as_str().unwrap().to_owned();
    home.run(&["device", "revoke", "tv-1"]).expect(0);
    let answer = eventually(|| ask(&server, &fresh()), |answer| answer.status == 400);
    assert_eq!(answer.json()["error"], "access_denied", "{answer:#?}");
    let form =
        format!("grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=tv&device_code={code}");
    let poll = || post(server.public, "/token", &format!("{form}&tandem_device_assertion={}", fresh()));
    assert_eq!(poll().json()["error"], "access_denied");
    let ended = || home.run(&["events"]).expect(0).out;
    eventually(ended, |events| events.contains("request_of_revoked_device_ended"));
}
