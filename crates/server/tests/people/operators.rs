//! Who sees the operators' pages, and what do they do there? (BCP 6.1.6)

use super::support::{Answer, Browser, ISSUER, PASSWORD, Server};
use axum::body::Body;
use axum::http::{Request, header};
use std::sync::Arc;
use tandem_core::incident::{Actor, Cause, Response, Role, State, Target, Touched, TouchedKind};
use tandem_server::config::Secret;
use tandem_server::people::accounts::{NewUser, create_user};
use tandem_store::NewIncident;

const HERE: &str = "/operator/incidents";
const ONE: &str = "/operator/incidents/1";
const EVERY_GET: [&str; 3] = [HERE, ONE, "/operator/incidents/1/contain"];
const EVERY_POST: [&str; 3] =
    ["/operator/incidents/1/contain", "/operator/incidents/1/close", "/operator/incidents/1/reopen"];

/// A server on which `oscar` is an operator, with an incident about what alice let in. Her tokens come along.
struct Desk {
    server: Server,
    crossing: String,
    refresh_token: String,
}

impl Desk {
    async fn set_up() -> Self {
        let server = Server::start().await;
        add(&server, "oscar").await;
        let oscar = server.sub("oscar").await;
        assert!(server.app.store.add_operator(&oscar, server.app.clock.now()).await.unwrap());
        let alice = server.browser();
        alice.sign_in("alice", PASSWORD).await.leads_to("/account");
        let (crossing, refresh_token) = alice.let_tv_in().await;
        let desk = Self { server, crossing, refresh_token };
        desk.open("A colleague called.").await;
        desk
    }

    async fn open(&self, summary: &str) -> i64 {
        let app = &self.server.app;
        let id = tandem_core::crossing::CrossingId::parse(&self.crossing).unwrap();
        let new = NewIncident {
            cause: Cause::Reported,
            response: Response::Record,
            at: app.clock.now(),
            actor: Actor::Rule,
            crossing: Some(id),
            sub: Some(self.server.sub("alice").await),
            client_id: Some("tv".into()),
            summary: summary.to_owned(),
            targets: vec![Target::Crossing(id)],
            seen: vec![Touched {
                role: Role::Seen,
                kind: TouchedKind::Address,
                name: "192.0.2.10".to_owned(),
            }],
        };
        app.store.open_incident(new, None).await.unwrap().unwrap().id()
    }

    async fn browser(&self, username: &str) -> Browser<'_> {
        let browser = self.server.browser();
        browser.sign_in(username, PASSWORD).await.leads_to("/account");
        browser
    }

    async fn state(&self) -> State {
        self.server.app.store.incident(1).await.unwrap().unwrap().incident.state
    }

    async fn steps(&self) -> Vec<String> {
        let file = self.server.app.store.incident(1).await.unwrap().unwrap();
        file.steps.into_iter().map(|step| step.step).collect()
    }

    /// Whether what alice let in is still in.
    async fn is_in(&self) -> bool {
        let families = self.server.app.store.families_of(&self.server.sub("alice").await, 9).await.unwrap();
        !families.is_empty()
    }
}

async fn add(server: &Server, username: &str) {
    let user = NewUser {
        username: username.to_owned(),
        password: Some(Secret::new(PASSWORD.to_owned())),
        ..NewUser::default()
    };
    create_user(&server.app.store, &server.app.people, user, server.app.clock.now()).await.unwrap();
}

/// A path as an attribute has it.
fn written(path: &str) -> String {
    path.replace('&', "&amp;").replace('/', "&#x2f;")
}

/// The body without what differs from one request to the next.
fn gist(answer: &Answer) -> String {
    let body = answer.body.split("<code>").next().unwrap().to_owned();
    body.split("class=\"who\"").next().unwrap().to_owned()
}

#[tokio::test]
async fn nobody_else_learns_that_the_pages_exist() {
    let desk = Desk::set_up().await;
    let alice = desk.browser("alice").await;
    let nothing = gist(alice.get("/no-such-page").await.is(404));
    for path in EVERY_GET {
        let answer = alice.get(path).await;
        assert_eq!(gist(answer.is(404)), nothing, "{path}");
    }
    let cookies = |answer: &Answer| answer.headers.get_all(header::SET_COOKIE).iter().count();
    let cookies_of_nothing = cookies(alice.get("/no-such-page?lang=ja").await.is(404));
    for path in EVERY_GET {
        let answer = alice.get(&format!("{path}?lang=ja")).await;
        assert_eq!(cookies(answer.is(404)), cookies_of_nothing, "{path} keeps the language");
    }
    alice.get("/no-such-page?lang=en").await.is(404);
    let csrf = alice.get("/account?lang=en").await.field("csrf");
    for path in EVERY_POST {
        for form in [&[("csrf", csrf.as_str()), ("note", "x")][..], &[]] {
            let answer = alice.post(path, form).await;
            assert_eq!(gist(answer.is(404)), nothing, "{path}");
        }
    }
    let odd = [
        ("POST", HERE),
        ("DELETE", ONE),
        ("GET", EVERY_POST[1]),
        ("PUT", EVERY_POST[0]),
        ("POST", EVERY_POST[0]),
    ];
    for (method, path) in odd {
        for body in ["{}".to_owned(), "x".repeat(70_000)] {
            let request = Request::builder().method(method).uri(path);
            let request = request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body));
            let answer = alice.send(request.unwrap()).await;
            assert_eq!(gist(answer.is(404)), nothing, "{method} {path}");
            assert!(!answer.headers.contains_key(header::ALLOW));
        }
    }
    assert!(!alice.get("/account").await.body.contains("/operator/"), "and no link leads there");
    assert_eq!((desk.state().await, desk.is_in().await), (State::Open, true));
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_and_comes_back() {
    let desk = Desk::set_up().await;
    let stranger = desk.server.browser();
    for path in EVERY_GET {
        let to = stranger.get(path).await;
        to.leads_to(&format!("/sign-in?next={}", path.replace('/', "%2F")));
    }
    for path in EVERY_POST {
        let csrf = stranger.csrf().await;
        stranger.post(path, &[("csrf", &csrf), ("note", "x")]).await.is(403).says("signed out");
    }
    assert_eq!(desk.state().await, State::Open);
    let page = stranger.get("/sign-in?next=%2Foperator%2Fincidents%2F1").await;
    assert_eq!(page.field("next"), written(ONE));
    let csrf = page.field("csrf");
    let form = [("csrf", csrf.as_str()), ("next", ONE), ("username", "oscar"), ("password", PASSWORD)];
    stranger.post("/sign-in", &form).await.leads_to(ONE);
    stranger.get(ONE).await.is(200);
}

#[tokio::test]
async fn whoever_loses_the_role_loses_access_at_once() {
    let desk = Desk::set_up().await;
    let oscar = desk.browser("oscar").await;
    oscar.get("/account").await.says("href=\"/operator/incidents\"");
    let csrf = oscar.get(ONE).await.is(200).field("csrf");
    let sub = desk.server.sub("oscar").await;
    assert!(desk.server.app.store.remove_operator(&sub).await.unwrap());
    for path in EVERY_GET {
        oscar.get(path).await.is(404);
    }
    for path in EVERY_POST {
        oscar.post(path, &[("csrf", &csrf), ("note", "x")]).await.is(404);
    }
    assert!(!oscar.get("/account").await.is(200).body.contains("/operator/"));
    assert_eq!((desk.state().await, desk.is_in().await), (State::Open, true));
}

#[tokio::test]
async fn whoever_is_removed_loses_access_at_once() {
    let desk = Desk::set_up().await;
    let oscar = desk.browser("oscar").await;
    let csrf = oscar.get(ONE).await.is(200).field("csrf");
    let sub = desk.server.sub("oscar").await;
    assert!(desk.server.app.store.remove_user(&sub, desk.server.app.clock.now()).await.unwrap());
    oscar.get(HERE).await.is(303);
    oscar.post(EVERY_POST[0], &[("csrf", &csrf)]).await.is(403);
    assert_eq!((desk.state().await, desk.is_in().await), (State::Open, true));
}

#[tokio::test]
async fn only_our_own_pages_act() {
    let desk = Desk::set_up().await;
    let oscar = desk.browser("oscar").await;
    let csrf = oscar.get(ONE).await.field("csrf");
    let foreign = desk.browser("oscar").await.get(ONE).await.field("csrf");
    for path in EVERY_POST {
        for token in [None, Some(""), Some("garbage"), Some(foreign.as_str())] {
            let mut form = vec![("note", "x")];
            form.extend(token.map(|token| ("csrf", token)));
            oscar.post(path, &form).await.is(403).says("open for too long");
        }
        let evil = [("origin", "https://evil.example")];
        oscar.post_with(path, &[("csrf", &csrf), ("note", "x")], &evil).await.is(403);
        let site = [("origin", ISSUER), ("sec-fetch-site", "same-site")];
        oscar.post_with(path, &[("csrf", &csrf), ("note", "x")], &site).await.is(403);
        let json = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        oscar.send(json.body(Body::from("{}")).unwrap()).await.is(400);
        oscar.post(path, &[("csrf", &csrf), ("note", &"x".repeat(70_000))]).await.is(413);
        oscar.post(path, &[("csrf", &csrf), ("note", &"x".repeat(3_000_000))]).await.is(413);
    }
    for path in [EVERY_POST[1], EVERY_POST[2]] {
        oscar.get(path).await.is(404);
    }
    assert_eq!((desk.state().await, desk.is_in().await), (State::Open, true));
    assert_eq!(desk.steps().await, ["opened"]);
}

#[tokio::test]
async fn looking_needs_a_session_and_acting_a_fresh_one() {
    let desk = Desk::set_up().await;
    let oscar = desk.browser("oscar").await;
    let csrf = oscar.get(ONE).await.says("Stop everything").field("csrf");
    desk.server.advance(15 * 60 + 1);
    let page = oscar.get(ONE).await;
    page.is(200)
        .says("sign in once more")
        .says(&written("/sign-in?next=%2Foperator%2Fincidents%2F1&again=1"));
    assert!(!page.body.contains("<form"), "nothing can be sent");
    oscar.get(HERE).await.is(200);
    let again = |path: &str| format!("/sign-in?next={}&again=1", path.replace('/', "%2F"));
    oscar.get(EVERY_POST[0]).await.leads_to(&again(EVERY_POST[0]));
    for path in EVERY_POST {
        oscar.post(path, &[("csrf", &csrf), ("note", "x")]).await.leads_to(&again(ONE));
    }
    assert_eq!((desk.state().await, desk.is_in().await), (State::Open, true));
    oscar.get(&again(ONE)).await.is(200).says("To act on an incident");
    oscar.sign_in("oscar", PASSWORD).await.is(303);
    oscar.get(EVERY_POST[0]).await.is(200);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let desk = Desk::set_up().await;
    let oscar = desk.browser("oscar").await;
    let csrf = oscar.get(ONE).await.field("csrf");
    for id in ["2", "0", "-1", "01", "x", "9999999999999999999", "%ff", "1%2F2"] {
        let at = format!("{HERE}/{id}");
        oscar.get(&at).await.is(404);
        oscar.get(&format!("{at}/contain")).await.is(404);
        for action in ["contain", "close", "reopen"] {
            oscar.post(&format!("{at}/{action}"), &[("csrf", &csrf), ("note", "x")]).await.is(404);
        }
    }
    oscar.get("/operator").await.is(404);
}

#[tokio::test]
async fn an_incident_is_told_in_sentences_with_what_would_end() {
    let desk = Desk::set_up().await;
    let oscar = desk.browser("oscar").await;
    let page = oscar.get(ONE).await;
    page.is(200)
        .says("was reported by <bdi>alice</bdi>")
        .says("A colleague called.")
        .says(&desk.crossing)
        .says(&format!("href=\"{}\"", written("/operator/incidents?q=192.0.2.10")))
        .says("Opened by <bdi>the server, following its rules</bdi>")
        .says("the access of <bdi>1</bdi> device or program")
        .says("<bdi>1</bdi> browser in which somebody is signed in")
        .says("cannot be undone");
    let question = oscar.get(EVERY_POST[0]).await;
    question.is(200).says("Stop everything that this incident concerns?").says("the access of <bdi>1</bdi>");
    question.says("cannot be undone");
    assert_eq!((desk.state().await, desk.is_in().await), (State::Open, true), "looking changes nothing");
}

/// R6.6a
#[tokio::test]
async fn stopping_ends_everything_once_however_often_it_is_sent() {
    let desk = Desk::set_up().await;
    let oscar = desk.browser("oscar").await;
    let csrf = oscar.get(EVERY_POST[0]).await.field("csrf");
    let form = [("csrf", csrf.as_str())];
    let (first, second) = tokio::join!(oscar.post(EVERY_POST[0], &form), oscar.post(EVERY_POST[0], &form));
    for answer in [&first, &second] {
        answer.is(303);
    }
    assert_eq!((desk.state().await, desk.is_in().await), (State::Contained, false));
    assert_eq!(desk.steps().await, ["opened", "containing", "contained"]);
    let file = desk.server.app.store.incident(1).await.unwrap().unwrap();
    assert_eq!(file.steps[2].actor, format!("operator {}", desk.server.sub("oscar").await));
    let follows = first.headers["location"].to_str().unwrap();
    oscar.get(follows).await.is(200).says("is stopped. This cannot be undone").says("by <bdi>oscar</bdi>");
    oscar.get(EVERY_POST[0]).await.leads_to(ONE);
    let tv = desk.server.browser_at("192.0.2.10");
    let refresh =
        [("client_id", "tv"), ("grant_type", "refresh_token"), ("refresh_token", &desk.refresh_token)];
    tv.post("/token", &refresh).await.is(400);
}

#[tokio::test]
async fn closing_is_undone_on_the_page_that_follows() {
    let desk = Desk::set_up().await;
    let oscar = desk.browser("oscar").await;
    let csrf = oscar.get(ONE).await.field("csrf");
    let (close, reopen) = (EVERY_POST[1], EVERY_POST[2]);
    for note in ["", "   ", "a\u{0}b", &"x".repeat(1001)] {
        oscar.post(close, &[("csrf", &csrf), ("note", note)]).await.is(400).says("what you found");
    }
    oscar.post(close, &[("csrf", &csrf)]).await.is(400);
    assert_eq!(desk.state().await, State::Open);
    let form = [("csrf", csrf.as_str()), ("note", "A child\r\nwith the remote.")];
    let closed = oscar.post(close, &form).await;
    let follows = closed.is(303).headers["location"].to_str().unwrap().to_owned();
    oscar
        .get(&follows)
        .await
        .says("You can undo that")
        .says("Undo: open it again")
        .says("A child<br>with the remote.");
    oscar.post(close, &form).await.leads_to(ONE);
    oscar.post(EVERY_POST[0], &form).await.is(409).says("is closed");
    assert_eq!((desk.state().await, desk.is_in().await), (State::Closed, true));

    let open = oscar.post(reopen, &[("csrf", &csrf)]).await;
    let follows = open.is(303).headers["location"].to_str().unwrap().to_owned();
    oscar.get(&follows).await.says("Undo: close it again");
    assert_eq!(desk.state().await, State::Open);
    oscar.post(reopen, &[("csrf", &csrf)]).await.leads_to(ONE);
    oscar.post(close, &[("csrf", &csrf), ("undo", "reopened")]).await.is(303);
    assert_eq!(desk.state().await, State::Closed);
    assert_eq!(desk.steps().await, ["opened", "closed", "reopened", "closed"], "repeats are not recorded");

    desk.open("Again.").await;
    oscar.post(reopen, &[("csrf", &csrf)]).await.is(409).says("Another incident");
}

#[tokio::test]
async fn what_was_done_is_said_to_whoever_did_it_and_not_for_long() {
    let desk = Desk::set_up().await;
    let oscar = desk.browser("oscar").await;
    let csrf = oscar.get(ONE).await.field("csrf");
    let closed = oscar.post(EVERY_POST[1], &[("csrf", &csrf), ("note", "x")]).await;
    let follows = closed.headers["location"].to_str().unwrap().to_owned();
    let words = "You can undo that";
    let elsewhere = desk.browser("oscar").await;
    assert!(!elsewhere.get(&follows).await.is(200).body.contains(words), "a link says nothing to others");
    let two = desk.open("Another.").await;
    let moved = follows.replace("/incidents/1?", &format!("/incidents/{two}?"));
    assert!(!oscar.get(&moved).await.is(200).body.contains(words), "nor of another incident");
    oscar.get(&follows).await.says(words);
    desk.server.advance(60);
    assert!(!oscar.get(&follows).await.is(200).body.contains(words));
}

#[tokio::test]
async fn the_list_is_searched_filtered_and_turned() {
    let desk = Desk::set_up().await;
    let oscar = desk.browser("oscar").await;
    oscar.get(HERE).await.is(200).says("href=\"/operator/incidents/1\"").says("Reported by a person");
    let links = async |query: &str| {
        let page = oscar.get(&format!("{HERE}?{query}")).await;
        page.is(200).body.matches("href=\"/operator/incidents/").count()
    };
    let sub = desk.server.sub("alice").await;
    for (query, found) in [
        ("q=192.0.2.10", 1),
        ("q=colleague", 1),
        ("q=192.0.2.1", 0),
        ("state=open", 1),
        ("state=closed", 0),
        ("cause=reported", 1),
        ("cause=api", 0),
        ("state=nonsense&cause=nonsense&before=nonsense", 1),
        ("before=1", 0),
        ("q=%27%20OR%201%3D1%20--", 0),
        (&format!("q={}", desk.crossing), 1),
    ] {
        assert_eq!(links(query).await, found, "{query}");
    }
    let evil = oscar.get(&format!("{HERE}?q=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E")).await;
    assert!(!evil.is(200).body.contains("<script>alert"));
    for _ in 0..30 {
        let new = NewIncident {
            cause: Cause::SharedSignal,
            response: Response::Record,
            at: desk.server.app.clock.now(),
            actor: Actor::Rule,
            crossing: None,
            sub: Some(Arc::clone(&sub)),
            client_id: None,
            summary: String::new(),
            targets: vec![Target::Person(Arc::clone(&sub))],
            seen: Vec::new(),
        };
        desk.server.app.store.open_incident(new, None).await.unwrap();
    }
    assert_eq!(links("q=alice").await, 25, "a user name finds the person");
    oscar.get(&format!("{HERE}?q=alice")).await.says(&written("/operator/incidents?q=alice&before=7"));
    assert_eq!(links("q=alice&before=7").await, 5);
    oscar.get(&format!("{HERE}?q=alice&before=7")).await.says("Newest");
    let page = oscar.get(&format!("{HERE}?lang=ja")).await;
    page.says("<html lang=\"ja\">").says("インシデント");
}
