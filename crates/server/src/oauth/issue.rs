//! Which tokens does a client get for a family? (RFC 6749 section 5.1, RFC 9068, OpenID Connect Core section 3.1.3)

use super::failure::Failure;
use crate::app::App;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::jose::{Algorithm, SigningKey, at_hash};
use tandem_core::oauth::access_token::{AccessTokenClaims, Audience, Issue, TYP};
use tandem_core::oauth::client::{AccessTokenFormat, Client};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::scope::Scope;
use tandem_core::oauth::sealed_token::{OpaqueAccessToken, RefreshToken};
use tandem_core::oauth::token_family::{Lifetimes, Refresh, TokenFamily};
use tandem_core::oauth::token_response::{TokenResponse, token_type};
use tandem_core::openid::id_token::IdTokenClaims;
use tandem_core::time::Timestamp;

/// The lives of this client's tokens.
pub fn lifetimes(app: &App, client: &Client) -> Lifetimes {
    let seconds = |own: Option<u32>, server: u32| Duration::from_secs(own.unwrap_or(server).into());
    let tokens = &app.config.tokens;
    Lifetimes {
        access_token: seconds(client.tandem_access_token_lifetime, tokens.access_token_lifetime),
        refresh_token: seconds(client.tandem_refresh_token_lifetime, tokens.refresh_token_lifetime),
    }
}

/// Makes the tokens of the family's present generation, for `scope`.
pub fn tokens<'a>(
    app: &App,
    client: &Client,
    family: &TokenFamily,
    scope: &'a Scope,
    now: Timestamp,
) -> Result<TokenResponse<'a>, Failure> {
    make(app, client, family, scope, None, now)
}

/// The same for a push: the ID token names the request that it answers, and the tokens beside it (CIBA Core section
/// 10.3.1).
pub fn pushed_tokens<'a>(
    app: &App,
    client: &Client,
    family: &'a TokenFamily,
    auth_req_id: &str,
    now: Timestamp,
) -> Result<TokenResponse<'a>, Failure> {
    make(app, client, family, &family.scope, Some(auth_req_id), now)
}

fn make<'a>(
    app: &App,
    client: &Client,
    family: &TokenFamily,
    scope: &'a Scope,
    pushed: Option<&str>,
    now: Timestamp,
) -> Result<TokenResponse<'a>, Failure> {
    // The family knows what policy left of the client's setting.
    let life = lifetimes(app, client).access_token.min(family.access_until.since(now)).as_secs();
    let iat = now.as_secs();
    let access_token = access_token(app, client, family, scope, (iat, iat + life))?;
    let (refresh_token, refresh_life) = match family.refresh {
        Refresh::Never => (None, None),
        Refresh::Until(until) => {
            (Some(RefreshToken::current(family).seal(&app.keys.tokens)), Some(until.since(now).as_secs()))
        }
    };
    let id_token = if scope.contains("openid") {
        let key = signing_key(app, client.id_token_signed_response_alg)?;
        let hash = at_hash(client.id_token_signed_response_alg, &access_token);
        let exp = iat + u64::from(app.config.tokens.id_token_lifetime);
        let claims = IdTokenClaims::of(family, app.issuer(), &hash, iat, exp);
        let rt_hash = pushed
            .and(refresh_token.as_deref())
            .map(|token| at_hash(client.id_token_signed_response_alg, token));
        let claims = match pushed {
            Some(auth_req_id) => claims.pushed(auth_req_id, rt_hash.as_deref()),
            None => claims,
        };
        Some(key.sign(app.random.source(), "JWT", &claims).map_err(|error| cannot_sign(&error))?)
    } else {
        None
    };
    Ok(TokenResponse {
        access_token,
        token_type: token_type(family),
        expires_in: life,
        scope: scope.as_str(),
        authorization_details: family.authorization_details.clone(),
        refresh_token,
        tandem_refresh_token_expires_in: refresh_life,
        id_token,
    })
}

fn access_token(
    app: &App,
    client: &Client,
    family: &TokenFamily,
    scope: &Scope,
    (iat, exp): (u64, u64),
) -> Result<String, Failure> {
    match client.tandem_access_token_format {
        AccessTokenFormat::Opaque => {
            let token = OpaqueAccessToken {
                crossing: family.crossing,
                generation: family.generation,
                scope_mask: family.scope.mask_of(scope),
                issued_at: iat,
                expires_at: exp,
            };
            Ok(token.seal(&app.keys.tokens))
        }
        AccessTokenFormat::Jwt => {
            let audience = Audience::of_family(family, &client.tandem_audience, app.issuer());
            let issue = Issue { issuer: app.issuer(), audience, iat, exp, serial: app.random.bytes() };
            let key = signing_key(app, client.tandem_access_token_signing_alg)?;
            key.sign(app.random.source(), TYP, &AccessTokenClaims::of(family, scope, issue))
                .map_err(|error| cannot_sign(&error))
        }
    }
}

fn signing_key(app: &App, algorithm: Algorithm) -> Result<Arc<SigningKey>, Failure> {
    app.effort.sign();
    app.keys.signing().key(algorithm).cloned().ok_or_else(|| {
        tracing::error!(%algorithm, "no signing key: add it to keys.signing_algorithms");
        Failure::new(ErrorCode::ServerError, "the server has no key for this client")
    })
}

fn cannot_sign(error: &impl std::fmt::Display) -> Failure {
    tracing::error!(%error, "signing failed");
    Failure::new(ErrorCode::ServerError, "the server could not sign")
}
