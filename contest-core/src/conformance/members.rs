//! The users listed in rounds.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::conformance::author::Author;
use crate::conformance::check::{Outcome, ensure, same, same_items};
use crate::conformance::data::{round_id, user};
use crate::conformance::harness::Harness;
use crate::conformance::race::drop_after;
use crate::conformance::rounds::put_round;
use crate::id::{ParticipantId, RoundId, UserId};
use crate::store::Member;

/// More than any list here.
const ALL: u32 = u32::MAX;
/// More polls than any call gets before it is dropped.
const POLLS: u32 = 48;

type Members = BTreeMap<UserId, ParticipantId>;

fn listed(members: &Members) -> Vec<Member> {
    let member = |(user, participant): (&UserId, &ParticipantId)| Member {
        user: *user,
        participant: *participant,
    };
    members.iter().map(member).collect()
}

/// The user of this number, alone.
fn alone(number: u64) -> Member {
    Member::alone(user(number))
}

/// All members that a handle lists, in pages of this size.
async fn all_members(h: &Harness, handle: u64, round: RoundId, limit: u32) -> Outcome<Vec<Member>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = h.rounds(handle)?.list_members(round, after, limit).await?;
        ensure(page.len() <= usize::try_from(limit)?, || {
            format!("a page of {} where {limit} were asked for", page.len())
        })?;
        let Some(last) = page.last() else {
            return Ok(all);
        };
        after = Some(last.user);
        all.extend(page);
        ensure(all.len() <= 100_000, || "pages do not end".to_owned())?;
    }
}

/// Checks that both handles list exactly these users.
async fn check_members(h: &Harness, round: RoundId, expected: &Members) -> Outcome {
    for handle in 0..2 {
        let seen = all_members(h, handle, round, ALL).await?;
        same_items(
            format_args!("the users in {round}"),
            &seen,
            &listed(expected),
        )?;
    }
    Ok(())
}

/// Users are listed in their round by ascending id, compared as bytes, in pages without gaps; a cursor need
/// not be listed.
pub(super) async fn members_are_listed_by_user(h: &Harness) -> Outcome {
    let extremes = [
        0,
        1,
        u128::MAX,
        1 << 127,
        u128::MAX >> 1,
        1 << 64,
        1 << 63,
        255,
        256,
    ];
    let users = extremes.map(|bits| UserId::from_uuid(Uuid::from_u128(bits)));
    let users: Vec<_> = users.into_iter().chain((0..20).map(user)).collect();
    for number in 1..3 {
        put_round(h, number).await?;
    }
    let mut expected = Members::new();
    for chunk in users.chunks(7) {
        let members: Vec<_> = chunk.iter().map(|user| Member::alone(*user)).collect();
        h.rounds(0)?.put_members(round_id(1), &members).await?;
        expected.extend(members.iter().map(|of| (of.user, of.participant)));
    }
    let others = [alone(1), alone(50)];
    h.rounds(1)?.put_members(round_id(2), &others).await?;
    for limit in [1, 2, 7, 29, ALL] {
        let seen = all_members(h, 1, round_id(1), limit).await?;
        same_items(format_args!("pages of {limit}"), &seen, &listed(&expected))?;
    }
    let rounds = h.rounds(1)?;
    let seen = rounds.list_members(round_id(1), None, 0).await?;
    same_items("a limit of zero", &seen, &[])?;
    let between = UserId::from_uuid(Uuid::from_u128(1 << 65));
    let seen = rounds.list_members(round_id(1), Some(between), ALL).await?;
    let greater = expected.split_off(&between);
    same_items("after an id that is not listed", &seen, &listed(&greater))?;
    let seen = rounds.list_members(round_id(9), None, ALL).await?;
    same_items("the users in a round that is not there", &seen, &[])?;
    // They have no record.
    let users = h.store.list_users(None, ALL).await?;
    same_items("the users with data", &users, &[])
}

/// A user who is listed again is listed once, as the new participant; the others stay.
pub(super) async fn a_member_listed_again_moves(h: &Harness) -> Outcome {
    let round = put_round(h, 1).await?.id;
    let mut expected = Members::new();
    let teams = [
        (1, 100),
        (2, 100),
        (3, 101),
        (1, 101),
        (2, 100),
        (1, 102),
        (1, 1),
    ];
    for ((number, team), handle) in teams.into_iter().zip(0..) {
        let (user, participant) = (user(number), user(team).into());
        let moved = [Member { user, participant }, alone(9)];
        h.rounds(handle)?.put_members(round, &moved).await?;
        expected.extend(moved.map(|of| (of.user, of.participant)));
        check_members(h, round, &expected).await?;
    }
    Ok(())
}

/// Removed users are not listed; the others are, and so are all in other rounds. Removing a user who is not
/// listed, or from a round that is not there, does nothing.
pub(super) async fn removed_members_are_gone(h: &Harness) -> Outcome {
    let mut expected = Members::new();
    for number in 1..3 {
        let round = put_round(h, number).await?.id;
        let members: Vec<_> = (0..10).map(alone).collect();
        h.rounds(0)?.put_members(round, &members).await?;
        expected = members.iter().map(|of| (of.user, of.participant)).collect();
    }
    let all = expected.clone();
    for removed in [vec![], vec![3], vec![3, 4, 77], vec![0, 9, 5]] {
        let users: Vec<_> = removed.into_iter().map(user).collect();
        h.rounds(1)?.remove_members(round_id(1), &users).await?;
        expected.retain(|user, _| !users.contains(user));
        check_members(h, round_id(1), &expected).await?;
        check_members(h, round_id(2), &all).await?;
    }
    h.rounds(0)?.remove_members(round_id(9), &[user(1)]).await?;
    h.rounds(0)?.put_members(round_id(1), &[alone(3)]).await?;
    expected.insert(user(3), user(3).into());
    check_members(h, round_id(1), &expected).await
}

/// 10,000 users are listed, moved and removed in one call.
pub(super) async fn thousands_of_members_are_listed(h: &Harness) -> Outcome {
    let round = put_round(h, 1).await?.id;
    let mut expected = Members::new();
    for team in [1, 2] {
        let members: Vec<_> = (0..10_000)
            .map(|number| Member {
                user: user(number),
                participant: user(number / team).into(),
            })
            .collect();
        h.rounds(0)?.put_members(round, &members).await?;
        expected.extend(members.iter().map(|of| (of.user, of.participant)));
        check_members(h, round, &expected).await?;
    }
    let users: Vec<_> = (1..10_001).map(user).collect();
    h.rounds(1)?.remove_members(round, &users).await?;
    expected.retain(|listed, _| *listed == user(0));
    check_members(h, round, &expected).await
}

/// Erasing a user removes the user from all lists, with or without a record; the others stay.
pub(super) async fn an_erased_user_is_not_listed(h: &Harness) -> Outcome {
    let mut members: Members = (0..6)
        .map(|number| (user(number), user(50).into()))
        .collect();
    for number in 1..4 {
        let round = put_round(h, number).await?.id;
        h.rounds(0)?.put_members(round, &listed(&members)).await?;
    }
    let mut alice = Author::new(user(2));
    alice.keep(h, alice.full(2)?).await?;
    for erased in [user(2), user(4)] {
        h.store.erase_user(erased).await?;
        members.remove(&erased);
        for number in 1..4 {
            check_members(h, round_id(number), &members).await?;
            let seen = h
                .rounds(1)?
                .load_round(round_id(number), Some(erased))
                .await?;
            let seen = seen.and_then(|listed| listed.listed);
            same("the participant of an erased user", &seen, &None)?;
        }
    }
    Ok(())
}

/// A dropped call lists all of its users or none, and removes all or none.
pub(super) async fn dropped_lists_are_whole_or_nothing(h: &Harness) -> Outcome {
    let members: Members = (0..500).map(|n| (user(n), user(n).into())).collect();
    let (all, users) = (
        listed(&members),
        members.keys().copied().collect::<Vec<_>>(),
    );
    let (one, other) = (h.rounds(0)?, h.rounds(1)?);
    for removing in [false, true] {
        for polls in 1..POLLS {
            // The call that was dropped before may still be running: each has a round of its own.
            let number = u64::from(polls) * 2 + u64::from(removing);
            let round = put_round(h, number).await?.id;
            let done = if removing {
                one.put_members(round, &all).await?;
                drop_after(polls, one.remove_members(round, &users)).await
            } else {
                drop_after(polls, one.put_members(round, &all)).await
            };
            let seen = other.list_members(round, None, ALL).await?;
            ensure(seen.is_empty() || seen == all, || {
                let what = if removing { "removed" } else { "listed" };
                let (seen, all) = (seen.len(), all.len());
                format!("{seen} of {all} users while they are {what}, dropped after {polls} polls")
            })?;
            if done.is_some() {
                break;
            }
        }
    }
    Ok(())
}
