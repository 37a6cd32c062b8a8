//! A queue for concurrent changes of one user in this process, used after a first conflict.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::id::UserId;

/// The users whose calls wait for each other in this process.
#[derive(Debug, Default)]
pub(super) struct Queues(Mutex<HashMap<UserId, Arc<AsyncMutex<()>>>>);

/// Exclusive access to a user's queue until dropped.
#[derive(Debug)]
pub(super) struct QueueGuard<'q> {
    queues: &'q Queues,
    user: UserId,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Queues {
    /// Waits until all earlier calls of the user have ended.
    pub(super) async fn wait_for(&self, user: UserId) -> QueueGuard<'_> {
        let mut place = QueueGuard {
            queues: self,
            user,
            guard: None,
        };
        let queue = Arc::clone(self.queues().entry(user).or_default());
        place.guard = Some(queue.lock_owned().await);
        place
    }

    fn queues(&self) -> std::sync::MutexGuard<'_, HashMap<UserId, Arc<AsyncMutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops the user's entry once no other call waits, also if a waiting call was dropped.
impl Drop for QueueGuard<'_> {
    fn drop(&mut self) {
        self.guard = None;
        let mut queues = self.queues.queues();
        if queues
            .get(&self.user)
            .is_some_and(|queue| Arc::strong_count(queue) == 1)
        {
            queues.remove(&self.user);
        }
    }
}
