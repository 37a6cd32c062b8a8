//! Stores over a transaction of the host.

use contest_core::id::{UserId, Version};
use contest_core::prelude::*;
use contest_core::store::{
    CatalogueRepository as _, CommitError, ContestSelector, ContestWrite, StoreErrorKind,
    UserRepository as _,
};
use contest_sqlx::postgres::{PgPoolConfig, PgStore, PgTransaction};
use futures::FutureExt as _;
use sqlx::{AssertSqlSafe, Executor as _};

use super::fixture::{
    commit, contest, creation, problems, publish, record, request, revision, store_with, url, user,
};
use crate::support::compare::{compare, with_random_steps};
use crate::support::dropped::{When, poll_at_most};
use crate::support::race::race;
use crate::support::worker;
use crate::support::worker::{catalogue, check_whole};

async fn fresh() -> PgStore {
    let config = PgPoolConfig::parse(&url().await).unwrap();
    let store = store_with(&config).await.with_outbox();
    let table = format!("CREATE TABLE {}.host (entry text)", store.schema());
    store.pool().execute(AssertSqlSafe(table)).await.unwrap();
    store
}

/// A transaction in which the host has written, too.
async fn host(store: &PgStore) -> PgTransaction {
    let mut transaction = store.pool().begin().await.unwrap();
    let entry = format!("INSERT INTO {}.host VALUES ('first')", store.schema());
    transaction.execute(AssertSqlSafe(entry)).await.unwrap();
    store.in_transaction(transaction)
}

async fn entries(store: &PgStore) -> i64 {
    let entries = format!("SELECT count(*) FROM {}.host", store.schema());
    let entries = sqlx::query_scalar(AssertSqlSafe(entries));
    entries.fetch_one(store.pool()).await.unwrap()
}

async fn version_of(store: &PgStore, of: UserId) -> Option<Version> {
    let snapshot = store.load_user(of, &ContestSelector::None).await;
    snapshot.unwrap().version()
}

#[tokio::test]
async fn nothing_is_visible_before_the_host_commits() {
    let store = fresh().await;
    let transaction = host(&store).await;
    let inside = transaction.store();
    publish(&inside, 1, problems(0..3, "title")).await;
    let mut created = creation(user(1));
    created.revision = Some(revision(1));
    inside.commit_user(&created).await.unwrap();
    inside.ping().await.unwrap();
    let made = Some(created.record.version);
    assert_eq!(version_of(&inside, user(1)).await, made);
    assert_eq!(version_of(&store, user(1)).await, None);
    assert_eq!(store.load_catalogue(None).await.unwrap().problems, []);
    transaction.finish().await.unwrap().commit().await.unwrap();
    assert_eq!(version_of(&store, user(1)).await, made);
    let changes = store.load_catalogue(None).await.unwrap();
    assert_eq!(changes.problems.len(), 3);
    assert_eq!(entries(&store).await, 1);
}

#[tokio::test]
async fn a_rollback_leaves_nothing() {
    let store = fresh().await;
    for number in 1..=2 {
        let transaction = host(&store).await;
        let inside = transaction.store();
        inside.commit_user(&creation(user(1))).await.unwrap();
        if number == 1 {
            let transaction = transaction.finish().await.unwrap();
            transaction.rollback().await.unwrap();
        } else {
            // Rolls back although stores remain.
            drop(transaction);
        }
        assert_eq!(version_of(&store, user(1)).await, None);
        assert_eq!(entries(&store).await, 0);
    }
    store.commit_user(&creation(user(1))).await.unwrap();
}

/// After an error, Postgres refuses all statements of a transaction until it rolls back to a savepoint.
#[tokio::test]
async fn a_refused_or_failed_commit_does_not_spoil_the_transaction() {
    let store = fresh().await;
    let first = creation(user(1));
    store.commit_user(&first).await.unwrap();
    let expected = Some(first.record.version);
    let transaction = host(&store).await;
    let inside = transaction.store();
    let conflict = inside
        .commit_user(&commit(user(1), None, record(None)))
        .await;
    assert!(matches!(conflict, Err(CommitError::Conflict)));
    let mut outdated = commit(user(1), expected, record(None));
    outdated.revision = Some(revision(9));
    let outdated = inside.commit_user(&outdated).await;
    assert!(matches!(outdated, Err(CommitError::Outdated)));
    // The key exists, so the statement fails.
    let mut taken = commit(user(1), expected, record(None));
    taken.contest = Some(ContestWrite::Insert {
        contest: contest(9, Some("key")),
        request: Box::new(request(1)),
    });
    let taken = inside.commit_user(&taken).await;
    assert!(matches!(taken, Err(CommitError::Conflict)), "{taken:?}");
    assert_eq!(version_of(&inside, user(1)).await, expected);
    let next = commit(user(1), expected, record(None));
    inside.commit_user(&next).await.unwrap();
    transaction.finish().await.unwrap().commit().await.unwrap();
    let made = Some(next.record.version);
    assert_eq!(version_of(&store, user(1)).await, made);
    assert_eq!(entries(&store).await, 1);
}

#[tokio::test]
async fn i14_a_commit_dropped_anywhere_is_there_whole_or_not_at_all() {
    let store = fresh().await;
    let transaction = host(&store).await;
    let inside = transaction.store();
    let mut kept = [0, 0];
    for number in 1..40 {
        let when = [When::AtOnce, When::WhenWoken][usize::from(number % 2 == 0)];
        let created = creation(user(u128::from(number)));
        let dropped = poll_at_most(inside.commit_user(&created), number / 2 % 12, when).await;
        let open = ContestSelector::Open;
        let snapshot = inside.load_user(created.user, &open).await.unwrap();
        let is_there = snapshot.record.is_some();
        assert!(is_there || dropped.is_none(), "acknowledged and lost");
        assert_eq!(snapshot.contest.is_some(), is_there);
        let again = inside.commit_user(&created).await;
        assert_eq!(again.is_ok(), !is_there);
        kept[usize::from(is_there)] += 1;
    }
    println!("{kept:?} were dropped and kept");
    assert!(kept.into_iter().all(|some| some > 0));
    transaction.finish().await.unwrap().commit().await.unwrap();
    assert_eq!(store.list_users(None, 99).await.unwrap().len(), 39);
    assert_eq!(entries(&store).await, 1);
}

#[tokio::test]
async fn a_transaction_in_use_is_not_given_back_and_rolled_back() {
    let store = fresh().await;
    let transaction = host(&store).await;
    let inside = transaction.store();
    let first = creation(user(1));
    let mut running = Box::pin(inside.commit_user(&first));
    assert!(running.as_mut().now_or_never().is_none());
    let error = transaction.finish().await.unwrap_err();
    assert!(error.to_string().contains("still uses"), "{error}");
    drop(running);
    assert_eq!(version_of(&store, user(1)).await, None);
    store.commit_user(&first).await.unwrap();
    assert_eq!(entries(&store).await, 0);
}

#[tokio::test]
async fn a_store_of_a_finished_transaction_refuses_work() {
    let store = fresh().await;
    let transaction = host(&store).await;
    let inside = transaction.store();
    transaction.finish().await.unwrap().commit().await.unwrap();
    let load = inside.load_user(user(1), &ContestSelector::None).await;
    assert_eq!(load.unwrap_err().kind(), StoreErrorKind::Permanent);
    let late = inside.commit_user(&creation(user(1))).await;
    assert!(matches!(late, Err(CommitError::Failed(_))));
    assert_eq!(version_of(&store, user(1)).await, None);
    inside.migrate().await.unwrap_err();
}

/// On a stricter level the transaction would never see the conflicting commit, however often it loads.
#[tokio::test]
async fn a_stricter_transaction_that_meets_another_commit_fails_for_good() {
    let store = fresh().await;
    let first = creation(user(1));
    store.commit_user(&first).await.unwrap();
    let level = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";
    let mut transaction = store.pool().begin().await.unwrap();
    transaction.execute(level).await.unwrap();
    let transaction = store.in_transaction(transaction);
    let inside = transaction.store();
    let seen = version_of(&inside, user(1)).await;
    let between = commit(user(1), seen, record(None));
    store.commit_user(&between).await.unwrap();
    let late = inside
        .commit_user(&commit(user(1), seen, record(None)))
        .await;
    let Err(CommitError::Failed(error)) = late else {
        panic!("{late:?}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Permanent);
    assert!(error.to_string().contains("READ COMMITTED"), "{error}");
}

/// The host spends a credit and creates a contest, or neither: a refusal is no reason to roll back.
#[tokio::test]
async fn a_refusal_leaves_the_choice_to_the_host() {
    let store = fresh().await;
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    engine.publish_catalogue(&catalogue(30)).await.unwrap();
    let user = crate::support::user(1);
    let request = worker::request(5);
    let transaction = host(&store).await;
    let inside = engine.with_store(transaction.store());
    let created = inside.create_contest(user, &request).await.unwrap();
    let again = inside.create_contest(user, &request).await.unwrap_err();
    assert!(matches!(again, Error::Refused(_)), "{again:?}");
    assert_eq!(engine.active_contest(user).await.unwrap(), None);
    transaction.finish().await.unwrap().commit().await.unwrap();
    let active = engine.active_contest(user).await.unwrap();
    assert_eq!(active.map(|active| active.id), Some(created.contest.id));
    assert_eq!(entries(&store).await, 1);
}

#[test]
fn i9_the_same_steps_have_the_same_outcome_in_memory_and_in_a_transaction() {
    with_random_steps(16, async |steps| {
        let store = fresh().await;
        let transaction = store.in_transaction(store.pool().begin().await.unwrap());
        let outcome = compare(transaction.store(), steps).await;
        transaction.finish().await.unwrap().commit().await.unwrap();
        outcome
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_many_tasks_for_one_user_agree_in_a_transaction() {
    let store = fresh().await;
    let transaction = store.in_transaction(store.pool().begin().await.unwrap());
    let inside = transaction.store();
    let one = Engine::builder(inside.clone()).build().await.unwrap();
    one.publish_catalogue(&catalogue(2_000)).await.unwrap();
    let other = Engine::builder(inside.clone()).build().await.unwrap();
    race(&[one, other], &inside, crate::support::user(1), 8, 60).await;
    drop(inside);
    transaction.finish().await.unwrap().commit().await.unwrap();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    check_whole(&engine, &store).await;
}
