//! The environment that the runner gives, checked once and before anything starts.
//!
//! Every variable but `DATABASE_URL` is required. The defaults live in `target.toml` alone, so that no second set of
//! defaults can disagree with the one that a report prints.

use std::env;
use std::fmt;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

/// How long a request waits for a pooled connection before it fails.
pub const POOL_TIMEOUT: Duration = Duration::from_secs(30);

/// The variables, checked.
pub struct Settings {
    pub host: String,
    pub port: u16,
    /// Threads of the runtime.
    pub workers: u16,
    /// Connections for each worker, at most.
    pub pool_size: u16,
    /// None where no workload needs a database.
    pub database: Option<PgConnectOptions>,
}

/// The environment is wrong; printed as one line.
#[derive(Debug)]
pub struct SettingsError {
    variable: &'static str,
    seen: String,
    expected: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}: saw {}, expected {}", self.variable, self.seen, self.expected)
    }
}

impl Settings {
    /// Reads and checks the variables; the error names the first that is missing or out of range.
    pub fn from_environment() -> Result<Self, SettingsError> {
        Ok(Self {
            host: text("HOST", "an address to listen on, such as 127.0.0.1")?,
            port: number("PORT")?,
            workers: number("WORKERS")?,
            pool_size: number("POOL_SIZE")?,
            database: database("DATABASE_URL")?,
        })
    }
}

fn text(variable: &'static str, expected: &str) -> Result<String, SettingsError> {
    env::var(variable).ok().filter(|value| !value.is_empty()).ok_or_else(|| SettingsError {
        variable,
        seen: "nothing".into(),
        expected: expected.into(),
    })
}

fn number(variable: &'static str) -> Result<u16, SettingsError> {
    let expected = format!("a whole number from 1 to {}", u16::MAX);
    let seen = text(variable, &expected)?;
    // Not parse() alone: it also takes "+5".
    let digits = seen.bytes().all(|byte| byte.is_ascii_digit());
    match seen.parse() {
        Ok(number) if digits && number >= 1 => Ok(number),
        _ => Err(SettingsError { variable, seen: format!("'{seen}'"), expected }),
    }
}

fn database(variable: &'static str) -> Result<Option<PgConnectOptions>, SettingsError> {
    let expected = "a URL like postgresql://user:password@127.0.0.1:5432/database";
    if env::var_os(variable).is_none() {
        return Ok(None);
    }
    let url = text(variable, expected)?;
    let failure = |seen: String| SettingsError { variable, seen, expected: expected.into() };
    // Of a refused URL only the scheme is shown: the rest may hold a password, and this line ends in a log.
    match url.split_once("://") {
        Some(("postgresql" | "postgres", _)) => {
            url.parse().map(Some).map_err(|error| failure(format!("one that does not parse ({error})")))
        }
        Some((scheme, _)) => Err(failure(format!("{scheme}://..."))),
        None => Err(failure("a value without '://'".into())),
    }
}
