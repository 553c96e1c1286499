//! What one client thread used of the CPU inside the measured window, and how long it waited for one, from marks at the
//! window's two ends.

use crate::clock::thread_cpu_ns;
use crate::connection::NEVER_NS;
use crate::schedule::Schedule;
use std::fs;

/// Nanoseconds of one thread, or of several together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_field_names, reason = "the unit belongs into the name")]
pub(crate) struct CpuUse {
    /// On a CPU, inside the window.
    pub(crate) window_ns: u64,
    /// On a CPU, from start to end.
    pub(crate) total_ns: u64,
    /// Of the first, what was spent waiting awake.
    pub(crate) spun_ns: u64,
    /// Ready to run, and waiting for a CPU that others had, inside the window.
    pub(crate) waited_ns: u64,
}

/// Set by the thread itself, as near to the ends of the window as its loop comes by.
#[derive(Debug, Default)]
pub(crate) struct CpuMarks {
    at_window_start: Option<Mark>,
    at_window_end: Option<Mark>,
    spun_ns: u64,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    used_ns: u64,
    waited_ns: u64,
}

impl CpuMarks {
    /// Set the marks that are due.
    pub(crate) fn set_due(&mut self, schedule: &Schedule, now_ns: u64) {
        if self.at_window_start.is_none() && now_ns >= schedule.window_start_ns() {
            self.at_window_start = Some(Mark::now());
        }
        if self.at_window_end.is_none() && schedule.window_end_ns().is_some_and(|end_ns| now_ns >= end_ns) {
            self.at_window_end = Some(Mark::now());
        }
    }

    /// Note time spent waiting awake: it is used, but was to be had.
    pub(crate) fn spun(&mut self, duration_ns: u64) {
        if self.at_window_start.is_some() && self.at_window_end.is_none() {
            self.spun_ns += duration_ns;
        }
    }

    /// When the next mark is due.
    pub(crate) fn next_instant_ns(&self, schedule: &Schedule) -> u64 {
        match (self.at_window_start, self.at_window_end) {
            (None, _) => schedule.window_start_ns(),
            (Some(_), None) => schedule.window_end_ns().unwrap_or(NEVER_NS),
            (Some(_), Some(_)) => NEVER_NS,
        }
    }

    /// At the end of the thread. A window whose end was not known beforehand lasts until then.
    pub(crate) fn finish(&self) -> CpuUse {
        let last = Mark::now();
        let end = self.at_window_end.unwrap_or(last);
        let start = self.at_window_start.unwrap_or(end);
        CpuUse {
            window_ns: end.used_ns - start.used_ns,
            total_ns: last.used_ns,
            spun_ns: self.spun_ns,
            waited_ns: end.waited_ns.saturating_sub(start.waited_ns),
        }
    }
}

impl CpuUse {
    /// Of several threads together.
    pub(crate) fn sum(uses: impl IntoIterator<Item = Self>) -> Self {
        uses.into_iter().fold(Self::default(), |sum, one| Self {
            window_ns: sum.window_ns + one.window_ns,
            total_ns: sum.total_ns + one.total_ns,
            spun_ns: sum.spun_ns + one.spun_ns,
            waited_ns: sum.waited_ns + one.waited_ns,
        })
    }
}

impl Mark {
    fn now() -> Self {
        Self { used_ns: thread_cpu_ns(), waited_ns: run_delay_ns() }
    }
}

/// How long this thread has waited for a CPU in its life; 0 where the kernel does not tell (proc(5), `schedstat`).
fn run_delay_ns() -> u64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_ascii_whitespace().nth(1).and_then(|field| field.parse().ok()).unwrap_or(0)
}
