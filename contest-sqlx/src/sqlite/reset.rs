//! Beginning a new epoch.

use contest_core::UserId;
use contest_core::model::{Epoch, EventKind};
use contest_core::store::{Reset, ResetError, StoreError};
use contest_core::time::Timestamp;
use sqlx::{Row, SqliteConnection};

use crate::sqlite::SqliteStore;
use crate::sqlite::create::{open_contest, settle};
use crate::sqlite::error::during;
use crate::sqlite::outbox;
use crate::sqlite::pool::{acquire, begin, commit};

/// Returns the new epoch, and the length of the history with the removals. Somebody without a row has
/// no solves.
pub(super) const BEGIN_EPOCH: &str = "
INSERT INTO user_progress (user_id, epoch, epoch_began_at) VALUES (?1, 1, ?2)
ON CONFLICT (user_id) DO UPDATE SET
    easy = 0, medium = 0, hard = 0,
    events = events + (SELECT count(*) FROM solves WHERE solves.user_id = ?1),
    epoch = epoch + 1, epoch_began_at = excluded.epoch_began_at
RETURNING epoch, events";

/// The ids go on counting the user's events, from the solve that is oldest.
pub(super) const LOG_REMOVALS: &str = "
INSERT INTO solve_events (user_id, at, id, problem_id, kind)
SELECT ?1, ?2, unhex(format('%032x', ?3 - row_number() OVER (ORDER BY solved_at DESC, problem_id DESC))),
       problem_id, 'removed'
FROM solves WHERE user_id = ?1";

pub(super) const REMOVE_SOLVES: &str = "DELETE FROM solves WHERE user_id = ?1";

pub(super) const CLEAR_TOPICS: &str = "
UPDATE user_topics SET solved = 0 WHERE user_id = ?1 AND solved > 0";

impl SqliteStore {
    pub(super) async fn reset(&self, user: UserId, now: Timestamp) -> Result<Reset, ResetError> {
        let mut connection = acquire(&self.writer).await?;
        let mut transaction = begin(&mut connection).await?;
        let open = open_contest(&mut transaction, user).await?;
        if let Some((contest, deadline)) = open
            && now < deadline
        {
            return Err(ResetError::ActiveContestExists { contest });
        }
        let expired = open.map(|(expired, _)| expired);
        if let Some(expired) = expired {
            settle(&mut transaction, user, expired).await?;
        }
        let (epoch, events) = begin_epoch(&mut transaction, user, now).await?;
        let removed = remove_solves(&mut transaction, user, now, events).await?;
        let reset = EventKind::ProgressReset {
            epoch: epoch.number,
        };
        let told = expired.map(outbox::settled).into_iter().chain([reset]);
        self.tell(&mut transaction, user, now, told).await?;
        commit(transaction).await?;
        Ok(Reset {
            epoch,
            removed,
            settled: expired,
        })
    }
}

async fn begin_epoch(
    connection: &mut SqliteConnection,
    user: UserId,
    now: Timestamp,
) -> Result<(Epoch, i64), StoreError> {
    let row = sqlx::query(BEGIN_EPOCH)
        .bind(user.as_uuid())
        .bind(now.as_micros())
        .fetch_one(connection)
        .await;
    let numbers = row.and_then(|row| Ok((row.try_get::<i64, _>(0)?, row.try_get(1)?)));
    let (number, events) = numbers.map_err(during("beginning an epoch"))?;
    let epoch = Epoch {
        number: number.unsigned_abs(),
        began_at: Some(now),
    };
    Ok((epoch, events))
}

/// Returns how many there were.
async fn remove_solves(
    connection: &mut SqliteConnection,
    user: UserId,
    now: Timestamp,
    events: i64,
) -> Result<u64, StoreError> {
    let failed = during("removing solves");
    sqlx::query(LOG_REMOVALS)
        .bind(user.as_uuid())
        .bind(now.as_micros())
        .bind(events)
        .execute(&mut *connection)
        .await
        .map_err(&failed)?;
    let removed = sqlx::query(REMOVE_SOLVES)
        .bind(user.as_uuid())
        .execute(&mut *connection)
        .await
        .map_err(&failed)?;
    sqlx::query(CLEAR_TOPICS)
        .bind(user.as_uuid())
        .execute(connection)
        .await
        .map_err(&failed)?;
    Ok(removed.rows_affected())
}
