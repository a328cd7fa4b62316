//! Is this token, which somebody shows us, ours and good?

use crate::app::App;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::CrossingId;
use tandem_core::jose::Jws;
use tandem_core::jose::jws::{Audience as ExpectedAudience, Expected, Lifetime, Typ};
use tandem_core::oauth::access_token::{Audience, PresentedAccessToken, TYP, TokenId};
use tandem_core::oauth::client::Client;
use tandem_core::oauth::metadata::VERIFIED;
use tandem_core::oauth::scope::Scope;
use tandem_core::oauth::sealed_token::{OpaqueAccessToken, RefreshToken};
use tandem_core::oauth::token_family::{Refresh, TokenFamily};
use tandem_core::time::Timestamp;
use tandem_store::StoreError;

/// The longest token that is looked at, in bytes.
pub const MAX_LEN: usize = 4096;

/// A good token.
#[derive(Debug)]
pub struct PresentedToken {
    /// Its family.
    pub family: Arc<TokenFamily>,
    /// Its client.
    pub client: Arc<Client>,
    /// Which kind.
    pub kind: Kind,
    /// What it may be used for.
    pub scope: Scope,
    /// Issued at, in seconds.
    pub iat: u64,
    /// Expires at, in seconds.
    pub exp: u64,
}

/// The kinds of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An access token.
    Access,
    /// A refresh token.
    Refresh,
}

/// The family of a token that we made, whether it is still good or not: for revocation. An expired JWT has none, since
/// its signature is all that proves it.
pub async fn family_of(app: &App, token: &str, now: Timestamp) -> Result<Option<CrossingId>, StoreError> {
    if let Some(refresh) = RefreshToken::open(token, &app.keys.tokens) {
        return Ok(Some(refresh.crossing));
    }
    if let Some(access) = OpaqueAccessToken::open(token, &app.keys.tokens) {
        return Ok(Some(access.crossing));
    }
    Ok(read_jwt(app, token, now).await?.map(|token| token.family.crossing))
}

/// Reads any token; `None` if it is not ours, or not good now.
pub async fn read(app: &App, token: &str, now: Timestamp) -> Result<Option<PresentedToken>, StoreError> {
    if token.len() > MAX_LEN {
        return Ok(None);
    }
    if let Some(access) = OpaqueAccessToken::open(token, &app.keys.tokens) {
        if access.is_expired(now) {
            return Ok(None);
        }
        let found = active_family(app, access.crossing).await?;
        return Ok(found.map(|(family, client)| PresentedToken {
            kind: Kind::Access,
            scope: access.scope(&family),
            iat: access.issued_at,
            exp: access.expires_at,
            family,
            client,
        }));
    }
    if let Some(refresh) = RefreshToken::open(token, &app.keys.tokens) {
        let found = active_family(app, refresh.crossing).await?;
        return Ok(found.and_then(|(family, client)| match family.refresh {
            Refresh::Until(until) if now < until && family.generation == refresh.generation => {
                Some(PresentedToken {
                    kind: Kind::Refresh,
                    scope: family.scope.clone(),
                    iat: family.refreshed_at.unwrap_or(family.issued_at).as_secs(),
                    exp: until.as_secs(),
                    family,
                    client,
                })
            }
            _ => None,
        }));
    }
    read_jwt(app, token, now).await
}

/// Reads a JWT access token. The signature comes last: it is the dear part, and most bad tokens fail before it.
async fn read_jwt(app: &App, token: &str, now: Timestamp) -> Result<Option<PresentedToken>, StoreError> {
    let Some(named) = jwt_family(token) else { return Ok(None) };
    let Some((family, client)) = active_family(app, named).await? else { return Ok(None) };
    let audience = Audience::of_family(&family, &client.tandem_audience, app.issuer()).names();
    let expected = Expected {
        typ: Typ::OneOf(&[TYP]),
        algorithms: &VERIFIED,
        issuer: Some(app.issuer()),
        audience: ExpectedAudience::OneOf(&audience),
        lifetime: Lifetime::UntilExp,
        leeway: Duration::ZERO,
        now,
    };
    let signing = app.keys.signing();
    let Ok(jws) = Jws::parse(token, MAX_LEN) else { return Ok(None) };
    app.effort.verify();
    let Ok(claims) = jws.verify::<PresentedAccessToken>(signing.published(), &expected) else {
        return Ok(None);
    };
    let Ok(scope) = Scope::parse(&claims.scope) else { return Ok(None) };
    let token =
        PresentedToken { kind: Kind::Access, scope, iat: claims.iat, exp: claims.exp, family, client };
    Ok((claims.jti.family == named).then_some(token))
}

fn jwt_family(token: &str) -> Option<CrossingId> {
    let jws = Jws::parse(token, MAX_LEN).ok()?;
    TokenId::parse(jws.unverified_str("jti")?.peek()).map(|id| id.family)
}

async fn active_family(
    app: &App,
    id: CrossingId,
) -> Result<Option<(Arc<TokenFamily>, Arc<Client>)>, StoreError> {
    let family = app.store.family(id).await?.filter(|family| family.is_active());
    Ok(family.and_then(|family| {
        // A client that was removed has no good tokens.
        let client = app.clients.get(&family.client_id)?;
        Some((family, client))
    }))
}
