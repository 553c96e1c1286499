//! What a worker has to do without an event of the kernel: connections that may start, that wait out a failure, that
//! have more to read, and the next deadline. Keeps order and time; what is done then is the worker's.

use crate::connection::NEVER_NS;
use std::collections::VecDeque;

/// A connection that could not be opened waits this long, so that a dead target does not burn the client's CPU.
const CONNECT_BACKOFF_NS: u64 = 10_000_000;

#[derive(Debug)]
pub(crate) struct Agenda {
    /// May ask for a request now.
    ready: VecDeque<usize>,
    /// May ask again at the given time; in the order of time.
    backing_off: VecDeque<(u64, usize)>,
    /// Were left with bytes unread, which no event will tell of again.
    unread: VecDeque<usize>,
    /// No connection's deadline lies before this instant.
    next_deadline_ns: u64,
}

impl Agenda {
    /// All connections may start.
    pub(crate) fn new(connections: usize) -> Self {
        Self {
            ready: (0..connections).collect(),
            backing_off: VecDeque::with_capacity(connections),
            unread: VecDeque::new(),
            next_deadline_ns: NEVER_NS,
        }
    }

    pub(crate) fn start_soon(&mut self, slot: usize) {
        self.ready.push_back(slot);
    }

    pub(crate) fn start_after_backoff(&mut self, slot: usize, now_ns: u64) {
        self.backing_off.push_back((now_ns + CONNECT_BACKOFF_NS, slot));
    }

    pub(crate) fn read_on(&mut self, slot: usize) {
        self.unread.push_back(slot);
    }

    pub(crate) fn expect_by(&mut self, deadline_ns: u64) {
        self.next_deadline_ns = self.next_deadline_ns.min(deadline_ns);
    }

    pub(crate) fn has_deadline_before(&self, now_ns: u64) -> bool {
        self.next_deadline_ns <= now_ns
    }

    /// All deadlines were looked at; this is the earliest that is left.
    pub(crate) fn set_next_deadline(&mut self, deadline_ns: u64) {
        self.next_deadline_ns = deadline_ns;
    }

    /// How many connections may start now. What comes on the list meanwhile is for the next pass, so that a pass ends.
    pub(crate) fn count_ready(&mut self, now_ns: u64) -> usize {
        while let Some((_, slot)) = self.backing_off.pop_front_if(|(instant_ns, _)| *instant_ns <= now_ns) {
            self.ready.push_back(slot);
        }
        self.ready.len()
    }

    pub(crate) fn next_ready(&mut self) -> Option<usize> {
        self.ready.pop_front()
    }

    pub(crate) fn count_unread(&self) -> usize {
        self.unread.len()
    }

    pub(crate) fn next_unread(&mut self) -> Option<usize> {
        self.unread.pop_front()
    }

    /// When there is something to do even if no event comes; 0 for at once.
    pub(crate) fn next_instant_ns(&self) -> u64 {
        if !(self.ready.is_empty() && self.unread.is_empty()) {
            return 0;
        }
        let backed_off_ns = self.backing_off.front().map_or(NEVER_NS, |(instant_ns, _)| *instant_ns);
        backed_off_ns.min(self.next_deadline_ns)
    }
}
