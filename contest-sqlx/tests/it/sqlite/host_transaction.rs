//! Stores over a transaction of the host.

use std::time::Duration;

use contest_core::prelude::Engine;
use contest_core::store::{
    AttemptPage, CatalogueRepository, CommitError, ContestSelector, HistoryRepository,
    StoreErrorKind, TimeOrder, UserRepository,
};
use contest_sqlx::sqlite::{SqliteStore, SqliteTransaction};
use futures::FutureExt as _;
use sqlx::{Sqlite, Transaction};

use super::scene::{
    commit, contest, creation, fresh, publication, revision, solve, stored, user, version,
};
use crate::support;
use crate::support::compare::{compare, with_random_steps};
use crate::support::dropped::{When, poll_at_most};
use crate::support::race::race;
use crate::support::worker::catalogue;

async fn begin(store: &SqliteStore) -> Transaction<'static, Sqlite> {
    store.writer().begin_with("BEGIN IMMEDIATE").await.unwrap()
}

/// A transaction in which the host has written, too.
async fn host(store: &SqliteStore) -> SqliteTransaction {
    let table = sqlx::query("CREATE TABLE IF NOT EXISTS host (entry TEXT)");
    table.execute(store.writer()).await.unwrap();
    let mut transaction = begin(store).await;
    let entry = sqlx::query("INSERT INTO host VALUES ('first')");
    entry.execute(&mut *transaction).await.unwrap();
    store.in_transaction(transaction)
}

async fn entries(store: &SqliteStore) -> i64 {
    let entries = sqlx::query_scalar("SELECT count(*) FROM host");
    entries.fetch_one(store.reader()).await.unwrap()
}

async fn version_of(store: &SqliteStore, number: u64) -> Option<contest_core::id::Version> {
    let snapshot = store.load_user(user(number), &ContestSelector::None).await;
    snapshot.unwrap().version()
}

#[tokio::test]
async fn nothing_is_visible_before_the_host_commits() {
    let (_directory, store) = fresh().await;
    let transaction = host(&store).await;
    let inside = transaction.store();
    let problems = publication(revision(0, 0), revision(1, 1), vec![stored(0, "A")]);
    inside.commit_publication(&problems).await.unwrap();
    let mut created = creation(user(1), None, 1, contest(1));
    created.revision = Some(revision(1, 1));
    inside.commit_user(&created).await.unwrap();
    inside.ping().await.unwrap();
    assert_eq!(version_of(&inside, 1).await, Some(version(1)));
    assert_eq!(version_of(&store, 1).await, None);
    assert_eq!(store.load_catalogue(None).await.unwrap().problems, []);
    transaction.finish().await.unwrap().commit().await.unwrap();
    assert_eq!(version_of(&store, 1).await, Some(version(1)));
    let changes = store.load_catalogue(None).await.unwrap();
    assert_eq!(changes.problems, problems.problems);
    assert_eq!(entries(&store).await, 1);
}

#[tokio::test]
async fn a_rollback_leaves_nothing() {
    let (_directory, store) = fresh().await;
    for number in 1..=2 {
        let transaction = host(&store).await;
        let inside = transaction.store();
        let created = creation(user(1), None, 1, contest(1));
        inside.commit_user(&created).await.unwrap();
        if number == 1 {
            let transaction = transaction.finish().await.unwrap();
            transaction.rollback().await.unwrap();
        } else {
            // Rolls back although stores remain.
            drop(transaction);
        }
        assert_eq!(version_of(&store, 1).await, None);
        assert_eq!(entries(&store).await, 0);
    }
    // The connection is free again.
    store.commit_user(&commit(user(1), None, 1)).await.unwrap();
    assert_eq!(store.metrics().open, 1);
}

#[tokio::test]
async fn a_refused_or_failed_commit_does_not_spoil_the_transaction() {
    let (_directory, store) = fresh().await;
    let created = creation(user(1), None, 1, contest(1));
    store.commit_user(&created).await.unwrap();
    let transaction = host(&store).await;
    let inside = transaction.store();
    let conflict = inside.commit_user(&commit(user(1), None, 2)).await;
    assert!(matches!(conflict, Err(CommitError::Conflict)));
    let mut outdated = commit(user(1), Some(1), 2);
    outdated.revision = Some(revision(9, 9));
    let outdated = inside.commit_user(&outdated).await;
    assert!(matches!(outdated, Err(CommitError::Outdated)));
    // The record and the solves are written before the second message fails.
    let mut failing = commit(user(1), Some(1), 2);
    failing.attempts = (0..1_500).map(|n| solve(n, 1, None)).collect();
    failing.attempts[1_400].epoch = u64::MAX;
    let failed = inside.commit_user(&failing).await;
    assert!(matches!(failed, Err(CommitError::Failed(_))), "{failed:?}");
    let again = creation(user(1), Some(1), 2, contest(1));
    let taken = inside.commit_user(&again).await;
    assert!(matches!(taken, Err(CommitError::Conflict)));
    assert_eq!(version_of(&inside, 1).await, Some(version(1)));
    let next = creation(user(1), Some(1), 3, contest(2));
    inside.commit_user(&next).await.unwrap();
    transaction.finish().await.unwrap().commit().await.unwrap();
    assert_eq!(version_of(&store, 1).await, Some(version(3)));
    let page = AttemptPage {
        order: TimeOrder::OldestFirst,
        after: None,
        limit: 9,
    };
    assert_eq!(store.list_attempts(user(1), page).await.unwrap().items, []);
    assert_eq!(entries(&store).await, 1);
}

#[tokio::test]
async fn i14_a_commit_dropped_anywhere_is_there_whole_or_not_at_all() {
    let (_directory, store) = fresh().await;
    let transaction = host(&store).await;
    let inside = transaction.store();
    let mut kept = [0, 0];
    for number in 1..40 {
        let when = [When::AtOnce, When::WhenWoken][usize::from(number % 2 == 0)];
        let mut created = creation(user(number), None, 1, contest(number));
        created.attempts = vec![solve(1, 1, None)];
        let dropped = poll_at_most(inside.commit_user(&created), number / 2 % 12, when).await;
        let snapshot = inside.load_user(user(number), &ContestSelector::Open).await;
        let snapshot = snapshot.unwrap();
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
    let (_directory, store) = fresh().await;
    let transaction = host(&store).await;
    let inside = transaction.store();
    let first = commit(user(1), None, 1);
    let mut running = Box::pin(inside.commit_user(&first));
    assert!(running.as_mut().now_or_never().is_none());
    let error = transaction.finish().await.unwrap_err();
    assert!(error.to_string().contains("still uses"), "{error}");
    drop(running);
    assert_eq!(version_of(&store, 1).await, None);
    assert_eq!(entries(&store).await, 0);
    store.commit_user(&first).await.unwrap();
}

#[tokio::test]
async fn a_store_of_a_finished_transaction_refuses_work() {
    let (_directory, store) = fresh().await;
    let transaction = host(&store).await;
    let inside = transaction.store();
    transaction.finish().await.unwrap().commit().await.unwrap();
    let load = inside.load_user(user(1), &ContestSelector::None).await;
    assert_eq!(load.unwrap_err().kind(), StoreErrorKind::Permanent);
    let late = inside.commit_user(&commit(user(1), None, 1)).await;
    assert!(matches!(late, Err(CommitError::Failed(_))));
    assert_eq!(version_of(&store, 1).await, None);
}

/// SQLite does so when the disk fails. A savepoint would then begin a separate transaction.
#[tokio::test]
async fn nothing_is_kept_after_sqlite_has_rolled_back_by_itself() {
    let (_directory, store) = fresh().await;
    let mut transaction = begin(&store).await;
    let ended = sqlx::raw_sql("ROLLBACK").execute(&mut *transaction).await;
    ended.unwrap();
    let transaction = store.in_transaction(transaction);
    let inside = transaction.store();
    for _ in 0..2 {
        let lost = inside.commit_user(&commit(user(1), None, 1)).await;
        assert!(matches!(lost, Err(CommitError::Failed(_))), "{lost:?}");
    }
    let error = transaction.finish().await.unwrap_err();
    assert!(error.to_string().contains("rolled"), "{error}");
    assert_eq!(version_of(&store, 1).await, None);
    // The connection is replaced.
    store.commit_user(&commit(user(1), None, 1)).await.unwrap();
}

#[tokio::test]
async fn other_writes_wait_for_the_transaction() {
    let (_directory, store) = fresh().await;
    let transaction = host(&store).await;
    let inside = transaction.store();
    let (outer, inner) = (commit(user(1), None, 1), commit(user(1), None, 2));
    let waiting = store.commit_user(&outer);
    let work = async {
        inside.commit_user(&inner).await.unwrap();
        transaction.finish().await.unwrap().commit().await.unwrap();
    };
    let (outer, ()) = tokio::join!(waiting, work);
    assert!(matches!(outer, Err(CommitError::Conflict)));
    assert_eq!(version_of(&store, 1).await, Some(version(2)));
    store.close(Duration::from_secs(5)).await.unwrap();
}

/// After a plain `BEGIN`, the first write is refused if another transaction wrote since the first read.
#[tokio::test]
async fn a_transaction_must_begin_with_the_lock_for_writing() {
    let (directory, store) = fresh().await;
    let other = super::scene::open(&directory).await;
    let transaction = store.in_transaction(store.writer().begin().await.unwrap());
    let inside = transaction.store();
    assert_eq!(version_of(&inside, 1).await, None);
    other.commit_user(&commit(user(2), None, 1)).await.unwrap();
    let refused = inside.commit_user(&commit(user(1), None, 1)).await;
    let Err(CommitError::Failed(error)) = refused else {
        panic!("{refused:?}");
    };
    assert!(error.is_transient(), "{error}");
}

#[test]
fn i9_the_same_steps_have_the_same_outcome_in_memory_and_in_a_transaction() {
    with_random_steps(30, async |steps| {
        let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
        store.migrate().await.unwrap();
        let store = store.with_outbox();
        let transaction = store.in_transaction(begin(&store).await);
        let outcome = compare(transaction.store(), steps).await;
        transaction.finish().await.unwrap().commit().await.unwrap();
        outcome
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_many_tasks_for_one_user_agree_in_a_transaction() {
    let (_directory, store) = fresh().await;
    let store = store.with_outbox();
    let transaction = store.in_transaction(begin(&store).await);
    let inside = transaction.store();
    let one = Engine::builder(inside.clone()).build().await.unwrap();
    one.publish_catalogue(&catalogue(2_000)).await.unwrap();
    let other = Engine::builder(inside.clone()).build().await.unwrap();
    race(&[one, other], &inside, support::user(1), 8, 60).await;
    drop(inside);
    transaction.finish().await.unwrap().commit().await.unwrap();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    support::worker::check_whole(&engine, &store).await;
}
