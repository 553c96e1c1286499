//! Every fault has its class, and the account is exact under all of them.

use crate::{counted, only_error, run, server, timed};
use fwcompare_loadgen_core::{Limit, LoadConfig};
use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::time::Duration;

const REQUESTS: u64 = 20;

/// Faults that end by themselves, with the class they are counted in.
const FAULTS: [(&str, &str); 8] = [
    ("reset", "reset"),
    ("early-close", "early_close"),
    ("cut-head", "early_close"),
    ("short-body", "body_too_short"),
    ("reset-body", "reset"),
    ("long-body", "bad_response"),
    ("garbage", "bad_response"),
    ("endless-head", "bad_response"),
];

#[test]
fn each_fault_is_counted_in_its_class() {
    let server = server();
    for (fault, class) in FAULTS {
        for keepalive in [true, false] {
            let script = format!("/?size=1000&fault={fault}");
            let result = run(LoadConfig { keepalive, ..counted(&server, &script, REQUESTS) });

            assert_eq!((result.sent, result.transport_errors), (REQUESTS, REQUESTS), "{fault} {result:#?}");
            assert_eq!(only_error(&result), (class, REQUESTS), "{fault}");
        }
    }
}

#[test]
fn a_chunked_body_that_is_cut_is_too_short() {
    let server = server();
    let result = run(counted(&server, "/?framing=chunked&size=1000&fault=short-body", REQUESTS));

    assert_eq!(only_error(&result), ("body_too_short", REQUESTS));
}

#[test]
fn faults_among_good_answers_are_told_apart_from_them() {
    let server = server();
    for (fault, class) in FAULTS {
        // Without keep-alive, so that no fault can pass for an idle close; over one connection, so that the stub's
        // every third request is the load's.
        let script = format!("/?size=1000&every=3&fault={fault}");
        let before = server.requests();
        let config = LoadConfig { keepalive: false, connections: 1, ..counted(&server, &script, REQUESTS) };
        let result = run(config);

        let faulty = (before + REQUESTS) / 3 - before / 3;
        assert_eq!((result.ok, result.transport_errors), (REQUESTS - faulty, faulty), "{fault}");
        assert_eq!(only_error(&result), (class, faulty), "{fault}");
    }
}

#[test]
fn the_account_is_exact_under_every_fault_in_timed_loads_with_keep_alive() {
    let server = server();
    let stalling = ["hang", "stall-body", "endless-body"];
    let mut sent = 0;
    for fault in FAULTS.iter().map(|(fault, _)| *fault).chain(stalling) {
        let script = format!("/?size=1000&every=3&fault={fault}");
        let timeout = Duration::from_millis(30);
        let result = run(LoadConfig { timeout, threads: 2, ..timed(&server, &script, 150) });

        assert_eq!(result.censored, 0, "{fault} {result:#?}");
        sent += result.sent;
    }
    assert!(sent > 0);
}

#[test]
fn other_statuses_are_http_errors_and_no_fast_answers() {
    let server = server();
    for status in [301, 404, 500] {
        let result = run(counted(&server, &format!("/?status={status}&size=10"), REQUESTS));

        assert_eq!((result.http_errors, result.ok, result.service.count()), (REQUESTS, 0, 0));
        assert_eq!(result.status_counts.get(&status), Some(&REQUESTS));
        assert_eq!(server.connections() % 4, 0, "an http error keeps its connection");
    }
}

#[test]
fn a_request_without_an_answer_times_out_with_at_least_its_timeout() {
    let server = server();
    let stalled = ["/?fault=hang", "/?fault=stall-body&size=100", "/?fault=stall-body&size=100&framing=chunked"];
    // A body that keeps coming, faster than it can be read, must not keep the clock from being looked at.
    for script in stalled.into_iter().chain(["/?fault=endless-body"]) {
        let timeout = Duration::from_millis(60);
        let result = run(LoadConfig { timeout, ..counted(&server, script, 6) });

        assert_eq!((result.timeouts, result.transport_errors), (6, 0), "{script}");
        assert_eq!(only_error(&result), ("timeout", 6));
        // Recorded to 0.1 %.
        assert!(result.service.min_ns() >= Some(59_900_000), "{:?}", result.service.min_ns());
    }
}

#[test]
fn what_the_drain_leaves_unfinished_is_censored() {
    let server = server();
    let drain = Duration::from_millis(50);
    let by_time = run(LoadConfig { drain, ..timed(&server, "/?fault=hang", 1_000) });
    assert_eq!((by_time.sent, by_time.censored), (4, 4));

    let by_count = run(LoadConfig { drain, ..counted(&server, "/?fault=hang", 3) });
    assert_eq!((by_count.sent, by_count.censored), (3, 3));
    assert!(!by_count.interrupted && by_count.service.count() == 0);
}

#[test]
fn a_dead_target_is_refused_and_not_hammered() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let dead = |limit| LoadConfig {
        warmup: Duration::ZERO,
        connections: 4,
        ..LoadConfig::new(format!("http://127.0.0.1:{port}/"), limit)
    };

    let by_count = run(dead(Limit::Requests(REQUESTS)));
    assert_eq!(only_error(&by_count), ("connect_refused", REQUESTS));
    assert_eq!((by_count.connections_established, by_count.connections_opened), (0, 0));

    // Each of four connections waits 10 ms after a refusal; a busy host can only make it fewer.
    let by_time = run(dead(Limit::Duration(Duration::from_millis(500))));
    assert!((1..=4 * 51).contains(&by_time.sent), "{}", by_time.sent);
}

#[test]
fn a_target_that_takes_no_connection_is_a_connect_timeout() {
    // A queue of length zero takes one connection; the kernel drops what comes after.
    let listener = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&listener, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
    listen(&listener, 0).unwrap();
    let address = SocketAddr::try_from(getsockname(&listener).unwrap()).unwrap();
    let result = run(LoadConfig {
        connections: 4,
        warmup: Duration::ZERO,
        connect_timeout: Duration::from_millis(80),
        timeout: Duration::from_millis(80),
        ..LoadConfig::new(format!("http://{address}/"), Limit::Requests(12))
    });

    assert_eq!((result.sent, result.ok), (12, 0));
    assert!(result.error_counts["connect_timeout"] > 0 && result.error_counts["timeout"] > 0, "{result:#?}");
    assert_eq!(result.error_counts.len(), 2, "{:?}", result.error_counts);
    assert!(result.connections_established < result.connections_requested);
}
