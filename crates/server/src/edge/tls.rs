//! With which certificate and which cryptography does the server speak TLS?

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::MissedTickBehavior;

use super::client_certificate::{Anyone, Authorities};
use super::handshake::{AskingContext, CurrentContext, TlsContext};
use super::signals;
use crate::config::{ClientCertificates, Config};

/// The two files of `[tls]`.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// PEM: the certificate and its chain.
    pub certificate: PathBuf,
    /// PEM: its private key.
    pub private_key: PathBuf,
}

/// Who is asked for a certificate (mutual TLS). Nobody has to show one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asking {
    /// Nobody.
    Nobody,
    /// Callers of this host, or everybody.
    Callers {
        /// The host of `tls.mtls_base_url`, where it is another than the issuer's.
        of: Option<Box<str>>,
        /// PEM: the authorities that vouch for clients.
        authorities: Option<PathBuf>,
    },
}

impl Asking {
    /// As the configuration says.
    pub fn new(config: &Config) -> Self {
        match config.tls.client_certificates {
            ClientCertificates::Off => Self::Nobody,
            ClientCertificates::Optional => {
                let host = config.tls.mtls_base_url.as_ref().and_then(|url| url.host_str());
                let other = host.filter(|host| !host.eq_ignore_ascii_case(config.issuer.host()));
                Self::Callers { of: other.map(Into::into), authorities: config.tls.client_ca_file.clone() }
            }
        }
    }

    fn authorities(&self) -> Option<&Path> {
        match self {
            Self::Callers { authorities, .. } => authorities.as_deref(),
            Self::Nobody => None,
        }
    }
}

/// Why no TLS could be spoken with these files. Nothing of a key is repeated.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that is missing, unreadable, or holds something else.
    #[error("cannot use {}: {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Both could be read and do not go together.
    #[error("cannot use {} with {}: {reason}", certificate.display(), private_key.display())]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        private_key: PathBuf,
        /// What is wrong.
        reason: rustls::Error,
    },
    /// The cryptographic library refused its own protocol versions or gave no ticket key.
    #[error("TLS cannot be set up: {0}")]
    Library(rustls::Error),
}

/// TLS 1.3, and 1.2 with forward secrecy and AES-GCM only: other suites of 1.2 are refused by financial-grade
/// conformance tests and needed by nobody who speaks 1.2 today.
pub fn provider() -> CryptoProvider {
    use aws_lc_rs::cipher_suite as suite;
    CryptoProvider {
        cipher_suites: vec![
            suite::TLS13_AES_256_GCM_SHA384,
            suite::TLS13_AES_128_GCM_SHA256,
            suite::TLS13_CHACHA20_POLY1305_SHA256,
            suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ],
        ..aws_lc_rs::default_provider()
    }
}

/// Reads the files and sees that they go together.
pub fn load(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    server_config(files, None)
}

/// Reads the files, and those of mutual TLS.
pub fn load_all(files: &TlsFiles, asking: &Asking) -> Result<Arc<TlsContext>, TlsError> {
    let plain = load(files)?;
    let asking = match asking {
        Asking::Nobody => None,
        Asking::Callers { of, authorities } => {
            let anyone = Anyone(provider().signature_verification_algorithms);
            let authorities = authorities.as_deref().map(load_authorities).transpose()?;
            let config = server_config(files, Some(Arc::new(anyone)))?;
            Some(AskingContext { config, under: of.clone(), authorities })
        }
    };
    Ok(Arc::new(TlsContext { plain, asking }))
}

fn load_authorities(file: &Path) -> Result<Authorities, TlsError> {
    let refused = |reason: String| TlsError::File { file: file.to_owned(), reason };
    let all = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(file, &error))?;
    if all.is_empty() {
        return Err(unusable(file, &pem::Error::NoItemsFound));
    }
    let mut roots = RootCertStore::empty();
    for authority in all {
        roots.add(authority).map_err(|error| refused(error.to_string()))?;
    }
    Authorities::new(roots, provider()).map_err(refused)
}

fn server_config(
    files: &TlsFiles,
    verifier: Option<Arc<dyn ClientCertVerifier>>,
) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(&files.certificate, &error))?;
    if chain.is_empty() {
        return Err(unusable(&files.certificate, &pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_file(&files.private_key)
        .map_err(|error| unusable(&files.private_key, &error))?;
    let builder = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(TlsError::Library)?;
    let builder = match verifier {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_single_cert(chain, key).map_err(|reason| TlsError::Pair {
        certificate: files.certificate.clone(),
        private_key: files.private_key.clone(),
        reason,
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new().map_err(TlsError::Library)?;
    Ok(Arc::new(config))
}

fn unusable(file: &Path, error: &pem::Error) -> TlsError {
    let reason = match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => "it holds no such thing in PEM form".to_owned(),
        // The other texts may quote from the file.
        _ => "it is not well-formed PEM".to_owned(),
    };
    TlsError::File { file: file.to_owned(), reason }
}

/// What tells one version of the files from the next.
type Stamp = [Option<(SystemTime, u64, u64)>; 3];

fn stamp(files: &TlsFiles, asking: &Asking) -> Stamp {
    [Some(files.certificate.as_path()), Some(files.private_key.as_path()), asking.authorities()].map(|file| {
        let metadata = std::fs::metadata(file?).ok()?;
        Some((metadata.modified().ok()?, metadata.len(), metadata.ino()))
    })
}

/// A certificate in use, and the files it came from.
pub(super) struct Certificate {
    files: TlsFiles,
    asking: Asking,
    seen: Stamp,
    context: CurrentContext,
}

impl Certificate {
    pub(super) fn open(files: TlsFiles, asking: Asking) -> Result<Self, TlsError> {
        // Looked at before reading, here and below: what changes meanwhile is seen next time.
        let seen = stamp(&files, &asking);
        let context = CurrentContext::new(load_all(&files, &asking)?);
        Ok(Self { files, asking, seen, context })
    }

    /// What the listener asks at each handshake.
    pub(super) fn context(&self) -> CurrentContext {
        self.context.clone()
    }

    /// Takes over new files for as long as the server runs: when they change, looked at every so often, and at each
    /// SIGHUP. Files that cannot be used change nothing and are named in the log.
    pub(super) async fn keep_fresh(mut self, every: Duration) {
        let mut hangups = signals::Hangups::listen();
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let asked = tokio::select! {
                () = hangups.next() => true,
                _ = ticks.tick() => false,
            };
            let now = stamp(&self.files, &self.asking);
            if asked || now != self.seen {
                self.seen = now;
                self.reload().await;
            }
        }
    }

    async fn reload(&self) {
        let (files, asking) = (self.files.clone(), self.asking.clone());
        match tokio::task::spawn_blocking(move || load_all(&files, &asking)).await {
            Ok(Ok(fresh)) => {
                self.context.replace(fresh);
                tracing::info!(file = %self.files.certificate.display(), "the TLS certificate was read again");
            }
            Ok(Err(error)) => tracing::error!(%error, "the TLS certificate stays the old one"),
            Err(_) => tracing::error!("reading the TLS certificate was broken off; it stays the old one"),
        }
    }
}
