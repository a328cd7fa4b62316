//! Does `tandem client` register applications that a server then knows?

use crate::support::{Home, eventually, post};

#[test]
fn a_client_is_added_shown_and_removed() {
    let home = Home::new();
    home.run(&[
        "client",
        "add",
        "tv",
        "--public",
        "--name",
        "Living-room TV",
        "--scope",
        "openid profile",
        "--verified",
    ])
    .expect(0)
    .says(&["client tv is registered"]);
    let listed = home.run(&["client", "list", "--json"]).expect(0).json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let tv = &listed[0];
    assert_eq!(tv["client_id"], "tv");
    assert_eq!(tv["client_name"], "Living-room TV");
    assert_eq!(tv["token_endpoint_auth_method"], "none");
    assert_eq!(tv["scope"], "openid profile");
    assert_eq!(tv["tandem_verified"], true);
    assert_eq!(tv["kept_in"], "database");
    let table = home.run(&["client", "list"]).expect(0).out;
    assert!(table.contains("Living-room TV") && table.contains("database"));
    assert!(home.run(&["client", "show", "tv"]).expect(0).out.contains("openid profile"));
    home.run(&["client", "remove", "tv"]).expect(0).says(&["client tv is removed"]);
    home.run(&["client", "show", "tv"]).expect(1).says(&["no client tv"]);
    home.run(&["client", "remove", "tv"]).expect(1).says(&["no client tv"]);
    assert_eq!(home.run(&["client", "list", "--json"]).expect(0).json(), serde_json::json!([]));
}

#[test]
fn a_secret_is_printed_once_and_never_again() {
    let home = Home::new();
    let added = home.run(&["client", "add", "kiosk"]).expect(0);
    let secret = added.out.trim();
    assert_eq!(secret.len(), 43);
    assert!(!added.err.contains(secret));
    for arguments in
        [&["client", "list"][..], &["client", "list", "--json"], &["client", "show", "kiosk", "--json"]]
    {
        let shown = home.run(arguments).expect(0).out;
        assert!(shown.contains("kiosk") && !shown.contains(secret) && !shown.contains("digest"), "{shown}");
    }
    let other = home.run(&["client", "add", "kiosk2", "--json"]).expect(0).json();
    assert_eq!(other["client_secret"].as_str().unwrap().len(), 43);
    assert_ne!(other["client_secret"], secret);
}

#[test]
fn a_client_that_is_there_is_changed_only_on_request() {
    let home = Home::with("[[clients]]\nclient_id = \"fixed\"\ntoken_endpoint_auth_method = \"none\"\n");
    home.run(&["client", "add", "tv", "--public"]).expect(0);
    home.run(&["client", "add", "tv", "--public", "--name", "Other"]).expect(1).says(&["--replace"]);
    home.run(&["client", "add", "tv", "--public", "--name", "Other", "--replace"]).expect(0);
    assert_eq!(home.run(&["client", "show", "tv", "--json"]).expect(0).json()["client_name"], "Other");
    home.run(&["client", "add", "fixed", "--public", "--replace"]).expect(1).says(&["configuration"]);
    home.run(&["client", "remove", "fixed"]).expect(1).says(&["configuration"]);
    let fixed = home.run(&["client", "show", "fixed", "--json"]).expect(0).json();
    assert_eq!(fixed["kept_in"], "configuration");
}

#[test]
fn what_makes_no_sense_is_refused_and_nothing_is_stored() {
    let home = Home::new();
    home.write_key("short", "too short\n");
    home.write_key("broken.json", "{\"keys\": [}");
    let refused: [(&[&str], &str); 9] = [
        (&["client", "add", "a:b", "--public"], "client_id"),
        (&["client", "add", "tv", "--public", "--scope", "photos"], "photos"),
        (&["client", "add", "tv", "--public", "--introspection"], "introspect"),
        (&["client", "add", "tv", "--auth-method", "private_key_jwt"], "jwks"),
        (&["client", "add", "tv", "--auth-method", "password"], "client_secret_basic"),
        (
            &["client", "add", "tv", "--public", "--access-token-signing-alg", "EdDSA"],
            "keys.signing_algorithms",
        ),
        (&["client", "add", "tv", "--secret-file", "short"], "16 to 512"),
        (&["client", "add", "tv", "--jwks-file", "broken.json"], "broken.json"),
        (&["client", "add", "tv", "--public", "--code-lifetime", "9999"], "1800"),
    ];
    for (arguments, word) in refused {
        home.run(arguments).expect(2).says(&[word]);
    }
    home.run(&["client", "add", "tv", "--secret-file", "/nonexistent"]).expect(1).says(&["/nonexistent"]);
    assert_eq!(home.run(&["client", "list", "--json"]).expect(0).json(), serde_json::json!([]));
}

#[test]
fn a_running_server_notices_a_new_client_and_a_removed_one() {
    let home = Home::with("[rate_limits]\ninitiate_client = \"off\"\ninitiate_address = \"off\"\n");
    let server = home.serve();
    let ask = || post(server.public, "/device_authorization", "client_id=tv&scope=openid");
    assert_eq!(ask().json()["error"], "invalid_client");
    home.run(&["client", "add", "tv", "--public"]).expect(0);
    let answer = eventually(ask, |answer| answer.status == 200);
    assert!(answer.json()["user_code"].is_string());
    home.run(&["client", "remove", "tv"]).expect(0);
    let answer = eventually(ask, |answer| answer.status != 200);
    assert_eq!(answer.json()["error"], "invalid_client");
}
