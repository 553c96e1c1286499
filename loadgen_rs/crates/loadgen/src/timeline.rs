//! The measured window, cut into buckets of equal width.
//!
//! A worker records in the order of time, so that one bucket is open at a time and a closed one shrinks to the times
//! it holds. Buckets of all workers are merged after the load. What a bucket means for steady state is not decided
//! here.

use crate::histogram::Histogram;

/// What happened in one slice of the measured window. Events count where they happened: a request that was sent in one
/// bucket and answered in the next is `sent` in the first and `ok` in the second.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineBucket {
    /// From the start of the measured window to the start of this bucket, in nanoseconds.
    pub start_ns: u64,
    /// Nanoseconds; the last bucket is narrower when the window is no multiple of the width.
    pub width_ns: u64,
    /// Requests due; in the closed model, those sent.
    pub due: u64,
    /// Requests sent.
    pub sent: u64,
    /// Answers with a status of 200 to 299.
    pub ok: u64,
    /// Other answers and transport errors.
    pub errors: u64,
    /// Requests given up.
    pub timeouts: u64,
    /// Requests due and in no connection's hands when the bucket ended; 0 in the closed model.
    pub backlog: u64,
    /// Service times of the measured requests that were answered ok, or given up, in this bucket.
    pub service: Histogram,
    /// Response times of these, and of those that were given up before they were sent; `None` in the closed model.
    pub response: Option<Histogram>,
}

/// A kind of event that a bucket counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    Sent,
    Ok,
    Error,
    Timeout,
}

/// One worker's part of one bucket.
#[derive(Debug, Default)]
pub(crate) struct Slice {
    /// Indexed by [`Event`].
    counts: [u64; 4],
    /// Distinct service times, each with its count.
    service: Vec<(u64, u64)>,
    /// Distinct response times, each with its count; none in the closed model.
    response: Vec<(u64, u64)>,
}

/// Records one worker's timeline.
#[derive(Debug)]
pub(crate) struct TimelineRecorder {
    interval_ns: u64,
    open_until_ns: u64,
    counts: [u64; 4],
    service: Histogram,
    response: Option<Histogram>,
    closed: Vec<Slice>,
}

impl TimelineRecorder {
    pub(crate) fn new(window_start_ns: u64, interval_ns: u64, is_open_model: bool) -> Self {
        Self {
            interval_ns,
            open_until_ns: window_start_ns + interval_ns,
            counts: [0; 4],
            service: Histogram::new(),
            response: is_open_model.then(Histogram::new),
            closed: Vec::new(),
        }
    }

    /// Count an event inside the window. `now_ns` never decreases.
    pub(crate) fn count(&mut self, event: Event, now_ns: u64) {
        while now_ns >= self.open_until_ns {
            self.close_bucket();
        }
        self.counts[event as usize] += 1;
    }

    /// Add the service time of the event just counted.
    pub(crate) fn record_service_ns(&mut self, duration_ns: u64) {
        self.service.record_ns(duration_ns);
    }

    /// Add the response time of the event just counted; in the closed model there is none.
    pub(crate) fn record_response_ns(&mut self, duration_ns: u64) {
        if let Some(response) = &mut self.response {
            response.record_ns(duration_ns);
        }
    }

    pub(crate) fn finish(mut self) -> Vec<Slice> {
        self.close_bucket();
        self.closed
    }

    fn close_bucket(&mut self) {
        self.closed.push(Slice {
            counts: std::mem::take(&mut self.counts),
            service: self.service.recorded().collect(),
            response: self.response.iter().flat_map(Histogram::recorded).collect(),
        });
        self.service.clear();
        if let Some(response) = &mut self.response {
            response.clear();
        }
        self.open_until_ns += self.interval_ns;
    }
}

/// Lay the workers' slices over each other, for a window of this length.
pub(crate) fn merge(
    workers: &[&[Slice]],
    window_ns: u64,
    interval_ns: u64,
    is_open_model: bool,
) -> Vec<TimelineBucket> {
    let buckets = window_ns.div_ceil(interval_ns);
    (0..buckets)
        .zip(0..)
        .map(|(number, index)| {
            let start_ns = number * interval_ns;
            // The end of a counted window is its last event, which must not fall out behind the last bucket.
            let is_last = number + 1 == buckets;
            let mut counts = [0; 4];
            let mut service = Histogram::new();
            let mut response = is_open_model.then(Histogram::new);
            for slice in
                workers.iter().flat_map(|slices| slices.iter().skip(index).take(if is_last { usize::MAX } else { 1 }))
            {
                for (sum, count) in counts.iter_mut().zip(slice.counts) {
                    *sum += count;
                }
                for (duration_ns, times) in &slice.service {
                    service.record_many_ns(*duration_ns, *times);
                }
                if let Some(response) = &mut response {
                    for (duration_ns, times) in &slice.response {
                        response.record_many_ns(*duration_ns, *times);
                    }
                }
            }
            let [sent, ok, errors, timeouts] = counts;
            let width_ns = interval_ns.min(window_ns - start_ns);
            TimelineBucket { start_ns, width_ns, due: sent, sent, ok, errors, timeouts, backlog: 0, service, response }
        })
        .collect()
}

/// Put in, for the open model, what was due and what was left waiting. `due` and `left` count arrivals that became due,
/// and that ceased to wait, by bucket; `backlog` is what waited when the window began.
pub(crate) fn put_backlog(timeline: &mut [TimelineBucket], due: &[u64], left: &[u64], mut backlog: u64) {
    let buckets = timeline.len();
    for (index, bucket) in timeline.iter_mut().enumerate() {
        // The end of a counted window is its last event; arrivals of a timed one are due before its end.
        let is_last = index + 1 == buckets;
        bucket.due = due.iter().skip(index).take(if is_last { usize::MAX } else { 1 }).sum();
        let left = left.get(index).copied().unwrap_or(0);
        backlog = (backlog + bucket.due).saturating_sub(left);
        bucket.backlog = backlog;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_fall_into_the_bucket_of_their_time_and_empty_buckets_stay() {
        let mut recorder = TimelineRecorder::new(1_000, 10, false);
        recorder.count(Event::Sent, 1_000);
        recorder.count(Event::Ok, 1_009);
        recorder.record_service_ns(9);
        recorder.count(Event::Timeout, 1_030);

        let buckets = merge(&[&recorder.finish()], 35, 10, false);

        let counts: Vec<_> = buckets.iter().map(|one| (one.sent, one.ok, one.timeouts, one.width_ns)).collect();
        assert_eq!(counts, [(1, 1, 0, 10), (0, 0, 0, 10), (0, 0, 0, 10), (0, 0, 1, 5)]);
        assert_eq!(buckets[0].service.max_ns(), Some(9));
        assert_eq!(buckets[1].service.count(), 0);
    }

    #[test]
    fn an_event_at_the_very_end_of_the_window_is_in_its_last_bucket() {
        let mut recorder = TimelineRecorder::new(0, 10, false);
        recorder.count(Event::Ok, 20);

        let buckets = merge(&[&recorder.finish()], 20, 10, false);

        assert_eq!(buckets.iter().map(|one| one.ok).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn workers_add_up_even_if_one_saw_fewer_buckets() {
        let mut busy = TimelineRecorder::new(0, 10, false);
        busy.count(Event::Ok, 3);
        busy.count(Event::Ok, 13);
        let mut idle = TimelineRecorder::new(0, 10, false);
        idle.count(Event::Ok, 4);

        let buckets = merge(&[&busy.finish(), &idle.finish()], 20, 10, false);

        assert_eq!(buckets.iter().map(|one| one.ok).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn an_open_load_has_response_times_beside_the_service_times_and_a_closed_one_has_none() {
        let recorded = |is_open_model| {
            let mut recorder = TimelineRecorder::new(0, 10, is_open_model);
            recorder.count(Event::Ok, 3);
            recorder.record_service_ns(2);
            recorder.record_response_ns(7);
            merge(&[&recorder.finish()], 20, 10, is_open_model)
        };

        let max_ns = |buckets: Vec<TimelineBucket>| -> Vec<_> {
            buckets.iter().map(|one| one.response.as_ref().map(Histogram::max_ns)).collect()
        };
        assert_eq!(max_ns(recorded(true)), [Some(Some(7)), Some(None)]);
        assert_eq!(max_ns(recorded(false)), [None, None]);
    }
}
