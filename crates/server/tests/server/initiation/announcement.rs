//! Does the metadata say which extensions do something here?

use super::{till_asks, tv_asks, under};
use crate::support::{Codes, TestServer, policy};
use serde_json::{Value, json};
use tandem_server::config::Client;

async fn listed(server: &TestServer, member: &str) -> Vec<String> {
    let json = server.get("/.well-known/oauth-authorization-server").await.json();
    let all = json.get(member).and_then(Value::as_array).cloned().unwrap_or_default();
    all.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

const INITIATION: &str = "tandem_initiation_parameters_supported";
const TOKEN: &str = "tandem_token_parameters_supported";

/// R6.16a, R6.17, R6.15: what is always understood is always listed; what a policy switches off is not.
#[tokio::test]
async fn only_what_does_something_is_announced() {
    let off =
        json!({ "establish_proximity": { "coordinates": "off", "living_qr": "off", "geolocation": "off" } });
    let server = under(off).await;
    let always =
        ["tandem_binding_data", "tandem_binding_label", "tandem_initiator_token", "tandem_number_matching"];
    assert_eq!(listed(&server, INITIATION).await, always);
    assert!(listed(&server, TOKEN).await.is_empty());
    let on = json!({
        "establish_proximity": { "living_qr": "offer" },
        "request_initiation_verification": { "pin": "always" },
    });
    let server = under(on).await;
    let all = listed(&server, INITIATION).await;
    for name in always.iter().chain(&["tandem_device_coordinates", "tandem_living_qr"]) {
        assert!(all.iter().any(|listed| listed == name), "{name}");
    }
    assert_eq!(listed(&server, TOKEN).await, ["tandem_pin"]);
}

/// One client whose policy wants something is enough.
#[tokio::test]
async fn a_single_clients_policy_is_announced() {
    let server = TestServer::with(|config| {
        let says = policy(json!({ "request_initiation_verification": { "pin": "always" } }));
        config.clients.push(Client { tandem_policy: says, ..config.clients[0].clone() });
        config.clients.last_mut().unwrap().client_id = "strict".to_owned();
    })
    .await;
    assert_eq!(listed(&server, TOKEN).await, ["tandem_pin"]);
}

/// Who knows no extension meets the protocol as it is written.
#[tokio::test]
async fn who_ignores_the_extensions_misses_nothing() {
    let server = under(json!({})).await;
    let codes = tv_asks(&server, &[]).await;
    Codes::read(&codes);
    for answer in [codes, till_asks(&server, &[]).await] {
        let names: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
        assert!(names.iter().all(|name| !name.starts_with("tandem_")), "{names:?}");
    }
}
