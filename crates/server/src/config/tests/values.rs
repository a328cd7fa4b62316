//! Which texts are issuers, addresses, networks, languages and scopes?

use super::*;
use crate::config::{Issuer, IssuerRefusal, Language, ListenAddress, Network, ScopeList};

#[test]
fn issuers_are_https_or_on_this_machine() {
    for (text, expected) in [
        ("https://id.example.com", "https://id.example.com"),
        ("https://ID.example.com:443/", "https://id.example.com"),
        ("https://example.com///", "https://example.com"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://tandem.localhost", "http://tandem.localhost"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ] {
        assert_eq!(Issuer::parse(text).unwrap().as_str(), expected);
    }
}

#[test]
fn other_issuers_are_refused() {
    use IssuerRefusal::{Credentials, NotSecure, NotUrl, QueryOrFragment};
    let long = format!("https://example.com/{}", "a".repeat(500));
    for (text, refusal) in [
        ("", NotUrl),
        ("id.example.com", NotUrl),
        ("https://", NotUrl),
        ("mailto:me@example.com", NotUrl),
        (&long, NotUrl),
        ("http://id.example.com", NotSecure),
        ("http://192.168.1.5", NotSecure),
        ("http://localhost.example.com", NotSecure),
        ("http://notlocalhost", NotSecure),
        ("ftp://localhost", NotSecure),
        ("https://me@example.com", Credentials),
        ("https://me:pw@example.com", Credentials),
        ("https://example.com?x=1", QueryOrFragment),
        ("https://example.com/?", QueryOrFragment),
        ("https://example.com/#", QueryOrFragment),
    ] {
        assert_eq!(Issuer::parse(text), Err(refusal), "{text}");
    }
}

#[test]
fn a_demonstration_may_use_http_with_any_host() {
    assert_eq!(
        Issuer::parse_for_demo("http://192.168.1.5:8080/").unwrap().as_str(),
        "http://192.168.1.5:8080"
    );
    assert_eq!(Issuer::parse_for_demo("ftp://192.168.1.5"), Err(IssuerRefusal::NotSecure));
    assert_eq!(Issuer::parse_for_demo("http://a@192.168.1.5"), Err(IssuerRefusal::Credentials));
}

#[test]
fn issuers_know_their_host_and_have_no_path() {
    assert_eq!(Issuer::parse("https://example.com:8443/").unwrap().host(), "example.com");
    assert_eq!(Issuer::parse("http://[::1]:8080").unwrap().host(), "::1");
    assert!(matches!(Issuer::parse("https://example.com/auth"), Err(IssuerRefusal::Path)));
}

#[test]
fn addresses_need_a_port() {
    for text in ["127.0.0.1:8080", "[::]:0"] {
        assert_eq!(String::from(ListenAddress::try_from(text.to_owned()).unwrap()), text);
    }
    for text in ["", "127.0.0.1", "8080", ":8080", "localhost:8080", "127.0.0.1:99999", "::1:80x"] {
        assert!(ListenAddress::try_from(text.to_owned()).is_err(), "{text}");
    }
    assert_refused("[listeners]\npublic = \"\"", ProblemKind::NotAccepted, "listeners.public");
    assert_refused("[listeners]\nadmin = \"localhost\"", ProblemKind::NotAccepted, "listeners.admin");
}

#[test]
fn networks_contain_their_addresses() {
    let network = |text: &str| Network::try_from(text.to_owned());
    let ten = network("10.0.0.0/8").unwrap();
    assert!(ten.contains("10.1.2.3".parse().unwrap()));
    assert!(ten.contains("::ffff:10.1.2.3".parse().unwrap()), "an IPv4 address seen by an IPv6 socket");
    assert!(!ten.contains("11.0.0.1".parse().unwrap()));
    let one = network("::ffff:192.0.2.1").unwrap();
    assert!(one.contains("192.0.2.1".parse().unwrap()));
    assert!(!one.contains("192.0.2.2".parse().unwrap()));
    for text in ["", "10.0.0.0/33", "proxy.internal", "10.0.0.1/8", "0.0.0.0/0", "::/0"] {
        assert!(network(text).is_err(), "{text}");
    }
    let found = problem("[proxy]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.1/8\"]");
    assert_eq!(found.key, "proxy.trusted_proxies[1]");
    assert!(found.detail.ends_with("did you mean 10.0.0.0/8?"), "{found}");
}

#[test]
fn languages_are_tags() {
    for text in ["en", "ja", "pt-BR", "zh-Hans"] {
        assert_eq!(Language::try_from(text.to_owned()).unwrap().as_str(), text);
    }
    for text in ["", "english!", "../../etc", "x"] {
        assert!(Language::try_from(text.to_owned()).is_err(), "{text}");
    }
}

#[test]
fn scopes_are_separated_by_single_spaces() {
    let scopes = |text: &str| ScopeList::try_from(text.to_owned());
    assert_eq!(scopes("openid api:read").unwrap().names(), ["openid", "api:read"]);
    assert!(scopes("").unwrap().names().is_empty());
    for text in [" ", "openid  email", "openid email ", "openid openid", "a\"b", "a\\b", "fotó", "a\tb"] {
        assert!(scopes(text).is_err(), "{text:?}");
    }
}
