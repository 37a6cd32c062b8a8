//! Compare-and-set under races, in one process and in two stores, like two processes.

use std::sync::Arc;

use contest_core::store::{
    AttemptPage, CatalogueRepository, CommitError, ContestSelector, HistoryRepository, TimeOrder,
    UserRepository,
};
use contest_sqlx::sqlite::SqliteStore;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::scene::{
    at, commit, contest, contest_id, creation, fresh, open, publication, revision, solve, stored,
    user, version,
};

const TASKS: u64 = 8;

/// Runs one task for each number on one of the two stores, all at once. Returns the numbers that succeeded;
/// the others must be conflicts.
async fn race<F>(stores: &[SqliteStore; 2], task: impl Fn(SqliteStore, u64) -> F) -> Vec<u64>
where
    F: Future<Output = Result<(), CommitError>> + Send + 'static,
{
    let start = Arc::new(Barrier::new(usize::try_from(TASKS).unwrap()));
    let mut tasks = JoinSet::new();
    for number in 0..TASKS {
        let store = stores[usize::from(number % 2 == 1)].clone();
        let (start, task) = (Arc::clone(&start), task(store, number));
        tasks.spawn(async move {
            start.wait().await;
            match task.await {
                Ok(()) => Some(number),
                Err(CommitError::Conflict) => None,
                Err(other) => panic!("{other:?}"),
            }
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_commits_that_race_on_one_version_one_is_done() {
    let (directory, store) = fresh().await;
    let stores = [store.clone(), open(&directory).await];
    // The first round is the first commit of a new user.
    let mut last = None;
    for round in 0..30_i64 {
        let done = race(&stores, |store, number| async move {
            let new = u64::try_from(round).unwrap() * TASKS + number + 1;
            let mut commit = creation(user(1), last, new, contest(new));
            // Compared before the first write: without a write lock from its beginning, the transaction would
            // fail here.
            commit.revision = Some(revision(0, 0));
            commit.attempts = vec![solve(round, number, None)];
            store.commit_user(&commit).await
        });
        let done = done.await;
        let [winner] = done[..] else {
            panic!("round {round}: {done:?} were done");
        };
        let new = u64::try_from(round).unwrap() * TASKS + winner + 1;
        let snapshot = store.load_user(user(1), &ContestSelector::Open).await;
        let snapshot = snapshot.unwrap();
        assert_eq!(snapshot.version(), Some(version(new)));
        assert_eq!(snapshot.contest.unwrap().id, contest_id(new));
        last = Some(new);
    }
    let page = AttemptPage {
        order: TimeOrder::OldestFirst,
        after: None,
        limit: 99,
    };
    let solves = store.list_attempts(user(1), page).await.unwrap().items;
    assert_eq!(solves.len(), 30, "losers keep nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_publications_that_race_one_is_done() {
    let (directory, store) = fresh().await;
    let stores = [store.clone(), open(&directory).await];
    let done = race(&stores, |store, number| async move {
        let problems = vec![stored(0, &format!("Of {number}"))];
        let publication = publication(revision(0, 0), revision(1, number + 1), problems);
        store.commit_publication(&publication).await
    });
    let done = done.await;
    assert_eq!(done.len(), 1);
    let changes = store.load_catalogue(None).await.unwrap();
    assert_eq!(changes.revision, revision(1, done[0] + 1));
    let title = &changes.problems[0].problem.title;
    assert_eq!(*title, format!("Of {}", done[0]));
}

/// Each commit adds one solve and a contest. Every answer agrees with its version.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reads_are_of_one_instant() {
    let (directory, store) = fresh().await;
    let other = open(&directory).await;
    store.commit_user(&commit(user(1), None, 1)).await.unwrap();
    let writer = tokio::spawn(async move {
        for new in 2..300 {
            let mut commit = creation(user(1), Some(new - 1), new, contest(new));
            commit.attempts = vec![solve(new.cast_signed(), new, None)];
            other.commit_user(&commit).await.unwrap();
        }
    });
    while !writer.is_finished() {
        let snapshot = store.load_user(user(1), &ContestSelector::Open).await;
        let snapshot = snapshot.unwrap();
        let record = snapshot.record.unwrap();
        let open = record.open.map(|open| open.id);
        assert_eq!(open, snapshot.contest.map(|contest| contest.id));
        let page = AttemptPage {
            order: TimeOrder::LatestFirst,
            after: None,
            limit: 1,
        };
        let page = store.list_attempts(user(1), page).await.unwrap();
        let last = page.items.first().map_or(1, |solve| solve.at.as_micros());
        assert_eq!(page.version, Some(version(last.cast_unsigned())));
        let counts = store.count_solves(user(1), &[at(0), at(1_000)]).await;
        let counts = counts.unwrap();
        assert_eq!(counts.version, Some(version(counts.items[0] + 1)));
    }
    writer.await.unwrap();
}
