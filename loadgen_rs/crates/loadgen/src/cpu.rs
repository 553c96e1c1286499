//! The CPU time of one client thread inside the measured window, from marks at its two ends.

use crate::clock::thread_cpu_ns;
use crate::connection::NEVER_NS;
use crate::schedule::Schedule;

/// Set by the thread itself, as near to the ends of the window as its loop comes by.
#[derive(Debug, Default)]
pub(crate) struct CpuMarks {
    at_window_start_ns: Option<u64>,
    at_window_end_ns: Option<u64>,
    /// Nanoseconds spent waiting awake inside the window.
    spun: u64,
}

impl CpuMarks {
    /// Set the marks that are due.
    pub(crate) fn set_due(&mut self, schedule: &Schedule, now_ns: u64) {
        if self.at_window_start_ns.is_none() && now_ns >= schedule.window_start_ns() {
            self.at_window_start_ns = Some(thread_cpu_ns());
        }
        if self.at_window_end_ns.is_none() && schedule.window_end_ns().is_some_and(|end_ns| now_ns >= end_ns) {
            self.at_window_end_ns = Some(thread_cpu_ns());
        }
    }

    /// Note time spent waiting awake: it is used, but was to be had.
    pub(crate) fn spun(&mut self, duration_ns: u64) {
        if self.at_window_start_ns.is_some() && self.at_window_end_ns.is_none() {
            self.spun += duration_ns;
        }
    }

    /// Time spent waiting awake inside the window.
    pub(crate) fn spun_ns(&self) -> u64 {
        self.spun
    }

    /// When the next mark is due.
    pub(crate) fn next_instant_ns(&self, schedule: &Schedule) -> u64 {
        match (self.at_window_start_ns, self.at_window_end_ns) {
            (None, _) => schedule.window_start_ns(),
            (Some(_), None) => schedule.window_end_ns().unwrap_or(NEVER_NS),
            (Some(_), Some(_)) => NEVER_NS,
        }
    }

    /// CPU time inside the window and in all, at the end of the thread. A window whose end was not known beforehand
    /// lasts until then.
    pub(crate) fn finish(&self) -> (u64, u64) {
        let total_ns = thread_cpu_ns();
        let window_ns =
            self.at_window_start_ns.map_or(0, |start_ns| self.at_window_end_ns.unwrap_or(total_ns) - start_ns);
        (window_ns, total_ns)
    }
}
