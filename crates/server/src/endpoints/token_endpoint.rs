//! Which tokens does a grant bring? (RFC 6749 section 3.2)

use crate::app::App;
use crate::ciba;
use crate::device_authorization;
use crate::edge::metrics;
use crate::oauth::answer;
use crate::oauth::call::Call;
use crate::oauth::certificate_binding;
use crate::oauth::client_authentication::authenticate;
use crate::oauth::client_credentials;
use crate::oauth::failure::Failure;
use crate::oauth::issue;
use crate::oauth::proof_of_possession::{self, NonceOffer};
use crate::rate_limits::{Caller, RateLimiter};
use crate::trusted_devices;
use axum::extract::{Request, State};
use axum::response::Response;
use std::sync::Arc;
use tandem_core::crossing::Afterwards;
use tandem_core::dpop::nonce::Audience;
use tandem_core::mitigations::facts::Attempt;
use tandem_core::mitigations::{Facts, assess};
use tandem_core::oauth::client::{
    AuthMethod, CIBA, CLIENT_CREDENTIALS, Client, DEVICE_CODE, GrantType, REFRESH_TOKEN,
};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::metadata::path;
use tandem_core::oauth::refresh::{self, RefreshRefusal};
use tandem_core::oauth::scope::Scope;
use tandem_core::oauth::sealed_token::RefreshToken;
use tandem_core::oauth::token_family::{Revocation, TokenFamily};
use tandem_store::SecurityEvent;

/// `token_endpoint`.
pub async fn token_endpoint(State(app): State<Arc<App>>, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, request).await;
    nonce.answer(&app, Audience::AuthorizationServer, "token", answer)
}

async fn handle(app: &App, request: Request) -> Result<Response, Failure> {
    let call = Call::read(app, request).await?;
    let grant = match call.form.get("grant_type") {
        None => return Err(Failure::new(ErrorCode::InvalidRequest, "grant_type is missing")),
        Some(DEVICE_CODE) => GrantType::DeviceCode,
        Some(CIBA) => GrantType::Ciba,
        Some(REFRESH_TOKEN) => GrantType::RefreshToken,
        Some(CLIENT_CREDENTIALS) => GrantType::ClientCredentials,
        Some(_) => {
            return Err(Failure::new(
                ErrorCode::UnsupportedGrantType,
                "this server does not know this grant_type",
            ));
        }
    };
    let client = authenticate(app, &call, path::TOKEN).await?;
    if grant != GrantType::RefreshToken {
        in_time(&app.limits.poll_client, &Caller::Name(&client.client_id), grant, &call)?;
        // A client that proves who it is may poll for many people from one machine.
        if client.token_endpoint_auth_method == AuthMethod::None {
            in_time(&app.limits.poll_address, &Caller::Address(call.address), grant, &call)?;
        }
    }
    // A push client may not poll, and hears that from its own room.
    if !client.may_use(grant) && grant != GrantType::Ciba {
        return Err(Failure::new(ErrorCode::UnauthorizedClient, "this client may not use this grant"));
    }
    match grant {
        GrantType::DeviceCode => device_authorization::token::token(app, &call, &client).await,
        GrantType::Ciba => ciba::token::token(app, &call, &client).await,
        GrantType::RefreshToken => refresh_token(app, &call, &client).await,
        GrantType::ClientCredentials => client_credentials::token(app, &call, &client),
    }
}

/// Whether a poll is within this limit (BCP 6.1.11). If not, the client hears what it understands: to slow down.
fn in_time(limiter: &RateLimiter, caller: &Caller<'_>, grant: GrantType, call: &Call) -> Result<(), Failure> {
    let Attempt::Exceeded { retry_after } = limiter.take(caller, call.now) else { return Ok(()) };
    let failure = match grant {
        GrantType::ClientCredentials => Failure::new(ErrorCode::TooManyRequests, "too many requests"),
        _ => Failure::new(ErrorCode::SlowDown, "too many polls"),
    };
    Err(failure.retry_after(retry_after))
}

/// RFC 6749 section 6, with rotation: each refresh token works once, and its second use ends the family.
async fn refresh_token(app: &App, call: &Call, client: &Client) -> Result<Response, Failure> {
    let refused = |refusal: RefreshRefusal| Failure::explained(refusal.code(), &refusal);
    let text = call
        .form
        .get("refresh_token")
        .ok_or_else(|| Failure::new(ErrorCode::InvalidRequest, "refresh_token is missing"))?;
    let token = RefreshToken::open(text, &app.keys.tokens).ok_or_else(|| refused(RefreshRefusal::Unknown))?;
    let family = app.store.family(token.crossing).await?.ok_or_else(|| refused(RefreshRefusal::Unknown))?;
    let key = proof_of_possession::check(app, call, path::TOKEN, Audience::AuthorizationServer, None)?;
    let proven = certificate_binding::proven(call, client, key)?;
    let wanted = call.form.get("scope").map(Scope::parse).transpose();
    let wanted = wanted.map_err(|_| refused(RefreshRefusal::ScopeBeyondGrant))?;
    let scope = match refresh::decide(&family, token, &client.client_id, proven, wanted.as_ref(), call.now) {
        Ok(scope) => scope,
        Err(RefreshRefusal::Reused) => return Err(reused(app, call, &family).await?),
        Err(refusal) => return Err(refused(refusal)),
    };
    let instance = family.instance.as_deref();
    trusted_devices::same_instance(app, call, client, family.room, key, instance).await?;
    let policy = app.policy(family.room, &client.client_id);
    let clearance = assess::<Afterwards>(&Facts::at(call.now), &policy).map_err(|hindrance| {
        tracing::info!(?hindrance, crossing = %family.crossing, "a mitigation stopped a refresh");
        refused(RefreshRefusal::Unknown)
    })?;
    let life =
        issue::lifetimes(app, client).within(clearance.limits()).access_token.min(family.longest_access());
    let access_until = call.now.plus(life);
    let advanced =
        app.store.advance_family(family.crossing, token.generation, call.now, access_until).await?;
    let Some(family) = advanced else {
        // Somebody used the same token at the same time, or the family ended meanwhile.
        return Err(reused(app, call, &family).await?);
    };
    metrics::token_issued("refresh_token");
    Ok(answer::json(&issue::tokens(app, client, &family, &scope, call.now)?))
}

/// Ends the family: one of the two who hold this token is not the client (RFC 9700 section 4.14.2).
async fn reused(app: &App, call: &Call, family: &TokenFamily) -> Result<Failure, Failure> {
    let event = SecurityEvent {
        at: call.now,
        kind: "refresh_token_reused".to_owned(),
        crossing: Some(family.crossing),
        sub: Some(Arc::clone(&family.authentication.sub)),
        client_id: Some(Arc::clone(&family.client_id)),
        address: Some(call.address),
        detail: None,
    };
    // Together: whoever hangs up in between must not end the family and leave no incident.
    if app.store.revoke_family_on_record(family.crossing, call.now, Revocation::Reuse, event).await? {
        tracing::warn!(crossing = %family.crossing, client_id = %family.client_id, "a refresh token was used twice");
    }
    Ok(Failure::explained(RefreshRefusal::Reused.code(), &RefreshRefusal::Reused))
}
