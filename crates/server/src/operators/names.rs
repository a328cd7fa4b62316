//! What do people call the things that an incident touched?

use super::list::HERE;
use crate::app::App;
use crate::pages::views::{Moment, Standing, Story, TouchedList, TouchedThing};
use tandem_core::incident::{Cause, Role, State, Touched, TouchedKind};
use tandem_core::time::Timestamp;
use tandem_store::{Incident, StoreError};

/// How many things of a role a page shows.
const MOST_SHOWN: usize = 50;

/// A person's user name; their subject identifier, if they are gone.
pub async fn person(app: &App, sub: &str) -> Result<String, StoreError> {
    Ok(app.store.user(sub).await?.map_or_else(|| sub.to_owned(), |user| user.username.clone()))
}

/// A client's name for people; its identifier, if it is gone.
pub fn service(app: &App, client_id: &str) -> String {
    app.clients.get(client_id).map_or_else(|| client_id.to_owned(), |client| client.client_name.clone())
}

/// What happened, for a sentence about it.
pub async fn story(app: &App, incident: &Incident, cause: Cause) -> Result<Story, StoreError> {
    let person = match &incident.sub {
        Some(sub) => Some(person(app, sub).await?),
        None => None,
    };
    let service = incident.client_id.as_deref().map(|client_id| service(app, client_id));
    Ok(Story { cause: cause.as_str(), person, service })
}

/// Where an incident stands.
pub const fn standing(incident: &Incident) -> Standing {
    match (incident.state, incident.containing_since) {
        (State::Open, Some(_)) => Standing::Containing,
        (State::Open, None) => Standing::Open,
        (State::Contained, _) => Standing::Contained,
        (State::Closed, _) => Standing::Closed,
    }
}

/// What it touched in this role, as people call it.
pub async fn touched(app: &App, all: &[Touched], role: Role) -> Result<TouchedList, StoreError> {
    let mut list = TouchedList::default();
    for touched in all.iter().filter(|touched| touched.role == role) {
        if list.first.len() == MOST_SHOWN {
            list.more += 1;
            continue;
        }
        let name = match touched.kind {
            TouchedKind::Person => person(app, &touched.name).await?,
            TouchedKind::Client => service(app, &touched.name),
            _ => touched.name.clone(),
        };
        let search = format!("{HERE}?q={}", encoded(&touched.name));
        list.first.push(TouchedThing { kind: touched.kind.as_str(), name, search });
    }
    Ok(list)
}

/// A text as the value of a query parameter.
pub fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A moment, seen from `now`.
pub fn moment(at: Timestamp, now: Timestamp) -> Moment {
    let millis = i64::try_from(at.as_millis()).ok();
    let utc = millis.and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    let utc = utc.unwrap_or(jiff::Timestamp::MAX);
    Moment {
        seconds_ago: now.since(at).as_secs(),
        iso: format!("{utc:.0}"),
        utc: utc.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    }
}
