//! How much memory does a pending code take?

use crate::fixture::*;
use std::process::Command;
use std::sync::Arc;
use tandem_store::Store;

const ROLE: &str = "TANDEM_TEST_MEMORY";
const CODES: u32 = 100_000;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_pending_code_takes_six_hundred_bytes_at_most() {
    if let Ok(dir) = std::env::var(ROLE) {
        return measure(dir.as_ref()).await;
    }
    let Fixture { store, dir } = Fixture::new();
    store.close().await;
    // Once as they begin, once as a restart finds them. A process of its own, so that no other test counts.
    for _ in 0..2 {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "sqlite::memory::a_pending_code_takes_six_hundred_bytes_at_most",
                "--nocapture",
            ])
            .env(ROLE, dir.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        let grown: u64 = text.lines().find_map(|line| line.strip_prefix("grown ")).unwrap().parse().unwrap();
        assert!(grown / u64::from(CODES) <= 600, "{} bytes a code", grown / u64::from(CODES));
    }
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
