//! How is a closed loop kept full? One thread, one epoll, every connection with exactly one request under way.

use crate::http::{self, Parsed};
use crate::script::{Next, Script, Verdict};
use crate::shared::Shared;
use crate::workload::Workload;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

/// A server that does not answer for so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was seen.
#[derive(Debug, Default)]
pub struct Tally {
    /// Operations that ended as they should.
    pub good: u64,
    /// Polls answered with `slow_down`.
    pub slow_down: u64,
    /// Operations that ended otherwise.
    pub bad: u64,
    /// The first few of those, in words.
    pub problems: Vec<String>,
    /// Microseconds that each good operation took.
    pub latencies: Vec<u32>,
}

/// When a run ends.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// Each connection has done this many operations.
    Each(usize),
    /// This moment has come.
    Moment(Instant),
}

struct Seat {
    stream: TcpStream,
    script: Script,
    outbox: Vec<u8>,
    inbox: Vec<u8>,
    began: Instant,
    done: usize,
    active: bool,
}

/// The connections to one server.
pub struct Engine {
    poll: Poll,
    events: Events,
    seats: Vec<Seat>,
    chunks: String,
    scratch: Vec<u8>,
}

impl Engine {
    /// Opens the connections.
    pub fn connect(port: u16, connections: usize) -> Result<Self, String> {
        let poll = Poll::new().map_err(|error| error.to_string())?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut seats = Vec::new();
        for number in 0..connections {
            let connect = || -> std::io::Result<TcpStream> {
                let stream = std::net::TcpStream::connect(address)?;
                stream.set_nonblocking(true)?;
                stream.set_nodelay(true)?;
                let mut stream = TcpStream::from_std(stream);
                poll.registry().register(&mut stream, Token(number), Interest::READABLE)?;
                Ok(stream)
            };
            let stream = connect().map_err(|error| format!("cannot connect to port {port}: {error}"))?;
            let (outbox, inbox) = (Vec::with_capacity(4096), Vec::with_capacity(16 * 1024));
            let script = Script::new();
            seats.push(Seat { stream, script, outbox, inbox, began: Instant::now(), done: 0, active: false });
        }
        let events = Events::with_capacity(connections.max(1));
        Ok(Self { poll, events, seats, chunks: String::new(), scratch: vec![0; 64 * 1024] })
    }

    /// What each connection keeps from one run to the next.
    pub fn scripts(&mut self) -> impl Iterator<Item = &mut Script> {
        self.seats.iter_mut().map(|seat| &mut seat.script)
    }

    /// Runs `workload` on every connection; no operation is left under way.
    pub fn run(&mut self, workload: Workload, shared: &mut Shared, until: Until) -> Result<Tally, String> {
        let mut tally = Tally::default();
        let over = |seat: &Seat| match until {
            Until::Each(count) => seat.done >= count,
            Until::Moment(moment) => Instant::now() >= moment,
        };
        for seat in &mut self.seats {
            seat.done = 0;
            seat.active = true;
            seat.start(workload, shared)?;
        }
        let mut heard = Instant::now();
        while self.seats.iter().any(|seat| seat.active) {
            // Never asleep: to wake this core for an answer would cost the server's core more than to send it.
            self.poll.poll(&mut self.events, Some(Duration::ZERO)).map_err(|error| error.to_string())?;
            if self.events.is_empty() {
                if heard.elapsed() > PATIENCE {
                    return Err(format!("no answer for {} s", PATIENCE.as_secs()));
                }
                continue;
            }
            heard = Instant::now();
            for event in &self.events {
                let Some(seat) = self.seats.get_mut(event.token().0).filter(|seat| seat.active) else {
                    continue;
                };
                let Some(verdict) = seat.hear(shared, &mut self.chunks, &mut self.scratch)? else { continue };
                tally.count(verdict, seat.began);
                seat.done += 1;
                if over(seat) {
                    seat.active = false;
                } else {
                    seat.start(workload, shared)?;
                }
            }
        }
        Ok(tally)
    }
}

impl Tally {
    fn count(&mut self, verdict: Verdict, began: Instant) {
        match verdict {
            Verdict::Good => {
                self.good += 1;
                self.latencies.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            Verdict::SlowDown => self.slow_down += 1,
            Verdict::Bad(problem) => {
                self.bad += 1;
                if self.problems.len() < 3 {
                    self.problems.push(problem);
                }
            }
        }
    }

    /// The latency below which this share of the good operations lies, in milliseconds.
    pub fn quantile_ms(&mut self, per_mille: usize) -> f64 {
        self.latencies.sort_unstable();
        let last = self.latencies.len().saturating_sub(1);
        let micros = self.latencies.get(last * per_mille / 1000).copied().unwrap_or(0);
        f64::from(micros) / 1000.0
    }
}

impl Seat {
    fn start(&mut self, workload: Workload, shared: &mut Shared) -> Result<(), String> {
        self.began = Instant::now();
        self.script.begin(workload, shared, &mut self.outbox);
        self.send()
    }

    /// Requests are far smaller than a socket's buffer, and only one is under way: they fit at once.
    fn send(&mut self) -> Result<(), String> {
        let sent = self.stream.write(&self.outbox).map_err(|error| format!("sending failed: {error}"))?;
        if sent < self.outbox.len() {
            return Err("a request did not fit into the socket's buffer".to_owned());
        }
        self.outbox.clear();
        Ok(())
    }

    /// Reads what has come; how the operation ended, if it did.
    fn hear(
        &mut self,
        shared: &mut Shared,
        chunks: &mut String,
        scratch: &mut [u8],
    ) -> Result<Option<Verdict>, String> {
        loop {
            match self.stream.read(scratch) {
                Ok(0) => return Err("the server closed a connection".to_owned()),
                Ok(length) => self.inbox.extend_from_slice(scratch.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(format!("receiving failed: {error}")),
            }
            let next = match http::parse(&self.inbox, chunks) {
                Parsed::Incomplete => continue,
                Parsed::Malformed => return Err("an answer that is no HTTP/1.1".to_owned()),
                Parsed::Complete(reply) => self.script.answer(&reply, shared, &mut self.outbox),
            };
            self.inbox.clear();
            match next {
                Next::Done(verdict) => return Ok(Some(verdict)),
                Next::Request => self.send()?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_sorted_latencies() {
        let mut tally = Tally { latencies: (1..=1000).rev().map(|n| n * 1000).collect(), ..Tally::default() };
        assert!((tally.quantile_ms(500) - 500.0).abs() < 1.5);
        assert!((tally.quantile_ms(990) - 990.0).abs() < 1.5);
        assert!(Tally::default().quantile_ms(500).abs() < f64::EPSILON);
    }
}
