//! Do the settings of a policy go together?

use super::Policy;
use crate::mitigations::Response;
use crate::mitigations::establish_proximity::QrDemand;
use crate::mitigations::request_initiation_verification::PinDemand;

/// Two settings that cannot both hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{one} and {other} contradict each other: {why}")]
pub struct Contradiction {
    /// `mitigation.setting`.
    pub one: &'static str,
    /// `mitigation.setting`.
    pub other: &'static str,
    /// Why.
    pub why: &'static str,
}

impl Policy {
    /// The first contradiction, if there is one.
    pub fn check(&self) -> Result<(), Contradiction> {
        self.contradictions().into_iter().next().map_or(Ok(()), Err)
    }

    /// What stands against a client to which tokens are pushed (CIBA Core section 10.3): it has no moment in which to send
    /// a PIN.
    pub fn check_push(&self) -> Result<(), Contradiction> {
        match self.request_initiation_verification.pin {
            PinDemand::Off => Ok(()),
            PinDemand::Always => Err(Contradiction {
                one: "request_initiation_verification.pin",
                other: "backchannel_token_delivery_mode",
                why: "a client to which tokens are pushed cannot send a PIN; use poll or ping",
            }),
        }
    }

    /// All contradictions.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let proximity = &self.establish_proximity;
        let codes = &self.short_lived_codes;
        let limits = &self.rate_limits;
        let tokens = &self.short_lived_tokens;
        let rules = [
            (
                proximity.ble != Response::Off,
                "establish_proximity.ble",
                "establish_proximity.network",
                "Bluetooth evidence comes with CTAP hybrid transports; use another kind of evidence",
            ),
            (
                proximity.signed_qr == QrDemand::Require && proximity.living_qr == QrDemand::Require,
                "establish_proximity.signed_qr",
                "establish_proximity.living_qr",
                "a QR code that the device draws itself cannot carry the server's signature; require one of the two",
            ),
            (
                codes.longest_at_risk > codes.longest,
                "short_lived_codes.longest_at_risk",
                "short_lived_codes.longest",
                "a code cannot live longer where the risk is raised",
            ),
            (
                limits.cool_down > limits.longest_cool_down,
                "rate_limits.cool_down",
                "rate_limits.longest_cool_down",
                "the first wait is longer than the longest",
            ),
            (
                tokens.refresh_token != 0 && tokens.refresh_token < tokens.access_token,
                "short_lived_tokens.refresh_token",
                "short_lived_tokens.access_token",
                "a family of refresh tokens that ends before its first access token is of no use; 0 gives none",
            ),
            (
                tokens.access_token_at_risk > tokens.access_token,
                "short_lived_tokens.access_token_at_risk",
                "short_lived_tokens.access_token",
                "a token cannot live longer where the risk is raised",
            ),
            (
                tokens.refresh_token_at_risk > tokens.refresh_token,
                "short_lived_tokens.refresh_token_at_risk",
                "short_lived_tokens.refresh_token",
                "a token cannot live longer where the risk is raised",
            ),
            (
                self.user_experience.verification_at_risk < self.user_experience.verification,
                "user_experience.verification_at_risk",
                "user_experience.verification",
                "a yes cannot demand less where the risk is raised",
            ),
        ];
        rules
            .into_iter()
            .filter(|(contradicts, ..)| *contradicts)
            .map(|(_, one, other, why)| Contradiction { one, other, why })
            .collect()
    }
}
