//! Where one HTTP/1.1 answer ends in a stream of bytes that may be split anywhere.
//!
//! Decides framing (RFC 9112, section 6.3) and nothing else: a status is handed on without an opinion, and whoever wants
//! to see fields and body gives a [`Sink`]; nothing is kept here. No I/O and no clock. Heads go through `httparse`,
//! chunks through a state machine of its own. A crate by itself, so that fuzzing and benchmarks see what users see.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod chunked;
mod head;
mod sink;

pub use sink::Sink;

use chunked::ChunkedBody;
use head::{Framing, Head};

/// What the finished answer tells the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// 200 to 999; interim answers are passed over.
    pub status: u16,
    /// Whether the peer will take another request on this connection.
    pub keep_alive: bool,
}

/// How far an answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The answer goes on.
    Incomplete,
    /// The answer is whole.
    Complete {
        /// What it was.
        answer: Answer,
        /// So many of the bytes fed last do not belong to it.
        surplus: usize,
    },
}

/// The bytes cannot be one HTTP/1.1 answer, or pass a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// Where the stream ended too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncated {
    /// Before the end of the head, or before its first byte.
    InHead,
    /// Before the end that the head had announced.
    InBody,
}

/// Reads one answer after the other; call [`Self::reset`] between them.
#[derive(Debug)]
pub struct ResponseParser {
    answer_has_no_body: bool,
    stage: Stage,
    /// The head so far, when it did not come in one piece. Its memory is kept for the next answer.
    partial_head: Vec<u8>,
    answer: Answer,
}

#[derive(Debug)]
enum Stage {
    Head,
    Length { left: u64 },
    Chunked(ChunkedBody),
    UntilClose,
}

impl Default for ResponseParser {
    fn default() -> Self {
        Self {
            answer_has_no_body: false,
            stage: Stage::Head,
            partial_head: Vec::new(),
            answer: Answer { status: 0, keep_alive: false },
        }
    }
}

impl ResponseParser {
    /// Expect the first byte of a new answer; one to a `HEAD` request has no body, whatever it announces.
    pub fn reset(&mut self, request_is_head: bool) {
        self.answer_has_no_body = request_is_head;
        self.stage = Stage::Head;
        self.partial_head.clear();
    }

    /// Take the next bytes of the stream, and show `sink` what they hold.
    ///
    /// # Errors
    /// When they can be no answer; the connection is of no more use then.
    pub fn feed(&mut self, mut input: &[u8], sink: &mut impl Sink) -> Result<Progress, Malformed> {
        loop {
            let rest = match &mut self.stage {
                Stage::Head => match self.feed_head(input, sink)? {
                    Some(rest) => rest,
                    None => return Ok(Progress::Incomplete),
                },
                Stage::Length { left } => {
                    let taken = usize::try_from(*left).map_or(input.len(), |left| left.min(input.len()));
                    *left -= taken as u64;
                    sink.body(&input[..taken]);
                    if *left > 0 {
                        return Ok(Progress::Incomplete);
                    }
                    return Ok(self.complete(input.len() - taken));
                }
                Stage::Chunked(body) => {
                    let Some(surplus) = body.feed(input, sink)? else {
                        return Ok(Progress::Incomplete);
                    };
                    return Ok(self.complete(surplus));
                }
                Stage::UntilClose => {
                    sink.body(input);
                    return Ok(Progress::Incomplete);
                }
            };
            input = rest;
        }
    }

    /// The peer has closed its side.
    ///
    /// # Errors
    /// When the answer was not to end like that.
    pub fn end_of_stream(&self) -> Result<Answer, Truncated> {
        match self.stage {
            Stage::Head => Err(Truncated::InHead),
            Stage::Length { .. } | Stage::Chunked(_) => Err(Truncated::InBody),
            Stage::UntilClose => Ok(self.answer),
        }
    }

    /// Returns the bytes after the head once it is whole.
    fn feed_head<'input>(
        &mut self,
        input: &'input [u8],
        sink: &mut impl Sink,
    ) -> Result<Option<&'input [u8]>, Malformed> {
        let came_before = self.partial_head.len();
        let parsed = if came_before == 0 {
            head::parse(input, sink)?
        } else {
            self.partial_head.extend_from_slice(input);
            head::parse(&self.partial_head, sink)?
        };
        let Some(head) = parsed else {
            if came_before == 0 {
                self.partial_head.extend_from_slice(input);
            }
            return Ok(None);
        };
        self.partial_head.clear();
        self.begin_body(&head)?;
        // The head was incomplete before this input, so that it ends inside of it.
        Ok(Some(&input[head.bytes - came_before..]))
    }

    fn begin_body(&mut self, head: &Head) -> Result<(), Malformed> {
        if head.status == 101 {
            // Nobody asked to switch; what follows is no HTTP.
            return Err(Malformed);
        }
        if head.status < 200 {
            // An interim answer: the final one follows.
            self.stage = Stage::Head;
            return Ok(());
        }
        self.answer = Answer { status: head.status, keep_alive: head.keep_alive };
        self.stage = if self.answer_has_no_body || matches!(head.status, 204 | 304) {
            Stage::Length { left: 0 }
        } else {
            match head.framing {
                Framing::Length(left) => Stage::Length { left },
                Framing::Chunked => Stage::Chunked(ChunkedBody::new()),
                Framing::UntilClose => {
                    self.answer.keep_alive = false;
                    Stage::UntilClose
                }
            }
        };
        Ok(())
    }

    fn complete(&self, surplus: usize) -> Progress {
        Progress::Complete { answer: self.answer, surplus }
    }
}

#[cfg(test)]
mod tests;
