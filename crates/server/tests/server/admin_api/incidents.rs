//! What do the operations on an incident do, and what do they leave as it is? (BCP 6.1.6)

use super::{Desk, HERE, granted, server, sub};
use crate::support::{Phone, TestServer};
use serde_json::{Value, json};

fn steps(incident: &Value) -> Vec<(String, String)> {
    let text = |step: &Value, name: &str| step[name].as_str().unwrap().to_owned();
    let steps = incident["steps"].as_array().unwrap();
    steps.iter().map(|step| (text(step, "step"), text(step, "actor"))).collect()
}

/// Pairs as the record has them when the client `desk` did everything.
fn by_desk(words: &[&str]) -> Vec<(String, String)> {
    words.iter().map(|word| ((*word).to_owned(), "api desk".to_owned())).collect()
}

/// R6.6a: whatever came of a misused request ends, at once and together.
#[tokio::test]
async fn containment_ends_everything_and_may_be_asked_for_again() {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    let granted = granted(&server).await;
    assert!(server.is_active(&granted.access_token).await);
    let id = desk.opened("crossing", &granted.crossing).await;
    assert!(server.is_active(&granted.access_token).await, "opening an incident ends nothing");
    let at = format!("{HERE}/{id}/contain");
    let first = desk.press(&at).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.json()["state"], "contained");
    assert_eq!(steps(&first.json()), by_desk(&["opened", "containing", "contained"]));
    assert!(!server.is_active(&granted.access_token).await);
    server.refresh(&granted.refresh_token).await.is_error(400, "invalid_grant");
    server.advance(60);
    for _ in 0..3 {
        let again = desk.post(&at, &json!({})).await;
        assert_eq!((again.status, again.json()), (200, first.json()), "nothing more happens");
    }
}

#[tokio::test]
async fn a_contained_incident_says_what_ended_and_no_secret() {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    let granted = granted(&server).await;
    let phone = Phone::signed_in(&server, "alice").await;
    let answer = desk.open("crossing", &granted.crossing, true).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let incident = answer.json();
    let ended = |kind: &str| -> Vec<String> {
        let touched = incident["touched"].as_array().unwrap().iter();
        let ended = touched.filter(|one| one["role"] == "ended" && one["kind"] == kind);
        ended.map(|one| one["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ended("family"), [granted.crossing.as_str()]);
    let sessions = ended("session");
    assert!(!sessions.is_empty() && sessions.iter().all(|name| name.len() == 12), "{sessions:?}");
    assert_eq!(phone.get("/account").await.location(), "/sign-in?next=/account", "alice is signed out");
    let cookie = phone.cookie_line();
    let secrets = [
        granted.access_token.as_str(),
        &granted.refresh_token,
        cookie.split_once('=').unwrap().1,
        &desk.token,
    ];
    let id = incident["id"].as_i64().unwrap();
    for body in
        [answer.body.as_str(), &desk.get(HERE).await.body, &desk.get(&format!("{HERE}/{id}")).await.body]
    {
        assert!(secrets.iter().all(|secret| !body.contains(secret)), "{body}");
    }
}

#[tokio::test]
async fn closing_and_reopening_undo_each_other_and_may_be_repeated() {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    let id = desk.opened("person", &sub(&server, "alice").await).await;
    let (close, reopen, contain) =
        (format!("{HERE}/{id}/close"), format!("{HERE}/{id}/reopen"), format!("{HERE}/{id}/contain"));
    let closed = desk.post(&close, &json!({ "note": "Nothing in it." })).await;
    assert_eq!((closed.status, &closed.json()["state"]), (200, &json!("closed")), "{}", closed.body);
    assert_eq!(closed.json()["steps"][1]["detail"], "Nothing in it.");
    let again = desk.post(&close, &json!({ "note": "Another note." })).await;
    assert_eq!(
        (again.status, again.json()),
        (200, closed.json()),
        "the first note stays, and no other comes"
    );

    desk.press(&contain).await.is_error(409, "invalid_request");
    assert!(Phone::signed_in(&server, "alice").await.get("/account").await.status == 200);
    let open = desk.press(&reopen).await;
    assert_eq!((open.status, &open.json()["state"]), (200, &json!("open")), "{}", open.body);
    assert_eq!(desk.press(&reopen).await.json(), open.json());
    assert_eq!(desk.press(&contain).await.json()["state"], "contained");
    desk.post(&close, &json!({ "note": "Done." })).await;
    let back = desk.post(&reopen, &json!({ "note": "Not yet." })).await.json();
    assert_eq!(back["state"], "contained", "it comes back as what it was");
    assert_eq!(
        steps(&back),
        by_desk(&["opened", "closed", "reopened", "containing", "contained", "closed", "reopened"])
    );
}

#[tokio::test]
async fn of_two_incidents_of_one_crossing_one_lives() {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    let granted = granted(&server).await;
    let first = desk.opened("crossing", &granted.crossing).await;
    desk.post(&format!("{HERE}/{first}/close"), &json!({ "note": "x" })).await;
    let second = desk.opened("crossing", &granted.crossing).await;
    assert_ne!(first, second);
    desk.press(&format!("{HERE}/{first}/reopen")).await.is_error(409, "invalid_request");
    desk.post(&format!("{HERE}/{second}/close"), &json!({ "note": "x" })).await;
    assert_eq!(desk.press(&format!("{HERE}/{first}/reopen")).await.json()["state"], "open");
}

async fn numbers(desk: &Desk<'_>, query: &str) -> Vec<i64> {
    let answer = desk.get(&format!("{HERE}?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let incidents = answer.json()["incidents"].as_array().unwrap().clone();
    incidents.iter().map(|incident| incident["id"].as_i64().unwrap()).collect()
}

async fn with_five() -> (TestServer, String, String) {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    let (alice, bob) = (sub(&server, "alice").await, sub(&server, "bob").await);
    for person in [&alice, &bob, &alice, &bob] {
        desk.opened("person", person).await;
    }
    desk.opened("client", "tv").await;
    (server, alice, bob)
}

#[tokio::test]
async fn the_list_is_filtered_searched_and_turned_page_by_page() {
    let (server, alice, bob) = with_five().await;
    let desk = Desk::of(&server, "desk").await;
    assert_eq!(numbers(&desk, "").await, [5, 4, 3, 2, 1], "the newest first");
    assert_eq!(numbers(&desk, &format!("q={alice}")).await, [3, 1]);
    assert_eq!(numbers(&desk, "q=tv").await, [5]);
    assert_eq!(numbers(&desk, "q=COLLEAGUE").await.len(), 5, "words of the summary, without case");
    assert_eq!(numbers(&desk, "q=%25").await, [0; 0], "a percent sign is one");
    desk.post(&format!("{HERE}/2/close"), &json!({ "note": "x" })).await;
    desk.press(&format!("{HERE}/3/contain")).await;
    assert_eq!(numbers(&desk, "state=closed").await, [2]);
    assert_eq!(numbers(&desk, "state=contained").await, [3]);
    assert_eq!(numbers(&desk, &format!("state=open&q={bob}")).await, [4]);
    assert_eq!(numbers(&desk, "cause=api").await.len(), 5);
    assert_eq!(numbers(&desk, "cause=reported").await, [0; 0]);

    let mut seen = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let page = desk.get(&format!("{HERE}?{query}")).await.json();
        seen.extend(page["incidents"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()));
        let Some(before) = page.get("next_before") else { break };
        query = format!("limit=2&before={before}");
    }
    assert_eq!(seen, [5, 4, 3, 2, 1], "each once, and an end");
    assert!(desk.get(&format!("{HERE}?limit=5")).await.json().get("next_before").is_none());
    assert_eq!(numbers(&desk, "before=1").await, [0; 0]);
}
