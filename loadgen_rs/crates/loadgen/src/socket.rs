//! The system calls of a connection, and what their failures are called.
//!
//! Non-blocking stream sockets. Knows no request and no state; how a socket is opened is the `route`'s to decide.

use crate::outcome::ErrorClass;
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{self, RecvFlags, SendFlags, sockopt};

/// Whether a call moved bytes or has to wait for the kernel's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transfer {
    Moved(usize),
    WouldBlock,
}

/// Register the socket with `token`, edge-triggered, once for its whole life.
pub(crate) fn register(socket: &OwnedFd, epoll: &OwnedFd, token: u64) -> Result<(), ErrorClass> {
    let interest = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::RDHUP | epoll::EventFlags::ET;
    epoll::add(epoll, socket, epoll::EventData::new_u64(token), interest).map_err(classify_connect)
}

/// How the connecting went, once the kernel has reported on it.
pub(crate) fn connect_outcome(socket: &OwnedFd) -> Result<(), ErrorClass> {
    match sockopt::socket_error(socket) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(errno)) | Err(errno) => Err(classify_connect(errno)),
    }
}

pub(crate) fn send(socket: &OwnedFd, bytes: &[u8]) -> Result<Transfer, ErrorClass> {
    retry_interrupted(|| net::send(socket, bytes, SendFlags::NOSIGNAL))
}

/// `Moved(0)` is the end of the stream.
pub(crate) fn receive(socket: &OwnedFd, buffer: &mut [u8]) -> Result<Transfer, ErrorClass> {
    retry_interrupted(|| net::recv(socket, &mut *buffer, RecvFlags::empty()).map(|(received, _)| received))
}

fn retry_interrupted(mut call: impl FnMut() -> Result<usize, Errno>) -> Result<Transfer, ErrorClass> {
    loop {
        return match call() {
            Ok(bytes) => Ok(Transfer::Moved(bytes)),
            Err(Errno::INTR) => continue,
            Err(Errno::AGAIN) => Ok(Transfer::WouldBlock),
            Err(errno) => Err(classify_transfer(errno)),
        };
    }
}

pub(crate) fn classify_transfer(errno: Errno) -> ErrorClass {
    match errno {
        Errno::CONNRESET | Errno::PIPE => ErrorClass::Reset,
        _ => ErrorClass::SocketError,
    }
}

pub(crate) fn classify_connect(errno: Errno) -> ErrorClass {
    match errno {
        Errno::CONNREFUSED => ErrorClass::ConnectRefused,
        // The kernel gives up by itself after about two minutes, should our own timeout be longer.
        Errno::TIMEDOUT => ErrorClass::ConnectTimeout,
        Errno::ADDRNOTAVAIL => ErrorClass::NoPorts,
        Errno::MFILE | Errno::NFILE => ErrorClass::NoFiles,
        Errno::CONNRESET => ErrorClass::Reset,
        _ => ErrorClass::SocketError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connect_without_a_free_local_port_is_told_from_a_refusal() {
        assert_eq!(classify_connect(Errno::ADDRNOTAVAIL), ErrorClass::NoPorts);
        assert_eq!(classify_connect(Errno::CONNREFUSED), ErrorClass::ConnectRefused);
    }
}
