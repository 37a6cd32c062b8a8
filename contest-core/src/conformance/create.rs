//! Cases about creating contests.

use crate::conformance::actor::{Actor, publish};
use crate::conformance::failure::{Outcome, ensure_eq, ensure_matches};
use crate::conformance::fixtures::{
    ALICE, START, catalogue, contest_of, first, just_before, minute,
};
use crate::conformance::harness::StoreUnderTest;
use crate::model::{AssignedProblem, ContestRecord};
use crate::store::CreateContestError;

pub(super) async fn i4_a_contest_is_stored_whole(under_test: &StoreUnderTest) -> Outcome {
    let catalogue = catalogue(12)?;
    publish(&*under_test.store, &catalogue).await?;
    let [a, b, c, d, e] = first(&catalogue)?;
    let new = contest_of(&catalogue, u64::MAX, START, &[e, b, d, a, c])?;
    let expected = ContestRecord {
        id: new.id,
        user: ALICE,
        started_at: new.started_at,
        deadline: new.deadline,
        ending: None,
        problems: new
            .problems
            .iter()
            .map(|problem| AssignedProblem {
                problem: *problem,
                completed_at: None,
            })
            .collect(),
        selection: new.selection.clone(),
    };
    let (here, there) = Actor::both(under_test, ALICE);
    ensure_eq("creating", &here.create(&new).await?, &expected)?;
    ensure_eq("finding it", &there.find(new.id).await?, &expected)
}

pub(super) async fn i1_an_active_contest_keeps_a_second_one_out(
    under_test: &StoreUnderTest,
) -> Outcome {
    let catalogue = catalogue(12)?;
    publish(&*under_test.store, &catalogue).await?;
    let [a, b] = first(&catalogue)?;
    let first = contest_of(&catalogue, 1, START, &[a])?;
    Actor::new(&*under_test.store, ALICE).create(&first).await?;
    for at in [START, minute(1), just_before(first.deadline)] {
        let second = contest_of(&catalogue, 2, at, &[b])?;
        let answer = under_test.other.create_contest(ALICE, &second).await;
        ensure_matches!(
            format_args!("creating another contest at {at}, the first being {}", first.id),
            answer,
            Err(CreateContestError::ActiveContestExists { contest }) if contest == first.id,
        )?;
    }
    Ok(())
}
