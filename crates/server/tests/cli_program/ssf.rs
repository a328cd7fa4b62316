//! Does `tandem ssf` show streams, and stop and start them, beside a running server and without one?

use crate::support::{Home, Server, call, eventually, service_token};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const UPDATED: &str = "https://schemas.openid.net/secevent/ssf/event-type/stream-updated";

/// A receiver with one stream that it fetches.
struct Shop {
    home: Home,
    server: Server,
    token: String,
    stream: String,
}

impl Shop {
    fn open() -> Self {
        let home = Home::with("[ssf]\nenabled = true\n");
        let add = [
            "client",
            "add",
            "shop",
            "--grant-types",
            "client_credentials",
            "--scope",
            "ssf.read ssf.manage",
        ];
        let secret = home.run(&[&add[..], &["--auth-method", "client_secret_post"]].concat()).expect(0).out;
        let server = home.serve();
        let token = service_token(server.public, "shop", secret.trim());
        let wanted = json!({ "delivery": { "method": "urn:ietf:rfc:8936" }, "description": "The shop" });
        let made = call(server.public, "POST", "/ssf/stream", &token, &wanted.to_string());
        assert_eq!(made.status, 201, "{made:#?}");
        let stream = made.json()["stream_id"].as_str().unwrap().to_owned();
        Self { home, server, token, stream }
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = call(self.server.public, method, path, &self.token, &body.to_string());
        assert_eq!(answer.status, 200, "{answer:#?}");
        answer.json()
    }

    /// What it hears of its stream, and acknowledges.
    fn heard(&self) -> Vec<Value> {
        let at = format!("/ssf/poll/{}", self.stream);
        let sets = self.call("POST", &at, &json!({ "returnImmediately": true }))["sets"]
            .as_object()
            .unwrap()
            .clone();
        let ack: Vec<&String> = sets.keys().collect();
        self.call("POST", &at, &json!({ "ack": ack, "maxEvents": 0 }));
        let claims = |set: &Value| -> Value {
            let payload = set.as_str().unwrap().split('.').nth(1).unwrap();
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
        };
        sets.values().map(|set| claims(set)["events"][UPDATED].clone()).collect()
    }

    fn run(&self, word: &str, reason: &str) -> crate::support::Ended {
        self.home.run(&["ssf", word, &self.stream, "--reason", reason])
    }
}

#[test]
fn a_stream_is_paused_resumed_and_disabled_and_its_receiver_is_told_each_time() {
    let shop = Shop::open();
    let listed = shop.home.run(&["ssf", "list"]).expect(0).out;
    for part in [shop.stream.as_str(), "shop", "poll", "enabled"] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    for (word, status) in [("pause", "paused"), ("resume", "enabled"), ("disable", "disabled")] {
        shop.run(word, "maintenance").expect(0).says(&["of shop is", status]);
        let heard = eventually(|| shop.heard(), |heard| !heard.is_empty());
        assert_eq!(heard, [json!({ "status": status, "reason": "maintenance" })]);
        let read = shop.call("GET", &format!("/ssf/status?stream_id={}", shop.stream), &json!({}));
        assert_eq!((&read["status"], &read["reason"]), (&json!(status), &json!("maintenance")));
        // Once more is nothing more.
        shop.run(word, "again").expect(0).says(&["was", status, "before"]);
        assert_eq!(shop.heard(), [json!(null); 0]);
        let shown = shop.home.run(&["ssf", "show", &shop.stream, "--json"]).expect(0).json();
        assert_eq!((&shown["status"], &shown["reason"]), (&json!(status), &json!("maintenance")), "{shown}");
    }
    let events = shop.home.run(&["events", "--json"]).expect(0).json();
    let changes: Vec<&Value> =
        events.as_array().unwrap().iter().filter(|event| event["kind"] == "stream_status").collect();
    assert_eq!((changes.len(), &changes[0]["client_id"]), (3, &json!("shop")), "{events}");
    assert!(changes[0]["detail"].as_str().unwrap().contains("disabled, by the operator: maintenance"));
}

#[test]
fn what_is_no_stream_or_no_reason_changes_nothing() {
    let shop = Shop::open();
    for word in ["pause", "resume", "disable"] {
        shop.home
            .run(&["ssf", word, "nosuch", "--reason", "x"])
            .expect(1)
            .says(&["no stream nosuch", "ssf list"]);
        shop.home.run(&["ssf", word, &shop.stream]).expect(2).says(&["--reason"]);
        for reason in ["", " ", "a\nb", "\u{1b}[2J", &"x".repeat(257)] {
            shop.run(word, reason).expect(2).says(&["--reason"]);
        }
    }
    shop.home.run(&["ssf", "show", "nosuch"]).expect(1).says(&["no stream nosuch"]);
    assert_eq!(shop.home.run(&["ssf", "list", "--client", "bank", "--json"]).expect(0).json(), json!([]));
    let listed = shop.home.run(&["ssf", "list", "--client", "shop", "--json"]).expect(0).json();
    assert_eq!((&listed[0]["status"], &listed[0]["waiting"]), (&json!("enabled"), &json!(0)), "{listed}");
    assert_eq!(listed[0]["description"], "The shop");
    assert_eq!(shop.heard(), [json!(null); 0]);
}

#[test]
fn a_removed_client_takes_its_streams_along() {
    let shop = Shop::open();
    shop.run("pause", "maintenance").expect(0);
    shop.home.run(&["client", "remove", "shop"]).expect(0);
    assert_eq!(shop.home.run(&["ssf", "list", "--json"]).expect(0).json(), json!([]));
    assert_eq!(shop.home.run(&["ssf", "list"]).expect(0).out.trim(), "no stream");
    // Whoever is called so next begins with nothing.
    let again = Shop { home: shop.home, server: shop.server, token: String::new(), stream: shop.stream };
    again
        .home
        .run(&["client", "add", "shop", "--grant-types", "client_credentials", "--scope", "ssf.read"])
        .expect(0);
    again.home.run(&["ssf", "show", &again.stream]).expect(1).says(&["no stream"]);
}

/// A client that goes with the configuration file: nothing is sent, and what waits stays for an operator to decide on.
#[test]
fn a_stream_whose_client_is_gone_from_the_configuration_stays_and_is_named() {
    let table = "[[clients]]\nclient_id = \"shop\"\nclient_secret = \"a-secret-of-more-than-thirty-two-characters\"\n\
        token_endpoint_auth_method = \"client_secret_post\"\ngrant_types = [\"client_credentials\"]\n\
        scope = \"ssf.read ssf.manage\"\n";
    let home = Home::with(&format!("[ssf]\nenabled = true\n{table}"));
    let server = home.serve();
    let token = service_token(server.public, "shop", "a-secret-of-more-than-thirty-two-characters");
    let wanted = json!({ "delivery": { "method": "urn:ietf:rfc:8936" } }).to_string();
    let made = call(server.public, "POST", "/ssf/stream", &token, &wanted).json();
    let stream = made["stream_id"].as_str().unwrap();
    assert_eq!(server.end(), Some(0));
    let without = std::fs::read_to_string(home.path("tandem.toml")).unwrap().replace(table, "");
    home.write(&without);
    let listed = home.run(&["ssf", "list"]).expect(0).out;
    assert!(listed.contains(stream) && listed.contains("no receiver any more"), "{listed}");
    let mut command = home.command(&["serve"]);
    let process = crate::support::Process::start(command.env("TANDEM_LOG__FORMAT", "json"));
    let line = process.wait_for_error("no receiver any more");
    assert!(line.contains(stream) && line.contains("shop"), "{line}");
}
