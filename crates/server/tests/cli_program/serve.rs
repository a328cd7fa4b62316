//! Does `tandem serve` start, stop, and say why it does not?

use crate::support::{Home, Server, get, run};

#[test]
fn a_server_answers_and_ends_with_0_on_sigterm() {
    let home = Home::new();
    let server = home.serve();
    let metadata = get(server.public, "/.well-known/openid-configuration");
    assert_eq!((metadata.status, &metadata.json()["issuer"]), (200, &"http://localhost:8080".into()));
    assert_eq!(get(server.admin, "/health/ready").status, 200);
    assert!(get(server.admin, "/metrics").body.contains("tandem_crossings_pending 0"));
    assert_eq!(get(server.public, "/metrics").status, 404);
    assert_eq!(server.end(), Some(0));
    // What it left behind is taken up by the next one.
    assert_eq!(home.serve().end(), Some(0));
}

#[test]
fn sigint_ends_it_as_well_and_sighup_does_not() {
    let home = Home::new();
    let mut server = home.serve();
    server.process.signal("HUP");
    server.process.wait_for_error("SIGHUP: reading clients and keys again");
    assert_eq!(get(server.admin, "/health/live").status, 200);
    server.process.signal("INT");
    assert_eq!(server.process.wait(), Some(0));
}

#[test]
fn without_an_encryption_key_nothing_starts() {
    let home = Home::new();
    home.write("issuer = \"http://localhost:8080\"\ndata_dir = \"data\"\n");
    let ended = home.run(&["serve"]).expect(2);
    ended.says(&["keys.encryption_key", "openssl rand -hex 32"]);
    home.run(&["serve", "--check"]).expect(2).says(&["keys.encryption_key"]);
    assert!(!home.path("data").exists());
}

#[test]
fn a_second_server_on_one_data_directory_says_so() {
    let home = Home::new();
    let first = home.serve();
    home.run(&["serve"]).expect(1).says(&["in use by another server", "process"]);
    // The first one is none the worse for it.
    assert_eq!(get(first.admin, "/health/ready").status, 200);
}

#[test]
fn a_port_that_is_taken_is_named_with_its_setting() {
    let home = Home::new();
    let first = home.serve();
    let other = Home::new();
    let mut command = other.command(&["serve"]);
    command.env("TANDEM_LISTENERS__PUBLIC", first.public.to_string());
    run(&mut command).expect(1).says(&[&first.public.to_string(), "in use", "listeners.public"]);
}

#[test]
fn the_wrong_encryption_key_is_recognised() {
    let home = Home::new();
    assert_eq!(home.serve().end(), Some(0));
    home.write_key("encryption.key", "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100");
    home.run(&["serve"])
        .expect(1)
        .says(&["cannot be opened with this encryption key", "keys.encryption_key_file"]);
}

#[test]
fn a_newer_database_and_a_file_that_is_none_are_left_alone() {
    let home = Home::new();
    assert_eq!(home.serve().end(), Some(0));
    let database = crate::support::entries(&home.path("data"))
        .into_iter()
        .find(|path| std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3")));
    let database = database.unwrap();
    let mut bytes = std::fs::read(&database).unwrap();
    // The schema's version lies here, as the file format of SQLite says (`user_version`).
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(&database, &bytes).unwrap();
    home.run(&["serve"]).expect(1).says(&["schema 99", "newer"]);
    home.run(&["user", "list"]).expect(1).says(&["schema 99"]);

    let text = "this is a letter and no database".repeat(200);
    std::fs::write(&database, &text).unwrap();
    home.run(&["serve"]).expect(1).says(&["not a Tandem database"]);
    assert_eq!(std::fs::read_to_string(&database).unwrap(), text);
}

#[test]
fn certificates_that_do_not_exist_are_named_before_anything_listens() {
    let home = Home::new();
    home.write(
        "issuer = \"https://localhost:8443\"\ndata_dir = \"data\"\n\
         [listeners]\npublic = \"127.0.0.1:0\"\nadmin = \"\"\n\
         [keys]\nencryption_key_file = \"encryption.key\"\n\
         [tls]\ncertificate_file = \"missing.pem\"\nprivate_key_file = \"missing.key\"\n",
    );
    home.run(&["serve", "--check"]).expect(2).says(&["missing.pem"]);
    home.run(&["serve"]).expect(2).says(&["missing.pem"]);
}

#[test]
fn checking_does_not_start_anything() {
    let home = Home::new();
    assert!(home.run(&["serve", "--check"]).expect(0).out.contains("could start"));
    assert!(!home.path("data").exists());
}

#[test]
fn pending_codes_outlive_a_restart() {
    let home = Home::with("[[clients]]\nclient_id = \"tv\"\ntoken_endpoint_auth_method = \"none\"\n");
    let server = home.serve();
    let started =
        crate::support::post(server.public, "/device_authorization", "client_id=tv&scope=openid").json();
    let code = started["device_code"].as_str().unwrap();
    assert_eq!(server.end(), Some(0));
    let server: Server = home.serve();
    let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
    let form = format!("grant_type={grant}&device_code={code}&client_id=tv");
    let answer = crate::support::post(server.public, "/token", &form);
    assert_eq!(answer.json()["error"], "authorization_pending");
}
