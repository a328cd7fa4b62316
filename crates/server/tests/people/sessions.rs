//! How long does a session hold, and which cookies are none?

use super::support::{COOKIE, PASSWORD, Server};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};

#[tokio::test]
async fn a_session_ends_at_its_lifetime_however_busy_it_is() {
    let server = Server::with(|config| {
        config.sessions.lifetime = 1_200;
        config.sessions.idle_timeout = 300;
    })
    .await;
    let browser = server.browser();
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    for _ in 0..5 {
        server.advance(239);
        assert!(browser.is_signed_in().await);
    }
    server.advance(5);
    browser.get("/account").await.leads_to("/sign-in?next=/account");
    browser.get("/sign-in").await.is(200).says("You were signed out");
}

#[tokio::test]
async fn a_session_ends_when_nothing_happens() {
    let server = Server::with(|config| config.sessions.idle_timeout = 300).await;
    let browser = server.browser();
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    server.advance(299);
    assert!(browser.is_signed_in().await, "and is seen now");
    server.advance(299);
    assert!(browser.is_signed_in().await);
    server.advance(300);
    assert!(!browser.is_signed_in().await);
    let csrf = browser.csrf().await;
    let late =
        browser.post("/account/revoke", &[("csrf", &csrf), ("family", "AAAAAAAAAAAAAAAAAAAAAA")]).await;
    late.is(403).says("You are signed out");
}

#[tokio::test]
async fn a_cookie_from_before_a_restart_still_works() {
    let server = Server::start().await;
    let browser = server.browser();
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    let (cookie, csrf) = (browser.cookie(), browser.get("/account").await.field("csrf"));
    let server = server.restart(true).await;
    let browser = server.browser_with(COOKIE, &cookie);
    browser.get("/account").await.is(200).says("alice of the test");
    browser.post("/sign-out", &[("csrf", &csrf)]).await.leads_to("/");
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_cookie_of_another_database_is_an_anonymous_browser() {
    let server = Server::start().await;
    let browser = server.browser();
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    let (cookie, csrf) = (browser.cookie(), browser.get("/account").await.field("csrf"));
    let server = server.restart(false).await;
    let browser = server.browser_with(COOKIE, &cookie);
    browser.get("/account").await.leads_to("/sign-in?next=/account");
    browser.get("/sign-in").await.is(200);
    browser.post("/sign-out", &[("csrf", &csrf)]).await.is(403).says("try that once more");
}

#[tokio::test]
async fn garbage_cookies_are_anonymous_browsers() {
    let server = Server::start().await;
    for garbage in
        ["", "A", "x".repeat(43).as_str(), "é", "a=b", "\"quoted\"", &"A".repeat(44), &"A".repeat(9_000)]
    {
        let browser = server.browser_with(COOKIE, garbage);
        let page = browser.get("/sign-in").await;
        page.is(200);
        browser.sign_in("alice", PASSWORD).await.leads_to("/account");
        assert!(browser.is_signed_in().await, "{garbage:?}");
    }
    let bytes = Request::get("/account").header(header::COOKIE, &b"__Host-tandem=\xff\xfe; \xf0"[..]);
    server.browser().send(bytes.body(Body::empty()).unwrap()).await.leads_to("/sign-in?next=/account");
}

#[tokio::test]
async fn the_session_is_found_among_several_cookies_and_headers() {
    let server = Server::start().await;
    let browser = server.browser();
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    let planted = server.browser();
    planted.get("/sign-in").await.is(200);
    let (planted, mine) = (planted.cookie(), browser.cookie());
    for cookies in [
        vec![format!("a=b; {COOKIE}={planted}; {COOKIE}={mine}")],
        vec![format!("{COOKIE}={planted}"), format!("c=d; {COOKIE}={mine}")],
        vec![format!("{COOKIE}=garbage"), format!("{COOKIE}={mine};")],
        vec![format!("{COOKIE}={mine}; {COOKIE}={planted}")],
    ] {
        let request = cookies
            .iter()
            .fold(Request::get("/account"), |request, line| request.header(header::COOKIE, line));
        let answer = server.browser().send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{cookies:?}");
    }
    let flooded = format!("{}{COOKIE}={mine}", format!("{COOKIE}=x; ").repeat(1_000));
    let request = Request::get("/account").header(header::COOKIE, flooded).body(Body::empty()).unwrap();
    server.browser().send(request).await.leads_to("/sign-in?next=/account");
}

#[tokio::test]
async fn signing_out_ends_the_session_everywhere() {
    let server = Server::start().await;
    let browser = server.browser();
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    let before = browser.cookie();
    let csrf = browser.get("/account").await.field("csrf");
    browser.post("/sign-out", &[]).await.is(403);
    assert!(browser.is_signed_in().await, "without a token nothing happens");
    browser.post("/sign-out", &[("csrf", &csrf)]).await.leads_to("/");
    assert_ne!(browser.cookie(), before);
    assert!(!server.browser_with(COOKIE, &before).is_signed_in().await);
}

#[tokio::test]
async fn a_removed_person_is_signed_out() {
    let server = Server::start().await;
    let browser = server.browser();
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    let now = server.app.clock.now();
    tandem_server::people::accounts::remove_user(&server.app.store, "Alice", now).await.unwrap();
    assert!(!browser.is_signed_in().await);
    browser.sign_in("alice", PASSWORD).await.is(403);
}
