//! Rounds: lists of users, contests by rank, and the columns that rank them.

use std::time::Duration;

use contest_core::store::{
    Commit, CommitError, ContestSelector, ContestWrite, UserRepository as _,
};
use contest_core::user::{ContestRecord, Mark, RoundEntry};
use contest_sqlx::sqlite::SqliteStore;
use futures::future::join_all;
use uuid::Uuid;

use super::scene::{at, commit, contest, creation, fresh, user};
use crate::support::rounds::{self, round_id};

/// A contest of the round 0. Attempts made from its start on are hidden from the public.
fn in_round(number: u64, is_virtual: bool) -> ContestRecord {
    let contest = contest(number);
    let entry = RoundEntry {
        round: round_id(0),
        participant: user(1).into(),
        zero: contest.started_at,
        frozen_from: Some(contest.started_at),
        is_virtual,
        judged: false,
        extra: Duration::ZERO,
    };
    ContestRecord {
        round: Some(entry),
        ..contest
    }
}

/// A commit that marks a problem of a contest.
fn marking(number: u64, expected: u64, mut contest: ContestRecord) -> Commit {
    contest.problems[0].mark = Some(Mark {
        at: at(2_000_000),
        newly: true,
        judged: false,
    });
    let mut next = commit(user(number), Some(expected), expected + 1);
    next.contest = Some(ContestWrite::Update(contest));
    next
}

type Columns = (Option<Uuid>, Option<Vec<u8>>, Option<Vec<u8>>);

async fn columns(store: &SqliteStore, number: u64) -> Columns {
    let columns = "SELECT round, host_rank, public_rank FROM contests WHERE user_id = ?1";
    let columns = sqlx::query_as(columns).bind(user(number).as_uuid());
    columns.fetch_one(store.reader()).await.unwrap()
}

fn expected_columns(contest: &ContestRecord) -> Columns {
    let Some(standing) = contest.standing() else {
        return (None, None, None);
    };
    let bytes = |key: contest_core::scoring::RankKey| key.to_bytes().to_vec();
    let host = standing.keys.map(|keys| bytes(keys.host));
    let public = standing.keys.map(|keys| bytes(keys.public));
    (Some(standing.round.as_uuid()), host, public)
}

/// Alone, and in groups of commits with the same parts.
#[tokio::test]
async fn a_contest_has_ranks_only_in_the_board_of_a_round() {
    for users in [1..4, 1..40] {
        let (_directory, store) = fresh().await;
        let contest_of = |number: u64| match number % 3 {
            0 => in_round(number, false),
            1 => in_round(number, true),
            _ => contest(number),
        };
        let first: Vec<_> = users
            .map(|number| creation(user(number), None, 1, contest_of(number)))
            .collect();
        let number = |commit: &Commit| (commit.user.as_uuid().as_u128() & 0xff) as u64;
        let marks = first.iter().map(|first| {
            let contest = first.contest.as_ref().unwrap().contest();
            marking(number(first), 1, contest.clone())
        });
        let marks: Vec<_> = marks.collect();
        for commits in [&first, &marks] {
            let outcomes = commits.iter().map(|commit| store.commit_user(commit));
            for outcome in join_all(outcomes).await {
                outcome.unwrap();
            }
            for commit in commits {
                let expected = expected_columns(commit.contest.as_ref().unwrap().contest());
                assert_eq!(columns(&store, number(commit)).await, expected);
            }
        }
        let (_, host, public) = columns(&store, 3).await;
        assert!(
            host < public,
            "more points sort first, and the public sees no mark"
        );
        let selector = ContestSelector::Round(round_id(0));
        for (number, joined) in [(2, false), (3, true)] {
            let found = store.load_user(user(number), &selector).await.unwrap();
            assert_eq!(found.contest.is_some(), joined);
        }
    }
}

#[tokio::test]
async fn a_second_contest_in_a_round_is_a_conflict() {
    let (_directory, store) = fresh().await;
    let first = creation(user(1), None, 1, in_round(1, false));
    store.commit_user(&first).await.unwrap();
    let second = creation(user(1), Some(1), 2, in_round(2, true));
    let outcome = store.commit_user(&second).await;
    assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}");
    let other = creation(user(2), None, 2, in_round(2, true));
    store.commit_user(&other).await.unwrap();
}

#[tokio::test]
async fn a_mark_moves_its_row() {
    let (_directory, store) = fresh().await;
    rounds::a_mark_moves_its_row(store).await;
}

#[tokio::test]
async fn ten_thousand_users_are_listed_at_once() {
    let (_directory, store) = fresh().await;
    rounds::ten_thousand_users_are_listed_at_once(store).await;
}

/// Each call is one transaction, so another connection sees all of it or nothing.
#[tokio::test(flavor = "multi_thread")]
async fn lists_that_race_are_whole() {
    let (_directory, store) = fresh().await;
    rounds::lists_that_race_are_whole(store).await;
}

#[tokio::test]
async fn a_listed_user_without_a_record_is_erased() {
    let (_directory, store) = fresh().await;
    rounds::a_listed_user_is_erased(store).await;
}

#[tokio::test]
async fn a_round_is_visible_once_the_host_commits() {
    let (_directory, store) = fresh().await;
    let transaction = store.writer().begin_with("BEGIN IMMEDIATE").await.unwrap();
    let transaction = store.in_transaction(transaction);
    let inside = transaction.store();
    let finish = async || transaction.finish().await.unwrap().commit().await.unwrap();
    rounds::a_round_is_visible_once_the_host_commits(inside, store, finish).await;
}
