//! The seventeen mitigations of BCP section 6.1, and how their verdicts become one clearance.
//!
//! Each has its row in [`TABLE`] and its file. What one raises as a [`Signal`], others may act on; what several need to
//! know of how suspicious a request is, [`Risk`] says once.

pub mod authenticate_then_initiate;
pub mod content_filtering;
pub mod detect_and_remediate;
pub mod establish_proximity;
pub mod facts;
pub mod limited_scopes;
pub mod one_time_codes;
pub mod policy;
pub mod rate_limits;
pub mod request_binding;
pub mod request_initiation_verification;
mod response;
mod risk;
pub mod sender_constrained_tokens;
pub mod short_lived_codes;
pub mod short_lived_tokens;
mod signal;
mod table;
mod trail;
pub mod trusted_devices;
pub mod trusted_networks;
pub mod unique_codes;
pub mod user_education;
pub mod user_experience;
mod verdict;

pub use facts::Facts;
pub use policy::Policy;
pub use response::Response;
pub use risk::Risk;
pub use signal::Signal;
pub use table::{Mitigation, Row, TABLE};
pub use trail::{Finding, Findings};
pub use verdict::{Ask, Hindrance, Limits, Reason, Verdict};

use crate::crossing::{Checkpoint, Clearance};

/// Asks every mitigation that has a word at checkpoint `C`, and folds the answers: one refusal refuses, else one
/// question asks, else all limits hold together. The result does not depend on the order of the table.
pub fn assess<C: Checkpoint>(facts: &Facts<'_>, policy: &Policy) -> Result<Clearance<C>, Hindrance> {
    let risk = Risk::of(facts, policy);
    let verdicts = TABLE
        .iter()
        .filter(|row| row.checkpoints.contains(&C::KIND))
        .map(|row| (row.mitigation, (row.assess)(C::KIND, facts, risk, policy)));
    let (limits, limited) = verdict::fold(verdicts)?;
    Ok(Clearance::with(limits, limited.or(Findings::of(facts, policy, risk))))
}
