//! What is noticed, and what follows from it by itself?

use super::*;
use crate::support::{Phone, policy};
use serde_json::json;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tandem_core::crossing::Crossing;
use tandem_core::incident::{Role, Rules, Touched, TouchedKind};
use tandem_core::time::Timestamp;
use tandem_store::{SecurityEvent, Store};

/// A device grant of alice's, collected; the codes and the tokens.
async fn collected(server: &TestServer) -> (Codes, serde_json::Value) {
    let codes = server.device_authorization().await;
    Phone::signed_in(server, "alice").await.allow(&codes.user_code).await;
    let answer = server.poll(&codes.device_code).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    (codes, answer.json())
}

/// R6.6a: a report after the tokens were issued ends them, and signs the person out everywhere.
#[tokio::test]
async fn a_report_on_the_account_page_ends_everything_of_the_request() {
    let server = TestServer::start().await;
    let (codes, tokens) = collected(&server).await;
    let others = server.granted().await;
    let phone = Phone::signed_in(&server, "alice").await;
    let page = phone.get("/account").await;
    let family = CrossingId::of_secret(&codes.device_code).to_string();
    assert!(page.body.contains(&family) && page.body.contains("name=\"report\""), "{}", page.body);
    let form = [("csrf", page.field("csrf")), ("family", family), ("report", "yes".to_owned())];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = phone.post("/account/revoke", &form).await;
    assert!(answer.status == 200 && answer.body.contains("Stopped and reported"), "{}", answer.body);
    // The access ended at once, by the person's own word.
    assert!(!server.is_active(tokens["access_token"].as_str().unwrap()).await);
    server.work().await;
    let file = server.incident().await;
    is_contained(&file);
    assert_eq!((file.incident.cause, file.incident.response), (Cause::Reported, Response::Contain));
    assert_eq!(file.incident.sub, Some(server.sub("alice").await));
    assert_eq!(steps(&file), ["opened", "containing", "contained"]);
    assert!(file.steps.iter().all(|step| step.actor == "rule"));
    let seen = |kind, name: &str| Touched { role: Role::Seen, kind, name: name.to_owned() };
    for touched in [
        seen(TouchedKind::Client, "tv"),
        seen(TouchedKind::Address, crate::support::DEVICE),
        seen(TouchedKind::Address, crate::support::PHONE),
    ] {
        assert!(file.touched.contains(&touched), "{touched:?}: {file:#?}");
    }
    server.is_over(&tokens).await;
    assert_eq!(server.sessions_of("alice").await, 0);
    assert_eq!(phone.get("/account").await.status, 303, "signed out");
    assert!(server.is_active(others["access_token"].as_str().unwrap()).await, "another grant stays");
}

/// Nobody reports what is somebody else's, and nobody without their form.
#[tokio::test]
async fn a_strangers_report_ends_nothing() {
    let server = TestServer::start().await;
    let (codes, tokens) = collected(&server).await;
    let family = CrossingId::of_secret(&codes.device_code).to_string();
    let bob = Phone::signed_in(&server, "bob").await;
    let csrf = bob.get("/account").await.field("csrf");
    let form = [("csrf", csrf.as_str()), ("family", &family), ("report", "yes")];
    assert_eq!(bob.post("/account/revoke", &form).await.status, 404);
    let alice = Phone::signed_in(&server, "alice").await;
    let forged = [("csrf", "x"), ("family", family.as_str()), ("report", "yes")];
    assert_eq!(alice.post("/account/revoke", &forged).await.status, 403);
    server.work().await;
    assert!(server.incidents().await.is_empty());
    assert!(server.is_active(tokens["access_token"].as_str().unwrap()).await);
}

/// The question is still open in another window when the device has collected: the report counts.
#[tokio::test]
async fn a_report_on_the_question_counts_after_the_device_collected() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    let question = phone.open(&codes.user_code).await;
    assert_eq!(phone.answer(&question, "allow").await.status, 200);
    let tokens = server.poll(&codes.device_code).await.json();
    let answer = phone.answer(&question, "report").await;
    assert!(answer.status == 200 && answer.body.contains("has no access any more"), "{}", answer.body);
    server.work().await;
    is_contained(&server.incident().await);
    server.is_over(&tokens).await;
}

/// A person who refuses at once keeps their sessions: nobody got in.
#[tokio::test]
async fn a_report_before_anything_was_issued_signs_nobody_out() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    phone.decide(&codes.user_code, "report").await;
    server.work().await;
    is_contained(&server.incident().await);
    assert_eq!(phone.get("/account").await.status, 200);
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
}

/// R6.6a
#[tokio::test]
async fn a_refresh_token_that_comes_twice_is_an_incident() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let old = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(server.refresh(old).await.status, 200);
    server.refresh(old).await.is_error(400, "invalid_grant");
    server.work().await;
    let file = server.incident().await;
    is_contained(&file);
    assert_eq!(file.incident.cause, Cause::RefreshTokenReused);
    server.is_over(&tokens).await;
    assert_eq!(server.sessions_of("alice").await, 0);
}

/// Whoever saw a code can type it again: that alone ends nobody's session.
#[tokio::test]
async fn a_repeated_code_is_recorded_and_ends_nothing_unless_the_rule_says_so() {
    for rule in [Response::Record, Response::Contain, Response::Off] {
        let server = TestServer::with(|config| {
            config.incidents.rules = Rules { code_repeated: rule, ..Rules::default() };
        })
        .await;
        let (codes, tokens) = collected(&server).await;
        server.raise(Signal::CodeRepeated, &codes.device_code).await;
        server.work().await;
        let active = server.is_active(tokens["access_token"].as_str().unwrap()).await;
        if rule == Response::Off {
            assert!(active && server.incidents().await.is_empty());
            continue;
        }
        let file = server.incident().await;
        assert_eq!(file.incident.cause, Cause::CodeRepeated);
        assert_eq!(file.incident.sub, Some(server.sub("alice").await), "whose grant it is");
        assert_eq!(active, rule == Response::Record);
        if rule == Response::Record {
            assert_eq!(steps(&file), ["opened", "would_contain"]);
            let words = file.steps[1].detail.as_deref().unwrap();
            assert!(words.contains("0 requests, end 1 token families, 1 sessions"), "{words}");
            assert_eq!(server.sessions_of("alice").await, 1);
        } else {
            server.is_over(&tokens).await;
        }
    }
}

/// R6.5, R6.6a: a code that a filter found is dead, and its device hears `access_denied`.
#[tokio::test]
async fn a_filtered_code_ends_before_anybody_opens_it() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    server.raise(Signal::CodeFiltered, &codes.device_code).await;
    server.work().await;
    let file = server.incident().await;
    is_contained(&file);
    assert_eq!(file.incident.cause, Cause::CodeFiltered);
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
    assert!(server.events().await.contains(&"ended_by_incident".to_owned()));
}

/// In a dry run nothing ends, and what would have ended is written down.
#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let server = TestServer::with(|config| config.incidents.dry_run = true).await;
    let waiting = server.device_authorization().await;
    server.raise(Signal::CodeFiltered, &waiting.device_code).await;
    let tokens = server.granted().await;
    let old = tokens["refresh_token"].as_str().unwrap();
    let next = server.refresh(old).await.json();
    server.refresh(old).await.is_error(400, "invalid_grant");
    server.work().await;
    let all = server.incidents().await;
    assert_eq!(all.len(), 2);
    for incident in &all {
        assert_eq!((incident.state, incident.response), (State::Open, Response::Record));
        let file = server.app.store.incident(incident.id).await.unwrap().unwrap();
        assert_eq!(steps(&file), ["opened", "would_contain"]);
    }
    let words = &server.app.store.incident(all[0].id).await.unwrap().unwrap().steps[1].detail;
    assert!(words.as_deref().unwrap().contains("would stop 1 requests"), "{words:?}");
    server.poll(&waiting.device_code).await.is_error(400, "authorization_pending");
    assert_eq!(server.sessions_of("alice").await, 1);
    // Reuse ends its family in any case (RFC 9700 section 4.14.2).
    assert!(!server.is_active(next["access_token"].as_str().unwrap()).await);
    // A person or a program still contains.
    let contained =
        tandem_server::incidents::contain(&server.app, all[0].id, Actor::Command, server.now()).await;
    contained.unwrap();
    server.advance(6);
    server.poll(&waiting.device_code).await.is_error(400, "access_denied");
}

/// Two who opened one code.
#[tokio::test]
async fn a_contested_code_is_recorded_with_its_request() {
    let server = TestServer::with(|config| {
        config.policy = policy(json!({ "one_time_codes": { "presentations": 3 } }));
    })
    .await;
    let codes = server.device_authorization().await;
    server.raise(Signal::CodeContested, &codes.device_code).await;
    server.raise(Signal::ForeignKey, &codes.device_code).await;
    server.work().await;
    let file = server.incident().await;
    assert_eq!((file.incident.cause, file.incident.state), (Cause::CodeContested, State::Open));
    assert_eq!(steps(&file), ["opened", "would_contain", "foreign_key"], "one incident of one request");
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
}

/// A sign that names no request opens nothing: nobody could say what to end.
#[tokio::test]
async fn a_stray_sign_opens_nothing() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let sub = server.sub("alice").await;
    let event = |kind: &str, sub: Option<_>| SecurityEvent {
        at: server.now(),
        kind: kind.to_owned(),
        crossing: None,
        sub,
        client_id: None,
        address: None,
        detail: None,
    };
    for kind in ["reported", "code_repeated", "foreign_key", "operator", "api", "sign_in", "nonsense"] {
        server.app.store.record_event(event(kind, Some(sub.clone()))).await.unwrap();
    }
    server.app.store.record_event(event("shared_signal", None)).await.unwrap();
    server.work().await;
    assert!(server.incidents().await.is_empty());
    assert!(server.is_active(tokens["access_token"].as_str().unwrap()).await);
    // Another server's word about a person is about all that they granted.
    server.app.store.record_event(event("shared_signal", Some(sub.clone()))).await.unwrap();
    server.work().await;
    let file = server.incident().await;
    assert_eq!(file.targets(), [Target::Person(sub)]);
    is_contained(&file);
    server.is_over(&tokens).await;
}

/// Twice the same event, or a second look, is one incident and one containment.
#[tokio::test]
async fn looking_again_does_nothing_more() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    server.raise(Signal::CodeFiltered, &codes.device_code).await;
    server.work().await;
    let before = server.incident().await;
    server.work().await;
    assert_eq!(server.incident().await, before);
    // Another sign of what is contained is added to it.
    server.raise(Signal::CodeRepeated, &codes.device_code).await;
    server.work().await;
    let file = server.incident().await;
    assert_eq!(steps(&file).last(), Some(&"code_repeated"));
    is_contained(&file);
}

/// Many events of no interest are passed, and an incident behind them is found.
#[tokio::test]
async fn a_flood_of_other_events_hides_nothing() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    for _ in 0..600 {
        let event = SecurityEvent {
            at: server.now(),
            kind: "sign_in_failed".to_owned(),
            crossing: None,
            sub: None,
            client_id: None,
            address: None,
            detail: None,
        };
        server.app.store.record_event(event).await.unwrap();
    }
    server.raise(Signal::CodeFiltered, &codes.device_code).await;
    server.work().await;
    is_contained(&server.incident().await);
    assert!(server.app.store.events_for_incidents(1000).await.unwrap().len() < 64, "they are passed");
}

/// Whoever uses a stolen token and hangs up at once does not get around the record of it.
#[tokio::test]
async fn a_refresh_token_that_comes_twice_is_an_incident_whoever_hangs_up() {
    let server = TestServer::start().await;
    let (codes, tokens) = collected(&server).await;
    let id = CrossingId::of_secret(&codes.device_code);
    let old = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(server.refresh(old).await.status, 200);
    let mut replay = Box::pin(server.refresh(old));
    // Dropped as soon as the family has ended, as the handler is when its caller goes away.
    while server.app.store.family(id).await.unwrap().unwrap().is_active() {
        let once = std::future::poll_fn(|context| Poll::Ready(replay.as_mut().poll(context)));
        assert!(once.await.is_pending(), "the answer comes after the end");
        tokio::task::yield_now().await;
    }
    drop(replay);
    server.work().await;
    let file = server.incident().await;
    is_contained(&file);
    assert_eq!(file.incident.cause, Cause::RefreshTokenReused);
}

/// One round of signs of misuse of requests that are long gone.
async fn many(store: &Store, round: u64) {
    let each = (0..64_u64).map(|n| {
        let id: Vec<u8> = [round.to_be_bytes(), n.to_be_bytes()].concat();
        store.record_event(SecurityEvent {
            at: Timestamp::from_secs(1),
            kind: "code_repeated".to_owned(),
            crossing: Some(CrossingId::from_bytes(id.try_into().unwrap())),
            sub: None,
            client_id: None,
            address: None,
            detail: None,
        })
    });
    for recorded in futures_util::future::join_all(each).await {
        recorded.unwrap();
    }
}

/// A stranger who makes incidents faster than they can be written down holds up no containment.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_incidents_holds_up_no_containment() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    server.raise(Signal::CodeFiltered, &codes.device_code).await;
    for round in 0..8 {
        many(&server.app.store, round).await;
    }
    let store = server.app.store.clone();
    let flood = tokio::spawn(async move {
        for round in 8.. {
            many(&store, round).await;
        }
    });
    let app = Arc::clone(&server.app);
    let worker = tokio::spawn(async move { work_due(&app).await });
    let id = CrossingId::of_secret(&codes.device_code);
    let contained = async {
        let mut changed = server.app.store.incidents_changed();
        while !matches!(server.app.store.crossing(id), Some(Crossing::Denied(_))) {
            changed.changed().await.unwrap();
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), contained).await;
    flood.abort();
    worker.abort();
    assert_eq!(in_time, Ok(()), "it waits for the flood");
}
