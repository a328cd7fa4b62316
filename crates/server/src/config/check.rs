//! Do the settings go together?

use super::problem::{ConfigErrors, Problem, ProblemKind, Warning};
use super::{Config, check_clients};
use tandem_core::oauth::authorization_details::places;

/// What `check` found so far.
pub(super) struct Findings(Vec<Problem>);

impl Findings {
    pub fn contradiction(&mut self, key: &str, detail: impl Into<String>) {
        self.0.push(Problem::new(ProblemKind::Contradiction, key, detail));
    }

    pub fn not_accepted(&mut self, key: &str, detail: impl Into<String>) {
        self.0.push(Problem::new(ProblemKind::NotAccepted, key, detail));
    }

    pub fn missing(&mut self, key: &str, detail: impl Into<String>) {
        self.0.push(Problem::new(ProblemKind::Missing, key, detail));
    }
}

impl Config {
    /// Whether the settings go together. `load` has asked already.
    pub fn check(&self) -> Result<(), ConfigErrors> {
        let mut findings = Findings(Vec::new());
        self.check_network(&mut findings);
        self.check_lifetimes(&mut findings);
        self.check_scopes(&mut findings);
        self.check_ciba(&mut findings);
        super::check_policy::check(self, &mut findings);
        check_clients::check(self, &mut findings);
        super::client_certificates::check(self, &mut findings);
        super::notifications::check(&self.notifications, &mut findings);
        super::content_filter::check(&self.content_filter, &mut findings);
        super::incidents::check(self, &mut findings);
        super::ssf::check(self, &mut findings);
        super::ssf_receiver::check(self, &mut findings);
        if findings.0.is_empty() { Ok(()) } else { Err(ConfigErrors(findings.0)) }
    }

    /// Whether a server can be run with it: as `check`, and what only a lasting server needs.
    pub fn check_serve(&self) -> Result<(), ConfigErrors> {
        let mut problems = self.check().err().map(|errors| errors.0).unwrap_or_default();
        if self.keys.encryption_key.is_none() {
            let detail = "`serve` encrypts its private keys with it; `openssl rand -hex 32` makes one, \
                          best given as `keys.encryption_key_file`";
            problems.push(Problem::new(ProblemKind::Missing, "keys.encryption_key", detail));
        }
        if problems.is_empty() { Ok(()) } else { Err(ConfigErrors(problems)) }
    }

    fn check_network(&self, findings: &mut Findings) {
        match (&self.tls.certificate_file, &self.tls.private_key_file) {
            (Some(_), None) => findings.missing("tls.private_key_file", "the certificate needs its key"),
            (None, Some(_)) => findings.missing("tls.certificate_file", "the key needs its certificate"),
            (Some(_), Some(_)) if !self.issuer.is_https() => {
                findings
                    .contradiction("issuer", "with [tls] people come over https, and the issuer says http");
            }
            _ => {}
        }
        let public = self.listeners.public.0;
        if let Some(admin) = self.listeners.admin.address()
            && admin.port() != 0
            && admin.port() == public.port()
            && (admin.ip() == public.ip() || admin.ip().is_unspecified() || public.ip().is_unspecified())
        {
            findings.contradiction("listeners.admin", "it needs another port than `listeners.public`");
        }
    }

    fn check_lifetimes(&self, findings: &mut Findings) {
        if self.tokens.refresh_token_lifetime < self.tokens.access_token_lifetime {
            findings.contradiction(
                "tokens.refresh_token_lifetime",
                "it is shorter than `tokens.access_token_lifetime`",
            );
        }
        if self.sessions.idle_timeout > self.sessions.lifetime {
            findings.contradiction("sessions.idle_timeout", "it is longer than `sessions.lifetime`");
        }
        if self.device_authorization.interval >= self.device_authorization.code_lifetime {
            findings.contradiction(
                "device_authorization.interval",
                "no device could poll within `device_authorization.code_lifetime`",
            );
        }
    }

    fn check_ciba(&self, findings: &mut Findings) {
        let ciba = &self.ciba;
        if !(ciba.shortest_lifetime..=ciba.longest_lifetime).contains(&ciba.request_lifetime) {
            findings.contradiction(
                "ciba.request_lifetime",
                "it is not between `ciba.shortest_lifetime` and `ciba.longest_lifetime`",
            );
        }
        let default = self.pages.default_language.as_str();
        for (name, texts) in &self.authorization_details {
            let key = format!("authorization_details.{name}");
            if !super::clients::is_scope_name(name) {
                findings
                    .not_accepted(&key, "a name of printable ASCII without spaces, \" and \\ is accepted");
            }
            if !texts.contains_key(default) {
                findings.missing(&format!("{key}.{default}"), "words in `pages.default_language` are needed");
            }
            let sorted = |text: &String| {
                let mut all: Vec<String> = places(text).map(ToOwned::to_owned).collect();
                all.sort_unstable();
                all
            };
            let mut shown = texts.values().map(sorted);
            let first = shown.next().unwrap_or_default();
            if shown.any(|other| other != first) {
                findings.contradiction(&key, "every language must show the same members");
            }
        }
        for (index, attester) in self.attesters.iter().enumerate() {
            let (path, address) = (format!("attesters[{index}]"), attester.jwks_uri.as_ref());
            check_clients::keys(attester.jwks.as_ref(), address, &path, findings);
        }
        for (index, client) in self.clients.iter().enumerate() {
            let attests = client.token_endpoint_auth_method == super::AuthMethod::AttestJwtClientAuth;
            let mut vouched = self.attesters.iter().flat_map(|attester| &attester.clients);
            if attests && !vouched.any(|vouched| *vouched == client.client_id) {
                let key = format!("clients[{index}].token_endpoint_auth_method");
                findings.contradiction(&key, "no `[[attesters]]` may vouch for this client");
            }
        }
        for (index, issuer) in self.login_hint_token_issuers.iter().enumerate() {
            let (path, address) = (format!("login_hint_token_issuers[{index}]"), issuer.jwks_uri.as_ref());
            check_clients::keys(issuer.jwks.as_ref(), address, &path, findings);
        }
    }

    fn check_scopes(&self, findings: &mut Findings) {
        let default = self.pages.default_language.as_str();
        for (name, texts) in &self.scopes {
            let key = format!("scopes.{name}");
            if !super::clients::is_scope_name(name) {
                findings.not_accepted(
                    &key,
                    "a scope name of printable ASCII without spaces, \" and \\ is accepted",
                );
            }
            if super::BUILT_IN_SCOPES.contains(&name.as_str()) {
                findings.contradiction(&key, "this scope is built in, with its words");
            }
            if tandem_core::oauth::service_scope::is_service_scope(name) {
                findings.contradiction(&key, "this scope is for programs: people are never asked for it");
            }
            if !texts.contains_key(default) {
                findings.missing(&format!("{key}.{default}"), "words in `pages.default_language` are needed");
            }
            for (language, text) in texts {
                let length = text.chars().count();
                if language.parse::<unic_langid::LanguageIdentifier>().is_err() {
                    findings.not_accepted(
                        &format!("{key}.{language}"),
                        "a language tag is accepted, such as en or ja",
                    );
                }
                if text.trim().is_empty() || length > 200 {
                    findings.not_accepted(&format!("{key}.{language}"), "1 to 200 characters are accepted");
                }
            }
        }
    }

    /// What works and should be looked at.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for (action, limit) in self.rate_limits.each() {
            if limit.rate().is_none() {
                let detail =
                    "this limit is off; leave it so only to measure, or behind something that limits";
                warnings.push(Warning::new(&format!("rate_limits.{action}"), detail));
            }
        }
        let behind_proxy = self.issuer.is_https() && self.tls.certificate_file.is_none();
        if behind_proxy && self.proxy.trusted_proxies.is_empty() {
            let detail = "the issuer is https and [tls] is off, so a proxy is in front; unless it is named here, \
                          everyone seems to come from its address and shares its limits";
            warnings.push(Warning::new("proxy.trusted_proxies", detail));
        }
        if self.listeners.admin.address().is_some_and(|admin| !admin.ip().is_loopback()) {
            let detail =
                "health and metrics need no password: see that only your own network reaches this address";
            warnings.push(Warning::new("listeners.admin", detail));
        }
        if self.store.fsync_delay > 0 {
            warnings
                .push(Warning::new("store.fsync_delay", "every write is slowed down; this is for measuring"));
        }
        warnings.extend(check_clients::warnings(self));
        warnings.extend(super::geolocation::warning(self));
        warnings.extend(super::content_filter::warnings(self));
        warnings
    }
}
