//! How fast is the driver itself? A server that answers every request with the same bytes costs next to nothing.

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};

const LISTENER: Token = Token(usize::MAX);
/// As long as an answer to a device authorization request, and metadata enough to be driven.
const BODY: &str = "{\"issuer\":\"http://127.0.0.1\",\"device_authorization_endpoint\":\"http://127.0.0.1/d\",\
    \"token_endpoint\":\"http://127.0.0.1/t\",\"introspection_endpoint\":\"http://127.0.0.1/i\",\
    \"device_code\":\"0123456789012345678901234567890123456789012\",\"user_code\":\"BCDF-GHJK\",\"expires_in\":600}";

/// Serves until the process is stopped.
pub fn serve(port: u16) -> io::Result<()> {
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\r\n{BODY}",
        BODY.len()
    );
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(64);
    let mut listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut streams: Vec<Option<TcpStream>> = Vec::new();
    let mut scratch = vec![0; 16 * 1024];
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                accept(&poll, &listener, &mut streams)?;
            } else if let Some(place) = streams.get_mut(event.token().0)
                && let Some(stream) = place
                && !serve_one(stream, &answer, &mut scratch)
            {
                *place = None;
            }
        }
    }
}

fn accept(poll: &Poll, listener: &TcpListener, streams: &mut Vec<Option<TcpStream>>) -> io::Result<()> {
    loop {
        match listener.accept() {
            Ok((mut stream, _)) => {
                stream.set_nodelay(true)?;
                poll.registry().register(&mut stream, Token(streams.len()), Interest::READABLE)?;
                streams.push(Some(stream));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// Answers what has come (the driver sends one whole request at a time); false if the connection is over.
fn serve_one(stream: &mut TcpStream, answer: &str, scratch: &mut [u8]) -> bool {
    loop {
        match stream.read(scratch) {
            Ok(0) => return false,
            Ok(_) => {
                if stream.write_all(answer.as_bytes()).is_err() {
                    return false;
                }
            }
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
}
