//! Users spread over locks.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::id::UserId;
use crate::memory::user::User;

/// Enough that a few dozen threads rarely meet.
const SHARDS: usize = 64;

type Shard = RwLock<HashMap<UserId, User>>;

pub(super) struct Shards {
    shards: [Shard; SHARDS],
    hasher: RandomState,
}

impl Default for Shards {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| Shard::default()),
            hasher: RandomState::new(),
        }
    }
}

impl Shards {
    /// Reads a user; a user nobody has heard of is an empty one.
    pub(super) fn read<T>(&self, user: UserId, step: impl FnOnce(&User) -> T) -> T {
        match read(self.shard(user)).get(&user) {
            Some(user) => step(user),
            None => step(&User::default()),
        }
    }

    /// Changes a user in one step, if anybody has heard of it.
    pub(super) fn update<T>(&self, user: UserId, step: impl FnOnce(&mut User) -> T) -> Option<T> {
        write(self.shard(user)).get_mut(&user).map(step)
    }

    /// Changes a user in one step, new or not.
    pub(super) fn write<T>(&self, user: UserId, step: impl FnOnce(&mut User) -> T) -> T {
        step(write(self.shard(user)).entry(user).or_default())
    }

    fn shard(&self, user: UserId) -> &Shard {
        let [first, ..] = &self.shards;
        let place = self.hasher.hash_one(user) % SHARDS as u64;
        usize::try_from(place)
            .ok()
            .and_then(|place| self.shards.get(place))
            .unwrap_or(first)
    }
}

/// Locks for reading. No step here panics while it holds a lock, so a poisoned lock, which only a
/// panic can leave, guards sound data all the same.
pub(super) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Locks for writing; see [`read`].
pub(super) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
