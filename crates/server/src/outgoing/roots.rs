//! Whose certificates does the server trust when it calls somebody?

use crate::edge::tls;
use reqwest::{Certificate, Client, ClientBuilder};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::{Path, PathBuf};

/// Why outgoing requests cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingSetupError {
    /// The file of further authorities.
    #[error("cannot use {} (outgoing.ca_file): {reason}", file.display())]
    CaFile {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The HTTP client refused its own settings.
    #[error("the HTTP client cannot be set up")]
    Client,
}

/// The authorities of the machine, and those that the configuration adds.
#[derive(Debug, Clone, Default)]
pub struct Roots {
    added: Vec<CertificateDer<'static>>,
}

impl Roots {
    /// Reads the file of further authorities.
    pub fn read(ca_file: Option<&Path>) -> Result<Self, OutgoingSetupError> {
        // The libraries that call for us take the process's cryptography. Somebody else's choice stays.
        let _ = tls::provider().install_default();
        let Some(file) = ca_file else { return Ok(Self::default()) };
        let unusable = |reason: String| OutgoingSetupError::CaFile { file: file.to_owned(), reason };
        let pem = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
        let added: Vec<_> = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<_, _>>()
            .map_err(|_| unusable("it is not well-formed PEM".to_owned()))?;
        let mut store = RootCertStore::empty();
        for certificate in &added {
            store.add(certificate.clone()).map_err(|error| unusable(error.to_string()))?;
        }
        if store.is_empty() {
            return Err(unusable("it holds no certificate in PEM form".to_owned()));
        }
        Ok(Self { added })
    }

    /// The authorities that the configuration adds, in DER.
    pub fn added(&self) -> impl Iterator<Item = &[u8]> {
        self.added.iter().map(AsRef::as_ref)
    }

    /// A client that trusts these. On a machine without any authorities it trusts none but the added.
    pub(super) fn client(&self, builder: &dyn Fn() -> ClientBuilder) -> Result<Client, OutgoingSetupError> {
        let added = || -> Result<Vec<Certificate>, OutgoingSetupError> {
            let added = self.added().map(Certificate::from_der).collect::<Result<_, _>>();
            added.map_err(|_| OutgoingSetupError::Client)
        };
        builder().tls_certs_merge(added()?).build().or_else(|_| {
            tracing::warn!("this machine has no certificate authorities: https to others will fail");
            builder().tls_certs_only(added()?).build().map_err(|_| OutgoingSetupError::Client)
        })
    }
}
