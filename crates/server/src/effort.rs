//! How much dear work was done? Signatures and verifications are the processor's budget: counted, shown, and tested.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What was done since the start.
#[derive(Debug, Default)]
pub struct Effort {
    signatures: AtomicU64,
    verifications: AtomicU64,
}

impl Effort {
    /// A token is signed.
    pub fn sign(&self) {
        self.signatures.fetch_add(1, Relaxed);
    }

    /// A proof, assertion or token comes as far as to have its signature checked, or nearly so.
    pub fn verify(&self) {
        self.verifications.fetch_add(1, Relaxed);
    }

    /// Tokens signed.
    pub fn signatures(&self) -> u64 {
        self.signatures.load(Relaxed)
    }

    /// Foreign or own signatures checked.
    pub fn verifications(&self) -> u64 {
        self.verifications.load(Relaxed)
    }
}
