//! Is there still time, however the bytes of a file are arranged?
//!
//! What is read once may be read again where something was written into something else. So not the things that were found are
//! counted but the bytes that were passed.

/// So many bytes are passed between two questions for the time.
const LAP: usize = 512 * 1024;
/// What one more thing costs, however short it is.
const LEAST: usize = 32;

/// Asks now and then whether there is time.
pub(super) struct Pace<'a> {
    go_on: &'a dyn Fn() -> bool,
    passed: usize,
}

impl<'a> Pace<'a> {
    pub(super) fn new(go_on: &'a dyn Fn() -> bool) -> Self {
        Self { go_on, passed: 0 }
    }

    /// Whether there is time after so many bytes more.
    pub(super) fn goes_on(&mut self, bytes: usize) -> bool {
        self.passed = self.passed.saturating_add(bytes).saturating_add(LEAST);
        if self.passed < LAP {
            return true;
        }
        self.passed = 0;
        (self.go_on)()
    }
}
