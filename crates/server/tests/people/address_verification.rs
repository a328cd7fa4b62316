//! Is nothing sent to a number before somebody showed that it is theirs?

use super::support::{Answer, Browser, COOKIE, ISSUER, PASSWORD, START, Server};
use super::text_service::TextService;
use axum::http::header;
use futures_util::future::join_all;
use std::sync::Arc;
use tandem_server::config::Secret;
use tandem_server::notifications::device_detail::{self, Detail};
use tandem_server::people::accounts::{NewUser, create_user};

const HERE: &str = "/account/devices";
const WEBHOOK: &str = "/account/devices/webhook";
const CODE: &str = "/account/devices/webhook/code";
const NUMBER: &str = "+44 20 7946 0000";
const OTHER: &str = "+44 20 7946 0001";

async fn start() -> (Server, TextService) {
    let texts = TextService::start().await;
    (Server::with(|config| texts.allow(config)).await, texts)
}

async fn add_person(server: &Server, username: &str, locale: Option<&str>) {
    let user = NewUser {
        username: username.to_owned(),
        password: Some(Secret::new(PASSWORD.to_owned())),
        locale: locale.map(ToOwned::to_owned),
        ..NewUser::default()
    };
    create_user(&server.app.store, &server.app.people, user, server.app.clock.now()).await.unwrap();
}

/// Somebody who types a number.
struct Person<'s> {
    server: &'s Server,
    browser: Browser<'s>,
    sub: Arc<str>,
}

impl<'s> Person<'s> {
    async fn new(server: &'s Server, username: &str) -> Self {
        Self::at(server, username, "198.51.100.20").await
    }

    async fn at(server: &'s Server, username: &str, address: &'static str) -> Self {
        let browser = server.browser_at(address);
        browser.sign_in(username, PASSWORD).await.leads_to("/account");
        Self { server, browser, sub: server.sub(username).await }
    }

    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.browser.get(HERE).await.field("csrf");
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        self.browser.post(path, &all).await
    }

    async fn save(&self, address: &str) -> Answer {
        self.send(WEBHOOK, &[("change", "save"), ("address", address)]).await
    }

    /// Asks for a code: the sealed value that goes back with it.
    async fn asks(&self, address: &str) -> String {
        let page = self.save(address).await;
        page.is(200).says("Type the code in it").field("verification")
    }

    async fn types(&self, verification: &str, code: &str) -> Answer {
        self.send(CODE, &[("verification", verification), ("code", code)]).await
    }

    /// Types a code that is taken: the page afterwards.
    async fn is_verified(&self, verification: &str, code: &str) -> Answer {
        let answer = self.types(verification, code).await;
        let location = answer.is(303).headers[header::LOCATION].to_str().unwrap().to_owned();
        assert!(location.starts_with("/account/devices?done="), "{location}");
        self.browser.get(&location).await
    }

    /// Where messages go.
    async fn numbers(&self) -> Vec<String> {
        let devices = self.server.app.store.authorization_devices_of(&self.sub).await.unwrap();
        let to = devices.iter().map(|device| device_detail::open(&self.server.app.keys, &device.detail));
        to.map(|detail| match detail {
            Some(Detail::Webhook { to }) => to,
            other => panic!("{other:?}"),
        })
        .collect()
    }
}

/// Six digits that are not these.
fn wrong(code: &str, by: u32) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + by) % 1_000_000)
}

#[track_caller]
fn retry_after(answer: &Answer) -> u64 {
    answer.is(429).says("Too many codes were sent");
    answer.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_number_is_kept_once_its_code_was_typed() {
    let (server, mut texts) = start().await;
    let alice = Person::new(&server, "alice").await;
    let page = alice.save("  ＋４４ 20 7946 0000 ").await;
    page.is(200).says("+44 20 7946 0000").says("autocomplete=\"one-time-code\"").says("10 minutes");
    let message = texts.next().await;
    let code = message["code"].as_str().unwrap();
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    let said = format!(
        "{code} is your code for {}. Type it only on the page where you gave your number, and do not tell anybody \
         this code.",
        server.app.pages.operator()
    );
    assert_eq!(
        message,
        serde_json::json!({
            "type": "address_verification",
            "id": message["id"],
            "sub": *alice.sub,
            "to": NUMBER,
            "code": code,
            "text": said,
            "expires_at": START.as_secs() + 600,
        })
    );
    let verification = page.field("verification");
    for hidden in [code, "7946 0000"] {
        assert!(!verification.contains(hidden) && !message["id"].as_str().unwrap().contains(code));
    }
    assert!(!page.body.contains(code), "the code is on the phone alone");
    assert!(alice.numbers().await.is_empty(), "nothing is kept yet");
    let typed = format!(" {}-{} ", &code[..3], &code[3..]);
    let done = alice.is_verified(&verification, &typed).await;
    done.says("Text messages are switched on").says(NUMBER);
    assert_eq!(alice.numbers().await, [NUMBER]);
    assert!(texts.is_quiet());
    assert_eq!(server.events().await[1..], ["authorization_device_added"]);
}

#[tokio::test]
async fn the_old_number_stays_until_the_new_one_is_verified() {
    let (server, mut texts) = start().await;
    let alice = Person::new(&server, "alice").await;
    let first = alice.asks(NUMBER).await;
    alice.is_verified(&first, &texts.code().await).await;
    // The same again is nothing new.
    alice.save(&format!(" {NUMBER}")).await.is(303);
    assert!(texts.is_quiet());

    let second = alice.asks(OTHER).await;
    let code = texts.code().await;
    alice.types(&second, &wrong(&code, 1)).await.is(403);
    assert_eq!(alice.numbers().await, [NUMBER]);
    // What the form says beside the code is nobody's word.
    let fields = [("verification", second.as_str()), ("code", &code), ("address", "+1"), ("to", "+1")];
    alice.send(CODE, &fields).await.is(303);
    assert_eq!(alice.numbers().await, [OTHER]);
    assert_eq!(server.events().await[1..], ["authorization_device_added", "authorization_device_changed"]);
    alice.send(WEBHOOK, &[("change", "remove")]).await.is(303);
    assert!(alice.numbers().await.is_empty());
}

#[tokio::test]
async fn five_wrong_codes_end_it_however_often_the_form_is_sent_again() {
    let (server, mut texts) = start().await;
    let alice = Person::new(&server, "alice").await;
    let first = alice.asks(NUMBER).await;
    let code = texts.code().await;
    for typed in ["", "12345", "1234567", "12345x", "one two"] {
        let page = alice.types(&first, typed).await;
        page.is(400).says("six digits").says("aria-invalid=\"true\"").field("verification");
    }
    let mut verification = first.clone();
    for left in [4, 3, 2, 1] {
        let page = alice.types(&verification, &wrong(&code, left)).await;
        page.is(403).says(&format!("<bdi>{left}</bdi> tr")).says("another code");
        // Once the value of the last page, once that of the first.
        verification = if left % 2 == 0 { page.field("verification") } else { first.clone() };
    }
    let last = alice.types(&verification, &wrong(&code, 5)).await;
    last.is(403).says("count any more");
    assert!(!last.body.contains("name=\"verification\""));
    for verification in [&first, &verification] {
        alice.types(verification, &code).await.is(403).says("count any more");
    }
    assert!(alice.numbers().await.is_empty());
    assert_eq!(server.events().await[1..], ["address_not_verified"]);
    // Another code has tries of its own.
    let next = alice.asks(NUMBER).await;
    let code = texts.code().await;
    alice.is_verified(&next, &code).await;
}

#[tokio::test]
async fn many_tries_at_once_are_no_way_around() {
    let (server, mut texts) = start().await;
    let alice = Person::new(&server, "alice").await;
    let verification = alice.asks(NUMBER).await;
    let code = texts.code().await;
    let csrf = alice.browser.get(HERE).await.field("csrf");
    let typed: Vec<_> = (1..=50).map(|by| wrong(&code, by)).collect();
    let forms: Vec<_> = typed
        .iter()
        .map(|typed| {
            [("csrf", csrf.as_str()), ("verification", verification.as_str()), ("code", typed.as_str())]
        })
        .collect();
    let answers = join_all(forms.iter().map(|form| alice.browser.post(CODE, form))).await;
    let compared = answers.iter().filter(|answer| answer.is(403).body.contains("another code")).count();
    assert_eq!(compared, 4, "and the fifth ended it");
    alice.types(&verification, &code).await.is(403);
    assert!(alice.numbers().await.is_empty());
}

#[tokio::test]
async fn a_code_ends_after_ten_minutes() {
    let (server, mut texts) = start().await;
    let alice = Person::new(&server, "alice").await;
    let verification = alice.asks(NUMBER).await;
    let code = texts.code().await;
    server.advance(540);
    let again = alice.types(&verification, &wrong(&code, 1)).await;
    again.is(403).says("1 minute");
    server.advance(60);
    // A later page gives no more time than the first.
    for verification in [&verification, &again.field("verification")] {
        let page = alice.types(verification, &code).await;
        page.is(403).says("The time for this code is over");
        assert!(!page.body.contains("name=\"verification\""));
    }
    assert!(alice.numbers().await.is_empty());
}

#[tokio::test]
async fn a_code_works_once() {
    let (server, mut texts) = start().await;
    let alice = Person::new(&server, "alice").await;
    let verification = alice.asks(NUMBER).await;
    let code = texts.code().await;
    alice.is_verified(&verification, &code).await;
    // Sent twice by mistake, it changes nothing, and says so without alarm.
    alice.is_verified(&verification, &code).await.says(NUMBER);
    assert_eq!(server.events().await[1..], ["authorization_device_added"]);
    alice.send(WEBHOOK, &[("change", "remove")]).await.is(303);
    alice.types(&verification, &code).await.is(403).says("count any more");
    assert!(alice.numbers().await.is_empty());
}

#[tokio::test]
async fn a_form_is_good_for_its_person_its_session_and_as_it_is() {
    let (server, mut texts) = start().await;
    let (alice, elsewhere) = (Person::new(&server, "alice").await, Person::new(&server, "alice").await);
    let bob = Person::new(&server, "bob").await;
    let verification = alice.asks(NUMBER).await;
    let code = texts.code().await;
    for person in [&bob, &elsewhere] {
        person.types(&verification, &code).await.is(403).says("open for too long");
        assert!(person.numbers().await.is_empty());
    }
    let mut altered: Vec<_> = (0..verification.len()).step_by(7).collect();
    altered.push(verification.len() - 1);
    for at in altered {
        let mut bytes = verification.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let page = alice.types(&String::from_utf8(bytes).unwrap(), &code).await;
        page.is(403).says("open for too long");
    }
    // What is sealed for another use, with an address in it, is none either.
    let detail = device_detail::seal(&server.app.keys, &Detail::Webhook { to: OTHER.to_owned() }).unwrap();
    for verification in ["", "garbage", "%%%", &"A".repeat(30_000), &verification[..40], &detail] {
        alice.types(verification, &code).await.is(403).says("open for too long");
    }
    alice.send(CODE, &[("code", &code)]).await.is(403).says("open for too long");
    assert!(alice.numbers().await.is_empty());
    assert_eq!(server.events().await.len(), 3, "three signed in, and nothing else happened");
    // None of that cost a try.
    alice.types(&verification, &wrong(&code, 1)).await.is(403).says("<bdi>4</bdi> tries");
    alice.is_verified(&verification, &code).await;
    assert_eq!((alice.numbers().await.len(), bob.numbers().await.len()), (1, 0));
}

#[tokio::test]
async fn both_forms_need_their_page_and_a_session() {
    let (server, mut texts) = start().await;
    let alice = Person::new(&server, "alice").await;
    let verification = alice.asks(NUMBER).await;
    let code = texts.code().await;
    let foreign = Person::new(&server, "bob").await.browser.get(HERE).await.field("csrf");
    let save = [("change", "save"), ("address", OTHER)];
    let typed = [("verification", verification.as_str()), ("code", &code)];
    for (path, fields) in [(WEBHOOK, save), (CODE, typed)] {
        for csrf in [None, Some(""), Some(foreign.as_str())] {
            let mut form = fields.to_vec();
            form.extend(csrf.map(|csrf| ("csrf", csrf)));
            alice.browser.post(path, &form).await.is(403).says("open for too long");
        }
        let own = alice.browser.get(HERE).await.field("csrf");
        let form = [fields.as_slice(), &[("csrf", own.as_str())]].concat();
        alice.browser.post_with(path, &form, &[("origin", "https://evil.example")]).await.is(403);
        assert_ne!("https://evil.example", ISSUER);
        server.browser().post(path, &form).await.is(403);
    }
    assert!(texts.is_quiet() && alice.numbers().await.is_empty());
    alice.is_verified(&verification, &code).await;
}

#[tokio::test]
async fn a_person_gets_three_codes_and_then_one_in_twenty_minutes() {
    let (server, mut texts) = start().await;
    let alice = Person::new(&server, "alice").await;
    for last in 0..3 {
        alice.asks(&format!("+44 20 7946 000{last}")).await;
        texts.next().await;
    }
    let elsewhere = Person::at(&server, "alice", "192.0.2.9").await;
    for person in [&alice, &elsewhere] {
        let refused = person.save("+44 20 7946 0003").await;
        assert_eq!(retry_after(&refused), 1_200);
        assert!(!refused.body.contains("name=\"verification\""));
    }
    assert!(texts.is_quiet());
    server.advance(1_199);
    assert_eq!(retry_after(&alice.save("+44 20 7946 0003").await), 1);
    server.advance(1);
    alice.asks("+44 20 7946 0003").await;
    retry_after(&alice.save("+44 20 7946 0003").await);
    texts.next().await;
    assert!(texts.is_quiet());
    Person::new(&server, "bob").await.asks("+44 20 7946 0004").await;
}

#[tokio::test]
async fn a_number_gets_as_many_whoever_asks_and_however_they_write_it() {
    let (server, mut texts) = start().await;
    add_person(&server, "carol", None).await;
    let (alice, bob) = (Person::new(&server, "alice").await, Person::new(&server, "bob").await);
    let carol = Person::at(&server, "carol", "192.0.2.9").await;
    alice.asks(NUMBER).await;
    alice.asks("+442079460000").await;
    bob.asks("0044 (0)20 7946-0000").await;
    for _ in 0..3 {
        texts.next().await;
    }
    for number in [
        NUMBER,
        "+44\u{202f}20\u{2009}7946\u{2060}0000",
        "＋４４２０７９４６００００",
        "tel:+442079460000;ext=1",
    ] {
        assert_eq!(retry_after(&carol.save(number).await), 1_200, "{number}");
    }
    assert!(texts.is_quiet());
    // Who was refused for the number has their own codes left.
    for last in 1..=3 {
        carol.asks(&format!("+44 20 7946 000{last}")).await;
    }
    retry_after(&carol.save("+44 20 7946 0009").await);
}

#[tokio::test]
async fn from_one_address_so_many_and_no_more() {
    let (server, _texts) = start().await;
    for person in 0..11 {
        let username = format!("person{person}");
        add_person(&server, &username, None).await;
        let from = Person::at(&server, &username, "203.0.113.7").await;
        if person == 10 {
            assert_eq!(retry_after(&from.save("+44 20 7900 0099").await), 60);
            let elsewhere = Person::at(&server, &username, "203.0.113.8").await;
            elsewhere.asks("+44 20 7900 0099").await;
            break;
        }
        for number in 0..3 {
            from.asks(&format!("+44 20 7900 00{person}{number}")).await;
        }
    }
}

#[tokio::test]
async fn a_restart_forgets_neither_limits_nor_tries() {
    let (server, mut texts) = start().await;
    let alice = Person::new(&server, "alice").await;
    let verification = alice.asks(NUMBER).await;
    let code = texts.code().await;
    for by in 1..=5 {
        alice.types(&verification, &wrong(&code, by)).await.is(403);
    }
    let used = alice.asks(OTHER).await;
    let used_code = texts.code().await;
    alice.is_verified(&used, &used_code).await;
    let good = alice.asks(NUMBER).await;
    let good_code = texts.code().await;
    let cookie = alice.browser.cookie();
    server.app.limits.keep(&server.app.store, server.app.clock.now()).await.unwrap();
    drop(alice);
    let server = server.restart(true).await;
    let (browser, sub) = (server.browser_with(COOKIE, &cookie), server.sub("alice").await);
    let alice = Person { server: &server, browser, sub };
    assert_eq!(retry_after(&alice.save("+44 20 7946 0005").await), 1_200);
    alice.types(&verification, &code).await.is(403).says("count any more");
    alice.send(WEBHOOK, &[("change", "remove")]).await.is(303);
    alice.types(&used, &used_code).await.is(403).says("count any more");
    assert!(alice.numbers().await.is_empty());
    alice.is_verified(&good, &good_code).await;
    assert_eq!(alice.numbers().await, [NUMBER]);
}

#[tokio::test]
async fn what_the_service_does_not_take_is_said_and_nothing_is_kept() {
    let (server, mut texts) = start().await;
    let alice = Person::new(&server, "alice").await;
    let cases: [(&[u16], Option<&'static str>, usize); 6] = [
        (&[400], None, 1),
        (&[404], None, 1),
        (&[302], None, 1),
        (&[500, 503], None, 2),
        (&[429, 400], None, 2),
        // It said when to come back, and nobody waits that long.
        (&[503], Some("1"), 1),
    ];
    for (statuses, wait, times) in cases {
        for status in statuses {
            texts.answer(*status, wait);
        }
        let page = alice.save(NUMBER).await;
        page.is(503).says("No code could be sent to this number").says(NUMBER);
        assert!(!page.body.contains("name=\"verification\""), "{statuses:?}");
        for _ in 0..times {
            texts.next().await;
        }
        assert!(texts.is_quiet() && alice.numbers().await.is_empty(), "{statuses:?}");
        server.advance(1_200);
    }
    // A service that is there again a moment later.
    texts.answer(503, None);
    let verification = alice.asks(NUMBER).await;
    let (first, second) = (texts.next().await, texts.next().await);
    assert_eq!(first, second, "the same message, by its name too");
    alice.is_verified(&verification, second["code"].as_str().unwrap()).await;
    // And one that is gone.
    drop(texts);
    alice.save(OTHER).await.is(503).says("No code could be sent");
    assert_eq!(alice.numbers().await, [NUMBER]);
}

#[tokio::test]
async fn what_was_sent_in_vain_counts_too() {
    let (server, mut texts) = start().await;
    let alice = Person::new(&server, "alice").await;
    for _ in 0..3 {
        texts.answer(400, None);
        alice.save(NUMBER).await.is(503);
        texts.next().await;
    }
    retry_after(&alice.save(NUMBER).await);
    assert!(texts.is_quiet());
}

#[tokio::test]
async fn the_message_is_in_the_persons_language() {
    let (server, mut texts) = start().await;
    add_person(&server, "chiyo", Some("ja")).await;
    let chiyo = Person::new(&server, "chiyo").await;
    chiyo.asks(NUMBER).await;
    let message = texts.next().await;
    let (text, code) = (message["text"].as_str().unwrap(), message["code"].as_str().unwrap());
    assert!(text.contains("誰にも教えないで") && text.contains(code), "{text}");
}

#[tokio::test]
async fn without_a_service_there_is_nothing_to_verify() {
    let server = Server::start().await;
    let alice = Person::new(&server, "alice").await;
    alice.save(NUMBER).await.is(404);
    alice.types("garbage", "123456").await.is(404);
}
