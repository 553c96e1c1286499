//! The server with a known answer: what a load generator says of it can be checked.
//!
//! Every request carries its script in the query string (see [`Script`]): `/?status=503`, `/?delay_ms=5`,
//! `/?size=10240&framing=chunked`, `/?fault=short-body&every=3`. It serves tests and ground truths, not the public:
//! it listens on 127.0.0.1 only. One thread serves
//! all connections and never waits for any one of them: the null answer costs it a `recv` and a `send`.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod answer;
mod catalogue;
mod clerk;
mod connection;
mod course;
mod event_loop;
mod plan;
mod request;
mod script;
mod server;
mod timers;

pub use script::{Fault, Framing, Script, Service};
pub use server::StubServer;
