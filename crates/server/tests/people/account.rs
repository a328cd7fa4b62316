//! What does the account page show, and who may take access back?

use super::support::{PASSWORD, Server};

#[tokio::test]
async fn access_is_shown_and_taken_back_at_once() {
    let server = Server::start().await;
    let alice = server.browser();
    alice.sign_in("alice", PASSWORD).await.leads_to("/account");
    alice.get("/account").await.says("Nothing has access");
    let (family, refresh_token) = alice.let_tv_in().await;
    server.advance(120);
    let page = alice.get("/account").await;
    page.says("Cellar")
        .says("Living-room TV")
        .says("192.0.2.10")
        .says("2 minutes ago")
        .says("Stay signed in");
    let tv = server.browser_at("192.0.2.10");
    let refresh = [("client_id", "tv"), ("grant_type", "refresh_token"), ("refresh_token", &refresh_token)];

    let csrf = page.field("csrf");
    let done = alice.post("/account/revoke", &[("csrf", &csrf), ("family", &family)]).await;
    done.is(303);
    let location = done.headers["location"].to_str().unwrap().to_owned();
    alice.get(&location).await.is(200).says("has no access any more").says("Nothing has access");
    assert_eq!(tv.post("/token", &refresh).await.is(400).json()["error"], "invalid_grant");
    let last = server.app.store.events(1, None).await.unwrap().remove(0).event;
    assert_eq!((last.kind.as_str(), last.client_id.as_deref()), ("access_revoked", Some("tv")));
    assert_eq!(last.sub, Some(server.sub("alice").await));

    alice.post("/account/revoke", &[("csrf", &csrf), ("family", &family)]).await.is(303);
    let events = server.events().await;
    assert_eq!(events.iter().filter(|kind| *kind == "access_revoked").count(), 1, "taken back once");
}

#[tokio::test]
async fn another_persons_access_cannot_be_taken_back() {
    let server = Server::start().await;
    let (alice, bob) = (server.browser(), server.browser());
    alice.sign_in("alice", PASSWORD).await.leads_to("/account");
    bob.sign_in("bob", PASSWORD).await.leads_to("/account");
    let (family, refresh_token) = alice.let_tv_in().await;
    let csrf = bob.get("/account").await.field("csrf");
    for not_bobs in [family.as_str(), "", "garbage", "AAAAAAAAAAAAAAAAAAAAAA", &"A".repeat(5_000)] {
        bob.post("/account/revoke", &[("csrf", &csrf), ("family", not_bobs)]).await.is(404);
    }
    alice.get("/account").await.says("Cellar");
    let tv = server.browser_at("192.0.2.10");
    let refresh = [("client_id", "tv"), ("grant_type", "refresh_token"), ("refresh_token", &refresh_token)];
    tv.post("/token", &refresh).await.is(200);
    assert!(!server.events().await.contains(&"access_revoked".to_owned()));
}

#[tokio::test]
async fn what_was_done_is_said_to_whom_it_was_done_and_not_for_long() {
    let server = Server::start().await;
    let (alice, bob) = (server.browser(), server.browser());
    alice.sign_in("alice", PASSWORD).await.leads_to("/account");
    bob.sign_in("bob", PASSWORD).await.leads_to("/account");
    let (family, _) = alice.let_tv_in().await;
    let csrf = alice.get("/account").await.field("csrf");
    let done = alice.post("/account/revoke", &[("csrf", &csrf), ("family", &family)]).await;
    let location = done.headers["location"].to_str().unwrap().to_owned();
    let words = "has no access any more";
    assert!(!bob.get(&location).await.is(200).body.contains(words), "a link says nothing to others");
    alice.get(&location).await.says(words);
    server.advance(60);
    assert!(!alice.get(&location).await.is(200).body.contains(words));
    assert!(!alice.get("/account?done=garbage").await.is(200).body.contains(words));
}
