//! How must each play end against each defence? Said before it is measured.

use crate::outcome::Checkpoint::{self, Afterwards, Approve, Initiate, Redeem, Transfer};
use crate::plays::Play;
use crate::policies::Defence;

/// What a mitigation does to an exploit, in the words of the BCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The flow never starts.
    Prevent,
    /// It starts, and ends before anything is collected; or some of many start, too few for the attacker.
    Disrupt,
    /// Something is collected, and is worth less than was wanted.
    Recover,
}

impl Mark {
    /// Its letter.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Prevent => "P",
            Self::Disrupt => "D",
            Self::Recover => "R",
        }
    }
}

/// How a play must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// At this checkpoint.
    Stopped(Mark, Checkpoint),
    /// As if nothing were on, for this reason: a mitigation that stops it would do so by mistake.
    GetsThrough(&'static str),
    /// It is not played, for this reason.
    NotApplicable(&'static str),
}

const fn p() -> Expected {
    Expected::Stopped(Mark::Prevent, Initiate)
}

const fn d(at: Checkpoint) -> Expected {
    Expected::Stopped(Mark::Disrupt, at)
}

const fn r(at: Checkpoint) -> Expected {
    Expected::Stopped(Mark::Recover, at)
}

const fn through(why: &'static str) -> Expected {
    Expected::GetsThrough(why)
}

const fn not(why: &'static str) -> Expected {
    Expected::NotApplicable(why)
}

const NO_MAIL: &str = "the code stands on a device and in no mail";
const SITE: &str = "the code is shown on a site and is in no mail";
const NO_CODE: &str = "the mail has no code in it";
const EACH_ONE: &str = "one code for each victim stays below every threshold; see rate limits";
const NO_SIGN: &str = "nobody gives a sign before it is collected";
const OWN_MACHINE: &str = "the attacker runs the flow on their own machine, and has the key";
const STOLEN: &str = "a small or short token of the victim is one all the same";
const FIRST: &str =
    "it says nothing of who uses a unique code first; that others come later is a sign for 6.1.6";
const COACHED: &str = "who talks to the victim can pass on all that their own device knows";
const AT_ONCE: &str = "the code is as young as an honest one";
const DRAWN: &str = "the attacker draws it when the victim bites, and it lives for 45 seconds";
const SIGNED: &str = "the statement is true, and whoever forwards the code forwards it too; phones can check it, and the server compares \
                      networks and places by itself";
const NEAR: &str = "the attacker’s machine is near the victim";
const RELAYED: &str = "what the device shows, the site shows; what the phone shows is typed on the site";

/// Every play with every defence that matters to it, in the order of the page.
pub const CELLS: &[(Play, Defence, Expected)] = &[
    (Play::B1, Defence::Proximity, d(Transfer)),
    (Play::B1, Defence::Geolocation, d(Transfer)),
    (Play::B1, Defence::Coordinates, d(Approve)),
    (Play::B1, Defence::SignedQr, through(SIGNED)),
    (Play::B1, Defence::LivingQr, d(Transfer)),
    (Play::B1, Defence::ShortLivedCodes, d(Transfer)),
    (Play::B1, Defence::OneTimeCodes, d(Approve)),
    (Play::B1, Defence::UniqueCodes, through(FIRST)),
    (Play::B1, Defence::ContentFiltering, d(Transfer)),
    (Play::B1, Defence::DetectAndRemediate, d(Redeem)),
    (Play::B1, Defence::Incidents, r(Afterwards)),
    (Play::B1, Defence::TrustedDevices, p()),
    (Play::B1, Defence::TrustedNetworks, p()),
    (Play::B1, Defence::LimitedScopes, through(STOLEN)),
    (Play::B1, Defence::ShortLivedTokens, through(STOLEN)),
    (Play::B1, Defence::RateLimits, through("one flow is enough; see the flood")),
    (Play::B1, Defence::SenderConstrainedTokens, through(OWN_MACHINE)),
    (Play::B1, Defence::UserEducation, d(Approve)),
    (Play::B1, Defence::UserExperience, d(Approve)),
    (Play::B1, Defence::AuthenticateThenInitiate, p()),
    (Play::B1, Defence::Number, d(Approve)),
    (Play::B1, Defence::Pin, d(Redeem)),
    (Play::B1, Defence::Binding, d(Approve)),
    (Play::B1Coached, Defence::ContentFiltering, d(Transfer)),
    (Play::B1Coached, Defence::Number, through(COACHED)),
    (Play::B1Coached, Defence::Pin, through(COACHED)),
    (Play::B1Coached, Defence::Binding, through(COACHED)),
    (Play::B1Sold, Defence::ContentFiltering, d(Transfer)),
    (Play::B1Sold, Defence::SenderConstrainedTokens, r(Afterwards)),
    (Play::B1Flood, Defence::ContentFiltering, through(EACH_ONE)),
    (Play::B1Flood, Defence::RateLimits, d(Initiate)),
    (Play::B1JustInTime, Defence::Proximity, d(Transfer)),
    (Play::B1JustInTime, Defence::Geolocation, d(Transfer)),
    (Play::B1JustInTime, Defence::Coordinates, d(Approve)),
    (Play::B1JustInTime, Defence::LivingQr, through(DRAWN)),
    (Play::B1JustInTime, Defence::ShortLivedCodes, through(AT_ONCE)),
    (Play::B1JustInTime, Defence::OneTimeCodes, through("one victim opens it once")),
    (Play::B1JustInTime, Defence::ContentFiltering, through(NO_CODE)),
    (Play::B1JustInTime, Defence::Incidents, r(Afterwards)),
    (Play::B1JustInTime, Defence::TrustedDevices, p()),
    (Play::B1JustInTime, Defence::TrustedNetworks, p()),
    (Play::B1JustInTime, Defence::UserEducation, d(Approve)),
    (Play::B1JustInTime, Defence::UserExperience, d(Approve)),
    (Play::B1JustInTime, Defence::AuthenticateThenInitiate, p()),
    (Play::B1JustInTime, Defence::Number, d(Approve)),
    (Play::B1JustInTime, Defence::Pin, d(Redeem)),
    (Play::B1JustInTime, Defence::Binding, d(Approve)),
    (Play::B2Scope, Defence::ContentFiltering, not(NO_MAIL)),
    (Play::B2Scope, Defence::DetectAndRemediate, through(NO_SIGN)),
    (Play::B2Scope, Defence::Incidents, r(Afterwards)),
    (Play::B2Scope, Defence::LimitedScopes, r(Redeem)),
    (Play::B2Scope, Defence::AuthenticateThenInitiate, p()),
    (Play::B2Refresh, Defence::ContentFiltering, not(NO_MAIL)),
    (Play::B2Refresh, Defence::DetectAndRemediate, through(NO_SIGN)),
    (Play::B2Refresh, Defence::Incidents, r(Afterwards)),
    (Play::B2Refresh, Defence::ShortLivedTokens, r(Afterwards)),
    (Play::B2Refresh, Defence::SenderConstrainedTokens, through(OWN_MACHINE)),
    (Play::B2Refresh, Defence::AuthenticateThenInitiate, p()),
    (Play::B3, Defence::Proximity, d(Transfer)),
    (Play::B3, Defence::Geolocation, d(Transfer)),
    (Play::B3, Defence::Coordinates, d(Approve)),
    (Play::B3, Defence::SignedQr, d(Transfer)),
    (Play::B3, Defence::LivingQr, d(Transfer)),
    (Play::B3, Defence::ShortLivedCodes, d(Transfer)),
    (Play::B3, Defence::ContentFiltering, not(NO_MAIL)),
    (Play::B3, Defence::UserExperience, d(Approve)),
    (Play::B3, Defence::Binding, d(Approve)),
    (
        Play::B3Copied,
        Defence::Binding,
        through("what everybody can read on a device tells no device from another"),
    ),
    (Play::B41, Defence::Incidents, r(Afterwards)),
    (Play::B41, Defence::TrustedDevices, p()),
    (Play::B41, Defence::TrustedNetworks, p()),
    (Play::B41, Defence::RateLimits, d(Initiate)),
    (Play::B41, Defence::Number, d(Approve)),
    (Play::B41, Defence::Pin, d(Redeem)),
    (Play::B41, Defence::Binding, d(Approve)),
    (Play::B41, Defence::UserCode, d(Initiate)),
    (Play::B41Enumeration, Defence::Conceal, p()),
    (Play::B42, Defence::Incidents, r(Afterwards)),
    (Play::B42, Defence::CoolDown, d(Initiate)),
    (Play::B42, Defence::UserExperience, d(Approve)),
    (Play::B42, Defence::Number, d(Approve)),
    (Play::B42, Defence::Pin, d(Redeem)),
    (Play::B42, Defence::BindingMessage, d(Approve)),
    (Play::B42Coached, Defence::Incidents, r(Afterwards)),
    (Play::B42Coached, Defence::Number, through(COACHED)),
    (Play::B42Coached, Defence::Pin, through(COACHED)),
    (Play::B42Reported, Defence::Incidents, r(Afterwards)),
    (Play::B42Reported, Defence::CoolDown, d(Initiate)),
    (Play::B8, Defence::Proximity, d(Transfer)),
    (Play::B8, Defence::Geolocation, d(Transfer)),
    (Play::B8, Defence::Coordinates, d(Approve)),
    (Play::B8, Defence::LivingQr, through(RELAYED)),
    (Play::B8, Defence::ShortLivedCodes, through(AT_ONCE)),
    (Play::B8, Defence::ContentFiltering, not(SITE)),
    (Play::B8, Defence::Incidents, r(Afterwards)),
    (Play::B8, Defence::TrustedDevices, p()),
    (Play::B8, Defence::TrustedNetworks, p()),
    (Play::B8, Defence::SenderConstrainedTokens, through(OWN_MACHINE)),
    (Play::B8, Defence::UserExperience, d(Approve)),
    (Play::B8, Defence::AuthenticateThenInitiate, p()),
    (Play::B8, Defence::Number, through(RELAYED)),
    (Play::B8, Defence::Pin, through(RELAYED)),
    (Play::B8, Defence::Binding, through(RELAYED)),
    (Play::B8Inside, Defence::Proximity, through(NEAR)),
    (Play::B8Inside, Defence::Geolocation, through(NEAR)),
    (Play::B8Inside, Defence::Coordinates, through("what a device says of itself can be a lie")),
    (Play::B8Inside, Defence::Incidents, r(Afterwards)),
    (Play::B8Inside, Defence::TrustedDevices, p()),
    (Play::B8Inside, Defence::TrustedNetworks, through(NEAR)),
    (Play::B8Inside, Defence::AuthenticateThenInitiate, p()),
    (Play::B9, Defence::Incidents, r(Afterwards)),
    (Play::B9, Defence::RateLimits, d(Initiate)),
    (Play::B9, Defence::OpenRequests, d(Initiate)),
    (Play::B9, Defence::CoolDown, d(Initiate)),
    (Play::B9, Defence::QuietHours, p()),
    (Play::B9, Defence::Number, d(Approve)),
    (Play::B9, Defence::Pin, d(Redeem)),
    (Play::B9, Defence::Binding, d(Approve)),
    (Play::G1, Defence::RateLimits, d(Transfer)),
];

/// Defences under which no honest person is played here, and why.
pub const HONEST_UNPLAYED: &[(Defence, &str)] = &[(
    Defence::AuthenticateThenInitiate,
    "the sign-in on the device takes a passkey; that it works is shown by the server’s own tests",
)];
