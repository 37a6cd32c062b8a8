//! Cases in which calls race.

use crate::conformance::actor::{Actor, publish};
use crate::conformance::failure::{During, Failure, Outcome, ensure, ensure_eq};
use crate::conformance::fixtures::{ALICE, HOUR, MICROSECOND, START, catalogue, contest_of, ids};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::race::race;
use crate::id::ContestId;
use crate::store::{CreateContestError, Creation, NewContest};

/// How many calls race in most cases.
const RACERS: usize = 32;

/// What became of racing creations: who won, and whom each loser lost to.
struct Creations {
    winners: Vec<ContestId>,
    lost_to: Vec<ContestId>,
}

async fn race_creates(under_test: &StoreUnderTest, contests: &[NewContest]) -> Outcome<Creations> {
    let answers = race(under_test, contests.len(), |number, store| {
        let contest = contests.get(number).cloned();
        async move {
            match contest {
                Some(contest) => Some(store.create_contest(ALICE, &contest).await),
                None => None,
            }
        }
    });
    let mut creations = Creations {
        winners: Vec::new(),
        lost_to: Vec::new(),
    };
    for answer in answers.await?.into_iter().flatten() {
        match answer {
            Ok(Creation::Created(record)) => creations.winners.push(record.id),
            Err(CreateContestError::ActiveContestExists { contest }) => {
                creations.lost_to.push(contest);
            }
            Ok(repeated) => {
                return Err(Failure::new(
                    "racing to create",
                    "no repetition",
                    format_args!("{repeated:?}"),
                ));
            }
            Err(error) => return Err(error).during("racing to create"),
        }
    }
    Ok(creations)
}

pub(super) async fn i1_of_racing_creates_one_wins(under_test: &StoreUnderTest) -> Outcome {
    const CREATES: usize = 2 * RACERS;
    let catalogue = catalogue(12)?;
    publish(&*under_test.store, &catalogue).await?;
    let problems = ids(&catalogue);
    let mut contests = Vec::with_capacity(CREATES);
    let mut at = START;
    for (number, problem) in (0..).zip(problems.iter().cycle()).take(CREATES) {
        contests.push(contest_of(&catalogue, number, at, &[*problem])?);
        at = at + MICROSECOND;
    }
    let done = format!("{CREATES} creations at once for one user");
    let creations = race_creates(under_test, &contests).await?;
    let [winner] = *creations.winners else {
        let winners = format!(
            "{} created: {:?}",
            creations.winners.len(),
            creations.winners
        );
        return Err(Failure::new(done, "exactly one is created", winners));
    };
    ensure(
        creations.lost_to.iter().all(|id| *id == winner),
        &done,
        format_args!("all others are told {winner}"),
        &creations.lost_to,
    )?;
    let actor = Actor::new(&*under_test.other, ALICE);
    let listed = actor.contests(None, u32::MAX).await?;
    let listed: Vec<_> = listed.into_iter().map(|contest| contest.id).collect();
    ensure_eq("listing afterwards", &listed, &vec![winner])?;
    ensure_eq(
        "asking who is active",
        &actor.active(START + HOUR / 2).await?,
        &Some(winner),
    )
}
