//! When does somebody not want to be disturbed, and when may a client not ask?

use crate::support::ciba::{asker, auth_req_id};
use crate::support::{Phone, TestServer};
use tandem_core::crossing::Sound;
use tandem_core::mitigations::rate_limits::QuietHours;
use tandem_server::config::{self, Client, UserHints};
use tandem_store::PersonSettings;

/// It is 08:00 in UTC when a test begins, and 17:00 in Tokyo.
async fn alice_is_quiet(from: u16, until: u16, zone: &str) -> TestServer {
    let server = TestServer::with_till().await;
    let hours = QuietHours::new(from * 60, until * 60, zone.to_owned()).unwrap();
    let settings = PersonSettings { quiet_hours: Some(hours), ..Default::default() };
    let sub = server.sub("alice").await;
    server.app.store.put_person_settings(&sub, &settings).await.unwrap();
    server
}

fn sound(server: &TestServer, auth_req_id: &str) -> Sound {
    server.crossing(auth_req_id).request().unwrap().backchannel.as_ref().unwrap().sound
}

const WARNING: &str = "This came in your quiet hours";

#[tokio::test]
async fn in_a_persons_quiet_hours_a_request_waits_in_silence_and_says_so() {
    for (from, until, zone) in [(7, 9, "UTC"), (16, 18, "Asia/Tokyo"), (22, 9, "UTC")] {
        let server = alice_is_quiet(from, until, zone).await;
        let id = server.ask().await;
        assert_eq!(sound(&server, &id), Sound::Silent, "{from} {until} {zone}");
        let alice = Phone::signed_in(&server, "alice").await;
        let (_, page) = alice.open_request().await;
        assert!(page.body.contains(WARNING), "{}", page.body);
        // It can be answered none the less.
        alice.answer_request("allow", &[]).await;
        assert_eq!(server.collect(&id).await.status, 200);
    }
}

#[tokio::test]
async fn outside_of_them_it_is_heard() {
    for (from, until, zone) in [(22, 7, "UTC"), (9, 10, "UTC"), (7, 8, "UTC"), (7, 9, "Asia/Tokyo")] {
        let server = alice_is_quiet(from, until, zone).await;
        let id = server.ask().await;
        assert_eq!(sound(&server, &id), Sound::Heard, "{from} {until} {zone}");
        let (_, page) = Phone::signed_in(&server, "alice").await.open_request().await;
        assert!(!page.body.contains(WARNING));
        assert_eq!(sound(&server, &server.ask_for("till", "bob").await), Sound::Heard);
    }
}

#[tokio::test]
async fn silence_is_still_known_after_a_restart() {
    let server = alice_is_quiet(7, 9, "UTC").await;
    let id = server.ask().await;
    let server = server.restart().await;
    assert_eq!(sound(&server, &id), Sound::Silent);
    assert_eq!(sound(&server, &server.ask().await), Sound::Silent, "and so are the hours");
}

#[tokio::test]
async fn a_client_may_not_ask_anybody_in_its_own() {
    let hours =
        config::QuietHours { from: "06:30".to_owned(), until: "08:30".to_owned(), zone: "UTC".to_owned() };
    let quiet = |id: &str| Client { tandem_quiet_hours: Some(hours.clone()), ..asker(id) };
    let concealed = Client { tandem_user_hints: UserHints::Conceal, ..quiet("stranger") };
    let server = TestServer::with_askers([quiet("desk"), concealed]).await;
    let ask = async |client_id: &str, username: &str| {
        server.ask_as(client_id, &[("scope", "openid"), ("login_hint", username)]).await
    };
    for (client_id, username) in [("desk", "alice"), ("stranger", "alice"), ("stranger", "nobody")] {
        ask(client_id, username).await.is_error(403, "access_denied");
    }
    auth_req_id(&ask("till", "alice").await);
    server.advance(1799);
    ask("desk", "alice").await.is_error(403, "access_denied");
    server.advance(1);
    auth_req_id(&ask("desk", "alice").await);
}

/// R6.11: that a person has had enough does not show in the client's quiet hours, where it may not learn who exists.
#[tokio::test]
async fn a_clients_own_hours_tell_nothing_of_a_person() {
    let hours =
        config::QuietHours { from: "06:30".to_owned(), until: "08:30".to_owned(), zone: "UTC".to_owned() };
    let stranger = Client {
        tandem_quiet_hours: Some(hours),
        tandem_user_hints: UserHints::Conceal,
        ..asker("stranger")
    };
    let server = TestServer::with_askers([stranger]).await;
    for _ in 0..3 {
        server.ask().await;
    }
    for username in ["alice", "bob", "nobody"] {
        let form = [("scope", "openid"), ("login_hint", username)];
        server.ask_as("stranger", &form).await.is_error(403, "access_denied");
    }
}
