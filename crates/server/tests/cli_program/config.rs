//! Does `tandem config` say what is wrong, where, and what was meant?

use crate::support::{Home, run, tandem};

#[test]
fn without_a_command_the_help_is_shown() {
    run(&mut tandem(&[])).expect(2).says(&["Usage: tandem", "serve", "demo", "Exit codes"]);
    let help = run(&mut tandem(&["--help"])).expect(0);
    assert!(help.out.contains("tandem demo") && help.err.is_empty());
    assert!(run(&mut tandem(&["--version"])).expect(0).out.starts_with("tandem "));
    run(&mut tandem(&["sevre"])).expect(2).says(&["sevre", "serve"]);
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_the_nearest_name() {
    let home = Home::with("[tokens]\nacces_token_lifetime = 60\n");
    let ended = home.run(&["config", "check"]).expect(2);
    ended.says(&["acces_token_lifetime", "did you mean `tokens.access_token_lifetime`", "tandem.toml:13:1"]);
}

#[test]
fn every_problem_is_told_at_once() {
    let home =
        Home::with("[tokens]\naccess_token_lifetime = \"long\"\n[device_authorization]\ninterval = 0\n");
    home.run(&["config", "check"]).expect(2).says(&[
        "2 problems",
        "tokens.access_token_lifetime",
        "interval",
    ]);
}

#[test]
fn an_unknown_variable_is_refused_and_a_known_one_wins() {
    let home = Home::new();
    let check = || home.command(&["config", "check"]);
    run(check().env("TANDEM_TOKENS__ACCES_TOKEN_LIFETIME", "60"))
        .expect(2)
        .says(&["TANDEM_TOKENS__ACCES_TOKEN_LIFETIME", "TANDEM_TOKENS__ACCESS_TOKEN_LIFETIME"]);
    let ended = run(check().env("TANDEM_TOKENS__ACCESS_TOKEN_LIFETIME", "61")).expect(0);
    let line = ended.out.lines().find(|line| line.starts_with("tokens.access_token_lifetime")).unwrap();
    assert_eq!(line, "tokens.access_token_lifetime = 61  # variable TANDEM_TOKENS__ACCESS_TOKEN_LIFETIME");
}

#[test]
fn values_are_shown_with_their_origin_and_secrets_are_not() {
    let secret = "a-secret-that-nobody-sees";
    let home = Home::with(&format!("[[clients]]\nclient_id = \"kiosk\"\nclient_secret = \"{secret}\"\n"));
    let ended = home.run(&["config", "check"]).expect(0);
    assert!(ended.out.contains("data_dir = ") && ended.out.contains("tandem.toml:2:1"));
    assert!(ended.out.contains("# the defaults"));
    assert!(ended.out.contains("***"));
    for text in [&ended.out, &ended.err] {
        assert!(!text.contains(secret) && !text.contains("000102030405"), "{text}");
    }
    let json = home.run(&["config", "check", "--json"]).expect(0);
    let issuer =
        json.json()["values"].as_array().unwrap().iter().find(|value| value["key"] == "issuer").cloned();
    assert_eq!(issuer.unwrap()["value"], "\"http://localhost:8080\"");
    assert!(!json.out.contains(secret));
}

#[test]
fn several_files_lie_over_each_other_and_the_variable_names_them_too() {
    let home = Home::new();
    std::fs::write(home.path("site.toml"), "[tokens]\naccess_token_lifetime = 77\n").unwrap();
    let named = home.command(&["config", "check"]).arg("-c").arg(home.path("site.toml")).output().unwrap();
    assert!(String::from_utf8(named.stdout).unwrap().contains("tokens.access_token_lifetime = 77"));
    let files = std::env::join_paths([home.path("tandem.toml"), home.path("site.toml")]).unwrap();
    let ended = run(tandem(&["config", "check"]).env("TANDEM_CONFIG", files)).expect(0);
    assert!(ended.out.contains("tokens.access_token_lifetime = 77"));
}

#[test]
fn nothing_to_read_and_a_missing_file_are_said() {
    let empty = tempfile::tempdir().unwrap();
    run(tandem(&["config", "check"]).current_dir(empty.path())).expect(2).says(&["issuer", "-c tandem.toml"]);
    run(&mut tandem(&["config", "check", "-c", "/nonexistent/tandem.toml"]))
        .expect(2)
        .says(&["/nonexistent/tandem.toml"]);
}

#[test]
fn the_schema_is_json_and_the_reference_names_every_section() {
    let schema = run(&mut tandem(&["config", "schema"])).expect(0).json();
    assert!(schema["properties"]["device_authorization"].is_object() || schema["$defs"].is_object());
    let reference = run(&mut tandem(&["config", "reference"])).expect(0).out;
    for section in ["[keys]", "[device_authorization]", "[tokens]", "[listeners]"] {
        assert!(reference.contains(section), "{section}");
    }
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let mut command = tandem(&["config", "reference"]);
    let mut child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
