//! What a worker has to do without an event of the kernel: connections that may start, that wait out a failure, that
//! have more to read, and the next deadline. Keeps order and time; what is done then is the worker's.

use crate::connection::NEVER_NS;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// A connection that could not be opened waits this long, so that a dead target does not burn the client's CPU.
const CONNECT_BACKOFF_NS: u64 = 10_000_000;

#[derive(Debug)]
pub(crate) struct Agenda {
    /// May ask for a request now.
    ready: VecDeque<usize>,
    /// May ask too, but only when no other one is ready.
    spare: VecDeque<usize>,
    /// May ask again at the given time.
    resting: BinaryHeap<Reverse<(u64, usize)>>,
    /// When there was last none that might ask.
    idle_since_ns: u64,
    /// Were left with bytes unread, which no event will tell of again.
    unread: VecDeque<usize>,
    /// No connection's deadline lies before this instant.
    next_deadline_ns: u64,
}

impl Agenda {
    /// All connections may start, those beyond `connections` only when it cannot be helped.
    pub(crate) fn new(connections: usize, most_connections: usize) -> Self {
        Self {
            ready: (0..connections).collect(),
            spare: (connections..most_connections).collect(),
            resting: BinaryHeap::with_capacity(most_connections),
            idle_since_ns: 0,
            unread: VecDeque::new(),
            next_deadline_ns: NEVER_NS,
        }
    }

    pub(crate) fn start_soon(&mut self, slot: usize, now_ns: u64) {
        if !self.has_ready() {
            self.idle_since_ns = now_ns;
        }
        self.ready.push_back(slot);
    }

    pub(crate) fn start_at(&mut self, slot: usize, instant_ns: u64) {
        self.resting.push(Reverse((instant_ns, slot)));
    }

    pub(crate) fn start_after_backoff(&mut self, slot: usize, now_ns: u64) {
        self.start_at(slot, now_ns + CONNECT_BACKOFF_NS);
    }

    /// Since when at least one connection may start.
    pub(crate) fn idle_since_ns(&self) -> u64 {
        self.idle_since_ns
    }

    pub(crate) fn has_ready(&self) -> bool {
        !(self.ready.is_empty() && self.spare.is_empty())
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
        while let Some(&Reverse((instant_ns, slot))) = self.resting.peek()
            && instant_ns <= now_ns
        {
            self.resting.pop();
            self.start_soon(slot, now_ns);
        }
        self.ready.len()
    }

    pub(crate) fn next_ready(&mut self) -> Option<usize> {
        self.ready.pop_front().or_else(|| self.spare.pop_front())
    }

    pub(crate) fn count_unread(&self) -> usize {
        self.unread.len()
    }

    pub(crate) fn next_unread(&mut self) -> Option<usize> {
        self.unread.pop_front()
    }

    /// When there is something to do even if no event comes; 0 for at once. Connections that may start have something
    /// to do at `next_due_ns`.
    pub(crate) fn next_instant_ns(&self, next_due_ns: u64) -> u64 {
        if !self.unread.is_empty() {
            return 0;
        }
        let start_ns = if self.has_ready() { next_due_ns } else { NEVER_NS };
        let rested_ns = self.resting.peek().map_or(NEVER_NS, |Reverse((instant_ns, _))| *instant_ns);
        start_ns.min(rested_ns).min(self.next_deadline_ns)
    }
}
