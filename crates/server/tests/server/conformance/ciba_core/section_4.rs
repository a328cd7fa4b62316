//! Section 4: what the server says of itself, and which registrations it takes.

use crate::support::ciba::{asker, pinged, pushed_to};
use crate::support::{ISSUER, Key, START, TestServer, jwks, policy};
use serde_json::json;
use tandem_core::jose::Algorithm;
use tandem_server::app::App;
use tandem_server::clients::from_config;
use tandem_server::clock::Clock;
use tandem_server::config::{
    AuthMethod, Client, ClientProfile, DeliveryMode, GrantType, Network, SigningAlgorithm,
};
use url::Url;

#[tokio::test]
async fn the_metadata_says_what_the_flow_can_do() {
    let server = TestServer::with_till().await;
    for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
        let metadata = server.get(path).await.json();
        assert_eq!(
            metadata["backchannel_authentication_endpoint"],
            format!("{ISSUER}/backchannel_authentication")
        );
        assert_eq!(metadata["backchannel_token_delivery_modes_supported"], json!(["poll", "ping", "push"]));
        assert_eq!(metadata["backchannel_user_code_parameter_supported"], true);
        assert_eq!(metadata["authorization_details_types_supported"], json!(["payment"]));
        assert_eq!(metadata["acr_values_supported"], json!(["phr"]));
        let grants = metadata["grant_types_supported"].as_array().unwrap();
        assert!(grants.contains(&json!("urn:openid:params:grant-type:ciba")));
        let algorithms =
            metadata["backchannel_authentication_request_signing_alg_values_supported"].as_array().unwrap();
        for algorithm in ["ES256", "PS256", "RS256", "EdDSA"] {
            assert!(algorithms.contains(&json!(algorithm)), "{algorithm}");
        }
        assert_eq!(algorithms.len(), 4, "asymmetric ones only: {algorithms:?}");
    }
}

#[tokio::test]
async fn the_endpoint_has_an_alias_for_mutual_tls() {
    let server = TestServer::with(|config| {
        config.proxy.trusted_proxies = vec![Network::try_from("192.0.2.1".to_owned()).unwrap()];
        config.proxy.client_certificate_header = Some("client-cert".to_owned());
        config.tls.mtls_base_url = Some(Url::parse("https://mtls.example.com").unwrap());
    })
    .await;
    let metadata = server.get("/.well-known/openid-configuration").await.json();
    let alias = &metadata["mtls_endpoint_aliases"]["backchannel_authentication_endpoint"];
    assert_eq!(alias, "https://mtls.example.com/backchannel_authentication");
}

/// What the server says of a registration; nothing if it takes it.
fn refusal(client: &Client) -> String {
    let read = from_config(client, &[Algorithm::ES256, Algorithm::RS256, Algorithm::PS256]).unwrap();
    read.check().err().map(|error| error.to_string()).unwrap_or_default()
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn endpoint() -> Url {
    url("https://client.example.com/ciba")
}

#[test]
fn good_registrations_are_taken() {
    let key = Key::new();
    let es256 = Some(SigningAlgorithm::Es256);
    let signing = Client {
        backchannel_authentication_request_signing_alg: es256,
        jwks: jwks(&[key.jwk()]),
        ..asker("signing")
    };
    for client in [
        asker("poll"),
        pinged("ping", &endpoint()),
        pinged("local", &url("http://localhost:8080/ciba")),
        pinged("loopback", &url("http://127.0.0.1:8080/ciba")),
        pushed_to("push", &endpoint()),
        Client { grant_types: vec![GrantType::Ciba], ..pushed_to("push-with-grant", &endpoint()) },
        signing,
        Client { tandem_long_polling: 30, ..asker("patient") },
        Client { backchannel_user_code_parameter: true, ..asker("coded") },
    ] {
        assert_eq!(refusal(&client), "", "{}", client.client_id);
    }
}

#[test]
fn a_public_client_cannot_register() {
    let public = |client: Client| Client {
        token_endpoint_auth_method: AuthMethod::None,
        client_secret: None,
        ..client
    };
    for client in [asker("a"), pinged("b", &endpoint()), pushed_to("c", &endpoint())] {
        assert!(refusal(&public(client)).contains("public client"));
    }
}

#[test]
fn a_notification_endpoint_is_there_exactly_where_it_is_used() {
    for mode in [DeliveryMode::Ping, DeliveryMode::Push] {
        let without = Client { backchannel_token_delivery_mode: Some(mode), ..asker("a") };
        assert!(refusal(&without).contains("backchannel_client_notification_endpoint"), "{mode:?}");
    }
    let poll = Client { backchannel_client_notification_endpoint: Some(endpoint()), ..asker("a") };
    assert!(refusal(&poll).contains("backchannel_client_notification_endpoint"));
}

#[test]
fn a_notification_endpoint_is_an_https_address() {
    for wrong in [
        "http://client.example.com/ciba",
        "http://192.0.2.7/ciba",
        "http://localhost.example.com/ciba",
        "ftp://client.example.com/ciba",
        "https://user@client.example.com/ciba",
        "https://user:secret@client.example.com/ciba",
        "https://client.example.com/ciba#part",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ] {
        for client in [pinged("a", &url(wrong)), pushed_to("a", &url(wrong))] {
            assert!(refusal(&client).contains("https address"), "{wrong}");
        }
    }
}

#[test]
fn mode_and_grant_go_together() {
    let grants = |grants: &[GrantType], client: Client| Client { grant_types: grants.to_vec(), ..client };
    let no_mode = Client { backchannel_token_delivery_mode: None, ..asker("a") };
    assert!(refusal(&no_mode).contains("go together"));
    for client in [asker("a"), pinged("a", &endpoint())] {
        assert!(refusal(&grants(&[GrantType::DeviceCode], client)).contains("go together"));
    }
    let neither =
        Client { backchannel_token_delivery_mode: None, ..grants(&[GrantType::DeviceCode], asker("a")) };
    assert_eq!(refusal(&neither), "");
}

#[test]
fn signed_requests_need_keys_and_an_asymmetric_algorithm() {
    let es256 = Some(SigningAlgorithm::Es256);
    let keyless = Client { backchannel_authentication_request_signing_alg: es256, ..asker("a") };
    assert!(refusal(&keyless).contains("needs jwks"));
    let unused = Client { jwks: jwks(&[Key::new().jwk()]), ..asker("a") };
    assert!(refusal(&unused).contains("jwks"));
    for algorithm in ["none", "HS256", "ES512", "es256"] {
        let json = json!({ "client_id": "a", "backchannel_authentication_request_signing_alg": algorithm });
        assert!(serde_json::from_value::<Client>(json).is_err(), "{algorithm}");
    }
}

#[test]
fn a_poll_waits_half_a_minute_at_most() {
    assert!(refusal(&Client { tandem_long_polling: 31, ..asker("a") }).contains("tandem_long_polling"));
}

#[test]
fn pushed_tokens_cannot_be_bound_to_a_certificate() {
    let bound = |client: Client| Client { tls_client_certificate_bound_access_tokens: true, ..client };
    let push = bound(pushed_to("a", &endpoint()));
    assert!(refusal(&push).contains("push"), "nobody shows a certificate when tokens are pushed");
    let by_key =
        Client { tls_client_certificate_bound_access_tokens: false, dpop_bound_access_tokens: true, ..push };
    assert_eq!(refusal(&by_key), "", "the key is pinned instead");
    assert_eq!(refusal(&bound(pinged("a", &endpoint()))), "");
}

#[test]
fn a_profile_forbids_push() {
    let fapi = Client { tandem_profile: Some(ClientProfile::FapiCiba), ..pushed_to("a", &endpoint()) };
    assert!(refusal(&fapi).contains("fapi_ciba"));
}

#[tokio::test]
async fn a_server_does_not_start_with_a_registration_that_contradicts_itself() {
    let server = TestServer::with_till().await;
    let open = async |client: Client, name: &str| {
        let mut config = server.app.config.clone();
        config.data_dir = config.data_dir.join(name);
        config.clients.push(client);
        App::open(config, Clock::manual(START)).await.map(drop).map_err(|error| error.to_string())
    };
    let nowhere = Client { backchannel_client_notification_endpoint: None, ..pinged("shop", &endpoint()) };
    let refused = open(nowhere, "one").await.unwrap_err();
    assert!(refused.contains("shop") && refused.contains("notification_endpoint"), "{refused}");
    open(pinged("shop", &endpoint()), "two").await.unwrap();
}

#[test]
fn settings_that_contradict_each_other_are_named() {
    let checked = |change: &dyn Fn(&mut tandem_server::config::Config)| {
        let mut config = tandem_server::config::Config::default();
        change(&mut config);
        config.check().err().map(|errors| errors.to_string()).unwrap_or_default()
    };
    let told = checked(&|config| config.ciba.request_lifetime = 5);
    assert!(told.contains("ciba.request_lifetime"), "{told}");
    let told =
        checked(&|config| config.ciba.policy = policy(json!({ "rate_limits": { "longest_cool_down": 30 } })));
    assert!(told.contains("ciba.policy.rate_limits.longest_cool_down"), "{told}");
    let told = checked(&|config| {
        let unknown = vec!["payment".to_owned()];
        config.clients.push(Client { authorization_details_types: unknown, ..asker("a") });
    });
    assert!(told.contains("authorization_details"), "{told}");
    let told = checked(&|config| {
        let issuer = "https://hints.example.com".to_owned();
        config
            .login_hint_token_issuers
            .push(tandem_server::config::HintTokenIssuer { issuer, ..Default::default() });
    });
    assert!(told.contains("login_hint_token_issuers[0].jwks"), "{told}");
}
