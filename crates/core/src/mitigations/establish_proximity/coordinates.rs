//! Where does a device say it is?

use super::geolocation::distance_km;
use super::{Relation, Settings, by_distance};
use serde::{Deserialize, Serialize};

/// A position by a device's own sensors (as W3C Geolocation gives it). Kept as long as the crossing, and not written down
/// anywhere else.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coordinates {
    /// Latitude in millionths of a degree.
    latitude_e6: i32,
    /// Longitude in millionths of a degree.
    longitude_e6: i32,
    /// Accuracy in metres.
    accuracy_m: u32,
}

impl std::fmt::Debug for Coordinates {
    /// Where somebody is belongs into no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Coordinates(..)")
    }
}

/// Why a text is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("coordinates are `latitude,longitude,accuracy in metres`, for instance 35.6812,139.7671,50")]
pub struct CoordinatesError;

impl Coordinates {
    /// Reads `latitude,longitude,accuracy` (degrees, degrees, metres).
    pub fn parse(text: &str) -> Result<Self, CoordinatesError> {
        const LONGEST: usize = 96;
        if text.len() > LONGEST {
            return Err(CoordinatesError);
        }
        let mut parts = text.split(',').map(|part| part.trim().parse::<f64>());
        let mut next = || parts.next().and_then(Result::ok).filter(|number| number.is_finite());
        let (latitude, longitude, accuracy_m) = (next(), next(), next());
        match (latitude, longitude, accuracy_m, parts.next()) {
            (Some(latitude), Some(longitude), Some(accuracy_m), None)
                if latitude.abs() <= 90.0
                    && longitude.abs() <= 180.0
                    && (0.0..=50_000_000.0).contains(&accuracy_m) =>
            {
                Ok(Self {
                    latitude_e6: millionths(latitude),
                    longitude_e6: millionths(longitude),
                    accuracy_m: whole(accuracy_m),
                })
            }
            _ => Err(CoordinatesError),
        }
    }

    /// The distance to another position in metres.
    pub fn distance_m(self, other: Self) -> f64 {
        distance_km(self.degrees(), other.degrees()) * 1000.0
    }

    /// Latitude and longitude in degrees.
    pub fn degrees(self) -> (f64, f64) {
        (f64::from(self.latitude_e6) / 1e6, f64::from(self.longitude_e6) / 1e6)
    }

    /// The radius within which the device is, in metres.
    pub fn accuracy_m(self) -> f64 {
        f64::from(self.accuracy_m)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "at most 180 million, and rounded")]
fn millionths(degrees: f64) -> i32 {
    (degrees * 1e6).round() as i32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 to 50 million, and rounded up"
)]
fn whole(metres: f64) -> u32 {
    metres.ceil() as u32
}

pub(super) fn relation(settings: &Settings, one: Coordinates, two: Coordinates) -> Relation {
    by_distance(one.distance_m(two), one.accuracy_m() + two.accuracy_m(), settings.coordinates_m.into())
}
