//! What if whoever connects is no mail server, or a broken one?

use super::client::{ACTIONS, Mta, PROTOCOL};
use super::{Mailed, mail, with_milter};

/// That the milter still looks at mail.
async fn still_serves(mailed: &Mailed) {
    let code = mailed.server.device_authorization().await.user_code;
    let mut mta = Mta::connect(&mailed.socket).await;
    let answers = mta.mail(&["<ada@example.com>"], &mail(&code)).await;
    assert_eq!(answers[0].to_string(), "hX-Tandem-Content-Filter| tag; live-code; recipients=1|");
}

#[tokio::test]
async fn whatever_is_no_protocol_ends_that_connection_only() {
    let mailed = with_milter(|_| {}).await;
    let offer =
        [&[0, 0, 0, 13, b'O'][..], [6, ACTIONS, PROTOCOL].map(u32::to_be_bytes).as_flattened()].concat();
    let after = |bytes: &[u8]| [&offer, bytes].concat();
    for (name, bytes) in [
        ("http", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()),
        ("a length of nothing", vec![0, 0, 0, 0]),
        ("a length of 4 GiB", after(&[0xff, 0xff, 0xff, 0xff, b'B'])),
        ("a length of 2 MiB", after(&[0, 0x20, 0, 0, b'B'])),
        ("an unknown letter", after(&[0, 0, 0, 1, b'?'])),
        ("a mail before an agreement", vec![0, 0, 0, 3, b'M', b'x', 0]),
        ("a second offer", after(&offer)),
        ("an offer of nothing", vec![0, 0, 0, 1, b'O']),
        (
            "an old version",
            [&[0, 0, 0, 13, b'O'][..], [1, ACTIONS, 0].map(u32::to_be_bytes).as_flattened()].concat(),
        ),
        ("a body without a mail", after(&[0, 0, 0, 2, b'B', b'x'])),
        ("the end of no mail", after(&[0, 0, 0, 1, b'E'])),
        ("a header without a value", after(&[0, 0, 0, 3, b'M', b'x', 0, 0, 0, 0, 3, b'L', b'x', 0])),
        ("a recipient without an end", after(&[0, 0, 0, 3, b'M', b'x', 0, 0, 0, 0, 2, b'R', b'x'])),
    ] {
        let mut mta = Mta::raw(&mailed.socket).await;
        mta.bytes(&bytes).await;
        let mut replies = Vec::new();
        while let Some(reply) = mta.reply().await {
            replies.push(reply.letter);
        }
        assert!(replies.is_empty() || replies == ['O'], "{name}: {replies:?}");
    }
    still_serves(&mailed).await;
}

#[tokio::test]
async fn whoever_hangs_up_anywhere_leaves_nothing_behind() {
    let mailed = with_milter(|_| {}).await;
    let code = mailed.server.device_authorization().await.user_code;
    for end in 0..7 {
        let mut mta = Mta::raw(&mailed.socket).await;
        if end > 0 {
            mta.negotiate(6, ACTIONS, PROTOCOL).await;
        }
        for (letter, data) in [
            ('M', "<eve@example.net>\0".to_owned()),
            ('R', format!("<{end}@example.com>\0")),
            ('L', "Subject\0 Hi\0".to_owned()),
            ('N', String::new()),
            ('B', code.clone()),
        ]
        .into_iter()
        .take(end)
        {
            mta.send(letter, data.as_bytes()).await;
        }
        mta.bytes(&[0, 0, 1]).await;
    }
    assert!(mailed.server.filtered().await.is_empty(), "a mail that never ended was sent to nobody");
    still_serves(&mailed).await;
}

/// Broken MIME, nested without end, a header of half a megabyte: each gets an answer.
#[tokio::test]
async fn strange_mail_gets_an_answer() {
    let mailed = with_milter(|_| {}).await;
    let mut mta = Mta::connect(&mailed.socket).await;
    let nested = (0..1000).fold(String::new(), |nested, n| {
        nested + &format!("Content-Type: multipart/mixed; boundary=\"{n}\"\r\n\r\n--{n}\r\n")
    });
    for text in [
        format!("MIME-Version: 1.0\r\n{nested}"),
        format!("Subject: {}\r\n\r\nx", "y".repeat(500_000)),
        "Content-Type: multipart/mixed\r\n\r\n--\r\n--\r\n".to_owned(),
        "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!".to_owned(),
        "Content-Type: application/pdf\r\n\r\n%PDF-1.7\n1 0 obj\n<</Length 99999999999>>stream".to_owned(),
        "X: \r\n\r\n\u{0}\u{1}\u{2}".to_owned(),
    ] {
        let answers = mta.mail(&["<ada@example.com>"], &text).await;
        assert_eq!(answers.last().unwrap().letter, 'c', "{answers:?}");
    }
    still_serves(&mailed).await;
}

#[tokio::test]
async fn more_connections_than_may_be_are_turned_away_and_the_others_work_on() {
    let mailed = with_milter(|config| config.content_filter.milter.max_connections = 2).await;
    let mut first = Mta::connect(&mailed.socket).await;
    let second = Mta::connect(&mailed.socket).await;
    let mut third = Mta::raw(&mailed.socket).await;
    assert_eq!(third.reply().await, None);
    assert_eq!(first.mail(&["<ada@example.com>"], &mail("hello")).await.len(), 1);
    drop((first, second));
    loop {
        let mut next = Mta::raw(&mailed.socket).await;
        next.send('O', [6, ACTIONS, PROTOCOL].map(u32::to_be_bytes).as_flattened()).await;
        if next.reply().await.is_some() {
            break;
        }
    }
}

/// A mail server that vanished without a word does not keep its place.
#[tokio::test]
async fn a_silent_connection_is_closed() {
    let mailed = with_milter(|config| config.content_filter.milter.idle_timeout = 1).await;
    let mut silent = Mta::connect(&mailed.socket).await;
    let mut in_the_middle = Mta::connect(&mailed.socket).await;
    in_the_middle.begin(&["<ada@example.com>"], &mail("hello")).await;
    assert_eq!(silent.reply().await, None);
    assert_eq!(in_the_middle.reply().await, None);
    still_serves(&mailed).await;
}

/// More mail at once than there is memory for: each gets the answer for failures, none waits for ever.
#[tokio::test]
async fn mail_beyond_all_memory_has_the_answer_for_failures() {
    // Eight messages of the largest size are held at a time.
    let mailed = with_milter(|config| config.content_filter.max_bytes = 65_536).await;
    let mut all = Vec::new();
    for _ in 0..12 {
        let mut mta = Mta::connect(&mailed.socket).await;
        mta.begin(&["<ada@example.com>"], "X: \r\n\r\n").await;
        mta.send('B', &vec![b'x'; 60_000]).await;
        all.push((mta.reply().await.unwrap().letter, mta));
    }
    let turned_away = all.iter().filter(|(letter, _)| *letter == 's').count();
    assert!((3..12).contains(&turned_away), "{turned_away}");
    for (_, mut mta) in all {
        assert_eq!(mta.end().await.last().unwrap().letter, 'c');
    }
    still_serves(&mailed).await;
}
