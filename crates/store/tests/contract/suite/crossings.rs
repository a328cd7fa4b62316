//! Does a crossing go where its transitions take it, and nowhere else?

use crate::fixture::*;
use std::task::{Context, Waker};
use std::time::Duration;
use tandem_core::crossing::{Crossing, Event, Pace, Polling};
use tandem_store::{Along, ApplyError, BeginError, Change, SecurityEvent, Write};

fn poll(crossing: Crossing, at: u64) -> Change<Pace> {
    let (polling, pace) = crossing.polling().unwrap().poll(secs(at));
    let write = match pace {
        Pace::InTime => Write::Nothing,
        Pace::TooSoon => {
            Write::Later(Event::SlowedDown(u16::try_from(polling.interval().as_secs()).unwrap()))
        }
    };
    Change { next: crossing.with_polling(polling), write, answer: pace }
}

/// Polls a future once and drops it; whether it had more to do.
fn polled_once<F: Future>(future: F) -> bool {
    let mut future = std::pin::pin!(future);
    future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

#[tokio::test]
async fn what_begins_is_found_by_its_name_and_its_code() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let id = begin(&store, 1);
    assert_eq!(store.crossing(id), Some(initiation(1).next));
    assert_eq!(store.crossing_by_user_code(&user_code(1)), Some(initiation(1).next));
    assert_eq!(store.crossing(crate::fixture::id(2)), None);
    assert_eq!(store.crossing_by_user_code(&user_code(2)), None);
}

#[tokio::test]
async fn a_code_in_use_is_refused_until_its_tombstone_is_over() {
    let Fixture { store, dir: _dir } = Fixture::new();
    begin(&store, 1);
    let again = || initiation_of(2, request(1));
    assert_eq!(store.begin(again()), Err(BeginError::UserCodeTaken));
    assert_eq!(
        store.begin(initiation_of(1, request(2))),
        Err(BeginError::UserCodeTaken),
        "the same device code"
    );
    event(&store, id(1), denial(), Write::Durable).await.unwrap();
    store.sweep(secs(1199)).await.unwrap();
    assert_eq!(store.begin(again()), Err(BeginError::UserCodeTaken), "ended, but remembered");
    assert!(matches!(store.crossing_by_user_code(&user_code(1)), Some(Crossing::Denied(_))));
    assert_eq!(store.sweep(secs(1200)).await.unwrap().crossings, 1);
    assert_eq!(store.crossing(id(1)), None);
    assert_eq!(store.begin(again()), Ok(()));
    assert_eq!(store.crossing_by_user_code(&user_code(1)).unwrap().id(), id(2));
}

#[tokio::test]
async fn there_is_an_end_to_how_many_may_begin() {
    let Fixture { store, dir: _dir } = Fixture::with(|options| options.max_crossings = 3);
    for n in 0..3 {
        begin(&store, n);
    }
    assert_eq!(store.begin(initiation(4)), Err(BeginError::Full));
    store.sweep(secs(2000)).await.unwrap();
    assert_eq!(store.begin(initiation(4)), Ok(()));
}

#[tokio::test]
async fn only_an_initiation_begins() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let mut step = initiation(1);
    step.event = redeemed();
    assert_eq!(store.begin(step), Err(BeginError::NotAnInitiation));
    assert_eq!(store.crossing(id(1)), None);
}

#[tokio::test]
async fn a_state_does_not_change_without_the_disk() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let id = begin(&store, 1);
    for write in [|_| Write::Nothing, Write::Later] {
        assert_eq!(try_event(&store, id, approval(), write).await, Err(ApplyError::NotDurable));
        assert!(matches!(store.crossing(id), Some(Crossing::Pending(_))));
    }
    let unknown = crate::fixture::id(9);
    assert_eq!(try_event(&store, unknown, approval(), Write::Durable).await, Err(ApplyError::Unknown));
}

#[tokio::test]
async fn an_answer_after_the_end_changes_nothing() {
    let fixture = Fixture::new();
    let id = begin(&fixture.store, 1);
    let late = event(&fixture.store, id, approval_at(secs(600)), Write::Durable).await;
    assert_eq!(late, Ok(Told::TooLate));
    let in_time = event(&fixture.store, id, approval_at(secs(599)), Write::Durable).await;
    assert_eq!(in_time, Ok(Told::Done));
    assert_eq!(event(&fixture.store, id, denial(), Write::Durable).await, Ok(Told::TooLate));
    assert_eq!(fixture.rows("journal"), 2);
}

#[tokio::test]
async fn a_denial_and_its_report_are_written_together() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let id = begin(&store, 1);
    let report = SecurityEvent {
        at: secs(1),
        kind: "request_reported".to_owned(),
        crossing: Some(id),
        sub: Some("alice".into()),
        client_id: Some("tv".into()),
        address: Some(ADDRESS),
        detail: None,
    };
    let write = |event| {
        let along = Along { security_event: Some(report.clone()), ..Along::default() };
        Write::DurableWith(event, Box::new(along))
    };
    let before = store.census().commits;
    event(&store, id, denial(), write).await.unwrap();
    assert_eq!(store.census().commits, before + 1);
    let events = store.events(10, None).await.unwrap();
    assert_eq!(events.iter().map(|event| &event.event).collect::<Vec<_>>(), [&report]);
    assert_eq!(event(&store, id, denial(), write).await, Ok(Told::TooLate));
    assert_eq!(store.events(10, None).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_an_answer_is_written_others_see_the_state_before_it() {
    let Fixture { store, dir: _dir } = Fixture::slow(300);
    let id = begin(&store, 1);
    eventually("the initiation is on disk", || store.census().commits == 1).await;
    let approving = tokio::spawn({
        let store = store.clone();
        async move { try_event(&store, id, approval(), Write::Durable).await }
    });
    eventually("the approval is with the writer", || store.census().commits == 2).await;
    assert_eq!(try_event(&store, id, denial(), Write::Durable).await, Err(ApplyError::Busy));
    assert!(matches!(store.crossing(id), Some(Crossing::Pending(_))), "not approved before it is on disk");
    assert_eq!(store.apply(id, |crossing| poll(crossing, 10)).await, Ok(Pace::InTime));
    assert_eq!(store.apply(id, |crossing| poll(crossing, 11)).await, Ok(Pace::TooSoon));
    assert_eq!(try_event(&store, id, presented(), Write::Later).await, Ok(Told::Done));
    assert!(polled_once(store.sweep(secs(9999))), "the memory is swept, the rest waits for the writer");
    assert_eq!(approving.await.unwrap(), Ok(Told::Done));
    let Some(Crossing::Approved(approved)) = store.crossing(id) else { panic!() };
    assert_eq!(approved.polling.interval(), Duration::from_secs(10), "the pace of meanwhile is kept");
}

#[tokio::test]
async fn a_caller_that_goes_away_loses_nothing() {
    let fixture = Fixture::slow(20);
    let id = begin(&fixture.store, 1);
    assert!(polled_once(try_event(&fixture.store, id, approval(), Write::Durable)));
    let approved = || matches!(fixture.store.crossing(id), Some(Crossing::Approved(_)));
    eventually("the approval is published", approved).await;
    assert_eq!(event(&fixture.store, id, redeemed(), redeem(id)).await, Ok(Told::Done), "nothing is blocked");
}

#[tokio::test]
async fn a_poll_before_its_time_raises_the_interval() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let id = begin(&store, 1);
    assert_eq!(store.apply(id, |crossing| poll(crossing, 10)).await, Ok(Pace::InTime));
    assert_eq!(store.apply(id, |crossing| poll(crossing, 12)).await, Ok(Pace::TooSoon));
    let interval = store.crossing(id).unwrap().polling().as_ref().map(|polling| Polling::interval(*polling));
    assert_eq!(interval, Some(Duration::from_secs(10)));
}
