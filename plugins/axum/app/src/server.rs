//! The runtime, the pool and the routes, from start to the signal that ends them.

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, PgConnection};
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::facts::facts;
use crate::health::health;
use crate::settings::{POOL_TIMEOUT, Settings};
use crate::users::read_users;
use crate::{AppState, Failure};

/// Serves until SIGTERM or SIGINT; requests under way are answered first.
///
/// WORKERS are the threads of the runtime, so that one worker is one core's worth, as it is for a server of
/// single-threaded processes. They share one pool, of `POOL_SIZE` for each.
pub fn run(settings: Settings) -> Result<(), Failure> {
    runtime::Builder::new_multi_thread()
        .worker_threads(settings.workers.into())
        .max_blocking_threads(settings.threads.into())
        .enable_all()
        .build()
        .map_err(Failure::Serve)?
        // Spawned: what block_on itself drives would run on the main thread, one beyond WORKERS.
        .block_on(async { tokio::spawn(serve(settings)).await })
        .map_err(|panic| Failure::Serve(panic.into()))?
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let terminate = signal(SignalKind::terminate()).map_err(Failure::Serve)?;
    let interrupt = signal(SignalKind::interrupt()).map_err(Failure::Serve)?;

    // Before the pool, which would try again for POOL_TIMEOUT and then say only that time is up.
    let connection = PgConnection::connect_with(&settings.database).await.map_err(Failure::Unreachable)?;
    connection.close().await.map_err(Failure::Unreachable)?;

    let state = AppState {
        pool: PgPoolOptions::new()
            .max_connections(u32::from(settings.workers) * u32::from(settings.pool_size))
            .acquire_timeout(POOL_TIMEOUT)
            .connect_lazy_with(settings.database),
        threads: settings.threads,
    };
    let routes = Router::new()
        .route("/users", get(read_users))
        .route("/health", get(health))
        .route("/facts", get(facts))
        .with_state(state);

    let listener = TcpListener::bind((settings.host.as_str(), settings.port)).await.map_err(Failure::Listen)?;
    tracing::info!("serving on {}:{}", settings.host, settings.port);
    // Nagle off, as asyncio does it: otherwise a small answer may wait for the acknowledgement of the last one.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::warn!(%error, "cannot set TCP_NODELAY");
        }
    });
    axum::serve(listener, routes).with_graceful_shutdown(first_of(terminate, interrupt)).await.map_err(Failure::Serve)
}

async fn first_of(mut one: Signal, mut other: Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}
