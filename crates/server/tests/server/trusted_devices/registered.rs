//! Devices registered in advance: what they prove, and what an imitation lacks.

use super::*;
use crate::support::{Codes, Phone};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tandem_core::crossing::CrossingId;
use tandem_core::mutual_tls::Certificate;
use tandem_core::oauth::device_description::DeviceKind;
use tandem_server::edge::client_certificate::Chain;

/// R6.7a: off, anybody's device may ask.
#[tokio::test]
async fn where_nothing_is_demanded_unknown_devices_ask() {
    let server = server(json!({})).await;
    is_taken(&ask_tv(&server, &Shown::nothing()).await);
    is_taken(&ask_tv(&server, &Shown::dpop(&server, &Key::new(), AUTHORIZE)).await);
    is_taken(&ask_till(&server, &Shown::nothing()).await);
}

/// R6.7a: on, only devices registered in advance do, in both rooms.
#[tokio::test]
async fn where_it_is_demanded_only_registered_keys_ask() {
    let server = server(demand()).await;
    let (tv, till, stranger) = (Key::new(), Key::new(), Key::new());
    register(&server, device("tv", "tv-1", &tv)).await;
    register(&server, device("till", "till-1", &till)).await;
    is_unknown(&ask_tv(&server, &Shown::nothing()).await);
    is_unknown(&ask_tv(&server, &Shown::dpop(&server, &stranger, AUTHORIZE)).await);
    is_unknown(&ask_tv(&server, &Shown::dpop(&server, &till, AUTHORIZE)).await);
    is_taken(&ask_tv(&server, &Shown::dpop(&server, &tv, AUTHORIZE)).await);
    is_unknown(&ask_till(&server, &Shown::nothing()).await);
    is_unknown(&ask_till(&server, &Shown::dpop(&server, &tv, ASK)).await);
    is_taken(&ask_till(&server, &Shown::dpop(&server, &till, ASK)).await);
    is_taken(&ask_till(&server, &assertion(&server, "till", "till-1", &till)).await);
}

/// R6.7a
#[tokio::test]
async fn a_device_assertion_works_once_and_for_its_own_device() {
    let server = server(demand()).await;
    let (one, two, other) = (Key::new(), Key::new(), Key::new());
    register(&server, device("tv", "tv-1", &one)).await;
    register(&server, device("tv", "tv-2", &two)).await;
    register(&server, device("till", "till-1", &other)).await;
    let good = assertion(&server, "tv", "tv-1", &one);
    is_taken(&ask_tv(&server, &good).await);
    ask_tv(&server, &good).await.is_error(400, "invalid_request");
    let now = server.now().as_secs();
    for change in [
        json!({ "exp": now - 10 }),
        json!({ "exp": now + 311 }),
        json!({ "iat": now + 11 }),
        json!({ "aud": "https://other.example.com" }),
        json!({ "aud": [ISSUER] }),
        json!({ "iss": "tv-2" }),
        json!({ "iss": "tv-9" }),
        json!({ "sub": "till" }),
        json!({ "jti": "" }),
    ] {
        let bad = Shown::assertion(assertion_with(&server, "tv", "tv-1", &one, &change));
        ask_tv(&server, &bad).await.is_error(400, "invalid_request");
    }
    for skewed in [json!({ "exp": now - 9 }), json!({ "iat": now + 10 })] {
        is_taken(
            &ask_tv(&server, &Shown::assertion(assertion_with(&server, "tv", "tv-1", &one, &skewed))).await,
        );
    }
    let of_another_client = assertion(&server, "till", "till-1", &other);
    ask_tv(&server, &of_another_client).await.is_error(400, "invalid_request");
    let claims_to_be_ours = Shown::assertion(assertion_with(&server, "tv", "till-1", &other, &json!({})));
    ask_tv(&server, &claims_to_be_ours).await.is_error(400, "invalid_request");
    let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoidGFuZGVtLWRldmljZStqd3QifQ.eyJpc3MiOiJ0di0xIn0.";
    for garbage in [unsigned, "", "x", "a.b.c"] {
        ask_tv(&server, &Shown::assertion(garbage.to_owned())).await.is_error(400, "invalid_request");
    }
}

fn certificate(until: i32) -> ClientCertificate {
    let mut params = CertificateParams::default();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    let certificate = Arc::new(Certificate::parse(der.der()).unwrap());
    ClientCertificate { certificate, chain: Chain::Unverified }
}

/// R6.7a
#[tokio::test]
async fn a_registered_certificate_is_a_device_for_as_long_as_it_is_valid() {
    let server = server(demand()).await;
    let (good, over, stranger) = (certificate(2060), certificate(2021), certificate(2060));
    for (id, certificate) in [("tv-1", &good), ("tv-2", &over)] {
        let certificate = Some(certificate.certificate.thumbprint());
        register(
            &server,
            TrustedDevice { jwk_thumbprint: None, certificate, ..device("tv", id, &Key::new()) },
        )
        .await;
    }
    is_taken(&ask_tv(&server, &Shown::certificate(&good)).await);
    is_unknown(&ask_tv(&server, &Shown::certificate(&over)).await);
    is_unknown(&ask_tv(&server, &Shown::certificate(&stranger)).await);
    is_unknown(&ask_as(&server, "dpop", &Shown::certificate(&good), &[]).await);
}

/// R6.7a: a request that somebody else got hold of is worth nothing without the device.
#[tokio::test]
async fn the_device_that_asked_collects_and_refreshes_and_no_other() {
    let server = server(json!({})).await;
    let (one, two) = (Key::new(), Key::new());
    register(&server, device("tv", "tv-1", &one)).await;
    register(&server, device("tv", "tv-2", &two)).await;
    let codes = Codes::read(&ask_tv(&server, &assertion(&server, "tv", "tv-1", &one)).await);
    let code = codes.device_code.as_str();
    poll_tv(&server, code, &Shown::nothing()).await.is_error(400, "invalid_grant");
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    poll_tv(&server, code, &Shown::nothing()).await.is_error(400, "invalid_grant");
    poll_tv(&server, code, &assertion(&server, "tv", "tv-2", &two)).await.is_error(400, "invalid_grant");
    poll_tv(&server, code, &Shown::dpop(&server, &two, "/token")).await.is_error(400, "invalid_grant");
    server.advance(6);
    let proof = assertion(&server, "tv", "tv-1", &one);
    let tokens = poll_tv(&server, code, &proof).await;
    is_taken(&tokens);
    let family = server.app.store.family(CrossingId::of_secret(code)).await.unwrap().unwrap();
    assert_eq!(family.instance.as_deref(), Some("tv-1"));
    let refresh = tokens.json()["refresh_token"].as_str().unwrap().to_owned();
    refresh_tv(&server, &refresh, &Shown::nothing()).await.is_error(400, "invalid_grant");
    refresh_tv(&server, &refresh, &assertion(&server, "tv", "tv-2", &two))
        .await
        .is_error(400, "invalid_grant");
    is_taken(&refresh_tv(&server, &refresh, &assertion(&server, "tv", "tv-1", &one)).await);
}

/// R6.7a, in the other room.
#[tokio::test]
async fn a_till_that_asked_collects_and_no_other() {
    let server = server(demand()).await;
    let (one, two) = (Key::new(), Key::new());
    register(&server, device("till", "till-1", &one)).await;
    register(&server, device("till", "till-2", &two)).await;
    let asked = ask_till(&server, &assertion(&server, "till", "till-1", &one)).await;
    let id = crate::support::ciba::auth_req_id(&asked);
    server.answered("alice", "allow").await;
    poll_till(&server, &id, &Shown::nothing()).await.is_error(400, "invalid_grant");
    poll_till(&server, &id, &assertion(&server, "till", "till-2", &two)).await.is_error(400, "invalid_grant");
    server.advance(6);
    is_taken(&poll_till(&server, &id, &assertion(&server, "till", "till-1", &one)).await);
}

/// R6.7a: without devices nothing is asked of anybody.
#[tokio::test]
async fn a_device_that_nobody_registered_collects_as_ever() {
    let server = server(json!({})).await;
    let key = Key::new();
    let codes = Codes::read(&ask_tv(&server, &Shown::dpop(&server, &key, AUTHORIZE)).await);
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    server.advance(6);
    let tokens = poll_tv(&server, &codes.device_code, &Shown::dpop(&server, &key, "/token")).await;
    // The proof is as old as the poll is late: six seconds.
    is_taken(&tokens);
    let family = server.app.store.family(CrossingId::of_secret(&codes.device_code)).await.unwrap().unwrap();
    assert_eq!(family.instance, None);
}

/// R6.7a
#[tokio::test]
async fn the_registered_kind_counts_whatever_a_device_says_of_itself() {
    let server = server(json!({ "trusted_devices": { "kinds": ["kiosk"] } })).await;
    let (kiosk, tv, unsaid) = (Key::new(), Key::new(), Key::new());
    register(&server, TrustedDevice { kind: Some(DeviceKind::Kiosk), ..device("tv", "a", &kiosk) }).await;
    register(&server, TrustedDevice { kind: Some(DeviceKind::Tv), ..device("tv", "b", &tv) }).await;
    register(&server, device("tv", "c", &unsaid)).await;
    let says = |kind| [("tandem_device_type", kind)];
    let server = &server;
    let ask = |key: &Key, kind| {
        let shown = Shown::dpop(server, key, AUTHORIZE);
        async move { ask_as(server, "tv", &shown, &says(kind)).await }
    };
    is_taken(&ask(&kiosk, "tv").await);
    is_refused(&ask(&tv, "kiosk").await);
    is_taken(&ask(&unsaid, "kiosk").await);
    is_refused(&ask(&unsaid, "tv").await);
    is_refused(&ask_as(server, "tv", &Shown::nothing(), &says("tv")).await);
}

/// R6.7b
#[tokio::test]
async fn compliance_counts_as_the_policy_says() {
    use ComplianceStatus::{Compliant, NotCompliant, Unknown};
    for (wanted, taken) in [
        ("off", &[Unknown, Compliant, NotCompliant][..]),
        ("not_broken", &[Unknown, Compliant]),
        ("compliant", &[Compliant]),
    ] {
        let server = server(json!({ "trusted_devices": { "compliance": wanted } })).await;
        let key = Key::new();
        register(&server, device("tv", "tv-1", &key)).await;
        for status in ComplianceStatus::ALL {
            server.app.store.set_device_compliance("tv-1", status, server.now()).await.unwrap();
            let answer = ask_tv(&server, &Shown::dpop(&server, &key, AUTHORIZE)).await;
            if taken.contains(&status) { is_taken(&answer) } else { is_refused(&answer) }
        }
    }
}

/// R6.7b: a device that fell out of compliance after it asked does not collect.
#[tokio::test]
async fn compliance_is_asked_again_when_it_collects() {
    let server = server(json!({})).await;
    let key = Key::new();
    register(&server, device("tv", "tv-1", &key)).await;
    let codes = Codes::read(&ask_tv(&server, &assertion(&server, "tv", "tv-1", &key)).await);
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    server
        .app
        .store
        .set_device_compliance("tv-1", ComplianceStatus::NotCompliant, server.now())
        .await
        .unwrap();
    server.advance(6);
    is_refused(&poll_tv(&server, &codes.device_code, &assertion(&server, "tv", "tv-1", &key)).await);
}

/// R6.7b: velocity of one device.
#[tokio::test]
async fn one_device_asks_as_often_as_the_policy_says() {
    let server = server(json!({ "trusted_devices": { "per_minute": 2 } })).await;
    let (fast, slow) = (Key::new(), Key::new());
    register(&server, device("tv", "fast", &fast)).await;
    register(&server, device("tv", "slow", &slow)).await;
    for _ in 0..2 {
        is_taken(&ask_tv(&server, &Shown::dpop(&server, &fast, AUTHORIZE)).await);
    }
    let refused = ask_tv(&server, &Shown::dpop(&server, &fast, AUTHORIZE)).await;
    assert_eq!((refused.status, refused.header(header::RETRY_AFTER)), (429, "30"), "{}", refused.body);
    assert!(server.events().await.iter().any(|kind| kind == "device_too_fast"));
    is_taken(&ask_tv(&server, &Shown::dpop(&server, &slow, AUTHORIZE)).await);
    is_taken(&ask_tv(&server, &Shown::nothing()).await);
    server.advance(30);
    is_taken(&ask_tv(&server, &Shown::dpop(&server, &fast, AUTHORIZE)).await);
}

/// R6.7b, off: as often as its client.
#[tokio::test]
async fn without_a_limit_one_device_asks_as_often_as_its_client() {
    let server = server(json!({ "trusted_devices": { "per_minute": 0 } })).await;
    let key = Key::new();
    register(&server, device("tv", "tv-1", &key)).await;
    for _ in 0..20 {
        is_taken(&ask_tv(&server, &Shown::dpop(&server, &key, AUTHORIZE)).await);
    }
    assert_eq!(server.events().await, Vec::<String>::new());
}
