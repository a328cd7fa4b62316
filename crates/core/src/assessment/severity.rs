//! How bad is what remains? Impact times likelihood, by rules that are data.
//!
//! Impact: what a stolen grant is worth, from what the client may ask for and how long it lasts. Likelihood: how many
//! defences act that stop the exploit by themselves, and how many that help. `docs/assess.md` explains the same tables.

use super::{Activity, Counter, Force, Mark, Subject};
use serde::Serialize;

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It can be lived with.
    Low,
    /// Somebody should decide about it.
    Medium,
    /// Not to be used like this.
    High,
}

impl Severity {
    /// All of them, mildest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    const fn raised(self) -> Self {
        match self {
            Self::Low => Self::Medium,
            Self::Medium | Self::High => Self::High,
        }
    }
}

/// How likely an exploit succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Likelihood {
    /// Several independent defences would have to fail.
    Remote,
    /// Two would.
    Unlikely,
    /// One would, or many people would have to be careful.
    Possible,
    /// Nothing stands in its way but people.
    Likely,
}

impl Likelihood {
    /// All of them, least first.
    pub const ALL: [Self; 4] = [Self::Remote, Self::Unlikely, Self::Possible, Self::Likely];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Remote => "remote",
            Self::Unlikely => "unlikely",
            Self::Possible => "possible",
            Self::Likely => "likely",
        }
    }
}

/// A rule of impact: the worst that fits counts.
#[derive(Debug, Clone, Copy)]
pub struct ImpactRule {
    /// Its name in reports.
    pub id: &'static str,
    /// What it weighs.
    pub level: Severity,
    /// When it fits, in words.
    pub why: &'static str,
    /// When it fits.
    pub fits: fn(&Subject<'_>) -> bool,
}

/// What a grant is worth by what it reaches.
pub const IMPACT_RULES: [ImpactRule; 5] = [
    ImpactRule {
        id: "I1",
        level: Severity::Low,
        why: "somebody is signed in as another person",
        fits: |_| true,
    },
    ImpactRule {
        id: "I2",
        level: Severity::Medium,
        why: "it reaches personal data or an API: scopes beyond openid and offline_access",
        fits: |subject| subject.scope().tokens().any(|token| !matches!(token, "openid" | "offline_access")),
    },
    ImpactRule {
        id: "I3",
        level: Severity::High,
        why: "a scope sounds like administration, writing or money",
        fits: |subject| subject.scope().tokens().any(is_powerful),
    },
    ImpactRule {
        id: "I4",
        level: Severity::High,
        why: "the client asks for consent to transactions (authorization_details)",
        fits: |subject| !subject.client.authorization_details_types.is_empty(),
    },
    ImpactRule {
        id: "I5",
        level: Severity::High,
        why: "the client keeps to a financial-grade profile",
        fits: |subject| subject.client.tandem_profile.is_some(),
    },
];

/// What makes a grant worth one step more.
pub const RAISING_RULES: [ImpactRule; 2] = [
    ImpactRule {
        id: "I6",
        level: Severity::High,
        why: "it lasts: it can be refreshed for more than a day, by whoever holds it",
        fits: |subject| {
            subject.refresh_token().is_some_and(|life| life > 86_400) && !subject.is_sender_constrained()
        },
    },
    ImpactRule {
        id: "I7",
        level: Severity::High,
        why: "a stolen access token works for more than an hour",
        fits: |subject| subject.access_token() > 3600 && !subject.is_sender_constrained(),
    },
];

/// Parts of scope names that stand for power over others, things or money.
const POWERFUL: [&str; 16] = [
    "admin", "write", "manage", "delete", "pay", "payment", "payments", "transfer", "root", "billing", "iam",
    "sudo", "all", "full", "control", "owner",
];

fn is_powerful(token: &str) -> bool {
    token
        .to_ascii_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|part| POWERFUL.contains(&part))
}

/// What an attacker's success would cost.
#[derive(Debug, Clone)]
pub struct Impact {
    /// How much.
    pub level: Severity,
    /// The rules that fit.
    pub because: Vec<&'static ImpactRule>,
}

/// What a grant of this flow is worth.
pub fn impact(subject: &Subject<'_>) -> Impact {
    let fits = |rule: &&'static ImpactRule| (rule.fits)(subject);
    let mut because: Vec<&'static ImpactRule> = IMPACT_RULES.iter().filter(fits).collect();
    let mut level = because.iter().map(|rule| rule.level).max().unwrap_or(Severity::Low);
    because.retain(|rule| rule.level == level);
    let raising: Vec<_> = RAISING_RULES.iter().filter(fits).collect();
    if !raising.is_empty() {
        level = level.raised();
    }
    because.extend(raising);
    Impact { level, because }
}

/// A rule of likelihood: the first that fits counts.
#[derive(Debug, Clone, Copy)]
pub struct LikelihoodRule {
    /// Its name in reports.
    pub id: &'static str,
    /// How many defences that stop the exploit by themselves act in full, at least.
    pub strong: usize,
    /// How many others prevent or disrupt it, at least.
    pub weak: usize,
    /// How likely it is then.
    pub level: Likelihood,
    /// In words.
    pub why: &'static str,
}

/// From best to worst; the last always fits.
pub const LIKELIHOOD_RULES: [LikelihoodRule; 6] = [
    LikelihoodRule {
        id: "L1",
        strong: 3,
        weak: 0,
        level: Likelihood::Remote,
        why: "three defences act, each of which stops it by itself",
    },
    LikelihoodRule {
        id: "L2",
        strong: 2,
        weak: 0,
        level: Likelihood::Unlikely,
        why: "two defences act, each of which stops it by itself",
    },
    LikelihoodRule {
        id: "L3",
        strong: 1,
        weak: 2,
        level: Likelihood::Unlikely,
        why: "one defence stops it by itself, and others help",
    },
    LikelihoodRule {
        id: "L4",
        strong: 1,
        weak: 0,
        level: Likelihood::Possible,
        why: "one defence stops it by itself, and nothing stands behind that",
    },
    LikelihoodRule {
        id: "L5",
        strong: 0,
        weak: 3,
        level: Likelihood::Possible,
        why: "no defence stops it by itself; several make it harder",
    },
    LikelihoodRule {
        id: "L6",
        strong: 0,
        weak: 0,
        level: Likelihood::Likely,
        why: "hardly anything stands in its way",
    },
];

/// How likely an exploit succeeds, with these defences.
pub fn likelihood(counters: &[(&'static Counter, Activity)]) -> &'static LikelihoodRule {
    let before_success = |counter: &Counter| counter.marks.iter().any(|mark| *mark != Mark::Recover);
    let (mut strong, mut weak) = (0, 0);
    for (counter, activity) in
        counters.iter().filter(|(counter, activity)| before_success(counter) && activity.acts())
    {
        if counter.force == Force::Alone && activity.is_full() {
            strong += 1;
        } else {
            weak += 1;
        }
    }
    let [.., last] = &LIKELIHOOD_RULES;
    LIKELIHOOD_RULES.iter().find(|rule| strong >= rule.strong && weak >= rule.weak).unwrap_or(last)
}

/// What remains, by impact (in the order of [`Severity::ALL`]) and likelihood (in the order of [`Likelihood::ALL`]).
pub const MATRIX: [[Severity; 4]; 3] = [
    [Severity::Low, Severity::Low, Severity::Low, Severity::Medium],
    [Severity::Low, Severity::Low, Severity::Medium, Severity::High],
    [Severity::Low, Severity::Medium, Severity::High, Severity::High],
];

/// What remains.
pub fn severity(impact: Severity, likelihood: Likelihood) -> Severity {
    MATRIX
        .get(impact as usize)
        .and_then(|row| row.get(likelihood as usize))
        .copied()
        .unwrap_or(Severity::High)
}
