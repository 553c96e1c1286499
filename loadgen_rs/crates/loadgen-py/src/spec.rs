//! From a Python `LoadSpec` to the core's configuration.
//!
//! Reads attributes by name. Numbers are read in a wide type first, so that one that does not fit is refused in the
//! words of this package and not as an overflow.

use crate::flow::{self, ExpectSpec, FlowSpec, ValueSpec};
use fwcompare_loadgen_core::{
    Backlog, ClosedModel, Limit, LoadConfig, LoadError, Model, OpenModel, Protocol, Spread, Stage, TlsOptions,
};
use pyo3::prelude::*;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The attributes of `fwcompare_loadgen.LoadSpec`.
#[derive(FromPyObject)]
pub(crate) struct Spec {
    url: String,
    pub(crate) method: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) expect: ExpectSpec,
    pub(crate) flows: Vec<FlowSpec>,
    pub(crate) values: Vec<(String, ValueSpec)>,
    http2: bool,
    streams: i64,
    connections: i64,
    duration_s: Option<f64>,
    requests: Option<i64>,
    warmup_s: f64,
    timeout_s: f64,
    connect_timeout_s: f64,
    drain_s: f64,
    keepalive: bool,
    threads: i64,
    seed: i64,
    rate: Option<f64>,
    arrivals: String,
    backlog: String,
    max_connections: Option<i64>,
    shed_after_s: Option<f64>,
    stages: Vec<StageSpec>,
    think_time_s: f64,
    think_time: String,
    spawn_rate: Option<f64>,
    allow_hosts: Vec<String>,
    unix_socket: Option<String>,
    source_addresses: Vec<String>,
    tls_ca_file: Option<String>,
    tls_insecure: bool,
    tls_server_name: Option<String>,
    timeline_interval_s: f64,
}

/// The attributes of `fwcompare_loadgen.Stage`.
#[derive(FromPyObject)]
struct StageSpec {
    duration_s: f64,
    rate: f64,
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
        let model = match spec.rate {
            Some(rate) => Model::Open(open_model(&spec, rate)?),
            None => Model::Closed(closed_model(&spec)?),
        };
        Ok(Self {
            flows: flow::flows(&spec)?,
            values: flow::values(&spec)?,
            model,
            // All 64 bits make a seed, whatever sign Python gives them.
            seed: spec.seed.cast_unsigned(),
            protocol: protocol(spec.http2, spec.streams)?,
            url: spec.url,
            connections: whole("connections", spec.connections)?,
            limit,
            warmup: seconds("warmup_s", spec.warmup_s)?,
            timeout: seconds("timeout_s", spec.timeout_s)?,
            connect_timeout: seconds("connect_timeout_s", spec.connect_timeout_s)?,
            drain: seconds("drain_s", spec.drain_s)?,
            keepalive: spec.keepalive,
            threads: whole("threads", spec.threads)?,
            allow_hosts: spec.allow_hosts,
            unix_socket: spec.unix_socket.map(PathBuf::from),
            source_addresses: spec.source_addresses.iter().map(|text| ip_address(text)).collect::<Result<_, _>>()?,
            tls: TlsOptions {
                ca_file: spec.tls_ca_file.map(PathBuf::from),
                insecure: spec.tls_insecure,
                server_name: spec.tls_server_name,
            },
            timeline_interval: seconds("timeline_interval_s", spec.timeline_interval_s)?,
        })
    }
}

fn protocol(http2: bool, streams: i64) -> Result<Protocol, LoadError> {
    if http2 {
        return Ok(Protocol::Http2 { streams: whole("streams", streams)? });
    }
    refuse_if(streams != 1, "streams", "is set without http2", "several requests at once over HTTP/2 only")?;
    Ok(Protocol::Http1)
}

fn open_model(spec: &Spec, rate: f64) -> Result<OpenModel, LoadError> {
    refuse_if(spec.think_time_s != 0.0, "think_time_s", "is set beside rate", "a think time in the closed model only")?;
    refuse_if(spec.spawn_rate.is_some(), "spawn_rate", "is set beside rate", "a spawn rate in the closed model only")?;
    let stage = |stage: &StageSpec| {
        Ok(Stage { duration: seconds("duration_s of a stage", stage.duration_s)?, rate: stage.rate })
    };
    Ok(OpenModel {
        arrivals: spread("arrivals", &spec.arrivals, "poisson")?,
        backlog: backlog(spec)?,
        stages: spec.stages.iter().map(stage).collect::<Result<_, _>>()?,
        ..OpenModel::new(rate)
    })
}

fn closed_model(spec: &Spec) -> Result<ClosedModel, LoadError> {
    let of_open_model = [
        ("arrivals", spec.arrivals != "constant"),
        ("backlog", spec.backlog != "queue"),
        ("max_connections", spec.max_connections.is_some()),
        ("shed_after_s", spec.shed_after_s.is_some()),
        ("stages", !spec.stages.is_empty()),
    ];
    for (name, is_set) in of_open_model {
        refuse_if(is_set, name, "is set without rate", "it in the open model only, which rate chooses")?;
    }
    Ok(ClosedModel {
        think_time: seconds("think_time_s", spec.think_time_s)?,
        spread: spread("think_time", &spec.think_time, "exponential")?,
        spawn_rate: spec.spawn_rate,
    })
}

fn backlog(spec: &Spec) -> Result<Backlog, LoadError> {
    match (spec.backlog.as_str(), spec.max_connections, spec.shed_after_s) {
        ("queue", None, None) => Ok(Backlog::Queue),
        ("grow", Some(most), None) => Ok(Backlog::Grow { max_connections: whole("max_connections", most)? }),
        ("shed", None, Some(after_s)) => Ok(Backlog::Shed { after: seconds("shed_after_s", after_s)? }),
        (name, max_connections, shed_after_s) => Err(LoadError::new(
            "backlog",
            format!("is {name:?} with max_connections {max_connections:?} and shed_after_s {shed_after_s:?}"),
            "\"queue\", \"grow\" with max_connections alone, or \"shed\" with shed_after_s alone",
            "set what belongs to the backlog, and nothing else",
        )),
    }
}

fn spread(who: &str, name: &str, exponential: &str) -> Result<Spread, LoadError> {
    match name {
        "constant" => Ok(Spread::Constant),
        _ if name == exponential => Ok(Spread::Exponential),
        _ => Err(LoadError::new(
            who,
            format!("is {name:?}"),
            format!("\"constant\" or \"{exponential}\""),
            "correct the value",
        )),
    }
}

fn ip_address(text: &str) -> Result<IpAddr, LoadError> {
    text.parse().map_err(|_| {
        LoadError::new("source_addresses", format!("hold {text:?}"), "IP addresses, such as 127.0.0.2", "correct it")
    })
}

pub(crate) fn refuse_if(is_wrong: bool, who: &str, seen: &str, expected: &str) -> Result<(), LoadError> {
    if is_wrong { Err(LoadError::new(who, seen, expected, "leave one of the two out")) } else { Ok(()) }
}

/// A Python number of seconds. `who` is named if it is none.
pub(crate) fn seconds(who: &str, value: f64) -> Result<Duration, LoadError> {
    Duration::try_from_secs_f64(value).map_err(|_| {
        LoadError::new(who, format!("is {value}"), "a finite number of seconds, 0 or more", "correct the value")
    })
}

pub(crate) fn whole<N: TryFrom<i64>>(who: &str, value: i64) -> Result<N, LoadError> {
    N::try_from(value).map_err(|_| {
        LoadError::new(who, format!("is {value}"), "a positive whole number that fits", "correct the value")
    })
}
