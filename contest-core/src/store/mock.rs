//! A store with scripted answers.
#![allow(
    unreachable_pub,
    missing_debug_implementations,
    reason = "of the types that `mockall` generates with the mock"
)]

use async_trait::async_trait;

use crate::catalogue::Revision;
use crate::id::{ContestId, UserId};
use crate::model::{Event, EventNumber};
use crate::select::SelectionRequest;
use crate::store::call::for_each_method;
use crate::store::{
    CatalogueChanges, CatalogueRepository, Commit, CommitError, ContestList, ContestPage,
    ContestSelector, EventBatch, EventLog, HistoryPage, HistoryRepository, Lease, LeaseHolder,
    PublicationCommit, Snapshot, SolvePage, StoreError, UserRepository,
};
use crate::time::Timestamp;
use crate::user::Solve;

macro_rules! mock {
    ([] $($port:ident {
        $($name:ident = $method:ident($($argument:ident: [$($of:tt)*]),*) -> [$($answer:tt)*];)*
    })*) => {
        mockall::mock! {
            /// A store whose answers are scripted with `mockall`: for testing how code handles a store
            /// that fails. To test with a store that works, use
            /// [`MemoryStore`](crate::memory::MemoryStore).
            #[derive(Debug)]
            pub Store {}

            $(
                #[async_trait]
                impl $port for Store {
                    $(async fn $method(&self, $($argument: $($of)*),*) -> $($answer)*;)*
                }
            )*
        }
    };
}
for_each_method!(mock!);
