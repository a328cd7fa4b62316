//! Does a writer that is never idle see what other processes write?

use crate::fixture::*;
use tandem_store::{Open, Options, PersonSettings, Store};

/// Rounds that may go by without a word on a writer at work: somebody else needed the machine.
const MOST_ROUNDS: u32 = 100;

/// Something new each time: SQLite writes nothing where nothing changes.
async fn commit(store: &Store, sub: &str, count: &mut u32) {
    *count += 1;
    let settings = PersonSettings { user_code_hash: Some(count.to_string()), ..PersonSettings::default() };
    store.put_person_settings(sub, &settings).await.unwrap();
}

/// It looks between two commits every now and then. That it does so when idle, too, proves nothing here: after work an idle
/// writer folds the log, so a round in which it did not was all work.
#[tokio::test]
async fn it_looks_while_it_is_at_work_and_takes_its_own_writes_for_nobody_elses() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let tool = Store::open(Options::new(fixture.dir.path(), Open::Tool { migrate: false }), NOW).unwrap();
    let mut changes = store.foreign_changes();
    let (mut seen_at_work, mut commits) = (0, 0);
    for _ in 0..MOST_ROUNDS {
        let before = *changes.borrow_and_update();
        let folded = store.census().checkpoints;
        commit(store, "alice", &mut commits).await;
        assert!(!changes.has_changed().unwrap(), "one's own writes are not foreign");
        commit(&tool, "bob", &mut commits).await;
        let noticed = async {
            while !changes.has_changed().unwrap() {
                commit(store, "alice", &mut commits).await;
            }
        };
        soon(noticed).await;
        // Whatever the writer did as it told us is over now.
        commit(store, "alice", &mut commits).await;
        assert_eq!(*changes.borrow(), before + 1, "what one process wrote once is told once");
        seen_at_work += u32::from(store.census().checkpoints == folded);
        if seen_at_work == 5 {
            return;
        }
    }
    panic!("it was idle too often to tell: {seen_at_work}");
}
