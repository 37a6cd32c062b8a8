//! History: pages of contests and solves.

use std::collections::BTreeSet;

use contest_core::model::SubmissionId;
use contest_core::scoring::{Points, Score, Verdict};
use contest_core::store::{
    AttemptPage, ContestList, ContestPage, HistoryRepository, TimeOrder, UserRepository,
};
use contest_core::time::Timestamp;
use contest_core::user::AttemptRecord;
use contest_sqlx::sqlite::SqliteStore;

use super::scene::{at, commit, contest, contest_id, creation, fresh, solve, user, version};
use crate::support::Dice;

#[tokio::test]
async fn contests_are_listed_latest_first_with_the_version() {
    let (_directory, store) = fresh().await;
    let page = |before: Option<u64>, limit| ContestPage {
        before: before.map(contest_id),
        limit,
    };
    let none = store.list_contests(user(1), page(None, 9)).await.unwrap();
    assert_eq!(none, ContestList::default());
    for number in 1..=5 {
        let expected = (number > 1).then_some(number - 1);
        let created = creation(user(1), expected, number, contest(number));
        store.commit_user(&created).await.unwrap();
    }
    for (page, expected) in [
        (page(None, 2), &[5, 4][..]),
        (page(Some(4), 9), &[3, 2, 1]),
        (page(Some(1), 9), &[]),
        (page(None, 0), &[]),
    ] {
        let answer = store.list_contests(user(1), page).await.unwrap();
        let items: Vec<_> = expected.iter().map(|n| contest(*n)).collect();
        let version = Some(version(5));
        assert_eq!((answer.version(), answer.items), (version, items));
    }
}

/// Entries with few times and few problems, so that keys differ in every part.
async fn fill(store: &SqliteStore) -> Vec<AttemptRecord> {
    let mut dice = Dice(5);
    let mut solves = std::collections::BTreeMap::new();
    for _ in 0..600 {
        let time = i64::try_from(dice.below(8)).unwrap() - 4;
        let contest = dice.pick(&[None, Some(1), Some(2)]);
        let mut solve = solve(time, dice.below(6), contest);
        solve.submission = dice
            .pick(&[None, Some("a"), Some("B"), Some("10"), Some("9")])
            .map(|submission| SubmissionId::new(submission).unwrap());
        let verdicts = [
            "accepted",
            "pending",
            "rejected",
            "compile_error",
            "not_counted",
        ];
        solve.verdict = dice.pick(&verdicts).parse().unwrap();
        let decimals = Points::try_from(0.123_456).unwrap();
        let score = Score::out_of(decimals, Points::from(7)).unwrap();
        solve.score = (dice.below(2) == 0).then_some(score);
        solve.undone_at = (dice.below(3) == 0).then_some(at(99));
        solve.epoch = dice.below(9);
        solves.insert(solve.key(), solve);
    }
    let solves: Vec<_> = solves.into_values().collect();
    let mut first = commit(user(1), None, 1);
    first.attempts.clone_from(&solves);
    store.commit_user(&first).await.unwrap();
    let mut other = commit(user(2), None, 7);
    other.attempts = vec![solve(0, 1, None)];
    store.commit_user(&other).await.unwrap();
    solves
}

async fn walk(store: &SqliteStore, order: TimeOrder, limit: u32) -> Vec<AttemptRecord> {
    let (mut all, mut after) = (vec![], None);
    loop {
        let page = AttemptPage {
            order,
            after,
            limit,
        };
        let page = store.list_attempts(user(1), page).await.unwrap();
        assert_eq!(page.version, Some(version(1)));
        let Some(last) = page.items.last() else {
            return all;
        };
        after = Some(last.key());
        all.extend(page.items);
    }
}

#[tokio::test]
async fn solves_are_listed_in_both_directions() {
    let (_directory, store) = fresh().await;
    let mut solves = fill(&store).await;
    for limit in [1, 7, 1_000] {
        assert_eq!(walk(&store, TimeOrder::OldestFirst, limit).await, solves);
        solves.reverse();
        assert_eq!(walk(&store, TimeOrder::LatestFirst, limit).await, solves);
        solves.reverse();
    }
    assert_eq!(walk(&store, TimeOrder::LatestFirst, 0).await, []);
}

#[tokio::test]
async fn a_solve_is_put_over_the_entry_of_its_key_only() {
    let (_directory, store) = fresh().await;
    let (marked, elsewhere) = (solve(5, 1, Some(1)), solve(5, 1, None));
    let mut first = commit(user(1), None, 1);
    first.attempts = vec![marked.clone(), elsewhere.clone()];
    store.commit_user(&first).await.unwrap();
    let undone = AttemptRecord {
        undone_at: Some(at(6)),
        verdict: Verdict::Rejected,
        score: Some(Score::of(Points::ONE)),
        ..marked
    };
    let mut second = commit(user(1), Some(1), 2);
    second.attempts = vec![undone.clone()];
    store.commit_user(&second).await.unwrap();
    let page = AttemptPage {
        order: TimeOrder::OldestFirst,
        after: None,
        limit: 9,
    };
    let page = store.list_attempts(user(1), page).await.unwrap();
    assert_eq!(page.items, [elsewhere, undone]);
}

fn counted(solves: &[AttemptRecord], bounds: &[Timestamp]) -> Vec<u64> {
    let count = |pair: &[Timestamp]| {
        let inside = |s: &&AttemptRecord| s.is_solve() && (pair[0]..pair[1]).contains(&s.at);
        let problems: BTreeSet<_> = solves.iter().filter(inside).map(|s| s.problem).collect();
        problems.len() as u64
    };
    bounds.windows(2).map(count).collect()
}

#[tokio::test]
async fn solves_are_counted_between_bounds() {
    let (_directory, store) = fresh().await;
    let solves = fill(&store).await;
    for bounds in [
        &[][..],
        &[0],
        &[-1, 1],
        &[-100, -4, -3, 0, 2, 4, 100],
        &[50, 60],
    ] {
        let bounds: Vec<_> = bounds.iter().copied().map(at).collect();
        let counts = store.count_solves(user(1), &bounds).await.unwrap();
        assert_eq!(counts.items, counted(&solves, &bounds));
        assert_eq!(counts.version, Some(version(1)));
        let counts = store.count_solves(user(3), &bounds).await.unwrap();
        assert_eq!(counts.items, counted(&[], &bounds));
        assert_eq!(counts.version, None);
    }
}

#[tokio::test]
async fn a_long_import_is_one_commit() {
    let (_directory, store) = fresh().await;
    let mut import = commit(user(1), None, 1);
    import.attempts = (0..2_500).map(|n| solve(n, 1, None)).collect();
    store.commit_user(&import).await.unwrap();
    assert_eq!(
        walk(&store, TimeOrder::OldestFirst, 9_999).await,
        import.attempts
    );
}
