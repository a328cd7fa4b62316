//! How does a server begin, and how does it end?

use super::support::{fetch, read_to_end, read_until, settings, soon, start, start_until};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tandem_server::edge::serve::{ServeError, run};
use tandem_server::edge::signals;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;

#[tokio::test]
async fn requests_under_way_are_finished_and_nothing_new_begins() {
    let server = start(settings()).await;
    let mut idle = TcpStream::connect(server.public).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    read_until(&mut idle, "hello").await;
    assert!(fetch(server.admin, "/health/ready").await.starts_with("HTTP/1.1 200"));

    let running = tokio::spawn(fetch(server.public, "/held"));
    soon("the request is running", server.held.notified()).await;
    server.stop.notify_one();
    assert_eq!(read_to_end(&mut idle).await, "", "idle connections are closed at once");
    assert!(server.draining.is_raised());
    let refused = async { while TcpStream::connect(server.public).await.is_ok() {} };
    soon("new connections are refused", refused).await;
    let ready = fetch(server.admin, "/health/ready").await;
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("\"reason\":\"draining\""), "{ready}");
    assert!(fetch(server.admin, "/health/live").await.starts_with("HTTP/1.1 200"));
    assert!(!server.task.is_finished());

    server.release.add_permits(1);
    assert!(soon("the request ends", running).await.unwrap().ends_with("released"));
    soon("the server ends", server.task).await.unwrap().unwrap();
    assert!(TcpStream::connect(server.admin).await.is_err());
}

#[tokio::test]
async fn requests_that_do_not_end_are_cut_off() {
    let mut impatient = settings();
    impatient.drain_timeout = Duration::from_millis(50);
    let server = start(impatient).await;
    let running = tokio::spawn(fetch(server.public, "/held"));
    soon("the request is running", server.held.notified()).await;
    server.stop.notify_one();
    soon("the server ends", server.task).await.unwrap().unwrap();
    assert_eq!(soon("the connection is closed", running).await.unwrap(), "");
}

#[tokio::test]
async fn sigterm_ends_the_server() {
    let listening = Arc::new(Notify::new());
    let told = Arc::clone(&listening);
    let shutdown = async move {
        let mut ended = std::pin::pin!(signals::termination());
        // Once polled it listens; only then may the signal come.
        tokio::select! {
            biased;
            () = &mut ended => return,
            () = std::future::ready(()) => told.notify_one(),
        }
        ended.await;
    };
    let server = start_until(settings(), Arc::default(), shutdown).await;
    soon("signals are listened to", listening.notified()).await;
    super::support::signal("-TERM");
    soon("the server ends", server.task).await.unwrap().unwrap();
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let router = axum::Router::new;
    let mut public = settings();
    public.public = address;
    let error = run(router(), None, public, std::future::pending()).await.unwrap_err();
    let expected =
        format!("cannot listen on {address}: address in use by another program (listeners.public)");
    assert_eq!(error.to_string(), expected);
    let mut admin = settings();
    admin.admin = Some(address);
    let error = run(router(), Some(router()), admin, std::future::pending()).await.unwrap_err();
    assert!(matches!(error, ServeError::Listen { setting: "listeners.admin", .. }), "{error}");
    let mut elsewhere = settings();
    elsewhere.public = ([192, 0, 2, 1], 0).into();
    let error = run(router(), None, elsewhere, std::future::pending()).await.unwrap_err();
    assert!(error.to_string().contains("no interface of this machine"), "{error}");
}
