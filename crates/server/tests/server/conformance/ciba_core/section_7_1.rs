//! Section 7.1: the request and its parameters. Section 13: the errors.

use crate::support::ciba::{NOTIFICATION_TOKEN, asker, auth_req_id, with_till};
use crate::support::{Answer, Phone, START, TestServer};
use std::time::Duration;
use tandem_server::config::{Client, Config, DeliveryMode, Secret};

const GOOD: [(&str, &str); 2] = [("scope", "openid"), ("login_hint", "alice")];

/// The good request with these parameters instead or beside; an empty value leaves one out.
async fn ask_with(server: &TestServer, client_id: &str, changes: &[(&str, &str)]) -> Answer {
    let mut form: Vec<(&str, &str)> =
        GOOD.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name)).collect();
    form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    server.ask_as(client_id, &form).await
}

async fn with_clients(clients: impl IntoIterator<Item = Client>) -> TestServer {
    let clients: Vec<_> = clients.into_iter().collect();
    TestServer::with(|config: &mut Config| {
        with_till(config);
        config.clients.extend(clients);
    })
    .await
}

#[tokio::test]
async fn only_a_post_of_a_form_is_taken() {
    let server = TestServer::with_till().await;
    let answer = server.get("/backchannel_authentication").await;
    answer.is_error(405, "invalid_request");
}

#[tokio::test]
async fn the_client_must_authenticate() {
    let server = TestServer::with_till().await;
    let form = [("client_id", "till"), ("scope", "openid"), ("login_hint", "alice")];
    server.post("/backchannel_authentication", &form).await.is_error(401, "invalid_client");
}

#[tokio::test]
async fn a_client_without_a_delivery_mode_is_unauthorized() {
    let server = TestServer::with_till().await;
    ask_with(&server, "kiosk", &[]).await.is_error(400, "unauthorized_client");
}

#[tokio::test]
async fn scope_is_required_and_contains_openid() {
    let server = TestServer::with_till().await;
    ask_with(&server, "till", &[("scope", "")]).await.is_error(400, "invalid_request");
    ask_with(&server, "till", &[("scope", "profile")]).await.is_error(400, "invalid_scope");
    ask_with(&server, "till", &[("scope", "openid admin")]).await.is_error(400, "invalid_scope");
    ask_with(&server, "till", &[("scope", "openid \"")]).await.is_error(400, "invalid_scope");
}

#[tokio::test]
async fn exactly_one_hint_is_required() {
    let server = TestServer::with_till().await;
    ask_with(&server, "till", &[("login_hint", "")]).await.is_error(400, "invalid_request");
    for second in ["login_hint_token", "id_token_hint"] {
        ask_with(&server, "till", &[(second, "a.b.c")]).await.is_error(400, "invalid_request");
    }
    let both = [("login_hint", ""), ("login_hint_token", "a.b.c"), ("id_token_hint", "a.b.c")];
    ask_with(&server, "till", &both).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn an_unknown_person_is_an_unknown_user_id() {
    let server = TestServer::with_till().await;
    for nobody in ["carol", "alice@example.com", "ali ce", "\u{202e}ecila"] {
        let answer = ask_with(&server, "till", &[("login_hint", nobody)]).await;
        assert!(
            matches!(answer.json()["error"].as_str(), Some("unknown_user_id" | "invalid_request")),
            "{nobody}: {}",
            answer.body
        );
        assert_eq!(answer.status, 400);
    }
    ask_with(&server, "till", &[("login_hint", "carol")]).await.is_error(400, "unknown_user_id");
}

#[tokio::test]
async fn an_id_token_hint_of_ours_names_its_person_even_when_it_is_over() {
    let server = TestServer::with_till().await;
    let id = server.ask().await;
    let alice = Phone::signed_in(&server, "alice").await;
    alice.answer_request("allow", &[]).await;
    let tokens = server.collect(&id).await.json();
    let id_token = tokens["id_token"].as_str().unwrap();
    server.advance(24 * 3600);
    let hint = [("login_hint", ""), ("id_token_hint", id_token)];
    auth_req_id(&ask_with(&server, "till", &hint).await);
    // An access token is no hint, nor is one that somebody else signed, nor another client's.
    let access_token = tokens["access_token"].as_str().unwrap();
    let not_an_id_token = [("login_hint", ""), ("id_token_hint", access_token)];
    ask_with(&server, "till", &not_an_id_token).await.is_error(400, "invalid_request");
    let mut forged = id_token.to_owned();
    forged.replace_range(id_token.len() - 6..id_token.len() - 3, "AAA");
    ask_with(&server, "till", &[("login_hint", ""), ("id_token_hint", &forged)])
        .await
        .is_error(400, "invalid_request");
    server.advance(31 * 24 * 3600);
    ask_with(&server, "till", &hint).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn an_id_token_hint_of_another_client_is_refused() {
    let server = with_clients([asker("other")]).await;
    let id = server.ask_for("other", "alice").await;
    let alice = Phone::signed_in(&server, "alice").await;
    alice.answer_request("allow", &[]).await;
    let tokens = server.collect_as("other", &id).await.json();
    let hint = [("login_hint", ""), ("id_token_hint", tokens["id_token"].as_str().unwrap())];
    ask_with(&server, "till", &hint).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn a_binding_message_that_cannot_be_shown_is_invalid() {
    let server = TestServer::with_till().await;
    let long_emoji =
        "1234 👍🏿 👌🏿 👋🏿 💪🏿 🙏🏿 Lorem ipsum 电脑 さようなら dolor sit amet, consectetur adipiscing elit";
    for message in [long_emoji, "👍", "a\u{202e}b", "a\nb", "a\u{200b}b", &"x".repeat(65), "<b>\u{7}</b>"] {
        let answer = ask_with(&server, "till", &[("binding_message", message)]).await;
        answer.is_error(400, "invalid_binding_message");
    }
    for message in ["W4SCT", "Till 4: 34.50 €", "受付 12 番", "Grüße, Ça va?"] {
        let id = auth_req_id(&ask_with(&server, "till", &[("binding_message", message)]).await);
        let alice = Phone::signed_in(&server, "alice").await;
        let (_, page) = alice.open_request().await;
        assert!(page.body.contains(message), "{message}: {}", page.body);
        alice.answer_request("allow", &[]).await;
        assert_eq!(server.collect(&id).await.status, 200);
    }
}

#[tokio::test]
async fn requested_expiry_is_a_positive_number_within_bounds() {
    let server = TestServer::with_till().await;
    for (wanted, given) in [("10", 10), ("300", 300), ("1", 10), ("86400", 600)] {
        let answer = ask_with(&server, "till", &[("requested_expiry", wanted), ("login_hint", "bob")]).await;
        assert_eq!(answer.json()["expires_in"], given, "{}", answer.body);
        server.advance(700);
    }
    for wrong in ["0", "-1", "1.5", "1e3", "ten", "٣"] {
        let answer = ask_with(&server, "till", &[("requested_expiry", wrong)]).await;
        answer.is_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn unknown_parameters_are_ignored_and_repeated_ones_refused() {
    let server = TestServer::with_till().await;
    auth_req_id(&ask_with(&server, "till", &[("color", "blue")]).await);
    let twice = [("scope", "openid"), ("login_hint", "alice"), ("login_hint", "alice")];
    server.ask_as("till", &twice).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn ping_and_push_need_a_notification_token() {
    let endpoint = url::Url::parse("https://client.example.com/ciba").unwrap();
    let client = |name: &str, mode| Client {
        backchannel_token_delivery_mode: Some(mode),
        backchannel_client_notification_endpoint: Some(endpoint.clone()),
        ..asker(name)
    };
    let server = with_clients([client("ping", DeliveryMode::Ping), client("push", DeliveryMode::Push)]).await;
    let long = "a".repeat(1025);
    for client_id in ["ping", "push"] {
        for token in ["", "short", "with space with space with space", "a=b=cccccccccccccccccccccc", &long] {
            let answer = ask_with(&server, client_id, &[("client_notification_token", token)]).await;
            answer.is_error(400, "invalid_request");
        }
        let answer = ask_with(&server, client_id, &[("client_notification_token", NOTIFICATION_TOKEN)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.json().get("interval").is_some(), client_id == "ping", "push has no interval");
    }
    // In poll mode it is ignored, whatever it is.
    auth_req_id(&ask_with(&server, "till", &[("client_notification_token", "x")]).await);
}

#[tokio::test]
async fn authorization_details_are_known_shown_and_granted() {
    let server = TestServer::with_till().await;
    for wrong in [
        "payment",
        "{}",
        "[]",
        r#"[{"type":"transfer"}]"#,
        r#"[{"type":"payment","amount":"1"}]"#,
        r#"[{"type":"payment","amount":"1","payee":"x","hidden":true}]"#,
    ] {
        let answer = ask_with(&server, "till", &[("authorization_details", wrong)]).await;
        answer.is_error(400, "invalid_authorization_details");
    }
    let details = r#"[{"type":"payment","amount":"34.50 €","payee":"Cellar"}]"#;
    let id = auth_req_id(&ask_with(&server, "till", &[("authorization_details", details)]).await);
    let alice = Phone::signed_in(&server, "alice").await;
    let (_, page) = alice.open_request().await;
    assert!(page.body.contains("Pay 34.50 € to Cellar"), "{}", page.body);
    alice.answer_request("allow", &[]).await;
    let tokens = server.collect(&id).await.json();
    let granted: serde_json::Value = serde_json::from_str(details).unwrap();
    assert_eq!(tokens["authorization_details"], granted);
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(crate::support::claims_of(token)["authorization_details"], granted);
    let answer = server.post_as("api", "/introspect", &[("token", token)]).await;
    assert_eq!(answer.json()["authorization_details"], granted, "{}", answer.body);
}

#[tokio::test]
async fn a_resource_is_the_audience_or_an_invalid_target() {
    let audience = vec!["https://a.example.com/".to_owned(), "https://b.example.com/".to_owned()];
    let server = with_clients([Client { tandem_audience: audience, ..asker("rs") }]).await;
    for wrong in ["https://c.example.com/", "a.example.com", "https://a.example.com/#f"] {
        ask_with(&server, "rs", &[("resource", wrong)]).await.is_error(400, "invalid_target");
    }
    let id = auth_req_id(&ask_with(&server, "rs", &[("resource", "https://b.example.com/")]).await);
    Phone::signed_in(&server, "alice").await.answer_request("allow", &[]).await;
    let tokens = server.collect_as("rs", &id).await.json();
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(crate::support::claims_of(token)["aud"], "https://b.example.com/");
    assert!(server.is_active(token).await);
}

#[tokio::test]
async fn request_context_is_a_json_object() {
    let server = TestServer::with_till().await;
    for wrong in ["[]", "1", "no"] {
        ask_with(&server, "till", &[("request_context", wrong)]).await.is_error(400, "invalid_request");
    }
    auth_req_id(&ask_with(&server, "till", &[("request_context", r#"{"store":"4"}"#)]).await);
}

async fn with_user_code() -> TestServer {
    let server = with_clients([Client { backchannel_user_code_parameter: true, ..asker("desk") }]).await;
    let alice = server.app.store.user_by_username("alice").await.unwrap().unwrap();
    let hash = server.app.people.passwords.hash("4711-blue").await.unwrap();
    let settings = tandem_store::PersonSettings { user_code_hash: Some(hash), ..Default::default() };
    server.app.store.put_person_settings(&alice.sub, &settings).await.unwrap();
    server
}

#[tokio::test]
async fn a_user_code_is_needed_where_the_person_set_one() {
    let server = with_user_code().await;
    ask_with(&server, "desk", &[]).await.is_error(400, "missing_user_code");
    ask_with(&server, "desk", &[("user_code", "wrong")]).await.is_error(400, "invalid_user_code");
    auth_req_id(&ask_with(&server, "desk", &[("user_code", "4711-blue")]).await);
    // Who has none needs none, and a client that did not register for it does not use it.
    auth_req_id(&ask_with(&server, "desk", &[("login_hint", "bob")]).await);
    auth_req_id(&ask_with(&server, "till", &[]).await);
}

#[tokio::test]
async fn user_codes_cannot_be_guessed_for_long() {
    let server = with_user_code().await;
    for _ in 0..5 {
        ask_with(&server, "desk", &[("user_code", "wrong")]).await.is_error(400, "invalid_user_code");
    }
    let answer = ask_with(&server, "desk", &[("user_code", "4711-blue")]).await;
    assert_eq!(answer.status, 429, "{}", answer.body);
    assert!(answer.header(axum::http::header::RETRY_AFTER).parse::<u64>().unwrap() >= 1);
    server.advance(60);
    auth_req_id(&ask_with(&server, "desk", &[("user_code", "4711-blue")]).await);
}

#[tokio::test]
async fn a_client_that_may_not_know_learns_nothing_of_people() {
    let client = Client {
        tandem_user_hints: tandem_server::config::UserHints::Conceal,
        backchannel_user_code_parameter: true,
        client_secret: Some(Secret::new(crate::support::SECRET.to_owned())),
        ..asker("stranger")
    };
    let server = with_clients([client]).await;
    let alice = server.app.store.user_by_username("alice").await.unwrap().unwrap();
    let hash = server.app.people.passwords.hash("4711-blue").await.unwrap();
    let settings = tandem_store::PersonSettings { user_code_hash: Some(hash), ..Default::default() };
    server.app.store.put_person_settings(&alice.sub, &settings).await.unwrap();
    let mut seen = Vec::new();
    for changes in [
        &[("login_hint", "carol")][..],
        &[("login_hint", "carol"), ("user_code", "4711-blue")],
        &[("login_hint", "alice")],
        &[("login_hint", "alice"), ("user_code", "wrong")],
        &[("login_hint", "alice"), ("user_code", "4711-blue")],
        &[("login_hint", "bob")],
    ] {
        let answer = ask_with(&server, "stranger", changes).await;
        let mut json = answer.json();
        let id = json["auth_req_id"].take().as_str().unwrap().to_owned();
        server.collect_as("stranger", &id).await.is_error(400, "authorization_pending");
        seen.push((answer.status, json.to_string(), id.len()));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "every answer is the same: {seen:?}");
    // Only those who gave the right answer to the question of who they are were asked.
    assert_eq!(Phone::signed_in(&server, "alice").await.inbox().await.len(), 1);
    assert_eq!(Phone::signed_in(&server, "bob").await.inbox().await.len(), 1);
    assert_eq!(server.now(), START.plus(Duration::ZERO));
}

#[tokio::test]
async fn requests_reach_only_registered_devices_where_the_operator_says_so() {
    let server = TestServer::with(|config: &mut Config| {
        with_till(config);
        config.ciba.reach = tandem_server::config::Reach::Device;
    })
    .await;
    ask_with(&server, "till", &[]).await.is_error(400, "unknown_user_id");
    let alice = server.app.store.user_by_username("alice").await.unwrap().unwrap();
    let device = tandem_store::AuthorizationDevice {
        id: tandem_core::digest::Digest::of(b"a device"),
        sub: alice.sub.clone(),
        kind: tandem_store::DeviceChannel::Email,
        name: "Mail".to_owned(),
        detail: String::new(),
        created_at: START,
        last_used_at: None,
    };
    assert!(server.app.store.put_authorization_device(device).await.unwrap());
    auth_req_id(&ask_with(&server, "till", &[]).await);
}
