//! Are the two devices near each other? (BCP 6.1.1)
//!
//! The mitigation that the BCP puts first: an attacker is elsewhere. Evidence is weak in ways that differ, so each kind
//! has its own response: the network that both devices come from, where address databases place them, where their own
//! sensors do, and QR codes that say where they were drawn. Marks: Prevent, Disrupt. Limitations: phones are often on
//! mobile networks, so a missing common network is not distance (R6.1d); address databases are wrong by cities; a VPN
//! moves its user; what a device says of itself can be a lie. Requirements R6.1b to R6.1h. Proved by plays B1, B1j, B3.

mod coordinates;
mod geolocation;
pub mod living_qr;
mod network;
pub mod signed_qr;

pub use coordinates::{Coordinates, CoordinatesError};
pub use geolocation::{GeoPlace, Granularity, distance_km};

use super::facts::QrEvidence;
use super::{Ask, Facts, Limits, Reason, Response, Verdict};
use crate::crossing::{CheckpointKind, QrKind, Verification};
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What counts as near, and what follows where it is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What follows when both devices are on different networks.
    pub network: Response,
    /// How many leading bits of two IPv4 addresses must agree. A household has one address: 32.
    #[schemars(range(min = 8, max = 32))]
    pub ipv4_prefix: u8,
    /// How many leading bits of two IPv6 addresses must agree. A household has a /64 at least.
    #[schemars(range(min = 16, max = 128))]
    pub ipv6_prefix: u8,
    /// Networks whose addresses many households share (CIDR): carrier-grade NAT, VPN exits. To share such an address
    /// proves nothing, and not to share it neither.
    #[schemars(with = "Vec<String>")]
    pub shared_networks: Vec<IpNet>,
    /// What follows when the address database places the devices apart. Needs `geolocation.database`.
    pub geolocation: Response,
    /// How finely places of the database are compared.
    pub granularity: Granularity,
    /// With `granularity = "distance"`: from how many kilometres on the devices are apart, beyond what the database itself
    /// says it does not know.
    #[schemars(range(min = 1, max = 20_000))]
    pub distance_km: u32,
    /// What follows when the devices' own coordinates are apart. The consumption device sends `tandem_device_coordinates`,
    /// and the person's browser asks them.
    pub coordinates: Response,
    /// From how many metres on coordinates are apart, beyond the accuracy of both.
    #[schemars(range(min = 10, max = 100_000))]
    pub coordinates_m: u32,
    /// What follows when evidence that is looked at is missing or stale. Never more than the response to distance itself.
    pub unknown: Response,
    /// Whether the QR code carries a signed statement of where and when it was drawn.
    pub signed_qr: QrDemand,
    /// Whether the consumption device draws a new QR code every 15 seconds that is dead soon after.
    pub living_qr: QrDemand,
    /// What follows when Bluetooth does not show the devices near each other. It comes with CTAP hybrid transports; until
    /// then only `off` is accepted.
    pub ble: Response,
}

/// Whether a kind of QR code is offered, or the only way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QrDemand {
    /// It is not made.
    Off,
    /// It is made, and checked where it is used; the code can be typed instead.
    Offer,
    /// Nobody opens the request without it.
    Require,
}

/// Where one device is, seen from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Near.
    Together,
    /// Not near.
    Apart,
    /// Nobody can say.
    Unknown,
}

/// What is known of where one device is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Whereabouts {
    /// The address it comes from.
    pub address: Option<IpAddr>,
    /// Where the operator's database places that address.
    pub place: Option<GeoPlace>,
    /// Where it says it is.
    pub coordinates: Option<Coordinates>,
}

impl Settings {
    /// People are shown what is known, and nothing is enforced.
    pub fn baseline() -> Self {
        Self {
            network: Response::Off,
            ipv4_prefix: 32,
            ipv6_prefix: 64,
            // RFC 6598: the addresses that carriers put between themselves and their customers.
            shared_networks: "100.64.0.0/10".parse().into_iter().collect(),
            geolocation: Response::Show,
            granularity: Granularity::Distance,
            distance_km: 200,
            coordinates: Response::Show,
            coordinates_m: 1000,
            unknown: Response::Off,
            signed_qr: QrDemand::Off,
            living_qr: QrDemand::Off,
            ble: Response::Off,
        }
    }

    /// Distance takes a passkey; the QR code is alive.
    pub fn sensitive() -> Self {
        Self {
            geolocation: Response::StepUp,
            coordinates: Response::StepUp,
            living_qr: QrDemand::Offer,
            ..Self::baseline()
        }
    }

    /// Distance is refused, and so is a code that is not scanned alive; what cannot be told takes a passkey.
    pub fn critical() -> Self {
        Self {
            geolocation: Response::Refuse,
            coordinates: Response::Refuse,
            unknown: Response::StepUp,
            distance_km: 100,
            living_qr: QrDemand::Require,
            ..Self::baseline()
        }
    }

    /// How two addresses lie to each other.
    pub fn relation(&self, one: IpAddr, two: IpAddr) -> Relation {
        network::relation(self, one, two)
    }

    /// How the two networks lie to each other, whatever the response.
    pub fn network_relation(&self, facts: &Facts<'_>) -> Relation {
        match (facts.initiating.address, facts.deciding.address) {
            (Some(one), Some(two)) => network::relation(self, one, two),
            _ => Relation::Unknown,
        }
    }

    /// How the places of the two addresses lie to each other, whatever the response.
    pub fn geolocation_relation(&self, facts: &Facts<'_>) -> Relation {
        match (&facts.initiating.place, &facts.deciding.place) {
            (Some(one), Some(two)) => geolocation::relation(self, one, two),
            _ => Relation::Unknown,
        }
    }

    /// How the devices' own coordinates lie to each other, whatever the response.
    pub fn coordinates_relation(&self, facts: &Facts<'_>) -> Relation {
        match (facts.initiating.coordinates, facts.deciding.coordinates) {
            (Some(one), Some(two)) => coordinates::relation(self, one, two),
            _ => Relation::Unknown,
        }
    }

    /// What each kind of evidence says that policy looks at, and what policy answers to distance by it. Evidence that is
    /// off is `Unknown` and `Off`.
    pub fn findings(&self, facts: &Facts<'_>) -> [(Relation, Response); 3] {
        let looked = |response, relation: &dyn Fn() -> Relation| match response {
            Response::Off => (Relation::Unknown, Response::Off),
            response => (relation(), response),
        };
        [
            looked(self.network, &|| self.network_relation(facts)),
            looked(self.geolocation, &|| self.geolocation_relation(facts)),
            looked(self.coordinates, &|| self.coordinates_relation(facts)),
        ]
    }

    /// What follows from all of them together: the strictest.
    fn response(&self, checkpoint: CheckpointKind, facts: &Facts<'_>) -> Response {
        let [network, geolocation, coordinates] =
            self.findings(facts).map(|(relation, response)| match relation {
                Relation::Together => Response::Off,
                Relation::Apart => response,
                Relation::Unknown => self.unknown.min(response),
            });
        // The browser is asked on the page that follows, if there is something to compare with.
        let coordinates = match checkpoint {
            CheckpointKind::Transfer if facts.initiating.coordinates.is_some() => Response::Off,
            _ => coordinates,
        };
        network.max(geolocation).max(coordinates)
    }
}

/// Two points this far from each other, each known up to a radius; `unsure` is the sum of both. Apart is what must be,
/// even if both are off by as much as they say; together is what can be, unless they are so vague that this says nothing:
/// whoever claims not to know where they are proves nothing.
fn by_distance(far: f64, unsure: f64, limit: f64) -> Relation {
    /// How many times the limit two radii may be together.
    const VAGUE: f64 = 5.0;
    if !far.is_finite() || !unsure.is_finite() || unsure < 0.0 {
        Relation::Unknown
    } else if far - unsure >= limit {
        Relation::Apart
    } else if unsure > limit * VAGUE {
        Relation::Unknown
    } else {
        Relation::Together
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::baseline()
    }
}

/// At initiation, a device that cannot draw what opens its request is told so, before anybody scans in vain. When the
/// request is opened and answered: the strictest response to what is known. A response of `limit` acts through the raised
/// risk, `show` through the page.
pub fn assess(checkpoint: CheckpointKind, facts: &Facts<'_>, settings: &Settings) -> Verdict {
    if checkpoint == CheckpointKind::Initiate {
        return match (settings.living_qr, facts.qr_offered) {
            (QrDemand::Require, Some(QrKind::Still)) => Verdict::Ask(Ask::LivingQr),
            _ => Verdict::Pass,
        };
    }
    if checkpoint == CheckpointKind::Transfer {
        let scanned = match facts.qr {
            QrEvidence::Rejected => return Verdict::Refuse(Reason::QrRejected),
            QrEvidence::NotUsed => (false, false),
            QrEvidence::Holds { signed, living } => (signed, living),
        };
        let (signed, living) = (settings.signed_qr, settings.living_qr);
        // Requests that are sent to a person have no QR code.
        let by_code = facts.request.is_some_and(|request| request.user_code.is_some());
        // Whoever opened it by its QR code once may come back to it; nobody else by what they did.
        let opened = match (facts.code.first, facts.code.presenting) {
            (Some(first), Some(now)) => first.sub == now.sub,
            _ => false,
        };
        let missing =
            (signed == QrDemand::Require && !scanned.0) || (living == QrDemand::Require && !scanned.1);
        if by_code && !opened && missing {
            return Verdict::Refuse(Reason::QrRequired);
        }
    }
    match settings.response(checkpoint, facts) {
        Response::Refuse => Verdict::Refuse(Reason::Apart),
        Response::StepUp => {
            Verdict::Limit(Limits { verification: Some(Verification::PhishingResistant), ..Limits::none() })
        }
        Response::Limit | Response::Show | Response::Off => Verdict::Pass,
    }
}
