//! Does the program itself keep its word: exit codes, files, streams, limits and Ctrl-C, against a server on loopback?

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test")]

mod loopback;

use loopback::{Move, Server, ok, text};
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn metadata(issuer: &str) -> Move {
    ok(&json!({
        "issuer": issuer, "token_endpoint": format!("{issuer}/token"),
        "device_authorization_endpoint": format!("{issuer}/device_authorization"),
    }))
}

fn codes(issuer: &str) -> Move {
    ok(&json!({
        "device_code": "the-device-code", "user_code": "BCDF-GHJK", "expires_in": 60, "interval": 1,
        "verification_uri": format!("{issuer}/device"),
        "verification_uri_complete": format!("{issuer}/device?user_code=BCDF-GHJK")
    }))
}

fn command(issuer: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem-device"));
    command.args(["login", "--issuer", issuer, "--client", "tv"]).args(more);
    command.env_remove("TANDEM_DEVICE_CLIENT_SECRET").stdin(Stdio::null());
    command
}

fn run(issuer: &str, more: &[&str]) -> Output {
    command(issuer, more).output().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn tokens_and_key_land_in_private_files_and_standard_output_stays_empty() {
    let server = Server::start(|issuer| {
        vec![metadata(issuer), codes(issuer), ok(&json!({"access_token": "at", "token_type": "DPoP"}))]
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokens.json");
    let output =
        run(&server.issuer, &["--dpop", "--json", "--name", "Büild box", "--output", file.to_str().unwrap()]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), ""), "{}", text(&output.stderr));
    assert_eq!(names(folder.path()), ["tokens.json", "tokens.json.dpop-key.pem"]);
    for name in names(folder.path()) {
        assert_eq!(mode(&folder.path().join(name)), 0o600);
    }
    let kept: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(kept, json!({"access_token": "at", "token_type": "DPoP"}));
    let events: Vec<Value> =
        text(&output.stderr).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (&events[0]["event"], &events[1]["event"], events.len()),
        (&json!("codes"), &json!("granted"), 2)
    );
    let requests: Vec<_> = server.requests.iter().take(3).collect();
    assert!(requests[0].starts_with("GET /.well-known/oauth-authorization-server HTTP/1.1"));
    assert!(
        requests[1].contains("tandem_device_name=B%C3%BCild+box&tandem_device_type=terminal&client_id=tv")
    );
    assert!(requests[2].to_ascii_lowercase().contains("content-type: application/x-www-form-urlencoded\r\n"));
    assert!(requests[2].to_ascii_lowercase().contains("\r\ndpop: eyj"));
}

#[test]
fn without_a_file_the_tokens_and_the_key_go_to_standard_output_as_json() {
    let server = Server::start(|issuer| {
        vec![metadata(issuer), codes(issuer), ok(&json!({"access_token": "at", "token_type": "DPoP"}))]
    });
    let output = run(&server.issuer, &["--dpop"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let tokens: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(tokens["access_token"], "at");
    assert!(tokens["dpop_key"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(text(&output.stderr).contains("BCDF-GHJK") && !text(&output.stderr).contains('\u{1b}'));
}

#[test]
fn a_given_key_is_used_as_it_is_and_another_form_of_key_is_refused_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.pem");
    let options = ["--dpop", "--dpop-key", key.to_str().unwrap()];
    let mut points = Vec::new();
    for _ in ["made", "used again"] {
        let server = Server::start(|issuer| {
            vec![metadata(issuer), codes(issuer), ok(&json!({"access_token": "at", "token_type": "DPoP"}))]
        });
        let output = run(&server.issuer, &options);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(mode(&key), 0o600);
        assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap().get("dpop_key"), None);
        let poll = server.requests.iter().nth(2).unwrap();
        let proof = poll.lines().find_map(|line| line.split_once(": eyJ")).unwrap().1.to_owned();
        points.push((proof.split('.').next().unwrap().to_owned(), fs::read(&key).unwrap()));
    }
    assert_eq!(points[0], points[1]);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(run("http://127.0.0.1:1", &options).status.code(), Some(1));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&key, "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n").unwrap();
    assert_eq!(run("http://127.0.0.1:1", &options).status.code(), Some(1));
}

#[test]
fn wrong_command_lines_end_with_2_and_help_with_0() {
    assert_eq!(run("http://login.example", &[]).status.code(), Some(2));
    assert_eq!(run("https://login.example?x=1", &[]).status.code(), Some(2));
    assert_eq!(run("https://login.example", &["--nonsense"]).status.code(), Some(2));
    assert_eq!(run("https://login.example", &["--help"]).status.code(), Some(0));
}

#[test]
fn a_server_that_is_not_there_ends_with_5() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let output = run(&format!("http://127.0.0.1:{port}"), &[]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(5), ""));
}

#[test]
fn a_file_that_cannot_be_written_is_noticed_before_anybody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    // No server at all: it must not even be called.
    let output = run("http://127.0.0.1:1", &["--output", link.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("symbolic link"), "{}", text(&output.stderr));
}

#[test]
fn redirects_are_not_followed_and_endless_answers_are_cut() {
    let elsewhere = Server::start(|issuer| vec![metadata(issuer)]);
    let target = elsewhere.issuer.clone();
    let moved = || Move::Answer("302 Found", vec![("Location", target.clone())], Vec::new());
    let server = Server::start(|_| vec![moved(), moved()]);
    let output = run(&server.issuer, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(elsewhere.requests.try_recv().is_err(), "the redirect was followed");
    let server = Server::start(|_| vec![Move::Answer("200 OK", vec![], vec![b' '; (1 << 20) + 1])]);
    let output = run(&server.issuer, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
}

#[test]
fn a_signal_ends_it_at_once_even_while_the_server_is_silent_and_leaves_nothing() {
    for signal in ["-INT", "-TERM"] {
        let server = Server::start(|issuer| vec![metadata(issuer), codes(issuer), Move::Silence]);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tokens.json");
        let child = command(&server.issuer, &["--dpop", "--output", file.to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The poll has arrived and gets no answer.
        server.requests.iter().nth(2).unwrap();
        let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
        assert_eq!((names(folder.path()), text(&output.stdout)), (Vec::new(), ""));
    }
}

/// R6.16a: a script is told that a PIN is due, and gives it as a line; nobody else's text is taken for one.
#[test]
fn the_pin_comes_from_standard_input_and_without_one_nothing_is_sent() {
    let pin_due = || {
        let body = json!({"error": "authorization_pending", "tandem_pin_required": true});
        Move::Answer("400 Bad Request", vec![], body.to_string().into_bytes())
    };
    let server = Server::start(|issuer| {
        let tokens = ok(&json!({"access_token": "at", "token_type": "Bearer"}));
        vec![metadata(issuer), codes(issuer), pin_due(), tokens]
    });
    let mut child = command(&server.issuer, &["--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"\n123 456\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let events: Vec<Value> =
        text(&output.stderr).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&events[1]["event"], &events[1]["tries_left"]), (&json!("pin"), &Value::Null));
    let requests: Vec<_> = server.requests.iter().take(4).collect();
    assert!(!requests[2].contains("tandem_pin") && requests[3].contains("&tandem_pin=123+456&"));
    let server = Server::start(|issuer| vec![metadata(issuer), codes(issuer), pin_due()]);
    assert_eq!(run(&server.issuer, &[]).status.code(), Some(3), "standard input is at its end");
}

/// One request in 64 has a name that begins so.
#[test]
fn the_name_of_a_request_may_begin_with_a_hyphen() {
    let folder = tempfile::tempdir().unwrap();
    let answer = |verb: &str, id: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tandem-device"));
        command.arg("phone").arg("--file").arg(folder.path().join("none.json")).args([verb, id]);
        let output = command.output().unwrap();
        (output.status.code(), text(&output.stderr).to_owned())
    };
    for verb in ["show", "approve", "deny", "report"] {
        let (code, said) = answer(verb, "-x");
        assert_eq!((code, &said), (answer(verb, "x").0, &answer(verb, "x").1), "{verb}");
        assert!(!said.contains("unexpected argument"), "{verb}: {said}");
    }
}
