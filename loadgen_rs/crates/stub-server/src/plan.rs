//! What is done for a request, step by step, and in which bytes: worked out once for each target, then only followed.
//!
//! Pure. How far a connection has come, and how it waits, is for `course`; when the clerk is done, for `connection`.

use crate::answer::Answer;
use crate::script::{Fault, Framing, Script};
use std::ops::Range;
use std::time::Duration;

/// A reset throws away what the client has not read yet: so long it may read the half that was sent.
const BEFORE_RESET: Duration = Duration::from_millis(20);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing, for so long.
    Wait(Duration),
    /// Send this part of the plan's bytes.
    Send(Range<usize>),
    /// Send all of them in pieces of this many, with a pause between.
    SendPieces {
        piece_bytes: usize,
        gap: Duration,
    },
    /// Send filler for as long as it is read.
    Flood,
    /// Nothing, ever.
    Hang,
    Close,
    Reset,
}

/// After its last step the connection takes another request.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What was asked for: when it holds, the clerk's part and the recycling are not among the steps.
    pub(crate) script: Script,
    /// A script that could not be read is answered, too, but is not one of the answers that recycling counts.
    pub(crate) is_refusal: bool,
    pub(crate) steps: Vec<Step>,
    pub(crate) bytes: Vec<u8>,
}

impl Plan {
    /// For a request of this target, which need not make sense.
    pub(crate) fn for_target(target: &str, is_head: bool) -> Self {
        let planned = Script::parse(target).and_then(|script| Self::for_script(script, is_head));
        planned.unwrap_or_else(|sentence| Self::refusal(&sentence, is_head))
    }

    fn for_script(script: Script, is_head: bool) -> Result<Self, String> {
        let mut body = Vec::new();
        body.try_reserve_exact(script.body_bytes)
            .map_err(|_| format!("size is {}; expected a body that fits into memory", script.body_bytes))?;
        body.resize(script.body_bytes, b'x');
        let answer = Answer::new(&script, is_head, &body);
        let delay = (!script.delay.is_zero()).then_some(Step::Wait(script.delay));
        let (bytes, steps) = bytes_and_steps(&script, is_head, answer);
        Ok(Self { steps: delay.into_iter().chain(steps).collect(), script, is_refusal: false, bytes })
    }

    fn refusal(sentence: &str, is_head: bool) -> Self {
        let script = Script { status: 400, ..Script::default() };
        let bytes = Answer::new(&script, is_head, format!("stub server: {sentence}\n").as_bytes()).bytes;
        Self { script, is_refusal: true, steps: vec![Step::Send(0..bytes.len())], bytes }
    }
}

fn bytes_and_steps(script: &Script, is_head: bool, answer: Answer) -> (Vec<u8>, Vec<Step>) {
    let Answer { mut bytes, body_at } = answer;
    let half = 0..usize::midpoint(body_at, bytes.len());
    let steps = match script.fault {
        None => {
            let mut steps = vec![match script.piece_bytes {
                None => Step::Send(0..bytes.len()),
                Some(piece_bytes) => Step::SendPieces { piece_bytes: piece_bytes.max(1), gap: script.gap },
            }];
            if script.close || (script.framing == Framing::UntilClose && !is_head) {
                steps.push(Step::Close);
            }
            steps
        }
        Some(Fault::Reset) => vec![Step::Reset],
        Some(Fault::EarlyClose) => vec![Step::Close],
        Some(Fault::CutHead) => vec![Step::Send(0..body_at / 2), Step::Close],
        Some(Fault::ShortBody) => vec![Step::Send(half), Step::Close],
        Some(Fault::ResetBody) => vec![Step::Send(half), Step::Wait(BEFORE_RESET), Step::Reset],
        Some(Fault::LongBody) => {
            bytes.extend_from_slice(b"and more");
            vec![Step::Send(0..bytes.len())]
        }
        Some(Fault::Hang) => vec![Step::Hang],
        Some(Fault::StallBody) => vec![Step::Send(half), Step::Hang],
        Some(Fault::Garbage) => {
            bytes = b"\x16\x03\x01 this is no HTTP\r\n\r\n".to_vec();
            vec![Step::Send(0..bytes.len()), Step::Close]
        }
        Some(Fault::EndlessHead) => {
            bytes = b"HTTP/1.1 200 Stub\r\nx-long: ".to_vec();
            vec![Step::Send(0..bytes.len()), Step::Flood]
        }
        Some(Fault::EndlessBody) => {
            bytes = b"HTTP/1.1 200 Stub\r\n\r\n".to_vec();
            vec![Step::Send(0..bytes.len()), Step::Flood]
        }
    };
    (bytes, steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_null_answer_is_one_step() {
        let plan = Plan::for_target("/", false);

        assert_eq!(plan.steps, [Step::Send(0..plan.bytes.len())]);
        assert!(plan.bytes.ends_with(b"\r\n\r\nxx"));
    }

    #[test]
    fn delays_come_first_and_closing_last() {
        let plan = Plan::for_target("/?delay_ms=5&piece=3&gap_us=7&close=1", false);

        let pieces = Step::SendPieces { piece_bytes: 3, gap: Duration::from_micros(7) };
        assert_eq!(plan.steps, [Step::Wait(Duration::from_millis(5)), pieces, Step::Close]);
    }

    #[test]
    fn half_of_a_body_is_sent_before_a_reset() {
        let plan = Plan::for_target("/?size=10&fault=reset-body", false);

        let half = 0..plan.bytes.len() - 5;
        assert_eq!(plan.steps, [Step::Send(half), Step::Wait(BEFORE_RESET), Step::Reset]);
    }

    #[test]
    fn what_cannot_be_done_is_answered_in_words() {
        for (target, sentence) in [("/?statsu=200", "unknown key"), ("/?size=18446744073709551615", "fits into memory")]
        {
            let plan = Plan::for_target(target, false);

            let text = String::from_utf8(plan.bytes).unwrap();
            assert!(plan.is_refusal && text.starts_with("HTTP/1.1 400 ") && text.contains(sentence), "{text}");
        }
    }
}
