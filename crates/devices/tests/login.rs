//! Does a whole sign-in behave, from discovery to tokens, in a world where no time passes and the server is scripted?

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test"
)]

mod scripted;

use base64::Engine as _;
use scripted::{ISSUER, Script, answer, error, no_connection, shown, tokens};
use serde_json::{Value, json};
use std::time::Duration;
use tandem_core::crossing::QrKind;
use tandem_core::time::Timestamp;
use tandem_devices::along::{Along, Number};
use tandem_devices::client_authentication::{Client, Credential};
use tandem_devices::device_authorization::Wish;
use tandem_devices::dpop::Prover;
use tandem_devices::failure::Failure;
use tandem_devices::http::Response;
use tandem_devices::issuer::{Issuer, Transport};
use tandem_devices::login::{Plan, obtain};
use tandem_devices::qr::Ink;
use tandem_devices::screen::{Screen, Style};
use tandem_devices::surroundings::CallFailure;
use tandem_devices::token_response::Tokens;

/// A server that has been discovered and has given out codes, and then polls end as `polls` says.
fn polled(polls: impl IntoIterator<Item = Result<Response, CallFailure>>) -> Script {
    Script::new([Ok(metadata()), Ok(codes())].into_iter().chain(polls))
}

fn metadata() -> Response {
    answer(
        200,
        &json!({
            "issuer": ISSUER, "device_authorization_endpoint": "https://login.example/device_authorization",
            "token_endpoint": "https://login.example/token", "dpop_signing_alg_values_supported": ["ES256"]
        }),
    )
}

fn codes() -> Response {
    answer(
        200,
        &json!({
            "device_code": "the-device-code", "user_code": "BCDF-GHJK", "expires_in": 60, "interval": 5,
            "verification_uri": "https://login.example/device",
            "verification_uri_complete": "https://login.example/device?user_code=BCDF-GHJK"
        }),
    )
}

fn plan() -> Plan {
    Plan {
        issuer: Issuer::parse(ISSUER, Transport::Secure).unwrap(),
        transport: Transport::Secure,
        client: Client { id: "tv".to_owned(), credential: Credential::Nothing },
        wish: Wish::default(),
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
    run_with(&plan(), None, world).0
}

fn failure(world: &mut Script) -> Failure {
    run(world).err().expect("tokens where there should be none")
}

#[test]
fn rfc8628_section_3_the_requests_carry_what_they_must_and_the_response_is_kept_whole() {
    let mut world = polled([error("authorization_pending"), Ok(tokens("bearer"))]);
    let mut plan = plan();
    plan.wish.scope = Some("openid profile".to_owned());
    plan.wish.device_name = Some("Build box".to_owned());
    plan.wish.device_type = Some("terminal".to_owned());
    let (outcome, shown) = run_with(&plan, None, &mut world);
    assert_eq!(
        Value::from(outcome.unwrap_or_else(|failure| panic!("{failure}")).0),
        json!({"access_token": "at", "token_type": "bearer", "expires_in": 300, "extra": [1]})
    );
    let wish = [
        ("scope", "openid profile"),
        ("tandem_device_name", "Build box"),
        ("tandem_device_type", "terminal"),
    ];
    assert_eq!(world.form(1), [&wish[..], &[("client_id", "tv")]].concat());
    let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    for poll in [2, 3] {
        assert_eq!(world.form(poll), [grant, ("device_code", "the-device-code"), ("client_id", "tv")]);
        assert_eq!(world.requests[poll].url.as_str(), "https://login.example/token");
        assert!(world.requests[poll].authorization.is_none() && world.requests[poll].dpop.is_none());
    }
    assert_eq!(world.waits, [5, 5]);
    assert!(shown.contains("BCDF-GHJK") && !shown.contains("the-device-code"));
}

#[test]
fn rfc8628_section_3_5_slow_down_lasts_and_failures_back_off() {
    let polls = [error("slow_down"), error("authorization_pending"), no_connection(), Ok(tokens("Bearer"))];
    let mut world = polled(polls);
    run(&mut world).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(world.waits, [5, 10, 10, 20]);
    let mut busy = answer(503, &json!({}));
    busy.retry_after = Some(Duration::from_secs(17));
    let mut world = polled([Ok(busy), Ok(answer(429, &json!({}))), Ok(tokens("Bearer"))]);
    run(&mut world).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(world.waits, [5, 17, 20]);
}

#[test]
fn rfc8628_section_3_5_any_other_answer_ends_the_flow_at_once() {
    let not_json = Response {
        status: 400,
        dpop_nonce: None,
        retry_after: None,
        date: None,
        body: b"\xff<html>".to_vec(),
    };
    let moved = Response { status: 302, dpop_nonce: None, retry_after: None, date: None, body: Vec::new() };
    let ends = [
        (error("access_denied"), 3),
        (error("expired_token"), 4),
        (error("invalid_grant"), 1),
        (error("invalid_client"), 1),
        (error("surprise"), 1),
        (error("use_dpop_nonce"), 1),
        (Ok(not_json), 1),
        (Ok(moved), 1),
        (Ok(answer(200, &json!({"token_type": "Bearer"}))), 1),
        (Ok(answer(200, &json!({"access_token": "", "token_type": "Bearer"}))), 1),
        (Ok(answer(200, &json!({"access_token": "at"}))), 1),
        (Ok(answer(200, &json!([]))), 1),
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
fn when_the_codes_or_the_timeout_end_polling_ends() {
    let mut world = polled((0..11).map(|_| error("authorization_pending")));
    assert_eq!(failure(&mut world), Failure::Expired);
    assert_eq!((world.requests.len(), world.elapsed.as_secs()), (2 + 11, 60));
    let mut world = polled([error("authorization_pending")]);
    let plan = Plan { timeout: Some(Duration::from_secs(8)), ..plan() };
    assert_eq!(run_with(&plan, None, &mut world).0.err(), Some(Failure::Expired));
    assert_eq!(world.elapsed.as_secs(), 8);
    let mut world = polled((0..5).map(|_| no_connection()));
    assert_eq!(failure(&mut world).exit_code(), 5, "a server that never answered is not an expired code");
}

#[test]
fn ctrl_c_while_waiting_stops_before_the_next_poll() {
    let mut world = polled([error("authorization_pending")]);
    world.interrupt_at = Some(Duration::from_secs(10));
    assert_eq!(failure(&mut world), Failure::Interrupted);
    assert_eq!(world.requests.len(), 3);
}

#[test]
fn discovery_falls_back_to_openid_and_nothing_is_sent_to_a_stranger() {
    let missing = || Ok(answer(404, &json!({})));
    let mut world = Script::new([missing(), Ok(metadata()), error("invalid_client")]);
    assert_eq!(failure(&mut world).exit_code(), 1);
    assert!(world.requests[0].url.path().ends_with("/oauth-authorization-server"));
    assert!(world.requests[1].url.path().ends_with("/openid-configuration"));
    assert_eq!(failure(&mut Script::new([missing(), missing()])).exit_code(), 1);
    assert_eq!(failure(&mut Script::new([no_connection()])).exit_code(), 5);
    let mut stranger = metadata();
    stranger.body =
        String::from_utf8(stranger.body).unwrap().replace("//login.example\"", "//evil.example\"").into();
    let mut world = Script::new([Ok(stranger)]);
    assert!(failure(&mut world).to_string().contains("https://evil.example"));
    assert_eq!(world.requests.len(), 1);
}

#[test]
fn broken_codes_are_refused_before_anything_is_shown() {
    let edited = |name: &str, value: Value| {
        let mut body: Value = serde_json::from_slice(&codes().body).unwrap();
        body[name] = value;
        Ok(answer(200, &body))
    };
    let broken = [
        edited("device_code", "".into()),
        edited("user_code", " ".into()),
        edited("expires_in", 0.into()),
        edited("expires_in", "60".into()),
        edited("verification_uri", "javascript:alert(1)".into()),
        edited("verification_uri", "http://login.example/device".into()),
        edited("verification_uri", Value::Null),
    ];
    for (number, codes) in broken.into_iter().enumerate() {
        let mut world = Script::new([Ok(metadata()), codes]);
        let (outcome, shown) = run_with(&plan(), None, &mut world);
        assert_eq!(
            (outcome.err().map(|failure| failure.exit_code()), shown.as_str()),
            (Some(1), ""),
            "case {number}"
        );
    }
    let mut world =
        Script::new([Ok(metadata()), edited("user_code", "A\u{1b}[2J".into()), error("access_denied")]);
    let (_, shown) = run_with(&plan(), None, &mut world);
    assert!(shown.contains("A?[2J") && !shown.contains("u001b"), "{shown}");
}

#[test]
fn rfc6749_section_2_3_1_a_confidential_client_authenticates_and_does_not_repeat_itself() {
    let mut plan = plan();
    plan.client = Client { id: "ki osk".to_owned(), credential: Credential::Secret("s:3/+".to_owned()) };
    let mut world = polled([Ok(tokens("Bearer"))]);
    run_with(&plan, None, &mut world).0.unwrap_or_else(|failure| panic!("{failure}"));
    for request in [1, 2] {
        let value = world.requests[request].authorization.as_ref().unwrap().strip_prefix("Basic ").unwrap();
        let value = base64::engine::general_purpose::STANDARD.decode(value).unwrap();
        assert_eq!(value, b"ki+osk:s%3A3%2F%2B");
        assert!(!world.form(request).iter().any(|(name, _)| name.starts_with("client_")));
    }
    let mut post_only: Value = serde_json::from_slice(&metadata().body).unwrap();
    post_only["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
    let mut world = Script::new([Ok(answer(200, &post_only)), Ok(codes()), Ok(tokens("Bearer"))]);
    run_with(&plan, None, &mut world).0.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(world.form(2)[2..], [("client_id", "ki osk"), ("client_secret", "s:3/+")]);
    assert!(world.requests[2].authorization.is_none());
}

#[test]
fn rfc9449_section_8_a_demanded_nonce_is_sent_at_once_and_costs_no_poll() {
    let demand = |nonce: &str| {
        let mut response = answer(400, &json!({"error": "use_dpop_nonce"}));
        response.dpop_nonce = Some(nonce.to_owned());
        Ok(response)
    };
    let answers = [
        Ok(metadata()),
        demand("n1"),
        Ok(codes()),
        error("authorization_pending"),
        demand("n2"),
        Ok(tokens("DPoP")),
    ];
    let mut world = Script::new(answers);
    let mut prover = Prover::generate().unwrap();
    run_with(&plan(), Some(&mut prover), &mut world).0.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(world.waits, [5, 5], "the retry does not wait");
    let nonces: Vec<_> = (1..6).map(|request| world.proof(request)["nonce"].clone()).collect();
    assert_eq!(nonces, [Value::Null, json!("n1"), json!("n1"), json!("n1"), json!("n2")]);
    let mut ids: Vec<_> = (1..6).map(|request| world.proof(request)["jti"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5, "each proof is new");
    assert_eq!(world.proof(1)["htu"], "https://login.example/device_authorization");
    assert_eq!(world.proof(5)["htu"], "https://login.example/token");
    // A server that is never content is an error, not a loop.
    let mut world = polled([demand("n1"), demand("n2")]);
    assert_eq!(run_with(&plan(), Some(&mut prover), &mut world).0.err().map(|f| f.exit_code()), Some(1));
}

#[test]
fn rfc9449_section_5_unbound_tokens_are_discarded_and_a_server_without_es256_is_not_asked() {
    let mut prover = Prover::generate().unwrap();
    let mut world = polled([Ok(tokens("Bearer"))]);
    assert_eq!(run_with(&plan(), Some(&mut prover), &mut world).0.err().map(|f| f.exit_code()), Some(1));
    let mut other: Value = serde_json::from_slice(&metadata().body).unwrap();
    other["dpop_signing_alg_values_supported"] = json!(["EdDSA"]);
    let mut world = Script::new([Ok(answer(200, &other))]);
    assert!(run_with(&plan(), Some(&mut prover), &mut world).0.is_err());
    assert_eq!(world.requests.len(), 1);
}

/// R6.1c, R6.15, R6.16b, R6.17
#[test]
fn what_is_brought_along_goes_with_the_request_and_the_number_is_shown() {
    let mut plan = plan();
    plan.wish.along = Along {
        binding_data: Some("12A".to_owned()),
        binding_label: Some("Seat".to_owned()),
        number: Number::Wanted,
        coordinates: Some("35.6812,139.7671,50".to_owned()),
        initiator_token: Some("a.b.c".to_owned()),
    };
    let mut shows_number: Value = serde_json::from_slice(&codes().body).unwrap();
    shows_number["tandem_number"] = "42".into();
    shows_number["tandem_user_code_expires_in"] = 20.into();
    let mut world = Script::new([Ok(metadata()), Ok(answer(200, &shows_number)), Ok(tokens("Bearer"))]);
    let (outcome, shown) = run_with(&plan, None, &mut world);
    assert!(outcome.is_ok());
    let along = [
        ("tandem_device_coordinates", "35.6812,139.7671,50"),
        ("tandem_binding_data", "12A"),
        ("tandem_binding_label", "Seat"),
        ("tandem_initiator_token", "a.b.c"),
        ("tandem_number_matching", "true"),
    ];
    assert_eq!(world.form(1), [&along[..], &[("client_id", "tv")]].concat());
    let event: Value = serde_json::from_str(shown.lines().next().unwrap()).unwrap();
    assert_eq!((&event["number"], &event["user_code_expires_in"]), (&json!("42"), &json!(20)));
    assert!(!shown.contains("12A") && !shown.contains("a.b.c"), "{shown}");
    // A server that gives none, though one was wanted, is not waited for.
    let mut world = Script::new([Ok(metadata()), Ok(codes())]);
    assert_eq!(run_with(&plan, None, &mut world).0.err().map(|failure| failure.exit_code()), Some(1));
}

#[expect(clippy::unnecessary_wraps, reason = "an entry of the script, next to those that fail")]
fn pin_wanted(tries_left: Option<u64>) -> Result<Response, CallFailure> {
    let mut body = json!({"error": "authorization_pending", "tandem_pin_required": true});
    if let Some(tries_left) = tries_left {
        body["tandem_pin_tries_left"] = tries_left.into();
    }
    Ok(answer(400, &body))
}

/// R6.16a
#[test]
fn the_pin_of_the_phone_is_asked_for_and_sent_with_the_next_poll() {
    let mut world =
        polled([error("authorization_pending"), pin_wanted(None), pin_wanted(Some(2)), Ok(tokens("Bearer"))]);
    let typed = |secs, line: &str| (Duration::from_secs(secs), line.to_owned());
    world.lines = [typed(2, ""), typed(1, " 123 456 "), typed(9, "654321")].into();
    let (outcome, shown) = run_with(&plan(), None, &mut world);
    assert!(outcome.is_ok());
    let pin =
        |request: usize| world.form(request).iter().find(|(name, _)| *name == "tandem_pin").map(|p| p.1);
    assert_eq!((pin(2), pin(3), pin(4), pin(5)), (None, None, Some("123 456"), Some("654321")));
    assert_eq!(world.waits, [5, 5, 2, 0], "typing counts as waiting");
    let events: Vec<Value> = shown.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events[1], json!({"event": "pin", "tries_left": null, "expires_in": 50}));
    assert_eq!(events[2]["tries_left"], 2);
    assert!(!shown.contains("123 456") && world.questions.iter().all(String::is_empty), "{shown}");
}

/// R6.16a
#[test]
fn a_pin_that_got_no_answer_is_sent_again_and_one_that_nobody_types_ends_it() {
    let line = || (Duration::from_secs(5), "123456".to_owned());
    let mut world = polled([pin_wanted(None), no_connection(), error("slow_down"), Ok(tokens("Bearer"))]);
    world.lines = [line()].into();
    run(&mut world).unwrap_or_else(|failure| panic!("{failure}"));
    for request in 3..=5 {
        assert!(world.form(request).contains(&("tandem_pin", "123456")), "{request}");
    }
    let mut world = polled([pin_wanted(None), error("access_denied")]);
    world.lines = [line()].into();
    assert_eq!(failure(&mut world), Failure::Denied, "the last try was wrong");
    let mut world = polled([pin_wanted(None)]);
    assert_eq!(failure(&mut world).exit_code(), 3, "the input is at its end");
    let mut world = polled([pin_wanted(None)]);
    world.lines = [(Duration::from_mins(5), "123456".to_owned())].into();
    assert_eq!(failure(&mut world), Failure::Expired);
    assert_eq!(world.requests.len(), 3);
}

/// Codes with a seed for living QR codes, from a server whose clock says this.
fn living_codes(seed: &str, date: Option<Timestamp>) -> Response {
    let mut body: Value = serde_json::from_slice(&codes().body).unwrap();
    body["tandem_qr_seed"] = seed.into();
    body["tandem_qr_period"] = 15.into();
    Response { date, ..answer(200, &body) }
}

/// R6.3a: a seed is asked for where a code will be drawn, and used by the server's clock, however wrong this one is.
#[test]
fn a_living_qr_code_follows_the_servers_clock() {
    let mut living = plan();
    living.wish.qr = QrKind::Living;
    let seed = "A".repeat(43);
    let server = Timestamp::from_secs(1_800_000_000);
    for (date, expected) in [(Some(server), 1_800_000_000_u64), (None, 1_700_000_000)] {
        let mut world = Script::new([Ok(metadata()), Ok(living_codes(&seed, date)), Ok(tokens("Bearer"))]);
        let (outcome, shown) = run_with(&living, None, &mut world);
        assert!(outcome.is_ok());
        assert!(world.form(1).contains(&("tandem_living_qr", "true")));
        let event: Value = serde_json::from_str(shown.lines().next().unwrap()).unwrap();
        assert_eq!(event["qr_seed"], *seed);
        assert_eq!((&event["qr_period"], &event["qr_time"]), (&json!(15), &json!(expected)));
    }
    // On a terminal, the code is drawn once for each period in which somebody looks at it: polls are 5 s apart.
    let pending = (0..7).map(|_| error("authorization_pending"));
    let answers = [Ok(metadata()), Ok(living_codes(&seed, Some(server)))].into_iter().chain(pending);
    let mut world = Script::new(answers.chain([Ok(tokens("Bearer"))]));
    let mut out = Vec::new();
    let style = Style::Terminal { columns: 100, rows: 60, ink: Some(Ink::Colour) };
    let outcome = obtain(&living, None, &mut world, &mut Screen::new(Box::new(&mut out), style));
    assert!(outcome.is_ok() && world.elapsed == Duration::from_secs(40));
    let shown = String::from_utf8(out).unwrap();
    let again = "A\u{1b}[38;5;16;";
    assert_eq!(shown.matches(again).count(), 2, "in its place, after 15 and 30 seconds");
    assert!(!shown.contains(&seed), "whoever has the seed can draw");
}

/// What was not asked for is not used, and what cannot be drawn is not shown as if it could.
#[test]
fn a_seed_that_is_of_no_use_is_no_seed() {
    let mut world =
        Script::new([Ok(metadata()), Ok(living_codes(&"A".repeat(43), None)), Ok(tokens("Bearer"))]);
    let (outcome, shown) = run_with(&plan(), None, &mut world);
    assert!(outcome.is_ok() && !shown.contains(&"A".repeat(43)));
    assert!(!world.form(1).iter().any(|(name, _)| *name == "tandem_living_qr"));
    let mut living = plan();
    living.wish.qr = QrKind::Living;
    let mut world = Script::new([Ok(metadata()), Ok(living_codes("short", None))]);
    let (outcome, shown) = run_with(&living, None, &mut world);
    assert_eq!((outcome.err().map(|failure| failure.exit_code()), shown.as_str()), (Some(1), ""));
    // A server that has none is as good.
    let mut world = Script::new([Ok(metadata()), Ok(codes()), Ok(tokens("Bearer"))]);
    assert!(run_with(&living, None, &mut world).0.is_ok());
}
