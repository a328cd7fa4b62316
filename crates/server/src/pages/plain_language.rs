//! Do the pages speak plainly, and is a no as easy as a yes? The rules of BCP section 6.1.14 as data, over every page in
//! every language. (R6.14a, R6.14b, R6.14c)
//!
//! Each rule has samples that break it and no other, so that none can rot into one that nothing breaks.

use super::locale::Locale;
use super::samples::{self, Sample};
use super::{Frame, Pages, Site, education, messages};

/// Words that come from protocols, or from those who build with them: whole words, and beginnings of words with a `-`.
const PROTOCOL_EN: [&str; 24] = [
    "authoriz-",
    "authoris-",
    "authentic-",
    "oauth",
    "openid",
    "scope-",
    "client-",
    "grant-",
    "token-",
    "credential-",
    "endpoint-",
    "redirect-",
    "parameter-",
    "backchannel-",
    "pkce",
    "dpop",
    "ciba",
    "jwt",
    "uri",
    "url",
    "api",
    "acr",
    "idp",
    "nonce",
];
const PROTOCOL_JA: [&str; 10] = [
    "スコープ",
    "クライアント",
    "トークン",
    "認可",
    "グラント",
    "エンドポイント",
    "リダイレクト",
    "パラメータ",
    "クレデンシャル",
    "OAuth",
];
/// The longest sentence: words in English, characters in Japanese.
const LONGEST_EN: usize = 25;
const LONGEST_JA: usize = 90;
/// What makes a mistake somebody's fault, or a message of it a riddle.
const BLAME_EN: [&str; 13] = [
    "you failed",
    "you forgot",
    "you must have",
    "you should have",
    "your mistake",
    "your error",
    "invalid",
    "illegal",
    "incorrect",
    "forbidden",
    "not allowed to",
    "bad request",
    "access denied",
];
const BLAME_JA: [&str; 7] =
    ["あなたの間違い", "あなたの誤り", "無効な", "不正な", "誤った", "エラー", "失敗しました"];
/// What hurries people on: a scam's way to talk.
const PRESSURE_EN: [&str; 8] = [
    "urgent",
    "immediately",
    "act now",
    "right away",
    "last chance",
    "before it’s too late",
    "final",
    "asap",
];
const PRESSURE_JA: [&str; 5] = ["至急", "今すぐ", "直ちに", "ただちに", "最終"];
/// Buttons that do not say what they do.
const VAGUE: [&str; 12] = [
    "ok",
    "okay",
    "submit",
    "cancel",
    "confirm",
    "proceed",
    "yes",
    "no",
    "送信",
    "キャンセル",
    "確定",
    "実行",
];
/// What a question must tell, each by one of these labels: who asks, why (what began it), what follows from a yes, and
/// until when.
const CONTEXT: [(&str, &[&str]); 4] = [
    ("who asks", &["decide-asker"]),
    ("why", &["request-named-by", "decide-device"]),
    ("what follows", &["decide-abilities"]),
    ("until when", &["decide-lasts"]),
];
/// What the sentence above the answers is made of: not started, not expected, then no.
const UNEXPECTED_EN: [&str; 3] = ["start", "expect", "answer no"];
const UNEXPECTED_JA: [&str; 3] = ["始めた", "心当たり", "いいえ"];

/// A page as somebody reads it.
struct Seen<'a> {
    pages: &'a Pages,
    locale: Locale,
    html: &'a str,
    /// What stands on it and in labels that are read out, a paragraph each. Other people's words are an `X`.
    lines: Vec<String>,
}

/// A rule, and what on a page breaks it.
struct Rule {
    name: &'static str,
    breaches: fn(&Seen<'_>) -> Vec<String>,
}

const RULES: [Rule; 10] = [
    Rule { name: "no protocol words", breaches: protocol_words },
    Rule { name: "short sentences", breaches: long_sentences },
    Rule { name: "no blame", breaches: blame },
    Rule { name: "no pressure", breaches: pressure },
    Rule { name: "buttons say what they do", breaches: vague_buttons },
    Rule { name: "the title is a question", breaches: no_question },
    Rule { name: "deny first, and as prominent", breaches: hidden_deny },
    Rule { name: "a way to report", breaches: no_report },
    Rule { name: "who, why, what follows", breaches: missing_context },
    Rule { name: "decline what you did not start or expect", breaches: no_unexpected },
];

fn protocol_words(seen: &Seen<'_>) -> Vec<String> {
    match seen.locale {
        Locale::Ja => containing(&seen.lines, &PROTOCOL_JA),
        Locale::En => {
            let words = seen.lines.iter().flat_map(|line| line.split(|c: char| !c.is_alphanumeric()));
            let banned = |word: &str| {
                let word = word.to_lowercase();
                PROTOCOL_EN
                    .iter()
                    .any(|one| one.strip_suffix('-').map_or(*one == word, |stem| word.starts_with(stem)))
            };
            words.filter(|word| banned(word)).map(str::to_owned).collect()
        }
    }
}

fn long_sentences(seen: &Seen<'_>) -> Vec<String> {
    let sentences = seen.lines.iter().flat_map(|line| sentences(line));
    let long = |sentence: &String| match seen.locale {
        Locale::En => sentence.split_whitespace().count() > LONGEST_EN,
        Locale::Ja => sentence.chars().count() > LONGEST_JA,
    };
    sentences.filter(long).collect()
}

fn blame(seen: &Seen<'_>) -> Vec<String> {
    containing(&seen.lines, if seen.locale == Locale::En { &BLAME_EN } else { &BLAME_JA })
}

fn pressure(seen: &Seen<'_>) -> Vec<String> {
    containing(&seen.lines, if seen.locale == Locale::En { &PRESSURE_EN } else { &PRESSURE_JA })
}

fn vague_buttons(seen: &Seen<'_>) -> Vec<String> {
    let buttons = seen.html.split("<button").skip(1).filter_map(|rest| rest.split("</button>").next());
    let words = buttons.filter_map(|rest| rest.split_once('>')).map(|(_, inner)| lines(inner).join(" "));
    words.filter(|words| VAGUE.contains(&words.to_lowercase().as_str())).collect()
}

fn no_question(seen: &Seen<'_>) -> Vec<String> {
    if !seen.is_decision() {
        return Vec::new();
    }
    let heading = between(seen.html, "<h1>", "</h1>").map(|inner| lines(&inner.replace("bdi", "b")).concat());
    let heading = heading.unwrap_or_default();
    if heading.ends_with(['?', '？']) { Vec::new() } else { vec![heading] }
}

fn hidden_deny(seen: &Seen<'_>) -> Vec<String> {
    if !seen.is_decision() {
        return Vec::new();
    }
    let Some((deny_at, deny)) = tag_with(seen.html, "value=\"deny\"") else {
        return vec!["no deny".to_owned()];
    };
    let yes = ["value=\"allow\"", "value=\"continue\"", "<a class=\"button answer\""];
    let yes = yes.iter().filter_map(|mark| tag_with(seen.html, mark)).min();
    let Some((yes_at, yes)) = yes else { return Vec::new() };
    let class = |tag: &str| between(tag, "class=\"", "\"").map(str::to_owned);
    let mut breaches = Vec::new();
    if deny_at > yes_at {
        breaches.push("deny comes later".to_owned());
    }
    if class(&deny) != class(&yes) || deny.contains("disabled") || deny.contains("hidden") {
        breaches.push(format!("{deny} is not like {yes}"));
    }
    if seen.html.contains("autofocus") {
        breaches.push("something has the focus".to_owned());
    }
    breaches
}

fn no_report(seen: &Seen<'_>) -> Vec<String> {
    let there = !seen.is_decision() || tag_with(seen.html, "value=\"report\"").is_some();
    if there { Vec::new() } else { vec!["nobody can report it".to_owned()] }
}

fn missing_context(seen: &Seen<'_>) -> Vec<String> {
    // A page that only leads on to the question need not tell what it asks.
    if !seen.is_decision() || tag_with(seen.html, "value=\"continue\"").is_some() {
        return Vec::new();
    }
    let told = |key: &str| {
        let label = format!("<dt>{}</dt>", messages::escape(&seen.pages.words(seen.locale, key)));
        let value = seen.html.split_once(&label).and_then(|(_, rest)| between(rest, "<dd>", "</dd>"));
        value.is_some_and(|value| !lines(value).is_empty())
    };
    let missing = CONTEXT.iter().filter(|(_, keys)| !keys.iter().any(|key| told(key)));
    missing.map(|(what, _)| (*what).to_owned()).collect()
}

fn no_unexpected(seen: &Seen<'_>) -> Vec<String> {
    if !seen.is_decision() {
        return Vec::new();
    }
    let careful = between(seen.html, "id=\"careful\">", "</p>").unwrap_or_default().to_lowercase();
    let parts = if seen.locale == Locale::En { UNEXPECTED_EN } else { UNEXPECTED_JA };
    let tied = seen.html.contains("aria-describedby=\"careful\"");
    if tied && parts.iter().all(|part| careful.contains(part)) { Vec::new() } else { vec![careful] }
}

impl<'a> Seen<'a> {
    fn new(pages: &'a Pages, locale: Locale, html: &'a str) -> Self {
        Self { pages, locale, html, lines: lines(html) }
    }

    /// Whether somebody can say yes here, or go on towards it.
    fn is_decision(&self) -> bool {
        ["value=\"allow\"", "value=\"continue\"", "button answer"].iter().any(|mark| self.html.contains(mark))
    }

    fn breaches(&self) -> Vec<(&'static str, String)> {
        let all =
            RULES.iter().flat_map(|rule| (rule.breaches)(self).into_iter().map(|breach| (rule.name, breach)));
        all.collect()
    }
}

fn containing(lines: &[String], banned: &[&str]) -> Vec<String> {
    let breaks = |line: &&String| {
        let line = line.to_lowercase();
        banned.iter().any(|banned| line.contains(&banned.to_lowercase()))
    };
    lines.iter().filter(breaks).cloned().collect()
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

/// Where the tag with this mark begins, and the tag.
fn tag_with(html: &str, mark: &str) -> Option<(usize, String)> {
    let at = html.find(mark)?;
    let start = if mark.starts_with('<') { at } else { html[..at].rfind('<')? };
    Some((start, html[start..].split('>').next()?.to_owned()))
}

/// The text of a document, a paragraph each, with what is read out of attributes.
fn lines(html: &str) -> Vec<String> {
    const INLINE: [&str; 10] = ["a", "b", "em", "strong", "span", "i", "br", "small", "abbr", "time"];
    const SKIPPED: [&str; 5] = ["script", "style", "svg", "code", "select"];
    let (mut text, mut rest) = (String::new(), html);
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        let Some((tag, after)) = after.split_once('>') else { break };
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap_or_default();
        rest = after;
        if name == "bdi" {
            text.push('X');
        } else if !INLINE.contains(&name) {
            text.push('\n');
        }
        for spoken in [" aria-label=\"", " alt=\"", " placeholder=\""] {
            if let Some(words) = between(&format!("{tag}>"), spoken, "\"") {
                text.extend(["\n", words, "\n"]);
            }
        }
        if (name == "bdi" || SKIPPED.contains(&name)) && !tag.starts_with('/') {
            rest = rest.split_once(&format!("</{name}>")).map_or("", |(_, rest)| rest);
        }
    }
    text.push_str(rest);
    let text = [
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#x2f;", "/"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text, |text, (entity, character)| text.replace(entity, character));
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The sentences of a paragraph.
fn sentences(line: &str) -> Vec<String> {
    let ended = ["。", "？", "！"]
        .iter()
        .fold(line.to_owned(), |text, mark| text.replace(mark, &format!("{mark}\n")));
    let ended = [". ", "? ", "! ", "… "]
        .iter()
        .fold(ended, |text, mark| text.replace(mark, &format!("{}\n", mark.trim())));
    ended.lines().map(str::to_owned).collect()
}

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

/// A page that breaks nothing.
const GOOD: &str = r#"<title>Is this your TV?</title><h1>Is this your TV?</h1>
    <dl><dt>Who asks</dt><dd><bdi>OAuth client</bdi></dd><dt>Says it is</dt><dd>A TV</dd><dt>If yes, it can</dt><dd><ul><li>See your name</li></ul></dd>
    <dt>Until</dt><dd>You take it back</dd></dl>
    <form><p class="careful" id="careful">Didn’t start or expect it? Answer no.</p>
    <div aria-describedby="careful"><button class="button answer" name="decision" value="deny">No, deny</button>
    <button class="button answer" name="decision" value="allow">Yes, allow</button></div>
    <button name="decision" value="report">I didn’t start this</button></form>"#;

/// What is changed of the good page, and into what; and the one rule that this breaks.
const BAD: [(&str, &str, &str); 24] = [
    ("no protocol words", "See your name", "See your scopes"),
    ("no protocol words", "A TV", "An OAuth device"),
    ("no protocol words", "<dl>", "<p>Authorize application Cellar</p><dl>"),
    ("no protocol words", "<dl>", "<dl aria-label=\"The client\">"),
    (
        "short sentences",
        "<dl>",
        "<p>This page, which is shown to you because a device somewhere on the way to you has asked for \
        it, is about whether that may be so</p><dl>",
    ),
    ("no blame", "<dl>", "<p>You forgot to look at the code.</p><dl>"),
    ("no blame", "<dl>", "<p role=\"alert\">Invalid code</p><dl>"),
    ("no pressure", "<dl>", "<p>Answer immediately.</p><dl>"),
    ("buttons say what they do", ">Yes, allow<", ">OK<"),
    ("buttons say what they do", ">No, deny<", "><svg></svg> Cancel<"),
    ("the title is a question", "<h1>Is this your TV?", "<h1>Your TV"),
    ("the title is a question", "<h1>Is this your TV?</h1>", ""),
    ("deny first, and as prominent", "value=\"deny\"", "value=\"later\""),
    (
        "deny first, and as prominent",
        "class=\"button answer\" name=\"decision\" value=\"deny\"",
        "class=\"link\" value=\"deny\"",
    ),
    (
        "deny first, and as prominent",
        "<dl>",
        "<button class=\"button answer\" value=\"allow\">Yes, allow</button><dl>",
    ),
    ("deny first, and as prominent", "value=\"deny\"", "value=\"deny\" disabled"),
    ("deny first, and as prominent", "value=\"allow\"", "value=\"allow\" autofocus"),
    ("a way to report", "value=\"report\"", "value=\"help\""),
    ("who, why, what follows", "<dt>Who asks</dt>", "<dt>Name</dt>"),
    ("who, why, what follows", "<dd>A TV</dd>", "<dd> </dd>"),
    ("who, why, what follows", "<li>See your name</li>", ""),
    ("who, why, what follows", "<dt>Until</dt><dd>You take it back</dd>", ""),
    ("decline what you did not start or expect", "Didn’t start or expect it? Answer no.", "Are you sure?"),
    ("decline what you did not start or expect", "<div aria-describedby=\"careful\">", "<div>"),
];

#[test]
fn each_rule_is_broken_by_its_bad_samples_and_by_nothing_else() {
    let pages = pages();
    let broken = |html: &str| -> Vec<_> {
        let mut rules: Vec<_> =
            Seen::new(&pages, Locale::En, html).breaches().into_iter().map(|(rule, _)| rule).collect();
        rules.dedup();
        rules
    };
    assert_eq!(broken(GOOD), [""; 0]);
    for (rule, from, to) in BAD {
        let bad = GOOD.replacen(from, to, 1);
        assert_ne!(bad, GOOD, "{from}");
        assert_eq!(broken(&bad), [rule], "{from} as {to}");
    }
    for rule in RULES {
        assert!(BAD.iter().any(|(name, ..)| *name == rule.name), "{} is never broken", rule.name);
    }
}

#[test]
fn japanese_pages_are_read_as_such() {
    let pages = pages();
    let long = "あ".repeat(LONGEST_JA + 1);
    for (rule, text) in [
        ("no protocol words", "このアプリケーションを認可します。"),
        ("short sentences", long.as_str()),
        ("no blame", "無効なコードです。"),
        ("no pressure", "至急お答えください。"),
        ("buttons say what they do", "<button>送信</button>"),
    ] {
        let breaches = Seen::new(&pages, Locale::Ja, text).breaches();
        assert_eq!(breaches.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), [rule], "{text}");
    }
    // Two sentences of that length together are two.
    let two = format!("{0}。{0}。", "あ".repeat(LONGEST_JA - 1));
    assert!(Seen::new(&pages, Locale::Ja, &two).breaches().is_empty());
}
