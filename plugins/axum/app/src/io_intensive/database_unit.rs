//! The database unit: what it does, in which order and in whose transaction, the same on every database.

use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::{Connection, Database, Pool};
use uuid::Uuid;

use super::statements::{Statements, User};
use crate::settings::TransactionScope;

const INSERTS: i32 = 10;
const UPDATES: usize = 5;

/// Runs the units one after the other on one connection, which is taken once and goes back at the end.
///
/// A transaction that is dropped by an error is rolled back before the pool lends the connection again.
pub async fn run_all<DB>(pool: &Pool<DB>, units: u16, transaction: TransactionScope) -> Result<(), sqlx::Error>
where
    DB: Database,
    DB::Connection: Statements,
{
    if units == 0 {
        return Ok(());
    }
    let mut connection = pool.acquire().await?;
    match transaction {
        TransactionScope::PerUnit => {
            for _ in 0..units {
                let mut transaction = connection.begin().await?;
                write_and_delete(&mut *transaction).await?;
                transaction.commit().await?;
                connection.count().await?;
            }
        }
        TransactionScope::PerRequest => {
            let mut transaction = connection.begin().await?;
            for _ in 0..units {
                write_and_delete(&mut *transaction).await?;
                transaction.count().await?;
            }
            transaction.commit().await?;
        }
    }
    Ok(())
}

/// The part of the unit that is one transaction: 26 of its 27 statements.
async fn write_and_delete(connection: &mut impl Statements) -> Result<(), sqlx::Error> {
    let tag = tag();
    let mut rows = Vec::new();
    for number in 0..INSERTS {
        let user = User::new(&tag, number);
        let id = connection.insert(&user).await?;
        rows.push((id, user));
    }
    connection.count().await?;
    for (id, user) in rows.iter_mut().take(UPDATES) {
        user.rename();
        connection.update(*id, user).await?;
    }
    for (id, _) in rows {
        connection.delete(id).await?;
    }
    Ok(())
}

/// Makes the names of a unit its own: microseconds since 1970, and the first 8 hex digits of a random id.
fn tag() -> String {
    let microseconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    let (first, ..) = Uuid::new_v4().as_fields();
    format!("{microseconds}_{first:08x}")
}
