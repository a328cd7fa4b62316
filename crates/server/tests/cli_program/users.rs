//! Does `tandem user` look after people?

use crate::support::{Ended, Home, run_with};

fn with_password(home: &Home, arguments: &[&str], password: &str) -> Ended {
    run_with(&mut home.command(arguments), Some(password))
}

#[test]
fn a_person_is_added_shown_and_removed() {
    let home = Home::new();
    let add =
        ["user", "add", "Ada", "--name", "Ada Lovelace", "--email", "ada@example.com", "--email-verified"];
    let added = with_password(&home, &[&add[..], &["--password-stdin"]].concat(), "a long enough password\n")
        .expect(0);
    assert!(added.says(&["user ada"]).out.is_empty());
    let shown = home.run(&["user", "show", "ADA", "--json"]).expect(0);
    let json = shown.json();
    assert_eq!(json["username"], "ada");
    assert_eq!(json["name"], "Ada Lovelace");
    assert_eq!(json["email_verified"], true);
    assert_eq!(json["password"], "set");
    assert!(!shown.out.contains("argon2") && !shown.out.contains("long enough"));
    assert_eq!(json["authorization_devices"], 0);
    home.run(&["user", "devices", "ada"]).expect(0);
    assert_eq!(home.run(&["user", "devices", "ada", "--json"]).expect(0).json(), serde_json::json!([]));
    // One id in 64 begins with a hyphen.
    for id in ["nothing", "-nothing"] {
        home.run(&["user", "devices", "ada", "--remove", id]).expect(1).says(&["has no device ", id]);
    }
    home.run(&["user", "devices", "bob"]).expect(1).says(&["no user bob"]);
    let listed = home.run(&["user", "list"]).expect(0).out;
    assert!(listed.contains("ada@example.com") && !listed.contains("argon2"));
    home.run(&["user", "remove", "ada"]).expect(0);
    home.run(&["user", "show", "ada"]).expect(1).says(&["no user ada"]);
    home.run(&["user", "remove", "ada"]).expect(1).says(&["no user ada"]);
}

#[test]
fn a_password_comes_from_a_file_too_and_can_be_taken_away() {
    let home = Home::new();
    home.write_key("password", "a long enough password\n");
    home.run(&["user", "add", "ada", "--password-file", "password"]).expect(0);
    with_password(&home, &["user", "set-password", "ada", "--password-stdin"], "another long password")
        .expect(0);
    home.run(&["user", "set-password", "ada", "--none"]).expect(0);
    assert_eq!(home.run(&["user", "show", "ada", "--json"]).expect(0).json()["password"], "none");
    with_password(&home, &["user", "set-password", "bob", "--password-stdin"], "another long password")
        .expect(1)
        .says(&["no user bob"]);
}

#[test]
fn bad_names_and_passwords_are_refused_and_nobody_is_added() {
    let home = Home::new();
    let add = |name: &str, password: &str| {
        with_password(&home, &["user", "add", name, "--password-stdin"], password)
    };
    add("ada", "short").expect(1).says(&["too short"]);
    add("ada", "").expect(1).says(&["too short"]);
    add("a name", "a long enough password").expect(1).says(&["white space"]);
    add("ada", &"x".repeat(5000)).expect(1).says(&["4096"]);
    home.run(&["user", "add", "ada"]).expect(2).says(&["--password-stdin"]);
    home.run(&["user", "add", "ada", "--password-stdin", "--password-file", "x"]).expect(2);
    home.run(&["user", "add", "ada", "--password-file", "/nonexistent"]).expect(1).says(&["/nonexistent"]);
    assert_eq!(home.run(&["user", "list", "--json"]).expect(0).json(), serde_json::json!([]));
    add("ada", "a long enough password").expect(0);
    add("ADA", "a long enough password").expect(1).says(&["user ada already"]);
}

#[test]
fn looking_does_not_make_a_database() {
    let home = Home::new();
    home.run(&["user", "list"]).expect(1).says(&["migrate"]);
    assert!(!home.path("data").exists());
    home.run(&["migrate"]).expect(0);
    assert!(home.run(&["user", "list"]).expect(0).out.contains("nobody"));
    assert!(home.run(&["events"]).expect(0).out.contains("nothing"));
    assert_eq!(home.run(&["events", "--json"]).expect(0).json(), serde_json::json!([]));
}
