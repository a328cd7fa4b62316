//! Does `tandem policy` say which settings hold, where they are from, and what came of them?

use crate::support::{Home, PATIENCE, eventually, post, run, tandem};
use std::sync::Arc;
use std::time::Instant;
use tandem_core::crossing::{
    Approval, Crossing, CrossingId, Denial, DenialReason, Event, Presenter, Request, Room, Verification,
};
use tandem_core::digest::Digest;
use tandem_core::mitigations::Findings;
use tandem_core::oauth::device_description::{DeviceDescription, DeviceKind};
use tandem_core::oauth::scope::Scope;
use tandem_core::oauth::token_family::{Authentication, AuthenticationMethod};
use tandem_core::time::Timestamp;
use tandem_store::{Change, Open, OpenError, Options, SecurityEvent, Store, Write};

const LAYERS: &str = "\
[policy]
profile = \"sensitive\"
one_time_codes.presentations = 4
[device_authorization.policy]
short_lived_codes.longest = 120
[[clients]]
client_id = \"kiosk\"
token_endpoint_auth_method = \"none\"
[clients.tandem_policy]
profile = \"critical\"
one_time_codes.presentations = 7
";

fn line<'a>(text: &'a str, setting: &str) -> &'a str {
    let found = text.lines().find(|line| line.split_whitespace().next() == Some(setting));
    found.unwrap_or_else(|| panic!("{setting}: {text}"))
}

#[test]
fn each_value_is_shown_with_its_place() {
    let home = Home::with(LAYERS);
    let shown = home.run(&["policy", "show", "--flow", "device_authorization"]).expect(0).out;
    assert!(shown.contains("profile sensitive (policy.profile, ") && shown.contains("tandem.toml:13:1"));
    let own = line(&shown, "one_time_codes.presentations");
    assert!(
        own.contains(" 4 ") && own.contains("policy.one_time_codes.presentations, ") && own.contains(":14:")
    );
    let flow = line(&shown, "short_lived_codes.longest");
    assert!(flow.contains(" 120 ") && flow.contains("device_authorization.policy.short_lived_codes.longest"));
    assert!(line(&shown, "one_time_codes.second_person").ends_with("profile sensitive"));
    let ciba = home.run(&["policy", "show", "--flow", "ciba"]).expect(0).out;
    assert!(
        line(&ciba, "short_lived_codes.longest").ends_with("profile sensitive"),
        "the flow's own does not spill"
    );

    let both = home.run(&["policy", "show"]).expect(0).out;
    assert!(both.contains("flow device_authorization") && both.contains("flow ciba"));
}

#[test]
fn a_client_has_the_last_word_and_only_changes_can_be_shown() {
    let home = Home::with(LAYERS);
    let changed = home.run(&["policy", "show", "--client", "kiosk", "--changed"]).expect(0).out;
    assert!(changed.contains("client kiosk, flow device_authorization") && !changed.contains("flow ciba"));
    assert!(changed.contains("profile critical (clients[0].tandem_policy.profile, "));
    let own = line(&changed, "one_time_codes.presentations");
    assert!(own.contains(" 7 ") && own.contains("clients[0].tandem_policy.one_time_codes.presentations, "));
    assert!(!changed.contains("second_person"));

    let json =
        home.run(&["policy", "show", "--client", "kiosk", "--changed", "--format", "json"]).expect(0).json();
    let settings = json[0]["settings"].as_array().unwrap();
    assert_eq!((json[0]["profile"].as_str(), settings.len()), (Some("critical"), 2));
    assert!(settings.iter().any(|one| one["layer"] == "client" && one["value"] == 7));
    assert!(settings.iter().any(|one| one["layer"] == "flow" && one["value"] == 120));
}

#[test]
fn a_client_of_the_database_is_found_and_a_variable_is_named() {
    let home = Home::new();
    home.run(&["client", "add", "tv", "--public"]).expect(0);
    let shown = home.run(&["policy", "show", "--client", "tv"]).expect(0).out;
    assert!(shown.contains("client tv, flow device_authorization\nprofile baseline (the default)"));
    let nothing = home.run(&["policy", "show", "--client", "tv", "--changed"]).expect(0).out;
    assert!(nothing.contains("every setting is the profile's"));
    let named = run(home
        .command(&["policy", "show", "--flow", "ciba"])
        .env("TANDEM_POLICY__UNIQUE_CODES__WINDOW", "777"))
    .expect(0)
    .out;
    assert!(
        line(&named, "unique_codes.window").contains("variable TANDEM_POLICY__UNIQUE_CODES__WINDOW"),
        "{named}"
    );
}

#[test]
fn what_is_not_there_or_contradicts_itself_is_refused() {
    let home = Home::with(LAYERS);
    home.run(&["policy", "show", "--client", "nobody"]).expect(1).says(&["no client nobody"]);
    home.run(&["policy", "show", "--client", "kiosk", "--flow", "ciba"])
        .expect(1)
        .says(&["kiosk may not use ciba"]);
    home.run(&["policy", "show", "--flow", "smoke_signals"])
        .expect(2)
        .says(&["device_authorization", "ciba"]);
    run(&mut tandem(&["policy", "show", "-c", "/nonexistent/tandem.toml"])).expect(2).says(&["/nonexistent"]);

    let torn = Home::with(
        "[policy]\nshort_lived_codes.longest = 60\n[ciba.policy]\nshort_lived_codes.longest_at_risk = 90\n",
    );
    torn.run(&["policy", "show"])
        .expect(2)
        .says(&["ciba.policy.short_lived_codes.longest_at_risk", "policy.short_lived_codes.longest"]);
    Home::with("[policy]\nprofile = \"reckless\"\n").run(&["policy", "show"]).expect(2).says(&["baseline"]);
    Home::with("[policy\n").run(&["policy", "show"]).expect(2).says(&["tandem.toml:12"]);
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let home = Home::new();
    for arguments in [&["policy", "show"][..], &["assess"], &["assess", "--format", "html"]] {
        let mut command = home.command(arguments);
        let piped = std::process::Stdio::piped;
        let mut child = command.stdout(piped()).stderr(piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()), "{arguments:?}");
    }
}

const FUTURE: u64 = 4_000_000_000;

fn id(name: &str) -> CrossingId {
    CrossingId::of_secret(name)
}

/// What policy found: bits by their place in the table and in the list of findings.
fn findings(limited: u32, found: u32) -> Findings {
    serde_json::from_value(serde_json::json!({ "limited": limited, "found": found })).unwrap()
}

fn request(name: &str, start: u64) -> Request {
    Request {
        room: Room::DeviceAuthorization,
        client_id: Arc::from("tv"),
        scope: Scope::parse("openid profile").unwrap(),
        nonce: None,
        dpop_jkt: None,
        device: DeviceDescription {
            name: Some("Den\u{1b}[2J".into()),
            kind: DeviceKind::Tv,
            address: "192.0.2.7".parse().unwrap(),
        },
        user_code: Some(Digest::of(name.as_bytes())),
        backchannel: None,
        verification: Verification::Session,
        context: None,
        interval: 5,
        open_for: 180,
        // short_lived_codes; KeyProved.
        findings: findings(1 << 1, 1 << 16),
        initiated_at: Timestamp::from_secs(start),
        expires_at: Timestamp::from_secs(start + 600),
    }
}

fn eventually_opened(open: impl Fn() -> Result<Store, OpenError>) -> Store {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match open() {
            Ok(store) => return store,
            Err(error @ OpenError::Locked { .. }) => assert!(Instant::now() < deadline, "{error}"),
            Err(error) => panic!("{error}"),
        }
        std::thread::yield_now();
    }
}

/// Writes a story as a server does.
fn tell(home: &Home, name: &str, start: u64, story: Vec<Event>, recorded: &[&str]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let now = Timestamp::from_secs(start);
        // Another test may start a process at this moment, which holds the lock of the last time until it runs.
        let open = || Store::open(Options::new(home.path("data"), Open::Server), now);
        let store = eventually_opened(open);
        let mut story = story.into_iter();
        if let Some(event) = story.next() {
            let next = Crossing::replay(None, id(name), event.clone()).unwrap();
            store.begin(tandem_core::crossing::Step { next, event }).unwrap();
        }
        for event in story {
            let change = |before| Change {
                next: Crossing::replay(Some(before), id(name), event.clone()).unwrap(),
                write: Write::Durable(event.clone()),
                answer: (),
            };
            store.apply(id(name), change).await.unwrap();
        }
        for kind in recorded {
            let event = SecurityEvent {
                at: now.plus(std::time::Duration::from_secs(2)),
                kind: (*kind).to_owned(),
                crossing: Some(id(name)),
                sub: Some(Arc::from("alice")),
                client_id: Some(Arc::from("tv")),
                address: Some("198.51.100.9".parse().unwrap()),
                detail: Some("seen twice".to_owned()),
            };
            store.record_event(event).await.unwrap();
        }
        store.close().await;
    });
}

fn presented(start: u64) -> Event {
    let at = Timestamp::from_secs(start + 1);
    let by = Presenter::new(Arc::from("alice"), "198.51.100.9".parse().unwrap(), at);
    // establish_proximity; OtherPlace, RaisedRisk.
    Event::Presented(Presenter { findings: findings(1, 1 << 3 | 1 << 11), ..by })
}

#[test]
fn a_story_is_told_in_order_with_what_was_asked_found_and_decided() {
    let home = Home::new();
    let at = Timestamp::from_secs(FUTURE + 3);
    let authentication =
        Authentication { sub: Arc::from("alice"), auth_time: at, method: AuthenticationMethod::Password };
    let address = "198.51.100.9".parse().unwrap();
    let approval = Approval::new(authentication, Scope::parse("openid").unwrap(), address, at);
    let story = vec![
        Event::Initiated(request("one", FUTURE)),
        Event::Opened(Timestamp::from_secs(FUTURE)),
        presented(FUTURE),
        Event::SlowedDown(10),
        Event::NumberMissed,
        Event::Approved(Arc::new(approval)),
        Event::PinMissed,
    ];
    tell(&home, "one", FUTURE, story, &["code_contested"]);
    let told = home.run(&["policy", "explain", &id("one").to_string()]).expect(0).out;
    let mut rest = told.as_str();
    for part in [
        "initiate: a device asked",
        "who: client tv, on Den\u{fffd}[2J at 192.0.2.7",
        "open: to be opened within 180 s",
        "asked: establish_proximity, short_lived_codes, unique_codes, trusted_devices",
        "found: key proved",
        "limited by: short_lived_codes",
        "somebody came with the code",
        "transfer: somebody opened it",
        "who: alice at 198.51.100.9",
        "asked: establish_proximity, short_lived_codes, one_time_codes",
        "found: the addresses placed apart, risk raised",
        "limited by: establish_proximity",
        "polled too soon: every 10 s",
        "a wrong number",
        "security event 1: code_contested",
        "detail: seen twice",
        "approve: they allowed it",
        "granted: openid",
        "found: nothing special",
        "the consumption device sent a wrong PIN",
        "end: allowed; not collected yet",
    ] {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} is missing or too early: {told}"));
        rest = &rest[at + part.len()..];
    }
    let hexadecimal: String =
        id("one").as_bytes().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let json = home.run(&["policy", "explain", &hexadecimal, "--format", "json"]).expect(0).json();
    assert_eq!((json["complete"].as_bool(), json["steps"].as_array().unwrap().len()), (Some(true), 8));
    assert_eq!(json["steps"][2]["found"], serde_json::json!(["the addresses placed apart", "risk raised"]));
    assert_eq!(json["steps"][2]["limited_by"], serde_json::json!(["establish_proximity"]));
}

#[test]
fn every_end_has_its_words() {
    let home = Home::new();
    let past = 1_700_000_000;
    let denial = Denial {
        sub: Arc::from("alice"),
        reason: DenialReason::Reported,
        address: "198.51.100.9".parse().unwrap(),
        at: Timestamp::from_secs(past + 2),
    };
    let notified = vec![Event::Initiated(request("waits", FUTURE)), Event::Notified(Digest::of(b"phone"))];
    tell(&home, "waits", FUTURE, notified, &[]);
    let at = Timestamp::from_secs(FUTURE + 2);
    let unanswered = vec![Event::Initiated(request("unanswered", FUTURE)), Event::Ended(at)];
    tell(&home, "unanswered", FUTURE, unanswered, &[]);
    tell(&home, "late", past, vec![Event::Initiated(request("late", past)), presented(past)], &[]);
    let reported = vec![Event::Initiated(request("reported", past)), Event::Denied(Arc::new(denial))];
    tell(&home, "reported", past, reported, &["reported"]);
    for (name, end) in [
        ("waits", "end: waits for an answer"),
        ("waits", "a device of the person took the notice"),
        ("unanswered", "nobody answered in time, and the client was told"),
        ("unanswered", "end: expired without an answer"),
        ("late", "end: expired without an answer"),
        ("reported", "end: reported: the person did not start it"),
    ] {
        let told = home.run(&["policy", "explain", &id(name).to_string()]).expect(0).out;
        assert!(told.contains(end), "{name}: {told}");
    }
}

#[test]
fn of_a_forgotten_request_the_record_is_told_and_of_an_unknown_one_nothing() {
    let home = Home::new();
    tell(&home, "gone", FUTURE, Vec::new(), &["reported"]);
    let told = home.run(&["policy", "explain", &id("gone").to_string()]).expect(0).out;
    for part in ["no longer tells its beginning", "security event 1: reported", "end: not kept any more"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let unknown = id("never").to_string();
    home.run(&["policy", "explain", &unknown]).expect(1).says(&["nothing is known", &unknown]);
    for text in ["", "short", "********************", "zz75d660e51b5fd941559e73575713c0", "\u{1b}[2J"] {
        home.run(&["policy", "explain", text]).expect(2).says(&["is no id of a request"]);
    }
    let nowhere = Home::new();
    nowhere.run(&["policy", "explain", &unknown]).expect(1);
    std::fs::write(nowhere.path("data"), "a file").unwrap();
    nowhere.run(&["policy", "explain", &unknown]).expect(1);
}

#[test]
fn it_works_beside_a_running_server() {
    let home = Home::with("[[clients]]\nclient_id = \"tv\"\ntoken_endpoint_auth_method = \"none\"\n");
    let server = home.serve();
    let device = post(server.public, "/device_authorization", "client_id=tv&scope=openid").json();
    let crossing = CrossingId::of_secret(device["device_code"].as_str().unwrap()).to_string();
    let told = eventually(|| home.run(&["policy", "explain", &crossing]), |ended| ended.code == Some(0)).out;
    assert!(
        told.contains("who: client tv, on other at 127.0.0.1") && told.contains("end: waits for an answer"),
        "{told}"
    );
    assert!(!told.contains(device["user_code"].as_str().unwrap()));
    assert_eq!(server.end(), Some(0));
}
