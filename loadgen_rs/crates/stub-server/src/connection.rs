//! One connection of a client: request in, scripted answer out, until something ends it.

use crate::answer::Answer;
use crate::clerk::Clerk;
use crate::request::Requests;
use crate::script::{Fault, Framing, Script, Service};
use crate::stopping::Stopping;
use rustix::net::sockopt::set_socket_linger;
use rustix::thread::set_current_timer_slack;
use std::hint;
use std::io::{self, Write};
use std::net::TcpStream;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The last stretch before an answer of the clerk is waited for awake, for punctuality.
const AWAKE: Duration = Duration::from_micros(60);

/// The clerk, and since when the periods of the stalls are counted.
#[derive(Debug)]
pub(crate) struct Counter {
    clerk: Mutex<Clerk>,
    opened: Instant,
}

impl Counter {
    pub(crate) fn open() -> Self {
        Self { clerk: Mutex::default(), opened: Instant::now() }
    }

    /// Wait for one's turn, and until one is served.
    fn queue(&self, service: &Service, stopping: &Stopping) {
        let finish_ns = {
            // A clerk is sound even if a thread panicked beside it.
            let mut clerk = self.clerk.lock().unwrap_or_else(PoisonError::into_inner);
            let arrival_ns = u64::try_from(self.opened.elapsed().as_nanos()).unwrap_or(u64::MAX);
            clerk.finish_ns(service, arrival_ns)
        };
        let finish = Duration::from_nanos(finish_ns);
        stopping.sleep(finish.saturating_sub(self.opened.elapsed() + AWAKE));
        while self.opened.elapsed() < finish && !stopping.is_stopping() {
            hint::spin_loop();
        }
    }
}

/// Whether the connection takes another request.
enum Next {
    KeepOpen,
    Close,
}

/// Serve until the client closes, a script ends the connection, or the server stops.
pub(crate) fn serve(
    stream: &TcpStream,
    requests_seen: &AtomicU64,
    counter: &Counter,
    stopping: &Stopping,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    // Where this is refused, sleeps are 50 us longer.
    let _ = set_current_timer_slack(NonZeroU64::new(1));
    let mut requests = Requests::new(stream);
    let mut answers = 0;
    while let Some(request) = requests.next()? {
        let number = requests_seen.fetch_add(1, Ordering::Relaxed);
        let next = match Script::parse(&request.target) {
            Ok(script) => {
                let script = script.for_request(number);
                if let Some(service) = &script.service {
                    counter.queue(service, stopping);
                }
                let next = answer(stream, &script, request.is_head, stopping)?;
                answers += 1;
                if script.recycle == Some(answers) { Next::Close } else { next }
            }
            Err(sentence) => {
                let refusal = Script { status: 400, ..Script::default() };
                let body = format!("stub server: {sentence}\n");
                write(stream, &Answer::new(&refusal, request.is_head, body.as_bytes()).bytes)?;
                Next::KeepOpen
            }
        };
        if matches!(next, Next::Close) {
            break;
        }
    }
    Ok(())
}

fn answer(stream: &TcpStream, script: &Script, is_head: bool, stopping: &Stopping) -> io::Result<Next> {
    stopping.sleep(script.delay);
    let body = vec![b'x'; script.body_bytes];
    let answer = Answer::new(script, is_head, &body);
    let half_body_at = usize::midpoint(answer.body_at, answer.bytes.len());
    match script.fault {
        None => {
            write_in_pieces(stream, &answer.bytes, script, stopping)?;
            let ends = script.close || (script.framing == Framing::UntilClose && !is_head);
            return Ok(if ends { Next::Close } else { Next::KeepOpen });
        }
        Some(Fault::Reset) => reset_on_close(stream)?,
        Some(Fault::EarlyClose) => {}
        Some(Fault::CutHead) => write(stream, &answer.bytes[..answer.body_at / 2])?,
        Some(Fault::ShortBody) => write(stream, &answer.bytes[..half_body_at])?,
        Some(Fault::ResetBody) => {
            write(stream, &answer.bytes[..half_body_at])?;
            // A reset throws away what the client has not read yet: let it read the half first.
            stopping.sleep(Duration::from_millis(20));
            reset_on_close(stream)?;
        }
        Some(Fault::LongBody) => {
            let mut bytes = answer.bytes;
            bytes.extend_from_slice(b"and more");
            write(stream, &bytes)?;
            return Ok(Next::KeepOpen);
        }
        Some(Fault::Hang) => stopping.sleep(Duration::MAX),
        Some(Fault::StallBody) => {
            write(stream, &answer.bytes[..half_body_at])?;
            stopping.sleep(Duration::MAX);
        }
        Some(Fault::Garbage) => write(stream, b"\x16\x03\x01 this is no HTTP\r\n\r\n")?,
        Some(Fault::EndlessHead) => {
            write(stream, b"HTTP/1.1 200 Stub\r\nx-long: ")?;
            write_without_end(stream, stopping)?;
        }
        Some(Fault::EndlessBody) => {
            write(stream, b"HTTP/1.1 200 Stub\r\n\r\n")?;
            write_without_end(stream, stopping)?;
        }
    }
    Ok(Next::Close)
}

fn write_in_pieces(stream: &TcpStream, bytes: &[u8], script: &Script, stopping: &Stopping) -> io::Result<()> {
    let piece_bytes = script.piece_bytes.unwrap_or(bytes.len()).max(1);
    for (index, piece) in bytes.chunks(piece_bytes).enumerate() {
        if index > 0 {
            stopping.sleep(script.gap);
        }
        write(stream, piece)?;
    }
    Ok(())
}

fn write_without_end(stream: &TcpStream, stopping: &Stopping) -> io::Result<()> {
    while !stopping.is_stopping() {
        write(stream, &[b'x'; 16 * 1024])?;
    }
    Ok(())
}

fn write(mut stream: &TcpStream, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)
}

/// With no time to linger, closing sends a reset.
fn reset_on_close(stream: &TcpStream) -> io::Result<()> {
    Ok(set_socket_linger(stream, Some(Duration::ZERO))?)
}
