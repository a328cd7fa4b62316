//! Is a code found wherever and however it stands, and are ordinary mails let alone? (R6.5)

mod mail_corpus;

use mail_corpus::{ALPHABET, Dice, LENGTH, ORIGIN, disguises, live_codes, mime, ordinary, places};
use std::collections::HashSet;
use tandem_content_filter::{Form, Input, Limits, Scan, Skipped, Watch, What, scan};

fn watch() -> Watch {
    Watch {
        alphabet: ALPHABET.iter().copied().map(char::from).collect(),
        length: LENGTH,
        origins: vec![ORIGIN.into()],
        schemes: vec!["openid4vp".into(), "haip".into()],
    }
}

fn scanned(mail: &[u8]) -> Scan {
    scan(Input::Mail(mail), &watch(), &Limits::default(), &|| true)
}

fn codes(scan: &Scan) -> HashSet<&str> {
    scan.finds
        .iter()
        .filter_map(|find| match &find.what {
            What::UserCode(code) => Some(code.as_str()),
            _ => None,
        })
        .collect()
}

/// R6.5: ordinary mail has no live code in it, no link of ours, and little that has to be looked up.
#[test]
fn ordinary_mails_pass() {
    let live: HashSet<String> = live_codes().into_iter().collect();
    let mails = ordinary::all();
    assert!(mails.len() >= 200, "{}", mails.len());
    let mut counts = Vec::new();
    for (name, mail) in &mails {
        let scan = scanned(mail);
        for find in &scan.finds {
            assert!(matches!(find.what, What::UserCode(_)), "{name}: {find:?}");
        }
        let codes = codes(&scan);
        assert!(!codes.iter().any(|code| live.contains(*code)), "{name}");
        let unlooked = scan.skipped.iter().find(|skipped| !matches!(skipped, Skipped::NotLookedInto { .. }));
        assert_eq!(unlooked, None, "{name}");
        counts.push((codes.len(), name));
    }
    counts.sort();
    let sum: usize = counts.iter().map(|(count, _)| count).sum();
    let (most, whose) = counts.last().unwrap();
    let median = counts[counts.len() / 2].0;
    eprintln!(
        "{} ordinary mails: {sum} candidates in all, median {median}, most {most} ({whose})",
        counts.len(),
    );
    assert!(median <= 1, "{median}");
    assert!(sum / counts.len() <= 20, "{sum}");
}

/// R6.5: every way of writing a code, at every place.
#[test]
fn every_disguise_is_found_at_every_place() {
    let mut dice = Dice(7);
    let mut tried = 0;
    for _ in 0..6 {
        let code = dice.code();
        for (place, put) in places::TEXT {
            for (way, text) in disguises::written(&code) {
                let scan = scanned(&put(&text));
                assert!(codes(&scan).contains(&*code), "{way} at {place}: {text:?} {code} {scan:?}");
                tried += 1;
            }
        }
        for (way, html) in disguises::marked_up(&code) {
            for page in
                [html.clone(), format!("<!doctype html><html><body><p>Hello,</p>{html}</body></html>")]
            {
                let scan = scanned(&mime::mail("x", &mime::html_part(&page)));
                assert!(codes(&scan).contains(&*code), "{way}: {page} {scan:?}");
                let scan =
                    tandem_content_filter::scan(Input::Html(&page), &watch(), &Limits::default(), &|| true);
                assert!(codes(&scan).contains(&*code), "{way}: {page} {scan:?}");
                tried += 2;
            }
        }
    }
    eprintln!("{tried} disguised codes found");
}

/// R6.5: a QR code in any picture, and one that is set in characters.
#[test]
fn qr_codes_are_found_at_every_place() {
    let code = Dice(11).code();
    let link = format!("{ORIGIN}/device?user_code={code}");
    for content in [&code, &link] {
        for (place, put) in places::PICTURE {
            let scan = scanned(&put(&mime::qr(content)));
            let find = scan.finds.iter().find(|find| find.what == What::UserCode(code.clone()));
            assert_eq!(find.map(|find| find.form), Some(Form::QrCode), "{place}: {scan:?}");
            let has_link = scan.finds.iter().any(|find| matches!(find.what, What::Link(_)));
            assert_eq!(has_link, content == &link, "{place}");
        }
        let drawn = mime::qr_in_blocks(content);
        for (place, put) in [places::TEXT[0], places::TEXT[1], places::TEXT[13]] {
            let scan = scanned(&put(&format!("Scan this:\n\n{drawn}\n\nThank you")));
            assert!(codes(&scan).contains(&*code), "{place}: {scan:?}\n{drawn}");
        }
    }
}

#[test]
fn finds_say_where_they_stood() {
    let mail = mime::mail(
        "BCDF-GHJK",
        &mime::multipart(
            "mixed",
            "b",
            &[
                mime::text_part("BCDF-GHJK https://id.example.com/device"),
                mime::multipart(
                    "alternative",
                    "c",
                    &[mime::text_part("none"), mime::html_part("<b>BCDF</b>GHJK")],
                ),
                mime::file_part("text/plain", "BCDFGHJK.txt", b"none"),
            ],
        ),
    );
    let places: Vec<_> = scanned(&mail)
        .finds
        .into_iter()
        .filter(|find| !matches!(&find.what, What::UserCode(code) if code != "BCDFGHJK"))
        .map(|find| (matches!(find.what, What::Link(_)), find.part, find.form))
        .collect();
    let expected = [
        (false, "0", Form::Header),
        (false, "1", Form::Text),
        (true, "1", Form::Text),
        (false, "2.2", Form::Html),
        (false, "3", Form::FileName),
    ];
    assert_eq!(places, expected.map(|(link, part, form)| (link, part.to_owned(), form)));
}

#[test]
fn what_is_not_looked_at_is_told() {
    let limits = Limits { bytes: 4096, parts: 6, depth: 3, text: 1024, ..Limits::default() };
    let skipped = |mail: &[u8]| scan(Input::Mail(mail), &watch(), &limits, &|| true).skipped;
    let large = skipped(&mime::mail("x", &format!("\r\n{}", "word ".repeat(2000))));
    assert_eq!(large, [Skipped::TooLarge { part: "0".into() }]);
    let many: Vec<String> = (0..9).map(|_| "\r\nx".to_owned()).collect();
    assert_eq!(skipped(&mime::mail("x", &mime::multipart("mixed", "b", &many))), [Skipped::TooManyParts]);
    let deep = (0..5)
        .fold("\r\nx".to_owned(), |part, depth| mime::multipart("mixed", &format!("b{depth}"), &[part]));
    assert_eq!(skipped(&mime::mail("x", &deep)), [Skipped::TooDeep { part: "1.1.1.1".into() }]);
    for (media_type, bytes, told) in [
        ("application/pgp-encrypted", &b"Version: 1"[..], Skipped::Encrypted { part: "1".into() }),
        ("text/plain", b"-----BEGIN PGP MESSAGE-----\n\nhQ", Skipped::Encrypted { part: "1".into() }),
        (
            "application/zip",
            b"PK\x03\x04zzzzzzzzzzzzzz",
            Skipped::NotLookedInto { part: "1".into(), kind: "archive".into() },
        ),
        (
            "video/mp4",
            b"zzzzzzzzzzzzzz",
            Skipped::NotLookedInto { part: "1".into(), kind: "audio or video".into() },
        ),
        (
            "message/partial",
            b"zzzzzzzzzzzzzz",
            Skipped::NotLookedInto { part: "1".into(), kind: "message elsewhere".into() },
        ),
    ] {
        let mail =
            mime::mail("x", &mime::multipart("mixed", "b", &[mime::file_part(media_type, "a", bytes)]));
        assert_eq!(skipped(&mail), [told], "{media_type}");
    }
    let broken = mime::mail(
        "x",
        &mime::multipart("mixed", "b", &[mime::file_part("image/png", "a.png", b"\x89PNG nothing")]),
    );
    assert!(matches!(&skipped(&broken)[..], [Skipped::Undecodable { part, .. }] if part == "1"));
    let never = scan(Input::Mail(b"Subject: BCDFGHJK\n\n"), &watch(), &limits, &|| false);
    assert_eq!(never, Scan { finds: vec![], skipped: vec![Skipped::OutOfTime] });
}
