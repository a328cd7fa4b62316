//! Somebody opens a request: may they, what could they grant, and what has to come first? (BCP 6.1, at Transfer)

use super::pending::{PendingCrossing, Stage};
use super::trouble::{Met, Trouble};
use crate::app::App;
use crate::edge::metrics;
use crate::incidents::misuse;
use crate::people::browser::SignedIn;
use crate::people::decision_form::Saw;
use crate::people::visit::Visit;
use crate::rate_limits::Caller;
use crate::{signals, whereabouts};
use std::collections::BTreeSet;
use std::sync::Arc;
use tandem_core::crossing::{Approve, Crossing, Pending, Presenter, Request as Asked, Step, Transfer};
use tandem_core::mitigations::establish_proximity::Coordinates;
use tandem_core::mitigations::facts::{Attempt, CodeUse, QrEvidence};
use tandem_core::mitigations::{Ask, Facts, Hindrance, Limits, Policy, Signal, assess};
use tandem_core::time::Timestamp;
use tandem_store::{Change, Write};

/// A request before somebody who may answer it.
#[derive(Debug, Clone)]
pub struct Presented {
    /// What was asked.
    pub asked: Arc<Asked>,
    /// What policy leaves of it.
    pub limits: Limits,
    /// What policy would ask for, before or with a yes, by what is known now.
    pub asks: BTreeSet<Ask>,
    /// What went wrong with it before.
    pub signals: Vec<Signal>,
}

/// Somebody looks at a request.
#[derive(Debug, Clone)]
pub struct Look {
    by: Presenter,
    stage: Stage,
    saw: Saw,
    qr: QrEvidence,
    now: Timestamp,
}

impl Look {
    /// This person, on this visit.
    pub fn of(visit: &Visit, person: &SignedIn, current: &PendingCrossing) -> Self {
        let stage = current.stage(person);
        let by = Presenter::new(Arc::clone(&person.user.sub), visit.address, visit.now);
        Self { by, stage, saw: Saw::question(stage == Stage::Warned), qr: current.qr, now: visit.now }
    }
}

/// Opens the request. The first look since the code was brought is counted; who comes back to it, signed in once more or
/// by a reload, is not counted again.
pub async fn open(app: &App, id: tandem_core::crossing::CrossingId, look: &Look) -> Met<Presented> {
    let attempts = attempts(app, look);
    let presented = app.store.apply(id, |crossing| present(app, crossing, look, &attempts)).await?;
    if let Err(Trouble::Hindered(hindrance)) = &presented {
        misuse::tell(app, id, hindrance, (&look.by).into(), look.now).await;
    }
    let presented = presented?;
    if look.stage == Stage::Arrived {
        metrics::crossing("presented");
    }
    Ok(presented)
}

/// How often codes are opened from here and by this person; coming back to one counts no more.
fn attempts(app: &App, look: &Look) -> Vec<Attempt> {
    if look.stage != Stage::Arrived {
        return Vec::new();
    }
    let limits = &app.limits;
    vec![
        limits.present_address.take(&Caller::Address(look.by.address), look.now),
        limits.present_person.take(&Caller::Name(&look.by.sub), look.now),
    ]
}

fn present(app: &App, crossing: Crossing, look: &Look, attempts: &[Attempt]) -> Change<Met<Presented>> {
    let unchanged = crossing.clone();
    let outcome = crossing.into_pending(look.now).map_err(Trouble::from).and_then(|pending| {
        let counted = look.stage != Stage::Arrived && pending.presenter.is_some();
        let signals = signals::of(app, pending.id);
        let mut facts =
            Facts { attempts, qr: look.qr, ..facts(app, &pending, &look.by, &signals, None, look.now) };
        facts.code.presentations -= u8::from(counted && facts.code.presentations > 0);
        let policy = app.policy(pending.request.room, &pending.request.client_id);
        let clearance = assess::<Transfer>(&facts, &policy).map_err(Trouble::Hindered)?;
        let presented = Presented {
            asked: Arc::clone(&pending.request),
            limits: clearance.limits().clone(),
            asks: asks(facts, look.saw, &policy),
            signals: signals.clone(),
        };
        Ok(((!counted).then(|| pending.present(look.by.clone(), &clearance)), presented))
    });
    match outcome {
        Ok((Some(Step { next, event }), presented)) => {
            Change { next, write: Write::Later(event), answer: Ok(presented) }
        }
        Ok((None, presented)) => Change { next: unchanged, write: Write::Nothing, answer: Ok(presented) },
        Err(trouble) => {
            let (next, write) = misuse::end(unchanged, trouble.hindrance(), (&look.by).into(), look.now);
            Change { next, write, answer: Err(trouble) }
        }
    }
}

/// What is known when somebody opens a request, and when they answer it.
pub fn facts<'a>(
    app: &App,
    pending: &'a Pending,
    by: &'a Presenter,
    signals: &'a [Signal],
    coordinates: Option<Coordinates>,
    now: Timestamp,
) -> Facts<'a> {
    Facts {
        request: Some(&pending.request),
        code: CodeUse {
            presentations: pending.presentations,
            first: pending.presenter.as_deref(),
            presenting: Some(by),
            ..Facts::at(now).code
        },
        initiating: whereabouts::initiating(app, &pending.request),
        deciding: whereabouts::deciding(app, by.address, coordinates),
        signals,
        ..Facts::at(now)
    }
}

/// What a yes would be asked for. A refusal is told when the answer comes: more is known then.
fn asks(facts: Facts<'_>, saw: Saw, policy: &Policy) -> BTreeSet<Ask> {
    let facts = Facts { context: saw.context(), warned: saw.warned(), ..facts };
    match assess::<Approve>(&facts, policy) {
        Err(Hindrance::Asked(asks)) => asks,
        Err(Hindrance::Refused(..)) | Ok(_) => BTreeSet::new(),
    }
}
