//! Is everything that was acknowledged still there after SIGKILL?

use crate::fixture::*;
use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_core::oauth::token_family::Revocation;
use tandem_store::{Store, Write};
use tempfile::TempDir;

const ROLE: &str = "TANDEM_TEST_CRASH";
const ASKING: &str = "TANDEM_TEST_CRASH_ASKING";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_survives_sigkill() {
    if let Ok(dir) = std::env::var(ROLE) {
        return work_until_killed(Store::open(options(dir.as_ref()), NOW).unwrap()).await;
    }
    let fixture = Fixture::new();
    let Fixture { store, dir } = fixture;
    store.close().await;
    for round in 0..3_u32 {
        let told = kill_after(
            "what_was_acknowledged_survives_sigkill",
            ROLE,
            dir.path(),
            300 + 700 * round as usize,
        );
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_callback_survives_sigkill_exactly_if_its_answer_does() {
    if let Ok(dir) = std::env::var(ASKING) {
        return ask_until_killed(Store::open(options(dir.as_ref()), NOW).unwrap()).await;
    }
    let dir = TempDir::new().unwrap();
    for round in 0..3_u32 {
        let test = "a_callback_survives_sigkill_exactly_if_its_answer_does";
        let told = kill_after(test, ASKING, dir.path(), 300 + 700 * round as usize);
        // Twice: what was ended does not come back with any restart.
        for _ in 0..2 {
            let store = Store::open(options(dir.path()), secs(3)).unwrap();
            check_callbacks(&store, &told).await;
            store.close().await;
        }
        std::fs::remove_file(dir.path().join("tandem.sqlite3")).unwrap();
    }
}

async fn check_callbacks(store: &Store, told: &[String]) {
    let of = |word: &str| -> HashSet<CrossingId> {
        told.iter().filter_map(|line| line.strip_prefix(word)?.parse().ok().map(id)).collect()
    };
    let (approved, ended) = (of("approved "), of("ended "));
    assert!(!approved.is_empty() && !ended.is_empty(), "{}", told.len());
    let waiting = store.due_callbacks(secs(3), u32::MAX).await.unwrap();
    let waiting: HashSet<_> = waiting.into_iter().map(|callback| callback.crossing).collect();
    assert_eq!(store.census().callbacks, waiting.len() as u64);
    assert!(ended.is_disjoint(&waiting), "what was sent is not sent again");
    let crossings = store.crossings_of("alice");
    let answered: HashSet<_> =
        crossings.iter().filter(|state| matches!(state, Crossing::Approved(_))).map(Crossing::id).collect();
    assert!(approved.is_subset(&answered), "what was acknowledged was answered");
    assert!(waiting.is_subset(&answered), "nobody is told of an answer that there is not");
    // Only every third is ended: there the end may be on disk without having been told.
    let kept = |n: u32| !n.is_multiple_of(3);
    let keeping: HashSet<_> = (0..100_000).filter(|n| kept(*n)).map(id).collect();
    for id in answered.iter().filter(|id| keeping.contains(id)) {
        assert!(waiting.contains(id), "an answer lost its callback");
    }
}

async fn ask_until_killed(store: Store) {
    let lane_of_answers = |lane: u32| {
        let store = store.clone();
        async move {
            for turn in 0..10_000 {
                let n = turn * 32 + lane;
                ask(&store, n, "alice");
                let answered = event(&store, id(n), approval(), with_callback(id(n))).await;
                assert_eq!(answered, Ok(Told::Done));
                println!("approved {n}");
                if n.is_multiple_of(3) {
                    assert_eq!(store.end_callback(id(n)).await, Ok(true));
                    println!("ended {n}");
                }
            }
        }
    };
    let tasks: Vec<_> = (0..32).map(|lane| tokio::spawn(lane_of_answers(lane))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

fn kill_after(test: &str, role: &str, dir: &std::path::Path, lines: usize) -> Vec<String> {
    kill_test_after(&format!("sqlite::crash::{test}"), role, dir, lines)
}

/// Runs a test as another process, under load, kills it after it has told this much, and returns all it told.
pub fn kill_test_after(test: &str, role: &str, dir: &std::path::Path, lines: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(role, dir)
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
