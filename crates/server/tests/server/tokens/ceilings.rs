//! Does policy shorten what is granted, and is the client told?

use crate::support::ciba::with_till;
use crate::support::{Phone, TestServer, policy};
use serde_json::{Value, json};

/// The tokens of a device flow under this policy of the device grant, answered from this address.
async fn granted(says: Value, address: &'static str) -> (TestServer, Value) {
    let server = TestServer::with(|config| config.device_authorization.policy = policy(says)).await;
    let codes = server.device_authorization().await;
    let phone = Phone::at(&server, address);
    phone.sign_in("alice", crate::support::PASSWORD).await;
    phone.allow(&codes.user_code).await;
    let tokens = server.poll(&codes.device_code).await.json();
    (server, tokens)
}

/// R6.10: off, the server's own settings count.
#[tokio::test]
async fn without_a_ceiling_tokens_live_as_server_and_client_say() {
    let (server, tokens) = granted(json!({}), crate::support::PHONE).await;
    assert_eq!(tokens["expires_in"], server.app.config.tokens.access_token_lifetime);
    assert_eq!(tokens["tandem_refresh_token_expires_in"], server.app.config.tokens.refresh_token_lifetime);
}

/// R6.10: access and refresh tokens end by policy, and a refresh does not prolong them.
#[tokio::test]
async fn a_ceiling_shortens_tokens_and_the_response_says_so() {
    let says = json!({ "short_lived_tokens":
        { "access_token": 60, "access_token_at_risk": 60, "refresh_token": 900, "refresh_token_at_risk": 900 } });
    let (server, tokens) = granted(says, crate::support::PHONE).await;
    assert_eq!(
        (&tokens["expires_in"], &tokens["tandem_refresh_token_expires_in"]),
        (&json!(60), &json!(900))
    );
    let access = tokens["access_token"].as_str().unwrap();
    assert!(server.is_active(access).await);
    server.advance(61);
    assert!(!server.is_active(access).await);
    let next = server.refresh(tokens["refresh_token"].as_str().unwrap()).await.json();
    assert_eq!((&next["expires_in"], &next["tandem_refresh_token_expires_in"]), (&json!(60), &json!(839)));
    server.advance(900);
    server.refresh(next["refresh_token"].as_str().unwrap()).await.is_error(400, "invalid_grant");
}

/// R6.10: zero gives no refresh token at all.
#[tokio::test]
async fn no_refresh_token_where_policy_gives_none() {
    let says = json!({ "short_lived_tokens": { "refresh_token": 0, "refresh_token_at_risk": 0 } });
    let (_, tokens) = granted(says, crate::support::PHONE).await;
    assert!(tokens["access_token"].is_string());
    assert!(tokens.get("refresh_token").is_none() && tokens.get("tandem_refresh_token_expires_in").is_none());
    assert_eq!(tokens["scope"], "openid profile email offline_access", "the scope is what was granted");
}

/// R6.9, R6.10: where the devices are apart less is granted, for a shorter time; where they are not, all of it.
#[tokio::test]
async fn a_raised_risk_lowers_the_ceilings() {
    let says = json!({
        "establish_proximity": { "network": "limit" },
        "short_lived_tokens": { "access_token_at_risk": 45 },
        "limited_scopes": { "most_at_risk": "openid offline_access" },
        "user_education": { "interstitial": "never" },
    });
    let (_, near) = granted(says.clone(), crate::support::DEVICE).await;
    assert_eq!(
        (&near["expires_in"], &near["scope"]),
        (&json!(600), &json!("openid profile email offline_access"))
    );
    let (server, far) = granted(says, crate::support::PHONE).await;
    assert_eq!((&far["expires_in"], &far["scope"]), (&json!(45), &json!("openid offline_access")));
    let next = server.refresh(far["refresh_token"].as_str().unwrap()).await.json();
    assert_eq!(next["expires_in"], 45, "a refresh does not forget the risk");
}

/// R6.9: a ceiling on scopes, told to the client, and what the client asked for beyond it is not granted.
#[tokio::test]
async fn scopes_have_a_ceiling() {
    let (_, all) = granted(json!({}), crate::support::PHONE).await;
    assert_eq!(all["scope"], "openid profile email offline_access");
    let (_, few) =
        granted(json!({ "limited_scopes": { "most": "openid phone" } }), crate::support::PHONE).await;
    assert_eq!(few["scope"], "openid");
    assert!(few.get("refresh_token").is_none(), "offline_access was not granted");
}

/// R6.9: a device that proved no identity of its own gets less.
#[tokio::test]
async fn unknown_devices_have_a_ceiling_of_their_own() {
    let says = json!({ "limited_scopes": { "most_for_unknown_devices": "openid" } });
    let (_, tokens) = granted(says, crate::support::PHONE).await;
    assert_eq!(tokens["scope"], "openid");
}

/// R6.12: a key can be demanded of every request of a flow, and of none of the other's.
#[tokio::test]
async fn a_key_can_be_demanded_of_a_whole_flow() {
    let server = TestServer::with(|config| {
        with_till(config);
        config.device_authorization.policy =
            policy(json!({ "sender_constrained_tokens": { "demand": "always" } }));
    })
    .await;
    let refused = server.post("/device_authorization", &[("client_id", "tv")]).await;
    refused.is_error(400, "invalid_request");
    assert!(refused.json()["error_description"].as_str().unwrap().contains("DPoP"), "{}", refused.body);
    server.ask().await;
}

/// R6.9, R6.10: a client's own policy comes after the flow's, in both rooms.
#[tokio::test]
async fn a_client_has_a_policy_of_its_own() {
    let server = TestServer::with(|config| {
        with_till(config);
        config.ciba.policy =
            policy(json!({ "short_lived_tokens": { "access_token": 200, "access_token_at_risk": 200 } }));
        for client in config.clients.iter_mut().filter(|client| client.client_id == "till") {
            client.tandem_policy =
                policy(json!({ "short_lived_tokens": { "access_token": 100, "access_token_at_risk": 100 } }));
        }
    })
    .await;
    let id = server.approved("till").await;
    assert_eq!(server.collect(&id).await.json()["expires_in"], 100);
}
