//! A store over a transaction of the host.

use std::fmt;

use contest_core::store::StoreError;
use sqlx::postgres::{PgConnection, PgRow, Postgres};
use sqlx::{Executor as _, Transaction};

use super::PgStore;
use super::error::from_sqlx;
use super::source::Source;
use super::sql::Prepared;
use crate::lent::Lent;

/// Between two calls there is always this savepoint, to roll back to when a call fails: after an error,
/// Postgres refuses all other statements of the transaction. The driver's nested transactions are not
/// used: if one is dropped while it begins, sqlx 0.9.0 rolls the outer transaction back, too.
const BEGIN: &str = "SAVEPOINT contest_call";
const UNDO: &str = "ROLLBACK TO SAVEPOINT contest_call";
const KEEP: &str = "RELEASE SAVEPOINT contest_call; SAVEPOINT contest_call";
const END: &str = "RELEASE SAVEPOINT contest_call";

/// The host's transaction while it is lent.
pub(super) struct Host {
    transaction: Transaction<'static, Postgres>,
    has_savepoint: bool,
    /// A call has begun and not ended: its changes must be undone.
    is_unclean: bool,
}

/// An open transaction of the host, and a store over it. Dropping it rolls the transaction back.
///
/// ```no_run
/// use contest_core::prelude::*;
/// use contest_sqlx::postgres::PgStore;
///
/// # async fn run(
/// #     pool: sqlx::PgPool, store: PgStore, engine: Engine, user: UserId, request: ContestRequest,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// let mut transaction = pool.begin().await?;
/// sqlx::query("UPDATE accounts SET credits = credits - 1 WHERE user_id = $1")
///     .bind(user.as_uuid())
///     .execute(&mut *transaction)
///     .await?;
///
/// let transaction = store.in_transaction(transaction);
/// let inside = engine.with_store(transaction.store());
/// inside.create_contest(user, &request).await?;
///
/// // Both are there now, or neither.
/// transaction.finish().await?.commit().await?;
/// # Ok(()) }
/// ```
pub struct PgTransaction {
    lent: Lent<Host>,
    store: PgStore,
}

impl PgStore {
    /// Takes over an open transaction of the host on the same database. The
    /// [store over it](PgTransaction::store) reads and writes in it. Its changes become visible when the
    /// host commits, together with all other writes of the transaction.
    ///
    /// A call that is refused, fails or is dropped leaves no changes, and the transaction stays usable.
    /// Commits in a transaction are never gathered.
    ///
    /// The transaction must be `READ COMMITTED`, the default of Postgres: on a stricter level, a commit that
    /// conflicts with another one fails permanently. From its first commit on, it locks the user's record,
    /// and other commits of that user wait until it ends: keep it short.
    pub fn in_transaction(&self, transaction: Transaction<'static, Postgres>) -> PgTransaction {
        let lent = Lent::new(Host {
            transaction,
            has_savepoint: false,
            is_unclean: false,
        });
        let source = Source::Transaction(lent.clone(), Box::new(self.source().clone()));
        let store = Self::build(source, self.inner.kind.clone());
        PgTransaction { lent, store }
    }
}

impl PgTransaction {
    /// The store over the transaction. Its calls queue for the one connection, and fail once the
    /// transaction is [given back](Self::finish).
    pub fn store(&self) -> PgStore {
        self.store.clone()
    }

    /// Gives the transaction back, for the host to commit or to roll back.
    ///
    /// # Errors
    /// When a call still uses the transaction, or the connection is lost. Then the transaction is rolled back.
    ///
    /// # Cancel safety
    /// Dropped early, it rolls the transaction back.
    pub async fn finish(self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let mut host = self.lent.take()?;
        if host.has_savepoint {
            host.clean_up().await.map_err(from_sqlx)?;
            let end = sqlx::raw_sql(END).execute(&mut *host.transaction).await;
            end.map_err(from_sqlx)?;
        }
        Ok(host.transaction)
    }
}

/// The remaining stores can neither use the transaction nor keep it open.
impl Drop for PgTransaction {
    fn drop(&mut self) {
        self.lent.close();
    }
}

impl Host {
    /// Undoes the changes of an unfinished call, and makes sure that the next call can be undone.
    async fn clean_up(&mut self) -> Result<(), sqlx::Error> {
        if !self.has_savepoint {
            sqlx::raw_sql(BEGIN).execute(&mut *self.transaction).await?;
            self.has_savepoint = true;
        }
        if self.is_unclean {
            sqlx::raw_sql(UNDO).execute(&mut *self.transaction).await?;
            self.is_unclean = false;
        }
        Ok(())
    }

    /// The connection for a call. The next call undoes it unless it is [kept](Self::keep).
    pub(super) async fn begin(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.clean_up().await?;
        self.is_unclean = true;
        Ok(&mut self.transaction)
    }

    /// Makes the changes of the call a part of the transaction.
    pub(super) async fn keep(&mut self) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(KEEP).execute(&mut *self.transaction).await?;
        self.is_unclean = false;
        Ok(())
    }

    /// Sends a statement that changes nothing.
    pub(super) async fn read(&mut self, query: Prepared) -> Result<Vec<PgRow>, sqlx::Error> {
        let rows = self.begin().await?.fetch_all(query).await?;
        self.is_unclean = false;
        Ok(rows)
    }

    /// Sends a statement that changes something.
    pub(super) async fn change(&mut self, query: Prepared) -> Result<Vec<PgRow>, sqlx::Error> {
        let rows = self.begin().await?.fetch_all(query).await?;
        self.keep().await?;
        Ok(rows)
    }
}

impl fmt::Debug for PgTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgTransaction").finish_non_exhaustive()
    }
}
