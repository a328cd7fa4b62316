//! Which language does the person in front of this page read?

use serde::{Serialize, Serializer};

/// Longest header or parameter that is looked at, in bytes; what follows is ignored.
const MAX_INPUT: usize = 512;
/// Most language ranges that are weighed in one header.
const MAX_RANGES: usize = 16;

/// A language that the pages speak. English is the one that everything falls back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Locale {
    /// Every language, in the order in which the footer lists them.
    pub const ALL: [Self; 2] = [Self::En, Self::Ja];

    /// The BCP 47 tag, as in `<html lang>` and `?lang=`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ja => "ja",
        }
    }

    /// The language's own name for itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ja => "日本語",
        }
    }

    /// The language of a tag such as `ja` or `ja-JP`, compared without case; `None` if the pages do not speak it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|locale| locale.tag().eq_ignore_ascii_case(primary))
    }

    /// The best language for a request: `ui_locales` (OpenID Connect Core 3.1.2.1, in order of preference)
    /// before `Accept-Language` (RFC 9110 section 12.5.4, by weight), English when neither names one we speak.
    pub fn negotiate(accept_language: Option<&str>, ui_locales: Option<&str>) -> Self {
        let asked = ui_locales
            .and_then(|tags| cut(tags).split_ascii_whitespace().take(MAX_RANGES).find_map(Self::from_tag));
        asked.or_else(|| accept_language.and_then(Self::heaviest)).unwrap_or_default()
    }

    fn heaviest(header: &str) -> Option<Self> {
        let mut best: Option<(u16, Self)> = None;
        for range in cut(header).split(',').take(MAX_RANGES) {
            let mut parts = range.split(';');
            let Some(locale) = parts.next().map(str::trim).and_then(Self::from_range) else { continue };
            let weight = parts.next().map_or(Some(1000), weight);
            let Some(weight) = weight.filter(|weight| *weight > 0) else { continue };
            if best.is_none_or(|(heaviest, _)| weight > heaviest) {
                best = Some((weight, locale));
            }
        }
        best.map(|(_, locale)| locale)
    }

    fn from_range(range: &str) -> Option<Self> {
        if range == "*" { Some(Self::default()) } else { Self::from_tag(range) }
    }
}

impl Serialize for Locale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.tag())
    }
}

/// Thousandths of a `q=` parameter; `None` for anything that is not a weight.
fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.trim().split_once('=')?;
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if !name.eq_ignore_ascii_case("q") || fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let thousandths = format!("{fraction:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", fraction) => Some(fraction),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

/// The beginning of `input`, on a character boundary.
fn cut(input: &str) -> &str {
    input.get(..input.floor_char_boundary(MAX_INPUT)).unwrap_or_default()
}

/// The links of the language switch: this page in each other language. `here` is a path with its query.
pub(super) fn links(here: &str, current: Locale) -> Vec<LanguageLink> {
    let (path, query) = here.split_once('?').unwrap_or((here, ""));
    let kept: Vec<&str> =
        query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("lang=")).collect();
    let others = Locale::ALL.into_iter().filter(|locale| *locale != current);
    others
        .map(|locale| {
            let chosen = format!("lang={}", locale.tag());
            let query: Vec<&str> = kept.iter().copied().chain([chosen.as_str()]).collect();
            LanguageLink {
                tag: locale.tag(),
                name: locale.own_name(),
                href: format!("{path}?{}", query.join("&")),
            }
        })
        .collect()
}

/// One link of the language switch.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(super) struct LanguageLink {
    tag: &'static str,
    name: &'static str,
    href: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_order_and_fallback_decide() {
        for (header, ui_locales, expected) in [
            (None, None, Locale::En),
            (Some("ja-JP"), None, Locale::Ja),
            (Some("JA"), None, Locale::Ja),
            (Some("en;q=0.4, ja;q=0.5"), None, Locale::Ja),
            (Some("ja;q=0.4, en;q=0.5"), None, Locale::En),
            (Some("fr, de;q=0.9, ja;q=0.1"), None, Locale::Ja),
            (Some("ja;q=0, fr"), None, Locale::En),
            (Some("ja;q=0"), None, Locale::En),
            (Some("*, ja;q=0.9"), None, Locale::En),
            (Some("ja;q=nonsense, en;q=0.1"), None, Locale::En),
            (Some("ja;q=1.5, en;q=0.1"), None, Locale::En),
            (Some("jam, xx"), None, Locale::En),
            (Some(""), Some(""), Locale::En),
            (Some("en"), Some("fr-CA ja"), Locale::Ja),
            (Some("ja"), Some("tlh"), Locale::Ja),
        ] {
            assert_eq!(Locale::negotiate(header, ui_locales), expected, "{header:?} {ui_locales:?}");
        }
    }

    #[test]
    fn long_input_is_cut_not_followed() {
        let far = format!("{}ja", "xx,".repeat(10_000));
        assert_eq!(Locale::negotiate(Some(&far), None), Locale::En);
        assert_eq!(Locale::negotiate(Some(&"語".repeat(9_999)), Some(&"語".repeat(9_999))), Locale::En);
    }

    #[test]
    fn the_switch_keeps_the_query_and_replaces_its_own_parameter() {
        let href = |here| links(here, Locale::En).into_iter().map(|link| link.href).collect::<Vec<_>>();
        assert_eq!(href("/device"), ["/device?lang=ja"]);
        assert_eq!(href("/device?user_code=WDJB-MJHT&lang=en"), ["/device?user_code=WDJB-MJHT&lang=ja"]);
    }
}
