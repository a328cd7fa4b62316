//! What does the admin API take and give? The types of its JSON, which are the schemas of its description too. Commands print
//! incidents in the same form.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use tandem_core::crossing::CrossingId;
use tandem_core::incident::{Cause, Response, Role, State, TouchedKind};
use tandem_core::time::Timestamp;
use tandem_store::{Incident as Known, IncidentFile, IncidentStep};

/// The most characters of a reason or note.
pub const MOST_WORDS: usize = 1000;
/// The most characters of the name of a target.
pub const LONGEST_NAME: usize = 256;
/// The most things touched, and the most steps, that one answer lists.
pub const MOST_LISTED: usize = 1000;

/// An incident: something was misused, or may have been.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Incident {
    /// Its number.
    pub id: i64,
    /// Where it stands: found out and perhaps still at work, ended, or done with.
    #[schemars(schema_with = "states")]
    pub state: &'static str,
    /// For what it was opened.
    #[schemars(schema_with = "causes")]
    pub cause: &'static str,
    /// What the rule for this cause said: only recorded, or contained at once.
    #[schemars(schema_with = "responses")]
    pub response: &'static str,
    /// When it was opened.
    #[schemars(schema_with = "moments")]
    pub opened_at: String,
    /// When something last happened to it.
    #[schemars(schema_with = "moments")]
    pub changed_at: String,
    /// Since when it is being contained, if that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "moments")]
    pub containing_since: Option<String>,
    /// The request between two devices that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub crossing: Option<String>,
    /// The person that it is about, by subject identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub sub: Option<String>,
    /// The client that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub client_id: Option<String>,
    /// What it is, in a sentence.
    pub summary: String,
}

/// An incident with all that is known of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IncidentDetail {
    /// What the list says of it.
    #[serde(flatten)]
    pub incident: Incident,
    /// What it touched: a thousand things at most.
    pub touched: Vec<Touched>,
    /// How many further things it touched.
    pub touched_omitted: u64,
    /// What was done, the oldest first; of more than a thousand steps the newest.
    pub steps: Vec<Step>,
    /// How many older steps there were.
    pub steps_omitted: u64,
}

/// Something that an incident touched.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Touched {
    /// Containment ends it (`target`), has ended it (`ended`), or it was only there (`seen`).
    #[schemars(schema_with = "roles")]
    pub role: &'static str,
    /// What it is. A `family` is everything that was issued from the crossing of the same name.
    #[schemars(schema_with = "kinds")]
    pub kind: &'static str,
    /// Its name. A session has the beginning of its digest: enough to tell sessions apart, and nothing to use one with.
    pub name: String,
}

/// Something that was done.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Step {
    /// When.
    #[schemars(schema_with = "moments")]
    pub at: String,
    /// By whom or what: `rule`, `command`, `operator` with a subject identifier, or `api` with a client identifier.
    pub actor: String,
    /// What, as a word: `opened`, `containing`, `contained`, `closed`, `reopened`, a cause that joined, or another.
    pub step: String,
    /// More, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub detail: Option<String>,
}

/// Incidents, the newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IncidentList {
    /// The incidents.
    pub incidents: Vec<Incident>,
    /// The value of `before` that asks for older ones; missing if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "i64")]
    pub next_before: Option<i64>,
}

/// What opens an incident.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIncident {
    /// What it is about, and what containment ends.
    pub target: Target,
    /// What happened, in a sentence for the people who read it.
    #[schemars(length(min = 1, max = "MOST_WORDS"))]
    pub reason: String,
    /// Whether it is contained at once.
    #[serde(default)]
    pub contain: bool,
}

/// What containment ends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What it is.
    pub kind: TargetKind,
    /// A crossing's name, a person's subject identifier, a `client_id`, or the id of a registered device.
    #[schemars(length(min = 1, max = "LONGEST_NAME"))]
    pub id: String,
}

/// What containment can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// One request between two devices, and everything that was issued from it.
    Crossing,
    /// Everything that a person granted, and where they are signed in.
    Person,
    /// Everything that was granted to a client, and its open requests.
    Client,
    /// A registered device: its trust, and everything that it collected.
    Device,
}

/// Why an incident is closed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// What was found, in a sentence for the people who read it.
    #[schemars(length(min = 1, max = "MOST_WORDS"))]
    pub note: String,
}

/// Why an incident is opened again.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reopening {
    /// What was found since.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1, max = "MOST_WORDS"))]
    pub note: Option<String>,
}

/// Nothing is asked for here.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Containing {}

/// A refusal.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Refusal {
    /// Its code.
    pub error: String,
    /// A fixed sentence for people who read logs.
    pub error_description: String,
}

/// A member that may be missing, and is no `null`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

impl Incident {
    /// What the API says of this incident.
    pub fn of(known: &Known) -> Self {
        Self {
            id: known.id,
            state: known.state.as_str(),
            cause: known.cause.as_str(),
            response: known.response.as_str(),
            opened_at: moment(known.opened_at),
            changed_at: moment(known.changed_at),
            containing_since: known.containing_since.map(moment),
            crossing: known.crossing.map(|id: CrossingId| id.to_string()),
            sub: known.sub.as_deref().map(str::to_owned),
            client_id: known.client_id.as_deref().map(str::to_owned),
            summary: known.summary.clone(),
        }
    }
}

impl IncidentDetail {
    /// What the API says of all that is known of this incident.
    pub fn of(file: &IncidentFile) -> Self {
        let older = file.steps.len().saturating_sub(MOST_LISTED);
        Self {
            incident: Incident::of(&file.incident),
            touched: file.touched.iter().take(MOST_LISTED).map(touched).collect(),
            touched_omitted: file.touched.len().saturating_sub(MOST_LISTED) as u64,
            steps: file.steps.iter().skip(older).map(step).collect(),
            steps_omitted: older as u64,
        }
    }
}

fn touched(touched: &tandem_core::incident::Touched) -> Touched {
    Touched { role: touched.role.as_str(), kind: touched.kind.as_str(), name: touched.name.clone() }
}

fn step(step: &IncidentStep) -> Step {
    Step {
        at: moment(step.at),
        actor: step.actor.clone(),
        step: step.step.clone(),
        detail: step.detail.clone(),
    }
}

/// A moment as RFC 3339 writes it, in UTC and milliseconds.
fn moment(at: Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).ok();
    let moment = millis.and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    format!("{:.3}", moment.unwrap_or(jiff::Timestamp::MAX))
}

fn words(words: &[&'static str]) -> Schema {
    json_schema!({ "type": "string", "enum": words })
}

/// The words of [`State`].
pub fn states(_: &mut SchemaGenerator) -> Schema {
    words(&State::ALL.map(State::as_str))
}

/// The words of [`Cause`].
pub fn causes(_: &mut SchemaGenerator) -> Schema {
    words(&Cause::ALL.map(Cause::as_str))
}

fn responses(_: &mut SchemaGenerator) -> Schema {
    words(&[Response::Record.as_str(), Response::Contain.as_str()])
}

fn roles(_: &mut SchemaGenerator) -> Schema {
    words(&Role::ALL.map(Role::as_str))
}

fn kinds(_: &mut SchemaGenerator) -> Schema {
    words(&TouchedKind::ALL.map(TouchedKind::as_str))
}

fn moments(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "date-time" })
}
