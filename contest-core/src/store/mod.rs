//! The traits a store implements.
//!
//! A store implements [`CatalogueRepository`], [`UserRepository`] and [`HistoryRepository`], and is a
//! [`Store`] by that. All are object-safe; an engine holds an `Arc<dyn Store>`. A store that also
//! stores domain events implements [`EventLog`]. Shared stores (`Arc<S>`) and [`Intercepted`] ones are
//! stores.
//!
//! # The contract of every method
//! - **It decides nothing.** A store compares versions and stores the given values. All rules are in
//!   [`rules`](crate::rules).
//! - **One atomic step.** Every other connection sees its whole effect or none of it: after an error,
//!   after a crash, and after its future is dropped at any point.
//! - **Durable before `Ok`.** Acknowledged changes are still there after the store restarts, if the
//!   store keeps data over a restart at all.
//! - **User first.** Every method on a user's data takes the user, and answers as if no other user
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

/// The traits that an engine needs. Implemented by every type that implements the three repositories.
pub trait Store: CatalogueRepository + UserRepository + HistoryRepository {}

impl<S: CatalogueRepository + UserRepository + HistoryRepository + ?Sized> Store for S {}
