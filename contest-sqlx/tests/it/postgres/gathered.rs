//! Commits of several users as one statement.

use std::time::Duration;

use contest_core::id::UserId;
use contest_core::store::{
    AttemptPage, Commit, CommitError, ContestSelector, ContestWrite, EventLog as _,
    HistoryRepository as _, TimeOrder, UserRepository as _,
};
use contest_sqlx::postgres::{PgPoolConfig, PgStore};
use futures::FutureExt as _;
use futures::future::join_all;
use sqlx::{AssertSqlSafe, Executor as _, Postgres, Transaction};
use tokio::task::JoinHandle;

use super::fixture::{
    commit, contest, creation, events, problems, publish, record, request, revision, solve,
    store_with, url, user, waiting,
};

/// The number of commits that run at once without gathering.
const PLACES: u128 = 1;

/// A store in which the first users wait for `holder`, so that all other commits are gathered.
struct Scene {
    store: PgStore,
    holder: Transaction<'static, Postgres>,
    first: Vec<JoinHandle<Result<(), CommitError>>>,
}

impl Scene {
    /// With users up to this number, each of whom has a record and a contest.
    async fn new(users: u128) -> Self {
        let config = PgPoolConfig::parse(&url().await).unwrap();
        let store = store_with(&config).await.with_outbox().with_gathering();
        for number in 1..=users {
            store.commit_user(&creation(user(number))).await.unwrap();
        }
        let holder = hold(&store, &(1..=PLACES).collect::<Vec<_>>()).await;
        let mut first = Vec::new();
        for number in 1..=PLACES {
            first.push(start(&store, next(&store, user(number), 3).await));
        }
        waiting(&store, PLACES as i64).await;
        Self {
            store,
            holder,
            first,
        }
    }

    /// Lets the first commits continue, and then the batch.
    async fn release(self) -> PgStore {
        self.holder.rollback().await.unwrap();
        for outcome in join_all(self.first).await {
            outcome.unwrap().unwrap();
        }
        self.store
    }
}

/// Locks users, like a running commit of another process.
async fn hold(store: &PgStore, numbers: &[u128]) -> Transaction<'static, Postgres> {
    let mut holder = store.pool().begin().await.unwrap();
    for number in numbers {
        let lock = format!(
            "SELECT 1 FROM {}.user_records WHERE user_id = '{}' FOR UPDATE",
            store.schema(),
            user(*number)
        );
        holder.execute(AssertSqlSafe(lock)).await.unwrap();
    }
    holder
}

/// Begins a commit, which joins the batch if no place is free.
fn start(store: &PgStore, commit: Commit) -> JoinHandle<Result<(), CommitError>> {
    let store = store.clone();
    let mut outcome = Box::pin(async move { store.commit_user(&commit).await });
    assert!(outcome.as_mut().now_or_never().is_none());
    tokio::spawn(outcome)
}

/// A commit on the stored record of the user, with a solve and event `number`.
async fn next(store: &PgStore, of: UserId, number: u64) -> Commit {
    let snapshot = store.load_user(of, &ContestSelector::Open).await.unwrap();
    let mut next = commit(of, snapshot.version(), record(snapshot.contest.as_ref()));
    next.attempts = vec![solve(number as i64, 7, None)];
    next.events = events(of, number..=number);
    next
}

/// Checks that exactly the parts of a commit are stored.
async fn assert_kept(store: &PgStore, kept: &Commit) {
    let selector = kept.contest.as_ref().map(|write| write.contest().id);
    let selector = selector.map_or(ContestSelector::Open, ContestSelector::Id);
    let stored = store.load_user(kept.user, &selector).await.unwrap();
    assert_eq!(stored.record.as_ref(), Some(&kept.record));
    if let Some(write) = &kept.contest {
        assert_eq!(stored.contest.as_ref(), Some(write.contest()));
    }
    let page = AttemptPage {
        order: TimeOrder::LatestFirst,
        after: None,
        limit: 1,
    };
    let solves = store.list_attempts(kept.user, page).await.unwrap().items;
    assert_eq!(solves, kept.attempts);
    let last = contest_core::model::EventNumber(kept.events[0].number.0 - 1);
    let stored = store.events_after(kept.user, last, 9).await.unwrap();
    assert_eq!(stored, kept.events);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_commits_is_kept_whole_or_answered_for_itself() {
    let scene = Scene::new(20).await;
    let store = scene.store.clone();
    publish(&store, 1, problems(0..3, "title")).await;
    let mut commits = Vec::new();
    for number in PLACES + 1..=20 {
        let mut next = next(&store, user(number), 3).await;
        match number % 5 {
            0 => {
                let new = contest(9, Some("another"));
                let request = Box::new(request(number as u64));
                next.contest = Some(ContestWrite::Insert {
                    contest: new,
                    request,
                });
                next.revision = Some(revision(1));
            }
            1 => {
                let stored = store.load_user(user(number), &ContestSelector::Open).await;
                let mut changed = stored.unwrap().contest.unwrap();
                changed.problems[3].mark = changed.problems[0].mark;
                next.contest = Some(ContestWrite::Update(changed));
                next.solved_changed = false;
                next.seen_changed = false;
            }
            2 => next.expected = Some(super::fixture::version()),
            3 => next.revision = Some(revision(0)),
            _ => {}
        }
        commits.push(next);
    }
    let running: Vec<_> = commits
        .iter()
        .map(|next| start(&store, next.clone()))
        .collect();
    scene.release().await;
    for (next, outcome) in commits.iter().zip(join_all(running).await) {
        let outcome = outcome.unwrap();
        match next.user.as_uuid().as_u128() % 5 {
            2 => assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}"),
            3 => assert!(matches!(outcome, Err(CommitError::Outdated)), "{outcome:?}"),
            _ => {
                outcome.unwrap();
                assert_kept(&store, next).await;
            }
        }
        if next.user.as_uuid().as_u128() % 5 == 2 || next.user.as_uuid().as_u128() % 5 == 3 {
            let stored = store.load_user(next.user, &ContestSelector::Open).await;
            assert_ne!(stored.unwrap().version(), Some(next.record.version));
            let none = store.events_after(next.user, contest_core::model::EventNumber(2), 9);
            assert_eq!(none.await.unwrap(), []);
        }
    }
}

/// A user locked by another connection goes alone and waits; the others do not wait.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_user_goes_alone_and_the_others_do_not_wait() {
    let scene = Scene::new(12).await;
    let store = scene.store.clone();
    let locked = hold(&store, &[9]).await;
    let mut running = Vec::new();
    for number in PLACES + 1..=12 {
        running.push((number, start(&store, next(&store, user(number), 3).await)));
    }
    scene.release().await;
    let mut last = None;
    for (number, outcome) in running {
        if number == 9 {
            last = Some(outcome);
        } else {
            outcome.await.unwrap().unwrap();
        }
    }
    let last = last.unwrap();
    assert!(!last.is_finished());
    waiting(&store, 1).await;
    locked.rollback().await.unwrap();
    last.await.unwrap().unwrap();
}

/// A commit that makes the statement fail goes alone and gets its error; the others succeed.
#[tokio::test(flavor = "multi_thread")]
async fn a_failing_commit_harms_no_other() {
    let scene = Scene::new(12).await;
    let store = scene.store.clone();
    let mut running = Vec::new();
    for number in PLACES + 1..=12 {
        let mut next = next(&store, user(number), 3).await;
        if number == 8 {
            // The key of the first contest, again.
            next.contest = Some(ContestWrite::Insert {
                contest: contest(9, Some("key")),
                request: Box::new(request(1)),
            });
        }
        running.push((number, start(&store, next)));
    }
    scene.release().await;
    for (number, outcome) in running {
        let outcome = outcome.await.unwrap();
        if number == 8 {
            assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}");
        } else {
            outcome.unwrap();
        }
    }
}

/// While the first commits run, the others become one statement.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_goes_as_one_statement() {
    let scene = Scene::new(30).await;
    let store = scene.store.clone();
    let mut running = Vec::new();
    for number in PLACES + 1..=30 {
        running.push(next(&store, user(number), 3).await);
    }
    let running: Vec<_> = running
        .into_iter()
        .map(|next| start(&store, next))
        .collect();
    let store = scene.release().await;
    for outcome in join_all(running).await {
        outcome.unwrap().unwrap();
    }
    let written = format!(
        "SELECT count(DISTINCT xmin::text) FROM {}.user_records WHERE user_id > '{}'",
        store.schema(),
        user(PLACES)
    );
    let written = sqlx::query_scalar::<_, i64>(AssertSqlSafe(written));
    assert_eq!(written.fetch_one(store.pool()).await.unwrap(), 1);
    store.close(Duration::from_secs(5)).await.unwrap();
}
