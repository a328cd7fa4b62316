//! What did the person decide in their app? `POST /authorization-device/requests/{id}/decision`

use super::REQUESTS;
use super::call::{of_device, respond, unknown_request};
use super::shown::Shown;
use super::signed_decision::{self, SignedDecision, UserVerification, Word};
use crate::app::App;
use crate::ciba::decide::{self, Answer, Answering, Trouble, addressed_to};
use crate::oauth::answer;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::mitigations::facts::ContextShown;
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::token_family::{Authentication, AuthenticationMethod};

#[derive(Deserialize)]
struct Decided {
    decision: String,
}

#[derive(Serialize)]
struct Became {
    outcome: &'static str,
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
    let sub = Arc::clone(&device.user.sub);
    let crossing = addressed_to(app, id, &sub).ok_or_else(unknown_request)?;
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
        now: call.now,
        answer,
        // That is what the signature over `shown` says.
        context: ContextShown::DecisionPage,
    };
    decide::decide(app, id, answering).await.map_err(refusal)?;
    Ok(answer::json(&Became { outcome }))
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
            Ok((Answer::Allow { number: signed.number, decision: Some(jws.into()) }, "approved"))
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
        Trouble::VerificationMissing => denied("the request demands a stronger proof of who answers"),
        Trouble::Hindered(hindrance) => {
            tracing::info!(?hindrance, "an app's decision was hindered");
            denied("policy stands in the way of this answer")
        }
        Trouble::Store(error) => error.into(),
    }
}
