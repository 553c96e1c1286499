//! Which database this process serves from, and its pool. A process has one database, or none.

use sqlx::mysql::MySqlConnectOptions;
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Database, MySql, MySqlPool, PgPool, Pool, Postgres};

use crate::settings::{POOL_TIMEOUT, Settings};

/// Where the database is and who asks, from its URL.
#[derive(Clone, Debug)]
pub enum Address {
    Postgres(PgConnectOptions),
    MySql(MySqlConnectOptions),
}

/// The one pool, by kind of database.
#[derive(Clone, Debug)]
pub enum AnyPool {
    Postgres(PgPool),
    MySql(MySqlPool),
}

/// No connection is to be had at start.
#[derive(Debug, thiserror::Error)]
#[error("saw '{reason}', expected a {expected} that answers there")]
pub struct Unreachable {
    reason: sqlx::Error,
    expected: &'static str,
}

impl AnyPool {
    /// Connects once, so that a wrong address ends the start, and hands over a pool that connects when it is asked.
    pub async fn open(address: Address, settings: &Settings) -> Result<Self, Unreachable> {
        Ok(match address {
            Address::Postgres(options) => Self::Postgres(open::<Postgres>(options, settings).await?),
            Address::MySql(options) => Self::MySql(open::<MySql>(options, settings).await?),
        })
    }

    /// Takes a connection from the pool and runs one statement on it.
    pub async fn ask(&self) -> Result<(), sqlx::Error> {
        const STATEMENT: &str = "SELECT 1";
        match self {
            Self::Postgres(pool) => sqlx::query(STATEMENT).execute(pool).await.map(drop),
            Self::MySql(pool) => sqlx::query(STATEMENT).execute(pool).await.map(drop),
        }
    }

    /// The cap on connections, all workers together.
    pub fn max_connections(&self) -> u32 {
        match self {
            Self::Postgres(pool) => pool.options().get_max_connections(),
            Self::MySql(pool) => pool.options().get_max_connections(),
        }
    }
}

async fn open<DB: Database>(
    options: <DB::Connection as Connection>::Options,
    settings: &Settings,
) -> Result<Pool<DB>, Unreachable> {
    let unreachable = |reason| Unreachable { reason, expected: DB::NAME };
    // Under load sqlx would write a warning for nearly every statement, and below for every wait of 2 s.
    let options = options.disable_statement_logging();

    // Before the pool, which would try again for POOL_TIMEOUT and then say only that time is up.
    let connection = DB::Connection::connect_with(&options).await.map_err(unreachable)?;
    connection.close().await.map_err(unreachable)?;

    Ok(PoolOptions::new()
        .max_connections(u32::from(settings.workers) * u32::from(settings.pool_size))
        .acquire_timeout(POOL_TIMEOUT)
        .acquire_slow_threshold(POOL_TIMEOUT)
        // Connections stay. By default sqlx closes one that was idle for 10 minutes, or is 30 minutes old.
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options))
}
