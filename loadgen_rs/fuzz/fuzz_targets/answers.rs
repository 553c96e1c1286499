//! A valid answer of any framing is read to its last byte and no further, and shown as it was meant.
//!
//! Also on a parser that has given up another answer somewhere: a reset leaves nothing of it behind.
#![no_main]

use arbitrary::Arbitrary;
use fwcompare_fuzz::valid::ValidAnswer;
use fwcompare_fuzz::{End, Reading, parser, read};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Exchange {
    valid: ValidAnswer,
    piece_lengths: [u8; 4],
    /// So much of the answer is read before the parser is reset and reads all of it.
    given_up_at: u16,
    /// Whatever the peer sends behind it.
    surplus: Vec<u8>,
}

fuzz_target!(|exchange: Exchange| {
    let Exchange { valid, piece_lengths, given_up_at, surplus } = exchange;
    let mut stream = valid.bytes();
    let given_up = usize::from(given_up_at) % stream.len();
    let end = if valid.ends_with_the_stream() {
        End::CompleteAtEnd(valid.answer())
    } else {
        stream.extend(&surplus);
        End::Complete { answer: valid.answer(), surplus: surplus.len() }
    };
    let mut parser = parser(valid.request_is_head());

    let cut_short = read(&mut parser, &stream[..given_up], piece_lengths).end;
    parser.reset(valid.request_is_head());
    let reading = read(&mut parser, &stream, piece_lengths);

    let is_cut_short = matches!(cut_short, End::Truncated(_)) || (valid.ends_with_the_stream() && cut_short == end);
    assert!(is_cut_short, "{cut_short:?} without the end of {}", stream.escape_ascii());
    assert_eq!(reading, Reading { end, shown: valid.shown() }, "{}", stream.escape_ascii());
});
