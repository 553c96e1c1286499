//! What one worker counts and times, request by request.
//!
//! Decides which figure an event enters: requests belong to the measured window by when they were sent (in the open
//! model, due), throughput and timeline by when things happened. Nothing is allocated per request.

use crate::clock::duration_ns;
use crate::config::LoadConfig;
use crate::docket::Dispatch;
use crate::expectation::Seen;
use crate::feed::Arrival;
use crate::histogram::Histogram;
use crate::outcome::{ErrorClass, Outcome, Unexpected};
use crate::response::{Marks, OpenRecorder, OpenTally, Unsent};
use crate::schedule::Schedule;
use crate::timeline::{Event, Slice, TimelineRecorder};

/// Statuses have three digits.
const STATUSES: usize = 1_000;

/// One request on its way, as the recorder needs to know it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Exchange {
    pub(crate) measured: bool,
    /// Of its flow.
    pub(crate) number: u64,
    /// Which request of the load's book it is.
    pub(crate) request: usize,
    /// I: when it was due; in the closed model, when it was begun.
    pub(crate) due_ns: u64,
    /// S: when the first byte was first handed to the kernel, if it was.
    pub(crate) sent_ns: Option<u64>,
    /// F: when the first byte of the answer was read, if one was.
    pub(crate) first_byte_ns: Option<u64>,
    pub(crate) received_bytes: u64,
}

/// Counts and times of measured requests only, but for the two fields that say otherwise.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) warmup_requests: u64,
    /// By request of the load's book. Requests that were never sent are in none.
    pub(crate) endpoints: Vec<EndpointTally>,
    /// Answers with a status of 200 to 299 that were completed inside the window, whenever they were asked for.
    pub(crate) ok_in_window: u64,
    pub(crate) statuses: Vec<u64>,
    pub(crate) errors: [u64; ErrorClass::ALL.len()],
    pub(crate) unexpected: [u64; Unexpected::ALL.len()],
    pub(crate) idle_close_retries: u64,
    pub(crate) bytes_received: u64,
    /// The first answer that failed an expectation, warm-up included, in words.
    pub(crate) first_unexpected: Option<String>,
    pub(crate) last_conclusion_ns: u64,
    pub(crate) ttfb: Histogram,
    pub(crate) connect: Histogram,
    /// `None` in the closed model.
    pub(crate) open: Option<Box<OpenTally>>,
}

/// What became of one request of the load's book.
#[derive(Debug, Clone)]
pub(crate) struct EndpointTally {
    pub(crate) sent: u64,
    pub(crate) ok: u64,
    pub(crate) http_errors: u64,
    /// Those of the latter that failed an expectation.
    pub(crate) unexpected: u64,
    pub(crate) transport_errors: u64,
    pub(crate) timeouts: u64,
    pub(crate) censored: u64,
    pub(crate) service: Histogram,
    pub(crate) http_error_service: Histogram,
}

/// Keeps a [`Tally`] and a timeline.
#[derive(Debug)]
pub(crate) struct Recorder {
    window_start_ns: u64,
    /// `None` in a counted load: its window ends with its last answer.
    window_end_ns: Option<u64>,
    timeout_ns: u64,
    tally: Tally,
    timeline: TimelineRecorder,
    open: Option<OpenRecorder>,
}

impl Recorder {
    pub(crate) fn new(config: &LoadConfig, schedule: &Schedule, endpoints: usize) -> Self {
        let window_start_ns = schedule.window_start_ns();
        let (timeout_ns, interval_ns) = (duration_ns(config.timeout), duration_ns(config.timeline_interval));
        let open = Marks::of(config, schedule).map(|marks| OpenRecorder::new(marks, endpoints));
        Self {
            window_start_ns,
            window_end_ns: schedule.window_end_ns(),
            timeout_ns,
            tally: Tally::new(endpoints),
            timeline: TimelineRecorder::new(window_start_ns, interval_ns, open.is_some()),
            open,
        }
    }

    pub(crate) fn sent(&mut self, measured: bool, request: usize, now_ns: u64) {
        if measured {
            self.tally.endpoints[request].sent += 1;
            // What waited for a connection until after the window is sent in the drain.
            if self.window_holds(now_ns) {
                self.timeline.count(Event::Sent, now_ns);
            }
        } else {
            self.tally.warmup_requests += 1;
        }
    }

    /// Open model: an arrival was given to a connection.
    pub(crate) fn dispatched(&mut self, dispatch: &Dispatch, request: usize) {
        if let Some(open) = &mut self.open {
            open.dispatched(dispatch);
        }
        self.sent(dispatch.arrival.measured, request, dispatch.at_ns);
    }

    /// Open model: a request follows another one of its flow.
    pub(crate) fn followed(&mut self, measured: bool, request: usize, now_ns: u64) {
        if let Some(open) = &mut self.open {
            open.followed(measured, now_ns);
        }
        self.sent(measured, request, now_ns);
    }

    /// Open model: an arrival will not be sent, whose flow would have begun with this request.
    pub(crate) fn given_up(&mut self, arrival: Arrival, request: usize, why: Unsent, now_ns: u64) {
        if let Some(open) = &mut self.open {
            open.given_up(arrival, request, why, now_ns);
        }
        if why == Unsent::TimedOut && arrival.measured && self.window_holds(now_ns) {
            self.timeline.count(Event::Timeout, now_ns);
            self.timeline.record_response_ns(now_ns.saturating_sub(arrival.due_ns).max(self.timeout_ns));
        }
    }

    pub(crate) fn connected(&mut self, started_ns: u64, now_ns: u64) {
        if self.window_holds(started_ns) {
            self.tally.connect.record_ns(now_ns - started_ns);
        }
    }

    /// Keep the first answer that failed an expectation, so that somebody can do something about it.
    pub(crate) fn describe(&mut self, unexpected: Unexpected, request: &str, status: u16, seen: &Seen) {
        self.tally.first_unexpected.get_or_insert_with(|| {
            let what = unexpected.name();
            format!("{request}: {what}: the answer has status {status}, {}", seen.shown())
        });
    }

    pub(crate) fn idle_close_retry(&mut self, measured: bool) {
        self.tally.idle_close_retries += u64::from(measured);
    }

    /// The one place where a request ends.
    pub(crate) fn concluded(&mut self, exchange: &Exchange, outcome: Outcome, now_ns: u64) {
        self.count_event(exchange.measured, outcome, now_ns);
        if exchange.measured {
            self.count_measured(exchange, outcome, now_ns);
        }
    }

    pub(crate) fn finish(mut self) -> (Tally, Vec<Slice>) {
        self.tally.open = self.open.map(|open| Box::new(open.finish()));
        (self.tally, self.timeline.finish())
    }

    fn window_holds(&self, instant_ns: u64) -> bool {
        instant_ns >= self.window_start_ns && self.window_end_ns.is_none_or(|end_ns| instant_ns < end_ns)
    }

    /// Throughput and timeline. In a timed load, an answer to a warm-up request that comes inside the window counts as
    /// work done inside it, as one that comes after the end does not. In a counted load exactly the counted ones count.
    fn count_event(&mut self, measured: bool, outcome: Outcome, now_ns: u64) {
        if !self.window_holds(now_ns) || !(measured || self.window_end_ns.is_some()) {
            return;
        }
        if let Some(open) = &mut self.open {
            open.ended_in_window(outcome);
        }
        let event = match outcome {
            Outcome::Ok { .. } => {
                self.tally.ok_in_window += 1;
                Event::Ok
            }
            Outcome::HttpError { .. } | Outcome::Failed(_) => Event::Error,
            Outcome::TimedOut => Event::Timeout,
            Outcome::Censored => return,
        };
        self.timeline.count(event, now_ns);
    }

    /// The response time of what ended in the window, as the whole window's distribution has it.
    fn time_response(&mut self, exchange: &Exchange, outcome: Outcome, now_ns: u64) {
        let least_ns = match outcome {
            Outcome::Ok { .. } => 0,
            Outcome::TimedOut => self.timeout_ns,
            Outcome::HttpError { .. } | Outcome::Failed(_) | Outcome::Censored => return,
        };
        if self.window_holds(now_ns) {
            self.timeline.record_response_ns(now_ns.saturating_sub(exchange.due_ns).max(least_ns));
        }
    }

    fn count_measured(&mut self, exchange: &Exchange, outcome: Outcome, now_ns: u64) {
        if let Some(open) = &mut self.open {
            open.concluded(exchange, outcome, now_ns);
        }
        self.time_response(exchange, outcome, now_ns);
        let tally = &mut self.tally;
        tally.bytes_received += exchange.received_bytes;
        tally.last_conclusion_ns = now_ns;
        let endpoint = &mut tally.endpoints[exchange.request];
        let mut service_ns = exchange.sent_ns.map(|sent_ns| now_ns - sent_ns);
        match outcome {
            Outcome::Ok { status } => {
                tally.statuses[usize::from(status)] += 1;
                endpoint.ok += 1;
            }
            Outcome::HttpError { status, unexpected } => {
                tally.statuses[usize::from(status)] += 1;
                endpoint.http_errors += 1;
                if let Some(unexpected) = unexpected {
                    endpoint.unexpected += 1;
                    tally.unexpected[unexpected.index()] += 1;
                }
            }
            Outcome::Failed(class) => {
                endpoint.transport_errors += 1;
                tally.errors[class.index()] += 1;
                return;
            }
            Outcome::TimedOut => {
                endpoint.timeouts += 1;
                if self.open.is_none() {
                    // At least the timeout: that it was noticed late must not make it look early. In the open model it
                    // counts from the due time, and the service has lasted as long as it has, at least.
                    service_ns = Some(service_ns.unwrap_or(0).max(self.timeout_ns));
                }
            }
            Outcome::Censored => {
                endpoint.censored += 1;
                return;
            }
        }
        let Some(service_ns) = service_ns else { return };
        if matches!(outcome, Outcome::HttpError { .. }) {
            endpoint.http_error_service.record_ns(service_ns);
        } else {
            endpoint.service.record_ns(service_ns);
            if self.window_holds(now_ns) {
                self.timeline.record_service_ns(service_ns);
            }
        }
        if let (Some(sent_ns), Some(first_byte_ns), false) =
            (exchange.sent_ns, exchange.first_byte_ns, outcome == Outcome::TimedOut)
        {
            self.tally.ttfb.record_ns(first_byte_ns - sent_ns);
        }
    }
}

impl Tally {
    pub(crate) fn new(endpoints: usize) -> Self {
        Self {
            warmup_requests: 0,
            endpoints: vec![EndpointTally::new(); endpoints],
            ok_in_window: 0,
            statuses: vec![0; STATUSES],
            errors: [0; ErrorClass::ALL.len()],
            unexpected: [0; Unexpected::ALL.len()],
            idle_close_retries: 0,
            bytes_received: 0,
            first_unexpected: None,
            last_conclusion_ns: 0,
            ttfb: Histogram::new(),
            connect: Histogram::new(),
            open: None,
        }
    }

    /// Add another worker's.
    pub(crate) fn add(&mut self, other: &Self) {
        self.warmup_requests += other.warmup_requests;
        for (sum, one) in self.endpoints.iter_mut().zip(&other.endpoints) {
            sum.add(one);
        }
        self.ok_in_window += other.ok_in_window;
        for (sum, count) in self.statuses.iter_mut().zip(&other.statuses) {
            *sum += count;
        }
        for (sum, count) in self.errors.iter_mut().zip(other.errors) {
            *sum += count;
        }
        for (sum, count) in self.unexpected.iter_mut().zip(other.unexpected) {
            *sum += count;
        }
        self.idle_close_retries += other.idle_close_retries;
        self.bytes_received += other.bytes_received;
        if self.first_unexpected.is_none() {
            self.first_unexpected.clone_from(&other.first_unexpected);
        }
        self.last_conclusion_ns = self.last_conclusion_ns.max(other.last_conclusion_ns);
        self.ttfb.merge(&other.ttfb);
        self.connect.merge(&other.connect);
        if let Some(other) = &other.open {
            let requests = self.endpoints.len();
            self.open.get_or_insert_with(|| Box::new(OpenTally::new(requests))).add(other);
        }
    }
}

impl EndpointTally {
    pub(crate) fn new() -> Self {
        Self {
            sent: 0,
            ok: 0,
            http_errors: 0,
            unexpected: 0,
            transport_errors: 0,
            timeouts: 0,
            censored: 0,
            service: Histogram::new(),
            http_error_service: Histogram::new(),
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.ok += other.ok;
        self.http_errors += other.http_errors;
        self.unexpected += other.unexpected;
        self.transport_errors += other.transport_errors;
        self.timeouts += other.timeouts;
        self.censored += other.censored;
        self.service.merge(&other.service);
        self.http_error_service.merge(&other.http_error_service);
    }
}
