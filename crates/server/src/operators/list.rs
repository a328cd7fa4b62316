//! `GET /operator/incidents`: which incidents are there, and how is one found?

use super::entrance::looking;
use super::names::{moment, standing, story};
use crate::app::App;
use crate::pages::views::{IncidentFilter, IncidentLine, Incidents};
use crate::people::respond;
use crate::people::usernames::normalise_username;
use crate::people::visit::Visit;
use axum::extract::{Request, State as Shared};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tandem_core::incident::{Cause, State};
use tandem_core::oauth::form::Form;
use tandem_store::{IncidentQuery, StoreError};

/// The list.
pub const HERE: &str = "/operator/incidents";
/// How many stand on a page.
const ON_A_PAGE: usize = 25;
/// The most characters that are searched for.
const LONGEST_SEARCH: usize = 200;

/// What is looked for. What cannot be read looks for nothing.
struct Wanted {
    state: Option<State>,
    cause: Option<Cause>,
    search: Option<String>,
    before: Option<i64>,
}

/// Lists incidents.
pub async fn list(Shared(app): Shared<Arc<App>>, request: Request) -> Response {
    let visit = match Visit::begin(&app, &request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let wanted = Wanted::read(request.uri().query().unwrap_or_default());
    drop(request);
    let here = wanted.address(wanted.before);
    let response = match looking(&app, &visit, &here).await {
        Err(response) => response,
        Ok(_) => match page(&app, &visit, &wanted).await {
            Ok(page) => respond::page_at(&app, &visit.browser, &visit.id, StatusCode::OK, &page, &here),
            Err(error) => respond::store_failure(&app, &visit.id, error),
        },
    };
    visit.browser.dress(&app, response)
}

impl Wanted {
    fn read(query: &str) -> Self {
        let form = Form::parse_query(query.as_bytes()).unwrap_or_default();
        let search = form.get("q").map(str::trim).filter(|text| !text.is_empty());
        Self {
            state: form.get("state").and_then(State::parse),
            cause: form.get("cause").and_then(Cause::parse),
            search: search.map(|text| text.chars().take(LONGEST_SEARCH).collect()),
            before: form.get("before").and_then(|text| text.parse().ok()).filter(|number| *number > 0),
        }
    }

    /// Where these incidents are, before this one.
    fn address(&self, before: Option<i64>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("q", self.search.as_deref()),
            ("state", self.state.map(State::as_str)),
            ("cause", self.cause.map(Cause::as_str)),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        let query = query.finish();
        if query.is_empty() { HERE.to_owned() } else { format!("{HERE}?{query}") }
    }
}

/// What the store searches for: people are known to operators by their user names, and to the record by their subjects.
async fn searched(app: &App, wanted: &Wanted) -> Result<Option<String>, StoreError> {
    let Some(typed) = &wanted.search else { return Ok(None) };
    let user = match normalise_username(typed) {
        Ok(username) => app.store.user_by_username(&username).await?,
        Err(_) => None,
    };
    Ok(Some(user.map_or_else(|| typed.clone(), |user| user.sub.to_string())))
}

async fn page(app: &App, visit: &Visit, wanted: &Wanted) -> Result<Incidents, StoreError> {
    let query = IncidentQuery {
        state: wanted.state,
        cause: wanted.cause,
        search: searched(app, wanted).await?,
        before: wanted.before,
        // One more, to know if there are more.
        limit: u32::try_from(ON_A_PAGE).unwrap_or(u32::MAX).saturating_add(1),
    };
    let mut found = app.store.incidents(query).await?;
    let more = found.len() > ON_A_PAGE;
    found.truncate(ON_A_PAGE);
    let mut incidents = Vec::with_capacity(found.len());
    for incident in &found {
        incidents.push(IncidentLine {
            id: incident.id,
            story: story(app, incident, incident.cause).await?,
            summary: matches!(incident.cause, Cause::Operator | Cause::Api).then(|| incident.summary.clone()),
            standing: standing(incident),
            opened: moment(incident.opened_at, visit.now),
        });
    }
    Ok(Incidents {
        incidents,
        filter: IncidentFilter {
            search: wanted.search.clone().unwrap_or_default(),
            state: wanted.state.map(State::as_str).unwrap_or_default(),
            cause: wanted.cause.map(Cause::as_str).unwrap_or_default(),
            states: State::ALL.map(State::as_str).to_vec(),
            causes: Cause::ALL.map(Cause::as_str).to_vec(),
        },
        older: found.last().filter(|_| more).map(|last| wanted.address(Some(last.id))),
        newest: wanted.before.map(|_| wanted.address(None)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_looked_for() {
        let wanted = Wanted::read("state=open&cause=reported&q=+a%26b+&before=9&more=1");
        assert_eq!(wanted.address(Some(5)), "/operator/incidents?q=a%26b&state=open&cause=reported&before=5");
        assert_eq!(Wanted::read(&wanted.address(None)[HERE.len() + 1..]).search.as_deref(), Some("a&b"));
        let nothing = Wanted::read("state=x&cause=&q=+&before=-1");
        assert_eq!(nothing.address(nothing.before), HERE);
        let long = Wanted::read(&format!("q={}", "a".repeat(5_000)));
        assert_eq!(long.search.map(|text| text.len()), Some(LONGEST_SEARCH));
    }
}
