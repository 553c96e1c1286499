//! Any bytes read the same in any pieces: same end, same fields, same body; and an answer ends at one byte.
#![no_main]

use arbitrary::Arbitrary;
use fwcompare_fuzz::{End, parser, read, read_whole};
use libfuzzer_sys::fuzz_target;

/// The input is five bytes of this and then the stream as it is, so that a seed can be read and written by hand.
#[derive(Debug, Arbitrary)]
struct Split<'input> {
    request_is_head: bool,
    piece_lengths: [u8; 4],
    stream: &'input [u8],
}

fuzz_target!(|input: Split| {
    let Split { request_is_head, piece_lengths, stream } = input;
    let whole = read_whole(stream, request_is_head);
    assert_eq!(read(&mut parser(request_is_head), stream, piece_lengths), whole, "in pieces, and whole");

    if let End::Complete { answer, surplus } = whole.end {
        let (own, _) = stream.split_at(stream.len() - surplus);
        let alone = read_whole(own, request_is_head);
        assert_eq!(alone.end, End::Complete { answer, surplus: 0 }, "without its surplus");
        assert_eq!(alone.shown, whole.shown, "without its surplus, and with it");
        let cut_short = read_whole(&own[..own.len() - 1], request_is_head);
        assert!(matches!(cut_short.end, End::Truncated(_)), "complete, and without its last byte {:?}", cut_short.end);
    }
});
