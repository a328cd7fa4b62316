//! Who gets in at the admin API, and what is refused at its door?

use super::{Desk, HERE, server, sub};
use crate::support::{ISSUER, Key, Phone, SECRET, TestServer, basic, form_request, service};
use axum::body::Body;
use axum::http::{HeaderName, Method, Request, header};
use serde_json::{Value, json};
use tandem_core::digest::Digest;
use tandem_server::admin_api::Operation;

const DPOP: HeaderName = HeaderName::from_static("dpop");

/// Every operation that needs a token, at an address that is there or could be.
fn guarded() -> impl Iterator<Item = (Method, String)> {
    let guarded = Operation::ALL.into_iter().filter(|operation| *operation != Operation::Describe);
    guarded.map(|operation| {
        let method = operation.method().to_uppercase().parse().unwrap();
        (method, operation.path().replace("{id}", "1"))
    })
}

fn request(method: &Method, path: &str) -> Request<Body> {
    let request =
        Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
    request.body(Body::from("{}")).unwrap()
}

#[tokio::test]
async fn without_a_good_token_nobody_gets_in() {
    let server = server().await;
    let good = server.service_token("desk").await;
    let persons = server.granted().await["access_token"].as_str().unwrap().to_owned();
    let phone = Phone::signed_in(&server, "alice").await;
    for (method, path) in guarded() {
        let bare = server.send(request(&method, &path)).await;
        bare.is_error(401, "invalid_token");
        assert!(bare.header(header::WWW_AUTHENTICATE).starts_with("Bearer"));
        let session = phone.send(request(&method, &path)).await;
        session.is_error(401, "invalid_token");
        let bad = [
            "Bearer x".to_owned(),
            format!("Bearer {}x", &good[..good.len() - 1]),
            // What a person granted is no right of a program.
            format!("Bearer {persons}"),
            format!("DPoP {good}"),
            basic("desk", SECRET),
        ];
        for authorization in bad {
            let mut asked = request(&method, &path);
            asked.headers_mut().insert(header::AUTHORIZATION, authorization.parse().unwrap());
            server.send(asked).await.is_error(401, "invalid_token");
        }
        let in_address = server.send(request(&method, &format!("{path}?access_token={good}"))).await;
        in_address.is_error(401, "invalid_token");
    }
}

#[tokio::test]
async fn a_token_opens_only_what_its_scope_says() {
    let server = server().await;
    let (viewer, filter) = (Desk::of(&server, "viewer").await, Desk::of(&server, "filter").await);
    for (method, path) in guarded() {
        let refused = filter.send(request(&method, &path)).await;
        refused.is_error(403, "insufficient_scope");
        assert!(refused.header(header::WWW_AUTHENTICATE).contains("incidents.manage"));
        let answer = viewer.send(request(&method, &path)).await;
        if method == Method::GET {
            assert!(matches!(answer.status, 200 | 404), "{method} {path}: {}", answer.status);
        } else {
            answer.is_error(403, "insufficient_scope");
        }
    }
    let alice = sub(&server, "alice").await;
    viewer.open("person", &alice, true).await.is_error(403, "insufficient_scope");
    let found = viewer.get(HERE).await.json();
    assert_eq!(found, json!({ "incidents": [] }), "nothing was opened on the way");
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_with_its_clients_registration() {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    assert_eq!(desk.get(HERE).await.status, 200);
    server.advance(601);
    desk.get(HERE).await.is_error(401, "invalid_token");
}

async fn bound(server: &TestServer, key: &Key) -> String {
    let now = server.now().as_secs();
    let mut asked = form_request("/token", &[("grant_type", "client_credentials")]);
    asked.headers_mut().insert(header::AUTHORIZATION, basic("bound", SECRET).parse().unwrap());
    let proof = key.proof("POST", &format!("{ISSUER}/token"), now, &json!({}));
    asked.headers_mut().insert(DPOP, proof.parse().unwrap());
    let answer = server.send(asked).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_bound_token_needs_a_proof_of_its_key_for_this_address() {
    let mut client = service("bound", "incidents.manage");
    client.dpop_bound_access_tokens = true;
    let server = TestServer::with(|config| config.clients.push(client)).await;
    let (key, stranger) = (Key::new(), Key::new());
    let token = bound(&server, &key).await;
    let path = format!("{HERE}/17/contain");
    let ath = json!({ "ath": Digest::of(token.as_bytes()).to_string() });
    let now = server.now().as_secs();
    let call = async |scheme: &str, proof: Option<String>| {
        let mut asked = request(&Method::POST, &path);
        asked.headers_mut().insert(header::AUTHORIZATION, format!("{scheme} {token}").parse().unwrap());
        if let Some(proof) = proof {
            asked.headers_mut().insert(DPOP, proof.parse().unwrap());
        }
        server.send(asked).await
    };
    let htu = format!("{ISSUER}{path}");
    call("Bearer", None).await.is_error(401, "invalid_token");
    call("DPoP", None).await.is_error(401, "invalid_token");
    let wrong: [(&str, String, &Value); 3] = [
        ("GET", htu.clone(), &ath),
        ("POST", format!("{ISSUER}{HERE}/18/contain"), &ath),
        ("POST", htu.clone(), &json!({ "ath": "x" })),
    ];
    for (method, htu, extra) in wrong {
        assert_eq!(
            call("DPoP", Some(key.proof(method, &htu, now, extra))).await.status,
            401,
            "{method} {htu}"
        );
    }
    assert_eq!(call("DPoP", Some(stranger.proof("POST", &htu, now, &ath))).await.status, 401);
    let good = key.proof("POST", &htu, now, &ath);
    call("DPoP", Some(good.clone())).await.is_error(404, "invalid_request");
    assert_eq!(call("DPoP", Some(good)).await.status, 401, "a proof counts once");
}

#[tokio::test]
async fn what_is_no_number_of_an_incident_is_not_there() {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    let alice = sub(&server, "alice").await;
    assert_eq!(desk.opened("person", &alice).await, 1);
    for id in ["2", "0", "-1", "01", "+1", "1.0", "x", "%31x", "9999999999999999999", "%ff", "1%2F2", "%00"] {
        desk.get(&format!("{HERE}/{id}")).await.is_error(404, "invalid_request");
        for (action, body) in
            [("contain", json!({})), ("close", json!({ "note": "x" })), ("reopen", json!({}))]
        {
            desk.post(&format!("{HERE}/{id}/{action}"), &body).await.is_error(404, "invalid_request");
        }
    }
    for nowhere in ["/admin/v1", "/admin/v1/incidents/1/delete", "/admin/v2/incidents"] {
        desk.get(nowhere).await.is_error(404, "invalid_request");
    }
}

#[tokio::test]
async fn wrong_methods_hear_which_are_right() {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    for operation in Operation::ALL {
        let path = operation.path().replace("{id}", "1");
        let taken: Vec<_> = Operation::ALL.iter().filter(|other| other.path() == operation.path()).collect();
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS]
        {
            if taken.iter().any(|other| other.method().eq_ignore_ascii_case(method.as_str())) {
                continue;
            }
            let answer = desk.send(request(&method, &path)).await;
            answer.is_error(405, "invalid_request");
            let allowed = answer.header(header::ALLOW).to_owned();
            for other in &taken {
                let method = other.method().to_uppercase();
                assert!(allowed.split(',').any(|one| one.trim() == method), "{path}: {allowed}");
            }
        }
    }
}

/// What of a body is refused, and how.
#[tokio::test]
async fn bodies_are_read_strictly() {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    let alice = sub(&server, "alice").await;
    let target = json!({ "kind": "person", "id": alice });
    let whole = json!({ "target": target, "reason": "x" }).to_string();
    let send = async |content_type: Option<&str>, body: String| {
        let mut asked = Request::post(HERE);
        if let Some(content_type) = content_type {
            asked = asked.header(header::CONTENT_TYPE, content_type);
        }
        desk.send(asked.body(Body::from(body)).unwrap()).await
    };
    for content_type in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jso")]
    {
        send(content_type, whole.clone()).await.is_error(415, "invalid_request");
    }
    let json = Some("application/json");
    let deep = "[".repeat(10_000);
    let cases = [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        deep,
        whole[..whole.len() - 1].to_owned(),
        format!("{whole}{whole}"),
        format!("{whole}x"),
        json!({ "target": target }).to_string(),
        json!({ "reason": "x" }).to_string(),
        json!([target, "x"]).to_string(),
        json!({ "target": ["person", alice], "reason": "x" }).to_string(),
        json!({ "target": target, "reason": 1 }).to_string(),
        json!({ "target": target, "reason": null }).to_string(),
        json!({ "target": target, "reason": "x", "contain": "true" }).to_string(),
        json!({ "target": target, "reason": "x", "contain": 1 }).to_string(),
        json!({ "target": target, "reason": "x", "more": 1 }).to_string(),
        json!({ "target": { "kind": "person", "id": alice, "more": 1 }, "reason": "x" }).to_string(),
        json!({ "target": { "kind": "Person", "id": alice }, "reason": "x" }).to_string(),
        json!({ "target": { "kind": "session", "id": alice }, "reason": "x" }).to_string(),
        json!({ "target": { "kind": "person" }, "reason": "x" }).to_string(),
        format!(r#"{{"target":{target},"reason":"x","reason":"y"}}"#),
        json!({ "target": target, "reason": "" }).to_string(),
        json!({ "target": target, "reason": "  \n" }).to_string(),
        json!({ "target": target, "reason": "a\u{0}b" }).to_string(),
        json!({ "target": target, "reason": "\u{1b}[2J" }).to_string(),
        json!({ "target": target, "reason": "x".repeat(1001) }).to_string(),
    ];
    for body in cases {
        send(json, body).await.is_error(400, "invalid_request");
    }
    let huge = json!({ "target": target, "reason": "x".repeat(70_000) }).to_string();
    send(json, huge).await.is_error(413, "invalid_request");
    send(json, "x".repeat(3_000_000)).await.is_error(413, "invalid_request");
    assert_eq!(desk.get(HERE).await.json(), json!({ "incidents": [] }), "nothing was opened on the way");
    assert_eq!(send(Some("Application/JSON; charset=utf-8"), whole).await.status, 201);
}

#[tokio::test]
async fn bodies_of_actions_are_read_strictly_too() {
    let server = server().await;
    let desk = Desk::of(&server, "desk").await;
    let id = desk.opened("person", &sub(&server, "alice").await).await;
    let at = |action: &str| format!("{HERE}/{id}/{action}");
    for body in [json!({}), json!({ "note": "" }), json!({ "note": null }), json!({ "note": "x", "more": 1 })]
    {
        desk.post(&at("close"), &body).await.is_error(400, "invalid_request");
    }
    desk.press(&at("close")).await.is_error(415, "invalid_request");
    desk.post(&at("contain"), &json!({ "note": "x" })).await.is_error(400, "invalid_request");
    desk.post(&at("reopen"), &json!({ "note": "" })).await.is_error(400, "invalid_request");
    desk.post(&at("reopen"), &json!({ "note": null })).await.is_error(400, "invalid_request");
    desk.post(&at("close"), &json!(["x"])).await.is_error(400, "invalid_request");
    desk.post(&at("contain"), &json!([])).await.is_error(400, "invalid_request");
    desk.post(&at("reopen"), &json!([])).await.is_error(400, "invalid_request");
    let form = Request::post(at("contain")).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    desk.send(form.body(Body::empty()).unwrap()).await.is_error(415, "invalid_request");
    let unnamed = Request::post(at("contain")).body(Body::from("{}")).unwrap();
    desk.send(unnamed).await.is_error(415, "invalid_request");
    let huge = json!({ "note": "x".repeat(70_000) });
    desk.post(&at("close"), &huge).await.is_error(413, "invalid_request");
    assert_eq!(desk.get(&format!("{HERE}/{id}")).await.json()["state"], "open");
}

#[tokio::test]
async fn a_query_is_read_strictly() {
    let server = server().await;
    let desk = Desk::of(&server, "viewer").await;
    let long = format!("q={}", "a".repeat(257));
    for query in [
        "state=opened",
        "cause=x",
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=1e2",
        "before=0",
        "before=x",
        "status=open",
        "state=open&state=closed",
        "q=%ff",
        "q=%zz",
        &long,
    ] {
        desk.get(&format!("{HERE}?{query}")).await.is_error(400, "invalid_request");
    }
}
