//! What is a statement of the BCP?

use super::super::level::{Level, Text, Who};

/// A statement of the BCP.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// Its number here; never used for another.
    pub id: &'static str,
    /// Its section in the BCP.
    pub section: &'static str,
    /// How strongly it is meant.
    pub level: Level,
    /// What it says, in our words.
    pub says: &'static str,
    /// Who meets it.
    pub who: &'static [Who],
    /// Where it stands.
    pub text: Text,
}

impl Statement {
    /// Whether only the later text has it.
    pub fn is_later(&self) -> bool {
        self.text == Text::Later
    }
}

pub(super) const fn of(
    id: &'static str,
    section: &'static str,
    level: Level,
    says: &'static str,
    who: &'static [Who],
) -> Statement {
    Statement { id, section, level, says, who, text: Text::Draft }
}

pub(super) const fn later(statement: Statement) -> Statement {
    Statement { text: Text::Later, ..statement }
}
