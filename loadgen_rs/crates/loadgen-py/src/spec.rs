//! From a Python `LoadSpec` to the core's configuration.
//!
//! Reads attributes by name. Numbers are read in a wide type first, so that one that does not fit is refused in the
//! words of this package and not as an overflow.

use fwcompare_loadgen_core::{Limit, LoadConfig, LoadError};
use pyo3::prelude::*;
use std::time::Duration;

/// The attributes of `fwcompare_loadgen.LoadSpec` that the closed model uses.
#[derive(FromPyObject)]
pub(crate) struct Spec {
    url: String,
    method: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    connections: i64,
    duration_s: Option<f64>,
    requests: Option<i64>,
    warmup_s: f64,
    timeout_s: f64,
    connect_timeout_s: f64,
    drain_s: f64,
    keepalive: bool,
    threads: i64,
    allow_hosts: Vec<String>,
    timeline_interval_s: f64,
}

impl TryFrom<Spec> for LoadConfig {
    type Error = LoadError;

    fn try_from(spec: Spec) -> Result<Self, LoadError> {
        let limit = match (spec.duration_s, spec.requests) {
            (Some(duration_s), None) => Limit::Duration(seconds("duration_s", duration_s)?),
            (None, Some(requests)) => Limit::Requests(whole("requests", requests)?),
            (duration_s, requests) => {
                return Err(LoadError::new(
                    "duration_s and requests",
                    format!("are {duration_s:?} and {requests:?}"),
                    "exactly one of the two",
                    "set the other to None",
                ));
            }
        };
        Ok(Self {
            url: spec.url,
            method: spec.method,
            headers: spec.headers,
            body: spec.body,
            connections: whole("connections", spec.connections)?,
            limit,
            warmup: seconds("warmup_s", spec.warmup_s)?,
            timeout: seconds("timeout_s", spec.timeout_s)?,
            connect_timeout: seconds("connect_timeout_s", spec.connect_timeout_s)?,
            drain: seconds("drain_s", spec.drain_s)?,
            keepalive: spec.keepalive,
            threads: whole("threads", spec.threads)?,
            allow_hosts: spec.allow_hosts,
            timeline_interval: seconds("timeline_interval_s", spec.timeline_interval_s)?,
        })
    }
}

/// A Python number of seconds. `who` is named if it is none.
pub(crate) fn seconds(who: &str, value: f64) -> Result<Duration, LoadError> {
    Duration::try_from_secs_f64(value).map_err(|_| {
        LoadError::new(who, format!("is {value}"), "a finite number of seconds, 0 or more", "correct the value")
    })
}

fn whole<N: TryFrom<i64>>(who: &str, value: i64) -> Result<N, LoadError> {
    N::try_from(value).map_err(|_| {
        LoadError::new(who, format!("is {value}"), "a positive whole number that fits", "correct the value")
    })
}
