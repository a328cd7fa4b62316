//! Section 7.1.1: signed authentication requests. Whatever is wrong with one is an `invalid_request`.

use crate::support::ciba::{ASK, asker, auth_req_id, request_claims};
use crate::support::{Answer, ISSUER, Key, RsaKey, TestServer, jwks};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use tandem_server::config::{AuthMethod, Client, SigningAlgorithm};

/// A server whose client `signer` signs with ES256, and `other` too, with a key of its own.
struct Signer {
    server: TestServer,
    key: Key,
    others: Key,
}

fn signing(client_id: &str, keys: &[Value]) -> Client {
    Client {
        backchannel_authentication_request_signing_alg: Some(SigningAlgorithm::Es256),
        jwks: jwks(keys),
        ..asker(client_id)
    }
}

impl Signer {
    async fn start() -> Self {
        let (key, others) = (Key::new(), Key::new());
        let clients = [signing("signer", &[key.jwk()]), signing("other", &[others.jwk()])];
        Self { server: TestServer::with_askers(clients).await, key, others }
    }

    fn claims(&self) -> Value {
        request_claims("signer", self.server.now())
    }

    /// The good claims with one changed, or removed by `null`.
    fn claims_with(&self, name: &str, value: Value) -> Value {
        let mut claims = self.claims();
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value,
        }
        claims
    }

    async fn send(&self, request: &str) -> Answer {
        self.server.ask_as("signer", &[("request", request)]).await
    }

    async fn ask(&self, claims: &Value) -> Answer {
        self.send(&self.key.sign(claims)).await
    }

    #[track_caller]
    fn nobody_was_asked(&self, alice: &str) {
        assert!(self.server.app.store.crossings_of(alice).is_empty(), "nobody was asked");
    }
}

#[tokio::test]
async fn a_signed_request_stands_for_its_parameters() {
    let signer = Signer::start().await;
    let mut claims = signer.claims();
    claims["acr_values"] = json!("phr");
    claims["authorization_details"] = json!([{ "type": "payment", "amount": "1 €", "payee": "Cellar" }]);
    claims["request_context"] = json!({ "store": "4" });
    let id = auth_req_id(&signer.ask(&claims).await);
    let crossing = signer.server.crossing(&id);
    let request = crossing.request().unwrap();
    let asked = request.backchannel.as_ref().unwrap();
    assert_eq!(request.scope.as_str(), "openid profile offline_access");
    assert_eq!(asked.binding_message.as_deref(), Some("W4SCT"));
    assert_eq!(asked.acr_values, ["phr".into()]);
    assert_eq!(asked.authorization_details.as_ref().unwrap().entries()[0]["payee"], "Cellar");
    assert_eq!(**asked.request_context.as_ref().unwrap(), json!({ "store": "4" }));
    assert_eq!(*request.addressee().unwrap(), signer.server.sub("alice").await);
}

#[tokio::test]
async fn requested_expiry_may_be_a_number_or_a_string() {
    let signer = Signer::start().await;
    for (wanted, given) in [(json!(42), 42), (json!("43"), 43), (json!(1), 10), (json!("86400"), 600)] {
        let mut claims = signer.claims_with("requested_expiry", wanted);
        claims["login_hint"] = "bob".into();
        let answer = signer.ask(&claims).await;
        assert_eq!(answer.json()["expires_in"], given, "{}", answer.body);
        signer.server.advance(700);
    }
    for wrong in
        [json!(0), json!(-1), json!(1.5), json!("0"), json!("ten"), json!(true), json!([42]), json!("")]
    {
        // An empty text counts as absent, as everywhere.
        let answer = signer.ask(&signer.claims_with("requested_expiry", wrong.clone())).await;
        if wrong == "" {
            assert_eq!(answer.json()["expires_in"], 120);
        } else {
            answer.is_error(400, "invalid_request");
        }
    }
}

#[tokio::test]
async fn the_audience_may_be_a_list_and_the_type_may_be_named() {
    let signer = Signer::start().await;
    auth_req_id(&signer.ask(&signer.claims_with("aud", json!(["https://x.example.com", ISSUER]))).await);
    for typ in ["oauth-authz-req+jwt", "application/oauth-authz-req+jwt", "JWT"] {
        let mut claims = signer.claims();
        claims["login_hint"] = "bob".into();
        let header = json!({ "alg": "ES256", "typ": typ });
        let answer = signer.send(&signer.key.jws(&header, &claims)).await;
        assert_eq!(answer.status, 200, "{typ}: {}", answer.body);
    }
    for typ in ["at+jwt", "dpop+jwt", "client-authentication+jwt", "tandem-decision+jwt"] {
        let header = json!({ "alg": "ES256", "typ": typ });
        signer.send(&signer.key.jws(&header, &signer.claims())).await.is_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn every_required_claim_is_required_and_must_be_right() {
    let signer = Signer::start().await;
    let now = signer.server.now().as_secs();
    let alice = signer.server.sub("alice").await;
    let null = || Value::Null;
    for (name, value) in [
        ("aud", null()),
        ("iss", null()),
        ("exp", null()),
        ("iat", null()),
        ("nbf", null()),
        ("jti", null()),
        ("aud", json!("https://other.example.com")),
        ("aud", json!([])),
        ("aud", json!(format!("{ISSUER}{ASK}"))),
        ("aud", json!(format!("{ISSUER}/"))),
        ("iss", json!("other")),
        ("iss", json!(ISSUER)),
        ("exp", json!(now - 60)),
        ("exp", json!(now + 70 * 60)),
        ("exp", json!("soon")),
        ("iat", json!(now + 120)),
        ("nbf", json!(now + 120)),
        ("jti", json!("")),
        ("jti", json!(7)),
        ("jti", json!("x".repeat(257))),
    ] {
        let answer = signer.ask(&signer.claims_with(name, value.clone())).await;
        assert_eq!(answer.status, 400, "{name} {value}: {}", answer.body);
        answer.is_error(400, "invalid_request");
    }
    signer.nobody_was_asked(&alice);
}

#[tokio::test]
async fn a_request_lives_an_hour_at_most() {
    let signer = Signer::start().await;
    let now = signer.server.now().as_secs();
    let with_times = |nbf: u64, exp: u64| {
        let mut claims = signer.claims_with("nbf", json!(nbf));
        claims["exp"] = json!(exp);
        claims
    };
    for (nbf, exp) in [(now - 70 * 60, now + 60), (now - 35 * 60, now + 35 * 60), (now, now + 70 * 60)] {
        signer.ask(&with_times(nbf, exp)).await.is_error(400, "invalid_request");
    }
    auth_req_id(&signer.ask(&with_times(now - 30 * 60, now + 30 * 60)).await);
}

#[tokio::test]
async fn alg_none_is_no_signature() {
    let signer = Signer::start().await;
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    for alg in ["none", "None", "nOnE", ""] {
        let unsigned = format!("{}.{}", encode(&json!({ "alg": alg })), encode(&signer.claims()));
        for signature in [".", ".AAAA", ""] {
            signer.send(&format!("{unsigned}{signature}")).await.is_error(400, "invalid_request");
        }
    }
}

#[tokio::test]
async fn the_public_key_is_no_shared_secret() {
    let signer = Signer::start().await;
    let jwk = signer.key.jwk();
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encode(&json!({ "alg": "HS256" })), encode(&signer.claims()));
    let coordinates =
        ["x", "y"].map(|name| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap()).concat();
    for secret in [jwk.to_string().into_bytes(), coordinates, crate::support::SECRET.as_bytes().to_vec()] {
        let key = EncodingKey::from_secret(&secret);
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
        signer.send(&format!("{message}.{signature}")).await.is_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn another_algorithm_than_the_registered_one_is_refused() {
    let (key, rsa) = (Key::new(), RsaKey::new());
    let both = signing("both", &[key.jwk(), rsa.jwk()]);
    let server = TestServer::with_askers([both]).await;
    let claims = || request_claims("both", server.now());
    for algorithm in ["RS256", "PS256"] {
        let request = rsa.sign(algorithm, &claims());
        server.ask_as("both", &[("request", &request)]).await.is_error(400, "invalid_request");
    }
    auth_req_id(&server.ask_as("both", &[("request", &key.sign(&claims()))]).await);
}

#[tokio::test]
async fn every_algorithm_of_the_metadata_can_be_registered() {
    let rsa = RsaKey::new();
    for (name, algorithm) in [("RS256", SigningAlgorithm::Rs256), ("PS256", SigningAlgorithm::Ps256)] {
        let client = Client {
            backchannel_authentication_request_signing_alg: Some(algorithm),
            ..signing("rsa", &[rsa.jwk()])
        };
        let server = TestServer::with_askers([client]).await;
        let request = rsa.sign(name, &request_claims("rsa", server.now()));
        auth_req_id(&server.ask_as("rsa", &[("request", &request)]).await);
    }
}

#[tokio::test]
async fn a_signature_counts_for_its_own_client_only() {
    let signer = Signer::start().await;
    let theirs = request_claims("other", signer.server.now());
    // The other client's key, in our name and in theirs; ours, in theirs; a key that nobody registered.
    for request in [
        signer.others.sign(&signer.claims()),
        signer.others.sign(&theirs),
        signer.key.sign(&theirs),
        Key::new().sign(&signer.claims()),
        Key::new().jws(&json!({ "alg": "ES256", "jwk": Key::new().jwk() }), &signer.claims()),
    ] {
        signer.send(&request).await.is_error(400, "invalid_request");
    }
    // A key in the header makes no difference, and a changed payload does.
    let good = signer.key.sign(&signer.claims());
    let (head, rest) = good.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let changed = signer.claims_with("login_hint", json!("bob"));
    let payload = URL_SAFE_NO_PAD.encode(changed.to_string());
    signer.send(&format!("{head}.{payload}.{signature}")).await.is_error(400, "invalid_request");
    auth_req_id(&signer.send(&good).await);
}

#[tokio::test]
async fn a_jti_counts_once_for_each_client_also_after_a_restart() {
    let signer = Signer::start().await;
    let claims = signer.claims();
    let request = signer.key.sign(&claims);
    auth_req_id(&signer.send(&request).await);
    signer.send(&request).await.is_error(400, "invalid_request");
    let mut again = signer.claims();
    again["jti"] = claims["jti"].clone();
    signer.ask(&again).await.is_error(400, "invalid_request");
    let mut theirs = request_claims("other", signer.server.now());
    theirs["jti"] = claims["jti"].clone();
    auth_req_id(&signer.server.ask_as("other", &[("request", &signer.others.sign(&theirs))]).await);
    let signer = Signer { server: signer.server.restart().await, ..signer };
    signer.send(&request).await.is_error(400, "invalid_request");
    signer.server.advance(3600);
    signer.send(&request).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn no_parameter_may_stand_beside_the_request() {
    let signer = Signer::start().await;
    let alice = signer.server.sub("alice").await;
    for (name, value) in [
        ("scope", "openid"),
        ("client_notification_token", crate::support::ciba::NOTIFICATION_TOKEN),
        ("acr_values", "phr"),
        ("login_hint_token", "a.b.c"),
        ("id_token_hint", "a.b.c"),
        ("login_hint", "alice"),
        ("binding_message", "W4SCT"),
        ("user_code", "4711"),
        ("requested_expiry", "60"),
        ("request_context", "{}"),
        ("authorization_details", "[]"),
        ("resource", "https://a.example.com/"),
        ("claims", "{}"),
        ("tandem_number_matching", "true"),
        ("tandem_device_name", "Till 4"),
        ("tandem_device_type", "tv"),
        ("tandem_device_coordinates", "35.6812,139.7671,50"),
        ("tandem_binding_data", "12A"),
        ("tandem_binding_label", "Seat"),
        ("tandem_initiator_token", "a.b.c"),
        ("tandem_living_qr", "true"),
    ] {
        let request = signer.key.sign(&signer.claims());
        let answer = signer.server.ask_as("signer", &[("request", &request), (name, value)]).await;
        assert_eq!(answer.status, 400, "{name}: {}", answer.body);
        answer.is_error(400, "invalid_request");
    }
    signer.nobody_was_asked(&alice);
    // Nor the request itself twice.
    let (one, two) = (signer.key.sign(&signer.claims()), signer.key.sign(&signer.claims()));
    let twice = [("request", one.as_str()), ("request", two.as_str())];
    signer.server.ask_as("signer", &twice).await.is_error(400, "invalid_request");
    // Client authentication may stand there, and what nobody knows.
    let beside = [("request", one.as_str()), ("client_id", "signer"), ("color", "blue")];
    auth_req_id(&signer.server.ask_as("signer", &beside).await);
}

#[tokio::test]
async fn a_client_assertion_may_stand_beside_the_request_and_neither_does_for_the_other() {
    const TYPE: (&str, &str) =
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let key = Key::new();
    let client = Client {
        token_endpoint_auth_method: AuthMethod::PrivateKeyJwt,
        client_secret: None,
        ..signing("keyed", &[key.jwk()])
    };
    let server = TestServer::with_askers([client]).await;
    let now = server.now().as_secs();
    let assertion = |jti: &str| {
        key.sign(&json!({ "iss": "keyed", "sub": "keyed", "aud": ISSUER, "jti": jti, "iat": now, "exp": now + 60 }))
    };
    let request = || key.sign(&request_claims("keyed", server.now()));
    let ask = async |assertion: &str, request: &str| {
        server.post(ASK, &[TYPE, ("client_assertion", assertion), ("request", request)]).await
    };
    auth_req_id(&ask(&assertion("1"), &request()).await);
    ask(&request(), &request()).await.is_error(401, "invalid_client");
    ask(&assertion("2"), &assertion("3")).await.is_error(400, "invalid_request");
    // The same jti in both is no replay: they are different kinds.
    let mut claims = request_claims("keyed", server.now());
    claims["jti"] = "4".into();
    auth_req_id(&ask(&assertion("4"), &key.sign(&claims)).await);
}

#[tokio::test]
async fn who_registered_an_algorithm_may_not_ask_unsigned_and_who_has_no_keys_may_not_sign() {
    let signer = Signer::start().await;
    let form = [("scope", "openid"), ("login_hint", "alice")];
    signer.server.ask_as("signer", &form).await.is_error(400, "invalid_request");
    signer
        .server
        .ask_as("signer", &[("request", ""), form[0], form[1]])
        .await
        .is_error(400, "invalid_request");
    let request = Key::new().sign(&request_claims("till", signer.server.now()));
    signer.server.ask_as("till", &[("request", &request)]).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn what_is_no_signed_request_is_refused() {
    let signer = Signer::start().await;
    let jwe = URL_SAFE_NO_PAD.encode(r#"{"alg":"ECDH-ES","enc":"A256GCM"}"#);
    let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let (header, claims) = (encoded(r#"{"alg":"ES256"}"#), signer.claims().to_string());
    let long = signer.claims_with("padding", json!("x".repeat(20 * 1024)));
    for request in [
        "x".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        "....".to_owned(),
        format!("{jwe}..AAAA.BBBB.CCCC"),
        format!("{jwe}.AAAA.BBBB"),
        format!("{header}.{}.AAAA", encoded("[1]")),
        format!("{header}.{}.AAAA", encoded("{")),
        format!("{header}.{}.!!!!", encoded(&claims)),
        format!("{header}.{}", encoded(&claims)),
        format!("{}.{}.AAAA", encoded("no json"), encoded(&claims)),
        format!("{}.{}.AAAA", encoded(r#"{"alg":"ES256","crit":["exp"]}"#), encoded(&claims)),
        "\u{1f511}".repeat(10),
        signer.key.sign(&long),
    ] {
        let answer = signer.send(&request).await;
        let start: String = request.chars().take(40).collect();
        assert_eq!(answer.status, 400, "{start}: {}", answer.body);
        answer.is_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn a_parameter_of_the_wrong_type_is_refused() {
    let signer = Signer::start().await;
    for (name, value) in [
        ("scope", json!(["openid"])),
        ("login_hint", json!(7)),
        ("login_hint", json!({ "sub": "alice" })),
        ("binding_message", json!(1234)),
        ("acr_values", json!(["phr"])),
        ("request_context", json!([])),
        ("tandem_number_matching", json!("perhaps")),
        ("login_hint_token", json!("a.b.c")),
    ] {
        let answer = signer.ask(&signer.claims_with(name, value.clone())).await;
        assert_eq!(answer.status, 400, "{name} {value}: {}", answer.body);
        answer.is_error(400, "invalid_request");
    }
}
