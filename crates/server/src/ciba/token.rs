//! What does a poll bring? (CIBA Core sections 10.1 and 11)

use super::backchannel_authentication_endpoint::refused;
use crate::app::App;
use crate::edge::metrics;
use crate::oauth::answer;
use crate::oauth::call::Call;
use crate::oauth::failure::Failure;
use crate::oauth::{certificate_binding, issue, proof_of_possession};
use crate::redemption::{self, Collecting, NotCollected};
use crate::trusted_devices;
use axum::response::Response;
use std::time::Duration;
use tandem_core::ciba::poll::{Polled, may_poll, poll, resume};
use tandem_core::ciba::refusal::Refusal;
use tandem_core::crossing::{Crossing, CrossingId, Room};
use tandem_core::dpop::nonce::Audience;
use tandem_core::mitigations::Signal;
use tandem_core::oauth::client::{Client, UserHints};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::metadata::path;
use tandem_core::oauth::token_family::TokenFamily;
use tandem_store::{ApplyError, Change, Write};

/// A waiting poll is answered this much before its request expires, so that the client hears that it has.
const BEFORE_EXPIRY: Duration = Duration::from_secs(1);

/// Whether a poll is the client's own, or goes on after it has waited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    First,
    AfterWaiting,
}

/// The CIBA grant of an authenticated client.
pub async fn token(app: &App, call: &Call, client: &Client) -> Result<Response, Failure> {
    may_poll(client).map_err(refused)?;
    let auth_req_id = call.form.get("auth_req_id").ok_or_else(|| refused(Refusal::IdMissing))?;
    let id = CrossingId::of_secret(auth_req_id);
    let known = app.store.crossing(id).filter(is_ours).ok_or_else(|| refused(Refusal::IdUnknown))?;
    if *known.client_id() != client.client_id {
        return Err(refused(Refusal::IssuedToAnotherClient));
    }
    let proof = proof_of_possession::check(app, call, path::TOKEN, Audience::AuthorizationServer, None)?;
    let instance = known.request().and_then(|request| request.instance());
    trusted_devices::same_instance(app, call, client, Room::Ciba, proof, instance).await?;
    let sender = certificate_binding::sender(call, client, proof, None);
    let by = Collecting { client, sender, pin: call.form.get("tandem_pin").into(), now: call.now };
    // From here on, before the state is looked at, so that no answer in between is missed.
    let wait = patience(app, client, &known);
    let mut watch = (!wait.is_zero()).then(|| app.store.crossing_changed(id));
    let mut outcome = collect(app, id, by, Turn::First).await;
    if let (Err(Collected::Refused(Refusal::Pending)), Some(watch)) = (&outcome, &mut watch) {
        // Whether it was answered or the time ran out, the crossing says.
        let mut closing = app.closing.subscribe();
        tokio::select! {
            () = watch.changed() => {}
            _ = closing.wait_for(|closing| *closing) => {}
            () = tokio::time::sleep(wait) => {}
        }
        outcome = collect(app, id, Collecting { now: app.clock.now(), ..by }, Turn::AfterWaiting).await;
    }
    if let Err(Collected::Refused(refusal)) = &outcome
        && let Some(signal) = sign(refusal)
    {
        redemption::tell(app, id, signal, call, client).await;
    }
    let family = outcome.map_err(Failure::from)?;
    metrics::crossing("redeemed");
    metrics::token_issued("ciba");
    Ok(answer::json(&issue::tokens(app, client, &family, &family.scope, app.clock.now())?))
}

/// The sign of misuse that a refusal is.
const fn sign(refusal: &Refusal) -> Option<Signal> {
    match refusal {
        Refusal::ForeignKey => Some(Signal::ForeignKey),
        Refusal::PinWrong { tries_left: 0 } => Some(Signal::PinMissed),
        _ => None,
    }
}

fn is_ours(crossing: &Crossing) -> bool {
    // A redeemed crossing keeps no request; its refusal is the same in every room.
    crossing.request().is_none_or(|request| request.room == Room::Ciba)
}

/// How long this poll may wait: as long as the client registered, and never past the end of the request.
fn patience(app: &App, client: &Client, crossing: &Crossing) -> Duration {
    let ends_at = match client.tandem_user_hints {
        UserHints::Conceal => crossing.expires_at(),
        UserHints::Reveal => crossing.ends_at(),
    };
    let left = ends_at.since(app.clock.now()).saturating_sub(BEFORE_EXPIRY);
    Duration::from_secs(client.tandem_long_polling.into()).min(left)
}

/// Why nothing was collected.
enum Collected {
    Refused(Refusal),
    Failed(Failure),
}

impl From<Collected> for Failure {
    fn from(collected: Collected) -> Self {
        match collected {
            Collected::Refused(refusal) => refused(refusal),
            Collected::Failed(failure) => failure,
        }
    }
}

/// One look, which only one caller can make the redemption.
async fn collect(
    app: &App,
    id: CrossingId,
    by: Collecting<'_>,
    turn: Turn,
) -> Result<TokenFamily, Collected> {
    let transition = |crossing| change(app, crossing, by, turn);
    match app.store.apply(id, transition).await {
        Ok(answer) => answer.map_err(Collected::Refused),
        Err(ApplyError::Unknown) => Err(Collected::Refused(Refusal::IdUnknown)),
        Err(ApplyError::Busy) if is_pin_due(app, id) => Err(Collected::Refused(Refusal::PinDue)),
        // Another poll is collecting at this moment, or has.
        Err(ApplyError::Busy | ApplyError::AlreadyRedeemed) => {
            Err(Collected::Refused(Refusal::AlreadyRedeemed))
        }
        Err(ApplyError::NotDurable) => {
            Err(Collected::Failed(Failure::new(ErrorCode::ServerError, "the server erred")))
        }
        Err(ApplyError::Store(error)) => Err(Collected::Failed(error.into())),
    }
}

/// Whether another poll at this moment may be a wrong PIN on its way to the disk, and no redemption.
fn is_pin_due(app: &App, id: CrossingId) -> bool {
    matches!(app.store.crossing(id), Some(Crossing::Approved(approved)) if approved.pin_due())
}

fn change(
    app: &App,
    crossing: Crossing,
    by: Collecting<'_>,
    turn: Turn,
) -> Change<Result<TokenFamily, Refusal>> {
    let lives = by.now < crossing.expires_at();
    let Polled { next, event, answer } = match turn {
        Turn::First => poll(crossing, by.client, by.now),
        Turn::AfterWaiting => resume(crossing, by.client, by.now),
    };
    match answer {
        // That nobody opened it in time tells whether there is anybody: a client that may not learn that waits for the end.
        Err(Refusal::RequestExpired) if lives && by.client.tandem_user_hints == UserHints::Conceal => {
            Change { next, write: Write::Nothing, answer: Err(Refusal::Pending) }
        }
        Ok(approved) => {
            let Change { next, write, answer } = redemption::collect(app, approved, by);
            Change { next, write, answer: answer.map_err(told) }
        }
        Err(refusal) => {
            Change { next, write: event.map_or(Write::Nothing, Write::Later), answer: Err(refusal) }
        }
    }
}

/// Why nothing was collected, in this room's words.
pub(super) fn told(why: NotCollected) -> Refusal {
    match why {
        NotCollected::PinDue => Refusal::PinDue,
        NotCollected::PinWrong { tries_left } => Refusal::PinWrong { tries_left },
        NotCollected::Hindered(hindrance) => hindrance.into(),
        NotCollected::Impossible(refusal) => refusal.into(),
    }
}
