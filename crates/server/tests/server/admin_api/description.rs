//! Is the description of the admin API true? Each route stands in it, and each answer keeps to it.

use super::schema::{breaches, resolve};
use super::{Desk, HERE, granted, server, sub};
use crate::support::Answer;
use axum::http::header;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tandem_server::routes::TEMPLATES;

const PLACE: &str = "/admin/v1/openapi.json";

/// The operations of a description: method, path, and what it says of them.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &'_ Value)| -> Vec<(String, String)> {
        let methods = item.as_object().unwrap().keys().filter(|key| *key != "parameters");
        methods.map(|method| (method.clone(), path.clone())).collect()
    };
    let named: Vec<_> = paths.iter().flat_map(of).collect();
    named
        .into_iter()
        .map(|(method, path)| {
            let described = &document["paths"][&path][&method];
            (method, path, described)
        })
        .collect()
}

#[tokio::test]
async fn anybody_may_read_it_and_it_names_every_route() {
    let server = server().await;
    let answer = server.get(PLACE).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
    let document = answer.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let described: BTreeSet<&str> =
        document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let routes = TEMPLATES.iter().copied().filter(|path| path.starts_with("/admin/") && !path.contains('*'));
    assert_eq!(described, routes.collect::<BTreeSet<_>>());
    let ids: BTreeSet<_> =
        operations(&document).iter().map(|(.., one)| one["operationId"].to_string()).collect();
    assert_eq!(ids.len(), 7);
}

/// The reverse: what is described is there, and asks for what the description says.
#[tokio::test]
async fn every_operation_is_there_with_the_right_that_it_says() {
    let server = server().await;
    let document = server.get(PLACE).await.json();
    let (desk, viewer) = (Desk::of(&server, "desk").await, Desk::of(&server, "viewer").await);
    for (method, path, described) in operations(&document) {
        let place = path.replace("{id}", "1");
        let call = async |desk: &Desk<'_>| match method.as_str() {
            "get" => desk.get(&place).await,
            "post" => desk.post(&place, &json!({})).await,
            other => panic!("{other}"),
        };
        let scopes: Vec<&str> = described["security"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["client"][0].as_str().unwrap())
            .collect();
        assert_ne!(call(&desk).await.status, 405, "{method} {path}");
        let viewer = call(&viewer).await.status;
        match scopes.as_slice() {
            [] => assert_eq!((viewer, path.as_str()), (200, PLACE)),
            ["incidents.manage"] => assert_eq!(viewer, 403, "{method} {path}"),
            ["incidents.read", "incidents.manage"] => assert!(matches!(viewer, 200 | 404), "{method} {path}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn every_example_keeps_to_its_schema_and_every_schema_is_strict() {
    let server = server().await;
    let document = server.get(PLACE).await.json();
    let mut seen = 0;
    for (method, path, described) in operations(&document) {
        let answers = described["responses"].as_object().unwrap().values().map(|one| resolve(&document, one));
        let bodies = described.get("requestBody").into_iter().chain(answers);
        for body in bodies {
            let media = &body["content"]["application/json"];
            assert!(body["content"].as_object().unwrap().len() == 1 && media.is_object(), "{method} {path}");
            for example in media["examples"].as_object().into_iter().flat_map(|all| all.values()) {
                assert_eq!(
                    breaches(&document, &media["schema"], &example["value"]),
                    [""; 0],
                    "{method} {path}"
                );
                seen += 1;
            }
        }
        if let Some(body) = described.get("requestBody") {
            let schema = resolve(&document, &body["content"]["application/json"]["schema"]);
            assert_eq!(schema["additionalProperties"], false, "{path} takes what it does not know");
            assert_ne!(breaches(&document, schema, &json!({ "unknown": 1 })), [""; 0]);
        }
    }
    assert!(seen >= 10, "{seen}");
    assert!(!document.to_string().contains("/definitions/"), "references lead into the components");
}

/// What `method path` may answer with this status.
fn schema_of<'d>(document: &'d Value, method: &str, path: &str, status: u16) -> &'d Value {
    let answer = &document["paths"][path][method]["responses"][status.to_string()];
    assert!(answer.is_object(), "{method} {path} is not said to answer {status}");
    &resolve(document, answer)["content"]["application/json"]["schema"]
}

#[tokio::test]
async fn what_really_comes_keeps_to_its_schema() {
    let server = server().await;
    let document = server.get(PLACE).await.json();
    let desk = Desk::of(&server, "desk").await;
    let viewer = Desk::of(&server, "viewer").await;
    let granted = granted(&server).await;
    let (one, contain, close, reopen) = (
        format!("{HERE}/{{id}}"),
        format!("{HERE}/{{id}}/contain"),
        format!("{HERE}/{{id}}/close"),
        format!("{HERE}/{{id}}/reopen"),
    );
    let at = |path: &str, id: &str| path.replace("{id}", id);
    let keeps = |method: &str, path: &str, status: u16, answer: &Answer| {
        assert_eq!(answer.status, status, "{}", answer.body);
        let schema = schema_of(&document, method, path, status);
        assert_eq!(breaches(&document, schema, &answer.json()), [""; 0], "{method} {path} {}", answer.body);
    };
    keeps("get", HERE, 200, &desk.get(HERE).await);
    keeps("post", HERE, 201, &desk.open("crossing", &granted.crossing, false).await);
    keeps("post", HERE, 200, &desk.open("crossing", &granted.crossing, false).await);
    keeps("post", HERE, 400, &desk.open("crossing", "x", false).await);
    keeps("post", HERE, 403, &viewer.open("crossing", "x", false).await);
    keeps("post", HERE, 415, &desk.press(HERE).await);
    keeps("post", HERE, 413, &desk.post(HERE, &json!("x".repeat(70_000))).await);
    keeps("post", HERE, 401, &server.post(HERE, &[]).await);
    keeps("get", &one, 200, &desk.get(&at(&one, "1")).await);
    keeps("get", &one, 404, &desk.get(&at(&one, "2")).await);
    keeps("post", &contain, 200, &desk.press(&at(&contain, "1")).await);
    keeps("post", &close, 200, &desk.post(&at(&close, "1"), &json!({ "note": "x" })).await);
    keeps("post", &contain, 409, &desk.press(&at(&contain, "1")).await);
    keeps("post", &reopen, 200, &desk.press(&at(&reopen, "1")).await);
    keeps("post", &reopen, 404, &desk.press(&at(&reopen, "9")).await);
    desk.open("person", &sub(&server, "bob").await, true).await;
    keeps("get", HERE, 200, &desk.get(&format!("{HERE}?limit=1")).await);
    keeps("get", HERE, 400, &desk.get(&format!("{HERE}?limit=x")).await);
    keeps("get", &one, 200, &desk.get(&at(&one, "1")).await);
}

/// A schema says yes to nothing that the server says no to: the limits are the same.
#[tokio::test]
async fn the_schema_and_the_server_have_the_same_limits() {
    let server = server().await;
    let document = server.get(PLACE).await.json();
    let desk = Desk::of(&server, "desk").await;
    let schema = &document["paths"][HERE]["post"]["requestBody"]["content"]["application/json"]["schema"];
    let alice = sub(&server, "alice").await;
    let body = |reason: String| json!({ "target": { "kind": "person", "id": alice }, "reason": reason });
    for (reason, fits) in [(1, true), (1000, true), (0, false), (1001, false)] {
        let body = body("電".repeat(reason));
        assert_eq!(breaches(&document, schema, &body).is_empty(), fits, "{reason}");
        assert_eq!(desk.post(HERE, &body).await.status == 201, fits, "{reason}");
    }
}
