//! One client thread: its connections, its epoll, its clock marks.
//!
//! Decides what happens next on each connection and when to wait. Shares nothing with other workers but the schedule
//! and the progress counters. A pass of the loop: give up what is too late, read on where bytes were left, start what
//! may start, wait, act on events. Longer than other modules: these steps work on one connection's state and are read
//! as one loop.

use crate::agenda::Agenda;
use crate::book::Book;
use crate::clock::{duration_ns, now_ns};
use crate::config::LoadConfig;
use crate::connection::{Connection, NEVER_NS, Stage, Step};
use crate::cpu::{CpuMarks, CpuUse};
use crate::docket::{Docket, Patience};
use crate::error::LoadError;
use crate::feed::Arrival;
use crate::model::{ClosedModel, Model, Spread};
use crate::outcome::{ErrorClass, Outcome};
use crate::progress::{Progress, WorkerProgress};
use crate::random::{exponential, stream};
use crate::recorder::{Exchange, Recorder, Tally};
use crate::route::Route;
use crate::schedule::Schedule;
use crate::timeline::Slice;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::thread::set_current_timer_slack;
use rustix::time::Timespec;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

/// Holds the answers of this project's workloads (10 KiB) in one piece several times over.
const RECEIVE_BUFFER_BYTES: usize = 64 * 1024;
const EVENTS_PER_WAIT: usize = 256;
/// A stop, or the end of a counted load, seen by another thread is noticed within this time.
const LONGEST_WAIT_NS: u64 = 50_000_000;
/// Deadlines are looked at in steps of this size, so that many of them close together cost one pass.
const DEADLINE_STEP_NS: u64 = 1_000_000;

/// What all workers of a load have in common.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) config: LoadConfig,
    pub(crate) route: Route,
    pub(crate) book: Book,
    pub(crate) schedule: Schedule,
    pub(crate) progress: Progress,
    pub(crate) started_ns: u64,
}

/// What a worker hands over at its end.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) tally: Tally,
    pub(crate) timeline: Vec<Slice>,
    pub(crate) cpu: CpuUse,
    /// Open model: when the worker last had nothing to catch up with.
    pub(crate) caught_up_ns: Option<u64>,
    /// Open model: an arrival that it had taken and did not come to send.
    pub(crate) unsent: Option<Arrival>,
    pub(crate) interrupted: bool,
    pub(crate) ended_ns: u64,
}

#[derive(Debug)]
pub(crate) struct Worker {
    job: Arc<Job>,
    index: usize,
    epoll: OwnedFd,
    connections: Vec<Connection>,
    agenda: Agenda,
    /// Closed model: flows begun.
    flows: u64,
    /// Used in the open model only.
    docket: Docket,
    patience: Patience,
    /// Think times drawn so far, and their seed.
    thoughts: u64,
    thought_seed: u64,
    /// Connections that carry a request.
    busy: usize,
    recorder: Recorder,
    receive_buffer: Vec<u8>,
    cpu: CpuMarks,
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
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(|errno| epoll_failed("epoll_create", errno))?;
        Ok(Self {
            job: Arc::clone(job),
            index,
            epoll,
            connections: (0..most_connections).map(|_| Connection::new()).collect(),
            agenda: first_agenda(job, index, connections, most_connections),
            flows: 0,
            docket: Docket::default(),
            patience: Patience::new(&job.config),
            thoughts: 0,
            // Streams 0 and 1 are the arrivals'.
            thought_seed: stream(job.config.seed, 2 + index as u64),
            busy: 0,
            recorder: Recorder::new(&job.config, &job.schedule, job.book.requests().len()),
            receive_buffer: vec![0; RECEIVE_BUFFER_BYTES],
            cpu: CpuMarks::default(),
        })
    }

    /// Make the load, to its end or until it is stopped.
    pub(crate) fn run(mut self) -> Result<Report, LoadError> {
        // By default a sleep may take 50 us longer. Where this is refused, the lag tells.
        let _ = set_current_timer_slack(NonZeroU64::new(1));
        let mut events = Vec::with_capacity(EVENTS_PER_WAIT);
        let drain_ns = duration_ns(self.job.config.drain);
        loop {
            let now = now_ns();
            self.cpu.set_due(&self.job.schedule, now);
            if self.job.progress.is_asked_to_stop() {
                return Ok(self.finish(now, true));
            }
            self.expire(now);
            self.read_on();
            self.start_ready(now);
            let drained_at_ns = self.job.schedule.closed_since_ns(now).map(|closed| closed + drain_ns);
            if let Some(drained_at_ns) = drained_at_ns
                && (self.has_nothing_left() || now >= drained_at_ns)
            {
                return Ok(self.finish(now, false));
            }
            let until_ns = drained_at_ns
                .unwrap_or(NEVER_NS)
                .min(self.cpu.next_instant_ns(&self.job.schedule))
                .min(self.agenda.next_instant_ns(self.next_due_ns()));
            self.wait_until(&mut events, until_ns)?;
            for event in events.drain(..) {
                let (flags, token) = (event.flags, event.data.u64());
                self.on_event(token, flags);
            }
        }
    }

    /// Wait for events until then; if `until_ns` is near, in the open model, awake.
    fn wait_until(&mut self, events: &mut Vec<epoll::Event>, until_ns: u64) -> Result<(), LoadError> {
        let left_ns = until_ns.saturating_sub(now_ns());
        let Model::Open(model) = &self.job.config.model else {
            return self.wait(events, left_ns);
        };
        let spin_ns = duration_ns(model.spin);
        if left_ns > spin_ns {
            return self.wait(events, left_ns - spin_ns);
        }
        let awake_since_ns = now_ns();
        loop {
            self.wait(events, 0)?;
            let now = now_ns();
            if !events.is_empty() || now >= until_ns {
                self.cpu.spun(now - awake_since_ns);
                return Ok(());
            }
        }
    }

    fn wait(&self, events: &mut Vec<epoll::Event>, longest_ns: u64) -> Result<(), LoadError> {
        // Below a second, so that it fits in the nanoseconds alone.
        let timeout = Timespec { tv_sec: 0, tv_nsec: longest_ns.min(LONGEST_WAIT_NS).cast_signed() };
        match epoll::wait(&self.epoll, spare_capacity(events), Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(errno) => Err(epoll_failed("epoll_wait", errno)),
        }
    }

    /// Whether all that was begun has ended, and nothing more is to begin.
    fn has_nothing_left(&self) -> bool {
        self.busy == 0 && (self.job.schedule.feed().is_none() || self.docket.is_exhausted())
    }

    /// When connections that may start have something to do: in the closed model at once.
    fn next_due_ns(&self) -> u64 {
        if self.job.schedule.feed().is_some() { self.docket.next_due_ns() } else { 0 }
    }

    fn start_ready(&mut self, now: u64) {
        if self.job.schedule.feed().is_some() {
            self.agenda.count_ready(now);
            self.dispatch();
            return;
        }
        for _ in 0..self.agenda.count_ready(now) {
            if let Some(slot) = self.agenda.next_ready() {
                self.start(slot);
            }
        }
    }

    fn read_on(&mut self) {
        for _ in 0..self.agenda.count_unread() {
            let Some(slot) = self.agenda.next_unread() else { return };
            let connection = &mut self.connections[slot];
            connection.is_listed_unread = false;
            // It may have been given up, and opened again, since it was put on the list.
            if matches!(connection.stage, Stage::Sending | Stage::Receiving) {
                let step = self.proceed(slot, EventFlags::IN);
                self.settle(slot, step);
            }
        }
    }

    /// Closed model: this connection may start.
    fn start(&mut self, slot: usize) {
        let now = now_ns();
        if let Some(ticket) = self.job.schedule.admit(now) {
            let following = self.connections[slot].following.take();
            let (number, request) = following.unwrap_or_else(|| self.next_flow());
            self.recorder.sent(ticket.measured, request, now);
            self.begin(
                slot,
                Exchange { measured: ticket.measured, number, request, due_ns: now, ..Exchange::default() },
            );
        }
    }

    /// The next flow of this worker, by a number that no other worker has.
    fn next_flow(&mut self) -> (u64, usize) {
        let number = self.flows * u64::from(self.job.config.threads) + self.index as u64;
        self.flows += 1;
        (number, self.job.book.first(number))
    }

    /// Open model: give what is due to connections that are idle.
    fn dispatch(&mut self) {
        while self.agenda.has_ready() {
            let now = now_ns();
            let Some(feed) = self.job.schedule.feed() else { return };
            let Some(dispatch) = self.docket.take_due(feed, now, self.agenda.idle_since_ns()) else { return };
            let arrival = dispatch.arrival;
            self.job.schedule.spend(arrival, now);
            if let Some(why) = self.patience.is_lost(now - arrival.due_ns) {
                self.recorder.given_up(arrival, why, now);
            } else if let Some(slot) = self.agenda.next_ready() {
                let Arrival { measured, number, due_ns } = arrival;
                let request = self.job.book.first(number);
                self.recorder.dispatched(&dispatch, request);
                self.begin(slot, Exchange { measured, number, request, due_ns, ..Exchange::default() });
            }
        }
    }

    fn begin(&mut self, slot: usize, exchange: Exchange) {
        self.progress().one_sent();
        self.busy += 1;
        let connection = &mut self.connections[slot];
        connection.exchange = exchange;
        let step = if connection.is_open() { self.send(slot) } else { self.open(slot, now_ns()) };
        self.settle(slot, step);
    }

    fn open(&mut self, slot: usize, now: u64) -> Step {
        let connect_by_ns = now + duration_ns(self.job.config.connect_timeout);
        self.set_deadline(slot, connect_by_ns.min(self.due_timeout_ns(slot)));
        let connection = &mut self.connections[slot];
        connection.generation = connection.generation.wrapping_add(1);
        let token = token(slot, connection.generation);
        connection.open(&self.job.route, &self.epoll, token, now)
    }

    fn send(&mut self, slot: usize) -> Step {
        let connection = &mut self.connections[slot];
        let step = connection.send(self.job.book.request(connection.exchange.request));
        let sent_ns = self.connections[slot].exchange.sent_ns.unwrap_or_else(now_ns);
        self.set_deadline(slot, (sent_ns + duration_ns(self.job.config.timeout)).min(self.due_timeout_ns(slot)));
        step
    }

    /// When the request of this connection is given up, however far it has come: in the open model only.
    fn due_timeout_ns(&self, slot: usize) -> u64 {
        match self.job.config.model {
            Model::Open(_) => self.connections[slot].exchange.due_ns + duration_ns(self.job.config.timeout),
            Model::Closed(_) => NEVER_NS,
        }
    }

    fn set_deadline(&mut self, slot: usize, deadline_ns: u64) {
        let deadline_ns = deadline_ns.next_multiple_of(DEADLINE_STEP_NS);
        self.connections[slot].deadline_ns = deadline_ns;
        self.agenda.expect_by(deadline_ns);
    }

    fn on_event(&mut self, event_token: u64, flags: EventFlags) {
        let slot = slot_of(event_token);
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
                    self.recorder.connected(connection.connect_started_ns, now_ns());
                    self.job.progress.connections.one_opened();
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
        let request = self.job.book.request(connection.exchange.request);
        connection.proceed(flags, request, &mut self.receive_buffer)
    }

    fn settle(&mut self, slot: usize, step: Step) {
        match step {
            Step::Pending => {}
            Step::MoreToRead => {
                // An event may tell of more while it is on the list already.
                if !std::mem::replace(&mut self.connections[slot].is_listed_unread, true) {
                    self.agenda.read_on(slot);
                }
            }
            Step::Answered { answer, at_ns } => {
                let outcome = self.judge(slot, answer.status);
                self.conclude(slot, outcome, at_ns);
                if self.job.config.keepalive && answer.keep_alive {
                    self.connections[slot].release();
                } else {
                    self.close(slot);
                }
                self.next(slot, at_ns);
            }
            Step::Broken(class) if self.connections[slot].was_closed_idle(class) => {
                self.recorder.idle_close_retry(self.connections[slot].exchange.measured);
                self.close(slot);
                let step = self.open(slot, now_ns());
                self.settle(slot, step);
            }
            Step::Broken(class) => self.fail(slot, Outcome::Failed(class)),
        }
    }

    /// Whether this is the right answer, and what follows it in its flow. A flow ends with an answer that is not.
    fn judge(&mut self, slot: usize, status: u16) -> Outcome {
        let Connection { exchange, seen, following, .. } = &mut self.connections[slot];
        let request = self.job.book.request(exchange.request);
        let unexpected = request.check.judge(status, exchange.number, seen);
        if unexpected.is_none() && request.check.takes_status(status) {
            *following = (!request.is_last).then_some((exchange.number, exchange.request + 1));
            return Outcome::Ok { status };
        }
        if let Some(unexpected) = unexpected {
            self.recorder.describe(unexpected, &request.name, status, seen);
        }
        Outcome::HttpError { status, unexpected }
    }

    /// A request has ended with an answer, and the connection may have another: at once and not in the next pass, as
    /// other events of this one would delay it.
    fn next(&mut self, slot: usize, now: u64) {
        if self.job.schedule.feed().is_some() {
            let measured = self.connections[slot].exchange.measured;
            if let Some((number, request)) = self.connections[slot].following.take() {
                self.recorder.followed(measured, request, now);
                self.begin(slot, Exchange { measured, number, request, due_ns: now, ..Exchange::default() });
                return;
            }
            self.agenda.start_soon(slot, now);
            self.dispatch();
            return;
        }
        match self.think_ns() {
            0 => self.start(slot),
            think_ns => self.agenda.start_at(slot, now + think_ns),
        }
    }

    fn think_ns(&mut self) -> u64 {
        let Model::Closed(ClosedModel { think_time, spread, .. }) = self.job.config.model else { return 0 };
        match spread {
            Spread::Exponential if !think_time.is_zero() => {
                self.thoughts += 1;
                duration_ns(think_time.mul_f64(exponential(self.thought_seed, self.thoughts)))
            }
            Spread::Constant | Spread::Exponential => duration_ns(think_time),
        }
    }

    fn fail(&mut self, slot: usize, outcome: Outcome) {
        let now = now_ns();
        self.conclude(slot, outcome, now);
        let was_connecting = self.connections[slot].stage == Stage::Connecting;
        self.close(slot);
        if was_connecting {
            self.agenda.start_after_backoff(slot, now);
        } else {
            let think_ns = self.think_ns();
            if think_ns == 0 {
                self.agenda.start_soon(slot, now);
            } else {
                self.agenda.start_at(slot, now + think_ns);
            }
        }
    }

    /// Give up what has waited too long.
    fn expire(&mut self, now: u64) {
        if !self.agenda.has_deadline_before(now) {
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
        self.agenda.set_next_deadline(next_deadline_ns.unwrap_or(NEVER_NS));
    }

    fn conclude(&mut self, slot: usize, outcome: Outcome, now: u64) {
        self.busy -= 1;
        self.recorder.concluded(&self.connections[slot].exchange, outcome, now);
        self.progress().one_completed(outcome.is_ok());
    }

    fn close(&mut self, slot: usize) {
        if self.connections[slot].is_established() {
            self.job.progress.connections.one_closed();
        }
        self.connections[slot].close();
    }

    fn progress(&self) -> &WorkerProgress {
        &self.job.progress.workers[self.index]
    }

    fn finish(mut self, now: u64, interrupted: bool) -> Report {
        for slot in 0..self.connections.len() {
            if self.connections[slot].stage != Stage::Free {
                self.conclude(slot, Outcome::Censored, now);
            }
            self.close(slot);
        }
        let cpu = self.cpu.finish();
        let (caught_up_ns, unsent) = self.docket.close();
        let (tally, timeline) = self.recorder.finish();
        Report { tally, timeline, cpu, caught_up_ns, unsent, interrupted, ended_ns: now }
    }
}

/// Which connections start when.
fn first_agenda(job: &Job, index: usize, connections: usize, most_connections: usize) -> Agenda {
    let Model::Closed(ClosedModel { spawn_rate: Some(rate), .. }) = job.config.model else {
        return Agenda::new(connections, most_connections);
    };
    let mut agenda = Agenda::new(0, 0);
    for slot in 0..connections {
        // Connections are dealt out like cards, so that every thread has its part of those that start first.
        let number = slot * job.config.threads as usize + index;
        let after = Duration::try_from_secs_f64(number as f64 / rate).unwrap_or(Duration::MAX);
        agenda.start_at(slot, job.started_ns.saturating_add(duration_ns(after)));
    }
    agenda
}

fn token(slot: usize, generation: u32) -> u64 {
    u64::from(generation) << 32 | slot as u64
}

#[expect(clippy::cast_possible_truncation, reason = "cutting off the generation is what this is for")]
fn slot_of(token: u64) -> usize {
    token as u32 as usize
}

fn epoll_failed(call: &str, errno: Errno) -> LoadError {
    LoadError::new(
        call,
        format!("failed: {errno}"),
        "an epoll instance per client thread",
        "check the limit of open files (ulimit -n) and start again",
    )
}
