//! Which certificate did the caller show? In its own handshake, or by the word of a trusted proxy. (RFC 8705, RFC 9440)
//!
//! Any certificate is let in, self-signed ones too: TLS only proves that the caller holds its key. What it is good for is
//! decided where a client is authenticated or a token is used. From a trusted proxy only the header counts, never the
//! certificate of its own connection, which is the proxy's.

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};
use std::borrow::Cow;
use std::sync::Arc;
use tandem_core::mutual_tls::Certificate;

use crate::config::{CertificateEncoding, Proxy};

/// The certificate of the caller, in the extensions of requests that have one. Its key was proved; its end was not
/// looked at, since that depends on when it is used.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// Whether an authority vouches for it.
    pub chain: Chain,
}

/// Whether a certificate's chain leads to a trusted authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chain {
    /// It did when the connection began, or the proxy says so.
    Verified,
    /// It does not, or nobody looked.
    Unverified,
}

/// The certificate that came with a request, as the edge found out.
pub fn certificate_of(extensions: &Extensions) -> Option<ClientCertificate> {
    extensions.get::<ClientCertificate>().cloned()
}

/// The authorities that vouch for clients.
#[derive(Debug, Clone)]
pub(super) struct Authorities(Arc<dyn ClientCertVerifier>);

impl Authorities {
    pub(super) fn new(roots: RootCertStore, provider: CryptoProvider) -> Result<Self, String> {
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(provider)).build();
        verifier.map(Self).map_err(|error| error.to_string())
    }

    /// Whether they vouch for the first of these certificates as a client's, now.
    fn vouch(&self, leaf: &CertificateDer<'_>, rest: &[CertificateDer<'_>]) -> Chain {
        match self.0.verify_client_cert(leaf, rest, UnixTime::now()) {
            Ok(_) => Chain::Verified,
            Err(error) => {
                tracing::debug!(%error, "no authority vouches for a client certificate");
                Chain::Unverified
            }
        }
    }
}

/// The certificate of a finished handshake.
pub(super) fn of_handshake(
    shown: Option<&[CertificateDer<'_>]>,
    authorities: Option<&Authorities>,
) -> Option<ClientCertificate> {
    let (leaf, rest) = shown?.split_first()?;
    let certificate = parsed(leaf)?;
    let chain = authorities.map_or(Chain::Unverified, |authorities| authorities.vouch(leaf, rest));
    Some(ClientCertificate { certificate, chain })
}

fn parsed(der: &[u8]) -> Option<Arc<Certificate>> {
    let parsed = Certificate::parse(der);
    parsed
        .inspect_err(|error| tracing::info!(%error, "a client certificate cannot be read"))
        .ok()
        .map(Arc::new)
}

/// Takes any certificate, and no caller needs one. That the caller holds its key is checked.
#[derive(Debug)]
pub(super) struct Anyone(pub(super) WebPkiSupportedAlgorithms);

impl ClientCertVerifier for Anyone {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

/// The header in which trusted proxies say which certificate they were shown.
#[derive(Debug, Clone)]
pub(super) struct CertificateHeader {
    name: HeaderName,
    encoding: CertificateEncoding,
    vouching: Vouching,
}

/// Whether the proxy checks the chain.
#[derive(Debug, Clone)]
enum Vouching {
    Never,
    Always,
    /// Where this header says `SUCCESS`.
    Told(HeaderName),
}

impl CertificateHeader {
    /// The header of the configuration, which was checked.
    pub(super) fn new(proxy: &Proxy) -> Option<Self> {
        let name = |text: &String| text.parse::<HeaderName>().ok();
        let told = proxy.client_certificate_verified_header.as_ref();
        let vouching = match told {
            Some(told) => name(told).map_or(Vouching::Never, Vouching::Told),
            None if proxy.client_certificate_verified => Vouching::Always,
            None => Vouching::Never,
        };
        let encoding = proxy.client_certificate_encoding;
        Some(Self { name: name(proxy.client_certificate_header.as_ref()?)?, encoding, vouching })
    }

    /// Removes what anybody could have written.
    pub(super) fn strip(&self, headers: &mut HeaderMap) {
        headers.remove(&self.name);
        if let Vouching::Told(told) = &self.vouching {
            headers.remove(told);
        }
    }

    /// Reads and removes what a trusted proxy wrote.
    pub(super) fn take(&self, headers: &mut HeaderMap) -> Option<ClientCertificate> {
        let shown = only(headers, &self.name).and_then(|value| self.read(value));
        let chain = match &self.vouching {
            Vouching::Always => Chain::Verified,
            Vouching::Told(told) if only(headers, told).is_some_and(|said| said == "SUCCESS") => {
                Chain::Verified
            }
            Vouching::Told(_) | Vouching::Never => Chain::Unverified,
        };
        self.strip(headers);
        shown.map(|certificate| ClientCertificate { certificate, chain })
    }

    fn read(&self, value: &HeaderValue) -> Option<Arc<Certificate>> {
        // Some proxies send an empty header where they were shown nothing.
        let text = value.to_str().map(str::trim).ok().filter(|text| !text.is_empty())?;
        let der = match self.encoding {
            CertificateEncoding::Rfc9440 => byte_sequence(text),
            CertificateEncoding::UrlEncodedPem => {
                let pem = percent_decoded(text);
                CertificateDer::from_pem_slice(&pem).ok().map(|der| Cow::Owned(der.to_vec()))
            }
        };
        if der.is_none() {
            tracing::warn!(header = %self.name, "a proxy's client certificate is not encoded as configured");
        }
        parsed(&der?)
    }
}

/// The value of a header that stands once. One that stands twice may have been smuggled through the proxy.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() {
        tracing::warn!(header = %name, "a proxy's header stands more than once: it is ignored");
        return None;
    }
    Some(first)
}

/// Padding may be missing: RFC 9651 section 4.2.7.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A byte sequence of a structured field (RFC 9440 section 2.1, RFC 9651 section 3.3.5).
fn byte_sequence(text: &str) -> Option<Cow<'static, [u8]>> {
    let inside = text.strip_prefix(':')?.strip_suffix(':')?;
    LENIENT.decode(inside).ok().map(Cow::Owned)
}

/// The bytes behind percent signs; anything else stands for itself, a plus sign too.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let octet = match rest {
            [b'%', high, low, ..] => {
                let digit =
                    |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low)
            }
            _ => None,
        };
        decoded.push(octet.unwrap_or(*first));
        rest = if octet.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    decoded
}
