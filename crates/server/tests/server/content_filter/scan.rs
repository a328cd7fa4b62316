//! What does the endpoint answer to a filter, and to whom does it not?

use super::{SCAN, findings, has_no, mail, mail_with_qr, qr_code, server, with};
use crate::support::{Phone, policy};
use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use serde_json::{Value, json};
use tandem_server::config::{LinkHandling, RateLimit, UnscannedHandling};

/// R6.5: only a program that may is answered.
#[tokio::test]
async fn nobody_else_learns_which_codes_live() {
    let server = server().await;
    let codes = server.device_authorization().await;
    let post = |authorization: Option<String>| {
        let mut request = Request::post(SCAN).header(header::CONTENT_TYPE, "text/plain");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        request.body(Body::from(codes.user_code.clone())).unwrap()
    };
    assert_eq!(server.send(post(None)).await.status, 401);
    assert_eq!(server.send(post(Some("Bearer nonsense".to_owned()))).await.status, 401);
    let other = server.service_token_for("reader", "content_filter.patterns").await;
    server.send(post(Some(format!("Bearer {other}")))).await.is_error(403, "insufficient_scope");
    let persons = server.granted().await["access_token"].as_str().unwrap().to_owned();
    assert_eq!(server.send(post(Some(format!("Bearer {persons}")))).await.status, 401);
    let mut get = post(None);
    *get.method_mut() = axum::http::Method::GET;
    server.send(get).await.is_error(405, "invalid_request");
}

#[tokio::test]
async fn what_is_no_message_is_refused() {
    let server = with(|config| config.content_filter.max_bytes = 70_000).await;
    for (content_type, body, status) in [
        ("application/zip", "x".to_owned(), 415),
        ("", "x".to_owned(), 415),
        ("image/", "x".to_owned(), 415),
        ("multipart/form-data; boundary=x", "x".to_owned(), 415),
        ("text/plain", String::new(), 400),
        ("message/rfc822", "x".repeat(70_001), 413),
        ("text/plain", "x".repeat(3_000_000), 413),
        ("application/json", "{}".to_owned(), 400),
        ("application/json", "[]".to_owned(), 400),
        ("application/json", "{\"text\":".to_owned(), 400),
        ("application/json", json!({ "text": "a", "html": "b" }).to_string(), 400),
        ("application/json", json!({ "message": "not base64!" }).to_string(), 400),
        ("application/json", json!({ "text": "a", "other": 1 }).to_string(), 400),
        ("application/json", json!({ "text": "a", "recipients": "ada" }).to_string(), 400),
        ("application/json", json!({ "text": "x".repeat(80_000) }).to_string(), 413),
    ] {
        server.scan(content_type, &[], body).await.is_error(status, "invalid_request");
    }
    let token = server.service_token_for("filter", "content_filter.scan").await;
    let strange = Request::post(format!("{SCAN}?recipients=x"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "text/plain")
        .body(Body::from("x"))
        .unwrap();
    server.send(strange).await.is_error(400, "invalid_request");
}

/// R6.5: a code that lives is found in each form of a message, and never repeated.
#[tokio::test]
async fn a_live_code_is_found_in_every_form_of_a_message() {
    let server = server().await;
    let codes = server.device_authorization().await;
    let (code, spaced) = (codes.user_code.clone(), codes.user_code.replace('-', " "));
    let address = format!("https://id.example.com/device?user_code={code}");
    let json = |value: Value| value.to_string().into_bytes();
    let encoded = base64::engine::general_purpose::STANDARD.encode(mail(&code));
    for (content_type, body, form) in [
        ("text/plain", format!("Type {code} on the page.").into_bytes(), "text"),
        ("text/plain; charset=utf-8", format!("Type {spaced}!").to_lowercase().into_bytes(), "text"),
        ("text/html", format!("<p>{}<b>{}</b>", &code[..4], &code[5..]).into_bytes(), "html"),
        ("message/rfc822", mail(&address).into_bytes(), "text"),
        ("message/rfc822", mail_with_qr(&codes).into_bytes(), "qr_code"),
        ("image/png", qr_code(&address), "qr_code"),
        ("application/json", json(json!({ "text": code })), "text"),
        ("application/json", json(json!({ "html": format!("<a href='{address}'>TV</a>") })), "link"),
        ("application/json", json(json!({ "message": encoded })), "text"),
    ] {
        let answer = server.scan(content_type, &["ada@example.com"], body).await;
        has_no(&answer.body, &codes);
        let found = findings(&answer);
        let live: Vec<_> = found.iter().filter(|finding| finding["live"] == true).collect();
        assert!(!live.is_empty(), "{content_type} {}", answer.body);
        assert!(live.iter().any(|one| one["form"] == form), "{content_type} {form} {}", answer.body);
        assert!(
            live.iter().all(|one| one["recipients"] == 1 && one["crossing"].is_string()),
            "{}",
            answer.body
        );
        assert_eq!(answer.json()["verdict"], "tag");
    }
    assert!(server.filtered().await.is_empty(), "one person only");
    assert_eq!(server.poll(&codes.device_code).await.json()["error"], "authorization_pending");
}

/// R6.5: letters that look like a code and are none hurt nobody.
#[tokio::test]
async fn what_is_not_alive_is_allowed() {
    let server = server().await;
    let people: Vec<_> = (0..20).map(|n| format!("{n}@example.com")).collect();
    let people: Vec<_> = people.iter().map(String::as_str).collect();
    let over = server.device_authorization().await;
    server.advance(3600);
    let used = server.device_authorization().await;
    Phone::signed_in(&server, "alice").await.allow(&used.user_code).await;
    assert_eq!(server.poll(&used.device_code).await.status, 200);
    let denied = server.device_authorization().await;
    let bob = Phone::signed_in(&server, "bob").await;
    let question = bob.open(&denied.user_code).await;
    bob.answer(&question, "deny").await;
    for text in ["WDJB-MJHT", &over.user_code, &used.user_code, &denied.user_code, "nothing at all"] {
        let answer = server.scan("text/plain", &people, text.to_owned()).await;
        assert_eq!(answer.json()["verdict"], "allow", "{text} {}", answer.body);
        assert!(findings(&answer).iter().all(|finding| finding["live"] == false), "{}", answer.body);
    }
    assert!(server.filtered().await.is_empty());
}

/// R6.5: the threshold counts people, not messages; from the third on the request is dead.
#[tokio::test]
async fn the_verdict_grows_with_the_people_who_got_the_code() {
    let server = server().await;
    let codes = server.device_authorization().await;
    for _ in 0..10 {
        assert_eq!(server.verdict(&codes.user_code, &["ada@example.com", "<ADA@example.com>"]).await, "tag");
    }
    assert_eq!(server.verdict(&codes.user_code, &["bob@example.com"]).await, "tag");
    assert!(server.filtered().await.is_empty(), "a family is no misuse");
    for (person, verdict) in [("c", "quarantine"), ("d", "quarantine"), ("e", "reject"), ("f", "reject")] {
        assert_eq!(server.verdict(&codes.user_code, &[person]).await, verdict, "{person}");
    }
    let recorded = server.filtered().await;
    assert_eq!(recorded.len(), 1, "once for each request");
    assert_eq!(recorded[0].detail.as_deref(), Some("sent to 3 people, in text"));
    assert_eq!(recorded[0].client_id.as_deref(), Some("tv"));
    server.contained().await;
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
    assert_eq!(server.verdict(&codes.user_code, &["g"]).await, "reject", "copies that come after its end");
}

/// R6.5: one message to many is as good as many messages; a restart forgets neither people nor the sign.
#[tokio::test]
async fn one_message_to_many_is_refused_and_a_restart_forgets_nothing() {
    let server = server().await;
    let (first, second) = (server.device_authorization().await, server.device_authorization().await);
    assert_eq!(server.verdict(&first.user_code, &["a", "b", "c", "d", "e"]).await, "reject");
    assert_eq!(server.verdict(&second.user_code, &["a", "b"]).await, "tag", "each code has its own number");
    let server = server.restart().await;
    assert_eq!(server.verdict(&second.user_code, &["c"]).await, "quarantine");
    server.contained().await;
    server.poll(&first.device_code).await.is_error(400, "access_denied");
    server.poll(&second.device_code).await.is_error(400, "access_denied");
}

/// R6.5: a code somebody has answered with yes, and not yet collected, is still worth stopping.
#[tokio::test]
async fn an_answered_code_counts_until_it_is_collected() {
    let server = server().await;
    let codes = server.device_authorization().await;
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    assert_eq!(server.verdict(&codes.user_code, &["a", "b", "c"]).await, "quarantine");
    server.poll(&codes.device_code).await.is_error(400, "access_denied");
}

/// R6.5, under `record`: the finding is recorded, and the code works on.
#[tokio::test]
async fn where_findings_are_recorded_only_the_code_works() {
    let server = with(|config| {
        config.policy = policy(json!({
            "content_filtering": { "filtered_codes": "record" },
            "user_education": { "interstitial": "never" },
        }));
    })
    .await;
    let codes = server.device_authorization().await;
    assert_eq!(server.verdict(&codes.user_code, &["a", "b", "c", "d", "e"]).await, "reject");
    assert_eq!(server.filtered().await.len(), 1);
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
}

/// R6.5: looking at mail is no look at the request: nobody's tries are used up, and the person sees nothing of it.
#[tokio::test]
async fn looking_is_no_presentation_and_no_guess() {
    let server = with(|config| {
        config.rate_limits.guess_address = RateLimit::of(1, 1);
        config.rate_limits.present_address = RateLimit::of(2, 1);
    })
    .await;
    let codes = server.device_authorization().await;
    for n in 0..20u32 {
        let wrong = format!(
            "BCDF-GH{}{}",
            char::from(b"JKLMN"[(n % 5) as usize]),
            char::from(b"PQRS"[(n / 5) as usize])
        );
        assert_eq!(server.verdict(&format!("{} {wrong}", codes.user_code), &["ada"]).await, "tag");
    }
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    assert_eq!(server.poll(&codes.device_code).await.status, 200);
}

#[tokio::test]
async fn a_pile_of_letters_hides_no_link_and_is_no_way_to_guess() {
    let server = server().await;
    let codes = server.device_authorization().await;
    let letters: Vec<char> = "BCDFGHJKLMNPQRSTVWXZ".chars().collect();
    let pile: Vec<_> = (0..2000usize)
        .map(|n| format!("{}{}{}B-CDFG", letters[n % 20], letters[n / 20 % 20], letters[n / 400 % 20]))
        .collect();
    let text = format!("{} https://id.example.com/device?user_code={}", pile.join(", "), codes.user_code);
    let answer = server.scan("text/plain", &["ada"], text).await;
    assert!(findings(&answer).iter().any(|one| one["live"] == true), "{}", answer.body);
    let other = server.device_authorization().await;
    let answer = server
        .scan("text/plain", &["ada"], format!("{} a {}", pile[..1900].join(" a "), other.user_code))
        .await;
    assert!(findings(&answer)[0]["live"] == true, "first what counts: {}", answer.body);
    // Whoever drew them hits one once in a while. It is of no use to them.
    let recorded = server.filtered().await;
    assert!(!recorded.is_empty());
    assert!(
        recorded.iter().all(|event| event.detail.as_ref().unwrap().ends_with("among a great many others")),
        "{recorded:?}"
    );
    server.contained().await;
    for codes in [codes, other] {
        server.poll(&codes.device_code).await.is_error(400, "access_denied");
    }
}

#[tokio::test]
async fn links_and_what_could_not_be_seen_are_handled_as_configured() {
    let link = "See https://id.example.com/device for your TV";
    let other = "Your devices: https://id.example.com/account";
    let locked = "From: a@example.net\r\nMIME-Version: 1.0\r\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; \
                  boundary=\"b\"\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\n\
                  Content-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nabc\r\n-----END PGP MESSAGE-----\r\n\
                  --b--\r\n";
    let mild = server().await;
    let strict = with(|config| {
        config.content_filter.links = LinkHandling::Tag;
        config.content_filter.unscanned = UnscannedHandling::Quarantine;
    })
    .await;
    for (server, expected) in
        [(&mild, ["allow", "allow", "allow"]), (&strict, ["tag", "allow", "quarantine"])]
    {
        for ((content_type, body), verdict) in
            [("text/plain", link), ("text/plain", other), ("message/rfc822", locked)]
                .into_iter()
                .zip(expected)
        {
            let answer = server.scan(content_type, &["ada"], body).await;
            assert_eq!(answer.json()["verdict"], verdict, "{body} {}", answer.body);
        }
        let answer = server.scan("message/rfc822", &["ada"], locked).await;
        assert!(!answer.json()["skipped"].as_array().unwrap().is_empty(), "never silent: {}", answer.body);
    }
}

#[tokio::test]
async fn thresholds_can_be_off() {
    let server = with(|config| {
        let filter = &mut config.content_filter;
        (filter.tag_at, filter.quarantine_at, filter.reject_at, filter.incident_at) = (0, 0, 0, 0);
    })
    .await;
    let codes = server.device_authorization().await;
    let people: Vec<_> = (0..50).map(|n| n.to_string()).collect();
    let people: Vec<_> = people.iter().map(String::as_str).collect();
    assert_eq!(server.verdict(&codes.user_code, &people).await, "allow");
    assert!(server.filtered().await.is_empty());
}

#[tokio::test]
async fn one_client_has_its_limit() {
    let server = with(|config| config.content_filter.scan_client = RateLimit::of(2, 1)).await;
    for _ in 0..2 {
        assert_eq!(server.verdict("hello", &[]).await, "allow");
    }
    let refused = server.scan("text/plain", &[], "hello").await;
    refused.is_error(429, "temporarily_unavailable");
    assert!(refused.header(header::RETRY_AFTER).parse::<u32>().unwrap() >= 1);
    server.advance(60);
    assert_eq!(server.verdict("hello", &[]).await, "allow");
}
