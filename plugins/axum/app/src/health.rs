//! `GET /health`: 200 once a pooled connection answers a statement, 503 while none does.

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

/// Takes a connection from the pool and runs one statement on it.
pub async fn health(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    match sqlx::query("SELECT 1").execute(&state.pool).await {
        Ok(_) => (StatusCode::OK, Json(Health { status: "ok", detail: None })),
        Err(error) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "unreachable", detail: Some(error.to_string()) }))
        }
    }
}
