//! `GET /health`: 200 once a pooled connection answers a statement, 503 while none does; 200 without a database.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::AppState;

/// The answer; `detail` says why not.
#[derive(Debug, Serialize)]
pub struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Asks the database, if there is one.
pub async fn health(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    let asked = match &state.pool {
        Some(pool) => pool.ask().await,
        None => Ok(()),
    };
    match asked {
        Ok(()) => (StatusCode::OK, Json(Health { status: "ok", detail: None })),
        Err(error) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "unreachable", detail: Some(error.to_string()) }))
        }
    }
}
