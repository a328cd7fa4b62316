//! Does an attester vouch for the calling instance? (draft-ietf-oauth-attestation-based-client-auth)

use crate::app::App;
use crate::oauth::call::Call;
use crate::oauth::failure::Failure;
use axum::http::HeaderMap;
use std::sync::Arc;
use tandem_core::client_attestation::{
    ATTESTATION_HEADER, Attestation, AttestationRefusal, Attested, Attester, PROOF_HEADER, verify_proof,
};
use tandem_core::digest::Digest;
use tandem_core::jose::JwkSet;
use tandem_core::oauth::error_code::ErrorCode;

/// Whether the proof of possession was counted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// It was not: it must be the first use.
    Remember,
    /// The same call counted it when it authenticated the client.
    Remembered,
}

/// Whom the attestation vouches for, if the call has one and the operator trusts anybody to attest. `proof` is the key of
/// the call's DPoP proof, which serves as proof of possession where no other came.
pub async fn attested(
    app: &App,
    call: &Call,
    client_id: &str,
    proof: Option<Digest>,
    replay: Replay,
) -> Result<Option<Attested>, Failure> {
    if app.attesters.is_empty() {
        return Ok(None);
    }
    check(app, call, client_id, proof, replay).await.map_err(|refusal| {
        tracing::info!(client_id, %refusal, address = %call.address, "an attestation was refused");
        failure(refusal)
    })
}

async fn check(
    app: &App,
    call: &Call,
    client_id: &str,
    proof: Option<Digest>,
    replay: Replay,
) -> Result<Option<Attested>, AttestationRefusal> {
    let Some(text) = only(&call.headers, ATTESTATION_HEADER)? else {
        return match only(&call.headers, PROOF_HEADER)? {
            Some(_) => Err(AttestationRefusal::HeaderMalformed),
            None => Ok(None),
        };
    };
    let attestation = Attestation::parse(text)?;
    let attesters = attesters(app, client_id, &attestation).await;
    app.effort.verify();
    let attested = attestation.verify(&attesters, client_id, call.now)?;
    match only(&call.headers, PROOF_HEADER)? {
        Some(own) => {
            app.effort.verify();
            let used = verify_proof(own, &attested, app.issuer(), call.now)?;
            if replay == Replay::Remember && !app.store.first_use(used.digest, used.expires_at, call.now) {
                return Err(AttestationRefusal::Replayed);
            }
        }
        None => match proof {
            Some(jkt) if jkt == attested.thumbprint => {}
            Some(_) => return Err(AttestationRefusal::KeyMismatch),
            None => return Err(AttestationRefusal::ProofMissing),
        },
    }
    Ok(Some(attested))
}

/// Who may vouch for this client's instances, with the keys that hold now.
async fn attesters<'a>(
    app: &'a App,
    client_id: &str,
    attestation: &Attestation<'_>,
) -> Vec<(&'a Attester, Arc<JwkSet>)> {
    let mut all = Vec::new();
    // What is about another client is refused whatever the keys.
    if attestation.client_id().is_ok_and(|claimed| claimed.peek() == client_id) {
        let asked = app.attesters.iter().filter(|(by, _)| attestation.may_be_by(by, client_id));
        for (attester, source) in asked {
            let keys = app.published_keys.of(source, |keys| attestation.may_be_of(keys)).await;
            all.extend(keys.map(|keys| (attester, keys)));
        }
    }
    all
}

/// The client that the call's attestation says it is about, before anything is verified.
pub fn subject(call: &Call) -> Option<String> {
    let text = only(&call.headers, ATTESTATION_HEADER).ok()??;
    let attestation = Attestation::parse(text).ok()?;
    attestation.client_id().ok().map(|claimed| claimed.peek().to_owned())
}

/// The value of a header that may stand once.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, AttestationRefusal> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(AttestationRefusal::HeaderMalformed);
    }
    value.to_str().map(Some).map_err(|_| AttestationRefusal::HeaderMalformed)
}

fn failure(refusal: AttestationRefusal) -> Failure {
    let code = match refusal {
        AttestationRefusal::NotFresh => ErrorCode::UseFreshAttestation,
        _ => ErrorCode::InvalidClientAttestation,
    };
    Failure::explained(code, &refusal)
}
