//! The parser against every split of known answers, and against answers that a generator thinks of.

use crate::{Answer, Malformed, Progress, ResponseParser, Sink, Truncated};
use proptest::prelude::*;

/// How a stream of bytes, cut into pieces and then closed, was read.
#[derive(Debug, PartialEq, Eq)]
enum Reading {
    /// Complete, with so many bytes left over.
    Complete(Answer, usize),
    CompleteAtEnd(Answer),
    Truncated(Truncated),
    Malformed,
}

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, request_is_head: bool) -> Reading {
    let mut parser = ResponseParser::default();
    parser.reset(request_is_head);
    let mut pieces = pieces.into_iter();
    for piece in pieces.by_ref() {
        match parser.feed(piece, &mut ()) {
            Ok(Progress::Incomplete) => {}
            Ok(Progress::Complete { answer, surplus }) => {
                return Reading::Complete(answer, surplus + pieces.map(<[u8]>::len).sum::<usize>());
            }
            Err(Malformed) => return Reading::Malformed,
        }
    }
    match parser.end_of_stream() {
        Ok(answer) => Reading::CompleteAtEnd(answer),
        Err(truncated) => Reading::Truncated(truncated),
    }
}

fn whole(bytes: &[u8]) -> Reading {
    read([bytes], false)
}

fn complete(status: u16, keep_alive: bool) -> Reading {
    Reading::Complete(Answer { status, keep_alive }, 0)
}

/// Answers that end by themselves.
const ANSWERS: [(&str, u16, bool); 14] = [
    ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", 200, true),
    ("HTTP/1.1 200 OK\r\nContent-Length:5\r\nConnection: Close\r\n\r\nhello", 200, false),
    ("HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\ncontent-length: 5\r\n\r\nhello", 200, true),
    ("HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nhello", 200, false),
    ("HTTP/1.0 200 OK\r\ncontent-length: 5\r\nconnection: x, keep-alive\r\n\r\nhello", 200, true),
    ("HTTP/1.1 500\r\ncontent-length: 0\r\n\r\n", 500, true),
    ("HTTP/1.1 204 No Content\r\n\r\n", 204, true),
    ("HTTP/1.1 304 Not Modified\r\ncontent-length: 100\r\n\r\n", 304, true),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, true),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n00A;x=\"1\"\r\n0123456789\r\n1 \r\n!\r\n0;y\r\n\r\n",
        200,
        true,
    ),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\na: b\r\nc: d\r\n\r\n", 200, true),
    ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n", 200, false),
    ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 1\r\n\r\nx", 201, true),
    ("HTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 103 Early\r\n\r\nHTTP/1.1 204 \r\n\r\n", 204, true),
];

#[test]
fn an_answer_ends_where_it_should_however_the_stream_is_split() {
    for (text, status, keep_alive) in ANSWERS {
        let bytes = text.as_bytes();
        assert_eq!(whole(bytes), complete(status, keep_alive), "{text:?}");
        assert_eq!(read(bytes.chunks(1), false), complete(status, keep_alive), "byte by byte: {text:?}");
        for at in 0..=bytes.len() {
            let (first, second) = bytes.split_at(at);
            assert_eq!(read([first, second], false), complete(status, keep_alive), "split at {at}: {text:?}");
        }
    }
}

#[test]
fn an_answer_that_is_cut_anywhere_is_not_complete() {
    for (text, ..) in ANSWERS {
        for end in 0..text.len() {
            let reading = whole(&text.as_bytes()[..end]);
            assert!(matches!(reading, Reading::Truncated(_)), "cut at {end}: {text:?} gave {reading:?}");
        }
    }
}

#[test]
fn where_a_stream_was_cut_is_known() {
    let truncated = |text: &str| whole(text.as_bytes());

    assert_eq!(truncated(""), Reading::Truncated(Truncated::InHead));
    assert_eq!(truncated("HTTP/1.1 200 OK\r\ncontent-le"), Reading::Truncated(Truncated::InHead));
    assert_eq!(truncated("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"), Reading::Truncated(Truncated::InBody));
    assert_eq!(
        truncated("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r"),
        Reading::Truncated(Truncated::InBody)
    );
}

#[test]
fn a_body_without_length_ends_with_the_stream_and_so_does_the_connection() {
    for fields in ["", "transfer-encoding: gzip\r\n", "transfer-encoding: gzip\r\ncontent-length: 3\r\n"] {
        let text = format!("HTTP/1.1 200 OK\r\n{fields}\r\nany number of bytes");
        let expected = Reading::CompleteAtEnd(Answer { status: 200, keep_alive: false });
        assert_eq!(whole(text.as_bytes()), expected, "{fields:?}");
    }
}

#[test]
fn an_answer_to_head_has_no_body_whatever_it_announces() {
    for fields in ["content-length: 5", "transfer-encoding: chunked", "x: y"] {
        let text = format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n");
        assert_eq!(read([text.as_bytes()], true), complete(200, true), "{fields:?}");
    }
}

#[test]
fn bytes_after_an_answer_are_counted_and_not_swallowed() {
    let reading = whole(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1");

    assert_eq!(reading, Reading::Complete(Answer { status: 200, keep_alive: true }, 8));
}

#[test]
fn what_is_no_answer_is_refused() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for text in [
        "this is no HTTP\r\n\r\n".to_owned(),
        "HTTP/2 200\r\n\r\n".to_owned(),
        "HTTP/1.1 099 Low\r\n\r\n".to_owned(),
        "HTTP/1.1 101 Switching Protocols\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n".to_owned(),
        format!("{chunked}\r\n"),
        format!("{chunked}g\r\n"),
        format!("{chunked}5\n"),
        format!("{chunked}5;x\n"),
        format!("{chunked}-1\r\n"),
        format!("{chunked}1\r\nab\r\n"),
        format!("{chunked}0\r\nx\n"),
        format!("{chunked}0\r\n\r."),
    ] {
        assert_eq!(whole(text.as_bytes()), Reading::Malformed, "{text:?}");
        assert_eq!(read(text.as_bytes().chunks(1), false), Reading::Malformed, "byte by byte: {text:?}");
    }
}

#[test]
fn endless_heads_sizes_extensions_and_trailers_meet_a_limit() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for (beginning, filler, enough) in [
        ("HTTP/1.1 200 OK\r\nx: ", "x", crate::head::MAX_HEAD_BYTES),
        ("HTTP/1.1 200 OK\r\n", "a: b\r\n", 101 * 6),
        (&format!("{chunked}1"), "0", 17),
        (&format!("{chunked}1;"), "x", 5_000),
        (&format!("{chunked}0\r\n"), "a: b\r\n", 30_000),
    ] {
        let text = beginning.to_owned() + &filler.repeat(enough);
        assert_eq!(whole(text.as_bytes()), Reading::Malformed, "{beginning:?}");
        assert_eq!(read(text.as_bytes().chunks(1_000), false), Reading::Malformed, "in pieces: {beginning:?}");
    }
}

#[test]
fn one_parser_reads_answer_after_answer() {
    let mut parser = ResponseParser::default();
    for (text, status, keep_alive) in ANSWERS {
        let (first, second) = text.as_bytes().split_at(text.len() / 2);

        assert_eq!(parser.feed(first, &mut ()), Ok(Progress::Incomplete));
        let answer = Answer { status, keep_alive };
        assert_eq!(parser.feed(second, &mut ()), Ok(Progress::Complete { answer, surplus: 0 }));
        parser.reset(false);
    }
}

/// Keeps what it is shown.
#[derive(Debug, Default, PartialEq, Eq)]
struct Kept {
    fields: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Sink for Kept {
    fn field(&mut self, name: &str, value: &[u8]) {
        self.fields.push((name.to_owned(), value.to_vec()));
    }

    fn body(&mut self, bytes: &[u8]) {
        self.body.extend_from_slice(bytes);
    }
}

#[test]
fn a_sink_is_shown_fields_and_body_of_the_final_answer_alone() {
    let interim = "HTTP/1.1 103 Early\r\nlink: x\r\n\r\n";
    for (framed, body) in [
        ("content-length: 5\r\n\r\nhello", "hello"),
        ("transfer-encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nlate: z\r\n\r\n", "hello"),
        ("x: y\r\n\r\nhello", "hello"),
    ] {
        let text = format!("{interim}HTTP/1.1 200 OK\r\nserver: stub\r\n{framed}");
        for piece_bytes in [1, 7, text.len()] {
            let (mut parser, mut kept) = (ResponseParser::default(), Kept::default());
            for piece in text.as_bytes().chunks(piece_bytes) {
                parser.feed(piece, &mut kept).unwrap();
            }

            assert_eq!(kept.body, body.as_bytes(), "{framed:?} in pieces of {piece_bytes}");
            assert_eq!(kept.fields[0], ("server".to_owned(), b"stub".to_vec()));
            assert_eq!(kept.fields.len(), 2);
        }
    }
}

prop_compose! {
    /// An answer of any framing that ends by itself, and its status.
    fn any_answer()(
        interim in proptest::option::of(prop_oneof![Just(100_u16), Just(103)]),
        status in 200_u16..=599,
        filler in "[a-z]{0,40}",
        chunks in proptest::option::of(proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..60), 0..6)),
        body in proptest::collection::vec(any::<u8>(), 0..200),
        extension in "(;[a-z]{1,8}=[a-z]{1,8})?",
        trailers in proptest::collection::vec("[a-z]{1,8}: [a-z]{0,8}", 0..3),
    ) -> (Vec<u8>, u16) {
        let mut bytes = Vec::new();
        if let Some(interim) = interim {
            bytes.extend(format!("HTTP/1.1 {interim} Interim\r\nx: y\r\n\r\n").into_bytes());
        }
        bytes.extend(format!("HTTP/1.1 {status} Some\r\nx-filler: {filler}\r\n").into_bytes());
        let has_body = !matches!(status, 204 | 304);
        if let Some(chunks) = chunks {
            bytes.extend(b"transfer-encoding: chunked\r\n\r\n");
            if has_body {
                for chunk in chunks {
                    bytes.extend(format!("{:x}{extension}\r\n", chunk.len()).into_bytes());
                    bytes.extend(chunk);
                    bytes.extend(b"\r\n");
                }
                bytes.extend(format!("0{extension}\r\n").into_bytes());
                for trailer in trailers {
                    bytes.extend(format!("{trailer}\r\n").into_bytes());
                }
                bytes.extend(b"\r\n");
            }
        } else {
            bytes.extend(format!("content-length: {}\r\n\r\n", body.len()).into_bytes());
            if has_body {
                bytes.extend(body);
            }
        }
        (bytes, status)
    }
}

/// Cut `bytes` at the given places.
fn cut<'a>(bytes: &'a [u8], places: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut ends: Vec<usize> = places.iter().map(|place| place.index(bytes.len() + 1)).collect();
    ends.push(bytes.len());
    ends.sort_unstable();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(&ends).map(|(start, end)| &bytes[start..*end]).collect()
}

proptest! {
    #[test]
    fn any_answer_in_any_pieces_is_read_to_its_last_byte(
        (bytes, status) in any_answer(),
        places in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
        surplus in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut stream = bytes;
        stream.extend(&surplus);

        let reading = read(cut(&stream, &places), false);

        prop_assert_eq!(reading, Reading::Complete(Answer { status, keep_alive: true }, surplus.len()));
    }

    #[test]
    fn a_damaged_answer_reads_the_same_in_any_pieces(
        (mut bytes, _) in any_answer(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        places in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }

        prop_assert_eq!(read(cut(&bytes, &places), false), whole(&bytes));
    }
}
