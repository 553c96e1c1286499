//! The closed model's pace: think time and spawn rate.

use crate::{counted, run, server, timed};
use fwcompare_loadgen_core::{ClosedModel, LoadConfig, Model, Spread};
use std::time::Duration;

fn closed(model: ClosedModel, config: LoadConfig) -> LoadConfig {
    LoadConfig { model: Model::Closed(model), ..config }
}

#[test]
fn a_connection_thinks_between_its_requests() {
    let server = server();
    let think_time = Duration::from_millis(50);
    let model = ClosedModel { think_time, ..ClosedModel::default() };
    let result = run(closed(model, counted(&server, "/", 12)));

    // Three requests on each of four connections, with two thoughts between them.
    assert_eq!(result.ok, 12);
    assert!(result.window_ns() >= 100_000_000);
    assert!(result.service.quantile_ns(0.5) < Some(50_000_000));
}

#[test]
fn thoughts_may_be_drawn_at_random() {
    let server = server();
    let think_time = Duration::from_millis(5);
    let model = ClosedModel { think_time, spread: Spread::Exponential, spawn_rate: None };
    let result = run(closed(model, counted(&server, "/", 200)));

    // Fifty draws on each connection: their sum is far above half of its mean.
    assert!(result.window_ns() >= 125_000_000);
}

#[test]
fn connections_start_one_after_the_other() {
    let server = server();
    let model = ClosedModel { spawn_rate: Some(20.0), ..ClosedModel::default() };
    let config = LoadConfig { threads: 2, ..timed(&server, "/?fault=hang", 125) };
    let result = run(closed(model, LoadConfig { drain: Duration::ZERO, ..config }));

    // Due at 0, 50, 100 and 150 ms; a busy host may be late.
    assert!((1..=3).contains(&result.sent), "{}", result.sent);
}
