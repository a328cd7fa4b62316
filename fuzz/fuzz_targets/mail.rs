//! Can any bytes crash the content filter, keep it busy, or make it find what nobody could type?
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::cell::Cell;
use std::sync::LazyLock;
use tandem_content_filter::{Input, Limits, Watch, What, scan};

const ALPHABET: &str = "BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

static WATCH: LazyLock<Watch> = LazyLock::new(|| Watch {
    alphabet: ALPHABET.to_owned(),
    length: LENGTH,
    origins: vec!["https://id.example.com".to_owned()],
    schemes: vec!["openid4vp".to_owned(), "haip".to_owned()],
});

// Pictures have targets of their own; here they would only take the time.
static LIMITS: LazyLock<Limits> =
    LazyLock::new(|| Limits { images: 2, pixels: 10_000, all_pixels: 20_000, ..Limits::default() });

fn look(input: Input<'_>) {
    let steps = Cell::new(0_u32);
    let scan = scan(input, &WATCH, &LIMITS, &|| {
        steps.set(steps.get() + 1);
        true
    });
    assert!(steps.get() < 50_000, "steps are bounded");
    for find in scan.finds {
        match find.what {
            What::UserCode(code) => {
                assert!(code.len() == LENGTH && code.chars().all(|c| ALPHABET.contains(c)))
            }
            What::Link(link) | What::RequestUri(link) => assert!(link.len() <= 8 * 1024),
        }
    }
}

fuzz_target!(init: tandem_fuzz::let_decoders_panic(), |data: &[u8]| {
    look(Input::Mail(data));
    if let Ok(text) = std::str::from_utf8(data) {
        look(Input::Text(text));
        look(Input::Html(text));
    }
});
