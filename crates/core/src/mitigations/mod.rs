//! The seventeen mitigations of BCP section 6.1, and how their verdicts become one clearance.
//!
//! Each has its row in [`TABLE`]; each that works has its file. To add one: write the file, name it in its row.

pub mod facts;
pub mod one_time_codes;
pub mod policy;
pub mod rate_limits;
pub mod request_initiation_verification;
pub mod sender_constrained_tokens;
pub mod short_lived_codes;
mod table;
pub mod unique_codes;
pub mod user_experience;
mod verdict;

pub use facts::Facts;
pub use policy::Policy;
pub use table::{Mitigation, Row, TABLE};
pub use verdict::{Ask, Hindrance, Limits, Reason, Verdict};

use crate::crossing::{Checkpoint, Clearance};

/// Asks every mitigation that has a word at checkpoint `C`, and folds the answers: one refusal refuses, else one
/// question asks, else all limits hold together. The result does not depend on the order of the table.
pub fn assess<C: Checkpoint>(facts: &Facts<'_>, policy: &Policy) -> Result<Clearance<C>, Hindrance> {
    let verdicts = TABLE
        .iter()
        .filter(|row| row.checkpoints.contains(&C::KIND))
        .map(|row| (row.mitigation, (row.assess)(C::KIND, facts, policy)));
    verdict::fold(verdicts).map(Clearance::with)
}
