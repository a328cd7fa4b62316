//! What does a person read when there is nothing to answer, or nothing any more?

use super::DECISION;
use super::pending::PendingCrossing;
use crate::app::App;
use crate::pages::views::{CodeTrouble, Decided, EnterCode, Failure, FailureKind, Outcome, ShowPin, Why};
use crate::people::browser::SignedIn;
use crate::people::decision_form::Saw;
use crate::people::respond;
use crate::people::visit::Visit;
use crate::pin;
use axum::http::StatusCode;
use axum::response::Response;
use tandem_core::crossing::{Approved, Crossing, DenialReason, TransitionRefusal};
use tandem_core::mitigations::{Hindrance, Reason};
use tandem_core::oauth::metadata::path;
use tandem_store::{ApplyError, StoreError};

/// What one answer or look meets.
pub type Met<T> = Result<T, Trouble>;

/// Why there is nothing to decide, or nothing was decided.
#[derive(Debug)]
pub enum Trouble {
    /// No such request, or none any more.
    Gone,
    /// Its time is over.
    Expired,
    /// Somebody answered, or it was ended.
    AlreadyAnswered,
    /// The number, or what was typed on the device, is wrong.
    Missed {
        /// Which of them.
        what: Missed,
        /// How many more may be given; none: it has ended.
        tries_left: u8,
    },
    /// A fresh passkey is demanded.
    VerificationMissing,
    /// A mitigation stands in the way.
    Hindered(Hindrance),
    /// The store failed.
    Store(StoreError),
}

/// What a person gave wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// The number that the device shows.
    Number,
    /// What was typed on the device.
    Binding,
}

impl Trouble {
    /// What stands in the way, if it is a mitigation.
    pub const fn hindrance(&self) -> Option<&Hindrance> {
        match self {
            Self::Hindered(hindrance) => Some(hindrance),
            _ => None,
        }
    }
}

impl From<TransitionRefusal> for Trouble {
    fn from(refusal: TransitionRefusal) -> Self {
        match refusal {
            TransitionRefusal::Expired => Self::Expired,
            TransitionRefusal::AlreadyAnswered | TransitionRefusal::BeyondRequest => Self::AlreadyAnswered,
            TransitionRefusal::NotTheAddressee => Self::Gone,
            TransitionRefusal::VerificationMissing => Self::VerificationMissing,
        }
    }
}

impl From<ApplyError> for Trouble {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Unknown => Self::Gone,
            ApplyError::Busy | ApplyError::AlreadyRedeemed | ApplyError::NotDurable => Self::AlreadyAnswered,
            ApplyError::Store(error) => Self::Store(error),
        }
    }
}

/// The page after the answer; the browser has nothing to answer any more.
pub fn decided(app: &App, visit: &Visit, status: StatusCode, outcome: Outcome) -> Response {
    let mut response = respond::page(app, &visit.browser, &visit.id, status, &Decided { outcome });
    PendingCrossing::forget(app, &mut response);
    response
}

/// The page for a request that cannot be answered. Only who brought its true code gets here, so that they are told why.
pub fn troubled(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    current: &PendingCrossing,
    trouble: Trouble,
) -> Response {
    match trouble {
        Trouble::Store(error) => respond::store_failure(app, &visit.id, error),
        Trouble::Expired => decided(app, visit, StatusCode::GONE, Outcome::Expired),
        Trouble::AlreadyAnswered => answered_before(app, visit, person, current),
        Trouble::Missed { what, .. } => {
            decided(app, visit, StatusCode::FORBIDDEN, missed(what, asker(app, current)))
        }
        Trouble::Hindered(hindrance) => hindered(app, visit, &hindrance),
        Trouble::Gone | Trouble::VerificationMissing => not_found(app, visit),
    }
}

fn hindered(app: &App, visit: &Visit, hindrance: &Hindrance) -> Response {
    tracing::info!(?hindrance, "a mitigation stopped a decision");
    match hindrance {
        Hindrance::Refused(_, Reason::CodeExpired) => decided(app, visit, StatusCode::GONE, Outcome::Expired),
        Hindrance::Refused(_, Reason::RateExceeded { retry_after }) => {
            let seconds = retry_after.as_secs().max(1);
            let page = Failure {
                kind: FailureKind::TooManyRequests,
                retry_after: Some(seconds),
                next: Some(DECISION.to_owned()),
            };
            let status = StatusCode::TOO_MANY_REQUESTS;
            let response = respond::page(app, &visit.browser, &visit.id, status, &page);
            respond::with_retry_after(response, seconds)
        }
        Hindrance::Refused(_, reason) => match Why::of(*reason) {
            Some(why) => decided(app, visit, StatusCode::FORBIDDEN, Outcome::Refused { why }),
            None => not_found(app, visit),
        },
        Hindrance::Asked(_) => not_found(app, visit),
    }
}

/// What became of a request that was answered or ended, as far as it concerns this person.
fn answered_before(app: &App, visit: &Visit, person: &SignedIn, current: &PendingCrossing) -> Response {
    let sub = &person.user.sub;
    let outcome = match app.store.crossing(current.id) {
        Some(Crossing::Approved(approved))
            if approved.pin_due()
                && approved.approval.authentication.sub == *sub
                && !approved.request.is_expired(visit.now) =>
        {
            return show_pin(app, visit, person, current, &approved);
        }
        Some(Crossing::Denied(denied)) => {
            let theirs = denied.denial.sub == *sub;
            match (denied.denial.reason, Why::ended(denied.denial.reason)) {
                (_, Some(why)) => Outcome::Refused { why },
                (DenialReason::NumberMissed, _) if theirs => missed(Missed::Number, asker(app, current)),
                (DenialReason::BindingMissed, _) if theirs => missed(Missed::Binding, asker(app, current)),
                _ => Outcome::AlreadyAnswered,
            }
        }
        _ => Outcome::AlreadyAnswered,
    };
    decided(app, visit, StatusCode::GONE, outcome)
}

/// The PIN for the device, after a yes (BCP 6.1.16). It can be shown again for as long as nothing was collected.
pub fn show_pin(
    app: &App,
    visit: &Visit,
    person: &SignedIn,
    current: &PendingCrossing,
    approved: &Approved,
) -> Response {
    let expires_at = approved.request.expires_at;
    let page = ShowPin {
        action: DECISION.to_owned(),
        asker: asker(app, current),
        device: approved.request.device.kind,
        pin: pin::of(app, approved.id).display(),
        seconds_left: expires_at.since(visit.now).as_secs(),
        crossing: current.form(app, person, Saw::NoQuestion, expires_at),
    };
    let mut response = respond::page_at(app, &visit.browser, &visit.id, StatusCode::OK, &page, DECISION);
    current.remember(app, &mut response, expires_at);
    response
}

/// The name of the client that asks.
pub fn asker(app: &App, current: &PendingCrossing) -> String {
    let crossing = app.store.crossing(current.id);
    let client = crossing.and_then(|crossing| app.clients.get(crossing.client_id()));
    client.map_or_else(String::new, |client| client.client_name.clone())
}

const fn missed(what: Missed, asker: String) -> Outcome {
    match what {
        Missed::Number => Outcome::NumberWrong { asker },
        Missed::Binding => Outcome::BindingWrong { asker },
    }
}

fn not_found(app: &App, visit: &Visit) -> Response {
    let page = EnterCode { user_code: String::new(), trouble: Some(CodeTrouble::NotFound) };
    let status = StatusCode::NOT_FOUND;
    let mut response = respond::page_at(app, &visit.browser, &visit.id, status, &page, path::VERIFICATION);
    PendingCrossing::forget(app, &mut response);
    response
}
