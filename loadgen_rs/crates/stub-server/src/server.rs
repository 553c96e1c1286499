//! The server itself: a listener on loopback, a thread per connection, counters, a clean end.

use crate::connection::{self, Counter};
use crate::stopping::Stopping;
use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// A running stub server. Dropping it stops it.
#[derive(Debug)]
pub struct StubServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    requests: AtomicU64,
    connections: AtomicU64,
    counter: Counter,
    stopping: Stopping,
    /// By number, so that the server can end those that wait for their client.
    open: Mutex<HashMap<u64, TcpStream>>,
}

impl StubServer {
    /// Listen on a port of 127.0.0.1; 0 takes one that is free.
    ///
    /// # Errors
    /// When the port cannot be listened on, or no thread can be started.
    pub fn start(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            requests: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            counter: Counter::open(),
            stopping: Stopping::default(),
            open: Mutex::default(),
        });
        let acceptor = thread::Builder::new().name("stub-acceptor".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        })?;
        Ok(Self { address, shared, acceptor: Some(acceptor) })
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
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Connections accepted so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Close the listener and all connections. Stopping twice does nothing.
    pub fn stop(&mut self) {
        let Some(acceptor) = self.acceptor.take() else { return };
        self.shared.stopping.stop();
        // The acceptor waits for a client: be one. If that fails, the listener is gone already.
        drop(TcpStream::connect(self.address));
        // A panic of the acceptor was printed where it happened; there is nothing left to stop then.
        drop(acceptor.join());
        for (_, stream) in self.shared.open().drain() {
            // Fails when the client was first, which is as good.
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

impl Drop for StubServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    /// A map of streams is sound even if a thread panicked beside it.
    fn open(&self) -> MutexGuard<'_, HashMap<u64, TcpStream>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.is_stopping() {
            return;
        }
        // A client that went away before it was accepted, or no file left for it: the next one may do better.
        let Ok(stream) = stream else { continue };
        let number = shared.connections.fetch_add(1, Ordering::Relaxed);
        let Ok(handle) = stream.try_clone() else { continue };
        shared.open().insert(number, handle);
        let serving = thread::Builder::new().name(format!("stub-{number}")).spawn({
            let shared = Arc::clone(shared);
            move || {
                // How a client ends is its own affair, and is what the tests look at from the other side.
                drop(connection::serve(&stream, &shared.requests, &shared.counter, &shared.stopping));
                // Only the last handle closes the connection; the one in the map must go first.
                shared.open().remove(&number);
            }
        });
        if serving.is_err() {
            shared.open().remove(&number);
        }
    }
}
