//! Who may not ask, and is that told in words that help? (BCP 6.1.7, 6.1.8, and bad input of every kind)

use super::{request_of, till_asks, tv_asks, under};
use crate::support::{Codes, DEVICE, TestServer};
use serde_json::{Value, json};

/// How both rooms refuse under a policy, with which parameters.
async fn refused(says: Value, more: &[(&str, &str)], (device, ciba): (u16, u16), error: &str, word: &str) {
    let server = under(says).await;
    for (answer, status) in [(tv_asks(&server, more).await, device), (till_asks(&server, more).await, ciba)] {
        answer.is_error(status, error);
        let description = answer.json()["error_description"].as_str().unwrap().to_owned();
        assert!(description.contains(word), "{description}");
    }
    assert_eq!(server.app.store.census().pending, 0);
}

/// R6.8: only known networks may ask, where some are named.
#[tokio::test]
async fn a_network_that_is_not_named_may_not_ask() {
    let says = json!({ "trusted_networks": { "initiate": ["203.0.113.0/24"] } });
    refused(says, &[], (400, 403), "access_denied", "network").await;
    let own = under(json!({ "trusted_networks": { "initiate": [format!("{DEVICE}/32")] } })).await;
    assert_eq!((tv_asks(&own, &[]).await.status, till_asks(&own, &[]).await.status), (200, 200));
}

/// R6.7a: only named kinds of device may ask; one that does not say what it is is none of them.
#[tokio::test]
async fn a_kind_that_is_not_named_may_not_ask() {
    let says = || json!({ "trusted_devices": { "kinds": ["kiosk"] } });
    for more in [&[("tandem_device_type", "tv")][..], &[("tandem_device_type", "toaster")], &[]] {
        refused(says(), more, (400, 403), "access_denied", "tandem_device_type").await;
    }
    let server = under(says()).await;
    let kiosk = [("tandem_device_type", "kiosk")];
    assert_eq!((tv_asks(&server, &kiosk).await.status, till_asks(&server, &kiosk).await.status), (200, 200));
}

/// R6.7a: a device that must prove itself hears so.
#[tokio::test]
async fn a_device_that_proves_nothing_hears_what_is_missing() {
    let says = json!({ "trusted_devices": { "demand": "known" } });
    refused(says, &[], (400, 400), "invalid_request", "registered or attested").await;
}

/// R6.1c: where a device is must be said in the one form, or not at all.
#[tokio::test]
async fn coordinates_are_exact_or_refused() {
    let server = TestServer::with_till().await;
    for malformed in ["35.68,139.76", "35.68,139.76,-1", "95,0,5", "NaN,0,5", "35.68;139.76;5", "x"] {
        let more = [("tandem_device_coordinates", malformed)];
        tv_asks(&server, &more).await.is_error(400, "invalid_request");
        till_asks(&server, &more).await.is_error(400, "invalid_request");
    }
    let here = [("tandem_device_coordinates", "35.6812,139.7671,50")];
    let codes = Codes::read(&tv_asks(&server, &here).await);
    let kept = request_of(&server, &codes.device_code).context.unwrap().coordinates.unwrap();
    assert_eq!(kept.degrees(), (35.6812, 139.7671));
}

/// R6.2: both codes' life is told, and how much of it is for opening.
#[tokio::test]
async fn lives_are_told_as_they_are() {
    let short = json!({ "longest": 60, "longest_at_risk": 60, "time_to_decide": 120 });
    let server = under(json!({ "short_lived_codes": short })).await;
    let answer = tv_asks(&server, &[]).await.json();
    assert_eq!((&answer["expires_in"], &answer["tandem_user_code_expires_in"]), (&json!(180), &json!(60)));
    server.advance(60);
    let code = answer["device_code"].as_str().unwrap();
    server.poll(code).await.is_error(400, "expired_token");
    let plain = TestServer::start().await;
    let answer = tv_asks(&plain, &[]).await.json();
    assert!(answer["expires_in"].as_u64() > Some(60) && answer.get("tandem_user_code_expires_in").is_none());
}

/// What no client would send changes nothing and loses nothing.
#[tokio::test]
async fn truth_values_are_true_or_false() {
    let server = TestServer::with_till().await;
    for name in ["tandem_number_matching", "tandem_living_qr"] {
        for value in ["yes", "1", "TRUE", "true "] {
            tv_asks(&server, &[(name, value)]).await.is_error(400, "invalid_request");
            till_asks(&server, &[(name, value)]).await.is_error(400, "invalid_request");
        }
    }
    assert_eq!(server.app.store.census().pending, 0);
    // What a person only looks at is cleaned, not refused.
    let odd = [("tandem_device_name", "\u{202e}"), ("tandem_device_type", "spaceship")];
    assert_eq!(tv_asks(&server, &odd).await.status, 200);
}
