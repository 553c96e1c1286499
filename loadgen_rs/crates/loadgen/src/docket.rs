//! One worker's hold on the schedule: the arrival it has promised a connection to, and what it knows of being late.
//!
//! Decides what is the generator's fault. From the later of "due" and "a connection became idle", nothing but the
//! generator kept a request from going: that stretch is its lag. Waiting for a connection is the target's.

use crate::clock::duration_ns;
use crate::config::LoadConfig;
use crate::connection::NEVER_NS;
use crate::feed::{Arrival, Feed};
use crate::model::{Backlog, Model, OpenModel};
use crate::response::Unsent;

/// How long an arrival may wait for a connection before it is given up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    timeout_ns: u64,
    shed_after_ns: u64,
}

impl Patience {
    pub(crate) fn new(config: &LoadConfig) -> Self {
        let shed_after_ns = match config.model {
            Model::Open(OpenModel { backlog: Backlog::Shed { after }, .. }) => duration_ns(after),
            Model::Open(_) | Model::Closed(_) => NEVER_NS,
        };
        Self { timeout_ns: duration_ns(config.timeout), shed_after_ns }
    }

    /// Why an arrival that has waited so long is not to be sent any more, if that is so.
    pub(crate) fn is_lost(self, waited_ns: u64) -> Option<Unsent> {
        if waited_ns >= self.timeout_ns {
            Some(Unsent::TimedOut)
        } else if waited_ns > self.shed_after_ns {
            Some(Unsent::Shed)
        } else {
            None
        }
    }
}

/// The arrivals of one worker, one at a time.
#[derive(Debug, Default)]
pub(crate) struct Docket {
    promised: Option<Arrival>,
    exhausted: bool,
    /// When, as long as arrivals came, the worker last had an idle connection and nothing due for it.
    caught_up_ns: Option<u64>,
}

/// How an arrival came to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dispatch {
    pub(crate) arrival: Arrival,
    /// When it was given to a connection.
    pub(crate) at_ns: u64,
    /// Since when it could have been: it was due, and a connection was idle.
    pub(crate) possible_ns: u64,
}

impl Dispatch {
    /// The generator's part of the delay.
    pub(crate) fn lag_ns(&self) -> u64 {
        self.at_ns.saturating_sub(self.possible_ns)
    }
}

impl Docket {
    /// The arrival that an idle connection is to send now, if one is due.
    ///
    /// `idle_since_ns` is when the worker, after having none, got an idle connection.
    pub(crate) fn take_due(&mut self, feed: &Feed, now_ns: u64, idle_since_ns: u64) -> Option<Dispatch> {
        if self.promised.is_none() && !self.exhausted {
            self.promised = feed.take();
            self.exhausted = self.promised.is_none();
        }
        let arrival = self.promised.take_if(|arrival| arrival.due_ns <= now_ns);
        if arrival.is_none() && now_ns < feed.horizon_ns() {
            self.caught_up_ns = Some(now_ns);
        }
        arrival.map(|arrival| Dispatch { arrival, at_ns: now_ns, possible_ns: arrival.due_ns.max(idle_since_ns) })
    }

    /// When the promised arrival is due.
    pub(crate) fn next_due_ns(&self) -> u64 {
        self.promised.map_or(NEVER_NS, |arrival| arrival.due_ns)
    }

    /// Whether no arrival is left, here or in the feed.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.exhausted && self.promised.is_none()
    }

    /// When the worker last had nothing to catch up with, and the arrival that it will not send any more.
    pub(crate) fn close(self) -> (Option<u64>, Option<Arrival>) {
        (self.caught_up_ns, self.promised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::Limit;
    use crate::model::OpenModel;

    /// Due at 0, 1, 2 ms and so on.
    fn feed() -> Feed {
        Feed::new(&OpenModel::new(1_000.0), 0, 0, 0, Limit::Count(3))
    }

    #[test]
    fn lateness_while_a_connection_was_idle_is_the_generators() {
        let (feed, mut docket) = (feed(), Docket::default());

        assert_eq!(docket.take_due(&feed, 300, 0).map(|one| one.lag_ns()), Some(300));
        assert_eq!(docket.take_due(&feed, 999_999, 0), None);
        assert_eq!((docket.next_due_ns(), docket.caught_up_ns), (1_000_000, Some(999_999)));
        assert_eq!(docket.take_due(&feed, 1_000_040, 0).map(|one| one.lag_ns()), Some(40));
    }

    #[test]
    fn waiting_for_a_connection_is_the_targets() {
        let (feed, mut docket) = (feed(), Docket::default());

        let dispatch = docket.take_due(&feed, 5_000_100, 5_000_000).unwrap();

        assert_eq!((dispatch.arrival.due_ns, dispatch.lag_ns()), (0, 100));
        assert_eq!(docket.caught_up_ns, None);
    }

    #[test]
    fn late_arrivals_go_at_once_and_the_schedule_does_not_slip() {
        let (feed, mut docket) = (feed(), Docket::default());
        let dues: Vec<_> = std::iter::from_fn(|| docket.take_due(&feed, 9_000_000, 0)).collect();

        assert_eq!(dues.iter().map(|one| one.arrival.due_ns).collect::<Vec<_>>(), [0, 1_000_000, 2_000_000]);
        assert!(docket.is_exhausted());
        assert_eq!(docket.next_due_ns(), NEVER_NS);
    }
}
