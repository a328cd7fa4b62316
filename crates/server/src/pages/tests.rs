//! Do the pages keep their promises? Every sample in both languages, and the operator's own templates.
//!
//! With `TANDEM_PREVIEW_DIR` set, the pages are also written there, to be looked at.

use super::samples::{self, Sample};
use super::views::{
    Abilities, Access, Account, Acting, AddressCode, Asker, AuthorizationDevice, BindingQuestion, Channel,
    CodeTrouble, Confirm, ContainIncident, Decide, Decided, Device, Devices, Distance, Duties, EmailNotices,
    EndedRequest, Ending, EnterCode, Failure, FailureKind, Flash, Inbox, InboxList, Incident, IncidentFilter,
    IncidentLine, IncidentStep, Incidents, Lasts, Moment, NamedBy, NetworkKind, NumberQuestion, OpenRequest,
    Outcome, Passkey, PasswordField, PlaceName, Places, QuietHours, RequestEnd, RequestPage, Setting,
    ShowPin, SignIn, Standing, StepActor, StepKind, Story, TextMessages, TouchedList, TouchedThing, UserCode,
    Warn, WarnFlow, Warning, WebPush, Whereabouts, Why,
};
use super::{Frame, Locale, Page, Pages, PagesError, Site, static_files};
use std::path::Path;
use tandem_core::oauth::device_description::DeviceKind;

fn site() -> Site {
    Site { operator: "Tandem demo".to_owned(), address: "https://login.example.com".to_owned() }
}

fn pages() -> Pages {
    Pages::new(None, site()).unwrap()
}

fn frame(locale: Locale) -> Frame<'static> {
    Frame {
        locale,
        request_id: "01J-sample",
        signed_in_as: Some("alice".to_owned()),
        csrf: Some("csrf-sample".to_owned()),
        here: Some("/device?user_code=WDJB-MJHT".to_owned()),
    }
}

/// Draws one page without faults.
fn draw(pages: &Pages, page: &dyn Sample, locale: Locale) -> String {
    let rendered = page.render(pages, &frame(locale));
    assert!(rendered.fault.is_none(), "{:?}", rendered.fault);
    rendered.html
}

/// The lines of a document, without what stands in them by design.
fn assert_sound(name: &str, html: &str, locale: Locale) {
    let whole = !name.starts_with("part-");
    let start = format!("<!doctype html>\n<html lang=\"{}\">", locale.tag());
    assert_eq!(html.starts_with(&start), whole, "{name}");
    for inline in [" style=", "<style", "javascript:", " autofocus"] {
        assert!(!html.contains(inline), "{name} has {inline}");
    }
    for after in html.split(" on").skip(1) {
        let word: String = after.chars().take_while(char::is_ascii_lowercase).collect();
        assert!(word.is_empty() || !after[word.len()..].starts_with('='), "{name} has the handler on{word}");
    }
    assert_eq!(html.matches("<script").count(), html.matches("<script src=\"/static/").count(), "{name}");
    for missing in ["{$", "{ $", "undefined", "none<", "\u{2068}", "\u{2069}"] {
        assert!(!html.contains(missing), "{name} has {missing:?}");
    }
    assert_eq!(html.matches("<main").count(), usize::from(whole), "{name}");
    // The television's screens stand in one document, each with its heading.
    assert!(name == "demo-tv" || html.matches("<h1").count() == usize::from(whole), "{name}");
    let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for named in html.split(" aria-labelledby=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(ids.contains(&named), "{name} has no {named}");
    }
    for named in html.split(" aria-describedby=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(named.split(' ').all(|named| ids.contains(&named)), "{name} has no {named}");
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "{name} has an id twice");
    for form in html.split("<form").skip(1) {
        let form = form.split("</form>").next().unwrap();
        // The demo's screens have forms of their scripts: their fields have no names, so that nothing could be sent.
        if name.starts_with("demo-") && !form.contains(" name=") {
            continue;
        }
        // A search changes nothing: it needs no token, and none may get into an address.
        if form.contains("method=\"get\"") {
            assert!(!form.contains("csrf"), "{name}");
            continue;
        }
        assert!(form.contains("method=\"post\""), "{name}");
        assert!(form.contains("name=\"csrf\" value=\"csrf-sample\""), "{name} has a form without its token");
    }
}

/// No message key may be left standing where its words should be.
fn assert_no_bare_key(name: &str, html: &str) {
    let (_, english) = super::messages::SHIPPED[0];
    let keys = english.lines().filter_map(|line| line.split_once(" = ")).map(|(key, _)| key);
    let stems = [
        "decide-",
        "sign-in-",
        "enter-code-",
        "decided-",
        "account-",
        "failure-",
        "demo-",
        "ability-",
        "warning-",
        "device-",
        "tv-",
        "desk-",
        "till-",
        "inbox-",
        "request-",
        "devices-",
        "warn-",
        "pin-",
        "refused-",
        "binding-",
        "incident-",
        "incidents-",
    ];
    let text: String = html.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, text)| text).collect();
    for key in
        keys.filter(|key| stems.iter().any(|stem| key.starts_with(stem)) && key.matches('-').count() > 0)
    {
        assert!(!text.contains(key), "{name} shows the key {key}");
    }
}

#[test]
fn every_page_is_sound_in_both_languages() {
    let pages = pages();
    let preview = std::env::var_os("TANDEM_PREVIEW_DIR");
    let mut seen = 0;
    for locale in Locale::ALL {
        samples::each(&mut |name, sample| {
            let html = draw(&pages, sample, locale);
            assert_sound(name, &html, locale);
            assert_no_bare_key(name, &html);
            seen += 1;
            if let Some(folder) = &preview {
                let code = super::qr_svg("http://localhost:8080/device?user_code=WDJB-MJHT", name).unwrap();
                std::fs::write(Path::new(folder).join("qr.svg"), code).unwrap();
                let file = Path::new(folder).join(format!("{name}.{}.html", locale.tag()));
                std::fs::write(file, &html).unwrap();
            }
            Ok(())
        })
        .unwrap();
    }
    assert!(seen > 80, "{seen}");
}

#[test]
fn every_template_is_drawn_by_a_sample() {
    let mut sources: Vec<&str> = super::templates::SHIPPED.iter().map(|(name, _)| *name).collect();
    let folder = tempfile::tempdir().unwrap();
    // A template that fails is refused at start only if a sample uses it.
    sources.retain(|name| {
        let path = folder.path().join(name);
        std::fs::write(&path, "{{ no_such_name }}").unwrap();
        let refused = Pages::new(Some(folder.path()), site()).is_err();
        std::fs::remove_file(path).unwrap();
        !refused
    });
    assert!(sources.is_empty(), "{sources:?}");
}

const EVIL: &str = "</title><script>alert(1)</script>\"'&\u{202e}\u{2066}<img src=x onerror=y>{{ 7*7 }}";

fn evil() -> String {
    EVIL.to_owned()
}

fn evil_pages() -> Vec<Box<dyn Sample>> {
    let device = || Device { kind: DeviceKind::Tv, name: Some(evil()) };
    let asker = || Asker { name: evil(), verified: false };
    let abilities = || Abilities::of([(EVIL, None), ("x", Some(EVIL))]);
    vec![
        Box::new(SignIn { next: evil(), username: evil(), asked_by: Some(evil()), trouble: None }),
        Box::new(EnterCode {
            user_code: evil(),
            trouble: Some(CodeTrouble::WrongShape { letters: evil(), length: 8 }),
        }),
        Box::new(Decide {
            asker: asker(),
            device: device(),
            whereabouts: evil_whereabouts(),
            began_seconds_ago: 1,
            abilities: abilities(),
            less: true,
            lasts: Lasts::UntilTakenBack,
            user_code: evil(),
            seconds_left: 1,
            warnings: vec![Warning::FirstUse],
            number: Some(NumberQuestion::Type),
            binding: Some(BindingQuestion::Type { label: evil() }),
            confirm: None,
            trouble: None,
            crossing: evil(),
        }),
        Box::new(Warn {
            action: evil(),
            flow: WarnFlow::Device,
            asker: asker(),
            warnings: vec![Warning::FirstUse, Warning::FarAway { places: evil_whereabouts().places }],
            crossing: evil(),
        }),
        Box::new(ShowPin {
            action: evil(),
            asker: evil(),
            device: DeviceKind::Tv,
            pin: evil(),
            seconds_left: 1,
            crossing: evil(),
        }),
        Box::new(Decided { outcome: Outcome::NumberWrong { asker: evil() } }),
        Box::new(Decided { outcome: Outcome::BindingWrong { asker: evil() } }),
        Box::new(Decided { outcome: Outcome::Allowed { asker: evil(), device: DeviceKind::Tv } }),
        Box::new(Decided { outcome: Outcome::Denied { asker: evil() } }),
        Box::new(Decided { outcome: Outcome::Reported { asker: evil() } }),
        Box::new(Account {
            access: vec![Access {
                family: evil(),
                asker: asker(),
                device: device(),
                since_seconds_ago: 1,
                used_seconds_ago: None,
                address: Some(evil()),
                abilities: abilities(),
            }],
            passkeys: vec![Passkey {
                id: evil(),
                name: evil(),
                added_seconds_ago: 1,
                used_seconds_ago: None,
            }],
            duties: Duties::Operator,
            flash: Some(Flash::Revoked { asker: evil() }),
        }),
        Box::new(Failure { kind: FailureKind::NotFound, retry_after: None, next: Some(evil()) }),
        Box::new(Decided { outcome: Outcome::RequestAllowed { asker: evil() } }),
        Box::new(Decided { outcome: Outcome::RequestReported { asker: evil() } }),
        Box::new(evil_inbox()),
        Box::new(evil_request(vec![evil()])),
        Box::new(evil_request(vec![evil(), evil()])),
        Box::new(evil_devices()),
        Box::new(evil_incidents()),
        Box::new(evil_incident()),
        Box::new(evil_containment()),
    ]
}

fn evil_story() -> Story {
    Story { cause: "reported", person: Some(evil()), service: Some(evil()) }
}

fn evil_moment() -> Moment {
    Moment { seconds_ago: 1, iso: evil(), utc: evil() }
}

fn evil_things() -> TouchedList {
    TouchedList { first: vec![TouchedThing { kind: "person", name: evil(), search: evil() }], more: 1 }
}

fn evil_incidents() -> Incidents {
    let line = IncidentLine {
        id: 1,
        story: evil_story(),
        summary: Some(evil()),
        standing: Standing::Open,
        opened: evil_moment(),
    };
    Incidents {
        incidents: vec![line],
        filter: IncidentFilter { search: evil(), ..IncidentFilter::default() },
        older: Some(evil()),
        newest: Some(evil()),
    }
}

fn evil_incident() -> Incident {
    let step = |actor| IncidentStep {
        at: evil_moment(),
        actor,
        kind: StepKind::Joined,
        story: Some(evil_story()),
        note: Some(evil()),
    };
    Incident {
        id: 1,
        story: evil_story(),
        summary: evil(),
        standing: Standing::Open,
        opened: evil_moment(),
        targets: evil_things(),
        seen: evil_things(),
        ended: evil_things(),
        steps: vec![step(StepActor::Operator(evil())), step(StepActor::Api(evil()))],
        more_steps: 1,
        foreseen: None,
        acting: Acting::Now,
        note: evil(),
        flash: None,
        trouble: None,
    }
}

fn evil_containment() -> ContainIncident {
    let (story, targets) = (evil_story(), evil_things());
    ContainIncident { id: 1, story, targets, foreseen: Ending::default() }
}

fn evil_whereabouts() -> Whereabouts {
    let place = || PlaceName { city: Some(evil()), country: Some(evil()) };
    Whereabouts {
        distance: Distance::About { km: evil() },
        places: Some(Places { there: place(), here: place() }),
        ..Whereabouts::of_network(NetworkKind::Other, &evil())
    }
}

fn evil_inbox() -> Inbox {
    let open = |headline| OpenRequest {
        id: evil(),
        asker: Asker { name: evil(), verified: false },
        headline,
        binding_message: Some(evil()),
        began_seconds_ago: 1,
        seconds_left: 1,
    };
    Inbox {
        open: vec![open(Some(evil())), open(None)],
        ended: vec![EndedRequest {
            asker: evil(),
            end: RequestEnd::Denied,
            began_seconds_ago: 1,
            pin: Some(evil()),
        }],
    }
}

fn evil_request(details: Vec<String>) -> RequestPage {
    RequestPage {
        id: evil(),
        asker: Asker { name: evil(), verified: false },
        confirm: (details.len() > 1).then(|| Confirm::Passkey { address: evil() }),
        details,
        binding_message: Some(evil()),
        device: Device { kind: DeviceKind::Other, name: Some(evil()) },
        whereabouts: evil_whereabouts(),
        began_seconds_ago: 1,
        named_by: NamedBy::LoginHint,
        abilities: Abilities::of([(EVIL, None), ("x", Some(EVIL))]),
        less: true,
        lasts: Lasts::UntilTakenBack,
        seconds_left: 1,
        warnings: vec![Warning::FirstUse],
        number: Some(NumberQuestion::Pick { choices: vec![evil()] }),
        binding: Some(BindingQuestion::Confirm { label: evil(), text: evil() }),
        trouble: None,
        crossing: evil(),
    }
}

fn evil_devices() -> Devices {
    Devices {
        devices: vec![AuthorizationDevice {
            id: evil(),
            name: evil(),
            channel: Channel::App,
            added_seconds_ago: 1,
            used_seconds_ago: None,
            reach: super::views::Reach::Gone,
        }],
        app: None,
        web_push: Some(WebPush { key: evil() }),
        email: Some(EmailNotices::On { address: evil() }),
        webhook: Some(TextMessages {
            state: Setting::Set,
            address: evil(),
            code: Some(AddressCode { address: evil(), verification: evil(), seconds_left: 1 }),
        }),
        user_code: UserCode { state: Setting::Set, shortest: 4, longest: 32, password: PasswordField::Asked },
        quiet_hours: QuietHours {
            state: Setting::Set,
            from: evil(),
            until: evil(),
            zone: evil(),
            zones: vec![evil()],
        },
        flash: None,
        trouble: None,
    }
}

#[test]
fn other_peoples_words_are_text_and_nothing_more() {
    let pages = Pages::new(None, Site { operator: evil(), address: evil() }).unwrap();
    for locale in Locale::ALL {
        for page in evil_pages() {
            let frame = Frame {
                locale,
                request_id: EVIL,
                signed_in_as: Some(evil()),
                csrf: Some(evil()),
                here: Some(format!("/x?{EVIL}")),
            };
            let rendered = page.render(&pages, &frame);
            assert!(rendered.fault.is_none(), "{:?}", rendered.fault);
            let html = rendered.html;
            for raw in ["<script>", "<img src=x", "</title><", ">49<"] {
                assert!(!html.contains(raw), "{raw} in {html}");
            }
            assert_eq!(html.matches("</title>").count(), 1);
            // Isolated where it stands in text.
            assert!(html.contains("<bdi>&lt;/title&gt;"));
            assert!(
                !html
                    .split("<body")
                    .nth(1)
                    .unwrap()
                    .contains("<bdi>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;\"'")
            );
        }
    }
}

#[test]
fn foreign_names_cannot_turn_the_line_around_them() {
    let page = Decided { outcome: Outcome::Denied { asker: "Cellar\u{202e}moc.live\u{2069}".to_owned() } };
    let html = draw(&pages(), &page, Locale::En);
    assert!(html.contains("<bdi>Cellarmoc.live</bdi> got nothing."));
}

/// The sample of this name.
fn sample(name: &str, locale: Locale) -> String {
    let pages = pages();
    let mut found = None;
    samples::each(&mut |candidate, page| {
        if candidate == name {
            found = Some(draw(&pages, page, locale));
        }
        Ok(())
    })
    .unwrap();
    found.unwrap()
}

#[test]
fn deny_comes_before_allow_and_looks_the_same() {
    for locale in Locale::ALL {
        let html = sample("decide-tv", locale);
        let tag = |value: &str| {
            let at = html.find(&format!("name=\"decision\" value=\"{value}\"")).unwrap();
            let start = html[..at].rfind('<').unwrap();
            (start, html[start..].split('>').next().unwrap().replace(value, ""))
        };
        let (deny, allow, report) = (tag("deny"), tag("allow"), tag("report"));
        assert!(deny.0 < allow.0 && allow.0 < report.0);
        assert_eq!(deny.1, allow.1);
        assert!(deny.1.starts_with("<button class=\"button answer\" type=\"submit\""));
        // The first submit button is what Enter presses: it must not be the one that gives access.
        assert_eq!(html.find("type=\"submit\"").map(|at| at > deny.0 && at < allow.0), Some(true));
        assert!(
            html.find("class=\"facts\"").unwrap() < deny.0 && html.find("WDJB-MJHT</p>").unwrap() < deny.0
        );
    }
}

#[test]
fn warnings_stand_before_the_question() {
    let html = sample("decide-odd", Locale::En);
    let heading = html.find("<h1>").unwrap();
    assert_eq!(html[..heading].matches("notice warning").count(), 3);
    assert!(
        html.contains("not verified") && html.contains("<bdi>2001:db8:85a3:8d3:1319:8a2e:370:7348</bdi>")
    );
    assert!(html.contains("and <bdi>2</bdi> more things"));
}

#[test]
fn codes_stay_out_of_titles() {
    for name in ["decide-tv", "enter-code-not-found"] {
        let html = sample(name, Locale::En);
        let title = html.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
        assert!(!title.contains("WDJB"), "{title}");
    }
    assert!(sample("decide-tv", Locale::En).contains("<title>Is this your TV? – Tandem demo</title>"));
    assert!(sample("decide-tv", Locale::Ja).contains("<title>これはあなたのテレビですか？"));
}

#[test]
fn a_wrong_sign_in_never_says_which_part_was_wrong() {
    let html = sample("sign-in-wrong", Locale::En);
    assert!(html.contains("That user name and password don’t go together."));
    assert!(html.contains("autocomplete=\"username webauthn\"") && html.contains("value=\"alice\""));
    assert!(!html.contains("type=\"password\" value"));
}

#[test]
fn the_switch_leads_to_the_same_page_in_the_other_language() {
    let html = sample("decide-tv", Locale::En);
    assert!(html.contains("user_code=WDJB-MJHT&amp;lang=ja\" lang=\"ja\""), "{html}");
    let away = Frame { here: Some("//evil.example/".to_owned()), ..frame(Locale::En) };
    let html = pages().render(&super::views::Home { demo: false }, &away).html;
    assert!(!html.contains("evil.example"));
}

#[test]
fn only_failures_show_the_reference() {
    assert!(sample("failure-500", Locale::En).contains("<code>01J-sample</code>"));
    assert!(!sample("decide-tv", Locale::En).contains("01J-sample"));
}

#[test]
fn scripts_and_styles_are_named_with_their_digest() {
    let html = sample("sign-in", Locale::En);
    for name in ["tandem.css", "passkey.js"] {
        let digest = &static_files::get(name).unwrap().etag[1..13];
        assert!(html.contains(&format!("/static/{name}?v={digest}\"")), "{name}");
    }
    assert!(!sample("decide-tv", Locale::En).contains("<script"));
}

fn with_file(name: &str, text: &str) -> Result<Pages, PagesError> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), text).unwrap();
    Pages::new(Some(folder.path()), site())
}

#[test]
fn an_operators_template_takes_its_place() {
    let pages = with_file("home.html", "<h1>{{ title }}</h1><p>Ours, {{ site.operator }}</p>").unwrap();
    let html = draw(&pages, &super::views::Home { demo: false }, Locale::En);
    assert!(html.contains("<p>Ours, Tandem demo</p>") && html.contains("<header"));
}

#[test]
fn an_operators_messages_take_their_place() {
    let pages = with_file("ja.ftl", "home-code = コードをどうぞ\n").unwrap();
    let html = draw(&pages, &super::views::Home { demo: false }, Locale::Ja);
    assert!(html.contains("コードをどうぞ") && html.contains("利用を取り消せます"));
}

#[test]
fn a_broken_template_is_refused_with_its_file_and_line() {
    for text in ["<p>\n\n{% if %}", "<p>\n\n{{ page.no_such_field.deeper }}"] {
        match with_file("decide.html", text) {
            Err(PagesError::Template { file, line: 3, .. }) => assert_eq!(file, "decide.html"),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(with_file("en.ftl", "a = {\n"), Err(PagesError::Message { .. })));
}

#[test]
fn a_file_that_no_page_uses_is_refused() {
    for name in ["signin.html", "fr.ftl", "en.html"] {
        assert!(matches!(with_file(name, ""), Err(PagesError::UnknownFile { .. })), "{name}");
    }
    assert!(with_file("README.md", "notes").is_ok());
    assert!(matches!(
        Pages::new(Some(Path::new("no/such/folder")), site()),
        Err(PagesError::Unreadable { .. })
    ));
}

#[test]
fn a_template_that_fails_later_gives_way_to_the_shipped_one() {
    // No sample has this request identifier, so start-up does not see the fault.
    let text = "{% if request_id == 'late' %}{{ no_such_name }}{% endif %}<p>Ours</p>";
    let pages = with_file("home.html", text).unwrap();
    let late = Frame { request_id: "late", ..frame(Locale::En) };
    let rendered = pages.render(&super::views::Home { demo: false }, &late);
    assert!(rendered.html.contains("Two devices, one you"));
    assert!(matches!(rendered.fault, Some(PagesError::Template { line: 1, .. })));
    assert!(draw(&pages, &super::views::Home { demo: false }, Locale::En).contains("<p>Ours</p>"));
}

#[test]
fn the_policy_allows_nothing_inline() {
    assert!(
        super::CONTENT_SECURITY_POLICY
            .starts_with("default-src 'none'; style-src 'self'; script-src 'self';")
    );
    assert!(
        super::CONTENT_SECURITY_POLICY
            .contains("; worker-src 'self'; manifest-src 'self'; form-action 'self';")
    );
    assert!(!super::CONTENT_SECURITY_POLICY.contains("unsafe"));
    assert!(super::CONTENT_SECURITY_POLICY.contains("frame-ancestors 'none'"));
}

#[test]
fn titles_exist_for_every_state() {
    let pages = pages();
    for kind in FailureKind::ALL {
        let key = Failure { kind, retry_after: None, next: None }.title_key().into_owned();
        assert_ne!(pages.words(Locale::En, &key), key);
        assert_ne!(pages.words(Locale::Ja, &key), pages.words(Locale::En, &key), "{key}");
    }
    assert_eq!(pages.ago(Locale::En, 40), "40 seconds ago");
    assert_eq!(pages.duration(Locale::Ja, 600), "10分");
}

/// Where the button or link with this text begins, and its tag without the value.
fn answer(html: &str, value: &str) -> Option<(usize, String)> {
    let at = html.find(&format!("name=\"decision\" value=\"{value}\""))?;
    let start = html[..at].rfind('<')?;
    Some((start, html[start..].split('>').next()?.replace(value, "")))
}

#[test]
fn a_request_can_be_denied_before_it_can_be_allowed() {
    for locale in Locale::ALL {
        for name in ["request-payment", "request-pick", "request-type", "request-consent", "request-odd"] {
            let html = sample(name, locale);
            let [deny, allow, report] =
                ["deny", "allow", "report"].map(|value| answer(&html, value).expect(value));
            assert!(deny.0 < allow.0 && allow.0 < report.0, "{name}");
            assert_eq!(deny.1, allow.1, "{name}");
            assert!(deny.1.starts_with("<button class=\"button answer\" type=\"submit\""));
            // What Enter presses in a field is the first submit button, which does nothing.
            let first = html.find("type=\"submit\"").unwrap();
            let idle = if name == "request-pick" { "formmethod=\"dialog\"" } else { "disabled" };
            assert!(html[first..].starts_with(&format!("type=\"submit\" {idle} hidden></button>")), "{name}");
            assert_eq!(html.matches("type=\"submit\"").count(), 4, "{name}");
            // All that one must know stands above.
            for fact in ["class=\"facts\"", "id=\"careful\"", "<blockquote class=\"quoted large\">", "<h1>"] {
                assert!(html.find(fact).unwrap() < deny.0, "{name}: {fact}");
            }
        }
    }
}

#[test]
fn what_calls_for_a_passkey_cannot_be_allowed_before() {
    let english = sample("request-passkey", Locale::En);
    assert_eq!(answer(&english, "allow"), None);
    assert!(answer(&english, "deny").is_some() && answer(&english, "report").is_some());
    assert!(
        english.contains(
            "<a class=\"button answer\" href=\"&#x2f;sign-in?next=&#x2f;inbox&#x2f;r1&amp;again=1\">"
        )
    );
    // The number is asked for when it can be sent.
    assert!(!english.contains("name=\"number\""));
    assert_eq!(answer(&sample("request-add-passkey", Locale::Ja), "allow"), None);
    let evil = draw(&pages(), &evil_request(vec![evil(), evil()]), Locale::En);
    assert!(evil.contains("<a class=\"button answer\" href=\"&#x2f;\">"));
}

#[test]
fn no_number_is_chosen_for_the_person() {
    for name in ["request-pick", "request-number-wrong-pick"] {
        let html = sample(name, Locale::En);
        assert_eq!(html.matches("type=\"radio\" name=\"number\" value=\"").count(), 3);
        assert!(!html.contains(" checked") && !html.contains(" required"), "{name}");
    }
    let typed = sample("request-number-wrong", Locale::En);
    assert!(typed.contains("you have <bdi>1</bdi> try left"), "{typed}");
    assert!(typed.contains("aria-describedby=\"number-hint trouble\" aria-invalid=\"true\">"));
    assert!(typed.find("id=\"trouble\"").unwrap() < typed.find("<h1>").unwrap());
}

#[test]
fn a_request_names_no_one_and_no_sum_in_its_title() {
    for (name, title) in
        [("request-payment", "Do you agree to this?"), ("request-consent", "Is this request yours?")]
    {
        let html = sample(name, Locale::En);
        assert!(html.contains(&format!("<title>{title} – Tandem demo</title>")), "{name}");
    }
    assert!(
        sample("request-payment", Locale::En).contains("<h1><bdi>Pay 34.50\u{a0}€ to Cellar?</bdi></h1>")
    );
    let long = sample("request-long", Locale::En);
    assert!(long.contains("<h1>Do you agree to this?</h1>") && long.contains("<li><bdi>Send 1,200.00 €"));
}

#[test]
fn a_request_says_what_is_odd_and_what_is_always_true() {
    let odd = sample("request-odd", Locale::En);
    assert_eq!(odd[..odd.find("<h1>").unwrap()].matches("notice warning").count(), 4);
    for name in ["request-payment", "request-consent", "request-passkey"] {
        let html = sample(name, Locale::En);
        assert!(html.contains("Only approve if you started this yourself."), "{name}");
    }
}

#[test]
fn a_message_is_quoted_as_somebody_elses() {
    let mut page = evil_request(Vec::new());
    page.asker.name = "Cellar".to_owned();
    page.binding_message = Some("ok”\u{202e} We are your bank:\npress Allow \u{2066}".to_owned());
    let html = draw(&pages(), &page, Locale::En);
    assert!(html.contains("<bdi>Cellar</bdi> writes:"));
    assert!(html.contains("“<bdi>ok” We are your bank: press Allow </bdi>”</blockquote>"), "{html}");
}

#[test]
fn what_is_compared_keeps_its_words_whole_on_every_screen() {
    let mut page = evil_request(Vec::new());
    page.binding_message = Some("Call 21-732".to_owned());
    let number = "Call <span class=\"whole\">21-732</span>";
    assert!(draw(&pages(), &page, Locale::En).contains(&format!("“<bdi>{number}</bdi>”</blockquote>")));
    let mut inbox = evil_inbox();
    inbox.open[0].binding_message = Some("Call 21-732".to_owned());
    assert!(draw(&pages(), &InboxList(inbox), Locale::Ja).contains(&format!("「<bdi>{number}</bdi>」")));
    // The demo's screens do the same by script, and the till with all that it shows.
    for (style, rule) in [
        (include_str!("../../static/tandem.css"), ".whole { display: inline-block; max-width: 100%; }"),
        (include_str!("../../static/desk.css"), ".words span { display: inline-block; max-width: 100%; }"),
        (
            include_str!("../../static/till.css"),
            ".picking .words { color: var(--ink); white-space: nowrap; }",
        ),
    ] {
        assert!(style.contains(rule), "{rule}");
    }
    for name in ["demo-call-center", "demo-shop"] {
        let fills = "class=\"words\" translate=\"no\" data-fill=\"binding_message\"";
        assert!(sample(name, Locale::En).contains(fills), "{name}");
    }
}

#[test]
fn the_inboxs_part_is_what_stands_on_the_page() {
    for locale in Locale::ALL {
        let (page, part) = (sample("inbox", locale), sample("part-inbox", locale));
        assert!(page.contains(part.trim()));
        assert!(part.contains("data-open=\"2\" data-said=\"") && !part.contains("<script"));
    }
    let page = sample("inbox", Locale::En);
    for hook in ["data-inbox ", "data-inbox-list", "data-inbox-state", "data-inbox-reload", "data-inbox-said"]
    {
        assert!(page.contains(hook), "{hook}");
    }
    assert!(page.contains("href=\"/inbox/r1\"") && page.contains("/static/inbox.js?v="));
    assert!(sample("part-inbox-empty", Locale::En).contains("data-said=\"No request is waiting.\""));
    let evil = InboxList(evil_inbox());
    let html = draw(&pages(), &evil, Locale::En);
    assert!(!html.contains("<script>") && html.contains("href=\"/inbox/&lt;"));
}

#[test]
fn an_apps_link_is_shown_only_when_it_was_asked_for() {
    assert!(!sample("devices", Locale::En).contains("<svg xmlns"));
    let html = sample("devices-app", Locale::En);
    assert!(html.contains("<div class=\"qr\"><svg xmlns") && html.contains("role=\"img\""));
    assert!(
        html.contains("https:&#x2f;&#x2f;login.example.com&#x2f;authorization-device&#x2f;register?code=")
    );
    assert!(super::views::AppLink::new("x".repeat(513), 600, "x").is_err());
}

#[test]
fn a_code_is_asked_for_only_when_one_was_sent() {
    for name in ["devices", "devices-empty", "devices-trouble-code-expired", "devices-trouble-code-spent"] {
        let html = sample(name, Locale::En);
        assert!(!html.contains("name=\"verification\"") && !html.contains("name=\"code\""), "{name}");
    }
    for (name, until) in
        [("devices-code", "where they went before"), ("devices-code-first", "nothing else is sent")]
    {
        let html = sample(name, Locale::En);
        let at = html.find("id=\"code\"").unwrap();
        let tag = html[at..].split('>').next().unwrap();
        for said in
            ["inputmode=\"numeric\"", "autocomplete=\"one-time-code\"", "aria-describedby=\"code-hint\""]
        {
            assert!(tag.contains(said), "{name}: {tag}");
        }
        assert!(!tag.contains("value=") && html.contains("<label for=\"code\">"), "{name}: {tag}");
        assert!(html.contains(until) && html.contains("value=\"+44 20 7946 0001\""), "{name}");
    }
}

#[test]
fn what_the_operator_has_not_set_up_is_not_offered() {
    let bare = sample("devices-bare", Locale::En);
    for absent in ["data-web-push", "/account/devices/email", "/account/devices/webhook", "type=\"password\""]
    {
        assert!(!bare.contains(absent), "{absent}");
    }
    let all = sample("devices", Locale::En);
    for present in ["data-web-push-status", "/account/devices/email", "name=\"address\"", "name=\"password\""]
    {
        assert!(all.contains(present), "{present}");
    }
    assert!(!all.contains("type=\"password\" value"));
}

#[test]
fn a_browser_that_is_gone_says_so_and_no_other_device_does() {
    let words = "can’t be notified any more";
    let (all, silent) = (sample("devices", Locale::En), sample("devices-gone", Locale::En));
    assert!(!all.contains(words) && !all.contains("data-gone"));
    assert_eq!((silent.matches(words).count(), silent.matches("data-gone=\"d2\"").count()), (1, 1));
}

#[test]
fn a_mistake_is_shown_where_it_was_made() {
    for (name, field) in [
        ("name", "id=\"name-2\""),
        ("address", "id=\"address\""),
        ("user-code", "id=\"user_code\""),
        ("password", "id=\"password\""),
        ("times", "id=\"from\""),
        ("zone", "id=\"zone\""),
        ("devices-code-shape", "id=\"code\""),
        ("devices-code-wrong", "id=\"code\""),
    ] {
        let name =
            if name.starts_with("devices-") { name.to_owned() } else { format!("devices-trouble-{name}") };
        let html = sample(&name, Locale::En);
        assert_eq!(html.matches("id=\"trouble\"").count(), 1, "{name}");
        let at = html.find(field).unwrap();
        let tag = html[at..].split('>').next().unwrap();
        assert!(tag.contains("aria-invalid=\"true\"") && tag.contains("trouble\""), "{name}: {tag}");
    }
    assert!(!sample("devices", Locale::En).contains("aria-invalid"));
}

#[test]
fn a_part_that_draws_parts_is_refused() {
    let text = "{{ part(\"part_asker.html\", asker=asker) }}";
    match with_file("part_asker.html", text) {
        Err(PagesError::Template { file, line: 1, detail }) => {
            assert_eq!(file, "part_asker.html");
            assert!(detail.contains("a part cannot hold parts"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
    assert!(with_file("part_answers.html", "<p>Ours, {{ site.operator }}</p>").is_ok());
}

/// R6.14c: with every step that policy can add, a no comes first, is as large, and is what nothing typed turns into.
#[test]
fn a_device_can_be_denied_before_it_can_be_allowed_whatever_is_asked() {
    for locale in Locale::ALL {
        for (name, idle) in [
            ("decide-pick", "formmethod=\"dialog\""),
            ("decide-type", "disabled"),
            ("decide-binding", "formmethod=\"dialog\""),
            ("decide-binding-type", "disabled"),
            ("decide-pick-binding", "formmethod=\"dialog\""),
        ] {
            let html = sample(name, locale);
            let [deny, allow, report] =
                ["deny", "allow", "report"].map(|value| answer(&html, value).expect(value));
            assert!(deny.0 < allow.0 && allow.0 < report.0 && deny.1 == allow.1, "{name}");
            let first = html.find("type=\"submit\"").unwrap();
            assert!(html[first..].starts_with(&format!("type=\"submit\" {idle} hidden></button>")), "{name}");
            assert!(!html.contains(" checked") && !html.contains(" required"), "{name}");
        }
        for name in ["decide-passkey", "decide-add-passkey"] {
            let html = sample(name, locale);
            assert!(answer(&html, "deny").is_some() && answer(&html, "allow").is_none(), "{name}");
            assert!(!html.contains("name=\"number\"") && !html.contains("name=\"binding\""), "{name}");
        }
    }
}

/// R6.13a, R6.14c: the page before the question says what is odd, and stopping comes first and is as large.
#[test]
fn a_warning_can_be_heeded_before_it_is_passed() {
    for locale in Locale::ALL {
        for name in ["warn-device", "warn-device-odd", "warn-request"] {
            let html = sample(name, locale);
            let [stop, go_on] = ["deny", "continue"].map(|value| answer(&html, value).expect(value));
            assert!(stop.0 < go_on.0 && stop.1 == go_on.1, "{name}");
            assert!(answer(&html, "allow").is_none() && answer(&html, "report").is_some(), "{name}");
            assert!(html.find("id=\"scam\"").unwrap() < stop.0, "{name}");
        }
    }
    assert_eq!(sample("warn-device-odd", Locale::En).matches("notice warning").count(), 3);
}

/// R6.16a: the PIN stands alone, in no title, with what never to do with it; nothing on the page gives more.
#[test]
fn a_pin_stands_alone_with_what_never_to_do_with_it() {
    for locale in Locale::ALL {
        let html = sample("pin-tv", locale);
        assert!(html.contains("<p class=\"code\" translate=\"no\">482 913</p>"));
        assert!(!html.split("</title>").next().unwrap().contains("482"));
        assert!(html.contains("notice warning pin-careful"));
        assert!(answer(&html, "report").is_some() && answer(&html, "allow").is_none());
    }
}

/// Every end has a title and a next step of its own, in both languages.
#[test]
fn every_refusal_says_what_happened_and_what_next() {
    let pages = pages();
    let mut said = std::collections::HashSet::new();
    for why in Why::ALL {
        let key = Decided { outcome: Outcome::Refused { why } }.title_key().into_owned();
        for locale in Locale::ALL {
            for part in [key.clone(), key.replace("-title", ""), key.replace("-title", "-next")] {
                let words = pages.words(locale, &part);
                assert!(words != part && said.insert(words), "{part}");
            }
        }
    }
}
