//! Does a store that cannot open say what to do?

use crate::fixture::*;
use tandem_core::crossing::{Crossing, NumberAnswer, Verification};
use tandem_core::digest::Digest;
use tandem_core::oauth::token_family::Revocation;
use tandem_store::{BeginError, Open, OpenError, Options, PersonSettings, Store};
use tempfile::TempDir;

fn refusal(options: Options) -> OpenError {
    Store::open(options, NOW).expect_err("it opened")
}

fn tool(fixture: &Fixture) -> Options {
    Options::new(fixture.dir.path(), Open::Tool { migrate: false })
}

#[tokio::test]
async fn a_second_server_says_who_is_there() {
    let fixture = Fixture::new();
    let error = refusal(options(fixture.dir.path()));
    assert!(matches!(error, OpenError::Locked { pid: Some(pid), .. } if pid == std::process::id()));
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    let fixture = fixture.reopened_at(NOW).await;
    begin(&fixture.store, 1);
}

#[tokio::test]
async fn a_dropped_store_gives_its_directory_back() {
    let Fixture { store, dir } = Fixture::new();
    let id = begin(&store, 1);
    drop(store);
    assert!(Store::open(options(dir.path()), NOW).unwrap().crossing(id).is_some());
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    let Fixture { store, dir } = Fixture::new();
    store.close().await;
    let raw = rusqlite::Connection::open(dir.path().join("tandem.sqlite3")).unwrap();
    raw.execute_batch("PRAGMA user_version = 99").unwrap();
    for open in [Open::Server, Open::Tool { migrate: true }] {
        let error = refusal(Options::new(dir.path(), open));
        assert!(matches!(error, OpenError::NewerSchema { found: 99, .. }), "{error}");
    }
    let version: u32 = raw.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}

#[tokio::test]
async fn a_tool_migrates_only_when_told() {
    let dir = TempDir::new().unwrap();
    let open = |migrate| Store::open(Options::new(dir.path(), Open::Tool { migrate }), NOW);
    assert!(matches!(open(false), Err(OpenError::OlderSchema { found: 0, .. })));
    assert!(!dir.path().join("tandem.sqlite3").exists(), "looking leaves nothing behind");
    open(true).unwrap().close().await;
    open(false).unwrap().close().await;
}

/// A database as the first release left it, with a person, a crossing and its family.
async fn of_schema_1() -> TempDir {
    let Fixture { store, dir } = Fixture::new();
    let crossing = whole_flow(&store, 1).await;
    store.close().await;
    let path = dir.path().join("tandem.sqlite3");
    let event = |raw: &rusqlite::Connection| -> Vec<(i64, Vec<u8>, String)> {
        let mut rows = raw.prepare("SELECT seq, crossing, event FROM journal ORDER BY seq").unwrap();
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    let journal = event(&rusqlite::Connection::open(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch(include_str!("../../../src/migrations/0001_first.sql")).unwrap();
    raw.execute_batch("PRAGMA application_id = 0x74616e64; PRAGMA user_version = 1;").unwrap();
    for (seq, id, event) in journal {
        assert_eq!(id, crossing.as_bytes());
        raw.execute("INSERT INTO journal VALUES (?1, ?2, ?3)", rusqlite::params![seq, id, event]).unwrap();
    }
    let alice = "INSERT INTO users VALUES ('alice', 'alice', NULL, NULL, 0, NULL, NULL, 1, 1)";
    raw.execute_batch(alice).unwrap();
    raw.execute_batch("INSERT INTO security_events (at, kind) VALUES (1, 'reported')").unwrap();
    let used = Digest::of(b"jti");
    let insert = "INSERT INTO first_uses (digest, expires_at) VALUES (?1, ?2)";
    raw.execute(insert, rusqlite::params![used.as_bytes(), i64::MAX]).unwrap();
    dir
}

#[tokio::test]
async fn a_database_of_schema_1_is_brought_up_to_date() {
    let dir = of_schema_1().await;
    let version = || -> u32 {
        let raw = rusqlite::Connection::open(dir.path().join("tandem.sqlite3")).unwrap();
        raw.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
    };
    let refused = refusal(Options::new(dir.path(), Open::Tool { migrate: false }));
    assert!(matches!(refused, OpenError::OlderSchema { found: 1, known: 6 }), "{refused}");
    assert_eq!(version(), 1, "looking changes nothing");
    for _ in 0..2 {
        let store = Store::open(options(dir.path()), NOW).unwrap();
        assert_eq!(version(), 6);
        assert!(matches!(store.crossing(id(1)), Some(Crossing::Redeemed(_))), "nothing was lost");
        assert_eq!(store.user("alice").await.unwrap().unwrap().username, "alice");
        assert!(store.authorization_devices_of("alice").await.unwrap().is_empty());
        assert_eq!(*store.person_settings("alice").await.unwrap(), PersonSettings::default());
        assert_eq!(store.next_callback_due().await, Ok(None));
        assert!(!store.first_use(Digest::of(b"jti"), secs(60), NOW), "what was used stays used");
        assert!(
            store.events_for_incidents(10).await.unwrap().is_empty(),
            "what was before opens no incident"
        );
        store.close().await;
    }
}

/// A request that waits for a person while the database is brought up to date keeps what a yes takes: the schema before
/// had it elsewhere.
#[tokio::test]
async fn a_waiting_request_of_schema_2_becomes_no_easier_to_answer() {
    let Fixture { store, dir } = Fixture::new();
    let crossing = ask(&store, 1, "alice");
    store.close().await;
    let path = dir.path().join("tandem.sqlite3");
    let event: String = {
        let raw = rusqlite::Connection::open(&path).unwrap();
        raw.query_row("SELECT event FROM journal", [], |row| row.get(0)).unwrap()
    };
    let mut event: serde_json::Value = serde_json::from_str(&event).unwrap();
    let request = event["initiated"].as_object_mut().unwrap();
    for later in ["verification", "context", "open_for", "findings"] {
        request.remove(later);
    }
    request["backchannel"]["verification"] = "phishing_resistant".into();
    request["backchannel"]["number"] =
        serde_json::json!({ "shown": 42, "decoys": [17, 93], "answer": "type" });
    std::fs::remove_file(&path).unwrap();
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch(include_str!("../../../src/migrations/0001_first.sql")).unwrap();
    raw.execute_batch(include_str!("../../../src/migrations/0002_ciba.sql")).unwrap();
    raw.execute_batch("PRAGMA application_id = 0x74616e64; PRAGMA user_version = 2;").unwrap();
    let id = crossing.as_bytes().to_vec();
    let insert = "INSERT INTO journal VALUES (?1, ?2, ?3)";
    raw.execute(insert, rusqlite::params![1, id, event.to_string()]).unwrap();
    raw.execute(insert, rusqlite::params![2, vec![8_u8; 16], "no JSON"]).unwrap();
    drop(raw);
    for _ in 0..2 {
        let store = Store::open(options(dir.path()), NOW).unwrap();
        let Some(Crossing::Pending(pending)) = store.crossing(crossing) else { panic!("it was lost") };
        assert_eq!(pending.request.verification, Verification::PhishingResistant);
        let number = pending.request.number().unwrap();
        assert_eq!((number.shown, number.decoys, number.answer), (42, [17, 93], NumberAnswer::Type));
        store.close().await;
    }
}

#[tokio::test]
async fn a_tool_brings_schema_1_up_to_date_when_told() {
    let dir = of_schema_1().await;
    let tool = Store::open(Options::new(dir.path(), Open::Tool { migrate: true }), NOW).unwrap();
    assert!(tool.authorization_devices_of("alice").await.unwrap().is_empty());
    tool.close().await;
    assert!(Store::open(options(dir.path()), NOW).unwrap().crossing(id(1)).is_some());
}

#[tokio::test]
async fn what_is_no_database_of_ours_is_left_alone() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("tandem.sqlite3");
    std::fs::write(&path, "my diary, ".repeat(1000)).unwrap();
    assert!(matches!(refusal(options(dir.path())), OpenError::NotADatabase { .. }));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "my diary, ".repeat(1000));
    std::fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE diary (page TEXT)").unwrap();
    assert!(matches!(refusal(options(dir.path())), OpenError::NotADatabase { .. }));
}

#[tokio::test]
async fn a_damaged_database_is_reported() {
    let Fixture { store, dir } = Fixture::new();
    for n in 0..500 {
        begin(&store, n);
    }
    store.close().await;
    let path = dir.path().join("tandem.sqlite3");
    let mut bytes = std::fs::read(&path).unwrap();
    // The first page says what the file is; the rest is the schema's trees and the journal.
    bytes[4096..].fill(0xa5);
    std::fs::write(&path, bytes).unwrap();
    let error = refusal(options(dir.path()));
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn a_directory_that_is_none_is_reported() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(matches!(refusal(options(&file)), OpenError::Io { .. }));
    assert!(matches!(refusal(options(&file.join("below"))), OpenError::Io { .. }));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = TempDir::new().unwrap();
    let data = dir.path().join("new/data");
    let store = Store::open(options(&data), NOW).unwrap();
    begin(&store, 1);
    eventually("the initiation is on disk", || store.census().commits == 1).await;
    for file in ["", "tandem.sqlite3", "tandem.sqlite3-wal", "tandem.lock"] {
        let mode = std::fs::metadata(data.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}: {mode:o}");
    }
}

#[tokio::test]
async fn what_a_tool_does_beside_the_server_is_seen() {
    let fixture = Fixture::new();
    let id = whole_flow(&fixture.store, 1).await;
    let mut changes = fixture.store.foreign_changes();
    whole_flow(&fixture.store, 2).await;
    let tool = Store::open(tool(&fixture), NOW).unwrap();
    assert_eq!(tool.begin(initiation(3)), Err(BeginError::NotAnInitiation));
    assert_eq!(tool.crossing(id), None);
    assert!(!changes.has_changed().unwrap(), "one's own writes are not foreign");
    assert!(fixture.store.cached_family(id).unwrap().is_active());
    assert_eq!(tool.revoke_family(id, secs(5), Revocation::Operator).await, Ok(true));
    changes.changed().await.unwrap();
    assert!(!fixture.store.family(id).await.unwrap().unwrap().is_active());
    assert_eq!(fixture.store.advance_family(id, 0, secs(6), secs(400)).await, Ok(None));
    tool.close().await;
    whole_flow(&fixture.store, 3).await;
}

/// What `.cargo/config.toml` says of SQLite reached its compiler. Whether it flushes with `fdatasync` SQLite does not tell:
/// that it is asked to, beside what can be seen to have arrived, is all that there is to see.
#[test]
fn sqlite_is_compiled_as_configured() {
    let config = include_str!("../../../../../.cargo/config.toml");
    let flags = config.lines().find_map(|line| line.strip_prefix("LIBSQLITE3_FLAGS = ")).unwrap();
    assert!(flags.trim_matches('"').split(' ').any(|flag| flag == "-DHAVE_FDATASYNC=1"), "{flags}");
    let raw = rusqlite::Connection::open_in_memory().unwrap();
    let used = |option: &str| -> bool {
        raw.query_row("SELECT sqlite_compileoption_used(?1)", [option], |row| row.get(0)).unwrap()
    };
    assert!(used("OMIT_SHARED_CACHE") && used("DEFAULT_MEMSTATUS=0") && !used("ENABLE_STAT4"));
}
