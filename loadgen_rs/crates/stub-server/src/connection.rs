//! One connection of a client: request in, scripted answer out, until something ends it. Never waits: it says for what.
//!
//! Its socket is registered edge-triggered: what the kernel told stays true until a call was refused or, when reading,
//! brought less than asked for. While an answer is under way nothing is read, so that a client that asks without
//! reading fills its own buffers and not the server's memory.

use crate::catalogue::{Catalogue, is_kept};
use crate::clerk::{Clerks, nanoseconds};
use crate::course::{Advance, Course};
use crate::plan::Plan;
use crate::request::{Inbox, NoRequest, Request};
use rustix::event::epoll::EventFlags;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::sockopt::set_socket_linger;
use rustix::net::{RecvFlags, recv};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Calls before others have their turn.
const CALLS_PER_TURN: usize = 16;
/// A longer head is read anew every time.
const LONGEST_REMEMBERED_HEAD_BYTES: usize = 4096;

/// What all connections have in common.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) clerks: Clerks,
    pub(crate) catalogue: Catalogue,
    pub(crate) receive_buffer: Vec<u8>,
    /// Since when the periods of the stalls are counted.
    pub(crate) opened: Instant,
    pub(crate) requests: Arc<AtomicU64>,
}

impl House {
    pub(crate) fn now_ns(&self) -> u64 {
        nanoseconds(self.opened.elapsed())
    }
}

/// Until when a connection is to be left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    UntilEvent,
    Until { at_ns: u64, is_exact: bool },
    UntilOthersHadTheirTurn,
}

/// The connection is to be closed: as its script says, or because its client closed, broke off or sent no request. How
/// a client ends is its own affair, and is what the tests look at from the other side.
#[derive(Debug)]
pub(crate) struct Ended;

impl From<Errno> for Ended {
    fn from(_: Errno) -> Self {
        Self
    }
}

impl From<NoRequest> for Ended {
    fn from(_: NoRequest) -> Self {
        Self
    }
}

#[derive(Debug)]
enum Stage {
    ReadingHead,
    ReadingBody(Known),
    Answering(Course),
    /// Its time has not come; events change nothing.
    Waiting(Course),
    Hanging,
}

/// What a head asked for.
#[derive(Debug, Clone)]
struct Known {
    plan: Arc<Plan>,
    is_head: bool,
    body_bytes: usize,
}

#[derive(Debug)]
pub(crate) struct Connection {
    socket: OwnedFd,
    inbox: Inbox,
    stage: Stage,
    is_readable: bool,
    /// The client will send no more than what is on its way.
    is_client_done: bool,
    answers: u64,
    /// Whether it is on the list of those that go on without an event.
    pub(crate) is_listed: bool,
    /// A client repeats itself: the same bytes again ask for the same and need not be read again.
    last_head: Vec<u8>,
    last: Option<Known>,
}

impl Connection {
    pub(crate) fn new(socket: OwnedFd) -> Self {
        Self {
            socket,
            inbox: Inbox::default(),
            stage: Stage::ReadingHead,
            is_readable: false,
            is_client_done: false,
            answers: 0,
            is_listed: false,
            last_head: vec![],
            last: None,
        }
    }

    /// The kernel has something to tell.
    pub(crate) fn on_event(&mut self, flags: EventFlags, house: &mut House) -> Result<Rest, Ended> {
        let is_broken = flags.intersects(EventFlags::HUP | EventFlags::ERR);
        self.is_client_done |= is_broken || flags.contains(EventFlags::RDHUP);
        self.is_readable |= self.is_client_done || flags.contains(EventFlags::IN);
        match self.stage {
            // Nobody is left to answer.
            Stage::Answering(_) | Stage::Waiting(_) if is_broken => Err(Ended),
            Stage::Waiting(_) => Ok(Rest::UntilEvent),
            _ => self.proceed(house),
        }
    }

    /// The time that it asked for has come.
    pub(crate) fn on_time(&mut self, house: &mut House) -> Result<Rest, Ended> {
        self.stage = match std::mem::replace(&mut self.stage, Stage::ReadingHead) {
            Stage::Waiting(course) => Stage::Answering(course),
            other => other,
        };
        self.proceed(house)
    }

    /// Go on as far as is possible now.
    pub(crate) fn proceed(&mut self, house: &mut House) -> Result<Rest, Ended> {
        for _ in 0..CALLS_PER_TURN {
            let rest = match &mut self.stage {
                Stage::ReadingHead => match self.next_request(house)? {
                    Some(known) => self.begin_or_read_body(known, house),
                    None => self.receive(house)?,
                },
                Stage::ReadingBody(known) if self.inbox.is_past_body() => {
                    let known = known.clone();
                    self.begin(&known, house)
                }
                Stage::ReadingBody(_) => self.receive(house)?,
                Stage::Answering(course) => {
                    let advance = course.advance(&self.socket)?;
                    self.follow(advance, house)?
                }
                // A client that has closed does not wait for what never comes; its socket must not be held for ever.
                Stage::Hanging if self.is_client_done => return Err(Ended),
                Stage::Waiting(_) | Stage::Hanging => Some(Rest::UntilEvent),
            };
            if let Some(rest) = rest {
                return Ok(rest);
            }
        }
        Ok(Rest::UntilOthersHadTheirTurn)
    }

    /// What the head at the front asks for, if all of it is there.
    fn next_request(&mut self, house: &mut House) -> Result<Option<Known>, NoRequest> {
        if let Some(known) = &self.last
            && self.inbox.unread().starts_with(&self.last_head)
        {
            let known = known.clone();
            self.inbox.skip(self.last_head.len(), known.body_bytes);
            return Ok(Some(known));
        }
        let Some(head_bytes) = self.inbox.head_bytes()? else { return Ok(None) };
        let head = &self.inbox.unread()[..head_bytes];
        let Request { target, is_head, body_bytes } = Request::parse(head)?;
        let known = Known { plan: house.catalogue.plan(&target, is_head), is_head, body_bytes };
        if head_bytes <= LONGEST_REMEMBERED_HEAD_BYTES && is_kept(&known.plan) {
            self.last_head.clear();
            self.last_head.extend_from_slice(head);
            self.last = Some(known.clone());
        }
        self.inbox.skip(head_bytes, body_bytes);
        Ok(Some(known))
    }

    fn begin_or_read_body(&mut self, known: Known, house: &mut House) -> Option<Rest> {
        if self.inbox.is_past_body() {
            return self.begin(&known, house);
        }
        self.stage = Stage::ReadingBody(known);
        None
    }

    /// The request has been read to its last byte: it is counted, and has its turn with the clerk.
    fn begin(&mut self, known: &Known, house: &mut House) -> Option<Rest> {
        let number = house.requests.fetch_add(1, Ordering::Relaxed);
        let holds = known.plan.script.holds(number);
        let plan = if holds { Arc::clone(&known.plan) } else { house.catalogue.null(known.is_head) };
        let Some(service) = plan.script.service else {
            self.stage = Stage::Answering(Course::new(plan));
            return None;
        };
        let now_ns = house.now_ns();
        let at_ns = house.clerks.finish_ns(&service, now_ns);
        self.stage = Stage::Waiting(Course::new(plan));
        Some(Rest::Until { at_ns, is_exact: true })
    }

    fn receive(&mut self, house: &mut House) -> Result<Option<Rest>, Ended> {
        if !self.is_readable {
            return Ok(Some(Rest::UntilEvent));
        }
        match recv(&self.socket, house.receive_buffer.as_mut_slice(), RecvFlags::empty()) {
            Ok((0, _)) => Err(Ended),
            Ok((bytes, _)) => {
                self.inbox.push(&house.receive_buffer[..bytes]);
                self.is_readable = self.is_client_done || bytes == house.receive_buffer.len();
                Ok(None)
            }
            Err(Errno::INTR) => Ok(None),
            Err(Errno::AGAIN) => {
                self.is_readable = false;
                Ok(Some(Rest::UntilEvent))
            }
            Err(errno) => Err(errno.into()),
        }
    }

    fn follow(&mut self, advance: Advance, house: &House) -> Result<Option<Rest>, Ended> {
        match advance {
            Advance::Moved => Ok(None),
            Advance::Blocked => Ok(Some(Rest::UntilEvent)),
            Advance::Wait(duration) => {
                self.stage = match std::mem::replace(&mut self.stage, Stage::ReadingHead) {
                    Stage::Answering(course) => Stage::Waiting(course),
                    other => other,
                };
                // An end that no clock can express is held at the last one that it can.
                let at_ns = house.now_ns().saturating_add(nanoseconds(duration));
                Ok(Some(Rest::Until { at_ns, is_exact: false }))
            }
            Advance::Hang => {
                self.stage = Stage::Hanging;
                Ok(None)
            }
            Advance::Done => self.done(),
            Advance::Close => Err(Ended),
            Advance::Reset => {
                // With no time to linger, closing sends a reset.
                set_socket_linger(&self.socket, Some(Duration::ZERO))?;
                Err(Ended)
            }
        }
    }

    fn done(&mut self) -> Result<Option<Rest>, Ended> {
        if let Stage::Answering(course) = &self.stage {
            let plan = &course.plan;
            self.answers += u64::from(!plan.is_refusal);
            if plan.script.recycle == Some(self.answers) {
                return Err(Ended);
            }
        }
        self.stage = Stage::ReadingHead;
        Ok(None)
    }
}
