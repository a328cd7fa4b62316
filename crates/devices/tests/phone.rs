//! Is `tandem-device phone` a phone that one can trust: what it sends, signs, refuses, keeps, and asks a person?

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test"
)]

mod loopback;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use loopback::{Move, Server, ok, text};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tandem_core::jose::jws::{Audience, Expected, LEEWAY, Lifetime, MAX_LEN, Typ};
use tandem_core::jose::{Algorithm, Jwk, Jws};
use tandem_core::time::Timestamp;
use tandem_devices::phone::pin::Pin;

const PIN: &str = "2468";
static HASH: OnceLock<Pin> = OnceLock::new();

/// What the server shows, in a form that no JSON library would write: only what is passed on untouched stays so.
const SHOWN: &str = r#"{"scope":"openid cards","client_name":"B\u00e4nk", "crossing":"r1","client_id":"call-center",
    "binding_message":"Call 4711","authorization_details":[{"type":"payment","amount":12.50,"big":1e2,"n":12345678901234567890123}] }"#;

#[expect(clippy::disallowed_methods, reason = "the program reads the same clock")]
fn now() -> Timestamp {
    Timestamp::from_secs(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs())
}

fn request_text(id: &str, number: &str) -> String {
    let (asked, end) = (now().as_secs() - 12, now().as_secs() + 100);
    format!(
        r#"{{"id":"{id}","shown":{SHOWN},"initiated_at":{asked},"expires_at":{end},"address":"203.0.113.7",
        "how":"login_hint","scope":[{{"name":"cards","words":"see your cards"}},{{"name":"openid","words":null}}],
        "details":["Pay 12.50"],"verified":true,"number":{number},"user_verification_required":true,"later":1}}"#
    )
}

fn raw(text: &str) -> Move {
    Move::Answer("200 OK", vec![], text.as_bytes().to_vec())
}

fn request(number: &str) -> Move {
    raw(&request_text("r1", number))
}

fn list(ids: &[&str]) -> Move {
    let all: Vec<_> = ids.iter().map(|id| request_text(id, "null")).collect();
    raw(&format!(r#"{{"requests":[{}]}}"#, all.join(",")))
}

fn refusal(status: &'static str, code: &str) -> Move {
    let body = json!({"error": code, "error_description": "because"}).to_string();
    Move::Answer(status, vec![], body.into_bytes())
}

fn metadata(issuer: &str) -> Move {
    ok(&json!({
        "issuer": issuer, "token_endpoint": format!("{issuer}/token"),
        "tandem_authorization_device_endpoint": format!("{issuer}/authorization-device"),
    }))
}

/// A registered device in a folder of its own.
struct Phone {
    folder: tempfile::TempDir,
    issuer: String,
}

impl Phone {
    /// One whose server gives these answers.
    fn new(script: impl FnOnce(&str) -> Vec<Move>) -> (Self, Server) {
        let server = Server::start(script);
        let phone = Self { folder: tempfile::tempdir().unwrap(), issuer: server.issuer.clone() };
        phone.write_file();
        (phone, server)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("phone.json")
    }

    /// The file as a registration leaves it, without a server that would have to answer one.
    fn write_file(&self) {
        use tandem_devices::dpop::Prover;
        use tandem_devices::phone::device::{Device, Registered};
        let registered = Registered {
            issuer: self.issuer.clone(),
            endpoint: format!("{}/authorization-device", self.issuer).parse().unwrap(),
            username: "alice".to_owned(),
            name: "Laptop".to_owned(),
        };
        // A slow hash by design, so once for all.
        let pin = HASH.get_or_init(|| Pin::choose(PIN, [7; 32]).unwrap()).clone();
        let device = Device::new(registered, &Prover::generate().unwrap(), pin).unwrap();
        fs::write(self.file(), serde_json::to_string(&device).unwrap()).unwrap();
        fs::set_permissions(self.file(), fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn state(&self) -> Value {
        serde_json::from_slice(&fs::read(self.file()).unwrap()).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem-device"));
        command.arg("phone").args(arguments).env("TANDEM_DEVICE_PHONE", self.file());
        command.env_remove("TANDEM_DEVICE_PIN").stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs with these lines on standard input.
    fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

/// The head and body of a request, its method and path, and its checked proof.
struct Call {
    line: String,
    body: String,
    jwk: Jwk,
    proof: Value,
}

impl Call {
    fn read(request: &str) -> Self {
        let head_end = request.rfind("\r\n").unwrap();
        let (head, body) = (&request[..head_end], &request[head_end + 2..]);
        let jwt = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().starts_with("dpop:").then(|| line[5..].trim()))
            .unwrap();
        let part = |at: usize| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(at).unwrap()).unwrap()).unwrap()
        };
        let jwk = Jwk::parse(&part(0)["jwk"]).unwrap();
        let (signed, signature) = jwt.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        jwk.verify(Algorithm::ES256, signed.as_bytes(), &signature).unwrap();
        let line = head.lines().next().unwrap().replace(" HTTP/1.1", "");
        Self { line, body: body.to_owned(), jwk, proof: part(1) }
    }

    /// The claims of the decision in the body, verified with the key of the proof, and the text of its payload.
    fn decision(&self, issuer: &str) -> (Value, String) {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        let jws = body["decision"].as_str().unwrap();
        let device_id = self.jwk.thumbprint().to_string();
        let expected = Expected {
            typ: Typ::OneOf(&["tandem-decision+jwt"]),
            algorithms: &[Algorithm::ES256],
            issuer: Some(&device_id),
            audience: Audience::ExactlyString(issuer),
            lifetime: Lifetime::ExpWithin(Duration::from_mins(5)),
            leeway: LEEWAY,
            now: now(),
        };
        let parsed = Jws::parse(jws, MAX_LEN).unwrap();
        assert_eq!(parsed.kid().map(tandem_core::jose::Unverified::peek), Some(device_id.as_str()));
        let claims = parsed.verify_with_key(&self.jwk, &expected).unwrap();
        let payload = URL_SAFE_NO_PAD.decode(jws.split('.').nth(1).unwrap()).unwrap();
        (claims, String::from_utf8(payload).unwrap())
    }
}

fn calls(server: &Server, count: usize) -> Vec<Call> {
    server.requests.iter().take(count).map(|request| Call::read(&request)).collect()
}

fn outcome(word: &str) -> Move {
    ok(&json!({"outcome": word}))
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

// Registering.

fn register(answer: impl FnOnce(&str) -> Move) -> (Output, tempfile::TempDir, Server) {
    register_with(answer, &["--pin-file"])
}

type Answer = Box<dyn FnOnce(&str) -> Move>;

/// Registers at a server that answers without having seen the key.
fn register_with(answer: impl FnOnce(&str) -> Move, more: &[&str]) -> (Output, tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let pin = folder.path().join("pin");
    fs::write(&pin, PIN).unwrap();
    fs::set_permissions(&pin, fs::Permissions::from_mode(0o600)).unwrap();
    let server = Server::start(|issuer| vec![metadata(issuer), answer(issuer), outcome("x")]);
    let link = format!("{}/authorization-device/register?code=the-code", server.issuer);
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem-device"));
    command.args(["phone", "register", &link, "--name", "B\u{fc}ro"]);
    for option in more {
        command.arg(option);
        if *option == "--pin-file" {
            command.arg(&pin);
        }
    }
    command.env("XDG_CONFIG_HOME", folder.path().join("config")).stdin(Stdio::null());
    command.env_remove("TANDEM_DEVICE_PIN").env_remove("TANDEM_DEVICE_PHONE");
    (command.output().unwrap(), folder, server)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_registration_proves_its_key_and_leaves_one_private_file() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_answering(|issuer, number, request| match number {
        0 => metadata(issuer),
        1 => {
            let mut nonce = refusal("400 Bad Request", "use_dpop_nonce");
            if let Move::Answer(_, headers, _) = &mut nonce {
                headers.push(("DPoP-Nonce", "n1".to_owned()));
            }
            nonce
        }
        _ => {
            let device_id = Call::read(request).jwk.thumbprint().to_string();
            let body =
                json!({"device_id": device_id, "name": "B\u{fc}ro", "username": "alice", "issuer": issuer});
            Move::Answer("201 Created", vec![], body.to_string().into_bytes())
        }
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem-device"));
    command.args([
        "phone",
        "register",
        "the-code",
        "--issuer",
        &server.issuer,
        "--name",
        "B\u{fc}ro",
        "--json",
    ]);
    command.env("XDG_CONFIG_HOME", folder.path()).env("TANDEM_DEVICE_PIN", PIN).stdin(Stdio::null());
    let output = command.env_remove("TANDEM_DEVICE_PHONE").output().unwrap();
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let file = folder.path().join("tandem-device/phone.json");
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    let kept = fs::read_to_string(&file).unwrap();
    assert!(!kept.contains(PIN) && kept.contains("PBKDF2"), "{kept}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["username"], &told["file"]), (&json!("alice"), &json!(file)));
    server.requests.recv().unwrap();
    let calls = calls(&server, 2);
    assert_eq!(told["device_id"], calls[1].jwk.thumbprint().to_string());
    for call in &calls {
        assert_eq!(call.line, "POST /authorization-device/register");
        assert_eq!(
            serde_json::from_str::<Value>(&call.body).unwrap(),
            json!({"registration_code": "the-code", "name": "B\u{fc}ro"})
        );
        assert_eq!(call.proof["htu"], format!("{}/authorization-device/register", server.issuer));
    }
    assert_eq!((&calls[0].proof["nonce"], &calls[1].proof["nonce"]), (&Value::Null, &json!("n1")));
    assert_ne!(calls[0].proof["jti"], calls[1].proof["jti"]);
    // A second device does not take the place of the first.
    let before = fs::read(&file).unwrap();
    let output = command.output().unwrap();
    assert_eq!((code(&output), fs::read(&file).unwrap()), (1, before), "{}", text(&output.stderr));
}

#[test]
fn a_registration_that_the_server_refuses_or_garbles_leaves_no_file() {
    let created = |body: Value| Move::Answer("201 Created", vec![], body.to_string().into_bytes());
    let answers: [Answer; 7] = [
        Box::new(|_| refusal("400 Bad Request", "invalid_grant")),
        Box::new(move |issuer| {
            created(json!({"device_id": "another", "name": "x", "username": "alice", "issuer": issuer}))
        }),
        Box::new(move |_| created(json!([]))),
        Box::new(|_| Move::Answer("201 Created", vec![], b"<html>".to_vec())),
        Box::new(|_| Move::Answer("201 Created", vec![], vec![b' '; (1 << 20) + 1])),
        Box::new(|issuer| Move::Answer("302 Found", vec![("Location", format!("{issuer}/x"))], vec![])),
        Box::new(|_| refusal("503 Service Unavailable", "temporarily_unavailable")),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        let (output, folder, _server) = register(answer);
        let expected = if number == 6 { 5 } else { 1 };
        assert_eq!(code(&output), expected, "case {number}: {}", text(&output.stderr));
        assert!(!folder.path().join("config/tandem-device/phone.json").exists(), "case {number}");
        assert_eq!(text(&output.stdout), "");
    }
    let (output, ..) = register_with(|_| outcome("x"), &[]);
    assert_eq!(code(&output), 2, "without a PIN nothing is registered: {}", text(&output.stderr));
}

// Looking.

#[test]
fn list_and_show_say_what_the_server_says_and_json_passes_it_on() {
    let (phone, server) =
        Phone::new(|_| vec![list(&["r1", "r2"]), list(&[]), request("null"), request("null")]);
    let output = phone.run(&["list"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let lines: Vec<_> = text(&output.stdout).lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("r1  B\u{e4}nk  \"Call 4711\"  1:"), "{}", lines[0]);
    assert_eq!(text(&phone.run(&["list", "--json"]).stdout), "{\"requests\":[]}\n");
    let output = phone.run(&["show", "r1"]);
    for part in
        ["B\u{e4}nk asks", "call-center (verified", "Pay 12.50", "see your cards (cards)", "203.0.113.7"]
    {
        assert!(text(&output.stdout).contains(part), "{part} in {}", text(&output.stdout));
    }
    let output = phone.run(&["--json", "show", "r1"]);
    assert!(text(&output.stdout).contains(&SHOWN.replace('\n', " ")), "{}", text(&output.stdout));
    let calls = calls(&server, 4);
    let lines: Vec<_> =
        calls.iter().map(|call| (call.line.as_str(), call.proof["htm"].as_str().unwrap())).collect();
    assert_eq!(lines[0], ("GET /authorization-device/requests", "GET"));
    assert_eq!(lines[2], ("GET /authorization-device/requests/r1", "GET"));
    assert_eq!(phone.state()["device_id"], calls[0].jwk.thumbprint().to_string());
}

#[test]
fn each_refusal_of_the_server_has_its_exit_code() {
    let ends: [(Move, i32); 10] = [
        (refusal("401 Unauthorized", "invalid_token"), 1),
        (refusal("400 Bad Request", "invalid_dpop_proof"), 1),
        (refusal("400 Bad Request", "use_dpop_nonce"), 1),
        (refusal("404 Not Found", "invalid_request"), 4),
        (refusal("400 Bad Request", "expired_token"), 4),
        (refusal("400 Bad Request", "invalid_grant"), 4),
        (refusal("503 Service Unavailable", "temporarily_unavailable"), 5),
        (Move::Answer("302 Found", vec![("Location", "http://127.0.0.1:1/".to_owned())], vec![]), 1),
        (raw("<html>"), 1),
        (raw(&request_text("another", "null")), 1),
    ];
    for (number, (end, expected)) in ends.into_iter().enumerate() {
        let (phone, _server) = Phone::new(|_| vec![end]);
        let output = phone.run(&["deny", "r1", "--json"]);
        assert_eq!(code(&output), expected, "case {number}: {}", text(&output.stderr));
        let told: Value = serde_json::from_str(text(&output.stderr)).unwrap();
        assert_eq!((&told["event"], &told["exit_code"]), (&json!("failed"), &json!(expected)));
    }
    let (phone, server) = Phone::new(|_| vec![]);
    for id in ["", "..", "a/b", "r1?x=1", "r 1", "%2e%2e", &"a".repeat(129)] {
        assert_eq!(code(&phone.run(&["show", "--", id])), 2, "{id}");
    }
    assert!(server.requests.try_recv().is_err());
}

// Answering.

#[test]
fn approve_signs_exactly_what_was_shown_after_the_pin_and_a_typed_yes() {
    let (phone, server) = Phone::new(|_| vec![request("null"), outcome("approved")]);
    let output = phone.run_with(&["approve", "r1"], &format!("{PIN}\nyes\n"));
    assert_eq!((code(&output), text(&output.stdout)), (0, "Approved.\n"), "{}", text(&output.stderr));
    for part in ["B\u{e4}nk asks", "Pay 12.50", "Type yes to allow this to B\u{e4}nk"] {
        assert!(text(&output.stderr).contains(part), "{part} in {}", text(&output.stderr));
    }
    let calls = calls(&server, 2);
    assert_eq!(calls[1].line, "POST /authorization-device/requests/r1/decision");
    let (mut claims, payload) = calls[1].decision(&phone.issuer);
    assert!(payload.contains(&format!(r#""shown":{SHOWN}"#)), "{payload}");
    let members = claims.as_object_mut().unwrap();
    let lifetime = members["exp"].as_u64().unwrap() - members["iat"].as_u64().unwrap();
    assert!(lifetime <= 300, "{lifetime}");
    assert_eq!(URL_SAFE_NO_PAD.decode(members["jti"].as_str().unwrap()).unwrap().len(), 32);
    for name in ["iss", "aud", "iat", "exp", "jti", "shown"] {
        members.remove(name).unwrap();
    }
    assert_eq!(claims, json!({"decision": "approve", "user_verification": "pin"}));
    assert_eq!((&phone.state()["pin"]["wrong"], mode(&phone.file())), (&json!(0), 0o600));
}

#[test]
fn a_no_needs_no_pin_and_is_signed_too() {
    for (command, decision, word) in [("deny", "deny", "denied"), ("report", "report", "reported")] {
        let (phone, server) = Phone::new(|_| vec![request(r#"{"choices":["17","42","93"]}"#), outcome(word)]);
        let output = phone.run(&[command, "r1", "--json"]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        assert_eq!(
            serde_json::from_slice::<Value>(&output.stdout).unwrap(),
            json!({"id": "r1", "outcome": word})
        );
        let (claims, payload) = calls(&server, 2)[1].decision(&phone.issuer);
        assert_eq!((&claims["decision"], &claims["user_verification"]), (&json!(decision), &json!("none")));
        assert!(claims.get("number").is_none() && payload.contains(SHOWN));
    }
}

#[test]
fn number_matching_is_asked_given_or_refused_and_never_guessed() {
    let choices = r#"{"choices":["17","42","93"]}"#;
    for (matching, options, input, number) in [
        (choices, &["--number", "42"][..], format!("{PIN}\nyes\n"), "42"),
        (choices, &[], format!(" 93 \n{PIN}\nyes\n"), "93"),
        (r#"{"choices":[]}"#, &[], format!("55\n{PIN}\nyes\n"), "55"),
        ("{}", &["--number", "55"], format!("{PIN}\nyes\n"), "55"),
    ] {
        let (phone, server) = Phone::new(|_| vec![request(matching), outcome("approved")]);
        let output = phone.run_with(&[&["approve", "r1"], options].concat(), &input);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        assert_eq!(calls(&server, 2)[1].decision(&phone.issuer).0["number"], number);
    }
    for (matching, options, input, expected) in [
        (choices, &["--number", "43"][..], "", 3),
        (choices, &[], "43\n", 3),
        (choices, &[], "", 3),
        (r#"{"choices":[]}"#, &["--number", "4x"], "", 3),
        (r#"{"choices":["4x"]}"#, &["--number", "4x"], "", 3),
        ("null", &["--number", "42"], "", 2),
    ] {
        let (phone, server) = Phone::new(|_| vec![request(matching), outcome("approved")]);
        let output = phone.run_with(&[&["approve", "r1"], options].concat(), input);
        assert_eq!(code(&output), expected, "{}", text(&output.stderr));
        assert_eq!(server.requests.try_iter().count(), 1, "nothing is sent");
    }
}

/// A request with more members.
fn request_with(more: &str) -> Move {
    raw(&request_text("r1", "null").replacen("\"later\":1", more, 1))
}

/// R6.17: what was typed on the other device is confirmed or typed, signed, and never guessed.
#[test]
fn what_was_typed_elsewhere_is_confirmed_or_typed_and_signed() {
    let confirm = r#""binding":{"label":"Seat","answer":"confirm","text":"14C"}"#;
    let typed = r#""binding":{"label":"","answer":"type"}"#;
    for (asked, options, input) in [
        (confirm, &[][..], format!("yes\n{PIN}\nyes\n")),
        (confirm, &["--binding", "14C"], format!("{PIN}\nyes\n")),
        (typed, &[], format!(" 14C \n{PIN}\nyes\n")),
        (typed, &["--binding", "14C"], format!("{PIN}\nyes\n")),
    ] {
        let (phone, server) = Phone::new(|_| vec![request_with(asked), outcome("approved")]);
        let output = phone.run_with(&[&["approve", "r1"], options].concat(), &input);
        assert_eq!(code(&output), 0, "{asked}: {}", text(&output.stderr));
        assert_eq!(calls(&server, 2)[1].decision(&phone.issuer).0["binding"], "14C");
    }
    for (asked, options, input, expected) in [
        (confirm, &[][..], format!("no\n{PIN}\nyes\n"), 3),
        (confirm, &[], String::new(), 3),
        (typed, &[], format!("\n{PIN}\nyes\n"), 3),
        (r#""later":1"#, &["--binding", "14C"], String::new(), 2),
    ] {
        let (phone, server) = Phone::new(|_| vec![request_with(asked), outcome("approved")]);
        let output = phone.run_with(&[&["approve", "r1"], options].concat(), &input);
        assert_eq!(code(&output), expected, "{asked}: {}", text(&output.stderr));
        assert_eq!(server.requests.try_iter().count(), 1, "nothing is sent");
    }
}

/// R6.13a: the warning is shown before anything else, and only who started this goes on.
#[test]
fn the_warning_is_shown_and_signed_as_read() {
    let warning = r#""warning":{"when":"At a till.","never":"On a call.","scam":"A call comes."}"#;
    let (phone, server) = Phone::new(|_| vec![request_with(warning), outcome("approved")]);
    let output = phone.run_with(&["approve", "r1"], &format!("Started\n{PIN}\nyes\n"));
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(
        text(&output.stderr).contains("What a scam looks like: A call comes."),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(calls(&server, 2)[1].decision(&phone.issuer).0["warning"], "read");
    for input in [String::new(), format!("yes\n{PIN}\nyes\n"), format!("\n{PIN}\nyes\n")] {
        let (phone, server) = Phone::new(|_| vec![request_with(warning), outcome("approved")]);
        assert_eq!(code(&phone.run_with(&["approve", "r1"], &input)), 3, "{input:?}");
        assert_eq!(server.requests.try_iter().count(), 1, "nothing is sent");
    }
    // A no needs no reading, and says nothing of it.
    let (phone, server) = Phone::new(|_| vec![request_with(warning), outcome("reported")]);
    assert_eq!(code(&phone.run(&["report", "r1"])), 0);
    assert!(calls(&server, 2)[1].decision(&phone.issuer).0.get("warning").is_none());
}

/// R6.16b: the PIN comes with a word on where it belongs, and how to report one that nobody expected.
#[test]
fn a_pin_is_shown_with_what_to_do_if_it_was_not_expected() {
    let approved = || ok(&json!({"outcome": "approved", "pin": "123 456"}));
    let (phone, _server) = Phone::new(|_| vec![request("null"), approved()]);
    let output = phone.run_with(&["approve", "r1"], &format!("{PIN}\nyes\n"));
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    for part in ["Approved.", "PIN: 123 456", "nowhere else", "tandem-device phone report r1"] {
        assert!(text(&output.stdout).contains(part), "{part} in {}", text(&output.stdout));
    }
    let (phone, _server) = Phone::new(|_| vec![request("null"), approved()]);
    let output = phone.run_with(&["approve", "r1", "--json"], &format!("{PIN}\nyes\n"));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told, json!({"id": "r1", "outcome": "approved", "pin": "123 456"}));
}

/// R6.1b: what the server refuses can be denied, and nothing else.
#[test]
fn what_the_server_refuses_is_not_even_asked() {
    let refused = || request_with(r#""refused":"the devices are not near each other""#);
    let (phone, server) = Phone::new(|_| vec![refused(), outcome("approved")]);
    let output = phone.run_with(&["approve", "r1"], &format!("{PIN}\nyes\n"));
    assert_eq!(code(&output), 3);
    assert!(text(&output.stderr).contains("not near each other. Deny it"), "{}", text(&output.stderr));
    assert_eq!(server.requests.try_iter().count(), 1, "nothing is sent");
    let (phone, _server) = Phone::new(|_| vec![refused(), outcome("denied")]);
    assert_eq!(code(&phone.run(&["deny", "r1"])), 0);
}

#[test]
fn without_pin_or_yes_nothing_is_sent() {
    for input in [
        String::new(),
        "1111\n".to_owned(),
        format!("{PIN}\n"),
        format!("{PIN}\nno\n"),
        format!("{PIN}\ny\n"),
        format!("{PIN}\n\n"),
        "yes\nyes\n".to_owned(),
    ] {
        let (phone, server) = Phone::new(|_| vec![request("null"), outcome("approved")]);
        let output = phone.run_with(&["approve", "r1"], &input);
        assert_eq!((code(&output), text(&output.stdout)), (3, ""), "{input:?}: {}", text(&output.stderr));
        assert_eq!(server.requests.try_iter().count(), 1, "{input:?}");
    }
}

#[test]
fn three_wrong_pins_close_the_way_to_yes_for_every_later_command_but_not_to_no() {
    let (phone, server) = Phone::new(|_| {
        vec![
            request("null"),
            request("null"),
            request("null"),
            request("null"),
            outcome("denied"),
            outcome("approved"),
        ]
    });
    // One in an earlier command counts.
    assert_eq!(code(&phone.run_with(&["approve", "r1"], "0000\n")), 3);
    assert_eq!(phone.state()["pin"]["wrong"], 1);
    let output = phone.run_with(&["approve", "r1"], &format!("0000\n1111\n{PIN}\nyes\n"));
    assert_eq!((code(&output), text(&output.stdout)), (3, ""), "{}", text(&output.stderr));
    assert_eq!((&phone.state()["pin"]["wrong"], mode(&phone.file())), (&json!(3), 0o600));
    let output = phone.run_with(&["approve", "r1"], &format!("{PIN}\nyes\n"));
    assert_eq!(code(&output), 3);
    assert!(text(&output.stderr).contains("try again in 5 min"), "{}", text(&output.stderr));
    assert_eq!(code(&phone.run(&["deny", "r1"])), 0);
    let sent = calls(&server, 5);
    assert_eq!(sent.iter().filter(|call| call.line.starts_with("POST")).count(), 1);
    assert_eq!(sent[4].decision(&phone.issuer).0["decision"], "deny");
}

#[test]
fn the_servers_no_to_a_yes_and_another_outcome_are_no_success() {
    for (end, expected) in [
        (refusal("400 Bad Request", "access_denied"), 3),
        (refusal("400 Bad Request", "invalid_grant"), 4),
        (refusal("400 Bad Request", "invalid_request"), 1),
        (outcome("denied"), 1),
        (ok(&json!({})), 1),
    ] {
        let (phone, _server) = Phone::new(|_| vec![request("null"), end]);
        let mut command = phone.command(&["approve", "r1"]);
        command.env("TANDEM_DEVICE_PIN", PIN).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"YES\n").unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((code(&output), text(&output.stdout)), (expected, ""), "{}", text(&output.stderr));
    }
}

#[test]
fn a_file_that_others_may_read_or_that_was_changed_is_not_used() {
    let (phone, server) = Phone::new(|_| vec![list(&[])]);
    fs::set_permissions(phone.file(), fs::Permissions::from_mode(0o640)).unwrap();
    let output = phone.run(&["list"]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("chmod 600"), "{}", text(&output.stderr));
    fs::set_permissions(phone.file(), fs::Permissions::from_mode(0o600)).unwrap();
    let good = phone.state();
    for (name, value) in [
        ("device_id", json!("another")),
        ("endpoint", json!("http://login.example/authorization-device")),
        ("version", json!(2)),
        ("key", json!("")),
        ("pin", Value::Null),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        fs::write(phone.file(), bad.to_string()).unwrap();
        assert_eq!(code(&phone.run(&["list"])), 1, "{name}");
    }
    fs::remove_file(phone.file()).unwrap();
    let output = phone.run(&["list"]);
    assert!(
        code(&output) == 1 && text(&output.stderr).contains("phone register"),
        "{}",
        text(&output.stderr)
    );
    assert!(server.requests.try_recv().is_err());
}

#[test]
fn forget_deletes_the_device_there_and_then_here() {
    let gone = || Move::Answer("204 No Content", vec![], vec![]);
    for (end, expected, remains) in [
        (gone(), 0, false),
        (refusal("401 Unauthorized", "invalid_token"), 0, false),
        (refusal("503 Service Unavailable", "temporarily_unavailable"), 5, true),
        (refusal("400 Bad Request", "invalid_dpop_proof"), 1, true),
    ] {
        let (phone, server) = Phone::new(|_| vec![end]);
        let output = phone.run(&["forget"]);
        assert_eq!((code(&output), phone.file().exists()), (expected, remains), "{}", text(&output.stderr));
        let call = &calls(&server, 1)[0];
        assert_eq!(
            (call.line.as_str(), &call.proof["htm"]),
            ("DELETE /authorization-device", &json!("DELETE"))
        );
        if remains {
            assert_eq!((code(&phone.run(&["forget", "--local"])), phone.file().exists()), (0, false));
        }
    }
}

// Watching.

struct Watching {
    child: Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Watching {
    fn start(phone: &Phone) -> Self {
        use std::io::{BufRead, BufReader};
        let mut command = phone.command(&["watch", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines() {
                let _ = sender.send(line.unwrap());
            }
        });
        Self { child, lines }
    }

    fn next(&self) -> Value {
        serde_json::from_str(&self.lines.recv_timeout(Duration::from_secs(30)).unwrap()).unwrap()
    }

    fn stop(mut self) -> i32 {
        assert!(
            Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap().success()
        );
        self.child.wait().unwrap().code().unwrap()
    }
}

fn stream() -> (Sender<Vec<u8>>, Move) {
    let (sender, chunks) = channel();
    (sender, Move::Stream(chunks))
}

fn send(events: &Sender<Vec<u8>>, text: &str) {
    events.send(text.as_bytes().to_vec()).unwrap();
}

#[test]
fn watch_tells_of_each_request_once_however_the_stream_is_cut_and_comes_back() {
    let ((first, one), (second, two)) = (stream(), stream());
    let (phone, server) = Phone::new(|_| {
        let mut nonce = refusal("400 Bad Request", "use_dpop_nonce");
        if let Move::Answer(_, headers, _) = &mut nonce {
            headers.push(("DPoP-Nonce", "n1".to_owned()));
        }
        vec![nonce, one, list(&["r1"]), list(&["r1", "r2"]), two, list(&["r2"])]
    });
    let watching = Watching::start(&phone);
    assert_eq!(watching.next(), json!({"event": "connected"}));
    for part in [": hi\n\nevent: req", "uests\r", "\ndata: {\"open\"", ":1}\r\n", "\r\n"] {
        send(&first, part);
    }
    let told = watching.next();
    assert_eq!((&told["event"], &told["request"]["id"]), (&json!("request"), &json!("r1")));
    send(&first, "event: other\ndata: 1\n\nevent: requests\ndata: {\"open\":2}\n\n");
    assert_eq!(watching.next()["request"]["id"], "r2");
    drop(first);
    assert_eq!(watching.next(), json!({"event": "unreachable", "retry_after": 1}));
    assert_eq!(watching.next(), json!({"event": "connected"}));
    send(&second, "event: requests\ndata: {\"open\":1}\n\n");
    assert_eq!(watching.next(), json!({"event": "gone", "id": "r1"}));
    assert_eq!(watching.stop(), 130);
    let calls = calls(&server, 6);
    let events: Vec<_> =
        calls.iter().filter(|call| call.line == "GET /authorization-device/events").collect();
    assert_eq!(
        (events.len(), &events[0].proof["nonce"], &events[1].proof["nonce"]),
        (3, &Value::Null, &json!("n1"))
    );
}

#[test]
fn watch_ends_when_waiting_would_not_help_and_otherwise_waits() {
    let too_long = {
        let (events, flowing) = stream();
        send(&events, &"a".repeat(9000));
        flowing
    };
    for (end, expected) in [
        (refusal("401 Unauthorized", "invalid_token"), 1),
        (refusal("400 Bad Request", "use_dpop_nonce"), 1),
        (Move::Answer("302 Found", vec![("Location", "http://127.0.0.1:1/".to_owned())], vec![]), 1),
        (raw("not a stream"), 1),
        (too_long, 1),
    ] {
        let (phone, _server) = Phone::new(|_| vec![end]);
        assert_eq!(code(&phone.run(&["watch", "--json"])), expected);
    }
    let (events, flowing) = stream();
    let (phone, _server) = Phone::new(|_| {
        let busy = Move::Answer("503 Service Unavailable", vec![("Retry-After", "2".to_owned())], vec![]);
        let unreadable = refusal("503 Service Unavailable", "temporarily_unavailable");
        vec![busy, flowing, unreadable, list(&["r1"])]
    });
    let watching = Watching::start(&phone);
    assert_eq!(watching.next(), json!({"event": "unreachable", "retry_after": 2}));
    assert_eq!(watching.next(), json!({"event": "connected"}));
    send(&events, "event: requests\ndata: {}\n\n");
    assert_eq!(watching.next()["event"], "unreachable");
    assert_eq!(watching.next()["request"]["id"], "r1", "the list is read again without another event");
    assert_eq!(watching.stop(), 130);
}

/// A terminal with a program on it.
struct Terminal {
    child: Child,
    master: File,
    seen: String,
}

impl Terminal {
    fn start(mut command: Command) -> Self {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = || File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let child =
            command.stdin(slave()).stdout(slave()).stderr(slave()).env("TERM", "xterm").spawn().unwrap();
        Self { child, master: master.into(), seen: String::new() }
    }

    /// Reads until `text` is seen, and forgets what came before it.
    fn expect(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.seen.find(text) {
                let rest = self.seen.split_off(at + text.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            let mut chunk = [0; 1024];
            match self.master.read(&mut chunk) {
                Ok(read) if read > 0 => self.seen.push_str(&String::from_utf8_lossy(&chunk[..read])),
                _ => panic!("no {text:?} in {:?}", self.seen),
            }
        }
    }

    fn type_line(&mut self, line: &str) {
        self.master.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn echoes(&self) -> bool {
        let modes = rustix::termios::tcgetattr(&self.master).unwrap().local_modes;
        modes.contains(rustix::termios::LocalModes::ECHO)
    }

    fn stop(mut self) -> (i32, bool) {
        assert!(
            Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap().success()
        );
        let code = self.child.wait().unwrap().code().unwrap();
        (code, self.echoes())
    }
}

#[test]
fn on_a_terminal_watch_asks_and_no_typed_ahead_answer_counts_and_the_pin_is_never_seen() {
    let (events, flowing) = stream();
    let (phone, server) = Phone::new(|_| {
        vec![
            flowing,
            list(&["r1"]),
            outcome("approved"),
            list(&["r2"]),
            outcome("reported"),
            list(&["r3"]),
            list(&[]),
        ]
    });
    let mut terminal = Terminal::start(phone.command(&["watch"]));
    terminal.expect("Waiting for requests");
    // Typed before there is anything to answer.
    terminal.type_line("a");
    send(&events, "event: requests\ndata: {\"open\":1}\n\n");
    terminal.expect("Pay 12.50");
    terminal.expect("Enter = later: ");
    terminal.type_line("what?");
    terminal.expect("Enter = later: ");
    terminal.type_line("a");
    terminal.expect("PIN: ");
    assert!(!terminal.echoes());
    terminal.type_line("1357");
    terminal.expect("not the PIN");
    terminal.expect("PIN: ");
    terminal.type_line(PIN);
    let shown = terminal.expect("Type yes to allow this to");
    assert!(!shown.contains(PIN) && terminal.echoes(), "{shown}");
    terminal.expect(": ");
    terminal.type_line("yes");
    terminal.expect("Approved.");
    send(&events, "event: requests\ndata: {\"open\":1}\n\n");
    terminal.expect("Enter = later: ");
    terminal.type_line("r");
    terminal.expect("Denied and reported.");
    send(&events, "event: requests\ndata: {\"open\":1}\n\n");
    terminal.expect("Enter = later: ");
    send(&events, "event: requests\ndata: {\"open\":0}\n\n");
    terminal.expect("not open any more");
    assert_eq!(terminal.stop(), (130, true));
    let decisions: Vec<_> = calls(&server, 7)
        .iter()
        .filter(|call| call.line.starts_with("POST"))
        .map(|call| (call.line.clone(), call.decision(&phone.issuer).0["decision"].clone()))
        .collect();
    let path = |id: &str| format!("POST /authorization-device/requests/{id}/decision");
    assert_eq!(decisions, [(path("r1"), json!("approve")), (path("r2"), json!("report"))]);
}

#[test]
fn ctrl_c_at_the_pin_gives_the_terminal_back() {
    let (phone, _server) = Phone::new(|_| vec![request("null")]);
    let mut terminal = Terminal::start(phone.command(&["approve", "r1"]));
    terminal.expect("PIN: ");
    assert!(!terminal.echoes());
    assert_eq!(terminal.stop(), (130, true));
    assert_eq!(phone.state()["pin"]["wrong"], 0, "a PIN that was not typed is not a wrong one");
}
