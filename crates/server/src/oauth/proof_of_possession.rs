//! Did the caller prove a key, freshly? (RFC 9449)

use super::call::Call;
use super::failure::Failure;
use crate::app::App;
use crate::config::DpopNonce;
use crate::edge::metrics;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tandem_core::digest::Digest;
use tandem_core::dpop::nonce::{self, Audience, Freshness};
use tandem_core::dpop::{self, DpopRefusal, Expected, Htu, NonceRule, Window};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::metadata::VERIFIED;
use tandem_core::time::Timestamp;

/// The header of a proof: RFC 9449 section 4.1.
pub const DPOP: HeaderName = HeaderName::from_static("dpop");
/// The header of a nonce: RFC 9449 section 8.
pub const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// Proofs remembered in one window at most: 64 MiB or so. Beyond it every proof is refused.
const MOST_PROOFS: usize = 2_000_000;

/// Which proofs were seen. Two generations, each one window long, so that nothing has to be searched to forget.
#[derive(Debug, Default)]
pub struct SeenProofs(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    current: HashSet<Digest>,
    previous: HashSet<Digest>,
    turns_at: Option<Timestamp>,
}

impl SeenProofs {
    /// Whether this proof comes for the first time within `window` either way.
    pub fn first_use(&self, proof: Digest, window: Duration, now: Timestamp) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.turns_at.is_none_or(|at| now >= at) {
            // A proof is good for twice the window, from the future to the past.
            seen.previous = std::mem::take(&mut seen.current);
            seen.turns_at = Some(now.plus(window * 2));
        }
        !seen.previous.contains(&proof) && seen.current.len() < MOST_PROOFS && seen.current.insert(proof)
    }
}

/// Checks the call's proof, if it has one, for the endpoint at `path`. With `access_token` it must be for that token.
/// Returns the thumbprint of the key.
pub fn check(
    app: &App,
    call: &Call,
    path: &str,
    audience: Audience,
    access_token: Option<&str>,
) -> Result<Option<Digest>, Failure> {
    let mut headers = call.headers.get_all(DPOP).iter();
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(Failure::new(ErrorCode::InvalidDpopProof, "more than one DPoP header"));
    }
    let proof = header
        .to_str()
        .map_err(|_| Failure::new(ErrorCode::InvalidDpopProof, "the DPoP header is no text"))?;
    let htu = Htu::parse(&app.url(path))
        .map_err(|_| Failure::new(ErrorCode::ServerError, "this endpoint has no usable address"))?;
    let seconds = Duration::from_secs(app.config.dpop.window.into());
    let rule = match app.config.dpop.nonce {
        DpopNonce::Required => NonceRule::Required(&app.keys.dpop_nonces, audience),
        DpopNonce::Optional => NonceRule::NotAsked,
    };
    let expected = Expected {
        method: call.method.as_str(),
        htu: &htu,
        access_token,
        algorithms: &VERIFIED,
        window: Window { past: seconds, future: seconds },
        nonce: rule,
        now: call.now,
    };
    app.effort.verify();
    let verified = dpop::verify(proof, &expected);
    // The address for mutual TLS is this endpoint too.
    let verified = match (verified, app.config.mtls_alias(path).and_then(|alias| Htu::parse(&alias).ok())) {
        (Err(DpopRefusal::HtuMismatch), Some(alias)) => {
            dpop::verify(proof, &Expected { htu: &alias, ..expected })
        }
        (verified, _) => verified,
    };
    let proof = verified.map_err(|refusal| match refusal {
        DpopRefusal::NonceMissing | DpopRefusal::NonceStale => use_nonce(app, audience, call.now),
        other => Failure::explained(ErrorCode::InvalidDpopProof, &other),
    })?;
    // Proofs seen before a restart are forgotten: one that old must show that it was made for this process.
    let fresh =
        |text: &str| nonce::check(&app.keys.dpop_nonces, audience, call.now, text) != Freshness::Stale;
    if proof.iat < app.started_at && !proof.nonce.as_deref().is_some_and(fresh) {
        return Err(use_nonce(app, audience, call.now));
    }
    if !app.seen_proofs.first_use(proof.jti_digest, seconds, call.now) {
        return Err(Failure::new(ErrorCode::InvalidDpopProof, "the proof was used before"));
    }
    Ok(Some(proof.jkt))
}

fn use_nonce(app: &App, audience: Audience, now: Timestamp) -> Failure {
    Failure::new(ErrorCode::UseDpopNonce, "the proof must carry the nonce of the DPoP-Nonce header")
        .with_header(DPOP_NONCE, &nonce::issue(&app.keys.dpop_nonces, audience, now))
}

/// Whether an answer should bring a fresh nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NonceOffer {
    /// Nonces are asked for, and the caller uses proofs.
    Due,
    /// Not.
    None,
}

impl NonceOffer {
    /// What the caller with these headers should get.
    pub fn to(app: &App, headers: &HeaderMap) -> Self {
        let due = app.config.dpop.nonce == DpopNonce::Required && headers.contains_key(DPOP);
        if due { Self::Due } else { Self::None }
    }

    /// The answer of an endpoint on its way out: counted under its name if it is a refusal, with a nonce where one is due.
    pub fn answer(
        self,
        app: &App,
        audience: Audience,
        endpoint: &'static str,
        answer: Result<Response, Failure>,
    ) -> Response {
        let response = answer.unwrap_or_else(|failure| {
            metrics::refused(endpoint, failure.code().as_str());
            failure.into_response()
        });
        self.put(app, audience, response)
    }

    /// Puts the nonce into the answer, unless it has one.
    pub fn put(self, app: &App, audience: Audience, mut response: Response) -> Response {
        if self == Self::Due && !response.headers().contains_key(DPOP_NONCE) {
            let fresh = nonce::issue(&app.keys.dpop_nonces, audience, app.clock.now());
            if let Ok(value) = HeaderValue::from_str(&fresh) {
                response.headers_mut().insert(DPOP_NONCE, value);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_counts_once_for_as_long_as_it_is_good() {
        let seen = SeenProofs::default();
        let window = Duration::from_mins(1);
        let start = Timestamp::from_secs(1_000_000);
        let proof = Digest::of(b"proof");
        assert!(seen.first_use(proof, window, start));
        for later in [0, 1, 59, 60, 119] {
            let now = start.plus(Duration::from_secs(later));
            assert!(!seen.first_use(proof, window, now), "{later} s later");
        }
        assert!(
            !seen.first_use(proof, window, start.plus(Duration::from_secs(121))),
            "one generation longer"
        );
        assert!(seen.first_use(proof, window, start.plus(Duration::from_secs(400))));
    }
}
