//! The traits a store implements.
//!
//! A store implements [`CatalogueRepository`], [`UserRepository`] and [`HistoryRepository`], and is a
//! [`Store`] by that. All are object-safe; an engine holds an `Arc<dyn Store>`. A store that also
//! stores domain events implements [`EventLog`], and one for rounds [`RoundRepository`]. Shared stores (`Arc<S>`) and [`Intercepted`] ones are
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
//!
//! # Writing a store
//! The signatures in one place, to begin from. Annotate each `impl` with [`async_trait`](macro@async_trait): the methods of
//! the traits are `async fn`, shown in their documentation as the boxed futures they become. Then run the
//! suite of `conformance` (feature `testing`) against it. [`UserData`] answers the questions about one user
//! for a store that holds a user as one value.
//!
//! ```
//! use contest_core::catalogue::Revision;
//! use contest_core::select::SelectionRequest;
//! use contest_core::store::*;
//! use contest_core::time::Timestamp;
//! use contest_core::user::AttemptRecord;
//! use contest_core::{ContestId, UserId};
//!
//! struct MyStore;
//!
//! #[async_trait]
//! impl CatalogueRepository for MyStore {
//!     async fn load_catalogue(&self, since: Option<Revision>) -> Result<CatalogueChanges, StoreError> {
//!         todo!()
//!     }
//!     async fn commit_publication(&self, publication: &PublicationCommit) -> Result<(), CommitError> {
//!         todo!()
//!     }
//! }
//!
//! #[async_trait]
//! impl UserRepository for MyStore {
//!     async fn load_user(&self, user: UserId, contest: &ContestSelector) -> Result<Snapshot, StoreError> {
//!         todo!()
//!     }
//!     async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError> {
//!         todo!()
//!     }
//!     async fn erase_user(&self, user: UserId) -> Result<bool, StoreError> {
//!         todo!()
//!     }
//!     async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<UserId>, StoreError> {
//!         todo!()
//!     }
//! }
//!
//! #[async_trait]
//! impl HistoryRepository for MyStore {
//!     async fn list_contests(&self, user: UserId, page: ContestPage) -> Result<ContestList, StoreError> {
//!         todo!()
//!     }
//!     async fn list_attempts(&self, user: UserId, page: AttemptPage) -> Result<HistoryPage<AttemptRecord>, StoreError> {
//!         todo!()
//!     }
//!     async fn count_solves(&self, user: UserId, bounds: &[Timestamp]) -> Result<HistoryPage<u64>, StoreError> {
//!         todo!()
//!     }
//!     async fn contest_request(&self, user: UserId, contest: ContestId) -> Result<Option<SelectionRequest>, StoreError> {
//!         todo!()
//!     }
//! }
//! # fn is_store(_: impl Store) {}
//! # let _ = || is_store(MyStore);
//! ```

mod call;
mod catalogue;
mod error;
mod events;
mod history;
mod intercept;
mod limit;
#[cfg(feature = "mock")]
mod mock;
mod rounds;
mod user;
mod user_data;

pub use async_trait::async_trait;
pub use call::{StoreCall, StoreOutcome};
pub use catalogue::{CatalogueChanges, CatalogueRepository, PublicationCommit};
pub use error::{StoreError, StoreErrorKind};
pub use events::{EventBatch, EventLog, Lease, LeaseHolder};
pub use history::{
    AttemptPage, ContestList, ContestPage, HistoryPage, HistoryRepository, TimeOrder,
};
pub use intercept::{Intercepted, Interceptor};
pub use limit::InFlightLimit;
#[cfg(feature = "mock")]
pub use mock::MockStore;
pub use rounds::{
    BoardPart, ListedRound, Member, RankedRound, RoundContest, RoundRepository, StoredRound,
};
pub use user::{Commit, CommitError, ContestSelector, ContestWrite, Snapshot, UserRepository};
pub use user_data::UserData;

/// The traits that an engine needs. Implemented by every type that implements the three repositories.
pub trait Store: CatalogueRepository + UserRepository + HistoryRepository {}

impl<S: CatalogueRepository + UserRepository + HistoryRepository + ?Sized> Store for S {}
