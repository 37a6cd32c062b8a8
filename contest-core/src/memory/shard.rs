//! Users spread over locks.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::id::UserId;
use crate::memory::turns::Turns;
use crate::memory::user::User;

/// Enough that a few dozen threads rarely meet.
const SHARDS: usize = 64;

type Shard = RwLock<HashMap<UserId, User>>;

pub(super) struct Shards {
    locks: [Shard; SHARDS],
    hasher: RandomState,
    /// Whether domain events are kept.
    outbox: AtomicBool,
    turns: Turns,
}

impl Default for Shards {
    fn default() -> Self {
        Self {
            locks: std::array::from_fn(|_| Shard::default()),
            hasher: RandomState::new(),
            outbox: AtomicBool::new(false),
            turns: Turns::default(),
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
        let mut shard = write(self.shard(user));
        let data = shard.get_mut(&user)?;
        Some(self.change(user, data, step))
    }

    /// Changes a user in one step, new or not.
    pub(super) fn write<T>(&self, user: UserId, step: impl FnOnce(&mut User) -> T) -> T {
        let mut shard = write(self.shard(user));
        self.change(user, shard.entry(user).or_default(), step)
    }

    /// Changes a user, and puts it in line when its first event is to be delivered.
    fn change<T>(&self, user: UserId, data: &mut User, step: impl FnOnce(&mut User) -> T) -> T {
        let waited = data.outbox.is_waiting();
        data.outbox.keep(self.outbox.load(Ordering::Relaxed));
        let answer = step(data);
        if !waited && data.outbox.is_waiting() {
            self.turns.move_to_end(user);
        }
        answer
    }

    /// Keeps domain events from now on.
    pub(super) fn keep_events(&self) {
        self.outbox.store(true, Ordering::Relaxed);
    }

    /// Whose events are delivered next.
    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    /// Changes every user, one after the other, for as long as `step` says so.
    pub(super) fn for_each(&self, mut step: impl FnMut(&mut User) -> bool) {
        for shard in &self.locks {
            if !write(shard).values_mut().all(&mut step) {
                return;
            }
        }
    }

    fn shard(&self, user: UserId) -> &Shard {
        let [first, ..] = &self.locks;
        let place = self.hasher.hash_one(user) % SHARDS as u64;
        usize::try_from(place)
            .ok()
            .and_then(|place| self.locks.get(place))
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
