//! One run of one flow between two devices, from its first request to its redemption or end.
//!
//! Every room drives this one state machine: `Pending` → `Approved` → `Redeemed`, or `Denied`, or past its time.
//! A transition that crosses a checkpoint demands a [`Clearance`], which only [`crate::mitigations::assess`] makes.
//! Transitions consume the old state and give a [`Step`]: the next state, and the [`Event`] that the journal keeps.
//! Replaying the events gives the same states again, since it runs the same functions.

mod approve;
mod backchannel;
mod clearance;
mod context;
mod decision;
mod handle;
mod initiate;
mod journal;
mod pin;
mod poll;
mod polling;
mod redeem;
mod request;
mod state;
mod step;
mod stop;
mod transfer;

pub use backchannel::{
    Addressee, Backchannel, DeliveryMode, Hint, NumberAnswer, NumberMatch, Sound, Verification,
};
pub use clearance::{Afterwards, Approve, Checkpoint, CheckpointKind, Clearance, Initiate, Redeem, Transfer};
pub use context::{Binding, Context, MAX_BINDING, MAX_LABEL, QrKind};
pub use decision::{Approval, Ceilings, Denial, DenialReason, PinDue, Presenter};
pub use handle::CrossingId;
pub use journal::{Event, ReplayError};
pub use pin::Pin;
pub use poll::{PollRefusal, Polled, poll, resume};
pub use polling::{Pace, Polling, SLOW_DOWN_STEP};
pub use request::{Initiation, Request, Room};
pub use state::{Approved, Crossing, Denied, Opening, Pending, Redeemed};
pub use step::{Step, TransitionRefusal};
