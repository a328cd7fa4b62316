//! How do templates say things? The functions and filters that they may call.

use super::locale::Locale;
use super::messages::{Messages, escape, foreign, foreign_within, whole_words};
use super::static_files;
use fluent_bundle::{FluentArgs, FluentValue};
use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, State};
use std::sync::Arc;

/// Longest line of somebody else's prose, in characters.
const MOST_PROSE: usize = 1000;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Gives `env` the words:
/// `t(key, name=value…)` is a message as HTML, `attr(key, …)` the same as text for an attribute;
/// `duration(seconds)` and `ago(seconds)` are times in words; `place(place)` is the name of a place; `asset(name)` is the address of a static file;
/// `|bdi` is somebody else's text, escaped and isolated; `|prose` the same of several lines; `|local` is a path on this server or `/`;
/// `read(key, name=value…)` and `|read` are `t` and `|bdi` for what people compare: no word of a value breaks at a hyphen.
pub(super) fn teach(env: &mut Environment<'static>, messages: &Arc<Messages>) {
    let words = Arc::clone(messages);
    env.add_function("t", move |state: &State<'_, '_>, key: &str, kwargs: Kwargs| {
        Ok::<_, Error>(Value::from_safe_string(words.html(spoken(state), key, &arguments(&kwargs)?)))
    });
    let words = Arc::clone(messages);
    env.add_function("read", move |state: &State<'_, '_>, key: &str, kwargs: Kwargs| {
        Ok::<_, Error>(Value::from_safe_string(words.read(spoken(state), key, &arguments(&kwargs)?)))
    });
    let words = Arc::clone(messages);
    env.add_function("attr", move |state: &State<'_, '_>, key: &str, kwargs: Kwargs| {
        Ok::<_, Error>(words.plain(spoken(state), key, &arguments(&kwargs)?))
    });
    let words = Arc::clone(messages);
    env.add_function("duration", move |state: &State<'_, '_>, seconds: u64| {
        duration(&words, spoken(state), seconds)
    });
    let words = Arc::clone(messages);
    env.add_function("ago", move |state: &State<'_, '_>, seconds: u64| ago(&words, spoken(state), seconds));
    let words = Arc::clone(messages);
    env.add_function("place", move |state: &State<'_, '_>, place: &Value| {
        place_name(&words, spoken(state), place)
    });
    env.add_function("asset", |name: &str| Value::from_safe_string(escape(&static_files::address(name))));
    env.add_filter("bdi", |text: &str| {
        Value::from_safe_string(format!("<bdi>{}</bdi>", escape(&foreign(text))))
    });
    env.add_filter("read", |text: &str| {
        Value::from_safe_string(format!("<bdi>{}</bdi>", whole_words(&foreign(text))))
    });
    env.add_filter("prose", |text: &str| {
        let lines: Vec<_> = text.lines().map(|line| escape(&foreign_within(line, MOST_PROSE))).collect();
        Value::from_safe_string(format!("<bdi>{}</bdi>", lines.join("<br>")))
    });
    env.add_filter("local", |path: &str| local(path).to_owned());
}

/// A length of time in words: "40 seconds", "9 minutes", "36 hours", "2 days". To the nearest whole number of its unit:
/// never "60 minutes", never "48 hours". Days are said from two on, since the nearest day to 36 hours is half a day off.
pub(super) fn duration(messages: &Messages, locale: Locale, seconds: u64) -> String {
    let nearest = |unit: u64| seconds / unit + u64::from(seconds % unit >= unit / 2);
    let (key, count) = match (nearest(MINUTE), nearest(HOUR)) {
        _ if seconds < MINUTE => ("duration-seconds", seconds),
        (minutes, _) if minutes < HOUR / MINUTE => ("duration-minutes", minutes),
        (_, hours) if hours < 2 * DAY / HOUR => ("duration-hours", hours),
        _ => ("duration-days", nearest(DAY)),
    };
    messages.plain(locale, key, &count_of(count))
}

/// How long ago something was, in words: "just now", "40 seconds ago".
pub(super) fn ago(messages: &Messages, locale: Locale, seconds: u64) -> String {
    if seconds < 5 {
        return messages.plain(locale, "ago-now", &FluentArgs::new());
    }
    let mut args = FluentArgs::new();
    args.set("time", duration(messages, locale, seconds));
    messages.plain(locale, "ago", &args)
}

/// What a place is called: by its city and country, or what is known of them.
fn place_name(messages: &Messages, locale: Locale, place: &Value) -> Result<String, Error> {
    let (city, country) = (place.get_attr("city")?, place.get_attr("country")?);
    match (city.as_str(), country.as_str()) {
        (Some(city), Some(country)) => {
            let mut args = FluentArgs::new();
            args.set("city", foreign(city));
            args.set("country", foreign(country));
            Ok(messages.plain(locale, "where-city", &args))
        }
        (one, other) => Ok(foreign(one.or(other).unwrap_or_default())),
    }
}

/// `path` if it certainly stays on this server, else `/`.
pub(super) fn local(path: &str) -> &str {
    let mut bytes = path.bytes();
    let safe = bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && !path.contains(|c: char| c.is_control() || c == '\\');
    if safe { path } else { "/" }
}

fn count_of(count: u64) -> FluentArgs<'static> {
    let mut args = FluentArgs::new();
    args.set("count", FluentValue::from(count));
    args
}

/// The language of the page being drawn.
fn spoken(state: &State<'_, '_>) -> Locale {
    state.lookup("lang").and_then(|lang| lang.as_str().and_then(Locale::from_tag)).unwrap_or_default()
}

fn arguments(kwargs: &Kwargs) -> Result<FluentArgs<'static>, Error> {
    let mut args = FluentArgs::new();
    for name in kwargs.args() {
        let value: Value = kwargs.get(name)?;
        let value = match (value.as_str(), value.as_i64()) {
            (Some(text), _) => FluentValue::from(foreign(text)),
            (None, Some(number)) => FluentValue::from(number),
            (None, None) => FluentValue::from(foreign(&value.to_string())),
        };
        args.set(name.to_owned(), value);
    }
    Ok(args)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn times_are_said_with_the_right_plural() {
        let messages = Messages::new(&HashMap::new()).unwrap();
        for (seconds, english, japanese) in [
            (0, "just now", "たった今"),
            (40, "40 seconds ago", "40秒前"),
            (60, "1 minute ago", "1分前"),
            (3_569, "59 minutes ago", "59分前"),
            (3_600, "1 hour ago", "1時間前"),
            (84_600, "24 hours ago", "24時間前"),
            (129_600, "36 hours ago", "36時間前"),
            (172_800, "2 days ago", "2日前"),
        ] {
            assert_eq!(ago(&messages, Locale::En, seconds), english);
            assert_eq!(ago(&messages, Locale::Ja, seconds), japanese);
        }
        assert_eq!(duration(&messages, Locale::En, 1), "1 second");
        assert!(duration(&messages, Locale::En, u64::MAX).ends_with(" days"));
    }

    #[test]
    fn a_length_of_time_is_never_more_than_half_its_unit_off() {
        let messages = Messages::new(&HashMap::new()).unwrap();
        for (seconds, english, japanese) in [
            (59, "59 seconds", "59秒"),
            (60, "1 minute", "1分"),
            (89, "1 minute", "1分"),
            (90, "2 minutes", "2分"),
            (119, "2 minutes", "2分"),
            (120, "2 minutes", "2分"),
            (149, "2 minutes", "2分"),
            (150, "3 minutes", "3分"),
            (3_569, "59 minutes", "59分"),
            (3_570, "1 hour", "1時間"),
            (3_599, "1 hour", "1時間"),
            (3_600, "1 hour", "1時間"),
            (5_399, "1 hour", "1時間"),
            (5_400, "2 hours", "2時間"),
            (7_200, "2 hours", "2時間"),
            (8_999, "2 hours", "2時間"),
            (9_000, "3 hours", "3時間"),
            (84_599, "23 hours", "23時間"),
            (84_600, "24 hours", "24時間"),
            (86_400, "24 hours", "24時間"),
            (88_199, "24 hours", "24時間"),
            (88_200, "25 hours", "25時間"),
            (36 * 3_600, "36 hours", "36時間"),
            (47 * 3_600, "47 hours", "47時間"),
            (170_999, "47 hours", "47時間"),
            (171_000, "2 days", "2日"),
            (172_800, "2 days", "2日"),
            (215_999, "2 days", "2日"),
            (216_000, "3 days", "3日"),
            (30 * 86_400, "30 days", "30日"),
        ] {
            assert_eq!(duration(&messages, Locale::En, seconds), english, "{seconds}");
            assert_eq!(duration(&messages, Locale::Ja, seconds), japanese, "{seconds}");
        }
        let mut before = 0;
        for seconds in (0..2 * HOUR).chain((2 * HOUR..4 * DAY).step_by(29)) {
            let said = duration(&messages, Locale::En, seconds);
            let (count, unit) = said.split_once(' ').unwrap();
            let count: u64 = count.parse().unwrap();
            let (unit, below) = match unit.trim_end_matches('s') {
                "second" => (1, 60),
                "minute" => (MINUTE, 60),
                "hour" => (HOUR, 48),
                _ => (DAY, u64::MAX),
            };
            assert!(count < below, "{said} for {seconds}");
            assert!((count * unit).abs_diff(seconds) <= unit / 2, "{said} for {seconds}");
            assert!(
                count * unit >= before,
                "{said} for {seconds}: a longer time is never said as a shorter one"
            );
            before = count * unit;
        }
    }

    #[test]
    fn links_never_leave_the_server() {
        for outside in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "",
            "javascript:x",
            "/a\nb",
            "/a\\b",
        ] {
            assert_eq!(local(outside), "/", "{outside:?}");
        }
        assert_eq!(local("/device?user_code=WDJB-MJHT"), "/device?user_code=WDJB-MJHT");
    }
}
