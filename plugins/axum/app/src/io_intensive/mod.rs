//! The workload `io-intensive`: file units, then database units, one after the other.

mod database_unit;
mod file_unit;
mod statements;

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::{Database, Pool};

use crate::answer::RequestError;
use crate::settings::Units;
use statements::Statements;

/// The answer.
#[derive(Debug, Serialize)]
pub struct Done {
    file_operations: u16,
    db_operations: u16,
    /// Seconds.
    execution_time: f64,
    /// Seconds since 1970.
    timestamp: f64,
}

/// What the handler needs. Generic, so that each database is served by code made for it.
struct Work<DB: Database> {
    pool: Pool<DB>,
    units: Units,
}

// By hand: the derive would ask for `DB: Clone`.
impl<DB: Database> Clone for Work<DB> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), units: self.units }
    }
}

/// The route, on this pool.
pub fn routes<DB>(pool: Pool<DB>, units: Units) -> Router
where
    DB: Database,
    DB::Connection: Statements,
{
    Router::new().route("/io-intensive", post(io_intensive::<DB>)).with_state(Work { pool, units })
}

/// `POST /io-intensive`: the body is an object, and nothing in it is asked for.
async fn io_intensive<DB>(
    State(Work { pool, units }): State<Work<DB>>,
    Json(_): Json<Map<String, Value>>,
) -> Result<Json<Done>, RequestError>
where
    DB: Database,
    DB::Connection: Statements,
{
    let start = Instant::now();
    for _ in 0..units.file {
        file_unit::run()?;
    }
    database_unit::run_all(&pool, units.database, units.transaction).await?;
    Ok(Json(Done {
        file_operations: units.file,
        db_operations: units.database,
        execution_time: start.elapsed().as_secs_f64(),
        timestamp: unix_seconds(),
    }))
}

/// Seconds since 1970, with their fraction; 0 on a clock that stands before then.
fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
