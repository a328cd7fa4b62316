//! What does a server on loopback do, one scripted move a connection?

#![allow(dead_code, reason = "each test uses its part")]

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

/// A server that gives its answers in order, one a connection, and passes on each request (head and body).
pub struct Server {
    pub issuer: String,
    pub requests: Receiver<String>,
}

/// What the server does with a connection.
pub enum Move {
    Answer(&'static str, Vec<(&'static str, String)>, Vec<u8>),
    /// Says nothing and keeps the connection.
    Silence,
    /// Begins a stream of events, sends each of these as one chunk when told to by the test, and ends when told no more.
    Stream(Receiver<Vec<u8>>),
}

impl Server {
    /// A server that makes these moves.
    pub fn start(script: impl FnOnce(&str) -> Vec<Move>) -> Self {
        let (listener, issuer) = listen();
        let mut moves = script(&issuer).into_iter();
        Self::serve(listener, issuer, move |_, _, _| moves.next())
    }

    /// A server that makes its move with the request in view, and counts from zero.
    pub fn start_answering(answer: impl Fn(&str, usize, &str) -> Move + Send + 'static) -> Self {
        let (listener, issuer) = listen();
        Self::serve(listener, issuer, move |issuer, number, request| Some(answer(issuer, number, request)))
    }

    fn serve(
        listener: TcpListener,
        issuer: String,
        mut next: impl FnMut(&str, usize, &str) -> Option<Move> + Send + 'static,
    ) -> Self {
        let (sender, requests) = channel();
        let own = issuer.clone();
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let request = read_request(&stream);
                let Some(next) = next(&own, number, &request) else { return };
                // Before the answer: whoever has the answer finds the request here.
                let _ = sender.send(request);
                match next {
                    Move::Answer(status, headers, body) => {
                        let line = |(name, value): &(&str, String)| format!("{name}: {value}\r\n");
                        let headers: String = headers.iter().map(line).collect();
                        let length = body.len();
                        let head = format!(
                            "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
                        );
                        // A client that hangs up early is one of the cases.
                        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
                        kept.push(stream);
                    }
                    Move::Silence => kept.push(stream),
                    Move::Stream(chunks) => stream_events(stream, chunks),
                }
            }
        });
        Self { issuer, requests }
    }
}

fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    (listener, issuer)
}

fn read_request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

pub fn ok(body: &Value) -> Move {
    Move::Answer("200 OK", vec![], body.to_string().into_bytes())
}

fn stream_events(mut stream: TcpStream, chunks: Receiver<Vec<u8>>) {
    std::thread::spawn(move || {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        let mut alive = stream.write_all(head.as_bytes()).is_ok();
        for chunk in chunks {
            let text = [format!("{:x}\r\n", chunk.len()).as_bytes(), &chunk, b"\r\n"].concat();
            alive = alive && stream.write_all(&text).and_then(|()| stream.flush()).is_ok();
        }
        let _ = stream.write_all(b"0\r\n\r\n");
    });
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
