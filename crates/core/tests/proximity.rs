//! Are two devices near each other? The earth is round, databases are vague, and attackers say what suits them. (BCP 6.1.1)
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use proptest::prelude::*;
use std::time::Duration;
use tandem_core::crossing::{
    Approve, CrossingId, Initiate, Initiation, Pending, Presenter, QrKind, Request, Room, Transfer,
    Verification,
};
use tandem_core::digest::Digest;
use tandem_core::mitigations::establish_proximity::{
    Coordinates, GeoPlace, Granularity, QrDemand, Relation, Settings, Whereabouts, distance_km,
};
use tandem_core::mitigations::facts::{ContextShown, Given, QrEvidence};
use tandem_core::mitigations::one_time_codes::Rivalry;
use tandem_core::mitigations::{
    Ask, Facts, Finding, Hindrance, Mitigation, Policy, Reason, Response, Risk, assess,
};
use tandem_core::oauth::device_description::{DeviceDescription, DeviceKind};
use tandem_core::oauth::scope::Scope;
use tandem_core::time::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const BERLIN: (f64, f64) = (52.52, 13.40);
const OSAKA: (f64, f64) = (34.69, 135.50);

/// Facts of two devices, on a decision page.
fn facts(initiating: Whereabouts, deciding: Whereabouts) -> Facts<'static> {
    Facts { initiating, deciding, context: ContextShown::DecisionPage, warned: true, ..Facts::at(NOW) }
}

fn at(address: &str) -> Whereabouts {
    Whereabouts { address: Some(address.parse().unwrap()), ..Whereabouts::default() }
}

fn placed(place: GeoPlace) -> Whereabouts {
    Whereabouts { place: Some(place), ..Whereabouts::default() }
}

fn located(text: &str) -> Whereabouts {
    Whereabouts { coordinates: Some(Coordinates::parse(text).unwrap()), ..Whereabouts::default() }
}

fn point(point: (f64, f64), radius_km: f64) -> GeoPlace {
    GeoPlace { point: Some(point), radius_km, ..GeoPlace::default() }
}

fn city(name: &str, id: Option<u32>, country: Option<&str>, continent: Option<&str>) -> GeoPlace {
    GeoPlace {
        city: Some(name.into()),
        city_id: id,
        country: country.map(Into::into),
        continent: continent.map(Into::into),
        ..GeoPlace::default()
    }
}

/// A baseline whose proximity settings are these, and that looks at nothing else.
fn policy(change: impl FnOnce(&mut Settings)) -> Policy {
    let mut policy = Policy::baseline();
    let settings = &mut policy.establish_proximity;
    (settings.network, settings.geolocation, settings.coordinates) =
        (Response::Off, Response::Off, Response::Off);
    change(settings);
    policy
}

/// What a yes takes.
fn yes(facts: &Facts<'_>, policy: &Policy) -> Result<Verification, Hindrance> {
    assess::<Approve>(facts, policy).map(|clearance| clearance.limits().verification.unwrap_or_default())
}

const APART: Hindrance = Hindrance::Refused(Mitigation::EstablishProximity, Reason::Apart);

/// R6.1c, R6.3a: who cannot draw what alone opens the request is told before it begins; nobody else is.
#[test]
fn a_device_that_cannot_draw_is_told_at_once() {
    let wanted = Err(Hindrance::Asked([Ask::LivingQr].into()));
    for (demand, kind, outcome) in [
        (QrDemand::Require, Some(QrKind::Still), wanted),
        (QrDemand::Require, Some(QrKind::Living), Ok(())),
        // Requests that are sent to a person have no QR code.
        (QrDemand::Require, None, Ok(())),
        (QrDemand::Offer, Some(QrKind::Still), Ok(())),
        (QrDemand::Off, Some(QrKind::Still), Ok(())),
    ] {
        let policy = policy(|settings| settings.living_qr = demand);
        // Distance is no matter of initiation, whatever is known.
        let facts = Facts { qr_offered: kind, ..facts(at("192.0.2.1"), at("203.0.113.1")) };
        assert_eq!(assess::<Initiate>(&facts, &policy).map(drop), outcome, "{demand:?} {kind:?}");
    }
}

/// R6.1b, R6.1d: addresses are compared within their family, by the prefixes that are set.
#[test]
fn networks_compare_by_prefix_within_their_family() {
    let relation = |ipv4, ipv6, one: &str, two: &str| {
        let settings = Settings { ipv4_prefix: ipv4, ipv6_prefix: ipv6, ..Settings::baseline() };
        settings.network_relation(&facts(at(one), at(two)))
    };
    for (ipv4, ipv6, one, two, expected) in [
        (32, 64, "192.0.2.1", "192.0.2.1", Relation::Together),
        (32, 64, "192.0.2.1", "192.0.2.2", Relation::Apart),
        (24, 64, "192.0.2.1", "192.0.2.254", Relation::Together),
        (24, 64, "192.0.2.1", "192.0.3.1", Relation::Apart),
        (31, 64, "192.0.2.2", "192.0.2.3", Relation::Together),
        (31, 64, "192.0.2.1", "192.0.2.2", Relation::Apart),
        (8, 64, "10.0.0.1", "10.255.255.255", Relation::Together),
        (32, 64, "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", Relation::Together),
        (32, 64, "2001:db8::1", "2001:db8:0:1::1", Relation::Apart),
        (32, 56, "2001:db8::1", "2001:db8:0:ff::1", Relation::Together),
        (32, 128, "2001:db8::1", "2001:db8::2", Relation::Apart),
        // A device on one family and a phone on the other, in one room, are usual: unknown, not far.
        (32, 64, "2001:db8::1", "192.0.2.1", Relation::Unknown),
        (8, 16, "192.0.2.1", "2001:db8::1", Relation::Unknown),
        // IPv4 in IPv6 clothes is IPv4.
        (32, 64, "::ffff:192.0.2.1", "192.0.2.1", Relation::Together),
        (32, 64, "::ffff:192.0.2.1", "::ffff:192.0.2.2", Relation::Apart),
        (32, 64, "::ffff:100.64.0.1", "::ffff:100.64.0.1", Relation::Unknown),
        // This machine's own two addresses are one machine; two of its IPv4 addresses are two.
        (32, 64, "::1", "127.0.0.1", Relation::Together),
        (32, 64, "127.0.0.2", "127.0.0.3", Relation::Apart),
    ] {
        assert_eq!(relation(ipv4, ipv6, one, two), expected, "{one} {two} /{ipv4} /{ipv6}");
        assert_eq!(relation(ipv4, ipv6, two, one), expected, "{two} {one} /{ipv4} /{ipv6}");
    }
}

/// R6.1d: an address that many households share proves nothing, in either direction.
#[test]
fn shared_networks_prove_nothing() {
    let vpn = Settings { shared_networks: vec!["203.0.113.0/24".parse().unwrap()], ..Settings::baseline() };
    for (one, two) in
        [("203.0.113.9", "203.0.113.9"), ("203.0.113.9", "192.0.2.1"), ("192.0.2.1", "::ffff:203.0.113.9")]
    {
        assert_eq!(vpn.network_relation(&facts(at(one), at(two))), Relation::Unknown, "{one} {two}");
    }
    let carrier = facts(at("100.127.255.255"), at("192.0.2.1"));
    assert_eq!(Settings::baseline().network_relation(&carrier), Relation::Unknown);
    assert_eq!(vpn.network_relation(&carrier), Relation::Apart, "the list is the operator's");
}

/// R6.1e: the earth is round: the antimeridian is no border, and longitudes meet at the poles.
#[test]
fn distances_go_around_the_earth() {
    for (one, two, expected) in [
        ((0.0, 179.9), (0.0, -179.9), 22.2),
        ((0.0, 180.0), (0.0, -180.0), 0.0),
        ((52.0, 179.999), (52.0, -179.999), 0.14),
        ((90.0, 0.0), (90.0, 137.0), 0.0),
        ((89.9, 0.0), (89.9, 180.0), 22.2),
        ((90.0, 0.0), (-90.0, 0.0), 20_015.1),
        ((0.0, 0.0), (0.0, 180.0), 20_015.1),
        ((-33.86, 151.21), (-33.86, 151.21), 0.0),
        (BERLIN, OSAKA, 8_817.0),
    ] {
        let km = distance_km(one, two);
        assert!((km - expected).abs() < 0.2, "{one:?} {two:?}: {km}");
    }
}

/// R6.1e: what the database itself does not know is no distance; and a place as wide as a country is no nearness.
#[test]
fn radii_count_before_distance_does() {
    let settings = Settings { distance_km: 100, ..Settings::baseline() };
    let relation = |one, two| settings.geolocation_relation(&facts(placed(one), placed(two)));
    // Berlin and Hamburg: 255 km.
    let hamburg = (53.55, 9.99);
    assert_eq!(relation(point(BERLIN, 20.0), point(hamburg, 20.0)), Relation::Apart);
    assert_eq!(relation(point(BERLIN, 100.0), point(hamburg, 100.0)), Relation::Together);
    assert_eq!(relation(point(BERLIN, 1000.0), point(hamburg, 20.0)), Relation::Unknown);
    assert_eq!(relation(point(BERLIN, 1000.0), point(BERLIN, 1000.0)), Relation::Unknown);
    // However vague both are: half the earth lies between them.
    assert_eq!(relation(point(BERLIN, 1000.0), point(OSAKA, 1000.0)), Relation::Apart);
    // Basel and Lörrach are neighbours in two countries: distance knows no borders.
    let mut basel = point((47.56, 7.59), 5.0);
    let mut loerrach = point((47.61, 7.66), 5.0);
    (basel.country, loerrach.country) = (Some("CH".into()), Some("DE".into()));
    assert_eq!(relation(basel.clone(), loerrach.clone()), Relation::Together);
    let by_country = Settings { granularity: Granularity::Country, ..Settings::baseline() };
    assert_eq!(by_country.geolocation_relation(&facts(placed(basel), placed(loerrach))), Relation::Apart);
}

/// R6.1e: cities by their number, else by name and country; what is missing is unknown.
#[test]
fn names_compare_as_finely_as_is_set() {
    let relation = |granularity, one: &GeoPlace, two: &GeoPlace| {
        let settings = Settings { granularity, ..Settings::baseline() };
        settings.geolocation_relation(&facts(placed(one.clone()), placed(two.clone())))
    };
    let berlin = city("Berlin", Some(2_950_159), Some("DE"), Some("EU"));
    let hamburg = city("Hamburg", Some(2_911_298), Some("DE"), Some("EU"));
    let paris = city("Paris", Some(2_988_507), Some("FR"), Some("EU"));
    let paris_texas = city("Paris", Some(4_717_560), Some("US"), Some("NA"));
    let unnumbered = |name, country| city(name, None, country, None);
    let nowhere = GeoPlace::default();
    for (granularity, one, two, expected) in [
        (Granularity::City, &berlin, &berlin, Relation::Together),
        (Granularity::City, &berlin, &hamburg, Relation::Apart),
        (Granularity::City, &paris, &paris_texas, Relation::Apart),
        (Granularity::City, &paris, &unnumbered("Paris", Some("FR")), Relation::Together),
        (Granularity::City, &paris, &unnumbered("Paris", Some("US")), Relation::Apart),
        (Granularity::City, &paris, &unnumbered("Paris", None), Relation::Unknown),
        (Granularity::City, &paris, &nowhere, Relation::Unknown),
        (Granularity::Country, &berlin, &hamburg, Relation::Together),
        (Granularity::Country, &berlin, &paris, Relation::Apart),
        (Granularity::Country, &berlin, &nowhere, Relation::Unknown),
        (Granularity::Continent, &berlin, &paris, Relation::Together),
        (Granularity::Continent, &paris, &paris_texas, Relation::Apart),
        (Granularity::Continent, &nowhere, &nowhere, Relation::Unknown),
        // No point, no distance.
        (Granularity::Distance, &berlin, &berlin, Relation::Unknown),
    ] {
        assert_eq!(relation(granularity, one, two), expected, "{granularity:?} {one:?} {two:?}");
        assert_eq!(relation(granularity, two, one), expected, "{granularity:?} {two:?} {one:?}");
    }
}

/// R6.1e: coordinates are far when they are even if both are off by as much as they say; vague ones prove nothing.
#[test]
fn coordinates_compare_beyond_their_accuracies() {
    let settings = Settings { coordinates_m: 100, ..Settings::baseline() };
    let relation = |one: &str, two: &str| settings.coordinates_relation(&facts(located(one), located(two)));
    for (one, two, expected) in [
        ("35.681200,139.767100,10", "35.681200,139.767100,10", Relation::Together),
        // 555 m to the north.
        ("35.681200,139.767100,10", "35.686200,139.767100,10", Relation::Apart),
        ("35.681200,139.767100,300", "35.686200,139.767100,200", Relation::Together),
        ("35.681200,139.767100,600", "35.681200,139.767100,10", Relation::Unknown),
        // Who says that they may be anywhere is nowhere; who says that they may be in town is still far from Osaka.
        ("0,0,50000000", "35.681200,139.767100,10", Relation::Unknown),
        ("52.52,13.40,20000", "34.69,135.50,10", Relation::Apart),
        // Two metres apart, on both sides of the antimeridian.
        ("0,179.99999,5", "0,-179.99999,5", Relation::Together),
        ("90,0,5", "90,180,5", Relation::Together),
    ] {
        assert_eq!(relation(one, two), expected, "{one} {two}");
        assert_eq!(relation(two, one), expected, "{two} {one}");
    }
}

/// Hostile coordinates are refused, or mean what they say.
#[test]
fn coordinates_are_read_strictly() {
    let long = format!("35.{},139.7,50", "1".repeat(100));
    for bad in [
        "",
        ",",
        ",,",
        "35,139",
        "35,139,",
        "35,139,50,1",
        "NaN,139,50",
        "35,nan,50",
        "35,139,NaN",
        "inf,0,0",
        "0,-inf,0",
        "0,0,inf",
        "infinity,0,0",
        "90.000001,0,0",
        "-91,0,0",
        "0,180.1,0",
        "0,-181,0",
        "0,0,-1",
        "0,0,50000001",
        "1e400,0,0",
        "0x1,0,0",
        "1_0,0,0",
        "35;139;50",
        "35,139,50\n1",
        "３５,139,50",
        &long,
        "35.1,139.2,50m",
        "\0,0,0",
    ] {
        assert_eq!(
            Coordinates::parse(bad),
            Err(tandem_core::mitigations::establish_proximity::CoordinatesError),
            "{bad:?}"
        );
    }
    for (good, (latitude, longitude), accuracy) in [
        ("35.6812,139.7671,50", (35.6812, 139.7671), 50.0),
        (" -90 , -180 , 0 ", (-90.0, -180.0), 0.0),
        ("+1.5,1e-7,0.2", (1.5, 0.0), 1.0),
        ("-0,0,50000000", (0.0, 0.0), 50_000_000.0),
    ] {
        let read = Coordinates::parse(good).unwrap();
        let (lat, lon) = read.degrees();
        assert!((lat - latitude).abs() < 1e-6 && (lon - longitude).abs() < 1e-6, "{good}: {lat} {lon}");
        assert!((read.accuracy_m() - accuracy).abs() < 1e-9, "{good}");
    }
}

/// R6.1f: each kind of evidence, and each response to it.
#[test]
fn each_kind_of_evidence_has_its_response() {
    let apart = Facts {
        initiating: Whereabouts {
            place: Some(point(OSAKA, 20.0)),
            coordinates: Some(Coordinates::parse("34.69,135.50,20").unwrap()),
            ..at("192.0.2.1")
        },
        deciding: Whereabouts {
            place: Some(point(BERLIN, 20.0)),
            coordinates: Some(Coordinates::parse("52.52,13.40,20").unwrap()),
            ..at("198.51.100.1")
        },
        ..facts(Whereabouts::default(), Whereabouts::default())
    };
    let kinds: [fn(&mut Settings) -> &mut Response; 3] =
        [|s| &mut s.network, |s| &mut s.geolocation, |s| &mut s.coordinates];
    for kind in kinds {
        let with = |response| policy(|settings| *kind(settings) = response);
        for (response, risk) in
            [(Response::Off, Risk::Usual), (Response::Show, Risk::Raised), (Response::Limit, Risk::Raised)]
        {
            let policy = with(response);
            assert_eq!(yes(&apart, &policy).unwrap(), Verification::Session, "{response:?}");
            assert_eq!(Risk::of(&apart, &policy), risk, "{response:?}");
        }
        assert_eq!(yes(&apart, &with(Response::StepUp)).unwrap(), Verification::PhishingResistant);
        assert_eq!(yes(&apart, &with(Response::Refuse)), Err(APART));
        // The same two devices side by side.
        let near = Facts { deciding: apart.initiating.clone(), ..apart.clone() };
        assert_eq!(yes(&near, &with(Response::Refuse)).unwrap(), Verification::Session);
        assert_eq!(Risk::of(&near, &with(Response::Refuse)), Risk::Usual);
    }
}

/// What is missing meets the response to the unknown, and never more than distance itself would.
#[test]
fn the_unknown_is_answered_as_policy_says() {
    let nothing = facts(at("192.0.2.1"), at("2001:db8::1"));
    let with = |geolocation, unknown| policy(|s| (s.geolocation, s.unknown) = (geolocation, unknown));
    assert_eq!(yes(&nothing, &with(Response::Refuse, Response::Off)).unwrap(), Verification::Session);
    assert_eq!(
        yes(&nothing, &with(Response::Refuse, Response::StepUp)).unwrap(),
        Verification::PhishingResistant
    );
    assert_eq!(yes(&nothing, &with(Response::Refuse, Response::Refuse)), Err(APART));
    assert_eq!(yes(&nothing, &with(Response::Show, Response::Refuse)).unwrap(), Verification::Session);
    assert_eq!(yes(&nothing, &with(Response::Off, Response::Refuse)).unwrap(), Verification::Session);
    assert_eq!(Risk::of(&nothing, &with(Response::Refuse, Response::Refuse)), Risk::Usual);
}

/// Whoever opens a request was not asked for their position yet: that alone keeps nobody from the page that asks.
#[test]
fn nobody_is_refused_for_coordinates_that_nobody_asked_for() {
    let demanding = policy(|s| (s.coordinates, s.unknown) = (Response::Refuse, Response::Refuse));
    let opening = facts(located("34.69,135.50,20"), Whereabouts::default());
    assert!(assess::<Transfer>(&opening, &demanding).is_ok());
    assert_eq!(yes(&opening, &demanding), Err(APART), "a yes needs them");
    // A device that sent none leaves nothing to ask for.
    let silent = facts(Whereabouts::default(), Whereabouts::default());
    assert_eq!(assess::<Transfer>(&silent, &demanding).map(drop), Err(APART));
}

/// R6.3b: whoever opened a request by its QR code may come back by its code; nobody else may on the strength of that, such as
/// the victim of an attacker who opened it first.
#[test]
fn another_person_needs_a_living_code_of_their_own() {
    let mut policy = policy(|s| s.living_qr = QrDemand::Require);
    policy.one_time_codes.second_person = Rivalry::Allow;
    let request = by_code();
    let first = Presenter::new("mallory".into(), "192.0.2.9".parse().unwrap(), NOW);
    let second = Presenter { sub: "alice".into(), ..first.clone() };
    let opens = |by: &Presenter, qr| {
        let mut facts = Facts { request: Some(&request), qr, ..Facts::at(NOW) };
        (facts.code.first, facts.code.presenting) = (Some(&first), Some(by));
        assess::<Transfer>(&facts, &policy).map(drop)
    };
    let required = Hindrance::Refused(Mitigation::EstablishProximity, Reason::QrRequired);
    assert_eq!(opens(&first, QrEvidence::NotUsed), Ok(()), "who came by it comes back");
    assert_eq!(opens(&second, QrEvidence::NotUsed), Err(required));
    assert_eq!(opens(&second, QrEvidence::Holds { signed: false, living: true }), Ok(()));
}

fn by_code() -> Request {
    let facts = Facts { wanted_code_lifetime: Duration::from_mins(10), ..Facts::at(NOW) };
    let initiation = Initiation {
        room: Room::DeviceAuthorization,
        client_id: "tv".into(),
        scope: Scope::empty(),
        nonce: None,
        dpop_jkt: None,
        device: DeviceDescription { name: None, kind: DeviceKind::Tv, address: "192.0.2.1".parse().unwrap() },
        user_code: Some(Digest::of(b"code")),
        backchannel: None,
        verification: Verification::Session,
        context: None,
        interval: Duration::from_secs(5),
        now: NOW,
    };
    let clearance = assess::<Initiate>(&facts, &Policy::baseline()).unwrap();
    let step = Pending::initiate(CrossingId::of_secret("device code"), initiation, &clearance);
    step.next.request().unwrap().as_ref().clone()
}

/// A PIN or what somebody typed stands in no log.
#[test]
fn what_was_given_is_not_shown() {
    let facts = Facts { pin: Given::Text("123456"), binding: Given::Text("14C"), ..Facts::at(NOW) };
    let shown = format!("{facts:?}");
    assert!(!shown.contains("123456") && !shown.contains("14C"), "{shown}");
}

/// What was found is kept with the crossing as words, never as positions.
#[test]
fn findings_say_what_was_compared() {
    let near = Facts {
        initiating: Whereabouts { place: Some(point(OSAKA, 5.0)), ..at("192.0.2.1") },
        deciding: Whereabouts { place: Some(point(OSAKA, 5.0)), ..at("192.0.2.1") },
        ..facts(Whereabouts::default(), Whereabouts::default())
    };
    let found = |facts: &Facts<'_>| -> Vec<_> {
        let clearance = assess::<Approve>(facts, &policy(|s| s.geolocation = Response::Show)).unwrap();
        clearance.findings().found().collect()
    };
    let of_near = found(&near);
    assert!(of_near.contains(&Finding::SameNetwork) && of_near.contains(&Finding::SamePlace), "{of_near:?}");
    let far = Facts { deciding: placed(point(BERLIN, 5.0)), ..near };
    assert!(found(&far).contains(&Finding::OtherPlace));
    assert!(!found(&far).contains(&Finding::SameNetwork));
}

fn coordinate() -> impl Strategy<Value = (f64, f64)> {
    (-90.0..=90.0, -180.0..=180.0)
}

proptest! {
    /// No text makes the parser panic; what it reads is on the earth, and reads the same again.
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,120}") {
        if let Ok(read) = Coordinates::parse(&text) {
            let (latitude, longitude) = read.degrees();
            prop_assert!(latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && read.accuracy_m() >= 0.0);
            let again = format!("{latitude:.6},{longitude:.6},{}", read.accuracy_m());
            prop_assert_eq!(Coordinates::parse(&again), Ok(read));
        }
    }

    /// Distances are finite, symmetric, at most half way around, and obey the triangle.
    #[test]
    fn distance_is_a_distance(one in coordinate(), two in coordinate(), three in coordinate()) {
        let km = distance_km(one, two);
        prop_assert!((0.0..=20_016.0).contains(&km));
        prop_assert!((km - distance_km(two, one)).abs() < 1e-6);
        prop_assert!(distance_km(one, one) < 1e-6);
        prop_assert!(distance_km(one, three) <= km + distance_km(two, three) + 1e-6);
    }

    /// A vaguer place never turns nearness into distance, and a smaller limit never turns distance into nearness.
    #[test]
    fn vagueness_proves_nothing(
        one in coordinate(), two in coordinate(), radius in 0.0..5000.0, more in 0.0..5000.0, limit in 1..20_000_u32, less in 1..20_000_u32,
    ) {
        let relation = |limit, radius| {
            let settings = Settings { distance_km: limit, ..Settings::baseline() };
            settings.geolocation_relation(&facts(placed(point(one, radius)), placed(point(two, 10.0))))
        };
        if relation(limit, radius) != Relation::Apart {
            prop_assert_ne!(relation(limit, radius + more), Relation::Apart);
        }
        if relation(limit, radius) == Relation::Apart {
            prop_assert_eq!(relation(limit.min(less), radius), Relation::Apart);
        }
    }

    /// Two addresses relate the same in both directions; a shorter prefix never parts what a longer one joins.
    #[test]
    fn networks_relate_both_ways(one: u128, flip in 0..128_u32, long in 16..=128_u8, short in 16..=128_u8) {
        let (one, two) = (std::net::Ipv6Addr::from_bits(one), std::net::Ipv6Addr::from_bits(one ^ (1 << flip)));
        let relation = |prefix, one: std::net::Ipv6Addr, two: std::net::Ipv6Addr| {
            let settings = Settings { ipv6_prefix: prefix, ..Settings::baseline() };
            settings.network_relation(&facts(at(&one.to_string()), at(&two.to_string())))
        };
        prop_assert_eq!(relation(long, one, two), relation(long, two, one));
        if relation(long, one, two) == Relation::Together {
            prop_assert_eq!(relation(short.min(long), one, two), Relation::Together);
        }
    }
}
