//! A load can be watched, stopped and waited for, and leaves nothing behind.

use crate::{check, counted, run, server, timed};
use fwcompare_loadgen_core::{Load, LoadConfig, Model, OpenModel, Phase, start};
use std::thread::sleep;
use std::time::Duration;

const LONG: Duration = Duration::from_mins(10);

fn until(load: &Load, holds: impl Fn(&Load) -> bool) {
    while !holds(load) {
        sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_load_stopped_amid_its_window_gives_what_it_has() {
    let server = server();
    let load = start(timed(&server, "/?size=100", 600_000)).unwrap();
    until(&load, |load| load.snapshot().completed > 100);
    assert_eq!(load.snapshot().phase, Phase::Measuring);

    load.stop();
    load.stop();
    let result = load.wait(None).unwrap().unwrap();

    check(&result);
    assert!(result.interrupted && result.ok > 0);
    assert!(result.window_ns() < 600_000_000_000);
    assert_eq!(load.snapshot().phase, Phase::Done);
}

#[test]
fn requests_in_flight_at_a_stop_are_censored() {
    let server = server();
    let load = start(timed(&server, "/?fault=hang", 600_000)).unwrap();
    until(&load, |_| server.requests() == 4);

    load.stop();
    let result = load.wait(None).unwrap().unwrap();

    check(&result);
    assert_eq!((result.sent, result.censored), (4, 4));
}

#[test]
fn a_load_stopped_during_its_warm_up_has_measured_nothing_and_says_so() {
    let server = server();
    let load = start(LoadConfig { warmup: LONG, ..counted(&server, "/", 10) }).unwrap();
    until(&load, |load| load.snapshot().completed > 0);
    assert_eq!(load.snapshot().phase, Phase::WarmUp);

    load.stop();
    let result = load.wait(None).unwrap().unwrap();

    check(&result);
    assert_eq!((result.sent, result.window_ns(), result.throughput_rps()), (0, 0, None));
    assert!(result.interrupted && result.warmup_requests > 0 && result.timeline.is_empty());
}

#[test]
fn a_load_that_has_ended_is_not_interrupted_by_a_late_stop() {
    let server = server();
    let load = start(counted(&server, "/", 5)).unwrap();
    let first = load.wait(None).unwrap().unwrap();

    load.stop();

    assert_eq!(load.wait(None).unwrap().unwrap(), first);
    assert!(!first.interrupted);
}

#[test]
fn waiting_may_be_given_up() {
    let server = server();
    let load = start(timed(&server, "/?fault=hang", 600_000)).unwrap();

    assert_eq!(load.wait(Some(Duration::from_millis(20))), None);
    assert_eq!(load.wait(Some(Duration::ZERO)), None);
}

#[test]
fn a_load_that_is_dropped_ends() {
    let server = server();
    let load = start(timed(&server, "/", 600_000)).unwrap();
    until(&load, |load| load.snapshot().completed > 0);

    drop(load);

    // The client's threads are joined; the stub may still be reading what they sent last.
    let counted_twice = || {
        let before = server.requests();
        sleep(Duration::from_millis(50));
        (before, server.requests())
    };
    while let (before, after) = counted_twice()
        && before != after
    {}
}

#[test]
fn a_draining_load_sends_nothing_more() {
    let server = server();
    let load = start(LoadConfig { drain: LONG, ..timed(&server, "/?fault=hang", 1_000) }).unwrap();

    until(&load, |load| load.snapshot().phase == Phase::Draining);

    let snapshot = load.snapshot();
    assert_eq!((snapshot.sent, snapshot.completed), (4, 0));
}

#[test]
fn a_snapshot_of_an_ended_load_agrees_with_its_result() {
    let server = server();
    let load = start(counted(&server, "/?status=500&first=3", 10)).unwrap();
    let result = load.wait(None).unwrap().unwrap();

    let snapshot = load.snapshot();

    assert_eq!((snapshot.sent, snapshot.completed, snapshot.errors), (result.sent, 10, result.http_errors));
    assert_eq!(snapshot.elapsed_ns, load.snapshot().elapsed_ns);
    // A service time lies in its bucket, which is at most a sixteenth wide.
    assert_eq!(snapshot.times.iter().map(|(_, count)| count).sum::<u64>(), result.ok);
    let (longest_ns, edge_ns) = (result.service.max_ns().unwrap(), snapshot.times.last().unwrap().0);
    assert!(longest_ns < edge_ns && edge_ns <= longest_ns + longest_ns / 16 + 1, "{longest_ns}, {edge_ns}");
}

#[test]
fn in_the_open_model_a_snapshot_has_response_times() {
    let server = server();
    // One connection, 20 ms of service, five requests at once: the last one waits for the others.
    let model = Model::Open(OpenModel::new(100_000.0));
    let load = start(LoadConfig { model, connections: 1, ..counted(&server, "/?delay_ms=20", 5) }).unwrap();
    load.wait(None).unwrap().unwrap();

    assert!(load.snapshot().times.last().unwrap().0 >= 99_000_000);
}

#[test]
fn loads_may_run_side_by_side() {
    let server = server();
    let first = start(counted(&server, "/", 200)).unwrap();
    let second = run(counted(&server, "/?size=10", 200));

    assert_eq!((first.wait(None).unwrap().unwrap().ok, second.ok), (200, 200));
}
