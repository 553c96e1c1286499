//! What is answered on each path.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::{FromRow, Row};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::AppState;

const READ_USERS: &str = r#"SELECT user_id, username, email FROM "user" ORDER BY user_id LIMIT $1"#;
const USERS_LIMIT: i64 = 100;

/// A row of the workload's table, and an object of the answer.
#[derive(Serialize)]
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

/// `GET /users`: the first hundred by id, one SELECT on a pooled connection. A failure is logged and never swallowed.
pub async fn users(State(pool): State<PgPool>) -> Result<Json<Vec<User>>, StatusCode> {
    sqlx::query_as(READ_USERS).bind(USERS_LIMIT).fetch_all(&pool).await.map(Json).map_err(|error| {
        eprintln!("app: request failed: {error}");
        StatusCode::INTERNAL_SERVER_ERROR
    })
}

/// The answer of `/health`; `detail` says why not.
#[derive(Serialize)]
pub struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// `GET /health`: 200 once a pooled connection answers a statement, 503 while none does.
pub async fn health(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    let asked = match &state.pool {
        Some(pool) => sqlx::query("SELECT 1").execute(pool).await.map(drop),
        None => Ok(()),
    };
    match asked {
        Ok(()) => (StatusCode::OK, Json(Health { status: "ok", detail: None })),
        Err(error) => {
            (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "unreachable", detail: Some(unreachable(&error)) }))
        }
    }
}

/// Says why there is no connection; no message of the driver holds the password.
pub fn unreachable(error: &sqlx::Error) -> String {
    format!("DATABASE_URL: saw '{error}', expected a PostgreSQL that answers there")
}

#[derive(Serialize)]
struct Part {
    name: &'static str,
    version: &'static str,
}

/// The answer of `/facts`; the keys are the same for every target.
#[derive(Serialize)]
pub struct Facts {
    framework: Part,
    server: Part,
    driver: Option<Part>,
    orm: Option<Part>,
    language: Part,
    workers: usize,
    threads: usize,
    pool_size: Option<u32>,
    event_loop: &'static str,
    debug: bool,
    log_level: &'static str,
    middlewares: &'static [&'static str],
}

/// `GET /facts`: what this process really is. The versions are those that `build.rs` found.
pub async fn facts(State(state): State<AppState>) -> Json<Facts> {
    let runtime = Handle::current();
    let workers = runtime.metrics().num_workers();
    Json(Facts {
        framework: Part { name: "axum", version: env!("AXUM_VERSION") },
        server: Part { name: "hyper", version: env!("HYPER_VERSION") },
        driver: state.pool.as_ref().map(|_| Part { name: "sqlx", version: env!("SQLX_VERSION") }),
        orm: None,
        language: Part { name: "rust", version: env!("RUSTC_VERSION") },
        workers,
        threads: workers,
        pool_size: state
            .pool
            .as_ref()
            .map(|pool| pool.options().get_max_connections() / u32::from(state.settings.workers)),
        event_loop: match runtime.runtime_flavor() {
            RuntimeFlavor::MultiThread => "tokio multi-thread",
            _ => "tokio",
        },
        debug: cfg!(debug_assertions),
        // It logs failures alone, on standard error.
        log_level: "error",
        // Layers around the routes: axum cannot list them, so whoever adds one adds it here.
        middlewares: &[],
    })
}
