//! The unit's statements, as each database spells them: its placeholders, and how it tells the id of a new row.

use chrono::{DateTime, Utc};
use sqlx::{Connection, MySqlConnection, PgConnection, query, query_scalar};

const COUNT: &str = "SELECT COUNT(*) FROM users";

/// A row of the contract's table, less its id.
#[derive(Debug)]
pub struct User {
    name: String,
    email: String,
    age: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl User {
    /// The contract's values for the user of this number in the unit of this tag.
    pub fn new(tag: &str, number: i32) -> Self {
        let now = Utc::now();
        Self {
            name: format!("User {tag}_{number}"),
            email: format!("user{tag}_{number}@example.com"),
            age: 20 + number % 50,
            created_at: now,
            updated_at: now,
        }
    }

    /// The contract's change.
    pub fn rename(&mut self) {
        self.name.insert_str(0, "Updated ");
        self.updated_at = Utc::now();
    }
}

/// One statement each, prepared once per connection.
pub trait Statements: Connection {
    /// Adds a row; the id is the database's.
    fn insert(&mut self, user: &User) -> impl Future<Output = Result<i32, sqlx::Error>> + Send;

    /// Counts the rows of the table.
    fn count(&mut self) -> impl Future<Output = Result<i64, sqlx::Error>> + Send;

    /// Writes every column of a row.
    fn update(&mut self, id: i32, user: &User) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Removes a row.
    fn delete(&mut self, id: i32) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

impl Statements for PgConnection {
    async fn insert(&mut self, user: &User) -> Result<i32, sqlx::Error> {
        const INSERT: &str = "INSERT INTO users (name, email, age, created_at, updated_at) \
                              VALUES ($1, $2, $3, $4, $5) RETURNING id";
        query_scalar(INSERT)
            .bind(&user.name)
            .bind(&user.email)
            .bind(user.age)
            .bind(user.created_at)
            .bind(user.updated_at)
            .fetch_one(self)
            .await
    }

    async fn count(&mut self) -> Result<i64, sqlx::Error> {
        query_scalar(COUNT).fetch_one(self).await
    }

    async fn update(&mut self, id: i32, user: &User) -> Result<(), sqlx::Error> {
        const UPDATE: &str = "UPDATE users SET name = $1, email = $2, age = $3, created_at = $4, updated_at = $5 \
                              WHERE id = $6";
        let update = query(UPDATE).bind(&user.name).bind(&user.email).bind(user.age);
        update.bind(user.created_at).bind(user.updated_at).bind(id).execute(self).await.map(drop)
    }

    async fn delete(&mut self, id: i32) -> Result<(), sqlx::Error> {
        query("DELETE FROM users WHERE id = $1").bind(id).execute(self).await.map(drop)
    }
}

impl Statements for MySqlConnection {
    async fn insert(&mut self, user: &User) -> Result<i32, sqlx::Error> {
        const INSERT: &str = "INSERT INTO users (name, email, age, created_at, updated_at) VALUES (?, ?, ?, ?, ?)";
        let insert = query(INSERT).bind(&user.name).bind(&user.email).bind(user.age);
        let done = insert.bind(user.created_at).bind(user.updated_at).execute(self).await?;
        // The id comes with the server's OK; the column is an INT.
        i32::try_from(done.last_insert_id()).map_err(|error| sqlx::Error::Decode(error.into()))
    }

    async fn count(&mut self) -> Result<i64, sqlx::Error> {
        query_scalar(COUNT).fetch_one(self).await
    }

    async fn update(&mut self, id: i32, user: &User) -> Result<(), sqlx::Error> {
        const UPDATE: &str = "UPDATE users SET name = ?, email = ?, age = ?, created_at = ?, updated_at = ? \
                              WHERE id = ?";
        let update = query(UPDATE).bind(&user.name).bind(&user.email).bind(user.age);
        update.bind(user.created_at).bind(user.updated_at).bind(id).execute(self).await.map(drop)
    }

    async fn delete(&mut self, id: i32) -> Result<(), sqlx::Error> {
        query("DELETE FROM users WHERE id = ?").bind(id).execute(self).await.map(drop)
    }
}
