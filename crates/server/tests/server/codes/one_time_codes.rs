//! How often can a code be opened, and by whom? (BCP 6.1.3)

use crate::support::{Answer, PASSWORD, Phone, TestServer, policy};
use serde_json::{Value, json};

const ELSEWHERE: &str = "203.0.113.50";
const HELD: &str = "Somebody else has this code";
const CONTESTED: &str = "Stopped: two had this code";

/// Nobody reads warnings here, so that what is seen is this mitigation's work.
async fn with(settings: Value) -> TestServer {
    let never = json!({ "interstitial": "never" });
    let settings = json!({ "one_time_codes": settings, "user_education": never });
    TestServer::with(|config| config.policy = policy(settings)).await
}

/// R6.3b: interrupted people may open a code a few times; R6.3a: then it opens no more, and that is noticed once.
#[tokio::test]
async fn a_code_opens_a_few_times() {
    let server = with(json!({ "presentations": 2 })).await;
    let codes = server.device_authorization().await;
    let alice = Phone::signed_in(&server, "alice").await;
    for _ in 0..2 {
        assert_eq!(alice.open(&codes.user_code).await.status, 200);
    }
    for _ in 0..3 {
        let spent = alice.open(&codes.user_code).await;
        assert_eq!(spent.status, 403);
        assert!(spent.body.contains("Opened too often"), "{}", spent.body);
    }
    let told = server.recorded("code_spent").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].client_id.as_deref(), Some("tv"));
}

/// R6.3b, off.
#[tokio::test]
async fn without_the_mitigation_a_code_opens_as_often_as_anybody_likes() {
    let server = with(json!({ "presentations": 100, "second_person": "allow" })).await;
    let codes = server.device_authorization().await;
    let (alice, bob) = (Phone::signed_in(&server, "alice").await, Phone::signed_in(&server, "bob").await);
    for _ in 0..7 {
        assert_eq!(alice.open(&codes.user_code).await.status, 200);
        assert_eq!(bob.open(&codes.user_code).await.status, 200);
    }
    for kind in ["code_spent", "code_contested"] {
        assert!(server.recorded(kind).await.is_empty(), "{kind}");
    }
    bob.allow(&codes.user_code).await;
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
}

/// R6.3a: the second person is turned away, and the first goes on.
#[tokio::test]
async fn a_second_person_is_turned_away() {
    let server = with(json!({ "second_person": "refuse" })).await;
    let codes = server.device_authorization().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let question = alice.open(&codes.user_code).await;
    let bob = Phone::signed_in(&server, "bob").await;
    let held = bob.open(&codes.user_code).await;
    assert_eq!(held.status, 403);
    assert!(held.body.contains(HELD), "{}", held.body);
    assert_eq!(server.recorded("code_contested").await.len(), 1);
    assert_eq!(alice.answer(&question, "allow").await.status, 200);
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
}

/// R6.3a: where the second person is turned away, the first is warned before a yes counts.
#[tokio::test]
async fn who_holds_a_code_that_another_opened_is_warned() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let question = alice.open(&codes.user_code).await;
    Phone::signed_in(&server, "bob").await.open(&codes.user_code).await;
    let warned = alice.answer(&question, "allow").await;
    assert_eq!(warned.status, 422, "{}", warned.body);
    assert!(warned.body.contains("value=\"continue\""), "{}", warned.body);
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
}

/// R6.3a: a code in two hands ends for both; both are told, and the device hears no.
#[tokio::test]
async fn a_second_person_ends_it_for_both() {
    let server = with(json!({ "second_person": "kill" })).await;
    let codes = server.device_authorization().await;
    let alice = Phone::signed_in(&server, "alice").await;
    let question = alice.open(&codes.user_code).await;
    let bob = Phone::signed_in(&server, "bob").await;
    let second = bob.open(&codes.user_code).await;
    assert_eq!(second.status, 403);
    assert!(second.body.contains(CONTESTED), "{}", second.body);
    let first = alice.answer(&question, "allow").await;
    assert_eq!(first.status, 410);
    assert!(first.body.contains(CONTESTED), "{}", first.body);
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
    let told = server.recorded("code_contested").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].sub, Some(server.sub("bob").await));
    let detail = told[0].detail.as_deref().unwrap();
    assert!(detail.contains(&*server.sub("alice").await), "{detail}");
    let server = server.restart().await;
    server.advance(5);
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
}

/// R6.3a: the same person on another network, where policy minds that.
#[tokio::test]
async fn a_second_network_ends_it_where_policy_says_so() {
    for (rivalry, status) in [("allow", 200), ("refuse", 403), ("kill", 403)] {
        let server = with(json!({ "second_network": rivalry })).await;
        let codes = server.device_authorization().await;
        let at_home = Phone::signed_in(&server, "alice").await;
        let question = at_home.open(&codes.user_code).await;
        let elsewhere = Phone::at(&server, ELSEWHERE);
        elsewhere.sign_in("alice", PASSWORD).await;
        assert_eq!(elsewhere.open(&codes.user_code).await.status, status, "{rivalry}");
        let answer = at_home.answer(&question, "allow").await.status;
        let polled = server.poll(&codes.device_code).await.status;
        let expected = if rivalry == "kill" { (410, 400) } else { (200, 200) };
        assert_eq!((answer, polled), expected, "{rivalry}");
    }
}

/// R6.3a: somebody opens a code while its first reader moves to another network and says yes there.
#[tokio::test]
async fn a_yes_from_another_network_ends_it_too() {
    let server = with(json!({ "second_network": "kill" })).await;
    let codes = server.device_authorization().await;
    let phone = Phone::signed_in(&server, "alice").await;
    let question = phone.open(&codes.user_code).await;
    let moved = Phone::at(&server, ELSEWHERE);
    moved.adopt(&phone.cookie_line());
    let answer = moved.answer(&question, "allow").await;
    assert_eq!(answer.status, 403);
    assert!(answer.body.contains(CONTESTED), "{}", answer.body);
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
    assert_eq!(server.recorded("code_contested").await.len(), 1);
}

/// R6.3a: of two who open at the same moment neither gets anything, in whichever order they come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_open_at_once_one_ends_it() {
    for round in 0..8 {
        let server = with(json!({ "second_person": "kill" })).await;
        let codes = server.device_authorization().await;
        let (alice, bob) = (Phone::signed_in(&server, "alice").await, Phone::signed_in(&server, "bob").await);
        for phone in [&alice, &bob] {
            assert_eq!(phone.type_code(&codes.user_code).await.location(), "/device/decision");
        }
        let (one, two) = tokio::join!(alice.get("/device/decision"), bob.get("/device/decision"));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 403], "{round}");
        let (phone, question) = if one.status == 200 { (&alice, one) } else { (&bob, two) };
        assert_eq!(phone.answer(&question, "allow").await.status, 410);
        server.poll(&codes.device_code).await.is_error(400, "access_denied");
        assert_eq!(server.recorded("code_contested").await.len(), 1);
    }
}

/// R6.3a: a yes and a second opening at the same moment: either the yes counts or the end, never both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_yes_and_a_second_opening_one_wins() {
    let server = with(json!({ "second_person": "kill" })).await;
    let (alice, bob) = (Phone::signed_in(&server, "alice").await, Phone::signed_in(&server, "bob").await);
    for round in 0..8 {
        let codes = server.device_authorization().await;
        let question = alice.open(&codes.user_code).await;
        assert_eq!(bob.type_code(&codes.user_code).await.location(), "/device/decision");
        let yes = async {
            if round % 2 == 0 {
                tokio::task::yield_now().await;
            }
            alice.answer(&question, "allow").await
        };
        let (yes, second) = tokio::join!(yes, bob.get("/device/decision"));
        let polled = server.poll(&codes.device_code).await;
        let outcome = |answer: &Answer| (answer.status, answer.body.contains(CONTESTED));
        if polled.status == 200 {
            assert_eq!(outcome(&yes), (200, false), "{round}");
            assert_eq!(outcome(&second), (410, false), "{round}");
        } else {
            polled.is_error(400, "access_denied");
            assert_eq!(outcome(&yes), (410, true), "{round}");
            assert!(second.body.contains(CONTESTED), "{round}: {}", second.body);
        }
    }
}
