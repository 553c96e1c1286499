//! The one schedule of an open load, which all workers take from, in order.
//!
//! A worker takes the next arrival when it has a connection for it, be it due or not: the connection is promised to the
//! arrival from then on. So an arrival that is due always goes to the first idle connection of any worker, none is
//! handed out twice, and a worker sleeps until its own arrival and wakes no other. No clock in here.

use crate::arrivals::Arrivals;
use crate::model::OpenModel;
use crate::random::stream;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One request to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// I: when it is due.
    pub(crate) due_ns: u64,
    /// Whether it is due inside the measured window, and not in the warm-up.
    pub(crate) measured: bool,
    /// Counts from 0, warm-up included.
    pub(crate) number: u64,
}

/// Where arrivals end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Before this instant.
    Before(u64),
    /// After so many measured ones.
    Count(u64),
}

/// Arrivals not yet taken. The measured ones are the same whatever the warm-up.
#[derive(Debug)]
pub(crate) struct Feed {
    /// When measured arrivals end: exactly in a timed load, in a counted one when its last is expected.
    horizon_ns: u64,
    rest: Mutex<Rest>,
}

#[derive(Debug)]
struct Rest {
    warmup: Source,
    measured: Source,
    window_start_ns: u64,
    limit: Limit,
    taken: u64,
}

/// Arrivals from one instant on, with a look at the next one.
#[derive(Debug)]
struct Source {
    arrivals: Arrivals,
    start_ns: u64,
    next_ns: u64,
}

impl Feed {
    pub(crate) fn new(model: &OpenModel, seed: u64, start_ns: u64, window_start_ns: u64, limit: Limit) -> Self {
        let measured = Arrivals::staged(model, stream(seed, 0));
        let horizon_ns = match limit {
            Limit::Before(end_ns) => end_ns,
            Limit::Count(count) => window_start_ns.saturating_add(measured.expected_ns(count)),
        };
        let rest = Rest {
            warmup: Source::new(Arrivals::level(model, stream(seed, 1)), start_ns),
            measured: Source::new(measured, window_start_ns),
            window_start_ns,
            limit,
            taken: 0,
        };
        Self { horizon_ns, rest: Mutex::new(rest) }
    }

    /// Take the next arrival, due or not. `None` when there are no more.
    pub(crate) fn take(&self) -> Option<Arrival> {
        self.lock().take()
    }

    /// Take the next arrival if it is due before this instant.
    pub(crate) fn take_due_before(&self, instant_ns: u64) -> Option<Arrival> {
        let mut rest = self.lock();
        if rest.next_ns()? < instant_ns { rest.take() } else { None }
    }

    pub(crate) fn horizon_ns(&self) -> u64 {
        self.horizon_ns
    }

    /// No caller can panic while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rest {
    fn in_warmup(&self) -> bool {
        self.warmup.next_ns < self.window_start_ns
    }

    fn next_ns(&self) -> Option<u64> {
        if self.in_warmup() {
            return Some(self.warmup.next_ns);
        }
        let next_ns = self.measured.next_ns;
        let is_left = match self.limit {
            Limit::Before(end_ns) => next_ns < end_ns,
            Limit::Count(count) => count > 0,
        };
        is_left.then_some(next_ns)
    }

    fn take(&mut self) -> Option<Arrival> {
        let due_ns = self.next_ns()?;
        let measured = !self.in_warmup();
        if measured {
            self.measured.advance();
            if let Limit::Count(left) = &mut self.limit {
                *left -= 1;
            }
        } else {
            self.warmup.advance();
        }
        let number = self.taken;
        self.taken += 1;
        Some(Arrival { due_ns, measured, number })
    }
}

impl Source {
    fn new(arrivals: Arrivals, start_ns: u64) -> Self {
        let mut source = Self { arrivals, start_ns, next_ns: 0 };
        source.advance();
        source
    }

    fn advance(&mut self) {
        self.next_ns = self.arrivals.next().map_or(u64::MAX, |offset_ns| self.start_ns.saturating_add(offset_ns));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Spread;
    use proptest::prelude::*;
    use std::thread;

    fn model(arrivals: Spread) -> OpenModel {
        OpenModel { arrivals, ..OpenModel::new(1_000.0) }
    }

    fn rest_of(feed: &Feed) -> Vec<Arrival> {
        std::iter::from_fn(|| feed.take()).collect()
    }

    #[test]
    fn a_timed_feed_covers_warm_up_and_window_by_due_time() {
        let feed = Feed::new(&model(Spread::Constant), 0, 5_000_000, 8_000_000, Limit::Before(10_000_000));

        let taken: Vec<_> = rest_of(&feed).iter().map(|one| (one.due_ns, one.measured)).collect();

        let expected = [(5, false), (6, false), (7, false), (8, true), (9, true)];
        assert_eq!(taken, expected.map(|(ms, measured)| (ms * 1_000_000, measured)));
        assert_eq!(feed.horizon_ns(), 10_000_000);
    }

    #[test]
    fn a_counted_feed_has_its_count_and_the_warm_up_uses_none_of_it_up() {
        let feed = Feed::new(&model(Spread::Constant), 0, 0, 4_000_000, Limit::Count(3));

        let taken = rest_of(&feed);

        assert_eq!(taken.iter().filter(|one| one.measured).count(), 3);
        assert_eq!((taken.len(), taken[6].due_ns, feed.horizon_ns()), (7, 6_000_000, 7_000_000));
    }

    #[test]
    fn only_what_is_due_is_taken_when_asked_so() {
        let feed = Feed::new(&model(Spread::Constant), 0, 0, 0, Limit::Count(2));

        assert!(feed.take_due_before(1).is_some());
        assert_eq!(feed.take_due_before(1_000_000), None);
        assert!(feed.take_due_before(1_000_001).is_some());
        assert_eq!(feed.take_due_before(u64::MAX), None);
    }

    #[test]
    fn what_several_threads_take_is_the_whole_schedule_and_nothing_twice() {
        let make = || Feed::new(&model(Spread::Exponential), 3, 0, 1_000_000_000, Limit::Count(20_000));
        let shared = make();

        let mut taken: Vec<_> = thread::scope(|scope| {
            let takers: Vec<_> = (0..4).map(|_| scope.spawn(|| rest_of(&shared))).collect();
            takers.into_iter().flat_map(|taker| taker.join().unwrap()).collect()
        });
        taken.sort_by_key(|one| one.due_ns);

        assert_eq!(taken, rest_of(&make()));
    }

    proptest! {
        #[test]
        fn the_measured_schedule_does_not_depend_on_the_warm_up(seed: u64, warmup_ms in 0_u64..50) {
            let measured = |warmup_ms: u64| -> Vec<u64> {
                let start_ns = 1_000_000_000 - warmup_ms * 1_000_000;
                let feed = Feed::new(&model(Spread::Exponential), seed, start_ns, 1_000_000_000, Limit::Count(50));
                rest_of(&feed).iter().filter(|one| one.measured).map(|one| one.due_ns).collect()
            };

            prop_assert_eq!(measured(warmup_ms), measured(0));
        }
    }
}
