//! Rounds: kept whole, changed by compare-and-set, and listed.

use std::time::Duration;

use futures::FutureExt;
use uuid::Uuid;

use crate::conformance::check::{At, Failure, Outcome, conflict, ensure, same, same_items};
use crate::conformance::data::{
    FIRST, LAST, fresh_version, problem_id, round_id, scorings, second, user,
};
use crate::conformance::harness::Harness;
use crate::conformance::race::{drop_after, race};
use crate::id::{RoundId, UserId, Version};
use crate::model::Title;
use crate::scoring::Points;
use crate::standings::{Admission, Freeze, Judging, Round, RoundProblem};
use crate::store::{CommitError, ListedRound, Member, StoredRound};

/// More than any list here.
const ALL: u32 = u32::MAX;
const RACERS: u64 = 8;
/// More polls than any call gets before it is dropped.
const POLLS: u32 = 48;

/// A value of the round of this number: rounds of different numbers differ.
pub(super) fn round(number: u64) -> Outcome<Round> {
    let problems = (number..number + 3).map(|number| {
        let points = Points::from_millionths(number * 1_000_001);
        RoundProblem::new(problem_id(number)).with_points(points)
    });
    let round = Round::new(second(number), second(number + 3_600), problems)?;
    Ok(round.with_title(Title::new(format!("Round {number} – „größer“ 木 🌲"))?))
}

/// A new version of a round.
pub(super) fn version_of(id: RoundId, round: Round) -> StoredRound {
    StoredRound {
        id,
        version: fresh_version(),
        round,
    }
}

/// Stores the round of this number through the first handle.
pub(super) async fn put_round(h: &Harness, number: u64) -> Outcome<StoredRound> {
    let stored = version_of(round_id(number), round(number)?);
    h.rounds(0)?.commit_round(None, &stored).await?;
    Ok(stored)
}

/// Checks that both handles read this round.
async fn check_round(h: &Harness, id: RoundId, expected: Option<&StoredRound>) -> Outcome {
    for handle in 0..2 {
        let seen = h.rounds(handle)?.load_round(id, None).await?;
        let seen = seen.map(|listed| listed.round);
        same(format_args!("{id}"), &seen.as_ref(), &expected)?;
    }
    Ok(())
}

/// Rounds of all kinds: scorings, freezes, admissions, with and without the optional parts.
fn rounds_of_all_kinds() -> Outcome<Vec<Round>> {
    let mut rounds = Vec::new();
    for (scoring, number) in scorings().into_iter().zip(0..) {
        let freeze = Freeze::from(second(number + 1_800));
        let (freeze, admission) = match number % 3 {
            0 => (None, Admission::Anyone),
            1 => (Some(freeze), Admission::Listed),
            _ => (Some(freeze.lifted(LAST)), Admission::Teams),
        };
        let mut round = round(number)?
            .with_scoring(scoring)
            .with_freeze(freeze)
            .with_admission(admission);
        if number % 2 == 0 {
            round = round
                .with_judging(Judging::Host)
                .with_personal_limit(Duration::from_micros(1_800_000_001 + number));
        }
        rounds.push(round);
    }
    let none = Round::new(FIRST, LAST, [])?;
    rounds.push(none.with_freeze(Freeze::from(FIRST).lifted(FIRST)));
    let many = (0..1_000).map(|number| RoundProblem::new(problem_id(number * 7 % 1_000)));
    let long = Title::new("木🌲\"'\\".repeat(40))?;
    rounds.push(Round::new(second(0), second(0), many)?.with_title(long));
    Ok(rounds)
}

/// Rounds of all kinds can be read back unchanged.
pub(super) async fn rounds_are_kept_whole(h: &Harness) -> Outcome {
    check_round(h, round_id(1), None).await?;
    let mut kept = Vec::new();
    for (round, number) in rounds_of_all_kinds()?.into_iter().zip(0..) {
        let stored = version_of(round_id(number), round);
        let rounds = h.rounds(number)?;
        rounds.commit_round(None, &stored).await?;
        kept.push(stored);
    }
    for stored in &kept {
        check_round(h, stored.id, Some(stored)).await?;
    }
    // Each takes the value of another one.
    for (place, number) in (0..kept.len()).zip(3..) {
        let values = kept.iter().map(|stored| stored.round.clone());
        let Some(round) = values.cycle().nth(number) else {
            continue;
        };
        if let Some(before) = kept.get_mut(place) {
            let stored = version_of(before.id, round);
            let expected = Some(before.version);
            h.rounds(0)?.commit_round(expected, &stored).await?;
            *before = stored;
        }
    }
    for stored in &kept {
        check_round(h, stored.id, Some(stored)).await?;
    }
    Ok(())
}

/// A round that is not at the expected version is a conflict, and stays as it was.
pub(super) async fn another_version_of_a_round_is_a_conflict(h: &Harness) -> Outcome {
    let id = round_id(1);
    let commit = async |expected: Option<Version>, number| {
        let stored = version_of(id, round(number)?);
        Outcome::Ok(h.rounds(number)?.commit_round(expected, &stored).await)
    };
    let missing = commit(Some(fresh_version()), 2).await?;
    conflict("a change of a round that is not there", &missing)?;
    check_round(h, id, None).await?;
    let first = put_round(h, 1).await?;
    let other = put_round(h, 2).await?;
    conflict("a second insertion", &commit(None, 3).await?)?;
    conflict("another version", &commit(Some(fresh_version()), 4).await?)?;
    let of_other = commit(Some(other.version), 5).await?;
    conflict("the version of another round", &of_other)?;
    check_round(h, id, Some(&first)).await?;
    let second = version_of(id, round(6)?);
    let rounds = h.rounds(0)?;
    rounds.commit_round(Some(first.version), &second).await?;
    conflict("the version before", &commit(Some(first.version), 7).await?)?;
    check_round(h, id, Some(&second)).await?;
    check_round(h, other.id, Some(&other)).await
}

/// If changes of a round race on one version, through both handles, one succeeds and the others are
/// conflicts; so do insertions.
pub(super) async fn one_racing_change_of_a_round_wins(h: &Harness) -> Outcome {
    let mut stored: Option<StoredRound> = None;
    for turn in 0..12 {
        let expected = stored.as_ref().map(|stored| stored.version);
        let mut racing = Vec::new();
        for racer in 0..RACERS {
            let rounds = h.rounds(racer)?;
            let change = version_of(round_id(1), round(turn * RACERS + racer)?);
            let call = async move {
                let answer = rounds.commit_round(expected, &change).await;
                (change, answer)
            };
            racing.push(call.boxed());
        }
        let answers = race(racing).await?;
        let done = answers.iter().filter(|(_, answer)| answer.is_ok());
        let done: Vec<_> = done.map(|(change, _)| change).collect();
        ensure(done.len() == 1, || {
            format!(
                "turn {turn}: {} changes were done instead of one",
                done.len()
            )
        })?;
        for (_, answer) in answers.iter().filter(|(_, answer)| answer.is_err()) {
            conflict("a change that lost", answer)?;
        }
        stored = done.first().map(|change| StoredRound::clone(change));
        check_round(h, round_id(1), stored.as_ref()).await?;
    }
    Ok(())
}

/// A dropped change of a round is stored whole or not at all.
pub(super) async fn a_dropped_change_of_a_round_is_whole_or_nothing(h: &Harness) -> Outcome {
    let mut stored = put_round(h, 1).await?;
    for (polls, number) in (1..POLLS).zip(10..) {
        let dropped = version_of(stored.id, round(number)?);
        let settling = version_of(stored.id, stored.round.clone());
        let expected = Some(stored.version);
        let (one, other) = (h.rounds(0)?, h.rounds(1)?);
        let answer = drop_after(polls, one.commit_round(expected, &dropped)).await;
        // Shows whether the dropped one was stored.
        stored = match other.commit_round(expected, &settling).await {
            Ok(()) if answer.is_none() => settling,
            Err(CommitError::Conflict) => dropped,
            other => return Err(Failure::new(format!("after {answer:?}: {other:?}"))),
        };
        let checked = check_round(h, stored.id, Some(&stored)).await;
        checked.at(format_args!("dropped after {polls} polls"))?;
        if answer.is_some() {
            break;
        }
    }
    Ok(())
}

/// Ids that differ only in the first bits, only in the last ones, or only beyond 64 bits.
fn extreme_rounds() -> Vec<RoundId> {
    let extremes = [
        0,
        1,
        u128::MAX,
        u128::MAX - 1,
        1 << 127,
        u128::MAX >> 1,
        1 << 64,
        (1 << 64) - 1,
        1 << 63,
        256,
        255,
    ];
    let extremes = extremes.map(|bits| RoundId::from_uuid(Uuid::from_u128(bits)));
    extremes.into_iter().chain((1..13).map(round_id)).collect()
}

/// Rounds come by descending id, compared as bytes, in pages without gaps; a cursor need not be a round.
pub(super) async fn rounds_are_listed_by_id(h: &Harness) -> Outcome {
    let mut expected = Vec::new();
    for (id, number) in extreme_rounds().into_iter().zip(0..) {
        let stored = version_of(id, round(number)?);
        h.rounds(number)?.commit_round(None, &stored).await?;
        expected.push(ListedRound {
            round: stored,
            listed: None,
        });
    }
    expected.sort_by_key(|listed| std::cmp::Reverse(listed.round.id));
    for limit in [1, 2, 7, 23, ALL] {
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = h.rounds(1)?.list_rounds(None, before, limit).await?;
            ensure(page.len() <= usize::try_from(limit)?, || {
                format!("a page of {} where {limit} were asked for", page.len())
            })?;
            let Some(last) = page.last().filter(|_| seen.len() <= expected.len()) else {
                break;
            };
            before = Some(last.round.id);
            seen.extend(page);
        }
        same_items(format_args!("pages of {limit}"), &seen, &expected)?;
    }
    let rounds = h.rounds(0)?;
    same_items(
        "a limit of zero",
        &rounds.list_rounds(None, None, 0).await?,
        &[],
    )?;
    let between = RoundId::from_uuid(Uuid::from_u128(1 << 65));
    let seen = rounds.list_rounds(None, Some(between), ALL).await?;
    expected.retain(|listed| listed.round.id < between);
    same_items("before an id that is no round", &seen, &expected)
}

/// A round is read and listed with the participant that the user is listed as, if the user is listed.
pub(super) async fn rounds_show_how_a_user_is_listed(h: &Harness) -> Outcome {
    let (alice, bob, carol) = (user(1), user(2), user(3));
    let team = |number: u64| user(100 + number).into();
    let mut rounds = Vec::new();
    for number in 1..5 {
        rounds.push(put_round(h, number).await?);
        let of = |user, participant| Member { user, participant };
        let members = match number {
            1 => vec![of(alice, team(1)), of(bob, team(2))],
            2 => vec![of(bob, team(1))],
            3 => vec![Member::alone(alice), of(bob, team(3))],
            _ => vec![],
        };
        let id = round_id(number);
        h.rounds(0)?.put_members(id, &members).await?;
    }
    let expected = |viewer: Option<UserId>, number: u64| match (number, viewer?) {
        (1, viewer) if viewer == alice => Some(team(1)),
        (1, viewer) if viewer == bob => Some(team(2)),
        (2, viewer) if viewer == bob => Some(team(1)),
        (3, viewer) if viewer == alice => Some(alice.into()),
        (3, viewer) if viewer == bob => Some(team(3)),
        _ => None,
    };
    for viewer in [None, Some(alice), Some(bob), Some(carol)] {
        let what = format!("as {viewer:?} sees it");
        let mut listed = Vec::new();
        for (round, number) in rounds.iter().zip(1..) {
            let round = ListedRound {
                round: round.clone(),
                listed: expected(viewer, number),
            };
            let id = round_id(number);
            let seen = h.rounds(1)?.load_round(id, viewer).await?;
            same(&what, &seen.as_ref(), &Some(&round))?;
            listed.push(round);
        }
        listed.sort_by_key(|listed| std::cmp::Reverse(listed.round.id));
        let seen = h.rounds(1)?.list_rounds(viewer, None, ALL).await?;
        same_items(&what, &seen, &listed)?;
        let seen = h.rounds(1)?.load_round(round_id(9), viewer).await?;
        same("a round that is not there", &seen, &None)?;
    }
    Ok(())
}
