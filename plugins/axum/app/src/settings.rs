//! The environment contract: what the runner tells this application, checked once and before anything starts.
//!
//! Every variable is required but `DATABASE_URL`, without which there is no database. The defaults live in the plugin's
//! `target.toml` alone, so that no second set of defaults can disagree with the one that a report prints.

use std::env;
use std::time::Duration;

use serde::Serialize;

use crate::database::Address;

/// How long a request waits for a pooled connection before it fails: what sqlx and `SQLAlchemy` do by default.
pub const POOL_TIMEOUT: Duration = Duration::from_secs(30);

/// `SLEEP_SECONDS`, at most.
const LONGEST_SLEEP: Duration = Duration::from_hours(1);

/// The contract's variables, checked.
#[derive(Debug)]
pub struct Settings {
    /// Address to listen on.
    pub host: String,
    /// Port to listen on.
    pub port: u16,
    /// Where the database is and who asks, if there is one.
    pub database: Option<Address>,
    /// Threads of the tokio runtime.
    pub workers: u16,
    /// Threads for blocking work beside the runtime's own, for each worker.
    pub threads: u16,
    /// Connections for each worker, at most.
    pub pool_size: u16,
    /// How long a task of the workloads `sleep-*` sleeps.
    pub sleep: Duration,
    /// What `io-intensive` does for one request.
    pub units: Units,
}

/// What `io-intensive` does for one request.
#[derive(Clone, Copy, Debug)]
pub struct Units {
    /// File units.
    pub file: u16,
    /// Database units, after them.
    pub database: u16,
    /// How the database units are grouped.
    pub transaction: TransactionScope,
}

/// What one transaction spans.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransactionScope {
    PerUnit,
    PerRequest,
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
            port: number("PORT", 1)?,
            database: database("DATABASE_URL")?,
            workers: number("WORKERS", 1)?,
            threads: number("THREADS", 1)?,
            pool_size: number("POOL_SIZE", 1)?,
            sleep: seconds("SLEEP_SECONDS")?,
            units: Units {
                file: number("FILE_UNITS", 0)?,
                database: number("DB_UNITS", 0)?,
                transaction: transaction("TRANSACTION")?,
            },
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

fn number(variable: &'static str, least: u16) -> Result<u16, SettingsError> {
    let expected = format!("a whole number from {least} to {}", u16::MAX);
    let seen = text(variable, &expected)?;
    // Not parse() alone: it also takes "+5", which other languages' targets refuse.
    let digits = only_digits(&seen);
    match seen.parse() {
        Ok(number) if digits && number >= least => Ok(number),
        _ => Err(SettingsError { variable, seen: format!("'{seen}'"), expected }),
    }
}

fn seconds(variable: &'static str) -> Result<Duration, SettingsError> {
    let expected = "a decimal number of seconds from 0 to 3600, such as 0.5";
    let seen = text(variable, expected)?;
    // Not parse() alone: it also takes "nan", "+1", "1e3" and ".5".
    let (whole, fraction) = seen.split_once('.').unwrap_or((&seen, "0"));
    let decimal = only_digits(whole) && only_digits(fraction);
    let duration = seen.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match duration {
        Some(duration) if decimal && duration <= LONGEST_SLEEP => Ok(duration),
        _ => Err(SettingsError { variable, seen: format!("'{seen}'"), expected: expected.into() }),
    }
}

fn only_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn transaction(variable: &'static str) -> Result<TransactionScope, SettingsError> {
    let expected = "per-unit or per-request";
    match text(variable, expected)?.as_str() {
        "per-unit" => Ok(TransactionScope::PerUnit),
        "per-request" => Ok(TransactionScope::PerRequest),
        seen => Err(SettingsError { variable, seen: format!("'{seen}'"), expected: expected.into() }),
    }
}

fn database(variable: &'static str) -> Result<Option<Address>, SettingsError> {
    let expected = "a URL like postgresql://user:password@127.0.0.1:5432/database \
                    or mysql://user:password@127.0.0.1:3306/database";
    if env::var_os(variable).is_none() {
        return Ok(None);
    }
    let url = text(variable, expected)?;
    let failure = |seen: String| SettingsError { variable, seen, expected: expected.into() };
    // Of a refused URL only the scheme is shown: the rest may hold a password, and this line ends in a log.
    let unparsable = |error: sqlx::Error| failure(format!("one that does not parse ({error})"));
    match url.split_once("://") {
        Some(("postgresql" | "postgres", _)) => url.parse().map(Address::Postgres).map_err(unparsable).map(Some),
        Some(("mysql", _)) => url.parse().map(Address::MySql).map_err(unparsable).map(Some),
        Some((scheme, _)) => Err(failure(format!("{scheme}://..."))),
        None => Err(failure("a value without '://'".into())),
    }
}
