//! Reading requests off a connection: the request line, and past header fields and body.
//!
//! Just enough HTTP/1.1 for a client that is under test here: requests with a content-length or without a body.

use std::io::{self, ErrorKind, Read};

/// A request as far as the stub cares.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) target: String,
    pub(crate) is_head: bool,
}

/// Requests of one connection, one after the other.
#[derive(Debug)]
pub(crate) struct Requests<R> {
    stream: R,
    unread: Vec<u8>,
}

impl<R: Read> Requests<R> {
    pub(crate) fn new(stream: R) -> Self {
        Self { stream, unread: Vec::new() }
    }

    /// The next request, read to its last byte. `None` when the client has closed between two.
    pub(crate) fn next(&mut self) -> io::Result<Option<Request>> {
        let head_bytes = loop {
            if let Some(start_of_end) = self.unread.windows(4).position(|four| four == b"\r\n\r\n") {
                break start_of_end + 4;
            }
            if self.fill()? == 0 {
                return if self.unread.is_empty() { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
            }
        };
        let head = String::from_utf8_lossy(&self.unread[..head_bytes]).into_owned();
        let (request, body_bytes) = parse(&head).ok_or(ErrorKind::InvalidData)?;
        while self.unread.len() < head_bytes + body_bytes {
            if self.fill()? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        self.unread.drain(..head_bytes + body_bytes);
        Ok(Some(request))
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut piece = [0; 16 * 1024];
        let bytes = self.stream.read(&mut piece)?;
        self.unread.extend_from_slice(&piece[..bytes]);
        Ok(bytes)
    }
}

fn parse(head: &str) -> Option<(Request, usize)> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Some(0), |(_, value)| value.trim().parse().ok())?;
    Some((Request { target: target.to_owned(), is_head: method == "HEAD" }, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart_and_bodies_skipped() {
        let bytes = b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyzHEAD /b?c HTTP/1.1\r\n\r\n";
        let mut requests = Requests::new(&bytes[..]);

        assert_eq!(requests.next().unwrap(), Some(Request { target: "/a".to_owned(), is_head: false }));
        assert_eq!(requests.next().unwrap(), Some(Request { target: "/b?c".to_owned(), is_head: true }));
        assert_eq!(requests.next().unwrap(), None);
    }
}
