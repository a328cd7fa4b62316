//! Does the journal tell the same story as the one that was lived, whatever happened to a crossing?
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{
    Addressee, Approval, Approve, Backchannel, Binding, Clearance, Context, Crossing, CrossingId,
    DeliveryMode, Denial, DenialReason, Event, Hint, Initiate, Initiation, NumberAnswer, NumberMatch,
    Pending, Presenter, Redeem, Room, Sound, Step, Transfer, Verification,
};
use tandem_core::device_authorization::poll::poll;
use tandem_core::digest::Digest;
use tandem_core::mitigations::establish_proximity::Coordinates;
use tandem_core::mitigations::facts::{ContextShown, Given};
use tandem_core::mitigations::request_binding::BindingAnswer;
use tandem_core::mitigations::request_initiation_verification::PinDemand;
use tandem_core::mitigations::{Facts, Policy, Signal, assess};
use tandem_core::oauth::client::UserHints;
use tandem_core::oauth::device_description::{DeviceDescription, DeviceKind};
use tandem_core::oauth::scope::Scope;
use tandem_core::oauth::token_family::{Authentication, AuthenticationMethod};
use tandem_core::time::Timestamp;

const ID: CrossingId = CrossingId::from_bytes([1; 16]);

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(1_000_000 + secs)
}

fn policy() -> Policy {
    let mut policy = Policy::sensitive();
    policy.request_initiation_verification.pin = PinDemand::Always;
    policy.detect_and_remediate.end_on.clear();
    policy
}

/// A request for whoever opens it, for alice, or for nobody.
fn begun(whose: u8) -> Step {
    let addressee = match whose % 3 {
        0 => None,
        1 => Some(Addressee::Person("alice".into())),
        _ => Some(Addressee::Nobody),
    };
    let backchannel = addressee.map(|addressee| {
        Box::new(Backchannel {
            addressee,
            hint: Hint::LoginHint,
            delivery: DeliveryMode::Poll,
            binding_message: None,
            authorization_details: None,
            request_context: None,
            acr_values: Vec::new(),
            resource: Vec::new(),
            sound: Sound::Heard,
            notification: None,
        })
    });
    let context = Context {
        coordinates: Some(Coordinates::parse("35.68,139.77,50").unwrap()),
        number: Some(NumberMatch { shown: 42, decoys: [10, 11], answer: NumberAnswer::Type }),
        binding: Some(Binding { label: "Seat".into(), text: "14C".into(), answer: BindingAnswer::Type }),
        ..Context::default()
    };
    let initiation = Initiation {
        room: if backchannel.is_some() { Room::Ciba } else { Room::DeviceAuthorization },
        client_id: "tv".into(),
        scope: Scope::parse("openid profile").unwrap(),
        nonce: None,
        dpop_jkt: None,
        device: DeviceDescription { name: None, kind: DeviceKind::Tv, address: "192.0.2.1".parse().unwrap() },
        user_code: None,
        backchannel,
        verification: Verification::Session,
        context: context.boxed(),
        interval: Duration::from_secs(5),
        now: at(0),
    };
    let facts = Facts { wanted_code_lifetime: Duration::from_mins(10), ..Facts::at(at(0)) };
    let clearance: Clearance<Initiate> = assess(&facts, &policy()).unwrap();
    Pending::initiate(ID, initiation, &clearance)
}

fn presenter(who: u8, now: Timestamp) -> Presenter {
    Presenter::new(if who.is_multiple_of(4) { "bob" } else { "alice" }.into(), address(), now)
}

fn address() -> std::net::IpAddr {
    "198.51.100.7".parse().unwrap()
}

fn denial(who: u8, reason: DenialReason, now: Timestamp) -> Denial {
    Denial { sub: presenter(who, now).sub, reason, address: address(), at: now }
}

fn approve(pending: Pending, who: u8, now: Timestamp) -> Option<Step> {
    let by = presenter(who, now);
    let signals = [Signal::CodeRepeated];
    let facts = Facts {
        request: Some(&pending.request),
        context: ContextShown::DecisionPage,
        warned: true,
        number: Given::Text("42"),
        binding: Given::Text("14c"),
        signals: if who.is_multiple_of(2) { &signals } else { &[] },
        ..Facts::at(now)
    };
    let clearance: Clearance<Approve> = assess(&facts, &policy()).ok()?;
    let method = AuthenticationMethod::AppKey;
    let approval = Approval::new(
        Authentication { sub: by.sub, auth_time: now, method },
        Scope::parse("openid").unwrap(),
        address(),
        now,
    );
    pending.approve(approval, &clearance).ok()
}

/// What becomes of it; nothing, where its state does not allow it.
fn step(before: Crossing, what: u8, who: u8, now: Timestamp) -> Option<Step> {
    let miss = |reason| before.clone().into_pending(now).ok()?.miss(denial(who, reason, now), 3).ok();
    match what {
        0 => Some(before.into_pending(now).ok()?.open(now)),
        1 => {
            let pending = before.into_pending(now).ok()?;
            let facts = Facts { request: Some(&pending.request), ..Facts::at(now) };
            let clearance: Clearance<Transfer> = assess(&facts, &policy()).ok()?;
            Some(pending.present(presenter(who, now), &clearance))
        }
        2 => miss(DenialReason::NumberMissed),
        3 => miss(DenialReason::BindingMissed),
        4 => approve(before.into_pending(now).ok()?, who, now),
        5 => before.into_pending(now).ok()?.deny(denial(who, DenialReason::Declined, now)).ok(),
        6 => before.into_pending(now).ok()?.deny(denial(who, DenialReason::Contested, now)).ok(),
        7 => before.stop(DenialReason::Incident, now).ok(),
        // What a person says after their yes.
        8 => match before {
            Crossing::Approved(_) => before.stop(DenialReason::Reported, now).ok(),
            _ => None,
        },
        9 => match before {
            Crossing::Approved(approved) => approved.miss_pin(now, 3).ok(),
            _ => None,
        },
        10 => match before {
            Crossing::Approved(approved) => {
                let facts = Facts { request: Some(&approved.request), ..Facts::at(now) };
                let clearance: Clearance<Redeem> = assess(&facts, &policy()).ok()?;
                approved.clone().redeem(now, &clearance).ok()
            }
            _ => None,
        },
        11 => before.end_unanswered(UserHints::Reveal, now),
        12 => match before {
            Crossing::Pending(_) => Some(Step { next: before, event: Event::Notified(Digest::of(&[who])) }),
            _ => None,
        },
        _ => {
            let polled = poll(before, "tv", now);
            Some(Step { next: polled.next, event: polled.event? })
        }
    }
}

/// When a client last polled is of this process alone; the pace that it earned is kept.
fn paceless(crossing: Crossing) -> Crossing {
    let interval = crossing.polling().map(tandem_core::crossing::Polling::interval);
    match interval {
        Some(interval) => crossing.with_polling(tandem_core::crossing::Polling::new(interval)),
        None => crossing,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Of every story that can happen the journal tells the same one, event by event.
    #[test]
    fn a_replay_is_what_was_lived(
        whose: u8,
        story in prop::collection::vec((0..14_u8, any::<u8>(), 0..40_u64), 0..24),
    ) {
        let Step { next: mut lived, event } = begun(whose);
        let stored = |event: &Event| serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap();
        let mut told = Crossing::replay(None, ID, stored(&event)).unwrap();
        let mut now = 0;
        for (what, who, later) in story {
            now += later;
            if let Some(Step { next, event }) = step(lived.clone(), what, who, at(now)) {
                told = match Crossing::replay(Some(told), ID, stored(&event)) {
                    Ok(told) => told,
                    Err(error) => return Err(TestCaseError::fail(format!("{event:?}: {error}"))),
                };
                lived = next;
            }
            prop_assert_eq!(paceless(told.clone()), paceless(lived.clone()));
        }
    }
}

/// A request that was sent to nobody can be ended by an incident, like any other: its client must not see the difference,
/// nor after a restart.
#[test]
fn what_was_sent_to_nobody_ends_and_stays_ended() {
    let Step { next, event } = begun(2);
    let told = Crossing::replay(None, ID, event).unwrap();
    let ended = next.stop(DenialReason::Incident, at(5)).unwrap();
    assert_eq!(Crossing::replay(Some(told), ID, ended.event).unwrap(), ended.next);
}

/// That nobody opened it in time tells whether there is anybody.
#[test]
fn who_may_not_learn_of_people_hears_of_the_end_alone() {
    let Crossing::Pending(mut pending) = begun(1).next else { unreachable!("it has just begun") };
    let request = Arc::make_mut(&mut pending.request);
    (request.open_for, request.expires_at) = (1, at(10_000));
    let unopened: Crossing = pending.into();
    let ends = |hints, now| unopened.clone().end_unanswered(hints, at(now)).is_some();
    assert!(ends(UserHints::Reveal, 9_999) && !ends(UserHints::Conceal, 9_999));
    assert!(ends(UserHints::Reveal, 10_000) && ends(UserHints::Conceal, 10_000));
}

/// Whose client was told that nobody answered, nobody answers, at whatever time they say they came.
#[test]
fn an_end_that_is_told_takes_no_answer() {
    let Step { next, .. } = begun(1);
    assert_eq!(next.clone().end_unanswered(UserHints::Reveal, at(1)), None, "its time is not over");
    let Step { next: ended, event } = next.clone().end_unanswered(UserHints::Reveal, at(10_000)).unwrap();
    assert_eq!(Crossing::replay(Some(next), ID, event).unwrap(), ended);
    assert_eq!(ended.clone().end_unanswered(UserHints::Reveal, at(10_001)), None, "once");
    for what in 0..11 {
        assert_eq!(step(ended.clone(), what, 1, at(1)), None, "{what}");
    }
    let Crossing::Pending(pending) = ended else { unreachable!("it has no answer") };
    assert_eq!(approve(pending.clone(), 1, at(1)), None);
    assert!(pending.clone().deny(denial(1, DenialReason::Declined, at(1))).is_err());
    let Crossing::Pending(opened) = pending.open(at(1)).next else { unreachable!("nor has this") };
    assert!(opened.is_over(at(1)), "and opening it brings nothing back");
}
