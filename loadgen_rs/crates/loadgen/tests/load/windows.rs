//! What belongs to the measured window, by time and by count.

use crate::{asking, counted, run, server, timed};
use fwcompare_loadgen_core::{Limit, LoadConfig, now_ns, start};
use std::time::Duration;

#[test]
fn a_counted_load_sends_exactly_its_count_after_the_warm_up() {
    let server = server();
    for requests in [1, 3, 4, 5, 500] {
        let before = server.requests();
        let warmup = Duration::from_millis(30);
        let result = run(LoadConfig { warmup, threads: 2, ..counted(&server, "/", requests) });

        assert_eq!((result.sent, result.ok, result.ok_in_window), (requests, requests, requests));
        assert_eq!(server.requests() - before, requests + result.warmup_requests);
    }
}

#[test]
fn a_timed_window_is_as_long_as_asked_for() {
    let server = server();
    let before_ns = now_ns();
    let warmup = Duration::from_millis(40);
    let result = run(LoadConfig { warmup, ..timed(&server, "/", 1_000) });

    assert_eq!(result.window_ns(), 1_000_000_000);
    assert!(result.window_start_ns >= before_ns + 40_000_000 && result.window_end_ns <= now_ns());
    assert!(result.sent > 0);
    assert_eq!(server.requests(), result.sent + result.warmup_requests);
    let expected_rps = result.ok_in_window as f64;
    assert!((result.throughput_rps().unwrap() - expected_rps).abs() < 1e-6);
}

#[test]
fn nothing_of_the_warm_up_enters_a_measured_figure() {
    let server = server();
    let slow_failures = 20;
    let script = format!("/?status=500&first={slow_failures}");
    let warmup = Duration::from_secs(1);
    // Over one connection, requests reach the stub in the order in which they are sent.
    let result = run(LoadConfig { connections: 1, warmup, ..timed(&server, &script, 100) });

    assert!(result.warmup_requests > 0);
    let left_for_the_window = u64::saturating_sub(slow_failures, result.warmup_requests);
    assert_eq!(result.http_errors, left_for_the_window);
    assert_eq!(result.status_counts.get(&500).copied().unwrap_or(0), left_for_the_window);
}

#[test]
fn work_done_inside_the_window_counts_for_throughput_whenever_it_was_asked_for() {
    let server = server();
    // Four answers fall into the window, to requests of the warm-up; those of the window are answered after it.
    let config = LoadConfig { warmup: Duration::from_secs(1), ..timed(&server, "/?delay_ms=1200", 800) };
    let result = run(config);

    assert_eq!((result.warmup_requests, result.ok), (4, result.sent));
    // On a host so busy that an answer takes 0.6 s more, it comes after the window, and no request follows it.
    assert!(result.ok_in_window <= 4 && result.ok_in_window >= result.sent, "{result:#?}");
}

#[test]
fn the_timeline_covers_the_window_and_flags_its_last_bucket_by_width() {
    let server = server();
    let config = LoadConfig { timeline_interval: Duration::from_millis(100), threads: 2, ..timed(&server, "/", 250) };
    let result = run(config);

    let widths: Vec<_> = result.timeline.iter().map(|bucket| (bucket.start_ns, bucket.width_ns)).collect();
    assert_eq!(widths, [(0, 100_000_000), (100_000_000, 100_000_000), (200_000_000, 50_000_000)]);
}

#[test]
fn times_are_no_shorter_than_what_the_target_took() {
    let server = server();
    let result = run(counted(&server, "/?delay_ms=30&size=100&piece=70&gap_us=20000", 8));

    // The head is in the first of three pieces; 0.1 % is the histogram's.
    assert!(result.ttfb.min_ns() >= Some(29_900_000), "{:?}", result.ttfb.min_ns());
    assert!(result.service.min_ns() >= Some(69_900_000), "{:?}", result.service.min_ns());
    assert!(result.ttfb.mean_ns() < result.service.mean_ns());
}

#[test]
fn client_cpu_time_is_that_of_the_window() {
    let server = server();
    let result = run(LoadConfig { warmup: Duration::from_secs(1), ..timed(&server, "/?size=1000", 200) });

    assert!(result.client.window_ns > 0);
    // A thread uses no more CPU time than passes; the marks may be a pass of the loop late.
    assert!(result.client.window_ns < 300_000_000, "{:?}", result.client);
}

#[test]
fn values_that_make_no_sense_start_nothing() {
    let server = server();
    let config = counted(&server, "/", 1);
    for (name, config) in [
        ("connections", LoadConfig { connections: 0, ..config.clone() }),
        ("requests", LoadConfig { limit: Limit::Requests(0), ..config.clone() }),
        ("url", LoadConfig { url: "ftp://127.0.0.1/".to_owned(), ..config.clone() }),
        ("not loopback", LoadConfig { url: "http://192.0.2.1/".to_owned(), ..config.clone() }),
        ("method", LoadConfig { flows: asking("G E T", Vec::new()), ..config.clone() }),
    ] {
        let message = start(config).unwrap_err().to_string();
        assert!(message.contains(name), "{message}");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_host_that_cannot_be_looked_up_is_named() {
    let config = LoadConfig {
        allow_hosts: vec!["no-such-host.invalid".to_owned()],
        ..LoadConfig::new("http://no-such-host.invalid/", Limit::Requests(1))
    };

    let message = start(config).unwrap_err().to_string();

    assert!(message.contains("no-such-host.invalid") && message.contains("cannot be resolved"), "{message}");
}
