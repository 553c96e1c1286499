//! What the open model adds to a record: times from the due time on, and what became of arrivals that were never sent.
//!
//! Decides which arrivals count as backlog, and at what least time a request enters the histogram that got no answer.
//! Nothing is allocated per request; the counts per bucket grow with the window.

use crate::clock::duration_ns;
use crate::config::LoadConfig;
use crate::docket::Dispatch;
use crate::feed::Arrival;
use crate::histogram::Histogram;
use crate::outcome::Outcome;
use crate::recorder::Exchange;
use crate::schedule::Schedule;

/// A request that could have gone this long before the end of the window was not cut off by that end.
const EDGE_NS: u64 = 1_000_000;

/// Why an arrival was given up before it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsent {
    /// Its timeout passed while it waited for a connection.
    TimedOut,
    /// It waited longer than the backlog may.
    Shed,
    /// The load ended.
    Censored,
}

/// Of measured arrivals, but for the backlog, which holds what it holds.
#[derive(Debug)]
pub(crate) struct OpenTally {
    /// By request of the load's book, E - I of ok answers; of timeouts and censored requests, the least that it can be.
    /// What was never sent is in that of the request it would have begun with.
    pub(crate) responses: Vec<Histogram>,
    /// S - I.
    pub(crate) wait: Histogram,
    /// The part of it in which a connection was idle.
    pub(crate) lag: Histogram,
    /// Given up unsent, by [`Unsent`].
    pub(crate) unsent: [u64; 3],
    /// Due before the window began, and still in no connection's hands then.
    pub(crate) backlog_start: u64,
    /// Due before the horizon, and still in no connection's hands then.
    pub(crate) backlog_end: u64,
    /// Those of the latter for which there was a connection in time.
    pub(crate) neglected: u64,
    /// Answers and transport errors inside the window.
    pub(crate) served_in_window: u64,
    /// Answers of any status inside the window.
    pub(crate) answered_in_window: u64,
    /// Arrivals due, by bucket of the timeline.
    pub(crate) due: Vec<u64>,
    /// Arrivals that left the backlog, by bucket of the timeline.
    pub(crate) left: Vec<u64>,
}

/// The instants that an [`OpenTally`] goes by.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "the unit belongs into the name")]
pub(crate) struct Marks {
    pub(crate) window_start_ns: u64,
    /// When arrivals end.
    pub(crate) horizon_ns: u64,
    pub(crate) interval_ns: u64,
    pub(crate) timeout_ns: u64,
}

impl Marks {
    /// `None` in the closed model.
    pub(crate) fn of(config: &LoadConfig, schedule: &Schedule) -> Option<Self> {
        Some(Self {
            window_start_ns: schedule.window_start_ns(),
            horizon_ns: schedule.feed()?.horizon_ns(),
            interval_ns: duration_ns(config.timeline_interval),
            timeout_ns: duration_ns(config.timeout),
        })
    }
}

/// Keeps an [`OpenTally`].
#[derive(Debug)]
pub(crate) struct OpenRecorder {
    marks: Marks,
    tally: OpenTally,
}

impl OpenRecorder {
    /// For a load of so many requests in its book.
    pub(crate) fn new(marks: Marks, requests: usize) -> Self {
        Self { marks, tally: OpenTally::new(requests) }
    }

    pub(crate) fn dispatched(&mut self, dispatch: &Dispatch) {
        self.leaves_backlog(dispatch.arrival, dispatch.at_ns);
        let horizon_ns = self.marks.horizon_ns;
        if dispatch.at_ns >= horizon_ns && dispatch.possible_ns.saturating_add(EDGE_NS) < horizon_ns {
            self.tally.neglected += 1;
        }
        if dispatch.arrival.measured {
            self.tally.lag.record_ns(dispatch.lag_ns());
        }
    }

    /// A request that follows another one on its connection: due at once, and sent at once.
    pub(crate) fn followed(&mut self, measured: bool, now_ns: u64) {
        if measured {
            let bucket = self.bucket(now_ns);
            count_in(&mut self.tally.due, bucket);
        }
        if now_ns >= self.marks.window_start_ns {
            let bucket = self.bucket(now_ns);
            count_in(&mut self.tally.left, bucket);
        }
    }

    /// An arrival whose flow would have begun with `request` of the book.
    pub(crate) fn given_up(&mut self, arrival: Arrival, request: usize, why: Unsent, now_ns: u64) {
        self.leaves_backlog(arrival, now_ns);
        if !arrival.measured {
            return;
        }
        self.tally.unsent[why as usize] += 1;
        let waited_ns = now_ns.saturating_sub(arrival.due_ns);
        let response = &mut self.tally.responses[request];
        match why {
            Unsent::TimedOut => response.record_ns(waited_ns.max(self.marks.timeout_ns)),
            Unsent::Censored => response.record_ns(waited_ns),
            Unsent::Shed => {}
        }
    }

    /// A request of the window, or one of the warm-up that ended inside of it.
    pub(crate) fn ended_in_window(&mut self, outcome: Outcome) {
        let is_answer = matches!(outcome, Outcome::Ok { .. } | Outcome::HttpError { .. });
        self.tally.answered_in_window += u64::from(is_answer);
        self.tally.served_in_window += u64::from(is_answer || matches!(outcome, Outcome::Failed(_)));
    }

    pub(crate) fn concluded(&mut self, exchange: &Exchange, outcome: Outcome, now_ns: u64) {
        if let Some(sent_ns) = exchange.sent_ns {
            self.tally.wait.record_ns(sent_ns.saturating_sub(exchange.due_ns));
        }
        let response_ns = now_ns.saturating_sub(exchange.due_ns);
        let response = &mut self.tally.responses[exchange.request];
        match outcome {
            Outcome::Ok { .. } | Outcome::Censored => response.record_ns(response_ns),
            // That it was noticed late must not make it look early.
            Outcome::TimedOut => response.record_ns(response_ns.max(self.marks.timeout_ns)),
            Outcome::HttpError { .. } | Outcome::Failed(_) => {}
        }
    }

    pub(crate) fn finish(self) -> OpenTally {
        self.tally
    }

    fn leaves_backlog(&mut self, arrival: Arrival, now_ns: u64) {
        let Marks { window_start_ns, horizon_ns, .. } = self.marks;
        self.tally.backlog_start += u64::from(arrival.due_ns < window_start_ns && now_ns >= window_start_ns);
        self.tally.backlog_end += u64::from(arrival.due_ns < horizon_ns && now_ns >= horizon_ns);
        if arrival.measured {
            let bucket = self.bucket(arrival.due_ns);
            count_in(&mut self.tally.due, bucket);
        }
        if now_ns >= window_start_ns {
            let bucket = self.bucket(now_ns);
            count_in(&mut self.tally.left, bucket);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "buckets are at least 10 ms wide, loads last a day at most")]
    fn bucket(&self, instant_ns: u64) -> usize {
        ((instant_ns - self.marks.window_start_ns) / self.marks.interval_ns) as usize
    }
}

fn count_in(buckets: &mut Vec<u64>, bucket: usize) {
    if buckets.len() <= bucket {
        buckets.resize(bucket + 1, 0);
    }
    buckets[bucket] += 1;
}

impl OpenTally {
    pub(crate) fn new(requests: usize) -> Self {
        Self {
            responses: vec![Histogram::new(); requests],
            wait: Histogram::new(),
            lag: Histogram::new(),
            unsent: [0; 3],
            backlog_start: 0,
            backlog_end: 0,
            neglected: 0,
            served_in_window: 0,
            answered_in_window: 0,
            due: Vec::new(),
            left: Vec::new(),
        }
    }

    /// Add another worker's.
    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, one) in self.responses.iter_mut().zip(&other.responses) {
            sum.merge(one);
        }
        self.wait.merge(&other.wait);
        self.lag.merge(&other.lag);
        for (sum, count) in self.unsent.iter_mut().zip(other.unsent) {
            *sum += count;
        }
        self.backlog_start += other.backlog_start;
        self.backlog_end += other.backlog_end;
        self.neglected += other.neglected;
        self.served_in_window += other.served_in_window;
        self.answered_in_window += other.answered_in_window;
        for (sums, counts) in [(&mut self.due, &other.due), (&mut self.left, &other.left)] {
            sums.resize(sums.len().max(counts.len()), 0);
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += count;
            }
        }
    }

    /// Of all requests together.
    pub(crate) fn response(&self) -> Histogram {
        let mut all = Histogram::new();
        for one in &self.responses {
            all.merge(one);
        }
        all
    }

    pub(crate) fn unsent(&self, why: Unsent) -> u64 {
        self.unsent[why as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorder() -> OpenRecorder {
        let marks = Marks { window_start_ns: 100, horizon_ns: 10_000_000, interval_ns: 1_000_000, timeout_ns: 500 };
        OpenRecorder::new(marks, 2)
    }

    fn dispatch(due_ns: u64, at_ns: u64, idle_since_ns: u64) -> Dispatch {
        let arrival = Arrival { due_ns, measured: due_ns >= 100, number: 0 };
        Dispatch { arrival, at_ns, possible_ns: due_ns.max(idle_since_ns) }
    }

    #[test]
    fn what_leaves_the_backlog_after_an_instant_was_in_it_at_that_instant() {
        let mut open = recorder();
        open.dispatched(&dispatch(50, 90, 0));
        open.dispatched(&dispatch(60, 100, 0));
        open.dispatched(&dispatch(9_000_000, 12_000_000, 11_999_999));
        open.dispatched(&dispatch(8_000_000, 12_000_000, 0));
        open.given_up(Arrival { due_ns: 9_999_999, measured: true, number: 0 }, 0, Unsent::Censored, 13_000_000);

        let tally = open.finish();
        assert_eq!((tally.backlog_start, tally.backlog_end, tally.neglected), (1, 3, 1));
        assert_eq!((tally.due.iter().sum::<u64>(), tally.left.iter().sum::<u64>()), (3, 4));
        assert_eq!(tally.lag.count(), 2);
    }

    #[test]
    fn what_got_no_answer_enters_with_the_least_that_it_can_be() {
        let mut open = recorder();
        let exchange = Exchange { measured: true, due_ns: 1_000, ..Exchange::default() };
        open.concluded(&exchange, Outcome::TimedOut, 1_400);
        open.concluded(&exchange, Outcome::Censored, 1_300);
        open.given_up(Arrival { due_ns: 1_000, measured: true, number: 0 }, 1, Unsent::TimedOut, 1_700);
        open.given_up(Arrival { due_ns: 1_000, measured: true, number: 0 }, 1, Unsent::Shed, 1_700);

        let tally = open.finish();
        let recorded = |times: &Histogram| times.recorded().collect::<Vec<_>>();
        assert_eq!(recorded(&tally.responses[0]), [(300, 1), (500, 1)]);
        assert_eq!(recorded(&tally.responses[1]), [(700, 1)]);
        assert_eq!(recorded(&tally.response()), [(300, 1), (500, 1), (700, 1)]);
        assert_eq!((tally.unsent(Unsent::TimedOut), tally.unsent(Unsent::Shed), tally.wait.count()), (1, 1, 0));
    }
}
