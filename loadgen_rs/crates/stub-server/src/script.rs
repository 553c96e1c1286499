//! What a request asks the stub to do, read from its query string.
//!
//! Pure. A key or value that is not known is an error, so that a misspelt script cannot pass for a plain answer.

use std::num::NonZeroU16;
use std::str::FromStr;
use std::time::Duration;

/// How the end of the body is made known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `content-length`.
    Length,
    /// `transfer-encoding: chunked`, with an extension and a trailer, so that both are met.
    Chunked,
    /// Neither: the connection is closed after the body.
    UntilClose,
}

/// What goes wrong with the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Reset instead of an answer.
    Reset,
    /// Close instead of an answer.
    EarlyClose,
    /// Close amid the head.
    CutHead,
    /// Close after half of the body.
    ShortBody,
    /// Reset after half of the body.
    ResetBody,
    /// More bytes than were announced.
    LongBody,
    /// No answer, ever.
    Hang,
    /// Half of the body, then nothing, ever.
    StallBody,
    /// Bytes that are no HTTP.
    Garbage,
    /// A head without end.
    EndlessHead,
    /// A body without end, as fast as it is read.
    EndlessBody,
}

/// Work of the server's clerks, who serve all connections in turn, in virtual time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// How many of them there are: a request goes to the one who is free first.
    pub clerks: NonZeroU16,
    /// How long a request takes; the mean, when it is drawn.
    pub time: Duration,
    /// Draw times from the exponential distribution: the i-th request for which they draw takes draw number i of this seed.
    pub seed: Option<u64>,
    /// The clerks stall once in every such period, from its start; zero for never. Periods begin with the server.
    pub stall_every: Duration,
    /// How long a stall lasts.
    pub stall: Duration,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            clerks: NonZeroU16::MIN,
            time: Duration::ZERO,
            seed: None,
            stall_every: Duration::ZERO,
            stall: Duration::ZERO,
        }
    }
}

/// One request's script. The default is the null answer: status 200, two bytes, at once, kept alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Status of the answer.
    pub status: u16,
    /// Length of the body in bytes.
    pub body_bytes: usize,
    /// How the end of the body is made known.
    pub framing: Framing,
    /// Time to wait before the answer.
    pub delay: Duration,
    /// The clerks' work, if it is to take any; the delay comes on top.
    pub service: Option<Service>,
    /// An interim answer of this status goes ahead of the final one.
    pub interim: Option<u16>,
    /// Say `connection: close`, and close.
    pub close: bool,
    /// Close without a word once this connection has had so many answers.
    pub recycle: Option<u64>,
    /// Write the answer in pieces of this many bytes.
    pub piece_bytes: Option<usize>,
    /// Wait this long between pieces.
    pub gap: Duration,
    /// What goes wrong.
    pub fault: Option<Fault>,
    /// The script holds for the server's first so many requests; later ones get the null answer.
    pub first: Option<u64>,
    /// The script holds after the server's first so many requests; they get the null answer.
    pub after: Option<u64>,
    /// The script holds for every so many-th request of the server; the others get the null answer.
    pub every: Option<u64>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            status: 200,
            body_bytes: 2,
            framing: Framing::Length,
            delay: Duration::ZERO,
            service: None,
            interim: None,
            close: false,
            recycle: None,
            piece_bytes: None,
            gap: Duration::ZERO,
            fault: None,
            first: None,
            after: None,
            every: None,
        }
    }
}

impl Script {
    /// Read the query of a request target such as `/any?status=503&delay_ms=5`.
    ///
    /// # Errors
    /// A sentence that names the key that is not known, or the value that does not fit it.
    pub fn parse(request_target: &str) -> Result<Self, String> {
        let mut script = Self::default();
        let query = request_target.split_once('?').map_or("", |(_, query)| query);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            script.set(key, value)?;
        }
        Ok(script)
    }

    /// Whether the script is that of the server's request number `number`, counted from zero.
    #[must_use]
    pub fn holds(&self, number: u64) -> bool {
        self.first.is_none_or(|first| number < first)
            && self.after.is_none_or(|after| number >= after)
            && self.every.is_none_or(|every| (number + 1).is_multiple_of(every.max(1)))
    }

    /// The script for the server's request number `number`, counted from zero.
    #[must_use]
    pub fn for_request(self, number: u64) -> Self {
        if self.holds(number) { self } else { Self::default() }
    }

    fn service(&mut self) -> &mut Service {
        self.service.get_or_insert_default()
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "status" => self.status = number(key, value)?,
            "size" => self.body_bytes = number(key, value)?,
            "framing" => {
                self.framing = match value {
                    "length" => Framing::Length,
                    "chunked" => Framing::Chunked,
                    "until-close" => Framing::UntilClose,
                    _ => return Err(misfit(key, value, "length, chunked or until-close")),
                }
            }
            "delay_ms" => self.delay = Duration::from_millis(number(key, value)?),
            "service_us" => self.service().time = Duration::from_micros(number(key, value)?),
            "clerks" => self.service().clerks = number(key, value)?,
            "service_seed" => self.service().seed = Some(number(key, value)?),
            "stall_every_ms" => self.service().stall_every = Duration::from_millis(number(key, value)?),
            "stall_ms" => self.service().stall = Duration::from_millis(number(key, value)?),
            "interim" => self.interim = Some(number(key, value)?),
            "close" => self.close = number::<u8>(key, value)? != 0,
            "recycle" => self.recycle = Some(number(key, value)?),
            "piece" => self.piece_bytes = Some(number(key, value)?),
            "gap_us" => self.gap = Duration::from_micros(number(key, value)?),
            "fault" => self.fault = Some(fault(value)?),
            "first" => self.first = Some(number(key, value)?),
            "after" => self.after = Some(number(key, value)?),
            "every" => self.every = Some(number(key, value)?),
            _ => {
                return Err(format!(
                    "unknown key {key:?}; known: status, size, framing, delay_ms, service_us, clerks, service_seed, \
                     stall_every_ms, stall_ms, interim, close, recycle, piece, \
                     gap_us, fault, first, after, every"
                ));
            }
        }
        Ok(())
    }
}

fn fault(value: &str) -> Result<Fault, String> {
    Ok(match value {
        "reset" => Fault::Reset,
        "early-close" => Fault::EarlyClose,
        "cut-head" => Fault::CutHead,
        "short-body" => Fault::ShortBody,
        "reset-body" => Fault::ResetBody,
        "long-body" => Fault::LongBody,
        "hang" => Fault::Hang,
        "stall-body" => Fault::StallBody,
        "garbage" => Fault::Garbage,
        "endless-head" => Fault::EndlessHead,
        "endless-body" => Fault::EndlessBody,
        _ => {
            let known = "reset, early-close, cut-head, short-body, reset-body, long-body, hang, stall-body, garbage, \
                         endless-head or endless-body";
            return Err(misfit("fault", value, known));
        }
    })
}

fn number<N: FromStr>(key: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| misfit(key, value, "a whole number that fits"))
}

fn misfit(key: &str, value: &str, expected: &str) -> String {
    format!("{key} is {value:?}; expected {expected}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_sets_what_it_names_and_leaves_the_rest() {
        let script = Script::parse("/x?status=503&fault=short-body&size=10").unwrap();

        let expected = Script { status: 503, fault: Some(Fault::ShortBody), body_bytes: 10, ..Script::default() };
        assert_eq!(script, expected);
        assert_eq!(Script::parse("/"), Ok(Script::default()));
    }

    #[test]
    fn a_misspelt_script_is_refused() {
        for target in ["/?statsu=200", "/?status=many", "/?fault=none", "/?framing=", "/?status"] {
            assert!(Script::parse(target).is_err(), "{target}");
        }
    }

    #[test]
    fn a_script_may_hold_for_some_requests_only() {
        let statuses = |query: &str| -> Vec<u16> {
            let script = Script::parse(query).unwrap();
            (0..4).map(|number| script.clone().for_request(number).status).collect()
        };

        assert_eq!(statuses("/?status=500&first=2"), [500, 500, 200, 200]);
        assert_eq!(statuses("/?status=500&after=3"), [200, 200, 200, 500]);
        assert_eq!(statuses("/?status=500&every=2"), [200, 500, 200, 500]);
    }
}
