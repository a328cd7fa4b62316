//! Which incidents are there? What operators choose from.

use super::Page;
use serde::Serialize;
use std::borrow::Cow;

/// `GET /operator/incidents`. Its form gets the same address with `q`, `state` and `cause`.
#[derive(Debug, Clone, Serialize)]
pub struct Incidents {
    /// The incidents, the newest first.
    pub incidents: Vec<IncidentLine>,
    /// What is looked for.
    pub filter: IncidentFilter,
    /// Where older ones are: a path on this server.
    pub older: Option<String>,
    /// Where the newest ones are, if this is a later page.
    pub newest: Option<String>,
}

/// One incident in the list.
#[derive(Debug, Clone, Serialize)]
pub struct IncidentLine {
    /// Its number.
    pub id: i64,
    /// What happened.
    pub story: Story,
    /// What somebody wrote about it, where the story says little.
    pub summary: Option<String>,
    /// Where it stands.
    pub standing: Standing,
    /// When it was opened.
    pub opened: Moment,
}

/// What happened, for a sentence about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Story {
    /// The word of the cause.
    pub cause: &'static str,
    /// The person's name, if one is known.
    pub person: Option<String>,
    /// The service's name, if one is known.
    pub service: Option<String>,
}

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// What it concerns may still work.
    Open,
    /// Its containment is under way.
    Containing,
    /// Everything that it concerns has ended.
    Contained,
    /// Somebody is done with it.
    Closed,
}

/// A moment, for people and for machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// How long ago, in seconds.
    pub seconds_ago: u64,
    /// As RFC 3339 writes it, in UTC.
    pub iso: String,
    /// The same as people write it, in UTC.
    pub utc: String,
}

/// What is looked for.
#[derive(Debug, Clone, Default, Serialize)]
pub struct IncidentFilter {
    /// What was typed.
    pub search: String,
    /// The word of the state; empty for all.
    pub state: &'static str,
    /// The word of the cause; empty for all.
    pub cause: &'static str,
    /// The words of the states to choose from.
    pub states: Vec<&'static str>,
    /// The words of the causes to choose from.
    pub causes: Vec<&'static str>,
}

impl Page for Incidents {
    const TEMPLATE: &'static str = "incidents.html";

    fn title_key(&self) -> Cow<'static, str> {
        "incidents-title".into()
    }
}
