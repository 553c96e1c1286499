//! One client thread of an HTTP/2 load: its slots, the connections that they share, and who is polled when.
//!
//! A pass of the loop: give up what is too late, start what may start, poll who has something to do, wait, note what
//! the kernel reports. A slot belongs to one place for good; the line that stands in it changes as connections end.

use super::bell::{Caller, Calls};
use super::failure::{classify, is_unprocessed};
use super::line::Turn;
use super::pool::Pool;
use super::slot::{Slot, Stage, Step};
use crate::clock::now_ns;
use crate::connection::NEVER_NS;
use crate::desk::{Desk, Job, Report};
use crate::error::LoadError;
use crate::outcome::{ErrorClass, Outcome};
use crate::pause::{EVENTS_PER_WAIT, Pause};
use crate::recorder::Exchange;
use crate::worker::DEADLINE_STEP_NS;
use h2::Error;
use std::mem;
use std::sync::Arc;

/// Rounds of polling before the clock is looked at again: an endless answer would otherwise keep it from that.
/// Each may bring a window's worth of bytes from every stream.
const ROUNDS_IN_A_ROW: usize = 4;

#[derive(Debug)]
pub(crate) struct Worker {
    desk: Desk,
    pause: Pause,
    slots: Vec<Slot>,
    /// Slots of one place, which share the connection that stands in it.
    slots_per_place: usize,
    pool: Pool,
    calls: Calls,
    called: Vec<Caller>,
}

impl Worker {
    /// Prepare a worker with `connections` closed connections, and leave to open more of them, up to
    /// `most_connections`. Each carries up to `streams` requests at a time.
    pub(crate) fn new(
        job: &Arc<Job>,
        index: usize,
        connections: usize,
        most_connections: usize,
        streams: usize,
    ) -> Result<Self, LoadError> {
        let calls = Calls::default();
        Ok(Self {
            desk: Desk::new(job, index, connections * streams, most_connections * streams),
            pause: Pause::new()?,
            slots: (0..most_connections * streams).map(|slot| Slot::new(slot, &calls)).collect(),
            slots_per_place: streams,
            pool: Pool::new(job, most_connections, &calls),
            calls,
            called: Vec::new(),
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
            self.start_ready(now);
            self.poll_callers();
            let Some(until_ns) = self.desk.next_pass_ns(now) else { return Ok(self.finish(now, false)) };
            let until_ns = if self.calls.is_empty() { until_ns } else { 0 };
            let awake_ns = self.pause.until(&mut events, until_ns, spin_ns)?;
            self.desk.spun(awake_ns);
            for event in events.drain(..) {
                self.pool.on_event(&event);
            }
        }
    }

    fn start_ready(&mut self, now: u64) {
        for _ in 0..self.desk.count_ready(now) {
            if let Some(slot) = self.desk.agenda.next_ready()
                && let Some(exchange) = self.desk.admit(&mut self.slots[slot].following)
            {
                self.begin(slot, exchange);
            }
        }
        self.dispatch();
    }

    /// Open model: give what is due to slots that are idle.
    fn dispatch(&mut self) {
        while let Some((slot, exchange)) = self.desk.dispatch() {
            self.begin(slot, exchange);
        }
    }

    fn poll_callers(&mut self) {
        let mut called = mem::take(&mut self.called);
        for _ in 0..ROUNDS_IN_A_ROW {
            self.calls.swap(&mut called);
            if called.is_empty() {
                break;
            }
            for caller in called.drain(..) {
                match caller {
                    Caller::Line(line) => self.poll_line(line),
                    Caller::Slot(slot) => self.poll_slot(slot),
                }
            }
        }
        self.called = called;
    }

    fn begin(&mut self, slot: usize, exchange: Exchange) {
        self.slots[slot].exchange = exchange;
        self.slots[slot].is_retry = false;
        self.send_or_connect(slot);
    }

    fn send_or_connect(&mut self, slot: usize) {
        let place = slot / self.slots_per_place;
        if let Some(index) = self.pool.standing_in(place) {
            if self.pool.line(index).is_some_and(|line| line.is_connecting()) {
                return self.wait_for(slot, index);
            }
            if self.send(slot, index) {
                return;
            }
            // The target has said that it takes no more requests there. Nothing was sent: this is no retry.
            self.pool.retire(index);
        }
        match self.pool.connect(place, self.pause.epoll()) {
            Ok(index) => {
                self.expect_connected();
                self.wait_for(slot, index);
            }
            Err(class) => self.fail(slot, Outcome::Failed(class), true),
        }
    }

    fn wait_for(&mut self, slot: usize, index: usize) {
        if let Some(line) = self.pool.line(index) {
            line.waiting.push(slot);
        }
        self.slots[slot].stage = Stage::Connecting(index);
        self.set_deadline(slot, self.desk.due_timeout_ns(&self.slots[slot].exchange));
    }

    /// Hand the request of this slot over. Whether the line takes it.
    fn send(&mut self, slot: usize, index: usize) -> bool {
        let Some(line) = self.pool.line(index) else { return false };
        let one = &mut self.slots[slot];
        let (request, body) = self.desk.job.book.ask(one.exchange.request).draw(one.exchange.number);
        let now = now_ns();
        let Some(stream) = line.ask(request, body) else { return false };
        one.seen.clear();
        // A request that is sent again keeps its first stamp: the time lost is part of its service time.
        one.exchange.sent_ns.get_or_insert(now);
        one.sent(index, line.signals.reads(), stream);
        self.set_deadline(slot, self.desk.timeout_ns(&self.slots[slot].exchange));
        true
    }

    fn expect_connected(&mut self) {
        self.desk.agenda.expect_by(in_steps(self.pool.next_connect_by_ns()));
    }

    fn set_deadline(&mut self, slot: usize, deadline_ns: u64) {
        let deadline_ns = in_steps(deadline_ns);
        self.slots[slot].deadline_ns = deadline_ns;
        self.desk.agenda.expect_by(deadline_ns);
    }

    fn poll_line(&mut self, index: usize) {
        let Some(line) = self.pool.line(index) else { return };
        match line.poll() {
            Turn::Pending => {}
            Turn::Opened => {
                let (started_ns, waiting) = (line.connect_started_ns, mem::take(&mut line.waiting));
                self.desk.recorder.connected(started_ns, now_ns());
                self.desk.job.progress.connections.one_opened();
                for slot in waiting {
                    if !self.send(slot, index) {
                        self.fail(slot, Outcome::Failed(ErrorClass::EarlyClose), false);
                    }
                }
            }
            Turn::Failed(class) => self.give_up(index, class),
            Turn::Ended => self.pool.close(index),
        }
    }

    fn poll_slot(&mut self, slot: usize) {
        let one = &mut self.slots[slot];
        match one.poll(&self.desk.job.book.request(one.exchange.request).check) {
            Step::Pending => {}
            Step::Answered { status, at_ns } => {
                let outcome;
                (outcome, one.following) = self.desk.judge(&one.exchange, status, &mut one.seen);
                self.desk.conclude(&one.exchange, outcome, at_ns);
                let index = self.leave(slot);
                if let Some(line) = self.pool.line(index) {
                    line.answers += 1;
                }
                if !self.desk.job.config.keepalive {
                    self.pool.close(index);
                }
                self.pool.remove_if_done(index);
                self.next(slot, at_ns);
            }
            Step::Broken(error) => self.settle_break(slot, &error),
        }
    }

    /// A stream has ended without an answer.
    fn settle_break(&mut self, slot: usize, error: &Error) {
        let Stage::UnderWay(under_way) = &self.slots[slot].stage else { return };
        let (index, reads_before) = (under_way.line, under_way.reads_before);
        let Some(line) = self.pool.line(index) else { return };
        let exchange = &self.slots[slot].exchange;
        let class = classify(error, &line.signals, exchange.first_byte_ns.is_some());
        // Without a word from the target, only a connection on which nothing came any more was closed idle.
        let was_closed_idle = !error.is_reset()
            && matches!(class, ErrorClass::Reset | ErrorClass::EarlyClose)
            && line.signals.reads() == reads_before;
        let is_idle_close = line.answers > 0
            && exchange.first_byte_ns.is_none()
            && !self.slots[slot].is_retry
            && (is_unprocessed(error) || was_closed_idle);
        if !is_idle_close {
            return self.fail(slot, Outcome::Failed(class), false);
        }
        self.desk.recorder.idle_close_retry(exchange.measured);
        self.slots[slot].is_retry = true;
        self.leave(slot);
        self.pool.remove_if_done(index);
        self.send_or_connect(slot);
    }

    /// A request has ended with an answer, and its slot may have another: at once and not in the next pass.
    fn next(&mut self, slot: usize, now: u64) {
        let Slot { exchange, following, .. } = &mut self.slots[slot];
        match self.desk.next(slot, exchange.measured, following, now) {
            Some(exchange) => self.begin(slot, exchange),
            None => self.dispatch(),
        }
    }

    /// A request has ended without an answer. One that is under way is reset; its connection goes on.
    fn fail(&mut self, slot: usize, outcome: Outcome, was_connecting: bool) {
        let now = now_ns();
        self.desk.conclude(&self.slots[slot].exchange, outcome, now);
        let index = self.leave(slot);
        self.pool.remove_if_done(index);
        self.desk.rest(slot, was_connecting, now);
    }

    /// Give up what has waited too long.
    fn expire(&mut self, now: u64) {
        if !self.desk.agenda.has_deadline_before(now) {
            return;
        }
        for slot in 0..self.slots.len() {
            if self.slots[slot].deadline_ns <= now {
                let was_connecting = matches!(self.slots[slot].stage, Stage::Connecting(_));
                self.fail(slot, Outcome::TimedOut, was_connecting);
            }
        }
        for index in self.pool.overdue(now) {
            self.give_up(index, ErrorClass::ConnectTimeout);
        }
        let next_deadline_ns = self.slots.iter().map(|one| one.deadline_ns).min().unwrap_or(NEVER_NS);
        self.desk.agenda.set_next_deadline(next_deadline_ns);
        self.expect_connected();
    }

    /// A connection could not be opened: neither can what waits for it be sent.
    fn give_up(&mut self, index: usize, class: ErrorClass) {
        self.pool.close(index);
        let waiting = self.pool.line(index).map(|line| mem::take(&mut line.waiting)).unwrap_or_default();
        for slot in waiting {
            self.fail(slot, Outcome::Failed(class), true);
        }
        self.pool.remove_if_done(index);
    }

    /// The slot has nothing to do with its line any more. Returns which one that was.
    fn leave(&mut self, slot: usize) -> usize {
        let index = match &self.slots[slot].stage {
            Stage::Free => usize::MAX,
            Stage::Connecting(index) => *index,
            Stage::UnderWay(under_way) => under_way.line,
        };
        let was_under_way = matches!(self.slots[slot].stage, Stage::UnderWay(_));
        self.slots[slot].free();
        if let Some(line) = self.pool.line(index) {
            if was_under_way {
                line.streams -= 1;
            } else {
                line.waiting.retain(|waiting| *waiting != slot);
            }
        }
        index
    }

    fn finish(mut self, now: u64, interrupted: bool) -> Report {
        for slot in &mut self.slots {
            if !matches!(slot.stage, Stage::Free) {
                self.desk.conclude(&slot.exchange, Outcome::Censored, now);
                slot.free();
            }
        }
        self.pool.close_all();
        self.desk.finish(now, interrupted)
    }
}

fn in_steps(instant_ns: u64) -> u64 {
    instant_ns.checked_next_multiple_of(DEADLINE_STEP_NS).unwrap_or(NEVER_NS)
}
