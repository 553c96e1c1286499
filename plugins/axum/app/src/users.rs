//! The workload `users`: the first hundred by id.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgPool, Row};

use crate::answer::RequestError;

const READ_USERS: &str = r#"SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT $1"#;
const USERS_LIMIT: i64 = 100;

/// A row of the contract's table, and an object of the answer.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the contract's")]
pub struct User {
    user_id: String,
    username: String,
    email: String,
}

// By hand, and what the derive would write: the derive makes cargo build all of sqlx a second time, for the compiler.
impl FromRow<'_, PgRow> for User {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self { user_id: row.try_get("user_id")?, username: row.try_get("username")?, email: row.try_get("email")? })
    }
}

/// The route, on this pool.
pub fn routes(pool: PgPool) -> Router {
    Router::new().route("/users", get(read_users)).with_state(pool)
}

/// `GET /users`
async fn read_users(State(pool): State<PgPool>) -> Result<Json<Vec<User>>, RequestError> {
    let users = sqlx::query_as(READ_USERS).bind(USERS_LIMIT).fetch_all(&pool).await?;
    Ok(Json(users))
}
