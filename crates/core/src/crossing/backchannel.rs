//! What does a request carry that is sent to a person, instead of being opened by them? (CIBA Core section 7.1)

use crate::mitigations::Limits;
use crate::oauth::authorization_details::AuthorizationDetails;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The part of a request that only backchannel flows have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backchannel {
    /// Who is asked.
    pub addressee: Addressee,
    /// How the client named them.
    pub hint: Hint,
    /// How the client learns of the end.
    pub delivery: DeliveryMode,
    /// What both devices show, so that the person can compare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding_message: Option<Box<str>>,
    /// What is to be authorized, in particular (RFC 9396).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_details: Option<AuthorizationDetails>,
    /// What the client tells of its surroundings: a JSON object (FAPI-CIBA section 5.2.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_context: Option<Box<serde_json::Value>>,
    /// The authentication context classes that the client would like, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acr_values: Vec<Box<str>>,
    /// The resources that the tokens shall be for (RFC 8707).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<Box<str>>,
    /// Whether the person's devices make themselves heard.
    pub sound: Sound,
    /// `auth_req_id` and `client_notification_token`, sealed by the server, where a callback needs them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification: Option<Box<str>>,
}

impl Backchannel {
    /// The same, as far as policy lets it be.
    #[must_use]
    pub(super) fn within(mut self, limits: &Limits) -> Self {
        self.sound = limits.sound.unwrap_or(self.sound);
        self
    }
}

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressee {
    /// This subject.
    Person(Arc<str>),
    /// Nobody: the request was accepted so that its client learns nothing about who exists, and no one will see it.
    Nobody,
}

impl Addressee {
    /// The subject who is asked.
    pub const fn sub(&self) -> Option<&Arc<str>> {
        match self {
            Self::Person(sub) => Some(sub),
            Self::Nobody => None,
        }
    }
}

/// How a client names a person (CIBA Core section 7.1): exactly one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// A name, unsigned.
    LoginHint,
    /// A token that an issuer signed whom the operator trusts.
    LoginHintToken,
    /// An ID token of ours.
    IdTokenHint,
}

impl Hint {
    /// The parameter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LoginHint => "login_hint",
            Self::LoginHintToken => "login_hint_token",
            Self::IdTokenHint => "id_token_hint",
        }
    }
}

/// `backchannel_token_delivery_mode` (CIBA Core section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryMode {
    /// The client asks again and again.
    Poll,
    /// The server says that there is something to collect.
    Ping,
    /// The server sends the tokens.
    Push,
}

impl DeliveryMode {
    /// The wire word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Poll => "poll",
            Self::Ping => "ping",
            Self::Push => "push",
        }
    }
}

/// What a yes demands of the person.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// To be signed in.
    #[default]
    Session,
    /// A phishing-resistant proof made after the request: a passkey, or the key of an app that checked who holds it.
    PhishingResistant,
}

/// Whether a request makes itself heard on the person's devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// They are notified.
    Heard,
    /// It stands in their inbox and disturbs nobody.
    Silent,
}

/// Two digits that only the consumption device shows, and two others to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberMatch {
    /// The number shown: 10 to 99.
    pub shown: u8,
    /// Two other numbers.
    pub decoys: [u8; 2],
    /// How the person answers.
    pub answer: NumberAnswer,
}

/// How the person gives the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberAnswer {
    /// By picking one of three.
    Pick,
    /// By typing it.
    Type,
}

impl NumberMatch {
    /// Draws three different numbers from random bytes.
    pub fn from_random(random: [u8; 8], answer: NumberAnswer) -> Self {
        // The bias of remainders over 64 bits is nothing that anybody could measure.
        let mut left: Vec<u8> = (10..=99).collect();
        let mut rest = u64::from_be_bytes(random);
        let mut draw = || {
            let at = usize::try_from(rest % left.len() as u64).unwrap_or_default();
            rest /= left.len() as u64;
            left.remove(at)
        };
        Self { shown: draw(), decoys: [draw(), draw()], answer }
    }

    /// All three, in an order that tells nothing: by size.
    pub fn choices(&self) -> [u8; 3] {
        let mut all = [self.shown, self.decoys[0], self.decoys[1]];
        all.sort_unstable();
        all
    }

    /// Whether this is the number shown.
    pub fn is(&self, answer: &str) -> bool {
        answer.trim().parse::<u8>() == Ok(self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_different_numbers_of_two_digits() {
        for seed in 0..=255_u8 {
            let random = std::array::from_fn(|i| {
                seed.wrapping_mul(31).wrapping_add(u8::try_from(i).unwrap().wrapping_mul(77))
            });
            let number = NumberMatch::from_random(random, NumberAnswer::Pick);
            let choices = number.choices();
            assert!(choices[0] < choices[1] && choices[1] < choices[2], "{choices:?}");
            assert!(choices.iter().all(|n| (10..=99).contains(n)));
            assert!(number.is(&format!(" {} ", number.shown)) && !number.is(&number.decoys[0].to_string()));
        }
    }
}
