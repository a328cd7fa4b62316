//! How does a person set up what reaches them, and who may do it for them?

use super::authenticator::Authenticator;
use super::passkeys;
use super::support::{Answer, Browser, ISSUER, PASSWORD, Server};
use super::text_service::TextService;
use axum::http::header;
use std::sync::Arc;
use tandem_core::digest::Digest;
use tandem_server::config::{Email, MailTls, RateLimit, Secret};
use tandem_server::notifications::device_detail::{self, Detail};
use tandem_server::people::accounts::{NewUser, create_user};
use tandem_store::{AuthorizationDevice, DeviceChannel, PersonSettings};

const HERE: &str = "/account/devices";

/// With every channel set up, `carol`, whose address is known to be hers, and `dave`, whose is not.
async fn server() -> Server {
    server_with(&TextService::start().await).await
}

/// The same, and text messages go there.
async fn server_with(texts: &TextService) -> Server {
    let server = Server::with(|config| {
        texts.allow(config);
        config.notifications.email = Some(Email {
            host: "localhost".to_owned(),
            port: Some(9),
            tls: MailTls::None,
            username: None,
            password: None,
            password_file: None,
            from: "no-reply@example.com".to_owned(),
        });
        config.rate_limits.sign_in_account = RateLimit::of(3, 2);
    })
    .await;
    for (username, email_verified) in [("carol", true), ("dave", false)] {
        let user = NewUser {
            username: username.to_owned(),
            password: Some(Secret::new(PASSWORD.to_owned())),
            email: Some(format!("{username}@example.com")),
            email_verified,
            ..NewUser::default()
        };
        create_user(&server.app.store, &server.app.people, user, server.app.clock.now()).await.unwrap();
    }
    server
}

/// A person on their page of devices.
struct Person<'s> {
    server: &'s Server,
    browser: Browser<'s>,
    sub: Arc<str>,
}

impl<'s> Person<'s> {
    async fn new(server: &'s Server, username: &str) -> Self {
        let browser = server.browser();
        browser.sign_in(username, PASSWORD).await.leads_to("/account");
        Self { server, browser, sub: server.sub(username).await }
    }

    async fn page(&self) -> Answer {
        let page = self.browser.get(HERE).await;
        page.is(200);
        page
    }

    /// Sends a form of the page.
    async fn send(&self, form: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.page().await.field("csrf");
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend(fields);
        self.browser.post(&format!("{HERE}/{form}"), &all).await
    }

    /// Sends a form that does what it should: the page afterwards.
    async fn done(&self, form: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.send(form, fields).await;
        let location = answer.is(303).headers[header::LOCATION].to_str().unwrap();
        assert!(location.starts_with("/account/devices?done="), "{location}");
        self.browser.get(location).await
    }

    /// Has text messages sent to a number, with the code that comes there: the page afterwards.
    async fn verified(&self, texts: &mut TextService, number: &str) -> Answer {
        let page = self.send("webhook", &[("change", "save"), ("address", number)]).await;
        let (verification, code) = (page.is(200).field("verification"), texts.code().await);
        self.done("webhook/code", &[("verification", &verification), ("code", &code)]).await
    }

    async fn devices(&self) -> Arc<Vec<AuthorizationDevice>> {
        self.server.app.store.authorization_devices_of(&self.sub).await.unwrap()
    }

    async fn details(&self) -> Vec<Detail> {
        let devices = self.devices().await;
        devices
            .iter()
            .map(|device| device_detail::open(&self.server.app.keys, &device.detail).unwrap())
            .collect()
    }

    async fn settings(&self) -> Arc<PersonSettings> {
        self.server.app.store.person_settings(&self.sub).await.unwrap()
    }

    /// Gives them a device of some kind.
    async fn given(&self, name: &str) -> Digest {
        let id = Digest::of(format!("{} {name}", self.sub).as_bytes());
        let device = AuthorizationDevice {
            id,
            sub: Arc::clone(&self.sub),
            kind: DeviceChannel::App,
            name: name.to_owned(),
            detail: String::new(),
            created_at: self.server.app.clock.now(),
            last_used_at: None,
        };
        assert!(self.server.app.store.put_authorization_device(device).await.unwrap());
        id
    }

    async fn knows_user_code(&self, code: &str) -> bool {
        let settings = self.settings().await;
        let turn = self.server.app.people.passwords.turn().await.unwrap();
        turn.verify_hash(settings.user_code_hash.as_deref(), code).await.unwrap()
    }
}

/// Quiet hours to save.
fn hours<'a>(from: &'a str, until: &'a str, zone: &'a str) -> [(&'static str, &'a str); 4] {
    [("from", from), ("until", until), ("zone", zone), ("change", "save")]
}

/// A user code to save.
fn save<'a>(code: &'a str, password: &'a str) -> [(&'static str, &'a str); 3] {
    [("user_code", code), ("password", password), ("change", "save")]
}

const FORMS: [&str; 8] =
    ["rename", "remove", "app", "email", "webhook", "webhook/code", "user-code", "quiet-hours"];

#[tokio::test]
async fn nobody_sees_or_changes_anything_without_signing_in() {
    let server = server().await;
    let stranger = server.browser();
    stranger.get(HERE).await.leads_to("/sign-in?next=/account/devices");
    let csrf = stranger.csrf().await;
    for form in FORMS {
        stranger.post(&format!("{HERE}/{form}"), &[("csrf", &csrf)]).await.is(403);
    }
}

#[tokio::test]
async fn every_form_is_guarded_alike() {
    let server = server().await;
    let carol = Person::new(&server, "carol").await;
    let other = Person::new(&server, "carol").await;
    let id = carol.given("Phone").await.to_string();
    let csrf = carol.page().await.field("csrf");
    let foreign = other.page().await.field("csrf");
    let fields = [
        ("device", id.as_str()),
        ("name", "New"),
        ("change", "save"),
        ("address", "+44 20 7946 0000"),
        ("user_code", "blue kettle"),
        ("password", PASSWORD),
        ("from", "22:00"),
        ("until", "07:00"),
        ("zone", "UTC"),
    ];
    for form in FORMS {
        let path = format!("{HERE}/{form}");
        let mut fields = fields.to_vec();
        if form == "email" {
            fields[2].1 = "on";
        }
        for token in [None, Some(""), Some("garbage"), Some(foreign.as_str())] {
            let mut form = fields.clone();
            form.extend(token.map(|token| ("csrf", token)));
            carol.browser.post(&path, &form).await.is(403).says("open for too long");
        }
        fields.push(("csrf", &csrf));
        let evil = [("origin", "https://evil.example")];
        carol.browser.post_with(&path, &fields, &evil).await.is(403);
        let big = "x".repeat(70_000);
        carol.browser.post(&path, &[("csrf", &csrf), ("pad", &big)]).await.is(413);
        carol.browser.get(&path).await.is(405);
    }
    let devices = carol.devices().await;
    assert_eq!((devices.len(), devices[0].name.as_str()), (1, "Phone"));
    assert_eq!(*carol.settings().await, PersonSettings::default());
}

#[tokio::test]
async fn a_device_is_renamed_and_removed_by_its_owner_alone() {
    let server = server().await;
    let (carol, bob) = (Person::new(&server, "carol").await, Person::new(&server, "bob").await);
    let id = carol.given("Phone").await.to_string();
    let no_such = Digest::of(b"x").to_string();
    for device in [id.as_str(), &no_such, "", "garbage", &"A".repeat(5_000)] {
        bob.send("rename", &[("device", device), ("name", "Mine")]).await.is(404);
        bob.send("remove", &[("device", device)]).await.is(404);
    }
    assert_eq!(carol.devices().await[0].name, "Phone");
    carol.done("rename", &[("device", &id), ("name", " Carol\u{202e}s \n phone ")]).await.says("new name");
    assert_eq!(carol.devices().await[0].name, "Carols phone");
    for name in ["", "  ", "\u{200b}", &"x".repeat(65)] {
        let answer = carol.send("rename", &[("device", &id), ("name", name)]).await;
        answer.is(400).says("The old one was kept").says("Carols phone");
    }
    carol.done("remove", &[("device", &id)]).await.says("The device is removed");
    carol.send("remove", &[("device", &id)]).await.is(404);
    assert!(carol.devices().await.is_empty());
    let events = server.events().await;
    assert_eq!(events.iter().filter(|kind| *kind == "authorization_device_removed").count(), 1);
}

#[tokio::test]
async fn email_goes_to_an_address_that_is_known_to_be_theirs() {
    let server = server().await;
    let carol = Person::new(&server, "carol").await;
    carol.page().await.says("can be announced to");
    let page = carol.done("email", &[("change", "on")]).await;
    page.says("E-mail is switched on").says("is announced to").says("carol@example.com");
    assert_eq!(carol.details().await, [Detail::Email { address: "carol@example.com".to_owned() }]);
    let device = &carol.devices().await[0];
    assert!(!format!("{}{}", device.name, device.detail).contains("carol@"), "the address is sealed");
    carol.done("email", &[("change", "on")]).await;
    assert_eq!(carol.devices().await.len(), 1);
    carol.done("email", &[("change", "off")]).await.says("E-mail is switched off");
    carol.done("email", &[("change", "off")]).await;
    assert!(carol.devices().await.is_empty());
    carol.send("email", &[("change", "maybe")]).await.is(404);
    assert_eq!(server.events().await[1..], ["authorization_device_added", "authorization_device_removed"]);

    // Not verified, and none at all.
    for username in ["dave", "bob"] {
        let person = Person::new(&server, username).await;
        person.page().await.says("no confirmed e-mail address");
        person.send("email", &[("change", "on"), ("address", "carol@example.com")]).await.is(404);
        assert!(person.devices().await.is_empty());
    }
}

#[tokio::test]
async fn text_messages_go_where_the_person_says() {
    let mut texts = TextService::start().await;
    let server = server_with(&texts).await;
    let bob = Person::new(&server, "bob").await;
    for address in ["", "  ", "+44\r\n20", "+44 20 7946 000²", &"1".repeat(257)] {
        let answer = bob.send("webhook", &[("change", "save"), ("address", address)]).await;
        answer.is(400).says("sent to this number");
        assert!(bob.devices().await.is_empty());
    }
    assert!(texts.is_quiet());
    let page = bob.verified(&mut texts, " +44 20 7946 0000 ").await;
    page.says("Text messages are switched on").says("+44 20 7946 0000");
    bob.verified(&mut texts, "+44 20 7946 0001").await;
    assert_eq!(bob.details().await, [Detail::Webhook { to: "+44 20 7946 0001".to_owned() }]);
    let device = &bob.devices().await[0];
    assert!(!format!("{}{}", device.name, device.detail).contains("7946 0001"), "the address is sealed");
    // A name stays when the address changes.
    bob.done("rename", &[("device", &device.id.to_string()), ("name", "Work")]).await;
    bob.verified(&mut texts, "+44 20 7946 0002").await;
    assert_eq!(bob.devices().await[0].name, "Work");
    bob.done("webhook", &[("change", "remove")]).await.says("Text messages are switched off");
    assert!(bob.devices().await.is_empty());
}

#[tokio::test]
async fn channels_that_the_operator_has_not_set_up_cannot_be_used() {
    let server = Server::start().await;
    let alice = Person::new(&server, "alice").await;
    let page = alice.page().await;
    assert!(!page.body.contains("/account/devices/email") && !page.body.contains("/account/devices/webhook"));
    alice.send("email", &[("change", "on")]).await.is(404);
    alice.send("webhook", &[("change", "save"), ("address", "+44 20 7946 0000")]).await.is(404);
    assert!(alice.devices().await.is_empty());
}

#[tokio::test]
async fn a_person_has_so_many_devices_and_no_more() {
    let mut texts = TextService::start().await;
    let server = server_with(&texts).await;
    let carol = Person::new(&server, "carol").await;
    for n in 0..20 {
        carol.given(&format!("Phone {n}")).await;
    }
    carol.send("email", &[("change", "on")]).await.is(409).says("<bdi>20</bdi> devices");
    carol.send("webhook", &[("change", "save"), ("address", "+44 20 7946 0000")]).await.is(409);
    assert!(texts.is_quiet(), "no code for what there is no room for");
    assert_eq!(carol.devices().await.len(), 20);

    // A browser that is gone makes room for whatever else reaches her.
    let gone = |number: usize| AuthorizationDevice {
        id: Digest::of(format!("gone {number}").as_bytes()),
        sub: Arc::clone(&carol.sub),
        kind: DeviceChannel::WebPush,
        name: "Old browser".to_owned(),
        detail: device_detail::seal(&server.app.keys, &Detail::WebPushGone).unwrap(),
        created_at: server.app.clock.now(),
        last_used_at: None,
    };
    for (number, phone) in carol.devices().await.iter().take(2).enumerate() {
        assert!(server.app.store.remove_authorization_device(phone.id, &carol.sub).await.unwrap());
        assert!(server.app.store.put_authorization_device(gone(number)).await.unwrap());
    }
    carol.done("email", &[("change", "on")]).await;
    carol.verified(&mut texts, "+44 20 7946 0000").await;
    let kinds: Vec<_> = carol.devices().await.iter().map(|device| device.kind).collect();
    assert_eq!((kinds.len(), kinds.contains(&DeviceChannel::WebPush)), (20, false));
}

#[tokio::test]
async fn quiet_hours_are_times_in_a_zone_that_exists() {
    let server = server().await;
    let bob = Person::new(&server, "bob").await;
    for (from, until) in
        [("", ""), ("24:00", "07:00"), ("22:00", "22:00"), ("10pm", "07:00"), ("22:00", "\"><b>")]
    {
        let answer = bob.send("quiet-hours", &hours(from, until, "Asia/Tokyo")).await;
        answer.is(400).says("two different times");
        assert!(!answer.body.contains("<b>"));
    }
    for zone in ["", "Moon/Crater", "asia/tokyo", "../etc/passwd", &"x".repeat(5_000)] {
        bob.send("quiet-hours", &hours("22:00", "07:00", zone)).await.is(400).says("this time zone");
    }
    assert!(bob.settings().await.quiet_hours.is_none());
    let page = bob.done("quiet-hours", &hours("22:30", "06:45", "Asia/Tokyo")).await;
    page.says("quiet hours are saved").says("value=\"22:30\"").says("<option selected>Asia");
    let kept = bob.settings().await.quiet_hours.clone().unwrap();
    assert_eq!((kept.from, kept.until, kept.zone.as_str()), (22 * 60 + 30, 6 * 60 + 45, "Asia/Tokyo"));
    // A mistake changes nothing of what was kept.
    bob.send("quiet-hours", &hours("22:30", "22:30", "Asia/Tokyo")).await.is(400);
    assert_eq!(bob.settings().await.quiet_hours.as_ref(), Some(&kept));
    bob.done("quiet-hours", &[("change", "remove")]).await.says("Quiet hours are switched off");
    assert!(bob.settings().await.quiet_hours.is_none());
}

#[tokio::test]
async fn the_user_code_changes_with_the_password_only() {
    let server = server().await;
    let bob = Person::new(&server, "bob").await;
    for code in ["", "abc", "    ", "12\t345", &"x".repeat(33)] {
        bob.send("user-code", &save(code, PASSWORD))
            .await
            .is(400)
            .says("The secret needs <bdi>4</bdi> to <bdi>32</bdi>");
    }
    for wrong in ["", "wrong"] {
        bob.send("user-code", &save("blue kettle", wrong)).await.is(403).says("password is wrong");
    }
    assert!(bob.settings().await.user_code_hash.is_none());
    let page = bob.done("user-code", &save(" blue kettle ", PASSWORD)).await;
    page.says("new secret counts").says("You have one");
    assert!(!page.body.contains("blue kettle"));
    assert!(bob.knows_user_code("blue kettle").await && !bob.knows_user_code("Blue kettle").await);
    // The quiet hours do not touch it.
    bob.done("quiet-hours", &hours("22:00", "07:00", "UTC")).await;
    assert!(bob.knows_user_code("blue kettle").await);

    bob.send("user-code", &[("change", "remove"), ("password", "wrong")]).await.is(403);
    assert!(bob.knows_user_code("blue kettle").await);
    let limited = bob.send("user-code", &[("change", "remove"), ("password", PASSWORD)]).await;
    limited.is(429).says("Too many tries");
    assert_eq!(limited.headers[header::RETRY_AFTER], "30", "guessing here is guessing at the door");
    assert!(bob.knows_user_code("blue kettle").await);
    server.advance(30);
    let done = bob.done("user-code", &[("change", "remove"), ("password", PASSWORD)]).await;
    done.says("The secret is removed").says("You have none");
    assert!(bob.settings().await.user_code_hash.is_none());
    let events = server.events().await;
    assert!(
        events.contains(&"user_code_changed".to_owned()) && events.contains(&"user_code_removed".to_owned())
    );
}

#[tokio::test]
async fn a_passkey_sign_in_stands_for_the_password_for_five_minutes() {
    let server = server().await;
    let mut authenticator = Authenticator::new(ISSUER);
    let first = server.browser();
    first.sign_in("alice", PASSWORD).await.leads_to("/account");
    passkeys::register(&first, &mut authenticator, "Phone").await.is(200);
    let browser = server.browser();
    passkeys::sign_in(&browser, &mut authenticator, "/account").await.is(200);
    let alice = Person { server: &server, browser, sub: server.sub("alice").await };
    assert!(!alice.page().await.body.contains("name=\"password\""));
    server.advance(300);
    alice.done("user-code", &[("user_code", "blue kettle"), ("change", "save")]).await;
    assert!(alice.knows_user_code("blue kettle").await);
    server.advance(1);
    alice.page().await.says("name=\"password\"");
    alice.send("user-code", &[("change", "remove")]).await.is(403).says("password is wrong");
    assert!(alice.knows_user_code("blue kettle").await);

    // Without a password there is nothing to ask for: the passkey has to be shown again.
    server.app.store.set_password(&alice.sub, None, server.app.clock.now()).await.unwrap();
    assert!(!alice.page().await.body.contains("name=\"password\""));
    let answer = alice.send("user-code", &[("change", "remove"), ("password", "")]).await;
    answer.leads_to("/sign-in?next=/account/devices&again=1");
    assert!(alice.knows_user_code("blue kettle").await);
}

#[tokio::test]
async fn a_link_for_an_app_needs_somebody_who_signed_in_lately() {
    let server = server().await;
    let bob = Person::new(&server, "bob").await;
    let page = bob.send("app", &[]).await;
    page.is(200).says("register?code=").says("<svg").says("10 minutes");
    let again = bob.send("app", &[]).await;
    let code = |page: &Answer| {
        let (_, rest) = page.body.split_once("register?code=").unwrap();
        rest[..rest.find('<').unwrap()].to_owned()
    };
    assert_ne!(code(&page), code(&again));
    assert!(!bob.page().await.body.contains("register?code="), "it is shown once");
    server.advance(600);
    bob.send("app", &[]).await.is(200);
    server.advance(1);
    bob.send("app", &[]).await.leads_to("/sign-in?next=/account/devices&again=1");
}

#[tokio::test]
async fn what_was_done_is_said_to_whom_it_was_done() {
    let server = server().await;
    let (carol, bob) = (Person::new(&server, "carol").await, Person::new(&server, "bob").await);
    let answer = carol.send("email", &[("change", "on")]).await;
    let location = answer.headers[header::LOCATION].to_str().unwrap().to_owned();
    let words = "E-mail is switched on";
    assert!(!bob.browser.get(&location).await.is(200).body.contains(words));
    carol.browser.get(&location).await.says(words);
    server.advance(60);
    assert!(!carol.browser.get(&location).await.is(200).body.contains(words));
    assert!(!carol.browser.get("/account/devices?done=garbage").await.is(200).body.contains(words));
}

#[tokio::test]
async fn two_forms_sent_at_once_undo_nothing_of_each_other() {
    let server = server().await;
    let bob = Person::new(&server, "bob").await;
    let (code, hours) = (save("blue kettle", PASSWORD), hours("22:00", "07:00", "UTC"));
    for _ in 0..10 {
        server.app.store.put_person_settings(&bob.sub, &PersonSettings::default()).await.unwrap();
        tokio::join!(bob.done("user-code", &code), bob.done("quiet-hours", &hours));
        let settings = bob.settings().await;
        assert!(settings.user_code_hash.is_some() && settings.quiet_hours.is_some());
    }
}

#[tokio::test]
async fn the_account_page_leads_here_and_the_page_speaks_japanese() {
    let server = server().await;
    let bob = Person::new(&server, "bob").await;
    bob.browser.get("/account").await.says("href=\"/account/devices\"");
    bob.browser.get("/account/devices?lang=ja").await.is(200).says("lang=\"ja\"").says("Asia");
}
