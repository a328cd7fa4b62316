//! What can go wrong, or be made to go wrong, on the way to an answer?

use crate::support::ciba::{asker, auth_req_id};
use crate::support::{DEVICE, PHONE, Phone, TestServer, form_request, policy};
use serde_json::json;
use std::sync::Arc;
use tandem_core::crossing::{Crossing, CrossingId, DenialReason};

#[tokio::test]
async fn i_did_not_start_this_denies_and_is_recorded() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    let page = Phone::signed_in(&server, "alice").await.answer_request("report", &[]).await;
    assert!(page.body.contains("Never allow a request because somebody"), "it says what never to do");
    server.collect(&id).await.is_error(400, "access_denied");
    let event = server.app.store.events(1, None).await.unwrap().remove(0).event;
    assert_eq!(event.kind, "reported");
    assert_eq!(event.crossing, Some(CrossingId::of_secret(&id)));
    assert_eq!(
        (event.client_id.as_deref(), event.address.unwrap().to_string()),
        (Some("till"), PHONE.to_owned())
    );
    assert_eq!(*event.sub.unwrap(), *server.sub("alice").await);
    assert!(event.detail.unwrap().contains(DEVICE), "and from where it was asked");
    let Crossing::Denied(denied) = server.crossing(&id) else { panic!("not denied") };
    assert_eq!(denied.denial.reason, DenialReason::Reported);
}

#[tokio::test]
async fn a_no_is_recorded_too_and_a_yes_needs_no_record() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    server.answered("alice", "deny").await;
    server.collect(&id).await.is_error(400, "access_denied");
    assert_eq!(server.events().await[0], "denied");
    server.advance(60);
    let id = server.ask().await;
    server.answered("alice", "allow").await;
    assert_eq!(server.collect(&id).await.status, 200);
    assert_eq!(server.events().await[0], "sign_in");
}

#[tokio::test]
async fn an_answer_counts_once() {
    for (first, second) in [("deny", "allow"), ("allow", "deny"), ("report", "allow"), ("allow", "report")] {
        let server = TestServer::with_till().await;
        let id = server.ask().await;
        let alice = Phone::signed_in(&server, "alice").await;
        let (address, page) = alice.open_request().await;
        let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
        let answer = async |decision: &str| {
            let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", decision)];
            alice.post(&address, &form).await.status
        };
        assert_eq!((answer(first).await, answer(second).await), (200, 410), "{first} {second}");
        let outcome = server.collect(&id).await;
        assert_eq!(outcome.status == 200, first == "allow", "{}", outcome.body);
        assert_eq!(alice.get(&address).await.status, if first == "allow" { 404 } else { 410 });
    }
}

#[tokio::test]
async fn a_form_without_its_csrf_token_or_crossing_decides_nothing() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
    let (csrf, crossing) = (("csrf", csrf.as_str()), ("crossing", crossing.as_str()));
    for decision in ["allow", "deny", "report"] {
        let decision = ("decision", decision);
        for form in [
            vec![decision, crossing],
            vec![decision, crossing, ("csrf", "wrong")],
            vec![decision, csrf],
            vec![decision, csrf, ("crossing", "wrong")],
            vec![decision, csrf, ("crossing", csrf.1)],
            vec![decision, ("csrf", crossing.1), crossing],
            vec![csrf, crossing],
            vec![csrf, crossing, ("decision", "maybe")],
            vec![csrf, crossing, ("decision", "")],
        ] {
            let answer = alice.post(&address, &form).await;
            assert_eq!(answer.status, 422, "{form:?}");
            assert!(answer.body.contains("name=\"crossing\""), "it asks again");
        }
    }
    server.collect(&id).await.is_error(400, "authorization_pending");
}

#[tokio::test]
async fn a_form_answers_its_own_request_in_its_own_session_only() {
    let server = TestServer::with_till().await;
    let (first, second) = (server.ask().await, server.ask().await);
    let alice = Phone::signed_in(&server, "alice").await;
    let addresses = alice.inbox().await;
    let page = alice.get(&addresses[0]).await;
    let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
    let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
    assert_eq!(alice.post(&addresses[1], &form).await.status, 422, "another request's form");
    let elsewhere = Phone::signed_in(&server, "alice").await;
    let csrf = elsewhere.get(&addresses[0]).await.field("csrf");
    let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
    assert_eq!(elsewhere.post(&addresses[0], &form).await.status, 422, "another session's form");
    for id in [&first, &second] {
        server.collect(id).await.is_error(400, "authorization_pending");
    }
}

#[tokio::test]
async fn somebody_elses_request_is_like_one_that_never_was() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let bob = Phone::signed_in(&server, "bob").await;
    assert!(bob.inbox().await.is_empty());
    let never = format!("/inbox/{}", CrossingId::of_secret("never"));
    let (theirs, none) = (bob.get(&address).await, bob.get(&never).await);
    assert_eq!((theirs.status, none.status), (404, 404));
    let csrf = bob.get("/account/devices").await.field("csrf");
    for crossing in [page.field("crossing"), "x".to_owned()] {
        for decision in ["allow", "deny", "report"] {
            let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", decision)];
            assert_eq!(bob.post(&address, &form).await.status, 404, "{decision}");
        }
    }
    for wrong in ["/inbox/x", "/inbox/%00", "/inbox/..%2Fx", &format!("/inbox/{id}")] {
        assert_eq!(alice.get(wrong).await.status, 404, "{wrong}");
    }
    server.collect(&id).await.is_error(400, "authorization_pending");
}

/// R3.1: nobody decides who has not signed in.
#[tokio::test]
async fn who_is_not_signed_in_signs_in_first_and_decides_nothing() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let stranger = Phone::new(&server);
    assert_eq!(stranger.get("/inbox").await.location(), "/sign-in?next=/inbox");
    assert_eq!(stranger.get(&address).await.location(), format!("/sign-in?next={address}"));
    let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
    let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
    assert_eq!(stranger.post(&address, &form).await.location(), format!("/sign-in?next={address}"));
    server.collect(&id).await.is_error(400, "authorization_pending");
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
    for (name, value) in [("origin", "https://evil.example.com"), ("sec-fetch-site", "cross-site")] {
        let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
        let mut request = form_request(&address, &form);
        request.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(alice.send(request).await.status, 403, "{name}: {value}");
    }
    server.collect(&id).await.is_error(400, "authorization_pending");
}

#[tokio::test]
async fn a_page_that_was_open_during_a_restart_still_answers() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    let (csrf, crossing, cookie) = (page.field("csrf"), page.field("crossing"), alice.cookie_line());
    drop(alice);
    let server = server.restart().await;
    let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
    let mut request = form_request(&address, &form);
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    assert_eq!(server.send_from(PHONE, request).await.status, 200);
    assert_eq!(server.collect(&id).await.status, 200);
}

#[tokio::test]
async fn pages_are_sealed_off_and_no_is_as_easy_as_yes() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    for (name, part) in [
        ("content-security-policy", "default-src 'none'"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cache-control", "no-store"),
        ("strict-transport-security", "max-age="),
    ] {
        let value = page.headers.get(name).map_or("", |value| value.to_str().unwrap());
        assert!(value.contains(part), "{name}: {value}");
    }
    let at = |word: &str| page.body.find(&format!("value=\"{word}\"")).unwrap();
    assert!(at("deny") < at("allow"), "deny comes first");
    assert!(at("report") > 0);
    assert!(!page.body.contains(&id) && !address.contains(&id), "what the client knows is for the client");
    assert!(
        page.body.contains("The till") && page.body.contains("Till 4, W4SCT") && page.body.contains(DEVICE)
    );
}

#[tokio::test]
async fn of_twenty_answers_at_once_one_counts() {
    let server = Arc::new(TestServer::with_askers([asker("desk")]).await);
    for client_id in ["till", "desk"] {
        let id = server.ask_for(client_id, "alice").await;
        let alice = Phone::signed_in(&server, "alice").await;
        let (address, page) = alice.open_request().await;
        let (csrf, crossing, cookie) = (page.field("csrf"), page.field("crossing"), alice.cookie_line());
        let mut answers = tokio::task::JoinSet::new();
        for turn in 0..20 {
            let decision = if turn % 2 == 0 { "allow" } else { "deny" };
            let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", decision)];
            let mut request = form_request(&address, &form);
            request.headers_mut().insert("cookie", cookie.parse().unwrap());
            let server = Arc::clone(&server);
            answers.spawn(async move { (decision, server.send_from(PHONE, request).await.status) });
        }
        let answers = answers.join_all().await;
        let winners: Vec<_> = answers.iter().filter(|(_, status)| *status == 200).collect();
        assert_eq!(winners.len(), 1, "{answers:?}");
        assert!(answers.iter().all(|(_, status)| matches!(status, 200 | 410)), "{answers:?}");
        let outcome = server.collect_as(client_id, &id).await;
        assert_eq!(outcome.status == 200, winners[0].0 == "allow", "{}", outcome.body);
    }
}

#[tokio::test]
async fn an_answer_and_polls_at_once_give_the_tokens_once() {
    let server = Arc::new(TestServer::with_till().await);
    let id = server.ask().await;
    let polls: Vec<_> = (0..20)
        .map(|_| {
            let (server, id) = (Arc::clone(&server), id.clone());
            tokio::spawn(async move { server.collect(&id).await.status })
        })
        .collect();
    server.answered("alice", "allow").await;
    let mut collected = 0;
    for poll in polls {
        collected += usize::from(poll.await.unwrap() == 200);
    }
    // Whoever came too soon waits; then there is exactly one more, unless one was in time.
    server.advance(110);
    collected += usize::from(server.collect(&id).await.status == 200);
    assert_eq!(collected, 1);
}

#[tokio::test]
async fn a_request_for_nobody_waits_for_nobody() {
    let stranger = tandem_server::config::Client {
        tandem_user_hints: tandem_server::config::UserHints::Conceal,
        ..asker("stranger")
    };
    let server = TestServer::with_askers([stranger]).await;
    let answer = server.ask_as("stranger", &[("scope", "openid"), ("login_hint", "nobody")]).await;
    let id = auth_req_id(&answer);
    let address = format!("/inbox/{}", CrossingId::of_secret(&id));
    for username in ["alice", "bob"] {
        let phone = Phone::signed_in(&server, username).await;
        assert_eq!(phone.get(&address).await.status, 404);
    }
    server.advance(120);
    server.collect_as("stranger", &id).await.is_error(400, "expired_token");
}

#[tokio::test]
async fn an_operator_can_demand_a_passkey_of_every_yes() {
    let server = TestServer::with(|config| {
        crate::support::ciba::with_till(config);
        config.ciba.policy = policy(json!({ "user_experience": { "verification": "phishing_resistant", "verification_at_risk": "phishing_resistant" } }));
    })
    .await;
    let id = server.ask().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let (address, page) = alice.open_request().await;
    assert!(!page.body.contains("value=\"allow\""), "a password is not enough: {}", page.body);
    let (csrf, crossing) = (page.field("csrf"), page.field("crossing"));
    let form = [("csrf", csrf.as_str()), ("crossing", &crossing), ("decision", "allow")];
    assert_eq!(alice.post(&address, &form).await.location(), address, "nor is a form that says so anyway");
    server.collect(&id).await.is_error(400, "authorization_pending");
    assert_eq!(alice.answer_request("deny", &[]).await.status, 200, "a no needs nothing");
    server.advance(5);
    server.collect(&id).await.is_error(400, "access_denied");
}
