//! What a request is answered when it fails: logged, and never swallowed.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// A database error on the way to an answer; becomes a 500.
#[derive(Debug)]
pub struct DatabaseError(sqlx::Error);

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for DatabaseError {
    fn into_response(self) -> Response {
        tracing::error!(error = %self.0, "request failed");
        (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response()
    }
}
