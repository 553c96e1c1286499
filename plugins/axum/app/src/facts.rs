//! `GET /facts`: what this process really is.
//!
//! Versions are what `build.rs` found in Cargo.lock and in rustc; the rest is asked of the running objects.
//! `threads` alone is repeated from the environment: tokio does not tell its limit of blocking threads.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tokio::runtime::{Handle, RuntimeFlavor};
use tracing_subscriber::filter::LevelFilter;

use crate::AppState;

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
    driver: Component,
    language: Component,
    workers: usize,
    threads: u16,
    pool_size: usize,
    event_loop: &'static str,
    debug: bool,
    log_level: String,
    middlewares: &'static [&'static str],
}

/// Reads everything at the moment of the request.
pub async fn facts(State(state): State<AppState>) -> Json<Facts> {
    let runtime = Handle::current();
    let workers = runtime.metrics().num_workers();
    Json(Facts {
        framework: Component { name: "axum", version: env!("FWC_AXUM_VERSION") },
        server: Component { name: "hyper", version: env!("FWC_HYPER_VERSION") },
        driver: Component { name: "sqlx", version: env!("FWC_SQLX_VERSION") },
        language: Component { name: "rust", version: env!("FWC_RUSTC_VERSION") },
        workers,
        threads: state.threads,
        pool_size: state.pool.options().get_max_connections() as usize / workers,
        event_loop: match runtime.runtime_flavor() {
            RuntimeFlavor::CurrentThread => "tokio current-thread",
            _ => "tokio multi-thread",
        },
        debug: cfg!(debug_assertions),
        log_level: LevelFilter::current().to_string().to_lowercase(),
        middlewares: MIDDLEWARES,
    })
}
