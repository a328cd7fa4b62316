//! Are people, their passkeys and their sessions kept apart?

use crate::fixture::*;
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_core::oauth::token_family::AuthenticationMethod;
use tandem_store::{AddUserError, Passkey, Session, Store, User};

fn user(sub: &str, username: &str) -> User {
    User {
        sub: Arc::from(sub),
        username: username.to_owned(),
        name: Some("Alice A.".to_owned()),
        email: None,
        email_verified: false,
        locale: Some("ja".to_owned()),
        password_hash: Some("$argon2id$hash".to_owned()),
        created_at: NOW,
        updated_at: NOW,
    }
}

fn passkey(id: u8, sub: &str, counter: u32) -> Passkey {
    Passkey {
        id: vec![id; 20],
        sub: Arc::from(sub),
        name: "phone".to_owned(),
        credential: "{}".to_owned(),
        counter,
        created_at: NOW,
        last_used_at: None,
    }
}

fn session(cookie: &str, sub: &str) -> Session {
    Session {
        id: Digest::of(cookie.as_bytes()),
        sub: Arc::from(sub),
        method: AuthenticationMethod::Passkey,
        auth_time: NOW,
        expires_at: secs(3600),
        last_seen: NOW,
        address: "2001:db8::1".parse().unwrap(),
        user_agent: Some("Browser".to_owned()),
    }
}

async fn find(store: &Store, cookie: &str) -> Option<Arc<Session>> {
    store.session(Digest::of(cookie.as_bytes())).await.unwrap()
}

#[tokio::test]
async fn a_name_is_one_persons() {
    let Fixture { store, dir: _dir } = Fixture::new();
    store.add_user(user("1", "alice")).await.unwrap();
    assert_eq!(store.add_user(user("2", "alice")).await, Err(AddUserError::UsernameTaken));
    assert_eq!(store.add_user(user("1", "bob")).await, Err(AddUserError::UsernameTaken), "the same sub");
    store.add_user(user("2", "bob")).await.unwrap();
    assert_eq!(store.update_user(user("2", "alice")).await, Err(AddUserError::UsernameTaken));
    assert_eq!(store.update_user(user("3", "carol")).await, Ok(false));
    let names: Vec<_> = store.list_users().await.unwrap().into_iter().map(|user| user.username).collect();
    assert_eq!(names, ["alice", "bob"]);
    assert_eq!(store.user("1").await.unwrap().as_deref(), Some(&user("1", "alice")));
    assert_eq!(store.user_by_username("Alice").await.unwrap(), None, "the caller normalises");
}

#[tokio::test]
async fn a_change_is_seen_at_once() {
    let Fixture { store, dir: _dir } = Fixture::new();
    store.add_user(user("1", "alice")).await.unwrap();
    assert!(store.user("1").await.unwrap().is_some());
    assert_eq!(store.set_password("1", Some("$argon2id$other".to_owned()), secs(5)).await, Ok(true));
    let changed = store.user("1").await.unwrap().unwrap();
    assert_eq!(changed.password_hash.as_deref(), Some("$argon2id$other"));
    assert_eq!(changed.updated_at, secs(5));
    assert!(!format!("{changed:?}").contains("argon2id"), "no log shows a hash");
    let renamed = User { email: Some("a@example.org".to_owned()), ..user("1", "alice2") };
    assert_eq!(store.update_user(renamed).await, Ok(true));
    let renamed = store.user_by_username("alice2").await.unwrap().unwrap();
    assert_eq!(renamed.password_hash.as_deref(), Some("$argon2id$other"), "another call's matter");
    assert_eq!(store.user("1").await.unwrap(), Some(renamed));
    assert_eq!(store.set_password("9", None, secs(5)).await, Ok(false));
}

#[tokio::test]
async fn a_person_goes_with_everything() {
    let Fixture { store, dir: _dir } = Fixture::new();
    store.add_user(user("alice", "alice")).await.unwrap();
    store.add_user(user("bob", "bob")).await.unwrap();
    for (n, sub) in [(1, "alice"), (2, "bob")] {
        assert_eq!(store.add_passkey(passkey(n, sub, 0)).await, Ok(true));
        store.start_session(session(sub, sub)).await.unwrap();
    }
    let family = whole_flow(&store, 1).await;
    assert_eq!(store.remove_user("alice", secs(9)).await, Ok(true));
    assert_eq!(store.user("alice").await.unwrap(), None);
    assert!(store.passkeys_of("alice").await.unwrap().is_empty());
    assert!(find(&store, "alice").await.is_none());
    assert!(!store.family(family).await.unwrap().unwrap().is_active());
    assert_eq!(store.remove_user("alice", secs(9)).await, Ok(false));
    assert!(store.user("bob").await.unwrap().is_some());
    assert_eq!(store.passkeys_of("bob").await.unwrap().len(), 1);
    assert!(find(&store, "bob").await.is_some());
}

#[tokio::test]
async fn a_passkey_whose_counter_does_not_grow_is_a_copy() {
    let Fixture { store, dir: _dir } = Fixture::new();
    assert_eq!(store.add_passkey(passkey(1, "alice", 5)).await, Ok(true));
    assert_eq!(store.add_passkey(passkey(1, "bob", 0)).await, Ok(false), "a credential is one person's");
    let touch = |counter| store.touch_passkey(&[1; 20], "{\"n\":1}".to_owned(), counter, secs(9));
    assert_eq!(touch(5).await, Ok(false));
    assert_eq!(touch(0).await, Ok(false));
    assert_eq!(touch(6).await, Ok(true));
    assert_eq!(touch(6).await, Ok(false));
    let stored = store.passkey(&[1; 20]).await.unwrap().unwrap();
    assert_eq!((stored.counter, stored.last_used_at, &*stored.credential), (6, Some(secs(9)), "{\"n\":1}"));
    assert_eq!(store.add_passkey(passkey(2, "alice", 0)).await, Ok(true));
    for _ in 0..2 {
        assert_eq!(store.touch_passkey(&[2; 20], "{}".to_owned(), 0, secs(9)).await, Ok(true), "it has none");
    }
    assert_eq!(store.passkeys_of("alice").await.unwrap().len(), 2);
    assert_eq!(store.remove_passkey("bob", &[2; 20], NOW).await, Ok(false), "not bob's");
    assert_eq!(store.remove_passkey("alice", &[2; 20], NOW).await, Ok(true));
    assert_eq!(store.passkey(&[2; 20]).await, Ok(None));
}

#[tokio::test]
async fn a_session_ends_when_it_is_ended() {
    let mut fixture = Fixture::new();
    let long = Session { user_agent: Some("電".repeat(500)), ..session("a", "alice") };
    fixture.store.start_session(long).await.unwrap();
    fixture.store.start_session(session("b", "alice")).await.unwrap();
    fixture.store.start_session(session("c", "bob")).await.unwrap();
    fixture = fixture.reopened_at(secs(1)).await;
    let store = &fixture.store;
    assert_eq!(find(store, "b").await.as_deref(), Some(&session("b", "alice")));
    let agent = find(store, "a").await.unwrap().user_agent.clone().unwrap();
    assert_eq!(agent.chars().count(), 200);
    assert_eq!(store.sessions_of("alice").await.unwrap().len(), 2);
    assert_eq!(store.end_session(Digest::of(b"b")).await, Ok(true));
    assert_eq!(store.end_session(Digest::of(b"b")).await, Ok(false));
    assert_eq!(find(store, "b").await, None);
    assert_eq!(store.end_sessions_of("alice").await, Ok(1));
    assert_eq!(find(store, "a").await, None);
    assert_eq!(store.sweep(secs(3599)).await.unwrap().sessions, 0);
    assert_eq!(store.sweep(secs(3600)).await.unwrap().sessions, 1);
    assert_eq!(find(store, "c").await, None);
}

#[tokio::test]
async fn a_session_is_seen_to_the_minute_and_never_revived() {
    let mut fixture = Fixture::new();
    fixture.store.start_session(session("a", "alice")).await.unwrap();
    let seen = find(&fixture.store, "a").await.unwrap();
    fixture.store.touch_session(&seen, secs(59));
    assert_eq!(find(&fixture.store, "a").await.unwrap().last_seen, NOW);
    fixture.store.touch_session(&seen, secs(60));
    assert_eq!(find(&fixture.store, "a").await.unwrap().last_seen, secs(60));
    fixture = fixture.reopened_at(secs(61)).await;
    let seen = find(&fixture.store, "a").await.unwrap();
    assert_eq!(seen.last_seen, secs(60));
    fixture.store.end_session(seen.id).await.unwrap();
    fixture.store.touch_session(&seen, secs(600));
    fixture = fixture.reopened_at(secs(601)).await;
    assert_eq!(find(&fixture.store, "a").await, None);
}

#[tokio::test]
async fn a_name_finds_whoever_goes_by_it_now() {
    let Fixture { store, dir: _dir } = Fixture::new();
    let sub_of =
        async |name: &str| store.user_by_username(name).await.unwrap().map(|user| user.sub.to_string());
    store.add_user(user("1", "alice")).await.unwrap();
    assert_eq!(sub_of("alice").await.as_deref(), Some("1"));
    assert_eq!(sub_of("alice").await.as_deref(), Some("1"));
    store.update_user(user("1", "alice2")).await.unwrap();
    assert_eq!(sub_of("alice").await, None, "she has another name");
    store.add_user(user("2", "alice")).await.unwrap();
    assert_eq!(sub_of("alice").await.as_deref(), Some("2"), "somebody else has hers");
    assert!(store.remove_user("2", NOW).await.unwrap());
    assert_eq!(sub_of("alice").await, None);
    assert_eq!(sub_of("alice2").await.as_deref(), Some("1"));
}
