//! What stands in the log, and what never does?

use super::support::{say, settings, start};
use serde_json::Value;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tandem_server::config::LogFormat;
use tandem_server::edge::log::subscriber;
use tandem_server::edge::panics;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Output {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// A request that holds a secret wherever one may stand.
const REQUEST: &str = "POST /users/secret-in-path?user_code=secret-in-query&code=secret-in-query HTTP/1.1\r\nhost: x\r\n\
     authorization: Basic secret-in-header\r\ncookie: __Host-session=secret-in-cookie\r\ndpop: secret-in-header\r\n\
     connection: close\r\ncontent-length: 31\r\n\r\ndevice_code=secret-in-body-0123";

static HOOK: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Everything that is logged at this filter while requests are answered. The tests run on one thread each.
async fn logged(format: LogFormat, filter: &str) -> String {
    let output = Output::default();
    let subscriber = subscriber(format, "test", filter, output.clone(), false).unwrap();
    // The hook is the process's: one test at a time has it, and gives it back for other tests to fail with words.
    let _turn = HOOK.lock().await;
    let guard = tracing::subscriber::set_default(subscriber);
    let usual = std::panic::take_hook();
    panics::install_hook();
    let server = start(settings()).await;
    say(server.public, REQUEST).await;
    say(server.public, &REQUEST.replace("POST /users/secret-in-path", "GET /users/secret-in-path")).await;
    say(server.public, &REQUEST.replace("POST /users/secret-in-path", "POST /echo")).await;
    say(server.public, &REQUEST.replace("POST /users/secret-in-path", "GET /panic")).await;
    say(server.public, &REQUEST.replace("/users", "/nowhere")).await;
    std::panic::set_hook(usual);
    drop(guard);
    output.text()
}

#[tokio::test]
async fn no_secret_reaches_the_log_at_any_level() {
    for format in [LogFormat::Human, LogFormat::Json] {
        for filter in ["trace", "trace,hyper=trace,h2=trace,axum=trace,tandem_server=trace"] {
            let text = logged(format, filter).await;
            assert!(text.contains("/users/{id}") && text.contains("panicked"), "{text}");
            assert!(!text.contains("secret-in"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_request_is_logged_with_its_template_status_and_id() {
    let text = logged(LogFormat::Json, "debug").await;
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let access: Vec<&Value> = lines.iter().filter(|line| line["target"] == "tandem::access").collect();
    assert_eq!(access.len(), 5, "{text}");
    let line = access[1];
    assert_eq!(
        (&line["level"], &line["method"], &line["route"], &line["status"], &line["client"]),
        (&"debug".into(), &"GET".into(), &"/users/{id}".into(), &200.into(), &"127.0.0.1".into())
    );
    assert!(line["ms"].is_number() && line["timestamp"].is_string());
    assert_eq!(line["request_id"].as_str().unwrap().len(), 16);
    assert_eq!(access[4]["route"], "unmatched");
    // What a handler logs is found by the same id as its answer.
    let panicked = lines.iter().find(|line| line["message"] == "panicked").unwrap();
    assert_eq!(panicked["request_id"], access[3]["request_id"]);
    assert_eq!(access[3]["status"], 500);
    assert!(panicked["place"].as_str().unwrap().contains("support.rs:"));
}

#[tokio::test]
async fn at_info_requests_leave_no_line() {
    let text = logged(LogFormat::Human, "info").await;
    assert!(text.contains("listening") && !text.contains("tandem::access"), "{text}");
}

#[test]
fn what_is_logged_cannot_forge_a_line_or_steer_a_terminal() {
    for format in [LogFormat::Human, LogFormat::Json] {
        let output = Output::default();
        let subscriber = subscriber(format, "test", "info", output.clone(), false).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            let evil = "x\n2026-01-01 ERROR forged\u{1b}[2J";
            tracing::info!(target: "tandem::test", evil, level = "none", shown = %evil, "{evil}");
            tracing::debug!(target: "tandem::test", "too low");
        });
        let text = output.text();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains('\u{1b}') && text.contains("forged"), "{text}");
        if format == LogFormat::Json {
            let line: Value = serde_json::from_str(&text).unwrap();
            assert_eq!((&line["level"], &line["evil"]), (&"info".into(), &line["message"]));
        }
    }
}

#[test]
fn libraries_stay_silent_below_info_whatever_the_filter_says() {
    for filter in ["trace", "info,h2=trace,tandemonium=trace"] {
        let output = Output::default();
        let subscriber = subscriber(LogFormat::Human, "test", filter, output.clone(), false).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::debug!(target: "h2::codec", "authorization: secret-in-frame");
            tracing::trace!(target: "h2::codec", "authorization: secret-in-frame");
            tracing::debug!(target: "tandemonium", "authorization: secret-in-stranger");
            tracing::info!(target: "h2::codec", "heard");
        });
        let text = output.text();
        assert!(text.contains("heard") && !text.contains("secret"), "{text}");
    }
}

#[test]
fn a_filter_that_is_none_is_named() {
    let refused = subscriber(LogFormat::Human, "log.level", "tandem=loud", Output::default(), false);
    assert!(refused.err().unwrap().to_string().starts_with("log.level: a level"));
}
