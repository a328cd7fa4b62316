//! What becomes of a yes: an approval, a miss, or a question for what is missing?

use super::super::{ending, look};
use super::{Answering, Met, Trouble, Yes, denial};
use crate::app::App;
use crate::whereabouts;
use std::sync::Arc;
use tandem_core::crossing::{Approval, Approve, Crossing, DenialReason, Pending, Presenter, Step};
use tandem_core::mitigations::facts::Given;
use tandem_core::mitigations::{Ask, Facts, Hindrance, Reason, Signal, assess};
use tandem_store::{Change, Write};

/// A yes, or what becomes of the request without it.
pub(super) fn allow(
    app: &App,
    pending: Pending,
    answering: &Answering,
    yes: &Yes,
    signals: &[Signal],
) -> Result<Step, Box<Change<Met>>> {
    let by = Presenter::new(Arc::clone(&answering.by.sub), answering.address, answering.now);
    let facts = Facts {
        context: answering.context,
        number: Given::from(yes.number.as_deref()),
        binding: Given::from(yes.binding.as_deref()),
        warned: yes.warned,
        deciding: whereabouts::deciding(app, answering.address, answering.coordinates),
        ..look::facts(app, &pending, &by, signals)
    };
    let policy = app.policy(pending.request.room, &pending.request.client_id);
    let clearance = match assess::<Approve>(&facts, &policy) {
        Ok(clearance) => clearance,
        Err(Hindrance::Refused(_, Reason::WrongNumber)) => {
            let tries = pending
                .request
                .number()
                .map_or(1, |number| policy.request_initiation_verification.tries(number.answer));
            let missed = (DenialReason::NumberMissed, Signal::NumberMissed, tries);
            return Err(Box::new(miss(pending, answering, missed)));
        }
        Err(Hindrance::Refused(_, Reason::WrongBinding)) => {
            let missed = (DenialReason::BindingMissed, Signal::BindingMissed, policy.request_binding.tries);
            return Err(Box::new(miss(pending, answering, missed)));
        }
        Err(Hindrance::Asked(asked)) => {
            return Err(Box::new(unwritten(pending.into(), missing(asked))));
        }
        Err(hindrance) => return Err(Box::new(ending::stopped(pending, &by, hindrance))),
    };
    let approval = Approval {
        decision: yes.decision.clone(),
        ..Approval::new(answering.by.clone(), pending.request.scope.clone(), answering.address, answering.now)
    };
    let before = Crossing::from(pending.clone());
    pending.approve(approval, &clearance).map_err(|refusal| Box::new(unwritten(before, refusal.into())))
}

/// What of several things that are wanted is asked for first: in the order in which a person meets them.
fn missing(asked: std::collections::BTreeSet<Ask>) -> Trouble {
    let trouble = |ask| match ask {
        Ask::ReadWarning => Trouble::WarningUnread,
        Ask::Number => Trouble::NumberMissing,
        _ => Trouble::BindingMissing,
    };
    let first =
        [Ask::ReadWarning, Ask::Number, Ask::BindingAnswer].into_iter().find(|ask| asked.contains(ask));
    first.map_or(Trouble::Hindered(Hindrance::Asked(asked)), trouble)
}

/// A wrong number, or wrong bound data, is written down before anybody hears of it, so that a crash gives no further try.
fn miss(
    pending: Pending,
    answering: &Answering,
    (reason, signal, tries): (DenialReason, Signal, u8),
) -> Change<Met> {
    let before = Crossing::from(pending.clone());
    let request = Arc::clone(&pending.request);
    let tries_left = tries.saturating_sub(pending.misses.saturating_add(1));
    let by = denial(answering, reason);
    match pending.miss(by.clone(), tries) {
        Err(refusal) => unwritten(before, refusal.into()),
        Ok(Step { next, event }) => {
            let along = ending::along(&next, &request, &by, Some((signal.as_str(), None)));
            let trouble = match reason {
                DenialReason::BindingMissed => Trouble::WrongBinding { tries_left },
                _ => Trouble::WrongNumber { tries_left },
            };
            Change { next, write: Write::DurableWith(event, Box::new(along)), answer: Err(trouble) }
        }
    }
}

const fn unwritten(next: Crossing, trouble: Trouble) -> Change<Met> {
    Change { next, write: Write::Nothing, answer: Err(trouble) }
}
