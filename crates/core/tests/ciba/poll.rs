//! What does a poll meet, in which order, and can it walk around the flow's rules? (CIBA Core 10.1 and 11)

use crate::support::{CLIENT, client};
use serde_json::json;
use std::time::Duration;
use tandem_core::ciba::poll::{may_poll, poll, resume};
use tandem_core::ciba::refusal::Refusal;
use tandem_core::crossing::{
    Addressee, Approval, Approve, Approved, Backchannel, Clearance, Crossing, CrossingId, DeliveryMode,
    Denial, DenialReason, Event, Hint, Initiate, Initiation, Pending, Redeem, Room, Sound, Verification,
};
use tandem_core::device_authorization;
use tandem_core::mitigations::facts::ContextShown;
use tandem_core::mitigations::{Facts, Policy, assess};
use tandem_core::oauth::client::Client;
use tandem_core::oauth::device_description::{DeviceDescription, DeviceKind};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::scope::Scope;
use tandem_core::oauth::token_family::{Authentication, AuthenticationMethod};
use tandem_core::time::Timestamp;

const LIFE: u64 = 120;

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(1_000_000 + secs)
}

fn caller() -> Client {
    client(json!({}))
}

fn backchannel(delivery: DeliveryMode) -> Backchannel {
    Backchannel {
        addressee: Addressee::Person("alice".into()),
        hint: Hint::LoginHint,
        delivery,
        binding_message: None,
        authorization_details: None,
        request_context: None,
        acr_values: Vec::new(),
        resource: Vec::new(),
        sound: Sound::Heard,
        notification: None,
    }
}

fn begun(room: Room, backchannel: Option<Backchannel>) -> Crossing {
    let asked = Initiation {
        room,
        client_id: CLIENT.into(),
        scope: Scope::parse("openid").unwrap(),
        nonce: None,
        dpop_jkt: None,
        device: DeviceDescription {
            name: None,
            kind: DeviceKind::Other,
            address: "192.0.2.1".parse().unwrap(),
        },
        user_code: None,
        backchannel: backchannel.map(Box::new),
        verification: Verification::Session,
        context: None,
        interval: Duration::from_secs(5),
        now: at(0),
    };
    let facts = Facts { wanted_code_lifetime: Duration::from_secs(LIFE), ..Facts::at(at(0)) };
    let clearance: Clearance<Initiate> = assess(&facts, &Policy::baseline()).unwrap();
    Pending::initiate(CrossingId::from_bytes([1; 16]), asked, &clearance).next
}

fn pending() -> Crossing {
    begun(Room::Ciba, Some(backchannel(DeliveryMode::Poll)))
}

pub fn approve(crossing: Crossing) -> Crossing {
    let facts = Facts { context: ContextShown::DecisionPage, ..Facts::at(at(1)) };
    let clearance: Clearance<Approve> = assess(&facts, &Policy::baseline()).unwrap();
    let approval = Approval::new(
        Authentication { sub: "alice".into(), auth_time: at(0), method: AuthenticationMethod::Password },
        Scope::parse("openid").unwrap(),
        "192.0.2.2".parse().unwrap(),
        at(1),
    );
    crossing.into_pending(at(1)).unwrap().approve(approval, &clearance).unwrap().next
}

/// An approved request, for those who found a token family on it.
pub fn approved() -> Approved {
    match approve(pending()) {
        Crossing::Approved(approved) => approved,
        other => panic!("{other:?}"),
    }
}

fn denied() -> Crossing {
    let denial = Denial {
        sub: "alice".into(),
        reason: DenialReason::Declined,
        address: "192.0.2.2".parse().unwrap(),
        at: at(1),
    };
    pending().into_pending(at(1)).unwrap().deny(denial).unwrap().next
}

fn redeemed() -> Crossing {
    let clearance: Clearance<Redeem> = assess(&Facts::at(at(2)), &Policy::baseline()).unwrap();
    approved().redeem(at(2), &clearance).unwrap().next
}

#[test]
fn each_state_has_its_answer() {
    for (crossing, secs, refusal, code) in [
        (pending(), 2, Refusal::Pending, ErrorCode::AuthorizationPending),
        (denied(), 2, Refusal::Denied, ErrorCode::AccessDenied),
        (redeemed(), 3, Refusal::AlreadyRedeemed, ErrorCode::InvalidGrant),
        (redeemed(), LIFE + 1, Refusal::AlreadyRedeemed, ErrorCode::InvalidGrant),
        (pending(), LIFE, Refusal::RequestExpired, ErrorCode::ExpiredToken),
        (denied(), LIFE, Refusal::RequestExpired, ErrorCode::ExpiredToken),
        (Crossing::Approved(approved()), LIFE, Refusal::RequestExpired, ErrorCode::ExpiredToken),
    ] {
        let refused = poll(crossing.clone(), &caller(), at(secs)).answer.unwrap_err();
        assert_eq!((refused, refused.code()), (refusal, code), "{crossing:?}");
        assert_eq!(resume(crossing, &caller(), at(secs)).answer.unwrap_err(), refusal);
    }
    assert_eq!(poll(Crossing::Approved(approved()), &caller(), at(2)).answer, Ok(approved_after_poll(2)));
}

/// The answer carries the pace of the poll that got it.
fn approved_after_poll(secs: u64) -> Approved {
    let approved = approved();
    Approved { polling: approved.polling.poll(at(secs)).0, ..approved }
}

#[test]
fn another_clients_poll_changes_nothing_and_learns_nothing() {
    let other = client(json!({ "client_id": "till" }));
    for crossing in [pending(), denied(), redeemed(), Crossing::Approved(approved())] {
        for secs in [2, LIFE] {
            let polled = poll(crossing.clone(), &other, at(secs));
            assert_eq!(polled.answer, Err(Refusal::IssuedToAnotherClient));
            assert_eq!((polled.next, polled.event), (crossing.clone(), None));
            assert_eq!(
                resume(crossing.clone(), &other, at(secs)).answer,
                Err(Refusal::IssuedToAnotherClient)
            );
        }
    }
    let push = begun(Room::Ciba, Some(backchannel(DeliveryMode::Push)));
    assert_eq!(poll(push, &other, at(2)).answer, Err(Refusal::IssuedToAnotherClient));
    assert_eq!(Refusal::IssuedToAnotherClient.code(), ErrorCode::InvalidGrant);
}

#[test]
fn no_room_collects_what_another_began() {
    let device = begun(Room::DeviceAuthorization, None);
    for device in [device.clone(), approve(device)] {
        let polled = poll(device.clone(), &caller(), at(2));
        assert_eq!((polled.answer, &polled.next), (Err(Refusal::IdUnknown), &device));
        assert_eq!(resume(device, &caller(), at(2)).answer, Err(Refusal::IdUnknown));
    }
    // A push client could otherwise poll by the device grant, and any client could get around its delivery mode.
    for crossing in [pending(), approve(begun(Room::Ciba, Some(backchannel(DeliveryMode::Push))))] {
        let polled = device_authorization::poll::poll(crossing.clone(), CLIENT, at(2));
        let unknown = device_authorization::refusal::Refusal::CodeUnknown;
        assert_eq!((polled.answer, polled.next), (Err(unknown), crossing));
    }
}

#[test]
fn who_is_pushed_the_tokens_may_not_poll() {
    let push = client(json!({ "backchannel_token_delivery_mode": "push", "grant_types": [] }));
    assert_eq!(may_poll(&push), Err(Refusal::DeliveredByPush));
    assert_eq!(Refusal::DeliveredByPush.code(), ErrorCode::UnauthorizedClient);
    assert_eq!(may_poll(&client(json!({ "grant_types": [] }))), Err(Refusal::GrantNotAllowed));
    assert_eq!(
        may_poll(&client(json!({ "backchannel_token_delivery_mode": null }))),
        Err(Refusal::GrantNotAllowed)
    );
    assert_eq!(may_poll(&client(json!({ "backchannel_token_delivery_mode": "ping" }))), Ok(()));
    // The mode is that of the request, even if the registration changed since.
    let pushed = approve(begun(Room::Ciba, Some(backchannel(DeliveryMode::Push))));
    assert_eq!(poll(pushed.clone(), &caller(), at(2)).answer, Err(Refusal::DeliveredByPush));
    assert_eq!(resume(pushed, &caller(), at(2)).answer, Err(Refusal::DeliveredByPush));
}

#[test]
fn the_first_poll_may_come_at_once_and_impatience_costs() {
    let polled = poll(pending(), &caller(), at(0));
    assert_eq!((polled.answer, polled.event), (Err(Refusal::Pending), None));
    let polled = poll(polled.next, &caller(), at(1));
    assert_eq!((polled.answer, polled.event), (Err(Refusal::PolledTooSoon), Some(Event::SlowedDown(10))));
    assert_eq!(Refusal::PolledTooSoon.code(), ErrorCode::SlowDown);
    let polled = poll(polled.next, &caller(), at(11));
    assert_eq!(polled.answer, Err(Refusal::Pending));
    assert_eq!(polled.next.polling().unwrap().interval(), Duration::from_secs(10), "and it stays");
}

#[test]
fn who_never_slows_down_is_told_to_stop() {
    let mut crossing = poll(pending(), &caller(), at(0)).next;
    let mut answers = Vec::new();
    for _ in 0..13 {
        let polled = poll(crossing, &caller(), at(1));
        crossing = polled.next;
        answers.push(polled.answer.unwrap_err());
    }
    assert_eq!(answers[..11], [Refusal::PolledTooSoon; 11], "up to an interval of 60 seconds");
    assert_eq!(answers[11..], [Refusal::PollsTooOften; 2]);
    assert_eq!(Refusal::PollsTooOften.code(), ErrorCode::InvalidRequest);
}

#[test]
fn impatience_also_delays_a_yes() {
    let early = poll(pending(), &caller(), at(0)).next;
    let polled = poll(approve(early), &caller(), at(2));
    assert_eq!(polled.answer, Err(Refusal::PolledTooSoon));
    assert!(poll(polled.next, &caller(), at(12)).answer.is_ok());
}

#[test]
fn a_poll_that_was_held_open_costs_nothing_when_it_looks_again() {
    let held = poll(pending(), &caller(), at(0)).next;
    for secs in [1, 1, 2] {
        let polled = resume(held.clone(), &caller(), at(secs));
        assert_eq!((polled.answer, polled.event, &polled.next), (Err(Refusal::Pending), None, &held));
    }
    let answered = approve(held);
    assert!(resume(answered.clone(), &caller(), at(2)).answer.is_ok());
    // The interval counts from when the held poll came, so the next may come right after a long hold.
    let again = poll(pending(), &caller(), at(0)).next;
    assert_eq!(poll(again, &caller(), at(30)).answer, Err(Refusal::Pending));
    assert_eq!(resume(answered, &caller(), at(LIFE)).answer, Err(Refusal::RequestExpired));
}
