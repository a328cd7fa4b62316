//! How far are two places of an address database from each other?

use super::{Relation, Settings, by_distance};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a database places an address. What it does not know is absent.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GeoPlace {
    /// Latitude and longitude in degrees.
    pub point: Option<(f64, f64)>,
    /// Within how many kilometres of the point the address is.
    pub radius_km: f64,
    /// The city, in the database's words.
    pub city: Option<Box<str>>,
    /// The number of the city in GeoNames, which tells cities of one name apart.
    pub city_id: Option<u32>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<Box<str>>,
    /// Two letters.
    pub continent: Option<Box<str>>,
}

/// How finely places are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// By the distance between the points, beyond both radii. It knows no borders.
    Distance,
    /// By city.
    City,
    /// By country.
    Country,
    /// By continent.
    Continent,
}

/// The mean radius of the earth in kilometres.
const EARTH_KM: f64 = 6371.0;

/// The distance between two points in kilometres, along the earth.
pub fn distance_km(one: (f64, f64), two: (f64, f64)) -> f64 {
    let (lat1, lat2) = (one.0.to_radians(), two.0.to_radians());
    let half = |from: f64, to: f64| ((to - from) / 2.0).sin().powi(2);
    let h = (lat1.cos() * lat2.cos()).mul_add(half(one.1.to_radians(), two.1.to_radians()), half(lat1, lat2));
    2.0 * EARTH_KM * h.clamp(0.0, 1.0).sqrt().asin()
}

pub(super) fn relation(settings: &Settings, one: &GeoPlace, two: &GeoPlace) -> Relation {
    let same = match settings.granularity {
        Granularity::Distance => match (one.point, two.point) {
            (Some(here), Some(there)) => {
                let (far, unsure) = (distance_km(here, there), one.radius_km + two.radius_km);
                return by_distance(far, unsure, settings.distance_km.into());
            }
            _ => None,
        },
        // A city's name alone is not a place: there are many Springfields.
        Granularity::City => match (one.city_id, two.city_id) {
            (Some(here), Some(there)) => Some(here == there),
            _ => both(one.city.as_deref(), two.city.as_deref()).and_then(|city| {
                both(one.country.as_deref(), two.country.as_deref()).map(|country| city && country)
            }),
        },
        Granularity::Country => both(one.country.as_deref(), two.country.as_deref()),
        Granularity::Continent => both(one.continent.as_deref(), two.continent.as_deref()),
    };
    match same {
        Some(true) => Relation::Together,
        Some(false) => Relation::Apart,
        None => Relation::Unknown,
    }
}

fn both(one: Option<&str>, two: Option<&str>) -> Option<bool> {
    Some(one? == two?)
}
