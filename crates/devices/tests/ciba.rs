//! Does asking a person on their phone behave, with a scripted server in a world without time, and as the program itself?

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test"
)]

mod loopback;
mod scripted;

use aws_lc_rs::rand::SystemRandom;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use loopback::{Move, Server, ok, text};
use scripted::{ISSUER, Script, answer, error, no_connection, shown, tokens};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::jose::jws::{Audience, Expected, LEEWAY, Lifetime, MAX_LEN, Typ};
use tandem_core::jose::{Algorithm, Jws, SigningKey};
use tandem_devices::along::{Along, Number};
use tandem_devices::ciba::request::{Hint, Question};
use tandem_devices::ciba::{Plan, obtain};
use tandem_devices::client_authentication::{Client, Credential};
use tandem_devices::dpop::Prover;
use tandem_devices::failure::Failure;
use tandem_devices::http::Response;
use tandem_devices::issuer::{Issuer, Transport};
use tandem_devices::surroundings::{CallFailure, Surroundings};
use tandem_devices::token_response::Tokens;

const ASK: &str = "https://login.example/backchannel_authentication";

fn metadata() -> Response {
    answer(
        200,
        &json!({
            "issuer": ISSUER, "backchannel_authentication_endpoint": ASK,
            "token_endpoint": "https://login.example/token", "dpop_signing_alg_values_supported": ["ES256"],
            "backchannel_token_delivery_modes_supported": ["poll"],
            "backchannel_authentication_request_signing_alg_values_supported": ["ES256", "EdDSA", "PS256"]
        }),
    )
}

fn taken() -> Response {
    answer(
        200,
        &json!({"auth_req_id": "the-auth-req-id", "expires_in": 120, "interval": 5, "tandem_number": "42"}),
    )
}

/// A server that has been discovered and has taken the request, and then polls end as `polls` says.
fn polled(polls: impl IntoIterator<Item = Result<Response, CallFailure>>) -> Script {
    Script::new([Ok(metadata()), Ok(taken())].into_iter().chain(polls))
}

fn question() -> Question {
    Question {
        hint: Hint::LoginHint("alice".to_owned()),
        scope: "openid".to_owned(),
        binding_message: None,
        user_code: None,
        requested_expiry: None,
        acr_values: None,
        authorization_details: None,
        resource: Vec::new(),
        along: Along::default(),
        signature: None,
    }
}

fn full_question() -> Question {
    Question {
        scope: "openid cards".to_owned(),
        binding_message: Some("Call 4711 \u{1f600}".to_owned()),
        user_code: Some("1234".to_owned()),
        requested_expiry: Some(90),
        acr_values: Some("phr phrh".to_owned()),
        authorization_details: Some(json!([{"type": "payment", "amount": "12.50"}])),
        resource: vec!["https://a.example".to_owned(), "https://b.example".to_owned()],
        along: Along { number: Number::Wanted, ..Along::default() },
        ..question()
    }
}

fn plan(question: Question) -> Plan {
    Plan {
        issuer: Issuer::parse(ISSUER, Transport::Secure).unwrap(),
        client: Client { id: "call-center".to_owned(), credential: Credential::Secret("s:3".to_owned()) },
        question,
        timeout: None,
    }
}

fn run_with(
    plan: &Plan,
    prover: Option<&mut Prover>,
    world: &mut Script,
) -> (Result<Tokens, Failure>, String) {
    shown(|screen| obtain(plan, prover, world, screen))
}

fn run(world: &mut Script) -> Result<Tokens, Failure> {
    run_with(&plan(question()), None, world).0
}

fn failure(world: &mut Script) -> Failure {
    run(world).err().expect("tokens where there should be none")
}

fn key(algorithm: Algorithm) -> SigningKey {
    let pkcs8 = SigningKey::generate(algorithm, &SystemRandom::new()).unwrap();
    SigningKey::from_pkcs8(algorithm, &pkcs8, None).unwrap()
}

/// The claims of a JWT that was signed with `key` for the issuer in the script's present.
fn verified(jwt: &str, key: &SigningKey, typ: &str, world: &Script) -> Value {
    let expected = Expected {
        typ: Typ::OneOf(&[typ]),
        algorithms: &[key.algorithm()],
        issuer: Some("call-center"),
        audience: Audience::ExactlyString(ISSUER),
        lifetime: Lifetime::ExpWithin(Duration::from_mins(5)),
        leeway: LEEWAY,
        now: world.now(),
    };
    Jws::parse(jwt, MAX_LEN).unwrap().verify_with_key(key.public_jwk(), &expected).unwrap()
}

#[test]
fn ciba_section_7_1_and_10_1_the_requests_carry_what_they_must_and_the_client_authenticates() {
    let mut world = polled([error("authorization_pending"), Ok(tokens("bearer"))]);
    let (outcome, shown) = run_with(&plan(full_question()), None, &mut world);
    let tokens = outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!((tokens.0["access_token"].as_str(), &tokens.0["extra"]), (Some("at"), &json!([1])));
    assert_eq!(
        world.form(1),
        [
            ("scope", "openid cards"),
            ("acr_values", "phr phrh"),
            ("login_hint", "alice"),
            ("binding_message", "Call 4711 \u{1f600}"),
            ("user_code", "1234"),
            ("requested_expiry", "90"),
            ("authorization_details", r#"[{"amount":"12.50","type":"payment"}]"#),
            ("resource", "https://a.example"),
            ("resource", "https://b.example"),
            ("tandem_number_matching", "true"),
        ]
    );
    assert_eq!(world.requests[1].url.as_str(), ASK);
    let grant = ("grant_type", "urn:openid:params:grant-type:ciba");
    for poll in [2, 3] {
        assert_eq!(world.form(poll), [grant, ("auth_req_id", "the-auth-req-id")]);
        assert_eq!(world.requests[poll].url.as_str(), "https://login.example/token");
    }
    for request in [1, 2, 3] {
        let value = world.requests[request].authorization.as_ref().unwrap().strip_prefix("Basic ").unwrap();
        assert_eq!(STANDARD.decode(value).unwrap(), b"call-center:s%3A3");
    }
    let events: Vec<Value> = shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        events[0],
        json!({"event": "asked", "binding_message": "Call 4711 \u{1f600}", "number": "42", "expires_in": 120, "interval": 5})
    );
    assert!(!shown.contains("the-auth-req-id") && !shown.contains("1234"), "{shown}");
}

#[test]
fn each_hint_goes_under_its_own_name_and_nothing_is_sent_that_was_not_said() {
    for (hint, name) in [
        (Hint::LoginHint("x".to_owned()), "login_hint"),
        (Hint::LoginHintToken("x".to_owned()), "login_hint_token"),
        (Hint::IdTokenHint("x".to_owned()), "id_token_hint"),
    ] {
        let mut world = polled([Ok(tokens("Bearer"))]);
        run_with(&plan(Question { hint, ..question() }), None, &mut world)
            .0
            .unwrap_or_else(|f| panic!("{f}"));
        assert_eq!(world.form(1), [("scope", "openid"), (name, "x")]);
    }
}

#[test]
fn ciba_section_7_1_1_a_signed_request_carries_everything_inside_and_nothing_beside() {
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA, Algorithm::PS256] {
        let key = Arc::new(key(algorithm));
        let mut world = polled([Ok(tokens("Bearer"))]);
        let mut plan = plan(full_question());
        plan.question.signature = Some(Arc::clone(&key));
        run_with(&plan, None, &mut world).0.unwrap_or_else(|failure| panic!("{failure}"));
        let form = world.form(1);
        let [("request", jwt)] = form.as_slice() else { panic!("{form:?}") };
        let mut claims = verified(jwt, &key, "oauth-authz-req+jwt", &world);
        let jti = claims.as_object_mut().unwrap().remove("jti").unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(jti.as_str().unwrap()).unwrap().len(), 32);
        let now = 1_700_000_000;
        assert_eq!(
            claims,
            json!({
                "iss": "call-center", "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 300,
                "scope": "openid cards", "acr_values": "phr phrh", "login_hint": "alice",
                "binding_message": "Call 4711 \u{1f600}", "user_code": "1234", "requested_expiry": 90,
                "authorization_details": [{"type": "payment", "amount": "12.50"}],
                "resource": ["https://a.example", "https://b.example"], "tandem_number_matching": "true"
            })
        );
        let other = self::key(algorithm);
        let expected = Expected {
            typ: Typ::OneOf(&["oauth-authz-req+jwt"]),
            algorithms: &[algorithm],
            issuer: None,
            audience: Audience::ExactlyString(ISSUER),
            lifetime: Lifetime::UntilExp,
            leeway: LEEWAY,
            now: world.now(),
        };
        let foreign =
            Jws::parse(jwt, MAX_LEN).unwrap().verify_with_key::<Value>(other.public_jwk(), &expected);
        assert!(foreign.is_err());
    }
}

#[test]
fn rfc7523_a_key_authenticates_with_a_new_assertion_each_time_and_never_with_a_request() {
    let key = Arc::new(key(Algorithm::ES256));
    let mut world = polled([error("authorization_pending"), Ok(tokens("Bearer"))]);
    let mut plan = plan(question());
    plan.client.credential = Credential::Key(Arc::clone(&key));
    plan.question.signature = Some(Arc::clone(&key));
    run_with(&plan, None, &mut world).0.unwrap_or_else(|failure| panic!("{failure}"));
    let mut ids = Vec::new();
    for request in [1, 2, 3] {
        let form = world.form(request);
        let value = |name: &str| form.iter().find(|(found, _)| *found == name).map(|(_, value)| *value);
        assert_eq!(
            value("client_assertion_type"),
            Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        );
        assert_eq!((value("client_id"), &world.requests[request].authorization), (None, &None));
        let claims = verified(value("client_assertion").unwrap(), &key, "JWT", &world);
        assert_eq!((&claims["sub"], &claims["iss"]), (&json!("call-center"), &json!("call-center")));
        ids.push(claims["jti"].clone().to_string());
    }
    let jwt = world.form(1)[0].1.to_owned();
    assert_eq!(verified(&jwt, &key, "oauth-authz-req+jwt", &world).get("sub"), None, "no assertion, too");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[test]
fn a_server_without_signed_requests_or_that_algorithm_is_not_asked() {
    for algorithms in [Value::Null, json!([]), json!(["PS256"])] {
        let mut found: Value = serde_json::from_slice(&metadata().body).unwrap();
        found["backchannel_authentication_request_signing_alg_values_supported"] = algorithms;
        let mut world = Script::new([Ok(answer(200, &found))]);
        let mut plan = plan(question());
        plan.question.signature = Some(Arc::new(key(Algorithm::ES256)));
        assert_eq!(run_with(&plan, None, &mut world).0.err().unwrap().exit_code(), 1);
        assert_eq!(world.requests.len(), 1);
    }
}

#[test]
fn ciba_section_13_each_refusal_of_the_request_ends_it_with_advice() {
    for (code, advice) in [
        ("unknown_user_id", "nobody is known"),
        ("missing_user_code", "--user-code"),
        ("invalid_user_code", "wrong"),
        ("invalid_binding_message", "--binding-message"),
        ("expired_login_hint_token", "--login-hint-token"),
        ("invalid_request", "invalid_request"),
        ("invalid_scope", "invalid_scope"),
        ("unauthorized_client", "unauthorized_client"),
        ("invalid_authorization_details", "invalid_authorization_details"),
    ] {
        let mut world = Script::new([Ok(metadata()), error(code)]);
        let failure = failure(&mut world);
        assert!(failure.to_string().contains(advice) && failure.to_string().contains(code), "{failure}");
        assert_eq!((failure.exit_code(), world.requests.len()), (1, 2), "{code}");
    }
    for (status, code) in [(401, "invalid_client"), (403, "access_denied")] {
        let mut world = Script::new([Ok(metadata()), Ok(answer(status, &json!({"error": code})))]);
        assert_eq!(failure(&mut world).exit_code(), 1, "{code}: nobody was asked, so nobody said no");
    }
    for status in [429, 500, 503] {
        let mut world = Script::new([Ok(metadata()), Ok(answer(status, &json!({})))]);
        assert_eq!(failure(&mut world).exit_code(), 5, "{status}");
    }
}

#[test]
fn a_broken_acknowledgement_is_refused_before_anything_is_shown() {
    let edited = |name: &str, value: Value| {
        let mut body: Value = serde_json::from_slice(&taken().body).unwrap();
        body[name] = value;
        answer(200, &body)
    };
    let raw = |body: &[u8]| Response { body: body.to_vec(), ..taken() };
    let broken = [
        edited("auth_req_id", "".into()),
        edited("auth_req_id", "with space".into()),
        edited("auth_req_id", "a\u{1b}[2J".into()),
        edited("auth_req_id", "a".repeat(1025).into()),
        edited("auth_req_id", Value::Null),
        edited("expires_in", 0.into()),
        edited("expires_in", "120".into()),
        edited("interval", (-1).into()),
        raw(b"<html>"),
        raw(b"\xff"),
        raw(b""),
        Response { status: 302, ..raw(b"") },
        Response { status: 204, ..raw(b"") },
    ];
    for (number, response) in broken.into_iter().enumerate() {
        let mut world = Script::new([Ok(metadata()), Ok(response)]);
        let (outcome, shown) = run_with(&plan(question()), None, &mut world);
        assert_eq!((outcome.err().map(|f| f.exit_code()), shown.as_str()), (Some(1), ""), "case {number}");
    }
}

#[test]
fn a_number_that_was_wanted_must_come_and_one_that_is_none_is_not_shown() {
    for number in [Value::Null, "".into(), "4\u{1b}".into(), "123456789".into()] {
        let mut body: Value = serde_json::from_slice(&taken().body).unwrap();
        body["tandem_number"] = number;
        let script = || Script::new([Ok(metadata()), Ok(answer(200, &body)), Ok(tokens("Bearer"))]);
        let (outcome, shown) = run_with(&plan(full_question()), None, &mut script());
        assert_eq!((outcome.err().map(|failure| failure.exit_code()), shown.as_str()), (Some(1), ""));
        let (outcome, shown) = run_with(&plan(question()), None, &mut script());
        assert!(outcome.is_ok() && shown.contains("\"number\":null"), "{shown}");
    }
}

#[test]
fn ciba_section_11_each_slow_down_adds_five_seconds_for_good_and_failures_back_off() {
    let polls = [
        error("slow_down"),
        error("authorization_pending"),
        error("slow_down"),
        no_connection(),
        Ok(tokens("Bearer")),
    ];
    let mut world = polled(polls);
    run(&mut world).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(world.waits, [5, 10, 10, 15, 30]);
}

#[test]
fn retry_after_is_obeyed_where_it_is_longer_than_the_back_off() {
    let mut busy = answer(503, &json!({}));
    busy.retry_after = Some(Duration::from_secs(17));
    let mut world = polled([Ok(busy), Ok(tokens("Bearer"))]);
    run(&mut world).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(world.waits, [5, 17]);
}

#[test]
fn a_server_that_holds_its_answers_is_asked_again_at_once_when_the_interval_is_over() {
    let mut world =
        polled([error("authorization_pending"), error("authorization_pending"), Ok(tokens("Bearer"))]);
    world.holds = [0, 0, 30, 2].map(Duration::from_secs).into();
    run(&mut world).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(world.waits, [5, 0, 3]);
}

#[test]
fn a_server_that_names_no_interval_is_asked_every_five_seconds() {
    let body = json!({"auth_req_id": "a.b-c_d", "expires_in": 60});
    let answers =
        [Ok(metadata()), Ok(answer(200, &body)), error("authorization_pending"), Ok(tokens("Bearer"))];
    let mut world = Script::new(answers);
    run(&mut world).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(world.waits, [5, 5]);
}

#[test]
fn ciba_section_11_any_other_answer_ends_the_flow_at_once() {
    let not_json = Response { body: b"\xff<html>".to_vec(), ..answer(400, &json!({})) };
    let ends = [
        (error("access_denied"), 3),
        (error("expired_token"), 4),
        (error("invalid_grant"), 1),
        (error("invalid_request"), 1),
        (error("unauthorized_client"), 1),
        (Ok(not_json), 1),
        (Ok(answer(302, &json!({}))), 1),
        (Ok(answer(200, &json!({"token_type": "Bearer"}))), 1),
        (Ok(tokens("DPoP")), 1),
        (Err(CallFailure::Unusable("too large".to_owned())), 1),
        (Err(CallFailure::Interrupted), 130),
    ];
    for (number, (end, code)) in ends.into_iter().enumerate() {
        let mut world = polled([end]);
        assert_eq!(failure(&mut world).exit_code(), code, "case {number}");
        assert_eq!(world.requests.len(), 3, "case {number}: no further poll");
    }
}

#[test]
fn when_the_request_or_the_timeout_ends_polling_ends() {
    let mut world = polled((0..23).map(|_| error("authorization_pending")));
    assert_eq!(failure(&mut world), Failure::Expired);
    assert_eq!((world.requests.len(), world.elapsed.as_secs()), (2 + 23, 120));
    let mut world = polled([error("authorization_pending")]);
    let plan = Plan { timeout: Some(Duration::from_secs(8)), ..plan(question()) };
    assert_eq!(run_with(&plan, None, &mut world).0.err(), Some(Failure::Expired));
    assert_eq!(world.elapsed.as_secs(), 8);
    let mut world = polled((0..5).map(|_| no_connection()));
    assert_eq!(failure(&mut world).exit_code(), 5);
}

#[test]
fn rfc9449_section_8_a_demanded_nonce_costs_no_poll_and_bound_tokens_are_insisted_on() {
    let demand = |nonce: &str| {
        let mut response = answer(400, &json!({"error": "use_dpop_nonce"}));
        response.dpop_nonce = Some(nonce.to_owned());
        Ok(response)
    };
    let answers = [Ok(metadata()), demand("n1"), Ok(taken()), demand("n2"), Ok(tokens("DPoP"))];
    let mut world = Script::new(answers);
    let mut prover = Prover::generate().unwrap();
    run_with(&plan(question()), Some(&mut prover), &mut world).0.unwrap_or_else(|f| panic!("{f}"));
    assert_eq!(world.waits, [5]);
    let claims: Vec<_> = (1..5).map(|request| world.proof(request)).collect();
    let nonces: Vec<_> = claims.iter().map(|claims| claims["nonce"].clone()).collect();
    assert_eq!(nonces, [Value::Null, json!("n1"), json!("n1"), json!("n2")]);
    assert_eq!((&claims[0]["htu"], &claims[0]["htm"]), (&json!(ASK), &json!("POST")));
    let mut world = polled([Ok(tokens("Bearer"))]);
    assert!(run_with(&plan(question()), Some(&mut prover), &mut world).0.is_err());
}

#[test]
fn a_server_without_ciba_is_told_apart_and_a_downgraded_endpoint_refused() {
    let without = json!({"issuer": ISSUER, "token_endpoint": "https://login.example/token"});
    let failure_ = failure(&mut Script::new([Ok(answer(200, &without))]));
    assert!(failure_.to_string().contains("backchannel_authentication_endpoint"), "{failure_}");
    let mut found: Value = serde_json::from_slice(&metadata().body).unwrap();
    found["backchannel_authentication_endpoint"] = json!("http://login.example/ask");
    assert_eq!(failure(&mut Script::new([Ok(answer(200, &found))])).exit_code(), 1);
}

// The program itself.

fn served(issuer: &str) -> Move {
    ok(&json!({
        "issuer": issuer, "token_endpoint": format!("{issuer}/token"),
        "backchannel_authentication_endpoint": format!("{issuer}/ask"),
    }))
}

fn acknowledged() -> Move {
    ok(&json!({"auth_req_id": "the-auth-req-id", "expires_in": 60, "interval": 1, "tandem_number": "42"}))
}

fn granted() -> Move {
    ok(&json!({"access_token": "at", "token_type": "Bearer", "id_token": "e30.e30.e30"}))
}

fn command(issuer: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem-device"));
    command.args(["ciba", "--issuer", issuer, "--client-id", "call-center"]).args(more);
    command.env("TANDEM_DEVICE_CLIENT_SECRET", "s3cret").env_remove("TANDEM_DEVICE_USER_CODE");
    command.stdin(Stdio::null());
    command
}

fn program(issuer: &str, more: &[&str]) -> Output {
    command(issuer, more).output().unwrap()
}

fn private(path: &Path, contents: &str) {
    fs::write(path, contents).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn the_program_asks_waits_and_prints_the_tokens_alone() {
    let server = Server::start(|issuer| vec![served(issuer), acknowledged(), granted()]);
    let folder = tempfile::tempdir().unwrap();
    let (code, details) = (folder.path().join("code"), folder.path().join("details.json"));
    fs::write(&code, "1234\n").unwrap();
    fs::write(&details, r#"[{"type":"payment"}]"#).unwrap();
    let output = program(
        &server.issuer,
        &[
            "--login-hint",
            "alice@example.com",
            "--binding-message",
            "Call 4711",
            "--number-matching",
            "--user-code-file",
            code.to_str().unwrap(),
            "--authorization-details",
            &format!("@{}", details.display()),
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let tokens: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(tokens["access_token"], "at");
    let said = text(&output.stderr);
    for part in ["open their phone", "this message: Call 4711", "this number: 42", "Granted."] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains("the-auth-req-id") && !said.contains("1234") && !said.contains('\u{1b}'));
    let requests: Vec<_> = server.requests.iter().take(3).collect();
    assert!(requests[1].starts_with("POST /ask HTTP/1.1"), "{}", requests[1]);
    for part in [
        "login_hint=alice%40example.com",
        "user_code=1234",
        "authorization_details=%5B%7B%22type%22%3A%22payment%22",
    ] {
        assert!(requests[1].contains(part), "{part} in {}", requests[1]);
    }
    assert!(
        requests[2]
            .contains("grant_type=urn%3Aopenid%3Aparams%3Agrant-type%3Aciba&auth_req_id=the-auth-req-id")
    );
}

#[test]
fn wrong_command_lines_end_with_2_and_nobody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.jwk");
    private(&file, KEY);
    let key = file.to_str().unwrap();
    let hint = ["--login-hint", "alice"];
    for more in [
        &[][..],
        &["--login-hint", ""],
        &["--login-hint", "a", "--id-token-hint", "b"],
        &["--login-hint-token", "a", "--id-token-hint", "b"],
        &[&hint[..], &["--user-code", "1234"]].concat(),
        &[&hint[..], &["--user-code"]].concat(),
        &[&hint[..], &["--sign-request"]].concat(),
        &[&hint[..], &["--client-key-file", key]].concat(),
        &[&hint[..], &["--requested-expiry", "0"]].concat(),
        &[&hint[..], &["--dpop-key", "k"]].concat(),
        &[&hint[..], &["--authorization-details", "{}"]].concat(),
        &[&hint[..], &["--authorization-details", "[]"]].concat(),
        &[&hint[..], &["--authorization-details", "[1]"]].concat(),
        &[&hint[..], &["--authorization-details", "["]].concat(),
    ] {
        // No server at all: calling it would end with 5.
        let output = program("http://127.0.0.1:1", more);
        assert_eq!(output.status.code(), Some(2), "{more:?}: {}", text(&output.stderr));
    }
    let mut without = command("http://127.0.0.1:1", &hint);
    assert_eq!(without.env_remove("TANDEM_DEVICE_CLIENT_SECRET").output().unwrap().status.code(), Some(2));
    let help = program("https://login.example", &["--help"]);
    assert_eq!(help.status.code(), Some(0));
}

const KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"k1","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

#[test]
fn a_key_file_authenticates_and_signs_and_one_that_others_may_read_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.jwk");
    private(&file, KEY);
    let options = ["--login-hint", "alice", "--client-key-file", file.to_str().unwrap(), "--sign-request"];
    let server = Server::start(|issuer| {
        let Move::Answer(status, headers, body) = served(issuer) else { panic!() };
        let mut found: Value = serde_json::from_slice(&body).unwrap();
        found["backchannel_authentication_request_signing_alg_values_supported"] = json!(["EdDSA"]);
        vec![Move::Answer(status, headers, found.to_string().into_bytes()), acknowledged(), granted()]
    });
    let output =
        command(&server.issuer, &options).env_remove("TANDEM_DEVICE_CLIENT_SECRET").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let asked = server.requests.iter().nth(1).unwrap();
    let body = asked.rsplit_once("\r\n").unwrap().1;
    let form: Vec<_> = body.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
    let names: Vec<_> = form.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["request", "client_assertion_type", "client_assertion"]);
    for (name, typ) in [("request", "oauth-authz-req+jwt"), ("client_assertion", "JWT")] {
        let jwt = form.iter().find(|(found, _)| *found == name).unwrap().1;
        let header: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').next().unwrap()).unwrap()).unwrap();
        assert_eq!(header, json!({"alg": "EdDSA", "typ": typ, "kid": "k1"}));
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let output = program("http://127.0.0.1:1", &options);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("chmod 600"), "{}", text(&output.stderr));
}

#[test]
fn each_end_has_its_exit_code_and_scripts_are_told_why() {
    let ends = [
        ("400 Bad Request", "access_denied", 3),
        ("400 Bad Request", "expired_token", 4),
        ("400 Bad Request", "invalid_grant", 1),
    ];
    for (status, code, exit) in ends {
        let body = json!({"error": code, "error_description": "because"}).to_string();
        let end = Move::Answer(status, vec![], body.into_bytes());
        let server = Server::start(|issuer| vec![served(issuer), acknowledged(), end]);
        let output = program(&server.issuer, &["--login-hint", "alice", "--json"]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(exit), ""), "{code}");
        let last: Value = serde_json::from_str(text(&output.stderr).lines().last().unwrap()).unwrap();
        assert_eq!((&last["event"], &last["exit_code"]), (&json!("failed"), &json!(exit)), "{code}");
    }
}

#[test]
fn redirects_are_not_followed_and_endless_answers_are_cut() {
    let elsewhere = Server::start(|_| vec![acknowledged()]);
    let target = elsewhere.issuer.clone();
    for status in ["302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let moved = Move::Answer(status, vec![("Location", target.clone())], Vec::new());
        let server = Server::start(|issuer| vec![served(issuer), moved]);
        assert_eq!(program(&server.issuer, &["--login-hint", "alice"]).status.code(), Some(1), "{status}");
    }
    assert!(elsewhere.requests.try_recv().is_err(), "the redirect was followed");
    let endless = Move::Answer("200 OK", vec![], vec![b' '; (1 << 20) + 1]);
    let server = Server::start(|issuer| vec![served(issuer), endless]);
    let output = program(&server.issuer, &["--login-hint", "alice"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
}

#[test]
fn a_signal_ends_it_at_once_and_leaves_nothing() {
    let server = Server::start(|issuer| vec![served(issuer), acknowledged(), Move::Silence]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.json");
    let child =
        command(&server.issuer, &["--login-hint", "alice", "--dpop", "--output", file.to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
    server.requests.iter().nth(2).unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert_eq!((fs::read_dir(folder.path()).unwrap().count(), text(&output.stdout)), (0, ""));
}
