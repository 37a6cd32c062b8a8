//! Whose events are delivered next.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::id::UserId;

/// Users with undelivered events, who waits longest first. Locked after a shard, if with one.
#[derive(Default)]
pub(super) struct Turns(Mutex<Line>);

#[derive(Default)]
struct Line {
    next: u64,
    turns: BTreeMap<u64, UserId>,
    places: HashMap<UserId, u64>,
}

impl Turns {
    /// Puts a user at the end, waiting or not.
    pub(super) fn move_to_end(&self, user: UserId) {
        let mut line = self.lock();
        line.remove(user);
        line.push(user);
    }

    /// Takes a user out.
    pub(super) fn leave(&self, user: UserId) {
        self.lock().remove(user);
    }

    /// The end of the line: who joins later has a place at or after it.
    pub(super) fn end(&self) -> u64 {
        self.lock().next
    }

    /// The first place from `from` on and before `end`, and who has it.
    pub(super) fn between(&self, from: u64, end: u64) -> Option<(u64, UserId)> {
        let line = self.lock();
        let mut turns = line.turns.range(from..end.max(from));
        turns.next().map(|(turn, user)| (*turn, *user))
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn push(&mut self, user: UserId) {
        self.turns.insert(self.next, user);
        self.places.insert(user, self.next);
        self.next += 1;
    }

    fn remove(&mut self, user: UserId) {
        if let Some(place) = self.places.remove(&user) {
            self.turns.remove(&place);
        }
    }
}
