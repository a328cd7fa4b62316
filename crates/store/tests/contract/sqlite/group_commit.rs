//! How many commits and rows does it take?

use crate::fixture::*;
use std::time::Duration;
use tandem_store::{Census, Write};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_answers_share_few_commits() {
    let Fixture { store, dir: _dir } = Fixture::slow(4);
    for n in 0..200 {
        begin(&store, n);
    }
    eventually("the initiations are on disk", || store.census().journal_rows == 200).await;
    let before = store.census();
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { event(&store, id(n), approval(), Write::Durable).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), Ok(Told::Done));
    }
    let after = store.census();
    assert_eq!(after.journal_rows - before.journal_rows, 200);
    let commits = after.commits - before.commits;
    assert!((1..=60).contains(&commits), "{commits} commits for 200 answers");
    assert_eq!((after.pending, after.approved), (0, 200));
}

#[tokio::test]
async fn a_flow_is_three_journal_rows_and_one_family() {
    let fixture = Fixture::new();
    let before = fixture.store.census();
    whole_flow(&fixture.store, 1).await;
    let after = fixture.store.census();
    assert_eq!(after.journal_rows - before.journal_rows, 3);
    assert_eq!(after.family_rows - before.family_rows, 1);
    assert_eq!(after.commits - before.commits, 2, "the initiation goes with the approval");
    assert_eq!((fixture.rows("journal"), fixture.rows("families")), (3, 1));
}

#[tokio::test]
async fn a_refresh_is_one_row_and_one_commit_and_a_poll_is_none() {
    let fixture = Fixture::new();
    let id = whole_flow(&fixture.store, 1).await;
    let before = fixture.store.census();
    fixture.store.advance_family(id, 0, secs(9), secs(400)).await.unwrap().unwrap();
    let after = fixture.store.census();
    let expected = Census {
        commits: before.commits + 1,
        family_rows: before.family_rows + 1,
        last_batch: 1,
        checkpoints: after.checkpoints,
        ..before
    };
    assert_eq!(after, expected);
    assert!(fixture.store.crossing(id).is_some());
    assert_eq!(fixture.store.census().commits, after.commits);
}

#[tokio::test]
async fn initiations_reach_the_disk_without_anybody_waiting() {
    let fixture = Fixture::with(|options| options.journal_delay = Duration::from_millis(50));
    for n in 0..100 {
        begin(&fixture.store, n);
    }
    eventually("all are on disk", || fixture.store.census().journal_rows == 100).await;
    assert_eq!(fixture.rows("journal"), 100);
    assert!(fixture.store.census().commits <= 20, "they gathered");
}
