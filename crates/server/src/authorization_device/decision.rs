//! What did the person decide in their app? `POST /authorization-device/requests/{id}/decision`

use super::REQUESTS;
use super::call::{of_device, respond, unknown_request};
use super::device::Device;
use super::shown::Shown;
use super::signed_decision::{self, Reading, SignedDecision, UserVerification, Word};
use crate::app::App;
use crate::ciba::decide::{self, Answer, Answering, Trouble, Yes, addressed_to};
use crate::incidents::reporting::{Reporter, report_collected};
use crate::oauth::answer;
use crate::oauth::call::Call;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tandem_core::crossing::{CrossingId, DenialReason};
use tandem_core::mitigations::establish_proximity::Coordinates;
use tandem_core::mitigations::facts::ContextShown;
use tandem_core::mitigations::{Hindrance, Reason};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::token_family::{Authentication, AuthenticationMethod};

#[derive(Deserialize)]
struct Decided {
    decision: String,
    /// Where the phone says it is, as `latitude,longitude,accuracy in metres`.
    coordinates: Option<String>,
}

#[derive(Serialize)]
struct Became {
    outcome: &'static str,
    /// What the person types on the consumption device before the yes is worth anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pin: Option<String>,
}

/// `POST /authorization-device/requests/{id}/decision`.
pub(super) async fn decide(
    State(app): State<Arc<App>>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = match id.ok().and_then(|Path(id)| CrossingId::parse(&id)) {
        Some(id) => handle(&app, id, request).await,
        None => Err(unknown_request()),
    };
    respond(&app, nonce, answer)
}

async fn handle(app: &App, id: CrossingId, request: Request) -> Result<Response, Failure> {
    let (proven, device) = of_device(app, request, &format!("{REQUESTS}/{id}/decision")).await?;
    let (call, body) = proven.json::<Decided>(app).await?;
    // What cannot be read counts as not sent.
    let coordinates = body.coordinates.as_deref().and_then(|text| Coordinates::parse(text).ok());
    let sub = Arc::clone(&device.user.sub);
    let Some(crossing) = addressed_to(app, id, &sub) else {
        return reported_late(app, id, &device, body, &call).await;
    };
    let asked = crossing.request().ok_or_else(unknown_request)?;
    let client = app.clients.get(&asked.client_id).ok_or_else(unknown_request)?;
    let signed = signed_decision::verify(app, &device, &body.decision, call.now)?;
    if !Shown::of(id, asked, &client).is(&signed.shown) {
        return Err(Failure::new(
            ErrorCode::InvalidRequest,
            "what was signed is not what this request shows",
        ));
    }
    let (answer, outcome) = meaning(signed, body.decision)?;
    let answering = Answering {
        by: Authentication { sub, auth_time: call.now, method: AuthenticationMethod::AppKey },
        address: call.address,
        coordinates,
        now: call.now,
        answer,
        // That is what the signature over `shown` says.
        context: ContextShown::DecisionPage,
    };
    let settled = decide::decide(app, id, answering).await.map_err(refusal)?;
    Ok(answer::json(&Became { outcome, pin: settled.pin.map(|pin| pin.display()) }))
}

/// What was collected can still be reported. It keeps nothing of what was shown that could be compared.
async fn reported_late(
    app: &App,
    id: CrossingId,
    device: &Device,
    body: Decided,
    call: &Call,
) -> Result<Response, Failure> {
    let sub = &device.user.sub;
    let family = app.store.family(id).await?.filter(|family| family.authentication.sub == *sub);
    if family.is_none() {
        return Err(unknown_request());
    }
    let signed = signed_decision::verify(app, device, &body.decision, call.now)?;
    if signed.decision != Word::Report {
        return Err(unknown_request());
    }
    report_collected(app, id, Reporter { sub, address: call.address }, call.now).await?;
    Ok(answer::json(&Became { outcome: "reported", pin: None }))
}

/// The answer, and the word for it. A no needs no proof of who holds the phone: nothing may stand in its way.
fn meaning(signed: SignedDecision, jws: String) -> Result<(Answer, &'static str), Failure> {
    match (signed.decision, signed.user_verification) {
        (Word::Deny, _) => Ok((Answer::Deny, "denied")),
        (Word::Report, _) => Ok((Answer::Report, "reported")),
        (Word::Approve, UserVerification::None) => Err(Failure::new(
            ErrorCode::AccessDenied,
            "the app must make sure who holds it before it approves",
        )),
        (Word::Approve, UserVerification::Biometric | UserVerification::Pin) => {
            let yes = Yes {
                number: signed.number,
                binding: signed.binding,
                warned: signed.warning == Reading::Read,
                decision: Some(jws.into()),
            };
            Ok((Answer::Allow(yes), "approved"))
        }
    }
}

/// What an app hears of a request that was not answered.
pub(super) fn refusal(trouble: Trouble) -> Failure {
    let denied = |description| Failure::new(ErrorCode::AccessDenied, description);
    match trouble {
        Trouble::Gone => unknown_request(),
        Trouble::Expired => Failure::new(ErrorCode::ExpiredToken, "the request has expired"),
        Trouble::AlreadyAnswered => Failure::new(ErrorCode::InvalidGrant, "the request has been answered"),
        Trouble::NumberMissing => denied("the number that the other screen shows is needed"),
        Trouble::WrongNumber { tries_left: 0 } => denied("the number is wrong, and the request has ended"),
        Trouble::WrongNumber { tries_left } => Failure::explained(
            ErrorCode::AccessDenied,
            &format!("the number is wrong; tries left: {tries_left}"),
        ),
        Trouble::BindingMissing => denied(
            "what was typed on the other screen is needed: an app that cannot ask for it cannot approve this",
        ),
        Trouble::WrongBinding { tries_left: 0 } => {
            denied("that is not what was typed on the other screen, and the request has ended")
        }
        Trouble::WrongBinding { tries_left } => Failure::explained(
            ErrorCode::AccessDenied,
            &format!("that is not what was typed on the other screen; tries left: {tries_left}"),
        ),
        Trouble::WarningUnread => denied(
            "the warning must be read first: an app that does not show it and sign that it was read cannot approve this",
        ),
        Trouble::VerificationMissing => denied("the request demands a stronger proof of who answers"),
        Trouble::Ended(reason) => {
            Failure::explained(ErrorCode::InvalidGrant, &format!("the request was ended: {}", ended(reason)))
        }
        Trouble::Hindered(hindrance) => {
            tracing::info!(?hindrance, "an app's decision was hindered");
            match hindrance {
                Hindrance::Refused(_, reason) => Failure::explained(
                    ErrorCode::AccessDenied,
                    &format!("policy refuses this: {}", refused(reason)),
                ),
                Hindrance::Asked(_) => denied("policy stands in the way of this answer"),
            }
        }
        Trouble::Store(error) => error.into(),
    }
}

/// Why policy refuses, as far as a person may know.
pub(super) const fn refused(reason: Reason) -> &'static str {
    match reason {
        Reason::Apart => "the devices are not near each other",
        Reason::NetworkNotTrusted => "nobody answers from this network",
        Reason::NotTheInitiator => "somebody else signed in on the other screen",
        Reason::CodeContested => "it was opened in two places",
        _ => "something went wrong with the request before",
    }
}

const fn ended(reason: DenialReason) -> &'static str {
    match reason {
        DenialReason::Contested => "it was opened in two places",
        DenialReason::PinMissed => "wrong PINs came from the other screen",
        _ => "something went wrong with it",
    }
}
