//! From the till to the phone and back.

use super::phone_app::PhoneApp;
use crate::support::{TestServer, claims_of};
use serde_json::{Value, json};
use tandem_core::crossing::CrossingId;

fn id_of(request: &Value) -> CrossingId {
    CrossingId::parse(request["id"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_payment_is_asked_at_the_till_and_approved_in_the_app() {
    let server = TestServer::with_till().await;
    let app = PhoneApp::of(&server, "alice").await;
    let details = r#"[{"type":"payment","amount":"34.50","payee":"Cellar"}]"#;
    let form = [
        ("scope", "openid"),
        ("login_hint", "alice"),
        ("binding_message", "Till 4"),
        ("acr_values", "phr"),
        ("authorization_details", details),
        ("tandem_number_matching", "true"),
    ];
    let asked = server.ask_as("till", &form).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
    let asked = asked.json();
    let auth_req_id = asked["auth_req_id"].as_str().unwrap();
    server.collect(auth_req_id).await.is_error(400, "authorization_pending");

    let request = app.list().await.remove(0);
    assert_eq!(request["details"], json!(["Pay 34.50 to Cellar"]));
    let (id, number) = (id_of(&request), &asked["tandem_number"]);
    assert!(request["number"]["choices"].as_array().unwrap().contains(number), "{request} {number}");
    let mut claims = app.claims(id, "approve").await;
    claims["number"] = number.clone();
    assert_eq!(app.decide(id, &claims).await.json(), json!({ "outcome": "approved" }));

    server.advance(5);
    let tokens = server.collect(auth_req_id).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let tokens = tokens.json();
    let id_token = claims_of(tokens["id_token"].as_str().unwrap());
    assert_eq!((&id_token["acr"], &id_token["amr"]), (&json!("phr"), &json!(["pop", "user"])));
    assert_eq!(tokens["authorization_details"], serde_json::from_str::<Value>(details).unwrap());
    app.show(id).await.is_error(404, "invalid_request");
}

#[tokio::test]
async fn a_no_in_the_app_is_a_no_at_the_till() {
    let server = TestServer::with_till().await;
    let app = PhoneApp::of(&server, "alice").await;
    let auth_req_id = server.ask().await;
    let id = id_of(&app.list().await[0]);
    assert_eq!(id, CrossingId::of_secret(&auth_req_id));
    assert_eq!(
        app.decide(id, &app.claims(id, "report").await).await.json(),
        json!({ "outcome": "reported" })
    );
    server.collect(&auth_req_id).await.is_error(400, "access_denied");
}
