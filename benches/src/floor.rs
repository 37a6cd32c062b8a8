//! The cheapest calls there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use contest_sqlx::postgres::PgStore;
use contest_sqlx::sqlite::SqliteStore;
use sqlx::{PgPool, SqlitePool};

const TABLE: [&str; 2] = [
    "DROP TABLE IF EXISTS floor",
    "CREATE TABLE floor (id bigint PRIMARY KEY, note text)",
];
const INSERT: &str = "INSERT INTO floor (id, note) VALUES ($1, 'bare')";

/// The cheapest read and the cheapest write, through the pools that a store uses itself.
#[derive(Debug, Clone)]
pub struct Floor {
    pools: Pools,
    rows: Arc<AtomicI64>,
}

#[derive(Debug, Clone)]
enum Pools {
    Postgres(PgPool),
    Sqlite {
        reader: SqlitePool,
        writer: SqlitePool,
    },
}

impl Floor {
    /// What the cheapest read is called.
    pub const READ: &str = "`SELECT 1`";
    /// What the cheapest write is called.
    pub const WRITE: &str = "a bare insert, committed";

    /// Of a store in Postgres. Makes the table that is written to, anew if it is there.
    pub async fn postgres(store: &PgStore) -> Result<Self, sqlx::Error> {
        for statement in TABLE {
            sqlx::query(statement).execute(store.pool()).await?;
        }
        Ok(Self::new(Pools::Postgres(store.pool().clone())))
    }

    /// Of a store in SQLite. Makes the table that is written to, anew if it is there.
    pub async fn sqlite(store: &SqliteStore) -> Result<Self, sqlx::Error> {
        for statement in TABLE {
            sqlx::query(statement).execute(store.writer()).await?;
        }
        Ok(Self::new(Pools::Sqlite {
            reader: store.reader().clone(),
            writer: store.writer().clone(),
        }))
    }

    fn new(pools: Pools) -> Self {
        let rows = Arc::default();
        Self { pools, rows }
    }

    /// Asks for a constant.
    pub async fn read(&self) -> Result<(), sqlx::Error> {
        let select = "SELECT 1";
        match &self.pools {
            Pools::Postgres(pool) => sqlx::query(select).fetch_one(pool).await.map(drop),
            Pools::Sqlite { reader, .. } => sqlx::query(select).fetch_one(reader).await.map(drop),
        }
    }

    /// Inserts one row and commits it.
    pub async fn write(&self) -> Result<(), sqlx::Error> {
        let row = self.rows.fetch_add(1, Ordering::Relaxed);
        match &self.pools {
            Pools::Postgres(pool) => {
                let insert = sqlx::query(INSERT).bind(row).execute(pool);
                insert.await.map(drop)
            }
            Pools::Sqlite { writer, .. } => {
                let insert = sqlx::query(INSERT).bind(row).execute(writer);
                insert.await.map(drop)
            }
        }
    }
}
