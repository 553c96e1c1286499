//! What a finished load says of itself: the workers' reports put together and the account checked.
//!
//! Counts and distributions only. Whether they are good enough to compare is for the reader to judge.

use crate::clock::duration_ns;
use crate::error::LoadError;
use crate::histogram::Histogram;
use crate::outcome::ErrorClass;
use crate::recorder::Tally;
use crate::timeline::{self, TimelineBucket};
use crate::worker::{Job, Report};
use std::collections::BTreeMap;

/// The name under which timeouts stand among the errors.
const TIMEOUT: &str = "timeout";

/// The measured window of one load. Always: `sent = ok + http_errors + transport_errors + timeouts + censored`.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadResult {
    /// When the measured window began, on the clock of [`crate::now_ns`].
    pub window_start_ns: u64,
    /// When it ended: as asked for in a timed load, with the last answer in a counted one, earlier when interrupted.
    pub window_end_ns: u64,
    /// Whether the load was stopped before its end.
    pub interrupted: bool,
    /// Connections asked for.
    pub connections_requested: u64,
    /// Most connections that were established at the same time, warm-up included.
    pub connections_established: u64,
    /// Connections established in all, warm-up included.
    pub connections_opened: u64,
    /// Measured requests: those begun inside the window, be it by sending or by connecting in order to send.
    pub sent: u64,
    /// Answers with a status of 200 to 299.
    pub ok: u64,
    /// Complete answers with any other status; redirects are not followed.
    pub http_errors: u64,
    /// Requests that can get no complete answer any more; [`Self::error_counts`] says why.
    pub transport_errors: u64,
    /// Requests given up after the timeout.
    pub timeouts: u64,
    /// Requests still unfinished when the drain ended or the load was stopped.
    pub censored: u64,
    /// Answers by status.
    pub status_counts: BTreeMap<u16, u64>,
    /// Transport errors by the name of their class, and timeouts as `timeout`. Classes that did not occur are absent.
    pub error_counts: BTreeMap<&'static str, u64>,
    /// Requests sent a second time because the target had closed an idle kept-alive connection. Not errors.
    pub idle_close_retries: u64,
    /// Answers of status 200 to 299 completed inside the window: the numerator of the throughput. In a timed load it
    /// includes answers to requests of the warm-up, as it misses those that were answered after the end.
    pub ok_in_window: u64,
    /// Bytes received for measured requests, heads and framing included.
    pub bytes_received: u64,
    /// Requests begun before the window; in no other figure but the connection counts.
    pub warmup_requests: u64,
    /// From the first byte sent to the last byte received: ok answers, and timeouts as at least the timeout.
    pub service: Histogram,
    /// The same for answers of other statuses, kept apart so that a fast refusal is no fast answer.
    pub http_error_service: Histogram,
    /// From the first byte sent to the first byte received, of all complete answers.
    pub ttfb: Histogram,
    /// Time to open a connection, of those begun inside the window.
    pub connect: Histogram,
    /// What the generator itself used.
    pub client: ClientCpu,
    /// The measured window in slices.
    pub timeline: Vec<TimelineBucket>,
}

/// CPU time of the client threads, user and system together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientCpu {
    /// Inside the measured window, in nanoseconds.
    pub window_ns: u64,
    /// From start to end, warm-up and drain included, in nanoseconds.
    pub total_ns: u64,
    /// Client threads.
    pub threads: u32,
}

impl LoadResult {
    /// Length of the measured window in nanoseconds.
    #[must_use]
    pub fn window_ns(&self) -> u64 {
        self.window_end_ns - self.window_start_ns
    }

    /// [`Self::ok_in_window`] per second. `None` when the load was stopped before its window began.
    #[must_use]
    pub fn throughput_rps(&self) -> Option<f64> {
        let window_ns = self.window_ns();
        (window_ns > 0).then(|| self.ok_in_window as f64 * 1e9 / window_ns as f64)
    }

    /// Put the workers' reports together.
    pub(crate) fn assemble(job: &Job, reports: &[Report]) -> Result<Self, LoadError> {
        let mut tally = Tally::new();
        for report in reports {
            tally.add(&report.tally);
        }
        let interrupted = reports.iter().any(|report| report.interrupted);
        let (window_start_ns, window_end_ns) = window(job, reports, &tally, interrupted);
        let timelines: Vec<_> = reports.iter().map(|report| report.timeline.as_slice()).collect();
        let interval_ns = duration_ns(job.config.timeline_interval);
        let result = Self {
            window_start_ns,
            window_end_ns,
            interrupted,
            connections_requested: u64::from(job.config.connections),
            connections_established: job.progress.connections.peak(),
            connections_opened: job.progress.connections.opened(),
            sent: tally.sent,
            ok: tally.ok,
            http_errors: tally.http_errors,
            transport_errors: tally.transport_errors,
            timeouts: tally.timeouts,
            censored: tally.censored,
            status_counts: (0..)
                .zip(&tally.statuses)
                .filter(|(_, count)| **count > 0)
                .map(|(status, count)| (status, *count))
                .collect(),
            error_counts: error_counts(&tally),
            idle_close_retries: tally.idle_close_retries,
            ok_in_window: tally.ok_in_window,
            bytes_received: tally.bytes_received,
            warmup_requests: tally.warmup_requests,
            service: tally.service,
            http_error_service: tally.http_error_service,
            ttfb: tally.ttfb,
            connect: tally.connect,
            client: ClientCpu {
                window_ns: reports.iter().map(|report| report.window_cpu_ns).sum(),
                total_ns: reports.iter().map(|report| report.total_cpu_ns).sum(),
                threads: job.config.threads,
            },
            timeline: timeline::merge(&timelines, window_end_ns - window_start_ns, interval_ns),
        };
        result.check_account()?;
        Ok(result)
    }

    fn check_account(&self) -> Result<(), LoadError> {
        let concluded = self.ok + self.http_errors + self.transport_errors + self.timeouts + self.censored;
        if concluded == self.sent {
            return Ok(());
        }
        Err(LoadError::new(
            "account",
            format!("{} requests sent, {concluded} concluded", self.sent),
            "sent = ok + http errors + transport errors + timeouts + censored",
            "this is a bug of the generator: report it with the configuration of the load",
        ))
    }
}

fn window(job: &Job, reports: &[Report], tally: &Tally, interrupted: bool) -> (u64, u64) {
    let ended_ns = reports.iter().map(|report| report.ended_ns).max().unwrap_or(0);
    let end_ns = match job.schedule.window_end_ns() {
        Some(end_ns) => end_ns.min(ended_ns),
        None if interrupted || tally.censored > 0 => ended_ns,
        None => tally.last_conclusion_ns,
    };
    // Stopped amid the warm-up: the window never began, and is empty.
    (job.schedule.window_start_ns().min(end_ns), end_ns)
}

fn error_counts(tally: &Tally) -> BTreeMap<&'static str, u64> {
    ErrorClass::ALL
        .into_iter()
        .map(|class| (class.name(), tally.errors[class.index()]))
        .chain([(TIMEOUT, tally.timeouts)])
        .filter(|(_, count)| *count > 0)
        .collect()
}
