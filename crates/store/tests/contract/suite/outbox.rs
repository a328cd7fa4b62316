//! Does a client hear of its answer exactly if there is one?

use crate::fixture::*;
use tandem_core::crossing::{Crossing, CrossingId};
use tandem_core::time::Timestamp;
use tandem_store::{
    Along, ApplyError, Callback, CallbackOutcome, Open, Options, SecurityEvent, Store, Write,
};

/// Somebody asks alice, she agrees, and this callback is to tell of it.
async fn answered(store: &Store, n: u32, change: impl Fn(&mut Callback)) -> CrossingId {
    let id = ask(store, n, "alice");
    let write = |event| {
        let mut callback = callback(id, CallbackOutcome::Approved);
        change(&mut callback);
        Write::DurableWith(event, Box::new(Along { callback: Some(callback), ..Along::default() }))
    };
    assert_eq!(event(store, id, approval(), write).await, Ok(Told::Done));
    id
}

async fn due(store: &Store, now: Timestamp) -> Vec<CrossingId> {
    store.due_callbacks(now, 100).await.unwrap().iter().map(|callback| callback.crossing).collect()
}

#[tokio::test]
async fn a_callback_comes_with_its_answer_in_one_transaction() {
    let mut fixture = Fixture::new();
    let store = &fixture.store;
    let id = ask(store, 1, "alice");
    eventually("the request is on disk", || store.census().commits == 1).await;
    let mut changes = store.callbacks_changed();
    let security_event = SecurityEvent {
        at: secs(1),
        kind: "denied".to_owned(),
        crossing: Some(id),
        sub: None,
        client_id: None,
        address: None,
        detail: None,
    };
    let told = callback(id, CallbackOutcome::Denied);
    let write = |event| {
        let along = Along { security_event: Some(security_event.clone()), callback: Some(told.clone()) };
        Write::DurableWith(event, Box::new(along))
    };
    event(store, id, denial(), write).await.unwrap();
    assert_eq!((store.census().commits, store.census().callbacks), (2, 1));
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    assert_eq!(event(store, id, denial(), write).await, Ok(Told::TooLate));
    assert!(!changes.has_changed().unwrap(), "nothing happened");
    assert_eq!((fixture.rows("callbacks"), fixture.rows("security_events")), (1, 1));
    fixture = fixture.reopened_at(secs(2)).await;
    assert_eq!(fixture.store.due_callbacks(secs(2), 10).await.unwrap(), [told]);
    assert_eq!(fixture.store.census().callbacks, 1);
}

#[tokio::test]
async fn what_is_due_longest_comes_first() {
    let Fixture { store, dir: _dir } = Fixture::new();
    assert_eq!(store.next_callback_due().await, Ok(None));
    for (n, due_at) in [(1, 30), (2, 10), (3, 20), (4, 40), (5, 20)] {
        answered(&store, n, |callback| callback.due_at = secs(due_at)).await;
    }
    assert_eq!(store.next_callback_due().await, Ok(Some(secs(10))));
    assert!(due(&store, secs(9)).await.is_empty());
    assert_eq!(due(&store, secs(30)).await, [id(2), id(3), id(5), id(1)]);
    let two = store.due_callbacks(secs(30), 2).await.unwrap();
    assert_eq!(two.iter().map(|callback| callback.crossing).collect::<Vec<_>>(), [id(2), id(3)]);
    assert_eq!(store.due_callbacks(secs(30), 0).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_failed_attempt_is_due_again_later_and_survives() {
    let mut fixture = Fixture::new();
    let id = answered(&fixture.store, 1, |_| {}).await;
    let mut changes = fixture.store.callbacks_changed();
    assert_eq!(fixture.store.retry_callback(id, 1, secs(16)).await, Ok(true));
    soon(changes.changed()).await.unwrap();
    assert!(due(&fixture.store, secs(15)).await.is_empty());
    fixture = fixture.reopened_at(secs(10)).await;
    assert_eq!(fixture.store.next_callback_due().await, Ok(Some(secs(16))));
    let again = fixture.store.due_callbacks(secs(16), 10).await.unwrap();
    assert_eq!((again[0].crossing, again[0].attempts, again[0].created_at), (id, 1, secs(1)));
    assert_eq!(fixture.store.end_callback(id).await, Ok(true));
    assert_eq!(fixture.store.retry_callback(id, 2, secs(17)).await, Ok(false), "what was ended stays so");
    assert_eq!(fixture.store.end_callback(id).await, Ok(false));
    fixture = fixture.reopened_at(secs(20)).await;
    assert!(due(&fixture.store, secs(9999)).await.is_empty());
    assert_eq!(fixture.store.end_callback(crate::fixture::id(9)).await, Ok(false));
}

#[tokio::test]
async fn giving_up_is_somebodys_turn() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let id = answered(&store, 1, |callback| callback.gives_up_at = secs(100)).await;
    assert_eq!(store.retry_callback(id, 7, secs(500)).await, Ok(true));
    assert_eq!(store.next_callback_due().await, Ok(Some(secs(100))), "no later than it gives up");
    store.sweep(secs(9999)).await.unwrap();
    let hopeless = store.due_callbacks(secs(9999), 10).await.unwrap();
    assert_eq!(hopeless.len(), 1, "it waits for whoever records the giving up");
    assert!(hopeless[0].gives_up_at <= secs(9999));
    let late = answered(&store, 2, |callback| callback.due_at = secs(5000)).await;
    assert_eq!(due(&store, secs(600)).await, [id, late]);
}

#[tokio::test]
async fn a_callback_of_another_crossing_or_a_second_one_writes_nothing() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let first = answered(store, 1, |_| {}).await;
    let id = ask(store, 2, "alice");
    let foreign = event(store, id, approval(), with_callback(first)).await;
    assert_eq!(foreign, Err(ApplyError::NotDurable));
    assert!(matches!(store.crossing(id), Some(Crossing::Pending(_))));
    // A row that no answer of ours wrote: the primary key stands against it, and the neighbours do not suffer.
    let sql = "INSERT INTO callbacks SELECT ?1, client_id, sealed, outcome, created_at, due_at, attempts, \
               gives_up_at FROM callbacks";
    fixture.raw().execute(sql, [id.as_bytes()]).unwrap();
    let other = ask(store, 3, "alice");
    let (second, neighbour) = tokio::join!(
        try_event(store, id, approval(), with_callback(id)),
        try_event(store, other, approval(), with_callback(other)),
    );
    assert!(matches!(second, Err(ApplyError::Store(_))), "{second:?}");
    assert_eq!(neighbour, Ok(Told::Done));
    assert!(matches!(store.crossing(id), Some(Crossing::Pending(_))));
    assert_eq!((fixture.rows("callbacks"), fixture.rows("journal")), (3, 5));
    assert_eq!(event(store, id, denial(), Write::Durable).await, Ok(Told::Done), "and is not blocked by it");
}

#[tokio::test]
async fn what_another_process_does_to_the_outbox_wakes_the_sender() {
    let fixture = Fixture::new();
    let id = answered(&fixture.store, 1, |_| {}).await;
    answered(&fixture.store, 2, |_| {}).await;
    let mut changes = fixture.store.callbacks_changed();
    let tool = Options::new(fixture.dir.path(), Open::Tool { migrate: false });
    let tool = Store::open(tool, NOW).unwrap();
    assert_eq!(tool.census().callbacks, 2);
    assert_eq!(tool.end_callback(id).await, Ok(true));
    soon(changes.changed()).await.unwrap();
    assert_eq!(fixture.store.census().callbacks, 1);
    assert_eq!(fixture.store.end_callback(id).await, Ok(false));
    assert_eq!(fixture.store.census().callbacks, 1);
}

#[tokio::test]
async fn no_log_shows_what_is_sealed() {
    let text = format!("{:?}", callback(id(1), CallbackOutcome::Approved));
    assert!(text.contains("call-center") && !text.contains("sealed"), "{text}");
}
