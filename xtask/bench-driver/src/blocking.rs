//! How is a server asked one thing at a time? One connection for what comes before and beside the load.

use crate::http::{self, Parsed, Reply};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// One connection.
pub struct Blocking(TcpStream);

impl Blocking {
    /// Opens it.
    pub fn connect(port: u16) -> Result<Self, String> {
        let connect = || -> std::io::Result<TcpStream> {
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            Ok(stream)
        };
        connect().map(Self).map_err(|error| format!("cannot connect to port {port}: {error}"))
    }

    /// Sends what is written, and reads the answer.
    pub fn exchange<T>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>),
        read: impl FnOnce(&Reply<'_>) -> Result<T, String>,
    ) -> Result<T, String> {
        let mut request = Vec::new();
        write(&mut request);
        self.0.write_all(&request).map_err(|error| error.to_string())?;
        let (mut inbox, mut chunks, mut buffer) = (Vec::new(), String::new(), [0; 8192]);
        loop {
            let length = self.0.read(&mut buffer).map_err(|error| error.to_string())?;
            if length == 0 {
                return Err("the server closed a connection".to_owned());
            }
            inbox.extend_from_slice(buffer.get(..length).unwrap_or_default());
            match http::parse(&inbox, &mut chunks) {
                Parsed::Incomplete => {}
                Parsed::Malformed => return Err("an answer that is no HTTP/1.1".to_owned()),
                Parsed::Complete(reply) => return read(&reply),
            }
        }
    }
}
