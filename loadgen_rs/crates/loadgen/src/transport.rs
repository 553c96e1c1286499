//! The bytes of a connection, plain or sealed by TLS, over one socket that does not block.
//!
//! Plain bytes go straight to the kernel: one `send` and one `receive` a request. TLS costs no more calls, but holds
//! bytes of its own: what was accepted for sending is sent only once `flush` says so, and what was received may hold
//! nothing for the reader.

use crate::config::HTTP_2;
use crate::outcome::ErrorClass;
use crate::route::Route;
use crate::socket::{self, Transfer, classify_transfer};
use crate::tls::TlsClient;
use rustix::event::epoll::EventFlags;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};
use rustls::ClientConnection;
use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;

/// The part of a receive buffer that takes sealed bytes. What they open to, with the record that was begun before
/// (18 KiB at most), must fit into the rest of it.
const SEALED_BYTES: usize = 20 * 1024;

/// What one look at the socket brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received {
    /// So many bytes at the start of the buffer; over TLS there may be none. `emptied`: the kernel will tell of more.
    Bytes {
        count: usize,
        emptied: bool,
    },
    WouldBlock,
    /// The peer sends nothing more.
    End,
}

/// An open socket and what is spoken over it.
#[derive(Debug)]
pub(crate) enum Transport {
    Plain(OwnedFd),
    Tls(Box<TlsStream>),
}

/// A TLS session over a socket.
#[derive(Debug)]
pub(crate) struct TlsStream {
    socket: OwnedFd,
    session: ClientConnection,
    client: Arc<TlsClient>,
    /// There is a connection to shake hands over.
    is_connected: bool,
    /// The peer has said, or shown, that nothing more comes.
    has_ended: bool,
    /// What a target of HTTP/2 said before the client did, in one piece with the end of the handshake.
    early: Vec<u8>,
}

impl Transport {
    /// Begin to connect. The kernel reports on the socket under `token`.
    pub(crate) fn open(route: &Route, epoll: &OwnedFd, token: u64) -> Result<Self, ErrorClass> {
        let socket = route.dial()?;
        socket::register(&socket, epoll, token)?;
        let Some(client) = route.tls() else { return Ok(Self::Plain(socket)) };
        let session = client.session().map_err(|error| refused(client, &error.to_string()))?;
        let client = Arc::clone(client);
        Ok(Self::Tls(Box::new(TlsStream {
            socket,
            session,
            client,
            is_connected: false,
            has_ended: false,
            early: Vec::new(),
        })))
    }

    /// Whether, by what the kernel reports, a request may be sent now; if not, another event will come.
    pub(crate) fn finish_connecting(&mut self, flags: EventFlags, buffer: &mut [u8]) -> Result<bool, ErrorClass> {
        match self {
            Self::Plain(socket) => is_connected(socket, flags),
            Self::Tls(stream) => {
                stream.is_connected = stream.is_connected || is_connected(&stream.socket, flags)?;
                if stream.is_connected { stream.shake_hands(buffer) } else { Ok(false) }
            }
        }
    }

    /// Whether the target has agreed to HTTP/2, where there is TLS to agree by.
    pub(crate) fn check_http_2(&self) -> Result<(), ErrorClass> {
        match self {
            Self::Tls(stream) if !stream.speaks_http_2() => {
                Err(refused(&stream.client, "the target does not agree to HTTP/2 (by ALPN, as h2)"))
            }
            Self::Plain(_) | Self::Tls(_) => Ok(()),
        }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<Transfer, ErrorClass> {
        match self {
            Self::Plain(socket) => socket::send(socket, bytes),
            Self::Tls(stream) => stream.send(bytes),
        }
    }

    /// Hand what was accepted to the kernel; whether it has it all.
    pub(crate) fn flush(&mut self) -> Result<bool, ErrorClass> {
        match self {
            Self::Plain(_) => Ok(true),
            Self::Tls(stream) => stream.flush(),
        }
    }

    pub(crate) fn receive(&mut self, buffer: &mut [u8]) -> Result<Received, ErrorClass> {
        match self {
            Self::Plain(socket) => Ok(match socket::receive(socket, buffer)? {
                Transfer::Moved(0) => Received::End,
                Transfer::Moved(count) => Received::Bytes { count, emptied: count < buffer.len() },
                Transfer::WouldBlock => Received::WouldBlock,
            }),
            Self::Tls(stream) => stream.receive(buffer),
        }
    }

    /// Whether `receive` has already learnt that nothing comes after the bytes it gave.
    pub(crate) fn has_ended(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(stream) => stream.has_ended,
        }
    }

    /// Whether an idle connection has come to its end, by the bytes there are to read, if there are any.
    pub(crate) fn is_spent(&mut self, is_readable: bool, buffer: &mut [u8]) -> bool {
        match self {
            Self::Plain(_) => is_readable,
            Self::Tls(stream) => stream.is_spent(buffer),
        }
    }

    /// Say that nothing more will be sent, where the protocol asks for that. It is no matter if it does not arrive.
    pub(crate) fn say_goodbye(&mut self) {
        if let Self::Tls(stream) = self {
            stream.session.send_close_notify();
            let _ = stream.flush();
        }
    }
}

impl TlsStream {
    /// Whatever ends a handshake is a failure of TLS: a peer that resets or closes may not speak it.
    fn shake_hands(&mut self, buffer: &mut [u8]) -> Result<bool, ErrorClass> {
        loop {
            match self.flush() {
                Ok(_) if !self.session.is_handshaking() => return Ok(true),
                Ok(_) => {}
                Err(_) => return Err(refused(&self.client, "the connection broke amid the TLS handshake")),
            }
            match self.take_sealed(buffer) {
                Ok(Received::Bytes { count: 0, .. }) => {}
                Ok(Received::WouldBlock) => return Ok(false),
                Ok(Received::End) => return Err(refused(&self.client, "the target closed amid the TLS handshake")),
                // Settings may come at once.
                Ok(Received::Bytes { count, .. }) if self.speaks_http_2() => {
                    self.early.extend_from_slice(&buffer[..count]);
                }
                // An answer before there was a request.
                Ok(Received::Bytes { .. }) => return Err(ErrorClass::BadResponse),
                // The text of a failure of TLS itself was noted before.
                Err(_) => return Err(refused(&self.client, "the connection broke amid the TLS handshake")),
            }
        }
    }

    fn speaks_http_2(&self) -> bool {
        self.session.alpn_protocol() == Some(HTTP_2)
    }

    fn send(&mut self, bytes: &[u8]) -> Result<Transfer, ErrorClass> {
        // Not before the last part has gone: so a large body is sealed piece by piece, and never held as a whole.
        if !self.flush()? {
            return Ok(Transfer::WouldBlock);
        }
        let accepted = match self.session.writer().write(bytes) {
            Ok(accepted) => accepted,
            Err(error) => return Err(refused(&self.client, &error.to_string())),
        };
        self.flush()?;
        Ok(Transfer::Moved(accepted))
    }

    fn flush(&mut self) -> Result<bool, ErrorClass> {
        while self.session.wants_write() {
            match self.session.write_tls(&mut Outgoing(&self.socket)) {
                Ok(_) => {}
                Err(error) => match Errno::from_io_error(&error) {
                    Some(Errno::INTR) => {}
                    Some(Errno::AGAIN) => return Ok(false),
                    errno => return Err(errno.map_or(ErrorClass::SocketError, classify_transfer)),
                },
            }
        }
        Ok(true)
    }

    /// Take from the socket once, and open all that came.
    fn receive(&mut self, buffer: &mut [u8]) -> Result<Received, ErrorClass> {
        if !self.early.is_empty() {
            let count = self.early.len().min(buffer.len());
            buffer[..count].copy_from_slice(&self.early[..count]);
            self.early.drain(..count);
            return Ok(Received::Bytes { count, emptied: false });
        }
        self.take_sealed(buffer)
    }

    fn take_sealed(&mut self, buffer: &mut [u8]) -> Result<Received, ErrorClass> {
        if self.has_ended {
            return Ok(Received::End);
        }
        let (opened, sealed) = buffer.split_at_mut(buffer.len() - SEALED_BYTES);
        let bytes = match socket::receive(&self.socket, sealed)? {
            Transfer::WouldBlock => return Ok(Received::WouldBlock),
            // Without a word of farewell, too: many servers leave it out, and where an answer ends HTTP says itself.
            Transfer::Moved(0) => {
                self.has_ended = true;
                return Ok(Received::End);
            }
            Transfer::Moved(bytes) => bytes,
        };
        let (emptied, mut rest) = (bytes < sealed.len(), &sealed[..bytes]);
        let mut count = 0;
        while !rest.is_empty() && !self.has_ended {
            match self.open(&mut rest, &mut opened[count..]) {
                Ok(opened) => count += opened,
                Err(error) => {
                    // The peer learns why, if it still listens.
                    let _ = self.flush();
                    return Err(refused(&self.client, &error));
                }
            }
        }
        // TLS may have to answer for itself. What does not go now goes with the next request, or when there is room; and
        // a peer that no longer listens may still have answered.
        let _ = self.flush();
        Ok(if count == 0 && self.has_ended { Received::End } else { Received::Bytes { count, emptied } })
    }

    /// Open a part of `sealed`, which is cut short by what was taken of it.
    fn open(&mut self, sealed: &mut &[u8], opened: &mut [u8]) -> Result<usize, String> {
        self.session.read_tls(sealed).map_err(|error| error.to_string())?;
        let state = self.session.process_new_packets().map_err(|error| error.to_string())?;
        self.has_ended = state.peer_has_closed();
        match state.plaintext_bytes_to_read() {
            0 => Ok(0),
            _ => self.session.reader().read(opened).map_err(|error| error.to_string()),
        }
    }

    fn is_spent(&mut self, buffer: &mut [u8]) -> bool {
        loop {
            match self.receive(buffer) {
                Ok(Received::Bytes { count: 0, emptied: false }) => {}
                Ok(Received::Bytes { count: 0, .. }) => return self.has_ended,
                Ok(Received::WouldBlock) => return self.flush().is_err(),
                Ok(Received::Bytes { .. } | Received::End) | Err(_) => return true,
            }
        }
    }
}

fn is_connected(socket: &OwnedFd, flags: EventFlags) -> Result<bool, ErrorClass> {
    if flags.intersects(EventFlags::ERR | EventFlags::HUP) {
        socket::connect_outcome(socket)?;
    }
    Ok(flags.contains(EventFlags::OUT))
}

fn refused(client: &TlsClient, error: &str) -> ErrorClass {
    client.note(error);
    ErrorClass::Tls
}

/// The socket, as TLS wants to write to it.
struct Outgoing<'socket>(&'socket OwnedFd);

impl Write for Outgoing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    /// Several records in one call.
    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        Ok(sendmsg(self.0, parts, &mut SendAncillaryBuffer::default(), SendFlags::NOSIGNAL)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
