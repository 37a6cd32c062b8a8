//! A place in line for the calls of one user, once they get in each other's way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::id::UserId;

/// The users whose calls wait for each other in this process.
#[derive(Debug, Default)]
pub(super) struct Queues(Mutex<HashMap<UserId, Arc<AsyncMutex<()>>>>);

/// A user's turn, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'q> {
    queues: &'q Queues,
    user: UserId,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Queues {
    /// Waits until all calls of the user that came before have ended.
    pub(super) async fn turn(&self, user: UserId) -> Turn<'_> {
        let mut turn = Turn {
            queues: self,
            user,
            guard: None,
        };
        let line = Arc::clone(self.lines().entry(user).or_default());
        turn.guard = Some(line.lock_owned().await);
        turn
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, HashMap<UserId, Arc<AsyncMutex<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets the user once no other call waits, also when a waiting call was dropped.
impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.guard = None;
        let mut lines = self.queues.lines();
        if lines
            .get(&self.user)
            .is_some_and(|line| Arc::strong_count(line) == 1)
        {
            lines.remove(&self.user);
        }
    }
}
