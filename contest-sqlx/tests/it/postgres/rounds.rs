//! Rounds: lists of users, contests by rank, and the columns that rank them.

use std::time::Duration;

use contest_core::progress::StandingRows;
use contest_core::standings::View;
use contest_core::store::{
    Commit, CommitError, ContestSelector, ContestWrite, Member, RoundRepository as _,
    UserRepository as _,
};
use contest_core::user::{ContestRecord, JudgedAttempt, RoundEntry};
use contest_sqlx::postgres::PgStore;
use futures::future::{join, join_all};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::fixture::{
    at, attempt, commit, contest, creation, record, request, store, user, version, waiting,
};
use crate::support::rounds::{self, order, round_id, stored};

/// A contest of the round 0. Attempts made from its start on are hidden from the public.
fn in_round(contest: ContestRecord, is_virtual: bool) -> ContestRecord {
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

/// The first commit of a user: a contest of the round 0.
fn joining(number: u128, is_virtual: bool) -> Commit {
    let mut first = creation(user(number));
    let contest = in_round(contest_of(&first).clone(), is_virtual);
    first.contest = Some(ContestWrite::Insert {
        contest,
        request: Box::new(request(0)),
    });
    first
}

fn contest_of(commit: &Commit) -> &ContestRecord {
    commit.contest.as_ref().unwrap().contest()
}

/// A commit that changes the contest of another one.
fn changing(before: &Commit, change: impl FnOnce(&mut ContestRecord)) -> Commit {
    let mut contest = contest_of(before).clone();
    change(&mut contest);
    let mut next = commit(
        before.user,
        Some(before.record.version),
        before.record.clone(),
    );
    next.record.version = version();
    next.contest = Some(ContestWrite::Update(contest));
    next
}

fn mark_another(contest: &mut ContestRecord) {
    contest.problems[3].mark = contest.problems[0].mark;
}

fn reject(contest: &mut ContestRecord) {
    let rejected = attempt(2, 3, "1", "rejected".parse().unwrap());
    contest.problems[3].attempts.push(JudgedAttempt {
        at: rejected.at,
        submission: rejected.submission,
        verdict: rejected.verdict,
        score: None,
        recorded_at: at(3),
        undone_at: None,
    });
}

/// The round, then the rank and the row of each view.
type Columns = (
    Option<Uuid>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
);

async fn columns(store: &PgStore, number: u128) -> Columns {
    let columns = format!(
        "SELECT round, host_rank, public_rank, host_row, public_row FROM {}.contests WHERE user_id = $1",
        store.schema()
    );
    let columns = sqlx::query_as(AssertSqlSafe(columns)).bind(user(number).as_uuid());
    columns.fetch_one(store.pool()).await.unwrap()
}

fn expected_columns(commit: &Commit) -> Columns {
    let standing = contest_of(commit).standing(commit.user).unwrap();
    let StandingRows { host, public } = standing.rows.unwrap();
    let round = Some(standing.round.as_uuid());
    let [host_rank, public_rank] = [&host, &public].map(|row| Some(row.key.to_bytes().to_vec()));
    let [host, public] = [host, public].map(|row| Some(row.to_bytes()));
    (round, host_rank, public_rank, host, public)
}

#[tokio::test]
async fn a_contest_has_ranks_only_in_the_board_of_a_round() {
    let store = store().await;
    store.commit_user(&creation(user(1))).await.unwrap();
    assert_eq!(columns(&store, 1).await, (None, None, None, None, None));
    let beside = joining(2, true);
    store.commit_user(&beside).await.unwrap();
    let round = Some(round_id(0).as_uuid());
    assert_eq!(columns(&store, 2).await, (round, None, None, None, None));
    let change = changing(&beside, mark_another);
    store.commit_user(&change).await.unwrap();
    assert_eq!(columns(&store, 2).await, (round, None, None, None, None));

    let within = joining(3, false);
    store.commit_user(&within).await.unwrap();
    let before = columns(&store, 3).await;
    assert_eq!(before, expected_columns(&within));
    assert_ne!(before.1, before.2, "the public sees no mark");
    let change = changing(&within, mark_another);
    store.commit_user(&change).await.unwrap();
    let after = columns(&store, 3).await;
    assert_eq!(after, expected_columns(&change));
    assert!(after.1 < before.1, "more points sort first");
    assert_eq!(after.2, before.2);

    let selector = ContestSelector::Round(round_id(0));
    for (number, expected) in [(1, None), (3, Some(contest_of(&change)))] {
        let found = store.load_user(user(number), &selector).await.unwrap();
        assert_eq!(found.contest.as_ref(), expected);
    }
}

#[tokio::test]
async fn a_second_contest_in_a_round_is_a_conflict() {
    let store = store().await;
    let first = joining(1, false);
    store.commit_user(&first).await.unwrap();
    let mut second = commit(user(1), Some(first.record.version), record(None));
    second.contest = Some(ContestWrite::Insert {
        contest: in_round(contest(9, None), true),
        request: Box::new(request(0)),
    });
    let outcome = store.commit_user(&second).await;
    assert!(matches!(outcome, Err(CommitError::Conflict)), "{outcome:?}");
    let other = Commit {
        user: user(2),
        expected: None,
        ..second
    };
    store.commit_user(&other).await.unwrap();
}

/// How many rows of contests a commit updates, and how many of them in place, without changing an index.
async fn updates(store: &PgStore, commit: &Commit) -> (i64, i64) {
    // The counts include transactions of this connection that ended a moment ago.
    let counts = async |connection: &mut PgConnection| -> (i64, i64) {
        let counts = format!(
            "SELECT pg_stat_get_xact_tuples_updated(t), pg_stat_get_xact_tuples_hot_updated(t) \
             FROM (SELECT '{}.contests'::regclass::oid) t (t)",
            store.schema()
        );
        let counts = sqlx::query_as(AssertSqlSafe(counts));
        counts.fetch_one(connection).await.unwrap()
    };
    let mut transaction = store.pool().begin().await.unwrap();
    let before = counts(&mut transaction).await;
    let transaction = store.in_transaction(transaction);
    transaction.store().commit_user(commit).await.unwrap();
    let mut transaction = transaction.finish().await.unwrap();
    let after = counts(&mut transaction).await;
    transaction.commit().await.unwrap();
    (after.0 - before.0, after.1 - before.1)
}

#[tokio::test]
async fn a_mark_changes_indexes_of_contests_only_if_it_changes_a_rank() {
    let store = store().await;
    let (outside, within) = (creation(user(1)), joining(2, false));
    for first in [&outside, &within] {
        store.commit_user(first).await.unwrap();
    }
    assert_eq!(
        updates(&store, &changing(&outside, mark_another)).await,
        (1, 1)
    );
    let rejected = changing(&within, reject);
    assert_eq!(updates(&store, &rejected).await, (1, 1));
    let marked = changing(&rejected, mark_another);
    assert_eq!(updates(&store, &marked).await, (1, 0));
}

/// While one commit runs, the others wait and go together: with contests in a round, beside the board, and
/// outside.
#[tokio::test(flavor = "multi_thread")]
async fn gathered_commits_write_ranks_too() {
    let store = store().await.with_gathering();
    let mut latest = Vec::new();
    for number in 1..=30 {
        let first = commit(user(number), None, record(None));
        store.commit_user(&first).await.unwrap();
        let mut joining = joining(number, number % 3 == 1);
        if number % 3 == 2 {
            joining.contest = creation(user(number)).contest;
        }
        joining.expected = Some(first.record.version);
        latest.push(joining);
    }
    for step in 0..2 {
        let commits = latest.iter().map(|commit| store.commit_user(commit));
        for outcome in join_all(commits).await {
            outcome.unwrap();
        }
        for commit in &latest {
            let number = commit.user.as_uuid().as_u128();
            let round = Some(round_id(0).as_uuid());
            let expected = match number % 3 {
                0 => expected_columns(commit),
                1 => (round, None, None, None, None),
                _ => (None, None, None, None, None),
            };
            assert_eq!(columns(&store, number).await, expected, "{number} {step}");
        }
        let marked = latest.iter().map(|commit| changing(commit, mark_another));
        latest = marked.collect();
    }
    store.commit_round(None, &stored(0, 1)).await.unwrap();
    let found = order(&store, View::Host).await;
    let expected: Vec<_> = (1..=9).map(|place| user(place * 3)).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_mark_moves_its_row() {
    rounds::a_mark_moves_its_row(store().await).await;
    rounds::a_mark_moves_its_row(store().await.with_gathering()).await;
}

#[tokio::test]
async fn ten_thousand_users_are_listed_at_once() {
    rounds::ten_thousand_users_are_listed_at_once(store().await).await;
}

/// Each call is one statement, so another connection sees all of it or nothing.
#[tokio::test(flavor = "multi_thread")]
async fn lists_that_race_are_whole() {
    rounds::lists_that_race_are_whole(store().await).await;
}

/// So that such statements do not deadlock with each other: the store would repeat them, after a second.
#[tokio::test]
async fn users_are_locked_in_one_order() {
    let store = store().await;
    let members = [3, 2, 1].map(|number| Member::alone(user(number)));
    let users = members.map(|member| member.user);
    store.put_members(round_id(0), &members).await.unwrap();
    let rows = |more: &str| {
        let members = format!("{}.round_members", store.schema());
        AssertSqlSafe(format!("SELECT user_id FROM {members} {more}"))
    };
    for call in [
        store.put_members(round_id(0), &members),
        store.remove_members(round_id(0), &users),
    ] {
        let mut holder = store.pool().begin().await.unwrap();
        let lock = sqlx::query(rows("WHERE user_id = $1 FOR UPDATE"));
        let lock = lock.bind(user(2).as_uuid()).execute(&mut *holder);
        lock.await.unwrap();
        let others = async {
            waiting(&store, 1).await;
            let free = sqlx::query_scalar::<_, Uuid>(rows("FOR UPDATE SKIP LOCKED"));
            let free = free.fetch_all(store.pool()).await.unwrap();
            assert_eq!(free, [user(3).as_uuid()]);
            holder.rollback().await.unwrap();
        };
        let (done, ()) = join(call, others).await;
        done.unwrap();
    }
}

#[tokio::test]
async fn a_listed_user_without_a_record_is_erased() {
    rounds::a_listed_user_is_erased(store().await).await;
}

#[tokio::test]
async fn a_round_is_visible_once_the_host_commits() {
    let store = store().await;
    let transaction = store.in_transaction(store.pool().begin().await.unwrap());
    let inside = transaction.store();
    let finish = async || transaction.finish().await.unwrap().commit().await.unwrap();
    rounds::a_round_is_visible_once_the_host_commits(inside, store, finish).await;
}
