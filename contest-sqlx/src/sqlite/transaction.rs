//! A store over a transaction of the host.

use std::fmt;
use std::ops::{Deref, DerefMut};

use contest_core::store::StoreError;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::SqliteStore;
use super::error::{during, is_misuse};
use crate::lent::Lent;

/// Undoes a call that failed or was dropped. It is an error if there is nothing to undo.
const CLEAN_UP: &str = "ROLLBACK TO contest_call; RELEASE contest_call";

/// The host's transaction while it is lent.
pub(super) struct Host {
    transaction: Transaction<'static, Sqlite>,
    /// A call has begun and not ended: there may be a savepoint to undo.
    is_unclean: bool,
}

/// An open transaction of the host, and a store over it. Dropping it rolls the transaction back.
///
/// ```
/// use contest_core::prelude::*;
/// use contest_sqlx::sqlite::SqliteStore;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = SqliteStore::connect("sqlite::memory:").await?;
/// store.migrate().await?;
/// let engine = Engine::builder(store.clone()).build().await?;
/// # engine.publish_catalogue(&Catalogue::neetcode150()).await?;
/// # sqlx::query("CREATE TABLE orders (user_id BLOB)").execute(store.writer()).await?;
/// let user = UserId::from_uuid(uuid::Uuid::from_u128(1));
/// let mut transaction = store.writer().begin_with("BEGIN IMMEDIATE").await?;
/// let order = sqlx::query("INSERT INTO orders VALUES (?)").bind(user.as_uuid());
/// order.execute(&mut *transaction).await?;
///
/// let transaction = store.in_transaction(transaction);
/// let inside = engine.with_store(transaction.store());
/// let hour = ContestDuration::from_minutes(60)?;
/// let request = ContestRequest::new(ProblemCount::new(5)?, hour);
/// inside.create_contest(user, &request).await?;
///
/// // Both are there now, or neither.
/// transaction.finish().await?.commit().await?;
/// # Ok(()) }
/// ```
pub struct SqliteTransaction {
    lent: Lent<Host>,
    store: SqliteStore,
}

impl SqliteStore {
    /// Takes over an open transaction of the host on the same database. The
    /// [store over it](SqliteTransaction::store) reads and writes in it. Its changes become visible when the
    /// host commits, together with all other writes of the transaction.
    ///
    /// A call that is refused, fails or is dropped leaves no changes, and the transaction stays usable: each
    /// commit has a savepoint. Commits in a transaction are never gathered.
    ///
    /// Begin the transaction with `BEGIN IMMEDIATE`, as `writer().begin_with("BEGIN IMMEDIATE")` does. A
    /// plain `BEGIN` takes the write lock only with the first write. If another transaction wrote between the
    /// first read and that write, SQLite refuses the write, and also every retry: the host must roll back.
    ///
    /// The transaction uses the only writing connection: other writes through this store wait until it ends,
    /// and so do all calls on a database in memory. Do not wait for them inside the transaction.
    pub fn in_transaction(&self, transaction: Transaction<'static, Sqlite>) -> SqliteTransaction {
        let host = Host {
            transaction,
            is_unclean: false,
        };
        let lent = Lent::new(host);
        let store = Self {
            gatherer: None,
            host: Some(lent.clone()),
            ..self.clone()
        };
        SqliteTransaction { lent, store }
    }
}

impl SqliteTransaction {
    /// The store over the transaction. Its calls queue for the one connection, and fail once the
    /// transaction is [given back](Self::finish).
    pub fn store(&self) -> SqliteStore {
        self.store.clone()
    }

    /// Gives the transaction back, for the host to commit or to roll back.
    ///
    /// # Errors
    /// When a call still uses the transaction, which is then rolled back; and when SQLite has rolled
    /// it back by itself, as it does when the disk is full.
    ///
    /// # Cancel safety
    /// Dropped early, it rolls the transaction back.
    pub async fn finish(self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        let mut host = self.lent.take()?;
        host.clean_up().await?;
        host.ensure_open().await?;
        Ok(host.transaction)
    }
}

/// The remaining stores can neither use the transaction nor keep it open.
impl Drop for SqliteTransaction {
    fn drop(&mut self) {
        self.lent.close();
    }
}

impl fmt::Debug for SqliteTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteTransaction").finish_non_exhaustive()
    }
}

impl Host {
    /// Undoes the changes of an unfinished call.
    pub(super) async fn clean_up(&mut self) -> Result<(), StoreError> {
        if !self.is_unclean {
            return Ok(());
        }
        let undone = sqlx::raw_sql(CLEAN_UP).execute(&mut *self.transaction);
        match undone.await {
            Err(error) if !is_misuse(&error) => Err(during("undoing a call")(error)),
            _ => {
                self.is_unclean = false;
                Ok(())
            }
        }
    }

    /// Fails if SQLite has rolled the transaction back by itself. The driver does not notice, and the
    /// next savepoint would be a transaction of its own.
    async fn ensure_open(&mut self) -> Result<(), StoreError> {
        let connection = &mut *self.transaction;
        match sqlx::query("BEGIN").execute(&mut *connection).await {
            // Refused, because a transaction is open.
            Err(error) if is_misuse(&error) => Ok(()),
            Err(error) => Err(during("checking the host's transaction")(error)),
            Ok(_) => {
                let ended = sqlx::query("ROLLBACK").execute(connection).await;
                ended.map_err(during("rolling back"))?;
                let message = "SQLite has rolled the host's transaction back";
                Err(StoreError::permanent(message))
            }
        }
    }

    /// Begins to write. Without a [`release`](Self::release), the write is undone before the next call, or
    /// before the host gets its transaction back.
    ///
    /// The driver's nested transactions are not used: if one is dropped while it begins, sqlx 0.9.0 rolls
    /// the outer transaction back, too.
    pub(super) async fn savepoint(&mut self) -> Result<(), StoreError> {
        self.ensure_open().await?;
        self.is_unclean = true;
        let savepoint = sqlx::query("SAVEPOINT contest_call").execute(&mut *self.transaction);
        savepoint.await.map_err(during("making a savepoint"))?;
        Ok(())
    }

    /// Ends a write: it becomes a part of the transaction.
    pub(super) async fn release(&mut self) -> Result<(), sqlx::Error> {
        let release = sqlx::query("RELEASE contest_call").execute(&mut *self.transaction);
        release.await?;
        self.is_unclean = false;
        Ok(())
    }
}

impl Deref for Host {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.transaction
    }
}

impl DerefMut for Host {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }
}
