//! Is this the address of a server that may be spoken to? Its https, and what of the server is found where.

use crate::failure::{Failure, printable};
use url::{Host, Url};

/// Which addresses may be spoken to without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// This machine only.
    Secure,
    /// Any: the person said `--insecure`.
    Insecure,
}

/// An issuer identifier: an address without query and fragment, kept exactly as it was given (RFC 8414 section 2).
#[derive(Debug, Clone)]
pub struct Issuer {
    text: String,
    url: Url,
    transport: Transport,
}

impl Issuer {
    /// Checks `text`; https is required unless the address is this machine's own, or `transport` says otherwise.
    pub fn parse(text: &str, transport: Transport) -> Result<Self, Failure> {
        let refusal = |why: &str| Failure::Usage(format!("--issuer {}: {why}", printable(text, 200)));
        let url = Url::parse(text).map_err(|_| refusal("is not an address such as https://login.example"))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refusal("must not have a query or fragment"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refusal("must not carry a user name or password"));
        }
        if !may_be_used(&url, transport) {
            return Err(refusal("must start with https:// (or use --insecure on a network you trust)"));
        }
        Ok(Self { text: text.to_owned(), url, transport })
    }

    /// The well-known addresses to try, in order: RFC 8414 section 3.1, then OpenID Connect Discovery section 4.
    pub(crate) fn well_known(&self) -> [Url; 2] {
        let path = self.url.path().trim_end_matches('/').to_owned();
        [
            format!("/.well-known/oauth-authorization-server{path}"),
            format!("{path}/.well-known/openid-configuration"),
        ]
        .map(|path| {
            let mut url = self.url.clone();
            url.set_path(&path);
            url
        })
    }

    /// The issuer, letter by letter.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Which addresses of this issuer may go without TLS.
    pub const fn transport(&self) -> Transport {
        self.transport
    }

    /// An endpoint that this issuer names, if it may be spoken to.
    pub(crate) fn endpoint(&self, name: &str, found: Option<&str>) -> Result<Url, Failure> {
        let refusal = |why: &str| Failure::Server(format!("the server's {name} {why}"));
        let text = found.ok_or_else(|| refusal("is missing: it does not offer this"))?;
        let url = Url::parse(text).map_err(|_| refusal("is not an address"))?;
        let downgraded = self.url.scheme() == "https" && url.scheme() != "https";
        if downgraded || !may_be_used(&url, self.transport) {
            return Err(refusal("is not an https address"));
        }
        Ok(url)
    }
}

/// Whether `url` is https, or http to this very machine, or http that the person allowed.
pub fn may_be_used(url: &Url, transport: Transport) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => transport == Transport::Insecure || is_this_machine(url),
        _ => false,
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(text: &str) -> Issuer {
        Issuer::parse(text, Transport::Secure).unwrap()
    }

    #[test]
    fn rfc8414_section_3_1_the_well_known_name_goes_between_host_and_path() {
        let addresses = |text: &str| issuer(text).well_known().map(String::from);
        assert_eq!(
            addresses("https://login.example"),
            [
                "https://login.example/.well-known/oauth-authorization-server",
                "https://login.example/.well-known/openid-configuration"
            ]
        );
        assert_eq!(
            addresses("https://login.example:8443/tenant/"),
            [
                "https://login.example:8443/.well-known/oauth-authorization-server/tenant",
                "https://login.example:8443/tenant/.well-known/openid-configuration"
            ]
        );
    }

    #[test]
    fn only_this_machine_may_be_spoken_to_without_tls() {
        for text in [
            "https://a.example",
            "http://localhost:8080",
            "http://127.0.0.1:1",
            "http://[::1]",
            "http://x.localhost",
        ] {
            assert!(Issuer::parse(text, Transport::Secure).is_ok(), "{text}");
        }
        for text in [
            "http://a.example",
            "http://192.168.0.1",
            "http://localhost.a.example",
            "http://127.0.0.1.a.example",
        ] {
            assert!(matches!(Issuer::parse(text, Transport::Secure), Err(Failure::Usage(_))), "{text}");
            assert!(Issuer::parse(text, Transport::Insecure).is_ok(), "{text}");
        }
        let never = [
            "ftp://localhost",
            "https://u:p@a.example",
            "https://a.example?x",
            "https://a.example#x",
            "login",
            "",
        ];
        for text in never {
            assert!(Issuer::parse(text, Transport::Insecure).is_err(), "{text}");
        }
    }
}
