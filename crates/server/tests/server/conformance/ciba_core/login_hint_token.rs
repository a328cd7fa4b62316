//! Section 7.1, `login_hint_token`: who may name people, and in which words? (RFC 9493)

use crate::support::ciba::{auth_req_id, with_till};
use crate::support::receiver::{Behaviour, Receiver, allow_loopback};
use crate::support::{Answer, ISSUER, Key, TestServer, jwks};
use serde_json::{Value, json};
use tandem_core::crossing::Hint;
use tandem_server::config::{Config, HintSubject, HintTokenIssuer};
use tandem_server::people::accounts::{NewUser, create_user};

const HINTS: &str = "https://hints.example.com";

struct Hints {
    server: TestServer,
    key: Key,
}

impl Hints {
    /// An issuer whose bare subjects mean this.
    async fn meaning(subject: HintSubject) -> Self {
        let key = Key::new();
        let issuer = HintTokenIssuer {
            issuer: HINTS.to_owned(),
            jwks: jwks(&[key.jwk()]),
            subject,
            ..Default::default()
        };
        let server = TestServer::with(|config: &mut Config| {
            with_till(config);
            config.login_hint_token_issuers.push(issuer);
        })
        .await;
        let user = NewUser { username: "carol@example.com".to_owned(), ..NewUser::default() };
        create_user(&server.app.store, &server.app.people, user, server.now()).await.unwrap();
        Self { server, key }
    }

    fn claims(&self, more: &Value) -> Value {
        let now = self.server.now().as_secs();
        let mut claims = json!({ "iss": HINTS, "aud": ISSUER, "iat": now, "exp": now + 60 });
        for (name, value) in more.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        claims
    }

    async fn send(&self, token: &str) -> Answer {
        self.server.ask_as("till", &[("scope", "openid"), ("login_hint_token", token)]).await
    }

    async fn ask(&self, more: &Value) -> Answer {
        self.send(&self.key.sign(&self.claims(more))).await
    }

    /// Whom a good token reached.
    async fn reaches(&self, username: &str, more: &Value) {
        let id = auth_req_id(&self.ask(more).await);
        let crossing = self.server.crossing(&id);
        let request = crossing.request().unwrap();
        assert_eq!(*request.addressee().unwrap(), self.server.sub(username).await, "{more}");
        assert_eq!(request.backchannel.as_ref().unwrap().hint, Hint::LoginHintToken);
        self.server.advance(121);
    }
}

#[tokio::test]
async fn a_trusted_issuer_names_a_person_as_its_registration_says() {
    let hints = Hints::meaning(HintSubject::Username).await;
    hints.reaches("alice", &json!({ "sub": "alice" })).await;
    hints.ask(&json!({ "sub": "nobody" })).await.is_error(400, "unknown_user_id");
    let sub = hints.server.sub("alice").await;
    hints.ask(&json!({ "sub": &*sub })).await.is_error(400, "unknown_user_id");
    let hints = Hints::meaning(HintSubject::Subject).await;
    let sub = hints.server.sub("bob").await;
    hints.reaches("bob", &json!({ "sub": &*sub })).await;
    hints.ask(&json!({ "sub": "alice" })).await.is_error(400, "unknown_user_id");
    let hints = Hints::meaning(HintSubject::Email).await;
    hints.reaches("carol@example.com", &json!({ "sub": "carol@example.com" })).await;
}

/// RFC 7591 section 2 has `jwks_uri` for clients; an issuer that others know by its metadata has one, too.
#[tokio::test]
async fn an_issuer_may_publish_its_keys_and_change_them() {
    let (page, old, new) = (Receiver::start().await, Key::new(), Key::new());
    let issuer = HintTokenIssuer {
        issuer: HINTS.to_owned(),
        jwks_uri: Some(page.url.clone()),
        subject: HintSubject::Username,
        ..Default::default()
    };
    let server = TestServer::with(|config: &mut Config| {
        with_till(config);
        allow_loopback(config);
        config.login_hint_token_issuers.push(issuer);
        config.check().unwrap();
    })
    .await;
    let publish = |kid: &str, key: &Key| {
        let mut jwk = key.jwk();
        jwk["kid"] = json!(kid);
        page.then([Behaviour::Document(json!({ "keys": [jwk] }).to_string())]);
    };
    let hints = Hints { server, key: Key::new() };
    let token = |kid: &str, key: &Key| {
        key.jws(&json!({ "alg": "ES256", "kid": kid }), &hints.claims(&json!({ "sub": "alice" })))
    };
    // Nothing is published yet: nobody is believed.
    hints.send(&token("old", &old)).await.is_error(400, "invalid_request");
    hints.server.advance(30);
    publish("old", &old);
    auth_req_id(&hints.send(&token("old", &old)).await);
    hints.send(&token("old", &new)).await.is_error(400, "invalid_request");
    hints.server.advance(121);
    publish("new", &new);
    auth_req_id(&hints.send(&token("new", &new)).await);
    hints.send(&token("old", &old)).await.is_error(400, "invalid_request");
    assert_eq!(page.calls().len(), 3);
    // Who is not registered makes nobody look.
    hints.server.advance(30);
    let claims = hints.claims(&json!({ "iss": "https://other.example", "sub": "alice" }));
    let foreign = new.jws(&json!({ "alg": "ES256", "kid": "x" }), &claims);
    hints.send(&foreign).await.is_error(400, "invalid_request");
    assert_eq!(page.calls().len(), 3);
}

#[tokio::test]
async fn a_subject_identifier_says_its_format() {
    let hints = Hints::meaning(HintSubject::Username).await;
    let alice = hints.server.sub("alice").await;
    for (username, sub_id) in [
        ("alice", json!({ "format": "iss_sub", "iss": ISSUER, "sub": &*alice })),
        ("bob", json!({ "format": "opaque", "id": "bob" })),
        ("carol@example.com", json!({ "format": "email", "email": "carol@example.com" })),
        ("alice", json!({ "format": "account", "uri": "acct:alice@id.example.com" })),
    ] {
        // It says more than `sub`, whatever that says.
        hints.reaches(username, &json!({ "sub_id": sub_id, "sub": "nobody" })).await;
    }
    for sub_id in [
        json!({ "format": "iss_sub", "iss": HINTS, "sub": &*alice }),
        json!({ "format": "iss_sub", "sub": &*alice }),
        json!({ "format": "account", "uri": "acct:alice@other.example.com" }),
        json!({ "format": "account", "uri": "alice" }),
        json!({ "format": "phone_number", "phone_number": "+12065550100" }),
        json!({ "format": "opaque" }),
        json!({ "format": "opaque", "id": "" }),
        json!({ "format": "opaque", "id": "x".repeat(300) }),
        json!({ "format": "opaque", "id": "al\nice" }),
        json!({ "id": "alice" }),
        json!("alice"),
    ] {
        let answer = hints.ask(&json!({ "sub_id": sub_id.clone(), "sub": "alice" })).await;
        assert_eq!(answer.status, 400, "{sub_id}: {}", answer.body);
        answer.is_error(400, "invalid_request");
    }
    hints.ask(&json!({})).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn only_who_holds_a_real_token_hears_that_it_is_over() {
    let hints = Hints::meaning(HintSubject::Username).await;
    let now = hints.server.now().as_secs();
    let over = json!({ "sub": "alice", "iat": now - 600, "exp": now - 300 });
    hints.ask(&over).await.is_error(400, "expired_login_hint_token");
    hints.send(&Key::new().sign(&hints.claims(&over))).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn a_token_of_somebody_else_or_for_somebody_else_is_refused() {
    let hints = Hints::meaning(HintSubject::Username).await;
    let now = hints.server.now().as_secs();
    for (name, value) in [
        ("iss", json!("https://evil.example.com")),
        ("iss", json!(ISSUER)),
        ("iss", Value::Null),
        ("aud", json!("till")),
        ("aud", Value::Null),
        ("exp", Value::Null),
        ("nbf", json!(now + 600)),
        ("iat", json!(now + 600)),
    ] {
        let mut more = json!({ "sub": "alice" });
        more[name] = value.clone();
        let answer = hints.ask(&more).await;
        assert_eq!(answer.status, 400, "{name} {value}: {}", answer.body);
        answer.is_error(400, "invalid_request");
    }
    let claims = hints.claims(&json!({ "sub": "alice" }));
    hints.send(&Key::new().sign(&claims)).await.is_error(400, "invalid_request");
    let typed = hints.key.jws(&json!({ "alg": "ES256", "typ": "at+jwt" }), &claims);
    hints.send(&typed).await.is_error(400, "invalid_request");
    let good = hints.key.sign(&claims);
    let unsigned = format!("{}.", good.rsplit_once('.').unwrap().0);
    for token in [unsigned.as_str(), "a.b.c", "x", &"x".repeat(9 * 1024)] {
        hints.send(token).await.is_error(400, "invalid_request");
    }
    auth_req_id(&hints.send(&good).await);
    // A hint names a person; it is no ticket, and works again while it lives.
    auth_req_id(&hints.send(&good).await);
}

#[tokio::test]
async fn without_a_configured_issuer_there_are_no_login_hint_tokens() {
    let server = TestServer::with_till().await;
    let now = server.now().as_secs();
    let token =
        Key::new().sign(&json!({ "iss": HINTS, "aud": ISSUER, "iat": now, "exp": now + 60, "sub": "alice" }));
    let form = [("scope", "openid"), ("login_hint_token", token.as_str())];
    server.ask_as("till", &form).await.is_error(400, "invalid_request");
}
