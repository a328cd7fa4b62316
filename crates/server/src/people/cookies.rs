//! Under which names does a browser keep things for us, and what is read back?

use crate::config::Issuer;
use axum::http::{HeaderMap, HeaderValue, header};
use zeroize::Zeroizing;

/// How many cookies of one name are looked at: an attacker on a neighbour domain can add some, not drown ours.
const MOST_OF_A_NAME: usize = 4;
/// The longest value that is looked at, in bytes.
const MAX_VALUE: usize = 4096;
/// A year, for what is no secret.
const YEAR: u32 = 31_536_000;
const LANGUAGE: &str = "tandem-lang";

/// Whether cookies can be kept from plain http and from neighbour domains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookies {
    /// `Secure` and `__Host-`: the issuer is https, or this machine, which browsers trust like https.
    Secure,
    /// Plain http with another host: a demonstration on a private network.
    Plain,
}

impl Cookies {
    /// What this issuer allows.
    pub fn of(issuer: &Issuer) -> Self {
        let host = issuer.host();
        let local = host == "localhost" || host.ends_with(".localhost");
        if issuer.is_https() || local { Self::Secure } else { Self::Plain }
    }

    /// The name of the cookie that holds the browser's secret.
    pub const fn browser(self) -> &'static str {
        match self {
            Self::Secure => "__Host-tandem",
            Self::Plain => "tandem",
        }
    }

    /// A name for another cookie of ours: prefixed like the browser's.
    pub fn named(self, name: &str) -> String {
        match self {
            Self::Secure => format!("__Host-tandem-{name}"),
            Self::Plain => format!("tandem-{name}"),
        }
    }

    /// The `Set-Cookie` that keeps a value until the browser closes, or for `max_age` seconds; 0 removes it. `value`
    /// must be of characters that cookies hold: base64url is.
    pub fn set(self, name: &str, value: &str, max_age: Option<u32>) -> Option<HeaderValue> {
        let secure = if self == Self::Secure { "; Secure" } else { "" };
        let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let text = Zeroizing::new(format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}"));
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// The `Set-Cookie` that keeps the chosen language.
    pub fn set_language(self, tag: &str) -> Option<HeaderValue> {
        self.set(LANGUAGE, tag, Some(YEAR))
    }
}

/// The language that was chosen before.
pub fn language(headers: &HeaderMap) -> Option<&str> {
    values(headers, LANGUAGE).next()
}

/// The values of the cookies with this name, in the order in which the browser sent them, in all headers.
pub fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(known, value)| *known == name && value.len() <= MAX_VALUE)
        .map(|(_, value)| value)
        .take(MOST_OF_A_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secure_wherever_a_browser_would_take_it() {
        for issuer in ["https://id.example.com", "http://localhost:8080", "http://a.localhost"] {
            assert_eq!(Cookies::of(&Issuer::parse(issuer).unwrap()), Cookies::Secure, "{issuer}");
        }
        for issuer in [
            "http://192.168.1.7:8080",
            "http://127.0.0.1:1",
            "http://tv.local",
            "http://localhost.evil.example",
        ] {
            assert_eq!(Cookies::of(&Issuer::parse_for_demo(issuer).unwrap()), Cookies::Plain, "{issuer}");
        }
        let header = Cookies::Secure.set("__Host-tandem", "abc", None).unwrap();
        assert_eq!(header, "__Host-tandem=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert!(header.is_sensitive());
        assert_eq!(
            Cookies::Plain.set("tandem", "abc", Some(9)).unwrap(),
            "tandem=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=9"
        );
        assert_eq!(Cookies::Plain.set("tandem", "a\r\nSet-Cookie: b=c", None), None);
    }

    #[test]
    fn cookies_are_found_among_others_and_in_several_headers() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; xtandem=2;tandem=3 ; tandem"));
        headers.append(header::COOKIE, HeaderValue::from_bytes(b"tandem=\xff").unwrap());
        headers.append(
            header::COOKIE,
            HeaderValue::from_static("tandem=4=5; =6;; tandem=7; tandem=8; tandem=9"),
        );
        headers.append(header::COOKIE, HeaderValue::from_str(&format!("big={}", "x".repeat(5_000))).unwrap());
        assert_eq!(values(&headers, "tandem").collect::<Vec<_>>(), ["3", "4=5", "7", "8"]);
        assert_eq!(values(&headers, "big").count(), 0);
        assert_eq!(values(&HeaderMap::new(), "tandem").count(), 0);
    }
}
