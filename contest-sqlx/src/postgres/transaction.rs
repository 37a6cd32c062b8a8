//! Calls inside a transaction of the host's.

use std::fmt;
use std::sync::Arc;

use contest_core::store::StoreError;
use sqlx::Transaction;
use sqlx::postgres::Postgres;
use tokio::sync::Mutex;

use super::PgStore;
use super::source::{Lent, Source};

/// A transaction of the host's that a store works in: see [`PgStore::in_transaction`].
pub struct PgTransaction {
    store: PgStore,
    lent: Lent,
}

impl PgStore {
    /// Lends a transaction of the host's to a store of the same tables. What is done through it becomes
    /// visible, and durable, when the host commits; until then it holds locks on the users it changed.
    ///
    /// The transaction must be `READ COMMITTED`, as is the default of Postgres. A refusal or a conflict
    /// leaves it usable. After a [`StoreError`], roll it back.
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
    /// let lent = store.in_transaction(transaction);
    /// let inside = engine.with_store(lent.store());
    /// let created = inside.create_contest(user, &request).await;
    /// let transaction = lent.finish().await?;
    /// match created {
    ///     Ok(_) => transaction.commit().await?,
    ///     Err(_) => transaction.rollback().await?,
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn in_transaction(&self, transaction: Transaction<'static, Postgres>) -> PgTransaction {
        let lent: Lent = Arc::new(Mutex::new(Some(transaction)));
        let source = Source::Transaction(Arc::clone(&lent), Box::new(self.source().clone()));
        let store = Self::build(source, self.inner.kind.clone());
        PgTransaction { store, lent }
    }
}

impl PgTransaction {
    /// The store that works in the transaction, one call at a time.
    pub fn store(&self) -> PgStore {
        self.store.clone()
    }

    /// Gives the transaction back, once no call of the store runs in it. Stores that are still there fail
    /// from then on.
    ///
    /// # Errors
    /// None as long as only this value can take the transaction back.
    ///
    /// # Cancel safety
    /// Dropped, it rolls the transaction back when the last store is gone.
    pub async fn finish(self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let taken = self.lent.lock().await.take();
        taken.ok_or_else(|| StoreError::permanent("the transaction was given back before"))
    }
}

impl fmt::Debug for PgTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgTransaction").finish_non_exhaustive()
    }
}
