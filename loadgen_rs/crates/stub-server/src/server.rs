//! The server itself: a listener on loopback, one thread that serves, counters, a clean end.

use crate::event_loop::EventLoop;
use rustix::io::Errno;
use rustix::net::{listen, sockopt};
use std::io::{self, PipeWriter};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

/// Clients that may wait to be accepted; the kernel may allow fewer.
const BACKLOG: i32 = 4096;

/// A running stub server. Dropping it stops it.
#[derive(Debug)]
pub struct StubServer {
    address: SocketAddr,
    requests: Arc<AtomicU64>,
    connections: Arc<AtomicU64>,
    /// While it serves.
    serving: Option<Serving>,
}

#[derive(Debug)]
struct Serving {
    /// Closed, it ends the thread.
    end: PipeWriter,
    thread: JoinHandle<Result<(), Errno>>,
}

impl StubServer {
    /// Listen on a port of 127.0.0.1; 0 takes one that is free.
    ///
    /// # Errors
    /// When the port cannot be listened on, or no thread can be started.
    pub fn start(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        // Again, as the standard library lets but few clients wait.
        listen(&listener, BACKLOG)?;
        listener.set_nonblocking(true)?;
        // Connections have it from their listener.
        sockopt::set_tcp_nodelay(&listener, true)?;
        let address = listener.local_addr()?;
        let (requests, connections) = (Arc::default(), Arc::default());
        let (end_to_watch, end) = io::pipe()?;
        let event_loop = EventLoop::new(listener, end_to_watch, Arc::clone(&requests), Arc::clone(&connections))?;
        let thread = thread::Builder::new().name("stub-server".to_owned()).spawn(move || event_loop.run())?;
        Ok(Self { address, requests, connections, serving: Some(Serving { end, thread }) })
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// A URL of this server with the given path and query, which begin with `/`.
    #[must_use]
    pub fn url(&self, path_and_query: &str) -> String {
        format!("http://{}{path_and_query}", self.address)
    }

    /// Requests read so far.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Connections accepted so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Close the listener and all connections. Stopping twice does nothing.
    pub fn stop(&mut self) {
        let Some(Serving { end, thread }) = self.serving.take() else { return };
        drop(end);
        // A panic was printed where it happened, and where the kernel refused to wait nothing is served any more:
        // either way there is nothing left to stop.
        drop(thread.join());
    }
}

impl Drop for StubServer {
    fn drop(&mut self) {
        self.stop();
    }
}
