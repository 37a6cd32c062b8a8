//! The cheapest calls there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use contest_core::store::StoreError;
use contest_sqlx::postgres::PgStore;
use contest_sqlx::sqlite::SqliteStore;
use sqlx::SqlitePool;

use crate::Outcome;

const TABLE: [&str; 2] = [
    "DROP TABLE IF EXISTS floor",
    "CREATE TABLE floor (id bigint PRIMARY KEY, note text)",
];
const INSERT: &str = "INSERT INTO floor (id, note) VALUES ($1, 'bare')";

/// The cheapest read and the cheapest write, over the connections that a store uses itself.
#[derive(Debug, Clone)]
pub struct Floor {
    connections: Connections,
    rows: Arc<AtomicI64>,
}

#[derive(Debug, Clone)]
enum Connections {
    Postgres(PgStore),
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
    pub async fn postgres(store: &PgStore) -> Outcome<Self> {
        for statement in TABLE {
            store.send(|| sqlx::query(statement)).await?;
        }
        Ok(Self::new(Connections::Postgres(store.clone())))
    }

    /// Of a store in SQLite. Makes the table that is written to, anew if it is there.
    pub async fn sqlite(store: &SqliteStore) -> Outcome<Self> {
        for statement in TABLE {
            sqlx::query(statement).execute(store.writer()).await?;
        }
        Ok(Self::new(Connections::Sqlite {
            reader: store.reader().clone(),
            writer: store.writer().clone(),
        }))
    }

    fn new(connections: Connections) -> Self {
        let rows = Arc::default();
        Self { connections, rows }
    }

    /// Asks for a constant.
    pub async fn read(&self) -> Result<(), StoreError> {
        let select = || sqlx::query("SELECT 1");
        match &self.connections {
            Connections::Postgres(store) => drop(store.send(select).await?),
            Connections::Sqlite { reader, .. } => {
                let one = sqlx::query("SELECT 1").fetch_one(reader).await;
                one.map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Inserts one row and commits it.
    pub async fn write(&self) -> Result<(), StoreError> {
        let row = self.rows.fetch_add(1, Ordering::Relaxed);
        match &self.connections {
            Connections::Postgres(store) => {
                store.send(|| sqlx::query(INSERT).bind(row)).await?;
            }
            Connections::Sqlite { writer, .. } => {
                let insert = sqlx::query(INSERT).bind(row).execute(writer).await;
                insert.map_err(failed)?;
            }
        }
        Ok(())
    }
}

fn failed(error: sqlx::Error) -> StoreError {
    StoreError::permanent("the floor gave way").with_source(error)
}
