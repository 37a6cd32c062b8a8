//! The ports: what a store must do for an engine.
//!
//! A store implements [`ProblemRepository`], [`SolveRepository`], [`PracticeRepository`],
//! [`ContestRepository`], [`LifeRepository`] and [`ProgressRepository`], and is a [`Store`] by that.
//! All six are object-safe; an engine holds an `Arc<dyn Store>`. A store that also keeps domain events
//! implements [`EventLog`].
//!
//! # What every method promises
//! - **One atomic step.** Its effect is there whole, for every other connection, or not at all: after
//!   an error, after a crash, and after its future is dropped at any point. A dropped future may
//!   leave the step done or not done, never half done.
//! - **Durable before `Ok`.** What was acknowledged is still there after the store restarts, as far
//!   as the store keeps anything over a restart.
//! - **User first.** Every method on user data takes the user, and answers as if nothing existed of
//!   anybody else. Another user's contest is not found.
//! - **Time is told.** `now` is the only present a method knows. No clock is read.
//! - **Refusals are not failures.** What the rules forbid is a variant of the method's error type;
//!   everything the back end does wrong is its `Store` variant, with the source kept.
//! - **Reads never write.**
//!
//! [`conformance`](crate::conformance) (feature `testing`) checks it against a real store, except
//! for what only a restart or a large amount of data shows: durability and cost.

mod contests;
mod error;
mod events;
mod forward;
mod intercept;
mod life;
mod limit;
#[cfg(feature = "mock")]
mod mock;
mod operation;
mod practice;
mod problems;
mod progress;
mod shared;
mod solves;

/// The attribute for implementing the traits, as this crate was built with it.
pub use async_trait::async_trait;
pub use contests::{
    ContestPage, ContestRepository, CreateContestError, Creation, FinishError, FinishKind,
    Idempotency, Mark, MarkError, Marked, NewContest,
};
pub use error::{StoreError, StoreErrorKind};
pub use events::{EventBatch, EventLog, Lease, LeaseHolder};
pub use intercept::{Intercepted, Interceptor};
pub use life::{ExtendError, LifeRepository, Reset, ResetError, ResumeError};
pub use limit::InFlightLimit;
#[cfg(feature = "mock")]
pub use mock::MockStore;
pub use operation::StoreOperation;
pub use practice::{PracticeRepository, SolvePage};
pub use problems::{ProblemRepository, PublishError};
pub use progress::ProgressRepository;
pub use solves::{RecordSolvesError, RecordedSolves, SolveEventPage, SolveRepository};

/// Everything an engine needs of a store. Implemented by whatever implements the six repositories.
pub trait Store:
    ProblemRepository
    + SolveRepository
    + PracticeRepository
    + ContestRepository
    + LifeRepository
    + ProgressRepository
{
}

impl<S> Store for S where
    S: ProblemRepository
        + SolveRepository
        + PracticeRepository
        + ContestRepository
        + LifeRepository
        + ProgressRepository
        + ?Sized
{
}
