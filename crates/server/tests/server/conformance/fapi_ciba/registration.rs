//! Which clients can be of the profile?

use super::{certificate_bound, fapi};
use crate::support::ciba::{pinged, pushed_to};
use crate::support::{Key, SECRET};
use tandem_core::jose::Algorithm;
use tandem_server::clients::from_config;
use tandem_server::config::{AuthMethod, Client, Secret, SigningAlgorithm};

fn refusal(client: &Client) -> String {
    let read = from_config(client, &[Algorithm::ES256, Algorithm::RS256, Algorithm::PS256, Algorithm::EdDSA]);
    read.unwrap().check().err().map(|error| error.to_string()).unwrap_or_default()
}

fn good() -> Client {
    fapi("bank", &[Key::new().jwk()])
}

#[test]
fn s5_2_2_strong_clients_can_register() {
    let ps256 = Some(SigningAlgorithm::Ps256);
    let endpoint = "https://bank.example.com/ciba".parse().unwrap();
    let ping = pinged("bank", &endpoint);
    for client in [
        good(),
        certificate_bound(good()),
        Client { tls_client_certificate_bound_access_tokens: true, ..good() },
        Client { backchannel_authentication_request_signing_alg: ps256, ..good() },
        Client {
            token_endpoint_auth_method: AuthMethod::SelfSignedTlsClientAuth,
            ..certificate_bound(good())
        },
        Client {
            token_endpoint_auth_method: AuthMethod::TlsClientAuth,
            tls_client_auth_subject_dn: Some("CN=bank".to_owned()),
            ..certificate_bound(good())
        },
        Client {
            backchannel_token_delivery_mode: ping.backchannel_token_delivery_mode,
            backchannel_client_notification_endpoint: ping.backchannel_client_notification_endpoint,
            ..good()
        },
    ] {
        assert_eq!(refusal(&client), "");
    }
}

#[test]
fn s5_2_2_a_client_with_a_secret_or_without_anything_cannot() {
    for method in [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost] {
        let secret = Some(Secret::new(SECRET.to_owned()));
        let client = Client { token_endpoint_auth_method: method, client_secret: secret, ..good() };
        assert!(refusal(&client).contains("private_key_jwt"), "{method:?}");
    }
    let public = Client { token_endpoint_auth_method: AuthMethod::None, ..good() };
    assert!(!refusal(&public).is_empty());
}

#[test]
fn s5_2_2_push_is_forbidden() {
    let push = pushed_to("bank", &"https://bank.example.com/ciba".parse().unwrap());
    let client = Client {
        backchannel_token_delivery_mode: push.backchannel_token_delivery_mode,
        backchannel_client_notification_endpoint: push.backchannel_client_notification_endpoint,
        ..good()
    };
    assert!(refusal(&client).contains("poll or ping"));
}

#[test]
fn s5_2_2_requests_are_signed_with_ps256_or_es256() {
    for algorithm in [None, Some(SigningAlgorithm::Rs256), Some(SigningAlgorithm::EdDsa)] {
        let client = Client { backchannel_authentication_request_signing_alg: algorithm, ..good() };
        assert!(refusal(&client).contains("request_signing_alg PS256 or ES256"), "{algorithm:?}");
    }
}

#[test]
fn s5_2_2_tokens_are_bound() {
    let client = Client { dpop_bound_access_tokens: false, ..good() };
    assert!(refusal(&client).contains("bound_access_tokens"));
}

#[test]
fn tokens_are_signed_with_ps256_or_es256() {
    for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::EdDsa] {
        let client = Client { id_token_signed_response_alg: Some(algorithm), ..good() };
        assert!(refusal(&client).contains("id_token_signed_response_alg"));
        let client = Client { tandem_access_token_signing_alg: Some(algorithm), ..good() };
        assert!(refusal(&client).contains("tandem_access_token_signing_alg"));
    }
}
