//! A load generator that counts exactly: closed and open models over HTTP/1.1, HTTP/2 and TLS, without PyO3 and without
//! an async runtime.
//!
//! ```no_run
//! use fwcompare_loadgen_core::{Limit, LoadConfig, start};
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), fwcompare_loadgen_core::LoadError> {
//! let load = start(LoadConfig::new("http://127.0.0.1:8000/users", Limit::Duration(Duration::from_secs(6))))?;
//! if let Some(result) = load.wait(None) {
//!     let result = result?;
//!     println!("{} ok of {} sent, p50 {:?} ns", result.ok, result.sent, result.service.quantile_ns(0.5));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The `book` holds what to ask, flow by flow. The way of a request: `schedule` lets it start (in the open model, when an arrival of the `feed` is due and the
//! `docket` has a connection for it), which a thread's `desk` hands to its `worker`, and that to a `connection`, which
//! sends it over a `transport` (plain or `tls`) along the `route`, and reads the answer with `fwcompare_http1`; the
//! `recorder` counts how it ended, and `result` puts the workers' records together. `h2` has a worker of its own.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod agenda;
mod arrivals;
mod book;
mod clock;
mod config;
mod connection;
mod cpu;
mod desk;
mod docket;
mod error;
mod expectation;
mod feed;
mod flow;
mod h2;
mod histogram;
mod load;
mod model;
mod outcome;
mod pause;
mod progress;
mod random;
mod recorder;
mod request;
mod response;
mod result;
mod route;
mod schedule;
mod socket;
mod target;
mod template;
mod timeline;
mod tls;
mod transport;
mod verdict;
mod worker;

pub use clock::now_ns;
pub use config::{Limit, LoadConfig, Protocol};
pub use error::LoadError;
pub use flow::{Expectation, Flow, Step, Value};
pub use histogram::Histogram;
pub use load::{Load, Phase, Snapshot, start};
pub use model::{Backlog, ClosedModel, Model, OpenModel, Spread, Stage};
pub use outcome::ErrorClass;
pub use result::{ClientCpu, Endpoint, LoadResult, OpenResult};
pub use timeline::TimelineBucket;
pub use tls::TlsOptions;
pub use verdict::Verdict;
