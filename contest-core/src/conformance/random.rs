//! A case of many random steps, each compared with the [`Oracle`] (I8, and everything else).

use std::time::Duration;

use crate::conformance::actor::{Actor, publish};
use crate::conformance::dice::Dice;
use crate::conformance::failure::{Outcome, ensure_eq};
use crate::conformance::fixtures::{START, catalogue_of, unknown_problem, user};
use crate::conformance::harness::StoreUnderTest;
use crate::conformance::oracle::Oracle;
use crate::conformance::scene::Scene;
use crate::conformance::step::{Step, perform};
use crate::id::{ContestId, UserId};
use crate::model::{Difficulty, NewSolve, Problem};
use crate::store::{FinishKind, Mark, NewContest};
use crate::time::Timestamp;

/// How many sequences, each of its own seed and user.
const SEEDS: u64 = 3;

/// How many steps each has.
const STEPS: u32 = 150;

pub(super) async fn i8_everything_equals_a_recount_after_random_steps(
    under_test: &StoreUnderTest,
) -> Outcome {
    let scene = Scene::with(under_test, 15).await?;
    for seed in 0..SEEDS {
        publish(&*under_test.store, &scene.catalogue).await?;
        let mut chance = Chance::new(seed);
        let mut oracle = Oracle::new(user(seed), scene.catalogue.clone());
        for number in 0..STEPS {
            let step = chance.next_step(&scene, &oracle)?;
            let compared = compare(&scene, &mut oracle, user(seed), &step, &chance);
            let context = format!("step {number} of seed {seed}: {step:?}");
            compared.await.map_err(|failure| failure.after(context))?;
        }
    }
    for seed in 0..SEEDS {
        scene.audit(user(seed), START).await?;
    }
    Ok(())
}

/// Does a step through one handle, and compares everything through the other.
async fn compare(
    scene: &Scene<'_>,
    oracle: &mut Oracle,
    user: UserId,
    step: &Step,
    chance: &Chance,
) -> Outcome {
    let store = scene
        .under_test
        .handle(usize::from(chance.dice.below(2) == 1));
    let expected = oracle.perform(step)?;
    let answer = perform(Actor::new(&*store, user), step).await?;
    ensure_eq("comparing the answer", &answer, &expected)?;
    let seen = scene.audit(user, chance.now).await?;
    ensure_eq("comparing what is solved", &seen.solved, &oracle.solved())?;
    ensure_eq("comparing contests", &seen.contests, &oracle.contests())
}

/// Makes up steps as time goes by.
struct Chance {
    dice: Dice,
    now: Timestamp,
    /// The latest contest it made up, created or not.
    contest: Option<ContestId>,
    made: u64,
}

impl Chance {
    fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            now: START,
            contest: None,
            made: 0,
        }
    }

    fn next_step(&mut self, scene: &Scene<'_>, oracle: &Oracle) -> Outcome<Step> {
        // Up to ten minutes, so that a contest of an hour sometimes ends by itself.
        self.now = self.now + Duration::from_micros(self.dice.below(600_000_000));
        let latest = oracle.contests().first().map(|contest| contest.id);
        self.contest = latest.or(self.contest);
        match (self.dice.below(20), self.contest) {
            (0..4, _) | (_, None) => self.creation(scene),
            (4..13, Some(contest)) => Ok(self.marking(scene, oracle, contest)),
            (13..15, Some(contest)) => Ok(self.ending(contest)),
            (15..18, _) => Ok(self.recording(scene)),
            _ => self.publication(oracle),
        }
    }

    fn creation(&mut self, scene: &Scene<'_>) -> Outcome<Step> {
        self.made += 1;
        let mut problems = self.dice.some(&scene.problems, 4);
        if self.dice.below(20) == 0 {
            problems.push(unknown_problem(self.made));
        }
        let plain = scene.contest(self.now, &scene.problems)?;
        if problems.is_empty() {
            problems.extend(self.dice.pick(&scene.problems));
        }
        self.contest = Some(plain.id);
        Ok(Step::Create(NewContest { problems, ..plain }))
    }

    fn marking(&self, scene: &Scene<'_>, oracle: &Oracle, contest: ContestId) -> Step {
        let contests = oracle.contests();
        let latest = contests.first().into_iter().flat_map(|c| &c.problems);
        let own: Vec<_> = latest.map(|assigned| assigned.problem).collect();
        // Mostly a problem of the contest, sometimes any.
        let any = self.dice.below(8) == 0 || own.is_empty();
        let problems = if any { &scene.problems } else { &own };
        Step::Mark {
            contest,
            problem: self
                .dice
                .pick(problems)
                .unwrap_or_else(|| unknown_problem(0)),
            mark: self
                .dice
                .pick(&[Mark::Solved, Mark::Solved, Mark::Unsolved])
                .unwrap_or(Mark::Solved),
            now: self.now,
        }
    }

    fn ending(&self, contest: ContestId) -> Step {
        let kinds = [FinishKind::Complete, FinishKind::Abandon];
        Step::Finish {
            contest,
            kind: self.dice.pick(&kinds).unwrap_or(FinishKind::Complete),
            now: self.now,
        }
    }

    fn recording(&self, scene: &Scene<'_>) -> Step {
        let problems = self.dice.some(&scene.problems, 3);
        let mut solves: Vec<_> = problems
            .into_iter()
            .map(|id| NewSolve::new(id, self.now))
            .collect();
        if self.dice.below(10) == 0 {
            solves.push(NewSolve::new(unknown_problem(1), self.now));
        }
        Step::Record(solves)
    }

    /// Changes about a third of the problems: another difficulty, fewer topics, retired or back in
    /// use, or left out.
    fn publication(&self, oracle: &Oracle) -> Outcome<Step> {
        let problems = oracle.catalogue.problems().iter();
        let published = catalogue_of(problems.filter_map(|problem| {
            let mut problem = Problem::clone(problem);
            match self.dice.below(12) {
                0 => problem.difficulty = self.dice.pick(&Difficulty::ALL)?,
                1 => problem.topics.truncate(1),
                2 | 3 => problem.retired = !problem.retired,
                4 => return None,
                _ => {}
            }
            Some(problem)
        }))?;
        Ok(Step::Publish(published))
    }
}
