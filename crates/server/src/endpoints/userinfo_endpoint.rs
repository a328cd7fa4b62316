//! Whose token is this? (OpenID Connect Core section 5.3, RFC 6750, RFC 9449 section 7)

use crate::app::App;
use crate::edge::client_certificate::certificate_of;
use crate::edge::metrics;
use crate::oauth::answer;
use crate::oauth::call::{Call, address_of};
use crate::oauth::certificate_binding::certificate_fits;
use crate::oauth::failure::Failure;
use crate::oauth::presented_token::{self, Kind, PresentedToken};
use crate::oauth::proof_of_possession::{self, NonceOffer};
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tandem_core::dpop::nonce::Audience;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::form::Form;
use tandem_core::oauth::metadata::path;
use tandem_core::openid::userinfo::{Person, UserInfo};

/// The algorithms of RFC 9449 section 7.1, as the challenge lists them.
const ALGS: &str = "ES256 EdDSA RS256 PS256";

/// How the token was presented: `Authorization` schemes compare without case (RFC 9110 section 11.1).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Bearer,
    Dpop,
}

/// `userinfo_endpoint`, by GET or POST.
pub async fn userinfo_endpoint(State(app): State<Arc<App>>, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, request).await.unwrap_or_else(|failure| {
        metrics::refused("userinfo", failure.code().as_str());
        failure.into_response()
    });
    nonce.put(&app, Audience::ResourceServer, answer)
}

async fn handle(app: &App, request: Request) -> Result<Response, Failure> {
    if !matches!(*request.method(), Method::GET | Method::POST) {
        return Err(Failure::new(ErrorCode::InvalidRequest, "this endpoint takes GET or POST")
            .with_status(405)
            .with_header(header::ALLOW, "GET, POST"));
    }
    let call = Call {
        now: app.clock.now(),
        address: address_of(request.extensions()),
        method: request.method().clone(),
        headers: request.headers().clone(),
        form: Form::default(),
        certificate: certificate_of(request.extensions()),
    };
    let (scheme, token) = presented(&call)?;
    let challenge_scheme = scheme;
    let found = presented_token::read(app, token, call.now).await?.filter(|token| token.kind == Kind::Access);
    let found =
        found.ok_or_else(|| challenge(scheme, ErrorCode::InvalidToken, "the access token is not good"))?;
    check_key(app, &call, scheme, token, &found)?;
    if !certificate_fits(&call, &found.family) {
        let description = "the access token is bound to another client certificate";
        return Err(challenge(scheme, ErrorCode::InvalidToken, description));
    }
    if !found.scope.contains("openid") {
        return Err(challenge(challenge_scheme, ErrorCode::InsufficientScope, "the scope openid is needed"));
    }
    let user = app.store.user(&found.family.authentication.sub).await?;
    let user = user.ok_or_else(|| challenge(scheme, ErrorCode::InvalidToken, "the person is gone"))?;
    let person = Person {
        sub: &user.sub,
        username: &user.username,
        name: user.name.as_deref(),
        email: user.email.as_deref().map(|address| (address, user.email_verified)),
        locale: user.locale.as_deref(),
        updated_at: user.updated_at.as_secs(),
    };
    Ok(answer::json(&UserInfo::release(person, &found.scope)))
}

fn presented(call: &Call) -> Result<(Scheme, &str), Failure> {
    let mut headers = call.headers.get_all(header::AUTHORIZATION).iter();
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

/// A bound token needs its proof, and may not come as a bearer token (RFC 9449 section 7.2).
fn check_key(
    app: &App,
    call: &Call,
    scheme: Scheme,
    token: &str,
    found: &PresentedToken,
) -> Result<(), Failure> {
    match (found.family.dpop_jkt, scheme) {
        (None, Scheme::Bearer) => Ok(()),
        (None, Scheme::Dpop) => {
            Err(challenge(scheme, ErrorCode::InvalidToken, "the access token is not bound to a key"))
        }
        (Some(_), Scheme::Bearer) => {
            Err(challenge(Scheme::Dpop, ErrorCode::InvalidToken, "the access token is bound to a DPoP key"))
        }
        (Some(bound), Scheme::Dpop) => {
            let proved =
                proof_of_possession::check(app, call, path::USERINFO, Audience::ResourceServer, Some(token))
                    .map_err(|failure| {
                        let code = failure.code().as_str();
                        let value = format!("DPoP error=\"{code}\", algs=\"{ALGS}\"");
                        failure.with_status(401).with_header(header::WWW_AUTHENTICATE, &value)
                    })?;
            if proved == Some(bound) {
                Ok(())
            } else {
                Err(challenge(scheme, ErrorCode::InvalidToken, "the proof is missing or of another key"))
            }
        }
    }
}

fn challenge(scheme: Scheme, code: ErrorCode, description: &'static str) -> Failure {
    let name = code.as_str();
    let value = match scheme {
        Scheme::Bearer => format!("Bearer realm=\"tandem\", error=\"{name}\""),
        Scheme::Dpop => format!("DPoP error=\"{name}\", algs=\"{ALGS}\""),
    };
    Failure::new(code, description).with_header(header::WWW_AUTHENTICATE, &value)
}
