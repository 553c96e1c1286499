//! Where the load goes, and whether it may go there.
//!
//! Splits the URL, holds the rule that load goes to loopback or to a host that was named, and looks the name up once,
//! before the load. Knows the schemes `http` and `https`; how to get there is the `route`'s to decide.

use crate::config::LoadConfig;
use crate::error::LoadError;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};

/// A URL that was split and found to be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Without the brackets of an IPv6 address.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Whether the scheme is `https`.
    pub(crate) is_tls: bool,
    /// `host[:port]` as it stood in the URL: the value of the `host` header.
    pub(crate) authority: String,
    pub(crate) path_and_query: String,
}

impl Target {
    /// Split the URL of `config` and, unless the load goes to a Unix socket, refuse hosts that may not be loaded.
    pub(crate) fn of(config: &LoadConfig) -> Result<Self, LoadError> {
        match config.unix_socket {
            Some(_) => Self::split(&config.url),
            None => Self::parse(&config.url, &config.allow_hosts),
        }
    }

    /// Split `url` and refuse hosts that are neither loopback nor in `allow_hosts`.
    pub(crate) fn parse(url: &str, allow_hosts: &[String]) -> Result<Self, LoadError> {
        let target = Self::split(url)?;
        let host = &target.host;
        if is_loopback(host) || allow_hosts.iter().any(|name| name.eq_ignore_ascii_case(host)) {
            return Ok(target);
        }
        Err(LoadError::new(
            format!("url {url:?}"),
            format!("host {host:?} is not loopback"),
            "127.0.0.0/8, ::1, localhost, or a host named in allow_hosts",
            format!("name it in allow_hosts if {host:?} is yours to put under load"),
        ))
    }

    fn split(url: &str) -> Result<Self, LoadError> {
        let refuse = |seen: &str| {
            Err(LoadError::new(
                format!("url {url:?}"),
                seen,
                "http://host[:port]/path[?query] or the same with https://, percent-encoded, without user name or fragment",
                "correct the URL",
            ))
        };
        let (rest, is_tls) = match (url.strip_prefix("http://"), url.strip_prefix("https://")) {
            (Some(rest), _) => (rest, false),
            (None, Some(rest)) => (rest, true),
            (None, None) => return refuse("does not begin with http:// or https://"),
        };
        if !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse("holds a blank, a control character or a letter beyond ASCII");
        }
        if rest.contains('#') {
            return refuse("holds a fragment, which is never sent");
        }
        let split = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path_and_query) = rest.split_at(split);
        if authority.contains('@') {
            return refuse("holds a user name");
        }
        let Some((host, port)) = split_authority(authority, if is_tls { 443 } else { 80 }) else {
            return refuse("has no valid host and port");
        };
        let slash = if path_and_query.starts_with('/') { "" } else { "/" };
        Ok(Self {
            host: host.to_owned(),
            port,
            is_tls,
            authority: authority.to_owned(),
            path_and_query: format!("{slash}{path_and_query}"),
        })
    }

    /// Look the host up. Where it has several addresses, the first that takes a connection serves the whole load.
    /// Source addresses, if there are any, leave only those of their own family.
    pub(crate) fn resolve(&self, config: &LoadConfig) -> Result<SocketAddr, LoadError> {
        let unresolved = |seen: String| {
            LoadError::new(
                format!("host {:?}", self.host),
                seen,
                "a name that this machine can look up",
                "check the name, or use the address itself",
            )
        };
        let mut addresses: Vec<SocketAddr> = (self.host.as_str(), self.port)
            .to_socket_addrs()
            .map_err(|error| unresolved(format!("cannot be resolved: {error}")))?
            .collect();
        if self.host.eq_ignore_ascii_case("localhost") {
            // The name is allowed because it means this machine; an odd hosts file must not change that.
            addresses.retain(|address| address.ip().is_loopback());
        }
        let first = *addresses.first().ok_or_else(|| unresolved("has no address that may be used".to_owned()))?;
        let sources = &config.source_addresses;
        addresses.retain(|address| sources.iter().all(|source| source.is_ipv4() == address.is_ipv4()));
        if addresses.is_empty() {
            return Err(LoadError::new(
                "source_addresses",
                format!("are {sources:?}, the target is {first}"),
                "addresses of the target's family",
                "name IPv4 addresses for an IPv4 target, IPv6 addresses for an IPv6 one",
            ));
        }
        let first = addresses[0];
        if addresses.len() == 1 {
            return Ok(first);
        }
        let timeout = config.connect_timeout;
        let taking = addresses.iter().find(|address| TcpStream::connect_timeout(address, timeout).is_ok());
        Ok(taking.copied().unwrap_or(first))
    }
}

fn split_authority(authority: &str, default_port: u16) -> Option<(&str, u16)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, port)
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok().filter(|port| *port > 0)?
        }
        None if port.is_empty() => default_port,
        _ => return None,
    };
    (!host.is_empty()).then_some((host, port))
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_split_and_defaults_are_filled_in() {
        let target = Target::parse("http://127.0.0.1:8000/users?a=1", &[]).unwrap();
        assert_eq!((target.host.as_str(), target.port), ("127.0.0.1", 8000));
        assert_eq!((target.authority.as_str(), target.path_and_query.as_str()), ("127.0.0.1:8000", "/users?a=1"));

        let bare = Target::parse("http://localhost", &[]).unwrap();
        assert_eq!((bare.port, bare.path_and_query.as_str()), (80, "/"));
        let query = Target::parse("http://[::1]:81?x", &[]).unwrap();
        assert_eq!((query.host.as_str(), query.port, query.path_and_query.as_str()), ("::1", 81, "/?x"));
        let tls = Target::parse("https://localhost/", &[]).unwrap();
        assert_eq!((tls.port, tls.is_tls, bare.is_tls), (443, true, false));
    }

    #[test]
    fn a_url_that_cannot_be_sent_as_it_stands_is_refused() {
        for url in [
            "ftp://127.0.0.1/",
            "https:/127.0.0.1/",
            "127.0.0.1:8000",
            "http://",
            "http://:80/",
            "http://127.0.0.1:0/",
            "http://127.0.0.1:+80/",
            "http://127.0.0.1:99999/",
            "http://[::1/",
            "http://[::1]x/",
            "http://user@127.0.0.1/",
            "http://127.0.0.1/a b",
            "http://127.0.0.1/\r\nx",
            "http://127.0.0.1/#top",
        ] {
            assert!(Target::parse(url, &[]).is_err(), "{url}");
        }
    }

    #[test]
    fn load_leaves_the_machine_only_to_a_host_that_was_named() {
        let message = Target::parse("http://example.org/", &[]).unwrap_err().to_string();
        assert!(message.contains("allow_hosts") && message.contains("example.org"), "{message}");
        // A name that merely looks like loopback is a name like any other.
        assert!(Target::parse("http://127.0.0.1.example.org/", &[]).is_err());

        assert!(Target::parse("http://example.org/", &["Example.org".to_owned()]).is_ok());
    }
}
