//! One HTTP/2 connection: opened, shared by some slots, and given up when it takes no more requests.
//!
//! Says how far it has come. Who uses it, and which one follows it, is the worker's to decide.

use super::bell::{Bell, Caller, Calls};
use super::failure::classify;
use super::pipe::{Pipe, Signals, Spares};
use crate::outcome::ErrorClass;
use crate::transport::Transport;
use bytes::Bytes;
use h2::client::{Builder, Connection, ResponseFuture, SendRequest};
use h2::{Error, SendStream};
use http::Request;
use rustix::event::epoll::EventFlags;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A stream's window holds the answers of this project's workloads (10 KiB) many times over, a connection's those of
/// many streams: the target is not to wait for the client's word.
const STREAM_WINDOW_BYTES: u32 = 1 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 16 << 20;
/// As over HTTP/1.1.
const MOST_HEAD_BYTES: u32 = 32 * 1024;
/// Requests given up whose late answers are still known as such, and do not end the connection.
const MOST_RESET_STREAMS: usize = 4_096;

const HANGUP: EventFlags = EventFlags::RDHUP.union(EventFlags::HUP).union(EventFlags::ERR);

type Greeting = dyn Future<Output = Result<(SendRequest<Bytes>, Connection<Pipe>), Error>> + Send;

/// What polling a connection came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Pending,
    /// Requests can be sent now.
    Opened,
    /// It could not be opened.
    Failed(ErrorClass),
    /// It is over; its streams tell how they ended by themselves.
    Ended,
}

pub(crate) struct Line {
    /// Which of the worker's connections this is, was, or is to be.
    pub(crate) place: usize,
    pub(crate) connect_started_ns: u64,
    /// Slots that wait for it to be opened.
    pub(crate) waiting: Vec<usize>,
    /// Requests under way.
    pub(crate) streams: usize,
    /// Answers that came over it.
    pub(crate) answers: u64,
    pub(crate) signals: Arc<Signals>,
    stage: Stage,
    bell: Arc<Bell>,
    waker: Waker,
}

enum Stage {
    Connecting(Transport),
    /// The first bytes are on their way out.
    Greeting(Pin<Box<Greeting>>),
    Open {
        sender: SendRequest<Bytes>,
        connection: Box<Connection<Pipe>>,
    },
    /// To be told at the next poll.
    Refused(ErrorClass),
    Closed,
}

impl Line {
    /// Line `index` of the worker, for `place`, over a socket that is connecting.
    pub(crate) fn new(index: usize, place: usize, transport: Transport, calls: &Calls, now_ns: u64) -> Self {
        let bell = calls.bell(Caller::Line(index));
        Self {
            place,
            connect_started_ns: now_ns,
            waiting: Vec::new(),
            streams: 0,
            answers: 0,
            signals: Arc::default(),
            stage: Stage::Connecting(transport),
            waker: bell.waker(),
            bell,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open { .. })
    }

    pub(crate) fn is_connecting(&self) -> bool {
        matches!(self.stage, Stage::Connecting(_) | Stage::Greeting(_) | Stage::Refused(_))
    }

    /// Act on what the kernel reports: `poll` does the rest. `buffer` is for the TLS handshake.
    pub(crate) fn on_event(&mut self, flags: EventFlags, buffer: &mut [u8], spares: &Spares) {
        self.signals.note_event(flags.intersects(HANGUP));
        self.waker.wake_by_ref();
        self.stage = match std::mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Connecting(mut transport) => match transport.finish_connecting(flags, buffer) {
                Ok(false) => Stage::Connecting(transport),
                Ok(true) => match transport.check_http_2() {
                    Ok(()) => {
                        let pipe = Pipe::new(transport, &self.signals, spares);
                        Stage::Greeting(Box::pin(builder().handshake(pipe)))
                    }
                    Err(class) => Stage::Refused(class),
                },
                Err(class) => Stage::Refused(class),
            },
            other => other,
        };
    }

    pub(crate) fn poll(&mut self) -> Turn {
        self.bell.answer();
        let mut context = Context::from_waker(&self.waker);
        match &mut self.stage {
            Stage::Greeting(greeting) => match greeting.as_mut().poll(&mut context) {
                Poll::Pending => Turn::Pending,
                Poll::Ready(Ok((sender, connection))) => {
                    self.stage = Stage::Open { sender, connection: Box::new(connection) };
                    // It has settings to send.
                    self.waker.wake_by_ref();
                    Turn::Opened
                }
                Poll::Ready(Err(error)) => {
                    self.stage = Stage::Closed;
                    Turn::Failed(classify(&error, &self.signals, false))
                }
            },
            Stage::Open { connection, .. } => match Pin::new(connection).poll(&mut context) {
                Poll::Pending => Turn::Pending,
                // If it failed, its streams have learnt it as well.
                Poll::Ready(Ok(()) | Err(_)) => Turn::Ended,
            },
            Stage::Refused(class) => {
                let class = *class;
                self.stage = Stage::Closed;
                Turn::Failed(class)
            }
            Stage::Connecting(_) | Stage::Closed => Turn::Pending,
        }
    }

    /// Hand a request over, and its body. `None` if this connection takes no more of them; the target may have said so,
    /// or it has served as many as HTTP/2 can number.
    pub(crate) fn ask(
        &mut self,
        request: Request<()>,
        body: Bytes,
    ) -> Option<(ResponseFuture, Option<SendStream<Bytes>>)> {
        let Stage::Open { sender, .. } = &self.stage else { return None };
        // A clone, as each of them queues no more than one request beyond the target's limit of concurrent streams.
        let is_whole = body.is_empty();
        let (response, mut sending) = sender.clone().send_request(request, is_whole).ok()?;
        self.streams += 1;
        if is_whole {
            return Some((response, None));
        }
        // It cannot be refused, as the stream was just opened. `h2` holds it until the target's window takes it.
        let _ = sending.send_data(body, true);
        Some((response, Some(sending)))
    }

    /// End the connection now. One without requests under way is ended politely. Whether it had been established.
    pub(crate) fn close(&mut self) -> bool {
        let stage = std::mem::replace(&mut self.stage, Stage::Closed);
        let Stage::Open { sender, mut connection } = stage else { return false };
        drop(sender);
        if self.streams == 0 {
            // Without anybody to send, it says so to the target, if there is room for that in the socket.
            let _ = Pin::new(&mut connection).poll(&mut Context::from_waker(Waker::noop()));
        }
        true
    }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .enable_push(false)
        .initial_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_header_list_size(MOST_HEAD_BYTES)
        .max_concurrent_reset_streams(MOST_RESET_STREAMS)
        // However many answers are malformed, each is counted for itself.
        .max_local_error_reset_streams(None)
        // Until the target has told its limit: more could be refused, which would be no answer of its own.
        .initial_max_send_streams(1);
    builder
}

impl fmt::Debug for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Line").field("place", &self.place).field("streams", &self.streams).finish_non_exhaustive()
    }
}
