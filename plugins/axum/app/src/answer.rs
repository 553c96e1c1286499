//! What a request is answered when it fails: logged, and never swallowed.

use std::io;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::sync::AcquireError;
use tokio::task::JoinError;

/// What may go wrong on the way to an answer; becomes a 500.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("temporary file: {0}")]
    File(#[from] io::Error),
    #[error("temporary file: {0}")]
    Json(#[from] serde_json::Error),
    #[error("blocking thread: {0}")]
    Thread(#[from] JoinError),
    #[error("semaphore: {0}")]
    Semaphore(#[from] AcquireError),
}

impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        tracing::error!(error = %self, "request failed");
        (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response()
    }
}
