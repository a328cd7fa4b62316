//! What can act on an exploit, and how much does it do?

use crate::mitigations::Mitigation;
use serde::Serialize;

/// What a defence does to an exploit (BCP 6.1.18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It never starts.
    Prevent,
    /// It starts and comes to nothing.
    Disrupt,
    /// It succeeds, and is undone or worth less.
    Recover,
}

impl Mark {
    /// Its letter in the matrix.
    pub const fn letter(self) -> char {
        match self {
            Self::Prevent => 'P',
            Self::Disrupt => 'D',
            Self::Recover => 'R',
        }
    }
}

/// What can act on an exploit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Defence {
    /// One of the seventeen.
    Mitigation(Mitigation),
    /// The living QR code, a part of 6.1.1 that acts in its own way.
    LivingQr,
    /// `backchannel_user_code_parameter`: the client must know a code that only the person knows.
    UserCode,
    /// `tandem_user_hints = "conceal"`: nobody learns who exists.
    ConcealedPeople,
}

impl Defence {
    /// Its name in settings and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mitigation(mitigation) => mitigation.as_str(),
            Self::LivingQr => "living_qr",
            Self::UserCode => "user_code",
            Self::ConcealedPeople => "concealed_people",
        }
    }

    /// Every one, in the order of the BCP, ours at the end.
    pub fn all() -> impl Iterator<Item = Self> {
        let mitigations = crate::mitigations::TABLE.iter().map(|row| Self::Mitigation(row.mitigation));
        mitigations.chain([Self::LivingQr, Self::UserCode, Self::ConcealedPeople])
    }
}

/// How much a defence does against one exploit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// Acting in full, it stops the exploit by itself.
    Alone,
    /// It narrows the chance, or leans on a person's attention.
    Helps,
}

/// A defence against one exploit.
#[derive(Debug, Clone, Copy)]
pub struct Counter {
    /// Which.
    pub defence: Defence,
    /// What it does.
    pub marks: &'static [Mark],
    /// How much.
    pub force: Force,
}
