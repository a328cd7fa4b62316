//! What does a database say of an address? The parts of the GeoIP2 City layout that are looked at.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use tandem_core::mitigations::establish_proximity::GeoPlace;

/// How far a place may be off, in kilometres, where the database does not say.
const UNSAID_RADIUS_KM: f64 = 200.0;
/// Half the way around the earth.
const FARTHEST_KM: f64 = 20_100.0;

/// A record; whatever is missing is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record<'d> {
    #[serde(borrow)]
    city: Named<'d>,
    #[serde(borrow)]
    country: Named<'d>,
    #[serde(borrow)]
    continent: Continent<'d>,
    location: Location,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named<'d> {
    geoname_id: Option<u32>,
    iso_code: Option<&'d str>,
    #[serde(borrow)]
    names: Names<'d>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Continent<'d> {
    code: Option<&'d str>,
}

/// Names in the languages of the pages.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Names<'d> {
    en: Option<&'d str>,
    ja: Option<&'d str>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Location {
    latitude: Option<Number>,
    longitude: Option<Number>,
    accuracy_radius: Option<Number>,
}

/// A number of whatever type: databases of different makers differ.
#[derive(Debug, Clone, Copy)]
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct AnyNumber;

        impl Visitor<'_> for AnyNumber {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Number, E> {
                Ok(Number(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Number, E> {
                // More than 32 bits is none of the numbers that are looked at here.
                Ok(Number(u32::try_from(value).map_or(f64::NAN, f64::from)))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Number, E> {
                Ok(Number(i32::try_from(value).map_or(f64::NAN, f64::from)))
            }
        }

        from.deserialize_any(AnyNumber)
    }
}

impl Names<'_> {
    fn in_language(&self, language: &str) -> Option<Box<str>> {
        let own = if language == "ja" { self.ja } else { self.en };
        own.or(self.en).or(self.ja).and_then(word)
    }
}

/// What the mitigation compares.
pub(super) fn place(record: &Record<'_>) -> GeoPlace {
    GeoPlace {
        point: record.location.point(),
        radius_km: record.location.radius_km(),
        city: record.city.names.in_language("en"),
        city_id: record.city.geoname_id,
        country: record.country.iso_code.and_then(word),
        continent: record.continent.code.and_then(word),
    }
}

impl Record<'_> {
    /// City and country as people call them.
    pub fn names(&self, language: &str) -> (Option<Box<str>>, Option<Box<str>>) {
        (self.city.names.in_language(language), self.country.names.in_language(language))
    }
}

impl Location {
    fn point(&self) -> Option<(f64, f64)> {
        let within = |degrees: Number, most: f64| (degrees.0.abs() <= most).then_some(degrees.0);
        Some((within(self.latitude?, 90.0)?, within(self.longitude?, 180.0)?))
    }

    fn radius_km(&self) -> f64 {
        match self.accuracy_radius {
            Some(Number(radius)) if radius.is_finite() && radius >= 0.0 => radius.min(FARTHEST_KM),
            _ => UNSAID_RADIUS_KM,
        }
    }
}

/// A name that a page can bear.
fn word(text: &str) -> Option<Box<str>> {
    const LONGEST: usize = 100;
    let text = text.trim();
    (!text.is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control))
        .then(|| text.into())
}
