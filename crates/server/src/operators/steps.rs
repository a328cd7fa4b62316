//! What was done about an incident, as people read it?

use super::names::{moment, person, service};
use crate::app::App;
use crate::pages::views::{IncidentStep, StepActor, StepKind, Story};
use tandem_core::incident::Cause;
use tandem_core::time::Timestamp;
use tandem_store::{IncidentStep as Known, StoreError};

/// How many steps a page shows: the newest, since misuse can go on.
const MOST_SHOWN: usize = 100;

/// The newest steps, the oldest of them first, and how many older ones there are. `about` is what the incident is about.
pub async fn steps(
    app: &App,
    known: &[Known],
    about: &Story,
    now: Timestamp,
) -> Result<(Vec<IncidentStep>, u64), StoreError> {
    let older = known.len().saturating_sub(MOST_SHOWN);
    let mut steps = Vec::with_capacity(known.len() - older);
    for step in known.iter().skip(older) {
        let (kind, joined) = kind(&step.step);
        steps.push(IncidentStep {
            at: moment(step.at, now),
            actor: actor(app, &step.actor).await?,
            kind,
            story: joined.map(|cause| Story { cause: cause.as_str(), ..about.clone() }),
            note: step.detail.clone().filter(|_| says_more(kind)),
        });
    }
    Ok((steps, older as u64))
}

fn kind(word: &str) -> (StepKind, Option<Cause>) {
    let kind = match word {
        "opened" => StepKind::Opened,
        "containing" => StepKind::Containing,
        "contained" => StepKind::Contained,
        "closed" => StepKind::Closed,
        "reopened" => StepKind::Reopened,
        "would_contain" => StepKind::WouldContain,
        word => {
            let cause = Cause::parse(word);
            return (if cause.is_some() { StepKind::Joined } else { StepKind::Noted }, cause);
        }
    };
    (kind, None)
}

/// Whether the detail says more than the step's own sentence.
const fn says_more(kind: StepKind) -> bool {
    matches!(
        kind,
        StepKind::Closed | StepKind::Reopened | StepKind::Joined | StepKind::Noted | StepKind::WouldContain
    )
}

/// Who did it: the record writes them as [`tandem_core::incident::Actor`] does.
async fn actor(app: &App, text: &str) -> Result<StepActor, StoreError> {
    Ok(match text.split_once(' ').unwrap_or((text, "")) {
        ("operator", sub) => StepActor::Operator(person(app, sub).await?),
        ("api", client_id) => StepActor::Api(service(app, client_id)),
        ("command", _) => StepActor::Command,
        _ => StepActor::Rule,
    })
}
