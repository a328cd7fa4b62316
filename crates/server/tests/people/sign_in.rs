//! Who gets in with a password, and where do they go?

use super::support::{COOKIE, PASSWORD, Server};
use axum::http::header;

#[tokio::test]
async fn the_right_password_signs_in_and_the_page_names_the_person() {
    let server = Server::start().await;
    let browser = server.browser();
    browser.get("/account").await.leads_to("/sign-in?next=/account");
    browser.sign_in(" ALICE ", PASSWORD).await.leads_to("/account");
    browser.get("/account").await.is(200).says("alice of the test");
    browser.get("/sign-in?next=/device").await.leads_to("/device");
    assert_eq!(server.events().await, ["sign_in"]);
}

#[tokio::test]
async fn unknown_people_and_wrong_passwords_get_the_same_answer() {
    let server = Server::start().await;
    let browser = server.browser();
    let wrong = browser.sign_in("alice", "wrong password").await;
    let unknown = browser.sign_in("nobody", "wrong password").await;
    assert_eq!(wrong.status, unknown.status);
    assert_eq!(wrong.body.replace("alice", "nobody"), unknown.body);
    wrong.is(403).says("go together");
    for (username, password) in
        [("", PASSWORD), ("alice", ""), ("alice\0", PASSWORD), ("alice bob", PASSWORD), ("'; --", PASSWORD)]
    {
        browser.sign_in(username, password).await.is(403).says("go together");
    }
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn the_cookie_is_bound_hidden_and_new_after_signing_in() {
    let server = Server::start().await;
    let browser = server.browser();
    let first = browser.get("/sign-in").await;
    let cookies = first.set_cookies();
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    let (value, attributes) = cookies[0].split_once(';').unwrap();
    assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(value.len(), format!("{COOKIE}=").len() + 43);
    assert!(browser.get("/sign-in").await.set_cookies().is_empty(), "a known browser keeps its cookie");

    let planted = browser.cookie();
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    assert_ne!(browser.cookie(), planted, "session fixation: the secret from before is worth nothing");
    assert!(browser.is_signed_in().await);
    assert!(!server.browser_with(COOKIE, &planted).is_signed_in().await);
    let mine = browser.cookie();
    assert!(server.browser_with(COOKIE, &mine).is_signed_in().await);
    browser.sign_in("bob", PASSWORD).await.leads_to("/account");
    assert!(
        !server.browser_with(COOKIE, &mine).is_signed_in().await,
        "signing in again ends the session from before"
    );
}

#[tokio::test]
async fn on_plain_http_with_another_host_the_cookie_still_works() {
    let server = Server::with(|config| {
        config.issuer = tandem_server::config::Issuer::parse_for_demo("http://192.168.1.7:8080").unwrap();
    })
    .await;
    let browser = server.browser();
    let page = browser.get("/sign-in").await;
    assert!(page.set_cookies()[0].starts_with("tandem="));
    assert!(page.set_cookies()[0].ends_with("; Path=/; HttpOnly; SameSite=Lax"));
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn next_stays_on_this_server() {
    let server = Server::start().await;
    for (next, leads_to) in [
        ("/device/decision", "/device/decision"),
        ("/device?user_code=WDJB-MJHT", "/device?user_code=WDJB-MJHT"),
        ("", "/account"),
        ("//evil.example", "/account"),
        ("/\\evil.example", "/account"),
        ("https:", "/account"),
        ("https://evil.example/", "/account"),
        ("javascript:alert(1)", "/account"),
        ("/a\r\nSet-Cookie: evil=1", "/account"),
        ("/\t/evil.example", "/account"),
        ("device", "/account"),
    ] {
        let browser = server.browser();
        let csrf = browser.csrf().await;
        let form = [("csrf", csrf.as_str()), ("username", "alice"), ("password", PASSWORD), ("next", next)];
        let answer = browser.post("/sign-in", &form).await;
        answer.leads_to(leads_to);
        assert!(answer.set_cookies().iter().all(|cookie| !cookie.contains("evil")));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("next", next);
        browser.get(&format!("/sign-in?{}", query.finish())).await.leads_to(leads_to);
    }
}

#[tokio::test]
async fn the_page_keeps_what_was_typed_but_never_the_password_and_escapes_it() {
    let server = Server::start().await;
    let browser = server.browser();
    let answer = browser.sign_in("\"><script>alert(1)</script>", "a-password-that-was-typed").await;
    answer.is(403);
    assert!(!answer.body.contains("<script>alert"));
    assert!(!answer.body.contains("a-password-that-was-typed"));
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    assert!(answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("default-src 'none'"));
    assert_eq!(answer.headers[header::REFERRER_POLICY], "no-referrer");
    let long = browser.sign_in(&"x".repeat(10_000), "y").await;
    assert!(long.body.len() < 8_000, "what was typed is cut");
}

#[tokio::test]
async fn a_password_of_old_costs_is_hashed_again_when_it_is_next_seen() {
    let server = Server::start().await;
    let before =
        server.app.store.user_by_username("alice").await.unwrap().unwrap().password_hash.clone().unwrap();
    assert!(before.contains("m=64,t=1,p=1"));
    let mut config = server.app.config.clone();
    config.users.password_hash_iterations = 2;
    let old = tandem_server::people::People::new(&config).unwrap();
    let hash = old.passwords.hash(PASSWORD).await.unwrap();
    server
        .app
        .store
        .set_password(&server.sub("alice").await, Some(hash), super::support::START)
        .await
        .unwrap();

    server.browser().sign_in("alice", "not the password").await.is(403);
    let kept = |user: &tandem_store::User| user.password_hash.clone().unwrap();
    let user = server.app.store.user_by_username("alice").await.unwrap().unwrap();
    assert!(kept(&user).contains("t=2"), "a wrong password changes nothing");
    server.browser().sign_in("alice", PASSWORD).await.leads_to("/account");
    let user = server.app.store.user_by_username("alice").await.unwrap().unwrap();
    assert!(kept(&user).contains("m=64,t=1,p=1"));
    server.browser().sign_in("alice", PASSWORD).await.leads_to("/account");
}

#[tokio::test]
async fn who_answers_a_request_is_told_whose_it_is() {
    let server = Server::start().await;
    let tv = server.browser_at("192.0.2.10");
    let codes =
        tv.post("/device_authorization", &[("client_id", "tv"), ("scope", "openid")]).await.is(200).json();
    let browser = server.browser();
    let csrf = browser.get("/device").await.field("csrf");
    let code = [("csrf", csrf.as_str()), ("user_code", codes["user_code"].as_str().unwrap())];
    browser.post("/device", &code).await.leads_to("/device/decision");
    browser.get("/device/decision").await.leads_to("/sign-in?next=/device/decision");
    browser.get("/sign-in?next=/device/decision").await.is(200).says("Cellar");
    let csrf = browser.csrf().await;
    let form = [
        ("csrf", csrf.as_str()),
        ("username", "alice"),
        ("password", PASSWORD),
        ("next", "/device/decision"),
    ];
    browser.post("/sign-in", &form).await.leads_to("/device/decision");
    browser.get("/device/decision").await.is(200).says("Cellar");
}

#[tokio::test]
async fn the_language_is_asked_for_chosen_and_kept() {
    let server = Server::start().await;
    let browser = server.browser();
    browser.get("/sign-in").await.says("<html lang=\"en\"");
    let chosen = browser.get("/sign-in?next=/device&lang=ja").await;
    chosen.says("<html lang=\"ja\"").says("sign-in?next=%2Fdevice&amp;lang=en");
    assert!(chosen.set_cookies().iter().any(|cookie| cookie.starts_with("tandem-lang=ja; ")));
    browser.get("/sign-in").await.says("<html lang=\"ja\"");
    browser.get("/sign-in?lang=tlh").await.says("<html lang=\"ja\"");
    browser.sign_in("alice", "wrong").await.is(403).says("<html lang=\"ja\"");
    server.browser_with("tandem-lang", "\"><x").get("/sign-in").await.is(200).says("<html lang=\"en\"");
    let asks = axum::http::Request::get("/sign-in").header(header::ACCEPT_LANGUAGE, "fr, ja;q=0.3");
    server.browser().send(asks.body(axum::body::Body::empty()).unwrap()).await.says("<html lang=\"ja\"");

    let japanese =
        Server::with(|config| config.pages.default_language = "ja".to_owned().try_into().unwrap()).await;
    japanese.browser().get("/sign-in").await.says("<html lang=\"ja\"");
    for (header_value, language) in [("fr", "ja"), ("en", "en")] {
        let asks = axum::http::Request::get("/sign-in").header(header::ACCEPT_LANGUAGE, header_value);
        let page = japanese.browser().send(asks.body(axum::body::Body::empty()).unwrap()).await;
        page.says(&format!("<html lang=\"{language}\""));
    }
}
