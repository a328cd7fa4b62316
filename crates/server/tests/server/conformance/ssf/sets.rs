//! SSF section 4, CAEP, and CAEP Interop sections 2.6 and 2.8: what leaves, as a foreign library reads it.

use crate::shared_signals::{transmitter, with_receivers};
use crate::support::{ISSUER, START, TestServer};
use serde_json::{Value, json};
use tandem_core::oauth::token_family::Revocation;
use tandem_server::config::SigningAlgorithm;

async fn fetched(server: &TestServer, happens: impl Future<Output = ()>) -> (String, Value) {
    let id = server.polled().await;
    happens.await;
    let sets = server.fetch(&id, &json!({})).await["sets"].clone();
    let set = sets.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned();
    let claims = server.claims(&set, "shop").await;
    (set, claims)
}

async fn alice_is_signed_out(server: &TestServer) -> (String, Value) {
    fetched(server, async { assert_eq!(server.signed_out(&["alice"]).await, 1) }).await
}

#[tokio::test]
async fn a_token_is_typed_signed_with_rs256_and_says_what_interop_demands() {
    let server = transmitter().await;
    let (set, claims) = alice_is_signed_out(&server).await;
    let header = jsonwebtoken::decode_header(&set).unwrap();
    assert_eq!(header.alg, jsonwebtoken::Algorithm::RS256);
    assert_eq!(
        claims,
        json!({
            "iss": ISSUER,
            "jti": claims["jti"],
            "iat": START.as_secs(),
            "aud": "shop",
            "txn": claims["txn"],
            "sub_id": { "format": "iss_sub", "iss": ISSUER, "sub": "alice" },
            "events": { "https://schemas.openid.net/secevent/caep/event-type/session-revoked": {
                "event_timestamp": START.as_secs(),
                "initiating_entity": "policy",
                "reason_admin": { "en": "The account took part in an incident; it was signed out everywhere." },
            } },
        })
    );
    assert!(claims["txn"].is_string() && claims["jti"].is_string());
}

#[tokio::test]
async fn a_credential_change_says_which_and_how() {
    let server = transmitter().await;
    let (_, claims) = fetched(&server, server.new_password("alice")).await;
    let event = &claims["events"]["https://schemas.openid.net/secevent/caep/event-type/credential-change"];
    assert_eq!((&event["credential_type"], &event["change_type"]), (&json!("password"), &json!("update")));
}

#[tokio::test]
async fn a_session_is_complex_and_names_its_person() {
    let server = transmitter().await;
    server.granted().await;
    let sub = server.sub("alice").await;
    let family = server.app.store.families_of(&sub, 1).await.unwrap()[0].crossing;
    let taken_back = async {
        assert!(server.app.store.revoke_family(family, server.now(), Revocation::Person).await.unwrap());
    };
    let (_, claims) = fetched(&server, taken_back).await;
    assert_eq!(
        claims["sub_id"],
        json!({ "format": "complex",
            "user": { "format": "iss_sub", "iss": ISSUER, "sub": sub },
            "session": { "format": "opaque", "id": family.to_string() } })
    );
}

#[tokio::test]
async fn the_configured_algorithm_signs_and_the_default_does_where_there_is_no_rsa_key() {
    for (keys, configured, expected) in [
        (vec![SigningAlgorithm::Es256], None, jsonwebtoken::Algorithm::ES256),
        (
            vec![SigningAlgorithm::Rs256, SigningAlgorithm::Es256],
            Some(SigningAlgorithm::Es256),
            jsonwebtoken::Algorithm::ES256,
        ),
    ] {
        let server = TestServer::with(|config| {
            with_receivers(config);
            config.keys.signing_algorithms = keys;
            config.ssf.signing_algorithm = configured;
        })
        .await;
        let (set, _) = alice_is_signed_out(&server).await;
        assert_eq!(jsonwebtoken::decode_header(&set).unwrap().alg, expected);
    }
}

#[tokio::test]
async fn a_token_is_no_access_token_and_no_id_token() {
    let server = transmitter().await;
    let (set, claims) = alice_is_signed_out(&server).await;
    for forbidden in ["sub", "exp", "nonce", "scope", "client_id"] {
        assert!(claims.get(forbidden).is_none(), "{forbidden}");
    }
    assert!(!server.is_active(&set).await);
}
