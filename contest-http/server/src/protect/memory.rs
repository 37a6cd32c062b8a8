//! Memory for the bodies of requests and responses: in all, and of each client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use contest_core::UserId;

use crate::client::Client;

/// The first bytes of a body that are free: small bodies are always accepted.
const FREE: usize = 16 * 1024;
/// The share of the memory that one client may hold.
const SHARE: usize = 8;

/// The client that holds memory: its user, if it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    Address(Client),
    User(UserId),
}

/// The memory, and the part of it that is held.
#[derive(Debug)]
pub(super) struct Memory {
    most: usize,
    held: Mutex<HeldBytes>,
}

#[derive(Debug, Default)]
struct HeldBytes {
    all: usize,
    /// Only holders of more than nothing.
    each: HashMap<Holder, usize>,
}

impl Memory {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            held: Mutex::default(),
        }
    }

    /// Holds `bytes` more, if they are there.
    fn take(&self, holder: Holder, bytes: usize) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let all = held.all.saturating_add(bytes);
        let own = held.each.get(&holder).copied().unwrap_or(0);
        let own = own.saturating_add(bytes);
        if all > self.most || own > self.most / SHARE {
            return false;
        }
        held.all = all;
        held.each.insert(holder, own);
        true
    }

    fn give_back(&self, holder: Holder, bytes: usize) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.all = held.all.saturating_sub(bytes);
        if let Some(own) = held.each.get_mut(&holder) {
            *own = own.saturating_sub(bytes);
            if *own == 0 {
                held.each.remove(&holder);
            }
        }
    }
}

/// The memory that one body holds. Dropping it gives the memory back.
#[derive(Debug)]
pub(super) struct BodyMemory {
    memory: Arc<Memory>,
    holder: Holder,
    counted: usize,
    held: usize,
}

impl BodyMemory {
    pub(super) fn new(memory: Arc<Memory>, holder: Holder) -> Self {
        Self {
            memory,
            holder,
            counted: 0,
            held: 0,
        }
    }

    /// Adds `bytes` of the body; false if there is no memory for them.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        self.counted = self.counted.saturating_add(bytes);
        let more = self.counted.saturating_sub(FREE) - self.held;
        if more > 0 && !self.memory.take(self.holder, more) {
            return false;
        }
        self.held += more;
        true
    }
}

impl Drop for BodyMemory {
    fn drop(&mut self) {
        if self.held > 0 {
            self.memory.give_back(self.holder, self.held);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(number: u128) -> Holder {
        Holder::User(UserId::from_uuid(uuid::Uuid::from_u128(number)))
    }

    #[test]
    fn a_client_gets_an_eighth_and_all_get_the_whole_beyond_small_bodies() {
        let memory = Arc::new(Memory::new(80_000));
        let body = |number| BodyMemory::new(memory.clone(), holder(number));
        let mut first = body(1);
        assert!(first.grow(FREE) && first.grow(10_000));
        assert!(!first.grow(1), "its share is used up");
        let mut second = body(1);
        assert!(second.grow(FREE), "a small body is free");
        assert!(!second.grow(1));

        let mut others: Vec<_> = (2..=8).map(body).collect();
        for other in &mut others {
            assert!(other.grow(FREE + 10_000));
        }
        let mut late = body(9);
        assert!(!late.grow(FREE + 1), "all of it is used up");
        drop(others);
        assert!(body(9).grow(FREE + 10_000));
        drop((first, second, late));
        let held = memory.held.lock().unwrap();
        assert_eq!((held.all, held.each.len()), (0, 0));
    }
}
