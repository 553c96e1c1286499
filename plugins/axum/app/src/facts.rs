//! `GET /facts`: what this process really is.
//!
//! Versions are what `build.rs` found in Cargo.lock and in rustc; the rest is asked of the running objects.
//! `threads` is repeated from the environment, since tokio does not tell its limit of blocking threads; so are the
//! workloads' own settings, which no object but the handlers' state holds.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tokio::runtime::{Handle, RuntimeFlavor};
use tracing_subscriber::filter::LevelFilter;

use crate::AppState;
use crate::settings::TransactionScope;

/// Layers around the routes, by type name. Axum cannot list them at run time: whoever adds one adds it here.
const MIDDLEWARES: &[&str] = &[];

/// A piece of software that takes part, and its version.
#[derive(Debug, Serialize)]
pub struct Component {
    name: &'static str,
    version: &'static str,
}

/// The answer; the README lists the keys, which are the same in every plugin.
#[derive(Debug, Serialize)]
pub struct Facts {
    framework: Component,
    server: Component,
    driver: Option<Component>,
    /// None: sqlx is no ORM.
    orm: Option<Component>,
    language: Component,
    workers: usize,
    threads: u16,
    pool_size: Option<usize>,
    event_loop: &'static str,
    debug: bool,
    log_level: String,
    middlewares: &'static [&'static str],
    sleep_seconds: f64,
    file_units: u16,
    db_units: u16,
    transaction: TransactionScope,
}

/// Reads everything at the moment of the request.
pub async fn facts(State(state): State<AppState>) -> Json<Facts> {
    let runtime = Handle::current();
    let workers = runtime.metrics().num_workers();
    let settings = &state.settings;
    Json(Facts {
        framework: Component { name: "axum", version: env!("FWC_AXUM_VERSION") },
        server: Component { name: "hyper", version: env!("FWC_HYPER_VERSION") },
        driver: state.pool.as_ref().map(|_| Component { name: "sqlx", version: env!("FWC_SQLX_VERSION") }),
        orm: None,
        language: Component { name: "rust", version: env!("FWC_RUSTC_VERSION") },
        workers,
        threads: settings.threads,
        pool_size: state.pool.as_ref().map(|pool| pool.max_connections() as usize / workers),
        event_loop: match runtime.runtime_flavor() {
            RuntimeFlavor::CurrentThread => "tokio current-thread",
            _ => "tokio multi-thread",
        },
        debug: cfg!(debug_assertions),
        log_level: LevelFilter::current().to_string().to_lowercase(),
        middlewares: MIDDLEWARES,
        sleep_seconds: settings.sleep.as_secs_f64(),
        file_units: settings.units.file,
        db_units: settings.units.database,
        transaction: settings.units.transaction,
    })
}
