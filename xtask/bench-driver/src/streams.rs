//! What do thousands of open inboxes cost, and does a request wake those of its person alone? (`GET /inbox/events`)

use crate::arguments::Plan;
use crate::blocking::Blocking;
use crate::http;
use crate::process;
use crate::script::ask_form;
use crate::target::Target;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde_json::{Value, json};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

const EVENTS: &str = "/inbox/events";
/// What an event looks like, up to its number.
const EVENT: &[u8] = b"data: {\"open\":";
/// Streams that are opened before the last one of them has answered.
const AT_A_TIME: usize = 128;
/// Requests, each to another person.
const ASKS: usize = 20;
/// No stream may be waited for longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Nobody else may be woken for so long.
const QUIET: Duration = Duration::from_millis(200);
/// Memory is read after so long, and what the server does in that time is the price of waiting.
const SETTLED: Duration = Duration::from_secs(2);

/// Somebody who is signed in.
struct Person {
    name: String,
    cookie: String,
}

/// One open inbox.
struct Stream {
    tcp: TcpStream,
    person: usize,
    /// What is not understood yet.
    rest: Vec<u8>,
    /// How often the stream said how many requests are open.
    events: usize,
    /// How many it said last.
    open: usize,
    /// Whether the answer's head has been looked at.
    greeted: bool,
}

struct Inboxes {
    poll: Poll,
    ready: Events,
    streams: Vec<Stream>,
}

/// Holds `count` inboxes open and reports as one JSON object.
pub fn run(plan: &Plan, target: &Target, count: usize) -> Result<Value, String> {
    let people = people(plan)?;
    let gone = "the server's process is gone";
    let before = process::resident_mib(plan.pid).ok_or(gone)?;
    let mut inboxes = Inboxes::new()?;
    while inboxes.streams.len() < count {
        for _ in inboxes.streams.len()..count.min(inboxes.streams.len() + AT_A_TIME) {
            inboxes.open(plan.port, target, &people)?;
        }
        inboxes.until(|stream| stream.events > 0)?;
    }
    let used = process::cpu_seconds(plan.pid).ok_or(gone)?;
    inboxes.during(SETTLED)?;
    let idle = (process::cpu_seconds(plan.pid).ok_or(gone)? - used) / SETTLED.as_secs_f64();
    let after = process::resident_mib(plan.pid).ok_or(gone)?;
    let wakes = inboxes.wakes(plan, target, &people)?;
    let streams = f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX));
    Ok(json!({
        "streams": count, "people": people.len(),
        "rss_before_mib": before, "rss_after_mib": after,
        "kib_per_stream": (after - before) * 1024.0 / streams,
        "cores_waiting": idle,
        "asks": wakes.asks, "woken": wakes.woken, "woken_wrongly": wakes.wrongly,
        "slowest_wake_ms": wakes.slowest.as_secs_f64() * 1000.0,
    }))
}

/// Who was woken by all requests together.
#[derive(Default)]
struct Wakes {
    asks: usize,
    /// Streams of people who were asked; all told so.
    woken: usize,
    /// Events of others, and further ones of theirs.
    wrongly: usize,
    /// From sending a request to the last stream's event.
    slowest: Duration,
}

fn people(plan: &Plan) -> Result<Vec<Person>, String> {
    let file = &plan.sessions;
    let lines = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let pairs = lines.lines().filter_map(|line| line.split_once(' '));
    let people: Vec<Person> =
        pairs.map(|(name, cookie)| Person { name: name.to_owned(), cookie: cookie.to_owned() }).collect();
    if people.is_empty() { Err("nobody is signed in".to_owned()) } else { Ok(people) }
}

impl Inboxes {
    fn new() -> Result<Self, String> {
        let poll = Poll::new().map_err(|error| error.to_string())?;
        Ok(Self { poll, ready: Events::with_capacity(1024), streams: Vec::new() })
    }

    /// Opens one more inbox, of the person whose turn it is.
    fn open(&mut self, port: u16, target: &Target, people: &[Person]) -> Result<(), String> {
        let number = self.streams.len();
        let whose = number % people.len().max(1);
        let person = people.get(whose).ok_or("nobody is signed in")?;
        let mut request = Vec::new();
        let headers = format!("Accept: text/event-stream\r\nCookie: {}\r\n", person.cookie);
        http::get(&mut request, &target.host, EVENTS, &headers);
        let connect = || -> std::io::Result<TcpStream> {
            let mut stream = std::net::TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
            stream.set_nodelay(true)?;
            stream.write_all(&request)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            self.poll.registry().register(&mut stream, Token(number), Interest::READABLE)?;
            Ok(stream)
        };
        let tcp = connect().map_err(|error| format!("stream {number} cannot be opened: {error}"))?;
        self.streams.push(Stream {
            tcp,
            person: whose,
            rest: Vec::new(),
            events: 0,
            open: 0,
            greeted: false,
        });
        Ok(())
    }

    /// Waits until every stream is as it should be.
    fn until(&mut self, done: impl Fn(&Stream) -> bool) -> Result<(), String> {
        let began = Instant::now();
        while !self.streams.iter().all(&done) {
            if began.elapsed() > PATIENCE {
                let missing = self.streams.iter().filter(|stream| !done(stream)).count();
                return Err(format!("{missing} of {} streams say nothing", self.streams.len()));
            }
            self.hear(Duration::from_millis(100))?;
        }
        Ok(())
    }

    /// Listens for so long.
    fn during(&mut self, window: Duration) -> Result<(), String> {
        let began = Instant::now();
        while let Some(left) = window.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) {
            self.hear(left)?;
        }
        Ok(())
    }

    /// Takes what has come.
    fn hear(&mut self, most: Duration) -> Result<(), String> {
        self.poll.poll(&mut self.ready, Some(most)).map_err(|error| error.to_string())?;
        for event in &self.ready {
            let number = event.token().0;
            if let Some(stream) = self.streams.get_mut(number) {
                stream.hear().map_err(|error| format!("stream {number}: {error}"))?;
            }
        }
        Ok(())
    }

    /// Asks one person after the other, and looks who is woken. That one of theirs is not ends the run.
    fn wakes(&mut self, plan: &Plan, target: &Target, people: &[Person]) -> Result<Wakes, String> {
        let mut wakes = Wakes::default();
        let mut client = Blocking::connect(plan.port)?;
        let endpoint = target.backchannel_authentication.as_deref().unwrap_or_default();
        // Spread over all of them.
        let step = people.len().div_ceil(ASKS).max(1);
        for (number, person) in people.iter().enumerate().step_by(step) {
            let theirs = |stream: &Stream| stream.person == number;
            let sent = Instant::now();
            client.exchange(
                |out| http::post(out, &target.host, endpoint, &target.asker, &ask_form(&person.name)),
                |reply| match reply.status {
                    200 => Ok(()),
                    status => Err(format!("asking {}: {status}: {}", person.name, reply.body)),
                },
            )?;
            self.until(|stream| !theirs(stream) || stream.open == 1)?;
            wakes.slowest = wakes.slowest.max(sent.elapsed());
            self.during(QUIET)?;
            wakes.asks += 1;
            wakes.woken += self.streams.iter().filter(|stream| theirs(stream)).count();
        }
        wakes.wrongly =
            self.streams.iter().map(|one| surplus(one.events, one.person.is_multiple_of(step))).sum();
        Ok(wakes)
    }
}

impl Stream {
    /// Takes what has come.
    fn hear(&mut self) -> Result<(), String> {
        let mut scratch = [0; 4096];
        loop {
            match self.tcp.read(&mut scratch) {
                Ok(0) => return Err("the server ended it".to_owned()),
                Ok(length) => self.rest.extend_from_slice(scratch.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return self.understand(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    fn understand(&mut self) -> Result<(), String> {
        if !self.greeted {
            let Some(status) = self.rest.get(9..12) else { return Ok(()) };
            if status != b"200" {
                return Err(format!("status {}", String::from_utf8_lossy(status)));
            }
            self.greeted = true;
        }
        while let Some((open, end)) = next_event(&self.rest)? {
            self.rest.drain(..end);
            self.events += 1;
            self.open = open;
        }
        Ok(())
    }
}

/// How many events a stream has too many, or too few: one is due at the start, and one more if its person was asked.
fn surplus(events: usize, asked: bool) -> usize {
    events.abs_diff(if asked { 2 } else { 1 })
}

/// The next event's number and where it ends, if all of it has come.
fn next_event(bytes: &[u8]) -> Result<Option<(usize, usize)>, String> {
    let Some(at) = bytes.windows(EVENT.len()).position(|window| window == EVENT) else { return Ok(None) };
    let from = at + EVENT.len();
    let behind = bytes.get(from..).unwrap_or_default();
    let Some(length) = behind.iter().position(|byte| *byte == b'}') else { return Ok(None) };
    let digits = behind.get(..length).and_then(|digits| std::str::from_utf8(digits).ok());
    let open = digits.and_then(|digits| digits.parse().ok()).ok_or("an event without a number")?;
    Ok(Some((open, from + length + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_once_they_are_whole() {
        let text = b"x\r\n\r\n1f\r\nevent: requests\ndata: {\"open\":12}\n\n\r\n:\n\nevent: requests\ndata: {\"open\":0}\n\n";
        let first = text.iter().position(|byte| *byte == b'}').unwrap() + 1;
        for length in 0..first {
            assert_eq!(next_event(&text[..length]).unwrap(), None, "{length}");
        }
        assert_eq!(next_event(text).unwrap(), Some((12, first)));
        assert_eq!(next_event(&text[first..]).unwrap().map(|(open, _)| open), Some(0));
        assert!(next_event(b"data: {\"open\":many}").is_err());
    }

    #[test]
    fn who_was_not_asked_hears_nothing_more() {
        for (events, asked, wrong) in [(1, false, 0), (2, false, 1), (2, true, 0), (3, true, 1), (1, true, 1)]
        {
            assert_eq!(surplus(events, asked), wrong, "{events} {asked}");
        }
    }
}
