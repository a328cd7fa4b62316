//! Does a family hold until it ends, and not longer?

use crate::fixture::*;
use tandem_core::oauth::token_family::{FamilyState, Refresh, Revocation};
use tandem_store::{ApplyError, Write};

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
