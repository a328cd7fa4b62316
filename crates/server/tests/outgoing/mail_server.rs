//! A mail server that does as it is told, and writes down what it hears.

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use tokio::sync::mpsc;

/// How it encrypts.
#[derive(Clone)]
pub enum Encryption {
    None,
    Implicit(Arc<ServerConfig>),
    StartTls(Arc<ServerConfig>),
}

/// What it says to `RCPT`, one answer for each time, the last one for ever.
pub type Answers = Vec<&'static str>;

pub const OK: &str = "250 ok";

/// One conversation.
#[derive(Debug, Default, Clone)]
pub struct Heard {
    /// Every command, without the message.
    pub commands: Vec<String>,
    /// The message, dots unstuffed.
    pub message: Option<String>,
}

pub struct MailServer {
    pub address: SocketAddr,
    pub heard: mpsc::UnboundedReceiver<Heard>,
}

impl MailServer {
    pub fn start(encryption: Encryption, answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, heard) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            let mut answers = answers.into_iter();
            let mut answer = OK;
            for stream in listener.incoming().flatten() {
                answer = answers.next().unwrap_or(answer);
                let (encryption, sender) = (encryption.clone(), sender.clone());
                std::thread::spawn(move || {
                    let mut heard = Heard::default();
                    converse(stream, &encryption, answer, &mut heard);
                    let _ = sender.send(heard);
                });
            }
        });
        Self { address, heard }
    }
}

fn converse(mut stream: TcpStream, encryption: &Encryption, answer: &str, heard: &mut Heard) {
    let secure = |config: &Arc<ServerConfig>, stream| {
        StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)
    };
    match encryption {
        Encryption::None => drop(session(&mut stream, "250 test", answer, heard, Greets::Yes)),
        Encryption::Implicit(config) => {
            let _ = session(&mut secure(config, stream), LOGIN, answer, heard, Greets::Yes);
        }
        Encryption::StartTls(config) => {
            let hello = "250-test\r\n250 STARTTLS";
            if session(&mut stream, hello, answer, heard, Greets::Yes) == Some(End::StartTls) {
                let _ = session(&mut secure(config, stream), LOGIN, answer, heard, Greets::No);
            }
        }
    }
}

const LOGIN: &str = "250-test\r\n250 AUTH PLAIN";

#[derive(PartialEq, Eq)]
enum End {
    Quit,
    StartTls,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Greets {
    Yes,
    No,
}

fn session(
    stream: &mut (impl Read + Write),
    hello: &str,
    answer: &str,
    heard: &mut Heard,
    greets: Greets,
) -> Option<End> {
    if greets == Greets::Yes {
        say(stream, "220 test")?;
    }
    loop {
        let command = line(stream)?;
        heard.commands.push(command.clone());
        match command.split([' ', ':']).next().unwrap().to_ascii_uppercase().as_str() {
            "EHLO" => say(stream, hello)?,
            "STARTTLS" => {
                say(stream, "220 go on")?;
                return Some(End::StartTls);
            }
            "AUTH" => say(stream, "235 welcome")?,
            "RCPT" => say(stream, answer)?,
            "DATA" => {
                say(stream, "354 go on")?;
                let mut message = String::new();
                loop {
                    let line = line(stream)?;
                    if line == "." {
                        break;
                    }
                    message += line.strip_prefix('.').unwrap_or(&line);
                    message += "\r\n";
                }
                heard.message = Some(message);
                say(stream, OK)?;
            }
            "QUIT" => {
                say(stream, "221 bye")?;
                return Some(End::Quit);
            }
            _ => say(stream, OK)?,
        }
    }
}

fn say(stream: &mut impl Write, text: &str) -> Option<()> {
    stream.write_all(format!("{text}\r\n").as_bytes()).and_then(|()| stream.flush()).ok()
}

/// A line ends with CRLF; a CR or LF alone is part of it, and shows.
fn line(stream: &mut impl Read) -> Option<String> {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        text.push(byte[0]);
    }
    text.truncate(text.len() - 2);
    String::from_utf8(text).ok()
}

impl Heard {
    /// The names of the message's headers, in their order, and the decoded body.
    pub fn message(&self) -> (Vec<String>, String) {
        let message = self.message.as_deref().unwrap();
        let (head, body) = message.split_once("\r\n\r\n").unwrap();
        let names = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        let names = names.map(|line| line.split_once(": ").unwrap().0.to_ascii_lowercase()).collect();
        let body = match self.header("Content-Transfer-Encoding").as_str() {
            "7bit" => body.to_owned(),
            "quoted-printable" => unquote(body),
            "base64" => {
                use base64::Engine as _;
                let text: String = body.split_whitespace().collect();
                let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap();
                String::from_utf8(bytes).unwrap()
            }
            other => panic!("{other}"),
        };
        (names, body)
    }

    /// A header, unfolded.
    pub fn header(&self, name: &str) -> String {
        let (head, _) = self.message.as_deref().unwrap().split_once("\r\n\r\n").unwrap();
        let head = head.replace("\r\n ", " ");
        let found = head.split("\r\n").find_map(|line| line.strip_prefix(&format!("{name}: ")));
        found.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
    }
}

/// Quoted-printable (RFC 2045 section 6.7).
fn unquote(text: &str) -> String {
    let joined = text.replace("=\r\n", "");
    let mut parts = joined.split('=');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}
