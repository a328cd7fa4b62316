//! What does a mail server hear about its mail?

use super::client::{ACTIONS, Mta, PROTOCOL, Reply};
use super::{Mailed, has_no, mail, mail_with_qr, with_milter};
use std::time::Duration;
use tandem_server::config::{MilterAddress, UnscannedHandling};
use tandem_server::content_filter::milter::Serving;

fn said(replies: &[Reply]) -> Vec<String> {
    replies.iter().map(ToString::to_string).collect()
}

/// R6.5: the whole way: a live QR code in a picture goes to one person after the other; the third ends the request, the fifth
/// and later ones are refused, and the attacker's poll says so.
#[tokio::test]
async fn a_code_that_goes_round_is_stopped() {
    let Mailed { server, serving: _serving, socket, _folder } = with_milter(|_| {}).await;
    let codes = server.device_authorization().await;
    let other = server.device_authorization().await;
    let mut mta = Mta::connect(&socket).await;
    let mail = mail_with_qr(&codes);
    for n in 1..=8 {
        let answers = said(&mta.mail(&[&format!("<person{n}@example.com>")], &mail).await);
        for answer in &answers {
            has_no(answer, &codes);
        }
        let mark = |verdict| format!("hX-Tandem-Content-Filter| {verdict}; live-code; recipients={n}|");
        match n {
            1 | 2 => assert_eq!(answers, [mark("tag"), "c".to_owned()]),
            3 | 4 => {
                assert_eq!(answers.len(), 3, "{answers:?}");
                assert!(answers[0].starts_with('q'), "{answers:?}");
                assert_eq!(answers[1..], [mark("quarantine"), "c".to_owned()]);
            }
            _ => assert!(answers.len() == 1 && answers[0].starts_with("y550 5.7.1 "), "{answers:?}"),
        }
        if n == 3 {
            assert_eq!(server.filtered().await[0].detail.as_deref(), Some("sent to 3 people, in a QR code"));
            server.contained().await;
            server.poll(&codes.device_code).await.is_error(400, "access_denied");
        }
    }
    assert_eq!(server.filtered().await.len(), 1);
    assert_eq!(server.poll(&other.device_code).await.json()["error"], "authorization_pending");
}

#[tokio::test]
async fn ordinary_mail_passes_untouched() {
    let Mailed { server, serving: _serving, socket, _folder } = with_milter(|_| {}).await;
    server.device_authorization().await;
    let mut mta = Mta::connect(&socket).await;
    for text in
        ["Hello", "BCDF-GHJK", "HTML CSRF", "https://id.example.com/account", &"long ".repeat(100_000)]
    {
        for _ in 0..3 {
            let people = [
                "<a@example.com>",
                "<b@example.com>",
                "<c@example.com>",
                "<d@example.com>",
                "<e@example.com>",
            ];
            assert_eq!(said(&mta.mail(&people, &mail(text)).await), ["c"]);
        }
    }
}

/// A mark that came from outside means nothing, and must not stay.
#[tokio::test]
async fn forged_marks_are_removed() {
    let Mailed { server, serving: _serving, socket, _folder } = with_milter(|_| {}).await;
    let codes = server.device_authorization().await;
    let mut mta = Mta::connect(&socket).await;
    let forge = |text: &str| {
        let forged = "x-tandem-content-filter: allow\r\nX-TANDEM-CONTENT-FILTER: tag; recipients=99\r\n";
        format!("{forged}{}", mail(text))
    };
    let remove = |n: u8| format!("m|||{}X-Tandem-Content-Filter||", char::from(n));
    assert_eq!(
        said(&mta.mail(&["<a@example.com>"], &forge("hello")).await),
        [remove(2), remove(1), "c".to_owned()]
    );
    let tagged = said(&mta.mail(&["<a@example.com>"], &forge(&codes.user_code)).await);
    assert_eq!(tagged[..2], [remove(2), remove(1)]);
    assert_eq!(tagged[2..], ["hX-Tandem-Content-Filter| tag; live-code; recipients=1|", "c"]);
}

#[tokio::test]
async fn many_mails_come_on_one_connection_and_one_given_up_counts_nowhere() {
    let Mailed { server, serving: _serving, socket, _folder } = with_milter(|_| {}).await;
    let codes = server.device_authorization().await;
    let mut mta = Mta::connect(&socket).await;
    for n in 0..5 {
        mta.begin(&[&format!("<given-up-{n}@example.com>")], &mail(&codes.user_code)).await;
        mta.send(if n % 2 == 0 { 'A' } else { 'K' }, b"").await;
    }
    let answers = said(&mta.mail(&["<ada@example.com>"], &mail(&codes.user_code)).await);
    assert_eq!(answers, ["hX-Tandem-Content-Filter| tag; live-code; recipients=1|", "c"]);
    assert_eq!(said(&mta.mail(&["<ada@example.com>"], &mail("hello")).await), ["c"]);
    mta.send('Q', b"").await;
    assert_eq!(mta.reply().await, None);
}

/// A body comes in pieces, cut anywhere.
#[tokio::test]
async fn a_code_that_is_cut_between_two_pieces_is_found() {
    let Mailed { server, serving: _serving, socket, _folder } = with_milter(|_| {}).await;
    let codes = server.device_authorization().await;
    let mut mta = Mta::connect(&socket).await;
    mta.begin(&["<ada@example.com>"], "Subject: x\r\n\r\n").await;
    let (one, two) = codes.user_code.split_at(3);
    mta.send('B', format!("Code: {one}").as_bytes()).await;
    assert_eq!(mta.reply().await.unwrap().letter, 'c');
    mta.send('E', two.as_bytes()).await;
    assert_eq!(
        mta.reply().await.unwrap().to_string(),
        "hX-Tandem-Content-Filter| tag; live-code; recipients=1|"
    );
}

#[tokio::test]
async fn mail_servers_of_each_age_are_understood() {
    let Mailed { server: _server, serving: _serving, socket, _folder } = with_milter(|_| {}).await;
    let mut postfix = Mta::raw(&socket).await;
    let [version, actions, protocol] = postfix.negotiate(6, ACTIONS, PROTOCOL).await;
    assert_eq!((version, actions), (6, 0x31));
    assert_eq!(protocol & !PROTOCOL, 0, "nothing that was not offered");
    let mut old = Mta::raw(&socket).await;
    assert_eq!(old.negotiate(2, 0x1f, 0).await, [2, 0x11, 0]);
    for (letter, data) in [
        ('C', &b"mail.example.net\x004\0\x00192.0.2.1\0"[..]),
        ('H', b"mail.example.net\0"),
        ('M', b"<eve@example.net>\0"),
        ('R', b"<ada@example.com>\0"),
        ('T', b""),
        ('L', b"Subject\0Hello\0"),
        ('N', b""),
        ('B', b"Hello"),
        ('E', b""),
    ] {
        old.send(letter, data).await;
        assert_eq!(old.reply().await.unwrap().letter, 'c', "{letter}");
    }
}

/// Mail that could not be looked at wholly is handled as configured, and the rest of a long body is not even sent.
#[tokio::test]
async fn a_mail_beyond_the_limit_is_looked_at_as_far_as_it_goes() {
    let Mailed { server, serving: _serving, socket, _folder } = with_milter(|config| {
        config.content_filter.max_bytes = 100_000;
        config.content_filter.unscanned = UnscannedHandling::Tag;
    })
    .await;
    let codes = server.device_authorization().await;
    for (text, mark) in [(&*codes.user_code, "tag; live-code; recipients=1"), ("hello", "tag; not-looked-at")]
    {
        let mut mta = Mta::connect(&socket).await;
        mta.begin(&["<ada@example.com>"], &mail(text)).await;
        let mut last = 'c';
        while last == 'c' {
            mta.send('B', &vec![b'x'; 50_000]).await;
            last = mta.reply().await.unwrap().letter;
        }
        assert_eq!(last, 's');
        let answers = said(&mta.end().await);
        assert_eq!(answers, [format!("hX-Tandem-Content-Filter| {mark}|"), "c".to_owned()]);
    }
}

/// The end of the server waits for the mail that is under way, and for nothing else.
#[tokio::test]
async fn a_mail_under_way_gets_its_answer_before_the_end() {
    let Mailed { server, serving, socket, _folder } = with_milter(|_| {}).await;
    let mut idle = Mta::connect(&socket).await;
    let mut busy = Mta::connect(&socket).await;
    busy.begin(&["<ada@example.com>"], &mail("hello")).await;
    let app = server.app.clone();
    let drained = tokio::spawn(async move { serving.drained(&app).await });
    assert_eq!(idle.reply().await, None, "nothing holds it");
    assert_eq!(said(&busy.end().await), ["c"]);
    assert_eq!(busy.reply().await, None);
    tokio::time::timeout(Duration::from_secs(20), drained).await.unwrap().unwrap();
    assert!(!socket.exists());
}

#[tokio::test]
async fn it_listens_at_an_address_too() {
    let server = super::with(|config| {
        let listen = MilterAddress::try_from("inet:127.0.0.1:0".to_owned()).unwrap();
        config.content_filter.milter.listen = Some(listen);
    })
    .await;
    let serving = Serving::start(&server.app).unwrap();
    let Some(MilterAddress::Inet(address)) = serving.address() else { panic!() };
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let mut mta = Mta::on(stream);
    mta.negotiate(6, ACTIONS, PROTOCOL).await;
    assert_eq!(said(&mta.mail(&["<ada@example.com>"], &mail("hello")).await), ["c"]);
    let taken = super::with(|config| {
        config.content_filter.milter.listen = Some(MilterAddress::Inet(*address));
    })
    .await;
    assert!(Serving::start(&taken.app).is_err(), "an address in use is no secret");
}
