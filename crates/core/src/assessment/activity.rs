//! Does a mitigation act under this policy, and why?
//!
//! A setting that only acts if somebody sends what an attacker need not send does not act. What holds in part, or leans on
//! a part of the world that is not seen here, acts in part.

use super::{Defence, GeolocationDatabase, Subject};
use crate::crossing::{NumberAnswer, Room};
use crate::mitigations::establish_proximity::QrDemand;
use crate::mitigations::one_time_codes::Rivalry;
use crate::mitigations::request_initiation_verification::PinDemand;
use crate::mitigations::{
    Mitigation, Response, Signal, authenticate_then_initiate, content_filtering, request_binding,
    trusted_devices, user_education,
};
use crate::oauth::client::UserHints;

/// Whether a defence acts, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// As it should.
    Full(String),
    /// Less than it could.
    Partial(String),
    /// Not at all.
    Off(String),
}

impl Activity {
    /// Whether it acts as it should.
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Whether it acts at all.
    pub const fn acts(&self) -> bool {
        !matches!(self, Self::Off(_))
    }

    /// Why.
    pub fn reason(&self) -> &str {
        let (Self::Full(reason) | Self::Partial(reason) | Self::Off(reason)) = self;
        reason
    }

    /// In one word.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Full(_) => "acts",
            Self::Partial(_) => "in part",
            Self::Off(_) => "off",
        }
    }
}

fn full(reason: impl Into<String>) -> Activity {
    Activity::Full(reason.into())
}

fn partial(reason: impl Into<String>) -> Activity {
    Activity::Partial(reason.into())
}

fn off(reason: impl Into<String>) -> Activity {
    Activity::Off(reason.into())
}

/// The longest life of a code that a mail cannot use, and the longest that a life limits at all, in seconds.
const BRIEF: u32 = 300;
const BOUNDED: u32 = 900;
/// A day, in seconds.
const DAY: u32 = 86_400;

/// Whether a defence acts on the requests of this client.
pub fn active(defence: Defence, subject: &Subject<'_>) -> Activity {
    match defence {
        Defence::Mitigation(mitigation) => mitigation_acts(mitigation, subject),
        Defence::LivingQr => match (subject.room, subject.policy.establish_proximity.living_qr) {
            (Room::Ciba, _) => off("no QR code in this flow"),
            (_, QrDemand::Require) => full("only a QR code drawn in the last seconds opens a request"),
            (_, QrDemand::Offer) => partial("offered; the code can be typed instead"),
            (_, QrDemand::Off) => off("the QR code stays the same for the life of the code"),
        },
        Defence::UserCode if subject.client.backchannel_user_code_parameter => {
            full("a request carries a code that only the person knows")
        }
        Defence::UserCode => off("whoever knows a name can ask"),
        Defence::ConcealedPeople => match subject.client.tandem_user_hints {
            UserHints::Conceal => full("who exists is not told"),
            UserHints::Reveal => off("the client learns who exists"),
        },
    }
}

fn mitigation_acts(mitigation: Mitigation, subject: &Subject<'_>) -> Activity {
    let policy = subject.policy;
    match mitigation {
        Mitigation::EstablishProximity => proximity(subject),
        Mitigation::ShortLivedCodes => match subject.code_life() {
            life if life <= BRIEF => full(format!("a code can be opened for {life} s")),
            life if life <= BOUNDED => {
                partial(format!("a code can be opened for {life} s, as long as a mail takes"))
            }
            life => off(format!("a code can be opened for {life} s")),
        },
        Mitigation::OneTimeCodes => match policy.one_time_codes.second_person {
            Rivalry::Allow => partial("collected once, but any number of people may open it"),
            Rivalry::Refuse => full("a second person is turned away"),
            Rivalry::Kill => full("a second person ends the request"),
        },
        Mitigation::UniqueCodes => {
            full(format!("used codes are remembered for {} s", policy.unique_codes.window))
        }
        Mitigation::ContentFiltering => match policy.content_filtering.filtered_codes {
            content_filtering::Filtered::Refuse => {
                partial("a code that a filter reports is dead; whether one is connected is not seen here")
            }
            content_filtering::Filtered::Record => off("what a filter finds is only recorded"),
        },
        Mitigation::DetectAndRemediate => {
            let ends = &policy.detect_and_remediate.end_on;
            match (ends.contains(&Signal::Reported), ends.len()) {
                (true, 1) => full("a report ends a request"),
                (true, count) => {
                    full(format!("a report ends a request, and so do {} other signs", count - 1))
                }
                (false, 0) => off("no sign of misuse ends a request"),
                (false, count) => partial(format!("{count} signs of misuse end a request, but no report")),
            }
        }
        Mitigation::TrustedDevices => match policy.trusted_devices.demand {
            trusted_devices::Demand::Known => full("only registered or attested devices ask"),
            trusted_devices::Demand::Off if policy.trusted_devices.kinds.is_empty() => off("any device asks"),
            trusted_devices::Demand::Off => partial("some kinds of device only, as they say of themselves"),
        },
        Mitigation::TrustedNetworks => networks(subject),
        Mitigation::LimitedScopes => scopes(subject),
        Mitigation::ShortLivedTokens => tokens(subject),
        Mitigation::RateLimits => rates(subject),
        Mitigation::SenderConstrainedTokens if subject.is_sender_constrained() => {
            full("tokens work for one key")
        }
        Mitigation::SenderConstrainedTokens => off("whoever has a token can use it"),
        Mitigation::UserEducation => match policy.user_education.interstitial {
            user_education::Interstitial::Always => full("a page on scams stands before each question"),
            user_education::Interstitial::AtRisk => {
                partial("a page on scams stands before suspicious questions")
            }
            user_education::Interstitial::Never => off("no page on scams"),
        },
        Mitigation::UserExperience => {
            full("nobody answers without the page that shows who asks, from where and for what")
        }
        Mitigation::AuthenticateThenInitiate => match policy.authenticate_then_initiate.demand {
            authenticate_then_initiate::Demand::PhishingResistant => {
                full("only who signed in on the consumption device asks, and only they approve")
            }
            authenticate_then_initiate::Demand::Off => off("nobody has to sign in before a device asks"),
        },
        Mitigation::RequestInitiationVerification => verification(subject),
        Mitigation::RequestBinding => match (policy.request_binding.demand, policy.request_binding.answer) {
            (request_binding::Demand::AsSent, _) => off("a request may come without data to bind"),
            (_, request_binding::BindingAnswer::Type) => full("bound data must be typed again"),
            (_, request_binding::BindingAnswer::Confirm) => partial("bound data is shown and confirmed"),
        },
    }
}

fn proximity(subject: &Subject<'_>) -> Activity {
    let settings = &subject.policy.establish_proximity;
    let placed = match subject.server.geolocation {
        GeolocationDatabase::Present => settings.geolocation,
        // Every place is unknown.
        GeolocationDatabase::Absent => settings.geolocation.min(settings.unknown),
    };
    // Coordinates that are not sent are unknown, and nobody must send theirs.
    let sent = settings.coordinates.min(settings.unknown);
    let strictest = settings.network.max(placed).max(sent);
    let missing = match subject.server.geolocation {
        GeolocationDatabase::Absent if settings.geolocation != Response::Off => {
            " (no geolocation.database: addresses cannot be placed)"
        }
        _ => "",
    };
    match strictest {
        Response::Refuse => full("devices that are apart end the request"),
        Response::StepUp => {
            partial(format!("devices that are apart take a passkey, which a misled person has{missing}"))
        }
        Response::Limit => partial(format!("devices that are apart get less{missing}")),
        Response::Show => partial(format!("the person is shown where the other device is{missing}")),
        Response::Off if settings.coordinates != Response::Off => {
            partial(format!("coordinates are compared where a device sends them{missing}"))
        }
        Response::Off => off(format!("nothing is compared{missing}")),
    }
}

fn networks(subject: &Subject<'_>) -> Activity {
    let settings = &subject.policy.trusted_networks;
    if settings.initiate.iter().any(|network| network.prefix_len() == 0) {
        return off("every address is in trusted_networks.initiate");
    }
    match (settings.initiate.is_empty(), settings.approve.is_empty()) {
        (false, _) => full(format!("requests come from named networks only ({})", settings.initiate.len())),
        (true, false) => partial("answers come from named networks only, requests from anywhere"),
        (true, true) => off("requests come from anywhere"),
    }
}

fn scopes(subject: &Subject<'_>) -> Activity {
    let settings = &subject.policy.limited_scopes;
    if subject.scope() != subject.client.personal_scope() {
        return full(format!("at most `{}` is granted", subject.scope()));
    }
    if settings.most_at_risk.is_some() || settings.most_for_unknown_devices.is_some() {
        return partial("less is granted where the risk is raised or the device unknown");
    }
    off("all that the client registered can be granted")
}

fn tokens(subject: &Subject<'_>) -> Activity {
    let (access, refresh) = (subject.access_token(), subject.refresh_token());
    let words = match refresh {
        None => format!("access tokens live {access} s, and none can be refreshed"),
        Some(refresh) => format!("access tokens live {access} s, a grant {} h", refresh / 3600),
    };
    match (access, refresh.unwrap_or(0)) {
        (..=900, ..=DAY) => full(words),
        (..=3600, refresh) if refresh <= 7 * DAY => partial(words),
        _ => off(words),
    }
}

fn rates(subject: &Subject<'_>) -> Activity {
    let keys: &[&str] = match subject.room {
        Room::DeviceAuthorization => {
            &["initiate_client", "initiate_address", "guess_address", "guess_session"]
        }
        Room::Ciba => &["ask_client", "ask_person", "user_code_person"],
    };
    let lifted: Vec<_> = keys.iter().copied().filter(|key| !subject.limits(key)).collect();
    let limits = &subject.policy.rate_limits;
    let person = match subject.room {
        Room::DeviceAuthorization => String::new(),
        Room::Ciba => {
            let quiet =
                if subject.client.tandem_quiet_hours.is_some() { ", none in quiet hours" } else { "" };
            format!(
                "; {} open a person, {} s of rest after a no{quiet}",
                limits.open_requests, limits.cool_down
            )
        }
    };
    if lifted.is_empty() {
        return full(format!("requests and wrong codes are counted{person}"));
    }
    let words = format!("lifted: {}{person}", lifted.join(", "));
    if lifted.len() == keys.len() && person.is_empty() { off(words) } else { partial(words) }
}

fn verification(subject: &Subject<'_>) -> Activity {
    let settings = &subject.policy.request_initiation_verification;
    let pin = settings.pin == PinDemand::Always;
    match (settings.number(subject.client.tandem_number_matching), pin) {
        (_, true) => full("the phone's PIN must be typed on the consumption device"),
        (Some(NumberAnswer::Type), _) => full("the consumption device's number must be typed on the phone"),
        (Some(NumberAnswer::Pick), _) => {
            full("the consumption device's number must be picked out of three, with one try")
        }
        (None, _) => off("a number is asked for only if the request says so"),
    }
}
