//! What does an open stream of an app tell, and when does it end?

use super::phone_app::{PhoneApp, ask, sub_of, with_payments};
use crate::support::TestServer;
use axum::body::{Body, HttpBody as _};
use axum::http::{Method, header};
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;
use tandem_server::ciba::live::{self, Listener, Tempo};

const EVENTS: &str = "/authorization-device/events";

/// The next piece of a stream; `None` at its end.
async fn next(body: &mut Body) -> Option<String> {
    let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await?;
    Some(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap())
}

/// What the only device of a person hears where everything that comes after a while comes after a millisecond.
async fn impatient(server: &TestServer, username: &str) -> Body {
    let sub = sub_of(server, username).await;
    let devices = server.app.store.authorization_devices_of(&sub).await.unwrap();
    let listener = Listener::App(devices[0].id);
    let brief = Duration::from_millis(1);
    let tempo = Tempo { keep_alive: brief, look_again: brief };
    live::events(&server.app, sub, listener, tempo).into_body()
}

#[tokio::test]
async fn an_open_stream_tells_of_changes_until_the_device_is_removed() {
    let server = TestServer::with(with_payments).await;
    let app = PhoneApp::of(&server, "alice").await;
    let response = server.send_unread(app.request(Method::GET, EVENTS, None)).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut stream = response.into_body();
    assert_eq!(next(&mut stream).await.unwrap(), "event: requests\ndata: {\"open\":0}\n\n");
    ask(&server, "bob").await;
    let id = ask(&server, "alice").await;
    assert_eq!(next(&mut stream).await.unwrap(), "event: requests\ndata: {\"open\":1}\n\n");
    assert_eq!(app.decide(id, &app.claims(id, "deny").await).await.status, 200);
    assert_eq!(next(&mut stream).await.unwrap(), "event: requests\ndata: {\"open\":0}\n\n");
    assert_eq!(app.forget().await.status, 204);
    ask(&server, "alice").await;
    assert_eq!(next(&mut stream).await, None, "nothing more is told");
}

#[tokio::test]
async fn a_silent_stream_keeps_its_connection_and_ends_with_the_server() {
    let server = TestServer::with(with_payments).await;
    PhoneApp::of(&server, "alice").await;
    let mut stream = impatient(&server, "alice").await;
    assert_eq!(next(&mut stream).await.unwrap(), "event: requests\ndata: {\"open\":0}\n\n");
    for _ in 0..30 {
        assert_eq!(
            next(&mut stream).await.unwrap(),
            ": \n\n",
            "beyond the point where it is looked who listens"
        );
    }
    ask(&server, "alice").await;
    let mut told = next(&mut stream).await.unwrap();
    while told == ": \n\n" {
        told = next(&mut stream).await.unwrap();
    }
    assert_eq!(told, "event: requests\ndata: {\"open\":1}\n\n");
    server.app.closing.send_replace(true);
    assert_eq!(next(&mut stream).await, None);
}

#[tokio::test]
async fn a_silent_stream_ends_when_its_device_is_gone() {
    let server = TestServer::start().await;
    let app = PhoneApp::of(&server, "alice").await;
    let mut stream = impatient(&server, "alice").await;
    assert!(next(&mut stream).await.unwrap().contains("open"));
    assert_eq!(app.forget().await.status, 204);
    let mut silences = 0;
    while next(&mut stream).await.is_some() {
        silences += 1;
        assert!(silences < 10_000, "it is looked again who listens");
    }
}
