//! An HTTP/2 server that does what the query of a request says, and one that sends frames as they are listed.
//!
//! Query: `delay_ms`, `size`, `status`, `pieces` (the body in so many, 2 ms apart), `fault` with `every` (which
//! requests of the server have it), and `bye` (after so many requests a connection says that it is going away).

use bytes::Bytes;
use h2::server::{Builder, SendResponse};
use h2::{Reason, RecvStream};
use http::{Request, Response};
use std::future::poll_fn;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::sleep;

/// Of an endless body.
const PIECE_BYTES: usize = 16 * 1024;

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU64,
    requests: AtomicU64,
    /// Requests under way, and the most of them over one connection.
    busy: AtomicU64,
    busiest: AtomicU64,
    body_bytes: AtomicU64,
}

pub struct H2Server {
    port: u16,
    counts: Arc<Counts>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl H2Server {
    pub fn start() -> Self {
        Self::limited(None)
    }

    /// With a limit of concurrent streams.
    pub fn limited(streams: Option<u32>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let counts = Arc::new(Counts::default());
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn({
            let counts = Arc::clone(&counts);
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    tokio::spawn(accept(tokio::net::TcpListener::from_std(listener).unwrap(), streams, counts));
                    let _ = stopped.await;
                });
            }
        });
        Self { port, counts, stop: Some(stop), thread: Some(thread) }
    }

    pub fn url(&self, query: &str) -> String {
        format!("http://127.0.0.1:{}{query}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn connections(&self) -> u64 {
        self.counts.connections.load(Relaxed)
    }

    pub fn requests(&self) -> u64 {
        self.counts.requests.load(Relaxed)
    }

    /// The most requests that were under way at once.
    pub fn busiest(&self) -> u64 {
        self.counts.busiest.load(Relaxed)
    }

    pub fn body_bytes(&self) -> u64 {
        self.counts.body_bytes.load(Relaxed)
    }
}

impl Drop for H2Server {
    fn drop(&mut self) {
        self.stop.take();
        self.thread.take().unwrap().join().unwrap();
    }
}

async fn accept(listener: tokio::net::TcpListener, streams: Option<u32>, counts: Arc<Counts>) {
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        counts.connections.fetch_add(1, Relaxed);
        tokio::spawn(serve(socket, streams, Arc::clone(&counts)));
    }
}

async fn serve(socket: TcpStream, streams: Option<u32>, counts: Arc<Counts>) {
    let mut builder = Builder::new();
    // A load may give up as many requests as it likes.
    builder.max_pending_accept_reset_streams(100_000).max_concurrent_reset_streams(100_000);
    if let Some(streams) = streams {
        builder.max_concurrent_streams(streams);
    }
    let Ok(mut connection) = builder.handshake::<_, Bytes>(socket).await else { return };
    let mut served = 0;
    while let Some(Ok((request, respond))) = connection.accept().await {
        served += 1;
        let number = counts.requests.fetch_add(1, Relaxed) + 1;
        let query = Query(request.uri().query().unwrap_or("").to_owned());
        if query.number("bye") == Some(served) {
            connection.graceful_shutdown();
        }
        if query.is_faulty("drop", number) {
            return;
        }
        tokio::spawn(answer(query, number, request, respond, Arc::clone(&counts)));
    }
}

struct Query(String);

impl Query {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.text(name).map(|text| text.parse().unwrap())
    }

    fn is_faulty(&self, fault: &str, number: u64) -> bool {
        self.text("fault") == Some(fault) && number.is_multiple_of(self.number("every").unwrap_or(1))
    }
}

async fn answer(
    query: Query,
    number: u64,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    counts: Arc<Counts>,
) {
    let mut asked = request.into_body();
    while let Some(Ok(bytes)) = asked.data().await {
        counts.body_bytes.fetch_add(bytes.len() as u64, Relaxed);
        asked.flow_control().release_capacity(bytes.len()).unwrap();
    }
    let busy = counts.busy.fetch_add(1, Relaxed) + 1;
    counts.busiest.fetch_max(busy, Relaxed);
    if let Some(delay_ms) = query.number("delay_ms") {
        sleep(Duration::from_millis(delay_ms)).await;
    }
    counts.busy.fetch_sub(1, Relaxed);
    for (fault, reason) in [("reset", Reason::INTERNAL_ERROR), ("refuse", Reason::REFUSED_STREAM)] {
        if query.is_faulty(fault, number) {
            respond.send_reset(reason);
            return;
        }
    }
    if query.is_faulty("hang", number) {
        sleep(Duration::from_mins(1)).await;
        return;
    }
    let body = vec![b'x'; query.number("size").unwrap_or(0).try_into().unwrap()];
    let status: u16 = query.text("status").map_or(200, |text| text.parse().unwrap());
    let head = Response::builder().status(status).header("x-number", number).body(()).unwrap();
    // Of a client that has given up, nothing more is to be expected.
    let Ok(mut sending) = respond.send_response(head, body.is_empty()) else { return };
    if query.is_faulty("reset-body", number) {
        sleep(Duration::from_millis(5)).await;
        sending.send_reset(Reason::INTERNAL_ERROR);
        return;
    }
    if query.is_faulty("stall-body", number) {
        sleep(Duration::from_mins(1)).await;
        return;
    }
    if query.is_faulty("endless-body", number) {
        loop {
            sending.reserve_capacity(PIECE_BYTES);
            let Some(Ok(bytes)) = poll_fn(|context| sending.poll_capacity(context)).await else { return };
            if sending.send_data(vec![b'x'; bytes].into(), false).is_err() {
                return;
            }
        }
    }
    if body.is_empty() {
        return;
    }
    let pieces = query.number("pieces").unwrap_or(1).try_into().unwrap();
    for piece in body.chunks(body.len().div_ceil(pieces)) {
        if pieces > 1 {
            sleep(Duration::from_millis(2)).await;
        }
        if sending.send_data(Bytes::copy_from_slice(piece), false).is_err() {
            return;
        }
    }
    if query.text("trailers").is_some() {
        sleep(Duration::from_millis(5)).await;
        let _ = sending.send_trailers([("x-end".parse().unwrap(), "1".parse().unwrap())].into_iter().collect());
    } else {
        let _ = sending.send_data(Bytes::new(), true);
    }
}

/// What [`frames`] does about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Answer 200 without a body.
    Answer,
    /// Say that the request before was the last, and close.
    GoAway,
    /// Close.
    Close,
    /// Send the head of an answer and some of its body, and close.
    Cut,
}

/// A server that takes one connection after the other, and does the next of `acts` about each request; when they are
/// used up, it answers. Its port, and how many connections it took.
pub fn frames(acts: &[Act]) -> (u16, Arc<AtomicU64>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicU64::new(0));
    let acts = acts.to_vec();
    // It ends with the test process.
    thread::spawn({
        let connections = Arc::clone(&connections);
        move || {
            let mut acts = acts.into_iter();
            for socket in listener.incoming() {
                connections.fetch_add(1, Relaxed);
                let mut socket = socket.unwrap();
                // A connection that ends is nothing to fail for: what counts is what the client makes of it.
                let _ = serve_frames(&mut socket, &mut acts);
                // Closed with something unread it would be reset, and what was sent last might be lost.
                let _ = socket.shutdown(Shutdown::Write);
                let _ = std::io::copy(&mut socket, &mut std::io::sink());
            }
        }
    });
    (port, connections)
}

fn serve_frames(socket: &mut std::net::TcpStream, acts: &mut impl Iterator<Item = Act>) -> std::io::Result<()> {
    const PREFACE_BYTES: usize = 24;
    const DATA: u8 = 0;
    const HEADERS: u8 = 1;
    const SETTINGS: u8 = 4;
    const GOAWAY: u8 = 7;
    let mut preface = [0; PREFACE_BYTES];
    socket.read_exact(&mut preface)?;
    socket.write_all(&frame(SETTINGS, 0, 0, &[]))?;
    let mut last = 0;
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        socket.read_exact(&mut payload)?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        if head[3] != HEADERS {
            continue;
        }
        // The head is `:status: 200`, indexed.
        match acts.next().unwrap_or(Act::Answer) {
            Act::Answer => socket.write_all(&frame(HEADERS, 0x5, stream, &[0x88]))?,
            Act::GoAway => {
                let payload = [u32::to_be_bytes(last), [0; 4]].concat();
                return socket.write_all(&frame(GOAWAY, 0, 0, &payload));
            }
            Act::Close => return Ok(()),
            Act::Cut => {
                socket.write_all(&frame(HEADERS, 0x4, stream, &[0x88]))?;
                return socket.write_all(&frame(DATA, 0, stream, b"half"));
            }
        }
        last = stream;
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}
