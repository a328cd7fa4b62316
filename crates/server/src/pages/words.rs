//! How do templates say things? The functions and filters that they may call.

use super::locale::Locale;
use super::messages::{Messages, escape, foreign, foreign_within};
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
/// `|bdi` is somebody else's text, escaped and isolated; `|prose` the same of several lines; `|local` is a path on this server or `/`.
pub(super) fn teach(env: &mut Environment<'static>, messages: &Arc<Messages>) {
    let words = Arc::clone(messages);
    env.add_function("t", move |state: &State<'_, '_>, key: &str, kwargs: Kwargs| {
        Ok::<_, Error>(Value::from_safe_string(words.html(spoken(state), key, &arguments(&kwargs)?)))
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
    env.add_filter("prose", |text: &str| {
        let lines: Vec<_> = text.lines().map(|line| escape(&foreign_within(line, MOST_PROSE))).collect();
        Value::from_safe_string(format!("<bdi>{}</bdi>", lines.join("<br>")))
    });
    env.add_filter("local", |path: &str| local(path).to_owned());
}

/// A length of time in words, in its largest sensible unit: "40 seconds", "9 minutes". Up to an hour it is to the nearest
/// minute, since people hurry by it; more is rounded down.
pub(super) fn duration(messages: &Messages, locale: Locale, seconds: u64) -> String {
    let nearest = match seconds {
        MINUTE..HOUR => (seconds + MINUTE / 2) / MINUTE * MINUTE,
        _ => seconds,
    };
    let (key, count) = match nearest {
        0..MINUTE => ("duration-seconds", nearest),
        MINUTE..HOUR => ("duration-minutes", nearest / MINUTE),
        HOUR..=172_799 => ("duration-hours", nearest / HOUR),
        _ => ("duration-days", seconds / DAY),
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
            (172_799, "47 hours ago", "47時間前"),
            (172_800, "2 days ago", "2日前"),
        ] {
            assert_eq!(ago(&messages, Locale::En, seconds), english);
            assert_eq!(ago(&messages, Locale::Ja, seconds), japanese);
        }
        assert_eq!(duration(&messages, Locale::En, 1), "1 second");
        assert!(duration(&messages, Locale::En, u64::MAX).ends_with(" days"));
    }

    #[test]
    fn a_time_that_people_hurry_by_is_never_more_than_half_a_minute_off() {
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
        ] {
            assert_eq!(duration(&messages, Locale::En, seconds), english, "{seconds}");
            assert_eq!(duration(&messages, Locale::Ja, seconds), japanese, "{seconds}");
        }
        for seconds in 0..=HOUR {
            let said = duration(&messages, Locale::En, seconds);
            let (count, unit) = said.split_once(' ').unwrap();
            let unit = match unit.trim_end_matches('s') {
                "second" => 1,
                "minute" => MINUTE,
                _ => HOUR,
            };
            let said = count.parse::<u64>().unwrap() * unit;
            assert!(said.abs_diff(seconds) <= MINUTE / 2, "{said} for {seconds}");
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
