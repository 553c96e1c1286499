//! Reading requests off a connection: where a head ends, what it asks for, and past the body.
//!
//! Pure; whoever owns the socket brings the bytes. Just enough HTTP/1.1 for a client that is under test here: requests
//! with a content-length or without a body. Of a body only its length is kept.

use std::borrow::Cow;

/// No client under test sends a longer head; one without an end must not fill the memory.
const LONGEST_HEAD_BYTES: usize = 1024 * 1024;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// What was received is no request that the stub reads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoRequest;

/// A request as far as the stub cares.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request<'head> {
    pub(crate) target: Cow<'head, str>,
    pub(crate) is_head: bool,
    pub(crate) body_bytes: usize,
}

impl<'head> Request<'head> {
    /// Read a whole head.
    pub(crate) fn parse(head: &'head [u8]) -> Result<Self, NoRequest> {
        let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut words = lines.next().ok_or(NoRequest)?.split(|byte| *byte == b' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Err(NoRequest) };
        let body_bytes = lines.find_map(content_length).unwrap_or(Ok(0))?;
        Ok(Self { target: String::from_utf8_lossy(target), is_head: method == b"HEAD", body_bytes })
    }
}

/// The value of this line if it is the field that tells the length of the body.
fn content_length(line: &[u8]) -> Option<Result<usize, NoRequest>> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    line[..colon].eq_ignore_ascii_case(b"content-length").then(|| {
        let value = str::from_utf8(&line[colon + 1..]).map_err(|_| NoRequest)?;
        value.trim().parse().map_err(|_| NoRequest)
    })
}

/// What one connection has received and not yet acted on.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    received: Vec<u8>,
    /// Up to here it was acted on.
    start: usize,
    /// Up to here no head ends, so that a head in many pieces is looked through once.
    scanned: usize,
    /// Of a body, still to come.
    body_left_bytes: usize,
}

impl Inbox {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        // What is left to skip was beyond all that had been received.
        let skipped_bytes = self.body_left_bytes.min(bytes.len());
        self.body_left_bytes -= skipped_bytes;
        if self.start > 0 {
            self.received.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
        self.received.extend_from_slice(&bytes[skipped_bytes..]);
    }

    /// Everything that is left; a whole head at its front is not made sure of.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.received[self.start..]
    }

    /// The length of the head at the front of what is left, once all of it is there.
    pub(crate) fn head_bytes(&mut self) -> Result<Option<usize>, NoRequest> {
        let found = self.received[self.scanned..].windows(END_OF_HEAD.len()).position(|four| four == END_OF_HEAD);
        if let Some(position) = found {
            return Ok(Some(self.scanned + position + END_OF_HEAD.len() - self.start));
        }
        // The end may have been received in part.
        self.scanned = self.start.max((self.received.len() + 1).saturating_sub(END_OF_HEAD.len()));
        if self.unread().len() > LONGEST_HEAD_BYTES { Err(NoRequest) } else { Ok(None) }
    }

    /// Go past a head of that length and the body that follows it.
    pub(crate) fn skip(&mut self, head_bytes: usize, body_bytes: usize) {
        self.start += head_bytes;
        let here_bytes = body_bytes.min(self.unread().len());
        self.body_left_bytes = body_bytes - here_bytes;
        self.start += here_bytes;
        self.scanned = self.start;
        if self.start == self.received.len() {
            self.received.clear();
            (self.start, self.scanned) = (0, 0);
        }
    }

    /// Whether all of the body that was skipped has been received.
    pub(crate) fn is_past_body(&self) -> bool {
        self.body_left_bytes == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Targets of all requests in `bytes`, which come in pieces of that length.
    fn targets(bytes: &[u8], piece_bytes: usize) -> Vec<String> {
        let mut inbox = Inbox::default();
        let mut targets = vec![];
        for piece in bytes.chunks(piece_bytes) {
            inbox.push(piece);
            while inbox.is_past_body()
                && let Some(head_bytes) = inbox.head_bytes().unwrap()
            {
                let request = Request::parse(&inbox.unread()[..head_bytes]).unwrap();
                targets.push(request.target.to_string());
                let body_bytes = request.body_bytes;
                inbox.skip(head_bytes, body_bytes);
            }
        }
        assert!(inbox.is_past_body() && inbox.unread().is_empty());
        targets
    }

    #[test]
    fn requests_are_told_apart_and_bodies_skipped_wherever_they_are_cut() {
        let bytes =
            b"POST /a HTTP/1.1\r\nContent-Length: 7\r\n\r\nx\r\n\r\nyzHEAD /b?c HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n";
        for piece_bytes in 1..=bytes.len() {
            assert_eq!(targets(bytes, piece_bytes), ["/a", "/b?c", "/"], "pieces of {piece_bytes}");
        }
    }

    #[test]
    fn a_head_says_what_is_asked_for() {
        let head = b"HEAD /b?c HTTP/1.1\r\nhost: x\r\ncontent-LENGTH:  12 \r\n\r\n";

        assert_eq!(Request::parse(head), Ok(Request { target: "/b?c".into(), is_head: true, body_bytes: 12 }));
        assert_eq!(Request::parse(b"NONSENSE\r\n\r\n"), Err(NoRequest));
        assert_eq!(Request::parse(b"GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n"), Err(NoRequest));
    }

    #[test]
    fn a_head_without_end_is_given_up() {
        let mut inbox = Inbox::default();
        inbox.push(&vec![b'x'; LONGEST_HEAD_BYTES]);
        assert_eq!(inbox.head_bytes(), Ok(None));

        inbox.push(b"x");
        assert_eq!(inbox.head_bytes(), Err(NoRequest));
    }
}
