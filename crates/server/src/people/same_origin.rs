//! Was this posted by a page of ours? What the browser says of it, in addition to the CSRF token.
//!
//! `Sec-Fetch-Site` cannot be set by pages and must say `same-origin` where a browser sends it. `Origin` must be the
//! issuer, which has no path. It is `null` for the forms of pages that send no referrer, as ours do (Fetch, "append a request Origin
//! header"): then `Sec-Fetch-Site` decides alone, or where that is missing too (plain http), the token.

use crate::config::Issuer;
use axum::http::{HeaderMap, header};

/// Whether nothing speaks against a page of ours.
pub fn is_same_origin(issuer: &Issuer, headers: &HeaderMap) -> bool {
    let sites = headers.get_all("sec-fetch-site").iter();
    let origins = headers.get_all(header::ORIGIN).iter();
    sites.into_iter().all(|site| site == "same-origin")
        && origins.into_iter().all(|origin| origin == "null" || origin == issuer.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn asked(issuer: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .fold(HeaderMap::new(), |mut all, (name, value)| {
                all.append(name, value);
                all
            });
        is_same_origin(&Issuer::parse(issuer).unwrap(), &headers)
    }

    #[test]
    fn only_pages_of_the_issuer_post() {
        let issuer = "https://id.example.com";
        assert!(asked(issuer, &[]), "an old browser says nothing: the token decides");
        assert!(asked(issuer, &[("origin", "https://id.example.com")]));
        assert!(asked(issuer, &[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        assert!(asked(issuer, &[("origin", "null")]));
        for foreign in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "http://id.example.com")],
            &[("origin", "https://id.example.com:8443")],
            &[("origin", "https://id.example.com.evil.example")],
            &[("origin", "https://id.example.com/")],
            &[("origin", "https://u:p@id.example.com")],
            &[("origin", "")],
            &[("origin", "https://id.example.com"), ("origin", "https://evil.example")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "null"), ("sec-fetch-site", "cross-site")],
            &[("origin", "https://id.example.com"), ("sec-fetch-site", "cross-site")],
        ] {
            assert!(!asked(issuer, foreign), "{foreign:?}");
        }
        assert!(asked("http://localhost:8080", &[("origin", "http://localhost:8080")]));
        assert!(!asked("http://localhost:8080", &[("origin", "http://localhost")]));
    }
}
