//! Which certificate are tokens bound to? (RFC 8705 sections 3 and 4)

use super::call::Call;
use super::failure::Failure;
use tandem_core::digest::Digest;
use tandem_core::mitigations::facts::{Sender, SenderDemand};
use tandem_core::oauth::client::Client;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::refresh::Proven;

/// What this client must prove when tokens are issued. One that registered both ways may choose.
pub const fn demand(client: &Client) -> SenderDemand {
    match (client.dpop_bound_access_tokens, client.tls_client_certificate_bound_access_tokens) {
        (false, false) => SenderDemand::None,
        (true, false) => SenderDemand::AtRedemption,
        (false, true) => SenderDemand::CertificateAtRedemption,
        (true, true) => SenderDemand::EitherAtRedemption,
    }
}

/// What the client proved, and must prove, when a family is founded. `proof` is the key of its DPoP proof, `pinned` the
/// one it showed at initiation.
///
/// The certificate of a client that did not register bound tokens is of no account: it may stand behind any request of
/// its connection.
pub fn sender(call: &Call, client: &Client, proof: Option<Digest>, pinned: Option<Digest>) -> Sender {
    let bound = client.tls_client_certificate_bound_access_tokens;
    let certificate = shown(call).filter(|_| bound);
    Sender { proof, certificate, pinned, demand: demand(client) }
}

/// What the client proved when it refreshes; refused where it lacks a certificate that it must have.
pub fn proven(call: &Call, client: &Client, key: Option<Digest>) -> Result<Proven, Failure> {
    let certificate = shown(call);
    if demand(client) == SenderDemand::CertificateAtRedemption && certificate.is_none() {
        let description = "a client certificate is required: this client's tokens are bound to it";
        return Err(Failure::new(ErrorCode::InvalidRequest, description));
    }
    Ok(Proven { key, certificate })
}

/// The certificate that the caller showed.
pub fn shown(call: &Call) -> Option<Digest> {
    call.certificate.as_ref().map(|shown| shown.certificate.thumbprint())
}
