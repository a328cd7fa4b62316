//! Which forms are refused, and does a person understand why?

use super::support::{Answer, ISSUER, PASSWORD, Server};
use axum::body::Body;
use axum::http::{Request, header};

const FORM: &str = "application/x-www-form-urlencoded";

async fn raw(server: &Server, content_type: &str, body: Vec<u8>) -> Answer {
    let request = Request::post("/sign-in").header(header::CONTENT_TYPE, content_type);
    server.browser().send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_form_without_its_token_or_with_a_foreign_one_does_nothing() {
    let server = Server::start().await;
    let (browser, other) = (server.browser(), server.browser());
    let mine = browser.csrf().await;
    let foreign = other.csrf().await;
    let shorter = &mine[..mine.len() - 1];
    let flipped = format!("{}{}", if mine.starts_with('A') { 'B' } else { 'A' }, &mine[1..]);
    for token in
        [None, Some(""), Some("garbage"), Some(foreign.as_str()), Some(shorter), Some(flipped.as_str())]
    {
        let mut form = vec![("username", "alice"), ("password", PASSWORD)];
        form.extend(token.map(|token| ("csrf", token)));
        browser.post("/sign-in", &form).await.is(403).says("open for too long");
        assert!(!browser.is_signed_in().await);
    }
    let fresh = server.browser();
    let form = [("username", "alice"), ("password", PASSWORD), ("csrf", mine.as_str())];
    fresh.post("/sign-in", &form).await.is(403);
    browser.post("/sign-in", &form).await.leads_to("/account");
    browser.post("/sign-out", &[("csrf", &mine)]).await.is(403).says("try that once more");
    assert!(browser.is_signed_in().await, "a token from before signing in is void");
}

#[tokio::test]
async fn a_form_of_another_origin_does_nothing() {
    let server = Server::start().await;
    let browser = server.browser();
    let csrf = browser.csrf().await;
    let form = [("username", "alice"), ("password", PASSWORD), ("csrf", csrf.as_str())];
    for foreign in [
        [("origin", "https://evil.example"), ("accept", "*/*")],
        [("origin", "http://id.example.com"), ("accept", "*/*")],
        [("origin", "null"), ("sec-fetch-site", "cross-site")],
        [("origin", ISSUER), ("sec-fetch-site", "same-site")],
    ] {
        browser.post_with("/sign-in", &form, &foreign).await.is(403).says("try that once more");
        assert!(!browser.is_signed_in().await);
    }
    let own = [("origin", "null"), ("sec-fetch-site", "same-origin")];
    browser.post_with("/sign-in", &form, &own).await.leads_to("/account");
}

#[tokio::test]
async fn what_is_no_form_is_refused_in_words() {
    let server = Server::start().await;
    for (content_type, body) in [
        ("application/json", &b"{}"[..]),
        ("text/plain", b"username=alice"),
        ("multipart/form-data; boundary=x", b"--x--"),
        (FORM, b"username=alice&username=bob"),
        (FORM, b"username=%ff"),
        (FORM, b"username=%zz"),
    ] {
        raw(&server, content_type, body.to_vec()).await.is(400).says("understand that");
    }
    let many = (0..100).map(|i| format!("p{i}=x")).collect::<Vec<_>>().join("&");
    raw(&server, FORM, many.into_bytes()).await.is(400);
    raw(&server, FORM, vec![b'a'; 70_000]).await.is(413).says("too much");
    raw(&server, FORM, vec![b'a'; 3_000_000]).await.is(413);
    let none = Request::post("/sign-in").body(Body::empty()).unwrap();
    server.browser().send(none).await.is(400);
}

#[tokio::test]
async fn every_form_of_the_account_page_is_guarded_alike() {
    let server = Server::start().await;
    let browser = server.browser();
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    let csrf = browser.get("/account").await.field("csrf");
    for path in ["/account/revoke", "/account/passkeys/remove", "/sign-out"] {
        browser.post(path, &[]).await.is(403).says("try that once more");
        browser.post(path, &[("csrf", "garbage")]).await.is(403);
        let evil = [("origin", "https://evil.example")];
        browser.post_with(path, &[("csrf", &csrf)], &evil).await.is(403);
        browser.post(path, &[("csrf", &csrf), ("pad", &"x".repeat(70_000))]).await.is(413);
        browser.get(path).await.is(405);
    }
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn a_full_disk_is_said_in_words_and_signs_nobody_in() {
    let server = Server::start().await;
    server.app.store.limit_size(1);
    let mut signed_in = 0;
    let refused = loop {
        let browser = server.browser();
        let answer = browser.sign_in("alice", PASSWORD).await;
        if answer.status != 303 {
            assert!(!browser.is_signed_in().await);
            break answer;
        }
        signed_in += 1;
        assert!(signed_in < 1_000, "the disk never gets full");
    };
    refused.is(503).says("take this right now");
    server.browser().get("/sign-in").await.is(200);
}
