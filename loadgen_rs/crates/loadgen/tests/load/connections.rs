//! How many connections there are, how long they live, and what an idle close costs.

use crate::{counted, run, server};
use fwcompare_loadgen_core::LoadConfig;
use std::time::Duration;

const REQUESTS: u64 = 60;

#[test]
fn kept_alive_connections_are_opened_once() {
    let server = server();
    let result = run(counted(&server, "/", REQUESTS));

    assert_eq!((result.connections_requested, result.connections_established), (4, 4));
    assert_eq!((result.connections_opened, server.connections()), (4, 4));
    assert_eq!(result.connect.count(), 4);
}

#[test]
fn without_keep_alive_every_request_has_a_connection_of_its_own() {
    let server = server();
    let result = run(LoadConfig { keepalive: false, ..counted(&server, "/?size=100", REQUESTS) });

    assert_eq!((result.ok, result.connections_opened, server.connections()), (REQUESTS, REQUESTS, REQUESTS));
    assert_eq!(result.connect.count(), REQUESTS);
}

#[test]
fn a_target_that_says_close_is_believed() {
    let server = server();
    let result = run(counted(&server, "/?close=1&size=100", REQUESTS));

    assert_eq!((result.ok, result.connections_opened), (REQUESTS, REQUESTS));
    assert_eq!(result.idle_close_retries, 0);
}

#[test]
fn a_connection_that_the_target_closed_idle_is_opened_again_and_nothing_is_lost() {
    let server = server();
    let result = run(counted(&server, "/?recycle=5", REQUESTS));

    assert_eq!((result.sent, result.ok, result.transport_errors), (REQUESTS, REQUESTS, 0), "{result:#?}");
    // 60 answers at 5 a connection; a connection is not always at its end when the load is.
    assert!(result.connections_opened >= REQUESTS / 5, "{}", result.connections_opened);
    assert_eq!(server.requests(), REQUESTS);
}

#[test]
fn an_idle_close_is_retried_once_only() {
    let server = server();
    // The stub answers its first request and closes on all others. The second is taken for an idle close and sent
    // again over a fresh connection, where a close is a failure, as it is for the third.
    let config = LoadConfig { connections: 1, ..counted(&server, "/?fault=early-close&after=1", 3) };
    let result = run(config);

    assert_eq!((result.ok, result.transport_errors, result.idle_close_retries), (1, 2, 1), "{result:#?}");
    assert_eq!(server.requests(), 4);
}

#[test]
fn the_time_that_an_idle_close_costs_is_part_of_the_service_time() {
    let server = server();
    // The stub's second request waits, and is closed on; its third, which is the second sent again, is answered.
    let script = "/?delay_ms=40&fault=early-close&after=1&every=2";
    let result = run(LoadConfig { connections: 1, ..counted(&server, script, 2) });

    assert_eq!((result.ok, result.idle_close_retries), (2, 1), "{result:#?}");
    assert!(result.service.max_ns() >= Some(40_000_000), "{:?}", result.service.max_ns());
}

#[test]
fn threads_share_the_connections_and_the_count() {
    let server = server();
    for threads in [1, 2, 3] {
        // In the warm-up every thread comes to open its connections, however late it is started.
        let warmup = Duration::from_millis(500);
        let result = run(LoadConfig { threads, connections: 7, warmup, ..counted(&server, "/?size=100", 1_000) });

        assert_eq!((result.sent, result.ok), (1_000, 1_000));
        assert_eq!((result.connections_established, result.client.threads), (7, threads));
    }
}

#[test]
fn a_host_may_be_given_by_name() {
    let server = server();
    let url = format!("http://localhost:{}/", server.port());
    let result = run(LoadConfig { url, ..counted(&server, "/", REQUESTS) });

    assert_eq!(result.ok, REQUESTS);
}

#[test]
fn more_connections_than_requests_send_no_more_than_asked_for() {
    let server = server();
    let result = run(LoadConfig { connections: 50, ..counted(&server, "/?delay_ms=5", 10) });

    assert_eq!((result.sent, result.ok, server.requests()), (10, 10, 10));
}
