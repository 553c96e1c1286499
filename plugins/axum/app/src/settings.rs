//! The environment contract: what the runner tells this application, checked once and before anything starts.
//!
//! Every variable is required. The defaults live in the plugin's `target.toml` alone, so that no second set of
//! defaults can disagree with the one that a report prints.

use std::env;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

/// How long a request waits for a pooled connection before it fails: what sqlx and `SQLAlchemy` do by default.
pub const POOL_TIMEOUT: Duration = Duration::from_secs(30);

/// The contract's variables, checked.
#[derive(Debug)]
pub struct Settings {
    /// Address to listen on.
    pub host: String,
    /// Port to listen on.
    pub port: u16,
    /// Where the database is and who asks.
    pub database: PgConnectOptions,
    /// Threads of the tokio runtime.
    pub workers: u16,
    /// Threads for blocking work beside the runtime's own.
    pub threads: u16,
    /// Connections for each worker, at most.
    pub pool_size: u16,
}

/// The environment breaks the contract.
#[derive(Debug, thiserror::Error)]
#[error("{variable}: saw {seen}, expected {expected}")]
pub struct SettingsError {
    variable: &'static str,
    seen: String,
    expected: String,
}

impl Settings {
    /// Reads and checks the contract's variables; the error names the first one that is missing or out of range.
    pub fn from_environment() -> Result<Self, SettingsError> {
        Ok(Self {
            host: text("HOST", "an address to listen on, such as 127.0.0.1")?,
            port: number("PORT")?,
            database: database("DATABASE_URL")?,
            workers: number("WORKERS")?,
            threads: number("THREADS")?,
            pool_size: number("POOL_SIZE")?,
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
    let expected = "a whole number from 1 to 65535";
    let seen = text(variable, expected)?;
    // Not parse() alone: it also takes "+5", which other languages' targets refuse.
    let digits = seen.bytes().all(|byte| byte.is_ascii_digit());
    match seen.parse() {
        Ok(number) if digits && number > 0 => Ok(number),
        _ => Err(SettingsError { variable, seen: format!("'{seen}'"), expected: expected.into() }),
    }
}

fn database(variable: &'static str) -> Result<PgConnectOptions, SettingsError> {
    let expected = "a URL like postgresql://user:password@127.0.0.1:5432/database";
    let url = text(variable, expected)?;
    let failure = |seen: String| SettingsError { variable, seen, expected: expected.into() };
    // Of a refused URL only the scheme is shown: the rest may hold a password, and this line ends in a log.
    match url.split_once("://") {
        Some(("postgresql" | "postgres", _)) => {
            url.parse().map_err(|error| failure(format!("one that does not parse ({error})")))
        }
        Some((scheme, _)) => Err(failure(format!("{scheme}://..."))),
        None => Err(failure("a value without '://'".into())),
    }
}
