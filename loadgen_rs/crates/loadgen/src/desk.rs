//! What a client thread decides whatever protocol it speaks: which request comes next, how an answer counts, when to
//! start again and when the load is over.
//!
//! A *slot* carries one request at a time: a connection of HTTP/1.1, or a stream of an HTTP/2 one. How requests get
//! over the wire is the worker's of that protocol. Shares nothing with other threads but the schedule and the progress
//! counters.

use crate::agenda::Agenda;
use crate::book::Book;
use crate::clock::{duration_ns, now_ns};
use crate::config::LoadConfig;
use crate::connection::NEVER_NS;
use crate::cpu::{CpuMarks, CpuUse};
use crate::docket::{Docket, Patience};
use crate::expectation::Seen;
use crate::feed::Arrival;
use crate::model::{ClosedModel, Model, Spread};
use crate::outcome::Outcome;
use crate::progress::{Progress, WorkerProgress};
use crate::random::{exponential, stream};
use crate::recorder::{Exchange, Recorder, Tally};
use crate::route::Route;
use crate::schedule::Schedule;
use crate::timeline::Slice;
use std::sync::Arc;
use std::time::Duration;

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

/// The next request of a flow under way: the number of the flow, and the request.
pub(crate) type Following = Option<(u64, usize)>;

#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) job: Arc<Job>,
    pub(crate) agenda: Agenda,
    pub(crate) recorder: Recorder,
    index: usize,
    /// Closed model: flows begun.
    flows: u64,
    /// Used in the open model only.
    docket: Docket,
    patience: Patience,
    /// Think times drawn so far, and their seed.
    thoughts: u64,
    thought_seed: u64,
    /// Slots that carry a request.
    busy: usize,
    drain_ns: u64,
    cpu: CpuMarks,
}

impl Desk {
    /// Of worker `index`, with so many slots, and leave to use more of them, up to `most_slots`.
    pub(crate) fn new(job: &Arc<Job>, index: usize, slots: usize, most_slots: usize) -> Self {
        Self {
            job: Arc::clone(job),
            agenda: first_agenda(job, index, slots, most_slots),
            recorder: Recorder::new(&job.config, &job.schedule, job.book.requests().len()),
            index,
            flows: 0,
            docket: Docket::default(),
            patience: Patience::new(&job.config),
            thoughts: 0,
            // Streams 0 and 1 are the arrivals'.
            thought_seed: stream(job.config.seed, 2 + index as u64),
            busy: 0,
            drain_ns: duration_ns(job.config.drain),
            cpu: CpuMarks::default(),
        }
    }

    /// A pass of the worker's loop begins; whether the load was stopped.
    pub(crate) fn is_stopped(&mut self, now: u64) -> bool {
        self.cpu.set_due(&self.job.schedule, now);
        self.job.progress.is_asked_to_stop()
    }

    /// When the next pass is due, if no event comes before; `None` if there is none, as the load is over.
    pub(crate) fn next_pass_ns(&self, now: u64) -> Option<u64> {
        let drained_at_ns = self.job.schedule.closed_since_ns(now).map(|closed| closed + self.drain_ns);
        if let Some(drained_at_ns) = drained_at_ns
            && (self.has_nothing_left() || now >= drained_at_ns)
        {
            return None;
        }
        // Slots that may start have something to do, in the closed model, at once.
        let next_due_ns = if self.is_open_model() { self.docket.next_due_ns() } else { 0 };
        let until_ns = drained_at_ns.unwrap_or(NEVER_NS).min(self.cpu.next_instant_ns(&self.job.schedule));
        Some(until_ns.min(self.agenda.next_instant_ns(next_due_ns)))
    }

    /// How long before an instant to wait awake for it.
    pub(crate) fn spin_ns(&self) -> u64 {
        match &self.job.config.model {
            Model::Open(model) => duration_ns(model.spin),
            Model::Closed(_) => 0,
        }
    }

    /// Note time spent waiting awake.
    pub(crate) fn spun(&mut self, duration_ns: u64) {
        self.cpu.spun(duration_ns);
    }

    /// Closed model: how many slots may start in this pass. In the open one the `dispatch` decides.
    pub(crate) fn count_ready(&mut self, now: u64) -> usize {
        let ready = self.agenda.count_ready(now);
        if self.is_open_model() { 0 } else { ready }
    }

    /// Closed model: what a slot begins now, if it may.
    pub(crate) fn admit(&mut self, following: &mut Following) -> Option<Exchange> {
        let now = now_ns();
        let measured = self.job.schedule.admit(now)?.measured;
        let (number, request) = following.take().unwrap_or_else(|| self.next_flow());
        self.recorder.sent(measured, request, now);
        Some(self.begun(Exchange { measured, number, request, due_ns: now, ..Exchange::default() }))
    }

    /// Open model: what is due now, and the idle slot for it.
    pub(crate) fn dispatch(&mut self) -> Option<(usize, Exchange)> {
        while self.agenda.has_ready() {
            let now = now_ns();
            let dispatch = self.docket.take_due(self.job.schedule.feed()?, now, self.agenda.idle_since_ns())?;
            let Arrival { measured, number, due_ns } = dispatch.arrival;
            self.job.schedule.spend(dispatch.arrival, now);
            let request = self.job.book.first(number);
            if let Some(why) = self.patience.is_lost(now - due_ns) {
                self.recorder.given_up(dispatch.arrival, request, why, now);
            } else if let Some(slot) = self.agenda.next_ready() {
                self.recorder.dispatched(&dispatch, request);
                return Some((slot, self.begun(Exchange { measured, number, request, due_ns, ..Exchange::default() })));
            }
        }
        None
    }

    /// When this request is given up, however far it has come: in the open model only.
    pub(crate) fn due_timeout_ns(&self, exchange: &Exchange) -> u64 {
        match self.job.config.model {
            Model::Open(_) => exchange.due_ns + duration_ns(self.job.config.timeout),
            Model::Closed(_) => NEVER_NS,
        }
    }

    /// When a request that was sent is given up.
    pub(crate) fn timeout_ns(&self, exchange: &Exchange) -> u64 {
        let sent_ns = exchange.sent_ns.unwrap_or_else(now_ns);
        (sent_ns + duration_ns(self.job.config.timeout)).min(self.due_timeout_ns(exchange))
    }

    /// Whether this is the right answer, and what follows it in its flow. A flow ends with an answer that is not.
    pub(crate) fn judge(&mut self, exchange: &Exchange, status: u16, seen: &mut Seen) -> (Outcome, Following) {
        let request = self.job.book.request(exchange.request);
        let unexpected = request.check.judge(status, exchange.number, seen);
        if unexpected.is_none() && request.check.takes_status(status) {
            return (Outcome::Ok { status }, (!request.is_last).then_some((exchange.number, exchange.request + 1)));
        }
        if let Some(unexpected) = unexpected {
            self.recorder.describe(unexpected, &request.name, status, seen);
        }
        (Outcome::HttpError { status, unexpected }, None)
    }

    /// A request has ended.
    pub(crate) fn conclude(&mut self, exchange: &Exchange, outcome: Outcome, now: u64) {
        self.busy -= 1;
        self.recorder.concluded(exchange, outcome, now);
        let since_ns = if self.is_open_model() { exchange.due_ns } else { exchange.sent_ns.unwrap_or(exchange.due_ns) };
        self.progress().one_completed(outcome.is_ok().then(|| now.saturating_sub(since_ns)));
    }

    /// What a slot begins at once after the answer to a measured request or one of the warm-up; if nothing, it is on
    /// the agenda.
    pub(crate) fn next(
        &mut self,
        slot: usize,
        measured: bool,
        following: &mut Following,
        now: u64,
    ) -> Option<Exchange> {
        if !self.is_open_model() {
            let think_ns = self.think_ns();
            if think_ns == 0 {
                return self.admit(following);
            }
            self.agenda.start_at(slot, now + think_ns);
            return None;
        }
        let Some((number, request)) = following.take() else {
            self.agenda.start_soon(slot, now);
            return None;
        };
        self.recorder.followed(measured, request, now);
        Some(self.begun(Exchange { measured, number, request, due_ns: now, ..Exchange::default() }))
    }

    /// When a slot starts again whose request failed.
    pub(crate) fn rest(&mut self, slot: usize, was_connecting: bool, now: u64) {
        if was_connecting {
            self.agenda.start_after_backoff(slot, now);
            return;
        }
        match self.think_ns() {
            0 => self.agenda.start_soon(slot, now),
            think_ns => self.agenda.start_at(slot, now + think_ns),
        }
    }

    pub(crate) fn finish(self, now: u64, interrupted: bool) -> Report {
        let cpu = self.cpu.finish();
        let (caught_up_ns, unsent) = self.docket.close();
        let (tally, timeline) = self.recorder.finish();
        Report { tally, timeline, cpu, caught_up_ns, unsent, interrupted, ended_ns: now }
    }

    fn is_open_model(&self) -> bool {
        self.job.schedule.feed().is_some()
    }

    /// Whether all that was begun has ended, and nothing more is to begin.
    fn has_nothing_left(&self) -> bool {
        self.busy == 0 && (!self.is_open_model() || self.docket.is_exhausted())
    }

    /// The next flow of this worker, by a number that no other worker has.
    fn next_flow(&mut self) -> (u64, usize) {
        let number = self.flows * u64::from(self.job.config.threads) + self.index as u64;
        self.flows += 1;
        (number, self.job.book.first(number))
    }

    fn begun(&mut self, exchange: Exchange) -> Exchange {
        self.progress().one_sent();
        self.busy += 1;
        exchange
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

    fn progress(&self) -> &WorkerProgress {
        &self.job.progress.workers[self.index]
    }
}

/// Which slots start when.
fn first_agenda(job: &Job, index: usize, slots: usize, most_slots: usize) -> Agenda {
    let Model::Closed(ClosedModel { spawn_rate: Some(rate), .. }) = job.config.model else {
        return Agenda::new(slots, most_slots);
    };
    let mut agenda = Agenda::new(0, 0);
    for slot in 0..slots {
        // Slots are dealt out like cards, so that every thread has its part of those that start first.
        let number = slot * job.config.threads as usize + index;
        let after = Duration::try_from_secs_f64(number as f64 / rate).unwrap_or(Duration::MAX);
        agenda.start_at(slot, job.started_ns.saturating_add(duration_ns(after)));
    }
    agenda
}
