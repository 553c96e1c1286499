//! Which connection goes on when. Pure: instants are nanoseconds since the server's start, and passed in.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The last stretch before an exact instant is waited for awake, for punctuality.
const AWAKE_NS: u64 = 60_000;
/// The kernel lets a wait for events be late by a thousandth of its length, or by a two-hundredth in a process that is
/// nice. A wait that is longer than this is ended early by more than that, and its rest is waited for apart.
const LONGEST_PRECISE_WAIT_NS: u64 = 200_000;
const REST_DIVISOR: u64 = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timer {
    pub(crate) at_ns: u64,
    /// The connection's number.
    pub(crate) connection: u64,
    /// Whether its last stretch is to be waited for awake.
    pub(crate) is_exact: bool,
}

/// A connection that ends leaves its timer behind; numbers do not come again, so that it finds nobody.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    pending: BinaryHeap<Reverse<Timer>>,
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer) {
        self.pending.push(Reverse(timer));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// The connection whose time has come, longest ago first.
    pub(crate) fn next_due(&mut self, now_ns: u64) -> Option<u64> {
        let Reverse(first) = self.pending.peek()?;
        if first.at_ns > now_ns {
            return None;
        }
        self.pending.pop().map(|Reverse(timer)| timer.connection)
    }

    /// How long to wait for events before looking here again, 0 for staying awake. `None` without timers.
    pub(crate) fn longest_wait_ns(&self, now_ns: u64) -> Option<u64> {
        let Reverse(first) = self.pending.peek()?;
        let awake_ns = if first.is_exact { AWAKE_NS } else { 0 };
        let left_ns = first.at_ns.saturating_sub(now_ns).saturating_sub(awake_ns);
        Some(if left_ns > LONGEST_PRECISE_WAIT_NS { left_ns - left_ns / REST_DIVISOR } else { left_ns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(at_ns: u64, connection: u64, is_exact: bool) -> Timer {
        Timer { at_ns, connection, is_exact }
    }

    #[test]
    fn the_earliest_goes_first_and_none_too_early() {
        let mut timers = Timers::default();
        for (at_ns, connection) in [(30, 1), (10, 2), (20, 3)] {
            timers.set(timer(at_ns, connection, false));
        }

        assert_eq!(timers.next_due(9), None);
        assert_eq!([timers.next_due(25), timers.next_due(25), timers.next_due(25)], [Some(2), Some(3), None]);
    }

    #[test]
    fn long_waits_are_cut_and_exact_instants_awaited_awake() {
        let mut timers = Timers::default();
        assert_eq!(timers.longest_wait_ns(0), None);

        timers.set(timer(128_000_000, 1, false));
        assert_eq!(timers.longest_wait_ns(0), Some(127_000_000));
        assert_eq!(timers.longest_wait_ns(127_900_000), Some(100_000));

        timers.set(timer(1_000_000, 2, true));
        assert_eq!(timers.longest_wait_ns(900_000), Some(40_000));
        assert_eq!(timers.longest_wait_ns(950_000), Some(0));
    }
}
