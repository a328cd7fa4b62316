//! How is a database of addresses read, and what of a bad one?

use crate::support::START;
use crate::support::places::{Places, berlin, city, kyoto, osaka, parsed};
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tandem_core::mitigations::establish_proximity::GeoPlace;
use tandem_server::config::Geolocation as Settings;
use tandem_server::geolocation::Geolocation;

fn settings(database: &Path) -> Settings {
    Settings { database: Some(database.to_owned()), ..Settings::default() }
}

fn open(database: &Path) -> Geolocation {
    Geolocation::open(&settings(database)).unwrap()
}

fn refusal(database: &Path) -> String {
    Geolocation::open(&settings(database)).unwrap_err().to_string()
}

/// R6.1e: the City layout, for both families, whatever clothes an address wears.
#[test]
fn places_are_read_from_the_city_layout() {
    let dir = tempfile::tempdir().unwrap();
    let places = Places::built_at(START)
        .with("192.0.2.0/24", &osaka())
        .with("192.0.3.128/25", &kyoto())
        .with("198.51.100.20/32", &berlin())
        .with("2001:db8:1::/48", &berlin());
    let geolocation = open(&places.write(dir.path()));
    let city_of = |address| {
        let place = geolocation.place(parsed(address), START)?;
        place.city.map(String::from)
    };
    for (address, expected) in [
        ("192.0.2.0", Some("Osaka")),
        ("192.0.2.255", Some("Osaka")),
        ("::ffff:192.0.2.7", Some("Osaka")),
        ("192.0.3.127", None),
        ("192.0.3.128", Some("Kyoto")),
        ("198.51.100.20", Some("Berlin")),
        ("198.51.100.21", None),
        ("2001:db8:1:ffff::1", Some("Berlin")),
        ("2001:db8:2::1", None),
        ("127.0.0.1", None),
        ("::1", None),
        ("0.0.0.0", None),
        ("255.255.255.255", None),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", None),
    ] {
        assert_eq!(city_of(address).as_deref(), expected, "{address}");
    }
    let expected = GeoPlace {
        point: Some((34.69, 135.5)),
        radius_km: 20.0,
        city: Some("Osaka".into()),
        city_id: Some(1_853_909),
        country: Some("JP".into()),
        continent: Some("AS".into()),
    };
    assert_eq!(geolocation.place(parsed("192.0.2.1"), START), Some(expected));
    let names = |language| {
        let names = geolocation.names(parsed("192.0.2.1"), language, START).unwrap();
        (names.city.unwrap(), names.country.unwrap())
    };
    assert_eq!(names("en"), ("Osaka".into(), "Japan".into()));
    assert_eq!(names("ja"), ("大阪市".into(), "日本".into()));
}

/// What a record lacks is unknown, and what it says wrongly is not believed.
#[test]
fn odd_records_know_less() {
    let dir = tempfile::tempdir().unwrap();
    let points = |latitude: f64, longitude: f64| json!({ "location": { "latitude": latitude, "longitude": longitude } });
    let long = "x".repeat(101);
    let places = Places::built_at(START)
        .with("192.0.2.1/32", &json!({}))
        .with("192.0.2.2/32", &points(90.1, 0.5))
        .with("192.0.2.3/32", &points(0.5, -180.5))
        .with("192.0.2.4/32", &points(-90.0, 180.0))
        .with("192.0.2.5/32", &json!({ "location": { "latitude": 1.5 } }))
        .with("192.0.2.6/32", &json!({ "country": { "iso_code": "JP" } }))
        .with("192.0.2.7/32", &city((1, &long, "a\u{7}b"), (" ", "", "日本"), "AS", (1.5, 1.5, 65_000)))
        // A list where a map belongs.
        .with("192.0.2.8/32", &json!({ "city": ["Osaka"] }))
        .with("192.0.2.9/32", &json!({ "city": { "names": { "en": 7 } } }));
    let geolocation = open(&places.write(dir.path()));
    let place = |last: u8| geolocation.place([192, 0, 2, last].into(), START);
    assert_eq!(place(1).unwrap(), GeoPlace { radius_km: 200.0, ..GeoPlace::default() });
    for wrong in [2, 3, 5] {
        assert_eq!(place(wrong).unwrap().point, None, "{wrong}");
    }
    assert_eq!(place(4).unwrap().point, Some((-90.0, 180.0)));
    assert_eq!(place(6).unwrap().country.as_deref(), Some("JP"));
    let odd = place(7).unwrap();
    assert_eq!((odd.city, odd.country, odd.continent.as_deref()), (None, None, Some("AS")));
    assert!(odd.radius_km <= 20_100.0);
    assert_eq!((place(8), place(9)), (None, None));
}

/// A database is believed for as long as the operator says, and no longer.
#[test]
fn an_old_database_is_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    let day = Duration::from_hours(24);
    let places = Places::built_at(START).with("192.0.2.0/24", &osaka());
    let path = places.write(dir.path());
    let geolocation = Geolocation::open(&Settings { stale_after: 10, ..settings(&path) }).unwrap();
    assert_eq!(geolocation.built_at(), Some(START));
    let knows = |now| geolocation.place(parsed("192.0.2.1"), now).is_some();
    assert!(knows(START) && knows(START.plus(day * 10)));
    assert!(geolocation.is_believed(START.plus(day * 10)));
    // A clock that is behind is no reason to doubt it.
    assert!(knows(START.minus(day)));
    let late = START.plus(day * 10 + Duration::from_secs(1));
    assert!(!knows(late) && !geolocation.is_believed(late));
    assert_eq!(geolocation.names(parsed("192.0.2.1"), "en", late), None);
    let usual = open(&path);
    assert!(usual.place(parsed("192.0.2.1"), START.plus(day * 60)).is_some());
    assert!(usual.place(parsed("192.0.2.1"), START.plus(day * 61)).is_none());
}

/// A file that cannot be used is told at the start, with its key and what is wrong.
#[test]
fn a_bad_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let gone = dir.path().join("none.mmdb");
    let error = refusal(&gone);
    assert!(error.contains("none.mmdb (geolocation.database)"), "{error}");
    assert!(refusal(dir.path()).contains("geolocation.database"));
    let whole = Places::built_at(START).with("192.0.2.0/24", &osaka()).bytes();
    let broken = dir.path().join("broken.mmdb");
    let mut cases = vec![Vec::new(), b"not a database".to_vec(), vec![0xff; 4096], whole[..20].to_vec()];
    // Cut off in front: the tree would reach beyond the file.
    cases.push(whole[whole.len() - 240..].to_vec());
    cases.push(whole[..whole.len() - 30].to_vec());
    for bytes in cases {
        std::fs::write(&broken, &bytes).unwrap();
        let error = refusal(&broken);
        assert!(error.contains("geolocation.database"), "{} bytes: {error}", bytes.len());
    }
    let asn = Places::built_at(START).of_kind("GeoLite2-ASN").write(dir.path());
    let error = refusal(&asn);
    assert!(error.contains("GeoLite2-ASN") && error.contains("City"), "{error}");
}

/// No bytes make a lookup panic: they are unknown, or some place.
#[test]
fn damaged_data_is_unknown_or_some_place() {
    let dir = tempfile::tempdir().unwrap();
    let whole =
        Places::built_at(START).with("192.0.2.0/24", &osaka()).with("2001:db8::/32", &berlin()).bytes();
    let path = dir.path().join("damaged.mmdb");
    let mut opened = 0;
    for at in (0..whole.len()).step_by(3) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0xff;
        std::fs::write(&path, &damaged).unwrap();
        let Ok(geolocation) = Geolocation::open(&settings(&path)) else { continue };
        opened += 1;
        for address in ["192.0.2.1", "198.51.100.1", "2001:db8::1", "::", "255.255.255.255"] {
            if let Some(place) = geolocation.place(parsed(address), START) {
                assert!(place.radius_km.is_finite() && place.radius_km >= 0.0);
                let (latitude, longitude) = place.point.unwrap_or_default();
                assert!(latitude.abs() <= 90.0 && longitude.abs() <= 180.0, "{at}: {place:?}");
            }
            let _ = geolocation.names(parsed(address), "ja", START);
        }
    }
    assert!(opened > 100, "{opened} of them were readable");
}

/// A new file is taken at a reload; a broken or vanished one changes nothing.
#[tokio::test]
async fn a_reload_takes_what_is_good() {
    let dir = tempfile::tempdir().unwrap();
    let path = Places::built_at(START).with("192.0.2.0/24", &osaka()).write(dir.path());
    let geolocation = open(&path);
    let city_of = || geolocation.place(parsed("192.0.2.1"), START).unwrap().city.unwrap();
    assert_eq!(city_of(), "Osaka".into());
    Places::built_at(START).with("192.0.2.0/24", &berlin()).write(dir.path());
    assert_eq!(city_of(), "Osaka".into(), "until it is told to");
    geolocation.reload().await.unwrap();
    assert_eq!(city_of(), "Berlin".into());
    std::fs::write(&path, b"half of a").unwrap();
    assert!(geolocation.reload().await.is_err());
    assert_eq!(city_of(), "Berlin".into());
    std::fs::remove_file(&path).unwrap();
    assert!(geolocation.reload().await.is_err());
    assert_eq!(city_of(), "Berlin".into());
    let none = Geolocation::open(&Settings::default()).unwrap();
    assert!(none.reload().await.is_ok());
    assert_eq!(none.place(parsed("192.0.2.1"), START), None);
    assert_eq!((none.built_at(), none.is_configured(), none.is_believed(START)), (None, false, false));
}
