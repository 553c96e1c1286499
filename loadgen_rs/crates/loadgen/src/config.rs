//! What load to make, and the checks that need neither network nor clock.
//!
//! The address is looked at in `target`. A value that makes no sense is refused with its name, never
//! corrected in silence.

use crate::error::LoadError;
use crate::flow::{Flow, Value};
use crate::model::Model;
use crate::tls::TlsOptions;
use std::fmt::Display;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

/// How long to measure. Warm-up and drain come on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// For this long.
    Duration(Duration),
    /// Exactly this many requests.
    Requests(u64),
}

/// What is spoken to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// HTTP/1.1, one request at a time over each connection.
    #[default]
    Http1,
    /// HTTP/2, several of them. In clear text with prior knowledge: the target is not asked whether it speaks it. Over
    /// TLS it is asked for by ALPN, and a target that does not agree is a failure of TLS.
    Http2 {
        /// Requests under way at once over each connection, 1 to 1,024; without keep-alive 1.
        streams: u32,
    },
}

impl Protocol {
    /// Requests under way at once over each connection.
    pub(crate) fn streams(self) -> u32 {
        match self {
            Self::Http1 => 1,
            Self::Http2 { streams } => streams,
        }
    }

    /// What to ask for in a TLS handshake.
    pub(crate) fn alpn(self) -> &'static [u8] {
        match self {
            Self::Http1 => b"http/1.1",
            Self::Http2 { .. } => HTTP_2,
        }
    }
}

/// A load: what to send where, over how many connections, for how long.
#[derive(Debug, Clone)]
pub struct LoadConfig {
    /// `http://host[:port]/path[?query]`, or `https://` for TLS.
    pub url: String,
    /// What to ask there. Each connection, or over HTTP/2 each of its streams, carries one flow at a time; in the open
    /// model, an arrival starts one.
    pub flows: Vec<Flow>,
    /// What `{name}` in the texts of the flows stands for.
    pub values: Vec<(String, Value)>,
    /// Who decides when a request is due.
    pub model: Model,
    /// Of everything that is drawn at random: Poisson arrivals, think times, the choice of flows, and values.
    pub seed: u64,
    /// What is spoken to the target.
    pub protocol: Protocol,
    /// Connections held open at once, 1 to 65,535, over all threads.
    pub connections: u32,
    /// How long to measure.
    pub limit: Limit,
    /// Load before the measured window; nothing of it enters a measured figure.
    pub warmup: Duration,
    /// To the last byte, in the open model from the due time on, in the closed one from the send. Later, the request is
    /// given up and counted as timed out.
    pub timeout: Duration,
    /// For opening a connection, TLS handshake included.
    pub connect_timeout: Duration,
    /// How long after the end to wait for requests in flight; what is left then is counted as censored.
    pub drain: Duration,
    /// Whether connections are used again. If not, `connection: close` is sent, and the client closes after each
    /// answer.
    pub keepalive: bool,
    /// Client threads; connections are dealt out among them.
    pub threads: u32,
    /// Hosts beside loopback that may be put under load, exactly as they stand in the URL.
    pub allow_hosts: Vec<String>,
    /// Connect to this Unix socket. The URL still gives path, `host` header and TLS name; its host is not looked up, and
    /// need not be allowed, as the load cannot leave the machine.
    pub unix_socket: Option<PathBuf>,
    /// Local addresses that connections come from, in turn; empty leaves the choice to the kernel. On loopback each of
    /// 127.0.0.2, 127.0.0.3 and so on has local ports of its own.
    pub source_addresses: Vec<IpAddr>,
    /// Whom to trust; for `https://` only.
    pub tls: TlsOptions,
    /// Width of a bucket of the timeline.
    pub timeline_interval: Duration,
}

/// The name of HTTP/2 in a TLS handshake.
pub(crate) const HTTP_2: &[u8] = b"h2";
/// Each takes memory from the start.
const MOST_SLOTS: u64 = 1_000_000;
pub(crate) const HOUR: Duration = Duration::from_hours(1);
pub(crate) const NEXT: &str = "correct the value and start again";

impl LoadConfig {
    /// A load of `GET`s over ten kept-alive connections, one thread, two seconds of warm-up.
    pub fn new(url: impl Into<String>, limit: Limit) -> Self {
        Self {
            url: url.into(),
            flows: vec![Flow::default()],
            values: Vec::new(),
            model: Model::default(),
            seed: 0,
            protocol: Protocol::default(),
            connections: 10,
            limit,
            warmup: Duration::from_secs(2),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            drain: Duration::from_secs(5),
            keepalive: true,
            threads: 1,
            allow_hosts: Vec::new(),
            unix_socket: None,
            source_addresses: Vec::new(),
            tls: TlsOptions::default(),
            timeline_interval: Duration::from_secs(1),
        }
    }

    /// Check all numbers; flows and URL are checked where they are used.
    pub(crate) fn validate(&self) -> Result<(), LoadError> {
        check_count("connections", self.connections, 1..=65_535)?;
        self.model.validate(self.connections)?;
        check_count("streams", self.protocol.streams(), 1..=if self.keepalive { 1_024 } else { 1 })?;
        let most_slots = u64::from(self.model.most_connections(self.connections)) * u64::from(self.protocol.streams());
        check_count("connections times streams", most_slots, 1..=MOST_SLOTS)?;
        check_count("threads", self.threads, 1..=self.connections.min(1_024))?;
        match self.limit {
            Limit::Duration(duration) => {
                check_time("duration", duration, Duration::from_millis(1)..=HOUR * 24)?;
            }
            Limit::Requests(requests) => check_count("requests", requests, 1..=u64::MAX)?,
        }
        check_time("warmup", self.warmup, Duration::ZERO..=HOUR)?;
        check_time("timeout", self.timeout, Duration::from_millis(1)..=HOUR)?;
        check_time("connect_timeout", self.connect_timeout, Duration::from_millis(1)..=HOUR)?;
        check_time("drain", self.drain, Duration::ZERO..=HOUR)?;
        check_time("timeline_interval", self.timeline_interval, Duration::from_millis(10)..=HOUR)
    }
}

pub(crate) fn check_count<N: Copy + PartialOrd + Display>(
    name: &str,
    value: N,
    allowed: RangeInclusive<N>,
) -> Result<(), LoadError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let (low, high) = allowed.into_inner();
    Err(LoadError::new(name, format!("is {value}"), format!("a whole number from {low} to {high}"), NEXT))
}

pub(crate) fn check_time(name: &str, value: Duration, allowed: RangeInclusive<Duration>) -> Result<(), LoadError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let (low, high) = (allowed.start().as_secs_f64(), allowed.end().as_secs_f64());
    Err(LoadError::new(name, format!("is {} s", value.as_secs_f64()), format!("{low} s to {high} s"), NEXT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> LoadConfig {
        LoadConfig::new("http://127.0.0.1/", Limit::Requests(1))
    }

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(config().validate(), Ok(()));
    }

    #[test]
    fn a_value_out_of_range_is_refused_by_name() {
        let refused = [
            ("connections", LoadConfig { connections: 0, ..config() }),
            ("threads", LoadConfig { threads: 11, ..config() }),
            ("streams", LoadConfig { protocol: Protocol::Http2 { streams: 0 }, ..config() }),
            ("streams", LoadConfig { protocol: Protocol::Http2 { streams: 2 }, keepalive: false, ..config() }),
            ("requests", LoadConfig { limit: Limit::Requests(0), ..config() }),
            ("duration", LoadConfig { limit: Limit::Duration(Duration::ZERO), ..config() }),
            ("timeout", LoadConfig { timeout: Duration::ZERO, ..config() }),
            ("timeline_interval", LoadConfig { timeline_interval: Duration::ZERO, ..config() }),
        ];
        for (name, config) in refused {
            let message = config.validate().unwrap_err().to_string();

            assert!(message.contains(&format!("{name}: is ")), "{message}");
            assert!(message.contains("expected: ") && message.contains("next: "), "{message}");
        }
    }
}
