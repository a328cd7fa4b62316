//! What does a client read in answers and callbacks, and how often is a callback sent?

use crate::poll::approved;
use serde_json::{Value, json};
use std::time::Duration;
use tandem_core::ciba::callback::{
    Attempt, MAX_ATTEMPTS, Next, Ping, PushFailure, PushedError, PushedTokens, after,
};
use tandem_core::ciba::response::BackchannelAuthenticationResponse;
use tandem_core::crossing::{DeliveryMode, NumberAnswer, NumberMatch};
use tandem_core::mitigations::Facts;
use tandem_core::oauth::token_family::{Lifetimes, MayRefresh, TokenFamily};
use tandem_core::oauth::token_response::TokenResponse;
use tandem_core::openid::id_token::IdTokenClaims;
use tandem_core::time::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_000_000);

const fn answered(status: u16) -> Attempt {
    Attempt::Answered { status, retry_after: None }
}

fn json_of(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

#[test]
fn ciba_core_7_3_the_answer() {
    let number = NumberMatch { shown: 42, decoys: [17, 93], answer: NumberAnswer::Pick };
    let of = |delivery, number: Option<&NumberMatch>| {
        let (life, interval) = (Duration::from_mins(2), Duration::from_secs(5));
        json_of(&BackchannelAuthenticationResponse::new("id1", life, delivery, interval, number))
    };
    let plain = json!({ "auth_req_id": "id1", "expires_in": 120, "interval": 5 });
    assert_eq!(of(DeliveryMode::Poll, None), plain);
    assert_eq!(of(DeliveryMode::Ping, None), plain);
    assert_eq!(
        of(DeliveryMode::Push, Some(&number)),
        json!({ "auth_req_id": "id1", "expires_in": 120, "tandem_number": "42" })
    );
}

#[test]
fn ciba_core_10_2_a_ping_has_one_member() {
    assert_eq!(serde_json::to_string(&Ping { auth_req_id: "id1" }).unwrap(), r#"{"auth_req_id":"id1"}"#);
}

#[test]
fn ciba_core_10_3_1_a_push_has_the_tokens_and_the_id() {
    let tokens = TokenResponse {
        access_token: "at".into(),
        token_type: "Bearer",
        expires_in: 60,
        scope: "openid",
        refresh_token: Some("rt".into()),
        tandem_refresh_token_expires_in: None,
        id_token: Some("id".into()),
        authorization_details: None,
    };
    assert_eq!(
        json_of(&PushedTokens { auth_req_id: "id1", tokens }),
        json!({
            "auth_req_id": "id1", "access_token": "at", "token_type": "Bearer", "expires_in": 60,
            "scope": "openid", "refresh_token": "rt", "id_token": "id",
        })
    );
}

#[test]
fn ciba_core_12_a_push_without_tokens_says_why() {
    for (failure, error) in [
        (PushFailure::Denied, "access_denied"),
        (PushFailure::Expired, "expired_token"),
        (PushFailure::Failed, "transaction_failed"),
    ] {
        let body = json_of(&PushedError::new("id1", failure));
        assert_eq!((&body["auth_req_id"], &body["error"]), (&json!("id1"), &json!(error)));
        assert!(body["error_description"].is_string());
        assert_eq!(body.as_object().unwrap().len(), 3);
    }
}

#[test]
fn ciba_core_10_3_1_a_pushed_id_token_names_the_request_and_the_refresh_token() {
    let lifetimes =
        Lifetimes { access_token: Duration::from_mins(5), refresh_token: Duration::from_hours(1) };
    let family = TokenFamily::found(&approved(), Facts::at(NOW).sender, lifetimes, MayRefresh::No, NOW);
    let claims = || IdTokenClaims::of(&family, "https://as.example", "hash", 1, 2);
    let (request, refresh) =
        ("urn:openid:params:jwt:claim:auth_req_id", "urn:openid:params:jwt:claim:rt_hash");
    let polled = json_of(&claims());
    assert!(polled.get(request).is_none() && polled.get(refresh).is_none());
    let pushed = json_of(&claims().pushed("id1", Some("rt")));
    assert_eq!((&pushed[request], &pushed[refresh]), (&json!("id1"), &json!("rt")));
    assert_eq!((&pushed["at_hash"], &pushed["sub"]), (&json!("hash"), &json!("alice")));
    assert!(json_of(&claims().pushed("id1", None)).get(refresh).is_none());
}

#[test]
fn what_arrived_or_was_refused_is_never_sent_again() {
    let later = NOW.plus(Duration::from_hours(1));
    for status in [200, 201, 202, 204, 299] {
        assert_eq!(after(answered(status), 1, NOW, later), Next::Delivered, "{status}");
    }
    for status in [100, 301, 302, 307, 308, 400, 401, 403, 404, 408, 410, 422, 600] {
        assert_eq!(after(answered(status), 1, NOW, later), Next::GiveUp, "{status}");
    }
    assert_eq!(after(Attempt::Impossible, 1, NOW, later), Next::GiveUp);
    assert_eq!(after(answered(204), MAX_ATTEMPTS, NOW, NOW), Next::Delivered, "however late");
}

#[test]
fn who_errs_or_is_away_is_tried_ever_more_slowly_and_not_for_ever() {
    let later = NOW.plus(Duration::from_hours(1));
    for attempt in [answered(500), answered(503), answered(429), Attempt::Unreachable] {
        let waits: Vec<Next> = (1..=9).map(|attempts| after(attempt, attempts, NOW, later)).collect();
        let doubling = [1, 2, 4, 8, 16, 32, 64].map(|secs| Next::RetryIn(Duration::from_secs(secs)));
        assert_eq!(waits[..7], doubling);
        assert_eq!(waits[7..], [Next::GiveUp; 2]);
    }
    assert_eq!(after(Attempt::Unreachable, u32::MAX, NOW, later), Next::GiveUp);
    assert_eq!(after(Attempt::Unreachable, 0, NOW, later), Next::RetryIn(Duration::from_secs(1)));
}

#[test]
fn no_wait_goes_past_the_end_and_a_client_may_ask_for_more_time() {
    let asks = |secs| Attempt::Answered { status: 503, retry_after: Some(Duration::from_secs(secs)) };
    let end = NOW.plus(Duration::from_secs(30));
    assert_eq!(after(asks(20), 1, NOW, end), Next::RetryIn(Duration::from_secs(20)));
    assert_eq!(after(asks(0), 3, NOW, end), Next::RetryIn(Duration::from_secs(4)), "never faster than ours");
    for attempt in [asks(30), asks(u64::MAX)] {
        assert_eq!(after(attempt, 1, NOW, end), Next::GiveUp);
    }
    assert_eq!(after(answered(500), 6, NOW, end), Next::GiveUp);
    assert_eq!(after(answered(500), 1, end, NOW), Next::GiveUp);
}
