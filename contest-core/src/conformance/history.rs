//! Pages of history: order, cursors, versions and counts.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::conformance::author::Author;
use crate::conformance::check::{At, Failure, Outcome, same, same_items};
use crate::conformance::data::{FIRST, LAST, contest_id, second, solve, user};
use crate::conformance::harness::Harness;
use crate::conformance::race::{step, while_doing};
use crate::id::{ContestId, UserId, Version};
use crate::store::{
    AttemptPage, Commit, ContestList, ContestPage, ContestSelector, HistoryPage, Snapshot,
    TimeOrder,
};
use crate::time::Timestamp;
use crate::user::{AttemptKey, AttemptRecord, ContestRecord};

/// More than any page here.
const ALL: u32 = u32::MAX;
pub(super) const SIZES: [u32; 5] = [1, 2, 7, 24, ALL];

async fn contests(
    h: &Harness,
    user: UserId,
    before: Option<ContestId>,
    limit: u32,
) -> Outcome<ContestList> {
    let page = ContestPage { before, limit };
    Ok(h.other.list_contests(user, page).await?)
}

async fn attempts(
    h: &Harness,
    user: UserId,
    order: TimeOrder,
    after: Option<AttemptKey>,
    limit: u32,
) -> Outcome<HistoryPage<AttemptRecord>> {
    let page = AttemptPage {
        order,
        after,
        limit,
    };
    Ok(h.other.list_attempts(user, page).await?)
}

/// All contests from a cursor on, in pages of this size.
async fn all_contests(
    h: &Harness,
    user: UserId,
    mut before: Option<ContestId>,
    limit: u32,
) -> Outcome<Vec<ContestRecord>> {
    let mut all = Vec::new();
    loop {
        let page = contests(h, user, before, limit).await?.items;
        check_length(page.len(), limit)?;
        let Some(last) = page.last() else {
            return Ok(all);
        };
        before = Some(last.id);
        all.extend(page);
        check_end(all.len())?;
    }
}

/// All attempts from a cursor on, in pages of this size.
pub(super) async fn all_solves(
    h: &Harness,
    user: UserId,
    order: TimeOrder,
    mut after: Option<AttemptKey>,
    limit: u32,
) -> Outcome<Vec<AttemptRecord>> {
    let mut all = Vec::new();
    loop {
        let page = attempts(h, user, order, after, limit).await?.items;
        check_length(page.len(), limit)?;
        let Some(last) = page.last() else {
            return Ok(all);
        };
        after = Some(last.key());
        all.extend(page);
        check_end(all.len())?;
    }
}

fn check_length(length: usize, limit: u32) -> Outcome {
    let limit = usize::try_from(limit)?;
    super::check::ensure(length <= limit, || {
        format!("a page of {length} entries where {limit} were asked for")
    })
}

/// Stops endless paging if a store's pages form a cycle.
fn check_end(length: usize) -> Outcome {
    super::check::ensure(length < 10_000, || "pages do not end".to_owned())
}

async fn with_contests(h: &Harness, numbers: impl IntoIterator<Item = u64>) -> Outcome<Author> {
    let mut alice = Author::new(user(1));
    for number in numbers {
        let contest = alice.contest(number);
        alice.keep(h, alice.inserting(contest)?).await?;
    }
    Ok(alice)
}

/// Entries of the same times, problems and contests in all combinations, unordered.
async fn with_solves(h: &Harness) -> Outcome<Author> {
    let mut alice = Author::new(user(1));
    let contest = |number| Some(contest_id(user(1), number));
    let attempts = (0..45)
        .map(|number| number * 17 % 45)
        .map(|number| AttemptRecord {
            contest: [None, contest(1), contest(2)]
                .into_iter()
                .nth(number % 3)
                .flatten(),
            ..solve(second(number as u64 / 15), number as u64 / 3 % 5)
        });
    alice.keep(h, alice.solving(attempts)).await?;
    Ok(alice)
}

/// A user without data has a revision, but no version and no entries.
pub(super) async fn an_unknown_user_has_nothing(h: &Harness) -> Outcome {
    let unknown = user(9);
    let snapshot = h.store.load_user(unknown, &ContestSelector::Open).await?;
    same("the snapshot", &snapshot, &Snapshot::default())?;
    let page = contests(h, unknown, None, 5).await?;
    same("the contests", &page, &ContestList::default())?;
    let page = attempts(h, unknown, TimeOrder::LatestFirst, None, 5).await?;
    same(
        "the attempts",
        &(page.version, page.items.len()),
        &(None, 0),
    )?;
    let page = h
        .store
        .count_solves(unknown, &[second(0), second(1)])
        .await?;
    same("the counts", &(page.version, page.items), &(None, vec![0]))
}

/// Contests come by descending id, regardless of the order of insertion, in pages without gaps.
pub(super) async fn contests_are_latest_first(h: &Harness) -> Outcome {
    let alice = with_contests(h, (1..24).map(|number| number * 7 % 23 + 1)).await?;
    let expected = alice.kept.latest_contests();
    for size in SIZES {
        let seen = all_contests(h, alice.user, None, size).await?;
        same_items(format_args!("pages of {size}"), &seen, &expected)?;
    }
    Ok(())
}

/// A cursor need not be the id of a contest, and a contest with that id is not part of the page.
pub(super) async fn pages_of_contests_begin_anywhere(h: &Harness) -> Outcome {
    let alice = with_contests(h, [2, 4, 6, 8]).await?;
    for number in 0..10 {
        let before = contest_id(alice.user, number);
        let mut expected = alice.kept.latest_contests();
        expected.retain(|contest| contest.id < before);
        for size in [1, ALL] {
            let seen = all_contests(h, alice.user, Some(before), size).await?;
            same_items(
                format_args!("before {number}, pages of {size}"),
                &seen,
                &expected,
            )?;
        }
    }
    Ok(())
}

/// Pages of contests do not overlap or leave gaps while contests are added.
pub(super) async fn pages_of_contests_meet(h: &Harness) -> Outcome {
    let mut alice = with_contests(h, 1..12).await?;
    let expected = alice.kept.latest_contests();
    let (mut seen, mut before) = (Vec::new(), None);
    for number in 20..40 {
        let page = contests(h, alice.user, before, 2).await?.items;
        before = page.last().map(|contest| contest.id).or(before);
        seen.extend(page);
        let contest = alice.contest(number);
        alice.keep(h, alice.inserting(contest)?).await?;
    }
    same_items("pages while contests are added", &seen, &expected)
}

/// Solves come by key in either direction, equal times by problem and contest, in pages without gaps.
pub(super) async fn solves_are_in_order(h: &Harness) -> Outcome {
    let alice = with_solves(h).await?;
    let mut expected = alice.kept.log();
    for order in [TimeOrder::OldestFirst, TimeOrder::LatestFirst] {
        for size in SIZES {
            let seen = all_solves(h, alice.user, order, None, size).await?;
            same_items(format_args!("{order:?}, pages of {size}"), &seen, &expected)?;
        }
        expected.reverse();
    }
    Ok(())
}

/// A cursor need not be the key of an entry, and an entry with that key is not part of the page.
pub(super) async fn pages_of_solves_begin_anywhere(h: &Harness) -> Outcome {
    let alice = with_solves(h).await?;
    let mut cursors: Vec<_> = alice.kept.attempts.keys().cloned().step_by(4).collect();
    let moved = cursors.iter().map(|key| AttemptKey {
        at: key.at + Duration::from_millis(500),
        ..key.clone()
    });
    let other = cursors.iter().map(|key| AttemptKey {
        contest: Some(contest_id(user(1), 0)),
        ..key.clone()
    });
    let more: Vec<_> = moved.chain(other).collect();
    cursors.extend(more);
    for cursor in cursors {
        check_from(h, &alice, cursor).await?;
    }
    Ok(())
}

/// Compares the log from a cursor on, in both directions, with the model.
pub(super) async fn check_from(h: &Harness, author: &Author, cursor: AttemptKey) -> Outcome {
    let log = author.kept.log();
    let newer = log.iter().filter(|solve| solve.key() > cursor);
    let newer: Vec<_> = newer.cloned().collect();
    let older = log.iter().rev().filter(|solve| solve.key() < cursor);
    let older: Vec<_> = older.cloned().collect();
    for (order, expected) in [
        (TimeOrder::OldestFirst, newer),
        (TimeOrder::LatestFirst, older),
    ] {
        for size in [2, ALL] {
            let after = Some(cursor.clone());
            let seen = all_solves(h, author.user, order, after, size).await?;
            same_items(format_args!("{order:?} from {cursor:?}"), &seen, &expected)?;
        }
    }
    Ok(())
}

/// Pages of attempts do not overlap or leave gaps while entries are added on both sides of the cursor.
pub(super) async fn pages_of_solves_meet(h: &Harness) -> Outcome {
    for order in [TimeOrder::OldestFirst, TimeOrder::LatestFirst] {
        let mut alice = Author::new(user(order as u64));
        let first = (10..30).map(|number| solve(second(number), number));
        alice.keep(h, alice.solving(first)).await?;
        let first: BTreeSet<_> = alice.kept.attempts.keys().cloned().collect();
        let (mut seen, mut after) = (Vec::new(), None);
        for number in 0..12 {
            let page = attempts(h, alice.user, order, after.clone(), 2)
                .await?
                .items;
            after = page.last().map(AttemptRecord::key).or(after);
            seen.extend(
                page.into_iter()
                    .filter(|solve| first.contains(&solve.key())),
            );
            // Behind the cursor in either direction: at the very beginning of the order.
            let at = match order {
                TimeOrder::OldestFirst => second(number % 10),
                TimeOrder::LatestFirst => second(100 + number),
            };
            alice
                .keep(h, alice.solving([solve(at, 500 + number)]))
                .await?;
        }
        let mut expected = alice.kept.log();
        expected.retain(|solve| first.contains(&solve.key()));
        if order == TimeOrder::LatestFirst {
            expected.reverse();
        }
        same_items(
            format_args!("{order:?} while entries are added"),
            &seen,
            &expected,
        )?;
    }
    Ok(())
}

/// A limit of zero returns the version and no entries; a limit of 1 returns the first entry.
pub(super) async fn limits_are_kept(h: &Harness) -> Outcome {
    let mut alice = with_contests(h, 1..4).await?;
    alice
        .keep(
            h,
            alice.solving((1..4).map(|number| solve(second(number), number))),
        )
        .await?;
    for limit in [0, 1, 2, 3, 4, ALL] {
        let length = usize::try_from(limit.min(3))?;
        let expected = (alice.version(), length);
        let page = contests(h, alice.user, None, limit).await?;
        let seen = (page.version(), page.items.len());
        same(format_args!("contests, limit {limit}"), &seen, &expected)?;
        for order in [TimeOrder::OldestFirst, TimeOrder::LatestFirst] {
            let page = attempts(h, alice.user, order, None, limit).await?;
            let seen = (page.version, page.items.len());
            same(format_args!("attempts, limit {limit}"), &seen, &expected)?;
        }
    }
    Ok(())
}

/// Compares counts with the model.
pub(super) async fn check_counts(h: &Harness, author: &Author, bounds: &[Timestamp]) -> Outcome {
    let log = author.kept.log();
    let count = |interval: &[Timestamp]| {
        let inside = log.iter().filter(|solve| {
            solve.is_solve()
                && interval.first() <= Some(&solve.at)
                && interval.last() > Some(&solve.at)
        });
        inside
            .map(|solve| solve.problem)
            .collect::<BTreeSet<_>>()
            .len() as u64
    };
    let expected: Vec<_> = bounds.windows(2).map(count).collect();
    let seen = h.other.count_solves(author.user, bounds).await?;
    same("the version", &seen.version, &author.version())?;
    same(
        format_args!("counts between {} bounds", bounds.len()),
        &seen.items,
        &expected,
    )
}

/// An entry at a bound belongs to the interval that begins there.
pub(super) async fn counted_intervals_are_half_open(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice
        .keep(
            h,
            alice.solving((0..6).map(|number| solve(second(number), number))),
        )
        .await?;
    for step in [1, 2, 5] {
        let bounds: Vec<_> = (0..8).step_by(step).map(second).collect();
        check_counts(h, &alice, &bounds).await?;
    }
    let micros = [0, 1, 2].map(|micros| second(3) + Duration::from_micros(micros));
    check_counts(h, &alice, &micros).await?;
    check_counts(h, &alice, &[FIRST, LAST]).await
}

/// A problem counts once in an interval, however often it was solved, and in every interval in which it
/// was solved; undone entries do not count.
pub(super) async fn counts_are_of_different_live_problems(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let again = (0..12).map(|number| AttemptRecord {
        contest: (number % 2 == 0).then(|| contest_id(user(1), 1)),
        ..solve(second(number), number / 2 % 3)
    });
    alice.keep(h, alice.solving(again)).await?;
    let bounds = [0, 4, 8, 12].map(second);
    check_counts(h, &alice, &bounds).await?;
    for at in [0, 1, 5, 9] {
        let undone = alice
            .kept
            .log()
            .into_iter()
            .filter(|solve| solve.at == second(at));
        let undone = undone.map(|solve| AttemptRecord {
            undone_at: Some(second(50)),
            ..solve
        });
        alice.keep(h, alice.solving(undone)).await?;
        check_counts(h, &alice, &bounds).await?;
    }
    Ok(())
}

/// Without bounds, or with one, there is no interval, but still a version.
pub(super) async fn few_bounds_make_no_interval(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.solving([solve(second(1), 1)])).await?;
    check_counts(h, &alice, &[]).await?;
    check_counts(h, &alice, &[second(1)]).await?;
    check_counts(h, &alice, &[second(1), second(2)]).await
}

/// Thousands of intervals can be counted.
pub(super) async fn thousands_of_intervals_are_counted(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    let attempts = (0..300).map(|number| solve(second(number * 97 % 4_001), number % 40));
    alice.keep(h, alice.solving(attempts)).await?;
    let bounds: Vec<_> = (0..4_001).map(second).collect();
    check_counts(h, &alice, &bounds).await
}

/// Checks, while entries are added, that the number of entries that `page` reads fits its version.
async fn check_versions(
    h: &Harness,
    what: &str,
    page: impl AsyncFn(UserId) -> Outcome<(Option<Version>, u64)>,
) -> Outcome {
    let mut alice = Author::new(user(1));
    let (mut sizes, mut steps) = (HashMap::new(), Vec::new());
    for number in 1..100 {
        let contest = alice.contest(number);
        let commit = Commit {
            attempts: vec![solve(second(number), number)],
            ..alice.inserting(contest)?
        };
        alice.kept.apply(&commit);
        sizes.insert(commit.record.version, number);
        steps.push(step(&h.store, commit));
    }
    while_doing(steps, async || {
        let (version, size) = page(alice.user).await?;
        let expected = match version {
            None => 0,
            Some(version) => {
                let size = sizes.get(&version).copied();
                size.ok_or_else(|| Failure::new(format!("{what}: nothing made {version}")))?
            }
        };
        same(
            format_args!("{what}, entries at this version"),
            &size,
            &expected,
        )
    })
    .await
    .at("while entries are added")
}

/// A page of contests has the version of its instant.
pub(super) async fn pages_of_contests_have_their_version(h: &Harness) -> Outcome {
    check_versions(h, "contests", async |user| {
        let page = contests(h, user, None, ALL).await?;
        Ok((page.version(), page.items.len() as u64))
    })
    .await
}

/// A page of attempts has the version of its instant.
pub(super) async fn pages_of_solves_have_their_version(h: &Harness) -> Outcome {
    check_versions(h, "attempts", async |user| {
        let page = attempts(h, user, TimeOrder::LatestFirst, None, ALL).await?;
        Ok((page.version, page.items.len() as u64))
    })
    .await
}

/// Counts have the version of their instant.
pub(super) async fn counts_have_their_version(h: &Harness) -> Outcome {
    check_versions(h, "counts", async |user| {
        let page = h
            .other
            .count_solves(user, &[FIRST, second(50), LAST])
            .await?;
        Ok((page.version, page.items.iter().sum()))
    })
    .await
}
