//! The one thread of the server: its listener, all of its connections, their timers, and when to wait.
//!
//! A pass of the loop: wake those whose time has come, let those go on that were interrupted, wait, act on events.

use crate::catalogue::Catalogue;
use crate::clerk::Clerks;
use crate::connection::{Connection, Ended, House, Rest};
use crate::timers::{Timer, Timers};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventFlags};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{SocketFlags, accept_with};
use rustix::thread::set_current_timer_slack;
use rustix::time::Timespec;
use std::collections::{HashMap, VecDeque};
use std::io::PipeReader;
use std::net::TcpListener;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Tokens of what is no connection. Connections have their numbers, from zero, which do not come again.
const LISTENER: u64 = u64::MAX;
const END: u64 = u64::MAX - 1;
const EVENTS_PER_WAIT: usize = 256;
const ACCEPTS_PER_EVENT: usize = 64;
const RECEIVE_BUFFER_BYTES: usize = 16 * 1024;
const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;

#[derive(Debug)]
pub(crate) struct EventLoop {
    epoll: OwnedFd,
    listener: TcpListener,
    /// Its other end is closed when the server is to stop.
    _end: PipeReader,
    accepted: Arc<AtomicU64>,
    connections: HashMap<u64, Connection>,
    timers: Timers,
    /// Have more to do, of which no event will tell.
    interrupted: VecDeque<u64>,
    house: House,
}

impl EventLoop {
    /// Prepare to serve those who come to `listener`, which must not block, until the other side of `end` is closed.
    pub(crate) fn new(
        listener: TcpListener,
        end: PipeReader,
        requests: Arc<AtomicU64>,
        accepted: Arc<AtomicU64>,
    ) -> Result<Self, Errno> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        // Level-triggered: whoever could not be accepted, for want of files, is told of again.
        register(&epoll, &listener, LISTENER, EventFlags::IN)?;
        register(&epoll, &end, END, EventFlags::IN)?;
        Ok(Self {
            epoll,
            listener,
            _end: end,
            accepted,
            connections: HashMap::new(),
            timers: Timers::default(),
            interrupted: VecDeque::new(),
            house: House {
                clerks: Clerks::default(),
                catalogue: Catalogue::new(),
                receive_buffer: vec![0; RECEIVE_BUFFER_BYTES],
                opened: Instant::now(),
                requests,
            },
        })
    }

    /// Serve until the end. Closes the listener and all connections.
    pub(crate) fn run(mut self) -> Result<(), Errno> {
        // Where this is refused, waits are 50 us longer.
        let _ = set_current_timer_slack(NonZeroU64::new(1));
        let mut events = Vec::with_capacity(EVENTS_PER_WAIT);
        loop {
            self.wake_due();
            self.resume_interrupted();
            self.wait(&mut events)?;
            for event in events.drain(..) {
                let (flags, token) = (event.flags, event.data.u64());
                match token {
                    END => return Ok(()),
                    LISTENER => self.accept(),
                    number => self.go_on(number, |connection, house| connection.on_event(flags, house)),
                }
            }
        }
    }

    fn wake_due(&mut self) {
        if self.timers.is_empty() {
            return;
        }
        // Fixed for this pass, so that it ends.
        let now_ns = self.house.now_ns();
        while let Some(number) = self.timers.next_due(now_ns) {
            self.go_on(number, Connection::on_time);
        }
    }

    fn resume_interrupted(&mut self) {
        // Those that are interrupted again are for the next pass.
        for _ in 0..self.interrupted.len() {
            if let Some(number) = self.interrupted.pop_front() {
                self.go_on(number, |connection, house| {
                    connection.is_listed = false;
                    connection.proceed(house)
                });
            }
        }
    }

    fn wait(&self, events: &mut Vec<epoll::Event>) -> Result<(), Errno> {
        let longest_ns = if !self.interrupted.is_empty() {
            Some(0)
        } else if self.timers.is_empty() {
            None
        } else {
            self.timers.longest_wait_ns(self.house.now_ns())
        };
        let timeout = longest_ns.map(|longest_ns| Timespec {
            tv_sec: (longest_ns / NANOSECONDS_PER_SECOND).cast_signed(),
            tv_nsec: (longest_ns % NANOSECONDS_PER_SECOND).cast_signed(),
        });
        match epoll::wait(&self.epoll, spare_capacity(events), timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(errno) => Err(errno),
        }
    }

    fn accept(&mut self) {
        for _ in 0..ACCEPTS_PER_EVENT {
            // Nobody left, a client that went away before it was accepted, or no file left for it: the next event
            // tells.
            let Ok(socket) = accept_with(&self.listener, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC) else { return };
            let number = self.accepted.fetch_add(1, Ordering::Relaxed);
            let interest = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
            if register(&self.epoll, &socket, number, interest).is_ok() {
                self.connections.insert(number, Connection::new(socket));
            }
        }
    }

    /// Let this connection go on, if it is there still.
    fn go_on(&mut self, number: u64, act: impl FnOnce(&mut Connection, &mut House) -> Result<Rest, Ended>) {
        let Some(connection) = self.connections.get_mut(&number) else { return };
        match act(connection, &mut self.house) {
            Ok(Rest::UntilEvent) => {}
            Ok(Rest::Until { at_ns, is_exact }) => self.timers.set(Timer { at_ns, connection: number, is_exact }),
            Ok(Rest::UntilOthersHadTheirTurn) => {
                // An event may come while it is on the list already.
                if !std::mem::replace(&mut connection.is_listed, true) {
                    self.interrupted.push_back(number);
                }
            }
            Err(Ended) => {
                // Closing the last descriptor also removes it from epoll.
                self.connections.remove(&number);
            }
        }
    }
}

fn register(epoll: &OwnedFd, source: impl AsFd, token: u64, interest: EventFlags) -> Result<(), Errno> {
    epoll::add(epoll, source, epoll::EventData::new_u64(token), interest)
}
