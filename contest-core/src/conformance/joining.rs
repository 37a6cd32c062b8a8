//! Contests of rounds, as part of their users' data.

use crate::conformance::author::{Author, check_crowd};
use crate::conformance::check::{Outcome, conflict, same};
use crate::conformance::data::{contest_id, round_id, user};
use crate::conformance::harness::Harness;
use crate::store::{Commit, ContestSelector};

/// A user's contest is found by its round, and no contest of another user in it is.
pub(super) async fn contests_are_found_by_round(h: &Harness) -> Outcome {
    let mut crowd: Vec<_> = (0..4).map(|number| Author::new(user(number))).collect();
    for author in &mut crowd {
        for number in 1..4 {
            author.keep(h, author.full(number)?).await?;
        }
    }
    let mut late = Author::new(user(4));
    late.keep(h, late.full(1)?).await?;
    crowd.push(late);
    for author in &crowd {
        for number in 0..5 {
            let expected = author.kept.contests.values();
            let mut expected = expected.map(|(contest, _)| contest).filter(|contest| {
                let entry = contest.round.as_ref();
                entry.is_some_and(|entry| entry.round == round_id(number))
            });
            let selector = ContestSelector::Round(round_id(number));
            let seen = h.other.load_user(author.user, &selector).await?;
            let what = format!("the contest in round {number} of {}", author.user);
            same(&what, &seen.contest.as_ref(), &expected.next())?;
            same("the record beside it", &seen.record, &author.kept.record)?;
        }
    }
    Ok(())
}

/// A second contest of a user in a round is a conflict that stores nothing. Other users may join it.
pub(super) async fn a_round_is_joined_once(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    alice.keep(h, alice.full(2)?).await?;
    let mut again = alice.full(4)?;
    let mut contest = alice.contest(4);
    contest.round = alice.contest(2).round;
    again.contest = alice.inserting(contest)?.contest;
    conflict("the same round again", &h.store.commit_user(&again).await)?;
    alice.check(h).await?;
    alice.check_absent(h, &alice.full(4)?).await?;
    let mut bob = Author::new(user(2));
    bob.keep(h, bob.full(2)?).await?;
    alice.keep(h, alice.full(4)?).await?;
    check_crowd(h, &[alice, bob]).await
}

/// A user can join the round of a deleted contest again.
pub(super) async fn a_pruned_contest_frees_its_round(h: &Harness) -> Outcome {
    let mut alice = Author::new(user(1));
    for number in 1..6 {
        alice.keep(h, alice.full(number)?).await?;
    }
    let commit = Commit {
        prune_before: Some(contest_id(alice.user, 4)),
        ..alice.next()
    };
    alice.keep(h, commit).await?;
    let mut contest = alice.contest(9);
    contest.round = alice.contest(2).round;
    alice.keep(h, alice.inserting(contest.clone())?).await?;
    let selector = ContestSelector::Round(round_id(2));
    let seen = h.other.load_user(alice.user, &selector).await?.contest;
    same("the contest in the round", &seen, &Some(contest))?;
    alice.check(h).await
}
