//! Several requests, values that differ, and answers that are looked at.

use crate::{counted, run, server, timed};
use fwcompare_loadgen_core::{Expectation, Flow, LoadConfig, Model, OpenModel, Step, Value};
use std::collections::BTreeMap;
use std::time::Duration;

fn step(path: &str) -> Step {
    Step { path: Some(path.to_owned()), ..Step::default() }
}

fn flow(weight: u32, paths: &[&str]) -> Flow {
    Flow { weight, steps: paths.iter().map(|path| step(path)).collect() }
}

fn expecting(path: &str, expect: Expectation) -> Vec<Flow> {
    vec![Flow { weight: 1, steps: vec![Step { expect, ..step(path) }] }]
}

#[test]
fn rows_are_taken_in_turn_over_all_connections() {
    let server = server();
    let rows = ["200", "404", "201", "503"].map(str::to_owned).to_vec();
    let result = run(LoadConfig {
        flows: vec![flow(1, &["/?status={code}"])],
        values: vec![("code".to_owned(), Value::Rows(rows))],
        ..counted(&server, "/", 40)
    });

    assert_eq!(result.status_counts, BTreeMap::from([(200, 10), (201, 10), (404, 10), (503, 10)]));
    assert_eq!(result.endpoints[0].name, "GET /?status={code}");
}

#[test]
fn the_steps_of_a_flow_follow_each_other_and_end_with_an_answer_that_is_not_right() {
    let server = server();
    let flows = vec![flow(1, &["/?size=1", "/?size=2", "/?status=500", "/?size=3"])];
    let result = run(LoadConfig { flows, connections: 1, ..counted(&server, "/", 30) });

    let sent: Vec<_> = result.endpoints.iter().map(|one| (one.sent, one.ok, one.http_errors)).collect();
    assert_eq!(sent, [(10, 10, 0), (10, 10, 0), (10, 0, 10), (0, 0, 0)]);
    assert_eq!(result.unexpected, None);
}

#[test]
fn flows_are_mixed_by_weight() {
    let server = server();
    let flows = vec![flow(9, &["/?size=1"]), flow(1, &["/?size=2"])];
    let result = run(LoadConfig { flows, threads: 2, ..counted(&server, "/", 2_000) });

    let sent: Vec<_> = result.endpoints.iter().map(|one| one.sent).collect();
    assert!(sent[0].abs_diff(1_800) < 80, "{sent:?}");
}

#[test]
fn in_the_open_model_an_arrival_starts_a_flow_whose_steps_are_due_one_after_the_other() {
    let server = server();
    let flows = vec![flow(1, &["/?delay_ms=5", "/?delay_ms=5&size=3"])];
    for keepalive in [true, false] {
        let model = Model::Open(OpenModel::new(200.0));
        let result = run(LoadConfig { flows: flows.clone(), model, keepalive, ..timed(&server, "/", 500) });

        assert_eq!((result.scheduled, result.ok), (200, 200), "{result:#?}");
        assert_eq!(result.endpoints.iter().map(|one| one.ok).collect::<Vec<_>>(), [100, 100]);
        assert!(result.open.as_ref().unwrap().response.min_ns() >= Some(4_990_000));
    }
}

#[test]
fn in_the_open_model_each_request_has_response_times_of_its_own() {
    let server = server();
    // Twenty flows all but at once on one connection: the first request of each waits for the flows before it, the
    // second is due when the first is answered.
    let flows = vec![flow(1, &["/?size=1", "/?delay_ms=20"])];
    let model = Model::Open(OpenModel::new(100_000.0));
    let result = run(LoadConfig { flows, model, connections: 1, ..counted(&server, "/", 20) });

    let [first, second] = result.endpoints.as_slice() else { panic!("two requests") };
    let (first, second) = (first.response.as_ref().unwrap(), second.response.as_ref().unwrap());
    assert!(first.max_ns() >= Some(379_000_000), "{:?}", first.max_ns());
    assert!(second.min_ns() >= Some(19_900_000));
    // From when the flow was due, it would be 200 ms; on a busy host the median one is not late by much.
    assert!(second.quantile_ns(0.5) < Some(150_000_000), "{:?}", second.quantile_ns(0.5));
}

#[test]
fn what_was_never_sent_has_waited_for_the_request_it_would_have_begun_with() {
    let server = server();
    let flows = vec![flow(1, &["/?delay_ms=2000", "/"])];
    let model = Model::Open(OpenModel::new(100_000.0));
    let timeout = Duration::from_millis(100);
    let result = run(LoadConfig { flows, model, timeout, connections: 1, ..counted(&server, "/", 5) });

    let [first, second] = result.endpoints.as_slice() else { panic!("two requests") };
    assert!(first.sent < 5 && result.timeouts == 5, "{result:#?}");
    let response = first.response.as_ref().unwrap();
    assert!((response.count(), response.min_ns() >= Some(99_900_000)) == (5, true), "{response:?}");
    assert_eq!((second.sent, second.response.as_ref().unwrap().count()), (0, 0));
}

#[test]
fn an_answer_that_fails_its_expectation_is_no_ok_answer_and_the_first_is_told() {
    let server = server();
    let body_of = |text: &str| Expectation { body_contains: Some(text.as_bytes().to_vec()), ..Expectation::default() };
    for framing in ["length", "chunked", "until-close"] {
        let path = format!("/?size=10&piece=7&framing={framing}");
        let right = run(LoadConfig { flows: expecting(&path, body_of("xxxxxxxxxx")), ..counted(&server, "/", 8) });
        assert_eq!((right.ok, right.unexpected), (8, Some(0)), "{right:#?}");

        let wrong = run(LoadConfig { flows: expecting(&path, body_of("y")), ..counted(&server, "/", 8) });
        assert_eq!((wrong.ok, wrong.http_errors, wrong.unexpected), (0, 8, Some(8)));
        assert_eq!(wrong.error_counts, BTreeMap::from([("unexpected_body", 8)]));
        let told = wrong.first_unexpected.clone().unwrap();
        assert!(told.contains("status 200") && told.contains("\"xxxxxxxxxx\""), "{told}");
    }
}

#[test]
fn another_status_than_2xx_may_be_the_right_one() {
    let server = server();
    let gone = || Expectation { statuses: vec![410], ..Expectation::default() };

    let right = run(LoadConfig { flows: expecting("/?status=410", gone()), ..counted(&server, "/", 8) });
    assert_eq!((right.ok, right.http_errors, right.service.count()), (8, 0, 8));
    let wrong = run(LoadConfig { flows: expecting("/", gone()), ..counted(&server, "/", 8) });
    assert_eq!((wrong.ok, wrong.unexpected, wrong.status_counts[&200]), (0, Some(8), 8));
}

#[test]
fn fields_and_json_are_looked_at() {
    let server = server();
    let expect = Expectation {
        headers: vec![("content-length".to_owned(), "10".to_owned())],
        json: Some("\"x\"".to_owned()),
        json_every: 4,
        ..Expectation::default()
    };
    let result = run(LoadConfig { flows: expecting("/?size=10", expect), connections: 1, ..counted(&server, "/", 8) });

    assert_eq!(result.error_counts, BTreeMap::from([("unexpected_json", 2)]));
    assert_eq!(result.ok, 6);
}
