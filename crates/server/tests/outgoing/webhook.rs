//! Does the operator's service get what it needs, and can it be sure who sends it?

use super::people::{BRISK, People};
use super::support::{Logged, Manner, NOW, TestServer, soon};
use aws_lc_rs::hmac;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_server::config::{Secret, Webhook};
use tandem_server::notifications::{AddressCode, Notice};
use tokio::sync::Semaphore;

const SECRET: &str = "a secret of thirty-two characters";
const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";

pub fn settings(server: &TestServer) -> Webhook {
    Webhook {
        url: server.url("/hook?key=secret-in-query").parse().unwrap(),
        secret: Some(Secret::new(SECRET.to_owned())),
        secret_file: None,
    }
}

/// Alice and her phone, and a service with this manner.
async fn people(manner: Manner) -> (People, TestServer) {
    let server = TestServer::start(manner).await;
    let mut people = People::new().await;
    people.config.notifications.webhook = Some(settings(&server));
    people.add_phone("alice", "+44 20 7946 0000").await;
    (people, server)
}

async fn request(server: &mut TestServer) -> (String, Value) {
    let request = soon("a request", server.requests.recv()).await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn each_message_is_signed_with_its_time() {
    let (people, mut server) = people(Manner::Says(OK.to_owned())).await;
    let notifier = people.notifier(BRISK);
    people.parts.clock.advance(Duration::from_millis(7_900));
    let notice = people.ask("one", "alice");
    notifier.notify(Notice { asker: "The \"Shop\"\r\nX: y".to_owned(), ..notice.clone() });
    assert_eq!(
        signed_message(&mut server, NOW.as_secs() + 7).await,
        serde_json::json!({
            "type": "authorization_request",
            "id": notice.crossing.to_string(),
            "sub": "alice",
            "to": "+44 20 7946 0000",
            "asker": "The \"Shop\"\r\nX: y",
            "binding_message": "W4SCT",
            "url": format!("https://id.example.com/inbox/{}", notice.crossing),
            "expires_at": NOW.as_secs() + 120,
            "advice": "Answer no to anything that you didn’t start yourself.",
        })
    );
}

/// The next message: that it is signed as of this second is checked.
async fn signed_message(server: &mut TestServer, at: u64) -> Value {
    let request = soon("a request", server.requests.recv()).await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hook?key=secret-in-query HTTP/1.1\r\n"), "{head}");
    let header = |name: &str| {
        let mut values = head.lines().filter_map(|line| line.strip_prefix(&format!("{name}: ")));
        let only = values.next().unwrap();
        assert_eq!(values.next(), None);
        only
    };
    assert_eq!(header("content-type"), "application/json");
    let timestamp = header("tandem-timestamp");
    assert_eq!(timestamp, at.to_string());
    let signature = header("tandem-signature").strip_prefix("v1=").unwrap();
    let signature: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&signature[at..at + 2], 16).unwrap()).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signed = |timestamp: &str, body: &str| {
        hmac::verify(&key, format!("{timestamp}.{body}").as_bytes(), &signature).is_ok()
    };
    assert!(signed(timestamp, body));
    assert!(!signed(&(at + 1).to_string(), body) && !signed(timestamp, &body.replace("7946", "7947")));
    serde_json::from_str(body).unwrap()
}

fn code() -> AddressCode<'static> {
    AddressCode {
        id: Digest::of(b"one"),
        sub: "alice",
        to: "+44 20 7946 0000",
        code: "012345",
        text: "012345 is your code.",
        expires_at: NOW.plus(Duration::from_mins(10)),
    }
}

#[tokio::test]
async fn a_code_for_a_number_is_signed_alike_and_stands_in_no_log() {
    let (people, mut server) = people(Manner::Says(OK.to_owned())).await;
    let (logged, _guard) = Logged::listen();
    let notifier = people.notifier(BRISK);
    people.parts.clock.advance(Duration::from_millis(7_900));
    assert!(notifier.send_code(&code()).await);
    assert_eq!(
        signed_message(&mut server, NOW.as_secs() + 7).await,
        serde_json::json!({
            "type": "address_verification",
            "id": Digest::of(b"one").to_string(),
            "sub": "alice",
            "to": "+44 20 7946 0000",
            "code": "012345",
            "text": "012345 is your code.",
            "expires_at": NOW.as_secs() + 600,
        })
    );
    let log = format!("{}{:?}", logged.text(), code());
    assert!(!log.contains("012345") && !log.contains("7946") && !log.contains("secret-in-query"), "{log}");
}

#[tokio::test]
async fn a_person_who_waits_for_a_code_does_not_wait_for_long() {
    let (mut people, mut server) = people(Manner::Silent).await;
    people.config.limits.request_timeout = 1;
    let notifier = people.notifier(BRISK);
    let (logged, _guard) = Logged::listen();
    assert!(!soon("an answer within a second", notifier.send_code(&code())).await);
    request(&mut server).await;
    assert!(server.requests.try_recv().is_err(), "it may have been taken, and is not sent again");
    assert!(logged.text().contains("a code for an address could not be sent"));
    // Without a service there is nobody to wait for.
    people.config.notifications.webhook = None;
    assert!(!people.notifier(BRISK).send_code(&code()).await);
}

#[tokio::test]
async fn trouble_that_passes_is_waited_for_and_a_refusal_is_not() {
    for (status, times) in [(500, 4), (503, 4), (429, 4), (408, 4), (302, 1), (400, 1), (404, 1), (410, 1)] {
        let (people, mut server) =
            people(Manner::Says(format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n"))).await;
        people.add_phone("bob", "bob's").await;
        let (logged, _guard) = Logged::listen();
        let notifier = people.notifier(BRISK);
        notifier.notify(people.ask("one", "alice"));
        logged.hears(if times == 4 { "given up" } else { "refused a notification" }).await;
        for _ in 0..times {
            assert_eq!(request(&mut server).await.1["to"], "+44 20 7946 0000", "{status}");
        }
        notifier.notify(people.ask("two", "bob"));
        assert_eq!(request(&mut server).await.1["to"], "bob's", "{status}");
        assert_eq!(people.parts.store.authorization_devices_of("alice").await.unwrap().len(), 1);
        let log = logged.text();
        assert!(!log.contains("secret-in-query") && !log.contains("7946") && !log.contains(SECRET), "{log}");
    }
}

#[tokio::test]
async fn a_service_that_asks_for_more_time_than_there_is_gets_no_second_try() {
    let (people, mut server) =
        people(Manner::Says("HTTP/1.1 503 X\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n".to_owned()))
            .await;
    people.add_phone("bob", "bob's").await;
    let notifier = people.notifier(BRISK);
    notifier.notify(people.ask("one", "alice"));
    assert_eq!(request(&mut server).await.1["sub"], "alice");
    notifier.notify(people.ask("two", "bob"));
    assert_eq!(request(&mut server).await.1["sub"], "bob");
}

#[tokio::test]
async fn a_private_address_needs_the_operators_word() {
    let server = TestServer::start(Manner::Says(OK.to_owned())).await;
    let mut people = People::calling(&[]).await;
    people.config.notifications.webhook = Some(settings(&server));
    people.add_phone("alice", "1").await;
    let (logged, _guard) = Logged::listen();
    let notifier = people.notifier(BRISK);
    notifier.notify(people.ask("one", "alice"));
    logged.hears("the webhook cannot be used").await;
    assert!(logged.text().contains("allow_private"));
    assert_eq!(server.connected(), 0);
}

#[tokio::test]
async fn who_has_answered_is_not_told_again() {
    let release = Arc::new(Semaphore::new(0));
    let answer = "HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n".to_owned();
    let (people, mut server) = people(Manner::Held(Arc::clone(&release), answer)).await;
    people.add_phone("bob", "bob's").await;
    let notifier = people.notifier(BRISK);
    let notice = people.ask("one", "alice");
    notifier.notify(notice.clone());
    assert_eq!(request(&mut server).await.1["sub"], "alice");
    people.deny(&notice).await;
    release.add_permits(100);
    notifier.notify(people.ask("two", "bob"));
    for _ in 0..4 {
        assert_eq!(request(&mut server).await.1["sub"], "bob");
    }
    assert!(server.requests.try_recv().is_err());
}
