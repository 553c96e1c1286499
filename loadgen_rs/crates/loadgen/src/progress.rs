//! What other threads may look at while the load goes on: counters, times of answers, the connection gauge, the wish to
//! stop.
//!
//! All relaxed atomics: each figure is right by itself, and no figure is used to order another. Results do not come
//! from here but from the workers' own recorders: the times are for the eye, and coarse.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Shared between the workers and whoever watches them.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) workers: Vec<WorkerProgress>,
    pub(crate) connections: ConnectionGauge,
    stop: AtomicBool,
}

/// Buckets to a doubling of the time, so that one is 3 to 6 % wide.
const PER_DOUBLING_BITS: u32 = 4;
/// All shorter times share the first bucket: 2^10 ns, about a microsecond.
const SHORTEST_BITS: u32 = 10;
/// All longer times share the last bucket: 2^42 ns, more than an hour.
const LONGEST_BITS: u32 = 42;
const BUCKETS: usize = 1 + ((LONGEST_BITS - SHORTEST_BITS) as usize) * (1 << PER_DOUBLING_BITS);

/// One worker's counters, on cache lines of their own so that workers do not slow each other down.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct WorkerProgress {
    sent: AtomicU64,
    completed: AtomicU64,
    errors: AtomicU64,
    /// Answers that are no errors, by how long they took.
    times: [AtomicU64; BUCKETS],
}

/// Established connections over all workers.
#[derive(Debug, Default)]
pub(crate) struct ConnectionGauge {
    open: AtomicU64,
    peak: AtomicU64,
    opened: AtomicU64,
}

/// Requests of the load so far, warm-up included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) completed: u64,
    pub(crate) errors: u64,
}

impl Progress {
    pub(crate) fn new(workers: usize) -> Self {
        Self {
            workers: (0..workers).map(|_| WorkerProgress::new()).collect(),
            connections: ConnectionGauge::default(),
            stop: AtomicBool::new(false),
        }
    }

    pub(crate) fn ask_to_stop(&self) {
        self.stop.store(true, Relaxed);
    }

    pub(crate) fn is_asked_to_stop(&self) -> bool {
        self.stop.load(Relaxed)
    }

    pub(crate) fn counts(&self) -> Counts {
        self.workers.iter().fold(Counts::default(), |sum, worker| Counts {
            sent: sum.sent + worker.sent.load(Relaxed),
            completed: sum.completed + worker.completed.load(Relaxed),
            errors: sum.errors + worker.errors.load(Relaxed),
        })
    }

    /// How many answers took how long: the upper edge of every bucket that is not empty, in nanoseconds, and its count.
    pub(crate) fn times(&self) -> Vec<(u64, u64)> {
        (0..BUCKETS)
            .map(|bucket| (edge_ns(bucket), self.workers.iter().map(|worker| worker.times[bucket].load(Relaxed)).sum()))
            .filter(|(_, count)| *count > 0)
            .collect()
    }
}

impl WorkerProgress {
    fn new() -> Self {
        Self {
            sent: AtomicU64::new(0),
            completed: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            times: [const { AtomicU64::new(0) }; BUCKETS],
        }
    }

    pub(crate) fn one_sent(&self) {
        increment(&self.sent);
    }

    /// A request ended, after `answered_ns` when it was answered ok.
    pub(crate) fn one_completed(&self, answered_ns: Option<u64>) {
        increment(&self.completed);
        match answered_ns {
            Some(duration_ns) => increment(&self.times[bucket_of(duration_ns)]),
            None => increment(&self.errors),
        }
    }
}

/// Only the worker itself writes its counters, so that no locked instruction is needed.
fn increment(counter: &AtomicU64) {
    counter.store(counter.load(Relaxed) + 1, Relaxed);
}

fn bucket_of(duration_ns: u64) -> usize {
    let Some(bits) = duration_ns.checked_ilog2().filter(|bits| *bits >= SHORTEST_BITS) else { return 0 };
    if bits >= LONGEST_BITS {
        return BUCKETS - 1;
    }
    let steps = duration_ns >> (bits - PER_DOUBLING_BITS) & ((1 << PER_DOUBLING_BITS) - 1);
    1 + ((bits - SHORTEST_BITS) as usize * (1 << PER_DOUBLING_BITS)) + steps as usize
}

/// The first duration that is too long for the bucket; in the last one there are longer ones.
fn edge_ns(bucket: usize) -> u64 {
    let Some(above) = (bucket as u64).checked_sub(1) else { return 1 << SHORTEST_BITS };
    let per_doubling = 1 << PER_DOUBLING_BITS;
    ((per_doubling + above % per_doubling + 1) << SHORTEST_BITS >> PER_DOUBLING_BITS) << (above / per_doubling)
}

impl ConnectionGauge {
    pub(crate) fn one_opened(&self) {
        self.opened.fetch_add(1, Relaxed);
        let open = self.open.fetch_add(1, Relaxed) + 1;
        self.peak.fetch_max(open, Relaxed);
    }

    pub(crate) fn one_closed(&self) {
        self.open.fetch_sub(1, Relaxed);
    }

    pub(crate) fn peak(&self) -> u64 {
        self.peak.load(Relaxed)
    }

    pub(crate) fn opened(&self) -> u64 {
        self.opened.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_lies_below_the_edge_of_its_bucket_and_not_below_that_of_the_one_before() {
        for bits in 0..63 {
            for offset in [0, 1, 2, 3, 5, 8, 13] {
                let duration_ns = (1_u64 << bits) + ((1_u64 << bits) / 16 * offset).min(1 << bits) + offset % 2;
                let bucket = bucket_of(duration_ns);
                assert!(duration_ns < edge_ns(bucket) || bucket == BUCKETS - 1, "{duration_ns} ns");
                assert!(bucket == 0 || duration_ns >= edge_ns(bucket - 1), "{duration_ns} ns");
            }
        }
        assert_eq!(bucket_of(0), 0);
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn edges_are_at_most_one_sixteenth_apart() {
        for bucket in 1..BUCKETS {
            let (before_ns, edge_ns) = (edge_ns(bucket - 1), edge_ns(bucket));
            assert!(edge_ns > before_ns && edge_ns - before_ns <= before_ns / 16, "{before_ns} to {edge_ns} ns");
        }
    }

    #[test]
    fn times_of_all_workers_are_counted_together_and_errors_have_none() {
        let progress = Progress::new(2);
        progress.workers[0].one_completed(Some(1_000_000));
        progress.workers[1].one_completed(Some(1_000_000));
        progress.workers[1].one_completed(None);
        assert_eq!(progress.times(), [(1_015_808, 2)]);
        assert_eq!(progress.counts(), Counts { sent: 0, completed: 3, errors: 1 });
    }
}
