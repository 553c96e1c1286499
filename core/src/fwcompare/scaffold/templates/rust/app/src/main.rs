//! The app that is served: `/health`, `/facts` and the workload `users`.
//!
//! Environment and database are checked first, so that a wrong one ends in a single line and a code that is not zero.

mod answers;
mod settings;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use settings::{POOL_TIMEOUT, Settings, SettingsError};

const EXIT_FAILED: u8 = 1;
const EXIT_BAD_ENVIRONMENT: u8 = 2;

/// What every handler may ask for.
#[derive(Clone)]
struct AppState {
    pool: Option<PgPool>,
    settings: Arc<Settings>,
}

/// Why the app did not start, or did not end well: one line each.
enum Failure {
    Settings(SettingsError),
    Unreachable(sqlx::Error),
    Listen(io::Error),
    Serve(io::Error),
}

fn main() -> ExitCode {
    let (line, code) = match Settings::from_environment().map_err(Failure::Settings).and_then(run) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Settings(error)) => (error.to_string(), EXIT_BAD_ENVIRONMENT),
        Err(Failure::Unreachable(error)) => (answers::unreachable(&error), EXIT_FAILED),
        Err(Failure::Listen(error)) => {
            (format!("HOST, PORT: saw '{error}', expected an address that is free to listen on"), EXIT_FAILED)
        }
        Err(Failure::Serve(error)) => (format!("cannot serve: {error}"), EXIT_FAILED),
    };
    eprintln!("app: {line}");
    ExitCode::from(code)
}

/// One worker is one thread of the runtime, one core's worth, as it is for a server of single-threaded processes.
fn run(settings: Settings) -> Result<(), Failure> {
    runtime::Builder::new_multi_thread()
        .worker_threads(settings.workers.into())
        .enable_all()
        .build()
        .map_err(Failure::Serve)?
        // Spawned: what block_on itself drives would run on the main thread, one beyond WORKERS.
        .block_on(async { tokio::spawn(serve(settings)).await })
        .map_err(|panic| Failure::Serve(panic.into()))?
}

/// Serves until SIGTERM or SIGINT; requests under way are answered first.
async fn serve(settings: Settings) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::Serve)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::Serve)?;
    let pool = match settings.database.clone() {
        Some(options) => Some(open(options, &settings).await.map_err(Failure::Unreachable)?),
        None => None,
    };
    let listener = TcpListener::bind((settings.host.as_str(), settings.port)).await.map_err(Failure::Listen)?;
    // Nagle off: otherwise a small answer may wait for the acknowledgement of the last one.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            eprintln!("app: cannot set TCP_NODELAY: {error}");
        }
    });
    let mut routes = Router::new().route("/health", get(answers::health)).route("/facts", get(answers::facts));
    if let Some(pool) = pool.clone() {
        routes = routes.merge(Router::new().route("/users", get(answers::users)).with_state(pool));
    }
    axum::serve(listener, routes.with_state(AppState { pool, settings: Arc::new(settings) }))
        .with_graceful_shutdown(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
        .await
        .map_err(Failure::Serve)
}

/// Connects once, so that a wrong address ends the start, and gives a pool that connects when it is asked.
async fn open(options: PgConnectOptions, settings: &Settings) -> Result<PgPool, sqlx::Error> {
    // Under load sqlx would write a warning for nearly every statement, and below for every wait of 2 s.
    let options = options.disable_statement_logging();
    PgConnection::connect_with(&options).await?.close().await?;
    Ok(PgPoolOptions::new()
        .max_connections(u32::from(settings.workers) * u32::from(settings.pool_size))
        .acquire_timeout(POOL_TIMEOUT)
        .acquire_slow_threshold(POOL_TIMEOUT)
        // Connections stay. By default sqlx closes one that was idle for 10 minutes, or is 30 minutes old.
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options))
}
