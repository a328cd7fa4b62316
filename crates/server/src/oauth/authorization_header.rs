//! Which access token does a caller show, and may it use it? (RFC 6750 sections 2.1 and 3, RFC 9449 section 7)

use super::call::Call;
use super::certificate_binding::shown;
use super::failure::Failure;
use super::proof_of_possession;
use crate::app::App;
use axum::http::{HeaderMap, header};
use tandem_core::dpop::nonce::Audience;
use tandem_core::oauth::access_token::Confirmation;
use tandem_core::oauth::error_code::ErrorCode;

/// The algorithms of RFC 9449 section 7.1, as the challenge lists them.
const ALGS: &str = "ES256 EdDSA RS256 PS256";

/// How the token was presented: `Authorization` schemes compare without case (RFC 9110 section 11.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Whoever has it may use it.
    Bearer,
    /// With a proof.
    Dpop,
}

/// The token of the `Authorization` header. It counts nowhere else: not in a form, not in an address.
pub fn presented(headers: &HeaderMap) -> Result<(Scheme, &str), Failure> {
    let mut headers = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = headers.next() else {
        // RFC 6750 section 3.1: no error code where no token was shown.
        return Err(Failure::new(ErrorCode::InvalidToken, "an access token is needed")
            .with_header(header::WWW_AUTHENTICATE, "Bearer realm=\"tandem\"")
            .with_header(header::WWW_AUTHENTICATE, &format!("DPoP realm=\"tandem\", algs=\"{ALGS}\"")));
    };
    if headers.next().is_some() {
        return Err(Failure::new(ErrorCode::InvalidRequest, "more than one Authorization header"));
    }
    let split = value.to_str().ok().and_then(|value| value.split_once(' '));
    match split {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok((Scheme::Bearer, token.trim())),
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("dpop") => Ok((Scheme::Dpop, token.trim())),
        _ => Err(challenge(
            Scheme::Bearer,
            ErrorCode::InvalidToken,
            "the Authorization scheme must be Bearer or DPoP",
        )),
    }
}

/// Whether the caller proves what the token is bound to, at the address `path`. A bound token needs its proof, and may
/// not come as a bearer token (RFC 9449 section 7.2).
pub fn check_binding(
    app: &App,
    call: &Call,
    path: &str,
    (scheme, token): (Scheme, &str),
    bound_to: Confirmation,
) -> Result<(), Failure> {
    let refuse = |scheme, description| Err(challenge(scheme, ErrorCode::InvalidToken, description));
    match (bound_to.jkt, scheme) {
        (None, Scheme::Bearer) => {}
        (None, Scheme::Dpop) => return refuse(scheme, "the access token is not bound to a key"),
        (Some(_), Scheme::Bearer) => return refuse(Scheme::Dpop, "the access token is bound to a DPoP key"),
        (Some(bound), Scheme::Dpop) => {
            let proved = proof_of_possession::check(app, call, path, Audience::ResourceServer, Some(token))
                .map_err(|failure| {
                let code = failure.code().as_str();
                let value = format!("DPoP error=\"{code}\", algs=\"{ALGS}\"");
                failure.with_status(401).with_header(header::WWW_AUTHENTICATE, &value)
            })?;
            if proved != Some(bound) {
                return refuse(scheme, "the proof is missing or of another key");
            }
        }
    }
    if bound_to.certificate.is_some() && bound_to.certificate != shown(call) {
        return refuse(scheme, "the access token is bound to another client certificate");
    }
    Ok(())
}

/// A refusal that says which scheme to use, and what was wrong (RFC 6750 section 3).
pub fn challenge(scheme: Scheme, code: ErrorCode, description: &'static str) -> Failure {
    refusal(scheme, code, description, "")
}

/// A refusal of a token that is good and not for this; `needed` are the scopes of which one would do, our own words.
pub fn insufficient(scheme: Scheme, needed: &[&str], description: &'static str) -> Failure {
    let scope = format!(", scope=\"{}\"", needed.join(" "));
    refusal(scheme, ErrorCode::InsufficientScope, description, &scope)
}

fn refusal(scheme: Scheme, code: ErrorCode, description: &'static str, more: &str) -> Failure {
    let name = code.as_str();
    let value = match scheme {
        Scheme::Bearer => format!("Bearer realm=\"tandem\", error=\"{name}\"{more}"),
        Scheme::Dpop => format!("DPoP error=\"{name}\", algs=\"{ALGS}\"{more}"),
    };
    Failure::new(code, description).with_header(header::WWW_AUTHENTICATE, &value)
}
