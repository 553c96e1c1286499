//! How a worker waits: for events of its sockets, until an instant, the last stretch before it awake.

use crate::clock::now_ns;
use crate::error::LoadError;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, Event};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::thread::set_current_timer_slack;
use rustix::time::Timespec;
use std::num::NonZeroU64;

/// Room for so many events of one wait.
pub(crate) const EVENTS_PER_WAIT: usize = 256;
/// A stop, or the end of a counted load, seen by another thread is noticed within this time.
const LONGEST_WAIT_NS: u64 = 50_000_000;

/// So many times less than it was asked for, at most, is what a wait may last longer (`select_estimate_accuracy` of
/// Linux: a thousandth, a two-hundredth for a nice process).
const KERNEL_SLACK: u64 = 200;

/// One worker's epoll.
#[derive(Debug)]
pub(crate) struct Pause {
    epoll: OwnedFd,
}

impl Pause {
    pub(crate) fn new() -> Result<Self, LoadError> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).map_err(|errno| epoll_failed("epoll_create", errno))?;
        Ok(Self { epoll })
    }

    /// Sockets are registered here.
    pub(crate) fn epoll(&self) -> &OwnedFd {
        &self.epoll
    }

    /// The calling thread is going to wait here: let it sleep as exactly as the kernel can.
    pub(crate) fn sharpen() {
        // By default a sleep may take 50 us longer. Where this is refused, the lag tells.
        let _ = set_current_timer_slack(NonZeroU64::new(1));
    }

    /// Wait for events until then; if that is nearer than `spin_ns`, awake. Returns how long it was awake.
    pub(crate) fn until(&self, events: &mut Vec<Event>, until_ns: u64, spin_ns: u64) -> Result<u64, LoadError> {
        let left_ns = until_ns.saturating_sub(now_ns());
        if spin_ns == 0 {
            self.wait(events, left_ns)?;
            return Ok(0);
        }
        if left_ns > spin_ns {
            // Whatever the timer slack, the kernel lets this call last a little longer, the more the longer it is: the
            // rest of a long wait is another one.
            self.wait(events, (left_ns - spin_ns).saturating_sub(left_ns / KERNEL_SLACK))?;
            return Ok(0);
        }
        let awake_since_ns = now_ns();
        loop {
            self.wait(events, 0)?;
            let now = now_ns();
            if !events.is_empty() || now >= until_ns {
                return Ok(now - awake_since_ns);
            }
        }
    }

    fn wait(&self, events: &mut Vec<Event>, longest_ns: u64) -> Result<(), LoadError> {
        // Below a second, so that it fits in the nanoseconds alone.
        let timeout = Timespec { tv_sec: 0, tv_nsec: longest_ns.min(LONGEST_WAIT_NS).cast_signed() };
        match epoll::wait(&self.epoll, spare_capacity(events), Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(errno) => Err(epoll_failed("epoll_wait", errno)),
        }
    }
}

/// Names a socket in epoll: the slot or place that it belongs to, and which of its sockets it is.
pub(crate) fn token(place: usize, generation: u32) -> u64 {
    u64::from(generation) << 32 | place as u64
}

#[expect(clippy::cast_possible_truncation, reason = "cutting off the generation is what this is for")]
pub(crate) fn place_of(token: u64) -> usize {
    token as u32 as usize
}

fn epoll_failed(call: &str, errno: Errno) -> LoadError {
    LoadError::new(
        call,
        format!("failed: {errno}"),
        "an epoll instance per client thread",
        "check the limit of open files (ulimit -n) and start again",
    )
}
