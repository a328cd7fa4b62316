//! Whose certificate reaches a handler? Real handshakes, and headers of proxies that are trusted and of callers that are not.

use super::support::{TestServer, say, settings, soon, start};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs::{default_provider, sign::any_supported_type};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore, SignatureScheme, StreamOwned};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_server::config::{CertificateEncoding, Network, Proxy};
use tandem_server::edge::address::TrustedProxies;
use tandem_server::edge::serve::run;
use tandem_server::edge::settings::Settings;
use tandem_server::edge::tls::{Asking, TlsFiles};
use tempfile::TempDir;

/// Somebody with a certificate.
#[derive(Clone)]
struct Person {
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
}

impl Person {
    fn new(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Self {
        Self { chain, key: key.serialize_der() }
    }

    fn shows(&self, chain: &str) -> String {
        format!("[{} {chain}] []", Digest::of(&self.chain[0]))
    }

    fn header(&self) -> String {
        format!(":{}:", STANDARD.encode(&self.chain[0]))
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![format!("{name}.example")]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn self_signed(name: &str) -> Person {
    let key = KeyPair::generate().unwrap();
    Person::new(vec![params(name).self_signed(&key).unwrap().der().clone()], &key)
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn root(name: &str) -> Authority {
    CertifiedIssuer::self_signed(authority(name), KeyPair::generate().unwrap()).unwrap()
}

fn signed(by: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Person {
    let (key, mut params) = (KeyPair::generate().unwrap(), params("client"));
    change(&mut params);
    Person::new(vec![params.signed_by(&key, by).unwrap().der().clone()], &key)
}

struct Tls {
    directory: TempDir,
    files: TlsFiles,
    server: CertificateDer<'static>,
}

impl Tls {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "mtls.localhost".to_owned()])
            .unwrap();
        let path = |name: &str| directory.path().join(name);
        let files = TlsFiles { certificate: path("certificate.pem"), private_key: path("key.pem") };
        fs::write(&files.certificate, made.cert.pem()).unwrap();
        fs::write(&files.private_key, made.signing_key.serialize_pem()).unwrap();
        Self { server: made.cert.der().clone(), files, directory }
    }

    fn trust(&self, authority: &str) -> Asking {
        let file = self.directory.path().join("client-ca.pem");
        fs::write(&file, authority).unwrap();
        Asking::Callers { of: None, authorities: Some(file) }
    }

    fn settings(&self, asking: Asking) -> Settings {
        Settings { tls: Some(self.files.clone()), asking, ..settings() }
    }

    async fn start(&self, asking: Asking) -> TestServer {
        start(self.settings(asking)).await
    }

    fn client(
        &self,
        person: Option<&Person>,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.server.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        match person {
            None => builder.with_no_client_auth(),
            // Without the check that key and certificate go together.
            Some(person) => builder.with_client_cert_resolver(Arc::new(Shows(certified(person)))),
        }
    }

    /// What a handler sees of a caller who shows this.
    async fn seen(&self, server: &TestServer, person: Option<&Person>) -> String {
        let all = rustls::DEFAULT_VERSIONS;
        ask(server.public, "localhost", self.client(person, all)).await.unwrap()
    }
}

fn certified(person: &Person) -> Arc<CertifiedKey> {
    let key = PrivateKeyDer::try_from(person.key.clone()).unwrap();
    Arc::new(CertifiedKey::new(person.chain.clone(), any_supported_type(&key).unwrap()))
}

#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesClientCert for Shows {
    fn resolve(&self, hints: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        assert!(hints.is_empty(), "nobody is told which authorities are trusted");
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

async fn ask(address: SocketAddr, host: &'static str, config: ClientConfig) -> std::io::Result<String> {
    ask_with(address, host, Arc::new(config)).await.map(|(body, _)| body)
}

async fn ask_with(
    address: SocketAddr,
    host: &'static str,
    config: Arc<ClientConfig>,
) -> std::io::Result<(String, HandshakeKind)> {
    let speak = move || {
        let name = ServerName::try_from(host).unwrap();
        let connection = ClientConnection::new(config, name).unwrap();
        let mut stream = StreamOwned::new(connection, TcpStream::connect(address)?);
        stream.write_all(b"GET /certificate HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
        Ok((body.unwrap_or_default(), stream.conn.handshake_kind().unwrap()))
    };
    soon("an answer over TLS", tokio::task::spawn_blocking(speak)).await.unwrap()
}

fn everybody() -> Asking {
    Asking::Callers { of: None, authorities: None }
}

#[tokio::test]
async fn nobody_is_asked_unless_configured_and_nobody_has_to_show_one() {
    let (tls, person) = (Tls::new(), self_signed("client"));
    let silent = tls.start(Asking::Nobody).await;
    assert_eq!(tls.seen(&silent, Some(&person)).await, "[none] []");
    let asking = tls.start(everybody()).await;
    assert_eq!(tls.seen(&asking, None).await, "[none] []");
    assert_eq!(tls.seen(&asking, Some(&person)).await, person.shows("Unverified"));
}

#[tokio::test]
async fn a_certificate_arrives_over_each_version() {
    let (tls, person) = (Tls::new(), self_signed("client"));
    let server = tls.start(everybody()).await;
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let seen = ask(server.public, "localhost", tls.client(Some(&person), &[version])).await.unwrap();
        assert_eq!(seen, person.shows("Unverified"), "{version:?}");
    }
}

#[tokio::test]
async fn who_lacks_the_key_of_a_certificate_gets_no_connection() {
    let (tls, victim, thief) = (Tls::new(), self_signed("client"), self_signed("thief"));
    let server = tls.start(everybody()).await;
    let stolen = Person { chain: victim.chain, key: thief.key };
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let refused = ask(server.public, "localhost", tls.client(Some(&stolen), &[version])).await;
        assert!(refused.is_err(), "{version:?}: {refused:?}");
    }
}

#[tokio::test]
async fn an_authority_vouches_for_its_own_in_their_time_as_clients_only() {
    let tls = Tls::new();
    let (trusted, impostor) = (root("Authority"), root("Authority"));
    let server = tls.start(tls.trust(&trusted.pem())).await;
    let good = signed(&trusted, |_| {});
    assert_eq!(tls.seen(&server, Some(&good)).await, good.shows("Verified"));
    let any_usage = signed(&trusted, |params| params.extended_key_usages.clear());
    assert_eq!(tls.seen(&server, Some(&any_usage)).await, any_usage.shows("Verified"));
    for bad in [
        self_signed("client"),
        signed(&impostor, |_| {}),
        signed(&trusted, |params| params.not_after = date_time_ymd(2020, 1, 1)),
        signed(&trusted, |params| params.not_before = date_time_ymd(4000, 1, 1)),
        signed(&trusted, |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]),
    ] {
        assert_eq!(tls.seen(&server, Some(&bad)).await, bad.shows("Unverified"));
    }
    assert_eq!(tls.seen(&server, None).await, "[none] []");
}

#[tokio::test]
async fn a_chain_is_followed_through_what_the_client_sends_along() {
    let (tls, trusted) = (Tls::new(), root("Authority"));
    let server = tls.start(tls.trust(&trusted.pem())).await;
    let middle =
        CertifiedIssuer::signed_by(authority("Between"), KeyPair::generate().unwrap(), &trusted).unwrap();
    let alone = signed(&middle, |_| {});
    assert_eq!(tls.seen(&server, Some(&alone)).await, alone.shows("Unverified"));
    let mut whole = alone.clone();
    whole.chain.push(middle.der().clone());
    assert_eq!(tls.seen(&server, Some(&whole)).await, whole.shows("Verified"));
    // A client's certificate makes no authority.
    let key =
        KeyPair::from_pkcs8_der_and_sign_algo(&alone.key.as_slice().into(), &rcgen::PKCS_ECDSA_P256_SHA256);
    let issuer = rcgen::Issuer::new(params("client"), key.unwrap());
    let below_key = KeyPair::generate().unwrap();
    let below = params("below").signed_by(&below_key, &issuer).unwrap();
    let chain = vec![below.der().clone(), alone.chain[0].clone(), middle.der().clone()];
    let below = Person::new(chain, &below_key);
    assert_eq!(tls.seen(&server, Some(&below)).await, below.shows("Unverified"));
}

#[tokio::test]
async fn a_resumed_connection_is_still_of_the_same_certificate() {
    let (tls, trusted) = (Tls::new(), root("Authority"));
    let server = tls.start(tls.trust(&trusted.pem())).await;
    let person = signed(&trusted, |_| {});
    let config = Arc::new(tls.client(Some(&person), rustls::DEFAULT_VERSIONS));
    let (first, kind) = ask_with(server.public, "localhost", Arc::clone(&config)).await.unwrap();
    assert_eq!((first, kind), (person.shows("Verified"), HandshakeKind::Full));
    let (second, kind) = ask_with(server.public, "localhost", config).await.unwrap();
    assert_eq!((second, kind), (person.shows("Verified"), HandshakeKind::Resumed));
}

#[tokio::test]
async fn with_a_host_of_their_own_only_its_callers_are_asked() {
    let (tls, person) = (Tls::new(), self_signed("client"));
    let server = tls.start(Asking::Callers { of: Some("mtls.localhost".into()), authorities: None }).await;
    let config = || tls.client(Some(&person), rustls::DEFAULT_VERSIONS);
    assert_eq!(ask(server.public, "localhost", config()).await.unwrap(), "[none] []");
    assert_eq!(ask(server.public, "mtls.localhost", config()).await.unwrap(), person.shows("Unverified"));
    // A ticket of one host is worth nothing at the other.
    let config = Arc::new(config());
    for host in ["localhost", "mtls.localhost", "localhost", "mtls.localhost"] {
        let (seen, _) = ask_with(server.public, host, Arc::clone(&config)).await.unwrap();
        assert_eq!(seen == "[none] []", host == "localhost", "{host}: {seen}");
    }
}

#[tokio::test]
async fn authorities_are_read_again_and_wrong_ones_stop_the_start() {
    let (tls, old, new) = (Tls::new(), root("Old"), root("New"));
    let asking = tls.trust(&old.pem());
    let mut quick = tls.settings(asking.clone());
    quick.reload_every = Duration::from_millis(10);
    let server = start(quick).await;
    let person = signed(&new, |_| {});
    assert_eq!(tls.seen(&server, Some(&person)).await, person.shows("Unverified"));
    tls.trust(&new.pem());
    let verified = person.shows("Verified");
    soon("the new authority", async { while tls.seen(&server, Some(&person)).await != verified {} }).await;
    for broken in ["", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"] {
        tls.trust(broken);
        let refused =
            run(axum::Router::new(), None, tls.settings(asking.clone()), std::future::pending()).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("client-ca.pem"), "{refused}");
    }
}

/// A proxy at this address, with these further settings.
fn proxied(address: &str, change: impl FnOnce(&mut Proxy)) -> Settings {
    let mut proxy = Proxy {
        trusted_proxies: vec![Network::try_from(address.to_owned()).unwrap()],
        client_certificate_header: Some("Client-Cert".to_owned()),
        ..Proxy::default()
    };
    change(&mut proxy);
    Settings { proxies: TrustedProxies::new(&proxy), ..settings() }
}

async fn told(server: &TestServer, headers: &[(&str, &str)]) -> String {
    let headers =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
    let text = format!("GET /certificate HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
    let answer = say(server.public, &text).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[tokio::test]
async fn a_header_of_anybody_but_a_trusted_proxy_is_removed_and_means_nothing() {
    let person = self_signed("client");
    let header = person.header();
    let server = start(proxied("192.0.2.1", |proxy| proxy.client_certificate_verified = true)).await;
    for name in ["client-cert", "Client-Cert", "CLIENT-CERT"] {
        assert_eq!(told(&server, &[(name, &header)]).await, "[none] []");
    }
    assert_eq!(told(&server, &[("client-cert", &header), ("client-cert", &header)]).await, "[none] []");
    // Trusted, but with no header configured: it reaches the handler as any other does, and is not read.
    let server = start(proxied("127.0.0.1", |proxy| proxy.client_certificate_header = None)).await;
    assert_eq!(told(&server, &[("client-cert", &header)]).await, "[none] [client-cert]");
}

#[tokio::test]
async fn a_trusted_proxys_header_is_read_once() {
    let (person, other) = (self_signed("client"), self_signed("other"));
    let header = person.header();
    let server = start(proxied("127.0.0.1", |_| {})).await;
    assert_eq!(told(&server, &[("client-cert", &header)]).await, person.shows("Unverified"));
    let unpadded = format!(":{}:", header.trim_matches([':', '=']));
    assert_eq!(told(&server, &[("Client-Cert", &unpadded)]).await, person.shows("Unverified"));
    assert_eq!(told(&server, &[]).await, "[none] []");
    for headers in [
        vec![("client-cert", header.as_str()), ("client-cert", &other.header())],
        vec![("client-cert", &header), ("client-cert", &header)],
        vec![("client-cert", ""), ("client-cert", &header)],
        vec![("client-cert", "")],
        vec![("client-cert", "::")],
        vec![("client-cert", ":AAAA:")],
        vec![("client-cert", ":%%%:")],
        vec![("client-cert", header.trim_matches(':'))],
        vec![("client-cert", &format!("{header}, {header}"))],
        vec![("client-cert", &format!("{header};a=1"))],
        vec![("client-cert", "\u{e9}")],
    ] {
        assert_eq!(told(&server, &headers).await, "[none] []", "{headers:?}");
    }
}

#[tokio::test]
async fn a_proxys_word_about_the_chain_counts_as_configured() {
    let person = self_signed("client");
    let header = person.header();
    let server = start(proxied("127.0.0.1", |proxy| proxy.client_certificate_verified = true)).await;
    assert_eq!(told(&server, &[("client-cert", &header)]).await, person.shows("Verified"));
    let told_by =
        |proxy: &mut Proxy| proxy.client_certificate_verified_header = Some("cert-verify".to_owned());
    let server = start(proxied("127.0.0.1", told_by)).await;
    for (said, chain) in [
        (vec!["SUCCESS"], "Verified"),
        (vec!["success"], "Unverified"),
        (vec!["FAILED:self signed certificate"], "Unverified"),
        (vec!["NONE"], "Unverified"),
        (vec![""], "Unverified"),
        (vec!["SUCCESS", "SUCCESS"], "Unverified"),
        (vec!["FAILED", "SUCCESS"], "Unverified"),
        (vec!["SUCCESS, FAILED"], "Unverified"),
        (vec![], "Unverified"),
    ] {
        let mut headers = vec![("client-cert", header.as_str())];
        headers.extend(said.iter().map(|said| ("cert-verify", *said)));
        assert_eq!(told(&server, &headers).await, person.shows(chain), "{said:?}");
    }
    let elsewhere = start(proxied("192.0.2.1", told_by)).await;
    let forged = [("client-cert", header.as_str()), ("cert-verify", "SUCCESS")];
    assert_eq!(told(&elsewhere, &forged).await, "[none] []");
}

#[tokio::test]
async fn pem_with_percent_signs_is_read_where_that_is_configured() {
    let person = self_signed("client");
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode(&person.chain[0])
    );
    let escaped = |keep: &[u8]| {
        let octet = |byte: u8| {
            let kept = byte.is_ascii_alphanumeric() || keep.contains(&byte);
            if kept { char::from(byte).to_string() } else { format!("%{byte:02X}") }
        };
        pem.bytes().map(octet).collect::<String>()
    };
    let server = start(proxied("127.0.0.1", |proxy| {
        proxy.client_certificate_encoding = CertificateEncoding::UrlEncodedPem;
    }))
    .await;
    // A proxy may leave the plus signs of base64 as they are: they are no spaces.
    for written in [escaped(b""), escaped(b"-+/="), escaped(b"-").to_lowercase().replace("%0a", "%0A")] {
        let expected =
            if written.contains("BEGIN") { person.shows("Unverified") } else { "[none] []".to_owned() };
        assert_eq!(told(&server, &[("client-cert", &written)]).await, expected, "{written}");
    }
    for wrong in [
        person.header(),
        escaped(b"").replace("CERTIFICATE", "PUBLIC%20KEY"),
        "%".to_owned(),
        "%4".to_owned(),
    ] {
        assert_eq!(told(&server, &[("client-cert", &wrong)]).await, "[none] []", "{wrong}");
    }
}

#[tokio::test]
async fn the_certificate_of_a_proxys_own_connection_is_nobodys() {
    let (tls, proxy) = (Tls::new(), self_signed("proxy"));
    for header in [None, Some("client-cert".to_owned())] {
        let trusting = proxied("127.0.0.1", |proxy| proxy.client_certificate_header = header);
        let server = start(Settings { proxies: trusting.proxies, ..tls.settings(everybody()) }).await;
        assert_eq!(tls.seen(&server, Some(&proxy)).await, "[none] []");
    }
}
