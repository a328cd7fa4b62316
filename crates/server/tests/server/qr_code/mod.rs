//! Does a QR code prove where and when it was drawn? (BCP 6.1.1, 6.1.3)

use crate::support::ciba::with_till;
use crate::support::{Answer, Phone, TestServer, policy};
use serde_json::{Value, json};
use tandem_core::mitigations::establish_proximity::living_qr;

async fn started(proximity: Value) -> TestServer {
    TestServer::with(|config| {
        config.device_authorization.policy = policy(json!({ "establish_proximity": proximity }));
    })
    .await
}

/// `tv` asks, and draws living codes.
async fn asked(server: &TestServer) -> Value {
    let form = [("client_id", "tv"), ("scope", "openid"), ("tandem_living_qr", "true")];
    let answer = server.post("/device_authorization", &form).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// Where the address of a QR code leads somebody who is signed in.
async fn scan(server: &TestServer, who: &str, uri: &str) -> Answer {
    let phone = Phone::signed_in(server, who).await;
    let path = uri.strip_prefix(crate::support::ISSUER).unwrap();
    let arrived = phone.get(path).await;
    if arrived.status == 303 { phone.get("/device/decision").await } else { arrived }
}

fn uri(asked: &Value) -> String {
    asked["verification_uri_complete"].as_str().unwrap().to_owned()
}

/// The address that the device draws at this moment.
fn drawn(server: &TestServer, asked: &Value) -> String {
    let live = living_qr::draw(asked["tandem_qr_seed"].as_str().unwrap(), server.now()).unwrap();
    format!("{}&live={live}", uri(asked))
}

fn is_question(answer: &Answer) -> bool {
    answer.status == 200 && answer.body.contains("value=\"deny\"")
}

/// R6.3a: off, the address carries the code and nothing else, and no seed is given.
#[tokio::test]
async fn without_the_demand_a_qr_code_is_an_address() {
    let server = started(json!({})).await;
    let asked = asked(&server).await;
    assert!(asked.get("tandem_qr_seed").is_none() && asked.get("tandem_qr_period").is_none());
    assert!(uri(&asked).ends_with(&format!("?user_code={}", asked["user_code"].as_str().unwrap())));
    assert!(is_question(&scan(&server, "alice", &uri(&asked)).await));
}

/// R6.1c: the statement can be checked by anybody with the published keys, and says where the device is, roughly.
#[tokio::test]
async fn a_signed_qr_code_says_where_it_was_drawn() {
    let server = started(json!({ "signed_qr": "offer" })).await;
    let asked = asked(&server).await;
    let (_, token) = uri(&asked).split_once("&qr=").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let jwks = server.get("/jwks").await.json();
    let key = serde_json::from_value(jwks["keys"][0].clone()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    validation.set_audience(&[crate::support::ISSUER]);
    let key = jsonwebtoken::DecodingKey::from_jwk(&key).unwrap();
    let claims = jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap().claims;
    assert_eq!(claims["network"], "192.0.2.0/24");
    assert_eq!(claims["user_code"], asked["user_code"]);
    assert_eq!(claims["iss"], crate::support::ISSUER);
    assert!(is_question(&scan(&server, "alice", &uri(&asked)).await));
}

/// R6.1c: an address that was altered, or whose statement is of another code, opens nothing, and is noticed.
#[tokio::test]
async fn an_altered_or_moved_qr_code_opens_nothing() {
    let server = started(json!({ "signed_qr": "offer" })).await;
    let (one, two) = (asked(&server).await, asked(&server).await);
    let statement = |asked: &Value| uri(asked).split_once("&qr=").unwrap().1.to_owned();
    let moved = uri(&two).replace(&statement(&two), &statement(&one));
    assert!(!is_question(&scan(&server, "alice", &moved).await));
    let altered = uri(&two).replace(&statement(&two), &format!("{}A", statement(&two)));
    assert!(!is_question(&scan(&server, "bob", &altered).await));
    assert!(server.events().await.iter().any(|kind| kind == "qr_rejected"));
    assert!(is_question(&scan(&server, "alice", &uri(&one)).await), "the true one still does");
}

/// R6.1c: where policy offers it, a typed code is another way in; where it requires it, there is none.
#[tokio::test]
async fn a_required_statement_leaves_no_other_way() {
    for (demand, open) in [("offer", true), ("require", false)] {
        let server = started(json!({ "signed_qr": demand })).await;
        let asked = asked(&server).await;
        let typed = Phone::signed_in(&server, "alice").await.open(asked["user_code"].as_str().unwrap()).await;
        assert_eq!(is_question(&typed), open, "{demand}: {}", typed.body);
        assert!(is_question(&scan(&server, "alice", &uri(&asked)).await), "{demand}");
    }
}

/// R6.3a: a living code opens the request while it is the present one, and a photograph of it does not.
#[tokio::test]
async fn a_living_qr_code_is_dead_in_seconds() {
    let server = started(json!({ "living_qr": "require" })).await;
    let asked = asked(&server).await;
    assert_eq!(asked["tandem_qr_period"], 15);
    let photograph = drawn(&server, &asked);
    server.advance(60);
    assert!(!is_question(&scan(&server, "alice", &photograph).await));
    assert!(!is_question(&scan(&server, "alice", &uri(&asked)).await), "nor the address without it");
    let typed = Phone::signed_in(&server, "alice").await.open(asked["user_code"].as_str().unwrap()).await;
    assert!(!is_question(&typed), "nor the code");
    let present = drawn(&server, &asked);
    assert!(is_question(&scan(&server, "alice", &present).await));
}

/// R6.3a: with `offer`, a dead one is refused though the code itself may be typed.
#[tokio::test]
async fn a_dead_qr_code_is_worse_than_none() {
    let server = started(json!({ "living_qr": "offer" })).await;
    let asked = asked(&server).await;
    let photograph = drawn(&server, &asked);
    server.advance(60);
    assert!(!is_question(&scan(&server, "alice", &photograph).await));
    let typed = Phone::signed_in(&server, "alice").await.open(asked["user_code"].as_str().unwrap()).await;
    assert!(is_question(&typed));
}

/// R6.3a: a code of one request does not open another.
#[tokio::test]
async fn seeds_are_of_one_request() {
    let server = started(json!({ "living_qr": "require" })).await;
    let (one, two) = (asked(&server).await, asked(&server).await);
    assert_ne!(one["tandem_qr_seed"], two["tandem_qr_seed"]);
    let live = drawn(&server, &one).split_once("&live=").unwrap().1.to_owned();
    assert!(!is_question(&scan(&server, "alice", &format!("{}&live={live}", uri(&two))).await));
}

/// R6.1c, R6.3a: a device that cannot draw gets no seed; where only a living code opens the request, it is told so before
/// anybody scans in vain.
#[tokio::test]
async fn a_device_that_cannot_draw_is_told_at_once() {
    for (demand, begins) in [("off", true), ("offer", true), ("require", false)] {
        let server = started(json!({ "living_qr": demand })).await;
        for more in [&[][..], &[("tandem_living_qr", "false")]] {
            let form = [&[("client_id", "tv"), ("scope", "openid")], more].concat();
            let answer = server.post("/device_authorization", &form).await;
            if begins {
                assert_eq!(answer.status, 200, "{demand}: {}", answer.body);
                assert!(answer.json().get("tandem_qr_seed").is_none(), "{demand}");
            } else {
                answer.is_error(400, "invalid_request");
                let said = answer.json()["error_description"].as_str().unwrap().to_owned();
                assert!(said.contains("tandem_living_qr=true"), "{said}");
                assert_eq!(server.app.store.census().pending, 0, "nothing has begun");
            }
        }
    }
}

/// A request that is sent to a person has no QR code to draw: the demand is none of its business.
#[tokio::test]
async fn what_is_sent_to_a_person_needs_no_qr_code() {
    let server = TestServer::with(|config| {
        with_till(config);
        config.policy = policy(json!({ "establish_proximity": { "living_qr": "require" } }));
    })
    .await;
    let asked = server.ask_as("till", &[("scope", "openid"), ("login_hint", "alice")]).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
}
