//! A mail server as far as a milter sees it, small enough to be wrong on purpose.

use std::fmt;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
/// What Postfix offers to do and to leave out.
pub const ACTIONS: u32 = 0x1ff;
pub const PROTOCOL: u32 = 0x1f_ffff;

/// An answer of the milter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub letter: char,
    pub data: Vec<u8>,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.letter, String::from_utf8_lossy(&self.data).replace('\0', "|"))
    }
}

/// A connection to the milter.
pub struct Mta<S = UnixStream> {
    stream: S,
}

impl Mta {
    /// Connects and agrees as Postfix does.
    pub async fn connect(socket: &Path) -> Self {
        let mut mta = Self::raw(socket).await;
        mta.negotiate(6, ACTIONS, PROTOCOL).await;
        mta
    }

    /// Connects and says nothing.
    pub async fn raw(socket: &Path) -> Self {
        Self { stream: UnixStream::connect(socket).await.unwrap() }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Mta<S> {
    pub const fn on(stream: S) -> Self {
        Self { stream }
    }

    /// Agrees on version, actions and protocol: what came out.
    pub async fn negotiate(&mut self, version: u32, actions: u32, protocol: u32) -> [u32; 3] {
        self.send('O', [version, actions, protocol].map(u32::to_be_bytes).as_flattened()).await;
        let reply = self.reply().await.unwrap();
        assert_eq!((reply.letter, reply.data.len()), ('O', 12), "{reply:?}");
        [0, 4, 8].map(|at| u32::from_be_bytes(reply.data[at..at + 4].try_into().unwrap()))
    }

    pub async fn send(&mut self, letter: char, data: &[u8]) {
        let length = u32::try_from(data.len() + 1).unwrap();
        let letter = u8::try_from(letter).unwrap();
        self.bytes(&[&length.to_be_bytes()[..], &[letter], data].concat()).await;
    }

    /// Sends anything. Whoever closed the connection does not hear the rest.
    pub async fn bytes(&mut self, bytes: &[u8]) {
        let _ = timeout(PATIENCE, self.stream.write_all(bytes)).await.expect("it is read");
    }

    /// The next answer; none once the connection is closed.
    pub async fn reply(&mut self) -> Option<Reply> {
        let read = async {
            let length = self.stream.read_u32().await.ok()?;
            let mut data = vec![0; usize::try_from(length).unwrap()];
            self.stream.read_exact(&mut data).await.ok()?;
            Some(Reply { letter: char::from(data.remove(0)), data })
        };
        timeout(PATIENCE, read).await.expect("it answers or hangs up")
    }

    /// Everything up to the end of the body, without the end.
    pub async fn begin(&mut self, recipients: &[&str], mail: &str) {
        let (headers, body) = mail.split_once("\r\n\r\n").unwrap();
        self.send('D', b"M{mail_addr}\0eve@example.net\0").await;
        self.send('M', b"<eve@example.net>\0SIZE=1000\0").await;
        for recipient in recipients {
            self.send('D', b"R{rcpt_addr}\0x\0").await;
            self.send('R', format!("{recipient}\0").as_bytes()).await;
        }
        for header in headers.split("\r\n").filter(|line| !line.starts_with(' ')) {
            let (name, value) = header.split_once(':').unwrap();
            self.send('L', format!("{name}\0{value}\0").as_bytes()).await;
        }
        self.send('N', b"").await;
        for piece in body.as_bytes().chunks(65_535) {
            self.send('B', piece).await;
            assert_eq!(self.reply().await.unwrap().letter, 'c');
        }
    }

    /// Ends the body: all answers up to the last.
    pub async fn end(&mut self) -> Vec<Reply> {
        self.send('E', b"").await;
        let mut replies = Vec::new();
        loop {
            let reply = self.reply().await.expect("there is an answer to each mail");
            let last = "carydt4f".contains(reply.letter);
            replies.push(reply);
            if last {
                return replies;
            }
        }
    }

    /// A whole mail: the answers.
    pub async fn mail(&mut self, recipients: &[&str], mail: &str) -> Vec<Reply> {
        self.begin(recipients, mail).await;
        self.end().await
    }
}
