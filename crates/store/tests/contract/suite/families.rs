//! Does a family hold until it ends, and not longer?

use crate::fixture::*;
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::oauth::token_family::{FamilyState, Refresh, Revocation};
use tandem_store::{ApplyError, SecurityEvent, Store, StoreError, Write};

#[tokio::test]
async fn a_family_comes_back_as_it_was_founded() {
    let mut fixture = Fixture::new();
    let id = whole_flow(&fixture.store, 1).await;
    assert_eq!(fixture.store.cached_family(id).as_deref(), Some(&family(id)), "no read after the redemption");
    fixture = fixture.reopened_at(secs(3)).await;
    assert_eq!(fixture.store.cached_family(id), None);
    assert_eq!(fixture.store.family(id).await.unwrap().as_deref(), Some(&family(id)));
    assert_eq!(fixture.store.cached_family(id).as_deref(), Some(&family(id)), "read once");
    assert_eq!(fixture.store.family(crate::fixture::id(9)).await, Ok(None));
}

#[tokio::test]
async fn a_refresh_counts_and_never_shortens() {
    let mut fixture = Fixture::new();
    let id = whole_flow(&fixture.store, 1).await;
    assert_eq!(
        fixture.store.advance_family(id, 1, secs(9), secs(400)).await,
        Ok(None),
        "a generation to come"
    );
    for round in 0..2 {
        let advanced = fixture.store.advance_family(id, round, secs(10), secs(100)).await.unwrap().unwrap();
        assert_eq!((advanced.generation, advanced.refreshed_at), (round + 1, Some(secs(10))));
        assert_eq!(advanced.access_until, secs(302), "older access tokens live on");
        fixture = fixture.reopened_at(secs(11)).await;
        assert_eq!(fixture.store.family(id).await.unwrap(), Some(advanced), "also without the cache");
    }
    assert_eq!(fixture.store.advance_family(id, 1, secs(12), secs(400)).await, Ok(None), "used before");
}

#[tokio::test]
async fn a_revoked_family_stays_revoked() {
    let mut fixture = Fixture::new();
    let id = whole_flow(&fixture.store, 1).await;
    assert_eq!(fixture.store.revoke_family(id, secs(5), Revocation::Reuse).await, Ok(true));
    assert_eq!(fixture.store.revoke_family(id, secs(6), Revocation::Person).await, Ok(false));
    let revoked = FamilyState::Revoked { at: secs(5), by: Revocation::Reuse };
    for _ in 0..2 {
        assert_eq!(fixture.store.family(id).await.unwrap().unwrap().state, revoked);
        assert_eq!(fixture.store.advance_family(id, 0, secs(7), secs(400)).await, Ok(None));
        fixture = fixture.reopened_at(secs(8)).await;
    }
}

async fn end_on_record(store: &Store, id: CrossingId) -> Result<bool, StoreError> {
    let why = SecurityEvent {
        at: secs(5),
        kind: "access_revoked".to_owned(),
        crossing: Some(id),
        sub: Some(Arc::from("alice")),
        client_id: None,
        address: Some(ADDRESS),
        detail: None,
    };
    store.revoke_family_on_record(id, secs(5), Revocation::Person, why).await
}

#[tokio::test]
async fn an_end_on_record_is_one_commit_and_of_what_is_over_nothing_is_recorded() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let ends = whole_flow(store, 1).await;
    let before = store.census().commits;
    assert_eq!(end_on_record(store, ends).await, Ok(true));
    assert_eq!(store.census().commits, before + 1);
    assert_eq!(
        (fixture.rows("security_events"), store.family(ends).await.unwrap().unwrap().is_active()),
        (1, false)
    );
    let over = whole_flow(store, 2).await;
    assert_eq!(store.revoke_family(over, secs(4), Revocation::Client).await, Ok(true));
    for id in [ends, over, id(9)] {
        assert_eq!(end_on_record(store, id).await, Ok(false));
    }
    assert_eq!(fixture.rows("security_events"), 1);
    let by = FamilyState::Revoked { at: secs(4), by: Revocation::Client };
    assert_eq!(
        store.family(over).await.unwrap().unwrap().state,
        by,
        "nor is it said to have ended otherwise"
    );
}

#[tokio::test]
async fn an_end_that_cannot_be_recorded_does_not_happen() {
    let fixture = Fixture::new();
    let id = whole_flow(&fixture.store, 1).await;
    let fails = "CREATE TRIGGER fails BEFORE INSERT ON security_events BEGIN SELECT RAISE(ABORT, 'no'); END";
    fixture.raw().execute_batch(fails).unwrap();
    assert!(end_on_record(&fixture.store, id).await.is_err());
    assert!(fixture.store.family(id).await.unwrap().unwrap().is_active());
    fixture.raw().execute_batch("DROP TRIGGER fails").unwrap();
    assert_eq!(end_on_record(&fixture.store, id).await, Ok(true), "and can be tried again");
    assert_eq!(fixture.rows("security_events"), 1);
}

#[tokio::test]
async fn a_person_and_a_client_end_only_their_own() {
    let Fixture { store, dir: _dir } = Fixture::new();
    for (n, sub, client) in [(1, "alice", "tv"), (2, "bob", "tv"), (3, "alice", "kiosk"), (4, "bob", "kiosk")]
    {
        let id = begin(&store, n);
        event(&store, id, approval(), Write::Durable).await.unwrap();
        let write = |event| Write::Redeem(event, Box::new(family_of(id, sub, client)));
        assert_eq!(event(&store, id, redeemed(), write).await, Ok(Told::Done));
    }
    let names = |sub: &'static str| {
        let store = store.clone();
        async move {
            store.families_of(sub, u32::MAX).await.unwrap().iter().map(|f| f.crossing).collect::<Vec<_>>()
        }
    };
    assert_eq!(names("alice").await, [id(3), id(1)], "newest first");
    assert_eq!(store.revoke_families_of("alice", secs(5), Revocation::Person).await, Ok(2));
    assert!(names("alice").await.is_empty());
    assert_eq!(names("bob").await, [id(4), id(2)]);
    assert_eq!(store.revoke_families_of_client("tv", secs(5), Revocation::Operator).await, Ok(1));
    assert_eq!(names("bob").await, [id(4)]);
    assert!(!store.family(id(2)).await.unwrap().unwrap().is_active(), "the cache knows it");
}

#[tokio::test]
async fn a_second_family_of_a_crossing_fails_alone() {
    let fixture = Fixture::new();
    let id = whole_flow(&fixture.store, 1).await;
    let other = begin(&fixture.store, 2);
    event(&fixture.store, other, approval(), Write::Durable).await.unwrap();
    // A mistake of the caller: the family of another crossing. The primary key is the second lock.
    let (wrong, denied) = tokio::join!(try_event(&fixture.store, other, redeemed(), redeem(id)), async {
        let third = begin(&fixture.store, 3);
        event(&fixture.store, third, denial(), Write::Durable).await
    });
    assert_eq!(wrong, Err(ApplyError::AlreadyRedeemed));
    assert_eq!(denied, Ok(Told::Done));
    assert_eq!((fixture.rows("families"), fixture.rows("journal")), (1, 7));
    let right = event(&fixture.store, other, redeemed(), redeem(other)).await;
    assert_eq!(right, Ok(Told::Done), "and is not blocked by it");
}

#[tokio::test]
async fn what_can_no_longer_be_used_is_swept() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let lasting = whole_flow(&store, 1).await;
    let brief = begin(&store, 2);
    event(&store, brief, approval(), Write::Durable).await.unwrap();
    let mut never = family(brief);
    never.refresh = Refresh::Never;
    let write = |event| Write::Redeem(event, Box::new(never.clone()));
    event(&store, brief, redeemed(), write).await.unwrap();
    assert_eq!(store.sweep(secs(301)).await.unwrap().families, 0);
    assert_eq!(store.sweep(secs(302)).await.unwrap().families, 1);
    assert_eq!(store.family(brief).await, Ok(None));
    assert!(store.family(lasting).await.unwrap().is_some());
    assert_eq!(store.sweep(secs(86_400)).await.unwrap().families, 1);
    assert_eq!(store.family(lasting).await, Ok(None));
}
