//! From the core's results to the frozen dataclasses of `fwcompare_loadgen.result`.
//!
//! The names of the fields here are the parameters of those classes. Nanoseconds become seconds and milliseconds.

use crate::histogram::{Histogram, milliseconds};
use fwcompare_loadgen_core as core;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple, PyType};
use std::collections::BTreeMap;

const MODULE: &str = "fwcompare_loadgen.result";

static SNAPSHOT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static LOAD_RESULT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static CLIENT_CPU: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static ENDPOINT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static TIMELINE_BUCKET: PyOnceLock<Py<PyType>> = PyOnceLock::new();

#[derive(IntoPyObject)]
struct SnapshotFields<'py> {
    phase: &'static str,
    elapsed_s: f64,
    sent: u64,
    completed: u64,
    errors: u64,
    times_ms: Bound<'py, PyTuple>,
}

#[derive(IntoPyObject)]
struct ClientCpuFields {
    cpu_s: f64,
    total_cpu_s: f64,
    spin_s: f64,
    waited_s: f64,
    threads: u32,
}

#[derive(IntoPyObject)]
struct EndpointFields {
    name: String,
    sent: u64,
    ok: u64,
    http_errors: u64,
    unexpected: u64,
    transport_errors: u64,
    timeouts: u64,
    censored: u64,
    service: Histogram,
    http_error_service: Histogram,
    response: Option<Histogram>,
}

#[derive(IntoPyObject)]
struct TimelineBucketFields {
    start_s: f64,
    width_s: f64,
    due: u64,
    sent: u64,
    ok: u64,
    errors: u64,
    timeouts: u64,
    backlog: u64,
    service_count: u64,
    service_p50_ms: Option<f64>,
    service_p99_ms: Option<f64>,
    service_max_ms: Option<f64>,
    response_count: Option<u64>,
    response_p50_ms: Option<f64>,
    response_p99_ms: Option<f64>,
}

#[derive(IntoPyObject)]
struct LoadResultFields<'py> {
    window_start_monotonic_s: f64,
    window_end_monotonic_s: f64,
    window_s: f64,
    interrupted: bool,
    connections_requested: u64,
    connections_established: u64,
    connections_opened: u64,
    model: &'static str,
    scheduled: u64,
    sent: u64,
    ok: u64,
    http_errors: u64,
    unexpected: Option<u64>,
    first_unexpected: Option<String>,
    transport_errors: u64,
    timeouts: u64,
    shed: u64,
    censored: u64,
    status_counts: BTreeMap<u16, u64>,
    error_counts: BTreeMap<&'static str, u64>,
    first_tls_error: Option<String>,
    idle_close_retries: u64,
    ok_in_window: u64,
    throughput_rps: Option<f64>,
    offered_rps: Option<f64>,
    steady: Option<bool>,
    verdict: &'static str,
    verdict_reason: String,
    backlog_end: u64,
    censored_share: f64,
    response: Option<Histogram>,
    wait: Option<Histogram>,
    lag: Option<Histogram>,
    bytes_received: u64,
    warmup_requests: u64,
    service: Histogram,
    http_error_service: Histogram,
    ttfb: Histogram,
    connect: Histogram,
    endpoints: Bound<'py, PyTuple>,
    client: Bound<'py, PyAny>,
    timeline: Bound<'py, PyTuple>,
}

pub(crate) fn snapshot<'py>(py: Python<'py>, snapshot: &core::Snapshot) -> PyResult<Bound<'py, PyAny>> {
    let times_ms = snapshot.times.iter().map(|(edge_ns, count)| (milliseconds(*edge_ns), *count));
    let fields = SnapshotFields {
        phase: match snapshot.phase {
            core::Phase::WarmUp => "warm-up",
            core::Phase::Measuring => "measuring",
            core::Phase::Draining => "draining",
            core::Phase::Done => "done",
        },
        elapsed_s: seconds(snapshot.elapsed_ns),
        sent: snapshot.sent,
        completed: snapshot.completed,
        errors: snapshot.errors,
        times_ms: PyTuple::new(py, times_ms.collect::<Vec<_>>())?,
    };
    construct(py, &SNAPSHOT, "Snapshot", fields)
}

pub(crate) fn load_result<'py>(py: Python<'py>, result: &core::LoadResult) -> PyResult<Bound<'py, PyAny>> {
    let open = result.open.as_ref();
    let timeline = result.timeline.iter().map(|bucket| timeline_bucket(py, bucket)).collect::<PyResult<Vec<_>>>()?;
    let endpoints = result.endpoints.iter().map(|one| endpoint(py, one)).collect::<PyResult<Vec<_>>>()?;
    let fields = LoadResultFields {
        window_start_monotonic_s: seconds(result.window_start_ns),
        window_end_monotonic_s: seconds(result.window_end_ns),
        window_s: seconds(result.window_ns()),
        interrupted: result.interrupted,
        connections_requested: result.connections_requested,
        connections_established: result.connections_established,
        connections_opened: result.connections_opened,
        model: if open.is_some() { "open" } else { "closed" },
        scheduled: result.scheduled,
        sent: result.sent,
        ok: result.ok,
        http_errors: result.http_errors,
        unexpected: result.unexpected,
        first_unexpected: result.first_unexpected.clone(),
        transport_errors: result.transport_errors,
        timeouts: result.timeouts,
        shed: result.shed,
        censored: result.censored,
        status_counts: result.status_counts.clone(),
        error_counts: result.error_counts.clone(),
        first_tls_error: result.first_tls_error.clone(),
        idle_close_retries: result.idle_close_retries,
        ok_in_window: result.ok_in_window,
        throughput_rps: result.throughput_rps(),
        offered_rps: open.map(|open| open.offered_rps),
        steady: result.steady,
        verdict: match result.verdict {
            core::Verdict::Ok => "ok",
            core::Verdict::Saturated => "saturated",
            core::Verdict::GeneratorLimited => "generator-limited",
        },
        verdict_reason: result.verdict_reason.clone(),
        backlog_end: open.map_or(0, |open| open.backlog_end),
        censored_share: result.censored_share(),
        response: open.map(|open| open.response.clone().into()),
        wait: open.map(|open| open.wait.clone().into()),
        lag: open.map(|open| open.lag.clone().into()),
        bytes_received: result.bytes_received,
        warmup_requests: result.warmup_requests,
        service: result.service.clone().into(),
        http_error_service: result.http_error_service.clone().into(),
        ttfb: result.ttfb.clone().into(),
        connect: result.connect.clone().into(),
        endpoints: PyTuple::new(py, endpoints)?,
        client: client_cpu(py, result.client)?,
        timeline: PyTuple::new(py, timeline)?,
    };
    construct(py, &LOAD_RESULT, "LoadResult", fields)
}

fn client_cpu(py: Python<'_>, client: core::ClientCpu) -> PyResult<Bound<'_, PyAny>> {
    let fields = ClientCpuFields {
        cpu_s: seconds(client.window_ns),
        total_cpu_s: seconds(client.total_ns),
        spin_s: seconds(client.spin_ns),
        waited_s: seconds(client.waited_ns),
        threads: client.threads,
    };
    construct(py, &CLIENT_CPU, "ClientCpu", fields)
}

fn endpoint<'py>(py: Python<'py>, one: &core::Endpoint) -> PyResult<Bound<'py, PyAny>> {
    let fields = EndpointFields {
        name: one.name.clone(),
        sent: one.sent,
        ok: one.ok,
        http_errors: one.http_errors,
        unexpected: one.unexpected,
        transport_errors: one.transport_errors,
        timeouts: one.timeouts,
        censored: one.censored,
        service: one.service.clone().into(),
        http_error_service: one.http_error_service.clone().into(),
        response: one.response.clone().map(Into::into),
    };
    construct(py, &ENDPOINT, "Endpoint", fields)
}

fn timeline_bucket<'py>(py: Python<'py>, bucket: &core::TimelineBucket) -> PyResult<Bound<'py, PyAny>> {
    let response_ms = |quantile| bucket.response.as_ref()?.quantile_ns(quantile).map(milliseconds);
    let fields = TimelineBucketFields {
        start_s: seconds(bucket.start_ns),
        width_s: seconds(bucket.width_ns),
        due: bucket.due,
        sent: bucket.sent,
        ok: bucket.ok,
        errors: bucket.errors,
        timeouts: bucket.timeouts,
        backlog: bucket.backlog,
        service_count: bucket.service.count(),
        service_p50_ms: bucket.service.quantile_ns(0.5).map(milliseconds),
        service_p99_ms: bucket.service.quantile_ns(0.99).map(milliseconds),
        service_max_ms: bucket.service.max_ns().map(milliseconds),
        response_count: bucket.response.as_ref().map(core::Histogram::count),
        response_p50_ms: response_ms(0.5),
        response_p99_ms: response_ms(0.99),
    };
    construct(py, &TIMELINE_BUCKET, "TimelineBucket", fields)
}

fn construct<'py, F>(
    py: Python<'py>,
    class: &'static PyOnceLock<Py<PyType>>,
    name: &str,
    fields: F,
) -> PyResult<Bound<'py, PyAny>>
where
    F: IntoPyObject<'py, Target = PyDict, Output = Bound<'py, PyDict>, Error = PyErr>,
{
    let fields = fields.into_pyobject(py)?;
    class.import(py, MODULE, name)?.call((), Some(&fields))
}

fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}
