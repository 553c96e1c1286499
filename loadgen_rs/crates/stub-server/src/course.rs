//! An answer under way: how far a connection has come in its plan. Sends, and says what is to be waited for.

use crate::plan::{Plan, Step};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{SendFlags, send};
use std::sync::Arc;
use std::time::Duration;

/// The most that one call sends, so that a long answer lets others have their turn.
const LONGEST_SEND_BYTES: usize = 256 * 1024;
static FILLER: [u8; 16 * 1024] = [b'x'; 16 * 1024];

/// What came of going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advance {
    /// Some way, and there may be more.
    Moved,
    /// The client has to read before more can be sent.
    Blocked,
    Wait(Duration),
    Hang,
    /// The connection may take another request.
    Done,
    Close,
    Reset,
}

#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) plan: Arc<Plan>,
    step: usize,
    /// Of the present step.
    sent_bytes: usize,
}

impl Course {
    pub(crate) fn new(plan: Arc<Plan>) -> Self {
        Self { plan, step: 0, sent_bytes: 0 }
    }

    /// Go on by one call at most. After `Wait`, come again when the time is over.
    pub(crate) fn advance(&mut self, socket: &OwnedFd) -> Result<Advance, Errno> {
        let Some(step) = self.plan.steps.get(self.step) else { return Ok(Advance::Done) };
        match *step {
            Step::Wait(duration) => {
                self.step += 1;
                Ok(Advance::Wait(duration))
            }
            Step::Send(ref range) => {
                let part = &self.plan.bytes[range.clone()];
                let Some(sent_bytes) = send_some(socket, &part[self.sent_bytes..])? else {
                    return Ok(Advance::Blocked);
                };
                self.sent_bytes += sent_bytes;
                if self.sent_bytes < part.len() { Ok(Advance::Moved) } else { Ok(self.end_step()) }
            }
            Step::SendPieces { piece_bytes, gap } => {
                let bytes = &self.plan.bytes;
                let left_of_piece_bytes = piece_bytes - self.sent_bytes % piece_bytes;
                let end = self.sent_bytes.saturating_add(left_of_piece_bytes).min(bytes.len());
                let Some(sent_bytes) = send_some(socket, &bytes[self.sent_bytes..end])? else {
                    return Ok(Advance::Blocked);
                };
                self.sent_bytes += sent_bytes;
                if self.sent_bytes == bytes.len() {
                    Ok(self.end_step())
                } else if self.sent_bytes == end && !gap.is_zero() {
                    Ok(Advance::Wait(gap))
                } else {
                    Ok(Advance::Moved)
                }
            }
            Step::Flood => Ok(if send_some(socket, &FILLER)?.is_some() { Advance::Moved } else { Advance::Blocked }),
            Step::Hang => Ok(Advance::Hang),
            Step::Close => Ok(Advance::Close),
            Step::Reset => Ok(Advance::Reset),
        }
    }

    fn end_step(&mut self) -> Advance {
        self.step += 1;
        self.sent_bytes = 0;
        if self.step == self.plan.steps.len() { Advance::Done } else { Advance::Moved }
    }
}

/// `None` if nothing can be sent now.
fn send_some(socket: &OwnedFd, bytes: &[u8]) -> Result<Option<usize>, Errno> {
    let bytes = &bytes[..bytes.len().min(LONGEST_SEND_BYTES)];
    loop {
        return match send(socket, bytes, SendFlags::NOSIGNAL) {
            Ok(sent_bytes) => Ok(Some(sent_bytes)),
            Err(Errno::INTR) => continue,
            Err(Errno::AGAIN) => Ok(None),
            Err(errno) => Err(errno),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    fn pair() -> (OwnedFd, UnixStream) {
        let (near, far) = socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::NONBLOCK, None).unwrap();
        (near, far.into())
    }

    fn course(target: &str) -> Course {
        Course::new(Arc::new(Plan::for_target(target, false)))
    }

    #[test]
    fn pieces_are_sent_one_by_one_with_gaps_between_them() {
        let (near, mut far) = pair();
        let mut course = course("/?size=3&piece=20&gap_us=9");
        let gap = Advance::Wait(Duration::from_micros(9));

        // 43 bytes: two pieces, and a rest.
        let mut buffer = [0; 64];
        for (expected, bytes) in [(gap, 20), (gap, 20), (Advance::Done, 3)] {
            assert_eq!(course.advance(&near), Ok(expected));
            assert_eq!(far.read(&mut buffer).unwrap(), bytes);
        }
    }

    #[test]
    fn a_flood_waits_for_its_reader() {
        let (near, mut far) = pair();
        let mut course = course("/?fault=endless-body");
        while course.advance(&near) == Ok(Advance::Moved) {}
        assert_eq!(course.advance(&near), Ok(Advance::Blocked));

        let mut buffer = vec![0; 1 << 20];
        while far.read(&mut buffer).is_ok() {}
        assert_eq!(course.advance(&near), Ok(Advance::Moved));
    }

    #[test]
    fn a_long_answer_is_sent_in_several_calls_and_wholly() {
        let (near, mut far) = pair();
        let mut course = course("/?size=2000000");
        let mut received_bytes = 0;
        let mut buffer = vec![0; 1 << 20];
        while course.advance(&near) != Ok(Advance::Done) {
            while let Ok(bytes) = far.read(&mut buffer) {
                received_bytes += bytes;
            }
        }
        while let Ok(bytes) = far.read(&mut buffer) {
            received_bytes += bytes;
        }

        assert_eq!(received_bytes, course.plan.bytes.len());
    }
}
