//! How does a crossing begin, within the limits of policy?

use super::clearance::{Clearance, Initiate};
use super::handle::CrossingId;
use super::journal::Event;
use super::polling::Polling;
use super::request::{Initiation, Request};
use super::state::{Opening, Pending};
use super::step::Step;
use std::sync::Arc;
use std::time::Duration;

impl Pending {
    /// A device asks. The clearance's limits decide how long the codes live and what may be asked at most.
    pub fn initiate(id: CrossingId, asked: Initiation, clearance: &Clearance<Initiate>) -> Step {
        let limits = clearance.limits();
        let life = limits.code_lifetime.unwrap_or_default();
        let scope =
            limits.scope.as_ref().map_or_else(|| asked.scope.clone(), |most| asked.scope.intersection(most));
        let request = Request {
            room: asked.room,
            client_id: asked.client_id,
            scope,
            nonce: asked.nonce,
            dpop_jkt: asked.dpop_jkt.map(Box::new),
            device: asked.device,
            user_code: asked.user_code,
            backchannel: asked.backchannel.map(|backchannel| Box::new(backchannel.within(limits))),
            verification: asked.verification.max(limits.verification.unwrap_or_default()),
            context: asked.context,
            interval: u16::try_from(asked.interval.as_secs()).unwrap_or(u16::MAX),
            open_for: match limits.open_for {
                Some(open_for) if open_for < life => u16::try_from(open_for.as_secs()).unwrap_or(u16::MAX),
                _ => 0,
            },
            findings: clearance.findings(),
            initiated_at: asked.now,
            expires_at: asked.now.plus(life),
        };
        let event = Event::Initiated(request.clone());
        Step { next: Self::begin(id, request).into(), event }
    }

    pub(super) fn begin(id: CrossingId, request: Request) -> Self {
        let polling = Polling::new(Duration::from_secs(request.interval.into()));
        let (request, opening) = (Arc::new(request), Opening::Unopened);
        Self { id, request, polling, presentations: 0, misses: 0, presenter: None, opening }
    }
}
