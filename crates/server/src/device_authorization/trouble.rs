//! What does a person read when there is nothing to answer?

use super::pending::PendingCrossing;
use crate::app::App;
use crate::pages::views::{CodeTrouble, Decided, EnterCode, Outcome};
use crate::people::respond;
use crate::people::visit::Visit;
use axum::http::StatusCode;
use axum::response::Response;
use tandem_core::crossing::TransitionRefusal;
use tandem_core::mitigations::Hindrance;
use tandem_core::oauth::metadata::path;
use tandem_store::{ApplyError, StoreError};

/// What one answer or look meets.
pub type Met<T> = Result<T, Trouble>;

/// Why there is nothing to decide.
#[derive(Debug)]
pub enum Trouble {
    /// No such request, or none any more.
    Gone,
    /// Its time is over.
    Expired,
    /// Somebody answered.
    AlreadyAnswered,
    /// A mitigation stands in the way.
    Hindered(Hindrance),
    /// The store failed.
    Store(StoreError),
}

impl From<TransitionRefusal> for Trouble {
    fn from(refusal: TransitionRefusal) -> Self {
        match refusal {
            TransitionRefusal::Expired => Self::Expired,
            TransitionRefusal::AlreadyAnswered | TransitionRefusal::BeyondRequest => Self::AlreadyAnswered,
            TransitionRefusal::NotTheAddressee | TransitionRefusal::VerificationMissing => Self::Gone,
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

/// The page for a request that cannot be answered.
pub fn troubled(app: &App, visit: &Visit, trouble: Trouble) -> Response {
    let outcome = match trouble {
        Trouble::Store(error) => return respond::store_failure(app, &visit.id, error),
        Trouble::Expired => Outcome::Expired,
        Trouble::AlreadyAnswered => Outcome::AlreadyAnswered,
        Trouble::Gone | Trouble::Hindered(_) => {
            if let Trouble::Hindered(hindrance) = trouble {
                tracing::info!(?hindrance, "a mitigation stopped a decision");
            }
            let page = EnterCode { user_code: String::new(), trouble: Some(CodeTrouble::NotFound) };
            let mut response = respond::page_at(
                app,
                &visit.browser,
                &visit.id,
                StatusCode::NOT_FOUND,
                &page,
                path::VERIFICATION,
            );
            PendingCrossing::forget(app, &mut response);
            return response;
        }
    };
    decided(app, visit, StatusCode::GONE, outcome)
}
