//! How risky is a client's cross-device flow under the policy that its requests meet? (BCP section 2, R2.1)
//!
//! For each exploit that the flow's pattern allows: which defences act under this policy, how likely it succeeds all the
//! same, what it would cost, and which statements of the BCP are not met, with the settings that would meet them. All
//! rules are data, so that the report, the documents and the tests read the same ones. Nothing is asked or changed here.

mod activity;
pub mod advise;
mod defence;
mod exploit;
mod exploits;
mod level;
mod remedies;
mod rules;
mod severity;
mod statements;
mod subject;

pub use activity::{Activity, active};
pub use defence::{Counter, Defence, Force, Mark};
pub use exploit::{Exploit, Pattern};
pub use exploits::EXPLOITS;
pub use level::{Level, Text, Who};
pub use remedies::{Setting, remedy};
pub use rules::{Outcome, RULES, Rule};
pub use severity::{
    IMPACT_RULES, Impact, ImpactRule, LIKELIHOOD_RULES, Likelihood, LikelihoodRule, MATRIX, RAISING_RULES,
    Severity, impact, likelihood, severity,
};
pub use statements::{STATEMENTS, Statement, statement};
pub use subject::{GeolocationDatabase, Server, Subject, rooms_of};

/// What one flow of one client risks.
#[derive(Debug, Clone)]
pub struct FlowAssessment {
    /// The pattern that it follows.
    pub pattern: Pattern,
    /// What a success of an attacker would cost.
    pub impact: Impact,
    /// The exploits that apply.
    pub exploits: Vec<ExploitAssessment>,
    /// The statements of the BCP that have a rule, in its order.
    pub statements: Vec<StatementAssessment>,
}

/// What one exploit may do to a flow.
#[derive(Debug, Clone)]
pub struct ExploitAssessment {
    /// Which.
    pub exploit: &'static Exploit,
    /// What acts on it, and what could.
    pub counters: Vec<(&'static Counter, Activity)>,
    /// How likely it succeeds, by which rule.
    pub likelihood: &'static LikelihoodRule,
    /// What remains.
    pub severity: Severity,
}

/// Whether a flow meets a statement of the BCP.
#[derive(Debug, Clone)]
pub struct StatementAssessment {
    /// The statement.
    pub statement: &'static Statement,
    /// What the rule says.
    pub outcome: Outcome,
}

impl FlowAssessment {
    /// The greatest risk that remains.
    pub fn severity(&self) -> Severity {
        self.exploits.iter().map(|exploit| exploit.severity).max().unwrap_or(Severity::Low)
    }

    /// What is not met.
    pub fn unmet(&self) -> impl Iterator<Item = &StatementAssessment> {
        self.statements.iter().filter(|one| matches!(one.outcome, Outcome::Unmet { .. }))
    }
}

impl ExploitAssessment {
    /// The settings that would switch on what stops this exploit by itself and does not act in full.
    pub fn remedies(&self, subject: &Subject<'_>) -> Vec<(Defence, Vec<Setting>)> {
        let missing = self
            .counters
            .iter()
            .filter(|(counter, activity)| counter.force == Force::Alone && !activity.is_full());
        missing.map(|(counter, _)| (counter.defence, remedy(counter.defence, subject))).collect()
    }
}

/// Assesses one flow of one client.
pub fn assess(subject: &Subject<'_>) -> FlowAssessment {
    let impact = impact(subject);
    let exploits: Vec<_> = EXPLOITS
        .iter()
        .filter(|exploit| exploit.applies(subject))
        .map(|exploit| {
            let counters: Vec<_> =
                exploit.counters.iter().map(|counter| (counter, active(counter.defence, subject))).collect();
            let likelihood = likelihood(&counters);
            ExploitAssessment {
                exploit,
                counters,
                likelihood,
                severity: severity(impact.level, likelihood.level),
            }
        })
        .collect();
    let statements = RULES
        .iter()
        .filter_map(|rule| {
            Some(StatementAssessment {
                statement: statement(rule.statement)?,
                outcome: (rule.check)(subject, &exploits),
            })
        })
        .collect();
    FlowAssessment { pattern: Pattern::of(subject.room), impact, exploits, statements }
}
