//! Does any mail take the filter down, or longer than its length allows? Steps are counted, not seconds.

#[expect(dead_code, reason = "pictures at each place are tried in another test")]
mod mail_corpus;

use mail_corpus::{ALPHABET, Dice, LENGTH, ORIGIN, disguises, mime, ordinary, places};
use std::cell::Cell;
use std::fmt::Write;
use tandem_content_filter::{Input, Limits, Scan, Skipped, Watch, What, scan};

/// More than any message may ask whether there is time: parts, pieces around them, pictures.
const MOST_STEPS: u32 = 50_000;
const MIB: usize = 1024 * 1024;

fn looked(input: Input<'_>) -> Scan {
    let watch = Watch {
        alphabet: ALPHABET.iter().copied().map(char::from).collect(),
        length: LENGTH,
        origins: vec![ORIGIN.into()],
        schemes: vec!["openid4vp".into()],
    };
    let steps = Cell::new(0_u32);
    let scan = scan(input, &watch, &Limits::default(), &|| {
        steps.set(steps.get() + 1);
        true
    });
    assert!(steps.get() < MOST_STEPS, "{} steps", steps.get());
    assert!(scan.finds.len() <= 30_000, "{} finds", scan.finds.len());
    for find in &scan.finds {
        match &find.what {
            What::UserCode(code) => {
                assert!(code.len() == LENGTH && code.bytes().all(|b| ALPHABET.contains(&b)));
            }
            What::Link(link) | What::RequestUri(link) => assert!(link.len() <= 8 * 1024),
        }
        assert!(find.part.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    }
    scan
}

fn mail(bytes: &[u8]) -> Scan {
    looked(Input::Mail(bytes))
}

#[test]
fn deep_nesting_ends_where_the_limit_says() {
    for depth in [17, 1_000, 100_000] {
        let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(depth) + "Subject: BCDFGHJK\r\n\r\nx";
        assert!(
            mail(nested.as_bytes()).skipped.iter().any(|told| matches!(told, Skipped::TooDeep { .. })),
            "{depth}"
        );
    }
    let mut nested = String::new();
    for depth in 0..1_000 {
        write!(nested, "Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n").unwrap();
    }
    assert!(mail(nested.as_bytes()).skipped.iter().any(|told| matches!(told, Skipped::TooDeep { .. })));
    let pages = (0..40).fold("<p>BCDFGHJK".to_owned(), |page, _| {
        format!("<iframe srcdoc='{}'>", page.replace('&', "&amp;").replace('\'', "&#39;"))
    });
    looked(Input::Html(&pages));
}

#[test]
fn parts_without_end_stop_at_the_limit() {
    let many =
        format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\nx\r\n".repeat(100_000));
    assert_eq!(mail(many.as_bytes()).skipped, [Skipped::TooManyParts]);
    let around =
        format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b--\r\nx\r\n".repeat(100_000));
    mail(around.as_bytes());
    let unclosed = "--b\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\n".repeat(50_000);
    let unclosed = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{unclosed}");
    assert!(mail(unclosed.as_bytes()).skipped.contains(&Skipped::TooManyParts));
    // Two types and two encodings at every level would double with each of them.
    let mut doubled = String::new();
    for depth in 0..15 {
        write!(
            doubled,
            "Content-Type: multipart/mixed; boundary=b{depth}\r\nContent-Type: multipart/x; boundary=b{depth}\r\n\
             Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\n--b{depth}\r\n"
        )
        .unwrap();
    }
    assert!(mail(doubled.as_bytes()).skipped.contains(&Skipped::TooManyParts));
}

#[test]
fn large_mails_are_looked_at_as_far_as_the_limits_say() {
    let filler = "Q".repeat(26 * MIB);
    let large = format!("Content-Transfer-Encoding: base64\r\n\r\n{filler}");
    assert!(mail(large.as_bytes()).skipped.contains(&Skipped::TooLarge { part: "0".into() }));
    let attached = mime::file_part("application/octet-stream", "a.bin", &vec![7; 15 * MIB]);
    let scan = mail(&mime::mail("BCDF-GHJK", &mime::multipart("mixed", "b", &[attached])));
    assert_eq!(scan.skipped, [Skipped::NotLookedInto { part: "1".into(), kind: "binary".into() }]);
    let subject = format!("Subject: {}\r\n\r\nBCDFGHJK", "=?utf-8?q?".repeat(MIB / 10));
    let scan = mail(subject.as_bytes());
    assert_eq!(scan.skipped, [Skipped::TooLarge { part: "0".into() }]);
    let headers = format!("{}\r\nBCDFGHJK", "X: y\r\n".repeat(MIB));
    let scan = mail(headers.as_bytes());
    assert_eq!(scan.skipped, [Skipped::TooLarge { part: "0".into() }]);
    assert!(
        scan.finds.iter().any(|find| find.what == What::UserCode("BCDFGHJK".into())),
        "what comes behind is looked at"
    );
}

/// The longest text there may be, of what might make somebody go back again and again.
#[test]
fn texts_made_to_be_slow_are_not() {
    for hostile in [
        "<",
        "<a ",
        "<a b=\"",
        "<a b='x",
        "<!--",
        "<!",
        "</",
        "<style>",
        "<style>a{",
        "<div>",
        "<div hidden>",
        "<p style=\"a:b\">",
        "<p class='a b c'>",
        "&",
        "&#",
        "&#x",
        "B",
        "BC DF GH JK ",
        "://",
        "https://",
        "https://id.example.com/",
        "id.example.com",
        "http://a.b/?u=",
        "openid4vp://?request_uri=",
        "%25",
        "\u{202e}B",
        "<a href='https://a.example/?u=https%3A%2F%2Fid.example.com'>",
        "data:",
        "<img src='data:image/png;base64,iVBORw0KGgo='>",
        "<!--[if mso]>x<![endif]-->",
        "█",
        "█\n",
        "\nbegin 644 x\n",
        "-----BEGIN PGP MESSAGE-----",
        "=?utf-8?q?x?=",
        "\u{1d400}",
        "\u{336}",
        "ᴮ",
        "content:'x';",
        "\r\n\r\n",
        "--\r\n",
    ] {
        let text = hostile.repeat(MIB / hostile.len());
        looked(Input::Html(&text));
        looked(Input::Text(&text));
        mail(&mime::mail("x", &format!("Content-Type: text/html\r\n\r\n{text}")));
        mail(text.as_bytes());
    }
}

/// Mails with bytes changed, cut, doubled and put elsewhere.
#[test]
fn mutated_mails_end_as_well() {
    let mut mails: Vec<Vec<u8>> = ordinary::all().into_iter().step_by(3).map(|(_, mail)| mail).collect();
    let code = Dice(3).code();
    for (place, (_, text)) in places::TEXT.iter().cycle().zip(disguises::written(&code)) {
        mails.push(place.1(&text));
    }
    for (_, html) in disguises::marked_up(&code) {
        mails.push(mime::mail("x", &format!("Content-Type: text/html\r\n\r\n{html}")));
    }
    let signs = b"\r\n\r\n--=?:;\"'<>&%/()\\\0\xff\xc3 \t.BCDFGHJK";
    let mut dice = Dice(99);
    for round in 0..1_500_usize {
        let mut bytes = mails[round % mails.len()].clone();
        for _ in 0..=dice.below(12) {
            let at = dice.below(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            let end = (at + dice.below(200)).min(bytes.len());
            match dice.below(6) {
                _ if bytes.is_empty() => break,
                0 => bytes[at] = dice.byte(),
                1 => bytes[at] = dice.one(signs),
                2 => drop(bytes.drain(at..end)),
                3 => {
                    let piece = bytes[at..end].to_vec();
                    let to = dice.below(bytes.len());
                    bytes.splice(to..to, piece);
                }
                4 => bytes.truncate(at),
                _ => {
                    let other = dice.any(&mails);
                    let from = dice.below(other.len());
                    let piece = other[from..(from + 300).min(other.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        mail(&bytes);
        looked(Input::Html(&String::from_utf8_lossy(&bytes)));
    }
}

/// However many codes there are, those that people see are kept.
#[test]
fn floods_are_told() {
    let mut dice = Dice(5);
    let mut text = "BCDF-GHJK\n".to_owned();
    for _ in 0..5_000 {
        writeln!(text, "a {} e", dice.code()).unwrap();
    }
    let scan = looked(Input::Text(&text));
    assert_eq!(scan.skipped, [Skipped::TooManyCandidates]);
    assert_eq!(scan.finds[0].what, What::UserCode("BCDFGHJK".into()));
    let blob: Vec<u8> = (0..500_000).map(|_| dice.byte()).collect();
    let scan = looked(Input::Text(&format!("{}\nBCDF-GHJK\n", mime::base64(&blob))));
    assert!(
        scan.finds.iter().any(|find| find.what == What::UserCode("BCDFGHJK".into())),
        "a blob does not hide a code"
    );
}

/// Where no picture may be looked at, none is, and the words are.
#[test]
fn words_alone_can_be_looked_at() {
    let watch = Watch {
        alphabet: ALPHABET.iter().copied().map(char::from).collect(),
        length: LENGTH,
        origins: vec![ORIGIN.into()],
        schemes: Vec::new(),
    };
    let picture =
        mime::file_part("image/png", "a.png", &mime::qr(&format!("{ORIGIN}/device?user_code=WDJBMJHT")));
    let document = mime::file_part("application/pdf", "a.pdf", b"%PDF-1.7 and so on");
    let mail = mime::mail("BCDF-GHJK", &mime::multipart("mixed", "b", &[picture, document]));
    let limits = Limits { images: 0, ..Limits::default() };
    let scan = scan(Input::Mail(&mail), &watch, &limits, &|| true);
    assert_eq!(scan.skipped, [Skipped::TooManyImages]);
    assert!(scan.finds.iter().all(|find| find.what == What::UserCode("BCDFGHJK".into())), "{scan:?}");
    assert!(!scan.finds.is_empty());
}

/// When the time is over deep inside, nothing more is decoded on the way back.
#[test]
fn the_way_back_is_short() {
    let mut nested = String::new();
    for depth in 0..15 {
        write!(
            nested,
            "Content-Type: multipart/mixed; boundary=b{depth}\r\nContent-Type: multipart/x; boundary=c{depth}\r\n\
             Content-Transfer-Encoding: quoted-printable\r\nContent-Transfer-Encoding: base64\r\n\r\n--b{depth}\r\n"
        )
        .unwrap();
    }
    let steps = Cell::new(0);
    let watch = Watch { alphabet: "B".into(), length: 8, origins: Vec::new(), schemes: Vec::new() };
    let scan = scan(Input::Mail(nested.as_bytes()), &watch, &Limits::default(), &|| {
        steps.set(steps.get() + 1);
        steps.get() < 40
    });
    assert!(scan.skipped.contains(&Skipped::OutOfTime));
    // One question for each level and piece that is left, not four readings of each.
    assert!(steps.get() < 40 + 2 * 16, "{}", steps.get());
}
