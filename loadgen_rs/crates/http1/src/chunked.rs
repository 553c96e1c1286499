//! The chunked coding (RFC 9112, section 7.1), byte by byte where it must be and in strides through the data.
//!
//! Sizes, extensions and trailers are checked for form and length, and dropped. A bare line feed is refused.

use crate::{Malformed, Sink};

/// Extensions of one chunk together may not be longer.
const MAX_EXTENSION_BYTES: u32 = 4 * 1024;
/// All trailers together may not be longer.
const MAX_TRAILER_BYTES: u32 = 16 * 1024;
/// A `u64` has sixteen hexadecimal digits.
const MAX_SIZE_DIGITS: u32 = 16;

#[derive(Debug)]
pub(super) struct ChunkedBody {
    state: State,
    /// Size of the chunk as read so far; then what is left of its data.
    size: u64,
    /// Bytes of the size, the extension or the trailers so far, against their limit.
    line_bytes: u32,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Size,
    Extension,
    SizeLineFeed,
    Data,
    DataReturn,
    DataLineFeed,
    TrailerStart,
    Trailer,
    TrailerLineFeed,
    LastLineFeed,
}

impl ChunkedBody {
    pub(super) fn new() -> Self {
        Self { state: State::Size, size: 0, line_bytes: 0 }
    }

    /// Take the next bytes. `Some(surplus)` once the body has ended that many bytes before the end of `input`.
    pub(super) fn feed(&mut self, input: &[u8], sink: &mut impl Sink) -> Result<Option<usize>, Malformed> {
        let mut rest = input;
        while let Some((&byte, after)) = rest.split_first() {
            let from_here = rest;
            rest = after;
            match self.state {
                State::Size => self.take_size(byte)?,
                State::Extension => {
                    if byte == b'\r' {
                        self.state = State::SizeLineFeed;
                    } else {
                        self.count_line_byte(byte, MAX_EXTENSION_BYTES)?;
                    }
                }
                State::SizeLineFeed => {
                    let next = if self.size == 0 { State::TrailerStart } else { State::Data };
                    self.expect(byte, b'\n', next)?;
                    self.line_bytes = 0;
                }
                State::Data => {
                    // `byte` is data already, hence the one less.
                    let left = self.size - 1;
                    let stride = usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()));
                    self.size = left - stride as u64;
                    sink.body(&from_here[..=stride]);
                    rest = &rest[stride..];
                    if self.size == 0 {
                        self.state = State::DataReturn;
                    }
                }
                State::DataReturn => self.expect(byte, b'\r', State::DataLineFeed)?,
                State::DataLineFeed => self.expect(byte, b'\n', State::Size)?,
                State::TrailerStart if byte == b'\r' => self.state = State::LastLineFeed,
                State::TrailerStart | State::Trailer => {
                    if byte == b'\r' {
                        self.state = State::TrailerLineFeed;
                    } else {
                        self.count_line_byte(byte, MAX_TRAILER_BYTES)?;
                        self.state = State::Trailer;
                    }
                }
                State::TrailerLineFeed => self.expect(byte, b'\n', State::TrailerStart)?,
                State::LastLineFeed => {
                    return if byte == b'\n' { Ok(Some(rest.len())) } else { Err(Malformed) };
                }
            }
        }
        Ok(None)
    }

    fn take_size(&mut self, byte: u8) -> Result<(), Malformed> {
        if let Some(digit) = char::from(byte).to_digit(16) {
            if self.line_bytes == MAX_SIZE_DIGITS {
                return Err(Malformed);
            }
            self.size = self.size << 4 | u64::from(digit);
            self.line_bytes += 1;
            return Ok(());
        }
        if self.line_bytes == 0 {
            return Err(Malformed);
        }
        match byte {
            b'\r' => self.state = State::SizeLineFeed,
            b';' | b' ' | b'\t' => self.state = State::Extension,
            _ => return Err(Malformed),
        }
        Ok(())
    }

    fn count_line_byte(&mut self, byte: u8, limit: u32) -> Result<(), Malformed> {
        self.line_bytes += 1;
        if byte == b'\n' || self.line_bytes > limit {
            return Err(Malformed);
        }
        Ok(())
    }

    fn expect(&mut self, byte: u8, expected: u8, next: State) -> Result<(), Malformed> {
        if byte != expected {
            return Err(Malformed);
        }
        self.state = next;
        Ok(())
    }
}
