//! The system calls of a connection, and what their failures are called.
//!
//! Non-blocking TCP only. Knows no request and no state; a Unix socket would be another way to `open`.

use crate::outcome::ErrorClass;
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, ipproto, sockopt};
use std::net::SocketAddr;

/// Whether a call moved bytes or has to wait for the kernel's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transfer {
    Moved(usize),
    WouldBlock,
}

/// Begin to connect and register the socket with `token`, edge-triggered, once for its whole life.
pub(crate) fn open(address: &SocketAddr, epoll: &OwnedFd, token: u64) -> Result<OwnedFd, ErrorClass> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = net::socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP)).map_err(classify_connect)?;
    // A request goes out in one piece: holding it back for more to come would only add time that is not the target's.
    sockopt::set_tcp_nodelay(&socket, true).map_err(classify_connect)?;
    match net::connect(&socket, address) {
        Ok(()) | Err(Errno::INPROGRESS) => {}
        Err(errno) => return Err(classify_connect(errno)),
    }
    let interest = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::RDHUP | epoll::EventFlags::ET;
    epoll::add(epoll, &socket, epoll::EventData::new_u64(token), interest).map_err(classify_connect)?;
    Ok(socket)
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
            Err(Errno::CONNRESET | Errno::PIPE) => Err(ErrorClass::Reset),
            Err(_) => Err(ErrorClass::SocketError),
        };
    }
}

fn classify_connect(errno: Errno) -> ErrorClass {
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
