//! What is looked for in messages, and what becomes of them: `[content_filter]`?

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tandem_core::mitigations::content_filtering::handling::{Handling, Otherwise, Thresholds};

use super::Config;
use super::check::Findings;
use super::milter::{Milter, MilterAddress};
use super::problem::Warning;
use super::rate_limits::RateLimit;

/// `[content_filter]`: live codes, links and QR codes of this server in messages (`POST /content-filter/scan`, and the
/// milter for mail servers).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContentFilter {
    /// A message is marked when its live code went to so many different people, all messages together. 0: never.
    #[schemars(range(min = 0, max = 1000))]
    pub tag_at: u32,
    /// It is held back from so many people on. 0: never.
    #[schemars(range(min = 0, max = 1000))]
    pub quarantine_at: u32,
    /// It is refused from so many people on. 0: never.
    #[schemars(range(min = 0, max = 1000))]
    pub reject_at: u32,
    /// The signal `code_filtered` is raised from so many people on: under the policy of `content_filtering` that ends the
    /// request. 0: never.
    #[schemars(range(min = 0, max = 1000))]
    pub incident_at: u32,
    /// What becomes of a message with a link to this server's page for codes, or to a watched place, and no live code.
    pub links: LinkHandling,
    /// What becomes of a message that could not be looked at wholly: encrypted, too large, broken, out of time.
    pub unscanned: UnscannedHandling,
    /// Places beyond this server's own address whose links are looked for, such as that of a short link service of your
    /// own: scheme and host, no path.
    #[schemars(length(max = 32), example = ["https://go.example.com"])]
    pub origins: Vec<String>,
    /// Schemes of links that open a wallet. A `request_uri` in them that leads to a watched place is found.
    #[schemars(length(max = 32))]
    pub schemes: Vec<String>,
    /// Largest message that is looked at, in bytes. What is beyond is not looked at.
    #[schemars(range(min = 65_536, max = 104_857_600))]
    pub max_bytes: u32,
    /// Seconds that looking at one message may take.
    #[schemars(range(min = 1, max = 60))]
    pub seconds: u32,
    /// Processes that look at messages, one message at a time each.
    #[schemars(range(min = 1, max = 64))]
    pub workers: u32,
    /// Messages that may wait for one of them; more are turned away at once.
    #[schemars(range(min = 1, max = 1000))]
    pub queue: u32,
    /// Memory of one such process, in MiB.
    #[schemars(range(min = 256, max = 16_384))]
    pub worker_memory: u32,
    /// Program that such a process runs, in place of this one: for instance a wrapper that starts `tandem` in a sandbox. It gets
    /// the argument `content-filter-worker`, no environment, and `/` as its folder.
    #[schemars(extend("format" = "path"), example = "/usr/local/libexec/tandem-in-a-sandbox")]
    pub worker_program: Option<PathBuf>,
    /// How often one client may have a message looked at.
    pub scan_client: RateLimit,
    /// The milter.
    pub milter: Milter,
}

impl Default for ContentFilter {
    fn default() -> Self {
        Self {
            tag_at: 1,
            quarantine_at: 3,
            reject_at: 5,
            incident_at: 3,
            links: LinkHandling::Allow,
            unscanned: UnscannedHandling::Allow,
            origins: Vec::new(),
            schemes: ["openid4vp", "haip", "eudi-openid4vp", "mdoc-openid4vp"].map(str::to_owned).to_vec(),
            max_bytes: 26_214_400,
            seconds: 10,
            workers: 2,
            queue: 32,
            worker_memory: 1024,
            worker_program: None,
            scan_client: RateLimit::of(600, 600),
            milter: Milter::default(),
        }
    }
}

impl ContentFilter {
    /// From how many people on something happens.
    pub const fn thresholds(&self) -> Thresholds {
        Thresholds {
            tag: self.tag_at,
            quarantine: self.quarantine_at,
            reject: self.reject_at,
            incident: self.incident_at,
        }
    }

    /// What happens for other reasons.
    pub const fn otherwise(&self) -> Otherwise {
        let links = match self.links {
            LinkHandling::Allow => Handling::Allow,
            LinkHandling::Tag => Handling::Tag,
        };
        let unscanned = match self.unscanned {
            UnscannedHandling::Allow => Handling::Allow,
            UnscannedHandling::Tag => Handling::Tag,
            UnscannedHandling::Quarantine => Handling::Quarantine,
        };
        Otherwise { links, unscanned }
    }
}

/// What becomes of a message with a link and no live code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LinkHandling {
    /// It goes on as it is.
    Allow,
    /// It goes on with a mark.
    Tag,
}

/// What becomes of a message that could not be looked at wholly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UnscannedHandling {
    /// It goes on as it is.
    Allow,
    /// It goes on with a mark.
    Tag,
    /// It is held back.
    Quarantine,
}

/// What cannot be meant.
pub(super) fn check(filter: &ContentFilter, findings: &mut Findings) {
    for (index, origin) in filter.origins.iter().enumerate() {
        let parsed = url::Url::parse(origin);
        let whole = parsed.is_ok_and(|url| {
            matches!(url.scheme(), "https" | "http") && url.origin().ascii_serialization() == *origin
        });
        if !whole {
            let detail = "scheme and host without a path are accepted, such as https://go.example.com";
            findings.not_accepted(&format!("content_filter.origins[{index}]"), detail);
        }
    }
    for (index, scheme) in filter.schemes.iter().enumerate() {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '+' | '-' | '.');
        if !scheme.starts_with(|c: char| c.is_ascii_lowercase()) || !scheme.chars().all(fits) {
            let detail = "the scheme of a URL in lower case is accepted, such as openid4vp";
            findings.not_accepted(&format!("content_filter.schemes[{index}]"), detail);
        }
    }
}

/// What works and should be looked at.
pub(super) fn warnings(config: &Config) -> Vec<Warning> {
    let filter = &config.content_filter;
    let mut warnings = Vec::new();
    if let Some(MilterAddress::Inet(address)) = &filter.milter.listen
        && !address.ip().is_loopback()
    {
        let detail = "the milter knows no passwords: see that only your own mail servers reach this address";
        warnings.push(Warning::new("content_filter.milter.listen", detail));
    }
    if filter.scan_client.rate().is_none() {
        let detail = "this limit is off; leave it so only to measure, or behind something that limits";
        warnings.push(Warning::new("content_filter.scan_client", detail));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_and_schemes_are_checked() {
        let refused = |change: &dyn Fn(&mut ContentFilter)| {
            let mut config = Config::default();
            change(&mut config.content_filter);
            config.check().is_err()
        };
        assert!(!refused(&|_| {}));
        assert!(!refused(&|filter| filter.origins.push("https://go.example.com:8443".to_owned())));
        for origin in ["go.example.com", "https://go.example.com/", "https://go.example.com/x", "ftp://x", ""]
        {
            assert!(refused(&|filter| filter.origins.push(origin.to_owned())), "{origin}");
        }
        for scheme in ["", "OpenID4VP", "open id", "4vp", "openid4vp://"] {
            assert!(refused(&|filter| filter.schemes.push(scheme.to_owned())), "{scheme}");
        }
    }

    #[test]
    fn an_open_milter_is_warned_of() {
        let mut config = Config::default();
        assert!(warnings(&config).is_empty());
        for (listen, warns) in [
            ("inet:127.0.0.1:1", false),
            ("inet:0.0.0.0:1", true),
            ("inet:192.0.2.1:1", true),
            ("unix:/x", false),
        ] {
            config.content_filter.milter.listen = Some(MilterAddress::try_from(listen.to_owned()).unwrap());
            assert_eq!(!warnings(&config).is_empty(), warns, "{listen}");
        }
    }

    /// R6.5: by default nobody who sends a code to one or two people is stopped.
    #[test]
    fn the_defaults_stop_nobody_who_sends_a_code_to_themselves() {
        let filter = ContentFilter::default();
        for recipients in [1, 2] {
            assert!(filter.thresholds().handling(recipients) <= Handling::Tag);
            assert!(!filter.thresholds().is_incident(recipients));
        }
        assert_eq!(filter.otherwise(), Otherwise { links: Handling::Allow, unscanned: Handling::Allow });
    }
}
