//! Does policy hold together? Folding has no order, and more of a mitigation never allows more (BCP 6.0, R6.0).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{
    Approve, Binding, Checkpoint, CheckpointKind, Context, CrossingId, Initiate, NumberAnswer, NumberMatch,
    Pin, Presenter, QrKind, Redeem, Request, Room, Transfer, Verification,
};
use tandem_core::digest::{Digest, MacKey};
use tandem_core::mitigations::establish_proximity::{Coordinates, GeoPlace, Whereabouts};
use tandem_core::mitigations::facts::{
    Attempt, CodeUse, ContextShown, Freshness, Given, QrEvidence, Sender, SenderDemand,
};
use tandem_core::mitigations::policy::{Effective, Layer, LayerError, Overrides, Source};
use tandem_core::mitigations::request_binding::BindingAnswer;
use tandem_core::mitigations::trusted_devices::{ComplianceStatus, DeviceIdentity, KnownDevice};
use tandem_core::mitigations::{
    Ask, Facts, Findings, Hindrance, Limits, Policy, Reason, Risk, Signal, TABLE, Verdict, assess,
};
use tandem_core::oauth::device_description::{DeviceDescription, DeviceKind};
use tandem_core::oauth::scope::Scope;
use tandem_core::time::Timestamp;

const NOW: Timestamp = Timestamp::from_secs(1_000_000);

/// One number for each thing that can differ.
type Dice = [u8; 24];

struct World {
    request: Request,
    first: Presenter,
    presenting: Presenter,
    attempts: [Attempt; 1],
    signals: Vec<Signal>,
    pin: Pin,
}

fn address(n: u8) -> std::net::IpAddr {
    format!("192.0.2.{}", n % 3 + 1).parse().unwrap()
}

fn world(dice: Dice) -> World {
    let context = Context {
        number: (dice[0].is_multiple_of(3)).then_some(NumberMatch {
            shown: 42,
            decoys: [17, 93],
            answer: NumberAnswer::Type,
        }),
        binding: (dice[1].is_multiple_of(3)).then(|| Binding {
            label: "Seat".into(),
            text: "12A".into(),
            answer: BindingAnswer::Type,
        }),
        initiator: (dice[2].is_multiple_of(3)).then(|| "alice".into()),
        ..Context::default()
    };
    let request = Request {
        room: Room::DeviceAuthorization,
        client_id: "tv".into(),
        scope: Scope::parse("openid profile offline_access").unwrap(),
        nonce: None,
        dpop_jkt: None,
        device: DeviceDescription { name: None, kind: DeviceKind::Tv, address: address(dice[3]) },
        user_code: Some(Digest::of(b"code")),
        backchannel: None,
        verification: Verification::Session,
        context: context.boxed(),
        interval: 5,
        open_for: if dice[4].is_multiple_of(2) { 0 } else { 60 },
        findings: Findings::default(),
        initiated_at: NOW.minus(Duration::from_secs(u64::from(dice[5]))),
        expires_at: NOW.plus(Duration::from_secs(if dice[6].is_multiple_of(8) { 0 } else { 100 })),
    };
    let who = |n: u8| if n.is_multiple_of(4) { "bob" } else { "alice" };
    let presenter = |n: u8| Presenter::new(Arc::from(who(n)), address(n / 4), NOW);
    World {
        request,
        first: presenter(dice[7]),
        presenting: presenter(dice[8]),
        attempts: [match dice[9] % 6 {
            0 => Attempt::Exceeded { retry_after: Duration::from_secs(9) },
            _ => Attempt::Within,
        }],
        signals: Signal::ALL.into_iter().filter(|signal| dice[10] == *signal as u8).collect(),
        pin: Pin::of(CrossingId::from_bytes([1; 16]), &MacKey::new(&[1; 32])),
    }
}

fn whereabouts(place: u8, spot: u8, at: u8) -> Whereabouts {
    let point = [(35.0, 139.0), (52.5, 13.4), (34.7, 135.5)][usize::from(place % 3)];
    Whereabouts {
        address: Some(address(at)),
        place: (!place.is_multiple_of(4)).then(|| GeoPlace {
            point: Some(point),
            radius_km: 20.0,
            ..GeoPlace::default()
        }),
        coordinates: (!spot.is_multiple_of(3))
            .then(|| Coordinates::parse(&format!("{},139.0,10", 35 + spot % 2)).unwrap()),
    }
}

fn facts(world: &World, dice: Dice) -> Facts<'_> {
    let text = |n: u8, right| match n % 3 {
        0 => Given::Nothing,
        1 => Given::Text(right),
        _ => Given::Text("wrong"),
    };
    let known = KnownDevice {
        id: "tv-1".into(),
        kind: Some(DeviceKind::Tv),
        status: if dice[11].is_multiple_of(2) {
            ComplianceStatus::NotCompliant
        } else {
            ComplianceStatus::Compliant
        },
        pace: match dice[11] % 16 {
            0 => Attempt::Exceeded { retry_after: Duration::from_secs(4) },
            _ => Attempt::Within,
        },
    };
    Facts {
        request: Some(&world.request),
        wanted_code_lifetime: Duration::from_mins(10),
        code: CodeUse {
            presentations: dice[12] % 7,
            first: (dice[13].is_multiple_of(2)).then_some(&world.first),
            presenting: Some(&world.presenting),
            freshness: if dice[14].is_multiple_of(9) { Freshness::Known } else { Freshness::New },
        },
        attempts: &world.attempts,
        sender: Sender {
            proof: (dice[15].is_multiple_of(2)).then(|| Digest::of(b"key")),
            certificate: None,
            pinned: None,
            demand: SenderDemand::None,
        },
        context: if dice[16].is_multiple_of(4) { ContextShown::No } else { ContextShown::DecisionPage },
        number: text(dice[17], "42"),
        binding: text(dice[18], "12a"),
        binding_sent: dice[18].is_multiple_of(2),
        pin_due: (dice[19].is_multiple_of(2)).then_some(&world.pin),
        warned: dice[20].is_multiple_of(2),
        initiating: whereabouts(dice[21], dice[22], dice[3]),
        deciding: whereabouts(dice[22], dice[21], dice[8] / 4),
        qr: match dice[23] % 4 {
            0 => QrEvidence::NotUsed,
            1 => QrEvidence::Rejected,
            n => QrEvidence::Holds { signed: n == 2, living: n == 3 },
        },
        qr_offered: [None, Some(QrKind::Still), Some(QrKind::Living)][usize::from(dice[23] / 4 % 3)],
        device: if dice[11].is_multiple_of(3) {
            DeviceIdentity::Unknown
        } else {
            DeviceIdentity::Registered(known)
        },
        signals: &world.signals,
        ..Facts::at(NOW)
    }
}

/// A policy that takes each mitigation from one of the three profiles.
fn policy(levels: [u8; 17]) -> Policy {
    let profiles = [Policy::baseline(), Policy::sensitive(), Policy::critical()];
    let tables = profiles.map(|policy| serde_json::to_value(policy).unwrap());
    let mixed = TABLE.iter().zip(levels).map(|(row, level)| {
        let name = row.mitigation.as_str();
        (name.to_owned(), tables[usize::from(level.min(2))][name].clone())
    });
    serde_json::from_value(serde_json::Value::Object(mixed.collect())).unwrap()
}

fn met<C: Checkpoint>(facts: &Facts<'_>, policy: &Policy) -> Result<Limits, Hindrance> {
    assess::<C>(facts, policy).map(|clearance| clearance.limits().clone())
}

fn at(kind: CheckpointKind, facts: &Facts<'_>, policy: &Policy) -> Result<Limits, Hindrance> {
    match kind {
        CheckpointKind::Initiate => met::<Initiate>(facts, policy),
        CheckpointKind::Transfer => met::<Transfer>(facts, policy),
        CheckpointKind::Approve => met::<Approve>(facts, policy),
        CheckpointKind::Redeem | CheckpointKind::Afterwards => met::<Redeem>(facts, policy),
    }
}

/// Whether `stricter` lets through nothing that `milder` does not.
fn no_more(milder: &Result<Limits, Hindrance>, stricter: &Result<Limits, Hindrance>) -> bool {
    match (milder, stricter) {
        (_, Err(Hindrance::Refused(..))) | (Ok(_), Err(Hindrance::Asked(_))) => true,
        (Err(Hindrance::Asked(few)), Err(Hindrance::Asked(more))) => few.is_subset(more),
        (Err(_), _) => false,
        // What both allow is what the stricter one allows.
        (Ok(wide), Ok(tight)) => wide.clone().and(tight.clone()) == *tight,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn more_of_a_mitigation_never_allows_more(
        dice in any::<Dice>(), levels in proptest::array::uniform17(0..3_u8), raised in 0..17_usize,
    ) {
        let world = world(dice);
        let facts = facts(&world, dice);
        let milder = policy(levels);
        let mut higher = levels;
        higher[raised] = (higher[raised] + 1).min(2);
        let stricter = policy(higher);
        for kind in CheckpointKind::ALL {
            let (before, after) = (at(kind, &facts, &milder), at(kind, &facts, &stricter));
            prop_assert!(
                no_more(&before, &after),
                "{kind:?}, {}: {before:?} then {after:?}", TABLE[raised].mitigation.as_str()
            );
        }
    }

    #[test]
    fn the_word_of_all_is_the_fold_of_the_words_of_each(
        dice in any::<Dice>(), levels in proptest::array::uniform17(0..3_u8),
    ) {
        let world = world(dice);
        let facts = facts(&world, dice);
        let policy = policy(levels);
        let risk = Risk::of(&facts, &policy);
        for kind in [CheckpointKind::Initiate, CheckpointKind::Transfer, CheckpointKind::Approve, CheckpointKind::Redeem] {
            // Backwards, where `assess` goes forwards.
            let words: Vec<Verdict> = TABLE.iter().rev().filter(|row| row.checkpoints.contains(&kind))
                .map(|row| (row.assess)(kind, &facts, risk, &policy)).collect();
            let refused: Option<Reason> = words.iter().filter_map(|word| match word {
                Verdict::Refuse(reason) => Some(*reason),
                _ => None,
            }).max();
            let asked: std::collections::BTreeSet<Ask> = words.iter().filter_map(|word| match word {
                Verdict::Ask(ask) => Some(*ask),
                _ => None,
            }).collect();
            match at(kind, &facts, &policy) {
                Err(Hindrance::Refused(_, reason)) => prop_assert_eq!(Some(reason), refused),
                Err(Hindrance::Asked(all)) => {
                    prop_assert_eq!(refused, None);
                    prop_assert_eq!(all, asked);
                }
                Ok(limits) => {
                    prop_assert!(refused.is_none() && asked.is_empty());
                    let folded = words.into_iter().fold(Limits::none(), |all, word| match word {
                        Verdict::Limit(more) => all.and(more),
                        _ => all,
                    });
                    prop_assert_eq!(limits, folded);
                }
            }
        }
    }

    #[test]
    fn profiles_are_ordered(dice in any::<Dice>()) {
        let world = world(dice);
        let facts = facts(&world, dice);
        let [baseline, sensitive, critical] = [0, 1, 2].map(|level| policy([level; 17]));
        for kind in CheckpointKind::ALL {
            let [one, two, three] = [&baseline, &sensitive, &critical].map(|policy| at(kind, &facts, policy));
            prop_assert!(no_more(&one, &two), "{kind:?}: {one:?} then {two:?}");
            prop_assert!(no_more(&two, &three), "{kind:?}: {two:?} then {three:?}");
        }
    }
}

fn overrides(says: serde_json::Value) -> Overrides {
    serde_json::from_value(says).unwrap()
}

#[test]
fn no_profile_contradicts_itself() {
    for policy in [Policy::baseline(), Policy::sensitive(), Policy::critical()] {
        assert_eq!(policy.contradictions(), []);
    }
}

#[test]
fn the_nearest_profile_and_the_last_word_count_and_are_known() {
    let server = overrides(
        serde_json::json!({ "profile": "critical", "rate_limits": { "open_requests": 9, "cool_down": 7 } }),
    );
    let flow = overrides(serde_json::json!({ "rate_limits": { "open_requests": 8 } }));
    let client =
        overrides(serde_json::json!({ "profile": "sensitive", "one_time_codes": { "presentations": 1 } }));
    let layers = [
        Layer { source: Source::Server, overrides: &server },
        Layer { source: Source::Flow(Room::Ciba), overrides: &flow },
        Layer { source: Source::Client, overrides: &client },
    ];
    let effective = Effective::of(&layers).unwrap();
    assert_eq!(effective.policy.rate_limits.open_requests, 8);
    assert_eq!(effective.policy.rate_limits.cool_down, 7);
    assert_eq!(effective.policy.rate_limits.longest_cool_down, 1800, "of the profile nearest to the client");
    assert_eq!(effective.origin("rate_limits.open_requests"), Source::Flow(Room::Ciba));
    assert_eq!(effective.origin("rate_limits.cool_down"), Source::Server);
    assert_eq!(effective.origin("one_time_codes.presentations"), Source::Client);
    assert_eq!(effective.origin("unique_codes.window"), Source::Profile(effective.profile));
    assert_eq!(
        effective.rows().len(),
        serde_json::to_value(&effective.policy)
            .unwrap()
            .as_object()
            .unwrap()
            .values()
            .map(|settings| settings.as_object().unwrap().len())
            .sum::<usize>()
    );
}

#[test]
fn a_setting_that_is_none_is_refused_where_it_stands() {
    for wrong in [
        serde_json::json!({ "profile": "lax" }),
        serde_json::json!({ "rate_limit": {} }),
        serde_json::json!({ "rate_limits": { "open": 1 } }),
        serde_json::json!({ "rate_limits": { "open_requests": "three" } }),
        serde_json::json!({ "trusted_networks": { "initiate": ["192.0.2.0/33"] } }),
        serde_json::json!({ "limited_scopes": { "most": "a\"b" } }),
    ] {
        assert!(serde_json::from_value::<Overrides>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn contradictions_name_both_places_the_later_one_first() {
    let server = overrides(serde_json::json!({ "rate_limits": { "longest_cool_down": 30 } }));
    let client = overrides(serde_json::json!({ "rate_limits": { "cool_down": 31 } }));
    let layers = [
        Layer { source: Source::Server, overrides: &server },
        Layer { source: Source::Client, overrides: &client },
    ];
    let Err(LayerError::Contradiction { of, origins }) = Effective::of(&layers) else {
        panic!("it contradicts")
    };
    assert_eq!((of.one, of.other), ("rate_limits.cool_down", "rate_limits.longest_cool_down"));
    assert_eq!(origins, [Source::Client, Source::Server]);
    for (one, other) in [
        (serde_json::json!({ "establish_proximity": { "ble": "show" } }), "establish_proximity.ble"),
        (
            serde_json::json!({ "establish_proximity": { "signed_qr": "require", "living_qr": "require" } }),
            "establish_proximity",
        ),
        (serde_json::json!({ "short_lived_codes": { "longest": 60 } }), "short_lived_codes.longest"),
        (
            serde_json::json!({ "short_lived_tokens": { "refresh_token": 20 } }),
            "short_lived_tokens.refresh_token",
        ),
    ] {
        let layer = Layer { source: Source::Server, overrides: &overrides(one) };
        let told = Effective::of(&[layer]).unwrap_err().to_string();
        assert!(told.contains(other), "{told}");
    }
}
