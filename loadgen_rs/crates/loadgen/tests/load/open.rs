//! The open model: requests are due by a schedule, and every one of them is accounted for.

use crate::{check, counted, run, server, timed};
use fwcompare_loadgen_core::{
    Backlog, Histogram, LoadConfig, LoadResult, Model, OpenModel, OpenResult, Spread, Stage, Verdict, start,
};
use std::thread::sleep;
use std::time::Duration;

fn open(rate: f64, config: LoadConfig) -> LoadConfig {
    LoadConfig { model: Model::Open(OpenModel::new(rate)), ..config }
}

fn with(config: LoadConfig, change: impl FnOnce(&mut OpenModel)) -> LoadConfig {
    let Model::Open(mut model) = config.model.clone() else { panic!("a closed model") };
    change(&mut model);
    LoadConfig { model: Model::Open(model), ..config }
}

fn of_open(result: &LoadResult) -> &OpenResult {
    result.open.as_ref().unwrap()
}

#[test]
fn a_timed_load_has_as_many_requests_due_as_rate_and_window_say() {
    let server = server();
    let warmup = Duration::from_millis(200);
    let result = run(open(500.0, LoadConfig { warmup, threads: 2, ..timed(&server, "/", 600) }));

    assert_eq!((result.scheduled, result.ok, result.warmup_requests), (300, 300, 100));
    assert_eq!(server.requests(), 400);
    assert!((of_open(&result).offered_rps - 500.0).abs() < 1e-6);
    assert_eq!(result.window_ns(), 600_000_000);
}

#[test]
fn a_counted_load_sends_its_count_when_it_is_due() {
    let server = server();
    let result = run(open(1_000.0, counted(&server, "/", 201)));

    assert_eq!((result.scheduled, result.sent, result.ok), (201, 201, 201));
    // The last one is due 200 ms after the first.
    assert!(result.window_ns() >= 200_000_000);
}

#[test]
fn poisson_arrivals_are_those_of_their_seed() {
    let server = server();
    let poisson = |seed| {
        let config = open(400.0, LoadConfig { seed, ..timed(&server, "/", 300) });
        run(with(config, |model| model.arrivals = Spread::Exponential)).scheduled
    };

    let (first, again, other) = (poisson(1), poisson(1), poisson(5));
    assert_eq!(first, again);
    assert_ne!(first, other);
}

#[test]
fn response_time_begins_when_the_request_is_due_and_service_time_when_it_is_sent() {
    let server = server();
    // One connection, 20 ms of service, ten requests all but at once: each waits for those before it.
    let config = LoadConfig { connections: 1, ..counted(&server, "/?delay_ms=20", 10) };
    let result = run(open(100_000.0, config));

    let open = of_open(&result);
    assert!(open.response.max_ns() >= Some(199_000_000), "{:?}", open.response.max_ns());
    assert!(open.wait.max_ns() >= Some(179_000_000));
    // On a busy host one service may last longer; that the median one does is not to be expected.
    assert!(result.service.quantile_ns(0.5) < Some(100_000_000));
    // Of a counted load, all ended in its window.
    let in_window = || result.timeline.iter().flat_map(|bucket| &bucket.response);
    assert_eq!(in_window().map(Histogram::count).sum::<u64>(), 10);
    assert_eq!(in_window().filter_map(Histogram::max_ns).max(), open.response.max_ns());
    // Waiting for the connection was not the generator's fault.
    assert!(open.lag.quantile_ns(0.5) < Some(20_000_000));
}

#[test]
fn what_is_unfinished_or_was_never_sent_is_censored_with_what_it_lasted() {
    let server = server();
    let config = LoadConfig { drain: Duration::from_millis(50), ..timed(&server, "/?fault=hang", 200) };
    let result = run(open(100.0, config));

    assert_eq!((result.scheduled, result.sent, result.censored), (20, 4, 20));
    let open = of_open(&result);
    assert_eq!((open.response.count(), open.backlog_end), (20, 16));
    // The first was due when the window began, and the load ended no earlier than the drain.
    assert!(open.response.max_ns() >= Some(249_000_000) && open.response.min_ns() >= Some(59_000_000));
    assert!((result.censored_share() - 1.0).abs() < 1e-9);
}

#[test]
fn a_timeout_counts_from_the_due_time_even_if_nothing_was_sent() {
    let server = server();
    let timeout = Duration::from_millis(50);
    let config = LoadConfig { connections: 1, timeout, ..timed(&server, "/?fault=hang", 400) };
    let result = run(open(5_000.0, config));

    // Deadlines are looked at once in a millisecond: others have passed with that of the one that was sent.
    assert_eq!((result.scheduled, result.timeouts), (2_000, 2_000));
    assert!(result.sent < 2_000);
    let open = of_open(&result);
    assert_eq!(open.response.count(), 2_000);
    assert!(open.response.min_ns() >= Some(49_900_000), "{:?}", open.response.min_ns());
    // The first is due with the window and given up in it, and so are all but those of its last 50 ms or so.
    let in_window = || result.timeline.iter().flat_map(|bucket| &bucket.response);
    assert!(in_window().map(Histogram::count).sum::<u64>() >= 1_000);
    assert!(in_window().filter_map(Histogram::min_ns).min() >= Some(49_900_000));
    assert_eq!(result.steady, Some(false));
}

#[test]
fn overload_is_called_saturation_with_the_arithmetic() {
    let server = server();
    let drain = Duration::ZERO;
    let config = LoadConfig { connections: 1, drain, ..timed(&server, "/?delay_ms=10", 1_000) };
    let result = run(open(400.0, config));

    // One connection and 10 ms make 100/s at most.
    assert_eq!(result.steady, Some(false));
    let open = of_open(&result);
    assert!(open.backlog_end >= 299 && result.censored >= 299, "{result:#?}");
    if result.verdict != Verdict::GeneratorLimited {
        assert_eq!(result.verdict, Verdict::Saturated);
        assert!(result.verdict_reason.starts_with("offered 400.0/s, served "), "{}", result.verdict_reason);
    }
    assert_eq!(result.timeline.iter().map(|bucket| bucket.due).sum::<u64>(), 400);
    assert_eq!(result.timeline.last().unwrap().backlog, open.backlog_end);
}

#[test]
fn a_backlog_is_sent_in_the_drain() {
    let server = server();
    let config = LoadConfig { connections: 1, ..timed(&server, "/?delay_ms=20", 200) };
    let result = run(open(100.0, config));

    assert_eq!((result.scheduled, result.ok, result.censored), (20, 20, 0));
}

#[test]
fn requests_wait_no_longer_than_they_are_told_to_before_they_are_shed() {
    let server = server();
    let config = LoadConfig { connections: 1, ..timed(&server, "/?delay_ms=50", 500) };
    let after = Duration::from_millis(20);
    let result = run(with(open(200.0, config), |model| model.backlog = Backlog::Shed { after }));

    assert_eq!(result.scheduled, 100);
    assert!(result.shed >= 50 && result.sent + result.shed == 100, "{result:#?}");
    assert_eq!(of_open(&result).response.count(), result.ok);
}

#[test]
fn a_growing_pool_opens_connections_as_they_are_missed_and_no_more_than_it_may() {
    let server = server();
    let config = LoadConfig { connections: 1, ..timed(&server, "/?delay_ms=100", 500) };
    let result = run(with(open(200.0, config), |model| model.backlog = Backlog::Grow { max_connections: 5 }));

    assert_eq!((result.connections_opened, server.connections()), (5, 5));
    assert_eq!((result.connections_requested, result.ok), (1, 100));
}

#[test]
fn stages_change_the_rate_of_the_window_and_not_of_the_warm_up() {
    let server = server();
    let step = Stage { duration: Duration::ZERO, rate: 500.0 };
    let ramp = Stage { duration: Duration::from_millis(400), rate: 1_000.0 };
    let config = open(100.0, LoadConfig { warmup: Duration::from_millis(100), ..timed(&server, "/", 500) });
    let result = run(with(config, |model| model.stages = vec![step, ramp]));

    // 0.4 s at 750/s on average, and 0.1 s at 1,000/s.
    assert_eq!((result.warmup_requests, result.scheduled), (10, 400));
}

#[test]
fn every_arrival_is_accounted_for_whatever_goes_wrong() {
    let server = server();
    for script in ["/?fault=reset", "/?status=503&every=2", "/?fault=hang&every=9", "/?recycle=3", "/?close=1"] {
        for (keepalive, threads) in [(true, 1), (false, 3)] {
            let timeout = Duration::from_millis(100);
            let config = LoadConfig { timeout, keepalive, threads, ..timed(&server, script, 300) };
            let result = run(open(300.0, config));

            assert_eq!(result.scheduled, 90, "{script}");
        }
    }
}

#[test]
fn a_target_that_is_not_there_fails_every_arrival() {
    let mut server = server();
    let config = open(200.0, timed(&server, "/", 300));
    server.stop();
    let result = run(config);

    assert_eq!((result.scheduled, result.ok), (60, 0));
}

#[test]
fn a_stopped_load_accounts_for_what_was_due_until_then() {
    let server = server();
    let load = start(open(1_000.0, timed(&server, "/?fault=hang", 600_000))).unwrap();
    while load.snapshot().elapsed_ns < 100_000_000 {
        sleep(Duration::from_millis(2));
    }

    load.stop();
    let result = load.wait(None).unwrap().unwrap();

    check(&result);
    assert!(result.interrupted && result.scheduled >= 100 && result.scheduled == result.censored, "{result:#?}");
}

#[test]
fn a_model_that_makes_no_sense_starts_nothing() {
    let server = server();
    let config = || open(100.0, counted(&server, "/", 1));
    for (name, config) in [
        ("rate: is 0/s", open(0.0, counted(&server, "/", 1))),
        ("rate: is NaN/s", open(f64::NAN, counted(&server, "/", 1))),
        ("max_connections: is 3", with(config(), |model| model.backlog = Backlog::Grow { max_connections: 3 })),
        ("spin: is 1 s", with(config(), |model| model.spin = Duration::from_secs(1))),
    ] {
        let message = start(config).unwrap_err().to_string();
        assert!(message.contains(name), "{message}");
    }
}
