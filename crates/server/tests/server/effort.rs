//! What does each operation cost, counted and not timed? Signatures, verifications, journal and family rows, commits.

use crate::support::ciba::{ASK, CIBA, asker, auth_req_id};
use crate::support::{Answer, Codes, DEVICE_CODE, ISSUER, Key, Phone, TestServer, form_request, uuid};
use serde_json::json;
use tandem_server::config::{AuthMethod, Client};

/// What was done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cost {
    signatures: u64,
    verifications: u64,
    journal_rows: u64,
    family_rows: u64,
}

fn spent(server: &TestServer) -> (Cost, u64) {
    let census = server.app.store.census();
    let cost = Cost {
        signatures: server.app.effort.signatures(),
        verifications: server.app.effort.verifications(),
        journal_rows: census.journal_rows,
        family_rows: census.family_rows,
    };
    (cost, census.commits)
}

/// What `operation` costs, and how many commits it waited for at most.
async fn cost(server: &TestServer, operation: impl AsyncFnOnce()) -> ((u64, u64, u64, u64), u64) {
    let (before, commits) = spent(server);
    operation().await;
    let (after, now) = spent(server);
    let cost = (
        after.signatures - before.signatures,
        after.verifications - before.verifications,
        after.journal_rows - before.journal_rows,
        after.family_rows - before.family_rows,
    );
    (cost, now - commits)
}

async fn with_proof(server: &TestServer, key: &Key, form: &[(&str, &str)]) -> Answer {
    let mut request = form_request("/token", form);
    let proof = key.proof("POST", &format!("{ISSUER}/token"), server.now().as_secs(), &json!({}));
    request.headers_mut().insert("dpop", proof.parse().unwrap());
    server.send(request).await
}

#[tokio::test]
async fn a_device_flow_signs_two_tokens_and_writes_three_journal_rows_and_one_family() {
    let server = TestServer::start().await;
    let phone = Phone::signed_in(&server, "alice").await;
    let (cost, commits) = cost(&server, async || {
        let codes = server.device_authorization().await;
        phone.allow(&codes.user_code).await;
        assert_eq!(server.poll(&codes.device_code).await.status, 200);
    })
    .await;
    // Initiated, presented, approved, redeemed: the presentation is the page's, the other three the flow's.
    assert_eq!(cost, (2, 0, 4, 1));
    assert!(commits <= 3, "{commits} commits: approval, redemption, and one for what waits for nobody");
}

#[tokio::test]
async fn a_pending_poll_costs_nothing_that_is_dear() {
    let server = TestServer::start().await;
    let codes = server.device_authorization().await;
    let (cost, _) = cost(&server, async || {
        for _ in 0..20 {
            server.advance(5);
            server.poll(&codes.device_code).await.is_error(400, "authorization_pending");
        }
    })
    .await;
    assert_eq!((cost.0, cost.1, cost.3), (0, 0, 0));
    assert!(cost.2 <= 1, "the initiation's own late row at most");
}

#[tokio::test]
async fn introspecting_an_opaque_token_verifies_no_signature_and_a_jwt_one() {
    let server = TestServer::start().await;
    let jwt = server.granted().await["access_token"].as_str().unwrap().to_owned();
    let codes = Codes::read(&server.post_as("kiosk", "/device_authorization", &[("scope", "openid")]).await);
    Phone::signed_in(&server, "bob").await.allow(&codes.user_code).await;
    let form = [("grant_type", DEVICE_CODE), ("device_code", codes.device_code.as_str())];
    let opaque =
        server.post_as("kiosk", "/token", &form).await.json()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(cost(&server, async || assert!(server.is_active(&opaque).await)).await.0, (0, 0, 0, 0));
    assert_eq!(cost(&server, async || assert!(server.is_active(&jwt).await)).await.0, (0, 1, 0, 0));
    let forged = format!("{}AAAA", &jwt[..jwt.len() - 4]);
    let unknown = cost(&server, async || assert!(!server.is_active("a.b.c").await)).await.0;
    assert_eq!(unknown, (0, 0, 0, 0), "nonsense is refused before any signature is looked at");
    assert_eq!(cost(&server, async || assert!(!server.is_active(&forged).await)).await.0, (0, 1, 0, 0));
}

#[tokio::test]
async fn a_refresh_signs_two_tokens_in_one_commit_and_dpop_adds_one_verification() {
    let server = TestServer::start().await;
    let tokens = server.granted().await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let (plain, commits) = cost(&server, async || {
        assert_eq!(server.refresh(refresh).await.status, 200);
    })
    .await;
    assert_eq!((plain, commits), ((2, 0, 0, 1), 1));

    let key = Key::new();
    let codes = server.device_authorization().await;
    Phone::signed_in(&server, "alice").await.allow(&codes.user_code).await;
    let form =
        [("grant_type", DEVICE_CODE), ("client_id", "tv"), ("device_code", codes.device_code.as_str())];
    let bound = with_proof(&server, &key, &form).await.json()["refresh_token"].as_str().unwrap().to_owned();
    let form = [("grant_type", "refresh_token"), ("client_id", "tv"), ("refresh_token", bound.as_str())];
    let (dpop, _) = cost(&server, async || {
        assert_eq!(with_proof(&server, &key, &form).await.status, 200);
    })
    .await;
    assert_eq!(dpop, (2, 1, 0, 1));
}

#[tokio::test]
async fn a_backchannel_flow_costs_what_a_device_flow_costs() {
    let server = TestServer::with_till().await;
    let phone = Phone::signed_in(&server, "alice").await;
    let (spent, commits) = cost(&server, async || {
        let id = server.ask().await;
        assert_eq!(phone.answer_request("allow", &[]).await.status, 200);
        assert_eq!(server.collect(&id).await.status, 200);
    })
    .await;
    assert_eq!(spent, (2, 0, 4, 1));
    assert!(commits <= 3, "{commits} commits: approval, redemption, and one for what waits for nobody");
    let (waiting, _) = cost(&server, async || {
        let id = server.ask().await;
        for _ in 0..10 {
            server.advance(5);
            server.collect(&id).await.is_error(400, "authorization_pending");
        }
    })
    .await;
    assert_eq!((waiting.0, waiting.1, waiting.3), (0, 0, 0));
}

#[tokio::test]
async fn an_assertion_adds_one_verification_to_each_request() {
    let key = Key::new();
    let jwks = json!({ "keys": [key.jwk()] });
    let server = TestServer::with(|config| {
        config.clients.push(Client {
            token_endpoint_auth_method: AuthMethod::PrivateKeyJwt,
            client_secret: None,
            jwks: jwks.as_object().cloned(),
            ..asker("signer")
        });
    })
    .await;
    let phone = Phone::signed_in(&server, "alice").await;
    let assertion = || {
        let now = server.now().as_secs();
        key.sign(&json!({ "iss": "signer", "sub": "signer", "aud": ISSUER, "jti": uuid(), "exp": now + 60 }))
    };
    let with_assertion = async |path: &str, form: &[(&str, &str)]| {
        let (kind, assertion) = ("urn:ietf:params:oauth:client-assertion-type:jwt-bearer", assertion());
        let more = [("client_assertion_type", kind), ("client_assertion", assertion.as_str())];
        server.post(path, &[form, &more].concat()).await
    };
    let (spent, _) = cost(&server, async || {
        let asked = with_assertion(ASK, &[("scope", "openid"), ("login_hint", "alice")]).await;
        let id = auth_req_id(&asked);
        assert_eq!(phone.answer_request("allow", &[]).await.status, 200);
        let tokens = with_assertion("/token", &[("grant_type", CIBA), ("auth_req_id", &id)]).await;
        assert_eq!(tokens.status, 200, "{}", tokens.body);
    })
    .await;
    assert_eq!(spent, (2, 2, 4, 1));
}
