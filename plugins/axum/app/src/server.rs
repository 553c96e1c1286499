//! The runtime, the pool and the routes, from start to the signal that ends them.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::database::AnyPool;
use crate::facts::facts;
use crate::health::health;
use crate::settings::Settings;
use crate::{AppState, Failure, io_intensive, sleeps, users};

/// Serves until SIGTERM or SIGINT; requests under way are answered first.
///
/// WORKERS are the threads of the runtime, so that one worker is one core's worth, as it is for a server of
/// single-threaded processes. They share one pool, of `POOL_SIZE` for each, and the threads for blocking work, THREADS
/// for each.
pub fn run(settings: Settings) -> Result<(), Failure> {
    runtime::Builder::new_multi_thread()
        .worker_threads(settings.workers.into())
        .max_blocking_threads(usize::from(settings.workers) * usize::from(settings.threads))
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

    let pool = match &settings.database {
        Some(address) => Some(AnyPool::open(address.clone(), &settings).await?),
        None => None,
    };
    let state = AppState { pool, settings: Arc::new(settings) };

    let settings = &state.settings;
    let listener = TcpListener::bind((settings.host.as_str(), settings.port)).await.map_err(Failure::Listen)?;
    tracing::info!("serving on {}:{}", settings.host, settings.port);
    // Nagle off, as asyncio does it: otherwise a small answer may wait for the acknowledgement of the last one.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::warn!(%error, "cannot set TCP_NODELAY");
        }
    });
    axum::serve(listener, routes(state))
        .with_graceful_shutdown(first_of(terminate, interrupt))
        .await
        .map_err(Failure::Serve)
}

/// Those of the database are there only when it is.
fn routes(state: AppState) -> Router {
    let units = state.settings.units;
    let sleep = state.settings.sleep;
    let database = match state.pool.clone() {
        None => Router::new(),
        Some(AnyPool::Postgres(pool)) => users::routes(pool.clone()).merge(io_intensive::routes(pool, units)),
        Some(AnyPool::MySql(pool)) => io_intensive::routes(pool, units),
    };
    Router::new()
        .route("/health", get(health))
        .route("/facts", get(facts))
        .with_state(state)
        .merge(sleeps::routes(sleep))
        .merge(database)
}

async fn first_of(mut one: Signal, mut other: Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}
