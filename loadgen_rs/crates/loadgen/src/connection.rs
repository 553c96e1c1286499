//! One connection and the request it carries: connect, send, receive.
//!
//! Moves bytes and says how far the request has come. What is counted, when the next request starts and how long to
//! wait are the worker's to decide.

use crate::clock::now_ns;
use crate::expectation::Seen;
use crate::outcome::ErrorClass;
use crate::recorder::Exchange;
use crate::request::{Drawn, Request};
use crate::route::Route;
use crate::socket::Transfer;
use crate::transport::{Received, Transport};
use fwcompare_http1::{Answer, Progress, ResponseParser, Truncated};
use rustix::event::epoll::EventFlags;
use rustix::fd::OwnedFd;

/// No instant: the connection waits for nothing.
pub(crate) const NEVER_NS: u64 = u64::MAX;

/// Reads in a row before other connections have their turn: a megabyte.
const READS_IN_A_ROW: usize = 16;

const HANGUP: EventFlags = EventFlags::RDHUP.union(EventFlags::HUP).union(EventFlags::ERR);

/// How far the request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Pending,
    /// There may be more to read, of which the kernel will not tell again: proceed soon.
    MoreToRead,
    /// The whole answer is here since `at_ns`.
    Answered {
        answer: Answer,
        at_ns: u64,
    },
    Broken(ErrorClass),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Carries no request; the socket may be open or not.
    Free,
    Connecting,
    Sending,
    Receiving,
}

#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) stage: Stage,
    pub(crate) exchange: Exchange,
    /// When to give up on what it waits for.
    pub(crate) deadline_ns: u64,
    pub(crate) connect_started_ns: u64,
    /// Counts the sockets of this connection, so that a late event of an old one is known as such.
    pub(crate) generation: u32,
    /// Whether it stands on the worker's list of those with more to read, where it stands once at most.
    pub(crate) is_listed_unread: bool,
    transport: Option<Transport>,
    established: bool,
    /// The kernel has told, once, that the peer closed or reset.
    peer_hung_up: bool,
    /// Answers that came over the present socket.
    answers: u64,
    written: usize,
    parser: ResponseParser,
    /// The request under way, if it was drawn for its flow.
    drawn: Drawn,
    /// Of the answer under way, if there is more to expect of it than a status.
    pub(crate) seen: Seen,
    /// What follows on this connection once the request under way is answered: the number of its flow, and the request.
    pub(crate) following: Option<(u64, usize)>,
}

impl Connection {
    pub(crate) fn new() -> Self {
        Self {
            stage: Stage::Free,
            exchange: Exchange::default(),
            deadline_ns: NEVER_NS,
            connect_started_ns: 0,
            generation: 0,
            is_listed_unread: false,
            transport: None,
            established: false,
            peer_hung_up: false,
            answers: 0,
            written: 0,
            parser: ResponseParser::default(),
            drawn: Drawn::default(),
            seen: Seen::default(),
            following: None,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.transport.is_some()
    }

    pub(crate) fn is_established(&self) -> bool {
        self.established
    }

    /// Begin to connect. The kernel reports the outcome under `token`.
    pub(crate) fn open(&mut self, route: &Route, epoll: &OwnedFd, token: u64, now_ns: u64) -> Step {
        self.stage = Stage::Connecting;
        self.connect_started_ns = now_ns;
        match Transport::open(route, epoll, token) {
            Ok(transport) => {
                self.transport = Some(transport);
                Step::Pending
            }
            Err(class) => Step::Broken(class),
        }
    }

    /// Whether the connection is established now, TLS handshake included.
    pub(crate) fn finish_connecting(&mut self, flags: EventFlags, buffer: &mut [u8]) -> Result<bool, ErrorClass> {
        let Some(transport) = &mut self.transport else { return Ok(false) };
        self.established = transport.finish_connecting(flags, buffer)?;
        Ok(self.established)
    }

    /// Whether an event on a connection that carries no request means that it can carry none any more: the peer closed
    /// it, or sent what nobody will read. What TLS says to itself, such as a session ticket, is neither.
    pub(crate) fn is_spent(&mut self, flags: EventFlags, buffer: &mut [u8]) -> bool {
        let Some(transport) = &mut self.transport else { return false };
        flags.intersects(HANGUP) || transport.is_spent(flags.contains(EventFlags::IN), buffer)
    }

    /// Send the request from its first byte on.
    pub(crate) fn send(&mut self, request: &Request) -> Step {
        self.written = 0;
        self.parser.reset(request.is_head);
        self.seen.clear();
        request.draw(self.exchange.number, &mut self.drawn);
        self.stage = Stage::Sending;
        // A request that is sent again keeps its first stamp: the time lost is part of its service time.
        self.exchange.sent_ns.get_or_insert_with(now_ns);
        self.send_rest(request)
    }

    /// Act on what the kernel reports of an established connection that carries a request.
    pub(crate) fn proceed(&mut self, flags: EventFlags, request: &Request, buffer: &mut [u8]) -> Step {
        let mut step = Step::Pending;
        // Reading comes first: a target may answer, and even close, before it has read the whole request.
        self.peer_hung_up |= flags.intersects(HANGUP);
        if flags.contains(EventFlags::IN) || self.peer_hung_up {
            step = self.receive(request, buffer);
        }
        if step == Step::Pending && flags.contains(EventFlags::OUT) {
            step = if self.stage == Stage::Sending { self.send_rest(request) } else { self.flush() };
        }
        step
    }

    /// Ready for another request over the same socket.
    pub(crate) fn release(&mut self) {
        self.stage = Stage::Free;
        self.deadline_ns = NEVER_NS;
        self.answers += 1;
    }

    pub(crate) fn close(&mut self) {
        if let Some(transport) = &mut self.transport
            && self.established
        {
            transport.say_goodbye();
        }
        // Closing the last descriptor also removes it from epoll.
        self.transport = None;
        self.established = false;
        self.peer_hung_up = false;
        self.answers = 0;
        self.stage = Stage::Free;
        self.deadline_ns = NEVER_NS;
    }

    /// Whether this break only means that the target had closed an idle connection before the request reached it.
    /// True once a request at most: the fresh connection it is sent over has had no answer before.
    pub(crate) fn was_closed_idle(&self, class: ErrorClass) -> bool {
        self.answers > 0
            && self.exchange.received_bytes == 0
            && matches!(class, ErrorClass::Reset | ErrorClass::EarlyClose)
    }

    fn send_rest(&mut self, request: &Request) -> Step {
        let request = request.bytes(&self.drawn);
        let Some(transport) = &mut self.transport else { return Step::Broken(ErrorClass::Reset) };
        while self.written < request.len() {
            match transport.send(&request[self.written..]) {
                Ok(Transfer::Moved(bytes)) => self.written += bytes,
                Ok(Transfer::WouldBlock) => return Step::Pending,
                Err(class) => return Step::Broken(class),
            }
        }
        match transport.flush() {
            Ok(true) => self.stage = Stage::Receiving,
            Ok(false) => {}
            Err(class) => return Step::Broken(class),
        }
        Step::Pending
    }

    fn flush(&mut self) -> Step {
        match self.transport.as_mut().map(Transport::flush) {
            None | Some(Ok(_)) => Step::Pending,
            Some(Err(class)) => Step::Broken(class),
        }
    }

    fn receive(&mut self, request: &Request, buffer: &mut [u8]) -> Step {
        let Some(transport) = &mut self.transport else { return Step::Broken(ErrorClass::Reset) };
        for _ in 0..READS_IN_A_ROW {
            let (bytes, emptied) = match transport.receive(buffer) {
                Ok(Received::Bytes { count, emptied }) => (count, emptied),
                Ok(Received::WouldBlock) => return Step::Pending,
                Ok(Received::End) => {
                    return match self.parser.end_of_stream() {
                        Ok(answer) => Step::Answered { answer, at_ns: now_ns() },
                        Err(Truncated::InHead) => Step::Broken(ErrorClass::EarlyClose),
                        Err(Truncated::InBody) => Step::Broken(ErrorClass::BodyTooShort),
                    };
                }
                Err(class) => return Step::Broken(class),
            };
            self.peer_hung_up |= transport.has_ended();
            if bytes > 0 {
                let at_ns = now_ns();
                self.exchange.first_byte_ns.get_or_insert(at_ns);
                self.exchange.received_bytes += bytes as u64;
                let progress = match &mut request.check.look(self.exchange.number, &mut self.seen) {
                    None => self.parser.feed(&buffer[..bytes], &mut ()),
                    Some(look) => self.parser.feed(&buffer[..bytes], look),
                };
                match progress {
                    Ok(Progress::Complete { mut answer, surplus: 0 }) => {
                        // A half-sent request, or a peer that has gone: nothing more can go over this socket.
                        answer.keep_alive &= self.stage == Stage::Receiving && !self.peer_hung_up;
                        return Step::Answered { answer, at_ns };
                    }
                    Ok(Progress::Complete { .. }) | Err(_) => return Step::Broken(ErrorClass::BadResponse),
                    Ok(Progress::Incomplete) => {}
                }
            }
            // A short read has emptied the socket, and what comes later is a new event; a hang-up is not.
            if emptied && !self.peer_hung_up {
                return Step::Pending;
            }
        }
        Step::MoreToRead
    }
}
