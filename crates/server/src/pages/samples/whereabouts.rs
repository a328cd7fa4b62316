//! What do the question pages look like when the other device is somewhere?

use super::super::views::{
    Decide, Distance, LocationQuestion, NetworkKind, PlaceName, Places, RequestPage, Warning, Whereabouts,
};
use super::{PagesError, Visit};

/// In Osaka, while the person is in Berlin.
fn far() -> Whereabouts {
    let place = |city: Option<&str>, country: &str| PlaceName {
        city: city.map(str::to_owned),
        country: Some(country.to_owned()),
    };
    Whereabouts {
        distance: Distance::About { km: "9,000".to_owned() },
        places: Some(Places { there: place(Some("Osaka"), "Japan"), here: place(None, "Germany") }),
        ..Whereabouts::of_network(NetworkKind::Other, "192.0.2.7")
    }
}

pub(super) fn decide(visit: Visit<'_>, page: &Decide) -> Result<(), PagesError> {
    let warnings = vec![Warning::FarAway { places: far().places }, Warning::OtherNetwork];
    visit("decide-far", &Decide { whereabouts: far(), warnings, ..page.clone() })?;
    let seen = |distance, location| Whereabouts {
        distance,
        location,
        ..Whereabouts::of_network(NetworkKind::Unknown, "192.0.2.7")
    };
    for (name, whereabouts) in [
        ("near", seen(Distance::Near, LocationQuestion::Offered)),
        ("about", seen(Distance::About { km: "650".to_owned() }, LocationQuestion::Needed)),
        ("unknown", seen(Distance::Unknown, LocationQuestion::Off)),
    ] {
        let warnings = match whereabouts.distance {
            Distance::About { .. } => vec![Warning::FarAway { places: None }],
            _ => Vec::new(),
        };
        visit(&format!("decide-{name}"), &Decide { whereabouts, warnings, ..page.clone() })?;
    }
    Ok(())
}

pub(super) fn request(visit: Visit<'_>, page: &RequestPage) -> Result<(), PagesError> {
    let whereabouts = Whereabouts { location: LocationQuestion::Offered, ..far() };
    let warnings = vec![Warning::FarAway { places: far().places }, Warning::FarAway { places: None }];
    visit("request-far", &RequestPage { whereabouts, warnings, ..page.clone() })
}
