//! What did policy find and limit at a checkpoint, in a form that a crossing can afford to keep?

use super::establish_proximity::Relation;
use super::facts::{Given, QrEvidence};
use super::{Facts, Mitigation, Policy, Risk, TABLE};
use serde::{Deserialize, Serialize};

/// What was found at one checkpoint, and which mitigations limited something: two sets of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Findings {
    /// By place in the table.
    limited: u32,
    /// By place in [`Finding::ALL`].
    found: u32,
}

/// Something that policy found when it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Both devices are on one network.
    SameNetwork,
    /// They are on different ones.
    OtherNetwork,
    /// The address database places them near each other.
    SamePlace,
    /// It places them apart.
    OtherPlace,
    /// Their own coordinates agree.
    CoordinatesAgree,
    /// They do not.
    CoordinatesDiffer,
    /// The QR code carried a signed statement that holds.
    SignedQr,
    /// The QR code was drawn in the last seconds.
    LivingQr,
    /// The consumption device proved who it is.
    KnownDevice,
    /// Somebody had signed in on the consumption device.
    SignedInFirst,
    /// Something went wrong with the request before.
    EarlierSignals,
    /// The risk was raised.
    RaisedRisk,
    /// The person read what a scam looks like.
    WarningRead,
    /// They gave the number of the consumption device.
    NumberGiven,
    /// They gave the data that was bound into the request.
    BindingGiven,
    /// The consumption device sent the PIN.
    PinGiven,
    /// The client proved a key or a certificate.
    KeyProved,
}

impl Finding {
    /// All of them, in a fixed order: the bits in the journal mean these.
    pub const ALL: [Self; 17] = [
        Self::SameNetwork,
        Self::OtherNetwork,
        Self::SamePlace,
        Self::OtherPlace,
        Self::CoordinatesAgree,
        Self::CoordinatesDiffer,
        Self::SignedQr,
        Self::LivingQr,
        Self::KnownDevice,
        Self::SignedInFirst,
        Self::EarlierSignals,
        Self::RaisedRisk,
        Self::WarningRead,
        Self::NumberGiven,
        Self::BindingGiven,
        Self::PinGiven,
        Self::KeyProved,
    ];

    /// For `tandem policy explain`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SameNetwork => "both devices on one network",
            Self::OtherNetwork => "the devices on different networks",
            Self::SamePlace => "both addresses placed near each other",
            Self::OtherPlace => "the addresses placed apart",
            Self::CoordinatesAgree => "coordinates agree",
            Self::CoordinatesDiffer => "coordinates are apart",
            Self::SignedQr => "signed QR code holds",
            Self::LivingQr => "living QR code holds",
            Self::KnownDevice => "the device proved who it is",
            Self::SignedInFirst => "signed in on the consumption device",
            Self::EarlierSignals => "something went wrong before",
            Self::RaisedRisk => "risk raised",
            Self::WarningRead => "warning read",
            Self::NumberGiven => "number given",
            Self::BindingGiven => "bound data given",
            Self::PinGiven => "PIN given",
            Self::KeyProved => "key proved",
        }
    }
}

impl Findings {
    /// What these facts show under this policy.
    pub(super) fn of(facts: &Facts<'_>, policy: &Policy, risk: Risk) -> Self {
        let proximity = &policy.establish_proximity;
        let mut found = Self::default();
        let mut related = |relation, together, apart| match relation {
            Relation::Together => found.add(together),
            Relation::Apart => found.add(apart),
            Relation::Unknown => {}
        };
        related(proximity.network_relation(facts), Finding::SameNetwork, Finding::OtherNetwork);
        related(proximity.geolocation_relation(facts), Finding::SamePlace, Finding::OtherPlace);
        related(proximity.coordinates_relation(facts), Finding::CoordinatesAgree, Finding::CoordinatesDiffer);
        let (signed, living) = match facts.qr {
            QrEvidence::Holds { signed, living } => (signed, living),
            QrEvidence::NotUsed | QrEvidence::Rejected => (false, false),
        };
        let given = |given: Given<'_>| given != Given::Nothing;
        for (holds, finding) in [
            (signed, Finding::SignedQr),
            (living, Finding::LivingQr),
            (facts.device.known().is_some(), Finding::KnownDevice),
            (facts.initiator.is_some(), Finding::SignedInFirst),
            (!facts.signals.is_empty(), Finding::EarlierSignals),
            (risk == Risk::Raised, Finding::RaisedRisk),
            (facts.warned, Finding::WarningRead),
            (given(facts.number), Finding::NumberGiven),
            (given(facts.binding), Finding::BindingGiven),
            (given(facts.pin), Finding::PinGiven),
            (facts.sender.proof.or(facts.sender.certificate).is_some(), Finding::KeyProved),
        ] {
            if holds {
                found.add(finding);
            }
        }
        found
    }

    fn add(&mut self, finding: Finding) {
        self.found |= 1 << (finding as u32);
    }

    pub(super) fn limited_by(&mut self, mitigation: Mitigation) {
        self.limited |= 1 << (mitigation as u32);
    }

    /// What either of both says.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self { limited: self.limited | other.limited, found: self.found | other.found }
    }

    /// Whether nothing is said.
    pub const fn is_empty(&self) -> bool {
        self.limited == 0 && self.found == 0
    }

    /// What was found.
    pub fn found(self) -> impl Iterator<Item = Finding> {
        Finding::ALL.into_iter().filter(move |finding| self.found & (1 << (*finding as u32)) != 0)
    }

    /// Which mitigations limited something.
    pub fn limited(self) -> impl Iterator<Item = Mitigation> {
        TABLE
            .iter()
            .map(|row| row.mitigation)
            .filter(move |mitigation| self.limited & (1 << (*mitigation as u32)) != 0)
    }
}
