//! Futures dropped at any point leave the store consistent and its connections usable.

use std::time::Duration;

use contest_core::model::EventNumber;
use contest_core::store::{
    AttemptPage, CatalogueRepository, ContestSelector, EventLog, HistoryRepository, TimeOrder,
    UserRepository,
};
use contest_sqlx::sqlite::SqliteStore;

use super::events::event;
use super::scene::{contest, creation, fresh, publication, revision, solve, stored, user, version};
use crate::support::Dice;
use crate::support::dropped::{When, poll_at_most};

/// The number of commits, read from the version. Checks that all parts of them agree.
async fn commits(store: &SqliteStore) -> u64 {
    let snapshot = store.load_user(user(1), &ContestSelector::Open).await;
    let snapshot = snapshot.unwrap();
    let page = AttemptPage {
        order: TimeOrder::OldestFirst,
        after: None,
        limit: 10_000,
    };
    let solves = store.list_attempts(user(1), page).await.unwrap();
    let events = store.events_after(user(1), EventNumber(0), 10_000).await;
    let number = solves.items.len() as u64;
    assert_eq!(events.unwrap().len() as u64, number);
    assert_eq!(snapshot.version(), (number > 0).then(|| version(number)));
    assert_eq!(snapshot.contest, (number > 0).then(|| contest(number)));
    assert_eq!(solves.version, snapshot.version());
    number
}

async fn drop_commits(store: SqliteStore, seed: u64) {
    println!("seed {seed}");
    let store = store.with_outbox();
    let mut dice = Dice(seed);
    let (mut number, mut done, mut kept) = (0, 0, 0);
    for _ in 0..600 {
        let new = number + 1;
        let expected = (number > 0).then_some(number);
        let mut commit = creation(user(1), expected, new, contest(new));
        commit.record.seen = [1].into_iter().collect();
        commit.seen_changed = true;
        commit.attempts = vec![solve(new.cast_signed(), new, None)];
        commit.events = vec![event(user(1), new, 0)];
        let (polls, when) = (dice.below(16), dice.pick(&[When::AtOnce, When::WhenWoken]));
        let outcome = poll_at_most(store.commit_user(&commit), polls, when).await;
        if outcome.is_none() {
            // Waits for a running commit, which still counts.
            store.ping().await.unwrap();
        }
        number = commits(&store).await;
        match outcome {
            Some(outcome) => {
                outcome.unwrap();
                done += 1;
                assert_eq!(number, new, "acknowledged and lost");
            }
            None => kept += u32::from(number == new),
        }
    }
    println!("{done} were done, {kept} kept though they were dropped");
    assert!((50..550).contains(&done), "{done} of 600 were not dropped");
    assert_eq!(store.metrics().open, 1);
    store.close(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test]
async fn i14_dropped_commits_leave_a_file_whole() {
    let (_directory, store) = fresh().await;
    drop_commits(store, 14).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i14_dropped_commits_leave_a_file_whole_on_two_threads() {
    let (_directory, store) = fresh().await;
    drop_commits(store, 15).await;
}

#[tokio::test]
async fn i14_dropped_commits_leave_a_database_in_memory_whole() {
    let store = SqliteStore::connect("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    drop_commits(store, 16).await;
}

#[tokio::test]
async fn i14_a_publication_dropped_anywhere_is_done_or_not_done() {
    let (_directory, store) = fresh().await;
    let mut done = 0;
    for polls in 1..40 {
        let before = store.load_catalogue(None).await.unwrap();
        let size = 4_000 + u32::try_from(polls).unwrap();
        let problems = (0..size).map(|n| stored(n, "Title")).collect();
        let new = revision(before.revision.number + 1, polls);
        let publication = publication(before.revision, new, problems);
        let outcome =
            poll_at_most(store.commit_publication(&publication), polls, When::AtOnce).await;
        store.ping().await.unwrap();
        let after = store.load_catalogue(None).await.unwrap();
        if after.revision == new {
            done += 1;
            assert_eq!(after.problems.len(), publication.problems.len());
        } else {
            assert!(outcome.is_none(), "acknowledged and lost");
            assert_eq!(after, before);
        }
    }
    assert!((1..39).contains(&done), "{done} of 39 were done");
}
