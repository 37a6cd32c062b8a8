//! Gathered commits of different users.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use contest_core::model::EventNumber;
use contest_core::prelude::Engine;
use contest_core::store::{
    AttemptPage, CatalogueRepository, Commit, CommitError, ContestSelector, ContestWrite, EventLog,
    HistoryRepository, Lease, LeaseHolder, StoreErrorKind, TimeOrder, UserRepository,
};
use contest_sqlx::sqlite::SqliteStore;
use futures::future::join_all;
use uuid::Uuid;

use super::events::event;
use super::place::Directory;
use super::processes::assert_sound;
use super::scene::{
    at, commit, contest, creation, fresh, held_by_a_reader, publication, revision, solve, stored,
    user, version,
};
use crate::support::dropped::{When, poll_at_most};
use crate::support::killed::TOGETHER;
use crate::support::worker::{Worker, catalogue, check_done, check_whole};

/// The number of transactions in the log: the last frame of each has the size of the database. The
/// log must be too short for a checkpoint.
fn transactions(directory: &Directory) -> usize {
    let log = fs::read(directory.database().with_extension("db-wal")).unwrap();
    let frames = log[32..].chunks_exact(24 + 4096);
    frames.filter(|frame| frame[4..8] != [0; 4]).count()
}

/// A first commit with every part.
fn first(number: u64) -> Commit {
    let mut commit = creation(user(number), None, 1, contest(number));
    commit.record.solved = [1, 2].into_iter().collect();
    commit.record.seen = [3].into_iter().collect();
    commit.attempts = vec![solve(1, 1, None), solve(2, 2, Some(number))];
    commit.events = vec![event(user(number), 1, 0)];
    commit
}

/// Makes all commits at once. The first one finds the connection free.
async fn at_once(store: &SqliteStore, commits: &[Commit]) -> Vec<Result<(), CommitError>> {
    join_all(commits.iter().map(|commit| store.commit_user(commit))).await
}

fn told(outcomes: &[Result<(), CommitError>]) -> String {
    let letter = |outcome: &Result<(), CommitError>| match outcome {
        Ok(()) => 'k',
        Err(CommitError::Conflict) => 'c',
        Err(CommitError::Outdated) => 'o',
        Err(CommitError::Failed(_)) => 'f',
        Err(CommitError::Unknown(_)) => 'u',
    };
    outcomes.iter().map(letter).collect()
}

/// Checks that all parts of a commit are stored, or, for the refused first commit of a user, none.
async fn assert_kept(store: &SqliteStore, commit: &Commit, kept: bool) {
    let snapshot = store.load_user(commit.user, &ContestSelector::Open).await;
    let snapshot = snapshot.unwrap();
    let page = AttemptPage {
        order: TimeOrder::OldestFirst,
        after: None,
        limit: 99,
    };
    let solves = store.list_attempts(commit.user, page).await.unwrap().items;
    let events = store.events_after(commit.user, EventNumber(0), 99).await;
    let events = events.unwrap();
    if kept {
        assert_eq!(snapshot.record.as_ref(), Some(&commit.record));
        let contest = commit.contest.as_ref().map(ContestWrite::contest);
        assert_eq!(snapshot.contest.as_ref(), contest);
        assert_eq!((&solves, &events), (&commit.attempts, &commit.events));
    } else {
        assert_eq!((snapshot.record, snapshot.contest), (None, None));
        assert_eq!((solves, events), (vec![], vec![]));
    }
}

#[tokio::test]
async fn commits_that_wait_are_one_transaction() {
    let (directory, store) = fresh().await;
    let store = store.with_outbox();
    let commits: Vec<_> = (1..=65).map(first).collect();
    let before = transactions(&directory);
    assert_eq!(told(&at_once(&store, &commits).await), "k".repeat(65));
    assert_eq!(transactions(&directory) - before, 2);
    for commit in &commits {
        assert_kept(&store, commit, true).await;
    }
}

#[tokio::test]
async fn without_gathering_each_commit_is_a_transaction() {
    let (directory, store) = fresh().await;
    let store = store.without_gathering().with_outbox();
    let commits: Vec<_> = (1..=20).map(first).collect();
    let before = transactions(&directory);
    assert_eq!(told(&at_once(&store, &commits).await), "k".repeat(20));
    assert_eq!(transactions(&directory) - before, 20);
}

#[tokio::test]
async fn each_commit_is_compared_by_itself_and_a_loser_keeps_nothing() {
    let (directory, store) = fresh().await;
    let store = store.with_outbox();
    let mut commits: Vec<_> = (1..=9).map(first).collect();
    // A version, a revision and a contest that do not exist.
    commits[2].expected = Some(version(8));
    commits[3].revision = Some(revision(1, 1));
    commits[4].contest = Some(ContestWrite::Update(contest(5)));
    commits[5].revision = Some(revision(0, 0));
    commits[6].expected = Some(version(8));
    commits[6].revision = Some(revision(1, 1));
    commits[7].expected = Some(version(8));
    commits[7].revision = Some(revision(0, 0));
    let before = transactions(&directory);
    let outcomes = told(&at_once(&store, &commits).await);
    assert_eq!(outcomes, "kkcockock");
    assert_eq!(transactions(&directory) - before, 2);
    for (commit, outcome) in commits.iter().zip(outcomes.chars()) {
        assert_kept(&store, commit, outcome == 'k').await;
    }
    // Now all users have a record, so a first commit is a conflict and changes nothing.
    let again = |number| Commit {
        contest: None,
        attempts: vec![solve(7, 7, None)],
        ..first(number)
    };
    let again = [1, 2].map(again);
    assert_eq!(told(&at_once(&store, &again).await), "cc");
    assert_kept(&store, &commits[1], true).await;
}

/// Commits of the same parts are sent in groups of eight.
#[tokio::test]
async fn each_of_many_commits_of_one_kind_is_compared_by_itself() {
    let (directory, store) = fresh().await;
    let firsts: Vec<_> = (1..=21).map(|n| commit(user(n), None, 1)).collect();
    assert_eq!(told(&at_once(&store, &firsts).await), "k".repeat(21));
    let next = |n: u64| {
        let mut next = creation(
            user(n),
            Some(if n.is_multiple_of(5) { 9 } else { 1 }),
            2,
            contest(n),
        );
        next.revision = Some(revision(u64::from(n.is_multiple_of(7)), 0));
        next.attempts = vec![solve(1, n, None)];
        next
    };
    let commits: Vec<_> = (1..=21).map(next).collect();
    let before = transactions(&directory);
    let outcomes = told(&at_once(&store, &commits).await);
    assert_eq!(outcomes, "kkkkckokkckkkockkkkco");
    assert_eq!(transactions(&directory) - before, 2);
    for (commit, outcome) in commits.iter().zip(outcomes.chars()) {
        let snapshot = store.load_user(commit.user, &ContestSelector::Open).await;
        let snapshot = snapshot.unwrap();
        let kept = if outcome == 'k' { 2 } else { 1 };
        assert_eq!(snapshot.version(), Some(version(kept)));
        assert_eq!(snapshot.contest.is_some(), outcome == 'k');
    }
}

#[tokio::test]
async fn a_commit_whose_statement_fails_harms_no_other() {
    let (directory, store) = fresh().await;
    let store = store.with_outbox();
    let taken = first(4);
    store.commit_user(&taken).await.unwrap();
    let mut commits: Vec<_> = (1..=7).map(first).collect();
    // An existing contest, an event without a number, a number that does not fit.
    commits[3].expected = Some(version(1));
    commits[3].record.version = version(2);
    commits[4].events[0].number = EventNumber(0);
    commits[5].events[0].number = EventNumber(u64::MAX);
    let before = transactions(&directory);
    let outcomes = at_once(&store, &commits).await;
    assert_eq!(told(&outcomes), "kkkcffk");
    // Each commit went alone, after the batch had failed.
    assert_eq!(transactions(&directory) - before, 4);
    let Err(CommitError::Failed(error)) = &outcomes[4] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Permanent);
    assert!(error.to_string().contains("CHECK"), "{error}");
    commits[3] = taken;
    for (number, commit) in commits.iter().enumerate() {
        assert_kept(&store, commit, !(4..6).contains(&number)).await;
    }
}

/// The store finds a value that does not fit before it sends anything.
#[tokio::test]
async fn an_unfit_commit_fails_alone() {
    let (directory, store) = fresh().await;
    let store = store.with_outbox();
    let mut commits: Vec<_> = (1..=4).map(first).collect();
    commits[2].events[0].number = EventNumber(u64::MAX);
    let before = transactions(&directory);
    assert_eq!(told(&at_once(&store, &commits).await), "kkfk");
    assert_eq!(transactions(&directory) - before, 2);
    assert_kept(&store, &commits[2], false).await;
}

#[tokio::test]
async fn a_full_disk_fails_only_what_does_not_fit() {
    let (_directory, store) = fresh().await;
    for number in 1..=6 {
        store
            .commit_user(&commit(user(number), None, 1))
            .await
            .unwrap();
    }
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count")
        .fetch_one(store.writer())
        .await
        .unwrap();
    let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 5));
    sqlx::raw_sql(limit).execute(store.writer()).await.unwrap();
    let mut commits: Vec<_> = (1..=6).map(|n| commit(user(n), Some(1), 2)).collect();
    commits[3].attempts = (0..900).map(|n| solve(n, 1, None)).collect();
    let outcomes = at_once(&store, &commits).await;
    assert_eq!(told(&outcomes), "kkkfkk");
    for number in 1..=6 {
        let snapshot = store.load_user(user(number), &ContestSelector::None).await;
        let kept = if number == 4 { 1 } else { 2 };
        assert_eq!(snapshot.unwrap().version(), Some(version(kept)));
    }
}

#[tokio::test]
async fn commits_that_find_the_file_busy_in_the_end_failed() {
    let (_directory, store, mut reader) = held_by_a_reader().await;
    let commits: Vec<_> = (1..=4).map(first).collect();
    assert_eq!(told(&at_once(&store, &commits).await), "ffff");
    let end = sqlx::raw_sql("ROLLBACK");
    end.execute(&mut *reader).await.unwrap();
    drop(reader);
    assert_eq!(store.list_users(None, 9).await.unwrap(), []);
    assert_eq!(told(&at_once(&store, &commits).await), "kkkk");
}

#[tokio::test]
async fn commits_of_one_user_stay_in_order() {
    let (directory, store) = fresh().await;
    let next = |n: u64| commit(user(1), (n > 1).then(|| n - 1), n);
    let other = |n: u64| commit(user(n), None, 1);
    let commits = [
        next(1),
        other(2),
        next(2),
        other(3),
        next(3),
        next(4),
        other(4),
    ];
    let before = transactions(&directory);
    assert_eq!(told(&at_once(&store, &commits).await), "kkkkkkk");
    let snapshot = store.load_user(user(1), &ContestSelector::None).await;
    assert_eq!(snapshot.unwrap().version(), Some(version(4)));
    // The first commit alone, then one batch for each other commit of the same user.
    assert_eq!(transactions(&directory) - before, 4);
}

/// The call polled last drives the batch, so another call is dropped each time.
#[tokio::test]
async fn i14_a_caller_dropped_anywhere_leaves_the_others_alone() {
    const CALLERS: u64 = 5;
    let (_directory, store) = fresh().await;
    let store = store.with_outbox();
    let (mut number, mut done, mut kept) = (0, 0, 0);
    for dropped in 0..CALLERS {
        for polls in 1..24 {
            let when = [When::AtOnce, When::WhenWoken][usize::from(polls % 2 == 0)];
            let numbers = number + 1..=number + CALLERS;
            number += CALLERS;
            let tasks = numbers.clone().map(|n| {
                let (store, commit) = (store.clone(), first(n));
                let polls = if n == *numbers.start() + dropped {
                    polls
                } else {
                    u64::MAX
                };
                tokio::spawn(
                    async move { poll_at_most(store.commit_user(&commit), polls, when).await },
                )
            });
            let tasks: Vec<_> = tasks.collect();
            let outcomes = join_all(tasks).await.into_iter().map(Result::unwrap);
            let outcomes: Vec<_> = outcomes.collect();
            // Waits for a running transaction.
            store.ping().await.unwrap();
            for (n, outcome) in numbers.zip(outcomes) {
                let is_there = store.load_user(user(n), &ContestSelector::None).await;
                let is_there = is_there.unwrap().record.is_some();
                match outcome {
                    Some(outcome) => {
                        outcome.unwrap();
                        assert!(is_there, "acknowledged and lost");
                        done += 1;
                    }
                    None => kept += u32::from(is_there),
                }
                assert_kept(&store, &first(n), is_there).await;
            }
        }
    }
    println!("{done} were done, {kept} kept though they were dropped");
    assert_eq!(store.metrics().open, 1);
    assert_sound(&store).await;
}

#[tokio::test]
async fn i14_when_all_callers_are_dropped_nothing_is_there_by_half() {
    let (_directory, store) = fresh().await;
    let store = store.with_outbox();
    let mut whole = [0, 0];
    for polls in 1..24 {
        let numbers = polls * 10 + 1..=polls * 10 + 5;
        let tasks = numbers.clone().map(|n| {
            let (store, commit) = (store.clone(), first(n));
            tokio::spawn(async move {
                poll_at_most(store.commit_user(&commit), polls, When::AtOnce).await
            })
        });
        let tasks: Vec<_> = tasks.collect();
        join_all(tasks).await;
        store.commit_user(&first(polls * 10)).await.unwrap();
        for n in numbers {
            let snapshot = store.load_user(user(n), &ContestSelector::None).await;
            let is_there = snapshot.unwrap().record.is_some();
            assert_kept(&store, &first(n), is_there).await;
            whole[usize::from(is_there)] += 1;
        }
    }
    println!("{whole:?} were dropped and kept");
    assert!(whole.into_iter().all(|some| some > 0));
    assert_eq!(store.metrics().open, 1);
}

/// Other writes do not join batches, and no write waits forever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_kinds_of_writes_at_once_get_their_turns() {
    let (_directory, store) = fresh().await;
    let store = store.with_outbox();
    let commits = async |from: u64| {
        let commits: Vec<_> = (from..from + 30).map(first).collect();
        told(&at_once(&store, &commits).await)
    };
    let publish = async {
        for number in 0..20 {
            let before = store.load_catalogue(None).await.unwrap().revision;
            let new = revision(before.number + 1, number);
            let publication = publication(before, new, vec![stored(0, "A")]);
            store.commit_publication(&publication).await.unwrap();
        }
    };
    let erase = async {
        for number in 0..20 {
            store.erase_user(user(number)).await.unwrap();
        }
    };
    let lease = async {
        for number in 0..20 {
            let lease = Lease {
                holder: LeaseHolder(Uuid::from_u128(number)),
                now: at(0),
                until: at(10),
            };
            store.lease_events(lease, 9).await.unwrap();
        }
    };
    let (one, other, ..) = tokio::join!(commits(100), commits(200), publish, erase, lease);
    assert_eq!((one, other), ("k".repeat(30), "k".repeat(30)));
}

#[tokio::test]
async fn a_closed_store_answers_all_who_wait() {
    let (_directory, store) = fresh().await;
    let held = store.writer().acquire().await.unwrap();
    let commits: Vec<_> = (1..=5).map(first).collect();
    let waiting = at_once(&store, &commits);
    let close = async {
        tokio::task::yield_now().await;
        store.close(Duration::from_millis(20)).await.unwrap_err();
        drop(held);
    };
    let (outcomes, ()) = tokio::join!(waiting, close);
    assert_eq!(told(&outcomes), "fffff");
}

/// Engines gather, and the stored data is consistent. The workers are those of the killed processes.
#[tokio::test]
async fn many_users_of_an_engine_share_transactions() {
    let (directory, store) = fresh().await;
    let store = store.with_outbox();
    let engine = Engine::builder(store.clone()).build().await.unwrap();
    engine.publish_catalogue(&catalogue(300)).await.unwrap();
    let before = transactions(&directory);
    let engine = Arc::new(engine);
    let work = async |number| {
        let mut worker = Worker::of_user(&engine, number, 77 + number);
        let mut done = Vec::new();
        for _ in 0..4 {
            done.extend(worker.step().await.unwrap());
        }
        done
    };
    let done = join_all((0..TOGETHER).map(work)).await.concat();
    let made = transactions(&directory) - before;
    println!("{} writes in {made} transactions", done.len());
    assert!(done.len() > 60 && made * 2 < done.len());
    check_done(&engine, &done).await;
    check_whole(&engine, &store).await;
}
