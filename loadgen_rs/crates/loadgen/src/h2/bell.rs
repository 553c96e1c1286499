//! How a future says that it wants to be polled: by a note in its worker's list.
//!
//! All of this happens on one thread; that it need not is a demand of `Waker`.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// What can be polled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The connection of this number.
    Line(usize),
    /// The request in this slot.
    Slot(usize),
}

/// Who has rung since one last looked, in that order, everybody once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls {
    list: Arc<Mutex<Vec<Caller>>>,
}

/// Rings for one caller.
#[derive(Debug)]
pub(crate) struct Bell {
    caller: Caller,
    is_ringing: AtomicBool,
    calls: Calls,
}

impl Calls {
    pub(crate) fn bell(&self, caller: Caller) -> Arc<Bell> {
        Arc::new(Bell { caller, is_ringing: AtomicBool::new(false), calls: self.clone() })
    }

    /// Take the list, for an empty one whose memory is used again.
    pub(crate) fn swap(&self, list: &mut Vec<Caller>) {
        std::mem::swap(&mut *self.lock(), list);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Caller>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bell {
    pub(crate) fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::clone(self))
    }

    /// Its caller is going to be polled: another ring is another call.
    pub(crate) fn answer(&self) {
        self.is_ringing.store(false, Relaxed);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_ringing.swap(true, Relaxed) {
            self.calls.lock().push(self.caller);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_rings_several_times_is_called_once_until_answered() {
        let calls = Calls::default();
        let (one, other) = (calls.bell(Caller::Slot(1)), calls.bell(Caller::Line(0)));
        one.waker().wake();
        other.waker().wake();
        one.waker().wake_by_ref();
        let mut list = Vec::new();

        calls.swap(&mut list);
        assert_eq!(list, [Caller::Slot(1), Caller::Line(0)]);

        list.clear();
        one.answer();
        one.waker().wake();
        other.waker().wake();
        calls.swap(&mut list);
        assert_eq!((list.as_slice(), calls.is_empty()), ([Caller::Slot(1)].as_slice(), true));
    }
}
