//! Does the mail say what it must, and nothing that somebody else put into its mouth?

use super::mail_server::{Encryption, Heard, MailServer, OK};
use super::people::{BRISK, People, authority, identity};
use super::support::{Logged, NOW, soon};
use tandem_server::config::{Email, MailTls, Secret};
use tandem_server::notifications::{Notice, Notifier, Pace, SetupError};
use tandem_server::outgoing::Roots;
use tempfile::TempDir;

fn settings(server: &MailServer, tls: MailTls) -> Email {
    Email {
        host: "127.0.0.1".to_owned(),
        port: Some(server.address.port()),
        tls,
        username: None,
        password: None,
        password_file: None,
        from: "Example <no-reply@id.example.com>".to_owned(),
    }
}

/// Alice and her mailbox, and a mail server without TLS.
async fn people(answers: Vec<&'static str>) -> (People, MailServer, Notifier) {
    let server = MailServer::start(Encryption::None, answers);
    let mut people = People::new().await;
    people.config.notifications.email = Some(settings(&server, MailTls::None));
    people.add_mailbox("alice", "alice@example.com").await;
    let notifier = people.notifier(BRISK);
    (people, server, notifier)
}

async fn heard(server: &mut MailServer) -> Heard {
    soon("a mail", server.heard.recv()).await.unwrap()
}

const COMMANDS: [&str; 5] = [
    "EHLO id.example.com",
    "MAIL FROM:<no-reply@id.example.com>",
    "RCPT TO:<alice@example.com>",
    "DATA",
    "QUIT",
];
const HEADERS: [&str; 9] = [
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "content-type",
    "auto-submitted",
    "mime-version",
    "content-transfer-encoding",
];

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

fn usual_headers() -> Vec<String> {
    sorted(HEADERS.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn the_mail_says_who_asks_what_to_compare_where_to_answer_and_what_to_do_if_not() {
    let (people, mut server, notifier) = people(vec![OK]).await;
    let notice = people.ask("auth-req-id-secret", "alice");
    let link = format!("https://id.example.com/inbox/{}", notice.crossing);
    notifier.notify(notice);
    let heard = heard(&mut server).await;
    assert_eq!(heard.commands, COMMANDS);
    let (names, body) = heard.message();
    assert_eq!(sorted(names), usual_headers());
    assert_eq!(heard.header("Subject"), "Example Ltd: something waits for your answer");
    assert_eq!(heard.header("From"), "Example <no-reply@id.example.com>");
    assert_eq!(heard.header("To"), "alice@example.com");
    assert_eq!(heard.header("Content-Type"), "text/plain; charset=utf-8");
    assert_eq!(heard.header("Auto-Submitted"), "auto-generated");
    assert_eq!(heard.header("Date"), "Fri, 15 Jan 2027 08:00:00 +0000");
    let id = heard.header("Message-ID");
    assert!(id.ends_with("@id.example.com>") && id.len() == "<@id.example.com>".len() + 32, "{id}");
    for part in
        ["The Shop asks", "“W4SCT”", &format!("\r\n{link}\r\n"), "2 minutes", "choose “I didn’t start this”"]
    {
        assert!(body.contains(part), "{part} in {body}");
    }
    let message = heard.message.unwrap();
    assert!(!message.contains("auth-req-id-secret") && !body.contains('<'), "{message}");
    // The device was used.
    let used = async {
        while people.parts.store.authorization_devices_of("alice").await.unwrap()[0].last_used_at.is_none() {
            tokio::task::yield_now().await;
        }
    };
    soon("the device's last use", used).await;
    assert_eq!(
        people.parts.store.authorization_devices_of("alice").await.unwrap()[0].last_used_at,
        Some(NOW)
    );
}

#[tokio::test]
async fn people_read_it_in_their_language() {
    let (people, mut server, notifier) = people(vec![OK]).await;
    people.add_person("hanako", Some("ja-JP")).await;
    let mailbox =
        tandem_server::notifications::device_detail::Detail::Email { address: "h@example.jp".to_owned() };
    people.add_device("hanako", &mailbox).await;
    notifier.notify(people.ask("one", "hanako"));
    let (_, body) = heard(&mut server).await.message();
    assert!(body.contains("The Shop が") && body.contains("「W4SCT」") && body.contains("2分"), "{body}");
}

#[tokio::test]
async fn nothing_that_an_asker_says_becomes_a_header_a_command_or_a_second_mail() {
    let (people, mut server, notifier) = people(vec![OK]).await;
    let evil = [
        "x\r\nBcc: victim@example.com\r\nX-Evil: 1",
        "x\nSubject: Your password\n\nnew body",
        "x\r\n.\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\nhello\r\n.\r\n",
        "x\n.\nMAIL FROM:<evil@example.com>\n",
        "x\r.\rQUIT\r",
        "x\u{0}\u{85}\u{2028}\u{2029}Bcc: victim@example.com",
        "=?utf-8?Q?=0D=0ABcc:_victim@example.com?=",
        ".\r\n",
    ];
    for (n, text) in evil.into_iter().enumerate() {
        let asked = people.ask(&n.to_string(), "alice");
        notifier.notify(Notice { asker: text.to_owned(), binding_message: None, ..asked.clone() });
        let as_asker = heard(&mut server).await;
        notifier.notify(Notice { binding_message: Some(text.to_owned()), ..asked });
        for heard in [as_asker, heard(&mut server).await] {
            assert_eq!(heard.commands, COMMANDS, "{text:?}");
            let (names, body) = heard.message();
            assert_eq!(sorted(names), usual_headers(), "{text:?}");
            assert_eq!(heard.header("Subject"), "Example Ltd: something waits for your answer");
            assert!(body.contains("https://id.example.com/inbox/"), "{body}");
            let lines = body.trim_end().lines().count();
            assert!((9..=12).contains(&lines), "{text:?} made {lines} lines: {body}");
            assert!(!body.lines().any(|line| line.starts_with("Bcc") || line.starts_with("MAIL")), "{body}");
        }
    }
    assert!(server.heard.try_recv().is_err());
}

#[tokio::test]
async fn a_message_that_looks_like_a_link_is_left_to_the_page() {
    let (people, mut server, notifier) = people(vec![OK]).await;
    for message in ["go to https://evil.example/x", "evil.example", "write to help@evil.example"] {
        notifier.notify(Notice { binding_message: Some(message.to_owned()), ..people.ask(message, "alice") });
        let (_, body) = heard(&mut server).await.message();
        assert!(!body.contains("evil") && body.contains("looks like a link"), "{body}");
        assert_eq!(body.matches("://").count(), 1, "{body}");
    }
}

#[tokio::test]
async fn a_mail_server_that_is_busy_is_asked_again_four_times_at_most() {
    let busy = "451 later";
    let (people, mut server, notifier) = people(vec![busy, busy, busy, OK]).await;
    notifier.notify(people.ask("one", "alice"));
    for _ in 0..3 {
        assert!(heard(&mut server).await.message.is_none());
    }
    assert!(heard(&mut server).await.message.is_some());

    let (people, mut server, notifier) = self::people(vec![busy]).await;
    people.add_mailbox("bob", "bob@example.com").await;
    let (logged, _guard) = Logged::listen();
    notifier.notify(people.ask("one", "alice"));
    logged.hears("given up").await;
    for _ in 0..4 {
        assert!(heard(&mut server).await.commands.iter().any(|command| command.contains("alice@")));
    }
    // Nothing more of hers comes before somebody else's.
    notifier.notify(people.ask("two", "bob"));
    assert!(heard(&mut server).await.commands.iter().any(|command| command.contains("bob@")));
    assert!(!logged.text().contains("example.com"), "{}", logged.text());
}

#[tokio::test]
async fn a_refusal_for_good_is_the_end_of_it() {
    let (people, mut server, notifier) = people(vec!["550 no such mailbox alice@example.com", OK]).await;
    let (logged, _guard) = Logged::listen();
    people.add_mailbox("bob", "bob@example.com").await;
    notifier.notify(people.ask("one", "alice"));
    assert!(heard(&mut server).await.message.is_none());
    logged.hears("refused a notification").await;
    notifier.notify(people.ask("two", "bob"));
    assert!(heard(&mut server).await.commands.iter().any(|command| command.contains("bob@")));
    assert!(!logged.text().contains("alice@"), "{}", logged.text());
    let devices = people.parts.store.authorization_devices_of("alice").await.unwrap();
    assert_eq!(devices.len(), 1, "a mail server may err: the device stays");
}

/// Alice's notification through a mail server with TLS, whose authority is trusted or not.
async fn over_tls(encryption: Encryption, tls: MailTls, ca: Option<String>) -> (Heard, String) {
    let mut server = MailServer::start(encryption, vec![OK]);
    let mut people = People::new().await;
    let mut email = settings(&server, tls);
    email.username = Some("tandem".to_owned());
    email.password = Some(Secret::new("secret-password".to_owned()));
    people.config.notifications.email = Some(email);
    if let Some(pem) = ca {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("ca.pem");
        std::fs::write(&file, pem).unwrap();
        people.roots = Roots::read(Some(&file)).unwrap();
    }
    people.add_mailbox("alice", "alice@example.com").await;
    let (logged, _guard) = Logged::listen();
    let notifier = people.notifier(Pace([std::time::Duration::from_hours(1); 3]));
    notifier.notify(people.ask("one", "alice"));
    let heard = heard(&mut server).await;
    (heard, logged.text())
}

#[tokio::test]
async fn with_tls_the_server_is_known_before_anything_is_said() {
    let (ours, foreign) = (authority(), authority());
    for implicit in [true, false] {
        let encrypted = |authority, name| {
            let identity = identity(authority, name);
            if implicit { Encryption::Implicit(identity) } else { Encryption::StartTls(identity) }
        };
        let tls = if implicit { MailTls::Implicit } else { MailTls::Starttls };
        let (good, log) = over_tls(encrypted(&ours, "127.0.0.1"), tls, Some(ours.pem())).await;
        assert!(
            good.message.is_some() && good.commands.iter().any(|c| c.starts_with("AUTH PLAIN ")),
            "{good:?}"
        );
        assert!(!log.contains("secret-password"));
        for (encryption, ca) in [
            (encrypted(&foreign, "127.0.0.1"), Some(ours.pem())),
            (encrypted(&ours, "127.0.0.2"), Some(ours.pem())),
            (encrypted(&ours, "127.0.0.1"), None),
        ] {
            let (heard, _) = over_tls(encryption, tls, ca).await;
            assert!(heard.message.is_none(), "{heard:?}");
            assert!(
                !heard.commands.iter().any(|c| c.starts_with("AUTH") || c.starts_with("MAIL")),
                "{heard:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_server_that_offers_no_starttls_is_sent_nothing() {
    let (heard, _) = over_tls(Encryption::None, MailTls::Starttls, None).await;
    assert_eq!(heard.commands, ["EHLO id.example.com"]);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_at_the_start() {
    let server = MailServer::start(Encryption::None, vec![OK]);
    let mut people = People::new().await;
    for from in ["nobody", "a@b\r\nBcc: c@d", ""] {
        let email = Email { from: from.to_owned(), ..settings(&server, MailTls::None) };
        people.config.notifications.email = Some(email);
        let started = Notifier::start(&people.config, &people.roots, people.parts.clone(), Pace::default());
        assert!(matches!(started, Err(SetupError::Email)), "{from}");
    }
}
