//! The application that the axum target serves: reads its environment, opens its pool, serves, ends on a signal.

mod answer;
mod database;
mod facts;
mod health;
mod io_intensive;
mod server;
mod settings;
mod sleeps;
mod users;

use std::process::ExitCode;
use std::sync::Arc;

use database::{AnyPool, Unreachable};
use settings::{Settings, SettingsError};
use tracing_subscriber::filter::LevelFilter;

/// What `/health` and `/facts` may ask for; a workload's handler has what it needs and no more.
#[derive(Clone)]
struct AppState {
    pool: Option<AnyPool>,
    settings: Arc<Settings>,
}

/// Why the application did not start, or did not end well. Each is printed as one line.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error("DATABASE_URL: {0}")]
    Unreachable(#[from] Unreachable),
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
