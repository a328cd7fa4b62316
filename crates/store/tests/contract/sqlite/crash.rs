//! Is everything that was acknowledged still there after SIGKILL?

use crate::fixture::*;
use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;
use tandem_core::crossing::Crossing;
use tandem_core::oauth::token_family::Revocation;
use tandem_store::{Store, Write};

const ROLE: &str = "TANDEM_TEST_CRASH";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_survives_sigkill() {
    if let Ok(dir) = std::env::var(ROLE) {
        return work_until_killed(Store::open(options(dir.as_ref()), NOW).unwrap()).await;
    }
    let fixture = Fixture::new();
    let Fixture { store, dir } = fixture;
    store.close().await;
    for round in 0..3_u32 {
        let told = kill_after(dir.path(), 300 + 700 * round as usize);
        let store = Store::open(options(dir.path()), secs(3)).unwrap();
        let of = |word: &str| -> Vec<u32> {
            told.iter().filter_map(|line| line.strip_prefix(word)?.parse().ok()).collect()
        };
        let (approved, redeemed, revoked) = (of("approved "), of("redeemed "), of("revoked "));
        assert!(!approved.is_empty() && !redeemed.is_empty() && !revoked.is_empty(), "{}", told.len());
        for n in approved {
            let state = store.crossing(id(n));
            assert!(matches!(state, Some(Crossing::Approved(_) | Crossing::Redeemed(_))), "{n}: {state:?}");
        }
        for n in &redeemed {
            assert!(matches!(store.crossing(id(*n)), Some(Crossing::Redeemed(_))), "{n}");
            let again = event(&store, id(*n), crate::fixture::redeemed(), redeem(id(*n))).await;
            assert_eq!(again, Ok(Told::TooLate), "{n} was redeemed twice");
        }
        let ended: HashSet<_> = revoked.into_iter().collect();
        for n in redeemed {
            let family = store.family(id(n)).await.unwrap().expect("a redemption and its family are one");
            assert!(family.is_active() || n.is_multiple_of(3));
            assert!(!family.is_active() || !ended.contains(&n), "{n} was revoked");
        }
        store.close().await;
        std::fs::remove_file(dir.path().join("tandem.sqlite3")).unwrap();
    }
}

/// Runs this very test as another process, under load, kills it after it has told this much, and returns all it told.
fn kill_after(dir: &std::path::Path, lines: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sqlite::crash::what_was_acknowledged_survives_sigkill", "--nocapture"])
        .env(ROLE, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut all: Vec<String> = told.by_ref().take(lines).collect();
    child.kill().unwrap();
    all.extend(told);
    child.wait().unwrap();
    // The last line may be cut off.
    all.pop();
    all
}

async fn work_until_killed(store: Store) {
    let tasks: Vec<_> = (0..32).map(|lane| tokio::spawn(lane_of_flows(store.clone(), lane))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// Says what it knows to be done, and only that.
async fn lane_of_flows(store: Store, lane: u32) {
    let say = |word: &str, n: u32| println!("{word} {n}");
    for turn in 0..10_000 {
        let n = turn * 32 + lane;
        begin(&store, n);
        assert_eq!(event(&store, id(n), approval(), Write::Durable).await, Ok(Told::Done));
        say("approved", n);
        if n.is_multiple_of(2) {
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
        assert_eq!(event(&store, id(n), redeemed(), redeem(id(n))).await, Ok(Told::Done));
        say("redeemed", n);
        if n.is_multiple_of(3) {
            assert_eq!(store.revoke_family(id(n), secs(3), Revocation::Client).await, Ok(true));
            say("revoked", n);
        }
    }
}
