//! The server with a known answer: what a load generator says of it can be checked.
//!
//! Every request carries its script in the query string (see [`Script`]): `/?status=503`, `/?delay_ms=5`,
//! `/?size=10240&framing=chunked`, `/?fault=short-body&every=3`. It serves tests and ground truths, not the public:
//! it listens on 127.0.0.1 only and takes a thread per connection.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod answer;
mod clerk;
mod connection;
mod request;
mod script;
mod server;
mod stopping;

pub use script::{Fault, Framing, Script, Service};
pub use server::StubServer;
