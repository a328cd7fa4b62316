//! How much memory does a pending code take, and one who watches an inbox?

use crate::fixture::*;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tandem_store::Store;

const ROLE: &str = "TANDEM_TEST_MEMORY";
const CODES: u32 = 100_000;
const WATCHING: &str = "TANDEM_TEST_MEMORY_WATCHING";
const WATCHERS: u32 = 10_000;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_pending_code_takes_six_hundred_bytes_at_most() {
    if let Ok(dir) = std::env::var(ROLE) {
        return measure(dir.as_ref()).await;
    }
    let Fixture { store, dir } = Fixture::new();
    store.close().await;
    // Once as they begin, once as a restart finds them.
    for _ in 0..2 {
        let grown = grown_by("a_pending_code_takes_six_hundred_bytes_at_most", ROLE, dir.path());
        assert!(grown / u64::from(CODES) <= 600, "{} bytes a code", grown / u64::from(CODES));
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_who_wait_for_their_inbox_cost_two_kibibytes_each_at_most() {
    if let Ok(dir) = std::env::var(WATCHING) {
        return watch(dir.as_ref()).await;
    }
    let test = "ten_thousand_who_wait_for_their_inbox_cost_two_kibibytes_each_at_most";
    let dir = tempfile::TempDir::new().unwrap();
    let grown = grown_by(test, WATCHING, dir.path());
    assert!(grown / u64::from(WATCHERS) <= 2048, "{} bytes a watcher", grown / u64::from(WATCHERS));
}

/// Everybody waits in a task of their own, as a stream does; then one of them is asked.
async fn watch(dir: &std::path::Path) {
    let store = Store::open(options(dir), NOW).unwrap();
    let before = resident();
    let woken = Arc::new(AtomicU32::new(0));
    let mut waiting: Vec<_> = (0..WATCHERS)
        .map(|n| {
            let (mut inbox, woken) = (store.inbox_changed(&format!("person {n}")), Arc::clone(&woken));
            tokio::spawn(async move {
                inbox.changed().await;
                woken.fetch_add(1, Relaxed);
            })
        })
        .collect();
    println!("\ngrown {}", resident().saturating_sub(before));
    ask(&store, 1, "person 77");
    soon(waiting.swap_remove(77)).await.unwrap();
    assert_eq!(woken.load(Relaxed), 1, "nobody else was woken");
    assert!(waiting.iter().all(|task| !task.is_finished()));
}

/// Runs a test as another process, so that no other test counts; by how many bytes it says that it grew.
fn grown_by(test: &str, role: &str, dir: &std::path::Path) -> u64 {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("sqlite::memory::{test}"), "--nocapture"])
        .env(role, dir)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    text.lines().find_map(|line| line.strip_prefix("grown ")).unwrap().parse().unwrap()
}

async fn measure(dir: &std::path::Path) {
    let before = resident();
    let store = Store::open(options(dir), NOW).unwrap();
    let client_id: Arc<str> = Arc::from("tv");
    if store.crossing(id(0)).is_none() {
        for n in 0..CODES {
            let mut request = request(n);
            request.client_id = Arc::clone(&client_id);
            while store.begin(initiation_of(n, request.clone())).is_err() {
                tokio::task::yield_now().await;
            }
        }
    }
    eventually("all are on disk", || store.census().queued == 0).await;
    assert_eq!(store.census().pending, u64::from(CODES));
    println!("\ngrown {}", resident().saturating_sub(before));
}

fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
