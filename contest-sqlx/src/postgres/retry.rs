//! Trying again: after a lost claim, and after a statement that was rolled back over a conflict.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use contest_core::id::UserId;
use contest_core::store::StoreError;
use tokio::sync::{Mutex, MutexGuard};

use super::error::{from_sqlx, was_rolled_back};

/// How often a step is tried under its user's lane before it fails. Every lost claim is somebody
/// else's success, and only one step of each process is under the lane.
const CLAIMS: u32 = 64;
/// How often a statement that was rolled back is sent again.
const ROLLBACKS: u32 = 4;
const LANES: usize = 64;

/// One lane for some of the users: steps that lost their first claim queue up here, so that those
/// of one process stop racing each other.
#[derive(Debug)]
pub(super) struct Lanes {
    lanes: [Mutex<()>; LANES],
    hasher: RandomState,
}

impl Default for Lanes {
    fn default() -> Self {
        Self {
            lanes: std::array::from_fn(|_| Mutex::new(())),
            hasher: RandomState::new(),
        }
    }
}

impl Lanes {
    async fn enter(&self, user: UserId) -> MutexGuard<'_, ()> {
        let [first, ..] = &self.lanes;
        let place = self.hasher.hash_one(user) % LANES as u64;
        let lane = usize::try_from(place)
            .ok()
            .and_then(|place| self.lanes.get(place));
        lane.unwrap_or(first).lock().await
    }

    /// Runs a step that claims the user's row, until it is done or has failed. `None` says that
    /// another step came first.
    ///
    /// # Cancel safety
    /// That of the step, which is one statement.
    pub(super) async fn claim<T, F>(
        &self,
        user: UserId,
        step: impl Fn() -> F + Sync,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<Option<T>, sqlx::Error>> + Send,
    {
        if let Some(done) = step().await.map_err(from_sqlx)? {
            return Ok(done);
        }
        let _lane = self.enter(user).await;
        for attempt in 0..CLAIMS {
            if let Some(done) = step().await.map_err(from_sqlx)? {
                return Ok(done);
            }
            pause(attempt).await;
        }
        Err(StoreError::transient(
            "other steps of the same user kept coming first",
        ))
    }
}

/// Sends a statement whose repetition changes nothing, and sends it again if the database rolled
/// it back over a conflict.
pub(super) async fn again<T, F>(statement: impl Fn() -> F + Sync) -> Result<T, sqlx::Error>
where
    F: Future<Output = Result<T, sqlx::Error>> + Send,
{
    for attempt in 0..ROLLBACKS {
        match statement().await {
            Err(error) if was_rolled_back(&error) => pause(attempt).await,
            outcome => return outcome,
        }
    }
    statement().await
}

/// Up to a millisecond at first, twice as much each time, up to 32 ms.
async fn pause(attempt: u32) {
    let most = 1_000_u64 << attempt.min(5);
    let micros = RandomState::new().hash_one(attempt) % most;
    tokio::time::sleep(Duration::from_micros(micros)).await;
}
