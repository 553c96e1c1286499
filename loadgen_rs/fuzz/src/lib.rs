//! What the targets share: a stream of bytes fed in pieces, and all that can be seen of its reading.
//!
//! Decides nothing about what is right; that is each target's own claim.

pub mod text;
pub mod valid;

use fwcompare_http1::{Answer, Malformed, Progress, ResponseParser, Sink, Truncated};

/// How a stream was read, to its end or to the end of the answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Reading {
    /// What the parser said last.
    pub end: End,
    /// What it showed on the way.
    pub shown: Shown,
}

/// What a parser can say last of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The answer was whole before the stream ended.
    Complete {
        /// What it was.
        answer: Answer,
        /// Bytes of the stream behind it, those that were not fed among them.
        surplus: usize,
    },
    /// The end of the stream made it whole.
    CompleteAtEnd(Answer),
    /// The stream ended too early.
    Truncated(Truncated),
    /// It was no answer.
    Malformed,
}

/// All fields and the body, however they were handed over.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Name and value, in order.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The pieces in one.
    pub body: Vec<u8>,
}

impl Sink for Shown {
    fn field(&mut self, name: &str, value: &[u8]) {
        self.fields.push((name.to_owned(), value.to_vec()));
    }

    fn body(&mut self, bytes: &[u8]) {
        self.body.extend_from_slice(bytes);
    }
}

/// Feed `stream` to a parser that expects an answer, in pieces of these lengths, over and over; then close it.
///
/// # Panics
/// When the parser has more bytes left over than it was given: that is wrong of any stream.
pub fn read(parser: &mut ResponseParser, stream: &[u8], piece_lengths: [u8; 4]) -> Reading {
    let mut shown = Shown::default();
    let mut fed = 0;
    for piece in pieces(stream, piece_lengths) {
        fed += piece.len();
        let end = match parser.feed(piece, &mut shown) {
            Ok(Progress::Incomplete) => continue,
            Ok(Progress::Complete { answer, surplus }) => {
                assert!(surplus <= piece.len(), "{surplus} bytes left over of a piece of {}", piece.len());
                End::Complete { answer, surplus: surplus + stream.len() - fed }
            }
            Err(Malformed) => End::Malformed,
        };
        return Reading { end, shown };
    }
    let end = match parser.end_of_stream() {
        Ok(answer) => End::CompleteAtEnd(answer),
        Err(truncated) => End::Truncated(truncated),
    };
    Reading { end, shown }
}

/// Feed `stream` to a new parser, in one piece.
#[must_use]
pub fn read_whole(stream: &[u8], request_is_head: bool) -> Reading {
    read(&mut parser(request_is_head), stream, WHOLE)
}

/// A new parser that expects an answer.
#[must_use]
pub fn parser(request_is_head: bool) -> ResponseParser {
    let mut parser = ResponseParser::default();
    parser.reset(request_is_head);
    parser
}

/// The piece lengths that mean: do not cut.
const WHOLE: [u8; 4] = [0; 4];

/// A length of 0 is an empty piece. Four of them would never come to an end: they leave the stream whole.
fn pieces(stream: &[u8], lengths: [u8; 4]) -> impl Iterator<Item = &[u8]> {
    let mut next = 0;
    let mut rest = Some(stream);
    std::iter::from_fn(move || {
        let stream = rest?;
        let length = usize::from(lengths[next % lengths.len()]);
        next += 1;
        if lengths == WHOLE || length >= stream.len() {
            rest = None;
            return Some(stream);
        }
        let (piece, after) = stream.split_at(length);
        rest = Some(after);
        Some(piece)
    })
}
