//! Something was misused: what is an incident, what lives does it have, and what follows from what? (BCP 6.1.6)
//!
//! An incident is opened by a [`Cause`], under a [`Rules`] table that says whether it is contained at once, only recorded, or
//! ignored: of a security event a [`Finding`] says so. It has [`Target`]s, which containment ends: one crossing and the family that came of it, or everything of a person,
//! client or device. Its [`State`] goes from open to contained to closed; closing can be undone, containment is repeated without
//! harm. What it touched ([`Touched`]) and what was done by whom ([`Actor`]) stay with it.

mod actor;
mod announcement;
mod cause;
mod concern;
mod finding;
mod rules;
mod state;
mod target;

pub use actor::Actor;
pub use announcement::{DistrustedDevice, EndSessions, Told};
pub use cause::Cause;
pub use finding::{DryRun, Finding, Noticed};
pub use rules::{Response, Rules};
pub use state::{ContainRefusal, State};
pub use target::{Role, Target, Touched, TouchedKind};
