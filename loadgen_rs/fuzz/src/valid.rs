//! Answers that are right by construction, and what a parser has to make of them.
//!
//! Covers what RFC 9112 allows a server, below the parser's limits; what it forbids is the business of `split`.

use crate::Shown;
use crate::text::{Text, Token};
use arbitrary::Arbitrary;
use fwcompare_http1::Answer;

/// One final answer, with the interim ones before it.
#[derive(Debug, Arbitrary)]
pub struct ValidAnswer {
    interim: Vec<Interim>,
    is_http_1_0: bool,
    /// Taken modulo, see [`Self::status`].
    status: u16,
    reason: Text,
    connection: Option<Connection>,
    fields: Vec<(Token, Text)>,
    framing: Framing,
}

#[derive(Debug, Arbitrary)]
struct Interim {
    /// Of 100 and 102 to 199; 101 would end HTTP.
    status: u8,
    fields: Vec<(Token, Text)>,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Connection {
    Close,
    KeepAlive,
}

#[derive(Debug, Arbitrary)]
enum Framing {
    Length { body: Vec<u8>, is_said_twice: bool },
    Chunked { chunks: Vec<Chunk>, last_extension: Option<(Token, Token)>, trailers: Vec<(Token, Text)> },
    UntilClose { body: Vec<u8> },
    NotModified(Announced),
    NoContent(Announced),
    AnswerToHead(Announced),
}

/// What a head says of a body that does not come.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Announced {
    Nothing,
    Length(u32),
    Chunked,
}

#[derive(Debug, Arbitrary)]
struct Chunk {
    data: Vec<u8>,
    /// The data come so often, and once: so that a chunk can be longer than an input of the fuzzer.
    repeats: u8,
    leading_zeros: u8,
    has_upper_case_size: bool,
    extension: Option<(Token, Token)>,
}

const MAX_FIELDS: usize = 20;

impl ValidAnswer {
    /// As it goes over the wire.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for Interim { status, fields } in self.interim.iter().take(3) {
            let status = if *status % 100 == 1 { 100 } else { 100 + *status % 100 };
            bytes.extend(format!("HTTP/1.1 {status} Interim\r\n").into_bytes());
            extend_with_fields(&mut bytes, &custom(fields));
            bytes.extend(b"\r\n");
        }
        bytes.extend(format!("HTTP/1.{} {} ", u8::from(!self.is_http_1_0), self.status()).into_bytes());
        bytes.extend(&self.reason.0);
        bytes.extend(b"\r\n");
        extend_with_fields(&mut bytes, &self.fields());
        bytes.extend(b"\r\n");
        match &self.framing {
            Framing::Length { body, .. } | Framing::UntilClose { body } => bytes.extend(body),
            Framing::Chunked { chunks, last_extension, trailers } => {
                for chunk in chunks.iter().filter(|chunk| !chunk.data.is_empty()) {
                    chunk.extend(&mut bytes);
                }
                bytes.push(b'0');
                extend_with_extension(&mut bytes, last_extension.as_ref());
                bytes.extend(b"\r\n");
                extend_with_fields(&mut bytes, &custom(trailers));
                bytes.extend(b"\r\n");
            }
            Framing::NotModified(_) | Framing::NoContent(_) | Framing::AnswerToHead(_) => {}
        }
        bytes
    }

    /// What a parser has to say of it.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let keep_alive = match self.connection {
            Some(Connection::Close) => false,
            Some(Connection::KeepAlive) => true,
            None => !self.is_http_1_0,
        };
        Answer { status: self.status(), keep_alive: keep_alive && !self.ends_with_the_stream() }
    }

    /// What a parser has to show of it.
    #[must_use]
    pub fn shown(&self) -> Shown {
        let fields = self.fields().into_iter().map(|(name, value)| (name, value.trim_ascii().to_vec())).collect();
        let body = match &self.framing {
            Framing::Length { body, .. } | Framing::UntilClose { body } => body.clone(),
            Framing::Chunked { chunks, .. } => chunks.iter().flat_map(Chunk::data).collect(),
            Framing::NotModified(_) | Framing::NoContent(_) | Framing::AnswerToHead(_) => Vec::new(),
        };
        Shown { fields, body }
    }

    /// Whether it answers a `HEAD` request.
    #[must_use]
    pub fn request_is_head(&self) -> bool {
        matches!(self.framing, Framing::AnswerToHead(_))
    }

    /// Whether nothing but the end of the stream tells its end.
    #[must_use]
    pub fn ends_with_the_stream(&self) -> bool {
        matches!(self.framing, Framing::UntilClose { .. })
    }

    fn status(&self) -> u16 {
        match self.framing {
            Framing::NoContent(_) => 204,
            Framing::NotModified(_) => 304,
            _ => match 200 + self.status % 800 {
                204 | 304 => 200,
                status => status,
            },
        }
    }

    /// Name and value of each field, the framing's first.
    fn fields(&self) -> Vec<(String, Vec<u8>)> {
        let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
        let mut add = |name: &str, value: String| fields.push((name.to_owned(), value.into_bytes()));
        match &self.framing {
            Framing::Length { body, is_said_twice } => {
                for _ in 0..=u8::from(*is_said_twice) {
                    add("Content-Length", body.len().to_string());
                }
            }
            Framing::Chunked { .. } => add("Transfer-Encoding", "chunked".to_owned()),
            Framing::UntilClose { .. } => {}
            Framing::NotModified(announced) | Framing::NoContent(announced) | Framing::AnswerToHead(announced) => {
                match announced {
                    Announced::Nothing => {}
                    Announced::Length(length) => add("content-length", length.to_string()),
                    Announced::Chunked => add("transfer-encoding", "gzip, chunked".to_owned()),
                }
            }
        }
        match self.connection {
            Some(Connection::Close) => add("connection", "x, close".to_owned()),
            Some(Connection::KeepAlive) => add("Connection", "Keep-Alive".to_owned()),
            None => {}
        }
        fields.extend(custom(&self.fields));
        fields
    }
}

impl Chunk {
    fn data(&self) -> Vec<u8> {
        self.data.repeat(1 + usize::from(self.repeats))
    }

    fn extend(&self, bytes: &mut Vec<u8>) {
        let data = self.data();
        let digits = if self.has_upper_case_size { format!("{:X}", data.len()) } else { format!("{:x}", data.len()) };
        bytes.extend("0".repeat(usize::from(self.leading_zeros % 9)).into_bytes());
        bytes.extend(digits.into_bytes());
        extend_with_extension(bytes, self.extension.as_ref());
        bytes.extend(b"\r\n");
        bytes.extend(data);
        bytes.extend(b"\r\n");
    }
}

/// Fields that no framing goes by.
fn custom(fields: &[(Token, Text)]) -> Vec<(String, Vec<u8>)> {
    fields.iter().take(MAX_FIELDS).map(|(name, value)| (format!("x-{}", name.0), value.0.clone())).collect()
}

fn extend_with_fields(bytes: &mut Vec<u8>, fields: &[(String, Vec<u8>)]) {
    for (name, value) in fields {
        bytes.extend(format!("{name}:").into_bytes());
        bytes.extend(value);
        bytes.extend(b"\r\n");
    }
}

fn extend_with_extension(bytes: &mut Vec<u8>, extension: Option<&(Token, Token)>) {
    if let Some((name, value)) = extension {
        bytes.extend(format!(" ;{}={}", name.0, value.0).into_bytes());
    }
}
