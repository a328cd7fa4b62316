//! What is looked for, made ready for looking?

use crate::limits::Watch;
use url::Url;

/// A [`Watch`] that was read once.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) alphabet: Vec<char>,
    pub(crate) length: usize,
    pub(crate) schemes: Vec<String>,
    origins: Vec<Origin>,
}

/// Where links may lead to us.
#[derive(Debug)]
struct Origin {
    host: String,
    port: Option<u16>,
}

impl Watched {
    pub(crate) fn new(watch: &Watch) -> Self {
        let origins = watch.origins.iter().filter_map(|origin| {
            let url = Url::parse(origin).ok()?;
            let port = url.port_or_known_default();
            Some(Origin {
                host: url.host_str()?.to_owned(),
                port: if port == Some(80) { Some(443) } else { port },
            })
        });
        Self {
            alphabet: watch.alphabet.chars().map(|c| c.to_ascii_uppercase()).collect(),
            length: watch.length,
            schemes: watch.schemes.iter().map(|scheme| scheme.to_ascii_lowercase()).collect(),
            origins: origins.collect(),
        }
    }

    /// Whether `url` leads to a watched origin. A link over `http`, or one that tells an app to open the address, gets there as well.
    pub(crate) fn leads_here(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let host = host.strip_suffix('.').unwrap_or(host);
        // Schemes of apps have no usual port; plain http has another one.
        let port = url.port_or_known_default();
        let port = if port == Some(80) { Some(443) } else { port };
        self.origins
            .iter()
            .any(|origin| origin.host.eq_ignore_ascii_case(host) && (port.is_none() || port == origin.port))
    }

    /// Whether links of this scheme open a wallet.
    pub(crate) fn opens_wallet(&self, scheme: &str) -> bool {
        self.schemes.iter().any(|watched| watched.eq_ignore_ascii_case(scheme))
    }

    /// The hosts of the watched origins, in lower case.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.origins.iter().map(|origin| origin.host.as_str())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What the tests of this crate look for.
    pub(crate) fn watched() -> Watched {
        Watched::new(&Watch {
            alphabet: "BCDFGHJKLMNPQRSTVWXZ".into(),
            length: 8,
            origins: vec!["https://id.example.com".into(), "https://LOGIN.example.net:8443/".into()],
            schemes: vec!["openid4vp".into(), "haip".into()],
        })
    }

    #[test]
    fn only_the_host_itself_is_here() {
        let watched = watched();
        for url in [
            "https://id.example.com/device",
            "HTTPS://ID.EXAMPLE.COM:443",
            "http://id.example.com/",
            "https://someone@id.example.com./",
            "https://login.example.net:8443/x",
            "intent://id.example.com/device#Intent;scheme=https;end",
        ] {
            assert!(watched.leads_here(&Url::parse(url).unwrap()), "{url}");
        }
        for url in [
            "https://id.example.com@evil.example/",
            "https://id.example.com.evil.example/",
            "https://xid.example.com/",
            "https://example.com/",
            "https://id.example.com:444/",
            "https://login.example.net/",
            "mailto:id@id.example.com",
        ] {
            assert!(!watched.leads_here(&Url::parse(url).unwrap()), "{url}");
        }
    }
}
