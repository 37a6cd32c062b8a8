//! Random walks over several users, processes, clocks and publications. After every step all data of
//! the user is audited; the seed that replays a failed walk is printed.

use std::time::Duration;

use contest_core::engine::Rounds;
use contest_core::id::RoundId;
use contest_core::model::SubmissionId;
use contest_core::prelude::*;
use contest_core::scoring::{Attempt, Icpc, Score, Verdict};
use contest_core::select::{SeedSource, SequentialSeeds};
use contest_core::standings::{Freeze, Judging, Round, RoundProblem};

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

/// The round of this number: three problems, for three hours. The rounds open two hours apart.
fn round(scene: &Scene, number: u64) -> Round {
    let first = 2 * usize::try_from(number).unwrap();
    let problems = scene.problems[first..first + 3].iter();
    let opens_at = START + 2 * HOUR * u32::try_from(number).unwrap();
    let problems = problems.map(|problem| RoundProblem::new(*problem));
    let round = Round::new(opens_at, opens_at + 3 * HOUR, problems).unwrap();
    let round = round
        .with_scoring(Icpc::default())
        .with_freeze(Freeze::from(opens_at + 2 * HOUR));
    let round = match number % 3 {
        0 => round,
        _ => round.with_personal_limit(40 * MINUTE),
    };
    match number % 2 {
        0 => round,
        _ => round.with_judging(Judging::Host),
    }
}

/// One of the rounds, which is stored if it is not yet.
async fn some_round(
    scene: &Scene,
    chance: &Chance,
    now: Timestamp,
) -> Result<(Rounds, RoundId), Error> {
    let number = chance.below(6);
    let rounds = Rounds::new(scene.at(now).clone(), scene.store.clone());
    let id = RoundId::from_uuid(uuid::Uuid::from_u128(number.into()));
    rounds.put(id, &round(scene, number)).await?;
    Ok((rounds, id))
}

/// A random verdict, half of them accepted.
fn verdict(chance: &Chance) -> Verdict {
    let verdicts = [
        Verdict::Accepted,
        Verdict::Accepted,
        Verdict::Accepted,
        Verdict::Rejected,
        Verdict::Pending,
        Verdict::NotCounted,
    ];
    *chance.pick(&verdicts).unwrap()
}

/// An attempt of one of a few submissions, or of none, so that many are judged again.
fn attempt(chance: &Chance, problem: ProblemId, at: Timestamp) -> Attempt {
    let mut attempt = Attempt::new(problem, at, verdict(chance));
    let number = chance.below(4);
    if number > 0 {
        let id = format!("{}-{number}", problem.as_uuid().as_u128() % 97);
        attempt = attempt.with_submission(SubmissionId::new(id).unwrap());
    }
    if chance.below(4) == 0 {
        let points = u32::try_from(chance.below(3)).unwrap();
        attempt = attempt.with_score(Score::of(points.into()));
    }
    attempt
}

/// Some time ago, never at the time of a tick.
fn ago(chance: &Chance, now: Timestamp, minutes: u64) -> Timestamp {
    let ago = i64::try_from(chance.below(minutes)).unwrap() * 60_000_000 + 7;
    Timestamp::from_micros(now.as_micros() - ago)
}

/// Attempts in a contest, some of them at the time of a tick.
fn attempts_in(chance: &Chance, contest: &Contest, now: Timestamp) -> Vec<Attempt> {
    let one = || {
        let problem = chance.pick(&contest.problems).unwrap();
        let tick = problem.completed_at.filter(|_| chance.below(5) == 0);
        if let Some(tick) = tick {
            return Attempt::new(problem.problem.id, tick, verdict(chance));
        }
        let began = contest.started_at + Duration::from_micros(7);
        let at = ago(chance, now, 30).max(began);
        attempt(chance, problem.problem.id, at)
    };
    (0..=chance.below(3)).map(|_| one()).collect()
}

/// Attempts outside contests at a few times.
fn attempts_outside(scene: &Scene, chance: &Chance) -> Vec<Attempt> {
    let one = || {
        let problem = *chance.pick(&scene.problems[..4]).unwrap();
        attempt(chance, problem, ago(chance, START, 3))
    };
    (0..=chance.below(3)).map(|_| one()).collect()
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
    match chance.below(20) {
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
        7 | 8 => {
            let (rounds, round) = some_round(scene, chance, now).await?;
            return rounds.join(user, round).await.map(drop);
        }
        9 => {
            let (rounds, round) = some_round(scene, chance, now).await?;
            let extra = MINUTE * u32::from(count);
            let granted = rounds.grant_extra_time(user, round, extra).await;
            return granted.map(drop);
        }
        10 | 11 => {
            let attempts = attempts_outside(scene, chance);
            let recorded = scene.at(now).record_attempts_outside(user, &attempts).await;
            return recorded.map(drop);
        }
        _ => {}
    }
    let contest = some_contest(scene, chance, user, now).await;
    let problem = *chance.pick(&problem_ids(&contest)).unwrap();
    let (engine, id) = (scene.at(now), contest.id);
    match chance.below(13) {
        9..=12 => {
            let attempts = attempts_in(chance, &contest, now);
            engine.record_attempts(user, id, &attempts).await.map(drop)
        }
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
