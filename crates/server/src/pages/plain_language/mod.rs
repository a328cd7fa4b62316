//! Do the pages speak plainly, and is a no as easy as a yes? The rules of BCP section 6.1.14 as data, over every page in
//! every language. (R6.14a, R6.14b, R6.14c)
//!
//! Each rule has samples that break it and no other, so that none can rot into one that nothing breaks.

mod broken;
mod decision;
mod reading;
mod rules;
mod wording;

use super::locale::Locale;
use super::samples::{self, Sample};
use super::{Frame, Pages, Site, education, messages};
use rules::Seen;

fn pages() -> Pages {
    let site = Site { operator: "Tandem demo".to_owned(), address: "https://login.example.com".to_owned() };
    Pages::new(None, site).unwrap()
}

fn draw(pages: &Pages, sample: &dyn Sample, locale: Locale) -> String {
    let frame = Frame {
        locale,
        request_id: "01J-sample",
        signed_in_as: Some("alice".to_owned()),
        csrf: Some("csrf-sample".to_owned()),
        here: Some("/device".to_owned()),
    };
    sample.render(pages, &frame).html
}

/// R6.14a, R6.14b, R6.14c
#[test]
fn every_page_keeps_every_rule_in_every_language() {
    let pages = pages();
    let (mut breaches, mut decisions) = (Vec::new(), 0);
    for locale in Locale::ALL {
        samples::each(&mut |name, sample| {
            let html = draw(&pages, sample, locale);
            let seen = Seen::new(&pages, locale, &html);
            decisions += usize::from(seen.is_decision());
            for (rule, breach) in seen.breaches() {
                breaches.push(format!("{name} ({}) breaks “{rule}”: {breach}", locale.tag()));
            }
            Ok(())
        })
        .unwrap();
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
    assert!(decisions > 40, "{decisions}");
}

/// What no page shows, such as mails and notifications, is as plain.
#[test]
fn every_message_keeps_the_rules_of_words() {
    let pages = pages();
    let texts =
        messages::SHIPPED.into_iter().chain(education::SHIPPED.map(|(locale, _, text)| (locale, text)));
    for (locale, text) in texts {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let words = line.split_once('=').map_or(line, |(_, words)| words);
            let words: String =
                words.split('{').map(|part| part.split_once('}').map_or(part, |(_, after)| after)).collect();
            let seen = Seen::new(&pages, locale, &words);
            assert_eq!(seen.breaches(), [], "{}: {line}", locale.tag());
        }
    }
}
