//! How does a client of the profile prove who it is?

use super::{ASSERTION, Bank, assertion_claims, certificate, certificate_bound, fapi, server};
use crate::support::ciba::{ASK, CIBA, auth_req_id, request_claims};
use crate::support::{Answer, ISSUER, Key, RsaKey, SECRET, basic, form_request};
use axum::http::header;
use rcgen::KeyPair;
use serde_json::{Value, json};
use tandem_server::config::{AssertionAudience, AuthMethod, Client, SigningAlgorithm};

/// Asks with this assertion.
async fn ask_with(bank: &Bank, assertion: &str) -> Answer {
    let request = bank.key.sign(&bank.claims());
    let form = [ASSERTION, ("client_assertion", assertion), ("request", &request)];
    bank.server.post(ASK, &form).await
}

/// Polls with this assertion: an answer about the request shows that the client was let in.
async fn poll_with(bank: &Bank, assertion: &str) -> Answer {
    let form = [ASSERTION, ("client_assertion", assertion), ("grant_type", CIBA), ("auth_req_id", "x")];
    bank.server.post("/token", &form).await
}

#[tokio::test]
async fn an_assertion_names_the_issuer_the_token_endpoint_or_the_endpoint_called() {
    let bank = Bank::start().await;
    for aud in [
        json!(ISSUER),
        json!(format!("{ISSUER}/token")),
        json!(format!("{ISSUER}{ASK}")),
        json!([ISSUER]),
        json!(["https://x.example.com", format!("{ISSUER}{ASK}")]),
    ] {
        let answer = ask_with(&bank, &bank.assertion(&aud)).await;
        assert_eq!(answer.status, 200, "{aud}: {}", answer.body);
        bank.server.advance(121);
    }
    for aud in [json!(ISSUER), json!(format!("{ISSUER}/token"))] {
        poll_with(&bank, &bank.assertion(&aud)).await.is_error(400, "invalid_grant");
    }
}

#[tokio::test]
async fn an_assertion_for_another_endpoint_or_server_is_refused_with_401() {
    let bank = Bank::start().await;
    for aud in [
        json!("https://other.example.com"),
        json!(format!("{ISSUER}/revoke")),
        json!(format!("{ISSUER}/")),
        json!("bank"),
        json!([]),
        json!(null),
    ] {
        ask_with(&bank, &bank.assertion(&aud)).await.is_error(401, "invalid_client");
        poll_with(&bank, &bank.assertion(&aud)).await.is_error(401, "invalid_client");
    }
    // The backchannel endpoint is not what is called here.
    poll_with(&bank, &bank.assertion(&json!(format!("{ISSUER}{ASK}")))).await.is_error(401, "invalid_client");
}

#[tokio::test]
async fn with_fapi_2_an_assertion_names_the_issuer_and_nobody_else() {
    let issuer = AssertionAudience::Issuer;
    let bank = Bank::with(|client| Client { tandem_client_assertion_audience: issuer, ..client }).await;
    for aud in [
        json!([ISSUER]),
        json!(format!("{ISSUER}{ASK}")),
        json!(format!("{ISSUER}/token")),
        json!([ISSUER, "https://x.example.com"]),
    ] {
        ask_with(&bank, &bank.assertion(&aud)).await.is_error(401, "invalid_client");
    }
    auth_req_id(&ask_with(&bank, &bank.assertion(&json!(ISSUER))).await);
}

#[tokio::test]
async fn an_assertion_is_signed_with_ps256_or_es256() {
    let rsa = RsaKey::new();
    let client = Client {
        backchannel_authentication_request_signing_alg: Some(SigningAlgorithm::Ps256),
        ..fapi("bank", &[rsa.jwk()])
    };
    let bank = Bank { server: server([client]).await, key: Key::new() };
    let poll = async |algorithm: &str| {
        poll_with(&bank, &rsa.sign(algorithm, &assertion_claims("bank", &bank.server, &json!(ISSUER)))).await
    };
    poll("RS256").await.is_error(401, "invalid_client");
    poll("PS256").await.is_error(400, "invalid_grant");
}

#[tokio::test]
async fn an_assertion_counts_once_is_the_clients_own_and_has_all_its_claims() {
    let bank = Bank::start().await;
    let assertion = bank.assertion(&json!(ISSUER));
    auth_req_id(&ask_with(&bank, &assertion).await);
    ask_with(&bank, &assertion).await.is_error(401, "invalid_client");
    poll_with(&bank, &assertion).await.is_error(401, "invalid_client");
    let now = bank.server.now().as_secs();
    for (name, value) in [
        ("iss", json!("other")),
        ("sub", json!("other")),
        ("iss", Value::Null),
        ("sub", Value::Null),
        ("jti", Value::Null),
        ("exp", Value::Null),
        ("exp", json!(now - 60)),
        ("exp", json!(now + 3600)),
    ] {
        let mut claims = assertion_claims("bank", &bank.server, &json!(ISSUER));
        match &value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
        ask_with(&bank, &bank.key.sign(&claims)).await.is_error(401, "invalid_client");
    }
    let forged = Key::new().sign(&assertion_claims("bank", &bank.server, &json!(ISSUER)));
    ask_with(&bank, &forged).await.is_error(401, "invalid_client");
}

#[tokio::test]
async fn no_other_method_lets_it_in() {
    let bank = Bank::start().await;
    let request = bank.key.sign(&bank.claims());
    let form = [("client_id", "bank"), ("request", request.as_str())];
    bank.server.post(ASK, &form).await.is_error(401, "invalid_client");
    let secret = [form[0], form[1], ("client_secret", SECRET)];
    bank.server.post(ASK, &secret).await.is_error(401, "invalid_client");
    let mut with_basic = form_request(ASK, &form[1..]);
    with_basic.headers_mut().insert(header::AUTHORIZATION, basic("bank", SECRET).parse().unwrap());
    bank.server.send(with_basic).await.is_error(401, "invalid_client");
    let both = bank.assertion(&json!(ISSUER));
    let both = [ASSERTION, ("client_assertion", both.as_str()), ("client_secret", SECRET), form[1]];
    bank.server.post(ASK, &both).await.is_error(400, "invalid_request");
}

#[tokio::test]
async fn a_certificate_of_its_key_lets_a_client_in_that_registered_so() {
    let (own, key) = (KeyPair::generate().unwrap(), Key::new());
    let point = own.public_key_raw();
    let text = |bytes: &[u8]| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    };
    let jwk = json!({ "kty": "EC", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..]) });
    let client = Client {
        token_endpoint_auth_method: AuthMethod::SelfSignedTlsClientAuth,
        ..certificate_bound(fapi("bank", &[jwk, key.jwk()]))
    };
    let server = server([client]).await;
    let ask = async |shown: Option<&KeyPair>| {
        let request = key.sign(&request_claims("bank", server.now()));
        let mut request = form_request(ASK, &[("client_id", "bank"), ("request", &request)]);
        if let Some(shown) = shown {
            request.extensions_mut().insert(certificate(shown));
        }
        server.send(request).await
    };
    ask(None).await.is_error(401, "invalid_client");
    ask(Some(&KeyPair::generate().unwrap())).await.is_error(401, "invalid_client");
    auth_req_id(&ask(Some(&own)).await);
}
