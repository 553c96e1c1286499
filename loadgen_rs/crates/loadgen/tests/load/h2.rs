//! HTTP/2: several requests over one connection, and the same account as ever.

use crate::h2_server::{Act, H2Server, frames};
use crate::tls_front::{Manner, TlsFront};
use crate::unix::unix_front;
use crate::{check, only_error, run};
use fwcompare_loadgen_core::{
    Backlog, ClosedModel, Expectation, Flow, Limit, LoadConfig, Model, OpenModel, Protocol, Step, Value, start,
};
use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::sync::atomic::Ordering::Relaxed;
use std::thread::sleep;
use std::time::{Duration, Instant};

const REQUESTS: u64 = 60;

fn to(url: String, streams: u32, requests: u64) -> LoadConfig {
    LoadConfig {
        protocol: Protocol::Http2 { streams },
        connections: 2,
        warmup: Duration::ZERO,
        ..LoadConfig::new(url, Limit::Requests(requests))
    }
}

fn counted(server: &H2Server, query: &str, streams: u32, requests: u64) -> LoadConfig {
    to(server.url(query), streams, requests)
}

fn timed(server: &H2Server, query: &str, streams: u32, milliseconds: u64) -> LoadConfig {
    LoadConfig { limit: Limit::Duration(Duration::from_millis(milliseconds)), ..counted(server, query, streams, 1) }
}

fn open(rate: f64, config: LoadConfig) -> LoadConfig {
    LoadConfig { model: Model::Open(OpenModel::new(rate)), ..config }
}

fn step(path: &str) -> Step {
    Step { path: Some(path.to_owned()), ..Step::default() }
}

#[test]
fn a_counted_load_sends_its_count_over_the_connections_asked_for() {
    for streams in [1, 8] {
        for threads in [1, 2] {
            let server = H2Server::start();
            let result = run(LoadConfig { threads, ..counted(&server, "/?size=10000", streams, 500) });

            assert_eq!((result.ok, server.requests()), (500, 500), "{result:#?}");
            assert!(server.connections() <= 2 && result.connections_opened == server.connections());
            assert_eq!(result.bytes_received, 5_000_000);
            assert_eq!(result.connect.count(), result.connections_opened);
        }
    }
}

#[test]
fn so_many_requests_are_under_way_over_one_connection() {
    let server = H2Server::start();
    let config = LoadConfig { connections: 1, ..counted(&server, "/?delay_ms=30", 8, 64) };
    let result = run(config);

    assert_eq!((result.ok, server.busiest(), server.connections()), (64, 8, 1));
    assert!(result.service.min_ns() >= Some(29_900_000));
    // Eight at a time: one after the other they would take two seconds.
    assert!(result.window_ns() >= 8 * 29_000_000);
}

#[test]
fn without_keep_alive_every_request_has_a_connection_of_its_own() {
    let server = H2Server::start();
    let result = run(LoadConfig { keepalive: false, ..counted(&server, "/?size=100", 1, REQUESTS) });

    assert_eq!((result.ok, result.connections_opened, server.connections()), (REQUESTS, REQUESTS, REQUESTS));
    assert!(result.connections_established <= 2, "{}", result.connections_established);
}

#[test]
fn more_streams_than_the_target_takes_wait_for_it() {
    let server = H2Server::limited(Some(2));
    let config = LoadConfig { connections: 1, ..counted(&server, "/?delay_ms=10", 8, 40) };
    let result = run(config);

    assert_eq!((result.ok, server.busiest(), result.idle_close_retries), (40, 2, 0), "{result:#?}");
    // The waiting is the target's: six of eight wait for others before they are begun.
    assert!(result.service.quantile_ns(0.5) >= Some(19_900_000), "{:?}", result.service.quantile_ns(0.5));
}

#[test]
fn bodies_are_sent_and_announced_and_large_ones_wait_for_the_window() {
    let server = H2Server::start();
    let body = vec![b'{'; 300_000];
    let post = Step { method: "POST".to_owned(), body, ..Step::default() };
    let flows = vec![Flow { weight: 1, steps: vec![post] }];
    let result = run(LoadConfig { flows, ..counted(&server, "/?size=10", 4, 20) });

    assert_eq!((result.ok, server.body_bytes()), (20, 6_000_000), "{result:#?}");
}

#[test]
fn flows_expectations_and_values_are_those_of_http_1() {
    let server = H2Server::start();
    let rows = ["200", "404", "201", "503"].map(str::to_owned).to_vec();
    let result = run(LoadConfig {
        flows: vec![Flow { weight: 1, steps: vec![step("/?size=3"), step("/?status={code}"), step("/?size=1")] }],
        values: vec![("code".to_owned(), Value::Rows(rows))],
        ..counted(&server, "/", 4, 40)
    });
    let sent: Vec<_> = result.endpoints.iter().map(|one| one.sent).collect();
    assert!(sent[0] >= sent[1] && sent[1] > sent[2] && result.http_errors > 0, "{sent:?}");

    let expecting = |expect| vec![Flow { weight: 1, steps: vec![Step { expect, ..step("/?size=10&pieces=3") }] }];
    let right = Expectation {
        headers: vec![("content-type".to_owned(), "x".to_owned())],
        body_contains: Some(b"xxxxxxxxxx".to_vec()),
        ..Expectation::default()
    };
    let body = Expectation { headers: Vec::new(), ..right.clone() };
    let result = run(LoadConfig { flows: expecting(body), ..counted(&server, "/", 4, 20) });
    assert_eq!((result.ok, result.unexpected), (20, Some(0)), "{result:#?}");
    let result = run(LoadConfig { flows: expecting(right), ..counted(&server, "/", 4, 20) });
    assert_eq!((result.ok, result.error_counts["unexpected_header"]), (0, 20));
}

#[test]
fn an_answer_is_complete_with_its_trailers() {
    let server = H2Server::start();
    let result = run(counted(&server, "/?size=100&trailers=1", 4, 20));

    assert_eq!(result.ok, 20);
    assert!(result.service.min_ns() >= Some(4_900_000), "{:?}", result.service.min_ns());
}

#[test]
fn each_fault_is_counted_in_its_class() {
    let server = H2Server::start();
    for fault in ["reset", "refuse", "reset-body&size=10"] {
        for (streams, keepalive) in [(1, false), (1, true), (8, true)] {
            let result = run(LoadConfig { keepalive, ..counted(&server, &format!("/?fault={fault}"), streams, 20) });

            assert_eq!(only_error(&result), ("reset", 20), "{fault} {result:#?}");
        }
    }
}

#[test]
fn the_account_is_exact_under_every_fault() {
    let server = H2Server::start();
    for fault in ["reset", "refuse", "reset-body", "drop", "hang", "stall-body"] {
        for streams in [1, 8] {
            let query = format!("/?size=1000&every=3&fault={fault}");
            let timeout = Duration::from_millis(30);
            let config = || LoadConfig { timeout, threads: 2, ..timed(&server, &query, streams, 150) };

            let closed = run(config());
            assert_eq!(closed.censored, 0, "{fault} {closed:#?}");
            assert_eq!(run(open(300.0, config())).scheduled, 45, "{fault}");
        }
    }
}

#[test]
fn a_request_without_an_answer_times_out_and_its_connection_goes_on() {
    let server = H2Server::start();
    for query in ["/?fault=hang", "/?fault=stall-body&size=100"] {
        let before = server.connections();
        let timeout = Duration::from_millis(60);
        let result = run(LoadConfig { timeout, connections: 1, ..counted(&server, query, 4, 12) });

        assert_eq!(only_error(&result), ("timeout", 12), "{query}");
        assert!(result.service.min_ns() >= Some(59_900_000), "{:?}", result.service.min_ns());
        assert_eq!(server.connections() - before, 1);
    }
}

#[test]
fn a_refused_stream_is_sent_again_once_over_the_same_connection() {
    let server = H2Server::start();
    let config = LoadConfig { connections: 1, ..counted(&server, "/?fault=refuse&every=5", 1, 20) };
    let result = run(config);

    // 24 requests for 20: every fifth is refused, and what is sent again is the next one.
    assert_eq!((result.ok, result.idle_close_retries, server.requests()), (20, 4, 24), "{result:#?}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn what_a_target_left_unserved_as_it_went_away_is_sent_again_once() {
    let (port, connections) = frames(&[Act::Answer, Act::GoAway, Act::Answer, Act::GoAway, Act::GoAway]);
    let url = format!("http://127.0.0.1:{port}/");
    let result = run(LoadConfig { connections: 1, ..to(url, 1, 4) });

    // The third request is left unserved twice.
    assert_eq!((result.ok, result.idle_close_retries), (3, 2), "{result:#?}");
    assert_eq!((only_error(&result), connections.load(Relaxed)), (("reset", 1), 4));
}

#[test]
fn an_idle_close_is_retried_and_a_cut_body_is_too_short() {
    let (port, _) = frames(&[Act::Answer, Act::Close, Act::Answer, Act::Cut, Act::Close]);
    let url = format!("http://127.0.0.1:{port}/");
    let result = run(LoadConfig { connections: 1, ..to(url, 1, 5) });

    assert_eq!((result.ok, result.idle_close_retries), (3, 1), "{result:#?}");
    assert_eq!(
        result.error_counts.iter().map(|(name, count)| (*name, *count)).collect::<Vec<_>>(),
        [("body_too_short", 1), ("early_close", 1)]
    );
}

#[test]
fn a_connection_that_says_goodbye_is_replaced_and_nothing_is_lost() {
    let server = H2Server::start();
    for streams in [1, 8] {
        let result = run(counted(&server, "/?bye=10&delay_ms=1", streams, 300));

        assert_eq!((result.ok, result.transport_errors), (300, 0), "{result:#?}");
        assert!(result.connections_opened >= 10, "{}", result.connections_opened);
    }
}

#[test]
fn what_is_unfinished_at_the_end_or_at_a_stop_is_censored() {
    let server = H2Server::start();
    let drain = Duration::from_millis(50);
    let by_time = run(LoadConfig { drain, ..timed(&server, "/?fault=hang", 4, 200) });
    assert_eq!((by_time.sent, by_time.censored), (8, 8));

    let load = start(timed(&server, "/?fault=hang", 4, 600_000)).unwrap();
    while load.snapshot().sent < 8 {
        sleep(Duration::from_millis(2));
    }
    let asked = Instant::now();
    load.stop();
    let result = load.wait(None).unwrap().unwrap();
    check(&result);
    assert!(result.interrupted && asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
    assert_eq!((result.sent, result.censored), (8, 8));
}

#[test]
fn a_peer_that_speaks_http_1_gives_bad_responses() {
    let server = crate::server();
    let result = run(to(server.url("/"), 2, 20));

    assert_eq!(only_error(&result), ("bad_response", 20), "{result:#?}");
}

fn front(server: &H2Server) -> TlsFront {
    TlsFront::start(&["127.0.0.1"], Manner { http_2_port: Some(server.port()), ..Manner::default() })
}

fn over(front: &TlsFront, query: &str, streams: u32, requests: u64) -> LoadConfig {
    LoadConfig { protocol: Protocol::Http2 { streams }, connections: 2, ..front.load(query, requests) }
}

#[test]
fn over_tls_it_is_the_same() {
    let server = H2Server::start();
    let front = front(&server);
    for (streams, size) in [(1, 10), (8, 10_000), (4, 300_000)] {
        let result = run(over(&front, &format!("/?size={size}"), streams, 100));

        assert_eq!((result.ok, result.first_tls_error.clone()), (100, None), "{result:#?}");
        assert_eq!((result.bytes_received, result.connections_opened), (100 * size, 2));
    }
    let post = Step { method: "POST".to_owned(), body: vec![b'{'; 300_000], ..Step::default() };
    let flows = vec![Flow { weight: 1, steps: vec![post] }];
    let result = run(LoadConfig { flows, ..over(&front, "/?size=10", 4, 20) });
    assert_eq!((result.ok, server.body_bytes()), (20, 6_000_000), "{result:#?}");

    let result = run(LoadConfig { keepalive: false, ..over(&front, "/?size=10", 1, 20) });
    assert_eq!((result.ok, result.connections_opened), (20, 20), "{result:#?}");
    let timeout = Duration::from_millis(60);
    let result = run(LoadConfig { timeout, ..over(&front, "/?fault=hang", 4, 12) });
    assert_eq!(only_error(&result), ("timeout", 12));
}

#[test]
fn records_that_come_byte_by_byte_are_put_together() {
    let server = H2Server::start();
    let manner = Manner { piece_bytes: Some(1), http_2_port: Some(server.port()), ..Manner::default() };
    let front = TlsFront::start(&["127.0.0.1"], manner);

    assert_eq!(run(over(&front, "/?size=2000", 4, 8)).ok, 8);
}

#[test]
fn a_target_that_does_not_agree_to_http_2_is_a_failure_of_tls_in_words() {
    let front = TlsFront::start(&["127.0.0.1"], Manner::default());
    let result = run(over(&front, "/", 4, 20));
    assert_eq!(only_error(&result), ("tls", 20));
    assert!(result.first_tls_error.is_some());

    let silent = TlsFront::start(&["127.0.0.1"], Manner { ignores_alpn: true, ..Manner::default() });
    let result = run(over(&silent, "/", 4, 20));
    assert_eq!(only_error(&result), ("tls", 20));
    assert!(result.first_tls_error.clone().unwrap().contains("does not agree to HTTP/2"), "{result:#?}");

    let stranger = TlsFront::start(&["elsewhere.test"], Manner { http_2_port: Some(1), ..Manner::default() });
    assert_eq!(only_error(&run(over(&stranger, "/", 4, 20))), ("tls", 20));
}

#[test]
fn it_goes_over_unix_sockets_and_from_source_addresses() {
    let server = H2Server::start();
    let path = unix_front("h2", server.port());
    let config = counted(&server, "/?size=10000", 4, REQUESTS);
    let result = run(LoadConfig { unix_socket: Some(path.clone()), ..config.clone() });
    assert_eq!(result.ok, REQUESTS, "{result:#?}");
    std::fs::remove_file(path).unwrap();

    let source_addresses = vec![Ipv4Addr::new(127, 0, 0, 2).into()];
    assert_eq!(run(LoadConfig { source_addresses, ..config }).ok, REQUESTS);
}

#[test]
fn a_dead_target_is_refused_and_not_hammered() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let dead = to(format!("http://127.0.0.1:{port}/"), 2, 1);
    let result = run(LoadConfig { limit: Limit::Requests(20), ..dead.clone() });
    assert_eq!(only_error(&result), ("connect_refused", 20));

    // Each of four slots waits 10 ms after a refusal.
    let result = run(LoadConfig { limit: Limit::Duration(Duration::from_millis(300)), ..dead });
    assert!((1..=4 * 31).contains(&result.sent), "{}", result.sent);
}

#[test]
fn a_target_that_takes_no_connection_is_a_connect_timeout() {
    let listener = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&listener, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
    listen(&listener, 0).unwrap();
    let address = SocketAddr::try_from(getsockname(&listener).unwrap()).unwrap();
    let (connect_timeout, timeout) = (Duration::from_millis(80), Duration::from_millis(80));
    let config = LoadConfig { connections: 4, connect_timeout, timeout, ..to(format!("http://{address}/"), 2, 24) };
    let closed = run(config.clone());
    let arrivals = run(open(200.0, config));

    for result in [closed, arrivals] {
        assert_eq!((result.sent + result.timeouts >= 24, result.ok), (true, 0));
        assert!(result.error_counts.contains_key("timeout"), "{result:#?}");
        assert!(result.error_counts.keys().all(|name| ["connect_timeout", "timeout"].contains(name)), "{result:#?}");
    }
}

#[test]
fn a_body_that_keeps_coming_keeps_no_clock_from_being_looked_at() {
    let server = H2Server::start();
    let timeout = Duration::from_millis(60);
    let config = LoadConfig { timeout, connections: 1, ..counted(&server, "/?size=1000000&pieces=2000", 4, 8) };
    let result = run(config);

    // In 2,000 pieces, 2 ms apart.
    assert_eq!(only_error(&result), ("timeout", 8));
    assert!(result.bytes_received > 0);
}

#[test]
fn endless_answers_that_are_given_up_leave_room_for_others() {
    let server = H2Server::start();
    let timeout = Duration::from_millis(60);
    let query = "/?fault=endless-body&every=2&size=100000";
    let config =
        LoadConfig { timeout, connections: 1, drain: Duration::from_millis(500), ..counted(&server, query, 4, 120) };
    let result = run(config.clone());
    // Far more than the windows of a connection hold. A busy host may have some of the other answers late, too.
    assert!(result.bytes_received > 32 << 20 && result.timeouts >= 60 && result.ok > 20, "{result:#?}");
    assert_eq!((result.transport_errors, server.connections()), (0, 1));

    let load = start(LoadConfig { timeout: Duration::from_mins(1), ..config }).unwrap();
    sleep(Duration::from_millis(200));
    let asked = Instant::now();
    load.stop();
    check(&load.wait(None).unwrap().unwrap());
    assert!(asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
}

#[test]
fn response_and_service_and_waiting_are_told_apart_in_the_open_model() {
    let server = H2Server::start();
    let result = run(open(200.0, timed(&server, "/?delay_ms=20", 8, 500)));

    assert_eq!((result.scheduled, result.ok), (100, 100));
    let open_result = result.open.as_ref().unwrap();
    assert!(result.service.min_ns() >= Some(19_900_000), "{:?}", result.service.min_ns());
    assert!(open_result.response.min_ns() >= result.service.min_ns());
    assert!(result.ttfb.min_ns() >= Some(19_900_000));

    // Two slots, ten requests all but at once: each pair waits for those before it.
    let queued = run(open(100_000.0, counted(&server, "/?delay_ms=20", 1, 10)));
    let waits = &queued.open.as_ref().unwrap().wait;
    assert!(waits.max_ns() >= Some(79_000_000), "{:?}", waits.max_ns());
    assert!(queued.service.quantile_ns(0.5) < Some(79_000_000));
}

#[test]
fn backlogs_grow_and_are_shed_as_over_http_1() {
    let server = H2Server::start();
    let with = |backlog, milliseconds| {
        let config = LoadConfig { connections: 1, ..timed(&server, "/?delay_ms=100", 2, milliseconds) };
        LoadConfig { model: Model::Open(OpenModel { backlog, ..OpenModel::new(200.0) }), ..config }
    };
    let grown = run(with(Backlog::Grow { max_connections: 3 }, 500));
    assert_eq!((grown.connections_opened, server.connections(), server.busiest()), (3, 3, 6));
    assert_eq!(grown.ok, 100);

    let shed = run(with(Backlog::Shed { after: Duration::from_millis(20) }, 500));
    assert!(shed.shed >= 50 && shed.sent + shed.shed == 100, "{shed:#?}");
}

#[test]
fn slots_think_and_start_one_after_the_other() {
    let server = H2Server::start();
    let think_time = Duration::from_millis(50);
    let thinking = Model::Closed(ClosedModel { think_time, ..ClosedModel::default() });
    let result = run(LoadConfig { model: thinking, ..counted(&server, "/", 2, 12) });
    assert!(result.ok == 12 && result.window_ns() >= 100_000_000);

    let spawning = Model::Closed(ClosedModel { spawn_rate: Some(20.0), ..ClosedModel::default() });
    let config = LoadConfig { drain: Duration::ZERO, ..timed(&server, "/?fault=hang", 4, 125) };
    let result = run(LoadConfig { model: spawning, ..config });
    assert!((1..=3).contains(&result.sent), "{}", result.sent);
}
