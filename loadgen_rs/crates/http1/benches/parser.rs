//! What reading one answer costs, by framing and by how the stream was cut. Sending and receiving are not in here.

use criterion::{Bencher, Criterion, criterion_group, criterion_main};
use fwcompare_http1::{Progress, ResponseParser};
use std::hint::black_box;

const BODY_BYTES: usize = 10 * 1024;
/// As large as what frameworks write at once.
const CHUNK_BYTES: usize = 2 * 1024;
/// As a framework behind a common server sends them.
const FIELDS: &str = "date: Fri, 20 Nov 2026 12:00:00 GMT\r\nserver: stub\r\ncontent-type: application/json\r\n";

fn with_length() -> Vec<u8> {
    let mut stream = format!("HTTP/1.1 200 OK\r\n{FIELDS}content-length: {BODY_BYTES}\r\n\r\n").into_bytes();
    stream.resize(stream.len() + BODY_BYTES, b'x');
    stream
}

fn chunked() -> Vec<u8> {
    let chunk = format!("{CHUNK_BYTES:x}\r\n{}\r\n", "x".repeat(CHUNK_BYTES));
    let chunks = chunk.repeat(BODY_BYTES / CHUNK_BYTES);
    format!("HTTP/1.1 200 OK\r\n{FIELDS}transfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n").into_bytes()
}

fn head_only() -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\n{FIELDS}content-length: 0\r\n\r\n").into_bytes()
}

/// One parser for all answers, as a connection has it.
fn read(bencher: &mut Bencher<'_>, pieces: &[&[u8]]) {
    let mut parser = ResponseParser::default();
    bencher.iter(|| {
        parser.reset(false);
        let mut last = Ok(Progress::Incomplete);
        for piece in pieces {
            last = parser.feed(black_box(piece), &mut ());
        }
        // An answer that is refused early would be a fast one.
        assert!(matches!(last, Ok(Progress::Complete { surplus: 0, .. })), "not read to its end: {last:?}");
        last
    });
}

fn answers(criterion: &mut Criterion) {
    let (with_length, chunked, head_only) = (with_length(), chunked(), head_only());
    let in_its_head = with_length.split_at(FIELDS.len());

    let mut group = criterion.benchmark_group("answer");
    group.bench_function("head only", |bencher| read(bencher, &[&head_only]));
    group.bench_function("10 KiB with length, one piece", |bencher| read(bencher, &[&with_length]));
    group.bench_function("10 KiB with length, split in its head", |bencher| {
        read(bencher, &[in_its_head.0, in_its_head.1]);
    });
    group.bench_function("10 KiB in 5 chunks, one piece", |bencher| read(bencher, &[&chunked]));
    group.finish();
}

criterion_group!(benches, answers);
criterion_main!(benches);
