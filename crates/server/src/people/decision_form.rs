//! What ties an answer to the page that asked for it?
//!
//! The form carries the crossing, sealed for one session: only the pages of a request make one, for what they showed.

use super::browser::SignedIn;
use super::sealed_value::{open, seal};
use crate::app::App;
use tandem_core::crossing::CrossingId;
use tandem_core::mitigations::facts::ContextShown;
use tandem_core::time::Timestamp;

const LABEL: &str = "tandem decision form";

/// What a person saw of a request before they sent the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saw {
    /// A page without the question: the warning before it, or the PIN after it. No yes can come from there.
    NoQuestion,
    /// The question.
    Question,
    /// The warning, which they acknowledged, and then the question.
    WarningAndQuestion,
}

impl Saw {
    /// The question, after the warning or without it.
    pub const fn question(warned: bool) -> Self {
        if warned { Self::WarningAndQuestion } else { Self::Question }
    }

    /// What this is to the policy.
    pub const fn context(self) -> ContextShown {
        match self {
            Self::NoQuestion => ContextShown::No,
            Self::Question | Self::WarningAndQuestion => ContextShown::DecisionPage,
        }
    }

    /// Whether the person read what a scam looks like.
    pub const fn warned(self) -> bool {
        matches!(self, Self::WarningAndQuestion)
    }
}

/// What a page of a request says of itself in its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The request.
    pub id: CrossingId,
    /// What the person sees of it.
    pub saw: Saw,
    /// What else the room wants back. Whoever sees the page can read it.
    pub note: Vec<u8>,
}

/// The value for the form of a page that asks this person for their answer.
pub fn sealed(app: &App, id: CrossingId, person: &SignedIn, expires_at: Timestamp) -> String {
    Shown { id, saw: Saw::Question, note: Vec::new() }.sealed(app, person, expires_at)
}

/// The crossing that this person was shown, if they were.
pub fn shown(app: &App, person: &SignedIn, text: &str, now: Timestamp) -> Option<CrossingId> {
    Shown::read(app, person, text, now).map(|shown| shown.id)
}

impl Shown {
    /// The value for the form of a page that shows this to this person.
    pub fn sealed(&self, app: &App, person: &SignedIn, expires_at: Timestamp) -> String {
        let saw = match self.saw {
            Saw::NoQuestion => 0,
            Saw::Question => 1,
            Saw::WarningAndQuestion => 2,
        };
        let parts = [self.id.as_bytes().as_slice(), person.session.id.as_bytes(), &[saw], &self.note];
        seal(&app.keys.browser, LABEL, &parts.concat(), expires_at)
    }

    /// What this person was shown, if they were.
    pub fn read(app: &App, person: &SignedIn, text: &str, now: Timestamp) -> Option<Self> {
        let payload = open(&app.keys.browser, LABEL, text, now)?;
        let (id, rest) = payload.split_first_chunk::<16>()?;
        let (session, rest) = rest.split_first_chunk::<32>()?;
        let (saw, note) = rest.split_first()?;
        let saw = match saw {
            0 => Saw::NoQuestion,
            1 => Saw::Question,
            2 => Saw::WarningAndQuestion,
            _ => return None,
        };
        let theirs = session == person.session.id.as_bytes();
        theirs.then(|| Self { id: CrossingId::from_bytes(*id), saw, note: note.to_vec() })
    }
}
