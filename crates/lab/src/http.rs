//! How does a machine at a chosen address talk to the server? HTTP/1.1 over one connection for each request.

use crate::outcome::{Played, Trouble};
use serde_json::Value;
use socket2::{Domain, Socket, Type};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long anything may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(1);
/// The longest answer that is read, in bytes.
const LONGEST: u64 = 1024 * 1024;
/// How often a browser is sent on before it gives up.
const HOPS: usize = 8;

/// A machine with a network address of its own.
#[derive(Debug, Clone, Copy)]
pub struct Machine {
    /// Where its connections come from.
    pub address: Ipv4Addr,
    /// Where the server is.
    pub server: SocketAddr,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, decoded.
    pub body: String,
}

impl Answer {
    /// The values of a header, by its name in lower case.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `Null` if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// A text member of the JSON body.
    pub fn text(&self, member: &str) -> Option<String> {
        self.json().get(member)?.as_str().map(str::to_owned)
    }

    /// What an OAuth endpoint says went wrong.
    pub fn error(&self) -> String {
        self.text("error").unwrap_or_else(|| format!("status {}", self.status))
    }
}

impl Machine {
    /// Gets a page or document.
    pub fn get(&self, path: &str, headers: &[(&str, String)]) -> Played<Answer> {
        self.exchange("GET", path, headers, "")
    }

    /// Posts a form.
    pub fn post(&self, path: &str, form: &[(&str, &str)], headers: &[(&str, String)]) -> Played<Answer> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.send(path, "application/x-www-form-urlencoded", &body, headers)
    }

    /// Posts anything.
    pub fn send(
        &self,
        path: &str,
        content_type: &str,
        body: &str,
        headers: &[(&str, String)],
    ) -> Played<Answer> {
        let mut headers = headers.to_vec();
        headers.push(("content-type", content_type.to_owned()));
        headers.push(("content-length", body.len().to_string()));
        self.exchange("POST", path, &headers, body)
    }

    fn exchange(&self, method: &str, path: &str, headers: &[(&str, String)], body: &str) -> Played<Answer> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        for (name, value) in headers {
            request.extend([name, ": ", value, "\r\n"]);
        }
        request.extend(["\r\n", body]);
        let mut stream = self.connect()?;
        stream.write_all(request.as_bytes())?;
        let mut bytes = Vec::new();
        stream.take(LONGEST).read_to_end(&mut bytes)?;
        parse(&bytes).ok_or_else(|| Trouble::new(format!("{method} {path}: an answer that is none")))
    }

    fn connect(&self) -> Played<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((self.address, 0)).into())?;
        socket.connect_timeout(&self.server.into(), PATIENCE)?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(stream)
    }
}

fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, rest) = (std::str::from_utf8(bytes.get(..end)?).ok()?, bytes.get(end + 4..)?);
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    let headers: Vec<_> = lines.filter_map(header).collect();
    let value = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let body = match (value("transfer-encoding"), value("content-length")) {
        (Some("chunked"), _) => unchunked(rest)?,
        (None, Some(length)) => rest.get(..length.parse().ok()?)?.to_vec(),
        _ => rest.to_vec(),
    };
    Some(Answer { status, headers, body: String::from_utf8(body).ok()? })
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n")?;
        let length = std::str::from_utf8(rest.get(..line)?).ok()?.split(';').next()?.trim();
        let length = usize::from_str_radix(length, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        let begin = line + 2;
        body.extend(rest.get(begin..begin.checked_add(length)?)?);
        rest = rest.get(begin + length + 2..)?;
    }
}

/// A browser on a machine: it keeps cookies, and goes where it is sent.
#[derive(Debug)]
pub struct Browser {
    machine: Machine,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// A fresh one.
    pub const fn on(machine: Machine) -> Self {
        Self { machine, cookies: BTreeMap::new() }
    }

    /// Goes to an address of the server, and on to where it is sent.
    pub fn open(&mut self, path: &str) -> Played<Answer> {
        let answer = self.machine.get(path, &self.headers())?;
        self.arrive(answer)
    }

    /// Sends a form, and goes on to where it is sent.
    pub fn submit(&mut self, action: &str, form: &[(&str, &str)]) -> Played<Answer> {
        let answer = self.machine.post(action, form, &self.headers())?;
        self.arrive(answer)
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        let line: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = (!line.is_empty()).then(|| ("cookie", line.join("; ")));
        let mut headers = vec![("accept-language", "en".to_owned()), ("accept", "text/html".to_owned())];
        headers.extend(cookies);
        headers
    }

    fn arrive(&mut self, mut answer: Answer) -> Played<Answer> {
        for _ in 0..HOPS {
            self.keep(&answer);
            let Some(next) =
                answer.headers("location").next().filter(|_| (301..400).contains(&answer.status))
            else {
                return Ok(answer);
            };
            let next = next.to_owned();
            answer = self.machine.get(&next, &self.headers())?;
        }
        Err(Trouble::new("the browser is sent around in circles"))
    }

    fn keep(&mut self, answer: &Answer) {
        for set in answer.headers("set-cookie") {
            let Some((name, value)) = set.split(';').next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            if value.is_empty() || set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_whole_or_not_at_all() {
        let answer = parse(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y: z\r\n\r\nokmore").unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (200, "ok"));
        assert_eq!(answer.headers("x").next(), Some("y: z"));
        let chunked =
            b"HTTP/1.1 404 x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        assert_eq!(parse(chunked).unwrap().body, "abcde");
        for broken in [
            b"HTTP/1.1 200 OK\r\n".as_slice(),
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
            b"HTTP/1.1 no\r\n\r\n",
        ] {
            assert!(parse(broken).is_none());
        }
    }
}
