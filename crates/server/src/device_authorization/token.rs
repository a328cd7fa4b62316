//! What does a poll bring? (RFC 8628 sections 3.4 and 3.5)

use super::device_authorization_endpoint::refused;
use crate::app::App;
use crate::edge::metrics;
use crate::oauth::answer;
use crate::oauth::call::Call;
use crate::oauth::failure::Failure;
use crate::oauth::{certificate_binding, issue, proof_of_possession};
use axum::response::Response;
use tandem_core::crossing::{Approved, Crossing, CrossingId, Redeem, Room};
use tandem_core::device_authorization::poll::{Polled, poll};
use tandem_core::device_authorization::refusal::Refusal;
use tandem_core::dpop::nonce::Audience;
use tandem_core::mitigations::facts::Sender;
use tandem_core::mitigations::{Facts, assess};
use tandem_core::oauth::client::Client;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::metadata::path;
use tandem_core::oauth::token_family::TokenFamily;
use tandem_core::time::Timestamp;
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
    let sender = certificate_binding::sender(call, client, proof, None);
    let collected = app.store.apply(id, |crossing| collect(app, client, crossing, sender, call.now)).await;
    let family = match collected {
        Ok(answer) => answer.map_err(refused)?,
        Err(ApplyError::Unknown) => return Err(refused(Refusal::CodeUnknown)),
        // Another poll is collecting at this moment, or has.
        Err(ApplyError::Busy | ApplyError::AlreadyRedeemed) => return Err(refused(Refusal::AlreadyRedeemed)),
        Err(ApplyError::NotDurable) => return Err(Failure::new(ErrorCode::ServerError, "the server erred")),
        Err(ApplyError::Store(error)) => return Err(error.into()),
    };
    metrics::crossing("redeemed");
    metrics::token_issued("device_code");
    Ok(answer::json(&issue::tokens(app, client, &family, &family.scope, call.now)?))
}

/// The transition of a poll: a new pace, or the redemption together with the family that it founds.
fn collect(
    app: &App,
    client: &Client,
    crossing: Crossing,
    sender: Sender,
    now: Timestamp,
) -> Change<Result<TokenFamily, Refusal>> {
    let Polled { next, event, answer } = poll(crossing, &client.client_id, now);
    let redeemed = answer.and_then(|approved| redeem(app, client, approved, sender, now));
    match redeemed {
        Ok((redeemed, event, family)) => Change {
            next: redeemed,
            write: Write::Redeem(event, Box::new(family.clone())),
            answer: Ok(family),
        },
        Err(refusal) => {
            Change { next, write: event.map_or(Write::Nothing, Write::Later), answer: Err(refusal) }
        }
    }
}

fn redeem(
    app: &App,
    client: &Client,
    approved: Approved,
    sender: Sender,
    now: Timestamp,
) -> Result<(Crossing, tandem_core::crossing::Event, TokenFamily), Refusal> {
    // A key pinned at initiation is known from the request only.
    let sender = Sender { pinned: approved.request.dpop_jkt, ..sender };
    let facts = Facts { request: Some(&approved.request), sender, ..Facts::at(now) };
    let clearance = assess::<Redeem>(&facts, &app.policy(Room::DeviceAuthorization, &client.client_id))?;
    let lifetimes = issue::lifetimes(app, client).within(clearance.limits());
    let family = TokenFamily::found(&approved, sender, lifetimes, client.may_refresh(), now);
    let step = approved.redeem(now, &clearance)?;
    Ok((step.next, step.event, family))
}
