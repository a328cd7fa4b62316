//! What does a server say on a stream of events? Server-sent events (WHATWG HTML section 9.2), with bounds.

use crate::http::{Network, Opened, Request, Response};
use crate::surroundings::CallFailure;
use std::io::Read;
use std::mem::take;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The longest line (bytes).
const LONGEST_LINE: usize = 8 * 1024;
/// The longest data of one event, all its lines together (bytes).
const LONGEST_DATA: usize = 64 * 1024;

/// What a listener learns.
pub enum News {
    /// The stream flows; the response has its head.
    Opened(Response),
    /// The server answered with something else.
    Refused(Response),
    /// An event named `requests` came. However many come until this is taken, they are one.
    Changed(Unseen),
    /// The stream is over.
    Ended(CallFailure),
}

/// Marks that a change was told and not yet taken; taking it lets the next one be told.
pub struct Unseen(Arc<AtomicBool>);

impl Drop for Unseen {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Opens the stream and tells what comes, until it ends or `tell` says that nobody listens.
pub fn follow(network: &Network, request: &Request, tell: &dyn Fn(News) -> bool) {
    let end = match network.open(request) {
        Ok(Opened::Flowing(head, body)) => {
            if !tell(News::Opened(head)) {
                return;
            }
            News::Ended(read(body, tell))
        }
        Ok(Opened::Refused(response)) => News::Refused(response),
        Err(failure) => News::Ended(failure),
    };
    tell(end);
}

fn read(mut body: impl Read, tell: &dyn Fn(News) -> bool) -> CallFailure {
    let (mut parser, mut chunk) = (Parser::default(), [0; 4096]);
    let unseen = Arc::new(AtomicBool::new(false));
    loop {
        let read = match body.read(&mut chunk) {
            Ok(0) => return CallFailure::Connection("the stream ended".to_owned()),
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return CallFailure::Connection(crate::failure::printable(&error.to_string(), 200)),
        };
        let mut events = Vec::new();
        let fits = parser.push(chunk.get(..read).unwrap_or_default(), &mut events);
        let changed = events.iter().any(|event| event.name == "requests");
        if changed
            && !unseen.swap(true, Ordering::AcqRel)
            && !tell(News::Changed(Unseen(Arc::clone(&unseen))))
        {
            return CallFailure::Interrupted;
        }
        if fits.is_err() {
            return CallFailure::Unusable("the server's stream of events has too long a line".to_owned());
        }
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its type; `message` if it has none.
    pub name: String,
    /// Its data, lines joined by line feeds.
    pub data: String,
}

/// A line or an event beyond every measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// Puts chunks together to events, wherever they were cut.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    after_carriage_return: bool,
    begun: bool,
    name: String,
    data: Option<String>,
}

impl Parser {
    /// Adds `chunk`; complete events go to `events`.
    pub fn push(&mut self, chunk: &[u8], events: &mut Vec<Event>) -> Result<(), TooLong> {
        for byte in chunk {
            let after_carriage_return = take(&mut self.after_carriage_return);
            match byte {
                b'\n' if after_carriage_return => {}
                b'\n' | b'\r' => {
                    self.after_carriage_return = *byte == b'\r';
                    events.extend(self.end_line()?);
                }
                _ if self.line.len() >= LONGEST_LINE => return Err(TooLong),
                _ => self.line.push(*byte),
            }
        }
        Ok(())
    }

    fn end_line(&mut self) -> Result<Option<Event>, TooLong> {
        let line = take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let first = !std::mem::replace(&mut self.begun, true);
        let line = if first { line.strip_prefix('\u{feff}').unwrap_or(&line) } else { &line };
        if line.is_empty() {
            let name = take(&mut self.name);
            let name = if name.is_empty() { "message".to_owned() } else { name };
            return Ok(self.data.take().map(|data| Event { name, data }));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                let so_far = self.data.as_ref().map_or(0, String::len);
                if so_far + value.len() >= LONGEST_DATA {
                    return Err(TooLong);
                }
                self.data = Some(match self.data.take() {
                    Some(data) => data + "\n" + value,
                    None => value.to_owned(),
                });
            }
            // Comments, `id`, `retry`, and what is yet to be invented.
            _ => {}
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(chunks: &[&[u8]]) -> Result<Vec<(String, String)>, TooLong> {
        let (mut parser, mut events) = (Parser::default(), Vec::new());
        for chunk in chunks {
            parser.push(chunk, &mut events)?;
        }
        Ok(events.into_iter().map(|event| (event.name, event.data)).collect())
    }

    fn event(name: &str, data: &str) -> (String, String) {
        (name.to_owned(), data.to_owned())
    }

    #[test]
    fn html_section_9_2_events_come_out_the_same_wherever_chunks_are_cut() {
        let text = "\u{feff}: hello\r\nevent: requests\r\ndata: {\"open\":1}\r\n\r\nevent:x\rdata:a\rdata\rdata:  b\r\r\
                    event: lost\n\ndata: caf\u{e9}\nid: 7\nretry: 1\n\nevent: unfinished\ndata: z"
            .as_bytes();
        let expected =
            [event("requests", "{\"open\":1}"), event("x", "a\n\n b"), event("message", "caf\u{e9}")];
        assert_eq!(parse(&[text]).unwrap(), expected);
        for at in 0..text.len() {
            let (first, second) = text.split_at(at);
            assert_eq!(parse(&[first, second]).unwrap(), expected, "cut at {at}");
        }
        let bytes: Vec<_> = text.chunks(1).collect();
        assert_eq!(parse(&bytes).unwrap(), expected);
    }

    #[test]
    fn endless_lines_and_endless_events_are_refused() {
        assert_eq!(parse(&[&[b'a'; LONGEST_LINE]]), Ok(vec![]));
        assert_eq!(parse(&[&[b'a'; LONGEST_LINE], b"a"]), Err(TooLong));
        let line = [b"data:".as_slice(), &[b'a'; 4096], b"\n"].concat();
        assert_eq!(parse(&[line.as_slice(); 100]), Err(TooLong));
        let comment = [b":".as_slice(), &[b'a'; 4096], b"\n"].concat();
        assert_eq!(parse(&[comment.as_slice(); 100]), Ok(vec![]), "comments are not kept");
    }

    #[test]
    fn changes_that_nobody_took_yet_are_told_once() {
        let told = std::cell::RefCell::new(Vec::new());
        let body = b"event: requests\ndata: 1\n\nevent: other\ndata: 1\n\n".repeat(500);
        read(body.as_slice(), &|news| {
            told.borrow_mut().push(news);
            true
        });
        assert_eq!(told.borrow().len(), 1);
        told.borrow_mut().clear();
        read(body.as_slice(), &|news| {
            drop(news);
            told.borrow_mut().push(News::Ended(CallFailure::Interrupted));
            true
        });
        assert!(told.borrow().len() > 1);
    }
}
