//! What can keep a load from being started or from ending in a result.
//!
//! Every message says who, what was seen, what was expected and what to do next. A request that fails is no
//! error in this sense: it is counted (see [`crate::ErrorClass`]).

use std::fmt;

/// Why a load could not be started, or why it gave no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    subject: String,
    seen: String,
    expected: String,
    next: String,
}

impl LoadError {
    /// Put an error together from its four parts.
    pub fn new(
        subject: impl Into<String>,
        seen: impl Into<String>,
        expected: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self { subject: subject.into(), seen: seen.into(), expected: expected.into(), next: next.into() }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "load generator: {}: {}\n  expected: {}\n  next: {}",
            self.subject, self.seen, self.expected, self.next
        )
    }
}

impl std::error::Error for LoadError {}
