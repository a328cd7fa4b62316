//! Is an incident opened once, contained wholly or not at all, and never lost? (BCP 6.1.6)

use crate::fixture::*;
use std::sync::Arc;
use tandem_core::crossing::CrossingId;
use tandem_core::digest::Digest;
use tandem_core::incident::{
    Actor, Cause, ContainRefusal, EndSessions, Response, Role, State, Target, TouchedKind,
};
use tandem_core::oauth::token_family::{AuthenticationMethod, FamilyState, Revocation};
use tandem_store::{
    BeginRefusal, Contained, Containment, IncidentQuery, LifeChange, LifeRefusal, NewIncident, Opened,
    SecurityEvent, Session, Store, StoreError, Write,
};

fn new(target: Target) -> NewIncident {
    NewIncident {
        cause: Cause::Reported,
        response: Response::Contain,
        at: secs(10),
        actor: Actor::Rule,
        crossing: match &target {
            Target::Crossing(id) => Some(*id),
            _ => None,
        },
        sub: Some(Arc::from("alice")),
        client_id: Some(Arc::from("tv")),
        summary: "a person says that they did not start it".to_owned(),
        targets: vec![target],
        seen: Vec::new(),
    }
}

async fn open(store: &Store, target: Target) -> i64 {
    store.open_incident(new(target), None).await.unwrap().unwrap().id()
}

fn how() -> Containment {
    Containment {
        actor: Actor::Operator("carol".into()),
        at: secs(20),
        sessions: EndSessions::Yes,
        stopped: Vec::new(),
    }
}

async fn contain(store: &Store, id: i64) -> Contained {
    store.begin_containment(id, how().actor, secs(15)).await.unwrap().unwrap();
    store.contain_incident(id, how()).await.unwrap().unwrap()
}

async fn sign_in(store: &Store, name: &str, sub: &str) -> Digest {
    let id = Digest::of(name.as_bytes());
    let session = Session {
        id,
        sub: Arc::from(sub),
        method: AuthenticationMethod::Password,
        auth_time: NOW,
        expires_at: secs(9999),
        last_seen: NOW,
        address: ADDRESS,
        user_agent: None,
    };
    store.start_session(session).await.unwrap();
    id
}

async fn record(store: &Store, kind: &str, crossing: Option<CrossingId>) {
    let event = SecurityEvent {
        at: secs(5),
        kind: kind.to_owned(),
        crossing,
        sub: Some(Arc::from("alice")),
        client_id: None,
        address: Some(ADDRESS),
        detail: None,
    };
    store.record_event(event).await.unwrap();
}

async fn is_active(store: &Store, id: CrossingId) -> bool {
    store.family(id).await.unwrap().unwrap().is_active()
}

/// A family of somebody.
async fn collected_by(store: &Store, n: u32, sub: &str, client_id: &str) -> CrossingId {
    let crossing = begin(store, n);
    event(store, crossing, approval_by(sub, secs(1)), Write::Durable).await.unwrap();
    let family = family_of(crossing, sub, client_id);
    event(store, crossing, redeemed(), |event| Write::Redeem(event, Box::new(family.clone()))).await.unwrap();
    crossing
}

/// R6.6a: twenty who notice the same misuse open one incident, and all that they say stands with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_racers_one_opens_the_incident_of_a_crossing() {
    let fixture = Fixture::new();
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let store = fixture.store.clone();
        racers.spawn(async move {
            store.open_incident(new(Target::Crossing(id(1))), None).await.unwrap().unwrap()
        });
    }
    let opened = racers.join_all().await;
    let new = opened.iter().filter(|opened| matches!(opened, Opened::New(_))).count();
    assert_eq!((new, opened.len()), (1, 20));
    assert!(opened.iter().all(|each| each.id() == opened[0].id()));
    assert_eq!(fixture.rows("incidents"), 1);
    let file = fixture.store.incident(opened[0].id()).await.unwrap().unwrap();
    assert_eq!(file.steps.len(), 20);
    assert_eq!(file.targets(), [Target::Crossing(id(1))]);
}

#[tokio::test]
async fn an_event_opens_one_incident_whoever_reads_it_how_often() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    record(store, "reported", Some(id(1))).await;
    record(store, "sign_in", None).await;
    let events = store.events_for_incidents(10).await.unwrap();
    assert_eq!(events.len(), 2);
    let first = events[0].id;
    let open = || store.open_incident(new(Target::Crossing(id(1))), Some(first));
    assert!(matches!(open().await.unwrap(), Some(Opened::New(_))));
    assert_eq!(open().await.unwrap(), None, "it was done with");
    assert_eq!(store.events_for_incidents(10).await.unwrap().len(), 1);
    store.pass_events(events[1].id).await.unwrap();
    store.pass_events(first).await.unwrap();
    assert_eq!(store.events_for_incidents(10).await.unwrap(), [], "the mark never goes back");
    let fixture = fixture.reopened_at(secs(30)).await;
    assert_eq!(fixture.store.events_for_incidents(10).await.unwrap(), []);
    assert_eq!(fixture.rows("incidents"), 1);
}

#[tokio::test]
async fn an_event_that_makes_no_sense_holds_up_none_behind_it() {
    let fixture = Fixture::new();
    record(&fixture.store, "reported", Some(id(1))).await;
    record(&fixture.store, "reported", Some(id(2))).await;
    fixture.raw().execute("UPDATE security_events SET address = 'nowhere' WHERE id = 1", []).unwrap();
    let events = fixture.store.events_for_incidents(10).await.unwrap();
    assert_eq!(events[0].event, None);
    assert_eq!(events[1].event.as_ref().unwrap().crossing, Some(id(2)));
}

/// R6.6a: everything of a crossing ends in one go, and nothing else does.
#[tokio::test]
async fn containment_ends_the_family_and_the_sessions_of_its_person() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let bad = collected_by(store, 1, "alice", "tv").await;
    let other = collected_by(store, 2, "bob", "tv").await;
    let hers = collected_by(store, 3, "alice", "tv").await;
    let session = sign_in(store, "alice's", "alice").await;
    let bobs = sign_in(store, "bob's", "bob").await;
    let incident = open(store, Target::Crossing(bad)).await;
    assert_eq!(store.contain_incident(incident, how()).await.unwrap(), None, "it was not begun with");
    assert!(is_active(store, bad).await);
    let contained = contain(store, incident).await;
    assert_eq!((contained.families, contained.sessions), (vec![bad], vec![session]));
    let family = store.family(bad).await.unwrap().unwrap();
    assert_eq!(family.state, FamilyState::Revoked { at: secs(20), by: Revocation::Incident });
    assert!(is_active(store, other).await && is_active(store, hers).await, "other grants stay");
    assert!(store.session(session).await.unwrap().is_none());
    assert!(store.session(bobs).await.unwrap().is_some());
    let file = store.incident(incident).await.unwrap().unwrap();
    assert_eq!((file.incident.state, file.incident.containing_since), (State::Contained, None));
    let ended = |kind| file.touched.iter().any(|each| each.role == Role::Ended && each.kind == kind);
    assert!(ended(TouchedKind::Family) && ended(TouchedKind::Session));
    let named = file.touched.iter().find(|each| each.kind == TouchedKind::Session).unwrap();
    assert_eq!(named.name.len(), 12, "a session is named, not given away");
    let steps: Vec<_> = file.steps.iter().map(|step| (&*step.step, &*step.actor)).collect();
    assert_eq!(steps[1..], [("containing", "operator carol"), ("contained", "operator carol")]);
}

#[tokio::test]
async fn a_repeated_containment_does_nothing_and_says_so() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let incident = open(store, Target::Crossing(collected_by(store, 1, "alice", "tv").await)).await;
    contain(store, incident).await;
    let steps = fixture.rows("incident_steps");
    let refused = store.begin_containment(incident, Actor::Rule, secs(30)).await.unwrap();
    assert_eq!(refused, Err(BeginRefusal::State(ContainRefusal::Contained)));
    assert_eq!(store.contain_incident(incident, how()).await.unwrap(), None);
    assert_eq!(store.contain_stragglers(incident, how()).await.unwrap(), None);
    assert_eq!(fixture.rows("incident_steps"), steps);
    let nobody = store.begin_containment(99, Actor::Rule, secs(30)).await.unwrap();
    assert_eq!(nobody, Err(BeginRefusal::Unknown));
    assert_eq!(store.contain_incident(99, how()).await.unwrap(), None);
}

#[tokio::test]
async fn a_person_and_a_client_end_with_all_that_they_have() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let mine = [collected_by(store, 1, "alice", "tv").await, collected_by(store, 2, "alice", "radio").await];
    let theirs = collected_by(store, 3, "bob", "tv").await;
    let radio = collected_by(store, 4, "bob", "radio").await;
    let session = sign_in(store, "alice's", "alice").await;
    let person = open(store, Target::Person(Arc::from("alice"))).await;
    let preview = store.preview_containment(vec![Target::Person(Arc::from("alice"))]).await.unwrap();
    assert_eq!((preview.families, preview.sessions, preview.devices), (2, 1, 0));
    let mut contained = contain(store, person).await;
    contained.families.sort_by_key(|family| *family.as_bytes());
    let mut wanted = mine.to_vec();
    wanted.sort_by_key(|family| *family.as_bytes());
    assert_eq!((contained.families, contained.sessions), (wanted, vec![session]));
    assert!(is_active(store, theirs).await);
    let client = open(store, Target::Client(Arc::from("tv"))).await;
    assert_eq!(contain(store, client).await.families, [theirs]);
    assert!(is_active(store, radio).await);
}

/// A yes that was on its way when the open requests were stopped, and was collected after the transaction.
#[tokio::test]
async fn what_slips_through_a_wide_containment_ends_after_it() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let incident = open(store, Target::Person(Arc::from("alice"))).await;
    contain(store, incident).await;
    let late = collected_by(store, 1, "alice", "tv").await;
    let session = sign_in(store, "late", "alice").await;
    let more = store.contain_stragglers(incident, how()).await.unwrap().unwrap();
    assert_eq!((more.families, more.sessions), (vec![late], vec![session]));
    assert_eq!(store.contain_stragglers(incident, how()).await.unwrap(), None);
}

/// R6.6a: a family that is founded while its incident is contained ends, whichever comes first.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_collects_past_a_containment() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    for n in 0..40 {
        let crossing = begin(store, n);
        event(store, crossing, approval(), Write::Durable).await.unwrap();
        let incident = open(store, Target::Crossing(crossing)).await;
        store.begin_containment(incident, Actor::Rule, secs(3)).await.unwrap().unwrap();
        let collector = store.clone();
        let collecting =
            tokio::spawn(async move { event(&collector, crossing, redeemed(), redeem(crossing)).await });
        // What the server does: it stops the request, or finds it collected; then it writes the containment.
        let stopped = event(store, crossing, stop(), Write::Durable).await.unwrap();
        store.contain_incident(incident, how()).await.unwrap().unwrap();
        collecting.await.unwrap().unwrap();
        let family = store.family(crossing).await.unwrap();
        assert!(family.is_none_or(|family| !family.is_active()), "{n} {stopped:?}");
    }
}

fn stop() -> tandem_core::crossing::Event {
    use tandem_core::crossing::{Denial, DenialReason, Event};
    let reason = DenialReason::Incident;
    Event::Denied(Arc::new(Denial { sub: Arc::from("alice"), reason, address: ADDRESS, at: secs(1) }))
}

#[tokio::test]
async fn a_full_disk_ends_nothing_rather_than_half() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let mut all = Vec::new();
    for n in 0..300 {
        all.push(collected_by(store, n, "alice", "tv").await);
    }
    let session = sign_in(store, "alice's", "alice").await;
    let incident = open(store, Target::Client(Arc::from("tv"))).await;
    store.begin_containment(incident, Actor::Rule, secs(15)).await.unwrap().unwrap();
    store.limit_size(1);
    assert_eq!(store.contain_incident(incident, how()).await, Err(StoreError::Full));
    for family in &all {
        assert!(is_active(store, *family).await);
    }
    assert!(store.session(session).await.unwrap().is_some());
    let unfinished = store.unfinished_containments().await.unwrap();
    assert_eq!(unfinished.len(), 1, "it goes on");
    assert_eq!(unfinished[0].state, State::Open);
    store.limit_size(u64::MAX);
    let contained = store.contain_incident(incident, how()).await.unwrap().unwrap();
    assert_eq!(contained.families.len(), 300);
    assert!(store.unfinished_containments().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_begun_and_what_a_rule_wants_is_found_after_a_restart() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let begun = open(store, Target::Crossing(id(1))).await;
    store.begin_containment(begun, Actor::Command, secs(15)).await.unwrap().unwrap();
    let wanted = open(store, Target::Crossing(id(2))).await;
    let recorded = NewIncident { response: Response::Record, ..new(Target::Crossing(id(3))) };
    store.open_incident(recorded, None).await.unwrap();
    let fixture = fixture.reopened_at(secs(30)).await;
    let ids = |all: Vec<tandem_store::Incident>| all.iter().map(|incident| incident.id).collect::<Vec<_>>();
    assert_eq!(ids(fixture.store.unfinished_containments().await.unwrap()), [begun]);
    assert_eq!(ids(fixture.store.uncontained_incidents().await.unwrap()), [wanted]);
}

#[tokio::test]
async fn a_stricter_sign_makes_a_recorded_incident_one_to_contain() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let weak = NewIncident {
        cause: Cause::CodeRepeated,
        response: Response::Record,
        sub: None,
        ..new(Target::Crossing(id(1)))
    };
    let first = store.open_incident(weak.clone(), None).await.unwrap().unwrap();
    assert!(store.uncontained_incidents().await.unwrap().is_empty());
    let second = store.open_incident(new(Target::Crossing(id(1))), None).await.unwrap().unwrap();
    assert_eq!(second, Opened::Known(first.id()));
    let wanted = store.uncontained_incidents().await.unwrap();
    assert_eq!((wanted[0].id, wanted[0].cause), (first.id(), Cause::CodeRepeated));
    assert_eq!(wanted[0].sub.as_deref(), Some("alice"), "what is found out later is added");
    store.open_incident(weak, None).await.unwrap();
    assert_eq!(store.uncontained_incidents().await.unwrap().len(), 1, "a weaker sign takes nothing back");
}

#[tokio::test]
async fn an_incident_is_closed_and_opened_again_by_its_rules() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let incident = open(store, Target::Crossing(id(1))).await;
    let close = |id| {
        store.change_incident(
            id,
            LifeChange::Close,
            Actor::Command,
            secs(30),
            Some("talked to her".to_owned()),
        )
    };
    let reopen = |id| store.change_incident(id, LifeChange::Reopen, Actor::Command, secs(31), None);
    assert_eq!(reopen(incident).await.unwrap(), Err(LifeRefusal::Already));
    assert_eq!(close(99).await.unwrap(), Err(LifeRefusal::Unknown));
    assert_eq!(reopen(99).await.unwrap(), Err(LifeRefusal::Unknown));
    store.begin_containment(incident, Actor::Rule, secs(15)).await.unwrap().unwrap();
    assert_eq!(close(incident).await.unwrap(), Err(LifeRefusal::Containing));
    store.contain_incident(incident, how()).await.unwrap().unwrap();
    assert_eq!(close(incident).await.unwrap(), Ok(()));
    assert_eq!(close(incident).await.unwrap(), Err(LifeRefusal::Already));
    let refused = store.begin_containment(incident, Actor::Rule, secs(32)).await.unwrap();
    assert_eq!(refused, Err(BeginRefusal::State(ContainRefusal::Closed)));
    assert_eq!(reopen(incident).await.unwrap(), Ok(()));
    let back = store.incident(incident).await.unwrap().unwrap().incident;
    assert_eq!(back.state, State::Contained, "what was ended stays ended");
    close(incident).await.unwrap().unwrap();
    let another = open(store, Target::Crossing(id(1))).await;
    assert_ne!(another, incident);
    assert_eq!(reopen(incident).await.unwrap(), Err(LifeRefusal::Another));
}

#[tokio::test]
async fn incidents_are_found_by_state_cause_and_what_they_touched() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let one = open(store, Target::Crossing(id(1))).await;
    let two = open(store, Target::Client(Arc::from("radio"))).await;
    let find = async |query: IncidentQuery| -> Vec<i64> {
        let query = IncidentQuery { limit: 10, ..query };
        store.incidents(query).await.unwrap().iter().map(|incident| incident.id).collect()
    };
    let search = |text: &str| IncidentQuery { search: Some(text.to_owned()), ..IncidentQuery::default() };
    assert_eq!(find(IncidentQuery::default()).await, [two, one]);
    assert_eq!(find(search("radio")).await, [two]);
    assert_eq!(find(search("radi")).await, Vec::<i64>::new(), "names are exact");
    assert_eq!(find(search("DID NOT start")).await, [two, one]);
    assert_eq!(find(search("%")).await, Vec::<i64>::new(), "no pattern");
    assert_eq!(find(IncidentQuery { before: Some(two), ..IncidentQuery::default() }).await, [one]);
    store.change_incident(one, LifeChange::Close, Actor::Command, secs(30), None).await.unwrap().unwrap();
    assert_eq!(find(IncidentQuery { state: Some(State::Open), ..IncidentQuery::default() }).await, [two]);
    let cause = IncidentQuery { cause: Some(Cause::Operator), ..IncidentQuery::default() };
    assert_eq!(find(cause).await, Vec::<i64>::new());
    let tally = store.tally_incidents(secs(10), secs(11)).await.unwrap();
    assert_eq!(tally.iter().map(|each| each.count).sum::<u64>(), 2);
    assert!(store.tally_incidents(secs(11), secs(99)).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_daily_summary_is_claimed_once_also_over_restarts() {
    let fixture = Fixture::new();
    assert!(fixture.store.claim_summary(secs(100), secs(101)).await.unwrap());
    assert!(!fixture.store.claim_summary(secs(100), secs(102)).await.unwrap());
    let fixture = fixture.reopened_at(secs(103)).await;
    assert!(!fixture.store.claim_summary(secs(100), secs(104)).await.unwrap());
    assert!(fixture.store.claim_summary(secs(86_500), secs(86_501)).await.unwrap(), "the next day");
}

/// A thousand families end with one commit.
#[tokio::test]
async fn a_thousand_families_end_with_one_commit() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    let families = (0..1000).map(|n| collected_by(store, n, "alice", "tv"));
    futures_of(families).await;
    let incident = open(store, Target::Client(Arc::from("tv"))).await;
    store.begin_containment(incident, Actor::Rule, secs(15)).await.unwrap().unwrap();
    let before = store.census().commits;
    let contained = store.contain_incident(incident, how()).await.unwrap().unwrap();
    assert_eq!(contained.families.len(), 1000);
    assert_eq!(store.census().commits, before + 1);
}

/// Awaits all of them, one after the other.
async fn futures_of<T>(all: impl Iterator<Item = impl Future<Output = T>>) {
    for each in all {
        each.await;
    }
}

#[tokio::test]
async fn operators_are_added_and_removed() {
    let fixture = Fixture::new();
    let store = &fixture.store;
    assert!(!store.is_operator("carol").await.unwrap());
    assert!(store.add_operator("carol", NOW).await.unwrap());
    assert!(!store.add_operator("carol", NOW).await.unwrap());
    assert!(store.is_operator("carol").await.unwrap() && !store.is_operator("CAROL").await.unwrap());
    assert_eq!(store.operators().await.unwrap(), ["carol"]);
    assert!(store.remove_operator("carol").await.unwrap());
    assert!(!store.remove_operator("carol").await.unwrap());
    assert!(!store.is_operator("carol").await.unwrap());
}
