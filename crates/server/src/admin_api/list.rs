//! `GET /admin/v1/incidents`: which incidents are there, the newest first?

use super::call::{Right, admit, answer, bad, respond};
use super::wire::{Incident, IncidentList};
use crate::app::App;
use crate::oauth::failure::Failure;
use crate::oauth::proof_of_possession::NonceOffer;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tandem_core::incident::{Cause, State as Standing};
use tandem_core::oauth::form::Form;
use tandem_store::IncidentQuery;

/// The names of what may be asked for.
pub const PARAMETERS: [&str; 5] = ["state", "cause", "q", "before", "limit"];
/// How many incidents are listed if nobody says.
pub const USUAL: u32 = 50;
/// How many at most.
pub const MOST: u32 = 100;
/// The most characters that are searched for.
pub const LONGEST_SEARCH: usize = 256;

/// Lists incidents.
pub async fn list(State(app): State<Arc<App>>, request: Request) -> Response {
    let nonce = NonceOffer::to(&app, request.headers());
    let answer = handle(&app, request).await;
    respond(&app, nonce, answer)
}

async fn handle(app: &App, request: Request) -> Result<Response, Failure> {
    let admitted = admit(app, request, Right::Read).await?;
    let query = read(admitted.parts.uri.query().unwrap_or_default())?;
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    // One more, to know if there are more.
    let query = IncidentQuery { limit: query.limit.saturating_add(1), ..query };
    let mut found = app.store.incidents(query).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_before = found.last().filter(|_| more).map(|last| last.id);
    let incidents = found.iter().map(Incident::of).collect();
    answer(StatusCode::OK, &IncidentList { incidents, next_before })
}

/// What is asked for. Whatever is not understood is refused: a filter that is misspelt would hide nothing.
fn read(query: &str) -> Result<IncidentQuery, Failure> {
    let form = Form::parse_query(query.as_bytes())
        .map_err(|_| bad("the query is malformed, or has a parameter twice"))?;
    if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| !PARAMETERS.contains(&&*name)) {
        return Err(bad("the query has a parameter that is not known here"));
    }
    let search = form.get("q").map(str::trim).filter(|text| !text.is_empty());
    if search.is_some_and(|text| text.chars().count() > LONGEST_SEARCH) {
        return Err(bad("q is too long"));
    }
    Ok(IncidentQuery {
        state: parsed(form.get("state"), Standing::parse, "state is none of the states")?,
        cause: parsed(form.get("cause"), Cause::parse, "cause is none of the causes")?,
        search: search.map(str::to_owned),
        before: parsed(form.get("before"), positive, "before is no number of an incident")?,
        limit: parsed(form.get("limit"), limit, "limit is no number from 1 to 100")?.unwrap_or(USUAL),
    })
}

fn parsed<T>(
    text: Option<&str>,
    parse: fn(&str) -> Option<T>,
    no: &'static str,
) -> Result<Option<T>, Failure> {
    text.map(|text| parse(text).ok_or_else(|| bad(no))).transpose()
}

fn positive(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number| *number > 0)
}

fn limit(text: &str) -> Option<u32> {
    text.parse().ok().filter(|limit| (1..=MOST).contains(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_refused() {
        let read_all = read("state=open&cause=reported&q=+tv+&before=9&limit=100").unwrap();
        let expected = IncidentQuery {
            state: Some(Standing::Open),
            cause: Some(Cause::Reported),
            search: Some("tv".to_owned()),
            before: Some(9),
            limit: MOST,
        };
        assert_eq!(read_all, expected);
        assert_eq!(read("").unwrap(), IncidentQuery { limit: USUAL, ..IncidentQuery::default() });
        assert_eq!(read("q=+").unwrap().search, None);
        for bad in [
            "state=Open",
            "cause=x",
            "before=0",
            "before=-1",
            "before=x",
            "limit=0",
            "limit=101",
            "limit=x",
            "state=open&state=closed",
            "status=open",
            "q=%ff",
            "limit=9999999999999",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read(&format!("q={}", "a".repeat(LONGEST_SEARCH + 1))).is_err());
    }
}
