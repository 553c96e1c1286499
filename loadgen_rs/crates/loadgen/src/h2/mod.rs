//! HTTP/2: the engine beside the one of HTTP/1.1, with several requests under way over one connection.
//!
//! Decides how requests share connections, and what the ends of streams and connections mean. Frames, HPACK and flow
//! control are the `h2` crate's. Its futures are polled by the worker itself, over the same epoll and with the same
//! waits as HTTP/1.1: a runtime would bring timers of a millisecond, and a second kind of connecting. What comes next
//! and how it counts is the `desk`'s.
//!
//! A request is *sent* (S) when it is handed to `h2`; its fields go out when the connection is polled, in the same
//! pass of the worker's loop. So waiting for the target's limit of concurrent streams is the target's time. F is when
//! the fields of the answer are there, E when its last frame is.

mod ask;
mod bell;
mod failure;
mod line;
mod pipe;
mod pool;
mod slot;
mod worker;

pub(crate) use ask::Ask;
pub(crate) use worker::Worker;
