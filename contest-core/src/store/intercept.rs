//! Wraps every call of a store.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use futures::TryFutureExt;

use crate::catalogue::Revision;
use crate::id::{ContestId, RoundId, UserId, Version};
use crate::model::{Event, EventNumber};
use crate::scoring::RankKey;
use crate::select::SelectionRequest;
use crate::standings::View;
use crate::store::call::for_each_method;
use crate::store::{
    AttemptPage, BoardPart, CatalogueChanges, CatalogueRepository, Commit, CommitError,
    ContestList, ContestPage, ContestSelector, EventBatch, EventLog, HistoryPage,
    HistoryRepository, Lease, LeaseHolder, ListedRound, Member, PublicationCommit, RankedRound,
    RoundContest, RoundRepository, Snapshot, StoreCall, StoreError, StoreOutcome, StoredRound,
    UserRepository,
};
use crate::time::Timestamp;
use crate::user::AttemptRecord;

/// Runs code around every call of an [`Intercepted`] store: a limit, a measurement, a fault.
///
/// # Contract
/// - Dropping a future of either method leaves nothing behind. A call dropped between them drops its
///   permit, and `after` does not run.
#[async_trait]
pub trait Interceptor: fmt::Debug + Send + Sync {
    /// Held during the call.
    type Permit: Send;

    /// Runs before the call.
    ///
    /// # Errors
    /// An error becomes the call's answer, [`CommitError::Failed`] for a commit; the store is not
    /// called.
    async fn before(&self, call: StoreCall) -> Result<Self::Permit, StoreError>;

    /// Gets a commit that the store has stored, before `after` runs. Default: does nothing.
    fn kept(&self, _commit: &Commit) {}

    /// Runs after the store has answered, whatever the answer.
    ///
    /// # Errors
    /// An error replaces the answer, by [`CommitError::Unknown`] for a commit. The effect of the call
    /// stays.
    async fn after(
        &self,
        call: StoreCall,
        outcome: StoreOutcome,
        permit: Self::Permit,
    ) -> Result<(), StoreError>;
}

/// A store with an [`Interceptor`] around every call. It has an event log if the inner store has one.
///
/// ```
/// use std::num::NonZeroUsize;
/// use contest_core::memory::MemoryStore;
/// use contest_core::store::{InFlightLimit, Intercepted};
///
/// let store = Intercepted::new(MemoryStore::new(), InFlightLimit::new(NonZeroUsize::MIN));
/// # let _ = store;
/// ```
#[derive(Debug, Clone)]
pub struct Intercepted<S, I> {
    store: S,
    interceptor: I,
}

impl<S, I> Intercepted<S, I> {
    /// Puts `interceptor` around `store`.
    pub const fn new(store: S, interceptor: I) -> Self {
        Self { store, interceptor }
    }

    /// The inner store.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The interceptor.
    pub const fn interceptor(&self) -> &I {
        &self.interceptor
    }
}

impl<S, I: Interceptor> Intercepted<S, I> {
    async fn around<T, E: CallError>(
        &self,
        call: StoreCall,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let permit = self.interceptor.before(call).await;
        let permit = permit.map_err(E::instead_of_call)?;
        let answer = answer.await;
        let outcome = answer.as_ref().err();
        let outcome = outcome.map_or(StoreOutcome::Done, E::outcome);
        let after = self.interceptor.after(call, outcome, permit).await;
        after.map_err(E::instead_of_answer)?;
        answer
    }
}

/// The errors of the methods of the store traits.
trait CallError {
    fn outcome(&self) -> StoreOutcome;
    fn instead_of_call(error: StoreError) -> Self;
    fn instead_of_answer(error: StoreError) -> Self;
}

impl CallError for StoreError {
    fn outcome(&self) -> StoreOutcome {
        StoreOutcome::Failed
    }

    fn instead_of_call(error: StoreError) -> Self {
        error
    }

    fn instead_of_answer(error: StoreError) -> Self {
        error
    }
}

impl CallError for CommitError {
    fn outcome(&self) -> StoreOutcome {
        match self {
            Self::Conflict => StoreOutcome::Conflict,
            Self::Outdated => StoreOutcome::Outdated,
            Self::Failed(_) => StoreOutcome::Failed,
            Self::Unknown(_) => StoreOutcome::Unknown,
        }
    }

    fn instead_of_call(error: StoreError) -> Self {
        Self::Failed(error)
    }

    fn instead_of_answer(error: StoreError) -> Self {
        Self::Unknown(error)
    }
}

/// Implements the store traits, each for an `S` that implements it. A method becomes `$around!(self,
/// Name, method(arguments))`.
macro_rules! forward {
    ([$around:ident $generics:tt $type:tt] $($port:ident $methods:tt)*) => {
        $(forward!(@port $around $generics $type $port $methods);)*
    };
    (@port $around:ident [$($generics:tt)*] [$type:ty] $port:ident {
        $($name:ident = $method:ident($($argument:ident: [$($of:tt)*]),*) -> [$($answer:tt)*];)*
    }) => {
        #[async_trait]
        impl<$($generics)*> $port for $type where S: $port {
            $(async fn $method(&self, $($argument: $($of)*),*) -> $($answer)* {
                $around!(self, $name, $method($($argument),*))
            })*
        }
    };
}

macro_rules! intercept {
    ($self:ident, CommitUser, commit_user($commit:ident)) => {{
        let kept = |()| $self.interceptor.kept($commit);
        let answer = $self.store.commit_user($commit).map_ok(kept);
        $self.around(StoreCall::CommitUser, answer).await
    }};
    ($self:ident, $name:ident, $method:ident($($argument:ident),*)) => {
        $self.around(StoreCall::$name, $self.store.$method($($argument),*)).await
    };
}
for_each_method!(forward! intercept [S, I: Interceptor] [Intercepted<S, I>]);

macro_rules! share {
    ($self:ident, $name:ident, $method:ident($($argument:ident),*)) => {
        (**$self).$method($($argument),*).await
    };
}
for_each_method!(forward! share [S: ?Sized] [Arc<S>]);
