//! Can clients show certificates, and where? (RFC 8705)

use axum::http::HeaderName;

use super::check::Findings;
use super::network::ClientCertificates;
use super::{AuthMethod, Config};

impl Config {
    /// Whether a client's certificate can reach this server at all.
    pub fn takes_client_certificates(&self) -> bool {
        let own = self.tls.client_certificates == ClientCertificates::Optional;
        own && self.tls.certificate_file.is_some() || self.proxy.client_certificate_header.is_some()
    }

    /// The address of `path` for clients with certificates, where it has one of its own.
    pub fn mtls_alias(&self, path: &str) -> Option<String> {
        let base = self.tls.mtls_base_url.as_ref().filter(|_| self.takes_client_certificates())?;
        Some(format!("{}{path}", base.as_str().trim_end_matches('/')))
    }
}

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let (tls, proxy) = (&config.tls, &config.proxy);
    let asks = tls.client_certificates == ClientCertificates::Optional;
    if asks && tls.certificate_file.is_none() {
        findings.contradiction(
            "tls.client_certificates",
            "this server speaks no TLS: it needs `tls.certificate_file`",
        );
    }
    if tls.client_ca_file.is_some() && !asks {
        findings.contradiction("tls.client_ca_file", "`tls.client_certificates` is off");
    }
    if let Some(url) = &tls.mtls_base_url {
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if url.scheme() != "https" || !bare || !url.username().is_empty() || url.password().is_some() {
            findings.not_accepted("tls.mtls_base_url", "an https address without path and query is accepted");
        }
        if !config.takes_client_certificates() {
            let detail = "no certificate can arrive: set `tls.client_certificates` or `proxy.client_certificate_header`";
            findings.contradiction("tls.mtls_base_url", detail);
        }
    }
    let headers = [
        ("client_certificate_header", &proxy.client_certificate_header),
        ("client_certificate_verified_header", &proxy.client_certificate_verified_header),
    ];
    for (key, header) in headers {
        if header.as_ref().is_some_and(|name| name.parse::<HeaderName>().is_err()) {
            findings.not_accepted(&format!("proxy.{key}"), "the name of a header is accepted");
        }
    }
    let vouches = proxy.client_certificate_verified || proxy.client_certificate_verified_header.is_some();
    if proxy.client_certificate_header.is_none() && vouches {
        findings.missing(
            "proxy.client_certificate_header",
            "the proxy vouches for certificates that it does not pass on",
        );
    }
    if proxy.client_certificate_header.is_some() && proxy.trusted_proxies.is_empty() {
        findings.missing("proxy.trusted_proxies", "nobody is trusted with `proxy.client_certificate_header`");
    }
    if proxy.client_certificate_verified && proxy.client_certificate_verified_header.is_some() {
        let detail = "give one of this and `proxy.client_certificate_verified`";
        findings.contradiction("proxy.client_certificate_verified_header", detail);
    }
    check_clients(config, findings);
}

/// A client whose certificate can never arrive could never authenticate.
fn check_clients(config: &Config, findings: &mut Findings) {
    if config.takes_client_certificates() {
        return;
    }
    let detail =
        "no certificate can arrive: set `tls.client_certificates` or `proxy.client_certificate_header`";
    for (index, client) in config.clients.iter().enumerate() {
        let method = client.token_endpoint_auth_method;
        if matches!(method, AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth) {
            findings.contradiction(&format!("clients[{index}].token_endpoint_auth_method"), detail);
        }
        if client.tls_client_certificate_bound_access_tokens {
            findings.contradiction(
                &format!("clients[{index}].tls_client_certificate_bound_access_tokens"),
                detail,
            );
        }
    }
}
