//! With which certificate and which cryptography does the server speak TLS?

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::MissedTickBehavior;

use super::signals;

/// The two files of `[tls]`.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// PEM: the certificate and its chain.
    pub certificate: PathBuf,
    /// PEM: its private key.
    pub private_key: PathBuf,
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
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unusable(&files.certificate, &error))?;
    if chain.is_empty() {
        return Err(unusable(&files.certificate, &pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_file(&files.private_key)
        .map_err(|error| unusable(&files.private_key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(TlsError::Library)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|reason| TlsError::Pair {
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
type Stamp = [Option<(SystemTime, u64, u64)>; 2];

fn stamp(files: &TlsFiles) -> Stamp {
    [&files.certificate, &files.private_key].map(|file| {
        let metadata = std::fs::metadata(file).ok()?;
        Some((metadata.modified().ok()?, metadata.len(), metadata.ino()))
    })
}

/// A certificate in use, and the files it came from.
pub(super) struct Certificate {
    files: TlsFiles,
    seen: Stamp,
    config: RustlsConfig,
}

impl Certificate {
    pub(super) fn open(files: TlsFiles) -> Result<Self, TlsError> {
        // Looked at before reading, here and below: what changes meanwhile is seen next time.
        let seen = stamp(&files);
        let config = RustlsConfig::from_config(load(&files)?);
        Ok(Self { files, seen, config })
    }

    /// What the listener asks at each handshake.
    pub(super) fn config(&self) -> RustlsConfig {
        self.config.clone()
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
            let now = stamp(&self.files);
            if asked || now != self.seen {
                self.seen = now;
                self.reload().await;
            }
        }
    }

    async fn reload(&self) {
        let files = self.files.clone();
        match tokio::task::spawn_blocking(move || load(&files)).await {
            Ok(Ok(fresh)) => {
                self.config.reload_from_config(fresh);
                tracing::info!(file = %self.files.certificate.display(), "the TLS certificate was read again");
            }
            Ok(Err(error)) => tracing::error!(%error, "the TLS certificate stays the old one"),
            Err(_) => tracing::error!("reading the TLS certificate was broken off; it stays the old one"),
        }
    }
}
