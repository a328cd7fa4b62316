//! Where are the two devices? What is known of each, gathered for the mitigations. (BCP 6.1.1)
//!
//! Coordinates of the consumption device live and die with the crossing; those of the authorization device are looked at
//! once, when they come, and kept nowhere.

use crate::app::App;
use crate::edge::metrics;
use crate::geolocation::PlaceNames;
use crate::pages::views::{
    self, Distance, LocationQuestion, NetworkKind, PlaceName, Places, Warning, rounded,
};
use crate::people::visit::Visit;
use std::net::IpAddr;
use tandem_core::crossing::Request;
use tandem_core::mitigations::establish_proximity::{
    Coordinates, Relation, Settings, Whereabouts, distance_km,
};
use tandem_core::mitigations::{Facts, Response};
use tandem_core::oauth::form::Form;

/// Where a consumption device is that asks now; `coordinates` are those that came with the request.
pub fn asking(app: &App, address: IpAddr, coordinates: Option<Coordinates>) -> Whereabouts {
    Whereabouts {
        address: Some(address),
        place: app.geolocation.place(address, app.clock.now()),
        coordinates,
    }
}

/// Where the consumption device was when it asked.
pub fn initiating(app: &App, asked: &Request) -> Whereabouts {
    let coordinates = asked.context.as_ref().and_then(|context| context.coordinates);
    asking(app, asked.device.address, coordinates)
}

/// Where the authorization device is; `coordinates` are those that came with the answer.
pub fn deciding(app: &App, address: IpAddr, coordinates: Option<Coordinates>) -> Whereabouts {
    asking(app, address, coordinates)
}

/// The coordinates in the form of a decision page. What cannot be read counts as not sent.
pub fn coordinates(form: &Form) -> Option<Coordinates> {
    form.get("coordinates").and_then(|text| Coordinates::parse(text).ok())
}

/// What a person is told before they answer.
#[derive(Debug)]
pub struct Seen {
    /// Where the other device is.
    pub whereabouts: views::Whereabouts,
    /// What is odd about that.
    pub warnings: Vec<Warning>,
}

/// Where the device is, seen from whoever visits. What is known is told whatever policy says; a warning is what policy
/// looks at.
pub fn seen(app: &App, asked: &Request, visit: &Visit) -> Seen {
    let policy = app.policy(asked.room, &asked.client_id);
    let settings = &policy.establish_proximity;
    let facts = Facts {
        initiating: initiating(app, asked),
        deciding: deciding(app, visit.address, None),
        ..Facts::at(visit.now)
    };
    let network = settings.network_relation(&facts);
    count(settings, &facts);
    let odd = |relation, response| relation == Relation::Apart && response != Response::Off;
    let mut warnings = Vec::new();
    if odd(network, settings.network) {
        warnings.push(Warning::OtherNetwork);
    }
    let distance = match network {
        // Nobody is far from themselves, whatever a database says.
        Relation::Together => Distance::NotAsked,
        _ => distance(app, &facts, settings),
    };
    let places = match distance {
        Distance::NotAsked | Distance::Near => None,
        Distance::Unknown | Distance::About { .. } => places(app, asked, visit),
    };
    if odd(settings.geolocation_relation(&facts), settings.geolocation) {
        warnings.push(Warning::FarAway { places: places.clone() });
    }
    let whereabouts = views::Whereabouts {
        network: match network {
            Relation::Together => NetworkKind::Same,
            Relation::Apart => NetworkKind::Other,
            Relation::Unknown => NetworkKind::Unknown,
        },
        address: asked.device.address.to_string(),
        distance,
        places,
        location: location(&facts, settings),
    };
    Seen { whereabouts, warnings }
}

/// What policy looks at, told apart for the operator.
fn count(settings: &Settings, facts: &Facts<'_>) {
    let [network, geolocation, _] = settings.findings(facts);
    for (evidence, (relation, response)) in [("network", network), ("geolocation", geolocation)] {
        if response != Response::Off {
            let relation = match relation {
                Relation::Together => "together",
                Relation::Apart => "apart",
                Relation::Unknown => "unknown",
            };
            metrics::proximity(evidence, relation);
        }
    }
}

fn distance(app: &App, facts: &Facts<'_>, settings: &Settings) -> Distance {
    match (&facts.initiating.place, &facts.deciding.place) {
        (Some(there), Some(here)) => match (there.point, here.point) {
            (Some(one), Some(two)) => {
                let km = distance_km(one, two);
                let unsure = (there.radius_km + here.radius_km).max(10.0);
                if km <= unsure { Distance::Near } else { Distance::About { km: rounded(km) } }
            }
            _ => Distance::Unknown,
        },
        _ if app.geolocation.is_configured() && settings.geolocation != Response::Off => Distance::Unknown,
        _ => Distance::NotAsked,
    }
}

/// What both places are called, if that tells them apart.
fn places(app: &App, asked: &Request, visit: &Visit) -> Option<Places> {
    let language = visit.browser.locale().tag();
    let name = |address| app.geolocation.names(address, language, visit.now).and_then(named);
    let (there, here) = (name(asked.device.address)?, name(visit.address)?);
    (there != here).then_some(Places { there, here })
}

fn named(PlaceNames { city, country }: PlaceNames) -> Option<PlaceName> {
    let known = city.is_some() || country.is_some();
    known.then(|| PlaceName { city: city.map(String::from), country: country.map(String::from) })
}

/// Whether the browser is asked: where policy looks at coordinates, and there are some to compare with.
fn location(facts: &Facts<'_>, settings: &Settings) -> LocationQuestion {
    match (facts.initiating.coordinates, settings.coordinates, settings.unknown) {
        (None, ..) | (_, Response::Off, _) => LocationQuestion::Off,
        (_, Response::Refuse, Response::Refuse) => LocationQuestion::Needed,
        _ => LocationQuestion::Offered,
    }
}
