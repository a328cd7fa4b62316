//! What does containment end, whoever asks for it, and what after a crash?

use super::*;
use crate::support::Phone;
use crate::support::ciba::pushed_to;
use crate::support::receiver::Receiver;
use std::sync::Arc;
use tandem_core::crossing::Crossing;
use tandem_core::incident::ContainRefusal;
use tandem_server::incidents::{ContainError, contain};
use tandem_store::{BeginRefusal, LifeChange};

/// R6.6a: open, allowed and collected requests of a person end, and those of another person do not.
#[tokio::test]
async fn everything_of_a_person_ends() {
    let server = TestServer::with_till().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (opened, allowed, untouched) = (
        server.device_authorization().await,
        server.device_authorization().await,
        server.device_authorization().await,
    );
    alice.open(&opened.user_code).await;
    alice.allow(&allowed.user_code).await;
    let asked = server.ask().await;
    let bobs = server.ask_for("till", "bob").await;
    let tokens = server.granted().await;
    let incident = server.opened(Target::Person(server.sub("alice").await), Response::Record).await;
    let contained =
        contain(&server.app, incident, Actor::Operator("carol".into()), server.now()).await.unwrap();
    assert_eq!(contained.families.len(), 1);
    let state = |codes: &Codes| server.app.store.crossing(CrossingId::of_secret(&codes.device_code)).unwrap();
    assert!(matches!(state(&opened), Crossing::Denied(_)));
    assert!(matches!(state(&allowed), Crossing::Denied(_)), "a yes that nobody collected is taken back");
    assert!(matches!(state(&untouched), Crossing::Pending(_)));
    assert!(matches!(server.crossing(&asked), Crossing::Denied(_)));
    assert!(matches!(server.crossing(&bobs), Crossing::Pending(_)));
    for codes in [&opened, &allowed] {
        server.poll(&codes.device_code).await.is_error(400, "access_denied");
    }
    server.is_over(&tokens).await;
    assert_eq!(alice.get("/account").await.status, 303);
    let file = server.app.store.incident(incident).await.unwrap().unwrap();
    let last = file.steps.last().unwrap();
    assert_eq!((&*last.step, &*last.actor), ("contained", "operator carol"));
    assert!(
        last.detail.as_deref().unwrap().contains("stopped 3 requests, ended 1 token families"),
        "{last:?}"
    );
}

/// Many open requests of a client end together, and not with a commit each.
#[tokio::test]
async fn all_requests_of_a_client_end_together() {
    let server = TestServer::start().await;
    let mut codes = Vec::new();
    for _ in 0..100 {
        codes.push(server.device_authorization().await);
    }
    let incident = server.opened(Target::Client(Arc::from("tv")), Response::Record).await;
    let before = server.app.store.census().commits;
    contain(&server.app, incident, Actor::Command, server.now()).await.unwrap();
    let commits = server.app.store.census().commits - before;
    assert!(commits < 50, "{commits} commits for 100 requests");
    for codes in &codes {
        server.poll(&codes.device_code).await.is_error(400, "access_denied");
    }
    // The client itself is not shut out.
    server.device_authorization().await;
}

#[tokio::test]
async fn sessions_stay_where_the_operator_wants_that() {
    let server = TestServer::with(|config| config.incidents.end_sessions = false).await;
    let tokens = server.granted().await;
    let incident = server.opened(Target::Client(Arc::from("tv")), Response::Record).await;
    contain(&server.app, incident, Actor::Command, server.now()).await.unwrap();
    server.is_over(&tokens).await;
    assert_eq!(server.sessions_of("alice").await, 1);
}

/// R6.6a: a client that waits to be called hears of the end, by ping and by push.
#[tokio::test]
async fn a_client_that_waits_to_be_called_is_told() {
    let (server, _receiver) = TestServer::with_ping().await;
    let id = server.ask_for("shop", "alice").await;
    let incident = server.opened(Target::Crossing(CrossingId::of_secret(&id)), Response::Record).await;
    contain(&server.app, incident, Actor::Command, server.now()).await.unwrap();
    assert_eq!(server.deliver().await, 1);
    server.collect_as("shop", &id).await.is_error(400, "access_denied");
    let receiver = Receiver::start().await;
    let server = TestServer::with_askers([pushed_to("shop", &receiver.url)]).await;
    let id = server.ask_for("shop", "alice").await;
    let incident = server.opened(Target::Crossing(CrossingId::of_secret(&id)), Response::Record).await;
    contain(&server.app, incident, Actor::Command, server.now()).await.unwrap();
    assert_eq!(server.deliver().await, 1);
    let calls = receiver.wait_for(1).await;
    assert_eq!(calls[0].json()["error"], "access_denied");
}

#[tokio::test]
async fn what_cannot_be_contained_says_why() {
    let server = TestServer::start().await;
    let refused = |error| Err(ContainError::Refused(error));
    let at = server.now();
    let unknown = contain(&server.app, 7, Actor::Command, at).await;
    assert_eq!(unknown, refused(BeginRefusal::Unknown));
    let incident = server.opened(Target::Client(Arc::from("tv")), Response::Record).await;
    contain(&server.app, incident, Actor::Command, at).await.unwrap();
    let again = contain(&server.app, incident, Actor::Command, at).await;
    assert_eq!(again, refused(BeginRefusal::State(ContainRefusal::Contained)));
    server
        .app
        .store
        .change_incident(incident, LifeChange::Close, Actor::Command, at, None)
        .await
        .unwrap()
        .unwrap();
    let closed = contain(&server.app, incident, Actor::Command, at).await;
    assert_eq!(closed, refused(BeginRefusal::State(ContainRefusal::Closed)));
}

/// The process died after containment was begun and before it was written: the next start finishes it, before it serves.
#[tokio::test]
async fn a_start_finishes_what_a_crash_left() {
    let server = TestServer::start().await;
    let waiting = server.device_authorization().await;
    let allowed = server.device_authorization().await;
    Phone::signed_in(&server, "alice").await.allow(&allowed.user_code).await;
    let tokens = server.granted().await;
    let begun = server.opened(Target::Client(Arc::from("tv")), Response::Record).await;
    let actor = Actor::Api("soc".into());
    server.app.store.begin_containment(begun, actor, server.now()).await.unwrap().unwrap();
    let server = server.restart().await;
    let file = server.app.store.incident(begun).await.unwrap().unwrap();
    is_contained(&file);
    assert_eq!(file.steps.last().unwrap().actor, "api soc", "whoever began with it did it");
    server.is_over(&tokens).await;
    for codes in [waiting, allowed] {
        server.poll(&codes.device_code).await.is_error(400, "access_denied");
    }
}

/// The process died after the incident was opened: the next start contains what a rule wants contained.
#[tokio::test]
async fn a_start_contains_what_a_rule_wants_contained() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    server.opened(target(&codes), Response::Contain).await;
    let server = server.restart().await;
    is_contained(&server.incident().await);
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
}

/// What was recorded while nobody looked is found after the start.
#[tokio::test]
async fn an_event_that_nobody_looked_at_is_found_after_a_restart() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let old = tokens["refresh_token"].as_str().unwrap();
    server.refresh(old).await;
    server.refresh(old).await.is_error(400, "invalid_grant");
    let server = server.restart().await;
    assert!(server.incidents().await.is_empty(), "nobody has looked yet");
    server.work().await;
    is_contained(&server.incident().await);
    assert_eq!(server.sessions_of("alice").await, 0);
}

/// A command beside the server writes that it shall be contained; the server hears of it and does it.
#[tokio::test]
async fn what_a_command_begins_the_server_carries_on() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let incident = server.opened(target(&codes), Response::Record).await;
    server.app.store.begin_containment(incident, Actor::Command, server.now()).await.unwrap().unwrap();
    server.work().await;
    let file = server.incident().await;
    is_contained(&file);
    assert_eq!(file.steps.last().unwrap().actor, "command");
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
}

/// R6.6a: the running worker is woken by the event itself.
#[tokio::test]
async fn the_worker_hears_of_misuse_by_itself() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let worker = tokio::spawn(tandem_server::incidents::run(Arc::clone(&server.app)));
    let mut written = server.app.store.crossing_changed(CrossingId::of_secret(&codes.device_code));
    server.raise(Signal::CodeFiltered, &codes.device_code).await;
    tokio::time::timeout(std::time::Duration::from_secs(20), written.changed()).await.unwrap();
    worker.abort();
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
}
