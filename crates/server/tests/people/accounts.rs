//! What can operators do to accounts?

use super::support::{PASSWORD, START, Server};
use tandem_server::config::Secret;
use tandem_server::people::accounts::{
    AccountError, NewUser, create_user, find_user, remove_user, set_password,
};

fn new_user(username: &str, password: &str) -> NewUser {
    NewUser {
        username: username.to_owned(),
        password: Some(Secret::new(password.to_owned())),
        ..NewUser::default()
    }
}

#[tokio::test]
async fn a_new_password_ends_every_session_and_the_old_one_is_void() {
    let server = Server::start().await;
    let browser = server.browser();
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    let (store, people) = (&server.app.store, &server.app.people);
    set_password(store, people, "ALICE", Some("another long password"), START).await.unwrap();
    assert!(!browser.is_signed_in().await);
    browser.sign_in("alice", PASSWORD).await.is(403);
    browser.sign_in("alice", "another long password").await.leads_to("/account");
    set_password(store, people, "alice", None, START).await.unwrap();
    browser.sign_in("alice", "another long password").await.is(403);
}

#[tokio::test]
async fn accounts_are_refused_with_a_reason_and_nothing_is_kept() {
    let server = Server::start().await;
    let (store, people) = (&server.app.store, &server.app.people);
    let before = store.list_users().await.unwrap().len();
    let create = async |new: NewUser| create_user(store, people, new, START).await.unwrap_err();
    assert!(
        matches!(create(new_user("Alice", PASSWORD)).await, AccountError::UsernameTaken(name) if name == "alice")
    );
    assert!(matches!(create(new_user(" ", PASSWORD)).await, AccountError::Username(_)));
    assert!(matches!(create(new_user("carol", "short")).await, AccountError::PasswordRefused(_)));
    let with = |change: fn(&mut NewUser)| {
        let mut new = new_user("carol", PASSWORD);
        change(&mut new);
        new
    };
    for email in ["carol", "@example.com", "carol@", "a b@example.com", "a\r\nbcc: x@example.com"] {
        let new = NewUser { email: Some(email.to_owned()), ..new_user("carol", PASSWORD) };
        assert!(matches!(create(new).await, AccountError::Email), "{email:?}");
    }
    assert!(matches!(create(with(|new| new.name = Some("a\nb".to_owned()))).await, AccountError::Name));
    assert!(matches!(create(with(|new| new.name = Some("x".repeat(129)))).await, AccountError::Name));
    assert!(matches!(
        create(with(|new| new.locale = Some("no language".to_owned()))).await,
        AccountError::Locale
    ));
    assert!(matches!(find_user(store, "carol").await, Err(AccountError::Unknown(name)) if name == "carol"));
    assert!(matches!(set_password(store, people, "carol", None, START).await, Err(AccountError::Unknown(_))));
    assert!(matches!(remove_user(store, "carol", START).await, Err(AccountError::Unknown(_))));
    assert_eq!(store.list_users().await.unwrap().len(), before);
}

#[tokio::test]
async fn subject_identifiers_are_drawn_and_never_reused() {
    let server = Server::start().await;
    let (store, people) = (&server.app.store, &server.app.people);
    let first = create_user(store, people, new_user("carol", PASSWORD), START).await.unwrap();
    remove_user(store, "carol", START).await.unwrap();
    let second = create_user(store, people, new_user("carol", PASSWORD), START).await.unwrap();
    assert_ne!(first.sub, second.sub);
    assert_eq!(first.sub.len(), 22);
    assert!(!format!("{second:?}").contains("argon2"));
}
