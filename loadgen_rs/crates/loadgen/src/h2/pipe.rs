//! The bytes of a connection as `h2` reads and writes them, and what they have told so far.
//!
//! Never waits: what would block is tried again when the kernel reports an event, edge-triggered, as the worker then
//! polls the connection. Failures are named here, since `h2` hands on no more than their kind.

use crate::outcome::ErrorClass;
use crate::socket::Transfer;
use crate::transport::{Received, Transport};
use crate::worker::RECEIVE_BUFFER_BYTES;
use std::ops::Range;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::{io, mem};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What is known of a connection that `h2` holds.
#[derive(Debug)]
pub(crate) struct Signals {
    /// Unless read empty since the kernel last reported.
    is_readable: AtomicBool,
    /// The kernel has told, once, that the peer closed or reset.
    has_hung_up: AtomicBool,
    /// The last byte was read.
    has_ended: AtomicBool,
    /// Reads that brought something.
    reads: AtomicU64,
    failure: OnceLock<ErrorClass>,
}

/// Buffers that no connection of the worker reads from now: as each reads all that there is when it is polled, a few of
/// them serve all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spares {
    buffers: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// A connection for `h2`.
#[derive(Debug)]
pub(crate) struct Pipe {
    transport: Transport,
    signals: Arc<Signals>,
    spares: Spares,
    /// What has come and `h2`, which takes less at a time, has not read. Empty, or one of the spares.
    buffer: Vec<u8>,
    /// The part of it that is still to be read.
    unread: Range<usize>,
    /// The first bytes, which `h2` writes by themselves; they go with the next ones, as one piece.
    held: Vec<u8>,
    has_written: bool,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            // What came while connecting was not told of.
            is_readable: AtomicBool::new(true),
            has_hung_up: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
            reads: AtomicU64::new(0),
            failure: OnceLock::new(),
        }
    }
}

impl Signals {
    /// The kernel has reported an event.
    pub(crate) fn note_event(&self, is_hangup: bool) {
        self.is_readable.store(true, Relaxed);
        if is_hangup {
            self.has_hung_up.store(true, Relaxed);
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Relaxed)
    }

    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Relaxed)
    }

    fn note_read(&self) {
        self.reads.store(self.reads() + 1, Relaxed);
    }

    /// Why the socket cannot be used any more, if it failed.
    pub(crate) fn failure(&self) -> Option<ErrorClass> {
        self.failure.get().copied()
    }

    /// The first failure counts: others follow from it.
    fn note_failure(&self, class: ErrorClass) {
        self.failure.get_or_init(|| class);
    }

    fn fail<T>(&self, class: ErrorClass) -> Poll<io::Result<T>> {
        self.note_failure(class);
        Poll::Ready(Err(io::Error::other(class.name())))
    }
}

impl Spares {
    fn take(&self) -> Vec<u8> {
        self.lock().pop().unwrap_or_else(|| vec![0; RECEIVE_BUFFER_BYTES])
    }

    fn put_back(&self, buffer: Vec<u8>) {
        self.lock().push(buffer);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pipe {
    pub(crate) fn new(transport: Transport, signals: &Arc<Signals>, spares: &Spares) -> Self {
        Self {
            transport,
            signals: Arc::clone(signals),
            spares: spares.clone(),
            buffer: Vec::new(),
            unread: 0..0,
            held: Vec::new(),
            has_written: false,
        }
    }

    fn receive(&mut self) -> Result<Received, ErrorClass> {
        let mut buffer = self.spares.take();
        let received = self.transport.receive(&mut buffer);
        match received {
            Ok(Received::Bytes { count, emptied }) if count > 0 => {
                self.signals.note_read();
                (self.buffer, self.unread) = (buffer, 0..count);
                self.note_emptied(emptied);
            }
            // Nothing, or what was only TLS itself.
            _ => {
                self.spares.put_back(buffer);
                self.note_emptied(matches!(received, Ok(Received::Bytes { emptied: true, .. })));
            }
        }
        received
    }

    /// A short read has emptied the socket, and what comes later is a new event; a hang-up is not.
    fn note_emptied(&self, emptied: bool) {
        if emptied && !self.signals.has_hung_up.load(Relaxed) && !self.transport.has_ended() {
            self.signals.is_readable.store(false, Relaxed);
        }
    }

    /// Send what was held, and `bytes` after it. How many of the latter went.
    fn send_held(&mut self, bytes: &[u8]) -> Result<Transfer, ErrorClass> {
        let front = self.held.len();
        self.held.extend_from_slice(bytes);
        let outcome = self.transport.send(&self.held);
        self.held.truncate(front);
        match outcome? {
            Transfer::Moved(sent) => {
                self.held.drain(..sent.min(front));
                Ok(if sent > front { Transfer::Moved(sent - front) } else { Transfer::WouldBlock })
            }
            Transfer::WouldBlock => Ok(Transfer::WouldBlock),
        }
    }
}

impl AsyncRead for Pipe {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let pipe = &mut *self;
        while pipe.unread.is_empty() {
            if !pipe.signals.is_readable.load(Relaxed) {
                return Poll::Pending;
            }
            match pipe.receive() {
                Ok(Received::Bytes { .. }) => {}
                Ok(Received::WouldBlock) => {
                    pipe.signals.is_readable.store(false, Relaxed);
                    return Poll::Pending;
                }
                Ok(Received::End) => {
                    pipe.signals.has_ended.store(true, Relaxed);
                    return Poll::Ready(Ok(()));
                }
                Err(class) => return pipe.signals.fail(class),
            }
        }
        let count = pipe.unread.len().min(room.remaining());
        room.put_slice(&pipe.buffer[pipe.unread.start..][..count]);
        pipe.unread.start += count;
        if pipe.unread.is_empty() {
            pipe.spares.put_back(mem::take(&mut pipe.buffer));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if !mem::replace(&mut self.has_written, true) {
            self.held.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        let sent = if self.held.is_empty() { self.transport.send(bytes) } else { self.send_held(bytes) };
        match sent {
            Ok(Transfer::Moved(sent)) => Poll::Ready(Ok(sent)),
            Ok(Transfer::WouldBlock) => Poll::Pending,
            Err(class) => self.signals.fail(class),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.transport.flush() {
            Ok(true) => Poll::Ready(Ok(())),
            Ok(false) => Poll::Pending,
            Err(class) => self.signals.fail(class),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.transport.say_goodbye();
        Poll::Ready(Ok(()))
    }
}
