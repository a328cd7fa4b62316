//! What is known of an incident, and what can an operator do about it?

use super::{Moment, Page, Standing, Story};
use serde::Serialize;
use std::borrow::Cow;

/// `GET /operator/incidents/{id}`, and the answer to a form of it that needs another try. Forms post `csrf`, and to
/// `…/{id}/close`: `note`; to `…/{id}/reopen`: nothing more.
#[derive(Debug, Clone, Serialize)]
pub struct Incident {
    /// Its number.
    pub id: i64,
    /// What happened.
    pub story: Story,
    /// The same in the words of whoever opened it.
    pub summary: String,
    /// Where it stands.
    pub standing: Standing,
    /// When it was opened.
    pub opened: Moment,
    /// What containment ends.
    pub targets: TouchedList,
    /// What was seen with it.
    pub seen: TouchedList,
    /// What containment ended.
    pub ended: TouchedList,
    /// What was done, the oldest first.
    pub steps: Vec<IncidentStep>,
    /// How many older steps are not shown.
    pub more_steps: u64,
    /// What containment would end; nothing where it is done.
    pub foreseen: Option<Ending>,
    /// What the person may do now.
    pub acting: Acting,
    /// What was typed before a mistake.
    pub note: String,
    /// What was just done, said once.
    pub flash: Option<IncidentFlash>,
    /// Why a form did nothing.
    pub trouble: Option<IncidentTrouble>,
}

/// `GET /operator/incidents/{id}/contain`: what will end, before it does. The form posts `csrf` to the same address.
#[derive(Debug, Clone, Serialize)]
pub struct ContainIncident {
    /// The number of the incident.
    pub id: i64,
    /// What happened.
    pub story: Story,
    /// What it concerns.
    pub targets: TouchedList,
    /// What will end.
    pub foreseen: Ending,
}

/// Things that an incident touched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TouchedList {
    /// The first of them.
    pub first: Vec<TouchedThing>,
    /// How many more there are.
    pub more: u64,
}

/// One thing that an incident touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TouchedThing {
    /// The word of its kind.
    pub kind: &'static str,
    /// What people call it.
    pub name: String,
    /// Where other incidents of the same thing are: a path on this server.
    pub search: String,
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IncidentStep {
    /// When.
    pub at: Moment,
    /// By whom.
    pub actor: StepActor,
    /// What.
    pub kind: StepKind,
    /// What else came to light, where that is what happened.
    pub story: Option<Story>,
    /// What somebody wrote about it.
    pub note: Option<String>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// It was opened.
    Opened,
    /// Something else came to light.
    Joined,
    /// Containment began.
    Containing,
    /// It was contained.
    Contained,
    /// It was closed.
    Closed,
    /// It was opened again.
    Reopened,
    /// A rule would have contained it, if rules did more than record.
    WouldContain,
    /// Something else was noted.
    Noted,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "name", rename_all = "kebab-case")]
pub enum StepActor {
    /// The server, by its rules.
    Rule,
    /// Somebody with a shell on the machine.
    Command,
    /// An operator, by name.
    Operator(String),
    /// A program, by name.
    Api(String),
}

/// How much ends, or ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// Open requests.
    pub requests: u64,
    /// What has access now.
    pub accesses: u64,
    /// Browsers in which people are signed in.
    pub sessions: u64,
    /// Registered devices.
    pub devices: u64,
}

/// What an operator may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Acting {
    /// They may act.
    Now,
    /// They must sign in once more first.
    SignInFirst {
        /// Where they do that: a path on this server.
        address: String,
    },
}

/// What was just done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentFlash {
    /// It was contained.
    Contained,
    /// It was closed, which can be undone.
    Closed,
    /// It was opened again, which can be undone.
    Reopened,
}

impl IncidentFlash {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Contained, Self::Closed, Self::Reopened];
}

/// Why a form did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IncidentTrouble {
    /// The form was too old, or did not come from this page (CSRF).
    FormExpired,
    /// The note is empty, too long, or cannot be read.
    NoteMissing,
    /// It is closed, so that it cannot be contained.
    Closed,
    /// It is being contained.
    Containing,
    /// Another incident of the same request is open.
    Another,
    /// Containment was begun, and could not be finished yet.
    NotYet,
}

impl Page for Incident {
    const TEMPLATE: &'static str = "incident.html";

    fn title_key(&self) -> Cow<'static, str> {
        "incident-title".into()
    }
}

impl Page for ContainIncident {
    const TEMPLATE: &'static str = "incident_contain.html";

    fn title_key(&self) -> Cow<'static, str> {
        "incident-contain-title".into()
    }
}
