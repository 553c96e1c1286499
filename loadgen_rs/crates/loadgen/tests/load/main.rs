//! Real loads against the stub server, on loopback.
//!
//! The machine may be busy: counts are asserted exactly, times only from below.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod connections;
mod faults;
mod flows;
mod framing;
mod h2;
mod h2_server;
mod open;
mod pacing;
mod sources;
mod stopping;
mod tls;
mod tls_front;
mod unix;
mod windows;

use fwcompare_loadgen_core::{Flow, Histogram, Limit, LoadConfig, LoadResult, Step, start};
use fwcompare_stub_server::StubServer;
use std::sync::Arc;
use std::time::Duration;

fn server() -> StubServer {
    StubServer::start(0).expect("a free port on loopback")
}

/// So many requests of this script over four connections, without a warm-up.
fn counted(server: &StubServer, script: &str, requests: u64) -> LoadConfig {
    LoadConfig {
        connections: 4,
        warmup: Duration::ZERO,
        ..LoadConfig::new(server.url(script), Limit::Requests(requests))
    }
}

/// Requests of this script for so long over four connections, without a warm-up.
fn timed(server: &StubServer, script: &str, milliseconds: u64) -> LoadConfig {
    LoadConfig { limit: Limit::Duration(Duration::from_millis(milliseconds)), ..counted(server, script, 1) }
}

/// One request, with this method and body.
fn asking(method: &str, body: Vec<u8>) -> Vec<Flow> {
    vec![Flow { weight: 1, steps: vec![Step { method: method.to_owned(), body, ..Step::default() }] }]
}

/// Make the load to its end and check what holds for every load.
fn run(config: LoadConfig) -> Arc<LoadResult> {
    let load = start(config).unwrap();
    let result = load.wait(None).unwrap().unwrap();
    check(&result);
    result
}

/// What holds for every load, whatever went wrong.
fn check(result: &LoadResult) {
    let concluded = result.ok + result.http_errors + result.transport_errors + result.timeouts + result.censored;
    assert_eq!(result.scheduled, concluded + result.shed, "{result:#?}");
    assert_eq!(result.status_counts.values().sum::<u64>(), result.ok + result.http_errors);
    let unexpected = result.unexpected.unwrap_or(0);
    assert_eq!(result.error_counts.values().sum::<u64>(), result.transport_errors + result.timeouts + unexpected);
    assert!(unexpected <= result.http_errors && result.first_unexpected.is_some() == (unexpected > 0));
    for one in &result.endpoints {
        let concluded = one.ok + one.http_errors + one.transport_errors + one.timeouts + one.censored;
        assert_eq!(one.sent, concluded, "{}", one.name);
    }
    assert_eq!(result.endpoints.iter().map(|one| one.sent).sum::<u64>(), result.sent);
    assert_eq!(result.endpoints.iter().map(|one| one.ok).sum::<u64>(), result.ok);
    match &result.open {
        None => {
            assert_eq!(result.scheduled, result.sent);
            assert_eq!(result.service.count(), result.ok + result.timeouts);
            assert_eq!(result.timeline.iter().map(|bucket| bucket.sent).sum::<u64>(), result.sent);
            assert!(result.timeline.iter().all(|bucket| bucket.response.is_none()));
            assert_eq!((result.shed, result.steady), (0, None));
            assert!(result.endpoints.iter().all(|one| one.response.is_none()));
            assert!(result.connections_established <= result.connections_requested);
        }
        Some(open) => {
            assert!(result.sent <= result.scheduled && open.wait.count() <= result.sent);
            let arrivals_sent = result.endpoints.first().map_or(0, |first| first.sent);
            assert!(open.lag.count() <= result.sent && open.lag.count() >= arrivals_sent);
            assert_eq!(open.response.count(), result.ok + result.timeouts + result.censored);
            let of_endpoints = || result.endpoints.iter().map(|one| one.response.as_ref().unwrap());
            assert_eq!(of_endpoints().map(Histogram::count).sum::<u64>(), open.response.count());
            assert_eq!(of_endpoints().filter_map(Histogram::max_ns).max(), open.response.max_ns());
            assert_eq!(result.timeline.iter().map(|bucket| bucket.due).sum::<u64>(), result.scheduled);
            let in_window: u64 = result.timeline.iter().flat_map(|bucket| &bucket.response).map(Histogram::count).sum();
            assert!(in_window <= open.response.count() && result.timeline.iter().all(|one| one.response.is_some()));
        }
    }
    assert_eq!(result.http_error_service.count(), result.http_errors);
    assert_eq!(result.ttfb.count(), result.ok + result.http_errors);
    assert_eq!(result.timeline.iter().map(|bucket| bucket.ok).sum::<u64>(), result.ok_in_window);
    assert_eq!(result.timeline.iter().map(|bucket| bucket.width_ns).sum::<u64>(), result.window_ns());
    assert!(result.client.window_ns <= result.client.total_ns);
}

/// The class of all errors of a load, if there is but one.
fn only_error(result: &LoadResult) -> (&'static str, u64) {
    assert_eq!(result.error_counts.len(), 1, "{:?}", result.error_counts);
    result.error_counts.iter().map(|(name, count)| (*name, *count)).next().unwrap()
}
