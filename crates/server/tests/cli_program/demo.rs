//! Does `tandem demo` show a newcomer everything, and nobody else anything?

use crate::support::{Home, Process, entries, get, post, run, tandem};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

struct Demo {
    process: Process,
    issuer: String,
    address: SocketAddr,
}

fn demo(arguments: &[&str]) -> Command {
    tandem(&[&["demo", "--listen", "127.0.0.1:0"], arguments].concat())
}

impl Demo {
    fn start(command: &mut Command) -> Self {
        let process = Process::start(command);
        let line = process.wait_for_output("Start here");
        let (_, address) = line.split_once("http://localhost:").unwrap();
        let port: u16 = address.strip_suffix("/demo").unwrap().parse().unwrap();
        Self { process, issuer: format!("http://localhost:{port}"), address: ([127, 0, 0, 1], port).into() }
    }

    fn end(mut self) {
        self.process.signal("TERM");
        assert_eq!(self.process.wait(), Some(0));
    }
}

fn start_in(folder: &Path) -> Demo {
    Demo::start(demo(&["--data-dir"]).arg(folder))
}

#[test]
fn the_demo_serves_discovery_pages_and_pictures_and_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let demo = Demo::start(demo(&[]).env("TMPDIR", temporary.path()));
    let metadata = get(demo.address, "/.well-known/openid-configuration");
    assert_eq!(metadata.json()["issuer"], demo.issuer.as_str());
    let home = get(demo.address, "/demo");
    assert_eq!(home.status, 200);
    assert!(home.body.contains("alice-demo-password") && home.body.contains("bob-demo-password"));
    let tv = get(demo.address, "/demo/tv");
    assert!(tv.status == 200 && tv.body.contains("data-client=\"tv\""));
    assert!(tv.head.to_lowercase().contains("content-security-policy: default-src 'none'"));

    let device = post(
        demo.address,
        "/device_authorization",
        "client_id=tv&scope=openid%20profile%20email%20offline_access",
    );
    let complete = device.json()["verification_uri_complete"].as_str().unwrap().to_owned();
    assert!(complete.starts_with(&demo.issuer));
    let picture = |text: &str| {
        let text: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        get(demo.address, &format!("/demo/qr.svg?text={text}"))
    };
    let drawn = picture(&complete);
    assert!(drawn.status == 200 && drawn.body.starts_with("<svg") && drawn.head.contains("image/svg+xml"));
    let port = demo.address.port();
    for other in [
        "https://example.com/".to_owned(),
        format!("http://localhost:{port}.example.com/"),
        format!("http://localhost:{port}@example.com/"),
        format!("{}/{}", demo.issuer, "x".repeat(512)),
        String::new(),
    ] {
        assert_eq!(picture(&other).status, 400, "{other}");
    }
    assert_eq!(get(demo.address, "/demo/qr.svg").status, 400);
    demo.end();
    assert_eq!(entries(temporary.path()), Vec::<std::path::PathBuf>::new());
}

#[test]
fn the_environment_changes_its_settings() {
    let demo = Demo::start(
        demo(&[])
            .env("TANDEM_DEVICE_AUTHORIZATION__INTERVAL", "1")
            .env("TANDEM_ISSUER", "https://id.example.com"),
    );
    let started = post(demo.address, "/device_authorization", "client_id=tv&scope=openid").json();
    assert_eq!(started["interval"], 1);
    assert_eq!(get(demo.address, "/.well-known/openid-configuration").json()["issuer"], demo.issuer.as_str());
    let wrong =
        run(tandem(&["demo", "--listen", "127.0.0.1:0"]).env("TANDEM_TOKENS__ACCES_TOKEN_LIFETIME", "9"));
    wrong.expect(2).says(&["TANDEM_TOKENS__ACCESS_TOKEN_LIFETIME"]);
}

#[test]
fn an_address_that_others_reach_is_refused() {
    for address in ["0.0.0.0:0", "[::]:0", "192.168.1.20:8080"] {
        run(&mut tandem(&["demo", "--listen", address])).expect(2).says(&[address, "--expose"]);
    }
    run(&mut tandem(&["demo", "--listen", "127.0.0.1:0", "--expose"])).expect(2).says(&["loopback"]);
    run(&mut tandem(&["demo", "--listen", "localhost"])).expect(2);
}

#[test]
fn a_port_that_is_taken_is_said_with_a_way_out() {
    let first = Demo::start(&mut demo(&[]));
    let address = first.address.to_string();
    run(&mut tandem(&["demo", "--listen", &address])).expect(1).says(&[
        &first.address.port().to_string(),
        "in use",
        "--listen 127.0.0.1:0",
    ]);
}

#[test]
fn an_earlier_demo_goes_on_and_commands_work_on_it() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("demo");
    let first = start_in(&folder);
    let kids = get(first.address, "/jwks").body;
    run(demo(&["--data-dir"]).arg(&folder)).expect(1).says(&["in use by another server"]);
    let command = |arguments: &[&str]| run(tandem(arguments).arg("-c").arg(folder.join("demo.toml")));
    command(&["user", "remove", "bob"]).expect(0);
    command(&["client", "add", "extra", "--public"]).expect(0);
    first.end();

    let second = start_in(&folder);
    assert_eq!(get(second.address, "/jwks").body, kids);
    assert_eq!(post(second.address, "/device_authorization", "client_id=extra&scope=openid").status, 200);
    let users = command(&["user", "list", "--json"]).expect(0).json();
    let names: Vec<_> = users.as_array().unwrap().iter().map(|user| user["username"].clone()).collect();
    assert_eq!(names, ["alice", "bob"]);
    let kiosk = command(&["client", "show", "kiosk", "--json"]).expect(0).json();
    assert_eq!((&kiosk["tandem_introspection"], &kiosk["tandem_verified"]), (&true.into(), &false.into()));
    assert_eq!(kiosk["token_endpoint_auth_method"], "client_secret_basic");
    let tv = command(&["client", "show", "tv", "--json"]).expect(0).json();
    assert_eq!((&tv["public"], &tv["tandem_verified"]), (&true.into(), &true.into()));
}

#[test]
fn a_demo_does_not_move_in_with_a_real_server() {
    let home = Home::new();
    home.run(&["user", "list"]).expect(1);
    assert_eq!(home.serve().end(), Some(0));
    run(demo(&["--data-dir"]).arg(home.path("data"))).expect(2).says(&["no demo", "empty folder"]);
    assert!(home.run(&["user", "list"]).expect(0).out.contains("nobody"));
}
