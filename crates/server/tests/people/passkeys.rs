//! Who gets in with a passkey, and which answers of an authenticator are none?

use super::authenticator::Authenticator;
use super::support::{Answer, Browser, ISSUER, PASSWORD, Server};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use tandem_server::config::RateLimit;

async fn options(browser: &Browser<'_>, what: &str, csrf: &str) -> Value {
    browser.post_json(&format!("/passkeys/{what}/options"), csrf, &json!({})).await.is(200).json()
}

pub async fn register(browser: &Browser<'_>, authenticator: &mut Authenticator, name: &str) -> Answer {
    let csrf = browser.get("/account").await.field("csrf");
    let options = options(browser, "register", &csrf).await;
    let body = json!({ "ceremony": options["ceremony"], "name": name, "credential": authenticator.create(&options) });
    browser.post_json("/passkeys/register/finish", &csrf, &body).await
}

pub async fn sign_in(browser: &Browser<'_>, authenticator: &mut Authenticator, next: &str) -> Answer {
    let csrf = browser.csrf().await;
    let options = options(browser, "sign-in", &csrf).await;
    let body =
        json!({ "ceremony": options["ceremony"], "next": next, "credential": authenticator.get(&options) });
    browser.post_json("/passkeys/sign-in/finish", &csrf, &body).await
}

/// A server, and the authenticator with which alice registered a passkey called "Phone".
async fn with_passkey() -> (Server, Authenticator) {
    let server = Server::start().await;
    let mut authenticator = Authenticator::new(ISSUER);
    let browser = server.browser();
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    register(&browser, &mut authenticator, " Pho\u{202e}ne ").await.is(200);
    (server, authenticator)
}

#[tokio::test]
async fn a_passkey_is_added_used_and_removed() {
    let (server, mut authenticator) = with_passkey().await;
    let browser = server.browser();
    let before = browser.cookie();
    let answer = sign_in(&browser, &mut authenticator, "/device").await;
    assert_eq!(answer.is(200).json(), json!({ "redirect": "/device" }));
    assert_ne!(browser.cookie(), before);
    let page = browser.get("/account").await;
    page.is(200).says("alice of the test").says("Phone").says("Last used");
    assert_eq!(server.events().await, ["sign_in", "passkey_added", "sign_in"]);
    let kept = server.app.store.passkeys_of(&server.sub("alice").await).await.unwrap();
    assert_eq!((kept[0].counter, kept[0].name.as_str()), (2, "Phone"));
    assert_eq!(
        sign_in(&server.browser(), &mut authenticator, "//evil.example").await.json()["redirect"],
        "/account"
    );

    let removal = [("csrf", page.field("csrf")), ("passkey", authenticator.id())];
    let removal: Vec<_> = removal.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let bob = server.browser();
    bob.sign_in("bob", PASSWORD).await.leads_to("/account");
    let bobs = bob.get("/account").await.field("csrf");
    bob.post("/account/passkeys/remove", &[("csrf", &bobs), removal[1]]).await.is(404);
    browser.post("/account/passkeys/remove", &[removal[0], ("passkey", "%%%")]).await.is(404);
    let done = browser.post("/account/passkeys/remove", &removal).await;
    browser
        .get(done.is(303).headers["location"].to_str().unwrap())
        .await
        .says("The passkey is removed")
        .says("no passkey yet");
    browser.post("/account/passkeys/remove", &removal).await.is(404);
    sign_in(&server.browser(), &mut authenticator, "/").await.is(400);
    assert!(server.events().await.contains(&"passkey_removed".to_owned()));
}

#[tokio::test]
async fn a_ceremony_is_good_once_for_one_browser_and_for_five_minutes() {
    let (server, mut authenticator) = with_passkey().await;
    let browser = server.browser();
    let csrf = browser.csrf().await;
    let begun = options(&browser, "sign-in", &csrf).await;
    let body = json!({ "ceremony": begun["ceremony"], "credential": authenticator.get(&begun) });
    let finish = async |browser: &Browser<'_>, csrf: &str, body: &Value| {
        browser.post_json("/passkeys/sign-in/finish", csrf, body).await
    };
    let twin = server.browser_with(super::support::COOKIE, &browser.cookie());
    finish(&browser, &csrf, &body).await.is(200);
    assert_eq!(finish(&twin, &csrf, &body).await.is(400).json()["error"], "not_accepted", "used");

    let late = server.browser();
    let csrf = late.csrf().await;
    let begun = options(&late, "sign-in", &csrf).await;
    server.advance(300);
    let body = json!({ "ceremony": begun["ceremony"], "credential": authenticator.get(&begun) });
    assert_eq!(finish(&late, &csrf, &body).await.is(400).json()["error"], "not_accepted", "too late");

    let begun = options(&late, "sign-in", &csrf).await;
    let body = json!({ "ceremony": begun["ceremony"], "credential": authenticator.get(&begun) });
    let thief = server.browser();
    let thiefs = thief.csrf().await;
    finish(&thief, &thiefs, &body).await.is(400);
    assert!(!thief.is_signed_in().await, "another browser");
    let unknown = json!({ "ceremony": "unknown", "credential": authenticator.get(&begun) });
    finish(&late, &csrf, &unknown).await.is(400);
}

#[tokio::test]
async fn answers_of_false_pages_strangers_and_copies_are_refused() {
    let (server, authenticator) = with_passkey().await;
    let bob = server.sub("bob").await;
    let mut evil_origin = authenticator.clone();
    evil_origin.origin = "https://evil.example".to_owned();
    let mut evil_party = authenticator.clone();
    evil_party.rp_id = "evil.example".to_owned();
    let mut absent = authenticator.clone();
    absent.flags = 0;
    let mut stranger = Authenticator::new(ISSUER);
    stranger.counter = 100;
    for (why, mut liar) in [
        ("a page of another origin", evil_origin),
        ("another relying party", evil_party),
        ("nobody was verified", authenticator.clone().without_verification()),
        ("nobody was there", absent),
        ("an unknown passkey", stranger),
        ("somebody else's handle", authenticator.clone().with_user_handle(&bob)),
        ("no handle", authenticator.clone().with_user_handle("")),
    ] {
        let browser = server.browser();
        let answer = sign_in(&browser, &mut liar, "/").await;
        assert_eq!(answer.is(400).json(), json!({ "error": "not_accepted" }), "{why}");
        assert!(!browser.is_signed_in().await, "{why}");
    }
    let (mut original, mut copy) = (authenticator.clone(), authenticator);
    sign_in(&server.browser(), &mut original, "/").await.is(200);
    sign_in(&server.browser(), &mut copy, "/").await.is(400);
    sign_in(&server.browser(), &mut original, "/").await.is(200);
}

#[tokio::test]
async fn a_signature_over_something_else_is_refused() {
    let (server, mut authenticator) = with_passkey().await;
    let browser = server.browser();
    let csrf = browser.csrf().await;
    let (one, two) = (options(&browser, "sign-in", &csrf).await, options(&browser, "sign-in", &csrf).await);
    assert_ne!(one["publicKey"]["challenge"], two["publicKey"]["challenge"]);
    let body = json!({ "ceremony": one["ceremony"], "credential": authenticator.get(&two) });
    browser.post_json("/passkeys/sign-in/finish", &csrf, &body).await.is(400);
    let three = options(&browser, "sign-in", &csrf).await;
    let mut forged = authenticator.get(&three);
    forged["response"]["signature"] = json!("MEUCIQ");
    let body = json!({ "ceremony": three["ceremony"], "credential": forged });
    browser.post_json("/passkeys/sign-in/finish", &csrf, &body).await.is(400);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_passkey_is_added_only_soon_after_signing_in() {
    let server = Server::start().await;
    let browser = server.browser();
    let csrf = browser.csrf().await;
    let refused = browser.post_json("/passkeys/register/options", &csrf, &json!({})).await;
    assert_eq!(
        refused.is(403).json(),
        json!({ "error": "signed_out", "redirect": "/sign-in?next=/account" })
    );

    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    server.advance(600);
    register(&browser, &mut Authenticator::new(ISSUER), "in time").await.is(200);
    server.advance(1);
    let csrf = browser.get("/account").await.field("csrf");
    let refused = browser.post_json("/passkeys/register/options", &csrf, &json!({})).await;
    let again = "/sign-in?next=/account&again=1";
    assert_eq!(refused.is(403).json(), json!({ "error": "sign_in_again", "redirect": again }));
    browser.get(again).await.is(200).says("name=\"password\"");
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    register(&browser, &mut Authenticator::new(ISSUER), "").await.is(200);
    browser.get("/account").await.says("in time").says("<bdi>Passkey</bdi>");
}

#[tokio::test]
async fn a_registration_is_for_the_person_who_began_it_and_counts_once() {
    let server = Server::start().await;
    let browser = server.browser();
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    let csrf = browser.get("/account").await.field("csrf");
    let begun = options(&browser, "register", &csrf).await;
    let body = json!({ "ceremony": begun["ceremony"], "name": "x", "credential": Authenticator::new(ISSUER).create(&begun) });
    browser.sign_in("bob", PASSWORD).await.leads_to("/account");
    let bobs = browser.get("/account").await.field("csrf");
    browser.post_json("/passkeys/register/finish", &bobs, &body).await.is(400);

    let begun = options(&browser, "register", &bobs).await;
    let mut authenticator = Authenticator::new(ISSUER);
    let body =
        json!({ "ceremony": begun["ceremony"], "name": "x", "credential": authenticator.create(&begun) });
    browser.post_json("/passkeys/register/finish", &bobs, &body).await.is(200);
    browser.post_json("/passkeys/register/finish", &bobs, &body).await.is(400);
    assert!(server.app.store.passkeys_of(&server.sub("alice").await).await.unwrap().is_empty());

    let begun = options(&browser, "register", &bobs).await;
    assert_eq!(begun["publicKey"]["excludeCredentials"][0]["id"], authenticator.id());
    let alice = server.browser();
    alice.sign_in("alice", PASSWORD).await.leads_to("/account");
    register(&alice, &mut authenticator, "stolen").await.is(400);
    let unverified = &mut Authenticator::new(ISSUER).without_verification();
    register(&alice, unverified, "unverified").await.is(400);
    let wrong_kind = options(&alice, "register", &alice.get("/account").await.field("csrf")).await;
    let csrf = alice.get("/account").await.field("csrf");
    let sign_in = options(&alice, "sign-in", &csrf).await;
    let body = json!({ "ceremony": sign_in["ceremony"], "credential": Authenticator::new(ISSUER).create(&wrong_kind) });
    alice.post_json("/passkeys/register/finish", &csrf, &body).await.is(400);
    assert!(server.app.store.passkeys_of(&server.sub("alice").await).await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_has_more_than_twenty_passkeys() {
    let server = Server::start().await;
    let browser = server.browser();
    browser.sign_in("alice", PASSWORD).await.leads_to("/account");
    let csrf = browser.get("/account").await.field("csrf");
    let mut begun = Vec::new();
    for _ in 0..2 {
        begun.push(options(&browser, "register", &csrf).await);
    }
    for _ in 0..19 {
        register(&browser, &mut Authenticator::new(ISSUER), "key").await.is(200);
    }
    for (options, status) in begun.iter().zip([200, 409]) {
        let credential = Authenticator::new(ISSUER).create(options);
        let body = json!({ "ceremony": options["ceremony"], "name": "key", "credential": credential });
        browser.post_json("/passkeys/register/finish", &csrf, &body).await.is(status);
    }
    let refused = browser.post_json("/passkeys/register/options", &csrf, &json!({})).await;
    assert_eq!(refused.is(409).json()["error"], "too_many");
}

#[tokio::test]
async fn scripts_of_other_pages_are_not_heard() {
    let (server, _) = with_passkey().await;
    let (browser, other) = (server.browser(), server.browser());
    let csrf = browser.csrf().await;
    let foreign = other.csrf().await;
    let path = "/passkeys/sign-in/options";
    for token in ["", "garbage", foreign.as_str()] {
        assert_eq!(
            browser.post_json(path, token, &json!({})).await.is(403).json(),
            json!({ "error": "csrf" })
        );
    }
    let post = |csrf: &str, content_type: &str, origin: &str, body: String| {
        Request::post(path)
            .header(header::CONTENT_TYPE, content_type)
            .header(header::ORIGIN, origin)
            .header("x-csrf-token", csrf)
            .body(Body::from(body))
            .unwrap()
    };
    let json = "application/json";
    browser.send(post(&csrf, json, "https://evil.example", "{}".to_owned())).await.is(403);
    browser.send(post(&csrf, "text/plain", ISSUER, "{}".to_owned())).await.is(400);
    browser.send(post(&csrf, json, ISSUER, "not json".to_owned())).await.is(400);
    browser.send(post(&csrf, json, ISSUER, " ".repeat(70_000))).await.is(413);
    browser.send(post(&csrf, "application/json; charset=utf-8", ISSUER, "{}".to_owned())).await.is(200);
    let deep = format!("{{\"ceremony\":\"x\",\"credential\":{}", "[".repeat(30_000));
    let mut nested = post(&csrf, json, ISSUER, deep);
    *nested.uri_mut() = "/passkeys/sign-in/finish".parse().unwrap();
    browser.send(nested).await.is(400);
    browser.get(path).await.is(405);
}

#[tokio::test]
async fn failed_passkeys_count_for_the_address_and_a_locked_account_opens_by_passkey() {
    let server = Server::with(|config| {
        config.rate_limits.sign_in_account = RateLimit::of(2, 1);
        config.rate_limits.sign_in_address = RateLimit::of(4, 1);
    })
    .await;
    let mut authenticator = Authenticator::new(ISSUER);
    let owner = server.browser();
    owner.sign_in("alice", PASSWORD).await.leads_to("/account");
    register(&owner, &mut authenticator, "Phone").await.is(200);
    let guesser = server.browser_at("192.0.2.66");
    for _ in 0..2 {
        guesser.sign_in("alice", "wrong").await.is(403);
    }
    server.browser().sign_in("alice", PASSWORD).await.is(429);
    sign_in(&server.browser(), &mut authenticator, "/").await.is(200);

    for _ in 0..2 {
        sign_in(&guesser, &mut Authenticator::new(ISSUER), "/").await.is(400);
    }
    let csrf = guesser.csrf().await;
    let refused = guesser.post_json("/passkeys/sign-in/options", &csrf, &json!({})).await;
    assert_eq!(refused.is(429).json()["error"], "throttled");
    assert_eq!(refused.headers[header::RETRY_AFTER], "60");
    server.advance(60);
    sign_in(&guesser, &mut authenticator, "/").await.is(200);
}
