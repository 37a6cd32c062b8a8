//! The cheapest calls of a database.

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

/// The cheapest read and the cheapest write, over the connections of a store.
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
    /// The name of the cheapest read.
    pub const READ: &str = "`SELECT 1`";
    /// The name of the cheapest write.
    pub const WRITE: &str = "a bare insert, committed";

    /// The floor of a Postgres store. Creates the table for the writes, again if it exists.
    pub async fn postgres(store: &PgStore) -> Outcome<Self> {
        for statement in TABLE {
            store.send(|| sqlx::query(statement)).await?;
        }
        Ok(Self::new(Connections::Postgres(store.clone())))
    }

    /// The floor of a SQLite store. Creates the table for the writes, again if it exists.
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

    /// Reads a constant.
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
    StoreError::permanent("a statement of the floor failed").with_source(error)
}
