//! How one request can end, and the names of the ways it can fail.
//!
//! The classes are those of the wire. Whether an answer is the *right* answer is decided in `expectation`.

/// How a request ended. Exactly one of these is counted for every request that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A complete answer came, and it was the right one.
    Ok { status: u16 },
    /// A complete answer came, and it was another one.
    HttpError { status: u16, unexpected: Option<Unexpected> },
    /// No complete answer can come any more.
    Failed(ErrorClass),
    /// None came in time; the request is given up.
    TimedOut,
    /// The load ended first; what would have become of the request is unknown.
    Censored,
}

/// What an answer did not have that was stated of it. Such an answer is an HTTP error, whatever its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unexpected {
    /// Another status than those stated.
    Status,
    /// A header field is not there, or has another value.
    Header,
    /// The body does not hold what it should.
    Body,
    /// The body is not the JSON that it should be.
    Json,
}

impl Outcome {
    pub(crate) fn is_ok(self) -> bool {
        matches!(self, Self::Ok { .. })
    }
}

impl Unexpected {
    pub(crate) const ALL: [Self; 4] = [Self::Status, Self::Header, Self::Body, Self::Json];

    /// The name in results.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Status => "unexpected_status",
            Self::Header => "unexpected_header",
            Self::Body => "unexpected_body",
            Self::Json => "unexpected_json",
        }
    }

    /// The place in [`Self::ALL`], for counting in an array.
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// Why a request got no complete answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorClass {
    /// The target's host answered that nobody listens there; of a Unix socket also that its queue is full.
    ConnectRefused,
    /// No connection, TLS handshake included, within the connect timeout.
    ConnectTimeout,
    /// TLS failed: no handshake, a certificate that is refused, or a record that cannot be opened.
    /// [`crate::LoadResult::first_tls_error`] says what.
    Tls,
    /// The local host has no free port for another connection.
    NoPorts,
    /// The local process may open no more files.
    NoFiles,
    /// The connection, or over HTTP/2 the stream, was reset, before or amid the answer.
    Reset,
    /// The target closed before the head of an answer was complete.
    EarlyClose,
    /// The target closed amid a body that announced more.
    BodyTooShort,
    /// What came is not one answer: malformed, over a limit, of another protocol, or followed by what nobody asked for.
    BadResponse,
    /// The kernel reported another failure of the socket, such as an unreachable host.
    SocketError,
}

impl ErrorClass {
    /// All classes, in the order in which they are reported.
    pub const ALL: [Self; 10] = [
        Self::ConnectRefused,
        Self::ConnectTimeout,
        Self::Tls,
        Self::NoPorts,
        Self::NoFiles,
        Self::Reset,
        Self::EarlyClose,
        Self::BodyTooShort,
        Self::BadResponse,
        Self::SocketError,
    ];

    /// The name in results, such as `connect_refused`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ConnectRefused => "connect_refused",
            Self::ConnectTimeout => "connect_timeout",
            Self::Tls => "tls",
            Self::NoPorts => "no_ports",
            Self::NoFiles => "no_files",
            Self::Reset => "reset",
            Self::EarlyClose => "early_close",
            Self::BodyTooShort => "body_too_short",
            Self::BadResponse => "bad_response",
            Self::SocketError => "socket_error",
        }
    }

    /// The place in [`Self::ALL`], for counting in an array.
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}
