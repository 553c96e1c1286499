//! What a finished load says of itself: the workers' reports put together and the account checked.
//!
//! Counts, distributions and the verdict on the load itself. Whether they are good enough to compare is for the reader
//! to judge.

use crate::clock::duration_ns;
use crate::cpu::CpuUse;
use crate::desk::{Job, Report};
use crate::docket::Patience;
use crate::error::LoadError;
use crate::histogram::Histogram;
use crate::model::{Backlog, Model, OpenModel};
use crate::outcome::{ErrorClass, Unexpected};
use crate::recorder::{EndpointTally, Tally};
use crate::response::{Marks, OpenRecorder, Unsent};
use crate::timeline::{self, TimelineBucket};
use crate::verdict::{self, Evidence, OpenEvidence, Verdict};
use std::collections::BTreeMap;
use std::iter;

/// The name under which timeouts stand among the errors.
const TIMEOUT: &str = "timeout";

/// The measured window of one load. Always:
/// `scheduled = ok + http_errors + transport_errors + timeouts + shed + censored`.
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
    /// Requests due inside the window; in the closed model, those sent.
    pub scheduled: u64,
    /// Measured requests that were begun, be it by sending or by connecting in order to send. In the open model they
    /// are measured if they were due inside the window, in the closed one if they were begun inside of it.
    pub sent: u64,
    /// Complete answers that are what was expected; where nothing was stated, those of status 200 to 299.
    pub ok: u64,
    /// All other complete answers; redirects are not followed.
    pub http_errors: u64,
    /// Those of them that failed an expectation. `None` when none was stated.
    pub unexpected: Option<u64>,
    /// The first answer that failed an expectation, in words.
    pub first_unexpected: Option<String>,
    /// Requests that can get no complete answer any more; [`Self::error_counts`] says why.
    pub transport_errors: u64,
    /// Requests given up after the timeout; in the open model, sent or not.
    pub timeouts: u64,
    /// Open model: requests dropped unsent, by [`crate::Backlog::Shed`].
    pub shed: u64,
    /// Requests still unfinished when the drain ended or the load was stopped; in the open model, sent or not.
    pub censored: u64,
    /// Answers by status.
    pub status_counts: BTreeMap<u16, u64>,
    /// Transport errors by the name of their class, timeouts as `timeout`, and answers that failed an expectation as
    /// `unexpected_status` and the like. Classes that did not occur are absent.
    pub error_counts: BTreeMap<&'static str, u64>,
    /// What the first TLS failure of the load was, warm-up included, such as `invalid peer certificate: UnknownIssuer`.
    pub first_tls_error: Option<String>,
    /// Requests sent a second time because the target had closed an idle kept-alive connection. Not errors.
    pub idle_close_retries: u64,
    /// Ok answers completed inside the window: the numerator of the throughput. In a timed load it
    /// includes answers to requests of the warm-up, as it misses those that were answered after the end.
    pub ok_in_window: u64,
    /// Bytes received for measured requests, heads and framing included; over HTTP/2, of bodies only.
    pub bytes_received: u64,
    /// Requests begun (open model: due) before the window; in no other figure but the connection counts.
    pub warmup_requests: u64,
    /// From the first byte sent to the last byte received: ok answers, and timeouts as at least the timeout (in the open
    /// model, where that counts from the due time, as long as they lasted from the send, if they were sent).
    pub service: Histogram,
    /// The same for all other answers, kept apart so that a fast refusal is no fast answer.
    pub http_error_service: Histogram,
    /// From the first byte sent to the first byte received, of all complete answers.
    pub ttfb: Histogram,
    /// Time to open a connection, of those begun inside the window.
    pub connect: Histogram,
    /// The same account for each request of the flows, in their order.
    pub endpoints: Vec<Endpoint>,
    /// What only the open model can say.
    pub open: Option<OpenResult>,
    /// Whether the target kept up with what was offered; `None` in the closed model.
    pub steady: Option<bool>,
    /// What the figures may be used for.
    pub verdict: Verdict,
    /// Why, in a sentence; empty when all is well.
    pub verdict_reason: String,
    /// What the generator itself used.
    pub client: ClientCpu,
    /// The measured window in slices.
    pub timeline: Vec<TimelineBucket>,
}

/// What became of one request of the flows. `sent = ok + http_errors + transport_errors + timeouts + censored`.
///
/// Open model: what was never sent is in no endpoint's account, and in the response times of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// As stated, or method and path.
    pub name: String,
    /// As in [`LoadResult::sent`].
    pub sent: u64,
    /// As in [`LoadResult::ok`].
    pub ok: u64,
    /// As in [`LoadResult::http_errors`].
    pub http_errors: u64,
    /// As in [`LoadResult::unexpected`], 0 when nothing was stated.
    pub unexpected: u64,
    /// As in [`LoadResult::transport_errors`].
    pub transport_errors: u64,
    /// Given up after the timeout, once sent.
    pub timeouts: u64,
    /// Unfinished at the end, once sent.
    pub censored: u64,
    /// As in [`LoadResult::service`].
    pub service: Histogram,
    /// As in [`LoadResult::http_error_service`].
    pub http_error_service: Histogram,
    /// As in [`OpenResult::response`]: it alone knows of what was never sent, where the flow would have begun with this
    /// request. `None` in the closed model.
    pub response: Option<Histogram>,
}

/// Times from the due time on, and what was left waiting.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenResult {
    /// Requests due per second of the window.
    pub offered_rps: f64,
    /// E - I, from the due time to the last byte received: ok answers, timeouts as at least the timeout, censored
    /// requests as at least what they had lasted.
    pub response: Histogram,
    /// S - I, from the due time to the first byte sent, of requests sent.
    pub wait: Histogram,
    /// The part of the delay for which the generator is to blame: a connection was idle, and the request was due.
    pub lag: Histogram,
    /// Requests due and in no connection's hands when the window began.
    pub backlog_start: u64,
    /// The same when the last request had become due.
    pub backlog_end: u64,
}

/// CPU time of the client threads, user and system together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientCpu {
    /// Inside the measured window, in nanoseconds.
    pub window_ns: u64,
    /// From start to end, warm-up and drain included, in nanoseconds.
    pub total_ns: u64,
    /// Of the first, what was spent waiting awake for the next due time. The verdict does not count it as work.
    pub spin_ns: u64,
    /// Inside the window, how long the threads were ready to run while others had the CPU, in nanoseconds; 0 where the
    /// kernel does not tell.
    pub waited_ns: u64,
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

    /// The share of the times recorded that are no more than a lower bound: timeouts and censored requests, among them
    /// and the ok answers. 0 when there are none of either.
    #[must_use]
    pub fn censored_share(&self) -> f64 {
        let bounds = self.timeouts + self.censored;
        bounds as f64 / (self.ok + bounds).max(1) as f64
    }

    /// Put the workers' reports together.
    pub(crate) fn assemble(job: &Job, reports: &[Report]) -> Result<Self, LoadError> {
        let mut tally = Tally::new(job.book.requests().len());
        for report in reports {
            tally.add(&report.tally);
        }
        let unsent = add_unsent(job, reports, &mut tally);
        let mut all = EndpointTally::new();
        for endpoint in &tally.endpoints {
            all.add(endpoint);
        }
        let unsent_for = |why| tally.open.as_ref().map_or(0, |open| open.unsent(why));
        let (timeouts, censored) =
            (all.timeouts + unsent_for(Unsent::TimedOut), all.censored + unsent_for(Unsent::Censored));
        let shed = unsent_for(Unsent::Shed);
        let interrupted = reports.iter().any(|report| report.interrupted);
        let (window_start_ns, window_end_ns) =
            window(job, reports, tally.last_conclusion_ns, interrupted || censored > 0);
        let window_ns = window_end_ns - window_start_ns;
        let cpu = CpuUse::sum(reports.iter().map(|report| report.cpu));
        let client = ClientCpu {
            window_ns: cpu.window_ns,
            total_ns: cpu.total_ns,
            spin_ns: cpu.spun_ns,
            waited_ns: cpu.waited_ns,
            threads: job.config.threads,
        };
        let scheduled = all.sent + unsent;
        let evidence = Evidence {
            client_cpu_ns: client.window_ns.saturating_sub(client.spin_ns),
            client_waited_ns: client.waited_ns,
            window_ns,
            threads: client.threads,
            service_ns: sum_ns(&all.service) + sum_ns(&all.http_error_service),
            open: open_evidence(job, reports, &tally, scheduled, timeouts + shed, window_end_ns),
        };
        let judgement = verdict::judge(&evidence);
        let timelines: Vec<_> = reports.iter().map(|report| report.timeline.as_slice()).collect();
        let interval_ns = duration_ns(job.config.timeline_interval);
        let mut timeline = timeline::merge(&timelines, window_ns, interval_ns, tally.open.is_some());
        if let Some(open) = &tally.open {
            timeline::put_backlog(&mut timeline, &open.due, &open.left, open.backlog_start);
        }
        let result = Self {
            window_start_ns,
            window_end_ns,
            interrupted,
            connections_requested: u64::from(job.config.connections),
            connections_established: job.progress.connections.peak(),
            connections_opened: job.progress.connections.opened(),
            scheduled,
            sent: all.sent,
            ok: all.ok,
            http_errors: all.http_errors,
            unexpected: job.book.states_expectations().then_some(all.unexpected),
            first_unexpected: tally.first_unexpected.clone(),
            transport_errors: all.transport_errors,
            timeouts,
            shed,
            censored,
            status_counts: (0..)
                .zip(&tally.statuses)
                .filter(|(_, count)| **count > 0)
                .map(|(status, count)| (status, *count))
                .collect(),
            error_counts: error_counts(&tally, timeouts),
            first_tls_error: job.route.first_tls_error().map(str::to_owned),
            idle_close_retries: tally.idle_close_retries,
            ok_in_window: tally.ok_in_window,
            bytes_received: tally.bytes_received,
            warmup_requests: tally.warmup_requests,
            open: open_result(&tally, evidence.open.as_ref()),
            steady: judgement.steady,
            verdict: judgement.verdict,
            verdict_reason: judgement.reason,
            service: all.service,
            http_error_service: all.http_error_service,
            endpoints: endpoints(job, tally.endpoints, tally.open.map(|open| open.responses)),
            ttfb: tally.ttfb,
            connect: tally.connect,
            client,
            timeline,
        };
        result.check_account()?;
        Ok(result)
    }

    fn check_account(&self) -> Result<(), LoadError> {
        let answered_or_not = self.ok + self.http_errors + self.transport_errors + self.timeouts;
        let concluded = answered_or_not + self.shed + self.censored;
        if concluded == self.scheduled {
            return Ok(());
        }
        Err(LoadError::new(
            "account",
            format!("{} requests scheduled, {concluded} concluded", self.scheduled),
            "scheduled = ok + http errors + transport errors + timeouts + shed + censored",
            "this is a bug of the generator: report it with the configuration of the load",
        ))
    }
}

/// Open model: put what was due and is still unsent into the tally. Returns how many measured arrivals went unsent in all.
fn add_unsent(job: &Job, reports: &[Report], tally: &mut Tally) -> u64 {
    let (Some(feed), Some(marks), Some(open)) =
        (job.schedule.feed(), Marks::of(&job.config, &job.schedule), &mut tally.open)
    else {
        return 0;
    };
    let ended_ns = ended_ns(reports);
    let patience = Patience::new(&job.config);
    // Stopped early, the load had no more arrivals from then on.
    let marks = Marks { horizon_ns: marks.horizon_ns.min(ended_ns), ..marks };
    let mut leftovers = OpenRecorder::new(marks, job.book.requests().len());
    let promised = reports.iter().filter_map(|report| report.unsent).filter(|arrival| arrival.due_ns < ended_ns);
    for arrival in promised.chain(iter::from_fn(|| feed.take_due_before(ended_ns))) {
        let why = patience.is_lost(ended_ns - arrival.due_ns).unwrap_or(Unsent::Censored);
        leftovers.given_up(arrival, job.book.first(arrival.number), why, ended_ns);
    }
    open.add(&leftovers.finish());
    open.unsent.iter().sum()
}

fn open_evidence(
    job: &Job,
    reports: &[Report],
    tally: &Tally,
    due: u64,
    given_up: u64,
    window_end_ns: u64,
) -> Option<OpenEvidence> {
    let (feed, open) = (job.schedule.feed()?, tally.open.as_ref()?);
    let window_start_ns = job.schedule.window_start_ns();
    let quantile = verdict::lag_quantile(open.lag.count());
    let caught_up_ns = reports.iter().filter_map(|report| report.caught_up_ns).max().unwrap_or(0);
    Some(OpenEvidence {
        horizon_ns: feed.horizon_ns().min(window_end_ns).saturating_sub(window_start_ns),
        due,
        answered: open.answered_in_window,
        served: open.served_in_window,
        given_up,
        backlog_start: open.backlog_start,
        backlog_end: open.backlog_end,
        neglected: open.neglected,
        caught_up_ns: caught_up_ns.saturating_sub(window_start_ns),
        quantile,
        lag_ns: open.lag.quantile_ns(quantile).unwrap_or(0),
        response_ns: open.response().quantile_ns(quantile).unwrap_or(0),
        connections: u64::from(job.config.connections),
        grows: matches!(job.config.model, Model::Open(OpenModel { backlog: Backlog::Grow { .. }, .. })),
    })
}

fn open_result(tally: &Tally, evidence: Option<&OpenEvidence>) -> Option<OpenResult> {
    let (open, evidence) = (tally.open.as_ref()?, evidence?);
    let per_second = if evidence.horizon_ns > 0 { 1e9 / evidence.horizon_ns as f64 } else { 0.0 };
    Some(OpenResult {
        offered_rps: evidence.due as f64 * per_second,
        response: open.response(),
        wait: open.wait.clone(),
        lag: open.lag.clone(),
        backlog_start: open.backlog_start,
        backlog_end: open.backlog_end,
    })
}

fn sum_ns(times: &Histogram) -> f64 {
    times.mean_ns().unwrap_or(0.0) * times.count() as f64
}

fn ended_ns(reports: &[Report]) -> u64 {
    reports.iter().map(|report| report.ended_ns).max().unwrap_or(0)
}

fn window(job: &Job, reports: &[Report], last_conclusion_ns: u64, is_cut_off: bool) -> (u64, u64) {
    let ended_ns = ended_ns(reports);
    let end_ns = match job.schedule.window_end_ns() {
        Some(end_ns) => end_ns.min(ended_ns),
        None if is_cut_off => ended_ns,
        // Requests given up unsent have no conclusion of their own.
        None => last_conclusion_ns.max(job.schedule.window_start_ns()),
    };
    // Stopped amid the warm-up: the window never began, and is empty.
    (job.schedule.window_start_ns().min(end_ns), end_ns)
}

fn endpoints(job: &Job, tallies: Vec<EndpointTally>, responses: Option<Vec<Histogram>>) -> Vec<Endpoint> {
    let named = job.book.requests().iter().map(|request| request.name.clone()).zip(tallies);
    // The closed model has none.
    let responses = responses.into_iter().flatten().map(Some).chain(iter::repeat(None));
    named
        .zip(responses)
        .map(|((name, one), response)| Endpoint {
            name,
            sent: one.sent,
            ok: one.ok,
            http_errors: one.http_errors,
            unexpected: one.unexpected,
            transport_errors: one.transport_errors,
            timeouts: one.timeouts,
            censored: one.censored,
            service: one.service,
            http_error_service: one.http_error_service,
            response,
        })
        .collect()
}

fn error_counts(tally: &Tally, timeouts: u64) -> BTreeMap<&'static str, u64> {
    ErrorClass::ALL
        .into_iter()
        .map(|class| (class.name(), tally.errors[class.index()]))
        .chain([(TIMEOUT, timeouts)])
        .chain(Unexpected::ALL.into_iter().map(|one| (one.name(), tally.unexpected[one.index()])))
        .filter(|(_, count)| *count > 0)
        .collect()
}
