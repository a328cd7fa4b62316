//! What does one mitigation say, and what do all of them say together?

use super::Mitigation;
use super::signal::Signal;
use super::trail::Findings;
use crate::crossing::{PinDue, Sound, Verification};
use crate::oauth::scope::Scope;
use std::collections::BTreeSet;
use std::time::Duration;

/// The word of one mitigation at one checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing to say.
    Pass,
    /// It may go on, within these limits. Limits only tighten.
    Limit(Limits),
    /// One more proof is needed from a person or a device.
    Ask(Ask),
    /// It ends here.
    Refuse(Reason),
}

/// What may be had at most. `None` is no limit; every field only ever tightens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// How long the codes of the crossing live at most.
    pub code_lifetime: Option<Duration>,
    /// How long they can be opened on an authorization device, within that life.
    pub open_for: Option<Duration>,
    /// What may be granted at most.
    pub scope: Option<Scope>,
    /// How long access tokens live at most.
    pub access_token_lifetime: Option<Duration>,
    /// How long the token family can be refreshed at most, from its beginning.
    pub refresh_token_lifetime: Option<Duration>,
    /// What a yes demands at least.
    pub verification: Option<Verification>,
    /// Silence, where the person's devices shall not make themselves heard.
    pub sound: Option<Sound>,
    /// Whether the consumption device must send a PIN.
    pub pin: Option<PinDue>,
}

impl Limits {
    /// No limit at all.
    pub const fn none() -> Self {
        Self {
            code_lifetime: None,
            open_for: None,
            scope: None,
            access_token_lifetime: None,
            refresh_token_lifetime: None,
            verification: None,
            sound: None,
            pin: None,
        }
    }

    /// What both allow.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            code_lifetime: least(self.code_lifetime, other.code_lifetime),
            open_for: least(self.open_for, other.open_for),
            scope: match (self.scope, other.scope) {
                (Some(one), Some(two)) => Some(one.intersection(&two)),
                (one, two) => one.or(two),
            },
            access_token_lifetime: least(self.access_token_lifetime, other.access_token_lifetime),
            refresh_token_lifetime: least(self.refresh_token_lifetime, other.refresh_token_lifetime),
            verification: self.verification.max(other.verification),
            // The only sound that limits is silence.
            sound: self.sound.max(other.sound),
            pin: self.pin.max(other.pin),
        }
    }
}

fn least(one: Option<Duration>, two: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(two).min()
}

/// A further proof that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// The decision page, with who asks, from what device, for what, and the code to compare.
    ShowContext,
    /// A DPoP proof by the client.
    ProofOfPossession,
    /// A client certificate in mutual TLS.
    Certificate,
    /// The number that the consumption device shows.
    Number,
    /// The PIN that the phone shows.
    Pin,
    /// What the person typed on the consumption device, in the request.
    BindingData,
    /// The same, from the person.
    BindingAnswer,
    /// That the person reads what a scam looks like.
    ReadWarning,
    /// That the consumption device draws living QR codes.
    LivingQr,
    /// The proof of a registered or attested device.
    DeviceProof,
    /// The proof of a recent, phishing-resistant sign-in on the consumption device.
    SignIn,
}

/// Why a mitigation refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The code's time is over.
    CodeExpired,
    /// The code was opened as often as it may be.
    CodeSpent,
    /// Somebody else is deciding on this code.
    CodeHeldByAnother,
    /// The code is, or recently was, in use.
    CodeRepeated,
    /// Too many tries.
    RateExceeded {
        /// When the next try can succeed.
        retry_after: Duration,
    },
    /// The proof is of another key than the one pinned at initiation.
    ForeignKey,
    /// The number is not the one that the consumption device shows, and no try is left.
    WrongNumber,
    /// The person has as many open requests as they may.
    TooManyOpen,
    /// The person said no to this client, not long ago.
    CoolingDown {
        /// When the next request can be heard.
        retry_after: Duration,
    },
    /// It is the person's, or the client's, quiet time.
    QuietHours,
    /// The two devices are not near each other.
    Apart,
    /// What the QR code carries is forged, moved or dead.
    QrRejected,
    /// Only a QR code that holds opens this request.
    QrRequired,
    /// A second person or network opened the code: it is dead for all.
    CodeContested,
    /// A filter found the code in a message.
    CodeFiltered,
    /// An earlier sign of misuse ended the request.
    Incident(Signal),
    /// This kind of device may not ask.
    DeviceKind,
    /// The device is known as not compliant, or not known as compliant.
    DeviceNotCompliant,
    /// The network may not ask, or not answer.
    NetworkNotTrusted,
    /// Somebody else signed in on the consumption device.
    NotTheInitiator,
    /// The PIN is not the one that the phone shows.
    WrongPin,
    /// The data is not what was typed on the consumption device.
    WrongBinding,
}

/// Why a checkpoint gave no clearance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hindrance {
    /// These proofs are wanted.
    Asked(BTreeSet<Ask>),
    /// It ends here, by the word of this mitigation.
    Refused(Mitigation, Reason),
}

impl Hindrance {
    /// Whether it tells of the person who would be asked: what they answered, and how much waits for them. A client that
    /// may not learn who exists may not learn this.
    pub const fn tells_of_the_person(&self) -> bool {
        matches!(
            self,
            Self::Refused(_, Reason::TooManyOpen | Reason::CoolingDown { .. } | Reason::RateExceeded { .. })
        )
    }
}

/// One refusal beats every question, one question beats every limit, limits hold together. Of several refusals the
/// one with the greatest reason (the longest wait, then the mitigation's order) is told, so the order of asking
/// never shows.
///
/// The findings name the mitigations that limited something.
pub(super) fn fold(
    verdicts: impl Iterator<Item = (Mitigation, Verdict)>,
) -> Result<(Limits, Findings), Hindrance> {
    let mut findings = Findings::default();
    let mut limits = Limits::none();
    let mut asked = BTreeSet::new();
    let mut refused: Option<(Reason, Mitigation)> = None;
    for (mitigation, verdict) in verdicts {
        match verdict {
            Verdict::Pass => {}
            Verdict::Limit(more) => {
                findings.limited_by(mitigation);
                limits = limits.and(more);
            }
            Verdict::Ask(ask) => {
                asked.insert(ask);
            }
            Verdict::Refuse(reason) => refused = refused.max(Some((reason, mitigation))),
        }
    }
    match refused {
        Some((reason, mitigation)) => Err(Hindrance::Refused(mitigation, reason)),
        None if !asked.is_empty() => Err(Hindrance::Asked(asked)),
        None => Ok((limits, findings)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(secs: u64, scope: Option<&str>) -> Verdict {
        Verdict::Limit(Limits {
            code_lifetime: Some(Duration::from_secs(secs)),
            scope: scope.map(|text| Scope::parse(text).unwrap()),
            ..Limits::none()
        })
    }

    fn fold_in_every_rotation(all: &[(Mitigation, Verdict)]) -> Result<Limits, Hindrance> {
        let fold = |all: &mut dyn Iterator<Item = (Mitigation, Verdict)>| fold(all).map(|(limits, _)| limits);
        let first = fold(&mut all.iter().cloned());
        for turn in 0..all.len() {
            let mut turned = all.to_vec();
            turned.rotate_left(turn);
            assert_eq!(fold(&mut turned.iter().cloned()), first);
            turned.reverse();
            assert_eq!(fold(&mut turned.into_iter()), first);
        }
        first
    }

    #[test]
    fn limits_intersect() {
        let folded = fold_in_every_rotation(&[
            (Mitigation::ShortLivedCodes, limit(600, None)),
            (Mitigation::TrustedDevices, Verdict::Pass),
            (Mitigation::LimitedScopes, limit(300, Some("openid profile"))),
            (Mitigation::UserExperience, limit(900, Some("openid email"))),
        ]);
        let limits = folded.unwrap();
        assert_eq!(limits.code_lifetime, Some(Duration::from_mins(5)));
        assert_eq!(limits.scope.unwrap().as_str(), "openid");
    }

    #[test]
    fn refuse_beats_ask_beats_limit_in_any_order() {
        let limited = (Mitigation::ShortLivedCodes, limit(600, None));
        let asked = (Mitigation::UserExperience, Verdict::Ask(Ask::ShowContext));
        let slow = |secs| Verdict::Refuse(Reason::RateExceeded { retry_after: Duration::from_secs(secs) });
        assert_eq!(
            fold_in_every_rotation(&[limited.clone(), asked.clone()]),
            Err(Hindrance::Asked([Ask::ShowContext].into()))
        );
        let refused = fold_in_every_rotation(&[
            limited,
            asked,
            (Mitigation::RateLimits, slow(3)),
            (Mitigation::TrustedDevices, slow(9)),
        ]);
        assert_eq!(
            refused,
            Err(Hindrance::Refused(
                Mitigation::TrustedDevices,
                Reason::RateExceeded { retry_after: Duration::from_secs(9) }
            ))
        );
    }
}
