//! What does a consumption device bring along when it asks, beyond what the specifications have? (BCP 6.1.1, 6.1.15 to
//! 6.1.17; our extensions, which begin with `tandem_`)
//!
//! Both rooms read them here, so that a parameter means the same in both. Who does not know them ignores them.

use super::device_description::{DeviceDescription, DeviceKind, clean_name, visible_words};
use super::form::Form;
use crate::crossing::{Binding, Context, MAX_BINDING, MAX_LABEL, NumberAnswer, NumberMatch, QrKind};
use crate::jose::JwsError;
use crate::mitigations::establish_proximity::{Coordinates, QrDemand};
use crate::mitigations::trusted_devices::DeviceIdentity;
use crate::mitigations::{Facts, Policy};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

/// Every parameter that is read here.
pub const PARAMETERS: [&str; 8] = [
    DEVICE_NAME,
    DEVICE_TYPE,
    DEVICE_COORDINATES,
    BINDING_DATA,
    BINDING_LABEL,
    INITIATOR_TOKEN,
    NUMBER_MATCHING,
    LIVING_QR,
];

/// What the device is called.
pub const DEVICE_NAME: &str = "tandem_device_name";
/// What kind of device it is.
pub const DEVICE_TYPE: &str = "tandem_device_type";
/// Where it says it is.
pub const DEVICE_COORDINATES: &str = "tandem_device_coordinates";
/// What the person typed on it.
pub const BINDING_DATA: &str = "tandem_binding_data";
/// What that is.
pub const BINDING_LABEL: &str = "tandem_binding_label";
/// The ID token of whoever signed in on it.
pub const INITIATOR_TOKEN: &str = "tandem_initiator_token";
/// Whether it can show a number.
pub const NUMBER_MATCHING: &str = "tandem_number_matching";
/// Whether it can draw a new QR code every few seconds.
pub const LIVING_QR: &str = "tandem_living_qr";

/// Where parameters stand. Empty texts count as absent.
pub trait Parameters {
    /// A text.
    fn text(&self, name: &'static str) -> Result<Option<&str>, InitiationError>;
    /// A truth value as text.
    fn truth(&self, name: &'static str) -> Result<Option<Cow<'_, str>>, InitiationError>;
}

impl Parameters for Form {
    fn text(&self, name: &'static str) -> Result<Option<&str>, InitiationError> {
        Ok(self.get(name))
    }

    fn truth(&self, name: &'static str) -> Result<Option<Cow<'_, str>>, InitiationError> {
        Ok(self.get(name).map(Cow::Borrowed))
    }
}

/// Why what a device brought along cannot be used. Each is an `invalid_request`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InitiationError {
    /// The JSON type of a member of a signed request.
    #[error("{0} has the wrong type")]
    WrongType(&'static str),
    /// No position.
    #[error("tandem_device_coordinates must be latitude,longitude,accuracy: two degrees and metres")]
    CoordinatesMalformed,
    /// Nothing that can be seen, or too much.
    #[error("tandem_binding_data must be 1 to 64 visible characters")]
    BindingMalformed,
    /// The same of its label.
    #[error("tandem_binding_label must be 1 to 32 visible characters")]
    LabelMalformed,
    /// A label of nothing.
    #[error("tandem_binding_label needs tandem_binding_data beside it")]
    LabelAlone,
    /// Neither true nor false.
    #[error("tandem_number_matching must be true or false")]
    NumberMatchingMalformed,
    /// Neither true nor false.
    #[error("tandem_living_qr must be true or false")]
    LivingQrMalformed,
    /// The ID token does not hold.
    #[error("the tandem_initiator_token does not hold: {0}")]
    InitiatorToken(#[source] JwsError),
}

/// Whether the client asks for number matching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberMatching {
    /// As the client registered.
    AsRegistered,
    /// The consumption device can show a number.
    Wanted,
}

/// What the person typed on the consumption device.
#[derive(Clone, PartialEq, Eq)]
pub struct BindingData {
    /// What it is, in the client's words; empty if the client has none, and pages say it in theirs.
    pub label: Box<str>,
    /// What was typed.
    pub text: Box<str>,
}

/// What a consumption device brought along, checked for its form.
#[derive(Clone, PartialEq, Eq)]
pub struct InitiationParameters {
    /// The name that it declares.
    pub device_name: Option<Box<str>>,
    /// The kind that it declares.
    pub device_kind: Option<DeviceKind>,
    /// Where it says it is.
    pub coordinates: Option<Coordinates>,
    /// What the person typed on it.
    pub binding: Option<BindingData>,
    /// Whether a number shall be shown.
    pub number_matching: NumberMatching,
    /// What kind of QR code it can draw.
    pub qr: QrKind,
    /// The ID token of whoever signed in on it, not verified yet.
    pub initiator_token: Option<Box<str>>,
}

/// What was proved with a request, and stays with it.
#[derive(Debug, Clone, Default)]
pub struct Proved {
    /// Who signed in on the consumption device.
    pub initiator: Option<Arc<str>>,
    /// Which registered or attested device asks.
    pub instance: Option<Arc<str>>,
}

impl Proved {
    /// What these facts prove.
    pub fn of(facts: &Facts<'_>) -> Self {
        Self {
            initiator: facts.initiator.as_ref().map(|initiator| Arc::clone(&initiator.sub)),
            instance: facts.device.known().map(|device| Arc::clone(&device.id)),
        }
    }
}

impl InitiationParameters {
    /// Reads them all. A name or a kind that makes no sense is ignored, as it is only shown; anything else that does not
    /// is an error, since policy counts on it.
    pub fn read(from: &impl Parameters) -> Result<Self, InitiationError> {
        Ok(Self {
            device_name: from.text(DEVICE_NAME)?.and_then(clean_name),
            device_kind: from.text(DEVICE_TYPE)?.map(DeviceKind::parse),
            coordinates: coordinates(from)?,
            binding: binding(from)?,
            number_matching: match truth(from, NUMBER_MATCHING, InitiationError::NumberMatchingMalformed)? {
                Some(true) => NumberMatching::Wanted,
                Some(false) | None => NumberMatching::AsRegistered,
            },
            qr: match truth(from, LIVING_QR, InitiationError::LivingQrMalformed)? {
                Some(true) => QrKind::Living,
                Some(false) | None => QrKind::Still,
            },
            initiator_token: from.text(INITIATOR_TOKEN)?.map(Into::into),
        })
    }

    /// Whether and how the person must give a number, before policy has a say: as registered, or by picking it where the
    /// device offers to show one.
    pub fn number_answer(&self, registered: Option<NumberAnswer>) -> Option<NumberAnswer> {
        let wanted = self.number_matching == NumberMatching::Wanted;
        registered.or(wanted.then_some(NumberAnswer::Pick))
    }

    /// What people see of the device. A kind that was registered or attested beats what it says of itself.
    pub fn describe(&self, identity: &DeviceIdentity, address: IpAddr) -> DeviceDescription {
        let kind = identity.kind_or(self.device_kind.unwrap_or_default());
        DeviceDescription { name: self.device_name.clone(), kind, address }
    }

    /// What the crossing keeps of it under this policy. `draw` is called if a number is due.
    pub fn context(
        &self,
        proved: Proved,
        registered: Option<NumberAnswer>,
        policy: &Policy,
        draw: impl FnOnce() -> [u8; 8],
    ) -> Context {
        let answer = policy.request_initiation_verification.number(self.number_answer(registered));
        Context {
            coordinates: self.coordinates,
            number: answer.map(|answer| NumberMatch::from_random(draw(), answer)),
            binding: self.binding.as_ref().map(|BindingData { label, text }| Binding {
                label: label.clone(),
                text: text.clone(),
                answer: policy.request_binding.answer,
            }),
            initiator: proved.initiator,
            instance: proved.instance,
            qr: match policy.establish_proximity.living_qr {
                QrDemand::Off => QrKind::Still,
                QrDemand::Offer | QrDemand::Require => self.qr,
            },
        }
    }
}

impl std::fmt::Debug for InitiationParameters {
    /// Without the token, where the device is, and what was typed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InitiationParameters")
            .field("device_name", &self.device_name)
            .field("device_kind", &self.device_kind)
            .field("number_matching", &self.number_matching)
            .field("qr", &self.qr)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for BindingData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BindingData").field("label", &self.label).finish_non_exhaustive()
    }
}

fn coordinates(from: &impl Parameters) -> Result<Option<Coordinates>, InitiationError> {
    let text = from.text(DEVICE_COORDINATES)?;
    text.map(Coordinates::parse).transpose().map_err(|_| InitiationError::CoordinatesMalformed)
}

/// What cannot be seen goes. Nothing is cut: half of a serial number is another one.
fn binding(from: &impl Parameters) -> Result<Option<BindingData>, InitiationError> {
    let fit = |text: &str, longest: usize| {
        let words = visible_words(text);
        (!words.is_empty() && words.chars().nth(longest).is_none()).then(|| words.into_boxed_str())
    };
    let label = from.text(BINDING_LABEL)?;
    let Some(text) = from.text(BINDING_DATA)? else {
        return if label.is_some() { Err(InitiationError::LabelAlone) } else { Ok(None) };
    };
    let text = fit(text, MAX_BINDING).ok_or(InitiationError::BindingMalformed)?;
    let label = match label {
        None => Box::default(),
        Some(label) => fit(label, MAX_LABEL).ok_or(InitiationError::LabelMalformed)?,
    };
    Ok(Some(BindingData { label, text }))
}

fn truth(
    from: &impl Parameters,
    name: &'static str,
    malformed: InitiationError,
) -> Result<Option<bool>, InitiationError> {
    match from.truth(name)?.as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mitigations::request_binding::BindingAnswer;

    fn read(parameters: &[(&str, &str)]) -> Result<InitiationParameters, InitiationError> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(parameters);
        InitiationParameters::read(&Form::parse_query(body.finish().as_bytes()).unwrap())
    }

    fn context(parameters: &[(&str, &str)], policy: &Policy) -> Context {
        read(parameters).unwrap().context(Proved::default(), None, policy, || [7; 8])
    }

    #[test]
    fn who_knows_none_of_it_is_asked_for_nothing() {
        let nothing = read(&[]).unwrap();
        assert_eq!(nothing, read(&[("tandem_number_matching", "false"), ("tandem_living_qr", "")]).unwrap());
        assert_eq!(nothing.context(Proved::default(), None, &Policy::baseline(), || panic!()).boxed(), None);
        assert_eq!(nothing.device_kind, None, "that nothing is said is not that it is another kind");
    }

    #[test]
    fn what_cannot_be_seen_goes_and_nothing_is_cut() {
        let data = |text: &str| read(&[(BINDING_DATA, text)]).map(|read| read.binding.unwrap().text);
        assert_eq!(data(" 4\u{202e}7\u{200b}1\t1 \u{0}").as_deref(), Ok("471 1"));
        assert_eq!(data(&"電".repeat(64)).as_deref(), Ok(&*"電".repeat(64)));
        for unfit in [" ", "\u{200b}", "\u{1b}", &"x".repeat(65)] {
            assert_eq!(data(unfit), Err(InitiationError::BindingMalformed), "{unfit}");
        }
        let label = |text: &str| read(&[(BINDING_DATA, "1"), (BINDING_LABEL, text)]);
        assert_eq!(label("Seat\u{202e} no.").unwrap().binding.unwrap().label.as_ref(), "Seat no.");
        assert_eq!(label("\u{200b}"), Err(InitiationError::LabelMalformed));
        assert_eq!(label(&"x".repeat(33)), Err(InitiationError::LabelMalformed));
        assert_eq!(read(&[(BINDING_LABEL, "Seat")]), Err(InitiationError::LabelAlone));
    }

    #[test]
    fn what_policy_counts_on_is_never_ignored() {
        for (name, value, error) in [
            (DEVICE_COORDINATES, "35.68,139.76", InitiationError::CoordinatesMalformed),
            (DEVICE_COORDINATES, "NaN,0,1", InitiationError::CoordinatesMalformed),
            (DEVICE_COORDINATES, "91,0,1", InitiationError::CoordinatesMalformed),
            (NUMBER_MATCHING, "yes", InitiationError::NumberMatchingMalformed),
            (LIVING_QR, "1", InitiationError::LivingQrMalformed),
        ] {
            assert_eq!(read(&[(name, value)]), Err(error), "{name}={value}");
        }
        let fine = read(&[(DEVICE_COORDINATES, "35.6812,139.7671,50"), (DEVICE_TYPE, "toaster")]).unwrap();
        assert!(fine.coordinates.is_some() && fine.device_kind == Some(DeviceKind::Other));
    }

    #[test]
    fn policy_says_what_comes_of_it() {
        let all = [(BINDING_DATA, "12A"), (LIVING_QR, "true"), (NUMBER_MATCHING, "true")];
        let asked = context(&all, &Policy::baseline());
        assert_eq!(asked.qr, QrKind::Still, "a living code is not made under baseline");
        assert_eq!(asked.binding.unwrap().answer, BindingAnswer::Confirm);
        assert_eq!(asked.number.unwrap().answer, NumberAnswer::Pick);
        let stricter = context(&all, &Policy::critical());
        assert_eq!(stricter.qr, QrKind::Living);
        assert_eq!(stricter.binding.unwrap().answer, BindingAnswer::Type);
        assert_eq!(stricter.number.unwrap().answer, NumberAnswer::Type);
        let unasked = context(&[], &Policy::sensitive());
        assert!(unasked.number.is_some() && unasked.binding.is_none() && unasked.qr == QrKind::Still);
    }

    #[test]
    fn a_registration_counts_whatever_the_request_says() {
        let how =
            |parameters: &[(&str, &str)], registered| read(parameters).unwrap().number_answer(registered);
        assert_eq!(how(&[(NUMBER_MATCHING, "false")], Some(NumberAnswer::Type)), Some(NumberAnswer::Type));
        assert_eq!(how(&[(NUMBER_MATCHING, "true")], Some(NumberAnswer::Type)), Some(NumberAnswer::Type));
        assert_eq!(how(&[(NUMBER_MATCHING, "true")], None), Some(NumberAnswer::Pick));
        assert_eq!(how(&[], None), None);
    }

    #[test]
    fn what_was_typed_and_tokens_are_in_no_log() {
        let all = [(BINDING_DATA, "needle1"), (INITIATOR_TOKEN, "needle2"), (DEVICE_COORDINATES, "1,2,3")];
        let text = format!("{:?}", read(&all).unwrap());
        assert!(!text.contains("needle") && !text.contains("oordinates {"), "{text}");
    }
}
