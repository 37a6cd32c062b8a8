//! A store with scripted failures and waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::Semaphore;

use crate::store::{Interceptor, StoreCall, StoreError, StoreOutcome};

/// An [`Interceptor`] that makes chosen calls fail or wait. Clones share the script.
///
/// ```
/// use contest_core::conformance::{Fault, Faults};
/// use contest_core::memory::MemoryStore;
/// use contest_core::store::{ContestSelector, Intercepted, StoreCall, UserRepository};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let faults = Faults::default();
/// let store = Intercepted::new(MemoryStore::new(), faults.clone());
///
/// faults.on_next(StoreCall::LoadUser, Fault::Refuse);
/// let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
/// assert!(store.load_user(user, &ContestSelector::None).await.is_err());
/// assert!(store.load_user(user, &ContestSelector::None).await.is_ok());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// A call, the number of calls of its method before it, and its fault.
    script: Vec<(StoreCall, u64, Fault)>,
    calls: Vec<StoreCall>,
}

/// The fault of a call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// The store is not called, and the call fails.
    Refuse,
    /// The store does its work, and the answer is lost: that of a commit is unknown.
    LoseAnswer,
    /// The call waits at the gate before the store works.
    HoldBefore(Gate),
    /// The call waits at the gate after the store worked.
    HoldAfter(Gate),
}

impl Faults {
    /// Applies a fault to the next call of this method without one.
    pub fn on_next(&self, call: StoreCall, fault: Fault) {
        let state = self.state();
        let planned = state.script.iter().filter(|(other, ..)| *other == call);
        let free = planned.map(|(_, before, _)| before + 1).max().unwrap_or(0);
        drop(state);
        self.on_nth(call, free, fault);
    }

    /// Applies a fault to the call of this method that comes after `before` others.
    pub fn on_nth(&self, call: StoreCall, before: u64, fault: Fault) {
        self.state().script.push((call, before, fault));
    }

    /// All calls so far, in the order in which they began.
    pub fn calls(&self) -> Vec<StoreCall> {
        self.state().calls.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The fault of this call, which begins now.
    fn begin(&mut self, call: StoreCall) -> Option<Fault> {
        self.calls.push(call);
        let mut now = None;
        self.script.retain_mut(|(planned, before, fault)| {
            if *planned != call || now.is_some() && *before == 0 {
                return true;
            }
            if let Some(less) = before.checked_sub(1) {
                *before = less;
                return true;
            }
            now = Some(fault.clone());
            false
        });
        now
    }
}

#[async_trait]
impl Interceptor for Faults {
    type Permit = Option<Fault>;

    async fn before(&self, call: StoreCall) -> Result<Self::Permit, StoreError> {
        let fault = self.state().begin(call);
        match &fault {
            Some(Fault::Refuse) => return Err(StoreError::transient("injected: refused")),
            Some(Fault::HoldBefore(gate)) => gate.pass().await,
            _ => {}
        }
        Ok(fault)
    }

    async fn after(
        &self,
        _: StoreCall,
        _: StoreOutcome,
        fault: Self::Permit,
    ) -> Result<(), StoreError> {
        match &fault {
            Some(Fault::LoseAnswer) => {
                return Err(StoreError::transient("injected: the answer is lost"));
            }
            Some(Fault::HoldAfter(gate)) => gate.pass().await,
            _ => {}
        }
        Ok(())
    }
}

/// A place where calls wait until they are let through. Clones are the same gate.
#[derive(Debug, Clone)]
pub struct Gate(Arc<(Semaphore, Semaphore)>);

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self(Arc::new((Semaphore::new(0), Semaphore::new(0))))
    }

    /// Returns once a call waits at the gate. Each call is reported once.
    pub async fn reached(&self) {
        take(&self.0.0).await;
    }

    /// Lets one call through: the one waiting longest, or the next to come.
    pub fn open(&self) {
        self.0.1.add_permits(1);
    }

    async fn pass(&self) {
        self.0.0.add_permits(1);
        take(&self.0.1).await;
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

/// Takes a permit for good. The semaphores are never closed.
async fn take(permits: &Semaphore) {
    if let Ok(permit) = permits.acquire().await {
        permit.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_meet_the_calls_they_are_planned_for() {
        let faults = Faults::default();
        faults.on_nth(StoreCall::LoadUser, 1, Fault::Refuse);
        faults.on_next(StoreCall::LoadUser, Fault::LoseAnswer);
        faults.on_next(StoreCall::CommitUser, Fault::LoseAnswer);
        let begin = |call| faults.state().begin(call);
        assert!(begin(StoreCall::LoadUser).is_none());
        assert!(matches!(
            begin(StoreCall::CommitUser),
            Some(Fault::LoseAnswer)
        ));
        assert!(matches!(begin(StoreCall::LoadUser), Some(Fault::Refuse)));
        assert!(matches!(
            begin(StoreCall::LoadUser),
            Some(Fault::LoseAnswer)
        ));
        assert!(begin(StoreCall::LoadUser).is_none());
        assert_eq!(faults.calls().len(), 5);
    }
}
