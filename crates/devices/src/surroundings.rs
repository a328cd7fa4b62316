//! What does a device need from the world? A way to call, to wait, to read clocks and to draw randomness.

use crate::failure::Failure;
use crate::http::{Request, Response};
use std::time::Duration;
use tandem_core::time::Timestamp;

/// Why a call brought no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallFailure {
    /// No connection, or it broke: asking again later may help.
    Connection(String),
    /// A response that is too large or not HTTP: asking again will not help.
    Unusable(String),
    /// The person wants to stop.
    Interrupted,
}

impl From<CallFailure> for Failure {
    fn from(failure: CallFailure) -> Self {
        match failure {
            CallFailure::Connection(why) => Self::Network(why),
            CallFailure::Unusable(why) => Self::Server(why),
            CallFailure::Interrupted => Self::Interrupted,
        }
    }
}

/// The world as seen by a device. Tests bring their own, in which no time passes.
pub trait Surroundings {
    /// Sends `request` and waits for its response. `tick` is called about once a second meanwhile.
    fn call(&mut self, request: Request, tick: &mut dyn FnMut(Duration)) -> Result<Response, CallFailure>;
    /// Lets `duration` pass. `tick` is called about once a second with [`Surroundings::elapsed`].
    fn wait(&mut self, duration: Duration, tick: &mut dyn FnMut(Duration)) -> Result<(), Failure>;
    /// Shows `question` and waits for a line until [`Surroundings::elapsed`] is `until`; `None` if none comes, or none
    /// can come any more.
    fn line(&mut self, question: &str, until: Duration) -> Result<Option<String>, Failure>;
    /// Time since the start of the program; never goes back.
    fn elapsed(&self) -> Duration;
    /// The time of day, for statements that carry it.
    fn now(&self) -> Timestamp;
    /// Fresh random bytes, fit for secrets.
    fn random(&mut self) -> Result<[u8; 32], Failure>;
}
