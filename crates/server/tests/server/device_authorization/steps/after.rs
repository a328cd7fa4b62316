//! What does the person meet after a yes that needs a PIN, and where policy stops a request? (BCP 6.1.16, 6.1.14)

use super::{DECISION, apart, asked, collected, denied, offers, on_record, pending, send, started, text};
use crate::support::{Answer, Codes, DEVICE_CODE, Phone, TestServer};
use serde_json::{Value, json};
use tandem_core::crossing::CrossingId;
use tandem_server::pin;

fn always() -> Value {
    json!({ "request_initiation_verification": { "pin": "always", "pin_tries": 2 } })
}

fn pin_of(server: &TestServer, codes: &Codes) -> String {
    pin::of(&server.app, CrossingId::of_secret(&codes.device_code)).display()
}

async fn typed(server: &TestServer, codes: &Codes, pin: &str) -> Answer {
    server.advance(5);
    let code = codes.device_code.as_str();
    let form = [("grant_type", DEVICE_CODE), ("client_id", "tv"), ("device_code", code), ("tandem_pin", pin)];
    server.post("/token", &form).await
}

/// R6.16a, on: the PIN stands on the page after the yes, comes back with a reload, and opens the grant.
#[tokio::test]
async fn the_pin_is_shown_after_the_yes_and_again() {
    let server = started(always()).await;
    let (codes, _) = asked(&server, &[("tandem_device_type", "tv")]).await;
    let pin = pin_of(&server, &codes);
    let alice = Phone::signed_in(&server, "alice").await;
    let question = alice.open(&codes.user_code).await;
    assert!(!question.body.contains(&pin));
    let page = send(&alice, &question, "allow", &[]).await;
    assert_eq!(page.status, 200);
    for words in [&format!(">{pin}</p>"), "Type this PIN on your TV:", "Never read it out to anybody"] {
        assert!(text(&page).contains(words), "{words}: {}", page.body);
    }
    let title = page.body.split("</title>").next().unwrap();
    assert!(!title.contains(&pin), "{title}");
    // By a reload of the page, of its address, and by the back button.
    for again in [send(&alice, &question, "allow", &[]).await, alice.get(DECISION).await] {
        assert!(again.status == 200 && again.body.contains(&pin), "{}", again.body);
    }
    server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
    assert_eq!(typed(&server, &codes, &pin).await.status, 200);
    let over = alice.get(DECISION).await;
    assert!(over.status == 410 && !over.body.contains(&pin), "{}", over.body);
}

/// R6.16a: nobody else sees it, not even who opened the request too.
#[tokio::test]
async fn the_pin_is_for_the_person_who_said_yes() {
    let mut says = always();
    says["one_time_codes"] = json!({ "second_person": "allow" });
    let server = started(says).await;
    let (codes, _) = asked(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let bob = Phone::signed_in(&server, "bob").await;
    let theirs = bob.open(&codes.user_code).await;
    assert!(offers(&theirs, "allow"));
    let question = alice.open(&codes.user_code).await;
    assert!(send(&alice, &question, "allow", &[]).await.body.contains(&pin_of(&server, &codes)));
    for peek in [send(&bob, &theirs, "allow", &[]).await, send(&bob, &theirs, "report", &[]).await] {
        assert!(peek.status == 410 && !peek.body.contains(&pin_of(&server, &codes)), "{}", peek.body);
    }
    assert_eq!(typed(&server, &codes, &pin_of(&server, &codes)).await.status, 200, "nor can they end it");
}

/// R6.16b, R6.6a: who is not asked for the PIN can still report, and nothing is collected; what was collected ends.
#[tokio::test]
async fn a_yes_can_be_reported_before_and_after_it_is_collected() {
    let server = started(always()).await;
    let (codes, _) = asked(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let question = alice.open(&codes.user_code).await;
    let page = send(&alice, &question, "allow", &[]).await;
    assert!(offers(&page, "report"));
    let stolen = alice.post(DECISION, &[("crossing", &page.field("crossing")), ("decision", "report")]).await;
    assert_eq!(stolen.status, 303, "not without its csrf token");
    assert_eq!(send(&alice, &page, "report", &[]).await.status, 200);
    let late = typed(&server, &codes, &pin_of(&server, &codes)).await;
    late.is_error(400, "access_denied");
    assert_eq!(on_record(&server, "reported").await, 1);
    assert_eq!(send(&alice, &page, "report", &[]).await.status, 410, "once");
    let server = server.restart().await;
    denied(&server, &codes).await;

    let (codes, _) = asked(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let question = alice.open(&codes.user_code).await;
    let page = send(&alice, &question, "allow", &[]).await;
    let collected = typed(&server, &codes, &pin_of(&server, &codes)).await;
    assert_eq!(collected.status, 200);
    let refresh_token = collected.json()["refresh_token"].as_str().unwrap_or_default().to_owned();
    assert_eq!(send(&alice, &page, "report", &[]).await.status, 200);
    server.refresh(&refresh_token).await.is_error(400, "invalid_grant");
}

/// R6.16a: the page says that wrong PINs ended it.
#[tokio::test]
async fn wrong_pins_are_told_to_who_said_yes() {
    let server = started(always()).await;
    let (codes, _) = asked(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let question = alice.open(&codes.user_code).await;
    send(&alice, &question, "allow", &[]).await;
    for _ in 0..2 {
        assert_eq!(typed(&server, &codes, "0").await.status, 400);
    }
    let page = alice.get(DECISION).await;
    assert_eq!(page.status, 410);
    assert!(text(&page).contains("A wrong PIN was typed on the device too often"), "{}", page.body);
}

/// R6.16a, off.
#[tokio::test]
async fn no_pin_where_none_is_demanded() {
    let server = TestServer::start().await;
    let (codes, _) = asked(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let question = alice.open(&codes.user_code).await;
    let page = send(&alice, &question, "allow", &[]).await;
    assert!(!page.body.contains(&pin_of(&server, &codes)) && !text(&page).contains("PIN"), "{}", page.body);
    collected(&server, &codes).await;
}

/// Who brought the true code is told in words why it does not go on; who guesses learns nothing new.
#[tokio::test]
async fn what_stops_a_request_is_said_in_words() {
    for (says, words) in [
        (json!({ "establish_proximity": { "network": "refuse" } }), "The device that asks isn’t near you"),
        (
            json!({ "trusted_networks": { "approve": ["203.0.113.0/24"] } }),
            "from the network that you are on",
        ),
        (json!({ "establish_proximity": { "signed_qr": "require" } }), "only by scanning the QR code"),
    ] {
        let server = started(says).await;
        let (codes, _) = asked(&server, &[]).await;
        let alice = Phone::signed_in(&server, "alice").await;
        let page = alice.open(&codes.user_code).await;
        assert_eq!(page.status, 403);
        assert!(text(&page).contains(words), "{words}: {}", page.body);
        assert!(!offers(&page, "allow"));
        pending(&server, &codes).await;
        // The same for a code that never was: it is not found.
        let csrf = alice.get("/device").await.field("csrf");
        let wrong = alice.post("/device", &[("user_code", "BBBB-BBBB"), ("csrf", &csrf)]).await;
        assert!(wrong.status == 404 && !text(&wrong).contains(words));
    }
}

/// The second person hears that there is a first one, and what that means.
#[tokio::test]
async fn a_code_in_two_hands_is_said_to_be_one() {
    let server = TestServer::start().await;
    let (codes, _) = asked(&server, &[]).await;
    Phone::signed_in(&server, "alice").await.open(&codes.user_code).await;
    let page = Phone::signed_in(&server, "bob").await.open(&codes.user_code).await;
    assert_eq!(page.status, 403);
    assert!(text(&page).contains("Another person opened this code before you"), "{}", page.body);
}

/// What went wrong before is said before the question.
#[tokio::test]
async fn earlier_signs_are_told() {
    let server = started(apart(&json!({ "user_education": { "interstitial": "never" } }))).await;
    let (codes, _) = asked(&server, &[]).await;
    let alice = Phone::signed_in(&server, "alice").await;
    let raised = tandem_server::signals::Raised {
        crossing: Some(CrossingId::of_secret(&codes.device_code)),
        ..Default::default()
    };
    let repeated = tandem_core::mitigations::Signal::CodeRepeated;
    let before = text(&alice.open(&codes.user_code).await);
    assert!(!before.contains("Something already went wrong"));
    tandem_server::signals::raise(&server.app, repeated, &raised, server.now()).await;
    let page = text(&alice.open(&codes.user_code).await);
    let (odd, question) = (page.find("Something already went wrong").unwrap(), page.find("<h1>").unwrap());
    assert!(odd < question, "{page}");
}
