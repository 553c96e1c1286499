//! One response head: status, framing of the body, and whether the connection lives on.
//!
//! Header fields that decide none of these are looked past. Doubtful framing (two lengths that differ, a length that
//! is no number) is refused and not guessed, because a wrong guess turns every later answer into a wrong one.

use crate::{Malformed, Sink};
use std::mem::MaybeUninit;

/// A longer head is refused.
pub(super) const MAX_HEAD_BYTES: usize = 32 * 1024;
const MAX_HEADERS: usize = 100;

/// How the end of a body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
    UntilClose,
}

#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) framing: Framing,
    pub(super) keep_alive: bool,
    /// Length of the head itself, its empty line included.
    pub(super) bytes: usize,
}

/// Parse a head at the beginning of `input`, and show the fields of a final one; `None` when it goes on beyond.
pub(super) fn parse(input: &[u8], sink: &mut impl Sink) -> Result<Option<Head>, Malformed> {
    let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let status = httparse::ParserConfig::default()
        .parse_response_with_uninit_headers(&mut response, input, &mut headers)
        .map_err(|_| Malformed)?;
    let bytes = match status {
        httparse::Status::Complete(bytes) => bytes,
        httparse::Status::Partial => {
            return if input.len() > MAX_HEAD_BYTES { Err(Malformed) } else { Ok(None) };
        }
    };
    let status = response.code.filter(|code| *code >= 100).ok_or(Malformed)?;
    if bytes > MAX_HEAD_BYTES {
        return Err(Malformed);
    }
    let mut fields = Fields::new(response.version == Some(1));
    for header in &*response.headers {
        fields.take(header)?;
    }
    if status >= 200 {
        for header in &*response.headers {
            sink.field(header.name, header.value);
        }
    }
    Ok(Some(fields.finish(status, bytes)))
}

/// What the header fields seen so far say.
struct Fields {
    keep_alive: bool,
    length: Option<u64>,
    /// `Some(true)` when the last transfer coding is `chunked`.
    transfer_coding_is_chunked: Option<bool>,
}

impl Fields {
    fn new(persistent_by_default: bool) -> Self {
        Self { keep_alive: persistent_by_default, length: None, transfer_coding_is_chunked: None }
    }

    fn take(&mut self, header: &httparse::Header<'_>) -> Result<(), Malformed> {
        if header.name.eq_ignore_ascii_case("content-length") {
            for item in header.value.split(|byte| *byte == b',') {
                let length = parse_length(item.trim_ascii())?;
                if self.length.is_some_and(|before| before != length) {
                    return Err(Malformed);
                }
                self.length = Some(length);
            }
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            let last = last_item(header.value);
            self.transfer_coding_is_chunked = Some(last.eq_ignore_ascii_case(b"chunked"));
        } else if header.name.eq_ignore_ascii_case("connection") {
            for option in header.value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                if option.eq_ignore_ascii_case(b"close") {
                    self.keep_alive = false;
                } else if option.eq_ignore_ascii_case(b"keep-alive") {
                    self.keep_alive = true;
                }
            }
        }
        Ok(())
    }

    fn finish(self, status: u16, bytes: usize) -> Head {
        let framing = match (self.transfer_coding_is_chunked, self.length) {
            (Some(true), _) => Framing::Chunked,
            (None, Some(length)) => Framing::Length(length),
            (Some(false), _) | (None, None) => Framing::UntilClose,
        };
        // Both at once: the coding wins, but the peer is not to be trusted with another request.
        let contradictory = self.transfer_coding_is_chunked.is_some() && self.length.is_some();
        Head { status, framing, keep_alive: self.keep_alive && !contradictory, bytes }
    }
}

/// Digits only: `str::parse` would take a sign as well.
fn parse_length(digits: &[u8]) -> Result<u64, Malformed> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Malformed);
    }
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or(Malformed)
}

fn last_item(list: &[u8]) -> &[u8] {
    list.rsplit(|byte| *byte == b',').next().unwrap_or_default().trim_ascii()
}
