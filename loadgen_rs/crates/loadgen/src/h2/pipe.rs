//! The bytes of a connection as `h2` reads and writes them, and what they have told so far.
//!
//! Never waits: what would block is tried again when the kernel reports an event, edge-triggered, as the worker then
//! polls the connection. Failures are named here, since `h2` hands on no more than their kind.

use crate::outcome::ErrorClass;
use crate::socket::Transfer;
use crate::transport::{Received, Transport};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Room for the bytes of one read from the socket, and for what they open to.
const TLS_BUFFER_BYTES: usize = 64 * 1024;

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

/// A connection for `h2`.
#[derive(Debug)]
pub(crate) struct Pipe {
    transport: Transport,
    signals: Arc<Signals>,
    /// Over TLS: what was opened, and how much of it was read.
    opened: Vec<u8>,
    read: usize,
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

impl Pipe {
    pub(crate) fn new(transport: Transport, signals: &Arc<Signals>) -> Self {
        Self {
            transport,
            signals: Arc::clone(signals),
            opened: Vec::new(),
            read: 0,
            held: Vec::new(),
            has_written: false,
        }
    }

    /// Over TLS, more may come than there is room for.
    fn read_opened(&mut self, room: &mut [u8]) -> Result<Received, ErrorClass> {
        if self.read == self.opened.len() {
            self.opened.resize(TLS_BUFFER_BYTES, 0);
            let received = self.transport.receive(&mut self.opened);
            let count = if let Ok(Received::Bytes { count, .. }) = received { count } else { 0 };
            self.opened.truncate(count);
            self.read = 0;
            match received {
                Ok(Received::Bytes { emptied, .. }) => self.note_read(count, emptied),
                other => return other,
            }
        }
        let left = &self.opened[self.read..];
        let count = left.len().min(room.len());
        room[..count].copy_from_slice(&left[..count]);
        self.read += count;
        Ok(Received::Bytes { count, emptied: false })
    }

    fn note_read(&self, count: usize, emptied: bool) {
        let signals = &self.signals;
        signals.reads.store(signals.reads() + u64::from(count > 0), Relaxed);
        // A short read has emptied the socket, and what comes later is a new event; a hang-up is not.
        if emptied && !signals.has_hung_up.load(Relaxed) && !self.transport.has_ended() {
            signals.is_readable.store(false, Relaxed);
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
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let pipe = &mut *self;
        loop {
            if pipe.read == pipe.opened.len() && !pipe.signals.is_readable.load(Relaxed) {
                return Poll::Pending;
            }
            let room = buffer.initialize_unfilled();
            let received = match pipe.transport {
                Transport::Plain(_) => pipe.transport.receive(room),
                Transport::Tls(_) => pipe.read_opened(room),
            };
            match received {
                // What came was only TLS itself.
                Ok(Received::Bytes { count: 0, .. }) => {}
                Ok(Received::Bytes { count, emptied }) => {
                    if matches!(pipe.transport, Transport::Plain(_)) {
                        pipe.note_read(count, emptied);
                    }
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Ok(Received::WouldBlock) => pipe.signals.is_readable.store(false, Relaxed),
                Ok(Received::End) => {
                    pipe.signals.has_ended.store(true, Relaxed);
                    return Poll::Ready(Ok(()));
                }
                Err(class) => return pipe.signals.fail(class),
            }
        }
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if !std::mem::replace(&mut self.has_written, true) {
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
