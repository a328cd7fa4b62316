//! How does a crossing come to a person's authorization device?

use super::clearance::{Clearance, Transfer};
use super::decision::Presenter;
use super::journal::Event;
use super::state::{Opening, Pending};
use super::step::Step;
use crate::time::Timestamp;

impl Pending {
    /// Somebody came with the code. Who they are is known when they have signed in.
    pub fn open(mut self, now: Timestamp) -> Step {
        if self.opening == Opening::Unopened {
            self.opening = Opening::Opened;
        }
        Step { next: self.into(), event: Event::Opened(now) }
    }

    /// Somebody opens the request on an authorization device.
    pub fn present(mut self, by: Presenter, clearance: &Clearance<Transfer>) -> Step {
        let by = Presenter { findings: clearance.findings().or(by.findings), ..by };
        self.presentations = self.presentations.saturating_add(1);
        let event = Event::Presented(by.clone());
        self.presenter.get_or_insert_with(|| Box::new(by));
        Step { next: self.into(), event }
    }
}
