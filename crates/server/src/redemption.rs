//! Someone collects what a person granted: may they, and what do they get? The same for every room.

use crate::app::App;
use crate::incidents::misuse::{self, Met};
use crate::oauth::call::Call;
use crate::oauth::issue;
use crate::pin;
use crate::signals::{self, Raised};
use std::sync::Arc;
use tandem_core::crossing::{Approved, Crossing, CrossingId, Event, Redeem, Step, TransitionRefusal};
use tandem_core::mitigations::facts::{Given, Sender};
use tandem_core::mitigations::{Ask, Facts, Hindrance, Reason, Signal, assess};
use tandem_core::oauth::client::Client;
use tandem_core::oauth::token_family::TokenFamily;
use tandem_core::time::Timestamp;
use tandem_store::{Along, Change, SecurityEvent, Write};

/// Who collects, and what they bring.
#[derive(Debug, Clone, Copy)]
pub struct Collecting<'a> {
    /// The client, which proved who it is.
    pub client: &'a Client,
    /// What it proved of a key.
    pub sender: Sender,
    /// The PIN that was typed on the consumption device (`tandem_pin`).
    pub pin: Given<'a>,
    /// When.
    pub now: Timestamp,
}

/// Why nothing was collected. Each room has its own words for these.
#[derive(Debug)]
pub enum NotCollected {
    /// The consumption device must send the PIN that the phone shows.
    PinDue,
    /// It sent another.
    PinWrong {
        /// How many more may be sent; none: it has ended.
        tries_left: u8,
    },
    /// A mitigation stands in the way.
    Hindered(Hindrance),
    /// The crossing is not where it would have to be.
    Impossible(TransitionRefusal),
}

impl From<TransitionRefusal> for NotCollected {
    fn from(refusal: TransitionRefusal) -> Self {
        Self::Impossible(refusal)
    }
}

/// The redemption together with the family that it founds, in one transaction, or what became of the crossing instead.
pub fn collect(
    app: &App,
    approved: Approved,
    by: Collecting<'_>,
) -> Change<Result<TokenFamily, NotCollected>> {
    let before = Crossing::from(approved.clone());
    match redeem(app, approved.clone(), by) {
        Ok((next, event, family)) => {
            Change { next, write: Write::Redeem(event, Box::new(family.clone())), answer: Ok(family) }
        }
        Err(NotCollected::PinWrong { .. }) => miss(app, approved, by),
        Err(why) => {
            let hindrance = match &why {
                NotCollected::Hindered(hindrance) => Some(hindrance),
                _ => None,
            };
            // What is misused ends, though a person said yes.
            let met =
                Met { sub: &approved.approval.authentication.sub, address: approved.request.device.address };
            let (next, write) = misuse::end(before, hindrance, met, by.now);
            Change { next, write, answer: Err(why) }
        }
    }
}

fn redeem(
    app: &App,
    approved: Approved,
    Collecting { client, sender, pin, now }: Collecting<'_>,
) -> Result<(Crossing, Event, TokenFamily), NotCollected> {
    let due = approved.pin_due().then(|| pin::of(app, approved.id));
    // A key pinned at initiation is known from the request only.
    let sender = Sender { pinned: approved.request.pinned_key(), ..sender };
    let signals = signals::of(app, approved.id);
    let facts = Facts {
        request: Some(&approved.request),
        signals: &signals,
        sender,
        pin_due: due.as_ref(),
        pin,
        ..Facts::at(now)
    };
    let policy = app.policy(approved.request.room, &client.client_id);
    let clearance = assess::<Redeem>(&facts, &policy).map_err(|hindrance| match hindrance {
        Hindrance::Refused(_, Reason::WrongPin) => NotCollected::PinWrong { tries_left: 0 },
        Hindrance::Asked(asked) if asked.contains(&Ask::Pin) => NotCollected::PinDue,
        hindrance => NotCollected::Hindered(hindrance),
    })?;
    let lifetimes = issue::lifetimes(app, client).within(clearance.limits());
    let family = TokenFamily::found(&approved, sender, lifetimes, client.may_refresh(), now);
    let step = approved.redeem(now, &clearance)?;
    Ok((step.next, step.event, family))
}

/// Tells other mitigations of the sign of misuse that a refusal is. Never within the transition.
pub async fn tell(app: &App, id: CrossingId, signal: Signal, call: &Call, client: &Client) {
    let raised = Raised {
        crossing: Some(id),
        client_id: Some(Arc::clone(&client.client_id)),
        address: Some(call.address),
        ..Raised::default()
    };
    match signal {
        // Each wrong PIN is in the record already.
        Signal::PinMissed => {
            signals::note(app, signal, &raised, call.now);
        }
        _ => signals::raise(app, signal, &raised, call.now).await,
    }
}

/// A wrong PIN is written down before anybody hears of it, so that a crash gives no further try.
fn miss(app: &App, approved: Approved, by: Collecting<'_>) -> Change<Result<TokenFamily, NotCollected>> {
    let before = Crossing::from(approved.clone());
    let policy = app.policy(approved.request.room, &by.client.client_id);
    let tries = policy.request_initiation_verification.pin_tries;
    let tries_left = tries.saturating_sub(approved.misses.saturating_add(1));
    let record = SecurityEvent {
        at: by.now,
        kind: Signal::PinMissed.as_str().to_owned(),
        crossing: Some(approved.id),
        sub: Some(approved.approval.authentication.sub.clone()),
        client_id: Some(approved.request.client_id.clone()),
        address: Some(approved.request.device.address),
        detail: Some(format!("{tries_left} tries left")),
    };
    match approved.miss_pin(by.now, tries) {
        Ok(Step { next, event }) => Change {
            next,
            write: Write::DurableWith(
                event,
                Box::new(Along { security_event: Some(record), ..Along::default() }),
            ),
            answer: Err(NotCollected::PinWrong { tries_left }),
        },
        Err(refusal) => Change { next: before, write: Write::Nothing, answer: Err(refusal.into()) },
    }
}
