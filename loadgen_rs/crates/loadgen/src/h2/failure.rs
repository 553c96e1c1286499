//! What the end of a stream or a connection means: the class of the failure, and whether the request may be sent again.

use super::pipe::Signals;
use crate::outcome::ErrorClass;
use h2::{Error, Reason};

/// The class of a failure that `h2` reports. `amid_answer`: the fields of the answer were there.
pub(crate) fn classify(error: &Error, signals: &Signals, amid_answer: bool) -> ErrorClass {
    if let Some(class) = signals.failure() {
        return class;
    }
    if error.is_remote() {
        return ErrorClass::Reset;
    }
    match (error.is_io() && signals.has_ended(), amid_answer) {
        (true, true) => ErrorClass::BodyTooShort,
        (true, false) => ErrorClass::EarlyClose,
        // What `h2` finds wrong by itself.
        (false, _) => ErrorClass::BadResponse,
    }
}

/// Whether the target has said that it did not begin with the request: it refused the stream, or named, as it went
/// away, an earlier one as its last.
pub(crate) fn is_unprocessed(error: &Error) -> bool {
    let is_refusal = error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM);
    // `h2` ends no other streams on a GOAWAY that it receives.
    error.is_remote() && (is_refusal || error.is_go_away())
}
