//! What does policy say when a person looks at a request that came to them: what may it give, and what comes first?

use super::decide::{Trouble, over};
use super::ending;
use crate::app::App;
use crate::edge::metrics;
use crate::{signals, whereabouts};
use std::sync::Arc;
use tandem_core::crossing::{
    Clearance, Crossing, CrossingId, Pending, Presenter, Request as Asked, Step, Transfer,
};
use tandem_core::mitigations::facts::CodeUse;
use tandem_core::mitigations::{Facts, Hindrance, Limits, Signal, assess, user_education};
use tandem_core::time::Timestamp;
use tandem_store::{Change, Write};

/// What a person may be shown.
#[derive(Debug, Clone)]
pub struct Looked {
    /// What was asked.
    pub asked: Arc<Asked>,
    /// When it is over, unless something happens.
    pub ends_at: Timestamp,
    /// What a yes can give at most.
    pub limits: Limits,
    /// Whether the person reads first what a scam looks like.
    pub warning: Warning,
}

impl Looked {
    /// A request of which policy was not asked.
    pub fn unjudged(crossing: &Crossing) -> Option<Self> {
        Some(Self {
            asked: Arc::clone(crossing.request()?),
            ends_at: crossing.ends_at(),
            limits: Limits::none(),
            warning: Warning::NotDue,
        })
    }
}

/// Whether the page about scams comes before the question (BCP 6.1.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// It does, and was not read yet.
    Due,
    /// It does not, or was read.
    NotDue,
}

/// The person looks at a request of theirs; the first look is written down. An app looks the same way.
pub async fn look(
    app: &App,
    id: CrossingId,
    by: &Presenter,
    warned: bool,
    now: Timestamp,
) -> Result<Looked, Trouble> {
    let signals = signals::of(app, id);
    let looked = app.store.apply(id, |crossing| present(app, crossing, by, (&signals, warned), now)).await?;
    if let Err(trouble) = &looked {
        ending::tell(app, id, trouble, by.into(), now).await;
    }
    looked
}

/// What is known of a request and of who has it open.
pub fn facts<'a>(app: &App, pending: &'a Pending, by: &'a Presenter, signals: &'a [Signal]) -> Facts<'a> {
    // It was sent to one person, so that looking often is no sign of anything: the looks are not counted.
    let code = CodeUse { first: pending.presenter.as_deref(), presenting: Some(by), ..Facts::at(by.at).code };
    Facts {
        request: Some(&pending.request),
        code,
        initiating: whereabouts::initiating(app, &pending.request),
        deciding: whereabouts::deciding(app, by.address, None),
        signals,
        ..Facts::at(by.at)
    }
}

/// What policy would say if this person looked now; nothing if it refuses, or nobody can answer any more.
pub fn peek(app: &App, crossing: &Crossing, by: &Presenter) -> Option<Looked> {
    match crossing {
        Crossing::Pending(pending) => {
            judge(app, pending, by, (&signals::of(app, pending.id), false)).ok().map(|(looked, _)| looked)
        }
        _ => None,
    }
}

fn judge(
    app: &App,
    pending: &Pending,
    by: &Presenter,
    (signals, warned): (&[Signal], bool),
) -> Result<(Looked, Clearance<Transfer>), Hindrance> {
    let policy = app.policy(pending.request.room, &pending.request.client_id);
    let facts = Facts { warned, ..facts(app, pending, by, signals) };
    let clearance = assess::<Transfer>(&facts, &policy)?;
    let due = user_education::stands_before(&facts, &policy);
    let warning = if due { Warning::Due } else { Warning::NotDue };
    let (asked, limits) = (Arc::clone(&pending.request), clearance.limits().clone());
    Ok((Looked { asked, ends_at: pending.ends_at(), limits, warning }, clearance))
}

fn present(
    app: &App,
    crossing: Crossing,
    by: &Presenter,
    known: (&[Signal], bool),
    now: Timestamp,
) -> Change<Result<Looked, Trouble>> {
    let unchanged = crossing.clone();
    let pending = match crossing.into_pending(now) {
        Ok(pending) => pending,
        Err(refusal) => {
            let answer = Err(over(&unchanged, refusal));
            return Change { next: unchanged, write: Write::Nothing, answer };
        }
    };
    let (looked, clearance) = match judge(app, &pending, by, known) {
        // Who has opened it has until its end.
        Ok((looked, clearance)) => (Looked { ends_at: pending.request.expires_at, ..looked }, clearance),
        Err(hindrance) => return ending::stopped(pending, by, hindrance),
    };
    if pending.presenter.is_some() {
        return Change { next: unchanged, write: Write::Nothing, answer: Ok(looked) };
    }
    metrics::crossing("presented");
    let Step { next, event } = pending.present(by.clone(), &clearance);
    Change { next, write: Write::Later(event), answer: Ok(looked) }
}
