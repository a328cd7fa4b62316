//! What did the doctor find about one thing?

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Right,
    Look,
    Wrong,
    Skipped,
}

/// One line of the doctor's list.
#[derive(Debug)]
pub struct Finding {
    verdict: Verdict,
    about: &'static str,
    text: String,
}

impl Finding {
    /// Something in order.
    pub fn right(about: &'static str, text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Right, about, text: text.into() }
    }

    /// Something that works and should be looked at.
    pub fn look(about: &'static str, text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Look, about, text: text.into() }
    }

    /// Something that must change.
    pub fn wrong(about: &'static str, text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Wrong, about, text: text.into() }
    }

    /// Something that was not looked at.
    pub fn skipped(about: &'static str, text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Skipped, about, text: text.into() }
    }

    /// Whether something must change.
    pub fn is_wrong(&self) -> bool {
        self.verdict == Verdict::Wrong
    }

    /// For scripts.
    pub fn as_json(&self) -> serde_json::Value {
        let word = match self.verdict {
            Verdict::Right => "right",
            Verdict::Look => "look",
            Verdict::Wrong => "wrong",
            Verdict::Skipped => "skipped",
        };
        serde_json::json!({ "about": self.about, "verdict": word, "text": self.text })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.verdict {
            Verdict::Right => '✓',
            Verdict::Look => '!',
            Verdict::Wrong => '✗',
            Verdict::Skipped => '–',
        };
        write!(f, "{sign} {}: {}", self.about, self.text)
    }
}
