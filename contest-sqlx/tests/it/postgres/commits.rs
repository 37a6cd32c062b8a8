//! Commits: compare-and-set, whole or not at all.

use std::sync::Arc;

use contest_core::id::Version;
use contest_core::model::EventNumber;
use contest_core::store::{
    AttemptPage, Commit, CommitError, ContestPage, ContestSelector, ContestWrite, EventLog as _,
    HistoryRepository as _, Snapshot, TimeOrder, UserRepository as _,
};
use contest_sqlx::postgres::{PgPoolConfig, PgStore};
use futures::future::join_all;
use sqlx::{AssertSqlSafe, Executor as _};
use tokio::sync::Barrier;

use super::fixture::{
    at, commit, contest, creation, events, problems, publish, record, request, revision, solve,
    store, store_with, url, user, waiting,
};

const EVERYTHING: AttemptPage = AttemptPage {
    order: TimeOrder::OldestFirst,
    after: None,
    limit: 100,
};

async fn open(store: &PgStore, number: u128) -> Snapshot {
    let open = ContestSelector::Open;
    store.load_user(user(number), &open).await.unwrap()
}

#[tokio::test]
async fn a_commit_is_loaded_as_it_was() {
    let store = store().await.with_outbox();
    let first = creation(user(1));
    assert_eq!(open(&store, 1).await, Snapshot::default());
    store.commit_user(&first).await.unwrap();

    let contest = first.contest.as_ref().unwrap().contest();
    let key = contest.idempotency.as_ref().unwrap().key.clone();
    for selector in [
        ContestSelector::Open,
        ContestSelector::Id(contest.id),
        ContestSelector::Key(key),
    ] {
        let loaded = store.load_user(user(1), &selector).await.unwrap();
        assert_eq!(loaded.record.as_ref(), Some(&first.record), "{selector:?}");
        assert_eq!(loaded.contest.as_ref(), Some(contest), "{selector:?}");
    }
    let none = store.load_user(user(1), &ContestSelector::None).await;
    assert_eq!(none.unwrap().contest, None);
    let by_id = ContestSelector::Id(contest.id);
    let other = store.load_user(user(2), &by_id);
    assert_eq!(other.await.unwrap(), Snapshot::default());

    let request = store.contest_request(user(1), contest.id).await.unwrap();
    assert_eq!(request, Some(super::fixture::request(3)));
    let solves = store.list_attempts(user(1), EVERYTHING).await.unwrap();
    assert_eq!(solves.items, first.attempts);
    let events = store.events_after(user(1), EventNumber(0), 10).await;
    assert_eq!(events.unwrap(), first.events);
}

#[tokio::test]
async fn a_later_commit_changes_what_it_says_and_nothing_else() {
    let store = store().await;
    let first = creation(user(1));
    store.commit_user(&first).await.unwrap();
    let mut changed = first.contest.as_ref().unwrap().contest().clone();
    changed.problems[3].mark = changed.problems[0].mark;

    let mut second = commit(user(1), Some(first.record.version), first.record.clone());
    second.record.version = super::fixture::version();
    second.record.solved.insert(9);
    second.record.seen.insert(3);
    second.record.open = None;
    (second.solved_changed, second.seen_changed) = (false, true);
    second.contest = Some(ContestWrite::Update(changed.clone()));
    // A new entry, and an existing one.
    let mut undone = first.attempts[0].clone();
    undone.undone_at = Some(at(50));
    second.attempts = vec![solve(9, 9, None), undone.clone()];
    second.attempts[0].epoch = 7;
    store.commit_user(&second).await.unwrap();

    let by_id = ContestSelector::Id(changed.id);
    let loaded = store.load_user(user(1), &by_id).await.unwrap();
    let mut expected = second.record.clone();
    expected.solved = first.record.solved.clone();
    assert_eq!(loaded.record, Some(expected));
    assert_eq!(loaded.contest, Some(changed));
    assert_eq!(open(&store, 1).await.contest, None);
    let solves = store.list_attempts(user(1), EVERYTHING).await.unwrap();
    let kept = [
        undone,
        first.attempts[1].clone(),
        second.attempts[0].clone(),
    ];
    assert_eq!(solves.items, kept);
    // Without an outbox events are dropped.
    let events = store.events_after(user(1), EventNumber(0), 10).await;
    assert_eq!(events.unwrap(), []);
}

/// Sends all commits at once, on open connections. Returns how many succeeded; all others must be conflicts.
async fn race(store: &PgStore, commits: Vec<Commit>) -> usize {
    let barrier = Arc::new(Barrier::new(commits.len()));
    let tasks = commits.into_iter().map(|commit| {
        let (store, barrier) = (store.clone(), Arc::clone(&barrier));
        tokio::spawn(async move {
            // Opens the connection before the race.
            store.ping().await.unwrap();
            barrier.wait().await;
            store.commit_user(&commit).await
        })
    });
    let outcomes = join_all(tasks).await;
    let done = |outcome: Result<Result<(), CommitError>, _>| match outcome.unwrap() {
        Ok(()) => true,
        Err(CommitError::Conflict) => false,
        Err(other) => panic!("{other:?}"),
    };
    outcomes.into_iter().map(done).filter(|done| *done).count()
}

/// Eight commits of a mark's size on one version, each with a different solve.
fn rivals(number: u128, expected: Option<Version>) -> Vec<Commit> {
    let rival = |place: u128| {
        let contest = contest(place as i64, None);
        let mut rival = commit(user(number), expected, record(Some(&contest)));
        rival.attempts = vec![solve(place as i64, place, Some(contest.id))];
        rival.events = events(user(number), 1..=1);
        rival.contest = Some(ContestWrite::Insert {
            contest,
            request: Box::new(request(0)),
        });
        rival
    };
    (0..8).map(rival).collect()
}

async fn one_of_eight_is_done(store: PgStore) {
    for round in 0..20 {
        let mut expected = None;
        for step in 1..4 {
            let mut rivals = rivals(round, expected);
            for rival in &mut rivals {
                rival.events = events(user(round), step..=step);
            }
            assert_eq!(race(&store, rivals).await, 1);
            let snapshot = open(&store, round).await;
            expected = snapshot.version();
            let contest = snapshot.contest.unwrap();
            let page = ContestPage {
                before: None,
                limit: 10,
            };
            let contests = store.list_contests(user(round), page).await.unwrap();
            assert_eq!(contests.items.len(), step as usize);
            assert!(contests.items.contains(&contest));
            let solves = store.list_attempts(user(round), EVERYTHING).await.unwrap();
            assert_eq!(solves.items.len(), step as usize);
            assert!(solves.items.iter().any(|s| s.contest == Some(contest.id)));
            let events = store.events_after(user(round), EventNumber(0), 10).await;
            assert_eq!(events.unwrap().len(), step as usize);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_commits_on_one_version_one_is_done() {
    one_of_eight_is_done(store().await.with_outbox()).await;
}

/// A host's pool on a database with another default isolation level.
async fn with_level(level: &str) -> PgStore {
    let config = PgPoolConfig::parse(&url().await).unwrap();
    let connect = config.connect.clone();
    let pool = config.pool_options();
    let connect = connect.options([("default_transaction_isolation", level)]);
    let store = PgStore::from_pool(pool.connect_with(connect).await.unwrap());
    store.migrate().await.unwrap();
    store.with_outbox()
}

#[tokio::test(flavor = "multi_thread")]
async fn stricter_levels_give_conflicts_too() {
    one_of_eight_is_done(with_level("repeatable read").await).await;
    one_of_eight_is_done(with_level("serializable").await).await;
}

#[tokio::test]
async fn pools_of_our_own_are_read_committed() {
    let url = url().await;
    let plain = PgStore::connect(&url).await.unwrap();
    let name = url.rsplit('/').next().unwrap().split('?').next().unwrap();
    let strict = format!("ALTER DATABASE {name} SET default_transaction_isolation = serializable");
    plain.pool().execute(AssertSqlSafe(strict)).await.unwrap();
    let ours = PgStore::connect(&url).await.unwrap();
    let level = sqlx::query_scalar("SELECT current_setting('transaction_isolation')");
    let level: String = level.fetch_one(ours.pool()).await.unwrap();
    assert_eq!(level, "read committed");
}

#[tokio::test]
async fn an_expectation_that_does_not_hold_is_a_conflict_and_writes_nothing() {
    let store = store().await.with_outbox();
    let first = creation(user(1));
    store.commit_user(&first).await.unwrap();
    let before = open(&store, 1).await;
    for expected in [None, Some(super::fixture::version())] {
        let rival = rivals(1, expected).remove(0);
        let outcome = store.commit_user(&rival).await;
        assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}");
    }
    // Expects a version, but the user has no record.
    let rival = rivals(2, Some(first.record.version)).remove(0);
    let outcome = store.commit_user(&rival).await;
    assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}");

    assert_eq!(open(&store, 1).await, before);
    assert_eq!(open(&store, 2).await, Snapshot::default());
    for (number, kept) in [(1, first.attempts.as_slice()), (2, &[])] {
        let solves = store.list_attempts(user(number), EVERYTHING).await.unwrap();
        assert_eq!(solves.items, kept);
    }
}

#[tokio::test]
async fn a_key_or_an_id_that_is_there_is_a_conflict_and_writes_nothing() {
    let store = store().await.with_outbox();
    let first = creation(user(1));
    store.commit_user(&first).await.unwrap();
    let before = open(&store, 1).await;
    let there = first.contest.as_ref().unwrap().contest();
    let mut same_id = contest(5, None);
    same_id.id = there.id;
    for contest in [contest(5, Some("key")), same_id] {
        let mut second = commit(user(1), Some(first.record.version), record(Some(&contest)));
        second.attempts = vec![solve(9, 9, None)];
        second.events = events(user(1), 3..=3);
        second.contest = Some(ContestWrite::Insert {
            contest,
            request: Box::new(request(0)),
        });
        let outcome = store.commit_user(&second).await;
        assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}");
    }
    assert_eq!(open(&store, 1).await, before);
    let solves = store.list_attempts(user(1), EVERYTHING).await.unwrap();
    assert_eq!(solves.items, first.attempts);
    // Keys of different users are independent.
    store.commit_user(&creation(user(2))).await.unwrap();
}

#[tokio::test]
async fn a_commit_that_relies_on_another_revision_is_outdated() {
    let store = store().await;
    publish(&store, 1, problems(0..3, "old")).await;
    for expected in [None, Some(())] {
        let seen = open(&store, 1).await;
        assert_eq!(expected.is_some(), seen.record.is_some());
        let mut relying = commit(user(1), seen.version(), record(None));
        relying.revision = Some(seen.revision);
        // Between load and commit.
        let number = seen.revision.number + 1;
        publish(&store, number, problems(0..3, "new")).await;
        let outcome = store.commit_user(&relying).await;
        assert!(matches!(outcome, Err(CommitError::Outdated)), "{outcome:?}");
        assert_eq!(open(&store, 1).await.record, seen.record);

        // The number alone is not enough.
        relying.revision = Some(contest_core::catalogue::Revision { number, tag: 1 });
        let outcome = store.commit_user(&relying).await;
        assert!(matches!(outcome, Err(CommitError::Outdated)), "{outcome:?}");

        relying.revision = Some(revision(number));
        store.commit_user(&relying).await.unwrap();
        // The revision matches and the version does not.
        let outcome = store.commit_user(&relying).await;
        assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}");
        assert_eq!(open(&store, 1).await.record, Some(relying.record));
    }
}

#[tokio::test]
async fn a_commit_that_waited_for_one_that_was_rolled_back_is_done() {
    let config = PgPoolConfig::parse(&url().await).unwrap();
    let store = store_with(&config).await;
    let first = creation(user(1));
    store.commit_user(&first).await.unwrap();
    for (rolled_back, number) in [(true, 1), (false, 1)] {
        let snapshot = open(&store, number).await;
        let mut holder = store.pool().begin().await.unwrap();
        let touch = format!(
            "UPDATE {}.user_records SET version = gen_random_uuid()",
            store.schema()
        );
        holder.execute(AssertSqlSafe(touch)).await.unwrap();
        let second = commit(user(number), snapshot.version(), record(None));
        let waiter = {
            let (store, second) = (store.clone(), second.clone());
            tokio::spawn(async move { store.commit_user(&second).await })
        };
        waiting(&store, 1).await;
        if rolled_back {
            holder.rollback().await.unwrap();
            waiter.await.unwrap().unwrap();
            assert_eq!(open(&store, number).await.record, Some(second.record));
        } else {
            holder.commit().await.unwrap();
            let outcome = waiter.await.unwrap();
            assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}");
        }
    }
}
