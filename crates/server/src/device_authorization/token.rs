//! What does a poll bring? (RFC 8628 sections 3.4 and 3.5)

use super::device_authorization_endpoint::refused;
use crate::app::App;
use crate::edge::metrics;
use crate::oauth::answer;
use crate::oauth::call::Call;
use crate::oauth::failure::Failure;
use crate::oauth::{certificate_binding, issue, proof_of_possession};
use crate::redemption::{self, Collecting, NotCollected};
use crate::trusted_devices;
use axum::response::Response;
use tandem_core::crossing::{Crossing, CrossingId, Room};
use tandem_core::device_authorization::poll::{Polled, poll};
use tandem_core::device_authorization::refusal::Refusal;
use tandem_core::dpop::nonce::Audience;
use tandem_core::mitigations::Signal;
use tandem_core::oauth::client::Client;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::metadata::path;
use tandem_core::oauth::token_family::TokenFamily;
use tandem_store::{ApplyError, Change, Write};

/// The device code grant of an authenticated client. The code is looked at before the proof and the pace, the pace
/// before the outcome, and collecting is one transition that only one caller can make.
pub async fn token(app: &App, call: &Call, client: &Client) -> Result<Response, Failure> {
    let device_code = call.form.get("device_code").ok_or_else(|| refused(Refusal::CodeMissing))?;
    let id = CrossingId::of_secret(device_code);
    let known = app.store.crossing(id).ok_or_else(|| refused(Refusal::CodeUnknown))?;
    if *known.client_id() != client.client_id {
        return Err(refused(Refusal::IssuedToAnotherClient));
    }
    let proof = proof_of_possession::check(app, call, path::TOKEN, Audience::AuthorizationServer, None)?;
    let instance = known.request().and_then(|request| request.instance());
    trusted_devices::same_instance(app, call, client, Room::DeviceAuthorization, proof, instance).await?;
    let sender = certificate_binding::sender(call, client, proof, None);
    let by = Collecting { client, sender, pin: call.form.get("tandem_pin").into(), now: call.now };
    let collected = app.store.apply(id, |crossing| collect(app, crossing, by)).await;
    if let Ok(Err(refusal)) = &collected
        && let Some(signal) = sign(refusal)
    {
        redemption::tell(app, id, signal, call, client).await;
    }
    let family = match collected {
        Ok(answer) => answer.map_err(refused)?,
        Err(ApplyError::Unknown) => return Err(refused(Refusal::CodeUnknown)),
        // Another poll is collecting at this moment, or has.
        Err(ApplyError::Busy) if is_pin_due(&known) => return Err(refused(Refusal::PinDue)),
        Err(ApplyError::Busy | ApplyError::AlreadyRedeemed) => return Err(refused(Refusal::AlreadyRedeemed)),
        Err(ApplyError::NotDurable) => return Err(Failure::new(ErrorCode::ServerError, "the server erred")),
        Err(ApplyError::Store(error)) => return Err(error.into()),
    };
    metrics::crossing("redeemed");
    metrics::token_issued("device_code");
    Ok(answer::json(&issue::tokens(app, client, &family, &family.scope, call.now)?))
}

/// The sign of misuse that a refusal is.
const fn sign(refusal: &Refusal) -> Option<Signal> {
    match refusal {
        Refusal::ForeignKey => Some(Signal::ForeignKey),
        Refusal::PinWrong { tries_left: 0 } => Some(Signal::PinMissed),
        _ => None,
    }
}

/// Whether another poll at this moment may be a wrong PIN on its way to the disk, and no redemption.
fn is_pin_due(known: &Crossing) -> bool {
    matches!(known, Crossing::Approved(approved) if approved.pin_due())
}

/// The transition of a poll: a new pace, or what collecting comes to.
fn collect(app: &App, crossing: Crossing, by: Collecting<'_>) -> Change<Result<TokenFamily, Refusal>> {
    let Polled { next, event, answer } = poll(crossing, &by.client.client_id, by.now);
    match answer {
        Ok(approved) => told(redemption::collect(app, approved, by)),
        Err(refusal) => {
            Change { next, write: event.map_or(Write::Nothing, Write::Later), answer: Err(refusal) }
        }
    }
}

fn told(change: Change<Result<TokenFamily, NotCollected>>) -> Change<Result<TokenFamily, Refusal>> {
    let answer = change.answer.map_err(|why| match why {
        NotCollected::PinDue => Refusal::PinDue,
        NotCollected::PinWrong { tries_left } => Refusal::PinWrong { tries_left },
        NotCollected::Hindered(hindrance) => hindrance.into(),
        NotCollected::Impossible(refusal) => refusal.into(),
    });
    Change { next: change.next, write: change.write, answer }
}
