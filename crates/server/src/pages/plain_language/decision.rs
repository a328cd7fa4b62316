//! Is a no as easy as a yes, and does a page with a question tell what a person needs to answer it? (R6.14a, R6.14b, R6.14c)

use super::super::{locale::Locale, messages};
use super::reading::{between, lines, tag_with};
use super::rules::Seen;

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

pub(super) fn no_question(seen: &Seen<'_>) -> Vec<String> {
    if !seen.is_decision() {
        return Vec::new();
    }
    let heading = between(seen.html, "<h1>", "</h1>").map(|inner| lines(&inner.replace("bdi", "b")).concat());
    let heading = heading.unwrap_or_default();
    if heading.ends_with(['?', '？']) { Vec::new() } else { vec![heading] }
}

pub(super) fn hidden_deny(seen: &Seen<'_>) -> Vec<String> {
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

pub(super) fn no_report(seen: &Seen<'_>) -> Vec<String> {
    let there = !seen.is_decision() || tag_with(seen.html, "value=\"report\"").is_some();
    if there { Vec::new() } else { vec!["nobody can report it".to_owned()] }
}

pub(super) fn missing_context(seen: &Seen<'_>) -> Vec<String> {
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

pub(super) fn no_unexpected(seen: &Seen<'_>) -> Vec<String> {
    if !seen.is_decision() {
        return Vec::new();
    }
    let careful = between(seen.html, "id=\"careful\">", "</p>").unwrap_or_default().to_lowercase();
    let parts = if seen.locale == Locale::En { UNEXPECTED_EN } else { UNEXPECTED_JA };
    let tied = seen.html.contains("aria-describedby=\"careful\"");
    if tied && parts.iter().all(|part| careful.contains(part)) { Vec::new() } else { vec![careful] }
}
