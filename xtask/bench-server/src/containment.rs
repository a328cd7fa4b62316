//! How long does it take to contain an incident? A person with many token families, and many streams that want to hear of it.
//!
//! Each round has families and an incident of its own, in one store on disk. The time is that of the whole containment: from the row
//! that says that it begins to the commit after which every token is dead and every event is in the outbox.

use crate::families;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tandem_core::incident::{Actor, Cause, Response, Target};
use tandem_core::oauth::token_family::FamilyState;
use tandem_core::shared_signals::stream::{DefaultSubjects, Delivery, StreamTerms};
use tandem_core::shared_signals::{EventType, StreamStatus};
use tandem_core::time::Timestamp;
use tandem_server::app::store_options;
use tandem_server::clock::Clock;
use tandem_server::command::Failure;
use tandem_server::config;
use tandem_server::incidents::Terms;
use tandem_server::incidents::containment::carry_out;
use tandem_store::{NewIncident, Open, Opened, Store, Stream};

/// How often it is measured.
const ROUNDS: usize = 5;
/// Token families of the person.
const FAMILIES: usize = 1000;
/// Streams of receivers.
const STREAMS: usize = 20;

#[expect(clippy::disallowed_methods, reason = "a measurement is of real time")]
fn begin() -> Instant {
    Instant::now()
}

/// Measures, and prints a line of JSON for each round.
pub async fn measure(file: &Path) -> Result<(), Failure> {
    let config = config::load(&[file.to_owned()], std::env::vars())?.config;
    let now = Clock::System.now();
    let people = |round: usize| format!("contained{round}");
    let rows = (0..ROUNDS * FAMILIES).map(|number| (people(number / FAMILIES), FamilyState::Active));
    families::add(&config, rows, now).await?;
    let store = Store::open(store_options(&config, Open::Server), now)?;
    for number in 0..STREAMS {
        store.create_stream(stream(number, now), u64::MAX).await.map_err(Failure::of)?;
    }
    for round in 0..ROUNDS {
        let sub: Arc<str> = people(round).into();
        let opened = store.open_incident(incident(&sub, now), None).await.map_err(Failure::of)?;
        let id = opened.map(Opened::id).ok_or_else(|| Failure::Failed("no incident".to_owned()))?;
        let begun = begin();
        let begins = store.begin_containment(id, Actor::Command, now).await.map_err(Failure::of)?;
        begins.map_err(Failure::of)?;
        let contained = carry_out(&store, &Terms::of(&config), id, &Actor::Command, now).await;
        let millis = begun.elapsed().as_secs_f64() * 1000.0;
        let contained = contained.map_err(Failure::of)?.unwrap_or_default();
        println!(
            "{}",
            serde_json::json!({
                "ms": millis, "families": contained.families.len(), "streams": STREAMS, "announced": contained.announced,
            })
        );
    }
    store.close().await;
    Ok(())
}

fn stream(number: usize, now: Timestamp) -> Stream {
    Stream {
        stream_id: format!("stream{number:02}"),
        client_id: Arc::from("watcher"),
        terms: StreamTerms {
            aud: "watcher".into(),
            events_requested: Some(EventType::ALL.map(|event| event.uri().to_owned()).to_vec()),
            description: None,
            delivery: Delivery::Poll,
            default_subjects: DefaultSubjects::All,
        },
        status: StreamStatus::Enabled,
        reason: None,
        created_at: now,
        changed_at: now,
        verified_at: None,
        active_at: now,
    }
}

fn incident(sub: &Arc<str>, now: Timestamp) -> NewIncident {
    NewIncident {
        cause: Cause::Operator,
        response: Response::Record,
        at: now,
        actor: Actor::Command,
        crossing: None,
        sub: Some(Arc::clone(sub)),
        client_id: None,
        summary: "A measurement.".to_owned(),
        targets: vec![Target::Person(Arc::clone(sub))],
        seen: Vec::new(),
    }
}
