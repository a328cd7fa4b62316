//! What time is it, and where does randomness come from? The only two places that ask the machine.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{SystemTime, UNIX_EPOCH};
use tandem_core::time::Timestamp;

/// Where the time comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine.
    #[default]
    System,
    /// A test, which moves it by hand.
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// A clock that stands still at this moment until it is moved.
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicU64::new(at.as_millis())))
    }

    /// Now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may ask")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::Manual(millis) => Timestamp::from_millis(millis.load(Ordering::SeqCst)),
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
            }
        }
    }

    /// Moves a manual clock on; the machine's own cannot be moved.
    pub fn advance(&self, by: std::time::Duration) {
        if let Self::Manual(millis) = self {
            millis.fetch_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
        }
    }
}

/// Random bytes of the cryptographic library.
#[derive(Debug, Clone, Copy, Default)]
pub struct Random;

impl Random {
    /// The library's own source, for its signatures.
    pub fn source(self) -> &'static dyn SecureRandom {
        static SOURCE: LazyLock<SystemRandom> = LazyLock::new(SystemRandom::new);
        &*SOURCE
    }

    /// `N` fresh bytes.
    ///
    /// # Panics
    /// If the machine has no randomness to give: nothing may go on without it.
    #[expect(
        clippy::disallowed_methods,
        clippy::expect_used,
        reason = "the one place that may ask; no fallback is safe"
    )]
    pub fn bytes<const N: usize>(self) -> [u8; N] {
        let mut bytes = [0; N];
        aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives random bytes");
        bytes
    }
}
