//! May this transition happen? A `Clearance` says so, and only the policy can make one.

use crate::mitigations::{Findings, Limits};
use std::marker::PhantomData;

/// The five points of a crossing where policy is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CheckpointKind {
    /// A device asks.
    Initiate,
    /// Session or authorization data reaches the other device.
    Transfer,
    /// A person answers.
    Approve,
    /// The result is collected.
    Redeem,
    /// It can still be reported, refreshed, revoked.
    Afterwards,
}

impl CheckpointKind {
    /// All five, in the order of a crossing.
    pub const ALL: [Self; 5] =
        [Self::Initiate, Self::Transfer, Self::Approve, Self::Redeem, Self::Afterwards];
}

mod sealed {
    /// Keeps the set of checkpoints closed.
    pub trait Sealed {}
}

/// A checkpoint as a type, so that a clearance for one cannot pass for another.
pub trait Checkpoint: sealed::Sealed {
    /// Which one it is.
    const KIND: CheckpointKind;
}

/// The checkpoint where a device asks.
#[derive(Debug)]
pub enum Initiate {}
/// The checkpoint where the data reaches the other device.
#[derive(Debug)]
pub enum Transfer {}
/// The checkpoint where a person answers.
#[derive(Debug)]
pub enum Approve {}
/// The checkpoint where the result is collected.
#[derive(Debug)]
pub enum Redeem {}
/// The checkpoint of everything later.
#[derive(Debug)]
pub enum Afterwards {}

impl sealed::Sealed for Initiate {}
impl sealed::Sealed for Transfer {}
impl sealed::Sealed for Approve {}
impl sealed::Sealed for Redeem {}
impl sealed::Sealed for Afterwards {}

impl Checkpoint for Initiate {
    const KIND: CheckpointKind = CheckpointKind::Initiate;
}
impl Checkpoint for Transfer {
    const KIND: CheckpointKind = CheckpointKind::Transfer;
}
impl Checkpoint for Approve {
    const KIND: CheckpointKind = CheckpointKind::Approve;
}
impl Checkpoint for Redeem {
    const KIND: CheckpointKind = CheckpointKind::Redeem;
}
impl Checkpoint for Afterwards {
    const KIND: CheckpointKind = CheckpointKind::Afterwards;
}

/// Proof that policy was asked at checkpoint `C` and did not refuse, with what it limited.
/// It has no public constructor: forgetting to ask does not compile.
#[derive(Debug)]
pub struct Clearance<C: Checkpoint> {
    limits: Limits,
    findings: Findings,
    checkpoint: PhantomData<C>,
}

impl<C: Checkpoint> Clearance<C> {
    /// For the fold of all verdicts, and for the replay of what was cleared before.
    pub(crate) const fn with(limits: Limits, findings: Findings) -> Self {
        Self { limits, findings, checkpoint: PhantomData }
    }

    /// What policy found, for the record.
    pub const fn findings(&self) -> Findings {
        self.findings
    }

    /// What policy tightened.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }
}
