//! What bytes do a mail server and a milter exchange? A length, a command of one letter, and its data.

use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::timeout;

/// The longest packet. Mail servers send bodies in pieces of 64 KiB, and no header of theirs is as long as this.
pub const MOST: usize = 1024 * 1024;
/// How long a packet may take that has begun.
const REST: Duration = Duration::from_secs(30);

/// A packet of a mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Which command.
    pub command: u8,
    /// What belongs to it.
    pub data: Vec<u8>,
}

/// Reads a packet; nothing once the other end has closed. `idle` is how long it may take to begin.
pub async fn read(stream: &mut (impl AsyncRead + Unpin), idle: Duration) -> io::Result<Option<Packet>> {
    read_within(stream, idle, REST).await
}

async fn read_within(
    stream: &mut (impl AsyncRead + Unpin),
    idle: Duration,
    most: Duration,
) -> io::Result<Option<Packet>> {
    let mut head = [0; 4];
    let first = timeout(idle, stream.read(&mut head)).await.map_err(|_| io::ErrorKind::TimedOut)??;
    if first == 0 {
        return Ok(None);
    }
    timeout(most, rest(stream, head, first)).await.map_err(|_| io::ErrorKind::TimedOut)?.map(Some)
}

async fn rest(stream: &mut (impl AsyncRead + Unpin), mut head: [u8; 4], have: usize) -> io::Result<Packet> {
    if let Some(missing) = head.get_mut(have..) {
        stream.read_exact(missing).await?;
    }
    let length = usize::try_from(u32::from_be_bytes(head)).unwrap_or(usize::MAX);
    let Some(length) = length.checked_sub(1).filter(|length| *length < MOST) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a packet of no possible length"));
    };
    let command = stream.read_u8().await?;
    // Room grows with what comes, not with what is announced.
    let mut data = Vec::with_capacity(length.min(8192));
    let read = stream.take(length as u64).read_to_end(&mut data).await?;
    if read < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Packet { command, data })
}

/// Appends a packet to what will be written.
pub fn write(out: &mut Vec<u8>, command: u8, data: &[&[u8]]) {
    let length = data.iter().map(|part| part.len()).sum::<usize>() + 1;
    // Ours are short.
    out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    out.push(command);
    for part in data {
        out.extend_from_slice(part);
    }
}

/// The texts of a packet, each with a NUL at its end.
pub fn texts(data: &[u8]) -> Option<Vec<&[u8]>> {
    let inner = data.strip_suffix(&[0])?;
    Some(inner.split(|byte| *byte == 0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn packets_come_one_after_the_other() {
        let mut bytes = Vec::new();
        write(&mut bytes, b'H', &[b"mail", &[0]]);
        write(&mut bytes, b'Q', &[]);
        let mut stream = &bytes[..];
        let first = read(&mut stream, IDLE).await.unwrap().unwrap();
        assert_eq!(first, Packet { command: b'H', data: b"mail\0".to_vec() });
        assert_eq!(read(&mut stream, IDLE).await.unwrap().unwrap().command, b'Q');
        assert_eq!(read(&mut stream, IDLE).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_length_that_cannot_be_is_refused_before_anything_is_kept() {
        for length in [0, u32::try_from(MOST).unwrap() + 1, u32::MAX, i32::MAX.cast_unsigned()] {
            let bytes = [&length.to_be_bytes()[..], b"B"].concat();
            let error = read(&mut &bytes[..], IDLE).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{length}");
        }
    }

    #[tokio::test]
    async fn half_a_packet_is_no_packet() {
        let mut bytes = Vec::new();
        write(&mut bytes, b'B', &[b"0123456789"]);
        for end in 1..bytes.len() {
            let error = read(&mut &bytes[..end], IDLE).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{end}");
        }
    }

    #[tokio::test]
    async fn whoever_says_nothing_or_stops_in_the_middle_is_not_waited_for() {
        let short = Duration::from_millis(20);
        let (mut near, mut far) = tokio::io::duplex(64);
        assert_eq!(read(&mut near, short).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        tokio::io::AsyncWriteExt::write_all(&mut far, &[0, 0]).await.unwrap();
        let error = read_within(&mut near, Duration::from_mins(10), short).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn texts_end_in_nul() {
        assert_eq!(texts(b"Subject\0Hello\0").unwrap(), [&b"Subject"[..], b"Hello"]);
        assert_eq!(texts(b"\0").unwrap(), [b""]);
        assert_eq!(texts(b""), None);
        assert_eq!(texts(b"Subject\0Hello"), None);
    }
}
