//! What does a scripted server say, in a world where no time passes?

#![allow(dead_code, reason = "each test uses its part")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;
use tandem_core::time::Timestamp;
use tandem_devices::failure::Failure;
use tandem_devices::http::{Method, Request, Response};
use tandem_devices::screen::{Screen, Style};
use tandem_devices::surroundings::{CallFailure, Surroundings};

pub const ISSUER: &str = "https://login.example";

/// A server that answers from a list, and a clock that jumps when asked to wait.
#[derive(Default)]
pub struct Script {
    answers: VecDeque<Result<Response, CallFailure>>,
    pub requests: Vec<Request>,
    pub waits: Vec<u64>,
    pub elapsed: Duration,
    pub interrupt_at: Option<Duration>,
    /// How long the server holds each answer; not at all when the list is over.
    pub holds: VecDeque<Duration>,
    /// What is typed when a line is asked for, and how long that takes; afterwards the input is at its end.
    pub lines: VecDeque<(Duration, String)>,
    pub questions: Vec<String>,
    drawn: u8,
}

impl Surroundings for Script {
    fn call(&mut self, request: Request, _tick: &mut dyn FnMut(Duration)) -> Result<Response, CallFailure> {
        self.requests.push(request);
        self.elapsed += self.holds.pop_front().unwrap_or_default();
        self.answers.pop_front().expect("a request that the script does not know")
    }

    fn wait(&mut self, duration: Duration, tick: &mut dyn FnMut(Duration)) -> Result<(), Failure> {
        self.elapsed += duration;
        tick(self.elapsed);
        self.waits.push(duration.as_secs());
        match self.interrupt_at {
            Some(moment) if moment <= self.elapsed => Err(Failure::Interrupted),
            _ => Ok(()),
        }
    }

    fn line(&mut self, question: &str, until: Duration) -> Result<Option<String>, Failure> {
        self.questions.push(question.to_owned());
        let Some((after, line)) = self.lines.pop_front() else {
            return Ok(None);
        };
        self.elapsed = (self.elapsed + after).min(until);
        Ok((self.elapsed < until).then_some(line))
    }

    fn elapsed(&self) -> Duration {
        self.elapsed
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_700_000_000).plus(self.elapsed)
    }

    fn random(&mut self) -> Result<[u8; 32], Failure> {
        self.drawn += 1;
        Ok([self.drawn; 32])
    }
}

impl Script {
    pub fn new(answers: impl IntoIterator<Item = Result<Response, CallFailure>>) -> Self {
        Self { answers: answers.into_iter().collect(), ..Self::default() }
    }

    pub fn form(&self, request: usize) -> Vec<(&str, &str)> {
        let Method::Form(form) = &self.requests[request].method else { panic!("no form") };
        form.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    pub fn proof(&self, request: usize) -> Value {
        let proof = self.requests[request].dpop.as_ref().unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(proof.split('.').nth(1).unwrap()).unwrap()).unwrap()
    }
}

/// What comes of a flow, and what it showed, as JSON.
pub fn shown<T>(flow: impl FnOnce(&mut Screen<'_>) -> T) -> (T, String) {
    let mut out = Vec::new();
    let mut screen = Screen::new(Box::new(&mut out), Style::Json);
    let outcome = flow(&mut screen);
    drop(screen);
    (outcome, String::from_utf8(out).unwrap())
}

pub fn answer(status: u16, body: &Value) -> Response {
    Response { status, dpop_nonce: None, retry_after: None, date: None, body: body.to_string().into_bytes() }
}

pub fn tokens(token_type: &str) -> Response {
    answer(200, &json!({"access_token": "at", "token_type": token_type, "expires_in": 300, "extra": [1]}))
}

#[expect(clippy::unnecessary_wraps, reason = "an entry of the script, next to those that fail")]
pub fn error(code: &str) -> Result<Response, CallFailure> {
    Ok(answer(400, &json!({"error": code})))
}

pub fn no_connection() -> Result<Response, CallFailure> {
    Err(CallFailure::Connection("refused".to_owned()))
}
