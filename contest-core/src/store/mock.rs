//! A store with scripted answers.
#![allow(
    unreachable_pub,
    missing_debug_implementations,
    reason = "of the types that `mockall` generates with the mock"
)]

use async_trait::async_trait;

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
    RoundContest, RoundRepository, Snapshot, StoreError, StoredRound, UserRepository,
};
use crate::time::Timestamp;
use crate::user::AttemptRecord;

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
