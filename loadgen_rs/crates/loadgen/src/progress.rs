//! What other threads may look at while the load goes on: counters, the connection gauge, the wish to stop.
//!
//! All relaxed atomics: each figure is right by itself, and no figure is used to order another. Results do not come
//! from here but from the workers' own recorders.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Shared between the workers and whoever watches them.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) workers: Vec<WorkerProgress>,
    pub(crate) connections: ConnectionGauge,
    stop: AtomicBool,
}

/// One worker's counters, on cache lines of their own so that workers do not slow each other down.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct WorkerProgress {
    sent: AtomicU64,
    completed: AtomicU64,
    errors: AtomicU64,
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
            workers: (0..workers).map(|_| WorkerProgress::default()).collect(),
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
}

impl WorkerProgress {
    pub(crate) fn one_sent(&self) {
        increment(&self.sent);
    }

    pub(crate) fn one_completed(&self, is_ok: bool) {
        increment(&self.completed);
        if !is_ok {
            increment(&self.errors);
        }
    }
}

/// Only the worker itself writes its counters, so that no locked instruction is needed.
fn increment(counter: &AtomicU64) {
    counter.store(counter.load(Relaxed) + 1, Relaxed);
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
