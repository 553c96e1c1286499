//! The application that the axum target serves: reads its environment, opens its pool, serves, ends on a signal.

mod answer;
mod facts;
mod health;
mod server;
mod settings;
mod users;

use std::process::ExitCode;

use settings::{Settings, SettingsError};
use sqlx::PgPool;
use tracing_subscriber::filter::LevelFilter;

/// What every handler may ask for.
#[derive(Clone)]
struct AppState {
    pool: PgPool,
    /// The runtime's limit of blocking threads, which tokio does not tell.
    threads: u16,
}

/// Why the application did not start, or did not end well. Each is printed as one line.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("DATABASE_URL: saw '{0}', expected a PostgreSQL that answers there")]
    Unreachable(sqlx::Error),
    #[error("HOST, PORT: saw '{0}', expected an address that is free to listen on")]
    Listen(std::io::Error),
    #[error("cannot serve: {0}")]
    Serve(std::io::Error),
}

impl Failure {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Settings(_) => ExitCode::from(2),
            Self::Unreachable(_) | Self::Listen(_) | Self::Serve(_) => ExitCode::from(1),
        }
    }
}

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_max_level(LevelFilter::INFO).with_writer(std::io::stderr).with_ansi(false).init();
    match Settings::from_environment().map_err(Failure::from).and_then(server::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("fwc-axum: {failure}");
            failure.exit_code()
        }
    }
}
