//! The two clocks of a load, in nanoseconds.
//!
//! Wall time is `CLOCK_MONOTONIC`, the clock of Python's `time.monotonic()`, so that a window can be laid over
//! telemetry taken by another program. CPU time is the calling thread's own. Calendar time is left out: nothing
//! here needs it.

use rustix::time::{ClockId, Timespec, clock_gettime};
use std::time::Duration;

/// Nanoseconds of `CLOCK_MONOTONIC`.
#[must_use]
pub fn now_ns() -> u64 {
    nanoseconds(clock_gettime(ClockId::Monotonic))
}

/// CPU time that the calling thread has used so far, user and system together, in nanoseconds.
#[must_use]
pub fn thread_cpu_ns() -> u64 {
    nanoseconds(clock_gettime(ClockId::ThreadCPUTime))
}

/// A duration in whole nanoseconds; anything beyond 584 years is held at that.
pub(crate) fn duration_ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn nanoseconds(time: Timespec) -> u64 {
    // Neither clock goes below zero, so that a negative part can only be the kernel's fault: read it as zero.
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(time.tv_nsec).unwrap_or(0);
    seconds * 1_000_000_000 + nanoseconds
}
