//! How does a client wait for its tokens? It asks again and again, in step, until the answer is final or time is up.

use crate::conversation::Conversation;
use crate::failure::Failure;
use crate::poll::{Answer, Next, Schedule};
use crate::screen::Screen;
use crate::surroundings::{CallFailure, Surroundings};
use crate::token_response::{Reply, Tokens, read_reply};
use std::time::Duration;

/// What is redeemed, and at what pace it may be tried.
pub struct Grant {
    /// The grant type.
    pub grant_type: &'static str,
    /// The parameter that carries the secret.
    pub parameter: &'static str,
    /// The secret that stands for the request.
    pub secret: String,
    /// How long it lives, from its arrival.
    pub expires_in: Duration,
    /// The pause between two polls.
    pub interval: Duration,
}

impl<W: Surroundings> Conversation<'_, W> {
    /// Asks for the tokens once (RFC 8628 section 3.4, CIBA section 10.1).
    fn poll(
        &mut self,
        grant: &Grant,
        pin: Option<&str>,
        tick: &mut dyn FnMut(Duration),
    ) -> Result<Reply, Failure> {
        let mut form =
            vec![("grant_type", grant.grant_type.to_owned()), (grant.parameter, grant.secret.clone())];
        form.extend(pin.map(|pin| ("tandem_pin", pin.to_owned())));
        let url = self.metadata.token_endpoint.clone();
        match self.post(&url, &form, tick) {
            Ok(response) => read_reply(&response, self.prover.is_some()),
            Err(CallFailure::Connection(_)) => Ok(Reply::NotYet(Answer::Unreachable { retry_after: None })),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Polls until the end. `timeout`, measured like [`Surroundings::elapsed`], may come before that of the grant.
    pub fn poll_to_the_end(
        &mut self,
        grant: &Grant,
        timeout: Option<Duration>,
        screen: &mut Screen<'_>,
    ) -> Result<Tokens, Failure> {
        let arrival = self.world.elapsed();
        let life = timeout.map_or(grant.expires_in, |end| grant.expires_in.min(end.saturating_sub(arrival)));
        let mut schedule = Schedule::new(grant.interval, life);
        let mut next = schedule.first(Duration::ZERO);
        let mut pin = None;
        loop {
            let mut tick = |now: Duration| {
                screen.refresh(now);
                screen.tick(life.saturating_sub(now.saturating_sub(arrival)));
            };
            match next {
                Next::PollAfter(pause) => self.world.wait(pause, &mut tick)?,
                Next::GiveUpAfter(pause) => {
                    self.world.wait(pause, &mut tick)?;
                    return Err(if schedule.unreachable() {
                        Failure::Network("no answer while the request was alive".to_owned())
                    } else {
                        Failure::Expired
                    });
                }
            }
            let asked = self.world.elapsed();
            let answer = match self.poll(grant, pin.as_deref(), &mut tick)? {
                Reply::Granted(tokens) => return Ok(tokens),
                Reply::NotYet(answer) => answer,
                Reply::PinWanted { tries_left } => {
                    pin = Some(self.pin(tries_left, arrival.saturating_add(life), screen)?);
                    Answer::Pending
                }
            };
            let now = self.world.elapsed();
            next = schedule.after(answer, now.saturating_sub(asked), now.saturating_sub(arrival));
            match (answer, next) {
                (Answer::Pending, _) => screen.pending(),
                (Answer::SlowDown, _) => screen.slowed_down(schedule.interval()),
                (Answer::Unreachable { .. }, Next::PollAfter(pause) | Next::GiveUpAfter(pause)) => {
                    screen.unreachable(pause);
                }
            }
        }
    }

    /// Has the PIN typed that the phone shows. Nothing typed is no PIN: it would cost a try.
    fn pin(
        &mut self,
        tries_left: Option<u64>,
        until: Duration,
        screen: &mut Screen<'_>,
    ) -> Result<String, Failure> {
        let left = until.saturating_sub(self.world.elapsed());
        let question = screen.want_pin(tries_left, left);
        while let Some(line) = self.world.line(&question, until)? {
            let pin = line.trim();
            if !pin.is_empty() {
                return Ok(pin.to_owned());
            }
        }
        Err(if self.world.elapsed() < until {
            Failure::NotConfirmed("the phone shows a PIN that must be typed here, and nobody did".to_owned())
        } else {
            Failure::Expired
        })
    }
}
