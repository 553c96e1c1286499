//! One thread for all connections: order, patience and the end, seen from a client's side on loopback.
//!
//! The machine may be busy: times are asserted from below, or with room.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use fwcompare_stub_server::StubServer;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::time::{Duration, Instant};

fn server() -> StubServer {
    StubServer::start(0).unwrap()
}

fn connect(server: &StubServer) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

fn ask(mut stream: &TcpStream, target: &str) {
    stream.write_all(format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).unwrap();
}

/// The next so many bytes.
fn read(mut stream: &TcpStream, bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    stream.read_exact(&mut buffer).unwrap();
    String::from_utf8(buffer).unwrap()
}

fn null_answer(stream: &TcpStream) {
    ask(stream, "/");
    assert_eq!(read(stream, NULL.len()), NULL);
}

const NULL: &str = "HTTP/1.1 200 Stub\r\ncontent-length: 2\r\n\r\nxx";

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = server();
    let stream = connect(&server);
    let targets = ["/?status=201&delay_ms=20", "/", "/?status=202&service_us=5000", "/?status=203&piece=7&gap_us=300"];
    let requests =
        targets.map(|target| format!("POST {target} HTTP/1.1\r\ncontent-length: 4\r\n\r\n\r\n\r\n")).concat();
    // More of them than one call receives, and the first is cut in its head.
    let many = requests.repeat(300);
    let mut writer = stream.try_clone().unwrap();
    let half = std::thread::spawn(move || {
        writer.write_all(&requests.as_bytes()[..9]).unwrap();
        std::thread::sleep(Duration::from_millis(5));
        writer.write_all(&requests.as_bytes()[9..]).unwrap();
    });

    for status in [201, 200, 202, 203] {
        assert_eq!(read(&stream, NULL.len()), NULL.replace("200", &status.to_string()));
    }
    half.join().unwrap();
    assert_eq!(server.requests(), 4);

    let many = many.replace("delay_ms=20", "delay_ms=0").replace("service_us=5000", "service_us=5");
    let mut writer = stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || writer.write_all(many.as_bytes()).unwrap());
    for _ in 0..300 {
        for status in [201, 200, 202, 203] {
            assert_eq!(read(&stream, NULL.len()), NULL.replace("200", &status.to_string()));
        }
    }
    writing.join().unwrap();
    assert_eq!(server.requests(), 4 + 1_200);
}

#[test]
fn a_client_that_does_not_read_blocks_nobody() {
    let server = server();
    let slow: Vec<TcpStream> = (0..4).map(|_| connect(&server)).collect();
    let size = 30_000_000;
    ask(&slow[0], &format!("/?size={size}"));
    ask(&slow[1], "/?fault=endless-body");
    ask(&slow[2], "/?fault=endless-head");
    ask(&slow[3], "/?fault=hang");

    let quick = connect(&server);
    for _ in 0..100 {
        null_answer(&quick);
    }
    // It has lost nothing by being slow.
    let head = format!("HTTP/1.1 200 Stub\r\ncontent-length: {size}\r\n\r\n");
    assert_eq!(read(&slow[0], head.len()), head);
    assert!(read(&slow[0], size).bytes().all(|byte| byte == b'x'));
    null_answer(&slow[0]);
}

#[test]
fn a_client_that_reads_a_body_without_end_blocks_nobody() {
    let server = server();
    let reader = connect(&server);
    ask(&reader, "/?fault=endless-body");
    let reading = std::thread::spawn({
        let mut reader = reader.try_clone().unwrap();
        move || {
            let mut buffer = vec![0; 1 << 20];
            let mut read_bytes = 0;
            while let Ok(bytes @ 1..) = reader.read(&mut buffer) {
                read_bytes += bytes;
            }
            read_bytes
        }
    });

    let quick = connect(&server);
    for _ in 0..100 {
        null_answer(&quick);
    }
    std::thread::sleep(Duration::from_millis(50));
    reader.shutdown(Shutdown::Both).unwrap();
    assert!(reading.join().unwrap() > 1_000_000);
}

#[test]
fn a_thousand_connections_at_once_are_served() {
    // Both ends of each are in this process.
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files }).unwrap();
    let server = server();
    let streams: Vec<TcpStream> = (0..1_000).map(|_| connect(&server)).collect();
    for stream in &streams {
        ask(stream, "/?delay_ms=30");
    }
    for stream in &streams {
        assert_eq!(read(stream, NULL.len()), NULL);
    }

    assert_eq!((server.connections(), server.requests()), (1_000, 1_000));
}

#[test]
fn stopping_does_not_wait_for_connections_that_hang() {
    let mut server = server();
    let targets = [
        "/?fault=hang",
        "/?fault=stall-body&size=9",
        "/?delay_ms=60000",
        "/?fault=endless-body",
        "/?service_us=60000000",
    ];
    let streams: Vec<TcpStream> = targets.iter().map(|_| connect(&server)).collect();
    for (stream, target) in streams.iter().zip(targets) {
        ask(stream, target);
    }
    while server.requests() < targets.len() as u64 {
        std::thread::sleep(Duration::from_millis(1));
    }

    let begun = Instant::now();
    server.stop();

    assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
    // The server's side of each is closed, and so is its port.
    for mut stream in &streams {
        match stream.read_to_end(&mut vec![]) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).is_err());
}

#[test]
fn a_request_in_any_of_two_stalls_waits_for_its_end() {
    let server = server();
    let stream = connect(&server);
    let begun = Instant::now();
    let mut slow_answers = 0;
    // Periods begin with the server, so that in 500 ms two of them are met whole.
    while begun.elapsed() < Duration::from_millis(500) {
        let asked = Instant::now();
        ask(&stream, "/?service_us=100&stall_every_ms=200&stall_ms=80");
        read(&stream, NULL.len());
        let lasted = asked.elapsed();
        assert!(lasted >= Duration::from_micros(100), "{lasted:?}");
        slow_answers += u32::from(lasted >= Duration::from_millis(40));
    }

    // The one at the beginning may have been met in part; a busy host may add one of its own.
    assert!((2..=4).contains(&slow_answers), "{slow_answers}");
}

#[test]
fn a_client_that_has_sent_all_it_will_is_answered_still() {
    let server = server();
    let mut stream = connect(&server);
    ask(&stream, "/?delay_ms=20");
    ask(&stream, "/");
    stream.shutdown(Shutdown::Write).unwrap();

    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text, NULL.repeat(2));
}
