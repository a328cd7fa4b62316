//! What does the real world do? A network, clocks, random numbers, a keyboard, and Ctrl-C, to which nothing is deaf.

use crate::console::{self, Hidden, Keyboard};
use crate::event_stream::{self, News};
use crate::failure::Failure;
use crate::http::{LONGEST_CONNECT, LONGEST_EXCHANGE, Network, Request, Response};
use crate::interrupt;
use crate::surroundings::{CallFailure, Surroundings};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tandem_core::time::Timestamp;

/// How often a waiting program shows that it is alive.
const TICK: Duration = Duration::from_secs(1);

enum Event {
    Answered(Result<Response, CallFailure>),
    Interrupted,
    Heard(Heard),
}

/// What reaches a program that listens.
pub enum Heard {
    /// The person typed a line.
    Line(String),
    /// Nobody will type any more.
    EndOfInput,
    /// The stream of events has something.
    Stream(News),
    /// Nothing happened in time.
    Nothing,
}

/// Whether what is typed may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// As usual.
    Shown,
    /// A secret is typed.
    Hidden,
}

/// The real world.
///
/// Requests run on their own thread, so that Ctrl-C is obeyed while a server is slow to answer; so does the reading
/// of lines and of streams. What comes at a moment when nobody listens for it is kept until somebody does.
pub struct RealWorld {
    network: Network,
    sender: Sender<Event>,
    events: Receiver<Event>,
    kept: VecDeque<Heard>,
    keyboard: Option<Keyboard>,
    started: Instant,
    random: SystemRandom,
}

impl RealWorld {
    /// Connects to signals and prepares connections that trust the system's authorities, or those in `ca_file` alone.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, Failure> {
        let network = Network::new(ca_file)?;
        let (sender, events) = channel();
        interrupt::listen(sender.clone(), || Event::Interrupted)?;
        let (kept, started, random) = (VecDeque::new(), monotonic(), SystemRandom::new());
        Ok(Self { network, sender, events, kept, keyboard: None, started, random })
    }

    /// Asks for a stream of events, of which [`RealWorld::listen`] hears. One at a time.
    pub fn subscribe(&mut self, request: Request) -> Result<(), Failure> {
        let (network, sender) = (self.network.clone(), self.sender.clone());
        let tell = move |news| sender.send(Event::Heard(Heard::Stream(news))).is_ok();
        let follow = move || event_stream::follow(&network, &request, &tell);
        let started = std::thread::Builder::new().name("stream".to_owned()).spawn(follow);
        started.map(drop).map_err(|error| Failure::Server(format!("cannot start a thread: {error}")))
    }

    /// Shows `question` and asks for a line, which [`RealWorld::listen`] hears. At a terminal, only what is typed from
    /// now on counts: no answer to an earlier question can pass for one to this.
    pub fn question(&mut self, question: &str) -> Result<(), Failure> {
        if console::is_terminal() {
            self.forget_lines();
            console::forget_what_was_typed();
        }
        console::show(question);
        let keyboard = if let Some(keyboard) = self.keyboard.take() {
            keyboard
        } else {
            let sender = self.sender.clone();
            Keyboard::listen(move |line| {
                sender.send(Event::Heard(line.map_or(Heard::EndOfInput, Heard::Line))).is_ok()
            })?
        };
        // A line that was asked for and has not come is the next one.
        let keyboard = self.keyboard.insert(keyboard);
        if !keyboard.demand() {
            self.kept.push_back(Heard::EndOfInput);
        }
        Ok(())
    }

    /// Waits until [`RealWorld::elapsed`] is `until` for a line, for news of the stream, or for nothing.
    pub fn listen(&mut self, until: Duration) -> Result<Heard, Failure> {
        let kept = self.kept.pop_front();
        self.heard(kept, until)
    }

    /// Asks and waits for the line; `None` if nobody answers. News of the stream is kept for later.
    pub fn ask(&mut self, question: &str, echo: Echo) -> Result<Option<String>, Failure> {
        let hidden = (echo == Echo::Hidden && console::is_terminal()).then(Hidden::begin).transpose()?;
        self.question(question)?;
        let is_answer = |heard: &Heard| matches!(heard, Heard::Line(_) | Heard::EndOfInput);
        let answer = loop {
            let kept = self.kept.iter().position(is_answer).and_then(|at| self.kept.remove(at));
            match self.heard(kept, Duration::MAX)? {
                Heard::Line(line) => break Some(line),
                Heard::EndOfInput => break None,
                Heard::Stream(news) => self.kept.push_back(Heard::Stream(news)),
                Heard::Nothing => {}
            }
        };
        if hidden.is_some() {
            console::show("\n");
        }
        Ok(answer)
    }

    fn heard(&mut self, kept: Option<Heard>, until: Duration) -> Result<Heard, Failure> {
        let heard = match kept {
            Some(heard) => heard,
            None => loop {
                match self.next_event(until, &mut |_| ()) {
                    Some(Event::Heard(heard)) => break heard,
                    Some(Event::Interrupted) => return Err(Failure::Interrupted),
                    // The answer to a request that was given up.
                    Some(Event::Answered(_)) => {}
                    None => break Heard::Nothing,
                }
            },
        };
        if let Some(keyboard) = &mut self.keyboard {
            match heard {
                Heard::Line(_) => keyboard.answered(),
                Heard::EndOfInput => keyboard.ended(),
                Heard::Stream(_) | Heard::Nothing => {}
            }
        }
        Ok(heard)
    }

    /// Drops lines that nobody has listened to. Ctrl-C and everything else stays to be heard.
    fn forget_lines(&mut self) {
        let mut interrupted = false;
        while let Ok(event) = self.events.try_recv() {
            match event {
                Event::Heard(heard) => self.kept.push_back(heard),
                Event::Interrupted => interrupted = true,
                Event::Answered(_) => {}
            }
        }
        if interrupted {
            // The sender is this side's own, so somebody receives.
            let _ = self.sender.send(Event::Interrupted);
        }
        let before = self.kept.len();
        self.kept.retain(|heard| !matches!(heard, Heard::Line(_)));
        if let (true, Some(keyboard)) = (self.kept.len() < before, &mut self.keyboard) {
            keyboard.answered();
        }
    }

    /// Waits for one event until `until`, ticking each second.
    fn next_event(&self, until: Duration, tick: &mut dyn FnMut(Duration)) -> Option<Event> {
        loop {
            let now = self.elapsed();
            tick(now);
            let left = until.saturating_sub(now);
            match self.events.recv_timeout(left.min(TICK)) {
                Ok(event) => return Some(event),
                Err(RecvTimeoutError::Timeout) if self.elapsed() < until => {}
                Err(_) => return None,
            }
        }
    }
}

impl Surroundings for RealWorld {
    fn call(&mut self, request: Request, tick: &mut dyn FnMut(Duration)) -> Result<Response, CallFailure> {
        let (network, sender) = (self.network.clone(), self.sender.clone());
        let exchange = move || {
            // If nobody waits any more, the answer is not wanted.
            let _ = sender.send(Event::Answered(network.exchange(&request)));
        };
        std::thread::Builder::new()
            .name("request".to_owned())
            .spawn(exchange)
            .map_err(|error| CallFailure::Unusable(format!("cannot start a thread: {error}")))?;
        let until = self.elapsed() + LONGEST_EXCHANGE + LONGEST_CONNECT;
        loop {
            match self.next_event(until, tick) {
                Some(Event::Answered(answer)) => return answer,
                Some(Event::Interrupted) => return Err(CallFailure::Interrupted),
                Some(Event::Heard(heard)) => self.kept.push_back(heard),
                None => return Err(CallFailure::Unusable("the request never ended".to_owned())),
            }
        }
    }

    fn wait(&mut self, duration: Duration, tick: &mut dyn FnMut(Duration)) -> Result<(), Failure> {
        let until = self.elapsed().saturating_add(duration);
        loop {
            match self.next_event(until, tick) {
                None => return Ok(()),
                Some(Event::Interrupted) => return Err(Failure::Interrupted),
                Some(Event::Heard(heard)) => self.kept.push_back(heard),
                Some(Event::Answered(_)) => {}
            }
        }
    }

    fn line(&mut self, question: &str, until: Duration) -> Result<Option<String>, Failure> {
        self.question(question)?;
        loop {
            match self.listen(until)? {
                Heard::Line(line) => return Ok(Some(line)),
                Heard::EndOfInput | Heard::Nothing => return Ok(None),
                Heard::Stream(_) => {}
            }
        }
    }

    fn elapsed(&self) -> Duration {
        monotonic().saturating_duration_since(self.started)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock of the device program")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    fn random(&mut self) -> Result<[u8; 32], Failure> {
        let mut bytes = [0; 32];
        let drawn = self.random.fill(&mut bytes);
        drawn.map(|()| bytes).map_err(|_| Failure::Server("the system has no random numbers".to_owned()))
    }
}

/// A name that nobody can guess, for intermediate files, `jti` and the like.
pub fn unguessable(world: &mut impl Surroundings) -> Result<String, Failure> {
    world.random().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}

#[expect(clippy::disallowed_methods, reason = "this is the clock of the device program")]
fn monotonic() -> Instant {
    Instant::now()
}
