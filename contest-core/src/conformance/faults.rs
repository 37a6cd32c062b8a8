//! A store that fails when told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::store::{Interceptor, StoreError, StoreOperation};

/// An [`Interceptor`] that makes chosen calls fail. Clones share the script.
///
/// ```
/// use contest_core::conformance::{Fault, Faults};
/// use contest_core::prelude::*;
/// use contest_core::store::{Intercepted, StoreOperation};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let faults = Faults::default();
/// let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
/// let engine = Engine::builder(Intercepted::new(store, faults.clone())).build().await?;
///
/// // The contest is stored, and the answer gets lost.
/// faults.inject(StoreOperation::CreateContest, Fault::LoseAnswer);
/// let user = "0190d3f4-7a00-7000-8000-000000000001".parse()?;
/// let request = ContestRequest::new(ProblemCount::new(5)?, ContestDuration::from_minutes(60)?)
///     .with_idempotency_key(IdempotencyKey::new("one")?);
/// assert!(engine.create_contest(user, &request).await.unwrap_err().is_retryable());
/// assert!(engine.create_contest(user, &request).await.is_ok());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    script: VecDeque<(StoreOperation, Fault)>,
    calls: Vec<StoreOperation>,
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The store is not called.
    Refuse,
    /// The store does its work, and the answer gets lost.
    LoseAnswer,
}

impl Faults {
    /// Makes the next call of `operation` fail, after those already told to.
    pub fn inject(&self, operation: StoreOperation, fault: Fault) {
        self.state().script.push_back((operation, fault));
    }

    /// Every call so far, in the order they began.
    pub fn calls(&self) -> Vec<StoreOperation> {
        self.state().calls.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Interceptor for Faults {
    type Permit = Option<Fault>;

    async fn before(&self, operation: StoreOperation) -> Result<Self::Permit, StoreError> {
        let mut state = self.state();
        state.calls.push(operation);
        let next = state
            .script
            .iter()
            .position(|(scripted, _)| *scripted == operation);
        match next.and_then(|place| state.script.remove(place)) {
            Some((_, Fault::Refuse)) => Err(StoreError::transient("injected: refused")),
            Some((_, Fault::LoseAnswer)) => Ok(Some(Fault::LoseAnswer)),
            None => Ok(None),
        }
    }

    async fn after(&self, _: StoreOperation, fault: Self::Permit) -> Result<(), StoreError> {
        match fault {
            Some(_) => Err(StoreError::transient("injected: the answer got lost")),
            None => Ok(()),
        }
    }
}
