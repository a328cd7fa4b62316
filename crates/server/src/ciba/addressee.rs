//! Whom does the client mean, and may they be asked? (CIBA Core section 7.1)

use crate::app::App;
use crate::config::Reach;
use crate::notifications::device_detail;
use crate::oauth::failure::Failure;
use crate::quiet_hours;
use crate::rate_limits::Caller;
use std::sync::Arc;
use tandem_core::ciba::id_token_hint;
use tandem_core::ciba::login_hint_token::{LoginHintToken, Named};
use tandem_core::ciba::refusal::Refusal;
use tandem_core::ciba::request::{BackchannelRequest, NamedBy};
use tandem_core::crossing::{Addressee, Hint};
use tandem_core::mitigations::facts::Attempt;
use tandem_core::mitigations::rate_limits::QuietTime;
use tandem_core::oauth::client::{Client, UserHints};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::time::Timestamp;
use tandem_store::{PersonSettings, StoreError, User};

/// Whom a request goes to, and what policy must know of them.
#[derive(Debug)]
pub struct Asked {
    /// Who.
    pub addressee: Addressee,
    /// How they were named.
    pub hint: Hint,
    /// Their quiet hours, and the client's.
    pub quiet_times: Vec<QuietTime>,
    /// Whether they were asked too often.
    pub attempts: Vec<Attempt>,
}

/// Why nobody is asked: the request is wrong, or the person cannot or must not be asked.
enum Unasked {
    /// The client hears it in any case.
    Wrong(Failure),
    /// The client hears it if it may know who exists.
    Person(Refusal),
}

impl From<StoreError> for Unasked {
    fn from(error: StoreError) -> Self {
        Self::Wrong(error.into())
    }
}

/// Finds the person. For a client that may not learn who exists, whoever cannot be asked becomes nobody.
pub async fn find(
    app: &App,
    client: &Client,
    asked: &BackchannelRequest,
    now: Timestamp,
) -> Result<Asked, Failure> {
    let hint = asked.named_by.hint();
    let quiet_times = |person| quiet_hours::of_both(client.tandem_quiet_hours.as_ref(), person, now);
    match person(app, client, asked, now).await {
        Ok((user, settings)) => Ok(Asked {
            hint,
            quiet_times: quiet_times(settings.quiet_hours.as_ref()),
            attempts: vec![app.limits.ask_person.take(&Caller::Name(&user.sub), now)],
            addressee: Addressee::Person(Arc::clone(&user.sub)),
        }),
        Err(Unasked::Person(refusal)) if client.tandem_user_hints == UserHints::Conceal => {
            tracing::info!(client_id = %client.client_id, %refusal, "a request for nobody was accepted");
            Ok(Asked {
                addressee: Addressee::Nobody,
                hint,
                quiet_times: quiet_times(None),
                attempts: Vec::new(),
            })
        }
        Err(Unasked::Person(refusal)) => Err(super::backchannel_authentication_endpoint::refused(refusal)),
        Err(Unasked::Wrong(failure)) => Err(failure),
    }
}

async fn person(
    app: &App,
    client: &Client,
    asked: &BackchannelRequest,
    now: Timestamp,
) -> Result<(Arc<User>, Arc<PersonSettings>), Unasked> {
    let user = named(app, client, &asked.named_by, now).await?;
    let settings = match &user {
        Some(user) => app.store.person_settings(&user.sub).await?,
        None => Arc::default(),
    };
    // The code is checked before anything else is told of the person, and at the same cost for nobody.
    if client.backchannel_user_code_parameter {
        check_user_code(app, user.as_deref(), &settings, asked.user_code.as_deref(), now).await?;
    }
    let user = user.ok_or(Unasked::Person(Refusal::UnknownUser))?;
    if app.config.ciba.reach == Reach::Device && !has_device(app, &user).await? {
        return Err(Unasked::Person(Refusal::UnknownUser));
    }
    Ok((user, settings))
}

/// Whether the person has a device that a request can get to.
async fn has_device(app: &App, user: &User) -> Result<bool, StoreError> {
    let devices = app.store.authorization_devices_of(&user.sub).await?;
    Ok(!devices.iter().all(|device| device_detail::is_gone(&app.keys, device)))
}

/// Who is named; `None` if nobody goes by that name.
async fn named(
    app: &App,
    client: &Client,
    named_by: &NamedBy,
    now: Timestamp,
) -> Result<Option<Arc<User>>, Unasked> {
    let by_name = |name: String| async move {
        let name = crate::people::usernames::normalise_username(&name);
        Ok::<_, Unasked>(match name {
            Ok(name) => app.store.user_by_username(&name).await?,
            Err(_) => None,
        })
    };
    let wrong =
        |refusal: Refusal| Unasked::Wrong(super::backchannel_authentication_endpoint::refused(refusal));
    match named_by {
        NamedBy::LoginHint(name) => by_name(name.clone()).await,
        NamedBy::LoginHintToken(token) => {
            app.effort.verify();
            let token = LoginHintToken::parse(token).map_err(wrong)?;
            let (by, source) = token.issuer(&app.hint_issuers).map_err(wrong)?;
            // Without keys nothing holds.
            let keys = app.published_keys.of(source, |keys| token.may_be_of(keys)).await.unwrap_or_default();
            match token.verify(by, &keys, app.issuer(), now).map_err(wrong)? {
                Named::Subject(sub) => Ok(app.store.user(&sub).await?),
                Named::Username(name) | Named::Email(name) => by_name(name).await,
            }
        }
        NamedBy::IdTokenHint(token) => {
            app.effort.verify();
            let signing = app.keys.signing();
            let sub = id_token_hint::verify(
                token,
                signing.published(),
                app.issuer(),
                &client.client_id,
                id_token_hint::USUAL_GRACE,
                now,
            )
            .map_err(wrong)?;
            Ok(app.store.user(&sub).await?)
        }
    }
}

/// CIBA Core section 7.1: a secret that the person gives to the client, so that not everybody who knows their name can
/// make their phone ring. Wrong ones count against the person, whoever sends them.
async fn check_user_code(
    app: &App,
    user: Option<&User>,
    settings: &PersonSettings,
    given: Option<&str>,
    now: Timestamp,
) -> Result<(), Unasked> {
    let Some(given) = given else {
        return match &settings.user_code_hash {
            Some(_) => Err(Unasked::Person(Refusal::UserCodeMissing)),
            None => Ok(()),
        };
    };
    let busy = |_| {
        Unasked::Wrong(Failure::new(
            ErrorCode::TemporarilyUnavailable,
            "too many user codes are being checked",
        ))
    };
    let turn = app.people.passwords.turn().await.map_err(busy)?;
    let sub = user.map_or("", |user| &user.sub);
    if let Attempt::Exceeded { retry_after } = app.limits.user_code_person.peek(&Caller::Name(sub), now) {
        return Err(Unasked::Person(Refusal::RateExceeded { retry_after }));
    }
    let right = turn.verify_hash(settings.user_code_hash.as_deref(), given).await.map_err(busy)?;
    // Somebody without a code cannot have given one: what was sent is not compared, and not needed.
    if right || (settings.user_code_hash.is_none() && user.is_some()) {
        return Ok(());
    }
    let _counted = app.limits.user_code_person.take(&Caller::Name(sub), now);
    Err(Unasked::Person(if user.is_some() { Refusal::UserCodeWrong } else { Refusal::UnknownUser }))
}
