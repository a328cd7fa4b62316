//! Do operators hear once a day what happened?

#[path = "../../outgoing/mail_server.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod mail_server;

use super::*;
use mail_server::{Encryption, Heard, MailServer, OK};
use tandem_server::config::{Config, Email, Language, MailTls, Summary};
use tandem_server::incidents::summary::send_due;
use tandem_store::LifeChange;

fn settings(config: &mut Config, mails: &MailServer, always: bool) {
    config.notifications.email = Some(Email {
        host: "127.0.0.1".to_owned(),
        port: Some(mails.address.port()),
        tls: MailTls::None,
        username: None,
        password: None,
        password_file: None,
        from: "Example <no-reply@id.example.com>".to_owned(),
    });
    config.incidents.summary = Some(Summary {
        to: vec!["ops@example.com".to_owned(), "soc@example.com".to_owned()],
        at: "07:00".to_owned(),
        time_zone: "UTC".to_owned(),
        always,
    });
}

async fn heard(mails: &mut MailServer) -> Heard {
    tokio::time::timeout(std::time::Duration::from_secs(20), mails.heard.recv()).await.unwrap().unwrap()
}

async fn send(server: &TestServer) {
    send_due(&server.app, server.now()).await;
}

/// Tests begin at eight in the morning: the first whole day with something in it ends 23 hours later.
const REST_OF_DAY: u64 = 23 * 3600;

#[tokio::test]
async fn operators_hear_once_a_day_and_only_if_something_happened() {
    let mut mails = MailServer::start(Encryption::None, vec![OK]);
    let server = TestServer::with(|config| settings(config, &mails, false)).await;
    send(&server).await;
    let (dead, repeated) = (server.device_authorization().await, server.device_authorization().await);
    server.raise(Signal::CodeFiltered, &dead.device_code).await;
    server.raise(Signal::CodeRepeated, &repeated.device_code).await;
    server.work().await;
    server.advance(REST_OF_DAY - 1);
    send(&server).await;
    assert!(mails.heard.try_recv().is_err(), "it is not due yet");
    server.advance(1);
    send(&server).await;
    let first = heard(&mut mails).await;
    let second = heard(&mut mails).await;
    assert_eq!(
        (first.header("To"), second.header("To")),
        ("ops@example.com".into(), "soc@example.com".into())
    );
    assert_eq!(first.header("Subject"), "id.example.com: what was misused in the last day");
    let (_, body) = first.message();
    for part in [
        "From 2027-01-15 07:00 to 2027-01-16 07:00 (UTC), new incidents: 2",
        "- 1 × a code was found in messages to several people: contained, everything ended",
        "- 1 × a code came again after its use: open",
        "2: The code of a request of “tv” was entered again after its use.",
        "https://id.example.com/operator/incidents",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert!(!body.contains("1: The code"), "what is contained is not open: {body}");
    // Nobody hears it twice, also after a restart.
    send(&server).await;
    let server = server.restart().await;
    send(&server).await;
    // The next day nothing new came, and one is still open.
    server.advance(24 * 3600);
    send(&server).await;
    let (_, body) = heard(&mut mails).await.message();
    assert!(body.contains("to 2027-01-17 07:00 (UTC), new incidents: 0"), "{body}");
    heard(&mut mails).await;
    let open = server.incidents().await[1].id;
    server
        .app
        .store
        .change_incident(open, LifeChange::Close, Actor::Command, server.now(), None)
        .await
        .unwrap()
        .unwrap();
    server.advance(24 * 3600);
    send(&server).await;
    assert!(mails.heard.try_recv().is_err(), "nothing happened, and nothing is open");
}

#[tokio::test]
async fn who_wants_it_always_has_it_always_in_their_language() {
    let mut mails = MailServer::start(Encryption::None, vec![OK]);
    let server = TestServer::with(|config| {
        settings(config, &mails, true);
        config.pages.default_language = Language::try_from("ja".to_owned()).unwrap();
    })
    .await;
    send(&server).await;
    let (_, body) = heard(&mut mails).await.message();
    assert!(body.contains("新しい件数：0") && body.contains("未対応のものはありません"), "{body}");
}

#[tokio::test]
async fn a_mail_server_that_refuses_holds_up_nothing() {
    let mut mails = MailServer::start(Encryption::None, vec!["550 no"]);
    let server = TestServer::with(|config| settings(config, &mails, true)).await;
    send(&server).await;
    assert_eq!(heard(&mut mails).await.message, None);
    let codes = server.device_authorization().await;
    server.raise(Signal::CodeFiltered, &codes.device_code).await;
    server.work().await;
    is_contained(&server.incident().await);
}
