//! Where one HTTP/1.1 answer ends in a stream of bytes that may be split anywhere.
//!
//! Decides framing (RFC 9112, section 6.3) and nothing else: bodies are counted past, not kept, and a status is
//! handed on without an opinion. No I/O and no clock. Heads go through `httparse`, chunks through [`chunked`].

mod chunked;
mod head;

use chunked::ChunkedBody;
use head::{Framing, Head};

/// What the finished answer tells the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Whether the peer will take another request on this connection.
    pub(crate) keep_alive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Incomplete,
    /// The answer is whole; the last `surplus` bytes fed do not belong to it.
    Complete {
        answer: Answer,
        surplus: usize,
    },
}

/// The bytes cannot be one HTTP/1.1 answer, or pass a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Where the stream ended too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truncated {
    InHead,
    InBody,
}

/// Reads one answer after the other; call [`Self::reset`] between them.
#[derive(Debug)]
pub(crate) struct ResponseParser {
    answers_have_no_body: bool,
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

impl ResponseParser {
    /// A parser for answers to requests of one method.
    pub(crate) fn new(request_is_head: bool) -> Self {
        Self {
            answers_have_no_body: request_is_head,
            stage: Stage::Head,
            partial_head: Vec::new(),
            answer: Answer { status: 0, keep_alive: false },
        }
    }

    /// Expect the first byte of a new answer.
    pub(crate) fn reset(&mut self) {
        self.stage = Stage::Head;
        self.partial_head.clear();
    }

    /// Take the next bytes of the stream.
    pub(crate) fn feed(&mut self, mut input: &[u8]) -> Result<Progress, Malformed> {
        loop {
            let rest = match &mut self.stage {
                Stage::Head => match self.feed_head(input)? {
                    Some(rest) => rest,
                    None => return Ok(Progress::Incomplete),
                },
                Stage::Length { left } => {
                    let taken = usize::try_from(*left).map_or(input.len(), |left| left.min(input.len()));
                    *left -= taken as u64;
                    if *left > 0 {
                        return Ok(Progress::Incomplete);
                    }
                    return Ok(self.complete(input.len() - taken));
                }
                Stage::Chunked(body) => {
                    let Some(surplus) = body.feed(input)? else {
                        return Ok(Progress::Incomplete);
                    };
                    return Ok(self.complete(surplus));
                }
                Stage::UntilClose => return Ok(Progress::Incomplete),
            };
            input = rest;
        }
    }

    /// The peer has closed its side.
    pub(crate) fn end_of_stream(&self) -> Result<Answer, Truncated> {
        match self.stage {
            Stage::Head => Err(Truncated::InHead),
            Stage::Length { .. } | Stage::Chunked(_) => Err(Truncated::InBody),
            Stage::UntilClose => Ok(self.answer),
        }
    }

    /// Returns the bytes after the head once it is whole.
    fn feed_head<'input>(&mut self, input: &'input [u8]) -> Result<Option<&'input [u8]>, Malformed> {
        let came_before = self.partial_head.len();
        let parsed = if came_before == 0 {
            head::parse(input)?
        } else {
            self.partial_head.extend_from_slice(input);
            head::parse(&self.partial_head)?
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
        self.stage = if self.answers_have_no_body || matches!(head.status, 204 | 304) {
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
