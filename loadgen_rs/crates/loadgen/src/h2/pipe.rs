//! The socket of a connection as `h2` reads and writes it, and what it has told so far.
//!
//! Never waits: what would block is tried again when the kernel reports an event, edge-triggered, as the worker then
//! polls the connection. Failures are named here, since `h2` hands on no more than their kind.

use crate::outcome::ErrorClass;
use crate::socket::{self, Transfer};
use rustix::fd::OwnedFd;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What is known of a socket that `h2` holds.
#[derive(Debug, Default)]
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

/// A socket for `h2`.
#[derive(Debug)]
pub(crate) struct Pipe {
    socket: OwnedFd,
    signals: Arc<Signals>,
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
    pub(crate) fn new(socket: OwnedFd, signals: &Arc<Signals>) -> Self {
        // What came before there was a pipe was not reported to it.
        signals.note_event(false);
        Self { socket, signals: Arc::clone(signals) }
    }
}

impl AsyncRead for Pipe {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let signals = &self.signals;
        if !signals.is_readable.load(Relaxed) {
            return Poll::Pending;
        }
        let free = buffer.initialize_unfilled();
        let free_bytes = free.len();
        match socket::receive(&self.socket, free) {
            Ok(Transfer::Moved(0)) => signals.has_ended.store(true, Relaxed),
            Ok(Transfer::Moved(bytes)) => {
                buffer.advance(bytes);
                signals.reads.store(signals.reads() + 1, Relaxed);
                // A short read has emptied the socket, and what comes later is a new event; a hang-up is not.
                if bytes < free_bytes && !signals.has_hung_up.load(Relaxed) {
                    signals.is_readable.store(false, Relaxed);
                }
            }
            Ok(Transfer::WouldBlock) => {
                signals.is_readable.store(false, Relaxed);
                return Poll::Pending;
            }
            Err(class) => return signals.fail(class),
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match socket::send(&self.socket, bytes) {
            Ok(Transfer::Moved(bytes)) => Poll::Ready(Ok(bytes)),
            Ok(Transfer::WouldBlock) => Poll::Pending,
            Err(class) => self.signals.fail(class),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
