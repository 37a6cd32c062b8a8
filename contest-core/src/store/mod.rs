//! The ports: what a store must do for an engine.
//!
//! A store implements [`CatalogueRepository`], [`UserRepository`] and [`HistoryRepository`], and is a
//! [`Store`] by that. All are object-safe; an engine holds an `Arc<dyn Store>`. A store that also keeps
//! domain events implements [`EventLog`]. Shared stores (`Arc<S>`) and [`Intercepted`] ones are stores.
//!
//! # What every method promises
//! - **It decides nothing.** A store compares a version and keeps what it is told. Every rule is in
//!   [`rules`](crate::rules).
//! - **One atomic step.** Its effect is there whole, for every other connection, or not at all: after
//!   an error, after a crash, and after its future is dropped at any point.
//! - **Durable before `Ok`.** What was acknowledged is still there after the store restarts, as far as
//!   the store keeps anything over a restart.
//! - **User first.** Every method on a user's data takes the user, and answers as if no other user's
//!   existed.
//! - **Time is an argument.** A store never reads a clock.

mod call;
mod catalogue;
mod error;
mod events;
mod history;
mod intercept;
mod limit;
#[cfg(feature = "mock")]
mod mock;
mod user;
mod user_data;

pub use async_trait::async_trait;
pub use call::{StoreCall, StoreOutcome};
pub use catalogue::{CatalogueChanges, CatalogueRepository, PublicationCommit};
pub use error::{StoreError, StoreErrorKind};
pub use events::{EventBatch, EventLog, Lease, LeaseHolder};
pub use history::{ContestList, ContestPage, HistoryPage, HistoryRepository, SolvePage, TimeOrder};
pub use intercept::{Intercepted, Interceptor};
pub use limit::InFlightLimit;
#[cfg(feature = "mock")]
pub use mock::MockStore;
pub use user::{Commit, CommitError, ContestSelector, ContestWrite, Snapshot, UserRepository};
pub use user_data::UserData;

/// Everything an engine needs of a store. Implemented by whatever implements the three repositories.
pub trait Store: CatalogueRepository + UserRepository + HistoryRepository {}

impl<S: CatalogueRepository + UserRepository + HistoryRepository + ?Sized> Store for S {}
