//! Does `tandem incident` look after incidents, with a server and without?

use crate::support::{Home, call, eventually, get, post, run_with, service_token};
use serde_json::{Value, json};

fn home() -> Home {
    let home = Home::new();
    home.run(&["client", "add", "tv", "--public"]).expect(0);
    let add = ["user", "add", "ada", "--password-stdin"];
    let added = run_with(&mut home.command(&add), Some("a long enough password\n"));
    assert_eq!(added.code, Some(0), "{added:#?}");
    home
}

fn open(home: &Home, target: &[&str]) -> String {
    let all = [&["incident", "open", "--reason", "phishing by phone"], target].concat();
    home.run(&all).expect(0).out.trim().to_owned()
}

fn show(home: &Home, id: &str) -> Value {
    home.run(&["incident", "show", id, "--json"]).expect(0).json()
}

#[test]
fn an_incident_is_opened_contained_closed_and_opened_again() {
    let home = home();
    assert_eq!(home.run(&["incident", "list", "--json"]).expect(0).json(), json!([]));
    let id = open(&home, &["--person", "ada"]);
    let listed = home.run(&["incident", "list"]).expect(0).out;
    assert!(listed.contains("phishing by phone") && listed.contains("open"), "{listed}");
    assert_eq!(show(&home, &id)["state"], "open");
    // No server runs: this process does it.
    home.run(&["incident", "contain", &id]).expect(0).says(&["is contained: stopped 0 requests"]);
    home.run(&["incident", "contain", &id]).expect(0).says(&["contained before"]);
    let shown = show(&home, &id);
    assert_eq!((&shown["state"], &shown["cause"]), (&json!("contained"), &json!("operator")), "{shown}");
    assert_eq!(shown["steps"][2]["actor"], "command", "{shown}");
    assert_eq!(shown["touched"][0]["kind"], "person", "{shown}");
    home.run(&["incident", "close", &id, "--note", "talked to Ada"]).expect(0).says(&["is closed"]);
    home.run(&["incident", "close", &id]).expect(0).says(&["closed before"]);
    home.run(&["incident", "contain", &id]).expect(1).says(&["is closed", "incident reopen"]);
    home.run(&["incident", "reopen", &id]).expect(0).says(&["open again"]);
    assert_eq!(show(&home, &id)["state"], "contained");
    let text = home.run(&["incident", "show", &id]).expect(0).out;
    assert!(text.contains("talked to Ada") && text.contains("containment ends"), "{text}");
    let open = home.run(&["incident", "list", "--state", "open", "--json"]).expect(0).json();
    assert_eq!(open, json!([]));
    let found = home.run(&["incident", "list", "--search", "PHISHING", "--json"]).expect(0).json();
    assert_eq!(found[0]["id"].to_string(), id);
}

#[test]
fn what_cannot_be_done_says_why() {
    let home = home();
    for command in ["show", "contain", "close", "reopen"] {
        home.run(&["incident", command, "7"]).expect(1).says(&["no incident 7", "incident list"]);
    }
    home.run(&["incident", "open", "--reason", "x"]).expect(2);
    home.run(&["incident", "open", "--person", "ada"]).expect(2);
    home.run(&["incident", "open", "--person", "ada", "--client", "tv", "--reason", "x"]).expect(2);
    home.run(&["incident", "open", "--person", "ada", "--reason", " "]).expect(2).says(&["--reason"]);
    home.run(&["incident", "open", "--person", "ada", "--reason", "a\nb"]).expect(2).says(&["--reason"]);
    home.run(&["incident", "open", "--person", "bob", "--reason", "x"]).expect(1).says(&["bob"]);
    home.run(&["incident", "open", "--client", "radio", "--reason", "x"]).expect(1).says(&["radio"]);
    home.run(&["incident", "open", "--device", "lobby", "--reason", "x"]).expect(1).says(&["lobby"]);
    home.run(&["incident", "open", "--crossing", "short", "--reason", "x"]).expect(2).says(&["short"]);
    home.run(&["incident", "list", "--state", "done"]).expect(2);
    home.run(&["incident", "list", "--cause", "weather"]).expect(2);
    assert_eq!(home.run(&["incident", "list", "--json"]).expect(0).json(), json!([]));
    let help = home.run(&["incident", "--help"]).expect(0).out;
    assert!(help.contains("Exit codes") && help.contains("--contain"), "{help}");
}

/// R6.6a: against the running program; the device that waits hears `access_denied`.
#[test]
fn a_running_server_contains_what_a_command_asks_for() {
    let home = home();
    let server = home.serve();
    let asked = post(server.public, "/device_authorization", "client_id=tv&scope=openid").json();
    let code = asked["device_code"].as_str().unwrap();
    let done = home.run(&["incident", "open", "--client", "tv", "--reason", "stolen", "--contain"]).expect(0);
    done.says(&["is contained: stopped 1 requests"]);
    let form =
        format!("grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=tv&device_code={code}");
    assert_eq!(post(server.public, "/token", &form).json()["error"], "access_denied");
}

/// The id that a record shows is the id that a command takes, and finds again.
#[test]
fn an_event_names_its_request_as_every_command_takes_it() {
    let home = home();
    let server = home.serve();
    let asked = post(server.public, "/device_authorization", "client_id=tv&scope=openid").json();
    let opened =
        home.run(&["incident", "open", "--client", "tv", "--reason", "stolen", "--contain"]).expect(0);
    assert_eq!(opened.out.trim(), "1");
    let ended = || home.run(&["events", "--json"]).expect(0).json();
    let events = eventually(ended, |events| events.to_string().contains("ended_by_incident"));
    let ended = events.as_array().unwrap().iter().find(|event| event["kind"] == "ended_by_incident").unwrap();
    let crossing = ended["crossing"].as_str().unwrap();
    let expected = tandem_core::crossing::CrossingId::of_secret(asked["device_code"].as_str().unwrap());
    assert_eq!(crossing, expected.to_string());
    // An id may begin with a hyphen.
    let id = open(&home, &["--crossing", crossing]);
    assert_eq!(show(&home, &id)["crossing"], crossing);
    let found = home.run(&["incident", "list", "--json", "--search", crossing]).expect(0).json();
    assert!(found.to_string().contains(&format!("\"id\":{id},")), "{found}");
    home.run(&["policy", "explain", crossing]).expect(0);
    assert_eq!(
        open(&home, &["--crossing", "-AAAAAAAAAAAAAAAAAAAAA"]),
        (id.parse::<u64>().unwrap() + 1).to_string()
    );
    // The database shows the same in other digits.
    let digits: String =
        expected.as_bytes().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    assert_eq!(open(&home, &["--crossing", &digits]), id, "the same request, the same incident");
}

/// Registers a program that works on incidents; its secret.
fn add_desk(home: &Home) -> String {
    let add = ["client", "add", "desk", "--grant-types", "client_credentials", "--scope", "incidents.manage"];
    let added = home.run(&[&add[..], &["--auth-method", "client_secret_post"]].concat()).expect(0);
    added.out.trim().to_owned()
}

/// Whoever reads one reads the other.
#[test]
fn a_command_prints_an_incident_as_the_api_answers_it() {
    let home = home();
    let secret = add_desk(&home);
    let id = open(&home, &["--person", "ada"]);
    home.run(&["incident", "contain", &id]).expect(0);
    open(&home, &["--client", "tv"]);
    let server = home.serve();
    let token = service_token(server.public, "desk", &secret);
    let answer =
        |path: &str| call(server.public, "GET", &format!("/admin/v1/incidents{path}"), &token, "").json();
    assert_eq!(show(&home, &id), answer(&format!("/{id}")));
    let listed = home.run(&["incident", "list", "--json"]).expect(0).json();
    assert_eq!((listed.as_array().unwrap().len(), &listed), (2, &answer("")["incidents"]));
}

#[test]
fn what_programs_close_and_open_again_is_counted() {
    let home = home();
    let secret = add_desk(&home);
    let id = open(&home, &["--person", "ada"]);
    let server = home.serve();
    let token = service_token(server.public, "desk", &secret);
    let press = |word: &str| {
        let at = format!("/admin/v1/incidents/{id}/{word}");
        let answer = call(server.public, "POST", &at, &token, r#"{"note":"looked at it"}"#);
        assert_eq!(answer.status, 200, "{answer:#?}");
    };
    // Twice does nothing more, and counts nothing more.
    for word in ["close", "close", "reopen", "reopen", "close"] {
        press(word);
    }
    let metrics = get(server.admin, "/metrics").body;
    for (step, count) in [("closed", 2), ("reopened", 1)] {
        let line = format!("tandem_incidents_total{{cause=\"operator\",step=\"{step}\"}} {count}");
        assert!(metrics.contains(&line), "{line}: {metrics}");
    }
}

/// A containment without a server ends open requests too: the next start does not bring them back.
#[test]
fn requests_that_waited_stay_ended_after_a_containment_without_a_server() {
    let home = home();
    let mut server = home.serve();
    let asked = post(server.public, "/device_authorization", "client_id=tv&scope=openid").json();
    let code = asked["device_code"].as_str().unwrap().to_owned();
    server.process.signal("TERM");
    assert_eq!(server.process.wait(), Some(0));
    let id = open(&home, &["--client", "tv"]);
    home.run(&["incident", "contain", &id]).expect(0).says(&["stopped 1 requests"]);
    let server = home.serve();
    let form =
        format!("grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=tv&device_code={code}");
    assert_eq!(post(server.public, "/token", &form).json()["error"], "access_denied");
    let events = || home.run(&["events"]).expect(0).out;
    eventually(events, |events| events.contains("ended_by_incident"));
}

#[test]
fn operators_are_named_by_a_command() {
    let home = home();
    home.run(&["user", "operator", "list"]).expect(0);
    home.run(&["user", "operator", "add", "ada"]).expect(0).says(&["now an operator"]);
    home.run(&["user", "operator", "add", "Ada"]).expect(0).says(&["already an operator"]);
    let listed = home.run(&["user", "operator", "list", "--json"]).expect(0).json();
    assert_eq!(listed[0]["username"], "ada");
    home.run(&["user", "operator", "remove", "ada"]).expect(0).says(&["now no operator"]);
    home.run(&["user", "operator", "remove", "ada"]).expect(0).says(&["already no operator"]);
    home.run(&["user", "operator", "add", "bob"]).expect(1).says(&["no user bob"]);
    let events = home.run(&["events"]).expect(0).out;
    assert!(events.contains("operator_added") && events.contains("operator_removed"), "{events}");
}
