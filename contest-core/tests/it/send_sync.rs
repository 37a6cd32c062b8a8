//! Types that can cross threads: a table checked at compile time.

use contest_core::calendar::TimeZone;
use contest_core::catalogue::{Catalogue, CatalogueError, OrdinalSet};
use contest_core::delivery::{DispatchError, Dispatcher, EventSink};
use contest_core::engine::{CreatedContest, EngineBuilder, PaceWindow};
use contest_core::memory::MemoryStore;
use contest_core::prelude::{Engine, Error, PageLimit, Progress, Refusal, SelectionRequest};
use contest_core::progress::{ActivityWindow, Contest, ContestResult};
use contest_core::rules::Publication;
use contest_core::select::{Explanation, Facts, Input, Selection};
use contest_core::standings::{Board, Standings};
use contest_core::store::{Commit, CommitError, EventLog, Snapshot, Store, StoreError};
use contest_core::time::Timestamp;
use contest_core::user::{ContestRecord, UserRecord};
use contest_core::{ContestId, ProblemId, UserId};

use crate::support::{count, request};

const fn send_sync<T: Send + Sync + ?Sized>() {}
const fn is_static<T: 'static + ?Sized>() {}

const _: () = {
    send_sync::<Engine>();
    send_sync::<EngineBuilder>();
    send_sync::<MemoryStore>();
    send_sync::<dyn Store>();
    send_sync::<std::sync::Arc<dyn Store>>();
    send_sync::<dyn EventLog>();
    send_sync::<dyn EventSink>();
    send_sync::<Dispatcher>();
    send_sync::<DispatchError>();
    send_sync::<Catalogue>();
    send_sync::<Input<'_>>();
    send_sync::<Facts>();
    send_sync::<Explanation>();
    send_sync::<Selection>();
    send_sync::<Contest>();
    send_sync::<CreatedContest>();
    send_sync::<ContestResult>();
    send_sync::<ContestRecord>();
    send_sync::<UserRecord>();
    send_sync::<OrdinalSet>();
    send_sync::<Snapshot>();
    send_sync::<Commit>();
    send_sync::<CommitError>();
    send_sync::<Publication>();
    send_sync::<Refusal>();
    send_sync::<Progress>();
    send_sync::<Board>();
    send_sync::<Standings>();
    send_sync::<StoreError>();
    send_sync::<Error>();
    send_sync::<CatalogueError>();
    is_static::<Error>();
};

fn spawnable<T: Send>(_: impl Future<Output = T> + Send + 'static) {}

/// Every method of the engine, called inside a future that must be fit for `tokio::spawn`.
macro_rules! spawnable {
    ($($call:ident($($argument:expr),*)),* $(,)?) => {
        #[test]
        fn every_operation_can_be_spawned() {
            $(
                spawnable(async move {
                    let engine = Engine::builder(MemoryStore::new()).build().await?;
                    engine.$call($($argument),*).await.map(drop)
                });
            )*
        }
    };
}

const USER: UserId = UserId::from_uuid(uuid::Uuid::nil());
const CONTEST: ContestId = ContestId::from_uuid(uuid::Uuid::nil());
const PROBLEM: ProblemId = ProblemId::from_uuid(uuid::Uuid::nil());

spawnable!(
    create_contest(USER, &request(1)),
    contest(USER, CONTEST),
    active_contest(USER),
    contests(USER, None, PageLimit::default()),
    contest_results(USER, None, PageLimit::default()),
    pace(USER, &PaceWindow::default()),
    mark_solved(USER, CONTEST, PROBLEM),
    unmark(USER, CONTEST, PROBLEM),
    complete_contest(USER, CONTEST),
    abandon_contest(USER, CONTEST),
    extend_contest(USER, CONTEST, Timestamp::from_micros(0)),
    resume_contest(USER, CONTEST),
    reset_progress(USER),
    epoch(USER),
    record_solve(USER, PROBLEM),
    record_solves(USER, &[]),
    attempt_history(USER, None, PageLimit::default()),
    progress(USER),
    activity(USER, &ActivityWindow::last_days(1, TimeZone::UTC).unwrap()),
    select(USER, &SelectionRequest::new(count(1))),
    publish_catalogue(&Catalogue::default()),
    reload_catalogue(),
    plan_publication(&Catalogue::default()),
    explain(USER, &SelectionRequest::new(count(1))),
    replay(USER, CONTEST),
    streaks(USER, &TimeZone::UTC),
    verify_user(USER),
    rebuild_user(USER),
    users(None, 1),
    erase_user(USER),
);

#[test]
fn delivering_can_be_spawned() {
    use std::sync::Arc;

    use contest_core::time::SystemClock;

    struct Nowhere;

    #[contest_core::store::async_trait]
    impl EventSink for Nowhere {
        async fn deliver(
            &self,
            _: &contest_core::store::EventBatch,
        ) -> Result<(), contest_core::delivery::SinkError> {
            Ok(())
        }
    }

    let dispatcher = || {
        let log = MemoryStore::new().with_outbox();
        Dispatcher::new(Arc::new(log), Arc::new(Nowhere), SystemClock)
    };
    let (one, other) = (dispatcher(), dispatcher());
    spawnable(async move { one.dispatch_once().await.is_ok() });
    spawnable(async move { other.run(std::future::pending()).await });
}
