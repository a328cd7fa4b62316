//! Does `tandem demo` show a newcomer everything, and nobody else anything?

use crate::support::{Answer, Home, Process, entries, eventually, exchange, get, post, run, tandem};
use std::collections::BTreeMap;
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

fn start() -> Demo {
    Demo::start(&mut demo(&[]))
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
    assert_eq!(names, ["alice", "bob", "olga"]);
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

/// A demo whose clients may poll every second.
fn start_brisk() -> Demo {
    Demo::start(demo(&[]).env("TANDEM_CIBA__INTERVAL", "1"))
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

impl Demo {
    fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (headers, length) = (lines.concat(), body.len());
        let head = "Host: localhost\r\nConnection: close";
        exchange(
            self.address,
            &format!("POST {path} HTTP/1.1\r\n{head}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"),
        )
    }

    /// What a script of the demo's pages sends.
    fn asks(&self, path: &str, fields: &[(&str, &str)]) -> serde_json::Value {
        let headers = [("Origin", &*self.issuer), ("Sec-Fetch-Site", "same-origin"), FORM];
        let answer = self.post_with(path, &headers, &encoded(fields));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    fn status(&self, path: &str, handle: &serde_json::Value) -> serde_json::Value {
        let answer = get(self.address, &format!("{path}?handle={}", handle.as_str().unwrap()));
        assert!(answer.head.to_lowercase().contains("cache-control: no-store"), "{answer:?}");
        answer.json()
    }

    /// Looks until there is an answer.
    fn outcome(&self, path: &str, handle: &serde_json::Value) -> serde_json::Value {
        eventually(|| self.status(path, handle), |status| status["state"] != "waiting")
    }
}

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// Somebody with a phone: a browser of their own, signed in.
struct Phone<'d> {
    demo: &'d Demo,
    cookies: BTreeMap<String, String>,
}

impl<'d> Phone<'d> {
    fn of(demo: &'d Demo, name: &str) -> Self {
        let mut phone = Self { demo, cookies: BTreeMap::new() };
        let page = phone.get("/sign-in?next=/inbox");
        let password = format!("{name}-demo-password");
        let csrf = value_of(&page.body, "csrf");
        let fields = [("csrf", &*csrf), ("username", name), ("password", &password), ("next", "/inbox")];
        let answer = phone.post("/sign-in", &fields);
        assert_eq!(answer.status, 303, "{answer:?}");
        phone
    }

    fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, answer: Answer) -> Answer {
        for line in answer.head.lines().filter_map(|line| line.split_once(": ")) {
            if line.0.eq_ignore_ascii_case("set-cookie") {
                let (name, value) = line.1.split(';').next().unwrap().split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    fn get(&mut self, path: &str) -> Answer {
        let head = format!("Host: localhost\r\nConnection: close\r\nCookie: {}", self.cookie());
        let answer = exchange(self.demo.address, &format!("GET {path} HTTP/1.1\r\n{head}\r\n\r\n"));
        self.keep(answer)
    }

    fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let cookie = self.cookie();
        let headers = [("Cookie", &*cookie), ("Origin", &*self.demo.issuer), FORM];
        let answer = self.demo.post_with(path, &headers, &encoded(fields));
        self.keep(answer)
    }

    /// The page of the newest request, with its address.
    fn asked(&mut self) -> (String, Answer) {
        let inbox = self.get("/inbox");
        let (_, rest) = inbox.body.split_once("href=\"/inbox/").unwrap();
        let path = format!("/inbox/{}", rest.split('"').next().unwrap());
        let page = self.get(&path);
        assert_eq!(page.status, 200, "{page:?}");
        (path, page)
    }

    fn answer(&mut self, path: &str, page: &Answer, more: &[(&str, &str)]) -> Answer {
        let (csrf, crossing) = (value_of(&page.body, "csrf"), value_of(&page.body, "crossing"));
        self.post(path, &[&[("csrf", &*csrf), ("crossing", &*crossing)], more].concat())
    }
}

/// The value of a hidden field.
fn value_of(html: &str, name: &str) -> String {
    let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn the_call_center_sees_a_record_only_after_the_member_said_yes() {
    let demo = start_brisk();
    let (ask, status) = ("/demo/call-center/ask", "/demo/call-center/status");
    let page = get(demo.address, "/demo/call-center");
    assert_eq!(page.status, 200);
    let asked = demo.asks(ask, &[("member", "alice")]);
    assert_eq!((&asked["state"], &asked["expires_in"]), (&"waiting".into(), &120.into()), "{asked}");
    let message = asked["binding_message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("Call ") && message.len() == "Call 12-345".len(), "{message}");
    assert!(message.is_ascii(), "it breaks nowhere by how it is shown, not by other characters: {message:?}");
    let before = demo.status(status, &asked["handle"]);
    assert_eq!(before, serde_json::json!({ "state": "waiting" }));
    for of_the_record in ["Alice Example", "alice@example.com"] {
        assert!(!page.body.contains(of_the_record), "{of_the_record}");
    }
    for secret in ["auth_req_id", "call-center-demo-secret", "access_token"] {
        assert!(!page.body.contains(secret) && !asked.to_string().contains(secret), "{secret}");
    }

    let mut phone = Phone::of(&demo, "alice");
    let (path, question) = phone.asked();
    let shown = message.replace("Call ", "Call <span class=\"whole\">") + "</span>";
    assert!(question.body.contains("Lumen Insurance") && question.body.contains(&shown), "{question:?}");
    assert_eq!(phone.answer(&path, &question, &[("decision", "allow")]).status, 200);
    let after = demo.outcome(status, &asked["handle"]);
    assert_eq!(after["state"], "granted", "{after}");
    let record = &after["record"];
    assert_eq!((&record["name"], &record["email"]), (&"Alice Example".into(), &"alice@example.com".into()));
    assert_eq!(record["email_verified"], true);
    assert!(!after.to_string().contains("access_token"));
    // Nobody else's page sees it.
    for other in ["", "AAAA", "alice"] {
        assert_eq!(demo.status(status, &other.into()), serde_json::json!({ "state": "trouble" }), "{other}");
    }
}

#[test]
fn the_call_center_hears_a_no_and_leaves_the_member_alone() {
    let demo = start_brisk();
    let ask = "/demo/call-center/ask";
    for nobody in ["carol", "", " ", "alice\nbob", &"x".repeat(200)] {
        let answer = demo.asks(ask, &[("member", nobody)])["state"].clone();
        assert!(answer == "unknown" || answer == "trouble", "{nobody:?}: {answer}");
    }
    assert_eq!(demo.asks(ask, &[("member", "carol")])["state"], "unknown");
    let asked = demo.asks(ask, &[("member", "bob")]);
    let mut phone = Phone::of(&demo, "bob");
    let (path, question) = phone.asked();
    assert_eq!(phone.answer(&path, &question, &[("decision", "deny")]).status, 200);
    let outcome = demo.outcome("/demo/call-center/status", &asked["handle"]);
    assert_eq!(outcome, serde_json::json!({ "state": "denied" }));
    let again = demo.asks(ask, &[("member", "bob")]);
    assert_eq!(again["state"], "resting", "{again}");
    assert!((1..=60).contains(&again["retry_after"].as_u64().unwrap()), "{again}");
    assert_eq!(demo.asks(ask, &[("member", "alice")])["state"], "waiting", "bob's no is his own");
}

#[test]
fn the_till_is_paid_by_picking_its_number_and_believes_no_stranger() {
    // The usual interval: nothing but the ping tells the till so soon.
    let demo = start();
    let asked = demo.asks("/demo/shop/pay", &[("customer", "alice")]);
    let number = asked["number"].as_str().unwrap();
    assert!((10..=99).contains(&number.parse::<u8>().unwrap()), "{asked}");
    let mut phone = Phone::of(&demo, "alice");
    let (path, question) = phone.asked();
    let message = asked["binding_message"].as_str().unwrap();
    for part in ["Pay 34.50\u{a0}€ to Harbour Bakery?", message, &format!("value=\"{number}\"")] {
        assert!(question.body.contains(part), "{part} {question:?}");
    }
    let json = ("Content-Type", "application/json");
    let ping = r#"{"auth_req_id":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
    for (headers, body, status) in [
        (&[json][..], ping, 401),
        (&[json, ("Authorization", "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")], ping, 401),
        (&[json, ("Authorization", "Basic c2hvcDpzaG9w")], ping, 401),
        (&[json, ("Authorization", "Bearer A")], "{}", 400),
        (&[json, ("Authorization", "Bearer A")], "", 400),
        (&[json, ("Authorization", "Bearer A")], &"x".repeat(8192), 400),
    ] {
        assert_eq!(demo.post_with("/demo/shop/notify", headers, body).status, status, "{headers:?}");
    }
    assert_eq!(demo.status("/demo/shop/status", &asked["handle"])["state"], "waiting");

    let allowed = phone.answer(&path, &question, &[("decision", "allow"), ("number", number)]);
    assert_eq!(allowed.status, 200, "{allowed:?}");
    let outcome = demo.outcome("/demo/shop/status", &asked["handle"]);
    let receipt =
        serde_json::json!({ "type": "payment", "amount": "34.50\u{a0}€", "payee": "Harbour Bakery" });
    assert_eq!(outcome, serde_json::json!({ "state": "granted", "receipt": receipt }));
}

#[test]
fn the_till_hears_of_a_wrong_number_and_of_a_no() {
    let demo = start();
    let pay = |customer: &str| demo.asks("/demo/shop/pay", &[("customer", customer)]);
    let (of_alice, of_bob) = (pay("alice"), pay("bob"));
    let (mut alice, mut bob) = (Phone::of(&demo, "alice"), Phone::of(&demo, "bob"));
    let (path, question) = alice.asked();
    let wrong = if of_alice["number"] == "10" { "11" } else { "10" };
    assert_eq!(alice.answer(&path, &question, &[("decision", "allow"), ("number", wrong)]).status, 403);
    let (path, question) = bob.asked();
    assert_eq!(bob.answer(&path, &question, &[("decision", "deny")]).status, 200);
    for asked in [of_alice, of_bob] {
        let outcome = demo.outcome("/demo/shop/status", &asked["handle"]);
        assert_eq!(outcome, serde_json::json!({ "state": "denied" }));
    }
}

#[test]
fn the_screens_take_no_orders_from_other_origins() {
    let demo = start();
    let port = demo.address.port();
    let (near, null) = (format!("http://127.0.0.1:{port}"), "null".to_owned());
    for path in ["/demo/call-center/ask", "/demo/call-center/pin", "/demo/shop/pay", "/demo/shop/pin"] {
        let body = encoded(&[("member", "alice"), ("customer", "alice")]);
        for origin in [&near, &null, &format!("{}.example.com", demo.issuer), &format!("{}/", demo.issuer)] {
            let refused = demo.post_with(path, &[("Origin", origin), FORM], &body);
            assert_eq!(refused.status, 403, "{origin}");
        }
        let ours = ("Origin", &*demo.issuer);
        for headers in [
            &[FORM][..],
            &[ours, ("Origin", "https://example.com"), FORM],
            &[ours, ("Sec-Fetch-Site", "cross-site"), FORM],
            &[ours, ("Sec-Fetch-Site", "same-site"), FORM],
        ] {
            assert_eq!(demo.post_with(path, headers, &body).status, 403, "{headers:?}");
        }
        assert_eq!(demo.post_with(path, &[ours, ("Content-Type", "text/plain")], &body).status, 400);
        assert_eq!(get(demo.address, path).status, 405);
    }
    let mut phone = Phone::of(&demo, "alice");
    assert!(!phone.get("/inbox").body.contains("href=\"/inbox/"), "nobody was asked");
}
