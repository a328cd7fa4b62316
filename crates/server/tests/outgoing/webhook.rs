//! Does the operator's service get what it needs, and can it be sure who sends it?

use super::people::{BRISK, People};
use super::support::{Logged, Manner, NOW, TestServer, soon};
use aws_lc_rs::hmac;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tandem_server::config::{Secret, Webhook};
use tandem_server::notifications::Notice;
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
    assert_eq!(timestamp, (NOW.as_secs() + 7).to_string());
    let signature = header("tandem-signature").strip_prefix("v1=").unwrap();
    let signature: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&signature[at..at + 2], 16).unwrap()).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signed = |timestamp: &str, body: &str| {
        hmac::verify(&key, format!("{timestamp}.{body}").as_bytes(), &signature).is_ok()
    };
    assert!(signed(timestamp, body));
    assert!(!signed("1800000008", body) && !signed(timestamp, &body.replace("Shop", "Bank")));
    assert_eq!(
        serde_json::from_str::<Value>(body).unwrap(),
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
