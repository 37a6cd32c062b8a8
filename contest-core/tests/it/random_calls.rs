//! Random walks over several users, processes, clocks and publications. After every step all data of
//! the user is audited; the seed that replays a failed walk is printed.

use contest_core::prelude::*;
use contest_core::select::{SeedSource, SequentialSeeds};

use crate::scene::Scene;
use crate::support::*;

/// The random choices.
pub(crate) struct Chance(pub(crate) SequentialSeeds);

impl Chance {
    pub(crate) fn below(&self, bound: u64) -> u64 {
        // Sequential seeds need mixing before they are dice (SplitMix64).
        let mut z = self.0.next_seed().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        let bound = u64::try_from(from.len()).unwrap();
        (bound > 0).then(|| &from[usize::try_from(self.below(bound)).unwrap()])
    }
}

/// One of the latest contests of the user.
async fn some_contest(scene: &Scene, chance: &Chance, user: UserId, now: Timestamp) -> Contest {
    let limit = PageLimit::new(3).unwrap();
    let page = scene.at(now).contests(user, None, limit).await.unwrap();
    match chance.pick(&page.items) {
        Some(contest) => contest.clone(),
        None => scene.create_as(user, now, &request(1)).await,
    }
}

/// Makes a random call. Refusals are fine; other errors are not.
pub(crate) async fn step(
    scene: &Scene,
    chance: &Chance,
    user: UserId,
    now: Timestamp,
) -> Result<(), Error> {
    let count = u16::try_from(1 + chance.below(4)).unwrap();
    let problem = *chance.pick(&scene.problems).unwrap();
    match chance.below(14) {
        0 | 1 => {
            let rules = [SolvedRule::Exclude, SolvedRule::Allow];
            let rule = *chance.pick(&rules).unwrap();
            let request = request(count).with_eligibility(Eligibility::default().with_solved(rule));
            return scene.at(now).create_contest(user, &request).await.map(drop);
        }
        2 => {
            let at = Timestamp::from_micros(now.as_micros() - 1_000_000 * i64::from(count));
            let solves = [NewSolve::new(problem, at), NewSolve::new(problem, now)];
            return scene.at(now).record_solves(user, &solves).await.map(drop);
        }
        3 if chance.below(3) == 0 => {
            return scene.at(now).reset_progress(user).await.map(drop);
        }
        4 if chance.below(5) == 0 => {
            scene.publish(&without(&scene.catalogue, problem)).await;
            return Ok(());
        }
        5 if chance.below(10) == 0 => return scene.at(now).erase_user(user).await.map(drop),
        6 if chance.below(5) == 0 => {
            let hours = i64::try_from(chance.below(30)).unwrap();
            let before = Timestamp::from_micros(now.as_micros() - hours * 3_600_000_000);
            return scene.at(now).prune_contests(user, before).await.map(drop);
        }
        _ => {}
    }
    let contest = some_contest(scene, chance, user, now).await;
    let problem = *chance.pick(&problem_ids(&contest)).unwrap();
    let (engine, id) = (scene.at(now), contest.id);
    match chance.below(9) {
        0 => engine.complete_contest(user, id).await.map(drop),
        1 => engine.abandon_contest(user, id).await.map(drop),
        2 | 3 => engine.resume_contest(user, id).await.map(drop),
        4 => {
            let later = contest.deadline + MINUTE;
            engine.extend_contest(user, id, later).await.map(drop)
        }
        5 => engine.unmark(user, id, problem).await.map(drop),
        _ => engine.mark_solved(user, id, problem).await.map(drop),
    }
}

#[tokio::test]
async fn i8_everything_equals_a_recount_after_random_steps() {
    const STEPS: u32 = 400;
    for seed in 0..24 {
        println!("seed {seed}");
        let chance = Chance(SequentialSeeds::new(seed * 1_000_000));
        let scene = Scene::graceful(18).await;
        let mut clock = START;
        for number in 0..STEPS {
            let user = user(u128::from(chance.below(3)));
            clock = clock + MINUTE / 2 * u32::try_from(chance.below(9)).unwrap();
            // Processes whose clocks are behind, slightly and widely.
            let behind = [0, 0, 0, 30, 3_600, 400_000][usize::try_from(chance.below(6)).unwrap()];
            let now = Timestamp::from_micros(clock.as_micros() - behind * 1_000_000);
            if let Err(error) = step(&scene, &chance, user, now).await {
                let refused = matches!(error, Error::Refused(_));
                assert!(refused, "seed {seed}, step {number}: {error}");
            }
            let seen = scene.audit(user, now).await;
            if let Some(active) = seen.active {
                // No user is locked out (I17): the active contest accepts a mark by any clock.
                let contest = scene.at(now).contest(user, active).await.unwrap();
                assert!(contest.accepts_marks(), "seed {seed}, step {number}");
            }
        }
    }
}

/// The same walk twice ends in the same data.
#[tokio::test]
async fn i9_a_walk_is_replayed_by_its_seed() {
    let walk = async || {
        let chance = Chance(SequentialSeeds::new(77));
        let scene = Scene::graceful(18).await;
        for number in 0..100 {
            let outcome = step(&scene, &chance, ALICE, minute(3 * number)).await;
            assert!(outcome.is_ok() || matches!(outcome, Err(Error::Refused(_))));
        }
        scene.audit(ALICE, minute(301)).await
    };
    assert_eq!(walk().await, walk().await);
}
