//! Where connections go and where they come from: an address, perhaps source addresses, perhaps TLS.
//!
//! Made once a load, before it starts, so that what cannot work is refused with its name. Dials without waiting; knows
//! neither requests nor epoll, so that engines of other protocols can dial by it, too.

use crate::config::{LoadConfig, NEXT};
use crate::error::LoadError;
use crate::outcome::ErrorClass;
use crate::socket::classify_connect;
use crate::target::Target;
use crate::tls::TlsClient;
use nix::sys::socket::{setsockopt, sockopt::IpBindAddressNoPort};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, Protocol, SocketAddrUnix, SocketFlags, SocketType, ipproto, sockopt};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How every connection of a load is made.
#[derive(Debug)]
pub(crate) struct Route {
    address: Address,
    /// With port 0: the kernel chooses it.
    sources: Vec<SocketAddr>,
    /// Connections dialled so far; dealt out over the sources.
    dialled: AtomicUsize,
    tls: Option<Arc<TlsClient>>,
}

#[derive(Debug)]
enum Address {
    Tcp(SocketAddr),
    Unix(SocketAddrUnix),
}

impl Route {
    /// Look up, read and check what connections to `target` need. `alpn` is what to offer in a TLS handshake.
    pub(crate) fn new(config: &LoadConfig, target: &Target, alpn: &[&[u8]]) -> Result<Self, LoadError> {
        let tls = if target.is_tls {
            Some(Arc::new(TlsClient::new(&config.tls, &target.host, alpn)?))
        } else {
            config.tls.refuse_without_tls()?;
            None
        };
        let address = match &config.unix_socket {
            Some(path) => Address::Unix(unix_address(path, config)?),
            None => Address::Tcp(target.resolve(config)?),
        };
        let sources: Vec<_> = config.source_addresses.iter().map(|source| SocketAddr::new(*source, 0)).collect();
        for source in &sources {
            check_source(*source)?;
        }
        Ok(Self { address, sources, dialled: AtomicUsize::new(0), tls })
    }

    /// Begin to connect, over a socket that does not block. It is writable once connected.
    pub(crate) fn dial(&self) -> Result<OwnedFd, ErrorClass> {
        match &self.address {
            Address::Tcp(address) => self.dial_tcp(address).map_err(classify_connect),
            Address::Unix(path) => dial_unix(path).map_err(classify_unix),
        }
    }

    /// What a connection speaks TLS with, if it does.
    pub(crate) fn tls(&self) -> Option<&Arc<TlsClient>> {
        self.tls.as_ref()
    }

    /// What the first TLS failure of the load was.
    pub(crate) fn first_tls_error(&self) -> Option<&str> {
        self.tls.as_ref()?.first_error()
    }

    fn dial_tcp(&self, address: &SocketAddr) -> Result<OwnedFd, Errno> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let socket = stream_socket(family, Some(ipproto::TCP))?;
        // A request goes out in one piece: holding it back for more to come would only add time that is not the
        // target's.
        sockopt::set_tcp_nodelay(&socket, true)?;
        if !self.sources.is_empty() {
            let turn = self.dialled.fetch_add(1, Ordering::Relaxed);
            // Otherwise the port is taken here, for all targets at once, and not in connect, for this target only.
            setsockopt(&socket, IpBindAddressNoPort, &true).map_err(|errno| Errno::from_raw_os_error(errno as i32))?;
            net::bind(&socket, &self.sources[turn % self.sources.len()])?;
        }
        match net::connect(&socket, address) {
            Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
            Err(errno) => Err(errno),
        }
    }
}

fn dial_unix(path: &SocketAddrUnix) -> Result<OwnedFd, Errno> {
    let socket = stream_socket(AddressFamily::UNIX, None)?;
    net::connect(&socket, path)?;
    Ok(socket)
}

fn stream_socket(family: AddressFamily, protocol: Option<Protocol>) -> Result<OwnedFd, Errno> {
    net::socket_with(family, SocketType::STREAM, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC, protocol)
}

/// A Unix socket without a file has nobody listening. One whose queue is full (`EAGAIN`) refuses as well: the kernel
/// says so at once, queues nothing and will not tell when there is room, so that no time passes that could run out.
fn classify_unix(errno: Errno) -> ErrorClass {
    match errno {
        Errno::NOENT | Errno::AGAIN => ErrorClass::ConnectRefused,
        _ => classify_connect(errno),
    }
}

fn unix_address(path: &Path, config: &LoadConfig) -> Result<SocketAddrUnix, LoadError> {
    if !config.source_addresses.is_empty() {
        return Err(LoadError::new(
            "source_addresses",
            "are set beside unix_socket",
            "source addresses for TCP only",
            "leave one of the two out",
        ));
    }
    let refused = |seen: String| {
        let who = format!("unix_socket \"{}\"", path.display());
        LoadError::new(who, seen, "the path of a socket, of 1 to 107 bytes", NEXT)
    };
    if path.as_os_str().is_empty() {
        return Err(refused("is empty".to_owned()));
    }
    SocketAddrUnix::new(path).map_err(|errno| refused(format!("is no address: {errno}")))
}

/// Whether connections can come from there; if not, all of them would fail as if ports had run out.
fn check_source(source: SocketAddr) -> Result<(), LoadError> {
    TcpListener::bind(source).map(drop).map_err(|error| {
        LoadError::new(
            "source_addresses",
            format!("{} cannot be bound: {error}", source.ip()),
            "addresses of this machine, such as 127.0.0.2",
            "name addresses that this machine has",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unix_socket_that_takes_no_connection_refuses_it() {
        for errno in [Errno::NOENT, Errno::AGAIN, Errno::CONNREFUSED] {
            assert_eq!(classify_unix(errno), ErrorClass::ConnectRefused, "{errno}");
        }
        assert_eq!(classify_unix(Errno::ACCESS), ErrorClass::SocketError);
    }
}
