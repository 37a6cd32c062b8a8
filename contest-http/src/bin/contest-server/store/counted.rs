//! Counts the contests that commits create and end.

use contest_core::catalogue::Revision;
use contest_core::select::SelectionRequest;
use contest_core::store::{
    CatalogueChanges, CatalogueRepository, Commit, CommitError, ContestPage, ContestSelector,
    HistoryPage, HistoryRepository, PublicationCommit, Snapshot, SolvePage, Store, StoreError,
    UserRepository, async_trait,
};
use contest_core::time::Timestamp;
use contest_core::user::{ContestRecord, Solve};
use contest_core::{ContestId, UserId};

use crate::telemetry::metrics;

/// The store inside. This is no interceptor because an interceptor does not see what is committed.
#[derive(Debug)]
pub(super) struct Counted<S>(pub(super) S);

/// Implements a port: these methods by the store inside, then those that are written out.
macro_rules! forward {
    ($port:ident {
        $($method:ident($($argument:ident: [$($of:tt)*]),*) -> [$($answer:tt)*];)*
    } $($own:tt)*) => {
        #[async_trait]
        impl<S: Store> $port for Counted<S> {
            $(async fn $method(&self, $($argument: $($of)*),*) -> Result<$($answer)*> {
                self.0.$method($($argument),*).await
            })*
            $($own)*
        }
    };
}

forward!(CatalogueRepository {
    load_catalogue(since: [Option<Revision>]) -> [CatalogueChanges, StoreError];
    commit_publication(publication: [&PublicationCommit]) -> [(), CommitError];
});

forward!(UserRepository {
    load_user(user: [UserId], contest: [&ContestSelector]) -> [Snapshot, StoreError];
    erase_user(user: [UserId]) -> [bool, StoreError];
    list_users(after: [Option<UserId>], limit: [u32]) -> [Vec<UserId>, StoreError];
}
    async fn commit_user(&self, commit: &Commit) -> Result<(), CommitError> {
        self.0.commit_user(commit).await?;
        metrics::committed(commit);
        Ok(())
    }
);

forward!(HistoryRepository {
    list_contests(user: [UserId], page: [ContestPage]) -> [HistoryPage<ContestRecord>, StoreError];
    list_solves(user: [UserId], page: [SolvePage]) -> [HistoryPage<Solve>, StoreError];
    count_solves(user: [UserId], bounds: [&[Timestamp]]) -> [HistoryPage<u64>, StoreError];
    contest_request(user: [UserId], contest: [ContestId])
        -> [Option<SelectionRequest>, StoreError];
});

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use contest_core::catalogue::Catalogue;
    use contest_core::engine::Engine;
    use contest_core::memory::MemoryStore;
    use contest_core::rules::{ContestDuration, ContestRequest};
    use contest_core::select::ProblemCount;
    use contest_core::time::ManualClock;

    use super::*;
    use crate::telemetry::metrics::counted;

    #[test]
    fn expired_contests_are_counted_when_they_are_settled() {
        let metrics = counted(async {
            let clock = Arc::new(ManualClock::new(Timestamp::from_micros(0)));
            let store = MemoryStore::with_catalogue(Catalogue::neetcode150());
            let engine = Engine::builder(Counted(store)).clock(Arc::clone(&clock));
            let engine = engine.build().await.unwrap();
            let user = crate::identity::new_user();
            let (count, minutes) = (ProblemCount::new(1), ContestDuration::from_minutes(10));
            let request = ContestRequest::new(count.unwrap(), minutes.unwrap());
            engine.create_contest(user, &request).await.unwrap();
            clock.advance(Duration::from_mins(10));
            engine.create_contest(user, &request).await.unwrap();
            clock.advance(Duration::from_mins(10));
            engine.reset_progress(user).await.unwrap();
        });
        let created = "contest_contests_created_total 2";
        assert!(metrics.contains(created), "{metrics}");
        let ended = "contest_contests_ended_total{ending=\"expired\"} 2";
        assert!(metrics.contains(ended), "{metrics}");
    }
}
