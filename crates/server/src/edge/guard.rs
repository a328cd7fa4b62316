//! Who may hold a connection, and for how long without asking anything?
//!
//! A connection counts against a limit. It is closed when a request's headers do not arrive in time, and when
//! nothing happens on it for long. The reading side keeps one coarse timer a connection and compares counters when
//! it fires, so a request costs no timer of its own; and proxies may keep idle connections longer than slow
//! callers may dribble headers, which a single time-out does not allow.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

use super::connection::{Admit, Admitted, Spoken};
use super::metrics;
use super::service::EdgeService;

/// How often the time-out for headers is divided: they are late by at most one part.
const PARTS: u32 = 8;

/// What the requests of a connection tell its guard.
#[derive(Debug, Default)]
pub(super) struct Activity {
    begun: AtomicU32,
    running: AtomicU32,
    http2: AtomicBool,
}

/// A request is being answered for as long as this lives.
#[derive(Debug)]
pub(super) struct Busy(Arc<Activity>);

impl Activity {
    pub(super) fn begin(self: &Arc<Self>, http2: bool) -> Busy {
        self.running.fetch_add(1, Ordering::Relaxed);
        self.begun.fetch_add(1, Ordering::Relaxed);
        if http2 {
            self.http2.store(true, Ordering::Relaxed);
        }
        Busy(Arc::clone(self))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Lets connections in.
#[derive(Debug, Clone)]
pub(super) struct Doorkeeper {
    places: Arc<Semaphore>,
    header_timeout: Duration,
    idle_timeout: Duration,
}

impl Doorkeeper {
    pub(super) fn new(connections: usize, header_timeout: Duration, idle_timeout: Duration) -> Self {
        let places = Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS)));
        Self { places, header_timeout, idle_timeout }
    }
}

impl Doorkeeper {
    /// A stream that counts, if there is room for it.
    pub(super) fn guard(&self, stream: TcpStream, service: &EdgeService) -> io::Result<Guarded<TcpStream>> {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            metrics::connection_refused();
            return Err(io::Error::other("too many connections"));
        };
        stream.set_nodelay(true)?;
        Ok(Guarded::new(stream, service.activity(), self.header_timeout, self.idle_timeout, place))
    }
}

impl Admit for Doorkeeper {
    type Stream = Guarded<TcpStream>;

    async fn admit(self, stream: TcpStream, service: EdgeService) -> io::Result<Admitted<Self::Stream>> {
        let mut stream = self.guard(stream, &service)?;
        let spoken = stream.spoken().await?;
        Ok(Admitted { stream, service, spoken })
    }
}

/// A stream that ends when its caller takes too long.
#[derive(Debug)]
pub(super) struct Guarded<S> {
    stream: S,
    activity: Arc<Activity>,
    timer: Pin<Box<Sleep>>,
    part: Duration,
    idle_parts: u32,
    /// How many requests had begun when the first bytes of the next one came.
    unfinished_after: Option<u32>,
    unfinished_for: u32,
    seen_begun: u32,
    wrote: bool,
    quiet_for: u32,
    over: bool,
    _place: OwnedSemaphorePermit,
}

impl<S> Guarded<S> {
    fn new(
        stream: S,
        activity: Arc<Activity>,
        header_timeout: Duration,
        idle_timeout: Duration,
        place: OwnedSemaphorePermit,
    ) -> Self {
        let part = (header_timeout / PARTS).max(Duration::from_millis(1));
        let idle_parts =
            u32::try_from(idle_timeout.as_millis() / part.as_millis().max(1)).unwrap_or(u32::MAX);
        Self {
            stream,
            activity,
            timer: Box::pin(sleep(part)),
            part,
            idle_parts: idle_parts.max(1),
            // A caller who connects is expected to ask something.
            unfinished_after: Some(0),
            unfinished_for: 0,
            seen_begun: 0,
            wrote: false,
            quiet_for: 0,
            over: false,
            _place: place,
        }
    }

    /// Whether the caller's time is over. Asked when there is nothing to read or no room to write.
    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        while !self.over && self.timer.as_mut().poll(context).is_ready() {
            self.over = self.part_passed();
            if self.over {
                metrics::connection_timed_out();
            }
            self.timer.as_mut().reset(Instant::now() + self.part);
        }
        self.over
    }

    fn part_passed(&mut self) -> bool {
        let begun = self.activity.begun.load(Ordering::Relaxed);
        let idle = self.activity.running.load(Ordering::Relaxed) == 0 && begun == self.seen_begun;
        self.seen_begun = begun;
        let wrote = std::mem::take(&mut self.wrote);
        self.quiet_for = if idle && !wrote { self.quiet_for.saturating_add(1) } else { 0 };
        // Frames between the requests of HTTP/2 are no beginning of a request.
        let unfinished =
            idle && self.unfinished_after == Some(begun) && !self.activity.http2.load(Ordering::Relaxed);
        self.unfinished_for = if unfinished { self.unfinished_for + 1 } else { 0 };
        self.unfinished_for >= PARTS || self.quiet_for >= self.idle_parts
    }

    fn note_read(&mut self) {
        if self.activity.running.load(Ordering::Relaxed) == 0 {
            self.unfinished_after = Some(self.activity.begun.load(Ordering::Relaxed));
        }
    }

    fn note_written(
        &mut self,
        context: &mut Context<'_>,
        poll: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match poll {
            Poll::Ready(Ok(_)) => self.wrote = true,
            Poll::Pending if self.is_over(context) => {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            _ => {}
        }
        poll
    }
}

impl Guarded<TcpStream> {
    /// What the caller begins to speak. The bytes stay to be read.
    async fn spoken(&mut self) -> io::Result<Spoken> {
        let mut first = [0; Spoken::BEGINNING];
        let mut buffer = ReadBuf::new(&mut first);
        poll_fn(|context| match self.stream.poll_peek(context, &mut buffer) {
            Poll::Pending if self.is_over(context) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            poll => poll,
        })
        .await?;
        Ok(Spoken::begun(buffer.filled()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.stream).poll_read(context, buffer);
        match poll {
            // To the protocol it looks as if the caller had hung up.
            Poll::Pending if self.is_over(context) => return Poll::Ready(Ok(())),
            Poll::Ready(Ok(())) if buffer.filled().len() > before => self.note_read(),
            _ => {}
        }
        poll
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note_written(context, poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.note_written(context, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
