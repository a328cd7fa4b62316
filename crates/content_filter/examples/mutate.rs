//! Mutates mails, pictures and documents for as many seconds as it is told, where no fuzzer is at hand.
//!
//! `cargo run --release -p tandem-content-filter --example mutate [SECONDS] [SEED]`. A panic that leaves the scanner is a fault, as are
//! finds that cannot be, and more pictures or pixels than were allowed. It prints how many inputs it tried, and which took longest.

#[expect(dead_code, reason = "whether a code is read is not asked here")]
#[path = "../tests/corpus/mod.rs"]
mod corpus;
#[path = "../tests/mail_corpus/mod.rs"]
mod mail_corpus;

use mail_corpus::{ALPHABET, Dice, LENGTH, ORIGIN, disguises, mime, ordinary, places};
use std::collections::BTreeMap;
use std::env;
use std::num::ParseIntError;
use std::time::{Duration, Instant};
use tandem_content_filter::image::{Spent, qr_codes};
use tandem_content_filter::{Input, Limits, Watch, What, pdf, scan};

/// What bytes are tried as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Target {
    Mail,
    Text,
    Html,
    Image,
    Pdf,
}

#[expect(
    clippy::disallowed_methods,
    reason = "it is told for how long to run, and measures how long each input takes"
)]
fn main() -> Result<(), ParseIntError> {
    let mut arguments = env::args().skip(1).map(|argument| argument.parse());
    let end = Instant::now() + Duration::from_secs(arguments.next().transpose()?.unwrap_or(60));
    let mut dice = Dice(arguments.next().transpose()?.unwrap_or(1));
    let watch = Watch {
        alphabet: ALPHABET.iter().copied().map(char::from).collect(),
        length: LENGTH,
        origins: vec![ORIGIN.into()],
        schemes: vec!["openid4vp".into()],
    };
    let seeds = seeds();
    // What the decoders' panics print is of no interest: they are caught.
    std::panic::set_hook(Box::new(|_| {}));
    let mut tried: BTreeMap<Target, (u64, Duration)> = BTreeMap::new();
    while Instant::now() < end {
        let (target, seed) = dice.any(&seeds);
        let bytes = mutated(seed, &seeds, &mut dice);
        let begun = Instant::now();
        look(*target, &bytes, &watch);
        let (count, longest) = tried.entry(*target).or_default();
        *count += 1;
        *longest = begun.elapsed().max(*longest);
    }
    for (target, (count, longest)) in tried {
        println!("{target:?}: {count} inputs, the slowest took {longest:?}");
    }
    Ok(())
}

/// Small ones: what is large takes time, and is tried by the tests of hostile input.
fn seeds() -> Vec<(Target, Vec<u8>)> {
    let mut seeds = Vec::new();
    let code = Dice(3).code();
    for (_, mail) in ordinary::all() {
        seeds.push((Target::Mail, mail));
    }
    for (place, (_, text)) in places::TEXT.iter().cycle().zip(disguises::written(&code)) {
        seeds.push((Target::Mail, place.1(&text)));
        seeds.push((Target::Text, text.into_bytes()));
    }
    for (_, html) in disguises::marked_up(&code) {
        seeds.push((Target::Mail, mime::mail("x", &mime::html_part(&html))));
        seeds.push((Target::Html, html.into_bytes()));
    }
    let picture = mime::qr(&code);
    for (_, put) in places::PICTURE {
        seeds.push((Target::Mail, put(&picture)));
    }
    for (kind, count) in corpus::KINDS {
        for number in 0..count.min(3) {
            let sample = corpus::sample(kind, number as u64);
            let target = if sample.extension == "pdf" { Target::Pdf } else { Target::Image };
            if sample.bytes.len() < 60_000 {
                seeds.push((target, sample.bytes));
            }
        }
    }
    seeds
}

#[expect(clippy::indexing_slicing, reason = "the places are drawn below the length")]
fn mutated(seed: &[u8], seeds: &[(Target, Vec<u8>)], dice: &mut Dice) -> Vec<u8> {
    const SIGNS: &[u8] = b"\r\n\r\n--=?:;\"'<>&%/()[]{}\\\0\x01\x7f\x80\xff\xc3 \t.0129BCDFGHJK";
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(10) {
        if bytes.is_empty() {
            break;
        }
        let at = dice.below(bytes.len());
        let end = (at + dice.below(64) + 1).min(bytes.len());
        match dice.below(9) {
            0 => bytes[at] = dice.byte(),
            1 => bytes[at] = dice.one(SIGNS),
            2 => bytes[at] ^= 1 << dice.below(8),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let piece = bytes[at..end].repeat(dice.below(40) + 1);
                bytes.splice(at..at, piece);
            }
            5 => bytes.truncate(at),
            6 if end - at >= 4 => {
                let number = dice.one(&[0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX, 0xffff, 65_536]);
                bytes[at..at + 4].copy_from_slice(&number.to_be_bytes());
            }
            7 => {
                let digits = dice.one(&["0", "-1", "99999999999", "4294967296", "1e9", "65536"]);
                bytes.splice(at..end.min(at + 2), digits.bytes());
            }
            _ => {
                let (_, other) = dice.any(seeds);
                let from = dice.below(other.len());
                let piece = other[from..(from + 300).min(other.len())].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}

fn look(target: Target, bytes: &[u8], watch: &Watch) {
    let limits = Limits { images: 4, pixels: 400_000, all_pixels: 800_000, ..Limits::default() };
    let words = |input: Input<'_>| {
        for find in scan(input, watch, &limits, &|| true).finds {
            match find.what {
                What::UserCode(code) => {
                    assert!(code.len() == LENGTH && code.bytes().all(|b| ALPHABET.contains(&b)));
                }
                What::Link(link) | What::RequestUri(link) => assert!(link.len() <= 8 * 1024),
            }
        }
    };
    let pictures = |spent: Spent| assert!(spent.images <= limits.images && spent.pixels <= limits.all_pixels);
    let mut spent = Spent::default();
    match target {
        Target::Mail => words(Input::Mail(bytes)),
        Target::Text => words(Input::Text(&String::from_utf8_lossy(bytes))),
        Target::Html => words(Input::Html(&String::from_utf8_lossy(bytes))),
        Target::Image => {
            qr_codes(bytes, &limits, &mut spent, &|| true);
            pictures(spent);
        }
        Target::Pdf => {
            pdf::qr_codes(bytes, &limits, &mut spent, &|| true);
            pictures(spent);
        }
    }
}
