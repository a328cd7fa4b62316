//! Which transitions does a crossing allow? The table of (state, event, now) → state or refusal, and the poll order.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::time::Duration;
use tandem_core::crossing::{
    Approval, Approve, Clearance, Crossing, CrossingId, Denial, DenialReason, Event, Initiate, Initiation,
    Pending, Presenter, Redeem, ReplayError, Room, Transfer, TransitionRefusal, Verification,
};
use tandem_core::device_authorization::poll::poll;
use tandem_core::device_authorization::refusal::Refusal;
use tandem_core::digest::Digest;
use tandem_core::mitigations::facts::{ContextShown, Sender, SenderDemand};
use tandem_core::mitigations::{Ask, Facts, Hindrance, Mitigation, Policy, Reason, assess};
use tandem_core::oauth::device_description::{DeviceDescription, DeviceKind};
use tandem_core::oauth::error_code::ErrorCode;
use tandem_core::oauth::scope::Scope;
use tandem_core::oauth::token_family::{Authentication, AuthenticationMethod};
use tandem_core::time::Timestamp;

const ID: CrossingId = CrossingId::from_bytes([1; 16]);
const LIFE: u64 = 600;

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(1_000_000 + secs)
}

fn initiation() -> Initiation {
    Initiation {
        room: Room::DeviceAuthorization,
        client_id: "tv".into(),
        scope: Scope::parse("openid profile").unwrap(),
        nonce: None,
        dpop_jkt: None,
        device: DeviceDescription { name: None, kind: DeviceKind::Tv, address: "192.0.2.1".parse().unwrap() },
        user_code: Some(Digest::of(b"code")),
        backchannel: None,
        verification: Verification::Session,
        context: None,
        interval: Duration::from_secs(5),
        now: at(0),
    }
}

fn begun() -> Crossing {
    let facts = Facts { wanted_code_lifetime: Duration::from_secs(LIFE), ..Facts::at(at(0)) };
    let clearance: Clearance<Initiate> = assess(&facts, &Policy::baseline()).unwrap();
    Pending::initiate(ID, initiation(), &clearance).next
}

fn may_approve(now: Timestamp) -> Clearance<Approve> {
    assess(&Facts { context: ContextShown::DecisionPage, ..Facts::at(now) }, &Policy::baseline()).unwrap()
}

fn approval(secs: u64, scope: &str) -> Approval {
    Approval::new(
        Authentication { sub: "alice".into(), auth_time: at(0), method: AuthenticationMethod::Password },
        Scope::parse(scope).unwrap(),
        "192.0.2.2".parse().unwrap(),
        at(secs),
    )
}

fn denial(secs: u64) -> Denial {
    Denial {
        sub: "alice".into(),
        reason: DenialReason::Reported,
        address: "192.0.2.2".parse().unwrap(),
        at: at(secs),
    }
}

fn approved(secs: u64) -> Crossing {
    let pending = begun().into_pending(at(secs)).unwrap();
    pending.approve(approval(secs, "openid profile"), &may_approve(at(secs))).unwrap().next
}

fn denied(secs: u64) -> Crossing {
    begun().into_pending(at(secs)).unwrap().deny(denial(secs)).unwrap().next
}

fn redeemed(secs: u64) -> Crossing {
    let Crossing::Approved(state) = approved(secs) else { panic!("approved") };
    let clearance: Clearance<Redeem> = assess(&Facts::at(at(secs)), &Policy::baseline()).unwrap();
    state.redeem(at(secs), &clearance).unwrap().next
}

#[test]
fn only_a_pending_crossing_can_be_answered_and_only_in_time() {
    for (state, secs, expected) in [
        (begun(), 1, None),
        (begun(), LIFE - 1, None),
        (begun(), LIFE, Some(TransitionRefusal::Expired)),
        (approved(1), 2, Some(TransitionRefusal::AlreadyAnswered)),
        (denied(1), 2, Some(TransitionRefusal::AlreadyAnswered)),
        (redeemed(1), 2, Some(TransitionRefusal::AlreadyAnswered)),
    ] {
        assert_eq!(state.clone().into_pending(at(secs)).err(), expected, "{state:?} at {secs}");
    }
}

#[test]
fn an_answer_after_the_end_changes_nothing() {
    let pending = begun().into_pending(at(1)).unwrap();
    let late = pending.clone().approve(approval(LIFE, "openid"), &may_approve(at(1)));
    assert_eq!(late.unwrap_err(), TransitionRefusal::Expired);
    assert_eq!(pending.deny(denial(LIFE)).unwrap_err(), TransitionRefusal::Expired);
}

#[test]
fn nobody_can_grant_more_than_was_asked() {
    let pending = begun().into_pending(at(1)).unwrap();
    let wide = pending.approve(approval(1, "openid profile email"), &may_approve(at(1)));
    assert_eq!(wide.unwrap_err(), TransitionRefusal::BeyondRequest);
}

#[test]
fn an_approval_is_void_at_the_end_of_the_code() {
    let Crossing::Approved(state) = approved(1) else { panic!("approved") };
    let clearance: Clearance<Redeem> = assess(&Facts::at(at(1)), &Policy::baseline()).unwrap();
    assert_eq!(state.redeem(at(LIFE), &clearance).unwrap_err(), TransitionRefusal::Expired);
}

#[test]
fn rfc8628_3_5_every_poll_gets_the_answer_of_its_state() {
    for (state, secs, expected) in [
        (begun(), 1, Err(Refusal::Pending)),
        (begun(), LIFE, Err(Refusal::CodeExpired)),
        (approved(1), 2, Ok(())),
        (approved(1), LIFE, Err(Refusal::CodeExpired)),
        (denied(1), 2, Err(Refusal::Denied)),
        (denied(1), LIFE, Err(Refusal::CodeExpired)),
        (redeemed(1), 2, Err(Refusal::AlreadyRedeemed)),
        (redeemed(1), LIFE * 2, Err(Refusal::AlreadyRedeemed)),
    ] {
        let answer = poll(state.clone(), "tv", at(secs)).answer.map(|_| ());
        assert_eq!(answer, expected, "{state:?} at {secs}");
        let other = poll(state, "kiosk", at(secs)).answer.map(|_| ());
        assert_eq!(other, Err(Refusal::IssuedToAnotherClient));
    }
}

#[test]
fn rfc8628_3_5_errors_have_their_codes() {
    for (refusal, code) in [
        (Refusal::Pending, ErrorCode::AuthorizationPending),
        (Refusal::PolledTooSoon, ErrorCode::SlowDown),
        (Refusal::CodeExpired, ErrorCode::ExpiredToken),
        (Refusal::Denied, ErrorCode::AccessDenied),
        (Refusal::AlreadyRedeemed, ErrorCode::InvalidGrant),
        (Refusal::CodeUnknown, ErrorCode::InvalidGrant),
        (Refusal::IssuedToAnotherClient, ErrorCode::InvalidGrant),
    ] {
        assert_eq!(refusal.code(), code);
    }
}

#[test]
fn the_pace_is_checked_before_expiry_and_outcome() {
    for state in [begun(), approved(1), denied(1)] {
        let first = poll(state, "tv", at(LIFE - 2)).next;
        let second = poll(first, "tv", at(LIFE + 1));
        assert_eq!(second.answer.unwrap_err(), Refusal::PolledTooSoon);
    }
}

#[test]
fn another_clients_poll_does_not_slow_the_owner() {
    let after = poll(begun(), "kiosk", at(1)).next;
    assert_eq!(after, begun());
}

#[test]
fn a_raised_interval_is_kept_only_while_it_matters() {
    let first = poll(begun(), "tv", at(1)).next;
    let second = poll(first, "tv", at(2));
    assert_eq!(second.event, Some(Event::SlowedDown(10)));
    let near_end = poll(poll(begun(), "tv", at(LIFE - 3)).next, "tv", at(LIFE - 2));
    assert_eq!((near_end.answer.unwrap_err(), near_end.event), (Refusal::PolledTooSoon, None));
}

#[test]
fn the_journal_tells_the_same_story_again() {
    let pending = begun().into_pending(at(1)).unwrap();
    let facts = Facts { request: Some(&pending.request), ..Facts::at(at(1)) };
    let clearance: Clearance<Transfer> = assess(&facts, &Policy::baseline()).unwrap();
    let by = Presenter::new("alice".into(), "192.0.2.2".parse().unwrap(), at(1));
    let begin = Event::Initiated(Arc::unwrap_or_clone(Arc::clone(&pending.request)));
    let presented = pending.clone().present(by, &clearance);
    let answered = presented
        .next
        .clone()
        .into_pending(at(2))
        .unwrap()
        .approve(approval(2, "openid"), &may_approve(at(2)));
    let answered = answered.unwrap();
    let Crossing::Approved(state) = answered.next.clone() else { panic!("approved") };
    let collect: Clearance<Redeem> = assess(&Facts::at(at(3)), &Policy::baseline()).unwrap();
    let collected = state.redeem(at(3), &collect).unwrap();
    let mut replayed = None;
    for (event, state) in [
        (begin, Crossing::Pending(pending)),
        (presented.event, presented.next),
        (answered.event, answered.next),
        (collected.event, collected.next),
    ] {
        let stored = serde_json::to_string(&event).unwrap();
        let event = serde_json::from_str(&stored).unwrap();
        replayed = Some(Crossing::replay(replayed, ID, event).unwrap());
        assert_eq!(replayed, Some(state), "{stored}");
    }
    let again = Crossing::replay(replayed.clone(), ID, Event::Redeemed(at(4)));
    assert_eq!(again, Err(ReplayError::Impossible(TransitionRefusal::AlreadyAnswered)));
    assert_eq!(Crossing::replay(None, ID, Event::Redeemed(at(4))), Err(ReplayError::NoBeginning));
    let Crossing::Pending(first) = begun() else { panic!("pending") };
    let begin = Event::Initiated(Arc::unwrap_or_clone(first.request));
    assert_eq!(Crossing::replay(replayed, ID, begin), Err(ReplayError::SecondBeginning));
}

#[test]
fn approval_needs_the_decision_page() {
    let hindered = assess::<Approve>(&Facts::at(at(1)), &Policy::baseline()).unwrap_err();
    assert_eq!(hindered, Hindrance::Asked([Ask::ShowContext].into()));
}

#[test]
fn a_pinned_key_must_be_the_one_that_redeems() {
    let (pinned, other) = (Digest::of(b"pinned"), Digest::of(b"other"));
    let sender = |proof, pinned, demand| Sender { proof, certificate: None, pinned, demand };
    for (sender, expected) in [
        (sender(None, None, SenderDemand::None), None),
        (sender(Some(other), None, SenderDemand::None), None),
        (sender(Some(pinned), Some(pinned), SenderDemand::None), None),
        (
            sender(Some(other), Some(pinned), SenderDemand::None),
            Some(Hindrance::Refused(Mitigation::SenderConstrainedTokens, Reason::ForeignKey)),
        ),
        (
            sender(None, Some(pinned), SenderDemand::None),
            Some(Hindrance::Asked([Ask::ProofOfPossession].into())),
        ),
        (
            sender(None, None, SenderDemand::AtRedemption),
            Some(Hindrance::Asked([Ask::ProofOfPossession].into())),
        ),
    ] {
        let met = assess::<Redeem>(&Facts { sender, ..Facts::at(at(1)) }, &Policy::baseline());
        assert_eq!(met.err(), expected, "{sender:?}");
    }
}

#[test]
fn a_code_is_held_by_the_first_person_and_opened_a_few_times() {
    let alice = Presenter::new("alice".into(), "192.0.2.2".parse().unwrap(), at(1));
    let bob = Presenter { sub: "bob".into(), ..alice.clone() };
    let facts = |presentations, first, presenting| {
        let mut facts = Facts::at(at(1));
        facts.code.presentations = presentations;
        facts.code.first = first;
        facts.code.presenting = presenting;
        facts
    };
    let mut policy = Policy::baseline();
    policy.one_time_codes.presentations = 3;
    let met = |facts: &Facts<'_>| assess::<Transfer>(facts, &policy).err();
    assert_eq!(met(&facts(0, None, Some(&alice))), None);
    assert_eq!(met(&facts(2, Some(&alice), Some(&alice))), None);
    let spent = Hindrance::Refused(Mitigation::OneTimeCodes, Reason::CodeSpent);
    assert_eq!(met(&facts(3, Some(&alice), Some(&alice))), Some(spent));
    let held = Hindrance::Refused(Mitigation::OneTimeCodes, Reason::CodeHeldByAnother);
    assert_eq!(met(&facts(1, Some(&alice), Some(&bob))), Some(held));
}
