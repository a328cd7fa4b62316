//! What is a person told of where the other device is? (BCP 6.1.1)

use serde::Serialize;

/// Where the device is, seen from the person who answers (`part_where.html`), and whether they are asked where they are
/// (`part_location.html`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Whereabouts {
    /// How the device's network compares with the person's.
    pub network: NetworkKind,
    /// The device's address.
    pub address: String,
    /// How far it seems to be.
    pub distance: Distance,
    /// What both places are called, where they differ.
    pub places: Option<Places>,
    /// Whether the browser may be asked for its position.
    pub location: LocationQuestion,
}

/// How two addresses compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkKind {
    /// Both come from the same network.
    Same,
    /// They come from different networks.
    Other,
    /// It cannot be told.
    Unknown,
}

/// How far a device seems to be from a person, by their addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Distance {
    /// Nobody looked.
    NotAsked,
    /// It cannot be told.
    Unknown,
    /// No farther than the database is sure of.
    Near,
    /// Farther.
    About {
        /// Kilometres, rounded, as people write them.
        km: String,
    },
}

/// What two places are called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Places {
    /// Where the device seems to be.
    pub there: PlaceName,
    /// Where the person seems to be.
    pub here: PlaceName,
}

/// What a place is called: at least one of the two is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlaceName {
    /// The city.
    pub city: Option<String>,
    /// The country.
    pub country: Option<String>,
}

/// Whether a page asks the browser for its position. The form posts `coordinates` (latitude, longitude and accuracy in
/// metres, between commas; empty without).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LocationQuestion {
    /// It does not.
    Off,
    /// The person may let it.
    Offered,
    /// There is no yes without it.
    Needed,
}

impl Whereabouts {
    /// Where nothing is known but how the networks compare.
    pub fn of_network(network: NetworkKind, address: &str) -> Self {
        Self {
            network,
            address: address.to_owned(),
            distance: Distance::NotAsked,
            places: None,
            location: LocationQuestion::Off,
        }
    }

    /// Whether the page asks the browser for its position.
    pub fn asks_location(&self) -> bool {
        self.location != LocationQuestion::Off
    }
}

/// Kilometres as a page says them: as exact as such a number deserves.
pub fn rounded(km: f64) -> String {
    let step = match km {
        km if km >= 1000.0 => 500.0,
        km if km >= 100.0 => 50.0,
        _ => 10.0,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 25,000")]
    let km = ((km / step).round() * step).clamp(10.0, 25_000.0) as u32;
    if km < 1000 { km.to_string() } else { format!("{},{:03}", km / 1000, km % 1000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_said_no_more_exactly_than_it_is_known() {
        for (km, said) in [
            (0.0, "10"),
            (14.0, "10"),
            (96.0, "100"),
            (130.0, "150"),
            (1010.0, "1,000"),
            (8943.2, "9,000"),
            (20_015.0, "20,000"),
            (f64::INFINITY, "25,000"),
        ] {
            assert_eq!(rounded(km), said, "{km}");
        }
    }
}
