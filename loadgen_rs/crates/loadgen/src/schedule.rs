//! When the measured window begins and ends, and who may start a request in it.
//!
//! In the closed model a request is due the moment a connection is free, until the window ends or the count is reached;
//! in the open model the `feed` says when each one is due. It reads no clock: the time is passed in.

use crate::feed::{Arrival, Feed, Limit};
use crate::model::OpenModel;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Leave to send one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// Whether the request belongs to the measured window, and not to the warm-up.
    pub(crate) measured: bool,
}

/// One load's schedule; clones share the count of a counted load, and the feed of an open one.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    window_start_ns: u64,
    end: End,
    feed: Option<Arc<Feed>>,
}

#[derive(Debug, Clone)]
enum End {
    At(u64),
    AfterCount(Arc<Budget>),
}

/// The measured requests of a counted load that are still to be sent.
#[derive(Debug)]
struct Budget {
    left: AtomicU64,
    /// When the last one was taken; [`NOT_YET`] until then.
    spent_at_ns: AtomicU64,
}

const NOT_YET: u64 = u64::MAX;

impl Schedule {
    /// Measure from one instant to another.
    pub(crate) fn until(window_start_ns: u64, window_end_ns: u64) -> Self {
        let end = End::At(window_end_ns);
        Self { window_start_ns, end, feed: None }
    }

    /// Measure from an instant on, exactly this many requests, in all clones together.
    pub(crate) fn counted(window_start_ns: u64, requests: u64) -> Self {
        let end =
            End::AfterCount(Arc::new(Budget { left: AtomicU64::new(requests), spent_at_ns: AtomicU64::new(NOT_YET) }));
        Self { window_start_ns, end, feed: None }
    }

    /// The same window, in which requests are due by the open model, from `start_ns` on.
    pub(crate) fn fed(self, model: &OpenModel, seed: u64, start_ns: u64) -> Self {
        let limit = match &self.end {
            End::At(end_ns) => Limit::Before(*end_ns),
            End::AfterCount(budget) => Limit::Count(budget.left.load(Ordering::Relaxed)),
        };
        let feed = Feed::new(model, seed, start_ns, self.window_start_ns, limit);
        Self { feed: Some(Arc::new(feed)), ..self }
    }

    /// What is due when, in the open model.
    pub(crate) fn feed(&self) -> Option<&Feed> {
        self.feed.as_deref()
    }

    /// Note, in the open model, that this arrival was given to a connection, or up.
    pub(crate) fn spend(&self, arrival: Arrival, now_ns: u64) {
        if let End::AfterCount(budget) = &self.end
            && arrival.measured
        {
            budget.take(now_ns);
        }
    }

    /// Ask to start a request now, on a connection that is free.
    pub(crate) fn admit(&self, now_ns: u64) -> Option<Ticket> {
        if now_ns < self.window_start_ns {
            return Some(Ticket { measured: false });
        }
        let admitted = match &self.end {
            End::At(end_ns) => now_ns < *end_ns,
            End::AfterCount(budget) => budget.take(now_ns),
        };
        admitted.then_some(Ticket { measured: true })
    }

    /// Since when no more requests are admitted, if that is so.
    pub(crate) fn closed_since_ns(&self, now_ns: u64) -> Option<u64> {
        let end_ns = match &self.end {
            End::At(end_ns) => *end_ns,
            // Relaxed is enough: a worker that reads the old value looks again within its longest wait.
            End::AfterCount(budget) => budget.spent_at_ns.load(Ordering::Relaxed),
        };
        (end_ns <= now_ns).then_some(end_ns)
    }

    /// When the measured window begins.
    pub(crate) fn window_start_ns(&self) -> u64 {
        self.window_start_ns
    }

    /// When the measured window ends, where that is known before the load is over.
    pub(crate) fn window_end_ns(&self) -> Option<u64> {
        match self.end {
            End::At(end_ns) => Some(end_ns),
            End::AfterCount(_) => None,
        }
    }
}

impl Budget {
    fn take(&self, now_ns: u64) -> bool {
        let before = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if before == Ok(1) {
            self.spent_at_ns.store(now_ns, Ordering::Relaxed);
        }
        before.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timed_window_admits_from_its_start_to_just_before_its_end() {
        let schedule = Schedule::until(100, 200);

        assert_eq!(schedule.admit(99), Some(Ticket { measured: false }));
        assert_eq!(schedule.admit(100), Some(Ticket { measured: true }));
        assert_eq!(schedule.admit(199), Some(Ticket { measured: true }));
        assert_eq!(schedule.admit(200), None);
        assert_eq!(schedule.closed_since_ns(199), None);
        assert_eq!(schedule.closed_since_ns(250), Some(200));
    }

    #[test]
    fn a_counted_load_admits_its_count_over_all_workers_and_no_warm_up_request_uses_it_up() {
        let one = Schedule::counted(100, 3);
        let other = one.clone();

        assert_eq!(one.admit(50), Some(Ticket { measured: false }));
        assert!(one.admit(100).is_some() && other.admit(110).is_some());
        assert_eq!(other.closed_since_ns(120), None);
        assert!(one.admit(120).is_some());
        assert_eq!(other.admit(130), None);
        assert_eq!(other.closed_since_ns(130), Some(120));
    }
}
