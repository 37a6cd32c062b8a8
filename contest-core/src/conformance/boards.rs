//! The contests of rounds, listed by user and by rank.

use std::collections::BTreeMap;
use std::time::Duration;

use uuid::Uuid;

use crate::conformance::author::Author;
use crate::conformance::check::{At, Outcome, ensure, same, same_items};
use crate::conformance::data::{contest_id, round_id, second, user};
use crate::conformance::harness::Harness;
use crate::conformance::race::{step, while_doing};
use crate::id::{RoundId, UserId};
use crate::progress::StandingKeys;
use crate::scoring::{Icpc, Method, Points, RankKey, Score, TimeUnit, Verdict};
use crate::standings::View;
use crate::store::{Commit, ContestWrite, RoundContest, RoundPage};
use crate::user::{ContestRecord, Ending, EndingKind, JudgedAttempt, RoundEntry};

/// More than any list here.
const ALL: u32 = u32::MAX;
const SIZES: [u32; 4] = [1, 2, 7, ALL];
const VIEWS: [View; 2] = [View::Host, View::Public];

/// The contests expected in a round.
type Expected = BTreeMap<UserId, ContestRecord>;

/// An attempt: the index of its problem, the minute, and the verdict.
type Made = (usize, u64, Verdict);

use Verdict::{Accepted, Pending, Rejected};

/// Attempts with which contests rank differently for the host and the public, who sees none from minute 30
/// on. Some rank alike.
const KINDS: [&[Made]; 11] = [
    &[],
    &[(0, 5, Accepted)],
    &[(0, 5, Rejected), (0, 6, Accepted)],
    &[(0, 5, Accepted), (1, 40, Accepted)],
    &[(0, 10, Accepted), (1, 20, Accepted)],
    &[(0, 15, Accepted), (1, 15, Accepted)],
    &[(0, 35, Rejected), (0, 36, Rejected), (0, 59, Accepted)],
    &[(0, 5, Rejected), (1, 6, Pending)],
    &[(1, 5, Accepted), (0, 30, Rejected)],
    &[(0, 10, Accepted), (1, 20, Accepted), (2, 50, Rejected)],
    &[(0, 1, Accepted), (1, 2, Accepted), (2, 29, Accepted)],
];

/// Puts attempts in the place of the contest's.
fn judge(contest: &mut ContestRecord, attempts: &[Made]) {
    for assigned in &mut contest.problems {
        (assigned.mark, assigned.points) = (None, None);
        assigned.attempts.clear();
    }
    for (problem, minute, verdict) in attempts {
        let at = contest.started_at + Duration::from_secs(60 * minute);
        let attempt = JudgedAttempt {
            at,
            submission: None,
            verdict: *verdict,
            score: None,
            recorded_at: at,
            undone_at: None,
        };
        if let Some(assigned) = contest.problems.get_mut(*problem) {
            assigned.attempts.push(attempt);
        }
    }
}

/// The user's contest in the round of this number, frozen after half an hour, with these attempts.
fn contest(author: &Author, number: u64, attempts: &[Made]) -> ContestRecord {
    let mut contest = author.contest(number);
    (contest.started_at, contest.deadline) = (second(0), second(3_600));
    contest.scoring = Icpc::default().with_unit(TimeUnit::Second).into();
    contest.round = Some(RoundEntry {
        round: round_id(number),
        participant: author.user.into(),
        zero: second(0),
        frozen_from: Some(second(1_800)),
        is_virtual: false,
        judged: true,
        extra: Duration::ZERO,
    });
    judge(&mut contest, attempts);
    contest
}

/// Users with contests in the rounds 1 and 2: in round 1 of each kind several, some virtual; and users
/// without one.
async fn crowd(h: &Harness) -> Outcome<(Vec<Author>, Expected)> {
    let (mut crowd, mut expected) = (Vec::new(), Expected::new());
    for number in 0..36 {
        let mut author = Author::new(user(number));
        let kinds = KINDS.into_iter().cycle();
        let mut kinds = kinds.skip(usize::try_from(number)?);
        let mut joined = contest(&author, 1, kinds.next().unwrap_or_default());
        if let Some(entry) = &mut joined.round {
            entry.is_virtual = number % 6 == 4;
        }
        let other = contest(&author, 2, kinds.next().unwrap_or_default());
        if number % 8 != 7 {
            author.keep(h, author.inserting(joined.clone())?).await?;
            expected.insert(author.user, joined);
        }
        author.keep(h, author.inserting(other)?).await?;
        author.keep(h, author.inserting(author.contest(3))?).await?;
        crowd.push(author);
    }
    Ok((crowd, expected))
}

fn keys(contest: &ContestRecord) -> Option<StandingKeys> {
    contest.standing()?.keys
}

const fn key_in(view: View, keys: StandingKeys) -> RankKey {
    match view {
        View::Host => keys.host,
        View::Public => keys.public,
    }
}

/// The contests in the board, best first.
fn ranked(expected: &Expected, view: View) -> Vec<((RankKey, UserId), RoundContest)> {
    let ranked = expected.iter().filter_map(|(user, contest)| {
        let (user, contest) = (*user, contest.clone());
        let key = key_in(view, keys(&contest)?);
        Some(((key, user), RoundContest { user, contest }))
    });
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_by_key(|(key, _)| *key);
    ranked
}

/// A page of contests has at most the requested number.
async fn page(h: &Harness, round: RoundId, page: RoundPage) -> Outcome<Vec<RoundContest>> {
    let seen = h.rounds(1)?.list_round_contests(round, page).await?;
    let (RoundPage::ByUser { limit, .. } | RoundPage::ByRank { limit, .. }) = page;
    ensure(seen.len() <= usize::try_from(limit)?, || {
        format!(
            "a page of {} contests where {limit} were asked for",
            seen.len()
        )
    })?;
    Ok(seen)
}

/// All pages of this size by rank.
async fn all_ranked(
    h: &Harness,
    round: RoundId,
    view: View,
    limit: u32,
) -> Outcome<Vec<RoundContest>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = page(h, round, RoundPage::ByRank { view, after, limit }).await?;
        let last = page
            .last()
            .and_then(|of| Some((of.user, keys(&of.contest)?)));
        let Some((user, keys)) = last else {
            all.extend(page);
            return Ok(all);
        };
        after = Some((key_in(view, keys), user));
        all.extend(page);
        ensure(all.len() < 10_000, || "pages do not end".to_owned())?;
    }
}

/// Compares the boards of a round in both views with the model.
async fn check_boards(h: &Harness, round: RoundId, expected: &Expected) -> Outcome {
    for view in VIEWS {
        let ranked = ranked(expected, view);
        let ranked: Vec<_> = ranked.into_iter().map(|(_, contest)| contest).collect();
        let seen = all_ranked(h, round, view, ALL).await?;
        same_items(format_args!("{view:?}, the board"), &seen, &ranked)?;
    }
    let all = expected.iter().map(|(user, contest)| RoundContest {
        user: *user,
        contest: contest.clone(),
    });
    let by_user = RoundPage::ByUser {
        after: None,
        limit: ALL,
    };
    let seen = page(h, round, by_user).await?;
    same_items("by user", &seen, &all.collect::<Vec<_>>())
}

/// All contests of a round, virtual ones too, come by ascending user in pages without gaps; a cursor need
/// not have one.
pub(super) async fn contests_of_a_round_are_listed_by_user(h: &Harness) -> Outcome {
    let (_, mut expected) = crowd(h).await?;
    let contests = |expected: &Expected| -> Vec<_> {
        let pairs = expected.iter();
        pairs
            .map(|(user, contest)| (*user, contest.clone()))
            .collect()
    };
    let read = async |after: Option<UserId>, limit| {
        let page = page(h, round_id(1), RoundPage::ByUser { after, limit }).await?;
        let pairs = page.into_iter().map(|of| (of.user, of.contest));
        Outcome::Ok(pairs.collect::<Vec<_>>())
    };
    for size in SIZES {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = read(after, size).await?;
            let Some((last, _)) = page.last().filter(|_| seen.len() <= expected.len()) else {
                break;
            };
            after = Some(*last);
            seen.extend(page);
        }
        same_items(format_args!("pages of {size}"), &seen, &contests(&expected))?;
    }
    same_items("a limit of zero", &read(None, 0).await?, &[])?;
    let between = UserId::from_uuid(Uuid::from_u128(1 << 127));
    let seen = read(Some(between), ALL).await?;
    let greater = expected.split_off(&between);
    same_items("after a user without one", &seen, &contests(&greater))?;
    let nowhere = RoundPage::ByUser {
        after: None,
        limit: ALL,
    };
    same_items("of no round", &page(h, round_id(9), nowhere).await?, &[])
}

/// The contests in the board come by rank, equal ones by user, in each view by its keys, in pages without
/// gaps. Those of virtual participants are not among them.
pub(super) async fn contests_of_a_round_are_listed_by_rank(h: &Harness) -> Outcome {
    let (_, expected) = crowd(h).await?;
    for view in VIEWS {
        let ranked = ranked(&expected, view);
        let contests: Vec<_> = ranked.iter().map(|(_, of)| of.clone()).collect();
        for size in SIZES {
            let seen = all_ranked(h, round_id(1), view, size).await?;
            let what = format!("{view:?}, pages of {size}");
            same_items(what, &seen, &contests)?;
        }
        let none = RoundPage::ByRank {
            view,
            after: None,
            limit: 0,
        };
        same_items("a limit of zero", &page(h, round_id(1), none).await?, &[])?;
        let seen = all_ranked(h, round_id(9), view, ALL).await?;
        same_items("of no round", &seen, &[])?;
    }
    Ok(())
}

/// The smallest and the greatest key, and those of the contests.
fn keys_to_ask(ranked: &[((RankKey, UserId), RoundContest)]) -> Vec<RankKey> {
    let keys = ranked.iter().map(|((key, _), _)| *key);
    let ends = [RankKey::from([0; 24]), RankKey::from([0xff; 24])];
    ends.into_iter().chain(keys).collect()
}

/// A page by rank begins after any key and user.
pub(super) async fn pages_by_rank_begin_anywhere(h: &Harness) -> Outcome {
    let (_, expected) = crowd(h).await?;
    let users = [Uuid::nil(), Uuid::from_u128(1 << 127), Uuid::max()].map(UserId::from_uuid);
    for view in VIEWS {
        let ranked = ranked(&expected, view);
        for key in keys_to_ask(&ranked) {
            for user in users {
                let after = Some((key, user));
                let rest = ranked.iter().filter(|(place, _)| *place > (key, user));
                let rest: Vec<_> = rest.map(|(_, contest)| contest.clone()).collect();
                let whole = RoundPage::ByRank {
                    view,
                    after,
                    limit: ALL,
                };
                let seen = page(h, round_id(1), whole).await?;
                same_items(
                    format_args!("{view:?}, after {key:?}, {user}"),
                    &seen,
                    &rest,
                )?;
            }
        }
    }
    Ok(())
}

/// The contests that rank before a key are counted, in each view by its keys.
pub(super) async fn better_contests_are_counted(h: &Harness) -> Outcome {
    let (_, expected) = crowd(h).await?;
    for view in VIEWS {
        let ranked = ranked(&expected, view);
        for key in keys_to_ask(&ranked) {
            let better = ranked.iter().filter(|((other, _), _)| *other < key).count();
            let rounds = h.rounds(1)?;
            let seen = rounds.count_ranked(round_id(1), view, key).await?;
            let what = format!("{view:?}, contests before {key:?}");
            same(what, &seen, &u64::try_from(better)?)?;
            let seen = rounds.count_ranked(round_id(9), view, key).await?;
            same("contests of no round", &seen, &0)?;
        }
    }
    Ok(())
}

/// Scores that differ by a millionth of a point rank differently, and so do the greatest ones.
pub(super) async fn ranks_are_exact(h: &Harness) -> Outcome {
    let mut expected = Expected::new();
    let most = Points::MAX.millionths();
    let scores = [
        0,
        1,
        2,
        999_999,
        1_000_000,
        1_000_001,
        1 << 53,
        (1 << 53) + 1,
    ];
    let scores = scores.into_iter().chain([most - 1, most, most, 1]);
    for (millionths, number) in scores.zip(0..) {
        let mut author = Author::new(user(number));
        let mut joined = contest(&author, 1, &[(0, 1, Accepted), (1, 2, Accepted)]);
        joined.scoring = Method::Best.into();
        for assigned in &mut joined.problems {
            for attempt in &mut assigned.attempts {
                attempt.score = Some(Score::of(Points::from_millionths(millionths)));
            }
        }
        author.keep(h, author.inserting(joined.clone())?).await?;
        expected.insert(author.user, joined);
    }
    check_boards(h, round_id(1), &expected).await
}

/// When a contest changes, its place in the board follows.
pub(super) async fn ranks_follow_changes(h: &Harness) -> Outcome {
    let mut expected = Expected::new();
    let mut crowd: Vec<_> = (0..6).map(|number| Author::new(user(number))).collect();
    for author in &mut crowd {
        let joined = contest(author, 1, &[(0, 5, Accepted)]);
        author.keep(h, author.inserting(joined.clone())?).await?;
        expected.insert(author.user, joined);
    }
    check_boards(h, round_id(1), &expected).await?;
    for (attempts, number) in KINDS.into_iter().cycle().zip(0..33) {
        let Some(author) = crowd.get_mut(number * 5 % 6) else {
            continue;
        };
        let mut changed = contest(author, 1, attempts);
        // Attempts after the end do not count.
        changed.ending = (number % 4 == 3).then(|| Ending {
            kind: EndingKind::Completed,
            at: second(16 * 60),
        });
        let commit = Commit {
            contest: Some(ContestWrite::Update(changed.clone())),
            ..author.next()
        };
        author.keep(h, commit).await?;
        expected.insert(author.user, changed);
        let checked = check_boards(h, round_id(1), &expected).await;
        checked.at(format_args!("after change {number}"))?;
    }
    Ok(())
}

/// A page by rank is of one instant: each contest has the place that it has by its own value, and none is
/// missing or listed twice, while contests change.
pub(super) async fn a_page_by_rank_is_of_one_instant(h: &Harness) -> Outcome {
    let mut crowd: Vec<_> = (0..6).map(|number| Author::new(user(number))).collect();
    for author in &mut crowd {
        let joined = contest(author, 1, &[]);
        author.keep(h, author.inserting(joined)?).await?;
    }
    let mut steps = Vec::new();
    for (attempts, number) in KINDS.into_iter().cycle().zip(0..90) {
        let Some(author) = crowd.get_mut(number * 5 % 6) else {
            continue;
        };
        let commit = Commit {
            contest: Some(ContestWrite::Update(contest(author, 1, attempts))),
            ..author.next()
        };
        author.kept.apply(&commit);
        steps.push(step(&h.store, commit));
    }
    let users = crowd.iter().map(|author| author.user);
    let mut users: Vec<_> = users.collect();
    users.sort_unstable();
    while_doing(steps, async || {
        let seen = all_ranked(h, round_id(1), View::Host, ALL).await?;
        let by_user = seen.iter().map(|of| (of.user, of.contest.clone()));
        let ranked = ranked(&by_user.collect(), View::Host);
        let ranked: Vec<_> = ranked.into_iter().map(|(_, contest)| contest).collect();
        same_items("the board", &seen, &ranked)?;
        let mut listed: Vec<_> = seen.iter().map(|of| of.user).collect();
        listed.sort_unstable();
        same_items("the users in the board", &listed, &users)
    })
    .await
}

/// Contests that are pruned, or whose users are erased, leave the board. Those of users who are taken from
/// the list of the round stay.
pub(super) async fn deleted_contests_leave_the_board(h: &Harness) -> Outcome {
    let (mut crowd, mut expected) = crowd(h).await?;
    let (first, second) = (crowd.swap_remove(1), crowd.swap_remove(2));
    h.rounds(0)?
        .remove_members(round_id(1), &[first.user])
        .await?;
    check_boards(h, round_id(1), &expected).await?;
    h.store.erase_user(first.user).await?;
    expected.remove(&first.user);
    check_boards(h, round_id(1), &expected).await?;
    let commit = Commit {
        prune_before: Some(contest_id(second.user, 2)),
        ..second.next()
    };
    h.store.commit_user(&commit).await?;
    expected.remove(&second.user);
    check_boards(h, round_id(1), &expected).await
}

/// Rounds, their lists and their boards survive reopening.
pub(super) async fn rounds_survive_reopening(h: &Harness) -> Outcome {
    let (_, expected) = crowd(h).await?;
    let stored = super::rounds::put_round(h, 1).await?;
    let members = [crate::store::Member::alone(user(1))];
    h.rounds(0)?.put_members(stored.id, &members).await?;
    let Some(h) = &h.reopened().await? else {
        return Ok(());
    };
    let rounds = h.rounds(0)?;
    let seen = rounds.load_round(stored.id, Some(user(1))).await?;
    let listed = Some(user(1).into());
    let round = stored.clone();
    let expected_round = crate::store::ListedRound { round, listed };
    same("the round", &seen, &Some(expected_round))?;
    let seen = rounds.list_members(stored.id, None, ALL).await?;
    same_items("the users in the round", &seen, &members)?;
    check_boards(h, stored.id, &expected).await?;
    let next = super::rounds::version_of(stored.id, stored.round);
    rounds.commit_round(Some(stored.version), &next).await?;
    Ok(())
}
