//! Does a restart tell the same story?

use crate::fixture::*;
use std::time::Duration;
use tandem_core::crossing::{Context, Crossing, Event, Request};
use tandem_core::mitigations::establish_proximity::Coordinates;
use tandem_store::{StoreError, Write};

#[tokio::test]
async fn pending_codes_live_through_a_restart_with_their_pace() {
    let mut fixture = Fixture::new();
    for n in 0..100 {
        begin(&fixture.store, n);
    }
    event(&fixture.store, id(1), Event::SlowedDown(15), Write::Later).await.unwrap();
    event(&fixture.store, id(2), presented(), Write::Later).await.unwrap();
    event(&fixture.store, id(3), approval(), Write::Durable).await.unwrap();
    event(&fixture.store, id(3), Event::SlowedDown(10), Write::Later).await.unwrap();
    event(&fixture.store, id(4), denial(), Write::Durable).await.unwrap();
    whole_flow(&fixture.store, 200).await;
    let before: Vec<_> = (0..=200).map(|n| fixture.store.crossing(id(n))).collect();
    fixture = fixture.reopened_at(secs(5)).await;
    let after: Vec<_> = (0..=200).map(|n| fixture.store.crossing(id(n))).collect();
    assert_eq!(before, after);
    let interval = |n| fixture.store.crossing(id(n)).unwrap().polling().unwrap().interval();
    assert_eq!((interval(1), interval(3)), (Duration::from_secs(15), Duration::from_secs(10)));
    assert_eq!(fixture.store.crossing_by_user_code(&user_code(1)).unwrap().id(), id(1));
    assert_eq!(event(&fixture.store, id(3), redeemed(), redeem(id(3))).await, Ok(Told::Done));
    assert_eq!(event(&fixture.store, id(200), redeemed(), redeem(id(200))).await, Ok(Told::TooLate));
}

#[tokio::test]
async fn what_ended_long_ago_does_not_come_back() {
    let mut fixture = Fixture::new();
    begin(&fixture.store, 1);
    let redeemed = whole_flow(&fixture.store, 2).await;
    fixture = fixture.reopened_at(secs(1199)).await;
    assert!(fixture.store.crossing(id(1)).is_some() && fixture.store.crossing(redeemed).is_some());
    fixture = fixture.reopened_at(secs(1200)).await;
    assert_eq!((fixture.store.crossing(id(1)), fixture.store.crossing(redeemed)), (None, None));
    assert_eq!(fixture.store.crossing_by_user_code(&user_code(1)), None);
    assert_eq!(fixture.store.sweep(secs(1200)).await.unwrap().journal_rows, 4);
    assert_eq!(fixture.rows("journal"), 0);
}

#[tokio::test]
async fn the_journal_loses_only_its_dead_beginning() {
    let mut fixture = Fixture::new();
    begin(&fixture.store, 1);
    let mut long = request(2);
    long.expires_at = secs(5000);
    fixture.store.begin(initiation_of(2, long)).unwrap();
    event(&fixture.store, id(1), Event::SlowedDown(10), Write::Later).await.unwrap();
    event(&fixture.store, id(2), approval(), Write::Durable).await.unwrap();
    let swept = fixture.store.sweep(secs(2000)).await.unwrap();
    assert_eq!((swept.crossings, swept.journal_rows), (1, 1));
    // What is left of the first crossing has no beginning any more; that is no damage.
    fixture = fixture.reopened_at(secs(2000)).await;
    assert_eq!(fixture.store.crossing(id(1)), None);
    assert!(matches!(fixture.store.crossing(id(2)), Some(Crossing::Approved(_))));
    begin(&fixture.store, 3);
    fixture = fixture.reopened_at(secs(2001)).await;
    assert!(fixture.store.crossing(id(2)).is_some());
}

#[tokio::test]
async fn a_row_that_makes_no_sense_costs_one_crossing() {
    let mut fixture = Fixture::new();
    for n in 0..6 {
        begin(&fixture.store, n);
        event(&fixture.store, id(n), approval(), Write::Durable).await.unwrap();
    }
    event(&fixture.store, id(5), redeemed(), redeem(id(5))).await.unwrap();
    {
        let raw = fixture.raw();
        let spoil = |n: u32, nth: u32, event: &str| {
            let sql = "UPDATE journal SET event = ?3 WHERE seq = \
                (SELECT seq FROM journal WHERE crossing = ?1 ORDER BY seq LIMIT 1 OFFSET ?2)";
            assert_eq!(raw.execute(sql, rusqlite::params![id(n).as_bytes(), nth, event]).unwrap(), 1);
        };
        spoil(1, 0, "{");
        spoil(2, 1, "{\"approved\":{}}");
        spoil(3, 1, "{\"redeemed\":1800000002000}");
        spoil(5, 2, "\u{0}");
        raw.execute("UPDATE journal SET crossing = x'00' WHERE crossing = ?1", [id(4).as_bytes()]).unwrap();
    }
    fixture = fixture.reopened_at(secs(5)).await;
    assert!(matches!(fixture.store.crossing(id(0)), Some(Crossing::Approved(_))));
    for n in 1..6 {
        assert_eq!(fixture.store.crossing(id(n)), None, "{n} is out: nobody can approve or collect it");
    }
    assert!(fixture.store.family(id(5)).await.unwrap().is_some(), "what was granted stays");
    begin(&fixture.store, 7);
    fixture = fixture.reopened_at(secs(6)).await;
    assert!(fixture.store.crossing(id(7)).is_some());
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let other = store.clone();
    let id = begin(&store, 1);
    store.close().await;
    let closed = Err(StoreError::Closed);
    assert_eq!(try_event(&other, id, approval(), Write::Durable).await, closed.map_err(Into::into));
    assert_eq!(other.family(id).await, Err(StoreError::Closed));
    assert!(other.begin(initiation(2)).is_err());
}

/// BCP 6.1.1: where a device was is kept for as long as somebody may have to compare it, and nowhere afterwards.
#[tokio::test]
async fn positions_go_with_the_answer() {
    let mut fixture = Fixture::new();
    for n in 0..5 {
        let coordinates = Some(Coordinates::parse("35.6812,139.7671,50").unwrap());
        let context = Context { coordinates, instance: Some("tv-1".into()), ..Context::default() };
        fixture.store.begin(initiation_of(n, Request { context: context.boxed(), ..request(n) })).unwrap();
    }
    event(&fixture.store, id(1), approval(), Write::Durable).await.unwrap();
    event(&fixture.store, id(2), denial(), Write::Durable).await.unwrap();
    event(&fixture.store, id(3), approval(), Write::Durable).await.unwrap();
    event(&fixture.store, id(3), redeemed(), redeem(id(3))).await.unwrap();
    let has = |fixture: &Fixture, n| {
        let crossing = fixture.store.crossing(id(n)).unwrap();
        crossing.request().is_some_and(|request| request.has_coordinates())
    };
    let kept = |fixture: &Fixture| -> u64 {
        let count = "SELECT count(*) FROM journal WHERE event LIKE '%coordinates%'";
        fixture.raw().query_row(count, [], |row| row.get::<_, i64>(0)).unwrap().try_into().unwrap()
    };
    assert_eq!(kept(&fixture), 5);
    fixture.store.sweep(secs(3)).await.unwrap();
    assert_eq!(
        (has(&fixture, 0), has(&fixture, 1), has(&fixture, 2), has(&fixture, 4)),
        (true, false, false, true)
    );
    assert_eq!(kept(&fixture), 2, "those that wait");
    let all = |fixture: &Fixture| (0..5).map(|n| fixture.store.crossing(id(n))).collect::<Vec<_>>();
    let before = all(&fixture);
    fixture = fixture.reopened_at(secs(4)).await;
    assert_eq!(all(&fixture), before, "a restart tells the same");
    let Some(Crossing::Approved(approved)) = fixture.store.crossing(id(1)) else { panic!("approved") };
    assert_eq!(approved.request.instance(), Some("tv-1"), "nothing else is gone");
    fixture.store.sweep(secs(600)).await.unwrap();
    assert_eq!(kept(&fixture), 0, "what nobody answered is over");
    assert!(!has(&fixture, 0));
}
