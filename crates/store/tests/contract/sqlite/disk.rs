//! What happens when the disk takes nothing more?

use crate::fixture::*;
use std::process::{Command, Stdio};
use tandem_core::crossing::Crossing;
use tandem_store::{ApplyError, Store, StoreError, Write};

const ROLE: &str = "TANDEM_TEST_SMALL_FILES";

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_is_half_written() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    for n in 0..400 {
        begin(store, n);
    }
    eventually("the initiations are on disk", || store.census().queued == 0).await;
    store.limit_size(1);
    let mut full = None;
    for n in 0..400_u32 {
        match event(store, id(n), approval(), Write::Durable).await {
            Ok(told) => assert_eq!(told, Told::Done),
            Err(error) => {
                assert_eq!(error, ApplyError::Store(StoreError::Full));
                full = Some(n);
                break;
            }
        }
    }
    let full = full.expect("the room ended");
    assert!(full > 0, "there was some");
    assert!(matches!(store.crossing(id(full)), Some(Crossing::Pending(_))));
    let rows = fixture.rows("journal");
    assert_eq!(event(store, id(full), approval(), Write::Durable).await, Err(StoreError::Full.into()));
    assert_eq!(fixture.rows("journal"), rows);
    let mut unredeemed = None;
    for n in 0..full {
        if let Err(error) = event(store, id(n), redeemed(), redeem(id(n))).await {
            assert_eq!(error, ApplyError::Store(StoreError::Full));
            unredeemed = Some(n);
            break;
        }
    }
    let unredeemed = unredeemed.expect("the room for families ended");
    assert!(matches!(store.crossing(id(unredeemed)), Some(Crossing::Approved(_))));
    assert_eq!(store.family(id(unredeemed)).await, Ok(None), "neither happened");
    assert_eq!(fixture.rows("families"), u64::from(unredeemed));
    assert_eq!(fixture.rows("journal"), rows + u64::from(unredeemed));
    // A device may still ask; that is kept until there is room.
    begin(store, 1000);
    store.limit_size(u64::MAX);
    assert_eq!(event(store, id(full), approval(), Write::Durable).await, Ok(Told::Done));
    assert_eq!(event(store, id(unredeemed), redeemed(), redeem(id(unredeemed))).await, Ok(Told::Done));
    let fixture = fixture.reopened_at(secs(3)).await;
    assert!(matches!(fixture.store.crossing(id(full)), Some(Crossing::Approved(_))));
    assert!(matches!(fixture.store.crossing(id(unredeemed)), Some(Crossing::Redeemed(_))));
    assert!(matches!(fixture.store.crossing(id(1000)), Some(Crossing::Pending(_))));
}

/// The system lets this process write files of a few pages only, so that the commit itself fails.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_commit_that_fails_did_not_happen() {
    if let Ok(dir) = std::env::var(ROLE) {
        return write_until_it_fails(Store::open(options(dir.as_ref()), NOW).unwrap()).await;
    }
    let Fixture { store, dir } = Fixture::new();
    store.close().await;
    let test = "sqlite::disk::a_commit_that_fails_did_not_happen";
    let script = "trap '' XFSZ; ulimit -f 400; exec \"$0\" --exact \"$1\" --nocapture";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(ROLE, dir.path())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let failed: u32 = text.lines().find_map(|line| line.strip_prefix("failed ")).unwrap().parse().unwrap();
    let store = Store::open(options(dir.path()), secs(3)).unwrap();
    assert!(failed > 0);
    for n in 0..failed {
        assert!(matches!(store.crossing(id(n)), Some(Crossing::Approved(_))), "{n} was acknowledged");
    }
    assert!(!matches!(store.crossing(id(failed)), Some(Crossing::Approved(_))), "and that was not");
}

async fn write_until_it_fails(store: Store) {
    for n in 0..100_000 {
        begin(&store, n);
        match event(&store, id(n), approval(), Write::Durable).await {
            Ok(told) => assert_eq!(told, Told::Done),
            Err(error) => {
                assert!(matches!(error, ApplyError::Store(StoreError::Io | StoreError::Full)), "{error}");
                assert!(matches!(store.crossing(id(n)), Some(Crossing::Pending(_))));
                assert!(store.census().failed_commits > 0);
                println!("\nfailed {n}");
                return;
            }
        }
    }
    panic!("it never failed");
}
