//! What does an assessment say, before anybody draws it?

use super::server;
use crate::clients::Listed;
use crate::command::Failure;
use crate::command::output::plain;
use crate::config::{self, Config};
use serde::Serialize;
use tandem_core::assessment::{
    Activity, Counter, Defence, ExploitAssessment, FlowAssessment, Force, Mark, Outcome, Severity,
    StatementAssessment, Subject, assess, rooms_of,
};
use tandem_core::crossing::Room;

/// The whole assessment.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Of which server.
    pub issuer: String,
    /// The greatest risk of all.
    pub severity: Severity,
    /// Each flow of each client.
    pub flows: Vec<Flow>,
}

/// One flow of one client.
#[derive(Debug, Serialize)]
pub struct Flow {
    pub client_id: String,
    pub client_name: String,
    pub flow: &'static str,
    pub pattern: &'static str,
    pub profile: &'static str,
    pub severity: Severity,
    pub impact: Severity,
    pub impact_because: Vec<Reason>,
    pub exploits: Vec<Exploit>,
    pub statements: Vec<Statement>,
    /// Where lines for the client itself belong.
    pub kept_in: &'static str,
}

/// A rule, and what it says.
#[derive(Debug, Serialize)]
pub struct Reason {
    pub rule: &'static str,
    pub why: &'static str,
}

/// An exploit that applies.
#[derive(Debug, Serialize)]
pub struct Exploit {
    pub id: &'static str,
    pub title: &'static str,
    pub script: &'static str,
    pub severity: Severity,
    pub likelihood: &'static str,
    pub likelihood_because: Reason,
    pub remains: &'static str,
    pub defences: Vec<Acting>,
    pub remedies: Vec<Remedy>,
}

/// A defence against one exploit.
#[derive(Debug, Serialize)]
pub struct Acting {
    pub name: &'static str,
    /// P, D, R.
    pub marks: String,
    /// Whether it stops the exploit by itself.
    pub alone: bool,
    /// `acts`, `in part` or `off`.
    pub state: &'static str,
    pub reason: String,
}

/// What would make a defence act.
#[derive(Debug, Serialize)]
pub struct Remedy {
    pub defence: &'static str,
    pub settings: Vec<String>,
}

/// A statement of the BCP.
#[derive(Debug, Serialize)]
pub struct Statement {
    pub id: &'static str,
    pub level: &'static str,
    pub says: &'static str,
    /// `met`, `unmet`, `not applicable` or `operator`.
    pub outcome: &'static str,
    pub why: String,
    pub settings: Vec<String>,
}

impl Report {
    /// Assesses these clients, in one flow or in all that each may use.
    pub fn of(config: &Config, clients: &[Listed], only: Option<Room>) -> Result<Self, Failure> {
        let server = server(config);
        let mut flows = Vec::new();
        for registered in clients {
            let client = &registered.client;
            let rooms = rooms_of(client).into_iter().filter(|room| only.is_none_or(|only| only == *room));
            for room in rooms {
                let effective =
                    config::effective_policy(config, room, Some(&client.tandem_policy)).map_err(|error| {
                        let name = &client.client_id;
                        Failure::Failed(format!(
                            "client {name}: the policy for {} does not hold: {error}",
                            room.as_str()
                        ))
                    })?;
                let subject = Subject { client, room, policy: &effective.policy, server: &server };
                let assessed = assess(&subject);
                flows.push(Flow::of(&subject, &assessed, effective.profile.as_str(), registered.index));
            }
        }
        let severity = flows.iter().map(|flow| flow.severity).max().unwrap_or(Severity::Low);
        Ok(Self { issuer: config.issuer.as_str().to_owned(), severity, flows })
    }
}

impl Flow {
    fn of(
        subject: &Subject<'_>,
        assessed: &FlowAssessment,
        profile: &'static str,
        index: Option<usize>,
    ) -> Self {
        let because = assessed.impact.because.iter().map(|rule| Reason { rule: rule.id, why: rule.why });
        Self {
            client_id: subject.client.client_id.to_string(),
            client_name: plain(&subject.client.client_name),
            flow: subject.room.as_str(),
            pattern: assessed.pattern.title(),
            profile,
            severity: assessed.severity(),
            impact: assessed.impact.level,
            impact_because: because.collect(),
            exploits: assessed.exploits.iter().map(|exploit| Exploit::of(subject, exploit)).collect(),
            statements: assessed.statements.iter().map(Statement::of).collect(),
            kept_in: if index.is_some() { "configuration" } else { "database" },
        }
    }

    /// The statements that are not met.
    pub fn unmet(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(|statement| statement.outcome == "unmet")
    }

    /// The defences that speak on any exploit of this flow, in the order of the BCP. A defence is in the same state
    /// against each exploit.
    pub fn defences(&self) -> Vec<&Acting> {
        let of = |name| {
            self.exploits.iter().flat_map(|exploit| &exploit.defences).find(|defence| defence.name == name)
        };
        Defence::all().filter_map(|defence| of(defence.as_str())).collect()
    }
}

impl Exploit {
    fn of(subject: &Subject<'_>, assessed: &ExploitAssessment) -> Self {
        let remedies = assessed.remedies(subject).into_iter().map(|(defence, settings)| Remedy {
            defence: defence.as_str(),
            settings: settings.iter().map(ToString::to_string).collect(),
        });
        Self {
            id: assessed.exploit.id,
            title: assessed.exploit.title,
            script: assessed.exploit.script,
            severity: assessed.severity,
            likelihood: assessed.likelihood.level.as_str(),
            likelihood_because: Reason { rule: assessed.likelihood.id, why: assessed.likelihood.why },
            remains: assessed.exploit.remains,
            defences: assessed
                .counters
                .iter()
                .map(|(counter, activity)| Acting::of(counter, activity))
                .collect(),
            remedies: remedies.filter(|remedy| !remedy.settings.is_empty()).collect(),
        }
    }

    /// What acts in this state, by name and marks.
    pub fn in_state(&self, state: &str) -> Vec<String> {
        let acting = self.defences.iter().filter(|defence| defence.state == state);
        acting.map(|defence| format!("{} ({})", defence.name, defence.marks)).collect()
    }
}

impl Acting {
    fn of(counter: &Counter, activity: &Activity) -> Self {
        Self {
            name: counter.defence.as_str(),
            marks: counter.marks.iter().copied().map(Mark::letter).collect(),
            alone: counter.force == Force::Alone,
            state: activity.as_str(),
            reason: activity.reason().to_owned(),
        }
    }
}

impl Statement {
    fn of(assessed: &StatementAssessment) -> Self {
        let settings = match &assessed.outcome {
            Outcome::Unmet { settings, .. } => settings.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        };
        Self {
            id: assessed.statement.id,
            level: assessed.statement.level.as_str(),
            says: assessed.statement.says,
            outcome: assessed.outcome.as_str(),
            why: assessed.outcome.reason().to_owned(),
            settings,
        }
    }
}
