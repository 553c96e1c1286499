//! One client thread of an HTTP/1.1 load: its connections, and what to do about the events of their sockets.
//!
//! What is asked, how an answer counts and when to stop is the `desk`'s to decide. A pass of the loop: give up what is
//! too late, read on where bytes were left, start what may start, wait, act on events.

use crate::clock::{duration_ns, now_ns};
use crate::connection::{Connection, NEVER_NS, Stage, Step};
use crate::desk::{Desk, Job, Report};
use crate::error::LoadError;
use crate::outcome::{ErrorClass, Outcome};
use crate::pause::{EVENTS_PER_WAIT, Pause, place_of, token};
use crate::recorder::Exchange;
use rustix::event::epoll::EventFlags;
use std::sync::Arc;

/// Holds the answers of this project's workloads (10 KiB) in one piece several times over.
pub(crate) const RECEIVE_BUFFER_BYTES: usize = 64 * 1024;
/// Deadlines are looked at in steps of this size, so that many of them close together cost one pass.
pub(crate) const DEADLINE_STEP_NS: u64 = 1_000_000;

#[derive(Debug)]
pub(crate) struct Worker {
    desk: Desk,
    pause: Pause,
    connections: Vec<Connection>,
    receive_buffer: Vec<u8>,
}

impl Worker {
    /// Prepare a worker with `connections` closed connections, and leave to open more of them, up to
    /// `most_connections`.
    pub(crate) fn new(
        job: &Arc<Job>,
        index: usize,
        connections: usize,
        most_connections: usize,
    ) -> Result<Self, LoadError> {
        Ok(Self {
            desk: Desk::new(job, index, connections, most_connections),
            pause: Pause::new()?,
            connections: (0..most_connections).map(|_| Connection::new()).collect(),
            receive_buffer: vec![0; RECEIVE_BUFFER_BYTES],
        })
    }

    /// Make the load, to its end or until it is stopped.
    pub(crate) fn run(mut self) -> Result<Report, LoadError> {
        Pause::sharpen();
        let mut events = Vec::with_capacity(EVENTS_PER_WAIT);
        let spin_ns = self.desk.spin_ns();
        loop {
            let now = now_ns();
            if self.desk.is_stopped(now) {
                return Ok(self.finish(now, true));
            }
            self.expire(now);
            self.read_on();
            self.start_ready(now);
            let Some(until_ns) = self.desk.next_pass_ns(now) else { return Ok(self.finish(now, false)) };
            let awake_ns = self.pause.until(&mut events, until_ns, spin_ns)?;
            self.desk.spun(awake_ns);
            for event in events.drain(..) {
                let (flags, token) = (event.flags, event.data.u64());
                self.on_event(token, flags);
            }
        }
    }

    fn start_ready(&mut self, now: u64) {
        for _ in 0..self.desk.count_ready(now) {
            if let Some(slot) = self.desk.agenda.next_ready()
                && let Some(exchange) = self.desk.admit(&mut self.connections[slot].following)
            {
                self.begin(slot, exchange);
            }
        }
        self.dispatch();
    }

    /// Open model: give what is due to connections that are idle.
    fn dispatch(&mut self) {
        while let Some((slot, exchange)) = self.desk.dispatch() {
            self.begin(slot, exchange);
        }
    }

    fn read_on(&mut self) {
        for _ in 0..self.desk.agenda.count_unread() {
            let Some(slot) = self.desk.agenda.next_unread() else { return };
            let connection = &mut self.connections[slot];
            connection.is_listed_unread = false;
            // It may have been given up, and opened again, since it was put on the list.
            if matches!(connection.stage, Stage::Sending | Stage::Receiving) {
                let step = self.proceed(slot, EventFlags::IN);
                self.settle(slot, step);
            }
        }
    }

    fn begin(&mut self, slot: usize, exchange: Exchange) {
        let connection = &mut self.connections[slot];
        connection.exchange = exchange;
        let step = if connection.is_open() { self.send(slot) } else { self.open(slot, now_ns()) };
        self.settle(slot, step);
    }

    fn open(&mut self, slot: usize, now: u64) -> Step {
        let connect_by_ns = now + duration_ns(self.desk.job.config.connect_timeout);
        self.set_deadline(slot, connect_by_ns.min(self.due_timeout_ns(slot)));
        let connection = &mut self.connections[slot];
        connection.generation = connection.generation.wrapping_add(1);
        let token = token(slot, connection.generation);
        connection.open(&self.desk.job.route, self.pause.epoll(), token, now)
    }

    fn send(&mut self, slot: usize) -> Step {
        let connection = &mut self.connections[slot];
        let step = connection.send(self.desk.job.book.request(connection.exchange.request));
        self.set_deadline(slot, self.desk.timeout_ns(&self.connections[slot].exchange));
        step
    }

    fn due_timeout_ns(&self, slot: usize) -> u64 {
        self.desk.due_timeout_ns(&self.connections[slot].exchange)
    }

    fn set_deadline(&mut self, slot: usize, deadline_ns: u64) {
        let deadline_ns = deadline_ns.next_multiple_of(DEADLINE_STEP_NS);
        self.connections[slot].deadline_ns = deadline_ns;
        self.desk.agenda.expect_by(deadline_ns);
    }

    fn on_event(&mut self, event_token: u64, flags: EventFlags) {
        let slot = place_of(event_token);
        let connection = &mut self.connections[slot];
        if token(slot, connection.generation) != event_token {
            // Of a socket that was closed here but is still held by a child that another thread is just forking.
            return;
        }
        match connection.stage {
            Stage::Free => {
                // Nothing was asked for: the target closed the idle connection, or sent what nobody will read.
                if connection.is_spent(flags, &mut self.receive_buffer) {
                    self.close(slot);
                }
            }
            Stage::Connecting => match connection.finish_connecting(flags, &mut self.receive_buffer) {
                Ok(false) => {}
                Ok(true) => {
                    self.desk.recorder.connected(connection.connect_started_ns, now_ns());
                    self.desk.job.progress.connections.one_opened();
                    let mut step = self.send(slot);
                    if step == Step::Pending {
                        step = self.proceed(slot, flags.difference(EventFlags::OUT));
                    }
                    self.settle(slot, step);
                }
                Err(class) => self.settle(slot, Step::Broken(class)),
            },
            Stage::Sending | Stage::Receiving => {
                let step = self.proceed(slot, flags);
                self.settle(slot, step);
            }
        }
    }

    fn proceed(&mut self, slot: usize, flags: EventFlags) -> Step {
        let connection = &mut self.connections[slot];
        let request = self.desk.job.book.request(connection.exchange.request);
        connection.proceed(flags, request, &mut self.receive_buffer)
    }

    fn settle(&mut self, slot: usize, step: Step) {
        match step {
            Step::Pending => {}
            Step::MoreToRead => {
                // An event may tell of more while it is on the list already.
                if !std::mem::replace(&mut self.connections[slot].is_listed_unread, true) {
                    self.desk.agenda.read_on(slot);
                }
            }
            Step::Answered { answer, at_ns } => {
                let Connection { exchange, seen, following, .. } = &mut self.connections[slot];
                let outcome;
                (outcome, *following) = self.desk.judge(exchange, answer.status, seen);
                self.desk.conclude(exchange, outcome, at_ns);
                if self.desk.job.config.keepalive && answer.keep_alive {
                    self.connections[slot].release();
                } else {
                    self.close(slot);
                }
                self.next(slot, at_ns);
            }
            Step::Broken(class) if self.connections[slot].was_closed_idle(class) => {
                self.desk.recorder.idle_close_retry(self.connections[slot].exchange.measured);
                self.close(slot);
                let step = self.open(slot, now_ns());
                self.settle(slot, step);
            }
            Step::Broken(class) => self.fail(slot, Outcome::Failed(class)),
        }
    }

    /// A request has ended with an answer, and the connection may have another: at once and not in the next pass, as
    /// other events of this one would delay it.
    fn next(&mut self, slot: usize, now: u64) {
        let Connection { exchange, following, .. } = &mut self.connections[slot];
        match self.desk.next(slot, exchange.measured, following, now) {
            Some(exchange) => self.begin(slot, exchange),
            None => self.dispatch(),
        }
    }

    fn fail(&mut self, slot: usize, outcome: Outcome) {
        let now = now_ns();
        self.desk.conclude(&self.connections[slot].exchange, outcome, now);
        let was_connecting = self.connections[slot].stage == Stage::Connecting;
        self.close(slot);
        self.desk.rest(slot, was_connecting, now);
    }

    /// Give up what has waited too long.
    fn expire(&mut self, now: u64) {
        if !self.desk.agenda.has_deadline_before(now) {
            return;
        }
        for slot in 0..self.connections.len() {
            let connection = &self.connections[slot];
            if connection.deadline_ns > now {
                continue;
            }
            let outcome = match connection.stage {
                Stage::Connecting if self.due_timeout_ns(slot) <= now => Outcome::TimedOut,
                Stage::Connecting => Outcome::Failed(ErrorClass::ConnectTimeout),
                Stage::Sending | Stage::Receiving => Outcome::TimedOut,
                Stage::Free => continue,
            };
            self.fail(slot, outcome);
        }
        let next_deadline_ns = self.connections.iter().map(|one| one.deadline_ns).min();
        self.desk.agenda.set_next_deadline(next_deadline_ns.unwrap_or(NEVER_NS));
    }

    fn close(&mut self, slot: usize) {
        if self.connections[slot].is_established() {
            self.desk.job.progress.connections.one_closed();
        }
        self.connections[slot].close();
    }

    fn finish(mut self, now: u64, interrupted: bool) -> Report {
        for slot in 0..self.connections.len() {
            if self.connections[slot].stage != Stage::Free {
                self.desk.conclude(&self.connections[slot].exchange, Outcome::Censored, now);
            }
            self.close(slot);
        }
        self.desk.finish(now, interrupted)
    }
}
