//! The server's end, and sleeping that ends with it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug, Default)]
pub(crate) struct Stopping {
    stopping: Mutex<bool>,
    changed: Condvar,
}

impl Stopping {
    pub(crate) fn stop(&self) {
        *self.lock() = true;
        self.changed.notify_all();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.lock()
    }

    /// Sleep this long, or until the server stops.
    pub(crate) fn sleep(&self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        // An end that no clock can express is waited for without one.
        let end = Instant::now().checked_add(duration);
        let mut stopping = self.lock();
        while !*stopping {
            stopping = match end.map(|end| end.saturating_duration_since(Instant::now())) {
                None => self.changed.wait(stopping).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return,
                Some(left) => self.changed.wait_timeout(stopping, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    /// A lone flag is sound even if a thread panicked beside it.
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.stopping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
