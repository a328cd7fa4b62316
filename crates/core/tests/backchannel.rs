//! Which transitions does a crossing allow that was sent to a person? (CIBA, BCP 6.1.11 and 6.1.16)
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;
use std::time::Duration;
use tandem_core::ciba::notice::{Missed, told};
use tandem_core::crossing::{
    Addressee, Approval, Approve, Backchannel, Clearance, Context, Crossing, CrossingId, DeliveryMode,
    Denial, DenialReason, Event, Hint, Initiate, Initiation, NumberAnswer, NumberMatch, Pending, Room, Sound,
    Step, TransitionRefusal, Verification,
};
use tandem_core::mitigations::facts::{ContextShown, Given};
use tandem_core::mitigations::rate_limits::{Fatigue, QuietHours, QuietTime, Whose, quiet_now};
use tandem_core::mitigations::{Ask, Facts, Hindrance, Limits, Mitigation, Policy, Reason, assess};
use tandem_core::oauth::device_description::{DeviceDescription, DeviceKind};
use tandem_core::oauth::scope::Scope;
use tandem_core::oauth::token_family::{Authentication, AuthenticationMethod};
use tandem_core::time::Timestamp;

const ID: CrossingId = CrossingId::from_bytes([1; 16]);

const fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(1_000_000 + secs)
}

fn asked() -> Backchannel {
    Backchannel {
        addressee: Addressee::Person("alice".into()),
        hint: Hint::LoginHint,
        delivery: DeliveryMode::Poll,
        binding_message: None,
        authorization_details: None,
        request_context: None,
        acr_values: Vec::new(),
        resource: Vec::new(),
        sound: Sound::Heard,
        notification: None,
    }
}

fn begin(backchannel: Backchannel, facts: &Facts<'_>) -> Pending {
    begin_cleared(backchannel, &assess(facts, &Policy::baseline()).unwrap())
}

fn begin_with(backchannel: Backchannel, verification: Verification, number: Option<NumberMatch>) -> Pending {
    initiate(backchannel, (verification, number), &assess(&usual(), &Policy::baseline()).unwrap())
}

fn begin_cleared(backchannel: Backchannel, clearance: &Clearance<Initiate>) -> Pending {
    initiate(backchannel, (Verification::Session, None), clearance)
}

fn initiate(
    backchannel: Backchannel,
    (verification, number): (Verification, Option<NumberMatch>),
    clearance: &Clearance<Initiate>,
) -> Pending {
    let initiation = Initiation {
        room: Room::Ciba,
        client_id: "till".into(),
        scope: Scope::parse("openid").unwrap(),
        nonce: None,
        dpop_jkt: None,
        device: DeviceDescription {
            name: None,
            kind: DeviceKind::Other,
            address: "192.0.2.1".parse().unwrap(),
        },
        user_code: None,
        backchannel: Some(Box::new(backchannel)),
        verification,
        context: Context { number, ..Context::default() }.boxed(),
        interval: Duration::from_secs(5),
        now: at(0),
    };
    let step = Pending::initiate(ID, initiation, clearance);
    let replayed = Crossing::replay(None, ID, json(&step.event)).unwrap();
    assert_eq!(replayed, step.next, "the journal tells the same");
    step.next.into_pending(at(1)).unwrap()
}

fn usual() -> Facts<'static> {
    Facts { wanted_code_lifetime: Duration::from_mins(2), ..Facts::at(at(0)) }
}

fn json(event: &Event) -> Event {
    serde_json::from_str(&serde_json::to_string(event).unwrap()).unwrap()
}

fn by(sub: &str, method: AuthenticationMethod, secs: u64) -> Approval {
    Approval::new(
        Authentication { sub: sub.into(), auth_time: at(secs), method },
        Scope::parse("openid").unwrap(),
        "192.0.2.2".parse().unwrap(),
        at(10),
    )
}

fn no(sub: &str) -> Denial {
    Denial {
        sub: sub.into(),
        reason: DenialReason::Declined,
        address: "192.0.2.2".parse().unwrap(),
        at: at(10),
    }
}

fn cleared() -> Clearance<Approve> {
    assess(&Facts { context: ContextShown::DecisionPage, ..Facts::at(at(10)) }, &Policy::baseline()).unwrap()
}

#[test]
fn only_the_addressee_answers() {
    let password = AuthenticationMethod::Password;
    let pending = begin(asked(), &usual());
    assert!(pending.clone().approve(by("alice", password, 0), &cleared()).is_ok());
    assert!(pending.clone().deny(no("alice")).is_ok());
    let stranger = Err(TransitionRefusal::NotTheAddressee);
    assert_eq!(pending.clone().approve(by("bob", password, 0), &cleared()), stranger);
    assert_eq!(pending.clone().deny(no("bob")), stranger);
    assert_eq!(pending.miss(no("bob"), 1), stranger);
    let nobody = begin(Backchannel { addressee: Addressee::Nobody, ..asked() }, &usual());
    assert_eq!(nobody.clone().approve(by("alice", password, 0), &cleared()), stranger);
    assert_eq!(nobody.deny(no("")), stranger);
}

#[test]
fn a_demanded_proof_is_phishing_resistant_and_made_after_the_request() {
    let pending = begin_with(asked(), Verification::PhishingResistant, None);
    for (method, secs, enough) in [
        (AuthenticationMethod::Password, 5, false),
        (AuthenticationMethod::Passkey, 5, true),
        (AuthenticationMethod::AppKey, 5, true),
        (AuthenticationMethod::Passkey, 0, true),
    ] {
        let met = pending.clone().approve(by("alice", method, secs), &cleared());
        assert_eq!(met.is_ok(), enough, "{method:?} {secs}");
    }
    let before = Authentication {
        sub: "alice".into(),
        auth_time: Timestamp::from_secs(999_999),
        method: AuthenticationMethod::Passkey,
    };
    let old = Approval { authentication: before, ..by("alice", AuthenticationMethod::Passkey, 0) };
    assert_eq!(pending.clone().approve(old, &cleared()), Err(TransitionRefusal::VerificationMissing));
    assert!(pending.deny(no("alice")).is_ok(), "a no demands nothing");
}

#[test]
fn policy_can_demand_a_proof_that_no_request_asked_for() {
    let mut policy = Policy::baseline();
    policy.user_experience.verification = Verification::PhishingResistant;
    let clearance: Clearance<Initiate> = assess(&usual(), &policy).unwrap();
    assert_eq!(clearance.limits().verification, Some(Verification::PhishingResistant));
    let pending = begin_cleared(asked(), &clearance);
    let met = pending.clone().approve(by("alice", AuthenticationMethod::Password, 5), &cleared());
    assert_eq!(met, Err(TransitionRefusal::VerificationMissing));
    assert!(pending.approve(by("alice", AuthenticationMethod::Passkey, 5), &cleared()).is_ok());
}

#[test]
fn policy_can_only_demand_more_and_only_silence() {
    let more = Limits { verification: Some(Verification::PhishingResistant), ..Limits::none() };
    let less =
        Limits { verification: Some(Verification::Session), sound: Some(Sound::Silent), ..Limits::none() };
    let both = more.and(less);
    assert_eq!(both.verification, Some(Verification::PhishingResistant));
    assert_eq!(both.sound, Some(Sound::Silent));
}

fn number(answer: NumberAnswer) -> NumberMatch {
    NumberMatch { shown: 42, decoys: [17, 93], answer }
}

#[test]
fn the_number_is_asked_for_compared_and_missed() {
    let pending = begin_with(asked(), Verification::Session, Some(number(NumberAnswer::Type)));
    let assess = |given| {
        let facts = Facts {
            request: Some(&pending.request),
            context: ContextShown::DecisionPage,
            number: given,
            ..Facts::at(at(10))
        };
        assess::<Approve>(&facts, &Policy::baseline()).err()
    };
    assert_eq!(assess(Given::Nothing), Some(Hindrance::Asked([Ask::Number].into())));
    assert_eq!(assess(Given::Text("42")), None);
    for wrong in ["17", "", "042x", "４２", "-42", "300"] {
        let refused = Hindrance::Refused(Mitigation::RequestInitiationVerification, Reason::WrongNumber);
        assert_eq!(assess(Given::Text(wrong)), Some(refused), "{wrong}");
    }
}

#[test]
fn the_last_miss_ends_the_request_and_a_restart_forgets_none() {
    let settings = Policy::baseline().request_initiation_verification;
    assert_eq!((settings.tries(NumberAnswer::Pick), settings.tries(NumberAnswer::Type)), (1, 3));
    let pending = begin_with(asked(), Verification::Session, Some(number(NumberAnswer::Type)));
    let no = |sub| Denial { reason: DenialReason::NumberMissed, ..no(sub) };
    let Step { next, event } = pending.clone().miss(no("alice"), 3).unwrap();
    assert_eq!(Crossing::replay(Some(pending.clone().into()), ID, json(&event)).unwrap(), next);
    let second = next.into_pending(at(11)).unwrap().miss(no("alice"), 3).unwrap().next;
    let Step { next: third, event } = second.into_pending(at(12)).unwrap().miss(no("alice"), 3).unwrap();
    let Crossing::Denied(denied) = &third else { panic!("denied") };
    assert_eq!(denied.denial.reason, DenialReason::NumberMissed);
    assert!(matches!(event, Event::Denied(_)));
    let picked = pending.miss(no("alice"), settings.tries(NumberAnswer::Pick)).unwrap();
    assert!(matches!(picked.next, Crossing::Denied(_)), "one wrong pick is the last");
}

#[test]
fn quiet_hours_silence_for_a_person_and_refuse_for_a_client() {
    let hours = QuietHours::new(60, 120, "UTC".to_owned()).unwrap();
    let time = |whose, minute| QuietTime { whose, hours: hours.clone(), minute };
    let sound = |times: &[QuietTime]| {
        let pending = begin(asked(), &Facts { quiet_times: times, ..usual() });
        pending.request.backchannel.as_ref().unwrap().sound
    };
    assert_eq!(sound(&[time(Whose::Person, 60)]), Sound::Silent);
    assert_eq!(sound(&[time(Whose::Person, 120), time(Whose::Client, 120)]), Sound::Heard);
    let refused = [time(Whose::Client, 60)];
    let met = assess::<Initiate>(&Facts { quiet_times: &refused, ..usual() }, &Policy::baseline());
    assert_eq!(met.unwrap_err(), Hindrance::Refused(Mitigation::RateLimits, Reason::QuietHours));
    let both = [time(Whose::Person, 60), time(Whose::Client, 60)];
    assert_eq!(quiet_now(&both), Some(Whose::Client));
    assert_eq!(quiet_now(&both[..1]), Some(Whose::Person));
    assert_eq!(quiet_now(&[]), None);
}

#[test]
fn a_request_waits_unseen_until_it_is_opened_or_over() {
    let pending = begin(asked(), &usual());
    let end = pending.ends_at();
    assert!(pending.waits_unseen(at(0)) && !pending.waits_unseen(end));
    let opened = pending.open(at(1)).next;
    let Crossing::Pending(opened) = opened else { panic!("{opened:?}") };
    assert!(!opened.waits_unseen(at(1)));
}

#[test]
fn nobody_is_told_of_what_is_silent_or_for_nobody() {
    let silent = Backchannel { sound: Sound::Silent, ..asked() };
    let for_nobody = Backchannel { addressee: Addressee::Nobody, ..asked() };
    for unheard in [silent, for_nobody] {
        let pending = begin(unheard, &usual());
        assert_eq!(told(&pending.request), None);
        assert!(Missed::of(&pending.into(), at(1)).is_none());
    }
    let mut pending = begin(asked(), &usual());
    assert_eq!(told(&pending.request).map(|sub| &**sub), Some("alice"));
    // A request that people open themselves.
    Arc::make_mut(&mut pending.request).backchannel = None;
    assert_eq!(told(&pending.request), None);
    assert!(Missed::of(&pending.into(), at(1)).is_none());
}

#[test]
fn a_notice_is_missed_by_whoever_was_told_did_not_come_and_still_can() {
    let pending = begin(asked(), &usual());
    let end = pending.ends_at();
    let denied = pending.clone().deny(no("alice")).unwrap().next;
    let approval = by("alice", AuthenticationMethod::Passkey, 5);
    let approved = pending.clone().approve(approval, &cleared()).unwrap().next;
    for over in [pending.clone().open(at(1)).next, denied, approved] {
        assert!(Missed::of(&over, at(11)).is_none(), "{over:?}");
    }
    let crossing = Crossing::from(pending);
    assert!(Missed::of(&crossing, end).is_none(), "nobody can come any more");
    for now in [at(0), at(1), Timestamp::from_millis(end.as_millis() - 1)] {
        let missed = Missed::of(&crossing, now).unwrap();
        assert_eq!((&**missed.sub, missed.pending.id), ("alice", ID));
    }
}

#[test]
fn nobody_is_told_again_in_a_quiet_time() {
    let crossing = Crossing::from(begin(asked(), &usual()));
    let missed = Missed::of(&crossing, at(1)).unwrap();
    let hours = QuietHours::new(60, 120, "UTC".to_owned()).unwrap();
    let time = |whose, minute| QuietTime { whose, hours: hours.clone(), minute };
    for quiet in [
        &[time(Whose::Person, 60)][..],
        &[time(Whose::Client, 119)],
        &[time(Whose::Client, 120), time(Whose::Person, 119)],
        &[time(Whose::Person, 59), time(Whose::Client, 60)],
    ] {
        assert!(!missed.is_told_again(quiet), "{quiet:?}");
    }
    assert!(missed.is_told_again(&[]));
    assert!(missed.is_told_again(&[time(Whose::Person, 120), time(Whose::Client, 59)]));
}

#[test]
fn a_person_who_had_enough_is_not_asked() {
    let met =
        |fatigue| assess::<Initiate>(&Facts { fatigue: Some(fatigue), ..usual() }, &Policy::baseline()).err();
    assert_eq!(met(Fatigue::default()), None);
    let open = Fatigue { open: 3, ..Fatigue::default() };
    assert_eq!(met(open), Some(Hindrance::Refused(Mitigation::RateLimits, Reason::TooManyOpen)));
}

#[test]
fn fatigue_counts_what_this_client_was_told_and_what_waits() {
    let pending = begin(asked(), &usual());
    let denied = pending.clone().deny(Denial { reason: DenialReason::Reported, ..no("alice") }).unwrap().next;
    let all = [pending.clone().into(), pending.into(), denied];
    let told = Fatigue::of(&all, "till", at(20));
    assert_eq!((told.open, told.denials, told.last_denial), (2, 1, Some(at(10))));
    assert_eq!(told.last_report, Some(at(10)));
    let other = Fatigue::of(&all, "other", at(20));
    assert_eq!((other.open, other.denials, other.last_report), (2, 0, None));
    assert_eq!(Fatigue::of(&all, "till", at(120)).open, 0, "what is over does not wait");
}
