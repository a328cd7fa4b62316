//! With which cryptography does the server speak, and does it take new certificates?

use super::support::{TestServer, http2_request, settings, signal, soon, start};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{cipher_suite as suite, default_provider};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, StreamOwned, SupportedCipherSuite,
};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tandem_server::edge::serve::run;
use tandem_server::edge::settings::Settings;
use tandem_server::edge::tls::TlsFiles;
use tempfile::TempDir;

/// So seldom that it does not happen while a test runs.
const RARELY: Duration = Duration::from_hours(1);

struct Identity {
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    key_pem: String,
}

fn identity() -> Identity {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    Identity {
        certificate: made.cert.der().clone(),
        certificate_pem: made.cert.pem(),
        key_pem: made.signing_key.serialize_pem(),
    }
}

/// Replaces a file as a careful tool does: whole or not at all.
fn put(directory: &Path, name: &str, text: &str) {
    let fresh = directory.join(format!("{name}.new"));
    fs::write(&fresh, text).unwrap();
    fs::rename(fresh, directory.join(name)).unwrap();
}

fn install(directory: &Path, identity: &Identity) -> TlsFiles {
    put(directory, "key.pem", &identity.key_pem);
    put(directory, "certificate.pem", &identity.certificate_pem);
    TlsFiles { certificate: directory.join("certificate.pem"), private_key: directory.join("key.pem") }
}

/// Settings for any free port, with TLS from these files.
fn with_tls(files: TlsFiles) -> Settings {
    let mut settings = settings();
    settings.tls = Some(files);
    settings
}

/// A server that shows this certificate and looks for another this often, and the directory where it looks.
async fn start_as(identity: &Identity, reload_every: Duration) -> (TempDir, TestServer) {
    let directory = TempDir::new().unwrap();
    let mut settings = with_tls(install(directory.path(), identity));
    settings.reload_every = reload_every;
    let server = start(settings).await;
    (directory, server)
}

struct Spoken {
    answer: String,
    certificate: CertificateDer<'static>,
    version: ProtocolVersion,
    suite: SupportedCipherSuite,
}

/// Asks for `/`, offering these suites only and trusting these certificates.
async fn ask(
    address: SocketAddr,
    trusted: &[&Identity],
    suites: &[SupportedCipherSuite],
) -> Result<Spoken, std::io::Error> {
    let config = offering(trusted, suites);
    soon("an answer over TLS", tokio::task::spawn_blocking(move || speak(address, config))).await.unwrap()
}

fn offering(trusted: &[&Identity], suites: &[SupportedCipherSuite]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for identity in trusted {
        roots.add(identity.certificate.clone()).unwrap();
    }
    let provider = CryptoProvider { cipher_suites: suites.to_vec(), ..default_provider() };
    let versions = [&rustls::version::TLS12, &rustls::version::TLS13];
    let versions: Vec<_> =
        versions.into_iter().filter(|v| suites.iter().any(|s| s.version() == *v)).collect();
    ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn speak(address: SocketAddr, config: ClientConfig) -> Result<Spoken, std::io::Error> {
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address)?);
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(Spoken {
        answer,
        certificate: stream.conn.peer_certificates().unwrap()[0].clone().into_owned(),
        version: stream.conn.protocol_version().unwrap(),
        suite: stream.conn.negotiated_cipher_suite().unwrap(),
    })
}

fn everything() -> Vec<SupportedCipherSuite> {
    default_provider().cipher_suites
}

#[tokio::test]
async fn tls_1_3_is_preferred_and_1_2_has_forward_secrecy_with_gcm_only() {
    let identity = identity();
    let (_directory, server) = start_as(&identity, RARELY).await;

    let spoken = ask(server.public, &[&identity], &everything()).await.unwrap();
    assert!(spoken.answer.starts_with("HTTP/1.1 200") && spoken.answer.ends_with("hello"));
    assert_eq!(spoken.version, ProtocolVersion::TLSv1_3);
    for accepted in
        [suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]
    {
        let spoken = ask(server.public, &[&identity], &[accepted]).await.unwrap();
        assert_eq!((spoken.version, spoken.suite), (ProtocolVersion::TLSv1_2, accepted));
    }
    let odd = [suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256];
    let refusal = ask(server.public, &[&identity], &odd).await.err().unwrap();
    assert!(refusal.to_string().contains("HandshakeFailure"), "{refusal}");
}

/// Offers these protocols, sends these bytes, and reads until `hello`; says what was agreed on.
fn agree(address: SocketAddr, mut config: ClientConfig, offered: &[&str], request: &[u8]) -> Option<Vec<u8>> {
    config.alpn_protocols = offered.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(address).unwrap());
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    while !answer.windows(5).any(|piece| piece == b"hello") {
        let mut piece = [0; 512];
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "ended after {}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&piece[..count]);
    }
    stream.conn.alpn_protocol().map(<[u8]>::to_vec)
}

#[tokio::test]
async fn what_was_agreed_on_in_the_handshake_is_spoken() {
    let identity = identity();
    let (_directory, server) = start_as(&identity, RARELY).await;
    let config = offering(&[&identity], &everything());
    let get = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n".to_vec();
    for (offered, request, agreed) in [
        (&["h2", "http/1.1"][..], http2_request(), Some("h2")),
        (&["http/1.1"], get.clone(), Some("http/1.1")),
        (&[], get, None),
    ] {
        let (address, config) = (server.public, config.clone());
        let spoken = tokio::task::spawn_blocking(move || agree(address, config, offered, &request));
        let spoken = soon("an answer over TLS", spoken).await.unwrap();
        assert_eq!(spoken.as_deref(), agreed.map(str::as_bytes));
    }
}

#[tokio::test]
async fn older_versions_and_plain_http_are_refused() {
    let (_directory, server) = start_as(&identity(), RARELY).await;
    for minor in [1, 2] {
        let address = server.public;
        let answer = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(&old_client_hello(minor)).unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            answer
        });
        let answer = soon("the alert", answer).await.unwrap();
        // RFC 5246 section 7.2: an alert (21), fatal (2), protocol_version (70).
        assert_eq!((answer.first(), answer.get(5..7)), (Some(&21), Some(&[2, 70][..])), "{answer:?}");
    }
    let plain = super::support::fetch(server.public, "/").await;
    assert!(!plain.contains("HTTP/1.1 200"), "{plain}");
}

/// A `ClientHello` of TLS 1.0 (minor 1) or 1.1 (minor 2), as RFC 4346 section 7.4.1.2 has it.
fn old_client_hello(minor: u8) -> Vec<u8> {
    let mut body = vec![3, minor];
    body.extend([7; 32]);
    // No session; one suite (ECDHE_ECDSA_WITH_AES_128_CBC_SHA); no compression.
    body.extend([0, 0, 2, 0xc0, 0x09, 1, 0]);
    // Extensions: supported_groups (P-256), signature_algorithms (ecdsa_secp256r1_sha256).
    body.extend([0, 16, 0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3]);
    let length = u8::try_from(body.len()).unwrap();
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(body);
    record
}

#[tokio::test]
async fn changed_files_are_taken_over_and_broken_ones_are_not() {
    let (old, new) = (identity(), identity());
    let (directory, server) = start_as(&old, Duration::from_millis(10)).await;
    let both = [&old, &new];
    let served = async || ask(server.public, &both, &everything()).await.unwrap().certificate;
    assert_eq!(served().await, old.certificate);

    // A half-made change, then nonsense, then nothing at all: the old one stays each time.
    for broken in
        [Some(new.certificate_pem.as_str()), Some("-----BEGIN CERTIFICATE-----\nnonsense"), Some(""), None]
    {
        match broken {
            Some(text) => put(directory.path(), "certificate.pem", text),
            None => fs::remove_file(directory.path().join("certificate.pem")).unwrap(),
        }
        for _ in 0..5 {
            assert_eq!(served().await, old.certificate);
        }
    }
    install(directory.path(), &new);
    soon("the new certificate", async { while served().await != new.certificate {} }).await;
}

#[tokio::test]
async fn sighup_reads_the_files_again() {
    let (old, new) = (identity(), identity());
    let (directory, server) = start_as(&old, RARELY).await;
    let both = [&old, &new];
    let served = async || ask(server.public, &both, &everything()).await.unwrap().certificate;
    assert_eq!(served().await, old.certificate);
    install(directory.path(), &new);
    assert_eq!(served().await, old.certificate);
    signal("-HUP");
    soon("the new certificate", async { while served().await != new.certificate {} }).await;
}

#[tokio::test]
async fn a_server_does_not_start_with_files_that_are_wrong() {
    let directory = TempDir::new().unwrap();
    let (one, other) = (identity(), identity());
    let path = |name: &str| directory.path().join(name);
    let refusal = async |files: &TlsFiles| {
        let settings = with_tls(files.clone());
        run(axum::Router::new(), None, settings, std::future::pending()).await.unwrap_err().to_string()
    };
    let files = install(directory.path(), &one);
    put(directory.path(), "key.pem", &other.key_pem);
    let text = refusal(&files).await;
    assert!(text.starts_with(&format!("cannot use {} with", path("certificate.pem").display())), "{text}");
    put(directory.path(), "key.pem", "no key");
    let text = refusal(&files).await;
    assert!(text.contains("key.pem") && text.contains("holds no such thing"), "{text}");
    fs::remove_file(path("key.pem")).unwrap();
    let text = refusal(&files).await;
    assert!(text.contains("key.pem") && text.contains("No such file"), "{text}");
}
