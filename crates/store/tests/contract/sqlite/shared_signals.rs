//! Is every token that was announced still there after SIGKILL, and none that was acknowledged?

use super::crash::kill_test_after;
use crate::fixture::*;
use crate::suite::shared_signals::{create, signed_out, stream};
use std::collections::HashSet;
use tandem_store::Store;
use tempfile::TempDir;

const ROLE: &str = "TANDEM_TEST_CRASH_SIGNALS";
const TEST: &str = "sqlite::shared_signals::a_token_survives_sigkill_until_it_is_acknowledged";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_survives_sigkill_until_it_is_acknowledged() {
    if let Ok(dir) = std::env::var(ROLE) {
        return announce_until_killed(Store::open(options(dir.as_ref()), NOW).unwrap()).await;
    }
    let dir = TempDir::new().unwrap();
    for round in 0..3_usize {
        let told = kill_test_after(TEST, ROLE, dir.path(), 200 + 500 * round);
        let named = |word: &str| -> HashSet<&str> {
            told.iter().filter_map(|line| line.strip_prefix(word)).collect()
        };
        let (announced, ended) = (named("announced "), named("ended "));
        assert!(!announced.is_empty() && !ended.is_empty(), "{}", told.len());
        for _ in 0..2 {
            let store = Store::open(options(dir.path()), secs(3)).unwrap();
            let waiting = store.waiting_pushes(Vec::new(), u32::MAX).await.unwrap();
            let waiting: HashSet<String> =
                waiting.into_iter().flat_map(|(_, rows)| rows).map(|one| person(&one.claims)).collect();
            assert!(
                ended.iter().all(|sub| !waiting.contains(*sub)),
                "what was acknowledged is not sent again"
            );
            // Only every third is acknowledged: there the end may be on disk without having been told.
            let kept = announced.iter().filter(|sub| !third(sub));
            assert!(kept.into_iter().all(|sub| waiting.contains(*sub)), "a token was lost");
            store.close().await;
        }
        std::fs::remove_file(dir.path().join("tandem.sqlite3")).unwrap();
    }
}

fn third(sub: &str) -> bool {
    sub.parse::<u32>().unwrap().is_multiple_of(3)
}

fn person(claims: &str) -> String {
    let claims: serde_json::Value = serde_json::from_str(claims).unwrap();
    claims["sub_id"]["sub"].as_str().unwrap().to_owned()
}

async fn announce_until_killed(store: Store) {
    create(&store, stream("one")).await;
    let lane = |lane: u32| {
        let store = store.clone();
        async move {
            for turn in 0..10_000 {
                let sub = (turn * 8 + lane).to_string();
                assert_eq!(signed_out(&store, &[&sub], NOW).await, 1);
                println!("announced {sub}");
                if third(&sub) {
                    let waiting = store.waiting_pushes(Vec::new(), u32::MAX).await.unwrap();
                    let mut rows = waiting.into_iter().flat_map(|(_, rows)| rows);
                    let own = rows.find(|one| person(&one.claims) == sub).unwrap();
                    assert_eq!(store.end_deliveries("one", vec![own.jti.clone()]).await, Ok(vec![own.jti]));
                    println!("ended {sub}");
                }
            }
        }
    };
    let tasks: Vec<_> = (0..8).map(|n| tokio::spawn(lane(n))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}
